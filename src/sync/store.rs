//! The rows of a comparison: `sync_run`, and what the carrier was seen to have.

use diesel::prelude::*;

use super::model::{Outcome, Seen, Step, SyncRun};
use crate::db::schema::{sync_pool as pool, sync_run as run, sync_seen as seen};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{OrganizationId, PersonId, SyncId};
use crate::kernel::{E164, Micros, Moment};
use crate::organizations::connection::Place;
use crate::{load_for_update, on_each};

/// SQLite takes 32,766 bound values a statement; a number that was seen has nine.
const ROWS_AT_ONCE: usize = 2_000;

#[derive(Queryable)]
struct Row {
    id: SyncId,
    organization_id: OrganizationId,
    service: String,
    carrier_account: String,
    asked_by: Option<PersonId>,
    asked_at: Moment,
    step: Step,
    position: Option<String>,
    restarts: i64,
    seen: i64,
    found: i64,
    lost: i64,
    status: Outcome,
    words: String,
    finished_at: Option<Moment>,
}

impl From<Row> for SyncRun {
    fn from(row: Row) -> SyncRun {
        SyncRun {
            id: row.id,
            place: Place {
                organization: row.organization_id,
                service: row.service,
                account: row.carrier_account,
            },
            asked_by: row.asked_by,
            asked_at: row.asked_at,
            step: row.step,
            position: row.position,
            restarts: row.restarts,
            seen: row.seen,
            found: row.found,
            lost: row.lost,
            outcome: row.status,
            words: row.words,
            finished_at: row.finished_at,
        }
    }
}

