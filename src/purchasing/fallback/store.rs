//! The rows of `order_fallback`: the codes an order may turn to.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::Named;
use crate::db::schema::order_fallback as fallback;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::OrderId;
use crate::kernel::{AreaCode, Micros};
use crate::on_each;

#[derive(Insertable)]
#[diesel(table_name = fallback)]
struct NewNamed {
    order_id: OrderId,
    area_code: AreaCode,
    position: i64,
    instead: AreaCode,
    expected: i64,
    quoted_price: Micros,
}

/// Writes the codes that a new order may turn to, in their places from 1 for each code that is wanted.
pub(in crate::purchasing) fn insert_named(tx: &mut Tx, order: OrderId, named: &[Named]) -> DbResult<()> {
    let mut positions: BTreeMap<AreaCode, i64> = BTreeMap::new();
    let rows: Vec<NewNamed> = named
        .iter()
        .map(|one| {
            let position = positions.entry(one.wanted).or_default();
            *position += 1;
            NewNamed {
                order_id: order,
                area_code: one.wanted,
                position: *position,
                instead: one.area_code,
                expected: one.expected,
                quoted_price: one.price,
            }
        })
        .collect();
    if !rows.is_empty() {
        on_each!(**tx, conn => diesel::insert_into(fallback::table).values(&rows).execute(conn))?;
    }
    Ok(())
}

/// The codes that an order may turn to, by the code that is wanted, in the order in which they are tried.
pub(in crate::purchasing) fn named(conn: &mut Conn, order: OrderId) -> DbResult<Vec<Named>> {
    let rows: Vec<(AreaCode, AreaCode, i64, Micros)> = fallback::table
        .filter(fallback::order_id.eq(order))
        .order((fallback::area_code, fallback::position))
        .select((fallback::area_code, fallback::instead, fallback::expected, fallback::quoted_price))
        .load(conn)?;
    let named = |(wanted, area_code, expected, price)| Named { wanted, area_code, expected, price };
    Ok(rows.into_iter().map(named).collect())
}
