//! The ledger's side of the comparison: read only.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::compare::{Adopted, Charged, Elsewhere};
use crate::db::dialect::sum_big;
use crate::db::schema::{charge, number_event as event, owned_phone_number as number};
use crate::db::{Conn, DbResult};
use crate::kernel::ids::OrganizationId;
use crate::kernel::{Micros, Moment};
use crate::ledger::Basis;
use crate::numbers::{EventKind, NumberKind};
use crate::organizations::connection::Place;

/// How many numbers the account has here, of this and of others who share it.
pub(super) fn numbers(conn: &mut Conn, place: &Place, others: &[OrganizationId]) -> DbResult<i64> {
    let all: Vec<OrganizationId> = others.iter().copied().chain([place.organization]).collect();
    Ok(number::table
        .filter(number::organization_id.eq_any(all))
        .filter(number::service.eq(&place.service))
        .filter(number::carrier_account.eq(&place.account))
        .filter(number::released_at.is_null())
        .count()
        .get_result(conn)?)
}

/// The charges of the account's numbers on the days `from..until`, alike ones together.
pub(super) fn ledger(
    conn: &mut Conn,
    place: &Place,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Vec<Charged>> {
    let rows: Vec<(NaiveDate, NumberKind, Basis, i64, i64)> = charge::table
        .inner_join(number::table)
        .filter(charge::organization_id.eq(place.organization))
        .filter(charge::period_start.ge(from))
        .filter(charge::period_start.lt(until))
        .filter(number::service.eq(&place.service))
        .filter(number::carrier_account.eq(&place.account))
        .group_by((charge::period_start, number::kind, charge::basis))
        .select((
            charge::period_start,
            number::kind,
            charge::basis,
            diesel::dsl::count_star(),
            sum_big("charge.amount"),
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(day, kind, basis, count, amount)| Charged {
            day,
            kind,
            basis,
            count,
            amount: Micros::new(amount),
        })
        .collect())
}

/// Charges of numbers that other organizations of this installation have in the same account, on the days
/// `from..until`: of what belongs to them nothing but how many there are and what they add up to, which the bill that
/// both are shown says anyhow.
pub(super) fn elsewhere(
    conn: &mut Conn,
    place: &Place,
    others: &[OrganizationId],
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Vec<Elsewhere>> {
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(NaiveDate, NumberKind, i64, i64)> = charge::table
        .inner_join(number::table)
        .filter(number::service.eq(&place.service))
        .filter(number::carrier_account.eq(&place.account))
        .filter(charge::organization_id.eq_any(others.to_vec()))
        .filter(charge::period_start.ge(from))
        .filter(charge::period_start.lt(until))
        .group_by((charge::period_start, number::kind))
        .select((charge::period_start, number::kind, diesel::dsl::count_star(), sum_big("charge.amount")))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(day, kind, count, amount)| Elsewhere { day, kind, count, amount: Micros::new(amount) })
        .collect())
}

/// The account's numbers that were adopted on a day or later.
pub(super) fn adopted(conn: &mut Conn, place: &Place, from: NaiveDate) -> DbResult<Vec<Adopted>> {
    let rows: Vec<(NumberKind, Moment, Moment)> = event::table
        .inner_join(number::table)
        .filter(event::organization_id.eq(place.organization))
        .filter(event::kind.eq(EventKind::Adopted))
        .filter(event::at.ge(from.and_time(NaiveTime::MIN)))
        .filter(number::service.eq(&place.service))
        .filter(number::carrier_account.eq(&place.account))
        .select((number::kind, number::bought_at, event::at))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(kind, created, adopted)| Adopted { kind, created: created.date(), adopted: adopted.date() })
        .collect())
}

/// On which days numbers of the account were released, by kind.
pub(super) fn released(
    conn: &mut Conn,
    place: &Place,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Vec<(NaiveDate, NumberKind, i64)>> {
    let rows: Vec<(Option<Moment>, NumberKind)> = number::table
        .filter(number::organization_id.eq(place.organization))
        .filter(number::service.eq(&place.service))
        .filter(number::carrier_account.eq(&place.account))
        .filter(number::released_at.ge(from.and_time(NaiveTime::MIN)))
        .filter(number::released_at.lt(until.and_time(NaiveTime::MIN)))
        .select((number::released_at, number::kind))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(at, kind)| Some((at?.date(), kind, 1))).collect())
}
