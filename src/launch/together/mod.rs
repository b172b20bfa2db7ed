//! Archived campaigns that still hold numbers: one list, and giving back for all of them at once. What was confirmed is
//! written down campaign by campaign; a job gives each back as its own page would, and says what became of it.

pub mod jobs;
mod pages;
mod routes;
mod store;

use std::collections::BTreeMap;

use crate::access::{Allowed, ManageCampaigns};
use crate::activity;
use crate::campaigns::{self, Campaign, State};
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::enqueue;
use crate::kernel::ids::{CampaignId, GiveBackId, OrganizationId, PersonId};
use crate::kernel::{Micros, Moment};
use crate::numbers;
use crate::stored_enum;
use crate::web::format::plural;

pub use jobs::GiveBackAll;
pub(super) use routes::routes;

/// The most campaigns that one confirmation names.
const MOST: i64 = 500;

stored_enum! {
    /// What became of one campaign.
    pub enum Outcome {
        /// The job gets to it.
        Asked = "asked",
        /// It gave its numbers back.
        Done = "done",
        /// It holds them still.
        Refused = "refused",
    }
}

/// Campaigns that give back together.
#[derive(Debug, Clone)]
pub struct Together {
    /// Its id, made with the page: sent twice it is the same.
    pub id: GiveBackId,
    /// Who asked.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Moment,
    /// When the last of them was settled.
    pub finished_at: Option<Moment>,
    /// Each campaign.
    pub lines: Vec<Line>,
}

/// What became of one campaign.
#[derive(Debug, Clone)]
pub struct Line {
    /// Which.
    pub campaign: CampaignId,
    /// How many numbers it held when that was confirmed.
    pub held: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// How many numbers it gave back.
    pub given: Option<i64>,
    /// Why it did not.
    pub reason: Option<String>,
}

/// An archived campaign with what it holds and what that costs a month.
pub(super) type Holding = (Campaign, i64, Micros);

/// The archived campaigns that hold numbers, newest first.
///
/// # Errors
/// A database error.
fn holding(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<Holding>> {
    let filter = campaigns::Filter { state: Some(State::Archived), ..campaigns::Filter::default() };
    let archived = campaigns::list(conn, organization, &filter, MOST)?;
    let ids: Vec<CampaignId> = archived.iter().map(|campaign| campaign.id).collect();
    let held: BTreeMap<_, _> = numbers::held_by(conn, organization, &ids)?;
    Ok(archived
        .into_iter()
        .filter_map(|campaign| {
            let (count, cost) = held.get(&campaign.id).copied().filter(|(count, _)| *count > 0)?;
            Some((campaign, count, cost))
        })
        .collect())
}

/// Lets these campaigns give back what they hold, those that were named with as many numbers as were named. Sent twice
/// it is one. Wake the runner after the commit.
///
/// # Errors
/// [`AppError::Conflict`] in words when something changed since the person looked, and then nothing is asked; a
/// database error.
pub fn give_back_all(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: GiveBackId,
    seen: &[(CampaignId, i64)],
    now: Moment,
) -> AppResult<GiveBackId> {
    let organization = by.organization_id();
    if store::find(tx, organization, id)?.is_some() {
        return Ok(id);
    }
    let there: BTreeMap<CampaignId, i64> =
        holding(tx, organization)?.into_iter().map(|(campaign, count, _)| (campaign.id, count)).collect();
    let changed = seen.iter().filter(|(campaign, count)| there.get(campaign) != Some(count)).count();
    if seen.is_empty() || changed > 0 {
        return Err(AppError::Conflict(
            "What the campaigns hold changed while you looked at it. Nothing was given back; look at it again.".into(),
        ));
    }
    if !store::insert(tx, organization, id, by.person_id(), seen, now)? {
        // Sent twice at once.
        return Ok(id);
    }
    let job = GiveBackAll { organization_id: organization, give_back_id: id };
    enqueue(tx, Some(organization), &job, now, now)?;
    let numbers: i64 = seen.iter().map(|(_, count)| count).sum();
    let words = format!(
        "Gave back {} of {}",
        plural(numbers.unsigned_abs(), "number", "numbers"),
        plural(seen.len() as u64, "archived campaign", "archived campaigns")
    );
    activity::record(tx, &by.actor(), "numbers_given_back_together", &address(id), &words, now)?;
    Ok(id)
}

/// The page of what became of it, below the organization's address.
fn address(id: GiveBackId) -> String {
    format!("/archived/{id}")
}
