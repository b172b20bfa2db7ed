//! The rows of `messaging_service`.

use diesel::prelude::*;

use super::model::{MessagingService, Origin};
use crate::db::schema::messaging_service as service;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, OrganizationId, ServiceId};
use crate::organizations::connection::Place;
use crate::providers::RemoteServiceId;

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
        .filter(service::registration.is_not_null())
        .filter(service::deleted_at.is_null())
        .order((service::created_at, service::id))
        .first::<Row>(conn)
        .optional()?
        .map(MessagingService::from))
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
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn write_remote(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ServiceId,
    remote: &RemoteServiceId,
    registration: Option<&str>,
) -> DbResult<usize> {
    Ok(diesel::update(mine(organization, id))
        .set((service::service_sid.eq(remote.as_str()), service::registration.eq(registration)))
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
    Ok(diesel::update(mine(organization, id)).set(service::deleted_at.eq(now)).execute(&mut **tx)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn mine(organization: OrganizationId, id: ServiceId) -> _ {
    service::table.filter(service::organization_id.eq(organization)).filter(service::id.eq(id))
}
