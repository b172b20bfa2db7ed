//! The rows of `service_look`, `seen_service` and `seen_member`.

use diesel::prelude::*;

use super::{Look, SeenService};
use crate::db::schema::{seen_member as member, seen_service as seen, service_look as look};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;
use crate::on_each;
use crate::organizations::connection::Place;
use crate::providers::{Registration, RemoteServiceId};

/// SQLite takes 32,766 bound values a statement; a member has five.
const ROWS_AT_ONCE: usize = 5_000;

#[derive(Queryable)]
struct Row {
    _organization_id: OrganizationId,
    _service: String,
    _carrier_account: String,
    service_sid: String,
    name: String,
    registered: bool,
    registration: Option<String>,
    loses_replies: bool,
    geomatch: bool,
    members: i64,
    strangers: i64,
    created_at: Moment,
    seen_at: Moment,
}

pub(super) fn registration(seen: &SeenService) -> Registration {
    Registration { registered: seen.registered, campaign_status: seen.registration.clone() }
}

pub(super) fn look(conn: &mut Conn, place: &Place) -> DbResult<Option<Look>> {
    let row: Option<(Option<Moment>, Option<String>)> = look::table
        .find((place.organization, &place.service, &place.account))
        .select((look::finished_at, look::problem))
        .first(conn)
        .optional()?;
    Ok(row.map(|(finished_at, problem)| Look { finished_at, problem }))
}

/// Writes how a look went; `finished` is the moment of one that came to its end.
pub(super) fn write_look(
    tx: &mut Tx,
    place: &Place,
    finished: Option<Moment>,
    problem: Option<&str>,
) -> DbResult<()> {
    let row = (
        look::organization_id.eq(place.organization),
        look::service.eq(&place.service),
        look::carrier_account.eq(&place.account),
    );
    on_each!(**tx, conn => diesel::insert_into(look::table).values(row).on_conflict_do_nothing().execute(conn))?;
    let mine = look::table.find((place.organization, &place.service, &place.account));
    diesel::update(mine).set(look::problem.eq(problem)).execute(&mut **tx)?;
    if finished.is_some() {
        diesel::update(mine).set(look::finished_at.eq(finished)).execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn services(conn: &mut Conn, place: &Place) -> DbResult<Vec<SeenService>> {
    let rows: Vec<Row> = seen::table
        .filter(seen::organization_id.eq(place.organization))
        .filter(seen::service.eq(&place.service))
        .filter(seen::carrier_account.eq(&place.account))
        .order((seen::created_at, seen::service_sid))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| SeenService {
            remote_id: RemoteServiceId::new(row.service_sid),
            name: row.name,
            registered: row.registered,
            registration: row.registration,
            loses_replies: row.loses_replies,
            geomatch: row.geomatch,
            members: row.members,
            strangers: row.strangers,
            created_at: row.created_at,
            seen_at: row.seen_at,
        })
        .collect())
}

pub(super) fn members(conn: &mut Conn, place: &Place, remote: &RemoteServiceId) -> DbResult<Vec<String>> {
    Ok(member::table
        .filter(member::organization_id.eq(place.organization))
        .filter(member::service.eq(&place.service))
        .filter(member::carrier_account.eq(&place.account))
        .filter(member::service_sid.eq(remote.as_str()))
        .order(member::number_sid)
        .select(member::number_sid)
        .load(conn)?)
}

#[derive(Insertable)]
#[diesel(table_name = member)]
struct NewMember<'a> {
    organization_id: OrganizationId,
    service: &'a str,
    carrier_account: &'a str,
    service_sid: &'a str,
    number_sid: &'a str,
}

/// Writes one service over what was seen of it before, with everything in it.
pub(super) fn write_service(
    tx: &mut Tx,
    place: &Place,
    now: &SeenService,
    members: &[String],
) -> DbResult<()> {
    forget(tx, place, Some(&now.remote_id), None)?;
    diesel::insert_into(seen::table)
        .values((
            (
                seen::organization_id.eq(place.organization),
                seen::service.eq(&place.service),
                seen::carrier_account.eq(&place.account),
                seen::service_sid.eq(now.remote_id.as_str()),
                seen::name.eq(&now.name),
                seen::registered.eq(now.registered),
                seen::registration.eq(&now.registration),
            ),
            (
                seen::loses_replies.eq(now.loses_replies),
                seen::geomatch.eq(now.geomatch),
                seen::members.eq(now.members),
                seen::strangers.eq(now.strangers),
                seen::created_at.eq(now.created_at),
                seen::seen_at.eq(now.seen_at),
            ),
        ))
        .execute(&mut **tx)?;
    let rows: Vec<NewMember> = members
        .iter()
        .map(|number| NewMember {
            organization_id: place.organization,
            service: &place.service,
            carrier_account: &place.account,
            service_sid: now.remote_id.as_str(),
            number_sid: number,
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(member::table).values(rows).execute(conn))?;
    }
    Ok(())
}

/// Forgets what was seen: of one service, or of all that were last seen before a moment.
pub(super) fn forget(
    tx: &mut Tx,
    place: &Place,
    only: Option<&RemoteServiceId>,
    before: Option<Moment>,
) -> DbResult<()> {
    let gone: Vec<String> = services(tx, place)?
        .into_iter()
        .filter(|one| only.is_none_or(|only| one.remote_id == *only))
        .filter(|one| before.is_none_or(|before| one.seen_at < before))
        .map(|one| one.remote_id.as_str().to_owned())
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    diesel::delete(
        member::table
            .filter(member::organization_id.eq(place.organization))
            .filter(member::service.eq(&place.service))
            .filter(member::carrier_account.eq(&place.account))
            .filter(member::service_sid.eq_any(gone.clone())),
    )
    .execute(&mut **tx)?;
    diesel::delete(
        seen::table
            .filter(seen::organization_id.eq(place.organization))
            .filter(seen::service.eq(&place.service))
            .filter(seen::carrier_account.eq(&place.account))
            .filter(seen::service_sid.eq_any(gone)),
    )
    .execute(&mut **tx)?;
    Ok(())
}
