//! Claims jobs, runs them, renews their leases, and hands them back when the instance stops.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt;
use tokio::sync::watch;
use tracing::Instrument;

use super::store::{self, JobRow, JobStatus};
use super::{Job, JobError};
use crate::db::DbResult;
use crate::error::AppResult;
use crate::state::App;

/// How long a claim holds without being renewed, unless a runner is told otherwise.
pub const LEASE: Duration = Duration::from_secs(60);
/// So many times within its length a lease is renewed.
const RENEWALS: u32 = 4;
/// How long an idle worker sleeps when nothing wakes it: other instances' work is found by looking.
const LOOK: Duration = Duration::from_millis(1000);
/// How long a stopping instance lets a running step finish before it is dropped and handed back.
const GRACE: Duration = Duration::from_secs(20);

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>>;
type GivingUp<'a> = Pin<Box<dyn Future<Output = AppResult<()>> + Send + 'a>>;

trait AnyJob: Send + Sync {
    fn max_attempts(&self) -> i64;
    fn run<'a>(&'a self, payload: &'a str, app: &'a App, run: &'a Run) -> Running<'a>;
    fn gave_up<'a>(&'a self, payload: &'a str, app: &'a App, words: &'a str) -> GivingUp<'a>;
}

struct Of<J>(std::marker::PhantomData<fn() -> J>);

impl<J: Job> AnyJob for Of<J> {
    fn max_attempts(&self) -> i64 {
        J::MAX_ATTEMPTS
    }
    fn run<'a>(&'a self, payload: &'a str, app: &'a App, run: &'a Run) -> Running<'a> {
        Box::pin(async move {
            let job: J = serde_json::from_str(payload)
                .map_err(|error| JobError::Fail(format!("its payload cannot be read: {error}")))?;
            job.run(app, run).await
        })
    }
    fn gave_up<'a>(&'a self, payload: &'a str, app: &'a App, words: &'a str) -> GivingUp<'a> {
        Box::pin(async move {
            match serde_json::from_str::<J>(payload) {
                Ok(job) => job.gave_up(app, words).await,
                Err(_) => Ok(()),
            }
        })
    }
}

/// The kinds of jobs this version knows, and the clock jobs it enqueues.
#[derive(Clone, Default)]
pub struct Kinds {
    jobs: BTreeMap<&'static str, Arc<dyn AnyJob>>,
    clock: Vec<Arc<ClockJob>>,
}

type EnqueueDue = Box<dyn Fn(&mut crate::db::Tx, crate::kernel::Moment) -> DbResult<()> + Send + Sync>;

struct ClockJob {
    enqueue: EnqueueDue,
}

impl Kinds {
    /// None.
    pub fn new() -> Kinds {
        Kinds::default()
    }
    /// Adds a kind.
    #[must_use]
    pub fn with<J: Job>(mut self) -> Kinds {
        self.jobs.insert(J::KIND, Arc::new(Of::<J>(std::marker::PhantomData)));
        self
    }
    /// Adds what enqueues clock jobs that are due: called once a minute by every instance, so what it enqueues is
    /// unique on kind, organization and due time.
    #[must_use]
    pub fn with_clock(
        mut self,
        enqueue: impl Fn(&mut crate::db::Tx, crate::kernel::Moment) -> DbResult<()> + Send + Sync + 'static,
    ) -> Kinds {
        self.clock.push(Arc::new(ClockJob { enqueue: Box::new(enqueue) }));
        self
    }
    fn names(&self) -> Vec<&'static str> {
        self.jobs.keys().copied().collect()
    }
}

/// One run of a job: its progress, and whether it should end soon.
pub struct Run {
    row: JobRow,
    owner: String,
    stop: watch::Receiver<bool>,
    lost: Arc<AtomicBool>,
}

impl Run {
    /// Whether this instance is stopping or the lease was lost: finish the step at hand, then
    /// return [`JobError::HandBack`].
    pub fn should_stop(&self) -> bool {
        *self.stop.borrow() || self.lost.load(Ordering::Relaxed)
    }
    /// Failures so far.
    pub fn attempts(&self) -> i64 {
        self.row.attempts
    }
    /// The worker that holds the lease.
    pub fn owner(&self) -> &str {
        &self.owner
    }
    /// Records how far it is.
    ///
    /// # Errors
    /// [`DbError`](crate::db::DbError) when the row cannot be written.
    pub async fn progress(&self, app: &App, done: i64, total: i64, message: Option<String>) -> DbResult<()> {
        let (id, owner) = (self.row.id, self.owner.clone());
        app.db.write(move |tx| store::progress(tx, id, &owner, done, total, message.as_deref())).await
    }
}

