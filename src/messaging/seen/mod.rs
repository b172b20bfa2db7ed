//! What the carrier was seen to have: its messaging services with what is in them, written down by a job with the
//! moment, so that pages ask no carrier; and adopting one of them.

pub mod jobs;
mod store;

use crate::access::{Allowed, ManageOrganization};
use crate::activity;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::enqueue;
use crate::kernel::Moment;
use crate::kernel::ids::{NumberId, ServiceId};
use crate::messaging::{self, MessagingService, Origin};
use crate::numbers::{self, Change, Number, Why, pools};
use crate::organizations::connection::{self, Place};
use crate::providers::RemoteServiceId;

pub use jobs::LookAtServices;

/// A messaging service as the carrier had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenService {
    /// The carrier's id.
    pub remote_id: RemoteServiceId,
    /// Its name.
    pub name: String,
    /// Whether it is registered with the mobile carriers.
    pub registered: bool,
    /// Its registration in the carrier's words.
    pub registration: Option<String>,
    /// Whether people's replies reach nobody.
    pub loses_replies: bool,
    /// Whether contacts are texted from their own area code where it can.
    pub geomatch: bool,
    /// How many numbers are in it.
    pub members: i64,
    /// How many of these are not the organization's here.
    pub strangers: i64,
    /// When it was made.
    pub created_at: Moment,
    /// When it was seen.
    pub seen_at: Moment,
}

/// The last look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// When the last complete one ended.
    pub finished_at: Option<Moment>,
    /// Why one after that did not come to its end.
    pub problem: Option<String>,
}

/// Lets the carrier be looked at. Wake the runner after the commit.
///
/// # Errors
/// A database error.
pub fn ask(tx: &mut Tx, by: &Allowed<ManageOrganization>, now: Moment) -> DbResult<()> {
    let job = LookAtServices::at(&connection::place_of(by), Some(by.person_id()));
    enqueue(tx, Some(by.organization_id()), &job, now, now).map(drop)
}

/// Lets the carrier be looked at in the night, so that a registration that came through or was taken away is known.
///
/// # Errors
/// A database error.
pub fn ask_nightly(tx: &mut Tx, place: &Place, now: Moment) -> DbResult<()> {
    enqueue(tx, Some(place.organization), &LookAtServices::at(place, None), now, now).map(drop)
}

/// How the last look went.
///
/// # Errors
/// A database error.
pub fn last(conn: &mut Conn, place: &Place) -> DbResult<Look> {
    Ok(store::look(conn, place)?.unwrap_or_default())
}

/// What was seen, without what another organization of the same account has here.
///
/// # Errors
/// A database error.
pub fn services(conn: &mut Conn, place: &Place) -> DbResult<Vec<SeenService>> {
    let others = messaging::store::of_others(conn, place)?;
    let mut seen = store::services(conn, place)?;
    seen.retain(|service| !others.iter().any(|other| other == service.remote_id.as_str()));
    Ok(seen)
}

/// What adopting did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The service.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// How many numbers of the organization were found in it.
    pub attached: usize,
    /// How many numbers in it are unknown here.
    pub strangers: i64,
}

/// Adopts a service that was seen: the organization's numbers in it become attached to it. Numbers that are in use, or
/// in another service in our books, stay as they are. Adopted before, it is left as it is; forgotten, it is taken up
/// again.
///
/// # Errors
/// [`AppError::NotFound`] when it was not seen; [`AppError::Conflict`] in words when another organization has it; a
/// database error.
pub fn adopt(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    remote: &RemoteServiceId,
    now: Moment,
) -> AppResult<Adopted> {
    let (place, actor) = (connection::place_of(by), by.actor());
    let seen = store::services(tx, &place)?
        .into_iter()
        .find(|service| service.remote_id == *remote)
        .ok_or(AppError::NotFound)?;
    let known = messaging::store::of_remote(tx, &place.service, &place.account, remote.as_str())?;
    if known.iter().any(|one| one.is_open() && one.organization_id != place.organization) {
        let words = "Another organization that shares this carrier account has this messaging service.";
        return Err(AppError::Conflict(words.into()));
    }
    let ours = known.into_iter().find(|one| one.organization_id == place.organization);
    let id = match ours {
        Some(open) if open.is_open() => {
            return Ok(Adopted { id: open.id, name: open.name, attached: 0, strangers: open.strangers });
        }
        Some(forgotten) => {
            messaging::store::reopen(tx, place.organization, forgotten.id)?;
            forgotten.id
        }
        None => insert(tx, by, &place, &seen, now)?,
    };
    let registration = store::registration(&seen);
    messaging::store::write_seen(tx, place.organization, id, &registration, seen.strangers)?;
    let members = store::members(tx, &place, remote)?;
    let found = pools::of_remote_ids(tx, place.organization, &place.service, &place.account, &members)?;
    let ids: Vec<NumberId> = found.iter().map(|number| number.id).collect();
    let words = format!("It was in {} at the carrier, which was adopted.", seen.name);
    let why = Why { words: &words, ..Why::default() };
    let free = |number: &Number| number.facts.messaging_service.is_none() && pools::fixed(number).is_none();
    let attached = numbers::change(tx, &actor, &ids, Change::Attach(id), now, why, free)?.len();
    let words = format!("Adopted the messaging service {} with {attached} of your numbers", seen.name);
    activity::record(tx, &actor, "service_adopted", &messaging::address(id), &words, now)?;
    Ok(Adopted { id, name: seen.name, attached, strangers: seen.strangers })
}

fn insert(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    place: &Place,
    seen: &SeenService,
    now: Moment,
) -> DbResult<ServiceId> {
    let service = MessagingService {
        id: ServiceId::new(),
        organization_id: place.organization,
        service: place.service.clone(),
        carrier_account: place.account.clone(),
        remote_id: Some(seen.remote_id.clone()),
        name: seen.name.clone(),
        origin: Origin::Adopted,
        campaign_id: None,
        room: by.organization().room.max(seen.members).max(1),
        registration: seen.registration.clone(),
        created_at: now,
        deleted_at: None,
        registered: seen.registered,
        is_default: false,
        strangers: seen.strangers,
        addresses_at: None,
        addresses_problem: None,
    };
    messaging::store::insert(tx, &service)?;
    Ok(service.id)
}
