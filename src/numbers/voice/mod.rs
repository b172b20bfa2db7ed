//! Giving the numbers that an organization owns the address that answers voice calls: asked by an OWNER for all of
//! them, done by a job, each number with its outcome. A newer request takes the place of one that is not done yet.

pub mod jobs;
mod pages;
mod routes;
mod store;

use crate::access::{Actor, Allowed, ManageOrganization};
use crate::activity;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::enqueue;
use crate::kernel::ids::{NumberId, OrganizationId, PersonId, VoiceId};
use crate::kernel::{AreaCode, E164, Moment};
use crate::numbers::{self, Why};
use crate::organizations::connection::{self, Place};
use crate::stored_enum;

pub use routes::routes;

/// What the numbers of a request say that was replaced by a newer one.
const REPLACED: &str = "A newer change of the voice address took its place.";

stored_enum! {
    /// What became of one number of a request.
    pub enum Outcome {
        /// The carrier is asked, or will be.
        Asked = "asked",
        /// The carrier set it.
        Done = "done",
        /// It has what it had.
        Failed = "failed",
    }
}

/// A request to give numbers an address.
#[derive(Debug, Clone)]
pub struct VoiceRequest {
    /// Its id.
    pub id: VoiceId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// The address; `None` takes it away.
    pub voice_url: Option<String>,
    /// Who asked.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Moment,
    /// When its last number was settled.
    pub finished_at: Option<Moment>,
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
    /// Why it failed, in our words.
    pub reason: Option<String>,
    /// The carrier's code.
    pub provider_code: Option<String>,
}

/// How many numbers of a request stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Waiting.
    pub asked: i64,
    /// Set.
    pub done: i64,
    /// Not set.
    pub failed: i64,
}

impl Tally {
    /// All of them.
    pub fn total(&self) -> i64 {
        self.asked + self.done + self.failed
    }
}

/// How the numbers of an account stand to an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many numbers there are.
    pub owned: i64,
    /// How many have this address already, as far as we know.
    pub same: i64,
    /// The last request, if there was one.
    pub last: Option<VoiceId>,
}

/// How the organization's numbers stand to the voice address it has now.
///
/// # Errors
/// A database error.
pub fn standing(conn: &mut Conn, place: &Place, voice_url: Option<&str>) -> DbResult<Standing> {
    let (owned, same) = store::counts(conn, place, voice_url)?;
    let last = store::last(conn, place.organization)?.map(|request| request.id);
    Ok(Standing { owned, same, last })
}

/// A number has this address at the carrier, set there by other means: it is taken over.
///
/// # Errors
/// A database error; [`crate::db::DbError::NotFound`] when there is no such number.
pub fn taken_over(
    tx: &mut Tx,
    by: &Actor,
    id: NumberId,
    voice_url: Option<&str>,
    now: Moment,
) -> DbResult<()> {
    store::write_voice_url(tx, by.organization(), id, voice_url)?;
    let words = match voice_url {
        Some(url) => format!("Taken over from the carrier: {url}"),
        None => "Taken over from the carrier: none".to_owned(),
    };
    numbers::voice_event(tx, by, id, true, now, Why { words: &words, ..Why::default() })
}

/// Asks for the address to be set at every number of the account the organization is connected with. Sent twice with
/// the same id, it is one request. Wake the runner after the commit.
///
/// # Errors
/// [`AppError::Conflict`] in words when the address or the count is no longer what the person saw, or when there is no
/// number; a database error.
pub fn ask(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: VoiceId,
    seen: (Option<&str>, i64),
    now: Moment,
) -> AppResult<VoiceId> {
    let (organization, actor) = (by.organization_id(), by.actor());
    // Looked for under the lock: sent twice at once it is one too.
    let place = connection::lock(tx, by)?;
    if let Some(earlier) = store::find(tx, organization, id)? {
        return Ok(earlier.id);
    }
    let voice_url = connection::find(tx, &place)?.voice_url;
    let numbers = store::numbers_at(tx, &place)?;
    if (voice_url.as_deref(), i64::try_from(numbers.len()).unwrap_or(i64::MAX)) != seen {
        let words =
            "The voice address or the numbers changed meanwhile. Nothing was done; look at the page again.";
        return Err(AppError::Conflict(words.into()));
    }
    if numbers.is_empty() {
        return Err(AppError::Conflict("There is no number to set it at.".into()));
    }
    store::replace_open(tx, organization, REPLACED, now)?;
    store::insert(tx, organization, id, voice_url.as_deref(), by.person_id(), now)?;
    store::insert_lines(tx, id, &numbers)?;
    enqueue(
        tx,
        Some(organization),
        &jobs::SetVoice { organization_id: organization, voice_id: id },
        now,
        now,
    )?;
    let numbers = crate::web::format::plural(numbers.len() as u64, "number", "numbers");
    let words = match &voice_url {
        Some(url) => format!("Asked to set the voice address of {numbers} to {url}"),
        None => format!("Asked to take away the voice address of {numbers}"),
    };
    activity::record(tx, &actor, "voice_asked", &address(id), &words, now)?;
    Ok(id)
}

/// Asks again for the numbers of a request that failed.
///
/// # Errors
/// [`AppError::Conflict`] in words when a newer request took its place or nothing failed; [`AppError::NotFound`]; a
/// database error.
pub fn try_again(tx: &mut Tx, by: &Allowed<ManageOrganization>, id: VoiceId, now: Moment) -> AppResult<i64> {
    let organization = by.organization_id();
    connection::lock(tx, by)?;
    let request = find(tx, organization, id)?;
    if store::last(tx, organization)?.is_some_and(|last| last.id != id) {
        return Err(AppError::Conflict(REPLACED.into()));
    }
    let again = store::ask_failed_again(tx, request.id)?;
    if again == 0 {
        return Err(AppError::Conflict("None of its numbers failed.".into()));
    }
    enqueue(
        tx,
        Some(organization),
        &jobs::SetVoice { organization_id: organization, voice_id: id },
        now,
        now,
    )?;
    let numbers = crate::web::format::plural(again.unsigned_abs(), "number", "numbers");
    let words = format!("Asked again to set the voice address of {numbers}");
    activity::record(tx, &by.actor(), "voice_asked", &address(id), &words, now)?;
    Ok(again)
}

/// A request of the organization.
///
/// # Errors
/// [`AppError::NotFound`] when there is none; a database error.
pub fn find(conn: &mut Conn, organization: OrganizationId, id: VoiceId) -> AppResult<VoiceRequest> {
    store::find(conn, organization, id)?.ok_or(AppError::NotFound)
}

/// Its page, below the organization's address.
fn address(id: VoiceId) -> String {
    format!("/voice/{id}")
}
