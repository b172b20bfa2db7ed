//! Numbers that an order buys for a draft: each is reserved by the order as it arrives. Here is what comes before, room
//! and time, and what comes after.

use super::jobs::ArrivedForCampaign;
use super::model::ByCode;
use super::pool::Pool;
use super::reserve::{counted, too_many};
use super::{hold_anew, hold_end};
use crate::access::{Actor, OrganizationRef};
use crate::activity;
use crate::campaigns::{self, Campaign, State};
use crate::db::Tx;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs::Described;
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, OrderId, OrganizationId};
use crate::numbers;
use crate::purchasing::Wanted;

/// Why nothing is reserved for a campaign any more, to be put after its name; nothing for a draft.
pub fn takes_no_more(campaign: &Campaign) -> Option<&'static str> {
    match campaign.state {
        State::Draft => None,
        State::Closed if campaign.is_deleted() => Some("was deleted meanwhile"),
        State::Starting | State::Started => Some("has started meanwhile"),
        State::Archived => Some("is archived"),
        State::Closed => Some("is closed"),
    }
}

/// Makes a draft ready for what an order will buy for it: looks whether its messaging service has room for these
/// numbers too, and lets its reservation last as one made now would. Answers the campaign, locked.
///
/// # Errors
/// [`AppError::Invalid`] in words when it is no draft any more or there is no room; [`AppError::NotFound`]; a database
/// error.
pub fn make_ready(
    tx: &mut Tx,
    by: &Actor,
    organization: &OrganizationRef,
    id: CampaignId,
    lines: &[Wanted],
    now: Moment,
) -> AppResult<Campaign> {
    let campaign = campaigns::lock(tx, organization.id, id)?;
    let refuse = |words: String| Err(AppError::Invalid(FieldErrors::one("", words)));
    if let Some(why) = takes_no_more(&campaign) {
        return refuse(format!("{} {why}, so nothing can be reserved for it.", campaign.name));
    }
    let mut all: ByCode = numbers::held_by_area(tx, organization.id, id)?;
    for line in lines {
        *all.entry(line.area_code).or_default() += line.count;
    }
    let uses = campaigns::uses(tx, organization, &campaign)?;
    let total = all.values().sum();
    let words = match Pool::read(tx, organization, &campaign, &uses)? {
        Some(pool) => pool.refusal(&all),
        None => (total > organization.room).then(|| too_many(total, organization.room)),
    };
    if let Some(words) = words {
        return refuse(words);
    }
    let until = hold_end(campaign.planned_start, organization.reservation_hours, now);
    campaigns::set_hold_until(tx, by, id, campaign.hold_until.max(Some(until)))?;
    Ok(campaign)
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

/// The order has ended: what it reserved lasts as if reserved now, and the log says how many arrived.
pub(super) fn ended(tx: &mut Tx, by: &Actor, id: CampaignId, order: OrderId, now: Moment) -> AppResult<()> {
    let campaign = campaigns::lock(tx, by.organization(), id)?;
    let bought = numbers::of_order(tx, by.organization(), order)?;
    let there = bought.iter().filter(|number| number.facts.held.is_some_and(|(at, _)| at == id)).count();
    let left = bought.len() - there;
    hold_anew(tx, by, id, now)?;
    let count = |count: usize| counted(i64::try_from(count).unwrap_or(i64::MAX));
    let name = &campaign.name;
    let words = match (takes_no_more(&campaign), left) {
        _ if bought.is_empty() => return Ok(()),
        (_, 0) => format!("{} arrived for {name}", count(there)),
        (Some(why), left) => format!(
            "{} arrived for {name}; {name} {why}, so {left} of them stay available",
            count(bought.len())
        ),
        (None, _) => format!("{} arrived for {name} and {} it holds", count(bought.len()), count(there)),
    };
    activity::record(tx, by, "numbers_arrived", &format!("/orders/{order}"), &words, now)?;
    Ok(())
}
