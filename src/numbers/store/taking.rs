//! Which numbers a campaign gets.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Boxed, Row, lock, numbers};
use crate::db::schema::owned_phone_number as number;
use crate::db::{Conn, DbResult, MultiBackend, Tx};
use crate::kernel::AreaCode;
use crate::kernel::ids::{NumberId, OrganizationId};
use crate::numbers::model::Number;
use crate::numbers::{Sources, Wish};

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

/// Takes the first usable numbers of each area code, locked, in this order: those in the campaign's messaging service,
/// which need not be moved; free ones; resting ones.
pub(in crate::numbers) fn take(
    tx: &mut Tx,
    organization: OrganizationId,
    wish: &Wish,
) -> DbResult<Vec<Number>> {
    let Wish { service, asked, sources, .. } = *wish;
    let mut taken = Vec::new();
    for (code, count) in missing(asked, &taken) {
        let Some(slice) = attached(organization, service, sources) else { break };
        take_of(tx, organization, slice, code, count, &mut taken)?;
    }
    taken.extend(take_free(tx, organization, service, &missing(asked, &taken))?);
    for (code, count) in missing(asked, &taken) {
        let Some(slice) = resting(organization, service, sources) else { break };
        take_of(tx, organization, slice, code, count, &mut taken)?;
    }
    Ok(taken)
}

/// What is done about numbers that somebody else has locked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    PassedOver,
    WaitedFor,
}

/// What of the asked is not among the taken: area codes with one number or more.
fn missing(asked: &BTreeMap<AreaCode, i64>, taken: &[Number]) -> Vec<(AreaCode, i64)> {
    let mut missing = asked.clone();
    for number in taken {
        *missing.entry(number.area_code).or_default() -= 1;
    }
    missing.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn take_of(
    tx: &mut Tx,
    organization: OrganizationId,
    slice: Boxed<'_>,
    area_code: AreaCode,
    how_many: i64,
    taken: &mut Vec<Number>,
) -> DbResult<()> {
    let ids: Vec<NumberId> = slice
        .filter(number::area_code.eq(area_code))
        .order(number::phone_number)
        .limit(how_many)
        .select(number::id)
        .load(&mut **tx)?;
    // Another may have taken some since they were found; who comes here has locked the counts, so that nobody has.
    let locked = lock(tx, organization, &ids)?;
    taken.extend(locked.into_iter().filter(|number| number.facts.held.is_none()));
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

/// Takes the first free numbers of these area codes, in order, locked: past those that somebody else is taking at the
/// moment, and where that leaves too few, what these leave.
fn take_free(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    asked: &[(AreaCode, i64)],
) -> DbResult<Vec<Number>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    if let Conn::Sqlite(_) = **tx {
        // Nobody takes anything beside us.
        return first_free(tx, organization, service, asked);
    }
    let mut taken = lock_free(tx, organization, service, asked, Others::PassedOver)?;
    let short = missing(&asked.iter().copied().collect(), &taken);
    let again: Vec<(AreaCode, i64)> =
        asked.iter().copied().filter(|(code, _)| short.iter().any(|(short, _)| short == code)).collect();
    if !again.is_empty() {
        // What is locked already is found once more: it is still free.
        taken.retain(|number| again.iter().all(|(code, _)| *code != number.area_code));
        taken.extend(lock_free(tx, organization, service, &again, Others::WaitedFor)?);
    }
    Ok(taken)
}

fn first_free(
    conn: &mut Conn,
    organization: OrganizationId,
    service: &str,
    asked: &[(AreaCode, i64)],
) -> DbResult<Vec<Number>> {
    let mut found = Vec::new();
    for &(area_code, how_many) in asked {
        let query = unheld(organization, service)
            .filter(number::area_code.eq(area_code))
            .filter(number::messaging_service_id.is_null())
            .filter(number::resting_until.is_null())
            .order(number::phone_number)
            .limit(how_many);
        let rows: Vec<Row> = query.load(conn)?;
        found.extend(numbers(rows));
    }
    Ok(found)
}

/// Locks the first free numbers of many area codes in one question, on PostgreSQL. One that another transaction changed
/// while it was waited for is looked at again, and left out if it is free no more.
fn lock_free(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    asked: &[(AreaCode, i64)],
    others: Others,
) -> DbResult<Vec<Number>> {
    // Area codes and numbers only, so nothing needs to be bound.
    let asked: Vec<String> = asked.iter().map(|(code, count)| format!("('{code}', {count})")).collect();
    let question = format!(
        "SELECT n.* FROM (VALUES {}) AS asked (code, most) CROSS JOIN LATERAL (SELECT f.* \
         FROM owned_phone_number f WHERE f.organization_id = $1 AND f.service = $2 AND f.area_code = asked.code \
         AND f.campaign_id IS NULL AND f.messaging_service_id IS NULL AND f.resting_until IS NULL \
         AND f.cordoned_at IS NULL AND f.leaving_at IS NULL AND f.lost_at IS NULL AND f.released_at IS NULL \
         ORDER BY f.phone_number LIMIT asked.most FOR NO KEY UPDATE{}) AS n",
        asked.join(", "),
        if others == Others::PassedOver { " SKIP LOCKED" } else { "" },
    );
    let rows: Vec<Row> =
        diesel::sql_query(question).bind::<Text, _>(organization).bind::<Text, _>(service).load(&mut **tx)?;
    Ok(numbers(rows))
}
