//! The job that does planned releases on their day.

use async_trait::async_trait;
use chrono::TimeDelta;

use super::Due;
use crate::access::Actor;
use crate::db::{DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{self, Job, JobError, Run, enqueue, was_enqueued_since};
use crate::kernel::Moment;
use crate::state::App;

/// How often plans that are due are looked for.
const EVERY: TimeDelta = TimeDelta::minutes(10);

/// Asks for the releases that were planned for today. Each names who planned it; in their name it is done.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ReleasePlanned {}

/// Enqueues the search for planned releases that are due, every few minutes.
///
/// # Errors
/// A database error.
pub fn enqueue_due(tx: &mut Tx, now: Moment) -> DbResult<()> {
    if was_enqueued_since(tx, ReleasePlanned::KIND, now - EVERY)? {
        return Ok(());
    }
    enqueue(tx, None, &ReleasePlanned {}, now, now).map(drop)
}

#[async_trait]
impl Job for ReleasePlanned {
    const KIND: &'static str = "numbers.release_planned";

    fn unique_key(&self) -> Option<String> {
        Some(Self::KIND.to_owned())
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let today = app.clock.today();
        let whose = app.db.read(move |conn| super::store::due_whose(conn, today)).await?;
        for (organization, asked_by) in whose {
            loop {
                if run.should_stop() {
                    return Err(JobError::HandBack);
                }
                let now = app.clock.now();
                let due = Due { actor: Actor::from_row(organization, Some(asked_by)), asked_by };
                let settled = app.db.write(move |tx| super::settle_due(tx, &due, today, now)).await;
                let settled = settled.map_err(|error| match error {
                    // A number changed between the look at it and the deed: the next look sees it.
                    AppError::Conflict(words) => JobError::Retry { words, after: None },
                    other => other.into(),
                })?;
                jobs::wake(app);
                if settled == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // The next search finds what this one left; what renewed meanwhile is skipped and said so.
        tracing::error!(words, "planned releases were not done");
        Ok(())
    }
}
