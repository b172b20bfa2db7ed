//! What an owner does about what differs: unknown numbers are adopted or ignored, lost ones cleared, what differs is
//! mended either way. What needs the carrier is written down first and done by a job, one by one, each with its
//! outcome.

pub mod jobs;
pub(super) mod store;

use super::model::{Asked, Kind};
use super::{PAGE, reading};
use crate::access::{Allowed, SyncNumbers};
use crate::activity;
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::enqueue;
use crate::kernel::Moment;
use crate::kernel::ids::{DifferenceId, NumberId};
use crate::ledger;
use crate::numbers::{self, Hold, Why, at_carrier};
use crate::organizations::connection;
use crate::web::format::plural;
use store::Wanted;

pub use jobs::MendDifferences;

/// Which differences somebody has in mind.
#[derive(Debug, Clone)]
pub enum Which {
    /// These.
    These(Vec<DifferenceId>),
    /// All of the kind.
    All,
}

/// The longest reason that is written down.
pub const LONGEST_REASON: usize = 200;

fn wanted<'a>(kind: Kind, which: &'a Which) -> Wanted<'a> {
    let ids = match which {
        Which::These(ids) => Some(ids.as_slice()),
        Which::All => None,
    };
    Wanted { ids, ..Wanted::of(kind) }
}

fn refused() -> AppError {
    AppError::Forbidden(
        "Several organizations share this carrier account. What belongs to none of them is adopted or ignored by \
         those who run Numberbank."
            .into(),
    )
}

/// Asks for unknown numbers to be adopted; answers how many. Wake the runner after the commit.
///
/// # Errors
/// [`AppError::Forbidden`] in an account that is shared, for whoever does not run Numberbank; a database error.
pub fn adopt(tx: &mut Tx, by: &Allowed<SyncNumbers>, which: &Which, now: Moment) -> AppResult<usize> {
    if !reading::sees_unknown(tx, by)? {
        return Err(refused());
    }
    let count = ask(tx, by, Kind::Unknown, which, Asked::Adopt, now)?;
    if count > 0 {
        let words =
            format!("Asked to adopt {} found at the carrier", plural(count as u64, "number", "numbers"));
        activity::record(tx, &by.actor(), "adoption_asked", PAGE, &words, now)?;
    }
    Ok(count)
}

/// How many unknown numbers could be adopted now.
///
/// # Errors
/// A database error.
pub fn adoptable(conn: &mut Conn, by: &Allowed<SyncNumbers>) -> AppResult<usize> {
    let place = connection::place_of(by);
    Ok(store::idle(conn, &place, &Wanted::of(Kind::Unknown))?.len())
}

/// Asks for what differs to be mended; answers how many. Wake the runner after the commit.
///
/// # Errors
/// [`AppError::BadRequest`] for a kind that is not mended so; a database error.
pub fn mend(
    tx: &mut Tx,
    by: &Allowed<SyncNumbers>,
    kind: Kind,
    which: &Which,
    way: Asked,
    now: Moment,
) -> AppResult<usize> {
    let (what, done) = match (kind, way) {
        (Kind::Pool, Asked::Ours) => ("messaging service", "set at the carrier as it is here"),
        (Kind::Pool, Asked::Theirs) => ("messaging service", "taken over from the carrier"),
        (Kind::Voice, Asked::Ours) => ("voice address", "set at the carrier as it is here"),
        (Kind::Voice, Asked::Theirs) => ("voice address", "taken over from the carrier"),
        _ => return Err(AppError::BadRequest("Choose which way it is to be mended.".into())),
    };
    let count = ask(tx, by, kind, which, way, now)?;
    if count > 0 {
        let words =
            format!("Asked for the {what} of {} to be {done}", plural(count as u64, "number", "numbers"));
        activity::record(tx, &by.actor(), "difference_mended", PAGE, &words, now)?;
    }
    Ok(count)
}

