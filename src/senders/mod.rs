//! Which number texts a contact, for a texting platform that asks: `POST /api/v1/campaigns/{id}/sender`.
//!
//! [`SenderPool`] chooses, purely; [`Senders`] keeps the pools of the campaigns that are asked for, so that an answer
//! costs no look into the database. A pool is read again when it is older than a second: a number that was cordoned or
//! topped up counts within that time, on every instance.

mod picker;
mod routes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use chrono::TimeDelta;

use crate::access::{ChooseSender, Granted};
use crate::allocation::model::Needs;
use crate::campaigns::{self, State};
use crate::db::Conn;
use crate::error::{AppError, AppResult};
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::kernel::{E164, Moment};
use crate::numbers::{self, Status};
use crate::state::App;

pub use picker::{Match, Sender, SenderPool};
pub use routes::routes;

/// How old a pool may be when it is answered from.
const FRESH: TimeDelta = TimeDelta::seconds(1);
/// More campaigns than this are not kept at once.
const KEPT: usize = 1_000;

/// The pool of a campaign as it is now: the numbers it has in use that take new contacts.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] in words when the campaign texts nobody at present; a database error.
pub fn pool(conn: &mut Conn, by: &Granted<ChooseSender>, id: CampaignId) -> AppResult<SenderPool> {
    let organization = by.organization_id();
    let campaign = campaigns::find(conn, organization, id)?;
    let not = |words: &str| Err(AppError::Conflict(words.to_owned()));
    match campaign.state {
        State::Started => {}
        State::Draft | State::Starting => return not("This campaign has not started yet."),
        State::Archived | State::Closed => return not("This campaign is over: it texts nobody new."),
    }
    let needs = Needs::new(&campaigns::needs(conn, organization, id)?, campaign.ratio);
    let held = numbers::of_campaign(conn, organization, id)?;
    let texting = held
        .iter()
        .filter(|number| number.status() == Status::InUse && number.facts.cordoned_at.is_none())
        .map(|number| number.phone_number);
    let pool = SenderPool::new(texting, &needs);
    if pool.is_empty() {
        return not("This campaign has no number that takes new contacts. Add one, or uncordon one.");
    }
    Ok(pool)
}

/// A campaign of an organization.
type Key = (OrganizationId, CampaignId);

/// The pools that were asked for lately.
#[derive(Clone, Default)]
pub struct Senders(Arc<RwLock<HashMap<Key, Arc<Kept>>>>);

#[derive(Default)]
struct Kept {
    pool: Mutex<Option<(Arc<SenderPool>, Moment)>>,
    /// Whoever finds the pool too old reads it again; the others wait for that.
    reading: tokio::sync::Mutex<()>,
}

impl Kept {
    fn fresh(&self, now: Moment) -> Option<Arc<SenderPool>> {
        let pool = self.pool.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (pool, read_at) = pool.as_ref()?;
        (*read_at <= now && now - *read_at < FRESH).then(|| pool.clone())
    }
    fn keep(&self, pool: Option<(Arc<SenderPool>, Moment)>) {
        *self.pool.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = pool;
    }
}

impl Senders {
    /// The number that texts a contact.
    ///
    /// # Errors
    /// As [`pool`].
    pub async fn choose(
        &self,
        app: &App,
        by: &Granted<ChooseSender>,
        id: CampaignId,
        contact: E164,
    ) -> AppResult<Sender> {
        let key = (by.organization_id(), id);
        let known = self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(&key).cloned();
        let (kept, new) = match known {
            Some(kept) => (kept, false),
            None => (Arc::default(), true),
        };
        let pool = match kept.fresh(app.clock.now()) {
            Some(pool) => pool,
            None => self.read(app, by, id, &kept).await?,
        };
        // Only what was found is kept: whoever tries ids fills nothing.
        if new {
            let mut all = self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner());
            if all.len() >= KEPT {
                all.clear();
            }
            all.entry(key).or_insert(kept);
        }
        let empty = || AppError::Internal("a pool without numbers was kept".into());
        pool.choose(contact).ok_or_else(empty)
    }

    async fn read(
        &self,
        app: &App,
        by: &Granted<ChooseSender>,
        id: CampaignId,
        kept: &Kept,
    ) -> AppResult<Arc<SenderPool>> {
        let _reading = kept.reading.lock().await;
        let now = app.clock.now();
        if let Some(pool) = kept.fresh(now) {
            return Ok(pool);
        }
        let by = by.clone();
        match app.db.read(move |conn| pool(conn, &by, id)).await {
            Ok(pool) => {
                let pool = Arc::new(pool);
                kept.keep(Some((pool.clone(), now)));
                Ok(pool)
            }
            Err(error) => {
                kept.keep(None);
                Err(error)
            }
        }
    }
}
