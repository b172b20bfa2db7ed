//! The job that sets the voice address of numbers.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;

use super::{VoiceRequest, store};
use crate::access::{self, Actor};
use crate::error::{AppError, AppResult};
use crate::jobs::{self, Job, JobError, JobStatus, Run};
use crate::kernel::E164;
use crate::kernel::ids::{NumberId, OrganizationId, VoiceId};
use crate::numbers::{self, Why};
use crate::organizations::connection::{self, Carrier};
use crate::providers::{ErrorKind, ProviderError, RemoteNumberId};
use crate::state::App;

/// Sets the address at the numbers of a request, several at a time. Setting it again does no harm, so it may be begun
/// again anywhere: what is settled is passed over.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct SetVoice {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which request.
    pub voice_id: VoiceId,
}

/// What became of one call, when it is not settled for good.
enum Unsettled {
    Broken(ProviderError),
    TooFast(String, Duration),
    Doubtful(String),
}

impl SetVoice {
    /// The key under which its job is open.
    pub fn key(id: VoiceId) -> String {
        format!("{}:{id}", Self::KIND)
    }

    /// An earlier request may just be asking the carrier for a number of this one: its answer is awaited, or the
    /// older address might win.
    async fn wait_for_earlier(&self, app: &App) -> Result<(), JobError> {
        let (organization, id) = (self.organization_id, self.voice_id);
        let busy = app
            .db
            .read(move |conn| {
                for earlier in store::earlier(conn, organization, id)? {
                    let job = jobs::open_by_key(conn, &SetVoice::key(earlier))?;
                    if job.is_some_and(|job| job.status == JobStatus::Running) {
                        return Ok::<_, AppError>(true);
                    }
                }
                Ok(false)
            })
            .await?;
        match busy {
            false => Ok(()),
            true => Err(JobError::Later {
                words: "An earlier change of the voice address ends first.".into(),
                after: Duration::from_secs(2),
            }),
        }
    }

    async fn set(
        &self,
        app: &App,
        request: &VoiceRequest,
        number: NumberId,
    ) -> Result<Option<Unsettled>, JobError> {
        let organization = self.organization_id;
        let owned = app.db.read(move |conn| numbers::find(conn, organization, number)).await?;
        if owned.released_at.is_some() {
            self.settle(app, request, number, Some(("It was released meanwhile.".into(), None))).await?;
            return Ok(None);
        }
        let Carrier { provider, account } = connection::carrier(app, &owned.place()).await?;
        let id = RemoteNumberId::new(&owned.service_id);
        match provider.set_voice_url(&account, &id, request.voice_url.as_deref()).await {
            Ok(()) => self.settle(app, request, number, None).await.map(|()| None),
            Err(error) if error.broken_connection() => Ok(Some(Unsettled::Broken(error))),
            Err(error) => match error.kind {
                ErrorKind::RateLimited(after) => {
                    let after = after.unwrap_or(Duration::from_secs(2));
                    Ok(Some(Unsettled::TooFast(error.to_string(), after)))
                }
                // Asked again by the next run: it does no harm if it was done.
                ErrorKind::Transient | ErrorKind::AnswerLost | ErrorKind::Unknown => {
                    Ok(Some(Unsettled::Doubtful(error.to_string())))
                }
                _ => {
                    let code = error.carrier_code().map(str::to_owned);
                    self.settle(app, request, number, Some((error.to_string(), code))).await.map(|()| None)
                }
            },
        }
    }

    async fn settle(
        &self,
        app: &App,
        request: &VoiceRequest,
        number: NumberId,
        refused: Option<(String, Option<String>)>,
    ) -> Result<(), JobError> {
        let (id, now) = (self.voice_id, app.clock.now());
        let by = Actor::from_row(self.organization_id, Some(request.asked_by));
        let voice_url = request.voice_url.clone();
        app.db
            .write(move |tx| {
                let words = refused.as_ref().map(|(words, code)| (words.as_str(), code.as_deref()));
                let settled = store::settle(tx, id, number, words, now)?;
                if refused.is_none() {
                    // The carrier has it, whether or not a newer request took this one's place meanwhile.
                    store::write_voice_url(tx, by.organization(), number, voice_url.as_deref())?;
                }
                if settled {
                    let (done, why) = match &refused {
                        None => (true, voice_url.as_deref().unwrap_or("taken away")),
                        Some((words, _)) => (false, words.as_str()),
                    };
                    numbers::voice_event(tx, &by, number, done, now, Why { words: why, ..Why::default() })?;
                }
                store::finish(tx, id, now)
            })
            .await?;
        Ok(())
    }
}

#[async_trait]
impl Job for SetVoice {
    const KIND: &'static str = "numbers.voice";
    const AGAIN: bool = true;

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.voice_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        self.wait_for_earlier(app).await?;
        let (organization, id) = (self.organization_id, self.voice_id);
        let request = app.db.read(move |conn| super::find(conn, organization, id)).await?;
        let own = app.db.read(move |conn| access::organization(conn, organization)).await?;
        let provider = app.providers.get(&own.service);
        let at_once = provider.map_or(1, |provider| provider.capabilities().concurrency.max(1));
        let at_once = i64::try_from(at_once).unwrap_or(1);
        let (mut after, mut doubtful) = (None::<E164>, None);
        loop {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            let (batch, tally) = app
                .db
                .read(move |conn| {
                    Ok::<_, AppError>((store::next_asked(conn, id, after, at_once)?, store::tally(conn, id)?))
                })
                .await?;
            run.progress(app, tally.done + tally.failed, tally.total(), None).await?;
            let Some((_, last)) = batch.last() else { break };
            after = Some(*last);
            // A batch is always let finish, so that the outcome of every call made is recorded.
            let calls = batch.iter().map(|(number, _)| self.set(app, &request, *number));
            let mut wait: Option<JobError> = None;
            for outcome in join_all(calls).await {
                match outcome? {
                    None => {}
                    Some(Unsettled::Doubtful(words)) => doubtful = Some(words),
                    Some(Unsettled::Broken(error)) => wait = Some(AppError::Provider(error).into()),
                    Some(Unsettled::TooFast(words, after)) => {
                        wait = wait.or(Some(JobError::Later { words, after }));
                    }
                }
            }
            if let Some(wait) = wait {
                return Err(wait);
            }
        }
        match doubtful {
            Some(words) => Err(JobError::Retry { words, after: None }),
            None => Ok(()),
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (organization, id) = (self.organization_id, self.voice_id);
        let request = app.db.read(move |conn| super::find(conn, organization, id)).await?;
        let mut after = None;
        loop {
            let batch = app.db.read(move |conn| store::next_asked(conn, id, after, 100)).await?;
            let Some((_, last)) = batch.last() else { return Ok(()) };
            after = Some(*last);
            for (number, _) in &batch {
                let refused = Some((words.to_owned(), None));
                let settled = self.settle(app, &request, *number, refused).await;
                settled.map_err(|error| AppError::Internal(format!("{error:?}")))?;
            }
        }
    }
}
