//! Moving a campaign's numbers into its messaging service and seeing that they are there. Each step may be repeated:
//! it looks at the rows first, so that it can be begun again anywhere.

use futures_util::future::join_all;

use super::pool;
use crate::access::Actor;
use crate::jobs::{JobError, Run};
use crate::kernel::ids::{CampaignId, NumberId};
use crate::messaging::MessagingService;
use crate::numbers::{self, Hold, Number};
use crate::state::App;

/// What a job moves.
pub(super) struct Moving<'a> {
    pub(super) app: &'a App,
    pub(super) run: &'a Run,
    pub(super) by: Actor,
    pub(super) campaign: CampaignId,
    pub(super) service: &'a MessagingService,
}

impl Moving<'_> {
    async fn numbers(&self) -> Result<Vec<Number>, JobError> {
        let (organization, id) = (self.by.organization(), self.campaign);
        let mut all = self.app.db.read(move |conn| numbers::of_campaign(conn, organization, id)).await?;
        // What has arrived for it and is only reserved is put in when that is asked for.
        all.retain(|number| number.facts.held == Some((id, Hold::InUse)));
        Ok(all)
    }

    /// Puts the numbers that are not in the service yet into it, several at a time. Progress is told of all its
    /// numbers, or of those that were outside when `added` says how many these were.
    pub(super) async fn move_in(&self, added: Option<i64>) -> Result<(), JobError> {
        let (provider, _) = pool::provider(self.app, self.service).await?;
        let all = self.numbers().await?;
        let count = |numbers: usize| i64::try_from(numbers).unwrap_or(i64::MAX);
        let total = added.unwrap_or(count(all.len()));
        let outside: Vec<Number> = all
            .into_iter()
            .filter(|number| number.facts.messaging_service != Some(self.service.id))
            .collect();
        let mut done = (total - count(outside.len())).max(0);
        self.run.progress(self.app, done, total, None).await?;
        // A batch is always let finish, so that the outcome of every call made is recorded.
        for batch in outside.chunks(provider.capabilities().concurrency.max(1)) {
            if self.run.should_stop() {
                return Err(JobError::HandBack);
            }
            let calls = batch
                .iter()
                .map(|number| pool::bring(self.app, self.by, self.service, number, self.campaign));
            let mut failed = None;
            for (result, number) in join_all(calls).await.into_iter().zip(batch) {
                match result {
                    Ok(()) => {
                        done += 1;
                        let words = format!("{} is in.", number.phone_number.national());
                        self.run.progress(self.app, done, total, Some(words)).await?;
                    }
                    Err(error) => failed = pool::worse(failed, error),
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Asks the carrier what is in the pool; a number that is not is marked as outside, and put in by the next run.
    pub(super) async fn verify(&self) -> Result<(), JobError> {
        let members = pool::members(self.app, self.service).await?;
        let missing: Vec<NumberId> = self
            .numbers()
            .await?
            .into_iter()
            .filter(|number| !members.contains(&number.service_id))
            .map(|number| number.id)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (actor, count, why) =
            (self.by, missing.len(), "The carrier does not list it in the messaging service.");
        let (now, campaign) = (self.app.clock.now(), self.campaign);
        self.app
            .db
            .write(move |tx| {
                let why = numbers::Why::campaign(campaign, why);
                numbers::change(tx, &actor, &missing, numbers::Change::Detach, now, why, |_| true)
            })
            .await?;
        let words = format!("{count} numbers are not in the messaging service yet.");
        Err(JobError::Retry { words, after: None })
    }
}
