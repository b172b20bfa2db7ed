//! Adds months up again that were touched.

use async_trait::async_trait;

use super::{Added, keep, plan};
use crate::db::{DbResult, Tx};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run, enqueue};
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;
use crate::numbers::touched;
use crate::spend::month::Month;
use crate::spend::sources;
use crate::state::App;

/// Adds up what was touched in an organization, and forgets that it was. Any number of instances may do it, and it
/// may be begun again anywhere: what is touched meanwhile stays to be done, and of two that add up the same month the
/// later one begins anew.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct AddUp {
    /// Whose months.
    pub organization: OrganizationId,
}

/// Enqueues the work for every organization in which a month was touched.
///
/// # Errors
/// A database error.
pub fn enqueue_due(tx: &mut Tx, now: Moment) -> DbResult<()> {
    for organization in touched::organizations(tx)? {
        enqueue(tx, Some(organization), &AddUp { organization }, now, now)?;
    }
    Ok(())
}

#[async_trait]
impl Job for AddUp {
    const KIND: &'static str = "spend.add_up";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.organization))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (organization, today) = (self.organization, app.clock.today());
        let (turns, notes) = app.db.read(move |conn| plan(conn, organization, today)).await?;
        if notes.is_empty() {
            return Ok(());
        }
        let total = i64::try_from(turns.len()).unwrap_or(0);
        for (done, turn) in (1..).zip(turns) {
            let (month, at) = (turn.0, app.clock.now());
            let added = app
                .db
                .read(move |conn| {
                    let outlook = match month == Month::of(today) {
                        true => Some(sources::outlook(conn, organization, month)?),
                        false => None,
                    };
                    let (sums, days) = sources::month(conn, organization, month)?;
                    DbResult::Ok(Added { organization, turn, sums, days, outlook, at })
                })
                .await?;
            if !app.db.write(move |tx| keep(tx, &added)).await? {
                let words = "another instance added the same month up meanwhile".to_owned();
                return Err(JobError::Later { words, after: std::time::Duration::from_secs(1) });
            }
            run.progress(app, done, total, None).await?;
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
        }
        let notes: Vec<_> = notes.into_iter().map(|note| note.id).collect();
        app.db.write(move |tx| touched::followed(tx, &notes)).await?;
        Ok(())
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // What was touched stays so: the clock asks again, and pages say of when they are.
        tracing::error!(words, organization = %self.organization, "adding months up gave up for now");
        Ok(())
    }
}
