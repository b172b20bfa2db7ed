//! The job that gives numbers back.

use std::time::Duration;

use async_trait::async_trait;

use super::{Line, Outcome, store};
use crate::access::Actor;
use crate::db::{DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run};
use crate::kernel::Moment;
use crate::kernel::ids::{NumberId, OrganizationId, ReleaseId};
use crate::numbers::{self, Change, Why};
use crate::organizations::connection::{self, Carrier};
use crate::providers::{ErrorKind, ProviderError, RemoteNumberId};
use crate::state::App;

/// Asks the carrier to take back the numbers of a request, one after the other: out of its messaging service first,
/// which is written down, then out of the account. Either may be asked again: a number that is out already is out, and
/// one that is gone already is released.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ReleaseNumbers {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which request.
    pub release_id: ReleaseId,
}

impl ReleaseNumbers {
    /// The key under which its job is open.
    pub fn key(release: ReleaseId) -> String {
        format!("{}:{release}", Self::KIND)
    }
}

#[async_trait]
impl Job for ReleaseNumbers {
    const KIND: &'static str = "numbers.release";

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.release_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (organization, id) = (self.organization_id, self.release_id);
        let (release, lines) = app
            .db
            .read(move |conn| AppResult::Ok((super::find(conn, organization, id)?, super::lines(conn, id)?)))
            .await?;
        let by = Actor::from_row(organization, Some(release.asked_by));
        let total = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let mut doubtful = None;
        for (done, line) in (1..).zip(&lines) {
            if line.outcome != Outcome::Asked {
                continue;
            }
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            match self.ask(app, by, line).await? {
                Ok(()) => self.settle(app, by, line.number_id, None).await?,
                Err(error) => match error.kind {
                    _ if error.broken_connection() => return Err(AppError::Provider(error).into()),
                    ErrorKind::RateLimited(after) => {
                        let after = after.unwrap_or(Duration::from_secs(2));
                        return Err(JobError::Later { words: error.to_string(), after });
                    }
                    // The others go on; this one is asked again by the next run.
                    ErrorKind::Transient | ErrorKind::AnswerLost | ErrorKind::Unknown => {
                        doubtful = Some(error.to_string());
                    }
                    _ => self.settle(app, by, line.number_id, Some(error)).await?,
                },
            }
            let words = format!("{} is done.", line.phone_number.national());
            run.progress(app, done, total, Some(words)).await?;
        }
        match doubtful {
            Some(words) => Err(JobError::Retry { words, after: None }),
            None => Ok(()),
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (organization, id, now) = (self.organization_id, self.release_id, app.clock.now());
        let words = format!("{words} It may be gone all the same: sync to find out");
        app.db
            .write(move |tx| {
                let release = super::find(tx, organization, id)?;
                let by = Actor::from_row(organization, Some(release.asked_by));
                for line in store::lines(tx, id)?.iter().filter(|line| line.outcome == Outcome::Asked) {
                    record(tx, &by, id, line.number_id, Some((&words, None)), now)?;
                }
                Ok(store::finish(tx, id, now)?)
            })
            .await
    }
}

impl ReleaseNumbers {
    async fn ask(&self, app: &App, by: Actor, line: &Line) -> Result<Result<(), ProviderError>, JobError> {
        let (organization, id) = (self.organization_id, line.number_id);
        let number = app.db.read(move |conn| numbers::find(conn, organization, id)).await?;
        let Carrier { provider, account } = connection::carrier(app, &number.place()).await?;
        let remote = RemoteNumberId::new(&number.service_id);
        if number.facts.messaging_service.is_some() && line.left_service_at.is_none() {
            if let Some(service) = &line.leaves_service {
                match provider.remove_from_service(&account, service, &remote).await {
                    Ok(()) => {}
                    // The service is gone, or the number: it is in none of them any more.
                    Err(error) if error.kind == ErrorKind::NotFound => {}
                    Err(error) => return Ok(Err(error)),
                }
            }
            self.out(app, by, id).await?;
        }
        match provider.release(&account, &remote).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Ok(())),
            answer => Ok(answer),
        }
    }

    /// It is out of its messaging service.
    async fn out(&self, app: &App, by: Actor, number: NumberId) -> Result<(), JobError> {
        let (id, now) = (self.release_id, app.clock.now());
        app.db
            .write(move |tx| {
                let why = Why { words: "Before its release.", ..Why::default() };
                let inside = |number: &numbers::Number| number.facts.messaging_service.is_some();
                numbers::change(tx, &by, &[number], Change::Detach, now, why, inside)?;
                store::left_service(tx, id, number, now)
            })
            .await?;
        Ok(())
    }

    async fn settle(
        &self,
        app: &App,
        by: Actor,
        number: NumberId,
        refused: Option<ProviderError>,
    ) -> Result<(), JobError> {
        let (id, now) = (self.release_id, app.clock.now());
        app.db
            .write(move |tx| {
                let words = refused.as_ref().map(ToString::to_string);
                let code = refused.as_ref().and_then(ProviderError::carrier_code);
                record(tx, &by, id, number, words.as_deref().map(|words| (words, code)), now)?;
                store::finish(tx, id, now)
            })
            .await?;
        Ok(())
    }
}

/// Records what became of one number: released, or kept with the reason.
fn record(
    tx: &mut Tx,
    by: &Actor,
    id: ReleaseId,
    number: NumberId,
    refused: Option<(&str, Option<&str>)>,
    now: Moment,
) -> DbResult<()> {
    let (outcome, words, code) = match refused {
        None => (Outcome::Released, None, None),
        Some((words, code)) => (Outcome::Kept, Some(words), code),
    };
    if !store::settle(tx, id, number, outcome, words, code, now)? {
        return Ok(());
    }
    let why = Why { words: words.unwrap_or_default(), campaign: None, order: None };
    match outcome {
        Outcome::Released => numbers::released(tx, by, number, now, why).map(drop),
        _ => numbers::change(tx, by, &[number], Change::Stay, now, why, |_| true).map(drop),
    }
}
