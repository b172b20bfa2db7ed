//! What months are added up from: charges with what is known of their numbers, and who held those when.

mod store;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::attribution::{self, Holder, Period, Rest, Stretch};
use super::month::Month;
use super::sums::{Cell, MonthSums, Outlook, Source};
use crate::db::{Conn, DbResult};
use crate::kernel::ids::{NumberId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::ledger::Assignment;

pub(super) use store::charges_at_most;

/// More charges than this are read a day at a time.
const AT_ONCE: i64 = 50_000;

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
    /// All charges that pay for some of these days: a month's charge is of at most 31 days.
    pub(super) fn paying_for(from: NaiveDate, until: NaiveDate) -> Window {
        Window { from: from - chrono::TimeDelta::days(31), until }
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

fn each(
    conn: &mut Conn,
    organization: OrganizationId,
    window: Window,
    mut see: impl FnMut(&Source, Vec<Stretch>),
) -> DbResult<()> {
    let many = charges_at_most(conn, organization, window, AT_ONCE + 1)? > AT_ONCE;
    let mut part = window;
    while part.from < window.until {
        part.until = match (many, part.from.succ_opt()) {
            (true, Some(next)) => next,
            _ => window.until,
        };
        let (charges, histories) = read(conn, organization, part)?;
        for source in &charges {
            see(source, histories.cut(source.number_id, source.period, source.amount));
        }
        part.from = part.until;
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
