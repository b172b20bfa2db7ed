//! The jobs that look at budgets, and say so when one is nearly used up.

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime};

use crate::access::Actor;
use crate::db::{DbResult, Tx};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run, enqueue, was_enqueued_since};
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;
use crate::organizations;
use crate::state::App;

/// Looks at the budget of an organization.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct WatchBudget {
    /// Whose.
    pub organization_id: OrganizationId,
}

#[async_trait]
impl Job for WatchBudget {
    const KIND: &'static str = "purchasing.watch_budget";

    async fn run(&self, app: &App, _run: &Run) -> Result<(), JobError> {
        look(app, self.organization_id).await
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // The next day's look tells what this one did not.
        tracing::error!(words, organization = %self.organization_id, "a budget was not looked at");
        Ok(())
    }
}

/// Looks at everybody's budget.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct WatchBudgets {
    /// On this day, UTC.
    pub day: NaiveDate,
}

/// Enqueues a look at everybody's budget once a day: prices may have changed, and numbers been adopted.
///
/// # Errors
/// A database error.
pub fn enqueue_daily(tx: &mut Tx, now: Moment) -> DbResult<()> {
    if was_enqueued_since(tx, WatchBudgets::KIND, now.date().and_time(NaiveTime::MIN))? {
        return Ok(());
    }
    enqueue(tx, None, &WatchBudgets { day: now.date() }, now, now).map(drop)
}

#[async_trait]
impl Job for WatchBudgets {
    const KIND: &'static str = "purchasing.watch_budgets";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.day))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        for organization in app.db.read(organizations::with_budget).await? {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            look(app, organization).await?;
        }
        Ok(())
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        tracing::error!(words, day = %self.day, "not every budget was looked at today");
        Ok(())
    }
}

async fn look(app: &App, organization: OrganizationId) -> Result<(), JobError> {
    let (tools, now) = (app.clone(), app.clock.now());
    let by = Actor::from_row(organization, None);
    Ok(app.db.write(move |tx| super::tell(tx, &tools, &by, now)).await?)
}
