//! Whose month or rest ends when.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Row, expect, numbers};
use crate::db::dialect::sum_big;
use crate::db::schema::owned_phone_number as number;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{NumberId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::load_for_update;
use crate::numbers::model::{Due, Number};

/// The prices of idle numbers whose monthly charge falls due by a day, `limit` of them at most.
pub(in crate::numbers) fn idle_renewing(
    conn: &mut Conn,
    organization: OrganizationId,
    by: NaiveDate,
    limit: i64,
) -> DbResult<Vec<Micros>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::renews_on.le(by))
        .filter(number::campaign_id.is_null())
        .filter(number::messaging_service_id.is_null())
        .filter(number::resting_until.is_null())
        .filter(number::leaving_at.is_null())
        .filter(number::lost_at.is_null())
        .filter(number::released_at.is_null())
        .select(number::monthly_price)
        .limit(limit)
        .load(conn)?)
}

pub(in crate::numbers) fn renewals_before(
    conn: &mut Conn,
    organization: OrganizationId,
    day: NaiveDate,
) -> DbResult<Micros> {
    let sum: i64 = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::renews_on.lt(day))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .select(sum_big("monthly_price"))
        .get_result(conn)?;
    Ok(Micros::new(sum))
}

/// Numbers whose rest is over, and those still in some organization's counts: a batch, oldest first.
pub(in crate::numbers) fn rested(
    conn: &mut Conn,
    now: Moment,
    limit: i64,
) -> DbResult<Vec<(OrganizationId, NumberId)>> {
    Ok(number::table
        .filter(number::resting_until.le(now))
        .filter(number::released_at.is_null())
        .order(number::resting_until)
        .select((number::organization_id, number::id))
        .limit(limit)
        .load(conn)?)
}

/// Numbers whose monthly charge falls due, of all organizations: a batch, locked. What another transaction has locked is
/// waited for, or left to it.
pub(in crate::numbers) fn due_for_renewal(
    tx: &mut Tx,
    today: NaiveDate,
    limit: i64,
    leave_locked: bool,
) -> DbResult<Vec<Due>> {
    let query = number::table
        .filter(number::renews_on.le(today))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .order((number::renews_on, number::id))
        .limit(limit)
        .select((number::id, number::organization_id, number::renews_on, number::monthly_price));
    let rows: Vec<(NumberId, OrganizationId, NaiveDate, Micros)> = match &mut **tx {
        Conn::Postgres(conn) if leave_locked => query.for_update().skip_locked().load(conn)?,
        Conn::Postgres(conn) => query.for_update().load(conn)?,
        Conn::Sqlite(conn) => query.load(conn)?,
    };
    Ok(rows
        .into_iter()
        .map(|(id, organization_id, renews_on, monthly_price)| Due {
            id,
            organization_id,
            renews_on,
            monthly_price,
        })
        .collect())
}

pub(in crate::numbers) fn write_renewals(
    tx: &mut Tx,
    ids: &[NumberId],
    renews_on: NaiveDate,
) -> DbResult<()> {
    let changed = diesel::update(number::table.filter(number::id.eq_any(ids.to_vec())))
        .set(number::renews_on.eq(renews_on))
        .execute(&mut **tx)?;
    expect(changed, ids.len(), "numbers renewed")
}

pub(in crate::numbers) fn released_unrenewed(tx: &mut Tx, since: NaiveDate) -> DbResult<Vec<Number>> {
    let query = number::table
        .filter(number::released_at.ge(since.and_time(chrono::NaiveTime::MIN)))
        .filter(number::lost_at.is_null())
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("date(released_at) >= renews_on"))
        .order((number::renews_on, number::id));
    let rows: Vec<Row> = load_for_update!(**tx, query)?;
    Ok(numbers(rows))
}
