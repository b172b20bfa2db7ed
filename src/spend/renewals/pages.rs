//! What the page of idle numbers and renewals shows.

use std::collections::BTreeMap;

use askama::Template;
use chrono::NaiveDate;

use super::model::{Day, Idle, Long};
use super::{LONG_DAYS, List, WEEK};
use crate::access::{Allowed, ReleaseNumbers, SeeSpend};
use crate::kernel::Micros;
use crate::kernel::ids::NumberId;
use crate::numbers::planned::Plan;
use crate::web::format::{Times, plural};
use crate::web::{Shell, filters};

/// What only those see who may see numbers.
pub(super) struct Listed {
    pub(super) rows: Vec<Idle>,
    pub(super) more: bool,
    /// The rows whose release is planned, and for when.
    pub(super) planned: BTreeMap<NumberId, NaiveDate>,
    pub(super) plans: Vec<Plan>,
    pub(super) skipped: Vec<Plan>,
}

struct DayRow {
    day: String,
    href: String,
    idle: i64,
    idle_cost: Micros,
    planned: i64,
    numbers: i64,
    cost: Micros,
}

struct IdleRow {
    id: String,
    href: String,
    phone: String,
    area: String,
    place: String,
    attached: bool,
    idle: String,
    renews: String,
    price: Micros,
    /// When it will be released; empty when it will not.
    planned: String,
}

struct PlanRow {
    id: String,
    phone: String,
    href: String,
    release: String,
    renews: String,
    price: Micros,
    words: String,
}

/// `/spend/renewals`.
#[derive(Template)]
#[template(path = "spend/renewals/page.html")]
pub(super) struct RenewalsPage {
    shell: Shell,
    spend: String,
    /// `22 idle numbers renew this week`.
    week_words: String,
    week_cost: Micros,
    week_free: i64,
    week_attached: i64,
    month_idle_cost: Micros,
    month_cost: Micros,
    long: Long,
    long_words: String,
    planned: i64,
    planned_cost: Micros,
    days: Vec<DayRow>,
    /// Whether which numbers may be seen.
    sees: bool,
    releases: bool,
    list_title: String,
    list_words: String,
    rows: Vec<IdleRow>,
    more: String,
    first: String,
    here: String,
    plans: Vec<PlanRow>,
    skipped: Vec<PlanRow>,
}

impl RenewalsPage {
    pub(super) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        list: List,
        is_later: bool,
        (days, long, (planned, planned_cost)): (&[Day], Long, (i64, Micros)),
        listed: Option<Listed>,
    ) -> RenewalsPage {
        let times = by.times();
        let (today, base) = (times.now.date(), by.url("/spend/renewals"));
        let week: Vec<&Day> = days.iter().filter(|day| day.day <= today + WEEK).collect();
        let week_idle: i64 = week.iter().map(|day| day.idle()).sum();
        let sees = listed.is_some();
        let here = match list {
            List::Week => base.clone(),
            List::On(day) => format!("{base}?day={day}"),
            List::Long => format!("{base}?list=long"),
        };
        let (list_title, list_words) = match list {
            List::Week => ("Idle numbers that renew this week".to_owned(), String::new()),
            List::On(day) => (format!("Idle numbers that renew on {}", times.day(day)), String::new()),
            List::Long => (
                format!("Idle for {LONG_DAYS} days or more"),
                "No campaign has had them for so long. Nothing is released by itself: choose what may go."
                    .to_owned(),
            ),
        };
        let listed = listed.unwrap_or(Listed {
            rows: Vec::new(),
            more: false,
            planned: BTreeMap::new(),
            plans: Vec::new(),
            skipped: Vec::new(),
        });
        let numbers = by.url("/phone-numbers");
        let more = match listed.rows.last().filter(|_| listed.more) {
            Some(last) => {
                let join = if here.contains('?') { '&' } else { '?' };
                let after: String = url::form_urlencoded::byte_serialize(
                    format!("{}~{}", last.renews_on, last.phone_number).as_bytes(),
                )
                .collect();
                format!("{here}{join}after={after}")
            }
            None => String::new(),
        };
        let plan_row = |plan: &Plan| PlanRow {
            id: plan.id.to_string(),
            phone: plan.phone_number.national(),
            href: format!("{numbers}/{}", plan.number_id),
            release: times.day(plan.release_on),
            renews: times.day(plan.renews_on),
            price: plan.monthly_price,
            words: plan.words.clone().unwrap_or_default(),
        };
        RenewalsPage {
            shell,
            spend: by.url("/spend"),
            week_words: format!(
                "{} this week",
                plural(week_idle.unsigned_abs(), "idle number renews", "idle numbers renew")
            ),
            week_cost: week.iter().map(|day| day.idle_cost()).sum(),
            week_free: week.iter().map(|day| day.free).sum(),
            week_attached: week.iter().map(|day| day.attached).sum(),
            month_idle_cost: days.iter().map(Day::idle_cost).sum(),
            month_cost: days.iter().map(|day| day.cost).sum(),
            long,
            long_words: format!(
                "{} for {LONG_DAYS} days or more",
                plural(long.numbers.unsigned_abs(), "number has been idle", "numbers have been idle")
            ),
            planned,
            planned_cost,
            days: days
                .iter()
                .map(|day| DayRow {
                    day: times.day(day.day),
                    href: if sees { format!("{base}?day={}", day.day) } else { String::new() },
                    idle: day.idle(),
                    idle_cost: day.idle_cost(),
                    planned: day.planned,
                    numbers: day.numbers,
                    cost: day.cost,
                })
                .collect(),
            sees,
            releases: by.may::<ReleaseNumbers>(),
            list_title,
            list_words,
            rows: listed.rows.iter().map(|row| idle_row(row, &listed.planned, &numbers, &times)).collect(),
            more,
            first: if is_later { here.clone() } else { String::new() },
            here,
            plans: listed.plans.iter().map(plan_row).collect(),
            skipped: listed.skipped.iter().map(plan_row).collect(),
        }
    }
    /// Whether any row can still be planned.
    fn choosable(&self) -> bool {
        self.releases && self.rows.iter().any(|row| row.planned.is_empty())
    }
}

fn idle_row(row: &Idle, planned: &BTreeMap<NumberId, NaiveDate>, numbers: &str, times: &Times) -> IdleRow {
    let days = (times.now - row.idle_since()).num_days().max(0);
    IdleRow {
        id: row.id.to_string(),
        href: format!("{numbers}/{}", row.id),
        phone: row.phone_number.national(),
        area: row.area_code.to_string(),
        place: row.area_code.info().place_and_region(),
        attached: row.attached,
        idle: match (days, row.used_until) {
            (0, _) => "since today".to_owned(),
            (days, Some(_)) => plural(days.unsigned_abs(), "day", "days"),
            (days, None) => {
                format!("{}, never used", plural(days.unsigned_abs(), "day", "days"))
            }
        },
        renews: times.day(row.renews_on),
        price: row.monthly_price,
        planned: planned.get(&row.id).map(|day| times.day(*day)).unwrap_or_default(),
    }
}
