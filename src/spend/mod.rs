//! Spend: what the numbers cost, and whose money it was.
//!
//! A month's charges are those whose period starts in it, UTC, as the carrier bills. [`attribution`] cuts each to
//! the day; the report adds alike charges up in one pass and stores nothing. Campaigns are named by a join: this is
//! the top of the house, the one feature whose store reads other features' tables.
//!
//! Three kinds of money stand apart on the page: *charged* (with how we know it: quoted, billed, estimated),
//! *expected* (renewals still to come this month at today's prices, attributed to whoever has the number in use
//! now), and *a month at the present inventory*.

pub mod attribution;
pub mod bill;
mod chart;
mod export;
pub mod fees;
pub mod forecast;
mod model;
mod month;
mod pages;
pub mod renewals;
mod routes;
mod store;
pub mod weekly;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::access::{Allowed, SeeSpend};
use crate::db::{Conn, DbResult};
use crate::kernel::ids::{CampaignId, ChargeId, NumberId, OrganizationId};
use crate::ledger::Assignment;
use crate::{ledger, numbers};

use attribution::Period;
pub use model::{AreaShare, MONTHS, MonthShares, NumberSpend, Report, Share, Slice, Split, Splits, Year};
pub use month::Month;
pub use routes::routes;

/// What a month cost, what is still to come, and the year behind it when that is wanted.
///
/// # Errors
/// A database error.
pub fn report(
    conn: &mut Conn,
    by: &Allowed<SeeSpend>,
    month: Month,
    today: NaiveDate,
    year: Year,
) -> DbResult<Report> {
    let organization = by.organization_id();
    let is_current = month == Month::of(today);
    let counts = numbers::counts(conn, organization, None)?;
    let owned = counts.iter().map(|count| count.total() - count.lost).sum();
    let (year, before) = (year.is_wanted(owned), month.previous());
    let from = if year { month.back(MONTHS) } else { before };
    let read = model::Read {
        month,
        is_current,
        year,
        first: store::first_month(conn, organization)?,
        charged: store::charged(conn, organization, from, month)?,
        held: store::held(conn, organization, from, month)?,
        areas: store::charged_by_area(conn, organization, month)?,
        areas_before: store::charged_by_area(conn, organization, before)?,
        held_areas: store::held_by_area(conn, organization, month)?,
        renewals: match is_current {
            true => store::renewals_before(conn, organization, month.end())?,
            false => Vec::new(),
        },
        numbers: owned,
        inventory: numbers::monthly_cost(&counts),
    };
    let mut report = read.report();
    let shown = report.shares.iter().filter_map(|share| share.holder);
    let charted =
        report.months.iter().flat_map(|month| month.tally.campaigns().map(|(campaign, _)| campaign));
    let campaigns: BTreeSet<CampaignId> = shown.chain(charted).collect();
    report.names = store::campaign_names(conn, organization, campaigns.into_iter().collect())?;
    Ok(report)
}

/// A page of a month's charges, each with whose it was, in the order of numbers.
///
/// # Errors
/// A database error.
pub fn charges(
    conn: &mut Conn,
    by: &Allowed<SeeSpend>,
    month: Month,
    slice: Slice,
    after: Option<ChargeId>,
    limit: usize,
) -> DbResult<Splits> {
    let organization = by.organization_id();
    // One more than shown tells whether there are more.
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1;
    let mut rows = store::charges_page(conn, organization, month, slice, after, wanted)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().map(|(charge, _)| charge.id).filter(|_| more);
    let numbers: Vec<NumberId> = rows.iter().map(|(charge, _)| charge.number_id).collect();
    let mut of_number: BTreeMap<NumberId, Vec<Assignment>> = BTreeMap::new();
    for assignment in store::assignments_of(conn, organization, numbers, month.first())? {
        of_number.entry(assignment.number_id).or_default().push(assignment);
    }
    let mut rows: Vec<Split> = rows
        .into_iter()
        .map(|(charge, phone_number)| {
            let assignments = of_number.get(&charge.number_id).map_or(&[][..], Vec::as_slice);
            split(charge, phone_number, assignments)
        })
        .collect();
    if slice == Slice::Idle {
        rows.retain(|row| row.stretches.iter().any(|stretch| stretch.holder.is_none()));
    }
    let names = names_in(conn, organization, &rows)?;
    Ok(Splits { rows, next, names })
}

/// All a number was ever charged, and whose it was: where a viewer's drill-down ends. Released numbers have theirs
/// too.
///
/// # Errors
/// [`crate::db::DbError::NotFound`] when the organization has no such number; a database error.
pub fn of_number(conn: &mut Conn, by: &Allowed<SeeSpend>, id: NumberId) -> DbResult<NumberSpend> {
    let organization = by.organization_id();
    let number = numbers::find(conn, organization, id)?;
    let assignments = ledger::assignments_of(conn, organization, id)?;
    let charges: Vec<Split> = ledger::charges_of(conn, organization, id)?
        .into_iter()
        .map(|charge| split(charge, number.phone_number, &assignments))
        .collect();
    let names = names_in(conn, organization, &charges)?;
    Ok(NumberSpend { number, charges, names })
}

/// The name of a campaign of the organization.
///
/// # Errors
/// [`crate::db::DbError::NotFound`] when it has none of this id; a database error.
pub fn campaign_name(conn: &mut Conn, by: &Allowed<SeeSpend>, id: CampaignId) -> DbResult<String> {
    let names = store::campaign_names(conn, by.organization_id(), vec![id])?;
    names.into_values().next().ok_or(crate::db::DbError::NotFound)
}

fn split(charge: ledger::Charge, phone_number: crate::kernel::E164, assignments: &[Assignment]) -> Split {
    let period = Period { start: charge.period_start, end: charge.period_end };
    let stretches = attribution::stretches(period, charge.amount, assignments);
    Split { charge, phone_number, stretches }
}

fn names_in(
    conn: &mut Conn,
    organization: OrganizationId,
    splits: &[Split],
) -> DbResult<BTreeMap<CampaignId, String>> {
    let campaigns: BTreeSet<CampaignId> =
        splits.iter().flat_map(|split| split.stretches.iter().filter_map(|stretch| stretch.holder)).collect();
    store::campaign_names(conn, organization, campaigns.into_iter().collect())
}
