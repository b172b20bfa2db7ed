//! The numbers from a messaging service's point of view: how many are in it, where, and which of the carrier's ids are
//! ours.

mod store;

use std::collections::BTreeMap;

use super::{Hold, Number};
use crate::access::Actor;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CampaignId, NumberId, OrganizationId, ServiceId};
use crate::kernel::{AreaCode, E164};

/// How many numbers each of these messaging services holds; those without any are left out.
///
/// # Errors
/// A database error.
pub fn sizes(
    conn: &mut Conn,
    organization: OrganizationId,
    services: &[ServiceId],
) -> DbResult<BTreeMap<ServiceId, i64>> {
    Ok(store::sizes(conn, organization, services)?.into_iter().collect())
}

/// How many numbers a messaging service holds in each area code.
///
/// # Errors
/// A database error.
pub fn by_area(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
) -> DbResult<BTreeMap<AreaCode, i64>> {
    Ok(store::by_area(conn, organization, service)?.into_iter().collect())
}

/// How many numbers a messaging service holds or is about to: those in it, and those that these campaigns have in use.
///
/// # Errors
/// A database error.
pub fn expected(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
    campaigns: &[CampaignId],
) -> DbResult<i64> {
    store::expected(conn, organization, service, campaigns)
}

/// How many numbers each of these campaigns holds that are not in a messaging service: they would have to be put in.
///
/// # Errors
/// A database error.
pub fn outside(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
    campaigns: &[CampaignId],
) -> DbResult<Vec<(CampaignId, i64)>> {
    store::outside(conn, organization, service, campaigns)
}

/// Where the numbers that a campaign holds sit, by area code: in no messaging service, or in which.
///
/// # Errors
/// A database error.
pub fn held_where(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Vec<(AreaCode, Option<ServiceId>, i64)>> {
    store::held_where(conn, organization, campaign)
}

/// Which of the carrier's ids are numbers of the organization.
///
/// # Errors
/// A database error.
pub fn of_remote_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    service: &str,
    carrier_account: &str,
    ids: &[String],
) -> DbResult<Vec<Number>> {
    store::of_remote_ids(conn, organization, service, carrier_account, ids)
}

/// These numbers of the organization, locked until the transaction ends, without released ones.
///
/// # Errors
/// A database error.
pub fn lock(tx: &mut Tx, by: &Actor, ids: &[NumberId]) -> DbResult<Vec<Number>> {
    super::store::lock(tx, by.organization(), ids)
}

/// Why a number cannot be put into a messaging service or taken out by hand; `None` when it can.
pub fn fixed(number: &Number) -> Option<&'static str> {
    if number.released_at.is_some() {
        Some("was given back to the carrier")
    } else if number.facts.lost_at.is_some() {
        Some("is gone at the carrier")
    } else if number.facts.leaving_at.is_some() {
        Some("is being released")
    } else if matches!(number.facts.held, Some((_, Hold::InUse))) {
        Some("is in use by a campaign: people are texted from it where it is")
    } else {
        None
    }
}

/// The phone number and area code of these numbers, released ones included.
///
/// # Errors
/// A database error.
pub fn named(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[NumberId],
) -> DbResult<BTreeMap<NumberId, (E164, AreaCode)>> {
    Ok(store::named(conn, organization, ids)?
        .into_iter()
        .map(|(id, number, code)| (id, (number, code)))
        .collect())
}
