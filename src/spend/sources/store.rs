//! Reads charges, assignments, events and numbers, and nothing else.
//!
//! `CROSS JOIN` tells SQLite to begin with the charges. The days compared here are those of
//! [`held_days`](crate::spend::attribution::held_days); `date()` is a word of both databases.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Timestamp};

use super::{LONGEST, Window};
use crate::db::schema::{assignment, charge, number_event as event, owned_phone_number as number};
use crate::db::{Conn, DbResult};
use crate::kernel::ids::{CampaignId, NumberId, OrganizationId};
use crate::kernel::{AreaCode, Micros, Moment};
use crate::ledger::{Assignment, Basis};
use crate::numbers::NumberKind;
use crate::spend::attribution::Period;
use crate::spend::month::Month;
use crate::spend::sums::{Ahead, Source};

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many charges begin in a window; counting stops at `most`.
pub(in crate::spend) fn charges_at_most(
    conn: &mut Conn,
    organization: OrganizationId,
    window: Window,
    most: i64,
) -> DbResult<i64> {
    let counted: Counted = diesel::sql_query(
        "SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM charge WHERE organization_id = $1 \
         AND period_start >= $2 AND period_start < $3 LIMIT $4) AS counted",
    )
    .bind::<Text, _>(organization)
    .bind::<Date, _>(window.from)
    .bind::<Date, _>(window.until)
    .bind::<BigInt, _>(most)
    .get_result(conn)?;
    Ok(counted.count)
}

/// How many charges begin on each day of a window that has any, in order.
pub(super) fn charges_by_day(
    conn: &mut Conn,
    organization: OrganizationId,
    window: Window,
) -> DbResult<Vec<(NaiveDate, i64)>> {
    Ok(charge::table
        .filter(charge::organization_id.eq(organization))
        .filter(charge::period_start.ge(window.from))
        .filter(charge::period_start.lt(window.until))
        .group_by(charge::period_start)
        .order(charge::period_start)
        .select((charge::period_start, diesel::dsl::count_star()))
        .load(conn)?)
}

pub(super) fn charges(
    conn: &mut Conn,
    organization: OrganizationId,
    window: Window,
) -> DbResult<Vec<Source>> {
    type Row = (NumberId, NaiveDate, NaiveDate, Micros, Basis, AreaCode, String, NumberKind);
    let rows: Vec<Row> = charge::table
        .inner_join(number::table)
        .filter(charge::organization_id.eq(organization))
        .filter(charge::period_start.ge(window.from))
        .filter(charge::period_start.lt(window.until))
        .select((
            charge::number_id,
            charge::period_start,
            charge::period_end,
            charge::amount,
            charge::basis,
            number::area_code,
            number::service,
            number::kind,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(number_id, start, end, amount, basis, area_code, service, kind)| Source {
            number_id,
            period: Period { start, end },
            amount,
            basis,
            area_code,
            service,
            kind,
        })
        .collect())
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = Text)]
    number_id: NumberId,
    #[diesel(sql_type = Text)]
    campaign_id: CampaignId,
    #[diesel(sql_type = Timestamp)]
    started_at: Moment,
    #[diesel(sql_type = Nullable<Timestamp>)]
    ended_at: Option<Moment>,
}

pub(super) fn assignments(
    conn: &mut Conn,
    organization: OrganizationId,
    window: Window,
) -> DbResult<Vec<Assignment>> {
    let rows: Vec<Held> = diesel::sql_query(
        "SELECT a.number_id, a.campaign_id, a.started_at, a.ended_at FROM charge c CROSS JOIN assignment a \
         WHERE c.organization_id = $1 AND c.period_start >= $2 AND c.period_start < $3 \
         AND a.number_id = c.number_id AND date(a.started_at) < c.period_end \
         AND (a.ended_at IS NULL OR date(a.ended_at) > c.period_start) \
         AND a.started_at < $4 AND (a.ended_at IS NULL OR a.ended_at > $5)",
    )
    .bind::<Text, _>(organization)
    .bind::<Date, _>(window.from)
    .bind::<Date, _>(window.until)
    // The same once more, said of the assignments alone: of years of them few are joined.
    .bind::<Timestamp, _>((window.until + LONGEST).and_time(NaiveTime::MIN))
    .bind::<Timestamp, _>(window.from.and_time(NaiveTime::MIN))
    .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|Held { number_id, campaign_id, started_at, ended_at }| Assignment {
            number_id,
            campaign_id,
            started_at,
            ended_at,
        })
        .collect())
}

#[derive(QueryableByName)]
struct Lived {
    #[diesel(sql_type = Text)]
    number_id: NumberId,
    #[diesel(sql_type = Timestamp)]
    at: Moment,
    #[diesel(sql_type = Text)]
    after: String,
}

