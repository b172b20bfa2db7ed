//! The comparison itself, and the clock that asks for it every night.
//!
//! Every page that the carrier lists is committed together with the place where the next one begins, so that another
//! instance goes on there. Nothing of ours is touched before the list has been read to its end.

mod record;
mod steps;

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime, Timelike};

use super::differences::store as differences;
use super::model::{self, Kind, Outcome, Step, SyncRun};
use super::store;
use crate::db::{DbResult, Tx};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run, enqueue, was_enqueued_since};
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, SyncId};
use crate::messaging;
use crate::organizations::connection::{self, Carrier};
use crate::state::App;
use crate::web::format::plural;
use record::{complete, end};
use steps::Comparison;

pub(super) use record::{job_error, said};

/// Compares an organization with its carrier, from wherever that stands.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct CompareNumbers {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which comparison.
    pub run_id: SyncId,
}

impl CompareNumbers {
    /// The key under which it is open.
    pub fn key(organization: OrganizationId) -> String {
        format!("{}:{organization}", Self::KIND)
    }

    /// Where the comparison stands; or one that was begun when this had ended and this job had not.
    async fn at(&self, app: &App) -> DbResult<Option<SyncRun>> {
        let (organization, id) = (self.organization_id, self.run_id);
        app.db
            .read(move |conn| match store::find(conn, organization, id)? {
                at if at.outcome == Outcome::Running => Ok(Some(at)),
                _ => store::open(conn, organization),
            })
            .await
    }
}

#[async_trait]
impl Job for CompareNumbers {
    const KIND: &'static str = "sync.compare";
    const AGAIN: bool = true;

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.organization_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let mut known: Option<(SyncId, Carrier)> = None;
        loop {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            let Some(at) = self.at(app).await? else { return Ok(()) };
            // Another comparison may be one with another account.
            let (_, carrier) = match known.take().filter(|(run, _)| *run == at.id) {
                Some(same) => known.insert(same),
                None => known.insert((at.id, connection::carrier(app, &at.place).await?)),
            };
            let work = Comparison { app, carrier, at };
            match work.at.step {
                Step::Numbers => work.numbers().await?,
                Step::Services => work.services().await?,
                Step::Members => work.members().await?,
                Step::Ours => work.ours().await?,
                Step::Theirs => work.theirs().await?,
                Step::Missing => work.missing().await?,
                Step::Done => return Ok(()),
            }
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (words, now) = (words.to_owned(), app.clock.now());
        let Some(at) = self.at(app).await? else { return Ok(()) };
        app.db
            .write(move |tx| {
                let id = at.id;
                let Some(at) = store::lock_at(tx, &at)? else { return AppResult::Ok(()) };
                match at.step {
                    Step::Missing => {
                        let left = differences::of_run(tx, id, Kind::Missing, i64::MAX)?;
                        for one in &left {
                            differences::settle(tx, one.id)?;
                        }
                        let left = plural(left.len() as u64, "number was", "numbers were");
                        let words = format!(
                            " {left} not listed, and the carrier could not say whether they are gone: they are left \
                             as they are. {words}"
                        );
                        complete(tx, at, &words, now)
                    }
                    _ => end(tx, at, Outcome::Failed, model::broken_off(&words), now),
                }
            })
            .await
    }
}

/// Asks for a comparison of every organization whose connection is not known to be broken, and for a look at its
/// messaging services, whose registration changes at the carrier.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct CompareAll {
    /// Of this night, UTC.
    pub day: NaiveDate,
}

/// The hours, UTC, in which the night's comparisons begin: night in all of North America. An instance that was away
/// then waits for the next night rather than calling carriers in the working day.
const NIGHT: std::ops::Range<u32> = 7..13;

/// Enqueues the night's comparisons, once a night.
///
/// # Errors
/// A database error.
pub fn enqueue_nightly(tx: &mut Tx, now: Moment) -> DbResult<()> {
    let today = now.date().and_time(NaiveTime::MIN);
    if !NIGHT.contains(&now.hour()) || was_enqueued_since(tx, CompareAll::KIND, today)? {
        return Ok(());
    }
    enqueue(tx, None, &CompareAll { day: now.date() }, now, now).map(drop)
}

#[async_trait]
impl Job for CompareAll {
    const KIND: &'static str = "sync.nightly";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.day))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let places = app.db.read(connection::places).await?;
        for place in places {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            if app.providers.get(&place.service).is_none() {
                continue;
            }
            let (now, night) = (app.clock.now(), self.day.and_time(NaiveTime::MIN));
            app.db
                .write(move |tx| {
                    // Begun again after a crash, it asks nobody twice.
                    let tonight = store::last(tx, &place, 1)?
                        .first()
                        .is_some_and(|last| last.asked_by.is_none() && last.asked_at >= night);
                    if tonight {
                        return Ok(());
                    }
                    messaging::seen::ask_nightly(tx, &place, now)?;
                    crate::sync::begin(tx, &place, None, now).map(drop)
                })
                .await?;
        }
        Ok(())
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // The next night compares what this one did not.
        tracing::error!(words, day = %self.day, "not everybody was compared with their carrier tonight");
        Ok(())
    }
}
