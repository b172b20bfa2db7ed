//! What renews when, and what is idle: read only.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text, Timestamp};

use super::model::{Day, Idle, Long};
use crate::db::schema::{assignment, owned_phone_number as number};
use crate::db::{Conn, DbResult, MultiBackend};
use crate::kernel::ids::{NumberId, OrganizationId, ServiceId};
use crate::kernel::{AreaCode, E164, Micros, Moment};

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Date)]
    renews_on: NaiveDate,
    #[diesel(sql_type = BigInt)]
    free: i64,
    #[diesel(sql_type = BigInt)]
    free_cost: Micros,
    #[diesel(sql_type = BigInt)]
    attached: i64,
    #[diesel(sql_type = BigInt)]
    attached_cost: Micros,
    #[diesel(sql_type = BigInt)]
    numbers: i64,
    #[diesel(sql_type = BigInt)]
    cost: Micros,
    #[diesel(sql_type = BigInt)]
    planned: i64,
}

/// Idle is what no campaign holds and does not rest.
const DAYS: &str = "\
    SELECT n.renews_on, \
      CAST(SUM(CASE WHEN n.campaign_id IS NULL AND n.resting_until IS NULL AND n.messaging_service_id IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS free, \
      CAST(SUM(CASE WHEN n.campaign_id IS NULL AND n.resting_until IS NULL AND n.messaging_service_id IS NULL THEN n.monthly_price ELSE 0 END) AS BIGINT) AS free_cost, \
      CAST(SUM(CASE WHEN n.campaign_id IS NULL AND n.resting_until IS NULL AND n.messaging_service_id IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS attached, \
      CAST(SUM(CASE WHEN n.campaign_id IS NULL AND n.resting_until IS NULL AND n.messaging_service_id IS NOT NULL THEN n.monthly_price ELSE 0 END) AS BIGINT) AS attached_cost, \
      COUNT(*) AS numbers, CAST(SUM(n.monthly_price) AS BIGINT) AS cost, \
      CAST(SUM(CASE WHEN p.id IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS planned \
    FROM owned_phone_number n LEFT JOIN planned_release p ON p.number_id = n.id AND p.status = 'planned' \
    WHERE n.organization_id = $1 AND n.renews_on > $2 AND n.renews_on <= $3 \
      AND n.released_at IS NULL AND n.lost_at IS NULL AND n.leaving_at IS NULL \
    GROUP BY n.renews_on ORDER BY n.renews_on";

/// The renewals after a day up to another.
pub(super) fn days(
    conn: &mut Conn,
    organization: OrganizationId,
    after: NaiveDate,
    until: NaiveDate,
) -> DbResult<Vec<Day>> {
    let rows: Vec<DayRow> = diesel::sql_query(DAYS)
        .bind::<Text, _>(organization)
        .bind::<Date, _>(after)
        .bind::<Date, _>(until)
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| Day {
            day: row.renews_on,
            free: row.free,
            free_cost: row.free_cost,
            attached: row.attached,
            attached_cost: row.attached_cost,
            numbers: row.numbers,
            cost: row.cost,
            planned: row.planned,
        })
        .collect())
}

#[derive(QueryableByName)]
struct LongRow {
    #[diesel(sql_type = BigInt)]
    numbers: i64,
    #[diesel(sql_type = BigInt)]
    cost: Micros,
}

const LONG: &str = "\
    SELECT COUNT(*) AS numbers, CAST(COALESCE(SUM(n.monthly_price), 0) AS BIGINT) AS cost \
    FROM owned_phone_number n \
    WHERE n.organization_id = $1 AND n.bought_at <= $2 AND n.campaign_id IS NULL AND n.resting_until IS NULL \
      AND n.released_at IS NULL AND n.lost_at IS NULL AND n.leaving_at IS NULL \
      AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.number_id = n.id AND a.ended_at > $3) \
      AND NOT EXISTS (SELECT 1 FROM planned_release p WHERE p.number_id = n.id AND p.status = 'planned')";

/// How many numbers no campaign has had since a moment, and what they cost a month; planned releases are left out.
pub(super) fn long_idle(conn: &mut Conn, organization: OrganizationId, since: Moment) -> DbResult<Long> {
    let row: LongRow = diesel::sql_query(LONG)
        .bind::<Text, _>(organization)
        .bind::<Timestamp, _>(since)
        .bind::<Timestamp, _>(since)
        .get_result(conn)?;
    Ok(Long { numbers: row.numbers, cost: row.cost })
}

/// Which idle numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Window {
    /// Those that renew after the first day, up to the second.
    Renewing(NaiveDate, NaiveDate),
    /// Those that no campaign has had since then.
    Since(Moment),
}

/// A page of idle numbers in the order in which they renew, after one of them, at most `limit`.
pub(super) fn idle(
    conn: &mut Conn,
    organization: OrganizationId,
    window: Window,
    after: Option<(NaiveDate, E164)>,
    limit: i64,
) -> DbResult<Vec<Idle>> {
    let mut query = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::campaign_id.is_null())
        .filter(number::resting_until.is_null())
        .filter(number::leaving_at.is_null())
        .filter(number::lost_at.is_null())
        .filter(number::released_at.is_null())
        .into_boxed::<MultiBackend>();
    query = match window {
        Window::Renewing(after, until) => {
            query.filter(number::renews_on.gt(after)).filter(number::renews_on.le(until))
        }
        Window::Since(moment) => {
            query.filter(number::bought_at.le(moment)).filter(diesel::dsl::not(diesel::dsl::exists(
                assignment::table
                    .filter(assignment::number_id.eq(number::id))
                    .filter(assignment::ended_at.gt(moment)),
            )))
        }
    };
    if let Some((day, phone)) = after {
        query = query.filter(
            number::renews_on.gt(day).or(number::renews_on.eq(day).and(number::phone_number.gt(phone))),
        );
    }
    type Row = (NumberId, E164, AreaCode, Micros, NaiveDate, Option<ServiceId>, Moment);
    let rows: Vec<Row> = query
        .order((number::renews_on, number::phone_number))
        .limit(limit)
        .select((
            number::id,
            number::phone_number,
            number::area_code,
            number::monthly_price,
            number::renews_on,
            number::messaging_service_id,
            number::bought_at,
        ))
        .load(conn)?;
    let ids: Vec<NumberId> = rows.iter().map(|row| row.0).collect();
    let last: Vec<(NumberId, Option<Moment>)> = assignment::table
        .filter(assignment::organization_id.eq(organization))
        .filter(assignment::number_id.eq_any(ids))
        .group_by(assignment::number_id)
        .select((assignment::number_id, diesel::dsl::max(assignment::ended_at)))
        .load(conn)?;
    let last: BTreeMap<NumberId, Moment> =
        last.into_iter().filter_map(|(number, ended)| Some((number, ended?))).collect();
    Ok(rows
        .into_iter()
        .map(|(id, phone_number, area_code, monthly_price, renews_on, service, bought_at)| Idle {
            id,
            phone_number,
            area_code,
            monthly_price,
            renews_on,
            attached: service.is_some(),
            used_until: last.get(&id).copied(),
            bought_at,
        })
        .collect())
}
