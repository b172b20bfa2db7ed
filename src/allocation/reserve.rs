//! Reserving: exactly these counts, the planner's, or none.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{ByCode, Plan};
use super::places::Ban;
use super::pool::Pool;
use super::situation::{self, Situation};
use super::{renew, rules, strategies};
use crate::access::{Actor, Allowed, ManageCampaigns, OrganizationRef};
use crate::activity;
use crate::campaigns::{self, Campaign};
use crate::db::Tx;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::{CampaignId, NumberId};
use crate::kernel::{AreaCode, Moment};
use crate::messaging;
use crate::numbers::{self, Change, Hold, Number, Sources, Why, Wish};

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

/// Locks the messaging service that a campaign, whose row is locked, will use: two campaigns look at its room one after
/// the other. Before any count is locked.
///
/// # Errors
/// A database error.
pub fn lock_room(tx: &mut Tx, organization: &OrganizationRef, campaign: &Campaign) -> AppResult<()> {
    if let Some(service) = campaigns::uses(tx, organization, campaign)?.service() {
        messaging::lock(tx, organization.id, service.id)?;
    }
    Ok(())
}

pub(super) fn lock_draft(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId) -> AppResult<Campaign> {
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
    let places = rules::of(tx, organization.id, campaign.id)?;
    let mut against = FieldErrors::new();
    for (&code, &count) in changes.iter().filter(|(code, count)| **count > holds(**code)) {
        let place = code.info().place_and_region();
        match places.ban(code) {
            Some(Ban::Named) => against.add(
                &field(code),
                format!("{code} {place}: the campaign's rules say that it must not be used. You asked for {count}."),
            ),
            Some(Ban::NotAmong) => against.add(
                &field(code),
                format!("{code} {place}: the campaign's rules allow other area codes only. You asked for {count}."),
            ),
            None => {}
        }
    }
    against.into_result()?;
    let before: i64 = held.values().sum();
    lock_room(tx, organization, campaign)?;
    let after = before + changes.iter().map(|(&code, &count)| count - holds(code)).sum::<i64>();
    let uses = campaigns::uses(tx, organization, campaign)?;
    // Letting go is always allowed, also of a campaign that holds too many since the limit was lowered.
    if after > before {
        let mut all = held.clone();
        all.extend(changes.iter().map(|(&code, &count)| (code, count)));
        let too_many = match Pool::read(tx, organization, campaign, &uses)? {
            Some(pool) => pool.refusal(&all),
            None => (after > organization.room).then(|| too_many(after, organization.room)),
        };
        if let Some(words) = too_many {
            return Err(AppError::Invalid(FieldErrors::one("", words)));
        }
    }
    let codes: Vec<AreaCode> = changes.keys().copied().collect();
    let sources = situation::sources(campaign, &uses);
    let lets_go = changes.iter().any(|(&code, &count)| count < holds(code));
    let counts = if lets_go || sources != Sources::default() {
        // All counts at once, ascending: those to take from and those to give to. What rests or is attached is not
        // passed over when another takes it.
        numbers::lock_counts(tx, &actor, &organization.service, &codes)?
    } else {
        // What others take meanwhile shows when it is taken.
        numbers::counts(tx, organization.id, Some(&organization.service))?
    };
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
    let all_or_nothing = mode == Mode::AllOrNothing;
    if all_or_nothing && saved.is_short() {
        saved.written = false;
        return Ok(saved);
    }
    let wish = Wish { service: &organization.service, asked: &asked, sources, all_or_nothing };
    let taken = numbers::reserve(tx, &actor, campaign.id, &wish, now)?;
    for code in &mut saved.codes {
        if let Some(got) = taken.iter().find(|taken| taken.area_code == code.code) {
            // Somebody took some since they were counted.
            if got.taken < got.asked {
                code.most = code.holds + got.taken;
            }
        }
    }
    if all_or_nothing && saved.is_short() {
        saved.written = false;
        return Ok(saved);
    }
    for code in &mut saved.codes {
        let got = taken.iter().find(|taken| taken.area_code == code.code).map_or(0, |taken| taken.taken);
        code.holds = if code.asked < code.holds { code.asked } else { code.holds + got };
        saved.taken += got;
    }
    let too_many_in = |code| changes.get(&code).map_or(0, |&count| (holds(code) - count).max(0));
    let gone = if lets_go { let_go(tx, &actor, campaign.id, "", now, too_many_in)? } else { 0 };
    saved.let_go = gone;
    saved.total = before + saved.taken - gone;
    renew(tx, &actor, campaign, saved.total, organization.reservation_hours, now)?;
    if campaign.notice.is_some() {
        campaigns::set_notice(tx, &actor, campaign.id, None)?;
    }
    if !campaign.lapsed.is_empty() && saved.total > 0 {
        campaigns::set_lapsed(tx, &actor, campaign.id, &ByCode::new())?;
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

pub(super) fn counted(count: i64) -> String {
    crate::web::format::plural(count.unsigned_abs(), "number", "numbers")
}

pub(super) fn too_many(after: i64, room: i64) -> String {
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
pub(super) fn let_go(
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

/// Plans with the campaign's strategy and reserves what it chose, letting go of the rest. Nothing can be short: the
/// counts are locked before they are planned with, and a reservation that is under way beside it is waited for, or one
/// of the two is begun again.
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
    lock_room(tx, organization, &campaign)?;
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
        "hottest": plan.forecast.hottest(),
    });
    campaigns::keep_plan(tx, id, &kept.to_string(), now)?;
    Ok((plan, saved))
}

/// Reserves again exactly what a draft held when its reservation lapsed, beside what it holds; when that is not to be had
/// any more, what the campaign's strategy plans, or as much of it as there is where a person chooses. Answers the plan,
/// when one was made.
///
/// # Errors
/// [`AppError::Conflict`] when it is no draft or nothing of it lapsed; as [`save`].
pub fn reserve_again(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    now: Moment,
) -> AppResult<(Option<Plan>, Saved)> {
    let organization = by.organization();
    let campaign = lock_draft(tx, by, id)?;
    if campaign.lapsed.is_empty() {
        return Err(AppError::Conflict(
            "Nothing of this campaign lapsed that was not reserved again.".into(),
        ));
    }
    lock_room(tx, organization, &campaign)?;
    // All at once, as the planner needs them.
    let known = numbers::counts(tx, organization.id, Some(&organization.service))?;
    let codes: Vec<AreaCode> = known.iter().map(|count| count.area_code).collect();
    numbers::lock_counts(tx, &by.actor(), &organization.service, &codes)?;
    let mut wanted = numbers::held_by_area(tx, organization.id, id)?;
    for (&code, &count) in &campaign.lapsed {
        *wanted.entry(code).or_default() += count;
    }
    let chooses = strategies::of(&campaign.strategy).chooses() && campaign.contacts > 0;
    match save_locked(tx, by, &campaign, &wanted, Mode::AllOrNothing, now) {
        Ok(saved) if saved.written => return Ok((None, saved)),
        Ok(_) | Err(AppError::Invalid(_)) if chooses => {}
        Ok(_) => {
            let saved = save_locked(tx, by, &campaign, &wanted, Mode::TakeWhatThereIs, now)?;
            return Ok((None, saved));
        }
        Err(other) => return Err(other),
    }
    let (plan, saved) = reserve_for_me(tx, by, id, now)?;
    Ok((Some(plan), saved))
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
