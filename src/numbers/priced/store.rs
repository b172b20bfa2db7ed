//! Reading and writing `owned_phone_number.monthly_price`.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::Priced;
use crate::db::dialect::sum_big;
use crate::db::schema::owned_phone_number as number;
use crate::db::{Conn, DbResult, MultiBackend, Tx};
use crate::kernel::ids::NumberId;
use crate::kernel::{AreaCode, Micros};

/// SQLite takes 32,766 bound values a statement.
const AT_ONCE: usize = 10_000;

/// The numbers that are charged and cost something else.
fn charged<'a>(of: Priced<'_>, price: Micros) -> number::BoxedQuery<'a, MultiBackend> {
    number::table
        .filter(number::organization_id.eq(of.place.organization))
        .filter(number::service.eq(of.place.service.clone()))
        .filter(number::carrier_account.eq(of.place.account.clone()))
        .filter(number::kind.eq(of.kind))
        .filter(number::monthly_price.ne(price))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .into_boxed::<MultiBackend>()
}

pub(super) fn otherwise(conn: &mut Conn, of: Priced<'_>, price: Micros) -> DbResult<Vec<(Micros, i64)>> {
    let prices: Vec<Micros> = charged(of, price)
        .select(number::monthly_price)
        .distinct()
        .order(number::monthly_price)
        .load(conn)?;
    let mut found = Vec::with_capacity(prices.len());
    for before in prices {
        let numbers: i64 =
            charged(of, price).filter(number::monthly_price.eq(before)).count().get_result(conn)?;
        found.push((before, numbers));
    }
    Ok(found)
}

/// Where there are numbers of it, in order.
pub(super) fn area_codes(conn: &mut Conn, of: Priced<'_>, since: NaiveDate) -> DbResult<Vec<AreaCode>> {
    Ok(number::table
        .filter(number::organization_id.eq(of.place.organization))
        .filter(number::service.eq(&of.place.service))
        .filter(number::carrier_account.eq(&of.place.account))
        .filter(number::kind.eq(of.kind))
        .filter(number::released_at.is_null().or(number::released_at.ge(since.and_time(NaiveTime::MIN))))
        .select(number::area_code)
        .distinct()
        .order(number::area_code)
        .load(conn)?)
}

/// How many of them are where, and what they cost.
pub(super) fn costs(
    conn: &mut Conn,
    of: Priced<'_>,
    area_codes: &[AreaCode],
    price: Micros,
) -> DbResult<Vec<(AreaCode, i64, Micros)>> {
    let rows: Vec<(AreaCode, i64, i64)> = number::table
        .filter(number::organization_id.eq(of.place.organization))
        .filter(number::service.eq(&of.place.service))
        .filter(number::carrier_account.eq(&of.place.account))
        .filter(number::kind.eq(of.kind))
        .filter(number::monthly_price.ne(price))
        .filter(number::area_code.eq_any(area_codes.to_vec()))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .group_by(number::area_code)
        .order(number::area_code)
        .select((number::area_code, diesel::dsl::count_star(), sum_big("monthly_price")))
        .load(conn)?;
    Ok(rows.into_iter().map(|(area_code, numbers, cost)| (area_code, numbers, Micros::new(cost))).collect())
}

/// Answers how many rows changed. Only where the counts are locked: a number that arrives elsewhere meanwhile comes
/// with a price of its own.
pub(super) fn write(
    tx: &mut Tx,
    of: Priced<'_>,
    area_codes: &[AreaCode],
    price: Micros,
    since: NaiveDate,
) -> DbResult<usize> {
    let those = number::table
        .filter(number::organization_id.eq(of.place.organization))
        .filter(number::service.eq(&of.place.service))
        .filter(number::carrier_account.eq(&of.place.account))
        .filter(number::kind.eq(of.kind))
        .filter(number::monthly_price.ne(price))
        .filter(number::area_code.eq_any(area_codes.to_vec()))
        .filter(number::released_at.is_null().or(number::released_at.ge(since.and_time(NaiveTime::MIN))));
    Ok(diesel::update(those).set(number::monthly_price.eq(price)).execute(&mut **tx)?)
}

pub(super) fn there_before(
    conn: &mut Conn,
    of: Priced<'_>,
    numbers: &[NumberId],
    day: NaiveDate,
) -> DbResult<BTreeSet<NumberId>> {
    let mut found = BTreeSet::new();
    for some in numbers.chunks(AT_ONCE) {
        let ids: Vec<NumberId> = number::table
            .filter(number::id.eq_any(some.to_vec()))
            .filter(number::organization_id.eq(of.place.organization))
            .filter(number::service.eq(&of.place.service))
            .filter(number::carrier_account.eq(&of.place.account))
            .filter(number::kind.eq(of.kind))
            .filter(number::bought_at.lt(day.and_time(NaiveTime::MIN)))
            .select(number::id)
            .load(conn)?;
        found.extend(ids);
    }
    Ok(found)
}
