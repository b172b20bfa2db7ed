//! Giving numbers back to the carrier for good, by an OWNER: asked with the exact list, done one by one by a job, each
//! with its outcome. One in a messaging service is taken out of it first. One refusal leaves the others untouched.

pub mod jobs;
mod pages;
mod routes;
mod store;

use std::collections::BTreeMap;

use crate::access::{Actor, Allowed, ReleaseNumbers};
use crate::activity;
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::enqueue;
use crate::kernel::ids::{NumberId, OrganizationId, PersonId, ReleaseId, ServiceId};
use crate::kernel::{AreaCode, E164, Moment};
use crate::numbers::{self, Change, Number, Status, Why};
use crate::providers::RemoteServiceId;
use crate::stored_enum;

pub use routes::routes;

/// The most numbers one request may give back.
pub const MOST: usize = 1_000;

stored_enum! {
    /// What became of one number of a request.
    pub enum Outcome {
        /// The carrier is asked, or will be.
        Asked = "asked",
        /// The carrier took it back.
        Released = "released",
        /// It stays ours.
        Kept = "kept",
    }
}

/// One number of a request.
#[derive(Debug, Clone)]
pub struct Line {
    /// The number.
    pub number_id: NumberId,
    /// Its phone number.
    pub phone_number: E164,
    /// Its area code.
    pub area_code: AreaCode,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was kept, in our words.
    pub reason: Option<String>,
    /// The carrier's code.
    pub provider_code: Option<String>,
    /// The messaging service it is taken out of first, by the carrier's id.
    pub leaves_service: Option<RemoteServiceId>,
    /// When it was out.
    pub left_service_at: Option<Moment>,
}

/// A request to give numbers back.
#[derive(Debug, Clone)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// Who asked.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Moment,
    /// When its last number was settled.
    pub finished_at: Option<Moment>,
}

/// Why a number cannot be given back as it stands; `None` when it can. One in a messaging service is taken out of it
/// first; it must be named for that, not be one of many.
pub fn excluded(number: &Number, named: bool) -> Option<&'static str> {
    match number.status() {
        Status::Available => None,
        Status::Attached if number.facts.resting_until.is_some() => {
            Some("rests after a campaign, late replies still arrive: end its rest first")
        }
        Status::Attached if named => None,
        Status::InUse => Some("in use by a campaign: archive the campaign and give its numbers back first"),
        Status::Reserved => Some("reserved for a campaign: let go of it there first"),
        Status::Attached => Some(
            "sits in a messaging service, where replies arrive: choose it itself to release it all the same",
        ),
        Status::Resting => Some("rests after a campaign, late replies still arrive: end its rest first"),
        Status::Leaving => Some("its release was asked already"),
        Status::Lost => Some("the carrier does not have it any more"),
    }
}

/// What an OWNER asks to give back, split into what can go and what stays, and why.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    /// What would go, in the order of numbers.
    pub going: Vec<Number>,
    /// What stays, with the reason.
    pub staying: Vec<(Number, &'static str)>,
}

impl Proposal {
    /// Of these numbers, which were named one by one or not.
    pub fn of(numbers: Vec<Number>, named: bool) -> Proposal {
        let mut proposal = Proposal::default();
        for number in numbers {
            match excluded(&number, named) {
                None => proposal.going.push(number),
                Some(why) => proposal.staying.push((number, why)),
            }
        }
        proposal
    }
}

/// Which numbers an OWNER has in mind.
#[derive(Debug, Clone)]
pub enum Scope {
    /// These.
    Numbers(Vec<NumberId>),
    /// All of an area code; only its available ones go.
    AreaCode(AreaCode),
}

/// What giving back would do. At most [`MOST`] numbers of an area code are looked at.
///
/// # Errors
/// A database error.
pub fn propose(conn: &mut Conn, by: &Allowed<ReleaseNumbers>, scope: &Scope) -> AppResult<Proposal> {
    let organization = by.organization_id();
    let named = matches!(scope, Scope::Numbers(_));
    let numbers = match scope {
        Scope::Numbers(ids) => numbers::of_ids(conn, organization, ids)?,
        Scope::AreaCode(area_code) => {
            let filter = numbers::Filter { area_code: Some(*area_code), ..numbers::Filter::default() };
            numbers::list(conn, organization, &filter, i64::try_from(MOST).unwrap_or(i64::MAX))?
        }
    };
    Ok(Proposal::of(numbers, named))
}

