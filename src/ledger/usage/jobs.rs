//! The jobs that read what the carrier billed.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime};

use super::store;
use crate::db::{DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run, enqueue, was_enqueued_since};
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;
use crate::ledger;
use crate::organizations::connection::{self, Carrier, Place};
use crate::providers::{ErrorKind, ProviderError};
use crate::state::App;

/// Reads what one account was billed.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct ReadUsage {
    /// Whose.
    pub organization_id: OrganizationId,
    /// The provider's key.
    pub service: String,
    /// The account at the provider.
    pub account: String,
}

impl ReadUsage {
    fn of(place: &Place) -> ReadUsage {
        ReadUsage {
            organization_id: place.organization,
            service: place.service.clone(),
            account: place.account.clone(),
        }
    }
    fn place(&self) -> Place {
        Place {
            organization: self.organization_id,
            service: self.service.clone(),
            account: self.account.clone(),
        }
    }
    async fn refused(&self, app: &App, words: String) -> AppResult<()> {
        let (place, now) = (self.place(), app.clock.now());
        Ok(app.db.write(move |tx| store::write_refused(tx, &place, &words, now)).await?)
    }
}

/// Reads one account's bill soon, in the background.
///
/// # Errors
/// A database error.
pub fn read_soon(tx: &mut Tx, place: &Place, now: Moment) -> DbResult<()> {
    enqueue(tx, Some(place.organization), &ReadUsage::of(place), now, now).map(drop)
}

#[async_trait]
impl Job for ReadUsage {
    const KIND: &'static str = "ledger.read_usage";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}:{}:{}", Self::KIND, self.organization_id, self.service, self.account))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let place = self.place();
        let carrier = match connection::carrier(app, &place).await {
            Ok(carrier) => carrier,
            Err(AppError::Conflict(words)) => return Ok(self.refused(app, words).await?),
            Err(AppError::Provider(error)) => return Ok(self.refused(app, words_of(&error)).await?),
            Err(other) => return Err(other.into()),
        };
        let Carrier { provider, account } = carrier;
        if !provider.capabilities().usage {
            let words = format!("{} does not tell what it bills.", provider.name());
            return Ok(self.refused(app, words).await?);
        }
        let mut since = None;
        loop {
            let (reading_of, organization) = (place.clone(), place.organization);
            let (known, first) = app
                .db
                .read(move |conn| {
                    let first = ledger::first_day(conn, organization)?;
                    AppResult::Ok((store::reading(conn, &reading_of)?.known, first))
                })
                .await?;
            let Some((from, to)) = super::next_stretch(known, since, first, app.clock.today()) else {
                return Ok(());
            };
            let usage = match provider.usage(&account, from, to).await {
                Ok(usage) => usage,
                Err(error) => match error.kind {
                    ErrorKind::RateLimited(wait) => {
                        let after = wait.unwrap_or(Duration::from_secs(30));
                        return Err(JobError::Later { words: error.to_string(), after });
                    }
                    // Nothing was changed by asking: it may be asked again.
                    ErrorKind::Transient | ErrorKind::AnswerLost | ErrorKind::Unknown => {
                        return Err(JobError::Retry { words: words_of(&error), after: None });
                    }
                    _ => return Ok(self.refused(app, words_of(&error)).await?),
                },
            };
            let (at, now) = (place.clone(), app.clock.now());
            app.db.write(move |tx| super::keep(tx, &at, (from, to), &usage, now)).await?;
            since = Some(to);
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        // The next day's reading goes on where this one stands.
        self.refused(app, words.to_owned()).await
    }
}

/// Our words, then the carrier's.
fn words_of(error: &ProviderError) -> String {
    match (error.carrier_code(), error.carrier_words()) {
        (Some(code), Some(words)) => format!("{error} The carrier said: {words} ({code})."),
        (Some(code), None) => format!("{error} The carrier's code is {code}."),
        _ => error.to_string(),
    }
}

/// Has every account's bill read.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ReadAllUsage {
    /// On this day, UTC.
    pub day: NaiveDate,
}

/// Enqueues the reading of every account's bill, once a day.
///
/// # Errors
/// A database error.
pub fn enqueue_daily(tx: &mut Tx, now: Moment) -> DbResult<()> {
    if was_enqueued_since(tx, ReadAllUsage::KIND, now.date().and_time(NaiveTime::MIN))? {
        return Ok(());
    }
    enqueue(tx, None, &ReadAllUsage { day: now.date() }, now, now).map(drop)
}

#[async_trait]
impl Job for ReadAllUsage {
    const KIND: &'static str = "ledger.read_all_usage";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.day))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        for place in app.db.read(connection::places).await? {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            if app.providers.get(&place.service).is_some() {
                let now = app.clock.now();
                app.db.write(move |tx| read_soon(tx, &place, now)).await?;
            }
        }
        crate::jobs::wake(app);
        Ok(())
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        tracing::error!(words, day = %self.day, "not every carrier's bill is read today");
        Ok(())
    }
}
