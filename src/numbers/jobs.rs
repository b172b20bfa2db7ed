//! Ends the rest of numbers that have rested.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::{Change, Number, Why};
use crate::access::Actor;
use crate::db::{DbResult, Tx};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run, enqueue, was_enqueued_since};
use crate::kernel::Moment;
use crate::kernel::ids::{NumberId, OrganizationId};
use crate::state::App;

/// How often rested numbers are looked for.
const EVERY: TimeDelta = TimeDelta::minutes(5);
/// Numbers changed in one transaction: short, so that people are not kept waiting on SQLite.
const BATCH: i64 = 200;

/// Ends the rest of every number whose rest is over.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct EndRests {}

/// Enqueues the search for rested numbers, every few minutes.
///
/// # Errors
/// A database error.
pub fn enqueue_due(tx: &mut Tx, now: Moment) -> DbResult<()> {
    if was_enqueued_since(tx, EndRests::KIND, now - EVERY)? {
        return Ok(());
    }
    enqueue(tx, None, &EndRests {}, now, now).map(drop)
}

#[async_trait]
impl Job for EndRests {
    const KIND: &'static str = "numbers.end_rests";

    fn unique_key(&self) -> Option<String> {
        Some(Self::KIND.to_owned())
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        loop {
            let now = app.clock.now();
            let rested = app.db.read(move |conn| super::rested(conn, now, BATCH)).await?;
            if rested.is_empty() {
                return Ok(());
            }
            let mut by_organization: BTreeMap<OrganizationId, Vec<NumberId>> = BTreeMap::new();
            for (organization, number) in rested {
                by_organization.entry(organization).or_default().push(number);
            }
            for (organization, ids) in by_organization {
                if run.should_stop() {
                    return Err(JobError::HandBack);
                }
                let by = Actor::from_row(organization, None);
                app.db
                    .write(move |tx| {
                        // A person may have let it rest longer meanwhile.
                        let over = |number: &Number| number.facts.resting_until.is_some_and(|end| end <= now);
                        super::change(tx, &by, &ids, Change::EndRest, now, Why::default(), over)
                    })
                    .await?;
            }
        }
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // The next search finds what this one left.
        tracing::error!(words, "numbers that have rested were not made available");
        Ok(())
    }
}