/// The carrier's ids of the messaging services that numbers are taken out of before they go.
pub type Pools = BTreeMap<ServiceId, RemoteServiceId>;

/// Asks for the release of exactly these numbers: they are leaving from now on, and a job asks the carrier. `pools`
/// says what the carrier calls the messaging services that they are in. Sent twice with the same id, it is one request.
///
/// # Errors
/// [`AppError::Conflict`] in words when one of them cannot go any more, and then nothing is asked;
/// [`AppError::BadRequest`] for none or more than [`MOST`]; a database error.
pub fn ask(
    tx: &mut Tx,
    by: &Allowed<ReleaseNumbers>,
    id: ReleaseId,
    ids: &[NumberId],
    pools: &Pools,
    now: Moment,
) -> AppResult<ReleaseId> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(AppError::BadRequest(format!("Choose 1 to {MOST} numbers to release.")));
    }
    if let Some(earlier) = store::find(tx, by.organization_id(), id)? {
        return Ok(earlier.id);
    }
    begin(tx, &by.actor(), by.person_id(), id, ids, pools, now)
}

/// Asks for the release of numbers that somebody planned for today, in their name: a job does.
///
/// # Errors
/// As [`ask`].
pub(in crate::numbers) fn ask_planned(
    tx: &mut Tx,
    actor: &Actor,
    asked_by: PersonId,
    ids: &[NumberId],
    pools: &Pools,
    now: Moment,
) -> AppResult<ReleaseId> {
    begin(tx, actor, asked_by, ReleaseId::new(), ids, pools, now)
}

fn begin(
    tx: &mut Tx,
    actor: &Actor,
    asked_by: PersonId,
    id: ReleaseId,
    ids: &[NumberId],
    pools: &Pools,
    now: Moment,
) -> AppResult<ReleaseId> {
    let organization = actor.organization();
    let why = Why { words: "", campaign: None, order: None };
    let leaving = numbers::change(tx, actor, ids, Change::Leave(now), now, why, |number| {
        excluded(number, true).is_none()
    })?;
    if leaving.len() != ids.len() {
        // Sent twice at once, the first was written while this waited for the numbers.
        if let Some(earlier) = store::find(tx, organization, id)?
            && leaving.is_empty()
        {
            return Ok(earlier.id);
        }
        // Returning an error takes back what was written.
        let words = format!(
            "{} of the {} numbers changed meanwhile and cannot be released now. Nothing was released; look at the list again.",
            ids.len() - leaving.len(),
            ids.len()
        );
        return Err(AppError::Conflict(words));
    }
    store::insert(tx, organization, id, asked_by, now)?;
    let lines: Vec<(NumberId, Option<&RemoteServiceId>)> = leaving
        .iter()
        .map(|number| (number.id, number.facts.messaging_service.and_then(|service| pools.get(&service))))
        .collect();
    store::insert_lines(tx, id, &lines)?;
    let job = jobs::ReleaseNumbers { organization_id: organization, release_id: id };
    enqueue(tx, Some(organization), &job, now, now)?;
    let words =
        format!("Asked to release {} {}", ids.len(), if ids.len() == 1 { "number" } else { "numbers" });
    activity::record(tx, actor, "release_asked", &format!("/phone-numbers/releases/{id}"), &words, now)?;
    Ok(id)
}

/// A request of the organization.
///
/// # Errors
/// [`AppError::NotFound`] when there is none; a database error.
pub fn find(conn: &mut Conn, organization: OrganizationId, id: ReleaseId) -> AppResult<Release> {
    store::find(conn, organization, id)?.ok_or(AppError::NotFound)
}

/// The numbers of a request with their outcome, in the order of numbers.
///
/// # Errors
/// A database error.
pub fn lines(conn: &mut Conn, id: ReleaseId) -> AppResult<Vec<Line>> {
    Ok(store::lines(conn, id)?)
}
