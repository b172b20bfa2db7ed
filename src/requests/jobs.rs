//! The job that approves requests below the organization's limit.

use std::time::Duration;

use async_trait::async_trait;

use super::{Status, store};
use crate::access::{self, Actor};
use crate::db::DbResult;
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run, wake};
use crate::kernel::Micros;
use crate::kernel::ids::{OrderId, OrganizationId, RequestId};
use crate::organizations::connection::{self, Place};
use crate::purchasing::fallback::{Demand, stand_ins};
use crate::purchasing::quote::quote_at;
use crate::state::App;

/// So long it waits for the carrier before it leaves the request to the owners.
const PATIENCE: Duration = Duration::from_secs(20);

/// Weighs a request against the limit: asks the carrier what it costs, then decides. A request that is not approved
/// stays open for the owners, with the reason.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct ApproveWithinLimit {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which request.
    pub request_id: RequestId,
    /// The whole address of its page, for an e-mail to the owners.
    pub link: String,
}

impl ApproveWithinLimit {
    /// The key under which it is found.
    pub fn key(id: RequestId) -> String {
        format!("{}:{id}", Self::KIND)
    }
}

#[async_trait]
impl Job for ApproveWithinLimit {
    const KIND: &'static str = "requests.approve";
    const MAX_ATTEMPTS: i64 = 3;

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.request_id))
    }

    async fn run(&self, app: &App, _run: &Run) -> Result<(), JobError> {
        let (organization, id) = (self.organization_id, self.request_id);
        let (request, limit, organization) = app
            .db
            .read(move |conn| {
                let request = store::find(conn, organization, id)?;
                let limit = store::limit(conn, organization)?;
                DbResult::Ok((request, limit, access::organization(conn, organization)?))
            })
            .await?;
        if request.status != Status::Open {
            return Ok(());
        }
        let place = Place {
            organization: organization.id,
            service: organization.service.clone(),
            account: organization.carrier_account.clone(),
        };
        let wish = &request.wish;
        let demands: Vec<Demand> = wish
            .lines
            .iter()
            .map(|line| Demand {
                area_code: line.area_code,
                asked: line.numbers,
                stand_ins: stand_ins(line.area_code, wish.fallback),
            })
            .collect();
        let quoting = async { quote_at(&connection::carrier(app, &place).await?, &demands).await };
        let quoted = match tokio::time::timeout(PATIENCE, quoting).await {
            Ok(Ok(quote)) if quote.numbers() == wish.numbers() => {
                Ok(quote.order(OrderId::new(), wish.fallback))
            }
            Ok(Ok(quote)) => {
                Err(format!("The carrier has only {} of the {} numbers.", quote.numbers(), wish.numbers()))
            }
            Ok(Err(AppError::Db(error))) => return Err(AppError::Db(error).into()),
            Ok(Err(_)) | Err(_) => {
                Err("The carrier did not answer when it was asked what they cost.".to_owned())
            }
        };
        // In the name of who set the limit: that was their approval.
        let setter = limit.filter(|limit| limit.monthly > Micros::ZERO).map(|limit| limit.set_by);
        let by = Actor::from_row(organization.id, setter);
        let (job, host, now) = (self.clone(), app.clone(), app.clock.now());
        app.db
            .write(move |tx| {
                let quoted = quoted.as_ref().map_err(String::as_str);
                super::approve_within_limit(tx, &host, &by, &organization, &job, quoted, now)
            })
            .await?;
        wake(app);
        Ok(())
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        tracing::error!(words, "a request could not be weighed against the limit");
        let (organization, id) = (self.organization_id, self.request_id);
        let (job, host, now) = (self.clone(), app.clone(), app.clock.now());
        app.db
            .write(move |tx| {
                let organization = access::organization(tx, organization)?;
                let setter = store::limit(tx, organization.id)?.map(|limit| limit.set_by);
                let by = Actor::from_row(organization.id, setter);
                let words = Err("It could not be weighed against the limit for automatic approval.");
                super::approve_within_limit(tx, &host, &by, &organization, &job, words, now)
            })
            .await?;
        tracing::info!(request = %id, "left to the owners");
        Ok(())
    }
}