/// The events with which rests and reservations begin and end, in order of time.
pub(super) fn life(
    conn: &mut Conn,
    organization: OrganizationId,
    window: Window,
) -> DbResult<Vec<(NumberId, Moment, String)>> {
    let rows: Vec<Lived> = diesel::sql_query(
        "SELECT e.number_id, e.at, e.after FROM charge c CROSS JOIN number_event e \
         WHERE c.organization_id = $1 AND c.period_start >= $2 AND c.period_start < $3 \
         AND e.number_id = c.number_id AND date(e.at) < c.period_end \
         AND e.kind NOT IN ('labelled', 'voice_set', 'voice_not_set') \
         AND (e.before IN ('reserved', 'resting') OR e.after IN ('reserved', 'resting')) \
         ORDER BY e.number_id, e.at, e.id",
    )
    .bind::<Text, _>(organization)
    .bind::<Date, _>(window.from)
    .bind::<Date, _>(window.until)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.number_id, row.at, row.after)).collect())
}

pub(super) fn assignments_of(
    conn: &mut Conn,
    organization: OrganizationId,
    numbers: &[NumberId],
) -> DbResult<Vec<Assignment>> {
    let rows: Vec<_> = assignment::table
        .filter(assignment::organization_id.eq(organization))
        .filter(assignment::number_id.eq_any(numbers.to_vec()))
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

pub(super) fn life_of(
    conn: &mut Conn,
    organization: OrganizationId,
    numbers: &[NumberId],
) -> DbResult<Vec<(NumberId, Moment, String)>> {
    const IDLE: [&str; 2] = ["reserved", "resting"];
    Ok(event::table
        .filter(event::organization_id.eq(organization))
        .filter(event::number_id.eq_any(numbers.to_vec()))
        .filter(event::kind.ne_all(["labelled", "voice_set", "voice_not_set"]))
        .filter(event::before.eq_any(IDLE).or(event::after.eq_any(IDLE)))
        .order((event::number_id, event::at, event::id))
        .select((event::number_id, event::at, event::after))
        .load(conn)?)
}

/// Numbers that are alike, and what they will cost.
pub(super) struct Renewals {
    pub campaign: Option<CampaignId>,
    pub hold: Option<String>,
    pub rests: bool,
    pub area_code: AreaCode,
    pub service: String,
    pub kind: NumberKind,
    pub ahead: Ahead,
}

#[derive(QueryableByName)]
struct RenewalRow {
    #[diesel(sql_type = Nullable<Text>)]
    campaign_id: Option<CampaignId>,
    #[diesel(sql_type = Nullable<Text>)]
    hold: Option<String>,
    #[diesel(sql_type = BigInt)]
    rests: i64,
    #[diesel(sql_type = Text)]
    area_code: AreaCode,
    #[diesel(sql_type = Text)]
    service: String,
    #[diesel(sql_type = Text)]
    kind: NumberKind,
    #[diesel(sql_type = BigInt)]
    to_come: Micros,
    #[diesel(sql_type = BigInt)]
    next_month: Micros,
    #[diesel(sql_type = BigInt)]
    numbers: i64,
}

/// A number that is certain to be released before it renews ([`crate::numbers::planned::going`]) costs nothing more.
pub(super) fn renewals(
    conn: &mut Conn,
    organization: OrganizationId,
    month: Month,
) -> DbResult<Vec<Renewals>> {
    let rows: Vec<RenewalRow> = diesel::sql_query(
        "SELECT campaign_id, hold, rests, area_code, service, kind, \
         CAST(SUM(CASE WHEN renews_on < $1 AND goes = 0 THEN monthly_price ELSE 0 END) AS BIGINT) AS to_come, \
         CAST(SUM(CASE WHEN renews_on < $2 AND goes = 0 THEN monthly_price ELSE 0 END) AS BIGINT) AS next_month, \
         COUNT(*) AS numbers FROM (SELECT campaign_id, hold, \
         CAST(CASE WHEN messaging_service_id IS NULL AND resting_until IS NOT NULL THEN 1 ELSE 0 END AS BIGINT) AS rests, \
         area_code, service, kind, renews_on, monthly_price, \
         CASE WHEN campaign_id IS NULL AND resting_until IS NULL AND EXISTS (SELECT 1 FROM planned_release p \
         WHERE p.number_id = n.id AND p.status = 'planned' AND p.renews_on = n.renews_on \
         AND (n.messaging_service_id IS NULL OR n.messaging_service_id = p.messaging_service_id)) \
         THEN 1 ELSE 0 END AS goes FROM owned_phone_number n WHERE organization_id = $3 \
         AND released_at IS NULL AND lost_at IS NULL AND leaving_at IS NULL) AS owned \
         GROUP BY campaign_id, hold, rests, area_code, service, kind",
    )
    .bind::<Date, _>(month.end())
    .bind::<Date, _>(month.next().end())
    .bind::<Text, _>(organization)
    .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| Renewals {
            campaign: row.campaign_id,
            hold: row.hold,
            rests: row.rests == 1,
            area_code: row.area_code,
            service: row.service,
            kind: row.kind,
            ahead: Ahead { to_come: row.to_come, next_month: row.next_month, numbers: row.numbers },
        })
        .collect())
}
