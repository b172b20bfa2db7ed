//! Numbers that were bought for a campaign: each is reserved for it as it arrives. A draft holds them like any others. For
//! a campaign that runs they are put into its messaging service together when the order has ended; a person may do so
//! before, or let go of some, and what cannot be put in waits on the campaign's page. An archived campaign lets go of what waits.

mod jobs;

use super::top_up::{self, TopUpCampaign};
use crate::access::{Actor, Allowed, ManageCampaigns, OrganizationRef};
use crate::activity;
use crate::allocation::{self, Situation};
use crate::campaigns::{self, Campaign, State};
use crate::db::Tx;
use crate::error::{AppError, AppResult};
use crate::jobs::{Described, open_by_key};
use crate::kernel::ids::{CampaignId, NumberId, OrderId, OrganizationId, PersonId};
use crate::kernel::{AreaCode, Moment};
use crate::messaging;
use crate::numbers::{self, Change, Hold, Number, Why};
use crate::web::format::plural;

pub use jobs::ArrivedForCampaign;

/// `12 numbers`.
pub(super) fn counted(count: usize) -> String {
    plural(count as u64, "number", "numbers")
}

/// What follows when an order has ended that reserved numbers for a campaign, as data for the order.
///
/// # Errors
/// [`AppError::Internal`] when it cannot be written down.
pub fn after_order(
    organization: OrganizationId,
    order: OrderId,
    campaign: CampaignId,
) -> AppResult<Described> {
    Described::of(&ArrivedForCampaign {
        organization_id: organization,
        order_id: order,
        campaign_id: campaign,
    })
}

/// Puts what has arrived for a campaign that runs into its messaging service: in use from now on, moved by a job.
/// Answers how many numbers.
///
/// # Errors
/// [`AppError::Conflict`] in words when it does not run, nothing has arrived, an earlier top-up is under way or there is
/// no room; [`AppError::NotFound`]; a database error.
pub fn put_in(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId, now: Moment) -> AppResult<i64> {
    let campaign = campaigns::lock(tx, by.organization_id(), id)?;
    let count = put_in_as(tx, &by.actor(), by.person_id(), by.organization(), &campaign, now)?;
    if count == 0 {
        return Err(AppError::Conflict("Nothing waits to be put in.".into()));
    }
    let words = format!(
        "Put {} that had arrived into the messaging service of {}",
        plural(count.unsigned_abs(), "number", "numbers"),
        campaign.name
    );
    activity::record(tx, &by.actor(), "arrivals_put_in", &format!("/campaigns/{id}"), &words, now)?;
    Ok(count)
}

fn put_in_as(
    tx: &mut Tx,
    by: &Actor,
    person: PersonId,
    organization: &OrganizationRef,
    campaign: &Campaign,
    now: Moment,
) -> AppResult<i64> {
    top_up::must_run(campaign)?;
    if open_by_key(tx, &TopUpCampaign::key(campaign.id))?.is_some() {
        return Err(AppError::Conflict(top_up::UNDER_WAY.into()));
    }
    if waiting(tx, organization.id, campaign.id)?.is_empty() {
        return Ok(0);
    }
    if let Some(service) = campaign.messaging_service_id {
        // Two campaigns on one service check its room one after the other.
        messaging::lock(tx, organization.id, service)?;
    }
    let situation = Situation::read(tx, organization, campaign)?;
    if let Some(words) = situation.pool().and_then(|pool| pool.refusal_now(situation.held())) {
        return Err(AppError::Conflict(words));
    }
    top_up::use_reserved(tx, by, person, campaign.id, "Arrived", now)
}

/// The numbers that are reserved for a campaign.
fn waiting(tx: &mut Tx, organization: OrganizationId, id: CampaignId) -> AppResult<Vec<NumberId>> {
    let all = numbers::of_campaign(tx, organization, id)?;
    let waits = |number: &&Number| number.facts.held == Some((id, Hold::Reserved));
    Ok(all.iter().filter(waits).map(|number| number.id).collect())
}

/// Lets go of what has arrived for a campaign, whose row is locked, and was not put in. Answers how many.
pub(super) fn let_go(tx: &mut Tx, by: &Actor, id: CampaignId, now: Moment) -> AppResult<usize> {
    let waits = waiting(tx, by.organization(), id)?;
    let keep = |number: &Number| number.facts.held == Some((id, Hold::Reserved));
    let why = Why::campaign(id, "The campaign ended before they were used");
    Ok(numbers::change(tx, by, &waits, Change::Unreserve, now, why, keep)?.len())
}