/// Runs jobs.
#[derive(Clone)]
pub struct Runner {
    app: App,
    kinds: Kinds,
    instance: String,
    lease: Duration,
}

/// A started runner.
pub struct RunnerHandle {
    stop: watch::Sender<bool>,
    app: App,
    workers: Vec<tokio::task::JoinHandle<()>>,
}

impl RunnerHandle {
    /// Lets running steps finish or hands them back, then ends.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.app.wake.notify_waiters();
        for worker in self.workers {
            let _ = worker.await;
        }
    }
}

impl Runner {
    /// A runner that has not begun.
    pub fn new(app: App, kinds: Kinds) -> Runner {
        Runner { app, kinds, instance: uuid::Uuid::new_v4().simple().to_string(), lease: LEASE }
    }

    /// With another length of its leases: the sooner they end, the sooner another instance takes over the work of one
    /// that died, and the more often they are renewed.
    #[must_use]
    pub fn leasing(mut self, lease: Duration) -> Runner {
        self.lease = lease;
        self
    }

    /// Begins to work with so many workers. With none, the clock is left to other instances too.
    pub fn start(self, workers: usize) -> RunnerHandle {
        let (stop, stopped) = watch::channel(false);
        let app = self.app.clone();
        let mut handles: Vec<_> = (0..workers)
            .map(|number| {
                let (runner, stopped) = (self.clone(), stopped.clone());
                tokio::spawn(async move { runner.work(number, stopped).await })
            })
            .collect();
        if workers > 0 {
            handles.push(tokio::spawn(async move { self.keep_time(stopped).await }));
        }
        RunnerHandle { stop, app, workers: handles }
    }

    async fn work(&self, number: usize, mut stop: watch::Receiver<bool>) {
        let owner = format!("{}-{number}", self.instance);
        while !*stop.borrow() {
            let woken = self.app.wake.notified();
            match self.step(&owner, &stop).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the job queue cannot be read"),
            }
            let jitter = Duration::from_millis(rand::random_range(0..250));
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(LOOK + jitter) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn keep_time(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.enqueue_due().await {
                tracing::error!(%error, "clock jobs could not be enqueued");
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(60)) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Enqueues the clock jobs that are due now, and forgets jobs done long ago.
    ///
    /// # Errors
    /// [`DbError`](crate::db::DbError) when they cannot be written.
    pub async fn enqueue_due(&self) -> DbResult<()> {
        let now = self.app.clock.now();
        for job in self.kinds.clock.iter().cloned() {
            self.app.db.write(move |tx| (job.enqueue)(tx, now)).await?;
        }
        self.app.db.write(move |tx| store::forget_done(tx, now - TimeDelta::days(30))).await?;
        super::wake(&self.app);
        Ok(())
    }

    /// Claims and runs one job; `false` when none is due. Tests drain the queue with it, as the workers do.
    ///
    /// # Errors
    /// [`DbError`](crate::db::DbError) when the queue cannot be read.
    pub async fn run_one(&self) -> DbResult<bool> {
        let (_keep, stop) = watch::channel(false);
        self.step(&format!("{}-alone", self.instance), &stop).await
    }

    /// When the next job may be claimed, if any waits: also one that is being done, when its lease ends unrenewed.
    ///
    /// # Errors
    /// [`DbError`](crate::db::DbError) when the queue cannot be read.
    pub async fn next_due(&self) -> DbResult<Option<crate::kernel::Moment>> {
        let names = self.kinds.names();
        self.app.db.read(move |conn| store::next_due(conn, &names)).await
    }

    async fn step(&self, owner: &str, stop: &watch::Receiver<bool>) -> DbResult<bool> {
        let (names, now, claimer) = (self.kinds.names(), self.app.clock.now(), owner.to_owned());
        let until = now + delta(self.lease);
        let claimed = self.app.db.write(move |tx| store::claim(tx, &names, &claimer, now, until)).await?;
        let Some(row) = claimed else { return Ok(false) };
        let span = tracing::info_span!("job", kind = %row.kind, id = %row.id, attempt = row.attempts + 1);
        self.run(row, owner, stop).instrument(span).await?;
        Ok(true)
    }

    async fn run(&self, row: JobRow, owner: &str, stop: &watch::Receiver<bool>) -> DbResult<()> {
        let Some(job) = self.kinds.jobs.get(row.kind.as_str()) else { return Ok(()) };
        if row.attempts >= job.max_attempts() {
            let words = "the program ended each time it was begun".to_owned();
            return self.settle(job.as_ref(), row, owner, Err(JobError::Fail(words))).await;
        }
        let lost = Arc::new(AtomicBool::new(false));
        let run = Run { row: row.clone(), owner: owner.to_owned(), stop: stop.clone(), lost: lost.clone() };
        let work = AssertUnwindSafe(job.run(&row.payload, &self.app, &run)).catch_unwind();
        let outcome = tokio::select! {
            outcome = work => outcome.unwrap_or_else(|panic| Err(JobError::Retry { words: panic_words(&*panic), after: None })),
            () = self.renew_until_lost(&row, owner) => {
                lost.store(true, Ordering::Relaxed);
                tracing::warn!("the lease was lost; another instance goes on");
                return Ok(());
            }
            () = grace_over(stop.clone()) => Err(JobError::HandBack),
        };
        self.settle(job.as_ref(), row, owner, outcome).await
    }

    async fn renew_until_lost(&self, row: &JobRow, owner: &str) {
        loop {
            tokio::time::sleep(self.lease / RENEWALS).await;
            let (id, owner, until) = (row.id, owner.to_owned(), self.app.clock.now() + delta(self.lease));
            match self.app.db.write(move |tx| store::renew(tx, id, &owner, until)).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "the lease could not be renewed yet"),
            }
        }
    }

