//! What the inventory's numbers cost from their next charge on.

mod store;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Count, NumberKind, touched};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::NumberId;
use crate::kernel::{Micros, Moment};
use crate::organizations::connection::Place;

/// Whose price: the numbers of one kind in one account.
#[derive(Debug, Clone, Copy)]
pub struct Priced<'a> {
    /// The account.
    pub place: &'a Place,
    /// The kind.
    pub kind: NumberKind,
}

/// How many of the numbers that are charged cost something else than this.
///
/// # Errors
/// A database error.
pub fn otherwise(conn: &mut Conn, of: Priced<'_>, price: Micros) -> DbResult<i64> {
    Ok(store::otherwise(conn, of, price)?.iter().map(|(_, numbers)| numbers).sum())
}

/// From their next charge on these numbers cost this; their counts say so too. Those that were released on `since` or
/// later are among them: one that was released on its monthly date is still to be charged. Answers what the numbers
/// that are there cost before, and how many were at each price.
///
/// # Errors
/// A database error.
pub fn reprice(
    tx: &mut Tx,
    of: Priced<'_>,
    price: Micros,
    since: NaiveDate,
    now: Moment,
) -> DbResult<Vec<(Micros, i64)>> {
    let Priced { place, kind } = of;
    let area_codes = store::area_codes(tx, of, since)?;
    super::store::lock_counts(tx, place.organization, &place.service, &area_codes)?;
    let before = store::otherwise(tx, of, price)?;
    for (area_code, numbers, cost) in store::costs(tx, of, &area_codes, price)? {
        let count = Count { monthly_cost: price * numbers - cost, ..Count::none(area_code) };
        super::store::add_to_count(tx, place.organization, &place.service, &count)?;
    }
    if store::write(tx, of, &area_codes, price, since)? > 0 {
        tracing::info!(organization = %place.organization, %kind, %price, "numbers cost another price");
        touched::held(tx, place.organization, now)?;
    }
    Ok(before)
}

/// Those of these numbers whose price this is and that were there before a day.
///
/// # Errors
/// A database error.
pub fn there_before(
    conn: &mut Conn,
    of: Priced<'_>,
    numbers: &[NumberId],
    day: NaiveDate,
) -> DbResult<BTreeSet<NumberId>> {
    store::there_before(conn, of, numbers, day)
}
