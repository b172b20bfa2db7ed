//! The rows of `planned_release`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{Plan, PlanStatus};
use crate::db::dialect::sum_big;
use crate::db::schema::{owned_phone_number as number, planned_release as plan};
use crate::db::{Conn, DbResult, MultiBackend, Tx};
use crate::kernel::ids::{NumberId, OrganizationId, PersonId, PlanId, ReleaseId, ServiceId};
use crate::kernel::{E164, Micros, Moment};
use crate::numbers::Number;
use crate::on_each;
use crate::providers::RemoteServiceId;

#[derive(Queryable)]
struct Row {
    id: PlanId,
    number_id: NumberId,
    release_on: NaiveDate,
    renews_on: NaiveDate,
    messaging_service_id: Option<ServiceId>,
    service_sid: Option<String>,
    asked_by: PersonId,
    status: PlanStatus,
    words: Option<String>,
    release_id: Option<ReleaseId>,
    settled_at: Option<Moment>,
}

fn read((row, (phone_number, monthly_price)): (Row, (E164, Micros))) -> Plan {
    Plan {
        id: row.id,
        number_id: row.number_id,
        phone_number,
        monthly_price,
        release_on: row.release_on,
        renews_on: row.renews_on,
        messaging_service_id: row.messaging_service_id,
        service_sid: row.service_sid.map(RemoteServiceId::new),
        asked_by: row.asked_by,
        status: row.status,
        words: row.words,
        release_id: row.release_id,
        settled_at: row.settled_at,
    }
}

type Columns = (
    (
        plan::id,
        plan::number_id,
        plan::release_on,
        plan::renews_on,
        plan::messaging_service_id,
        plan::service_sid,
        plan::asked_by,
        plan::status,
        plan::words,
        plan::release_id,
        plan::settled_at,
    ),
    (number::phone_number, number::monthly_price),
);

fn columns() -> Columns {
    (
        (
            plan::id,
            plan::number_id,
            plan::release_on,
            plan::renews_on,
            plan::messaging_service_id,
            plan::service_sid,
            plan::asked_by,
            plan::status,
            plan::words,
            plan::release_id,
            plan::settled_at,
        ),
        (number::phone_number, number::monthly_price),
    )
}

