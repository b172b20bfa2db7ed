//! The job that writes the weekly letters.

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime};

use crate::db::{DbResult, Tx};
use crate::error::AppResult;
use crate::jobs::{self, Job, JobError, Run, enqueue, was_enqueued_since};
use crate::kernel::Moment;
use crate::organizations;
use crate::state::App;

/// Writes the letters of a week.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct WriteWeekly {
    /// Its Monday, UTC.
    pub week: NaiveDate,
}

/// Enqueues the letters of the week once, as it begins or as soon as somebody is at work in it.
///
/// # Errors
/// A database error.
pub fn enqueue_weekly(tx: &mut Tx, now: Moment) -> DbResult<()> {
    let week = super::monday(now.date());
    if was_enqueued_since(tx, WriteWeekly::KIND, week.and_time(NaiveTime::MIN))? {
        return Ok(());
    }
    enqueue(tx, None, &WriteWeekly { week }, now, now).map(drop)
}

#[async_trait]
impl Job for WriteWeekly {
    const KIND: &'static str = "spend.write_weekly";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.week))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        for organization in app.db.read(organizations::with_weekly_letters).await? {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            let (tools, now) = (app.clone(), app.clock.now());
            app.db.write(move |tx| super::write(tx, &tools, organization, now)).await?;
        }
        jobs::wake(app);
        Ok(())
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        tracing::error!(words, week = %self.week, "not every weekly letter was written");
        Ok(())
    }
}
