//! The nightly look at the carriers' price lists.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::model::{self, KINDS, category, price_of};
use super::{Looked, NewPrice, Priced, priced, store};
use crate::access::Actor;
use crate::db::{DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run, enqueue, was_enqueued_since};
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;
use crate::organizations::connection::{self, Carrier, Place};
use crate::providers::{ErrorKind, Prices, ProviderError, Usage};
use crate::state::App;

/// A list that is older says nothing of today.
const TODAY: TimeDelta = TimeDelta::hours(2);
/// When a list of today is looked for again.
const AGAIN: Duration = Duration::from_secs(30 * 60);

/// Compares one account's price list with what its numbers are charged.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct CheckPrices {
    /// Whose.
    pub organization_id: OrganizationId,
    /// The provider's key.
    pub service: String,
    /// The account at the provider.
    pub account: String,
}

impl CheckPrices {
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

    /// What changed, dated: the bill is asked only when something did.
    async fn changed(
        &self,
        app: &App,
        carrier: &Carrier,
        prices: &Prices,
        looked: &Looked,
    ) -> Result<Vec<NewPrice>, JobError> {
        let (place, prices) = (self.place(), prices.clone());
        let listed: Vec<_> = KINDS.map(|kind| (kind, price_of(&prices, kind))).to_vec();
        let changed = app
            .db
            .read(move |conn| {
                let mut changed = Vec::new();
                for (kind, price) in listed {
                    if priced::otherwise(conn, Priced { place: &place, kind }, price)? > 0 {
                        changed.push((kind, price));
                    }
                }
                DbResult::Ok(changed)
            })
            .await?;
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let today = app.clock.today();
        let earliest = model::unseen(looked.used.as_ref().map(|(_, day)| *day), today);
        let bill = bill_of(carrier, earliest, today).await?;
        let dated = |(kind, price)| NewPrice {
            kind,
            price,
            first_day: model::first_day(&bill, category(kind), price, earliest, today),
        };
        Ok(changed.into_iter().map(dated).collect())
    }
}

/// What was billed; nothing when the carrier does not tell.
async fn bill_of(carrier: &Carrier, from: NaiveDate, to: NaiveDate) -> Result<Vec<Usage>, JobError> {
    let Carrier { provider, account } = carrier;
    if !provider.capabilities().usage {
        return Ok(Vec::new());
    }
    match provider.usage(account, from, to).await {
        Ok(usage) => Ok(usage),
        Err(error) => match again(&error) {
            Some(later) => Err(later),
            None => Ok(Vec::new()),
        },
    }
}

/// Whether it may be asked again, and when. Nothing was changed by asking.
fn again(error: &ProviderError) -> Option<JobError> {
    match error.kind {
        ErrorKind::RateLimited(wait) => {
            let after = wait.unwrap_or(Duration::from_secs(30));
            Some(JobError::Later { words: error.to_string(), after })
        }
        ErrorKind::Transient | ErrorKind::AnswerLost | ErrorKind::Unknown => {
            Some(JobError::Retry { words: error.to_string(), after: None })
        }
        _ => None,
    }
}

#[async_trait]
impl Job for CheckPrices {
    const KIND: &'static str = "ledger.check_prices";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}:{}:{}", Self::KIND, self.organization_id, self.service, self.account))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let place = self.place();
        let carrier = match connection::carrier(app, &place).await {
            Ok(carrier) => carrier,
            Err(AppError::Conflict(words)) => return Ok(self.refused(app, words).await?),
            Err(AppError::Provider(error)) => return Ok(self.refused(app, error.to_string()).await?),
            Err(other) => return Err(other.into()),
        };
        let prices = match carrier.provider.prices(&carrier.account).await {
            Ok(prices) => prices,
            Err(error) => match again(&error) {
                Some(later) => return Err(later),
                None => return Ok(self.refused(app, error.to_string()).await?),
            },
        };
        if app.clock.now() - prices.as_of > TODAY {
            let words = "The carrier answers with an old price list.".to_owned();
            return Err(JobError::Retry { words, after: Some(AGAIN) });
        }
        let at = place.clone();
        let looked = app.db.read(move |conn| store::looked(conn, &at)).await?;
        let currency = looked.used.as_ref().map(|(list, _)| list.currency.as_str());
        if let Some(words) = model::refusal(&prices, currency) {
            return Ok(self.refused(app, words).await?);
        }
        let by = Actor::from_row(place.organization, None);
        for new in self.changed(app, &carrier, &prices, &looked).await? {
            loop {
                let (at, now) = (place.clone(), app.clock.now());
                if app.db.write(move |tx| super::take(tx, &by, &at, new, now)).await? {
                    break;
                }
                if run.should_stop() {
                    return Err(JobError::HandBack);
                }
            }
        }
        let today = app.clock.today();
        app.db.write(move |tx| store::write_used(tx, &place, &prices, today)).await?;
        crate::jobs::wake(app);
        Ok(())
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        // The next night's look goes on where this one stands.
        self.refused(app, words.to_owned()).await
    }
}

/// Has every account's price list compared.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct CheckAllPrices {
    /// On this day, UTC.
    pub day: NaiveDate,
}

/// Enqueues the comparison of every account's price list, once a day.
///
/// # Errors
/// A database error.
pub fn enqueue_daily(tx: &mut Tx, now: Moment) -> DbResult<()> {
    if was_enqueued_since(tx, CheckAllPrices::KIND, now.date().and_time(NaiveTime::MIN))? {
        return Ok(());
    }
    enqueue(tx, None, &CheckAllPrices { day: now.date() }, now, now).map(drop)
}

#[async_trait]
impl Job for CheckAllPrices {
    const KIND: &'static str = "ledger.check_all_prices";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.day))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        for place in app.db.read(connection::places).await? {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            if app.providers.get(&place.service).is_some() {
                let (now, organization) = (app.clock.now(), place.organization);
                let check = CheckPrices {
                    organization_id: organization,
                    service: place.service,
                    account: place.account,
                };
                app.db.write(move |tx| enqueue(tx, Some(organization), &check, now, now).map(drop)).await?;
            }
        }
        crate::jobs::wake(app);
        Ok(())
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        tracing::error!(words, day = %self.day, "not every carrier's price list is compared today");
        Ok(())
    }
}
