//! The job that follows an order which bought for a campaign.

use std::time::Duration;

use async_trait::async_trait;

use super::{Ended, ended, not_put_in};
use crate::access::{self, Actor};
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run, wake};
use crate::kernel::ids::{CampaignId, OrderId, OrganizationId};
use crate::purchasing;
use crate::state::App;

/// So long it waits for a start or a top-up to end.
const PAUSE: Duration = Duration::from_secs(5);

/// An order has ended that reserved its numbers for a campaign as they arrived.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ArrivedForCampaign {
    /// Whose.
    pub organization_id: OrganizationId,
    /// The order.
    pub order_id: OrderId,
    /// The campaign it was for.
    pub campaign_id: CampaignId,
}

#[async_trait]
impl Job for ArrivedForCampaign {
    const KIND: &'static str = "allocation.arrived";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.order_id))
    }

    async fn run(&self, app: &App, _run: &Run) -> Result<(), JobError> {
        let (organization, order, id) = (self.organization_id, self.order_id, self.campaign_id);
        let now = app.clock.now();
        // Nobody in particular: the order did it.
        let by = Actor::from_row(organization, None);
        let outcome = app
            .db
            .write(move |tx| {
                let placed_by = purchasing::summary(tx, organization, order)?.order.placed_by;
                let approver = Actor::from_row(organization, Some(placed_by));
                let organization = access::organization(tx, organization)?;
                ended(tx, &by, (&approver, placed_by), order, &organization, id, now)
            })
            .await;
        match outcome {
            Ok(Ended::Done) => {
                wake(app);
                Ok(())
            }
            Ok(Ended::Wait) => Err(JobError::Later {
                words: "The campaign is being started or topped up; what arrived comes after that."
                    .to_owned(),
                after: PAUSE,
            }),
            Err(AppError::Conflict(words)) => {
                let write = move |tx: &mut crate::db::Tx| not_put_in(tx, &by, id, order, &words, now);
                Ok(app.db.write(write).await?)
            }
            Err(other) => Err(other.into()),
        }
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // What arrived is reserved, and the campaign's page offers to put it in.
        tracing::error!(words, "the end of an order was not noted on its campaign");
        Ok(())
    }
}
