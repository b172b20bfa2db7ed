//! What the report reads: the only store that joins other features' tables, and it only reads.
//!
//! Charges that are alike (same period, same amount, same days held) come as one row with their count, so a month of
//! a hundred thousand numbers is read as a few hundred rows and attributed in one pass.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text, Timestamp};

use super::attribution::Period;
use super::model::Slice;
use super::month::Month;
use crate::db::schema::{assignment, campaign, charge, owned_phone_number as number};
use crate::db::{Conn, DbResult, MultiBackend};
use crate::kernel::ids::{CampaignId, ChargeId, NumberId, OrganizationId};
use crate::kernel::{AreaCode, E164, Micros};
use crate::ledger::{Assignment, Basis, Charge};
use crate::numbers::Hold;

/// Charges of one period and amount.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charged {
    pub period: Period,
    pub amount: Micros,
    pub basis: Basis,
    pub count: i64,
}

/// The charges whose period starts from one month up to another, alike ones together.
pub(super) fn charged(
    conn: &mut Conn,
    organization: OrganizationId,
    from: Month,
    to: Month,
) -> DbResult<Vec<Charged>> {
    let rows: Vec<(NaiveDate, NaiveDate, Micros, Basis, i64)> = charge::table
        .filter(charge::organization_id.eq(organization))
        .filter(charge::period_start.ge(from.first()))
        .filter(charge::period_start.lt(to.end()))
        .group_by((charge::period_start, charge::period_end, charge::amount, charge::basis))
        .select((
            charge::period_start,
            charge::period_end,
            charge::amount,
            charge::basis,
            diesel::dsl::count_star(),
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(start, end, amount, basis, count)| Charged {
            period: Period { start, end },
            amount,
            basis,
            count,
        })
        .collect())
}

/// What one campaign held of charges that are alike: on the days from `started_on` up to, without, `ended_on`.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct Held {
    #[diesel(sql_type = Text)]
    pub campaign_id: CampaignId,
    #[diesel(sql_type = Date)]
    period_start: NaiveDate,
    #[diesel(sql_type = Date)]
    period_end: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub amount: Micros,
    #[diesel(sql_type = Date)]
    started_on: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    ended_on: Option<NaiveDate>,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

impl Held {
    pub(super) fn period(&self) -> Period {
        Period { start: self.period_start, end: self.period_end }
    }
    pub(super) fn days(&self) -> (NaiveDate, NaiveDate) {
        (self.started_on, self.ended_on.unwrap_or(NaiveDate::MAX))
    }
}

/// Grouping by a day of a timestamp is what diesel's query builder does not type; `date()` is a word of both
/// databases. The days compared here are those of [`held_days`](super::attribution::held_days). `CROSS JOIN` tells
/// SQLite to begin with the assignments, of which there are far fewer than charges.
const HELD: &str = "\
    SELECT a.campaign_id, c.period_start, c.period_end, c.amount, \
           date(a.started_at) AS started_on, date(a.ended_at) AS ended_on, COUNT(*) AS count \
    FROM assignment a CROSS JOIN charge c \
    WHERE a.organization_id = $1 AND (a.ended_at IS NULL OR a.ended_at >= $2) \
      AND c.number_id = a.number_id AND c.organization_id = a.organization_id \
      AND c.period_start >= $3 AND c.period_start < $4 \
      AND date(a.started_at) < c.period_end AND (a.ended_at IS NULL OR date(a.ended_at) > c.period_start) \
    GROUP BY a.campaign_id, c.period_start, c.period_end, c.amount, date(a.started_at), date(a.ended_at)";

/// What campaigns held of the charges of [`charged`], alike ones together.
pub(super) fn held(
    conn: &mut Conn,
    organization: OrganizationId,
    from: Month,
    to: Month,
) -> DbResult<Vec<Held>> {
    Ok(diesel::sql_query(HELD)
        .bind::<Text, _>(organization)
        .bind::<Timestamp, _>(from.first().and_time(NaiveTime::MIN))
        .bind::<Date, _>(from.first())
        .bind::<Date, _>(to.end())
        .load(conn)?)
}

/// Charges of one area code.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChargedArea {
    pub area_code: AreaCode,
    pub amount: Micros,
    pub count: i64,
}

/// The charges of a month by area code.
pub(super) fn charged_by_area(
    conn: &mut Conn,
    organization: OrganizationId,
    month: Month,
) -> DbResult<Vec<ChargedArea>> {
    let rows: Vec<(AreaCode, i64, i64)> = charge::table
        .inner_join(number::table)
        .filter(charge::organization_id.eq(organization))
        .filter(charge::period_start.ge(month.first()))
        .filter(charge::period_start.lt(month.end()))
        .group_by(number::area_code)
        .select((number::area_code, crate::db::dialect::sum_big("charge.amount"), diesel::dsl::count_star()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(area_code, amount, count)| ChargedArea { area_code, amount: Micros::new(amount), count })
        .collect())
}

/// As [`Held`], in one area code.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct HeldArea {
    #[diesel(sql_type = Text)]
    pub area_code: AreaCode,
    #[diesel(embed)]
    pub held: Held,
}

