//! The job that tells messaging services where the texting platform is.

use std::time::Duration;

use async_trait::async_trait;

use super::{MessagingService, store};
use crate::access::Actor;
use crate::db::DbResult;
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run};
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, PersonId};
use crate::organizations::connection::{self, Place};
use crate::providers::{Addresses, ErrorKind, ProviderError};
use crate::state::App;

/// Gives every messaging service that we made the organization's addresses. May be begun again anywhere: a service
/// that has them is passed over.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct TellAddresses {
    /// Whose.
    pub organization_id: OrganizationId,
    /// At which provider.
    pub service: String,
    /// In which account.
    pub carrier_account: String,
    /// Who changed the addresses.
    pub person_id: Option<PersonId>,
}

impl TellAddresses {
    /// The key under which it is found.
    pub fn key(organization: OrganizationId) -> String {
        format!("{}:{organization}", Self::KIND)
    }
    fn place(&self) -> Place {
        Place {
            organization: self.organization_id,
            service: self.service.clone(),
            account: self.carrier_account.clone(),
        }
    }
    fn actor(&self) -> Actor {
        Actor::from_row(self.organization_id, self.person_id)
    }

    /// The next service without the addresses as they are now, of those not tried in this run.
    async fn next(
        &self,
        app: &App,
        tried: &[MessagingService],
    ) -> DbResult<Option<(MessagingService, Addresses, Moment)>> {
        let place = self.place();
        let tried: Vec<_> = tried.iter().map(|service| service.id).collect();
        app.db
            .read(move |conn| {
                let kept = connection::find(conn, &place)?;
                let Some(changed_at) = kept.addresses_changed_at else { return Ok(None) };
                let services = store::made_at(conn, place.organization, &place.service, &place.account)?;
                let next = services.into_iter().find(|service| {
                    service.addresses_problem.is_none()
                        && !service.has_addresses_of(changed_at)
                        && !tried.contains(&service.id)
                });
                Ok(next.map(|service| (service, kept.addresses, changed_at)))
            })
            .await
    }

    async fn note(
        &self,
        app: &App,
        service: &MessagingService,
        given: Option<Moment>,
        problem: Option<String>,
    ) -> DbResult<()> {
        let (by, id) = (self.actor(), service.id);
        app.db
            .write(move |tx| {
                store::write_addresses(tx, by.organization(), id, given, problem.as_deref()).map(drop)
            })
            .await
    }
}

fn words_of(error: &ProviderError) -> String {
    match error.carrier_code() {
        Some(code) => format!("{error} (carrier: {code})"),
        None => error.to_string(),
    }
}

#[async_trait]
impl Job for TellAddresses {
    const KIND: &'static str = "messaging.addresses";
    const AGAIN: bool = true;

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.organization_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let mut tried = Vec::new();
        let mut doubtful = None;
        while let Some((service, addresses, changed_at)) = self.next(app, &tried).await? {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            if let Some(remote) = &service.remote_id {
                let carrier = connection::carrier(app, &self.place()).await?;
                match carrier.provider.update_service(&carrier.account, remote, &addresses).await {
                    Ok(()) => self.note(app, &service, Some(changed_at), None).await?,
                    Err(error) => match error.kind {
                        _ if error.broken_connection() => return Err(AppError::Provider(error).into()),
                        ErrorKind::RateLimited(after) => {
                            let after = after.unwrap_or(Duration::from_secs(2));
                            return Err(JobError::Later { words: error.to_string(), after });
                        }
                        // The others go on; this one is told again by the next run.
                        ErrorKind::Transient | ErrorKind::AnswerLost | ErrorKind::Unknown => {
                            doubtful = Some(error.to_string());
                        }
                        _ => self.note(app, &service, None, Some(words_of(&error))).await?,
                    },
                }
            }
            tried.push(service);
        }
        match doubtful {
            Some(words) => Err(JobError::Retry { words, after: None }),
            None => Ok(()),
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let mut tried = Vec::new();
        while let Some((service, ..)) = self.next(app, &tried).await? {
            self.note(app, &service, None, Some(words.to_owned())).await?;
            tried.push(service);
        }
        Ok(())
    }
}
