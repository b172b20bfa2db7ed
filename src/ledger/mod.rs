//! The ledger: what each number was charged, and which campaign had it in use when.
//!
//! A number is charged a full month when bought and on each monthly date after it, never prorated, never refunded.
//! A charge is unique per number and first day, so charging twice is impossible however often the job runs. Whatever
//! changes what a month cost, or whom, says so in the same transaction ([`crate::numbers::touched`]): `spend` adds
//! that month up again.

pub mod fees;
pub mod jobs;
pub mod model;
pub mod prices;
mod store;
pub mod usage;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};

use crate::access::Actor;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::clock::next_month;
use crate::kernel::ids::{CampaignId, ChargeId, NumberId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::numbers::{self, Due};

pub use model::{Assignment, Basis, Charge};

/// Records the charge of a number's first month: in the transaction that records its purchase.
///
/// # Errors
/// A database error. A number that is charged for that day already keeps the charge it has.
pub fn first_charge(
    tx: &mut Tx,
    by: &Actor,
    number: NumberId,
    day: NaiveDate,
    amount: Micros,
    basis: Basis,
) -> DbResult<()> {
    let charge = Charge {
        id: ChargeId::new(),
        number_id: number,
        period_start: day,
        period_end: next_month(day),
        amount,
        basis,
    };
    record(tx, by, charge)
}

/// Records the charge with which an adopted number begins: its month, which the carrier charged before, is worth what
/// its days from the adoption on are worth. Nothing before the adoption is charged; the months after it are charged in
/// full on their days.
///
/// # Errors
/// As [`first_charge`].
pub fn charge_from_adoption(
    tx: &mut Tx,
    by: &Actor,
    number: NumberId,
    month: (NaiveDate, NaiveDate),
    day: NaiveDate,
    price: Micros,
) -> DbResult<()> {
    let (begin, end) = month;
    let (gone, days) = ((day - begin).num_days(), (end - begin).num_days());
    let charge = Charge {
        id: ChargeId::new(),
        number_id: number,
        period_start: day.max(begin),
        period_end: end,
        amount: price - model::worth_of_days(price, gone.max(0), days),
        basis: Basis::Estimated,
    };
    record(tx, by, charge)
}

fn record(tx: &mut Tx, by: &Actor, charge: Charge) -> DbResult<()> {
    let organization = by.organization();
    store::insert_charges(tx, &[(organization, charge)])?;
    numbers::touched::charged(tx, organization, charge.period_start)
}

/// Charges the numbers whose monthly date has come, at most `limit` of them, and moves their dates on, all in a few
/// statements. Answers how many; call again until it is none. A number that is several months behind is charged a
/// month a call. Each is charged what it costs from its next charge on: a new price is written only when what is due
/// before its first day was charged ([`prices`]), so a job that is late by months charges each at the price of its day.
///
/// # Errors
/// A database error.
pub fn charge_due(tx: &mut Tx, today: NaiveDate, limit: i64) -> DbResult<usize> {
    let due = numbers::due_for_renewal(tx, today, limit, false)?;
    charge(tx, &due)
}

/// The same of the numbers that nobody else is changing at the moment, so that several may charge at once. That there
/// is none does not mean that none is due: [`charge_due`] tells.
fn charge_free(tx: &mut Tx, today: NaiveDate, limit: i64) -> DbResult<usize> {
    let due = numbers::due_for_renewal(tx, today, limit, true)?;
    charge(tx, &due)
}

/// Charges numbers that are due and locked, each for a month.
fn charge(tx: &mut Tx, due: &[Due]) -> DbResult<usize> {
    let charges: Vec<(OrganizationId, Charge)> = due
        .iter()
        .map(|number| {
            let charge = Charge {
                id: ChargeId::new(),
                number_id: number.id,
                period_start: number.renews_on,
                period_end: next_month(number.renews_on),
                amount: number.monthly_price,
                basis: Basis::Quoted,
            };
            (number.organization_id, charge)
        })
        .collect();
    store::insert_charges(tx, &charges)?;
    let mut renewed: BTreeMap<NaiveDate, Vec<NumberId>> = BTreeMap::new();
    let mut months: BTreeSet<(OrganizationId, NaiveDate)> = BTreeSet::new();
    for (organization, charge) in &charges {
        renewed.entry(charge.period_end).or_default().push(charge.number_id);
        months.insert((*organization, charge.period_start.with_day(1).unwrap_or(charge.period_start)));
    }
    for (renews_on, ids) in &renewed {
        numbers::renewed(tx, ids, *renews_on)?;
    }
    for (organization, month) in months {
        numbers::touched::charged(tx, organization, month)?;
    }
    Ok(due.len())
}

/// How late the daily charging may be and still find what was released meanwhile.
const LATE: Days = Days::new(62);

/// Charges the numbers that were released on their monthly date or later, before it was charged: the carrier charges a
/// number that is there as its day begins. Looks two months back, for a job that is late. Answers how many.
///
/// # Errors
/// A database error.
pub fn charge_released(tx: &mut Tx, today: NaiveDate) -> DbResult<usize> {
    let mut charged = 0;
    for number in numbers::released_unrenewed(tx, today - LATE)? {
        let last = number.released_at.map_or(today, |released| released.date()).min(today);
        let mut day = number.renews_on;
        while day <= last {
            let charge = Charge {
                id: ChargeId::new(),
                number_id: number.id,
                period_start: day,
                period_end: next_month(day),
                amount: number.monthly_price,
                basis: Basis::Quoted,
            };
            store::insert_charges(tx, &[(number.organization_id, charge)])?;
            numbers::touched::charged(tx, number.organization_id, day)?;
            charged += 1;
            day = next_month(day);
        }
        numbers::renewed(tx, &[number.id], day)?;
    }
    Ok(charged)
}

/// From now on these numbers are in use by the campaign.
///
/// # Errors
/// A database error; [`crate::db::DbError::Duplicate`] when one is in use already.
pub fn begin_use(
    tx: &mut Tx,
    by: &Actor,
    campaign: CampaignId,
    numbers: &[NumberId],
    now: Moment,
) -> DbResult<()> {
    store::insert_assignments(tx, by.organization(), campaign, numbers, now)?;
    numbers::touched::held(tx, by.organization(), now)
}

/// From now on these numbers are in use by nobody.
///
/// # Errors
/// A database error.
pub fn end_use(tx: &mut Tx, by: &Actor, numbers: &[NumberId], now: Moment) -> DbResult<()> {
    store::close_assignments(tx, by.organization(), numbers, now)?;
    numbers::touched::held(tx, by.organization(), now)
}

/// The first day on which the organization was charged for a number.
///
/// # Errors
/// A database error.
pub fn first_day(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<NaiveDate>> {
    store::first_day(conn, organization)
}

/// A number's charges, newest first.
///
/// # Errors
/// A database error.
pub fn charges_of(conn: &mut Conn, organization: OrganizationId, number: NumberId) -> DbResult<Vec<Charge>> {
    store::charges_of(conn, organization, number)
}

/// What numbers were charged on the days `from..until`.
///
/// # Errors
/// A database error.
pub fn charged(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Micros> {
    store::charged(conn, organization, from, until)
}

/// A number's assignments, oldest first.
///
/// # Errors
/// A database error.
pub fn assignments_of(
    conn: &mut Conn,
    organization: OrganizationId,
    number: NumberId,
) -> DbResult<Vec<Assignment>> {
    store::assignments_of(conn, organization, number)
}
