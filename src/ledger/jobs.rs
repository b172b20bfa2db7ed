//! The daily charging of numbers whose month is over.

use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime};

use crate::db::{DbResult, Kind, Tx};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run, enqueue};
use crate::kernel::Moment;
use crate::state::App;

/// Numbers charged in one transaction: short, so that people are not kept waiting on SQLite.
const BATCH: i64 = 1_000;
/// The same where nobody waits but for these very numbers.
const BATCH_BESIDE_OTHERS: i64 = 2_000;

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

impl ChargeMonths {
    /// Charges batch after batch, each in a transaction of its own, until there is none.
    async fn lane(
        &self,
        app: &App,
        run: &Run,
        charged: &AtomicI64,
        batch: i64,
        charge: fn(&mut Tx, NaiveDate, i64) -> DbResult<usize>,
    ) -> Result<(), JobError> {
        let day = self.day;
        loop {
            let some = app.db.write(move |tx| charge(tx, day, batch)).await?;
            if some == 0 {
                return Ok(());
            }
            let some = i64::try_from(some).unwrap_or(0);
            let all = charged.fetch_add(some, Ordering::Relaxed) + some;
            run.progress(app, all, all, None).await?;
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
        }
    }
}

#[async_trait]
impl Job for ChargeMonths {
    const KIND: &'static str = "ledger.charge_months";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.day))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (day, charged) = (self.day, AtomicI64::new(0));
        app.db.write(move |tx| super::charge_released(tx, day)).await?;
        if app.db.kind() == Kind::Postgres {
            // It writes two batches at a time; each takes what the other leaves.
            let (one, other) = tokio::join!(
                self.lane(app, run, &charged, BATCH_BESIDE_OTHERS, super::charge_free),
                self.lane(app, run, &charged, BATCH_BESIDE_OTHERS, super::charge_free),
            );
            one.and(other)?;
        }
        // What somebody was changing meanwhile, and on SQLite everything.
        self.lane(app, run, &charged, BATCH, super::charge_due).await
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // The next day's job charges what this one left.
        tracing::error!(words, day = %self.day, "charging gave up for today");
        Ok(())
    }
}