/// Lets go of so many of those that have arrived for a campaign in an area code and were not put in, the last of them
/// first. What is sent twice, or was decided before more arrived, lets go of nothing.
///
/// # Errors
/// [`AppError::Conflict`] in words when it does not run, or when not exactly `of` of them wait there;
/// [`AppError::NotFound`]; a database error.
pub fn do_without(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    area_code: AreaCode,
    (count, of): (usize, usize),
    now: Moment,
) -> AppResult<()> {
    let (organization, actor) = (by.organization_id(), by.actor());
    let campaign = campaigns::lock(tx, organization, id)?;
    top_up::must_run(&campaign)?;
    let keep = |number: &Number| number.facts.held == Some((id, Hold::Reserved));
    let all = numbers::of_campaign(tx, organization, id)?;
    let waits: Vec<NumberId> = all
        .iter()
        .rev()
        .filter(|number| keep(number) && number.area_code == area_code)
        .map(|number| number.id)
        .collect();
    if waits.is_empty() {
        return Err(AppError::Conflict(format!(
            "Nothing in {area_code} waits for {} any more.",
            campaign.name
        )));
    }
    let (verb, place) = (if waits.len() == 1 { "waits" } else { "wait" }, format!(" in {area_code}"));
    let there = counted(waits.len()) + &place;
    if waits.len() != of {
        return Err(AppError::Conflict(format!(
            "{there} {verb} for {} now, and not {of}. Nothing was let go; look again.",
            campaign.name
        )));
    }
    if !(1..=of).contains(&count) {
        return Err(AppError::Conflict(format!(
            "{there} {verb} for {}: let go of 1 or more, and at most of these.",
            campaign.name
        )));
    }
    let why = Why::campaign(id, "Let go before it was used");
    let gone = numbers::change(tx, &actor, &waits[..count], Change::Unreserve, now, why, keep)?;
    if gone.len() == all.iter().filter(|number| keep(number)).count() {
        // What was said about those that wait is over with them.
        campaigns::set_notice(tx, &actor, id, None)?;
    }
    let words =
        format!("Let go of {} in {area_code} that had arrived for {}", counted(gone.len()), campaign.name);
    Ok(activity::record(tx, &actor, "arrivals_let_go", &format!("/campaigns/{id}"), &words, now)?)
}

/// What the job does when the order has ended.
enum Ended {
    /// It is done.
    Done,
    /// The campaign starts, or an earlier top-up is under way: until that is over.
    Wait,
}

/// The order has ended: what it reserved for a draft lasts as if reserved now; what it reserved for a campaign that runs
/// is put in, or says why not. The log says how many arrived.
fn ended(
    tx: &mut Tx,
    by: &Actor,
    (approver, placed_by): (&Actor, PersonId),
    order: OrderId,
    organization: &OrganizationRef,
    id: CampaignId,
    now: Moment,
) -> AppResult<Ended> {
    let campaign = campaigns::lock(tx, organization.id, id)?;
    let moves = open_by_key(tx, &TopUpCampaign::key(id))?.is_some();
    if campaign.state == State::Starting || (campaign.state == State::Started && moves) {
        return Ok(Ended::Wait);
    }
    let bought = numbers::of_order(tx, organization.id, order)?;
    let there = bought.iter().filter(|number| number.facts.held.is_some_and(|(at, _)| at == id)).count();
    let left = bought.len() - there;
    allocation::hold_anew(tx, by, id, now)?;
    let then = match campaign.state {
        State::Started => {
            // Whoever approved the order wanted them in.
            put_in_as(tx, approver, placed_by, organization, &campaign, now)? > 0
        }
        _ => false,
    };
    if bought.is_empty() {
        return Ok(Ended::Done);
    }
    let name = &campaign.name;
    let words = match (allocation::takes_no_more(&campaign), left) {
        (_, 0) if then => {
            format!("{} arrived for {name} and are put into its messaging service", counted(there))
        }
        (_, 0) => format!("{} arrived for {name}", counted(there)),
        (Some(why), left) => format!(
            "{} arrived for {name}; {name} {why}, so {left} of them stay available",
            counted(bought.len())
        ),
        (None, _) => format!("{} arrived for {name} and {} it holds", counted(bought.len()), counted(there)),
    };
    activity::record(tx, by, "numbers_arrived", &format!("/orders/{order}"), &words, now)?;
    Ok(Ended::Done)
}

/// They arrived and cannot be put in just now: the campaign's page says why, and offers it again.
fn not_put_in(
    tx: &mut Tx,
    by: &Actor,
    id: CampaignId,
    order: OrderId,
    words: &str,
    now: Moment,
) -> AppResult<()> {
    let campaign = campaigns::lock(tx, by.organization(), id)?;
    if campaign.state != State::Started {
        return Ok(());
    }
    let said = format!("Numbers arrived and could not be put into the messaging service. {words}");
    campaigns::set_notice(tx, by, id, Some(&said))?;
    let said = format!("Numbers arrived for {} and wait to be put in: {words}", campaign.name);
    Ok(activity::record(tx, by, "numbers_arrived", &format!("/orders/{order}"), &said, now)?)
}
