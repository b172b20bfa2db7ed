//! The jobs of a campaign's launch: starting it at the carrier, and tidying its messaging service up afterwards.

use async_trait::async_trait;

use super::moving::Moving;
use super::pool;
use crate::access::{self, Actor};
use crate::campaigns::{self, State};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run};
use crate::kernel::ids::{CampaignId, OrganizationId, PersonId, ServiceId};
use crate::messaging::{self, MessagingService};
use crate::numbers;
use crate::organizations::connection;
use crate::providers::NewService;
use crate::state::App;

/// Makes the campaign's messaging service at the carrier, moves its numbers in, verifies that they are in, and
/// marks it started. Every step looks at the rows first, so it can be begun again anywhere.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct StartCampaign {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which campaign.
    pub campaign_id: CampaignId,
    /// Who started it.
    pub person_id: PersonId,
}

impl StartCampaign {
    /// The key under which its progress is found.
    pub fn key(campaign: CampaignId) -> String {
        format!("{}:{campaign}", Self::KIND)
    }
    fn actor(&self) -> Actor {
        Actor::from_row(self.organization_id, Some(self.person_id))
    }
}

#[async_trait]
impl Job for StartCampaign {
    const KIND: &'static str = "launch.start";
    const AGAIN: bool = true;
    const MAX_ATTEMPTS: i64 = 6;

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.campaign_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        match self.steps(app, run).await {
            Err(JobError::Fail(words)) => {
                // The draft comes back with the reason; the job itself has done its work.
                super::return_to_draft(app, self.actor(), self.campaign_id, &words).await?;
                Ok(())
            }
            other => other,
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        super::return_to_draft(app, self.actor(), self.campaign_id, words).await
    }
}

impl StartCampaign {
    async fn steps(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (organization, id) = (self.organization_id, self.campaign_id);
        let campaign = app.db.read(move |conn| campaigns::find(conn, organization, id)).await?;
        if campaign.state != State::Starting {
            return Ok(());
        }
        let Some(service) = campaign.messaging_service_id else {
            return Err(JobError::Fail("The campaign lost its messaging service. Start it again.".into()));
        };
        let service = self.service(app, service).await?;
        let moving = Moving { app, run, by: self.actor(), campaign: id, service: &service };
        moving.move_in(None).await?;
        moving.verify().await?;
        super::started(app, self.actor(), id).await.map_err(JobError::from)
    }

    /// The campaign's service, made at the carrier if it is not there yet.
    async fn service(&self, app: &App, id: ServiceId) -> Result<MessagingService, JobError> {
        let organization = self.organization_id;
        let find = move || app.db.read(move |conn| messaging::find(conn, organization, id));
        // A start that failed may still be tidied up after; then it is gone, and its deletion recorded or not.
        pool::wait_for_tidying(app, id).await?;
        let mut service = find().await?;
        let own = service.campaign_id == Some(self.campaign_id) && service.is_open();
        if own && service.remote_id.is_some() && pool::listed(app, &service).await?.is_none() {
            pool::gone(app, self.actor(), id, self.campaign_id).await?;
            if service.keeps_numbers() {
                // Another one is not registered, and nobody agreed to that.
                let words = format!("{} is not at the carrier any more. Start it again.", service.name);
                return Err(JobError::Fail(words));
            }
            service = find().await?;
        }
        if !service.is_open() {
            service = self.another(app, &service).await?;
        }
        let id = service.id;
        if service.remote_id.is_some() {
            return Ok(service);
        }
        let (provider, account) = pool::provider(app, &service).await?;
        let place = service.place();
        let kept = app.db.read(move |conn| connection::find(conn, &place)).await?;
        // Asked first, always: an earlier run may have made it and lost the answer.
        let found =
            provider.find_service(&account, &service.client_ref()).await.map_err(messaging::job_error)?;
        let remote = match found {
            Some(remote) => {
                if remote.addresses != kept.addresses {
                    let told = provider.update_service(&account, &remote.id, &kept.addresses).await;
                    told.map_err(messaging::job_error)?;
                }
                remote
            }
            None => {
                let wanted = NewService {
                    name: service.name.clone(),
                    client_ref: service.client_ref(),
                    addresses: kept.addresses.clone(),
                    area_code_geomatch: true,
                    sticky_sender: true,
                };
                provider.create_service(&account, &wanted).await.map_err(messaging::job_error)?
            }
        };
        let (actor, remote_id, registration) = (self.actor(), remote.id.clone(), remote.registration.clone());
        let (place, now) = (service.place(), app.clock.now());
        app.db
            .write(move |tx| {
                messaging::made(tx, &actor, id, &remote_id, &registration)?;
                if let Some(changed_at) = kept.addresses_changed_at {
                    messaging::has_addresses(tx, &actor, id, changed_at)?;
                }
                // They may have changed while the carrier made it.
                if connection::find(tx, &place)?.addresses_changed_at != kept.addresses_changed_at {
                    messaging::tell_addresses(tx, &actor, &place, now)?;
                }
                Ok::<_, crate::db::DbError>(())
            })
            .await?;
        service.remote_id = Some(remote.id);
        service.registration = remote.registration.in_words().map(str::to_owned);
        Ok(service)
    }

