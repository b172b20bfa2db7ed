//! What comes before an order buys numbers for a campaign, which it reserves as they arrive: whether it takes any, and
//! whether they fit. What comes after, for one that runs, is the launch's.

use super::hold_end;
use super::model::ByCode;
use super::pool::Pool;
use super::reserve::{lock_room, too_many};
use crate::access::{Actor, OrganizationRef};
use crate::campaigns::{self, Campaign, State};
use crate::db::Tx;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::kernel::ids::CampaignId;
use crate::numbers;
use crate::purchasing::Wanted;

/// Why no more numbers come to a campaign, to be put after its name; nothing for a draft and for one that runs.
pub fn takes_no_more(campaign: &Campaign) -> Option<&'static str> {
    match campaign.state {
        State::Draft | State::Starting | State::Started => None,
        State::Archived | State::Closed => is_no_draft(campaign),
    }
}

/// Why a campaign reserves nothing from others and gives them nothing, to be put after its name; nothing for a draft.
pub fn is_no_draft(campaign: &Campaign) -> Option<&'static str> {
    match campaign.state {
        State::Draft => None,
        State::Closed if campaign.is_deleted() => Some("was deleted meanwhile"),
        State::Starting | State::Started => Some("has started meanwhile"),
        State::Archived => Some("is archived"),
        State::Closed => Some("is closed"),
    }
}

/// Makes a campaign ready for what an order will buy for it: looks whether its messaging service has room for these
/// numbers too, and lets a draft's reservation last as one made now would. Answers the campaign, locked.
///
/// # Errors
/// [`AppError::Invalid`] in words when no more numbers come to it or there is no room; [`AppError::NotFound`]; a
/// database error.
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
    lock_room(tx, organization, &campaign)?;
    let uses = campaigns::uses(tx, organization, &campaign)?;
    let total = all.values().sum();
    let words = match Pool::read(tx, organization, &campaign, &uses)? {
        Some(pool) => pool.refusal(&all),
        None => (total > organization.room).then(|| too_many(total, organization.room)),
    };
    if let Some(words) = words {
        return refuse(words);
    }
    if campaign.state == State::Draft {
        let until = hold_end(campaign.planned_start, organization.reservation_hours, now);
        campaigns::set_hold_until(tx, by, id, campaign.hold_until.max(Some(until)))?;
    }
    Ok(campaign)
}