/// Plans it, unless it is planned already.
pub(super) fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    number: &Number,
    release_on: NaiveDate,
    sid: Option<&RemoteServiceId>,
    by: PersonId,
    now: Moment,
) -> DbResult<()> {
    let row = (
        plan::id.eq(PlanId::new()),
        plan::organization_id.eq(organization),
        plan::number_id.eq(number.id),
        plan::release_on.eq(release_on),
        plan::renews_on.eq(number.renews_on),
        plan::messaging_service_id.eq(number.facts.messaging_service),
        plan::service_sid.eq(sid.map(RemoteServiceId::as_str)),
        plan::asked_by.eq(by),
        plan::asked_at.eq(now),
        plan::status.eq(PlanStatus::Planned),
    );
    on_each!(**tx, conn => diesel::insert_into(plan::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}

pub(super) fn take_back(
    tx: &mut Tx,
    organization: OrganizationId,
    ids: &[PlanId],
    by: PersonId,
    now: Moment,
) -> DbResult<usize> {
    let open = plan::table
        .filter(plan::organization_id.eq(organization))
        .filter(plan::id.eq_any(ids.to_vec()))
        .filter(plan::status.eq(PlanStatus::Planned));
    Ok(diesel::update(open)
        .set((plan::status.eq(PlanStatus::TakenBack), plan::settled_by.eq(by), plan::settled_at.eq(now)))
        .execute(&mut **tx)?)
}

pub(super) fn open(conn: &mut Conn, organization: OrganizationId, limit: i64) -> DbResult<Vec<Plan>> {
    let rows: Vec<(Row, (E164, Micros))> = plan::table
        .inner_join(number::table)
        .filter(plan::organization_id.eq(organization))
        .filter(plan::status.eq(PlanStatus::Planned))
        .order((plan::release_on, number::phone_number))
        .limit(limit)
        .select(columns())
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

pub(super) fn total(conn: &mut Conn, organization: OrganizationId) -> DbResult<(i64, Micros)> {
    let (count, sum): (i64, i64) = plan::table
        .inner_join(number::table)
        .filter(plan::organization_id.eq(organization))
        .filter(plan::status.eq(PlanStatus::Planned))
        .select((diesel::dsl::count_star(), sum_big("owned_phone_number.monthly_price")))
        .first(conn)?;
    Ok((count, Micros::new(sum)))
}

/// As [`Plan::obstacle`] decides it on the day.
pub(super) fn going(
    conn: &mut Conn,
    organization: OrganizationId,
    day: NaiveDate,
) -> DbResult<(i64, Micros)> {
    let same_service = number::messaging_service_id
        .is_null()
        .or(number::messaging_service_id.eq(plan::messaging_service_id).assume_not_null());
    let (count, sum): (i64, i64) = plan::table
        .inner_join(number::table)
        .filter(plan::organization_id.eq(organization))
        .filter(plan::status.eq(PlanStatus::Planned))
        .filter(plan::renews_on.eq(number::renews_on))
        .filter(number::renews_on.lt(day))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .filter(number::leaving_at.is_null())
        .filter(number::campaign_id.is_null())
        .filter(number::resting_until.is_null())
        .filter(same_service)
        .select((diesel::dsl::count_star(), sum_big("owned_phone_number.monthly_price")))
        .first(conn)?;
    Ok((count, Micros::new(sum)))
}

pub(super) fn open_of(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[NumberId],
) -> DbResult<Vec<Plan>> {
    let rows: Vec<(Row, (E164, Micros))> = plan::table
        .inner_join(number::table)
        .filter(plan::organization_id.eq(organization))
        .filter(plan::number_id.eq_any(ids.to_vec()))
        .filter(plan::status.eq(PlanStatus::Planned))
        .select(columns())
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

pub(super) fn last_of(conn: &mut Conn, organization: OrganizationId, id: NumberId) -> DbResult<Option<Plan>> {
    let row: Option<(Row, (E164, Micros))> = plan::table
        .inner_join(number::table)
        .filter(plan::organization_id.eq(organization))
        .filter(plan::number_id.eq(id))
        .order((plan::asked_at.desc(), plan::id.desc()))
        .select(columns())
        .first(conn)
        .optional()?;
    Ok(row.map(read))
}

pub(super) fn skipped_since(
    conn: &mut Conn,
    organization: OrganizationId,
    day: NaiveDate,
) -> DbResult<Vec<Plan>> {
    let rows: Vec<(Row, (E164, Micros))> = plan::table
        .inner_join(number::table)
        .filter(plan::organization_id.eq(organization))
        .filter(plan::status.eq(PlanStatus::Skipped))
        .filter(plan::release_on.ge(day))
        .order((plan::release_on.desc(), number::phone_number))
        .limit(50)
        .select(columns())
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

fn due<'a>(today: NaiveDate) -> plan::BoxedQuery<'a, MultiBackend> {
    plan::table.filter(plan::status.eq(PlanStatus::Planned)).filter(plan::release_on.le(today)).into_boxed()
}

/// Whose plans are due.
pub(super) fn due_whose(conn: &mut Conn, today: NaiveDate) -> DbResult<Vec<(OrganizationId, PersonId)>> {
    Ok(due(today).select((plan::organization_id, plan::asked_by)).distinct().load(conn)?)
}

/// The plans of one person that are due.
pub(super) fn due_of(
    tx: &mut Tx,
    organization: OrganizationId,
    asked_by: PersonId,
    today: NaiveDate,
    limit: i64,
) -> DbResult<Vec<Plan>> {
    // Those who do the same wait here for each other, so that none is done twice.
    let ids = plan::table
        .filter(plan::status.eq(PlanStatus::Planned))
        .filter(plan::release_on.le(today))
        .filter(plan::organization_id.eq(organization))
        .filter(plan::asked_by.eq(asked_by))
        .order(plan::id)
        .limit(limit)
        .select(plan::id);
    let ids: Vec<PlanId> = crate::load_for_update!(**tx, ids)?;
    let rows: Vec<(Row, (E164, Micros))> = plan::table
        .inner_join(number::table)
        .filter(plan::id.eq_any(ids))
        .filter(plan::status.eq(PlanStatus::Planned))
        .order(number::phone_number)
        .select(columns())
        .load(&mut **tx)?;
    Ok(rows.into_iter().map(read).collect())
}

pub(super) fn skip(tx: &mut Tx, id: PlanId, words: &str, now: Moment) -> DbResult<()> {
    diesel::update(plan::table.find(id))
        .set((plan::status.eq(PlanStatus::Skipped), plan::words.eq(words), plan::settled_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn asked(tx: &mut Tx, id: PlanId, release: ReleaseId, now: Moment) -> DbResult<()> {
    diesel::update(plan::table.find(id))
        .set((plan::status.eq(PlanStatus::Asked), plan::release_id.eq(release), plan::settled_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}
