//! The rows of `release_request` and `release_line`.

use diesel::prelude::*;

use super::{Line, Outcome, Release};
use crate::db::schema::{owned_phone_number as number, release_line as line, release_request as request};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{NumberId, OrganizationId, PersonId, ReleaseId};
use crate::kernel::{AreaCode, E164, Moment};
use crate::providers::RemoteServiceId;
use crate::{load_for_update, on_each};

/// SQLite takes 32,766 bound values a statement; a line has four.
const ROWS_AT_ONCE: usize = 5_000;

pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ReleaseId,
) -> DbResult<Option<Release>> {
    let row: Option<(ReleaseId, OrganizationId, PersonId, Moment, Option<Moment>)> = request::table
        .filter(request::organization_id.eq(organization))
        .filter(request::id.eq(id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, organization_id, asked_by, asked_at, finished_at)| Release {
        id,
        organization_id,
        asked_by,
        asked_at,
        finished_at,
    }))
}

pub(super) fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ReleaseId,
    person: PersonId,
    now: Moment,
) -> DbResult<()> {
    diesel::insert_into(request::table)
        .values((
            request::id.eq(id),
            request::organization_id.eq(organization),
            request::asked_by.eq(person),
            request::asked_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = line, treat_none_as_default_value = false)]
struct NewLine<'a> {
    release_id: ReleaseId,
    number_id: NumberId,
    status: Outcome,
    service_sid: Option<&'a str>,
}

pub(super) fn insert_lines(
    tx: &mut Tx,
    id: ReleaseId,
    numbers: &[(NumberId, Option<&RemoteServiceId>)],
) -> DbResult<()> {
    let rows: Vec<NewLine> = numbers
        .iter()
        .map(|&(number_id, service)| NewLine {
            release_id: id,
            number_id,
            status: Outcome::Asked,
            service_sid: service.map(RemoteServiceId::as_str),
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(line::table).values(rows).execute(conn))?;
    }
    Ok(())
}

pub(super) fn lines(conn: &mut Conn, id: ReleaseId) -> DbResult<Vec<Line>> {
    type Row =
        (NumberId, E164, AreaCode, Outcome, Option<String>, Option<String>, Option<String>, Option<Moment>);
    let rows: Vec<Row> = line::table
        .inner_join(number::table)
        .filter(line::release_id.eq(id))
        .order(number::phone_number)
        .select((
            line::number_id,
            number::phone_number,
            number::area_code,
            line::status,
            line::reason,
            line::provider_code,
            line::service_sid,
            line::left_service_at,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(number_id, phone_number, area_code, outcome, reason, provider_code, service, left)| Line {
            number_id,
            phone_number,
            area_code,
            outcome,
            reason,
            provider_code,
            leaves_service: service.map(RemoteServiceId::new),
            left_service_at: left,
        })
        .collect())
}

/// A number is out of its messaging service.
pub(super) fn left_service(tx: &mut Tx, id: ReleaseId, number: NumberId, now: Moment) -> DbResult<()> {
    diesel::update(line::table.find((id, number))).set(line::left_service_at.eq(now)).execute(&mut **tx)?;
    Ok(())
}

/// Settles a line that is still asked; `false` when it was settled before.
pub(super) fn settle(
    tx: &mut Tx,
    id: ReleaseId,
    number: NumberId,
    outcome: Outcome,
    reason: Option<&str>,
    provider_code: Option<&str>,
    now: Moment,
) -> DbResult<bool> {
    let open = line::table
        .filter(line::release_id.eq(id))
        .filter(line::number_id.eq(number))
        .filter(line::status.eq(Outcome::Asked));
    let changed = diesel::update(open)
        .set((
            line::status.eq(outcome),
            line::reason.eq(reason),
            line::provider_code.eq(provider_code),
            line::finished_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Marks a request finished when none of its lines is open. It is locked first: two transactions that settle its last
/// two lines side by side do not see each other, and neither would find itself the last.
pub(super) fn finish(tx: &mut Tx, id: ReleaseId, now: Moment) -> DbResult<()> {
    let _: Vec<ReleaseId> =
        load_for_update!(**tx, request::table.filter(request::id.eq(id)).select(request::id))?;
    let open: i64 = line::table
        .filter(line::release_id.eq(id))
        .filter(line::status.eq(Outcome::Asked))
        .count()
        .get_result(&mut **tx)?;
    if open == 0 {
        diesel::update(request::table.find(id).filter(request::finished_at.is_null()))
            .set(request::finished_at.eq(now))
            .execute(&mut **tx)?;
    }
    Ok(())
}
