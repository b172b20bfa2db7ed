//! The job that moves the numbers of a top-up into the campaign's messaging service.

use async_trait::async_trait;

use super::super::moving::Moving;
use crate::access::Actor;
use crate::campaigns::{self, State};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run};
use crate::kernel::ids::{CampaignId, OrganizationId, PersonId};
use crate::messaging;
use crate::state::App;

/// Puts the numbers of a campaign that are not in its messaging service yet into it, and verifies that they are there.
/// Every step looks at the rows first, so it can be begun again anywhere.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct TopUpCampaign {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which campaign.
    pub campaign_id: CampaignId,
    /// Who topped it up.
    pub person_id: PersonId,
    /// How many numbers came with it.
    pub added: i64,
}

impl TopUpCampaign {
    /// The key under which its progress is found.
    pub fn key(campaign: CampaignId) -> String {
        format!("{}:{campaign}", Self::KIND)
    }
    fn actor(&self) -> Actor {
        Actor::from_row(self.organization_id, Some(self.person_id))
    }
}

#[async_trait]
impl Job for TopUpCampaign {
    const KIND: &'static str = "launch.top_up";
    const AGAIN: bool = true;
    const MAX_ATTEMPTS: i64 = 6;

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.campaign_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (organization, id) = (self.organization_id, self.campaign_id);
        let campaign = app.db.read(move |conn| campaigns::find(conn, organization, id)).await?;
        let holds = matches!(campaign.state, State::Started | State::Archived);
        let Some(service) = campaign.messaging_service_id.filter(|_| holds) else { return Ok(()) };
        let service = app.db.read(move |conn| messaging::find(conn, organization, service)).await?;
        let moving = Moving { app, run, by: self.actor(), campaign: id, service: &service };
        moving.move_in(Some(self.added)).await?;
        moving.verify().await
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (actor, id) = (self.actor(), self.campaign_id);
        let words =
            format!("Some numbers of the top-up could not be put into the messaging service. {words}");
        app.db.write(move |tx| campaigns::set_notice(tx, &actor, id, Some(&words))).await.map_err(Into::into)
    }
}
