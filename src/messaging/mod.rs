//! Messaging services (sender pools): made for a campaign, or found at the carrier and adopted ([`seen`]); shared by
//! campaigns; with a room of their own; and numbers put in and taken out by hand or by an order ([`moves`]).
//!
//! A service that we make has its row first. The row is written before the carrier is asked to make the service, so that a
//! lost answer leaves a tag to ask for, never an unknown service at the carrier.

pub mod jobs;
pub mod model;
pub mod moves;
mod pages;
mod routes;
pub mod seen;
mod store;

use std::time::Duration;

use crate::access::{Actor, Allowed, ManageOrganization};
use crate::activity;
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs::JobError;
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, OrganizationId, ServiceId};
use crate::organizations::connection::Place;
use crate::providers::{ErrorKind, ProviderError, Registration, RemoteServiceId};

pub use jobs::TellAddresses;
pub use model::{MessagingService, Origin};
pub use routes::routes;

/// What a service made for one campaign shall be like.
#[derive(Debug, Clone)]
pub struct ForCampaign<'a> {
    /// The campaign.
    pub campaign: CampaignId,
    /// The provider's key.
    pub service: &'a str,
    /// The account at the provider.
    pub carrier_account: &'a str,
    /// Its name at the provider.
    pub name: &'a str,
    /// How many numbers it takes.
    pub room: i64,
}

/// The open service made for a campaign, or a new row for one that the provider is yet to be asked for.
///
/// # Errors
/// A database error.
pub fn intend(tx: &mut Tx, by: &Actor, wanted: &ForCampaign, now: Moment) -> DbResult<MessagingService> {
    if let Some(open) = store::open_of_campaign(tx, by.organization(), wanted.campaign)? {
        return Ok(open);
    }
    let service = MessagingService {
        id: ServiceId::new(),
        organization_id: by.organization(),
        service: wanted.service.to_owned(),
        carrier_account: wanted.carrier_account.to_owned(),
        remote_id: None,
        name: wanted.name.to_owned(),
        origin: Origin::Made,
        campaign_id: Some(wanted.campaign),
        room: wanted.room,
        registration: None,
        created_at: now,
        deleted_at: None,
        addresses_at: None,
        addresses_problem: None,
        registered: false,
        is_default: false,
        strangers: 0,
    };
    store::insert(tx, &service)?;
    Ok(service)
}

/// The provider made it.
///
/// # Errors
/// A database error; [`DbError::NotFound`] when there is no such row.
pub fn made(
    tx: &mut Tx,
    by: &Actor,
    id: ServiceId,
    remote: &RemoteServiceId,
    registration: &Registration,
) -> DbResult<()> {
    one(store::write_remote(tx, by.organization(), id, remote, registration)?)
}

/// How the messaging services that we made stand to the texting platform's addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressStanding {
    /// How many have them.
    pub given: usize,
    /// How many are still to be given them.
    pub waiting: usize,
    /// The names of those that could not be given them, and why.
    pub refused: Vec<(String, String)>,
    /// What the work on it last said, while it is at work.
    pub working: Option<String>,
}

/// How the services that we made at an account stand to the addresses that were changed then.
///
/// # Errors
/// A database error.
pub fn address_standing(conn: &mut Conn, place: &Place, changed_at: Moment) -> DbResult<AddressStanding> {
    let mut standing = AddressStanding::default();
    for service in store::made_at(conn, place.organization, &place.service, &place.account)? {
        match service.addresses_problem {
            Some(words) => standing.refused.push((service.name, words)),
            None if service.has_addresses_of(changed_at) => standing.given += 1,
            None => standing.waiting += 1,
        }
    }
    let job = crate::jobs::open_by_key(conn, &TellAddresses::key(place.organization))?;
    standing.working = job.map(|job| job.message.unwrap_or_default());
    Ok(standing)
}

/// Lets every messaging service that we made be given the organization's addresses. Wake the runner after the commit.
///
/// # Errors
/// A database error.
pub fn tell_addresses(tx: &mut Tx, by: &Actor, place: &Place, now: Moment) -> DbResult<()> {
    store::forget_address_problems(tx, by.organization())?;
    let job = TellAddresses {
        organization_id: place.organization,
        service: place.service.clone(),
        carrier_account: place.account.clone(),
        person_id: by.person(),
    };
    crate::jobs::enqueue(tx, Some(by.organization()), &job, now, now).map(drop)
}

/// A service has the addresses that were changed then.
///
/// # Errors
/// A database error; [`DbError::NotFound`] when there is no such row.
pub fn has_addresses(tx: &mut Tx, by: &Actor, id: ServiceId, changed_at: Moment) -> DbResult<()> {
    one(store::write_addresses(tx, by.organization(), id, Some(changed_at), None)?)
}

/// The provider deleted it.
///
/// # Errors
/// A database error; [`DbError::NotFound`] when there is no such row.
pub fn deleted(tx: &mut Tx, by: &Actor, id: ServiceId, now: Moment) -> DbResult<()> {
    one(store::write_deleted(tx, by.organization(), id, now)?)
}

/// A service of the organization, deleted ones included.
///
/// # Errors
/// [`DbError::NotFound`] when there is none.
pub fn find(conn: &mut Conn, organization: OrganizationId, id: ServiceId) -> DbResult<MessagingService> {
    store::find(conn, organization, id)
}

/// The organization's services of an account that are at the carrier.
///
/// # Errors
/// A database error.
pub fn at_carrier(conn: &mut Conn, place: &Place) -> DbResult<Vec<MessagingService>> {
    store::at_carrier(conn, place)
}

