//! Queries about the messaging services that numbers are in.

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::db::schema::owned_phone_number as number;
use crate::db::{Conn, DbResult};
use crate::kernel::ids::{CampaignId, NumberId, OrganizationId, ServiceId};
use crate::kernel::{AreaCode, E164};
use crate::numbers::Number;
use crate::numbers::store::{Row, among};

/// SQLite takes 32,766 bound values a statement.
const IDS_AT_ONCE: usize = 10_000;

pub(super) fn sizes(
    conn: &mut Conn,
    organization: OrganizationId,
    services: &[ServiceId],
) -> DbResult<Vec<(ServiceId, i64)>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::messaging_service_id.eq_any(services.iter().copied().map(Some)))
        .filter(number::released_at.is_null())
        .group_by(number::messaging_service_id)
        .select((number::messaging_service_id.assume_not_null(), count_star()))
        .load(conn)?)
}

pub(super) fn by_area(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
) -> DbResult<Vec<(AreaCode, i64)>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::messaging_service_id.eq(service))
        .filter(number::released_at.is_null())
        .group_by(number::area_code)
        .order(number::area_code)
        .select((number::area_code, count_star()))
        .load(conn)?)
}

pub(super) fn expected(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
    campaigns: &[CampaignId],
) -> DbResult<i64> {
    let mine =
        number::table.filter(number::organization_id.eq(organization)).filter(number::released_at.is_null());
    let inside: i64 = mine.filter(number::messaging_service_id.eq(service)).count().get_result(conn)?;
    let coming: i64 = mine
        .filter(number::campaign_id.eq_any(campaigns.iter().copied().map(Some)))
        .filter(number::messaging_service_id.is_null().or(number::messaging_service_id.ne(service)))
        .count()
        .get_result(conn)?;
    Ok(inside + coming)
}

pub(super) fn outside(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
    campaigns: &[CampaignId],
) -> DbResult<Vec<(CampaignId, i64)>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::released_at.is_null())
        .filter(number::campaign_id.eq_any(campaigns.iter().copied().map(Some)))
        .filter(number::messaging_service_id.is_null().or(number::messaging_service_id.ne(service)))
        .group_by(number::campaign_id)
        .select((number::campaign_id.assume_not_null(), count_star()))
        .load(conn)?)
}

pub(super) fn held_where(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Vec<(AreaCode, Option<ServiceId>, i64)>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::campaign_id.eq(campaign))
        .group_by((number::area_code, number::messaging_service_id))
        .order((number::area_code, number::messaging_service_id))
        .select((number::area_code, number::messaging_service_id, count_star()))
        .load(conn)?)
}

pub(super) fn of_remote_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    service: &str,
    carrier_account: &str,
    ids: &[String],
) -> DbResult<Vec<Number>> {
    let mut found = Vec::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let rows: Vec<Row> = number::table
            .filter(number::organization_id.eq(organization))
            .filter(number::service.eq(service))
            .filter(number::carrier_account.eq(carrier_account))
            .filter(number::service_id.eq_any(ids.to_vec()))
            .filter(number::released_at.is_null())
            .filter(number::lost_at.is_null())
            .order(number::phone_number)
            .load(conn)?;
        found.extend(rows.into_iter().map(Number::from));
    }
    Ok(found)
}

pub(super) fn named(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[NumberId],
) -> DbResult<Vec<(NumberId, E164, AreaCode)>> {
    Ok(number::table
        .filter(among(conn, organization, ids))
        .select((number::id, number::phone_number, number::area_code))
        .load(conn)?)
}
