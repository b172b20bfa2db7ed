//! Allocation: which numbers a campaign gets, and what each of them would carry.
//!
//! [`strategies`] plan, purely; [`load`] predicts, purely; the verbs here reserve. Whoever reserves locks the campaign
//! first, then the counts of the area codes in ascending order: the same campaign saved twice at once never holds
//! twice, two campaigns never hold one number, contention waits and never deadlocks.

pub mod jobs;
pub mod load;
pub mod model;
mod outlook;
mod pages;
mod panel;
mod reasons;
mod routes;
mod situation;
pub mod strategies;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::access::{self, Actor, Allowed, ManageCampaigns};
use crate::activity;
use crate::campaigns::{self, Campaign, State};
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::{CampaignId, NumberId};
use crate::kernel::{AreaCode, Moment};
use crate::numbers::{self, Change, Hold, Number, Why};

pub use model::{ByCode, Needs, Plan, Rules, Supply};
pub use outlook::{Outlook, Shortage};
pub use panel::Panel;
pub use routes::routes;
pub use situation::Situation;
pub use strategies::Strategy;

/// How long numbers stay reserved after the planned start.
const AFTER_PLANNED_START: TimeDelta = TimeDelta::hours(24);
/// Most numbers that may be typed for one area code.
pub const MOST_NUMBERS: i64 = 100_000;

/// What happens to a reservation when there are too few numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is changed, and what is short is said.
    AllOrNothing,
    /// As many as there are.
    TakeWhatThereIs,
}

/// What became of one area code of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedCode {
    /// The area code.
    pub code: AreaCode,
    /// How many the campaign was to hold.
    pub asked: i64,
    /// How many it holds now.
    pub holds: i64,
    /// How many it could hold at most, short of them or not.
    pub most: i64,
}

impl SavedCode {
    /// How many are missing.
    pub fn short(&self) -> i64 {
        (self.asked - self.most).max(0)
    }
}

/// What became of a reservation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The area codes that were to change.
    pub codes: Vec<SavedCode>,
    /// How many numbers the campaign holds now.
    pub total: i64,
    /// Whether it was written: not when something was short and all or nothing was asked.
    pub written: bool,
    /// How many numbers were taken.
    pub taken: i64,
    /// How many were let go.
    pub let_go: i64,
}

impl Saved {
    /// Whether an area code has fewer numbers than asked for.
    pub fn is_short(&self) -> bool {
        self.codes.iter().any(|code| code.short() > 0)
    }
    /// The area codes that have too few.
    pub fn short(&self) -> impl Iterator<Item = &SavedCode> {
        self.codes.iter().filter(|code| code.short() > 0)
    }
}

/// Lets a draft hold exactly these counts of these area codes; the others stay as they are. Its reservation runs anew.
///
/// # Errors
/// [`AppError::Conflict`] when it is no draft, [`AppError::Invalid`] when it would hold more than the messaging
/// service takes; [`AppError::NotFound`]; a database error.
pub fn save(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    wanted: &ByCode,
    mode: Mode,
    now: Moment,
) -> AppResult<Saved> {
    let campaign = lock_draft(tx, by, id)?;
    save_locked(tx, by, &campaign, wanted, mode, now)
}

fn lock_draft(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId) -> AppResult<Campaign> {
    let campaign = campaigns::lock(tx, by.organization_id(), id)?;
    campaign.state.must_be_draft("numbers")?;
    Ok(campaign)
}