/// The organization's messaging service that is registered with the carriers (10DLC), if it has one: the first made.
///
/// # Errors
/// A database error.
pub fn registered(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<MessagingService>> {
    store::registered(conn, organization)
}

fn one(changed: usize) -> DbResult<()> {
    if changed == 1 { Ok(()) } else { Err(DbError::NotFound) }
}

/// The open services of an account, the default first, then the registered ones.
///
/// # Errors
/// A database error.
pub fn of_place(conn: &mut Conn, place: &Place) -> DbResult<Vec<MessagingService>> {
    store::of_place(conn, place)
}

/// The service that campaigns of an account use unless they choose otherwise: the one made the default, else the first
/// shared one that is registered; `None` when there is neither.
///
/// # Errors
/// A database error.
pub fn usual(conn: &mut Conn, place: &Place) -> DbResult<Option<MessagingService>> {
    store::usual(conn, place)
}

/// As [`find`], locked until the transaction ends: whoever checks the room, the default or the use of a service before
/// changing something does so one after the other.
///
/// # Errors
/// As [`find`].
pub fn lock(tx: &mut Tx, organization: OrganizationId, id: ServiceId) -> DbResult<MessagingService> {
    store::lock(tx, organization, id)
}

/// Makes a service the one that campaigns use unless they choose otherwise. One that was made for a single campaign is
/// shared from then on.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is not at the carrier (any more); [`AppError::NotFound`]; a database error.
pub fn make_default(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: ServiceId,
    now: Moment,
) -> AppResult<()> {
    let service = open(tx, by, id)?;
    if service.is_default {
        return Ok(());
    }
    store::write_default(tx, by.organization_id(), Some(id)).map_err(|error| match error {
        DbError::Duplicate(_) => {
            let words = "Somebody else chose another one at the same moment. Look at the list again.";
            AppError::Conflict(words.into())
        }
        other => other.into(),
    })?;
    let words = format!("Made {} the messaging service of new campaigns", service.name);
    Ok(activity::record(tx, &by.actor(), "service_made_default", &address(id), &words, now)?)
}

/// No service is the default any more: a campaign uses a registered shared one, or gets its own.
///
/// # Errors
/// A database error.
pub fn no_default(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: ServiceId,
    now: Moment,
) -> AppResult<()> {
    let service = open(tx, by, id)?;
    if !service.is_default {
        return Ok(());
    }
    store::write_default(tx, by.organization_id(), None)?;
    let words = format!("{} is no longer the messaging service of new campaigns", service.name);
    Ok(activity::record(tx, &by.actor(), "service_made_default", &address(id), &words, now)?)
}

/// Sets how many numbers a service takes. Fewer than are in it lets no more in, and takes none out.
///
/// # Errors
/// [`AppError::Invalid`] naming the field `room` when it is none; [`AppError::NotFound`]; a database error.
pub fn set_room(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: ServiceId,
    room: i64,
    now: Moment,
) -> AppResult<MessagingService> {
    if !(1..=model::MOST_ROOM).contains(&room) {
        let words = "Enter a whole number from 1 to 100,000.";
        return Err(AppError::Invalid(FieldErrors::one("room", words)));
    }
    let service = open(tx, by, id)?;
    if service.room != room {
        one(store::write_room(tx, by.organization_id(), id, room)?)?;
        let words = format!("Changed the room of {} from {} to {room} numbers", service.name, service.room);
        activity::record(tx, &by.actor(), "service_room_set", &address(id), &words, now)?;
    }
    Ok(MessagingService { room, ..service })
}

/// Forgets an adopted service: nothing changes at the carrier, and the numbers in it stay there. The caller has seen
/// that no campaign uses it, after [`lock`].
///
/// # Errors
/// [`AppError::Conflict`] in words when we made it; [`AppError::NotFound`]; a database error.
pub fn forget(tx: &mut Tx, by: &Allowed<ManageOrganization>, id: ServiceId, now: Moment) -> AppResult<()> {
    let service = open(tx, by, id)?;
    if service.origin != Origin::Adopted {
        return Err(AppError::Conflict("Only a messaging service that was adopted can be forgotten.".into()));
    }
    one(store::write_deleted(tx, by.organization_id(), id, now)?)?;
    let words = format!("Forgot the messaging service {}; it stays at the carrier", service.name);
    Ok(activity::record(tx, &by.actor(), "service_forgotten", "/messaging-services", &words, now)?)
}

fn open(tx: &mut Tx, by: &Allowed<ManageOrganization>, id: ServiceId) -> AppResult<MessagingService> {
    let service = store::lock(tx, by.organization_id(), id)?;
    if !service.is_open() || service.remote_id.is_none() {
        return Err(AppError::Conflict(format!("{} is not at the carrier any more.", service.name)));
    }
    Ok(service)
}

/// The page of a service, below the organization's address.
pub(crate) fn address(id: ServiceId) -> String {
    format!("/messaging-services/{id}")
}

/// What a carrier's refusal means for a job whose steps may all be repeated.
pub fn job_error(error: ProviderError) -> JobError {
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

/// A refusal for people: our words, what to do where a messaging service is the matter, then the carrier's own words.
pub fn said(error: &ProviderError) -> String {
    let step = match error.kind {
        ErrorKind::PoolFull | ErrorKind::InOtherPool => format!(" {}", error.next_step()),
        _ => String::new(),
    };
    match (error.carrier_code(), error.carrier_words()) {
        (Some(code), Some(words)) => format!("{error}{step} (the carrier says {code}: {words})"),
        _ => format!("{error}{step}"),
    }
}
