//! The job that lets archived campaigns give back what they hold, one after the other.

use async_trait::async_trait;

use super::{Outcome, store};
use crate::access::{self, Actor};
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run, wake};
use crate::kernel::ids::{GiveBackId, OrganizationId};
use crate::state::App;

/// Gives back for every campaign that was confirmed: each in a transaction of its own, with its outcome. Killed anywhere,
/// it goes on where the rows stand.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct GiveBackAll {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which.
    pub give_back_id: GiveBackId,
}

impl GiveBackAll {
    /// The key under which its progress is found.
    pub fn key(id: GiveBackId) -> String {
        format!("{}:{id}", Self::KIND)
    }
}

#[async_trait]
impl Job for GiveBackAll {
    const KIND: &'static str = "launch.give_back_all";

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.give_back_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (organization, id) = (self.organization_id, self.give_back_id);
        let together =
            app.db.read(move |conn| store::find(conn, organization, id)).await?.ok_or(AppError::NotFound)?;
        let by = Actor::from_row(organization, Some(together.asked_by));
        let total = i64::try_from(together.lines.len()).unwrap_or(i64::MAX);
        for (done, line) in (1..).zip(&together.lines) {
            if line.outcome != Outcome::Asked {
                continue;
            }
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            let (campaign, now) = (line.campaign, app.clock.now());
            let given = app
                .db
                .write(move |tx| {
                    let organization = access::organization(tx, organization)?;
                    let given = crate::launch::give_back_as(tx, &by, &organization, campaign, now)?;
                    store::settle(tx, id, campaign, Ok(i64::try_from(given).unwrap_or(i64::MAX)))?;
                    AppResult::Ok(())
                })
                .await;
            match given {
                Ok(()) => {}
                // It holds them no more, or is not archived any more: the others go on.
                Err(AppError::Conflict(words)) => {
                    app.db.write(move |tx| store::settle(tx, id, campaign, Err(&words))).await?;
                }
                Err(other) => return Err(other.into()),
            }
            run.progress(app, done, total, None).await?;
        }
        let now = app.clock.now();
        app.db.write(move |tx| store::finish(tx, id, now)).await?;
        wake(app);
        Ok(())
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (organization, id, now) = (self.organization_id, self.give_back_id, app.clock.now());
        let words = format!("It was given up: {words}");
        app.db
            .write(move |tx| {
                if let Some(together) = store::find(tx, organization, id)? {
                    for line in together.lines.iter().filter(|line| line.outcome == Outcome::Asked) {
                        store::settle(tx, id, line.campaign, Err(&words))?;
                    }
                }
                Ok(store::finish(tx, id, now)?)
            })
            .await
    }
}
