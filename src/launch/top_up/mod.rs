//! Further numbers for a campaign: offered when it starts, and shown and confirmed when it runs. The numbers are taken
//! in one transaction with the job that moves them into the messaging service.

mod jobs;
mod pages;
mod routes;

use crate::access::{Actor, Allowed, ManageCampaigns};
use crate::allocation::top_up::{propose, strategy_of, take};
use crate::allocation::{ByCode, Situation, TopUp};
use crate::campaigns::{self, Campaign, State};
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{enqueue, open_by_key};
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, NumberId, PersonId};
use crate::numbers::{self, Change, Hold, Number, Why};
use crate::web::format::plural;
use crate::{activity, ledger, messaging};

pub use jobs::TopUpCampaign;
pub(super) use routes::routes;

/// Why a top-up waits for another.
pub(super) const UNDER_WAY: &str =
    "The numbers of the last top-up are still being moved in. Look again when that is done.";

/// What topping up a campaign that runs would add.
///
/// # Errors
/// [`AppError::Conflict`] in words when it does not run; a database error.
pub fn preview(conn: &mut Conn, by: &Allowed<ManageCampaigns>, campaign: &Campaign) -> AppResult<TopUp> {
    must_run(campaign)?;
    let situation = Situation::read(conn, by.organization(), campaign)?;
    Ok(propose(&situation, strategy_of(campaign)))
}

pub(super) fn must_run(campaign: &Campaign) -> AppResult<()> {
    let words = match campaign.state {
        State::Started => return Ok(()),
        State::Draft => "This campaign has not started: reserve its numbers in the area codes section.",
        State::Starting => "This campaign is starting. Top it up when it has started.",
        State::Archived | State::Closed => {
            "Nobody new is texted by this campaign, so it needs no more numbers."
        }
    };
    Err(AppError::Conflict(words.into()))
}

/// Takes what can be added to a draft that starts. Answers how many.
pub(super) fn at_start(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    campaign: &Campaign,
    now: Moment,
) -> AppResult<i64> {
    let organization = by.organization();
    let known = numbers::counts(tx, organization.id, Some(&organization.service))?;
    let codes: Vec<_> = known.iter().map(|count| count.area_code).collect();
    numbers::lock_counts(tx, &by.actor(), &organization.service, &codes)?;
    let situation = Situation::read(tx, organization, campaign)?.within(&codes);
    let strategy = crate::allocation::strategies::of(&campaign.strategy);
    if situation.total() == 0 || !strategy.chooses() {
        return Ok(0);
    }
    match propose(&situation, strategy).numbers() {
        none if none.is_empty() => Ok(0),
        added => take(tx, by, campaign, &added, now),
    }
}

/// Takes exactly these numbers for a campaign that runs; a job puts them into its messaging service. Answers how many.
///
/// # Errors
/// [`AppError::Conflict`] in words when it does not run, when an earlier top-up is under way, or when some of them are
/// not there any more; [`AppError::NotFound`]; a database error.
pub fn confirm(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    added: &ByCode,
    now: Moment,
) -> AppResult<i64> {
    let (organization, actor) = (by.organization(), by.actor());
    let campaign = campaigns::lock(tx, organization.id, id)?;
    must_run(&campaign)?;
    if open_by_key(tx, &TopUpCampaign::key(id))?.is_some() {
        return Err(AppError::Conflict(UNDER_WAY.into()));
    }
    if added.values().sum::<i64>() == 0 {
        return Err(AppError::Conflict("There is nothing to add.".into()));
    }
    if let Some(service) = campaign.messaging_service_id {
        // Two campaigns on one service check its room one after the other.
        messaging::lock(tx, organization.id, service)?;
    }
    take(tx, by, &campaign, added, now)?;
    let count = use_reserved(tx, &actor, by.person_id(), id, "Top-up", now)?;
    let words =
        format!("Topped up {} with {}", campaign.name, plural(count.unsigned_abs(), "number", "numbers"));
    activity::record(tx, &actor, "campaign_topped_up", &format!("/campaigns/{id}"), &words, now)?;
    Ok(count)
}

/// Takes everything that is reserved for a campaign, whose row is locked, into use: a job puts it into the messaging
/// service. Answers how many.
pub(super) fn use_reserved(
    tx: &mut Tx,
    actor: &Actor,
    person: PersonId,
    id: CampaignId,
    why: &str,
    now: Moment,
) -> AppResult<i64> {
    let organization = actor.organization();
    let reserved = |number: &Number| number.facts.held == Some((id, Hold::Reserved));
    let new: Vec<NumberId> = numbers::of_campaign(tx, organization, id)?
        .iter()
        .filter(|number| reserved(number))
        .map(|number| number.id)
        .collect();
    let taken = numbers::change(tx, actor, &new, Change::Use(id), now, Why::campaign(id, why), reserved)?;
    // Asked about when they are locked: a move that is being asked for is waited for by then.
    let under_way = messaging::moves::moving(tx, &new)?.len();
    if under_way > 0 {
        return Err(AppError::Conflict(format!(
            "{under_way} of the numbers are being put into a messaging service or taken out of one just now. Top up \
             when that is done."
        )));
    }
    let ids: Vec<NumberId> = taken.iter().map(|number| number.id).collect();
    ledger::begin_use(tx, actor, id, &ids, now)?;
    campaigns::set_notice(tx, actor, id, None)?;
    let added = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let job = TopUpCampaign { organization_id: organization, campaign_id: id, person_id: person, added };
    enqueue(tx, Some(organization), &job, now, now)?;
    Ok(added)
}

/// Tries again to put the campaign's numbers into its messaging service.
///
/// # Errors
/// [`AppError::Conflict`] in words when it does not run; [`AppError::NotFound`]; a database error.
pub fn again(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId, now: Moment) -> AppResult<()> {
    let (organization, actor) = (by.organization_id(), by.actor());
    let campaign = campaigns::lock(tx, organization, id)?;
    if !matches!(campaign.state, State::Started | State::Archived) {
        return must_run(&campaign);
    }
    let outside = numbers::of_campaign(tx, organization, id)?
        .iter()
        .filter(|number| number.facts.held == Some((id, Hold::InUse)))
        .filter(|number| number.facts.messaging_service != campaign.messaging_service_id)
        .count();
    campaigns::set_notice(tx, &actor, id, None)?;
    let job = TopUpCampaign {
        organization_id: organization,
        campaign_id: id,
        person_id: by.person_id(),
        added: i64::try_from(outside).unwrap_or(i64::MAX),
    };
    enqueue(tx, Some(organization), &job, now, now)?;
    Ok(())
}