fn save_locked(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    campaign: &Campaign,
    wanted: &ByCode,
    mode: Mode,
    now: Moment,
) -> AppResult<Saved> {
    let (organization, actor) = (by.organization(), by.actor());
    let held = numbers::held_by_area(tx, organization.id, campaign.id)?;
    let holds = |code: AreaCode| held.get(&code).copied().unwrap_or(0);
    let changes: ByCode = wanted
        .iter()
        .map(|(&code, &count)| (code, count.max(0)))
        .filter(|&(code, count)| count != holds(code))
        .collect();
    if let Some(code) = changes.keys().find(|code| code.is_toll_free() && changes[code] > holds(**code)) {
        let words =
            "Toll-free numbers text nobody from their own area code; they are not reserved for campaigns.";
        return Err(AppError::Invalid(FieldErrors::one(&field(*code), words)));
    }
    let before: i64 = held.values().sum();
    let after = before + changes.iter().map(|(&code, &count)| count - holds(code)).sum::<i64>();
    // Letting go is always allowed, also of a campaign that holds too many since the limit was lowered.
    if after > organization.room && after > before {
        return Err(AppError::Invalid(FieldErrors::one("", too_many(after, organization.room))));
    }
    // All counts at once, ascending: those to take from and those to give to.
    let codes: Vec<AreaCode> = changes.keys().copied().collect();
    let counts = numbers::lock_counts(tx, &actor, &organization.service, &codes)?;
    let sources = situation::sources(campaign);
    let beside = numbers::beside_free(tx, organization.id, &organization.service, sources)?;
    let mut saved =
        Saved { codes: Vec::with_capacity(changes.len()), total: before, written: true, taken: 0, let_go: 0 };
    let mut asked = BTreeMap::new();
    for (&code, &count) in &changes {
        let free = counts.iter().find(|count| count.area_code == code).map_or(0, numbers::Count::free);
        let most = holds(code) + free + beside.get(&code).copied().unwrap_or(0);
        saved.codes.push(SavedCode { code, asked: count, holds: holds(code), most });
        if count > holds(code) {
            asked.insert(code, count.min(most) - holds(code));
        }
    }
    if mode == Mode::AllOrNothing && saved.is_short() {
        saved.written = false;
        return Ok(saved);
    }
    let gone = let_go(tx, &actor, campaign.id, "", now, |code| {
        changes.get(&code).map_or(0, |&count| (holds(code) - count).max(0))
    })?;
    let taken = numbers::reserve(tx, &actor, &organization.service, campaign.id, &asked, sources, now)?;
    for code in &mut saved.codes {
        let got = taken.iter().find(|taken| taken.area_code == code.code).map_or(0, |taken| taken.taken);
        code.holds = if code.asked < code.holds { code.asked } else { code.holds + got };
        saved.taken += got;
    }
    saved.let_go = gone;
    saved.total = before + saved.taken - gone;
    renew(tx, &actor, campaign, saved.total, organization.reservation_hours, now)?;
    if campaign.notice.is_some() {
        campaigns::set_notice(tx, &actor, campaign.id, None)?;
    }
    if saved.taken + saved.let_go > 0 {
        let words = match (saved.taken, saved.let_go) {
            (taken, 0) => format!("Reserved {} for {}", counted(taken), campaign.name),
            (0, gone) => format!("Let go of {} of {}", counted(gone), campaign.name),
            (taken, gone) => {
                format!("Reserved {} for {} and let go of {gone}", counted(taken), campaign.name)
            }
        };
        let subject = format!("/campaigns/{}", campaign.id);
        activity::record(tx, &actor, "numbers_reserved", &subject, &words, now)?;
    }
    Ok(saved)
}

fn counted(count: i64) -> String {
    crate::web::format::plural(count.unsigned_abs(), "number", "numbers")
}

fn too_many(after: i64, room: i64) -> String {
    use crate::web::format::number;
    format!(
        "That makes {} numbers, and a messaging service takes {}. Lower some counts, raise the contacts per number, \
         or split the contacts into a second campaign.",
        number(after),
        number(room)
    )
}

/// The form field of an area code's count.
pub fn field(code: AreaCode) -> String {
    format!("numbers-{code}")
}

