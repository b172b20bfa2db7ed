//! Releases planned for the day before a number renews, by an OWNER who may take them back until then. On that day a
//! job looks again: what is still idle is released as any other; what is not is skipped, with the reason.

mod jobs;
mod model;
mod store;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::access::{Allowed, ReleaseNumbers};
use crate::activity;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::ids::{NumberId, OrganizationId, PlanId};
use crate::kernel::{E164, Micros, Moment};
use crate::numbers::{self, touched};
use crate::web::format::plural;

pub use jobs::{ReleasePlanned, enqueue_due};
pub use model::{Plan, PlanStatus};

use super::release::{MOST, Pools};
use model::release_day;

/// Where they are listed, below the organization's address.
pub const ADDRESS: &str = "/spend/renewals";

/// What became of an OWNER's wish.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// So many will be released.
    pub planned: usize,
    /// These not, and why.
    pub refused: Vec<(E164, &'static str)>,
}

/// Plans the release of these numbers for the day before each renews. Those that cannot go as they stand are left
/// out, with the reason; those that are planned already stay so. `pools` says what the carrier calls the messaging
/// services they are in.
///
/// # Errors
/// [`AppError::BadRequest`] for none or more than [`MOST`]; a database error.
pub fn plan(
    tx: &mut Tx,
    by: &Allowed<ReleaseNumbers>,
    ids: &[NumberId],
    pools: &Pools,
    now: Moment,
) -> AppResult<Outcome> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(AppError::BadRequest(format!("Choose 1 to {MOST} numbers to release.")));
    }
    let (organization, actor) = (by.organization_id(), by.actor());
    let planned: BTreeSet<NumberId> =
        store::open_of(tx, organization, ids)?.into_iter().map(|plan| plan.number_id).collect();
    let mut outcome = Outcome::default();
    for number in
        numbers::of_ids(tx, organization, ids)?.iter().filter(|number| !planned.contains(&number.id))
    {
        match release_day(number, now.date()) {
            Err(why) => outcome.refused.push((number.phone_number, why)),
            Ok(release_on) => {
                let service = number.facts.messaging_service;
                let sid = service.and_then(|service| pools.get(&service));
                store::insert(tx, organization, number, release_on, sid, by.person_id(), now)?;
                outcome.planned += 1;
            }
        }
    }
    if outcome.planned > 0 {
        let count = plural(u64::try_from(outcome.planned).unwrap_or(u64::MAX), "number", "numbers");
        let words = format!("Planned to release {count} before renewal");
        activity::record(tx, &actor, "release_planned", ADDRESS, &words, now)?;
        touched::held(tx, organization, now)?;
    }
    Ok(outcome)
}

/// Takes planned releases back. Answers how many that were; what a job has begun is not among them.
///
/// # Errors
/// A database error.
pub fn take_back(tx: &mut Tx, by: &Allowed<ReleaseNumbers>, ids: &[PlanId], now: Moment) -> AppResult<usize> {
    let taken = store::take_back(tx, by.organization_id(), ids, by.person_id(), now)?;
    if taken > 0 {
        let count = plural(u64::try_from(taken).unwrap_or(u64::MAX), "number", "numbers");
        let words = format!("Took back the planned release of {count}");
        activity::record(tx, &by.actor(), "release_taken_back", ADDRESS, &words, now)?;
        touched::held(tx, by.organization_id(), now)?;
    }
    Ok(taken)
}

/// The releases that are planned, by day, `limit` of them at most.
///
/// # Errors
/// A database error.
pub fn open(conn: &mut Conn, organization: OrganizationId, limit: i64) -> DbResult<Vec<Plan>> {
    store::open(conn, organization, limit)
}

/// How many are planned, and what these numbers cost a month.
///
/// # Errors
/// A database error.
pub fn total(conn: &mut Conn, organization: OrganizationId) -> DbResult<(i64, Micros)> {
    store::total(conn, organization)
}

/// How many numbers would renew before a day and are certain to go first, unless somebody takes that back, and what
/// they cost a month. One that is idle no more stays, so it is not among them.
///
/// # Errors
/// A database error.
pub fn going(conn: &mut Conn, organization: OrganizationId, day: NaiveDate) -> DbResult<(i64, Micros)> {
    store::going(conn, organization, day)
}

/// Those of these numbers.
///
/// # Errors
/// A database error.
pub fn open_of(conn: &mut Conn, organization: OrganizationId, ids: &[NumberId]) -> DbResult<Vec<Plan>> {
    store::open_of(conn, organization, ids)
}

/// The last plan for a number, whatever became of it.
///
/// # Errors
/// A database error.
pub fn last_of(conn: &mut Conn, organization: OrganizationId, id: NumberId) -> DbResult<Option<Plan>> {
    store::last_of(conn, organization, id)
}

/// What was skipped on a day or later, newest first.
///
/// # Errors
/// A database error.
pub fn skipped_since(conn: &mut Conn, organization: OrganizationId, day: NaiveDate) -> DbResult<Vec<Plan>> {
    store::skipped_since(conn, organization, day)
}

/// Does what is planned for `today` or earlier, `limit` numbers of one organization and person at most, in whose name
/// the job acts. Answers how many were settled.
fn settle_due(tx: &mut Tx, due: &Due, today: NaiveDate, now: Moment) -> AppResult<usize> {
    let organization = due.actor.organization();
    let plans = store::due_of(tx, organization, due.asked_by, today, BATCH)?;
    let ids: Vec<NumberId> = plans.iter().map(|plan| plan.number_id).collect();
    let found = numbers::of_ids(tx, organization, &ids)?;
    let (mut going, mut pools) = (Vec::new(), Pools::new());
    for plan in &plans {
        let number = found.iter().find(|number| number.id == plan.number_id);
        match plan.obstacle(number, today) {
            Some(words) => {
                store::skip(tx, plan.id, &words, now)?;
                touched::held(tx, organization, now)?;
            }
            None => {
                pools.extend(plan.messaging_service_id.zip(plan.service_sid.clone()));
                going.push(plan);
            }
        }
    }
    if !going.is_empty() {
        let numbers: Vec<NumberId> = going.iter().map(|plan| plan.number_id).collect();
        let id = numbers::release::ask_planned(tx, &due.actor, due.asked_by, &numbers, &pools, now)?;
        for plan in going {
            store::asked(tx, plan.id, id, now)?;
        }
    }
    Ok(plans.len())
}

/// So many numbers in one transaction: short, so that people are not kept waiting on SQLite.
const BATCH: i64 = 200;

/// Whose plans are due.
struct Due {
    actor: crate::access::Actor,
    asked_by: crate::kernel::ids::PersonId,
}
