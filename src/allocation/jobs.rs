//! Ends reservations that have lapsed.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::access::Actor;
use crate::campaigns;
use crate::db::{DbResult, Tx};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run, enqueue, was_enqueued_since};
use crate::kernel::Moment;
use crate::state::App;

/// How often lapsed reservations are looked for.
const EVERY: TimeDelta = TimeDelta::minutes(5);
/// Campaigns read at once.
const BATCH: i64 = 50;

/// Lets go of the numbers of every draft whose reservation has lapsed.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ExpireReservations {}

/// Enqueues the search for lapsed reservations, every few minutes.
///
/// # Errors
/// A database error.
pub fn enqueue_due(tx: &mut Tx, now: Moment) -> DbResult<()> {
    if was_enqueued_since(tx, ExpireReservations::KIND, now - EVERY)? {
        return Ok(());
    }
    enqueue(tx, None, &ExpireReservations {}, now, now).map(drop)
}

#[async_trait]
impl Job for ExpireReservations {
    const KIND: &'static str = "allocation.expire";

    fn unique_key(&self) -> Option<String> {
        Some(Self::KIND.to_owned())
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        loop {
            let now = app.clock.now();
            let lapsed = app.db.read(move |conn| campaigns::lapsed(conn, now, BATCH)).await?;
            if lapsed.is_empty() {
                return Ok(());
            }
            for (organization, campaign) in lapsed {
                if run.should_stop() {
                    return Err(JobError::HandBack);
                }
                // Nobody in particular: time did it.
                let by = Actor::from_row(organization, None);
                app.db.write(move |tx| super::expire(tx, &by, campaign, now)).await?;
            }
        }
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // The next search finds what this one left.
        tracing::error!(words, "lapsed reservations were not let go");
        Ok(())
    }
}