    /// A service for a campaign whose own was deleted after it was started again.
    async fn another(&self, app: &App, deleted: &MessagingService) -> Result<MessagingService, JobError> {
        let (organization, id) = (self.organization_id, self.campaign_id);
        if deleted.campaign_id != Some(id) {
            return Err(JobError::Fail(format!("{} was deleted meanwhile.", deleted.name)));
        }
        let (actor, now) = (self.actor(), app.clock.now());
        let made = app.db.write(move |tx| {
            let campaign = campaigns::lock(tx, organization, id)?;
            let organization = access::organization(tx, organization)?;
            let service = super::own_service(tx, &actor, &organization, &campaign, now)?;
            campaigns::set_messaging_service(tx, &actor, id, Some(service.id))?;
            Ok::<_, crate::db::DbError>(service)
        });
        Ok(made.await?)
    }
}

/// Takes the numbers that no campaign uses any more, and whose rest is over, out of a messaging service that was
/// made for one campaign; then deletes it, if the organization's setting says so and it is empty.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct TidyService {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which messaging service.
    pub messaging_service_id: ServiceId,
    /// For which campaign it was made.
    pub campaign_id: CampaignId,
    /// Who asked, by giving the numbers back or by a start that failed.
    pub person_id: Option<PersonId>,
    /// Whether it is deleted when empty.
    pub delete: bool,
}

impl TidyService {
    /// The key under which it is found.
    pub fn key(service: ServiceId) -> String {
        format!("{}:{service}", Self::KIND)
    }
    fn actor(&self) -> Actor {
        Actor::from_row(self.organization_id, self.person_id)
    }
}

#[async_trait]
impl Job for TidyService {
    const KIND: &'static str = "launch.tidy";
    const AGAIN: bool = true;

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.messaging_service_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (organization, id) = (self.organization_id, self.messaging_service_id);
        let service = app.db.read(move |conn| messaging::find(conn, organization, id)).await?;
        // Made everybody's or registered meanwhile, it keeps its numbers.
        if !service.is_open() || service.campaign_id != Some(self.campaign_id) || service.keeps_numbers() {
            return Ok(());
        }
        let now = app.clock.now();
        let inside = app.db.read(move |conn| numbers::in_service(conn, organization, id)).await?;
        let (leaving, staying): (Vec<_>, Vec<_>) = inside.into_iter().partition(|number| {
            number.facts.held.is_none_or(|(_, hold)| hold != numbers::Hold::InUse)
                && number.facts.resting_until.is_none_or(|until| until <= now)
        });
        pool::remove_strangers(app, &service, staying.iter().chain(&leaving)).await?;
        let total = i64::try_from(leaving.len()).unwrap_or(i64::MAX);
        for (done, number) in (1..).zip(&leaving) {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            pool::remove(app, self.actor(), &service, number).await?;
            let words = format!("{} is out.", number.phone_number.national());
            run.progress(app, done, total, Some(words)).await?;
        }
        if let Some(rest) = staying.iter().filter_map(|number| number.facts.resting_until).max() {
            let after = (rest - now).to_std().unwrap_or_default();
            return Err(JobError::Later { words: "Its numbers rest inside it.".into(), after });
        }
        if staying.is_empty() && self.delete && pool::may_go(app, self.actor(), id, self.campaign_id).await? {
            pool::delete(app, self.actor(), &service, self.campaign_id).await?;
        }
        Ok(())
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (organization, id, words) = (self.organization_id, self.campaign_id, words.to_owned());
        let actor = self.actor();
        app.db
            .write(move |tx| {
                let campaign = campaigns::lock(tx, organization, id)?;
                let words = format!("Its messaging service could not be emptied at the carrier: {words}");
                campaigns::set_notice(tx, &actor, campaign.id, Some(&words))
            })
            .await
            .map_err(Into::into)
    }
}
