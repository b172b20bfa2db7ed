//! Allocation: which numbers a campaign gets, and what each of them would carry.
//!
//! [`strategies`] plan, purely; [`load`] predicts, purely; the verbs here reserve. Whoever reserves locks the campaign
//! first, then its messaging service, then the counts of the area codes in ascending order: the same campaign saved twice at once never holds
//! twice, two campaigns never hold one number, contention waits and never deadlocks.

mod arrivals;
pub mod check;
pub mod foreseen;
pub mod jobs;
pub mod load;
mod map;
pub mod model;
mod outlook;
mod pages;
mod panel;
pub mod places;
mod pool;
mod reasons;
mod reserve;
mod routes;
pub mod rules;
mod sent;
mod short;
mod situation;
pub mod strategies;
pub mod top_up;
mod view;

use chrono::TimeDelta;

use crate::access::{self, Actor, Allowed, ManageCampaigns};
use crate::activity;
use crate::campaigns::{self, Campaign, State};
use crate::db::Tx;
use crate::error::{AppError, AppResult};
use crate::kernel::Moment;
use crate::kernel::ids::CampaignId;
use crate::numbers;
use reserve::{counted, let_go, lock_draft};

pub use arrivals::{is_no_draft, make_ready, takes_no_more};
pub use model::{ByCode, Needs, Plan, Rules, Supply};
pub use outlook::{Outlook, Shortage};
pub use panel::Panel;
pub use pool::Pool;
pub use reserve::{Mode, Saved, SavedCode, field, lock_room, reserve_again, reserve_for_me, reset, save};
pub use routes::routes;
pub use short::{ShortBox, price_now};
pub use situation::Situation;
pub use strategies::Strategy;
pub use top_up::TopUp;

/// How long numbers stay reserved after the planned start.
const AFTER_PLANNED_START: TimeDelta = TimeDelta::hours(24);
/// Most numbers that may be typed for one area code.
pub const MOST_NUMBERS: i64 = 100_000;

/// Lets the reservation of a draft run anew, from now.
///
/// # Errors
/// [`AppError::Conflict`] when it is no draft or holds nothing; [`AppError::NotFound`]; a database error.
pub fn extend(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId, now: Moment) -> AppResult<Moment> {
    let campaign = lock_draft(tx, by, id)?;
    let organization = by.organization();
    let held: i64 = numbers::held_by_area(tx, organization.id, id)?.values().sum();
    if held == 0 {
        return Err(AppError::Conflict(
            "This campaign holds no numbers, so there is nothing to extend.".into(),
        ));
    }
    let anew = now + TimeDelta::hours(organization.reservation_hours);
    let until = hold_end(campaign.planned_start, organization.reservation_hours, now)
        .max(campaign.hold_until.unwrap_or(now))
        .max(anew);
    campaigns::set_hold_until(tx, &by.actor(), id, Some(until))?;
    Ok(until)
}

/// When a reservation made now lapses: a day after the planned start, else after the organization's hours.
pub fn hold_end(planned_start: Option<Moment>, reservation_hours: i64, now: Moment) -> Moment {
    planned_start
        .map(|start| start + AFTER_PLANNED_START)
        .filter(|&end| end > now)
        .unwrap_or(now + TimeDelta::hours(reservation_hours))
}

fn renew(
    tx: &mut Tx,
    by: &Actor,
    campaign: &Campaign,
    held: i64,
    reservation_hours: i64,
    now: Moment,
) -> AppResult<()> {
    let until = (held > 0).then(|| hold_end(campaign.planned_start, reservation_hours, now));
    Ok(campaigns::set_hold_until(tx, by, campaign.id, until)?)
}

/// Lets a draft's reservation end as one made now would: after a failed start, after its planned start changed.
///
/// # Errors
/// [`AppError::NotFound`]; a database error.
pub fn hold_anew(tx: &mut Tx, by: &Actor, id: CampaignId, now: Moment) -> AppResult<()> {
    let campaign = campaigns::lock(tx, by.organization(), id)?;
    if campaign.state != State::Draft {
        return Ok(());
    }
    let hours = access::organization(tx, by.organization())?.reservation_hours;
    let held: i64 = numbers::held_by_area(tx, by.organization(), id)?.values().sum();
    renew(tx, by, &campaign, held, hours, now)
}

/// Ends a reservation that has lapsed and says so on the campaign's page. Answers how many numbers it let go; none
/// when it was extended meanwhile.
///
/// # Errors
/// A database error.
pub fn expire(tx: &mut Tx, by: &Actor, id: CampaignId, now: Moment) -> AppResult<i64> {
    let campaign = campaigns::lock(tx, by.organization(), id)?;
    if campaign.state != State::Draft || campaign.hold_until.is_none_or(|until| until > now) {
        return Ok(0);
    }
    let held = numbers::held_by_area(tx, by.organization(), id)?;
    let gone = let_go(tx, by, id, "Its reservation lapsed", now, |_| i64::MAX)?;
    campaigns::set_hold_until(tx, by, id, None)?;
    if gone > 0 {
        campaigns::set_lapsed(tx, by, id, &held)?;
        let words = format!(
            "Its reservation of {} lapsed before it started, so they went back. Reserve again when you need them.",
            counted(gone)
        );
        campaigns::set_notice(tx, by, id, Some(&words))?;
        let words = format!("The reservation of {} for {} lapsed", counted(gone), campaign.name);
        activity::record(tx, by, "reservation_lapsed", &format!("/campaigns/{id}"), &words, now)?;
    }
    Ok(gone)
}

/// What the hottest number would carry, and what the organization tolerates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PredictedLoad {
    /// Contacts of the hottest number.
    pub hottest: i64,
    /// Contacts up to which a campaign may start.
    pub tolerated: i64,
}

/// Predicts the load of what a campaign holds.
pub fn predicted_load(situation: &Situation) -> PredictedLoad {
    let hottest = situation.forecast().hottest().map_or(0, |(_, load)| load);
    PredictedLoad { hottest, tolerated: situation.tolerated() }
}