    async fn settle(
        &self,
        job: &dyn AnyJob,
        row: JobRow,
        owner: &str,
        outcome: Result<(), JobError>,
    ) -> DbResult<()> {
        let (id, now, owner) = (row.id, self.app.clock.now(), owner.to_owned());
        let claimed = row.clone();
        let write =
            |words: Option<String>, attempts: i64, run_after: Option<TimeDelta>, status: JobStatus| {
                let (owner, claimed) = (owner.clone(), claimed.clone());
                self.app.db.write(move |tx| match run_after {
                    Some(wait) => store::put_back(tx, id, &owner, attempts, words.as_deref(), now + wait),
                    None => store::finish(tx, &claimed, &owner, status, attempts, words.as_deref(), now),
                })
            };
        match outcome {
            Ok(()) => write(None, row.attempts, None, JobStatus::Done).await,
            Err(JobError::HandBack) => {
                tracing::info!("handed back");
                write(row.message, row.attempts, Some(TimeDelta::zero()), JobStatus::Queued).await
            }
            Err(JobError::Later { words, after }) => {
                tracing::info!(words, "goes on later");
                write(Some(words), row.attempts, Some(delta(after)), JobStatus::Queued).await
            }
            Err(JobError::Retry { words, after }) if row.attempts + 1 < job.max_attempts() => {
                tracing::warn!(words, "failed, tries again");
                let back_off = Duration::from_secs(1 << row.attempts.clamp(0, 9));
                let wait = delta(after.unwrap_or(back_off));
                write(Some(words), row.attempts + 1, Some(wait), JobStatus::Queued).await
            }
            Err(JobError::Retry { words, .. } | JobError::Fail(words)) => {
                tracing::error!(words, "gave up");
                if let Err(error) = job.gave_up(&row.payload, &self.app, &words).await {
                    tracing::error!(%error, "giving up could not be recorded; tries again");
                    return write(Some(words), row.attempts, Some(TimeDelta::seconds(30)), JobStatus::Queued)
                        .await;
                }
                write(Some(words), row.attempts + 1, None, JobStatus::Failed).await
            }
        }
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::hours(1))
}

async fn grace_over(mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if stop.changed().await.is_err() {
            // Nobody can ask for a stop any more.
            return std::future::pending().await;
        }
    }
    tokio::time::sleep(GRACE).await;
}

fn panic_words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    format!("it panicked: {text}")
}
