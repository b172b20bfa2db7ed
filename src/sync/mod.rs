//! What the carrier has against what is here. A comparison reads the carrier's whole list, page by page, and changes
//! nothing by itself but two things: a number of ours that the complete list does not have, and that the carrier does
//! not know by its id either, is marked lost; a lost one that is listed again is back. All else that differs is shown
//! and left to an owner ([`differences`]): unknown numbers are adopted or ignored, what differs is mended either way.
//! Numbers of other organizations of the same account are never named; those of nobody only to an operator then.

pub mod comparing;
pub mod differences;
pub mod model;
mod pages;
mod reading;
mod routes;
mod store;

use std::time::Duration;

use chrono::TimeDelta;

use crate::access::{Allowed, SyncNumbers};
use crate::activity;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{Kinds, Runner, enqueue, open_by_key};
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, PersonId, SyncId};
use crate::organizations::connection::{self, Place};
use crate::state::App;

pub use comparing::{CompareAll, CompareNumbers};
pub use model::{Asked, Difference, Kind, Outcome, Step, SyncRun};
pub use routes::routes;

/// The page, below the organization's address.
pub const PAGE: &str = "/sync";

/// Lets the organization be compared with its carrier. One that is under way is left to end. Wake the runner after
/// the commit.
///
/// # Errors
/// A database error.
pub fn ask(tx: &mut Tx, by: &Allowed<SyncNumbers>, now: Moment) -> AppResult<SyncId> {
    let (place, open) = (connection::place_of(by), store::open(tx, by.organization_id())?);
    let id = begin(tx, &place, Some(by.person_id()), now)?;
    if open.is_none() {
        activity::record(tx, &by.actor(), "sync_asked", PAGE, "Asked to sync with the carrier", now)?;
    }
    Ok(id)
}

/// Begins a comparison, or answers the one that is under way.
///
/// # Errors
/// A database error.
pub fn begin(tx: &mut Tx, place: &Place, by: Option<PersonId>, now: Moment) -> DbResult<SyncId> {
    let new = SyncRun::new(place.clone(), by, now);
    let id = match store::open(tx, place.organization)? {
        Some(open) => open.id,
        None if store::insert(tx, &new)? => new.id,
        None => store::open(tx, place.organization)?.map_or(new.id, |open| open.id),
    };
    let job = CompareNumbers { organization_id: place.organization, run_id: id };
    enqueue(tx, Some(place.organization), &job, now, now)?;
    Ok(id)
}

/// A comparison of the organization.
///
/// # Errors
/// [`crate::db::DbError::NotFound`] when there is none.
pub fn find(conn: &mut Conn, organization: OrganizationId, id: SyncId) -> DbResult<SyncRun> {
    store::find(conn, organization, id)
}

/// The last comparisons with an account, newest first.
///
/// # Errors
/// A database error.
pub fn last(conn: &mut Conn, place: &Place, limit: i64) -> DbResult<Vec<SyncRun>> {
    store::last(conn, place, limit)
}

/// How long a command waits between two looks at a comparison that another instance works on.
const LOOK: Duration = Duration::from_millis(300);
/// A pause of a carrier that a command does not wait for.
const LONG: TimeDelta = TimeDelta::minutes(3);

/// Compares an organization with its carrier and answers how that ended: for the console. One that is under way is
/// gone on with, or waited for when another instance has it.
///
/// # Errors
/// [`AppError::Conflict`] in words when it must wait for something; a database error.
pub async fn at_once(app: &App, place: &Place) -> AppResult<SyncRun> {
    let (at, now) = (place.clone(), app.clock.now());
    let id = app.db.write(move |tx| begin(tx, &at, None, now)).await?;
    let runner = Runner::new(app.clone(), Kinds::new().with::<CompareNumbers>());
    loop {
        let worked = runner.run_one().await?;
        let (organization, now) = (place.organization, app.clock.now());
        let (run, job) = app
            .db
            .read(move |conn| {
                let job = open_by_key(conn, &CompareNumbers::key(organization))?;
                DbResult::Ok((store::find(conn, organization, id)?, job))
            })
            .await?;
        if run.outcome != Outcome::Running {
            return Ok(run);
        }
        let waits = job.filter(|job| job.run_after > now + LONG).and_then(|job| job.message);
        if let Some(words) = waits {
            return Err(AppError::Conflict(format!("It goes on later, when Numberbank is served. {words}")));
        }
        if !worked {
            tokio::time::sleep(LOOK).await;
        }
    }
}
