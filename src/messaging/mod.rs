//! Messaging services (sender pools). The row is written before the carrier is asked to make the service, so that a
//! lost answer leaves a tag to ask for, never an unknown service at the carrier.

pub mod jobs;
pub mod model;
mod store;

use crate::access::Actor;
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, OrganizationId, ServiceId};
use crate::organizations::connection::Place;
use crate::providers::RemoteServiceId;

pub use jobs::TellAddresses;
pub use model::{MessagingService, Origin};

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
    registration: Option<&str>,
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
