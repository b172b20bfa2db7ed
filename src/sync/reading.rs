//! What differs, read against the books as they are now.

use std::collections::BTreeMap;

use super::differences::store::{self as rows, Wanted};
use super::model::{Difference, Kind, Seen, SyncRun};
use super::{CompareNumbers, differences::MendDifferences, store};
use crate::access::{Allowed, SyncNumbers};
use crate::db::{Conn, DbResult};
use crate::jobs;
use crate::kernel::ids::{NumberId, ServiceId};
use crate::kernel::{E164, Micros};
use crate::messaging;
use crate::numbers::{self, Filter, Number, Status, at_carrier};
use crate::organizations::connection::{self, Place};
use crate::purchasing;

/// Differences of a kind that a page shows.
pub const ROWS: i64 = 50;
/// Comparisons that a page shows.
const RUNS: i64 = 5;

/// What our books say of the things that are compared.
pub(super) struct Books {
    /// The messaging services at the carrier by their id there: the names that the carrier gave.
    pub(super) names: Vec<(String, String)>,
    /// Ours among them.
    services: BTreeMap<ServiceId, String>,
}

impl Books {
    pub(super) fn read(conn: &mut Conn, place: &Place, names: &[(String, String)]) -> DbResult<Books> {
        let services = messaging::at_carrier(conn, place)?
            .into_iter()
            .filter_map(|service| Some((service.id, service.remote_id?.as_str().to_owned())))
            .collect();
        Ok(Books { names: names.to_vec(), services })
    }
    /// The carrier's id of the messaging service that a number is in by our books.
    pub(super) fn pool_of(&self, number: &Number) -> Option<&str> {
        let service = number.facts.messaging_service?;
        self.services.get(&service).map(String::as_str)
    }
    /// What answers voice calls to it by our books.
    pub(super) fn voice_of<'a>(&self, number: &'a Number) -> Option<&'a str> {
        number.voice_url.as_deref().filter(|url| !url.is_empty())
    }
    /// Whether a difference is still one.
    fn still_differ(&self, number: &Number, difference: &Difference) -> bool {
        number.facts.leaving_at.is_none()
            && match difference.kind {
                Kind::Pool => self.pool_of(number) != difference.theirs.service_sid.as_deref(),
                Kind::Voice => self.voice_of(number) != difference.theirs.voice_url.as_deref(),
                Kind::Unknown | Kind::Missing => true,
            }
    }
}

/// Those of what the carrier listed that nobody here has, and that no order is just buying.
pub(super) fn unknown_of(conn: &mut Conn, place: &Place, mut seen: Vec<Seen>) -> DbResult<Vec<Seen>> {
    let ids: Vec<String> = seen.iter().map(|seen| seen.remote_id.clone()).collect();
    let known = at_carrier::known(conn, place, &ids)?;
    seen.retain(|seen| known.iter().all(|known| known.remote_id != seen.remote_id));
    let numbers: Vec<E164> = seen.iter().map(|seen| seen.phone_number).collect();
    let bought = purchasing::being_bought(conn, &place.service, &place.account, &numbers)?;
    seen.retain(|seen| {
        let owned = seen.owned();
        bought.iter().all(|one| one.phone_number != seen.phone_number || !one.is_ours(&owned))
    });
    Ok(seen)
}

/// Whether somebody may see and adopt what is nobody's: in an account that several organizations share, that is for
/// who runs Numberbank.
///
/// # Errors
/// A database error.
pub fn sees_unknown(conn: &mut Conn, by: &Allowed<SyncNumbers>) -> DbResult<bool> {
    Ok(by.is_operator() || connection::sharing(conn, &connection::place_of(by))?.is_empty())
}

/// A difference beside the number of ours that it is about.
#[derive(Debug, Clone)]
pub struct Beside {
    /// What differs.
    pub difference: Difference,
    /// Ours.
    pub number: Number,
    /// The name of the messaging service it is in by our books.
    pub our_service: Option<String>,
    /// Whether the messaging service it is in at the carrier is known here.
    pub their_service_known: bool,
}

/// A stretch of a long list.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// How many there are in all.
    pub total: i64,
    /// What all of them cost a month together, where the carrier said it of each.
    pub cost: Option<Micros>,
    /// Where the next stretch begins.
    pub next: Option<E164>,
}

/// Everything there is to see.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The comparison that is under way.
    pub running: Option<SyncRun>,
    /// What it waits for, if it does.
    pub waits: Option<String>,
    /// Those that ended, newest first.
    pub ended: Vec<SyncRun>,
    /// The numbers at the carrier that are unknown here; `None` when that is not this person's business.
    pub unknown: Option<Slice<Difference>>,
    /// Those that are not wanted to be heard of.
    pub ignored: Vec<Difference>,
    /// Ours that the carrier does not have any more.
    pub lost: Vec<Number>,
    /// Whether there are more of them.
    pub more_lost: bool,
    /// Messaging services that differ.
    pub pools: Vec<Beside>,
    /// How many there are in all.
    pub pools_total: i64,
    /// Voice addresses that differ.
    pub voices: Vec<Beside>,
    /// How many there are in all.
    pub voices_total: i64,
    /// About how many something is being done.
    pub at_work: i64,
    /// What that waits for, if it does.
    pub work_waits: Option<String>,
}

