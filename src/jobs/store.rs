//! The rows of `job_request`.

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::db::schema::job_request;
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{JobId, OrganizationId};
use crate::{load_for_update, stored_enum};

stored_enum! {
    /// Where a job stands.
    pub enum JobStatus {
        /// Waits for its time or for a free worker.
        Queued = "queued",
        /// Leased by an instance.
        Running = "running",
        /// Finished.
        Done = "done",
        /// Gave up.
        Failed = "failed",
    }
}

/// A job.
#[derive(Debug, Clone, Queryable)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// Whose work it is; `None` for the instance's own.
    pub organization_id: Option<OrganizationId>,
    /// Which kind.
    pub kind: String,
    /// JSON.
    pub payload: String,
    /// Its key.
    pub unique_key: Option<String>,
    /// Where it stands.
    pub status: JobStatus,
    /// Failures so far.
    pub attempts: i64,
    /// Steps done.
    pub progress_done: i64,
    /// Steps in all.
    pub progress_total: i64,
    /// What it last said.
    pub message: Option<String>,
    /// Not before.
    pub run_after: Moment,
    /// The instance and worker that hold it.
    pub lease_owner: Option<String>,
    /// Until when.
    pub lease_until: Option<Moment>,
    /// When it was enqueued.
    pub created_at: Moment,
    /// When it ended.
    pub finished_at: Option<Moment>,
}

/// What is written of a job at first.
pub(super) struct NewRow<'a> {
    pub(super) organization: Option<OrganizationId>,
    pub(super) kind: &'a str,
    pub(super) payload: &'a str,
    pub(super) unique_key: Option<&'a str>,
    pub(super) run_after: Moment,
}

/// Writes a job, unless one of its key is open; with `again`, one that runs is run once more then.
pub(super) fn insert(tx: &mut Tx, new: &NewRow<'_>, again: bool, now: Moment) -> DbResult<Option<JobId>> {
    let id = JobId::new();
    loop {
        let row = (
            job_request::id.eq(id),
            job_request::organization_id.eq(new.organization),
            job_request::kind.eq(new.kind),
            job_request::payload.eq(new.payload),
            job_request::unique_key.eq(new.unique_key),
            job_request::status.eq(JobStatus::Queued),
            job_request::run_after.eq(new.run_after),
            job_request::created_at.eq(now),
        );
        // A savepoint: without it PostgreSQL would refuse everything after the duplicate.
        let inserted = tx.transaction(|conn| {
            diesel::insert_into(job_request::table).values(row).execute(conn).map_err(DbError::from)
        });
        match (inserted, new.unique_key) {
            (Ok(_), _) => return Ok(Some(id)),
            (Err(DbError::Duplicate(_)), Some(key)) => {
                if !again || will_see(tx, key, now)? {
                    return Ok(None);
                }
                // It ended meanwhile.
            }
            (Err(error), _) => return Err(error),
        }
    }
}

/// Sees to it that the open job of a key looks at the rows once more after this transaction; `false` when there is none
/// any more.
///
/// One that runs is marked: its time, which nobody reads while it runs, is another than when it was claimed. One that
/// waits is held until the commit, or it might be done before it.
fn will_see(tx: &mut Tx, key: &str, now: Moment) -> DbResult<bool> {
    let open = |status| {
        let of_key = job_request::table.filter(job_request::unique_key.eq(key.to_owned()));
        of_key.filter(job_request::status.eq(status)).select((job_request::id, job_request::run_after))
    };
    let running: Vec<(JobId, Moment)> = load_for_update!(**tx, open(JobStatus::Running))?;
    if let Some((id, claimed_for)) = running.first() {
        let marked = now.max(*claimed_for + TimeDelta::microseconds(1));
        diesel::update(job_request::table.find(id))
            .set(job_request::run_after.eq(marked))
            .execute(&mut **tx)?;
        return Ok(true);
    }
    let queued: Vec<(JobId, Moment)> = match &mut **tx {
        Conn::Postgres(conn) => open(JobStatus::Queued).for_share().load(conn)?,
        Conn::Sqlite(conn) => open(JobStatus::Queued).load(conn)?,
    };
    Ok(!queued.is_empty())
}

pub(super) fn open_by_key(conn: &mut Conn, key: &str) -> DbResult<Option<JobRow>> {
    Ok(job_request::table
        .filter(job_request::unique_key.eq(key))
        .filter(job_request::status.eq_any([JobStatus::Queued, JobStatus::Running]))
        .first(conn)
        .optional()?)
}

pub(super) fn was_enqueued_since(conn: &mut Conn, kind: &str, since: Moment) -> DbResult<bool> {
    let found =
        job_request::table.filter(job_request::kind.eq(kind)).filter(job_request::created_at.ge(since));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn)?)
}