/// Whether an organization's rows exist that nobody else changes until the transaction ends: its open comparison.
pub(super) fn open(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<SyncRun>> {
    let found = run::table
        .filter(run::organization_id.eq(organization))
        .filter(run::status.eq(Outcome::Running))
        .first::<Row>(conn)
        .optional()?;
    Ok(found.map(SyncRun::from))
}

pub(super) fn insert(tx: &mut Tx, new: &SyncRun) -> DbResult<bool> {
    let row = (
        run::id.eq(new.id),
        run::organization_id.eq(new.place.organization),
        run::service.eq(&new.place.service),
        run::carrier_account.eq(&new.place.account),
        run::asked_by.eq(new.asked_by),
        run::asked_at.eq(new.asked_at),
        run::step.eq(new.step),
        run::status.eq(new.outcome),
        run::words.eq(""),
    );
    // Two at once are one.
    let inserted = on_each!(**tx, conn => diesel::insert_into(run::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(inserted == 1)
}

pub(super) fn find(conn: &mut Conn, organization: OrganizationId, id: SyncId) -> DbResult<SyncRun> {
    let found = run::table.filter(run::organization_id.eq(organization)).filter(run::id.eq(id));
    Ok(found.first::<Row>(conn)?.into())
}

/// A comparison that still stands where the caller read it; `None` when another instance went on with it meanwhile.
pub(super) fn lock_at(tx: &mut Tx, was: &SyncRun) -> DbResult<Option<SyncRun>> {
    let query = run::table.filter(run::id.eq(was.id)).filter(run::status.eq(Outcome::Running));
    let rows: Vec<Row> = load_for_update!(**tx, query)?;
    let now = rows.into_iter().next().map(SyncRun::from);
    Ok(now.filter(|now| (now.step, &now.position, now.restarts) == (was.step, &was.position, was.restarts)))
}

pub(super) fn update(tx: &mut Tx, of: &SyncRun) -> DbResult<()> {
    diesel::update(run::table.find(of.id))
        .set((
            run::step.eq(of.step),
            run::position.eq(&of.position),
            run::restarts.eq(of.restarts),
            run::seen.eq(of.seen),
            run::found.eq(of.found),
            run::lost.eq(of.lost),
            run::status.eq(of.outcome),
            run::words.eq(&of.words),
            run::finished_at.eq(of.finished_at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The last comparisons with an account, newest first.
pub(super) fn last(conn: &mut Conn, place: &Place, limit: i64) -> DbResult<Vec<SyncRun>> {
    let rows: Vec<Row> = run::table
        .filter(run::organization_id.eq(place.organization))
        .filter(run::service.eq(&place.service))
        .filter(run::carrier_account.eq(&place.account))
        .order((run::asked_at.desc(), run::id.desc()))
        .limit(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(SyncRun::from).collect())
}

#[derive(Insertable)]
#[diesel(table_name = seen, treat_none_as_default_value = false)]
struct NewSeen<'a> {
    run_id: SyncId,
    remote_id: &'a str,
    phone_number: E164,
    client_ref: Option<&'a str>,
    created_at: Moment,
    monthly_price: Option<Micros>,
    voice_url: Option<&'a str>,
    service_sid: Option<&'a str>,
    sms: bool,
}

/// Writes down what the carrier listed; one that moved from page to page while it was read is kept once. Answers how
/// many are new.
pub(super) fn add_seen(tx: &mut Tx, id: SyncId, numbers: &[Seen]) -> DbResult<usize> {
    let rows: Vec<NewSeen> = numbers
        .iter()
        .map(|one| NewSeen {
            run_id: id,
            remote_id: &one.remote_id,
            phone_number: one.phone_number,
            client_ref: one.client_ref.as_deref(),
            created_at: one.created_at,
            monthly_price: one.monthly_price,
            voice_url: one.voice_url.as_deref(),
            service_sid: one.service_sid.as_deref(),
            sms: one.sms,
        })
        .collect();
    let mut added = 0;
    for rows in rows.chunks(ROWS_AT_ONCE) {
        added += on_each!(**tx, conn => diesel::insert_into(seen::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(conn))?;
    }
    Ok(added)
}

type SeenColumns = (
    seen::remote_id,
    seen::phone_number,
    seen::client_ref,
    seen::created_at,
    seen::monthly_price,
    seen::voice_url,
    seen::service_sid,
    seen::sms,
);
const SEEN: SeenColumns = (
    seen::remote_id,
    seen::phone_number,
    seen::client_ref,
    seen::created_at,
    seen::monthly_price,
    seen::voice_url,
    seen::service_sid,
    seen::sms,
);

#[derive(Queryable)]
struct SeenRow {
    remote_id: String,
    phone_number: E164,
    client_ref: Option<String>,
    created_at: Moment,
    monthly_price: Option<Micros>,
    voice_url: Option<String>,
    service_sid: Option<String>,
    sms: bool,
}

impl From<SeenRow> for Seen {
    fn from(row: SeenRow) -> Seen {
        Seen {
            remote_id: row.remote_id,
            phone_number: row.phone_number,
            client_ref: row.client_ref,
            created_at: row.created_at,
            monthly_price: row.monthly_price,
            voice_url: row.voice_url,
            service_sid: row.service_sid,
            sms: row.sms,
        }
    }
}

/// Which of these were listed.
pub(super) fn seen_of(conn: &mut Conn, id: SyncId, remote_ids: &[String]) -> DbResult<Vec<Seen>> {
    let rows: Vec<SeenRow> = seen::table
        .filter(seen::run_id.eq(id))
        .filter(seen::remote_id.eq_any(remote_ids.to_vec()))
        .select(SEEN)
        .load(conn)?;
    Ok(rows.into_iter().map(Seen::from).collect())
}

/// What was listed, in the order of the carrier's ids.
pub(super) fn seen_after(
    conn: &mut Conn,
    id: SyncId,
    after: Option<&str>,
    limit: i64,
) -> DbResult<Vec<Seen>> {
    let rows: Vec<SeenRow> = seen::table
        .filter(seen::run_id.eq(id))
        .filter(seen::remote_id.gt(after.unwrap_or_default()))
        .order(seen::remote_id)
        .limit(limit)
        .select(SEEN)
        .load(conn)?;
    Ok(rows.into_iter().map(Seen::from).collect())
}

/// Forgets what was listed: the list is begun anew, or the comparison is over.
pub(super) fn forget_seen(tx: &mut Tx, id: SyncId) -> DbResult<()> {
    diesel::delete(seen::table.filter(seen::run_id.eq(id))).execute(&mut **tx)?;
    diesel::delete(pool::table.filter(pool::run_id.eq(id))).execute(&mut **tx)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = pool, treat_none_as_default_value = false)]
struct NewPool<'a> {
    run_id: SyncId,
    service_sid: &'a str,
    name: &'a str,
    is_read: bool,
}

pub(super) fn add_pools(tx: &mut Tx, id: SyncId, pools: &[(String, String)]) -> DbResult<()> {
    let rows: Vec<NewPool> = pools
        .iter()
        .map(|(sid, name)| NewPool { run_id: id, service_sid: sid, name, is_read: false })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(pool::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(conn))?;
    }
    Ok(())
}

/// The next messaging service whose numbers are not read to the end.
pub(super) fn next_pool(conn: &mut Conn, id: SyncId) -> DbResult<Option<String>> {
    Ok(pool::table
        .filter(pool::run_id.eq(id))
        .filter(pool::is_read.eq(false))
        .order(pool::service_sid)
        .select(pool::service_sid)
        .first(conn)
        .optional()?)
}

pub(super) fn pool_is_read(tx: &mut Tx, id: SyncId, sid: &str) -> DbResult<()> {
    diesel::update(pool::table.find((id, sid))).set(pool::is_read.eq(true)).execute(&mut **tx)?;
    Ok(())
}

/// These numbers sit in a messaging service.
pub(super) fn write_members(tx: &mut Tx, id: SyncId, sid: &str, members: &[String]) -> DbResult<()> {
    diesel::update(seen::table.filter(seen::run_id.eq(id)).filter(seen::remote_id.eq_any(members.to_vec())))
        .set(seen::service_sid.eq(sid))
        .execute(&mut **tx)?;
    Ok(())
}

/// The names of the messaging services, by the carrier's id.
pub(super) fn pool_names(conn: &mut Conn, id: SyncId) -> DbResult<Vec<(String, String)>> {
    Ok(pool::table.filter(pool::run_id.eq(id)).select((pool::service_sid, pool::name)).load(conn)?)
}