/// Reads how things stand.
///
/// # Errors
/// A database error.
pub fn overview(conn: &mut Conn, by: &Allowed<SyncNumbers>, after: Option<E164>) -> DbResult<Overview> {
    let place = connection::place_of(by);
    let organization = by.organization_id();
    let running = store::open(conn, organization)?;
    let comparing = jobs::open_by_key(conn, &CompareNumbers::key(organization))?;
    let mending = jobs::open_by_key(conn, &MendDifferences::key(organization))?;
    let waits = |job: Option<jobs::JobRow>| {
        job.filter(|job| job.run_after > by.times().now).and_then(|job| job.message)
    };
    let mut ended = store::last(conn, &place, RUNS + 1)?;
    ended.retain(|run| run.finished_at.is_some());
    let sees = sees_unknown(conn, by)?;
    let unknown = if sees { Some(unknown(conn, &place, after)?) } else { None };
    let ignored = Wanted { ignored: true, ..Wanted::of(Kind::Unknown) };
    let ignored = if sees { rows::list(conn, &place, &ignored, ROWS)? } else { Vec::new() };
    let lost = Filter { status: Some(Status::Lost), ..Filter::default() };
    let mut lost = numbers::list(conn, organization, &lost, ROWS + 1)?;
    let more_lost = i64::try_from(lost.len()).is_ok_and(|lost| lost > ROWS);
    if more_lost {
        lost.pop();
    }
    let (pools, pools_total) = beside(conn, &place, Kind::Pool)?;
    let (voices, voices_total) = beside(conn, &place, Kind::Voice)?;
    Ok(Overview {
        running,
        waits: waits(comparing),
        ended,
        unknown,
        ignored,
        lost,
        more_lost,
        pools,
        pools_total,
        voices,
        voices_total,
        at_work: rows::count_asked(conn, organization)?,
        work_waits: waits(mending),
    })
}

fn unknown(conn: &mut Conn, place: &Place, after: Option<E164>) -> DbResult<Slice<Difference>> {
    let wanted = Wanted { after, ..Wanted::of(Kind::Unknown) };
    let total = rows::count(conn, place, &Wanted::of(Kind::Unknown))?;
    let mut found = rows::list(conn, place, &wanted, ROWS + 1)?;
    let more = i64::try_from(found.len()).is_ok_and(|found| found > ROWS);
    if more {
        found.pop();
    }
    let next = found.last().map(|last| last.theirs.phone_number).filter(|_| more);
    // Some may be known since, or be bought just now.
    let still = unknown_of(conn, place, found.iter().map(|one| one.theirs.clone()).collect())?;
    let before = found.len();
    found
        .retain(|one| one.asked.is_some() || still.iter().any(|seen| seen.remote_id == one.theirs.remote_id));
    let gone = i64::try_from(before - found.len()).unwrap_or(0);
    let cost = match (&after, next) {
        // All of them are here.
        (None, None) => found.iter().map(|one| one.theirs.monthly_price).sum(),
        _ => rows::cost(conn, place, &Wanted::of(Kind::Unknown))?,
    };
    Ok(Slice { rows: found, total: total - gone, cost, next })
}

fn beside(conn: &mut Conn, place: &Place, kind: Kind) -> DbResult<(Vec<Beside>, i64)> {
    let wanted = Wanted::of(kind);
    let total = rows::count(conn, place, &wanted)?;
    let found = rows::list(conn, place, &wanted, ROWS)?;
    let ids: Vec<NumberId> = found.iter().filter_map(|one| one.number_id).collect();
    let services = messaging::at_carrier(conn, place)?;
    let books = Books::read(conn, place, &[])?;
    let numbers = numbers::of_ids(conn, place.organization, &ids)?;
    let before = found.len();
    let kept: Vec<Beside> = found
        .into_iter()
        .filter_map(|difference| {
            let number = numbers.iter().find(|number| Some(number.id) == difference.number_id)?.clone();
            let known = |sid: &str| {
                services.iter().any(|service| service.remote_id.as_ref().is_some_and(|id| id.as_str() == sid))
            };
            let at = number.facts.messaging_service;
            let keep = difference.asked.is_some() || books.still_differ(&number, &difference);
            keep.then(|| Beside {
                our_service: services
                    .iter()
                    .find(|service| Some(service.id) == at)
                    .map(|service| service.name.clone()),
                their_service_known: difference.theirs.service_sid.as_deref().is_none_or(known),
                difference,
                number,
            })
        })
        .collect();
    let gone = i64::try_from(before - kept.len()).unwrap_or(0);
    Ok((kept, total - gone))
}
