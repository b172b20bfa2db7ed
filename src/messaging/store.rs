//! The rows of `messaging_service`.

use diesel::prelude::*;

use super::model::{MessagingService, Origin};
use crate::db::schema::messaging_service as service;
use crate::db::{Conn, DbError, DbResult, MultiBackend, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, OrganizationId, ServiceId};
use crate::load_for_update;
use crate::organizations::connection::Place;
use crate::providers::{Registration, RemoteServiceId};

#[derive(Queryable)]
struct Row {
    id: ServiceId,
    organization_id: OrganizationId,
    service: String,
    carrier_account: String,
    service_sid: Option<String>,
    name: String,
    origin: Origin,
    campaign_id: Option<CampaignId>,
    room: i64,
    registration: Option<String>,
    created_at: Moment,
    deleted_at: Option<Moment>,
    addresses_at: Option<Moment>,
    addresses_problem: Option<String>,
    registered: bool,
    is_default: bool,
    strangers: i64,
}

impl From<Row> for MessagingService {
    fn from(row: Row) -> MessagingService {
        MessagingService {
            id: row.id,
            organization_id: row.organization_id,
            service: row.service,
            carrier_account: row.carrier_account,
            remote_id: row.service_sid.map(RemoteServiceId::new),
            name: row.name,
            origin: row.origin,
            campaign_id: row.campaign_id,
            room: row.room,
            registration: row.registration,
            created_at: row.created_at,
            deleted_at: row.deleted_at,
            addresses_at: row.addresses_at,
            addresses_problem: row.addresses_problem,
            registered: row.registered,
            is_default: row.is_default,
            strangers: row.strangers,
        }
    }
}

pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ServiceId,
) -> DbResult<MessagingService> {
    Ok(service::table
        .filter(service::organization_id.eq(organization))
        .filter(service::id.eq(id))
        .first::<Row>(conn)?
        .into())
}

pub(super) fn open_of_campaign(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Option<MessagingService>> {
    Ok(service::table
        .filter(service::organization_id.eq(organization))
        .filter(service::campaign_id.eq(campaign))
        .filter(service::deleted_at.is_null())
        .first::<Row>(conn)
        .optional()?
        .map(MessagingService::from))
}

pub(super) fn at_carrier(conn: &mut Conn, place: &Place) -> DbResult<Vec<MessagingService>> {
    let rows: Vec<Row> = service::table
        .filter(service::organization_id.eq(place.organization))
        .filter(service::service.eq(&place.service))
        .filter(service::carrier_account.eq(&place.account))
        .filter(service::service_sid.is_not_null())
        .filter(service::deleted_at.is_null())
        .order((service::created_at, service::id))
        .load(conn)?;
    Ok(rows.into_iter().map(MessagingService::from).collect())
}

pub(super) fn registered(
    conn: &mut Conn,
    organization: OrganizationId,
) -> DbResult<Option<MessagingService>> {
    Ok(service::table
        .filter(service::organization_id.eq(organization))
        .filter(service::registered)
        .filter(service::deleted_at.is_null())
        .order((service::created_at, service::id))
        .first::<Row>(conn)
        .optional()?
        .map(MessagingService::from))
}

/// These services of the organization.
pub(super) fn of_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[ServiceId],
) -> DbResult<Vec<MessagingService>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = service::table
        .filter(service::organization_id.eq(organization))
        .filter(service::id.eq_any(ids.to_vec()))
        .load(conn)?;
    Ok(rows.into_iter().map(MessagingService::from).collect())
}

fn open_at<'a>(place: &Place) -> service::BoxedQuery<'a, MultiBackend> {
    service::table
        .filter(service::organization_id.eq(place.organization))
        .filter(service::service.eq(place.service.clone()))
        .filter(service::carrier_account.eq(place.account.clone()))
        .filter(service::deleted_at.is_null())
        .into_boxed::<MultiBackend>()
}

/// The open services of an account, the default first, then the registered ones, then by age.
pub(super) fn of_place(conn: &mut Conn, place: &Place) -> DbResult<Vec<MessagingService>> {
    let rows: Vec<Row> = open_at(place)
        .order((service::is_default.desc(), service::registered.desc(), service::created_at, service::id))
        .load(conn)?;
    Ok(rows.into_iter().map(MessagingService::from).collect())
}

/// The service that campaigns use unless they choose another: the default, else the first registered shared one.
pub(super) fn usual(conn: &mut Conn, place: &Place) -> DbResult<Option<MessagingService>> {
    Ok(open_at(place)
        .filter(service::service_sid.is_not_null())
        .filter(service::campaign_id.is_null())
        .filter(service::is_default.or(service::registered))
        .order((service::is_default.desc(), service::created_at, service::id))
        .first::<Row>(conn)
        .optional()?
        .map(MessagingService::from))
}

/// The service of this carrier's id, forgotten ones included, whichever organization has it: the open one first.
pub(super) fn of_remote(
    conn: &mut Conn,
    provider: &str,
    account: &str,
    remote: &str,
) -> DbResult<Vec<MessagingService>> {
    let rows: Vec<Row> = service::table
        .filter(service::service.eq(provider))
        .filter(service::carrier_account.eq(account))
        .filter(service::service_sid.eq(remote))
        .order((service::deleted_at, service::id))
        .load(conn)?;
    Ok(rows.into_iter().map(MessagingService::from).collect())
}

