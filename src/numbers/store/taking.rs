//! Which numbers a campaign gets.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{Boxed, Row, lock, numbers};
use crate::db::schema::owned_phone_number as number;
use crate::db::{Conn, DbResult, MultiBackend, Tx};
use crate::kernel::AreaCode;
use crate::kernel::ids::{NumberId, OrganizationId};
use crate::load_for_update;
use crate::numbers::Sources;
use crate::numbers::model::Number;

/// Numbers that no campaign holds, that are there to stay and not cordoned.
fn unheld<'a>(organization: OrganizationId, service: &str) -> Boxed<'a> {
    number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::service.eq(service.to_owned()))
        .filter(number::campaign_id.is_null())
        .filter(number::cordoned_at.is_null())
        .filter(number::leaving_at.is_null())
        .filter(number::lost_at.is_null())
        .filter(number::released_at.is_null())
        .into_boxed::<MultiBackend>()
}

/// Where numbers for a campaign are taken from beside the free ones: attached to its messaging service, resting.
fn slices<'a>(organization: OrganizationId, service: &str, sources: Sources) -> Vec<Boxed<'a>> {
    attached(organization, service, sources)
        .into_iter()
        .chain(resting(organization, service, sources))
        .collect()
}

fn attached<'a>(organization: OrganizationId, service: &str, sources: Sources) -> Option<Boxed<'a>> {
    let attached =
        unheld(organization, service).filter(number::messaging_service_id.eq(sources.attached_to?));
    Some(if sources.resting { attached } else { attached.filter(number::resting_until.is_null()) })
}

fn resting<'a>(organization: OrganizationId, service: &str, sources: Sources) -> Option<Boxed<'a>> {
    let resting = unheld(organization, service)
        .filter(number::messaging_service_id.is_null())
        .filter(number::resting_until.is_not_null());
    sources.resting.then_some(resting)
}

/// Takes the first usable numbers of an area code, locked, in this order: those in the campaign's messaging service,
/// which need not be moved; free ones; resting ones. The count row is locked before.
pub(in crate::numbers) fn take(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    area_code: AreaCode,
    how_many: i64,
    sources: Sources,
) -> DbResult<Vec<Number>> {
    let missing = |taken: &[Number]| how_many - i64::try_from(taken.len()).unwrap_or(i64::MAX);
    let mut taken = Vec::new();
    if let Some(slice) = attached(organization, service, sources) {
        take_of(tx, organization, slice, area_code, missing(&taken), &mut taken)?;
    }
    taken.extend(take_free(tx, organization, service, area_code, missing(&taken))?);
    if let Some(slice) = resting(organization, service, sources) {
        take_of(tx, organization, slice, area_code, missing(&taken), &mut taken)?;
    }
    Ok(taken)
}

fn take_of(
    tx: &mut Tx,
    organization: OrganizationId,
    slice: Boxed<'_>,
    area_code: AreaCode,
    how_many: i64,
    taken: &mut Vec<Number>,
) -> DbResult<()> {
    if how_many <= 0 {
        return Ok(());
    }
    let ids: Vec<NumberId> = slice
        .filter(number::area_code.eq(area_code))
        .order(number::phone_number)
        .limit(how_many)
        .select(number::id)
        .load(&mut **tx)?;
    // Whoever changes a number has locked its count, so these are still what they were a moment ago.
    taken.extend(lock(tx, organization, &ids)?);
    Ok(())
}

/// How many numbers of the sources there are beside the free ones.
pub(in crate::numbers) fn beside_free(
    conn: &mut Conn,
    organization: OrganizationId,
    service: &str,
    sources: Sources,
) -> DbResult<BTreeMap<AreaCode, i64>> {
    let mut counts = BTreeMap::new();
    for slice in slices(organization, service, sources) {
        for area_code in slice.select(number::area_code).load::<AreaCode>(conn)? {
            *counts.entry(area_code).or_default() += 1;
        }
    }
    Ok(counts)
}

/// Takes the first free numbers of an area code, in order, locked. The count row is locked before.
fn take_free(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    area_code: AreaCode,
    how_many: i64,
) -> DbResult<Vec<Number>> {
    if how_many <= 0 {
        return Ok(Vec::new());
    }
    let query = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::service.eq(service))
        .filter(number::area_code.eq(area_code))
        .filter(number::campaign_id.is_null())
        .filter(number::messaging_service_id.is_null())
        .filter(number::resting_until.is_null())
        .filter(number::cordoned_at.is_null())
        .filter(number::leaving_at.is_null())
        .filter(number::lost_at.is_null())
        .filter(number::released_at.is_null())
        .order(number::phone_number)
        .limit(how_many);
    let rows: Vec<Row> = load_for_update!(**tx, query)?;
    Ok(numbers(rows))
}
