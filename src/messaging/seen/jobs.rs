//! The job that looks at the carrier's messaging services.

use async_trait::async_trait;

use super::{SeenService, store};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run};
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, PersonId};
use crate::messaging;
use crate::numbers::pools;
use crate::organizations::connection::{self, Carrier, Place};
use crate::providers::RemoteService;
use crate::state::App;

/// Reads the carrier's messaging services, page by page, each with its registration and what is in it, and writes each
/// down as it is read. What is gone is forgotten only at the end of a complete look; our own services and numbers are
/// left as they are. Begun again, it begins anew: reading changes nothing at the carrier.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct LookAtServices {
    /// Whose.
    pub organization_id: OrganizationId,
    /// At which provider.
    pub service: String,
    /// In which account.
    pub carrier_account: String,
    /// Who asked; nobody when it is the night's look.
    pub person_id: Option<PersonId>,
}

impl LookAtServices {
    /// A look at an account.
    pub fn at(place: &Place, person: Option<PersonId>) -> LookAtServices {
        LookAtServices {
            organization_id: place.organization,
            service: place.service.clone(),
            carrier_account: place.account.clone(),
            person_id: person,
        }
    }
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

    /// One service with all that can be known of it; nothing when it is gone meanwhile.
    async fn read(
        &self,
        carrier: &Carrier,
        listed: &RemoteService,
    ) -> Result<Option<(RemoteService, Vec<String>)>, JobError> {
        let Carrier { provider, account } = carrier;
        let found = provider.service(account, &listed.id).await.map_err(messaging::job_error)?;
        let Some(remote) = found else { return Ok(None) };
        let (mut members, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = provider.list_members(account, &remote.id, cursor.as_deref()).await;
            let page = page.map_err(messaging::job_error)?;
            members.extend(page.items.iter().map(|id| id.as_str().to_owned()));
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        members.sort_unstable();
        members.dedup();
        Ok(Some((remote, members)))
    }

    async fn write(&self, app: &App, remote: RemoteService, members: Vec<String>) -> Result<(), JobError> {
        let (place, now) = (self.place(), app.clock.now());
        app.db
            .write(move |tx| {
                let ours =
                    pools::of_remote_ids(tx, place.organization, &place.service, &place.account, &members)?;
                let count = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
                let seen = SeenService {
                    remote_id: remote.id.clone(),
                    name: remote.name.clone(),
                    registered: remote.registration.registered,
                    registration: remote.registration.campaign_status.clone(),
                    loses_replies: remote.loses_replies(),
                    geomatch: remote.area_code_geomatch,
                    members: count(members.len()),
                    strangers: count(members.len().saturating_sub(ours.len())),
                    created_at: remote.created_at,
                    seen_at: now,
                };
                store::write_service(tx, &place, &seen, &members)?;
                let known =
                    messaging::store::of_remote(tx, &place.service, &place.account, remote.id.as_str())?;
                let mine =
                    known.into_iter().find(|one| one.organization_id == place.organization && one.is_open());
                if let Some(mine) = mine {
                    let registration = store::registration(&seen);
                    messaging::store::write_seen(
                        tx,
                        place.organization,
                        mine.id,
                        &registration,
                        seen.strangers,
                    )?;
                }
                AppResult::Ok(())
            })
            .await?;
        Ok(())
    }

    async fn end(&self, app: &App, began: Option<Moment>, problem: Option<String>) -> AppResult<()> {
        let (place, now) = (self.place(), app.clock.now());
        app.db
            .write(move |tx| {
                if began.is_some() {
                    store::forget(tx, &place, None, began)?;
                }
                Ok(store::write_look(tx, &place, began.map(|_| now), problem.as_deref())?)
            })
            .await
    }
}

#[async_trait]
impl Job for LookAtServices {
    const KIND: &'static str = "messaging.look";
    const MAX_ATTEMPTS: i64 = 4;

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.organization_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let began = app.clock.now();
        let carrier = connection::carrier(app, &self.place()).await?;
        let (mut cursor, mut done) = (None::<String>, 0);
        loop {
            let page = carrier.provider.list_services(&carrier.account, cursor.as_deref()).await;
            let page = page.map_err(messaging::job_error)?;
            let total = done + i64::try_from(page.items.len()).unwrap_or(0);
            for listed in &page.items {
                if run.should_stop() {
                    return Err(JobError::HandBack);
                }
                if let Some((remote, members)) = self.read(&carrier, listed).await? {
                    self.write(app, remote, members).await?;
                }
                done += 1;
                run.progress(app, done, total, Some(format!("{} was read.", listed.name))).await?;
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        Ok(self.end(app, Some(began), None).await?)
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        self.end(app, None, Some(words.to_owned())).await
    }
}