/// Lets go of so many numbers of each area code, the last ones first. Answers how many.
fn let_go(
    tx: &mut Tx,
    by: &Actor,
    campaign: CampaignId,
    words: &str,
    now: Moment,
    how_many: impl Fn(AreaCode) -> i64,
) -> AppResult<i64> {
    let mut numbers = numbers::of_campaign(tx, by.organization(), campaign)?;
    numbers.reverse();
    let mut counts: ByCode = BTreeMap::new();
    let going: Vec<NumberId> = numbers
        .iter()
        .filter(|number| {
            let count = counts.entry(number.area_code).or_default();
            *count += 1;
            *count <= how_many(number.area_code)
        })
        .map(|number| number.id)
        .collect();
    let keep = |number: &Number| number.facts.held == Some((campaign, Hold::Reserved));
    let why = Why::campaign(campaign, words);
    let gone = numbers::change(tx, by, &going, Change::Unreserve, now, why, keep)?;
    Ok(i64::try_from(gone.len()).unwrap_or(i64::MAX))
}

/// Plans with the campaign's strategy and reserves what it chose, letting go of the rest. Nothing can be short: what
/// is there is locked before it is planned with.
///
/// # Errors
/// [`AppError::Conflict`] when it is no draft or has no contacts; [`AppError::NotFound`]; a database error.
pub fn reserve_for_me(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    now: Moment,
) -> AppResult<(Plan, Saved)> {
    let organization = by.organization();
    let campaign = lock_draft(tx, by, id)?;
    if campaign.contacts == 0 {
        return Err(AppError::Conflict(
            "There are no contacts to reserve for. Upload a contact file first.".into(),
        ));
    }
    let strategy = strategies::of(&campaign.strategy);
    let known = numbers::counts(tx, organization.id, Some(&organization.service))?;
    let codes: Vec<AreaCode> = known.iter().map(|count| count.area_code).collect();
    numbers::lock_counts(tx, &by.actor(), &organization.service, &codes)?;
    // Not with numbers of an area code that was bought into since: its count is not locked.
    let situation = Situation::read(tx, organization, &campaign)?.within(&codes);
    let plan = situation.plan(strategy);
    let all: BTreeSet<AreaCode> = situation.held().keys().chain(plan.numbers.keys()).copied().collect();
    let wanted: ByCode =
        all.into_iter().map(|code| (code, plan.numbers.get(&code).copied().unwrap_or(0))).collect();
    let saved = save_locked(tx, by, &campaign, &wanted, Mode::TakeWhatThereIs, now)?;
    let kept = serde_json::json!({
        "strategy": strategy.key(),
        "wanted": plan.wanted,
        "numbers": plan.numbers,
        "hottest": plan.forecast.hottest().map(|(code, load)| (code, load)),
    });
    campaigns::keep_plan(tx, id, &kept.to_string(), now)?;
    Ok((plan, saved))
}

/// Lets go of everything a draft holds.
///
/// # Errors
/// As [`save`].
pub fn reset(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId, now: Moment) -> AppResult<Saved> {
    let campaign = lock_draft(tx, by, id)?;
    let none: ByCode =
        numbers::held_by_area(tx, by.organization_id(), id)?.into_keys().map(|code| (code, 0)).collect();
    save_locked(tx, by, &campaign, &none, Mode::AllOrNothing, now)
}

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
    let gone = let_go(tx, by, id, "Its reservation lapsed", now, |_| i64::MAX)?;
    campaigns::set_hold_until(tx, by, id, None)?;
    if gone > 0 {
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
///
/// # Errors
/// A database error.
pub fn predicted_load(
    conn: &mut Conn,
    by: &Allowed<ManageCampaigns>,
    campaign: &Campaign,
) -> AppResult<PredictedLoad> {
    let situation = Situation::read(conn, by.organization(), campaign)?;
    let hottest = situation.forecast().hottest().map_or(0, |(_, load)| load);
    Ok(PredictedLoad { hottest, tolerated: situation.tolerated() })
}