/// Leases the job that has waited longest, of the given kinds: a queued one whose time has come, or a running one
/// whose lease ran out.
pub(super) fn claim(
    tx: &mut Tx,
    kinds: &[&'static str],
    owner: &str,
    now: Moment,
    lease_until: Moment,
) -> DbResult<Option<JobRow>> {
    let due = job_request::table
        .filter(job_request::kind.eq_any(kinds.to_vec()))
        .filter(
            job_request::status
                .eq(JobStatus::Queued)
                .and(job_request::run_after.le(now))
                .or(job_request::status.eq(JobStatus::Running).and(job_request::lease_until.lt(now))),
        )
        .order((job_request::run_after, job_request::id))
        .select((job_request::id, job_request::status, job_request::attempts))
        .limit(1);
    let found: Option<(JobId, JobStatus, i64)> = match &mut **tx {
        Conn::Postgres(conn) => due.for_update().skip_locked().first(conn).optional()?,
        Conn::Sqlite(conn) => due.first(conn).optional()?,
    };
    let Some((id, status, attempts)) = found else { return Ok(None) };
    // A lease that ran out is a failure of its holder, or a job that kills instances would be begun for ever.
    let died = i64::from(status == JobStatus::Running);
    diesel::update(job_request::table.find(id))
        .set((
            job_request::status.eq(JobStatus::Running),
            job_request::attempts.eq(attempts + died),
            job_request::lease_owner.eq(owner),
            job_request::lease_until.eq(lease_until),
        ))
        .execute(&mut **tx)?;
    Ok(Some(job_request::table.find(id).first(&mut **tx)?))
}

/// Prolongs a lease; `false` when it is no longer this owner's.
pub(super) fn renew(tx: &mut Tx, id: JobId, owner: &str, until: Moment) -> DbResult<bool> {
    let changed =
        diesel::update(mine(id, owner)).set(job_request::lease_until.eq(until)).execute(&mut **tx)?;
    Ok(changed == 1)
}

pub(super) fn progress(
    tx: &mut Tx,
    id: JobId,
    owner: &str,
    done: i64,
    total: i64,
    message: Option<&str>,
) -> DbResult<()> {
    diesel::update(mine(id, owner))
        .set((
            job_request::progress_done.eq(done),
            job_request::progress_total.eq(total),
            job_request::message.eq(message),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends a job that was claimed for a time; one that was asked for again meanwhile goes back into the queue, as new.
pub(super) fn finish(
    tx: &mut Tx,
    claimed: &JobRow,
    owner: &str,
    status: JobStatus,
    attempts: i64,
    message: Option<&str>,
    now: Moment,
) -> DbResult<()> {
    let as_claimed = mine(claimed.id, owner).filter(job_request::run_after.eq(claimed.run_after));
    let ended = diesel::update(as_claimed)
        .set((
            job_request::status.eq(status),
            job_request::attempts.eq(attempts),
            job_request::message.eq(message),
            job_request::finished_at.eq(now),
            job_request::lease_owner.eq(None::<String>),
            job_request::lease_until.eq(None::<Moment>),
        ))
        .execute(&mut **tx)?;
    if ended == 0 {
        put_back(tx, claimed.id, owner, 0, message, now)?;
    }
    Ok(())
}

/// Puts a job back in the queue.
pub(super) fn put_back(
    tx: &mut Tx,
    id: JobId,
    owner: &str,
    attempts: i64,
    message: Option<&str>,
    run_after: Moment,
) -> DbResult<()> {
    diesel::update(mine(id, owner))
        .set((
            job_request::status.eq(JobStatus::Queued),
            job_request::attempts.eq(attempts),
            job_request::message.eq(message),
            job_request::run_after.eq(run_after),
            job_request::lease_owner.eq(None::<String>),
            job_request::lease_until.eq(None::<Moment>),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Lets queued jobs of an organization whose message begins so go on now. Answers how many.
pub(super) fn hurry(
    tx: &mut Tx,
    organization: OrganizationId,
    message: &str,
    now: Moment,
) -> DbResult<usize> {
    let waiting = job_request::table
        .filter(job_request::organization_id.eq(organization))
        .filter(job_request::status.eq(JobStatus::Queued))
        .filter(job_request::run_after.gt(now))
        .filter(job_request::message.like(format!("{message}%")));
    Ok(diesel::update(waiting).set(job_request::run_after.eq(now)).execute(&mut **tx)?)
}

/// When the next job of these kinds may be claimed: a queued one by its time, a running one after its lease ends.
pub(super) fn next_due(conn: &mut Conn, kinds: &[&'static str]) -> DbResult<Option<Moment>> {
    let known = job_request::table.filter(job_request::kind.eq_any(kinds.to_vec()));
    let queued: Option<Moment> = known
        .clone()
        .filter(job_request::status.eq(JobStatus::Queued))
        .select(diesel::dsl::min(job_request::run_after))
        .first(conn)?;
    let leased: Option<Moment> = known
        .filter(job_request::status.eq(JobStatus::Running))
        .select(diesel::dsl::min(job_request::lease_until))
        .first(conn)?;
    Ok(queued.into_iter().chain(leased).min())
}

/// Forgets jobs that were done long ago; failed ones are kept.
pub(super) fn forget_done(tx: &mut Tx, before: Moment) -> DbResult<usize> {
    let old = job_request::table
        .filter(job_request::status.eq(JobStatus::Done))
        .filter(job_request::finished_at.lt(before));
    Ok(diesel::delete(old).execute(&mut **tx)?)
}

type Mine = diesel::dsl::Filter<
    diesel::dsl::Filter<job_request::table, diesel::dsl::Eq<job_request::id, JobId>>,
    diesel::dsl::Eq<job_request::lease_owner, String>,
>;

fn mine(id: JobId, owner: &str) -> Mine {
    job_request::table.filter(job_request::id.eq(id)).filter(job_request::lease_owner.eq(owner.to_owned()))
}
