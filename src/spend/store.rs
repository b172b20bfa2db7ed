//! What the report reads of other features' tables beside what months are added up from: it only reads.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Slice, Span};
use super::month::Month;
use super::sources::{Window, charges_at_most};
use crate::db::schema::{assignment, campaign, charge, owned_phone_number as number};
use crate::db::{Conn, DbResult, MultiBackend};
use crate::kernel::ids::{CampaignId, ChargeId, OrganizationId};
use crate::kernel::{AreaCode, E164, Moment};
use crate::ledger::Charge;
use crate::spend::attribution::Holder;

/// The names of campaigns.
pub(super) fn campaign_names(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: Vec<CampaignId>,
) -> DbResult<BTreeMap<CampaignId, String>> {
    let rows: Vec<(CampaignId, String)> = campaign::table
        .filter(campaign::organization_id.eq(organization))
        .filter(campaign::id.eq_any(ids))
        .select((campaign::id, campaign::name))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// The first month with a charge.
pub(super) fn first_month(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<Month>> {
    let day: Option<NaiveDate> = charge::table
        .filter(charge::organization_id.eq(organization))
        .select(charge::period_start)
        .order(charge::period_start)
        .first(conn)
        .optional()?;
    Ok(day.map(Month::of))
}

/// The last month with a charge.
pub(super) fn last_month(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<Month>> {
    let day: Option<NaiveDate> = charge::table
        .filter(charge::organization_id.eq(organization))
        .select(charge::period_start)
        .order(charge::period_start.desc())
        .first(conn)
        .optional()?;
    Ok(day.map(Month::of))
}

/// The day a campaign first had a number in use.
pub(super) fn held_since(
    conn: &mut Conn,
    organization: OrganizationId,
    id: CampaignId,
) -> DbResult<Option<NaiveDate>> {
    let first: Option<Moment> = assignment::table
        .filter(assignment::organization_id.eq(organization))
        .filter(assignment::campaign_id.eq(id))
        .select(diesel::dsl::min(assignment::started_at))
        .first(conn)?;
    Ok(first.map(|at| at.date()))
}

/// More charges than this are not put in order for a page.
const FEW: i64 = 10_000;

/// The charges of which numbers, and so by which index they are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Of all that have any: those numbers, then put in order.
    All,
    /// Of those there are: one after the other in their order.
    Owned,
    /// Of those that were released: the same.
    Released,
}

/// A page of charges with their numbers, in the order of numbers, at most `limit`, after a charge.
pub(super) fn charges_page(
    conn: &mut Conn,
    organization: OrganizationId,
    span: Span,
    slice: &Slice,
    after: Option<ChargeId>,
    limit: i64,
) -> DbResult<Vec<(Charge, E164)>> {
    let (window, paying) = match span {
        Span::Month(month) => (Window::of(month, month), month.first()),
        Span::Days { from, until } => (Window::paying_for(from, until), from),
    };
    let few = charges_at_most(conn, organization, window, FEW + 1)? <= FEW;
    let whose: &[Whose] = if few { &[Whose::All] } else { &[Whose::Owned, Whose::Released] };
    let last = match after {
        Some(after) => number_of(conn, organization, after)?.map(|last| (last, after)),
        None => None,
    };
    let mut rows = Vec::new();
    for whose in whose {
        rows.extend(charges_of(conn, organization, (window, paying), slice, *whose, last, limit)?);
    }
    rows.sort_by_key(|(charge, number)| (*number, charge.id));
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(rows)
}

/// The number of a charge.
fn number_of(conn: &mut Conn, organization: OrganizationId, id: ChargeId) -> DbResult<Option<E164>> {
    Ok(charge::table
        .inner_join(number::table)
        .filter(charge::organization_id.eq(organization))
        .filter(charge::id.eq(id))
        .select(number::phone_number)
        .first(conn)
        .optional()?)
}

fn charges_of(
    conn: &mut Conn,
    organization: OrganizationId,
    (window, paying): (Window, NaiveDate),
    slice: &Slice,
    whose: Whose,
    after: Option<(E164, ChargeId)>,
    limit: i64,
) -> DbResult<Vec<(Charge, E164)>> {
    let within = diesel::alias!(charge as charge_within);
    let mut query = charge::table
        .inner_join(number::table.on(sql::<Bool>(NUMBERS_FIRST)))
        .filter(number::organization_id.eq(organization))
        .filter(charge::period_start.ge(window.from))
        .filter(charge::period_start.lt(window.until))
        .filter(charge::period_end.gt(paying))
        .into_boxed::<MultiBackend>();
    // A charge is its number's organization's.
    query = match whose {
        Whose::All => query.filter(
            number::id.eq_any(
                within
                    .filter(within.field(charge::organization_id).eq(organization))
                    .filter(within.field(charge::period_start).ge(window.from))
                    .filter(within.field(charge::period_start).lt(window.until))
                    .select(within.field(charge::number_id)),
            ),
        ),
        Whose::Owned => query.filter(number::released_at.is_null()),
        Whose::Released => query.filter(number::released_at.is_not_null()),
    };
    query = match slice {
        Slice::All => query,
        Slice::Area(area_code) => query.filter(number::area_code.eq(*area_code)),
        Slice::State(region) => {
            let codes = AreaCode::all().filter(|code| code.info().region == *region);
            query.filter(number::area_code.eq_any(codes.collect::<Vec<_>>()))
        }
        Slice::Provider(key) => query.filter(number::service.eq(key.clone())),
        Slice::Kind(kind) => query.filter(number::kind.eq(*kind)),
        Slice::Holder(Holder::Campaign(id)) => query
            // Its numbers are few.
            .filter(
                number::id.eq_any(
                    assignment::table
                        .filter(assignment::organization_id.eq(organization))
                        .filter(assignment::campaign_id.eq(*id))
                        .select(assignment::number_id),
                ),
            )
            .filter(exists(
                assignment::table
                    .filter(assignment::number_id.eq(charge::number_id))
                    .filter(assignment::organization_id.eq(organization))
                    .filter(assignment::campaign_id.eq(*id))
                    .filter(sql::<Bool>(HOLDS_A_DAY)),
            )),
        // Several assignments that fill a period together, and rests, are told apart by the caller, who cuts the charge.
        Slice::Holder(Holder::Idle | Holder::Reserved | Holder::Resting) => query.filter(not(exists(
            assignment::table
                .filter(assignment::number_id.eq(charge::number_id))
                .filter(assignment::organization_id.eq(organization))
                .filter(sql::<Bool>(HOLDS_EVERY_DAY)),
        ))),
    };
    if let Some((last, after)) = after {
        // The first bound is what an index on numbers begins at. A number begins with its area code, so both are one
        // order.
        query = query.filter(number::area_code.ge(last.area_digits().to_owned())).filter(
            number::phone_number.gt(last).or(number::phone_number.eq(last).and(charge::id.gt(after))),
        );
    }
    let rows: Vec<(_, _, _, _, _, _, E164)> = query
        .order((number::area_code, number::phone_number, charge::id))
        .limit(limit)
        .select((
            charge::id,
            charge::number_id,
            charge::period_start,
            charge::period_end,
            charge::amount,
            charge::basis,
            number::phone_number,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, number_id, period_start, period_end, amount, basis, phone_number)| {
            (Charge { id, number_id, period_start, period_end, amount, basis }, phone_number)
        })
        .collect())
}

/// With the id as an expression it is not by the number that is found of a charge, but the charges that are of a number:
/// else SQLite reads all charges of the time and puts them in order, for a page of fifty.
const NUMBERS_FIRST: &str = "charge.number_id = owned_phone_number.id || ''";

const HOLDS_A_DAY: &str = "\
    date(assignment.started_at) < charge.period_end AND (assignment.ended_at IS NULL \
    OR (date(assignment.ended_at) > charge.period_start AND date(assignment.ended_at) > date(assignment.started_at)))";

const HOLDS_EVERY_DAY: &str = "\
    date(assignment.started_at) <= charge.period_start \
    AND (assignment.ended_at IS NULL OR date(assignment.ended_at) >= charge.period_end)";