/// What campaigns held of a month's charges, by area code.
pub(super) fn held_by_area(
    conn: &mut Conn,
    organization: OrganizationId,
    month: Month,
) -> DbResult<Vec<HeldArea>> {
    let statement = HELD
        .replacen("SELECT ", "SELECT n.area_code, ", 1)
        .replacen("WHERE ", "JOIN owned_phone_number n ON n.id = a.number_id WHERE ", 1)
        .replacen("GROUP BY ", "GROUP BY n.area_code, ", 1);
    Ok(diesel::sql_query(statement)
        .bind::<Text, _>(organization)
        .bind::<Timestamp, _>(month.first().and_time(NaiveTime::MIN))
        .bind::<Date, _>(month.first())
        .bind::<Date, _>(month.end())
        .load(conn)?)
}

/// Renewals to come, of numbers in one place with one holder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renewals {
    /// The campaign that has them in use now; reserved numbers are idle.
    pub holder: Option<CampaignId>,
    pub area_code: AreaCode,
    pub amount: Micros,
}

/// What the renewals due before a day will cost at today's prices: one charge a number.
pub(super) fn renewals_before(
    conn: &mut Conn,
    organization: OrganizationId,
    end: NaiveDate,
) -> DbResult<Vec<Renewals>> {
    let rows: Vec<(Option<CampaignId>, Option<Hold>, AreaCode, i64)> = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::renews_on.lt(end))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .group_by((number::campaign_id, number::hold, number::area_code))
        .select((
            number::campaign_id,
            number::hold,
            number::area_code,
            crate::db::dialect::sum_big("owned_phone_number.monthly_price"),
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(campaign, hold, area_code, amount)| Renewals {
            holder: campaign.filter(|_| hold == Some(Hold::InUse)),
            area_code,
            amount: Micros::new(amount),
        })
        .collect())
}

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

/// A page of a month's charges with their numbers, in the order of numbers, at most `limit`, after a charge.
pub(super) fn charges_page(
    conn: &mut Conn,
    organization: OrganizationId,
    month: Month,
    slice: Slice,
    after: Option<ChargeId>,
    limit: i64,
) -> DbResult<Vec<(Charge, E164)>> {
    let mut query = charge::table
        .inner_join(number::table)
        .filter(charge::organization_id.eq(organization))
        .filter(charge::period_start.ge(month.first()))
        .filter(charge::period_start.lt(month.end()))
        .into_boxed::<MultiBackend>();
    query = match slice {
        Slice::All => query,
        Slice::Area(area_code) => query.filter(number::area_code.eq(area_code)),
        Slice::Campaign(id) => query.filter(exists(
            assignment::table
                .filter(assignment::number_id.eq(charge::number_id))
                .filter(assignment::organization_id.eq(organization))
                .filter(assignment::campaign_id.eq(id))
                .filter(sql::<Bool>(HOLDS_A_DAY)),
        )),
        // Several assignments that fill a period together are told apart by the caller, who cuts the charge.
        Slice::Idle => query.filter(not(exists(
            assignment::table
                .filter(assignment::number_id.eq(charge::number_id))
                .filter(assignment::organization_id.eq(organization))
                .filter(sql::<Bool>(HOLDS_EVERY_DAY)),
        ))),
    };
    if let Some(after) = after {
        let last: Option<E164> = charge::table
            .inner_join(number::table)
            .filter(charge::organization_id.eq(organization))
            .filter(charge::id.eq(after))
            .select(number::phone_number)
            .first(conn)
            .optional()?;
        if let Some(last) = last {
            query = query.filter(
                number::phone_number.gt(last).or(number::phone_number.eq(last).and(charge::id.gt(after))),
            );
        }
    }
    let rows: Vec<(_, _, _, _, _, _, E164)> = query
        .order((number::phone_number, charge::id))
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

const HOLDS_A_DAY: &str = "\
    date(assignment.started_at) < charge.period_end AND (assignment.ended_at IS NULL \
    OR (date(assignment.ended_at) > charge.period_start AND date(assignment.ended_at) > date(assignment.started_at)))";

const HOLDS_EVERY_DAY: &str = "\
    date(assignment.started_at) <= charge.period_start \
    AND (assignment.ended_at IS NULL OR date(assignment.ended_at) >= charge.period_end)";

/// The assignments of some numbers that were open in a month or later, for the page of their charges.
pub(super) fn assignments_of(
    conn: &mut Conn,
    organization: OrganizationId,
    numbers: Vec<NumberId>,
    since: NaiveDate,
) -> DbResult<Vec<Assignment>> {
    let since = since.and_time(NaiveTime::MIN);
    let rows: Vec<_> = assignment::table
        .filter(assignment::organization_id.eq(organization))
        .filter(assignment::number_id.eq_any(numbers))
        .filter(assignment::ended_at.is_null().or(assignment::ended_at.gt(since)))
        .select((
            assignment::number_id,
            assignment::campaign_id,
            assignment::started_at,
            assignment::ended_at,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(number_id, campaign_id, started_at, ended_at)| Assignment {
            number_id,
            campaign_id,
            started_at,
            ended_at,
        })
        .collect())
}
