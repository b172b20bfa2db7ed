//! The daily charging of numbers whose month is over.

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime};

use crate::db::{DbResult, Tx};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run, enqueue};
use crate::kernel::Moment;
use crate::state::App;

/// Numbers charged in one transaction: short, so that people are not kept waiting on SQLite.
const BATCH: i64 = 1_000;

/// Charges every number whose monthly date has come by `day`. Late, repeated or run by two instances, it charges
/// each month once.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ChargeMonths {
    /// Up to this day, UTC.
    pub day: NaiveDate,
}

/// Enqueues the charging of today, once a day.
///
/// # Errors
/// A database error.
pub fn enqueue_daily(tx: &mut Tx, now: Moment) -> DbResult<()> {
    if crate::jobs::was_enqueued_since(tx, ChargeMonths::KIND, now.date().and_time(NaiveTime::MIN))? {
        return Ok(());
    }
    enqueue(tx, None, &ChargeMonths { day: now.date() }, now, now).map(drop)
}

#[async_trait]
impl Job for ChargeMonths {
    const KIND: &'static str = "ledger.charge_months";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.day))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (day, mut charged) = (self.day, 0);
        app.db.write(move |tx| super::charge_released(tx, day)).await?;
        loop {
            let batch = app.db.write(move |tx| super::charge_due(tx, day, BATCH)).await?;
            if batch == 0 {
                return Ok(());
            }
            charged += i64::try_from(batch).unwrap_or(0);
            run.progress(app, charged, charged, None).await?;
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
        }
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // The next day's job charges what this one left.
        tracing::error!(words, day = %self.day, "charging gave up for today");
        Ok(())
    }
}
