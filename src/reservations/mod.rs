//! Reservations people can see: who holds what until when, made longer, and asked for by another campaign.
//!
//! A campaign asks the people of another one for numbers it has reserved. Giving them is one step: they leave the one
//! and come to the other in the same transaction, so nobody takes them in between. Both campaigns are locked first, the
//! lower id before the higher one, then the record.

pub mod model;
mod notes;
mod pages;
mod routes;
mod store;

use std::collections::BTreeMap;

use crate::access::{Allowed, ManageCampaigns};
use crate::activity;
use crate::allocation::{self, Mode};
use crate::campaigns::{self, Campaign};
use crate::db::{DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::{AskId, CampaignId, OrganizationId};
use crate::kernel::{AreaCode, Moment};
use crate::numbers;
use crate::web::format::plural;

pub use model::{ReleaseAsk, Status};
pub use notes::Notes;
pub use routes::routes;

/// So many open ones are shown at once.
pub const OPEN: i64 = 100;

/// `4 numbers in 313`.
fn what(ask: &ReleaseAsk) -> String {
    format!("{} in {}", plural(ask.numbers.unsigned_abs(), "number", "numbers"), ask.area_code)
}

/// Locks two campaigns, the lower id first: answers them as they were named.
fn lock_both(
    tx: &mut Tx,
    organization: OrganizationId,
    from: CampaignId,
    to: CampaignId,
) -> DbResult<(Campaign, Campaign)> {
    if from < to {
        let first = campaigns::lock(tx, organization, from)?;
        Ok((first, campaigns::lock(tx, organization, to)?))
    } else {
        let second = campaigns::lock(tx, organization, to)?;
        Ok((campaigns::lock(tx, organization, from)?, second))
    }
}

fn must_be_draft(campaign: &Campaign, what: &str) -> AppResult<()> {
    match allocation::is_no_draft(campaign) {
        Some(why) => Err(AppError::Conflict(format!("{} {why}, so {what}.", campaign.name))),
        None => Ok(()),
    }
}

/// Asks the people of a campaign for numbers that it has reserved. Sent twice it is one.
///
/// # Errors
/// [`AppError::Conflict`] in words when one of the two is no draft, or the same is asked for already;
/// [`AppError::Invalid`] when it holds fewer; [`AppError::NotFound`]; a database error.
pub fn ask(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: AskId,
    (from, to): (CampaignId, CampaignId),
    (area_code, count): (AreaCode, i64),
    note: &str,
    now: Moment,
) -> AppResult<AskId> {
    let organization = by.organization_id();
    if from == to {
        return Err(AppError::Invalid(FieldErrors::one("campaign", "Choose another campaign.")));
    }
    let (holder, asker) = lock_both(tx, organization, from, to)?;
    if store::find(tx, organization, id)?.is_some() {
        return Ok(id);
    }
    must_be_draft(&holder, "it cannot give what it reserved")?;
    must_be_draft(&asker, "nothing can be reserved for it")?;
    let holds = numbers::held_by_area(tx, organization, from)?.get(&area_code).copied().unwrap_or(0);
    if count > holds {
        let words = format!("{} holds {holds} in {area_code} by now.", holder.name);
        return Err(AppError::Invalid(FieldErrors::one("numbers", words)));
    }
    if store::open_between(tx, organization, from, to, area_code)?.is_some() {
        return Err(AppError::Conflict(format!(
            "{} was asked for numbers in {area_code} for {} already. Wait for the answer, or take that back first.",
            holder.name, asker.name
        )));
    }
    let ask = ReleaseAsk {
        id,
        from,
        to,
        area_code,
        numbers: count,
        note: note.to_owned(),
        status: Status::Open,
        asked_by: by.person_id(),
        asked_at: now,
        decided_by: None,
        decided_at: None,
        answer: None,
    };
    store::insert(tx, organization, &ask)?;
    let words = format!("Asked {} to give {} to {}", holder.name, what(&ask), asker.name);
    activity::record(tx, &by.actor(), "release_asked_for", "/reservations", &words, now)?;
    Ok(id)
}

/// Locks both campaigns and the record, which must be open.
fn lock_open(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AskId,
) -> AppResult<(Campaign, Campaign, ReleaseAsk)> {
    let known = store::find(tx, organization, id)?.ok_or(AppError::NotFound)?;
    let (holder, asker) = lock_both(tx, organization, known.from, known.to)?;
    let ask = store::lock(tx, organization, id)?;
    match ask.status {
        Status::Open => Ok((holder, asker, ask)),
        Status::Given => Err(AppError::Conflict("The numbers were given already.".into())),
        Status::Kept => Err(AppError::Conflict("It was answered already: they are kept.".into())),
        Status::Withdrawn => Err(AppError::Conflict("It was taken back meanwhile.".into())),
    }
}

fn decided(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    mut ask: ReleaseAsk,
    status: Status,
    (verb, words): (&'static str, &str),
    now: Moment,
) -> AppResult<()> {
    ask.status = status;
    ask.decided_by = Some(by.person_id());
    ask.decided_at = Some(now);
    store::decide(tx, &ask)?;
    Ok(activity::record(tx, &by.actor(), verb, "/reservations", words, now)?)
}

/// Gives the numbers: they leave the one campaign and are reserved for the other, in one step. Answers how many; fewer
/// when it holds fewer by now.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is over, when it holds none any more, or when the other campaign cannot take
/// them; [`AppError::NotFound`]; a database error.
pub fn give(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: AskId, now: Moment) -> AppResult<i64> {
    let organization = by.organization_id();
    let (holder, asker, mut ask) = lock_open(tx, organization, id)?;
    must_be_draft(&holder, "it cannot give what it reserved")?;
    must_be_draft(&asker, "nothing can be reserved for it any more")?;
    let code = ask.area_code;
    let holds = numbers::held_by_area(tx, organization, holder.id)?.get(&code).copied().unwrap_or(0);
    let count = ask.numbers.min(holds);
    if count == 0 {
        return Err(AppError::Conflict(format!("{} holds no numbers in {code} any more.", holder.name)));
    }
    let has = numbers::held_by_area(tx, organization, asker.id)?.get(&code).copied().unwrap_or(0);
    allocation::lock_room(tx, by.organization(), &asker)?;
    // The counts first: what is let go is free only within this transaction.
    numbers::lock_counts(tx, &by.actor(), &by.organization().service, &[code])?;
    let left = BTreeMap::from([(code, holds - count)]);
    allocation::save(tx, by, holder.id, &left, Mode::AllOrNothing, now)?;
    let more = BTreeMap::from([(code, has + count)]);
    let refused = |words: String| AppError::Conflict(format!("{} cannot take them: {words}", asker.name));
    match allocation::save(tx, by, asker.id, &more, Mode::AllOrNothing, now) {
        Ok(saved) if saved.written => {}
        Ok(_) => return Err(refused("they are not free for it, such as resting ones.".into())),
        Err(AppError::Invalid(errors)) => return Err(refused(errors.to_string())),
        Err(other) => return Err(other),
    }
    ask.numbers = count;
    let words = format!("Gave {} of {} to {}", what(&ask), holder.name, asker.name);
    decided(tx, by, ask, Status::Given, ("release_given", &words), now)?;
    Ok(count)
}

/// Keeps the numbers, and says why.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is over; [`AppError::NotFound`]; a database error.
pub fn keep(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: AskId,
    answer: &str,
    now: Moment,
) -> AppResult<()> {
    let (holder, asker, mut ask) = lock_open(tx, by.organization_id(), id)?;
    ask.answer = Some(answer.to_owned());
    let words = format!("Kept {} for {}, which {} asked for: {answer}", what(&ask), holder.name, asker.name);
    decided(tx, by, ask, Status::Kept, ("release_kept", &words), now)
}

/// Takes it back.
///
/// # Errors
/// As [`keep`].
pub fn withdraw(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: AskId, now: Moment) -> AppResult<()> {
    let (holder, asker, ask) = lock_open(tx, by.organization_id(), id)?;
    let words = format!("Asked {} no more for {} for {}", holder.name, what(&ask), asker.name);
    decided(tx, by, ask, Status::Withdrawn, ("release_withdrawn", &words), now)
}
