//! What months are added up from: charges with what is known of their numbers, and who held those when.

mod store;

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, TimeDelta};

use super::attribution::{self, Holder, Period, Rest, Stretch};
use super::by_day::MonthDays;
use super::month::Month;
use super::sums::{Cell, MonthSums, Outlook, Source};
use crate::db::{Conn, DbResult};
use crate::kernel::ids::{NumberId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::ledger::Assignment;

pub(super) use store::charges_at_most;

/// So many charges are read at once, or those of a day. Each read looks at who held numbers when, and a day at a time
/// PostgreSQL looked at all of that once a day.
const AT_ONCE: i64 = 120_000;

/// A month's charge is of at most so many days.
pub(super) const LONGEST: TimeDelta = TimeDelta::days(31);

/// Charges whose first day lies from one day up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub from: NaiveDate,
    pub until: NaiveDate,
}

impl Window {
    /// Of some months, the last one with them.
    pub(super) fn of(first: Month, last: Month) -> Window {
        Window { from: first.first(), until: last.end() }
    }
    /// All charges that pay for some of these days.
    pub(super) fn paying_for(from: NaiveDate, until: NaiveDate) -> Window {
        Window { from: from - LONGEST, until }
    }
    /// The day after the last that these charges may pay for.
    pub(super) fn paid_until(self) -> NaiveDate {
        self.until + LONGEST - TimeDelta::days(1)
    }
}

/// Who held numbers when.
#[derive(Debug, Default)]
pub(super) struct Histories {
    assignments: HashMap<NumberId, Vec<Assignment>>,
    rests: HashMap<NumberId, Vec<Rest>>,
}

impl Histories {
    fn of(assignments: Vec<Assignment>, life: Vec<(NumberId, Moment, String)>) -> Histories {
        let mut histories = Histories::default();
        for assignment in assignments {
            histories.assignments.entry(assignment.number_id).or_default().push(assignment);
        }
        let mut lives: HashMap<NumberId, Vec<(Moment, String)>> = HashMap::new();
        for (number, at, after) in life {
            lives.entry(number).or_default().push((at, after));
        }
        for (number, life) in lives {
            let rests = attribution::rests(life.iter().map(|(at, after)| (*at, after.as_str())));
            histories.rests.insert(number, rests);
        }
        histories
    }
    /// A charge, cut.
    pub(super) fn cut(&self, number: NumberId, period: Period, amount: Micros) -> Vec<Stretch> {
        let assignments = self.assignments.get(&number).map_or(&[][..], Vec::as_slice);
        let rests = self.rests.get(&number).map_or(&[][..], Vec::as_slice);
        attribution::stretches(period, amount, assignments, rests)
    }
}

/// The histories of some numbers.
pub(super) fn histories_of(
    conn: &mut Conn,
    organization: OrganizationId,
    numbers: &[NumberId],
) -> DbResult<Histories> {
    let assignments = store::assignments_of(conn, organization, numbers)?;
    Ok(Histories::of(assignments, store::life_of(conn, organization, numbers)?))
}

/// The charges of a window, with the histories of their numbers.
pub(super) fn read(
    conn: &mut Conn,
    organization: OrganizationId,
    window: Window,
) -> DbResult<(Vec<Source>, Histories)> {
    let charges = store::charges(conn, organization, window)?;
    let assignments = store::assignments(conn, organization, window)?;
    Ok((charges, Histories::of(assignments, store::life(conn, organization, window)?)))
}

/// A window in parts that are read at once.
fn parts(conn: &mut Conn, organization: OrganizationId, window: Window) -> DbResult<Vec<Window>> {
    if charges_at_most(conn, organization, window, AT_ONCE + 1)? <= AT_ONCE {
        return Ok(vec![window]);
    }
    Ok(in_parts(window, &store::charges_by_day(conn, organization, window)?, AT_ONCE))
}

/// Days after one another together, while they have so many charges at most.
fn in_parts(window: Window, days: &[(NaiveDate, i64)], at_once: i64) -> Vec<Window> {
    let (mut parts, mut from, mut charges) = (Vec::new(), window.from, 0);
    for (day, count) in days {
        if charges > 0 && charges + count > at_once {
            parts.push(Window { from, until: *day });
            (from, charges) = (*day, 0);
        }
        charges += count;
    }
    parts.push(Window { from, until: window.until });
    parts
}

fn each(
    conn: &mut Conn,
    organization: OrganizationId,
    window: Window,
    mut see: impl FnMut(&Source, Vec<Stretch>),
) -> DbResult<()> {
    for part in parts(conn, organization, window)? {
        let (charges, histories) = read(conn, organization, part)?;
        for source in &charges {
            see(source, histories.cut(source.number_id, source.period, source.amount));
        }
    }
    Ok(())
}

/// Adds up the charges of some months, each in the month in which its period begins.
pub(super) fn months(
    conn: &mut Conn,
    organization: OrganizationId,
    first: Month,
    last: Month,
) -> DbResult<BTreeMap<Month, MonthSums>> {
    let mut months: BTreeMap<Month, MonthSums> = BTreeMap::new();
    each(conn, organization, Window::of(first, last), |source, stretches| {
        months.entry(Month::of(source.period.start)).or_default().add(source, &stretches);
    })?;
    Ok(months)
}

/// Adds up a month as [`months`] does, and its days.
pub(super) fn month(
    conn: &mut Conn,
    organization: OrganizationId,
    month: Month,
) -> DbResult<(MonthSums, MonthDays)> {
    let (mut sums, mut days) = (MonthSums::default(), MonthDays::new(month));
    each(conn, organization, Window::of(month, month), |source, stretches| {
        sums.add(source, &stretches);
        days.add(source, &stretches);
    })?;
    Ok((sums, days))
}

/// Adds up what some days cost: of every charge that pays for one of them, those days.
pub(super) fn days(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<MonthSums> {
    let mut sums = MonthSums::default();
    each(conn, organization, Window::paying_for(from, until), |source, stretches| {
        let days = attribution::within(source.period, source.amount, &stretches, from, until);
        sums.add(source, &days);
    })?;
    Ok(sums)
}

/// What the numbers of today will cost in the rest of a month and in the month after it. Those whose release is
/// asked cost nothing any more.
pub(super) fn outlook(conn: &mut Conn, organization: OrganizationId, month: Month) -> DbResult<Outlook> {
    let mut outlook = Outlook::new();
    for row in store::renewals(conn, organization, month)? {
        let holder = match (row.campaign, row.hold.as_deref()) {
            (Some(campaign), Some("in_use")) => Holder::Campaign(campaign),
            (Some(_), _) => Holder::Reserved,
            (None, _) if row.rests => Holder::Resting,
            (None, _) => Holder::Idle,
        };
        let cell = Cell { holder, area_code: row.area_code, service: row.service, kind: row.kind };
        super::sums::look_ahead(&mut outlook, &cell, row.ahead);
    }
    Ok(outlook)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_read_in_parts_that_leave_nothing_out() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap();
        let window = Window { from: day(1), until: day(31) };
        let days: Vec<_> =
            [(2, 40), (3, 70), (9, 10), (10, 20), (11, 500), (12, 1)].map(|(n, c)| (day(n), c)).into();
        let parts: Vec<_> = in_parts(window, &days, 100).iter().map(|part| (part.from, part.until)).collect();
        assert_eq!(parts, [(1, 3), (3, 11), (11, 12), (12, 31)].map(|(from, until)| (day(from), day(until))));
        assert_eq!(in_parts(window, &[], 100), [window]);
    }
}
