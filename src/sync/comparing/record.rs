//! Writing down what a comparison found, and its end.

use std::time::Duration;

use super::super::differences::store as differences;
use super::super::model::{self, Difference, Kind, Outcome, Seen, Step, SyncRun};
use super::super::{PAGE, reading, store};
use crate::access::Actor;
use crate::db::Tx;
use crate::error::{AppError, AppResult};
use crate::jobs::JobError;
use crate::kernel::Moment;
use crate::kernel::ids::{DifferenceId, NumberId};
use crate::numbers::{self, Change, Hold, Number, Why};
use crate::organizations::connection;
use crate::providers::{ErrorKind, ProviderError};
use crate::web::format::plural;
use crate::{activity, campaigns};

pub(super) fn difference(
    kind: Kind,
    number: Option<NumberId>,
    theirs: Seen,
    names: &[(String, String)],
) -> Difference {
    let name = |sid: &String| names.iter().find(|(of, _)| of == sid).map(|(_, name)| name.clone());
    Difference {
        id: DifferenceId::new(),
        kind,
        service_name: theirs.service_sid.as_ref().and_then(name),
        theirs,
        number_id: number,
        asked: None,
        problem: None,
    }
}

/// What differs about one of ours.
pub(super) fn compared(
    number: &Number,
    theirs: Option<&Seen>,
    books: &reading::Books,
    (pools, voice): (bool, bool),
) -> Vec<Difference> {
    // The carrier is being asked to take it back: whatever it says now is no news.
    if number.facts.leaving_at.is_some() {
        return Vec::new();
    }
    let Some(theirs) = theirs else {
        let known = number.facts.lost_at.is_some();
        let gone = Seen {
            remote_id: number.service_id.clone(),
            phone_number: number.phone_number,
            client_ref: None,
            created_at: number.bought_at,
            monthly_price: Some(number.monthly_price),
            voice_url: None,
            service_sid: None,
            sms: true,
        };
        let missing = difference(Kind::Missing, Some(number.id), gone, &[]);
        return if known { Vec::new() } else { vec![missing] };
    };
    let differs = |kind| difference(kind, Some(number.id), theirs.clone(), &books.names);
    let mut differ = Vec::new();
    if pools && books.pool_of(number) != theirs.service_sid.as_deref() {
        differ.push(differs(Kind::Pool));
    }
    if voice && books.voice_of(number) != theirs.voice_url.as_deref() {
        differ.push(differs(Kind::Voice));
    }
    differ
}

/// The carrier does not have it any more. A draft that had reserved it lets go of it and is told; a campaign that has
/// it in use keeps it, so that it is where it was when it comes back.
pub(super) fn lose(tx: &mut Tx, at: &SyncRun, id: NumberId, now: Moment) -> AppResult<bool> {
    // Until it is marked a draft may reserve it: then that draft lets go of it first, and is told.
    for _ in 0..TRIES {
        match try_to_lose(tx, at, id, now)? {
            Lost::Now => return Ok(true),
            Lost::Gone => return Ok(false),
            Lost::Changed => {}
        }
    }
    // The next comparison finds it missing again.
    Ok(false)
}

/// So often a number is looked at anew that somebody reserves meanwhile.
const TRIES: usize = 3;

enum Lost {
    Now,
    /// It is not ours to lose any more.
    Gone,
    /// Somebody changed it meanwhile.
    Changed,
}

fn try_to_lose(tx: &mut Tx, at: &SyncRun, id: NumberId, now: Moment) -> AppResult<Lost> {
    let by = Actor::from_row(at.organization(), at.asked_by);
    let number = numbers::find(tx, at.organization(), id)?;
    let here = |number: &Number| number.facts.lost_at.is_none() && number.facts.leaving_at.is_none();
    if number.released_at.is_some() || !here(&number) {
        return Ok(Lost::Gone);
    }
    if let Some((campaign, Hold::Reserved)) = number.facts.held {
        campaigns::lock(tx, at.organization(), campaign)?;
        let words = "The carrier does not have it any more.";
        let reserved = |number: &Number| number.facts.held == Some((campaign, Hold::Reserved));
        let why = Why::campaign(campaign, words);
        let freed = numbers::change(tx, &by, &[id], Change::Unreserve, now, why, reserved)?;
        if !freed.is_empty() {
            let notice = format!(
                "{} was reserved for it, and the carrier does not have it any more: the campaign has let go of it. \
                 Look at the area codes again.",
                number.phone_number.national()
            );
            campaigns::set_notice(tx, &by, campaign, Some(&notice))?;
        }
    }
    let words = "The carrier did not list it and does not know its id.";
    let why = Why { words, ..Why::default() };
    let unreserved = |number: &Number| !matches!(number.facts.held, Some((_, Hold::Reserved)));
    let lost = numbers::change(tx, &by, &[id], Change::Lose(now), now, why, |number| {
        here(number) && unreserved(number)
    })?;
    Ok(if lost.is_empty() { Lost::Changed } else { Lost::Now })
}

/// The end of a complete comparison.
pub(super) fn complete(tx: &mut Tx, mut at: SyncRun, more: &str, now: Moment) -> AppResult<()> {
    let alone = connection::sharing(tx, &at.place)?.is_empty();
    // In a shared account it is nobody's business how much is nobody's.
    let unknown = if alone { Some(differences::count_of_run(tx, at.id, &[Kind::Unknown])?) } else { None };
    let differing = differences::count_of_run(tx, at.id, &[Kind::Pool, Kind::Voice])?;
    let words = model::found(&at, unknown, differing) + more;
    differences::replace_by(tx, &at)?;
    if at.lost + at.found > 0 {
        let by = Actor::from_row(at.organization(), at.asked_by);
        let lost = match (at.lost, at.found) {
            (0, found) => {
                format!("Sync found {} again", plural(found.unsigned_abs(), "lost number", "lost numbers"))
            }
            (lost, _) => format!("Sync found {} lost", plural(lost.unsigned_abs(), "number", "numbers")),
        };
        activity::record(tx, &by, "sync_ended", PAGE, &lost, now)?;
    }
    (at.step, at.position) = (Step::Done, None);
    end(tx, at, Outcome::Complete, words, now)
}

pub(super) fn end(
    tx: &mut Tx,
    mut at: SyncRun,
    outcome: Outcome,
    words: String,
    now: Moment,
) -> AppResult<()> {
    if outcome != Outcome::Complete {
        differences::forget_of(tx, at.id)?;
    }
    store::forget_seen(tx, at.id)?;
    (at.outcome, at.words, at.finished_at) = (outcome, words, Some(now));
    Ok(store::update(tx, &at)?)
}

/// What a carrier's refusal means for work whose every step may be repeated.
pub(in crate::sync) fn job_error(error: ProviderError) -> JobError {
    match error.kind {
        _ if error.broken_connection() => AppError::Provider(error).into(),
        ErrorKind::RateLimited(after) => {
            JobError::Later { words: error.to_string(), after: after.unwrap_or(Duration::from_secs(2)) }
        }
        ErrorKind::Transient | ErrorKind::AnswerLost | ErrorKind::Unknown => {
            JobError::Retry { words: said(&error), after: None }
        }
        _ => JobError::Fail(said(&error)),
    }
}

/// A refusal in our words, then the carrier's.
pub(in crate::sync) fn said(error: &ProviderError) -> String {
    match (error.carrier_code(), error.carrier_words()) {
        (Some(code), Some(words)) => format!("{error} (the carrier says {code}: {words})"),
        _ => error.to_string(),
    }
}
