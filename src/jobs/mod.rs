//! Background work: a row in `job_request`, enqueued in the transaction that makes it necessary.
//!
//! A job is claimed by one instance for a lease, which it renews while it works; an expired lease is claimed by any
//! instance. So a job may be begun more than once and must be resumable: it looks at the rows it acts on, never at
//! what it remembers. No connection is held while a job waits for a carrier. A kind that this version does not know
//! is left for one that does. This room knows no feature.

mod runner;
mod store;

use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::{Conn, DbError, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::Moment;
use crate::kernel::ids::{JobId, OrganizationId};
use crate::state::App;

pub use runner::{Kinds, LEASE, Run, Runner, RunnerHandle};
pub use store::{JobRow, JobStatus};

/// A kind of background work; its fields are the payload.
#[async_trait]
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The stored name. Never changes once released.
    const KIND: &'static str;
    /// After this many failures it is marked failed and [`gave_up`](Self::gave_up) is called.
    const MAX_ATTEMPTS: i64 = 8;
    /// Whether it is run once more when its key is enqueued while it runs: its last look at the rows may have been
    /// before what it is enqueued for. For work that is asked for again while it is under way; not for what is asked
    /// for at every look at a page.
    const AGAIN: bool = false;

    /// Two jobs of one key are never open at once: enqueueing the second makes none.
    fn unique_key(&self) -> Option<String> {
        None
    }
    /// Does the work, from wherever it stands.
    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError>;
    /// Says on the page that caused it that the work needs attention, after the last attempt.
    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()>;
}

/// How a run ended otherwise than by finishing.
#[derive(Debug)]
pub enum JobError {
    /// It failed; try again. Counts as an attempt. Without a time, later and later.
    Retry {
        /// What happened, for the log and the page.
        words: String,
        /// When to try again.
        after: Option<Duration>,
    },
    /// Not now (the carrier asked to slow down, an answer is awaited): does not count as an attempt.
    Later {
        /// What it waits for.
        words: String,
        /// When to go on.
        after: Duration,
    },
    /// It cannot succeed: no further attempt.
    Fail(String),
    /// This instance is stopping; another goes on where the rows stand.
    HandBack,
}

/// What a job says that waits for somebody to mend the connection to the carrier; [`hurry`] knows it by this.
const WAITS_FOR_CONNECTION: &str = "Waits until the connection to the carrier works again: ";
/// So long it waits before it looks for itself.
const CONNECTION_PAUSE: Duration = Duration::from_secs(10 * 60);

impl From<AppError> for JobError {
    fn from(error: AppError) -> JobError {
        match error {
            AppError::Conflict(words) => JobError::Fail(words),
            // Nothing is lost by waiting, and a person must act: no attempt is counted.
            AppError::Provider(error) if error.broken_connection() => JobError::Later {
                words: format!("{WAITS_FOR_CONNECTION}{}", lower_first(&error.to_string())),
                after: CONNECTION_PAUSE,
            },
            other => JobError::Retry { words: other.to_string(), after: None },
        }
    }
}
impl From<DbError> for JobError {
    fn from(error: DbError) -> JobError {
        JobError::Retry { words: error.to_string(), after: None }
    }
}

/// Enqueues a job in the transaction that makes it necessary. Answers `None` when one of its key is already open.
/// After the commit, [`wake`] makes this instance look at once.
///
/// # Errors
/// [`DbError`] when the row cannot be written.
pub fn enqueue<J: Job>(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    job: &J,
    now: Moment,
    run_after: Moment,
) -> DbResult<Option<JobId>> {
    let payload = serde_json::to_string(job).map_err(|error| DbError::Unexpected(error.to_string()))?;
    let key = job.unique_key();
    let row = store::NewRow {
        organization,
        kind: J::KIND,
        payload: &payload,
        unique_key: key.as_deref(),
        run_after,
    };
    store::insert(tx, &row, J::AGAIN, now)
}

/// Enqueues a job that another feature described as data: a follow-up that an order carries, say.
///
/// # Errors
/// [`DbError`] when the row cannot be written.
pub fn enqueue_described(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    job: &Described,
    now: Moment,
) -> DbResult<Option<JobId>> {
    let (kind, payload, unique_key) = (job.kind.as_str(), job.payload.as_str(), job.unique_key.as_deref());
    let row = store::NewRow { organization, kind, payload, unique_key, run_after: now };
    store::insert(tx, &row, false, now)
}

/// A job as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Described {
    /// Its kind.
    pub kind: String,
    /// Its payload, JSON.
    pub payload: String,
    /// Its unique key.
    pub unique_key: Option<String>,
}

impl Described {
    /// The description of a job.
    ///
    /// # Errors
    /// [`AppError::Internal`] when its payload cannot be written as JSON.
    pub fn of<J: Job>(job: &J) -> AppResult<Described> {
        let payload = serde_json::to_string(job).map_err(|error| AppError::Internal(error.to_string()))?;
        Ok(Described { kind: J::KIND.to_owned(), payload, unique_key: job.unique_key() })
    }
}

/// The open job of a unique key, if there is one: for progress on a page.
///
/// # Errors
/// [`DbError`] when the query fails.
pub fn open_by_key(conn: &mut Conn, key: &str) -> DbResult<Option<JobRow>> {
    store::open_by_key(conn, key)
}

/// Whether a job of this kind was enqueued at or after a moment: how clock jobs come once.
///
/// # Errors
/// [`DbError`] when the query fails.
pub fn was_enqueued_since(conn: &mut Conn, kind: &str, since: Moment) -> DbResult<bool> {
    store::was_enqueued_since(conn, kind, since)
}

/// The organization's connection to its carrier works again: what waits for that goes on now.
///
/// # Errors
/// [`DbError`] when the rows cannot be written.
pub fn hurry(tx: &mut Tx, organization: OrganizationId, now: Moment) -> DbResult<usize> {
    store::hurry(tx, organization, WAITS_FOR_CONNECTION, now)
}

fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Makes this instance's runner look for work now.
pub fn wake(app: &App) {
    app.wake.notify_waiters();
    app.wake.notify_one();
}
