//! Spend: what the numbers cost, and whose money it was.
//!
//! A month's charges are those whose period starts in it, UTC, as the carrier bills. [`attribution`] cuts each to
//! the day: to the campaign that had the number in use, else to nobody (reserved, resting, idle). Months are added up
//! once and kept ([`rollup`]); what is touched afterwards (a late charge, a campaign that gives back) is added up
//! again, at once where there is little of it, else by a job within a minute or two. What each day of a month's
//! charges is worth is kept beside it, for a time that is no whole month. This is the top of the house, the one
//! feature that reads other features' tables; it writes its own alone.
//!
//! Three kinds of money stand apart on the page: *charged* (with how we know it: quoted, billed, estimated),
//! *expected* (renewals still to come this month at today's prices, attributed to whoever has the number now), and
//! the *forecast* of next month. A month and some days are asked about differently: a month has all days of the
//! charges that fall due in it, as the carrier's bill does; days have themselves alone, out of whichever charge pays
//! for them. So days add up over any borders, and months to the ledger.
//!
//! # The demonstration, worked out by hand
//!
//! `tests/it/spend/golden.rs` compares the whole report of the [`demo`](crate::demo) organization with
//! `tests/it/data/spend-demo.csv`. Its figures can be followed on paper from the story alone. The story lasts 182
//! days; told to end on Sunday 22 November 2026 it begins on 24 May. Every number costs $1.15 a month and is charged
//! on the day it was bought and on each monthly date after it: the 36 of day 0 on the 24th, the 28 of day 9 on 2 June
//! and each 2nd, the 32 of day 30 on 23 June and each 23rd, the 12 of day 72 on 4 August and each 4th, and of day 118
//! (19 September) the 12 in Las Vegas and Phoenix with the three that Denver had left, each 19th. *Primary Recall*
//! has 23 numbers in use from day 34 (27 June) on: it is archived, and nobody gave them back. *Fall GOTV* has 40 from
//! day 140 (11 October) on, reserved the day before: 23 of the 24ths, 17 of the 2nds.
//!
//! October's ledger is 36 + 28 + 32 + 12 + 15 = 123 charges, $141.45; November's, with the 36 and the 32 of the 24th
//! and the 23rd still to come, is 55 charges so far, $63.25 of $141.45. *Primary Recall* has 23 whole charges in
//! October, $26.45. *Fall GOTV* has 23 whole ones of 24 October, $26.45, and of each of the 17 of 2 October the 22 days
//! from the 11th to 1 November: $1.15 less floor(1,150,000 × 9 / 31) = 333,870 micros is $0.816130, times 17 is
//! $13.874210; together $40.324210. The 9th of those days, the 10th, was reserved. Of the seven days from 11 to 17
//! October Recall has days 19 to 25 of the 30 that the charge of 23 September pays for: 958,333 − 690,000 = 268,333
//! micros, times 23 is $6.171659.
//!
//! On day 141, 12 October, the owner entered $15.00 for vetting the campaign. It is a line of its own in every table of
//! October, of which the month before November has $15.00 too, and of the seven days: October is $141.45 + $15.00 =
//! $156.45, the seven days $32.658783 + $15.00 = $47.658783. No number and no campaign has a part of it.

pub mod attribution;
pub mod bill;
mod by_day;
mod chart;
mod export;
pub mod fees;
pub mod forecast;
mod model;
mod month;
mod pages;
pub mod renewals;
mod report;
pub mod rollup;
mod routes;
mod sources;
mod store;
pub mod sums;
pub mod weekly;

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{Allowed, SeeSpend};
use crate::db::{Conn, DbResult};
use crate::kernel::ids::{CampaignId, ChargeId, NumberId, OrganizationId};
use crate::{ledger, numbers};

use attribution::{Holder, Period};
pub use export::{File, table};
pub use model::{
    CampaignSpend, Forecast, Heading, Line, MONTHS, MonthShares, NumberSpend, Report, Slice, Span, Split,
    Splits, Table,
};
pub use month::Month;
pub use report::{of_campaign, report, report_with};
pub use routes::routes;

/// A page of charges, each with whose it was, in the order of numbers.
///
/// # Errors
/// A database error.
pub fn charges(
    conn: &mut Conn,
    by: &Allowed<SeeSpend>,
    span: Span,
    slice: &Slice,
    after: Option<ChargeId>,
    limit: usize,
) -> DbResult<Splits> {
    let organization = by.organization_id();
    // One more than shown tells whether there are more.
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1;
    let mut rows = store::charges_page(conn, organization, span, slice, after, wanted)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().map(|(charge, _)| charge.id).filter(|_| more);
    let histories = match rows.len() {
        // One statement takes so many numbers by name; more are found by their charges.
        0..=10_000 => {
            let numbers: Vec<NumberId> = rows.iter().map(|(charge, _)| charge.number_id).collect();
            sources::histories_of(conn, organization, &numbers)?
        }
        _ => {
            let (first, last) = span.ends();
            let window = sources::Window::paying_for(first, last + chrono::TimeDelta::days(1));
            sources::read(conn, organization, window)?.1
        }
    };
    let rows = rows
        .into_iter()
        .map(|(charge, phone_number)| split(charge, phone_number, &histories))
        .filter(|row| {
            slice.holder().is_none_or(|holder| row.worth(span, Some(holder)) != attribution::Worth::default())
        })
        .collect::<Vec<_>>();
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
    let histories = sources::histories_of(conn, organization, &[id])?;
    let charges: Vec<Split> = ledger::charges_of(conn, organization, id)?
        .into_iter()
        .map(|charge| split(charge, number.phone_number, &histories))
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

fn split(charge: ledger::Charge, phone_number: crate::kernel::E164, histories: &sources::Histories) -> Split {
    let period = Period { start: charge.period_start, end: charge.period_end };
    let stretches = histories.cut(charge.number_id, period, charge.amount);
    Split { charge, phone_number, stretches }
}

fn names_in(
    conn: &mut Conn,
    organization: OrganizationId,
    splits: &[Split],
) -> DbResult<BTreeMap<CampaignId, String>> {
    let holders = splits.iter().flat_map(|split| split.stretches.iter().map(|stretch| stretch.holder));
    let campaigns: BTreeSet<CampaignId> = holders.filter_map(Holder::campaign).collect();
    store::campaign_names(conn, organization, campaigns.into_iter().collect())
}