/// The carrier's ids of the open services that other organizations have in this account.
pub(super) fn of_others(conn: &mut Conn, place: &Place) -> DbResult<Vec<String>> {
    Ok(service::table
        .filter(service::organization_id.ne(place.organization))
        .filter(service::service.eq(&place.service))
        .filter(service::carrier_account.eq(&place.account))
        .filter(service::deleted_at.is_null())
        .filter(service::service_sid.is_not_null())
        .select(service::service_sid.assume_not_null())
        .load(conn)?)
}

/// Locks a service until the transaction ends: whoever checks its room does it one after the other.
pub(super) fn lock(tx: &mut Tx, organization: OrganizationId, id: ServiceId) -> DbResult<MessagingService> {
    let query = mine(organization, id);
    let rows: Vec<Row> = load_for_update!(**tx, query)?;
    rows.into_iter().next().map(MessagingService::from).ok_or(DbError::NotFound)
}

pub(super) fn write_default(
    tx: &mut Tx,
    organization: OrganizationId,
    id: Option<ServiceId>,
) -> DbResult<()> {
    diesel::update(
        service::table.filter(service::organization_id.eq(organization)).filter(service::is_default),
    )
    .set(service::is_default.eq(false))
    .execute(&mut **tx)?;
    if let Some(id) = id {
        // From now on it is everybody's, whoever it was made for.
        diesel::update(mine(organization, id))
            .set((service::is_default.eq(true), service::campaign_id.eq(None::<CampaignId>)))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn write_room(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ServiceId,
    room: i64,
) -> DbResult<usize> {
    Ok(diesel::update(mine(organization, id)).set(service::room.eq(room)).execute(&mut **tx)?)
}

/// Takes a forgotten service up again.
pub(super) fn reopen(tx: &mut Tx, organization: OrganizationId, id: ServiceId) -> DbResult<usize> {
    Ok(diesel::update(mine(organization, id))
        .set(service::deleted_at.eq(None::<Moment>))
        .execute(&mut **tx)?)
}

/// What the carrier said of a service when it was looked at.
pub(super) fn write_seen(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ServiceId,
    registration: &Registration,
    strangers: i64,
) -> DbResult<usize> {
    Ok(diesel::update(mine(organization, id))
        .set((
            service::registered.eq(registration.registered),
            service::registration.eq(registration.in_words()),
            service::strangers.eq(strangers),
        ))
        .execute(&mut **tx)?)
}

pub(super) fn insert(tx: &mut Tx, new: &MessagingService) -> DbResult<()> {
    diesel::insert_into(service::table)
        .values((
            service::id.eq(new.id),
            service::organization_id.eq(new.organization_id),
            service::service.eq(&new.service),
            service::carrier_account.eq(&new.carrier_account),
            service::service_sid.eq(new.remote_id.as_ref().map(RemoteServiceId::as_str)),
            service::name.eq(&new.name),
            service::origin.eq(new.origin),
            service::campaign_id.eq(new.campaign_id),
            service::room.eq(new.room),
            service::registration.eq(&new.registration),
            service::created_at.eq(new.created_at),
            service::registered.eq(new.registered),
            service::is_default.eq(new.is_default),
            service::strangers.eq(new.strangers),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn write_remote(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ServiceId,
    remote: &RemoteServiceId,
    registration: &Registration,
) -> DbResult<usize> {
    Ok(diesel::update(mine(organization, id))
        .set((
            service::service_sid.eq(remote.as_str()),
            service::registration.eq(registration.in_words()),
            service::registered.eq(registration.registered),
        ))
        .execute(&mut **tx)?)
}

/// Writes down which addresses a service was given, by when they were changed, or why not.
pub(super) fn write_addresses(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ServiceId,
    given: Option<Moment>,
    problem: Option<&str>,
) -> DbResult<usize> {
    let changed = diesel::update(mine(organization, id))
        .set(service::addresses_problem.eq(problem))
        .execute(&mut **tx)?;
    if given.is_some() {
        diesel::update(mine(organization, id)).set(service::addresses_at.eq(given)).execute(&mut **tx)?;
    }
    Ok(changed)
}

/// The open services that were made by us and are at this account.
pub(super) fn made_at(
    conn: &mut Conn,
    organization: OrganizationId,
    provider: &str,
    account: &str,
) -> DbResult<Vec<MessagingService>> {
    let rows: Vec<Row> = service::table
        .filter(service::organization_id.eq(organization))
        .filter(service::service.eq(provider))
        .filter(service::carrier_account.eq(account))
        .filter(service::origin.eq(Origin::Made))
        .filter(service::service_sid.is_not_null())
        .filter(service::deleted_at.is_null())
        .order(service::id)
        .load(conn)?;
    Ok(rows.into_iter().map(MessagingService::from).collect())
}

/// Forgets why services were not given the addresses: they are tried again.
pub(super) fn forget_address_problems(tx: &mut Tx, organization: OrganizationId) -> DbResult<()> {
    diesel::update(service::table.filter(service::organization_id.eq(organization)))
        .set(service::addresses_problem.eq(None::<String>))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn write_deleted(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ServiceId,
    now: Moment,
) -> DbResult<usize> {
    Ok(diesel::update(mine(organization, id))
        .set((service::deleted_at.eq(now), service::is_default.eq(false)))
        .execute(&mut **tx)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn mine(organization: OrganizationId, id: ServiceId) -> _ {
    service::table.filter(service::organization_id.eq(organization)).filter(service::id.eq(id))
}