fn ask(
    tx: &mut Tx,
    by: &Allowed<SyncNumbers>,
    kind: Kind,
    which: &Which,
    asked: Asked,
    now: Moment,
) -> AppResult<usize> {
    let ids = store::idle(tx, &connection::place_of(by), &wanted(kind, which))?;
    let count = store::ask(tx, &ids, asked, by.person_id(), now)?;
    if count > 0 {
        let job = MendDifferences { organization_id: by.organization_id() };
        enqueue(tx, Some(by.organization_id()), &job, now, now)?;
    }
    Ok(count)
}

/// No longer mentions unknown numbers but in a folded list; answers how many.
///
/// # Errors
/// As [`adopt`].
pub fn ignore(tx: &mut Tx, by: &Allowed<SyncNumbers>, which: &Which, now: Moment) -> AppResult<usize> {
    if !reading::sees_unknown(tx, by)? {
        return Err(refused());
    }
    let place = connection::place_of(by);
    let ids = store::idle(tx, &place, &wanted(Kind::Unknown, which))?;
    let chosen = Wanted { ids: Some(&ids), ..Wanted::of(Kind::Unknown) };
    let remote: Vec<String> = store::list(tx, &place, &chosen, i64::MAX)?
        .into_iter()
        .map(|difference| difference.theirs.remote_id)
        .collect();
    store::ignore(tx, &place, &remote, by.person_id(), now)?;
    if !remote.is_empty() {
        let words =
            format!("Ignored {} found at the carrier", plural(remote.len() as u64, "number", "numbers"));
        activity::record(tx, &by.actor(), "unknown_ignored", PAGE, &words, now)?;
    }
    Ok(remote.len())
}

/// Mentions ignored numbers again; answers how many.
///
/// # Errors
/// As [`adopt`].
pub fn unignore(tx: &mut Tx, by: &Allowed<SyncNumbers>, ids: &[DifferenceId]) -> AppResult<usize> {
    if !reading::sees_unknown(tx, by)? {
        return Err(refused());
    }
    let place = connection::place_of(by);
    let wanted = Wanted { ignored: true, ids: Some(ids), ..Wanted::of(Kind::Unknown) };
    let remote: Vec<String> = store::list(tx, &place, &wanted, i64::MAX)?
        .into_iter()
        .map(|difference| difference.theirs.remote_id)
        .collect();
    Ok(store::unignore(tx, &place, &remote)?)
}

/// Takes lost numbers out of the inventory for good, as released ones are, with a reason. A campaign that held one
/// holds it no more. Answers how many.
///
/// # Errors
/// [`AppError::Invalid`] naming the field `reason` when it is too long; a database error.
pub fn clear(
    tx: &mut Tx,
    by: &Allowed<SyncNumbers>,
    ids: &[NumberId],
    reason: &str,
    now: Moment,
) -> AppResult<usize> {
    let reason = reason.trim();
    if reason.chars().count() > LONGEST_REASON {
        let words = format!("A reason has at most {LONGEST_REASON} characters.");
        return Err(AppError::Invalid(crate::error::FieldErrors::one("reason", words)));
    }
    let actor = by.actor();
    let mut cleared = Vec::new();
    for id in ids {
        let why = Why { words: reason, ..Why::default() };
        let Some(was) = at_carrier::clear(tx, &actor, *id, now, why)? else { continue };
        if matches!(was.facts.held, Some((_, Hold::InUse))) {
            ledger::end_use(tx, &actor, &[was.id], now)?;
        }
        cleared.push(was);
    }
    if !cleared.is_empty() {
        let words =
            format!("Cleared {} that the carrier does not have any more", numbers::marks::these(&cleared));
        let words = if reason.is_empty() { words } else { format!("{words}: {reason}") };
        activity::record(tx, &actor, "lost_cleared", PAGE, &words, now)?;
    }
    Ok(cleared.len())
}
