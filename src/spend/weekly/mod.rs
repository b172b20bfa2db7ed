//! The weekly letter about spend, to owners and spend viewers of organizations that want it.

mod jobs;

use chrono::{Datelike, Days, NaiveDate, NaiveTime};

use crate::access;
use crate::db::{Conn, Tx};
use crate::error::AppResult;
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;
use crate::organizations::letters::{self, News};
use crate::purchasing::budget;
use crate::state::App;
use crate::web::format::plural;
use crate::{ledger, spend};

pub use jobs::{WriteWeekly, enqueue_weekly};

/// The Monday of a day's week.
fn monday(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

/// Writes an organization's letter of this week, unless it was written.
fn write(tx: &mut Tx, app: &App, organization: OrganizationId, now: Moment) -> AppResult<()> {
    let found = access::organization(tx, organization)?;
    let week = monday(now.date());
    let about = format!("weekly:{week}");
    if !found.weekly_letters || !letters::say_once(tx, organization, &about, now)? {
        return Ok(());
    }
    let text = text(tx, &found, now)?;
    let subject = format!("spend in the week of {}", week.format("%-d %B %Y"));
    let useful_until = (week + Days::new(7)).and_time(NaiveTime::MIN);
    letters::write(tx, app, &found, &News { about, subject, text, useful_until }, now).map(drop)
}

fn text(conn: &mut Conn, organization: &access::OrganizationRef, now: Moment) -> AppResult<String> {
    let (today, id) = (now.date(), organization.id);
    let month = budget::read(conn, organization, now)?;
    let last = ledger::charged(conn, id, today - Days::new(7), today)?;
    let days = spend::renewals::days_of(conn, id, today)?;
    let week: Vec<_> = days.iter().filter(|day| day.day <= today + spend::renewals::WEEK).collect();
    let counted = |count: i64| plural(count.unsigned_abs(), "number", "numbers");
    let shown = |amount: crate::kernel::Micros| amount.dollars_and_cents();
    let all: i64 = week.iter().map(|day| day.numbers).sum();
    let idle: i64 = week.iter().map(|day| day.idle()).sum();
    let planned = month.planned_words().map_or(String::new(), |words| format!(" ({words})"));
    let mut lines = vec![
        format!("{}, in UTC as the carrier bills:", month.month.format("%B %Y")),
        format!("  charged for numbers so far: {}", shown(month.charged)),
        format!("  fees entered by hand: {}", shown(month.fees)),
        format!("  renewals still to come: {}{planned}", shown(month.renewals)),
        format!("  open orders: {}", shown(month.ordered)),
        format!("  together: {}", shown(month.committed())),
    ];
    lines.push(match (month.cap, month.left()) {
        (Some(cap), Some(left)) => format!("  budget: {}, of which {} is left", shown(cap), shown(left)),
        _ => "  no budget is set".to_owned(),
    });
    lines.push(String::new());
    lines.push(format!("In the last seven days {} was charged.", shown(last)));
    lines.push(format!(
        "In the next seven days {} renew for {}; of them {} idle, for {}.",
        counted(all),
        shown(week.iter().map(|day| day.cost).sum()),
        plural(u64::try_from(idle).unwrap_or(0), "is", "are"),
        shown(week.iter().map(|day| day.idle_cost()).sum()),
    ));
    if idle > 0 {
        lines.push("What is idle and renews can be released before: Spend, Idle and renewals.".to_owned());
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_week_begins_on_monday() {
        let monday = |text: &str| super::monday(text.parse().unwrap()).to_string();
        assert_eq!(monday("2026-11-22"), "2026-11-16");
        assert_eq!(monday("2026-11-23"), "2026-11-23");
        assert_eq!(monday("2027-01-01"), "2026-12-28");
    }
}
