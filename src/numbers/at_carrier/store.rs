//! Reading `owned_phone_number` by the carrier's ids and account.

use diesel::prelude::*;

use super::Known;
use crate::db::schema::owned_phone_number as number;
use crate::db::{Conn, DbResult, MultiBackend};
use crate::kernel::E164;
use crate::kernel::ids::{CampaignId, NumberId, OrganizationId};
use crate::numbers::Number;
use crate::numbers::store::Row;
use crate::organizations::connection::Place;

pub(super) fn known(conn: &mut Conn, place: &Place, remote_ids: &[String]) -> DbResult<Vec<Known>> {
    if remote_ids.is_empty() {
        return Ok(Vec::new());
    }
    let known = || {
        number::table
            .filter(number::service.eq(&place.service))
            .filter(number::carrier_account.eq(&place.account))
            .filter(number::service_id.eq_any(remote_ids.to_vec()))
            .filter(number::released_at.is_null())
            .select((number::service_id, number::organization_id, number::id))
    };
    // Those that are there and the few that are lost have an index each.
    let mut rows: Vec<(String, OrganizationId, NumberId)> =
        known().filter(number::lost_at.is_null()).load(conn)?;
    rows.extend(known().filter(number::lost_at.is_not_null()).load::<(_, _, _)>(conn)?);
    Ok(rows
        .into_iter()
        .map(|(remote_id, organization_id, number_id)| Known { remote_id, organization_id, number_id })
        .collect())
}

fn at<'a>(place: &Place) -> number::BoxedQuery<'a, MultiBackend> {
    number::table
        .filter(number::organization_id.eq(place.organization))
        .filter(number::service.eq(place.service.clone()))
        .filter(number::carrier_account.eq(place.account.clone()))
        .filter(number::released_at.is_null())
        .into_boxed::<MultiBackend>()
}

pub(super) fn page(
    conn: &mut Conn,
    place: &Place,
    after: Option<NumberId>,
    limit: i64,
) -> DbResult<Vec<Number>> {
    let mut query = at(place).order(number::id).limit(limit);
    if let Some(after) = after {
        query = query.filter(number::id.gt(after));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(Number::from).collect())
}

pub(super) fn expected(conn: &mut Conn, place: &Place) -> DbResult<i64> {
    let count = at(place).filter(number::lost_at.is_null()).filter(number::leaving_at.is_null()).count();
    Ok(count.get_result(conn)?)
}

pub(super) fn lost_of(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Vec<(NumberId, E164)>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::campaign_id.eq(campaign))
        .filter(number::lost_at.is_not_null())
        .filter(number::released_at.is_null())
        .order(number::phone_number)
        .select((number::id, number::phone_number))
        .load(conn)?)
}
