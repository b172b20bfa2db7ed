//! Numbers by their ids.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::{Row, numbers};
use crate::db::schema::owned_phone_number as number;
use crate::db::{Conn, DbResult, MultiBackend, Tx};
use crate::kernel::AreaCode;
use crate::kernel::ids::{NumberId, OrganizationId};
use crate::numbers::model::Number;

/// A condition on numbers.
pub(in crate::numbers) type Condition =
    Box<dyn BoxableExpression<number::table, MultiBackend, SqlType = Bool>>;

/// The organization's numbers with these ids. SQLite gets the ids as one list: of a thousand bound one by one each may
/// change its plan, so it prepares the statement twice. The `+` has it begin with the ids, however few numbers it takes
/// the organization to have.
pub(in crate::numbers) fn among(conn: &Conn, organization: OrganizationId, ids: &[NumberId]) -> Condition {
    match conn {
        Conn::Postgres(_) => {
            Box::new(number::organization_id.eq(organization).and(number::id.eq_any(ids.to_vec())))
        }
        Conn::Sqlite(_) => {
            let list: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
            Box::new(
                diesel::dsl::sql::<Bool>("+owned_phone_number.organization_id = ")
                    .bind::<Text, _>(organization)
                    .sql(" AND owned_phone_number.id IN (SELECT value FROM json_each(")
                    .bind::<Text, _>(format!("[{}]", list.join(",")))
                    .sql("))"),
            )
        }
    }
}

pub(in crate::numbers) fn of_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[NumberId],
) -> DbResult<Vec<Number>> {
    Ok(numbers(
        number::table
            .filter(among(conn, organization, ids))
            .filter(number::released_at.is_null())
            .order(number::phone_number)
            .load(conn)?,
    ))
}

/// The provider and area code of numbers, not locked: neither ever changes.
pub(in crate::numbers) fn peek(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[NumberId],
) -> DbResult<Vec<(String, AreaCode)>> {
    Ok(number::table
        .filter(among(conn, organization, ids))
        .select((number::service, number::area_code))
        .distinct()
        .load(conn)?)
}

/// Loads numbers of the organization, locked, in their order.
pub(in crate::numbers) fn lock(
    tx: &mut Tx,
    organization: OrganizationId,
    ids: &[NumberId],
) -> DbResult<Vec<Number>> {
    let Conn::Postgres(conn) = &mut **tx else {
        // There the transaction is the lock.
        return of_ids(tx, organization, ids);
    };
    let rows: Vec<Row> = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::id.eq_any(ids.to_vec()))
        .filter(number::released_at.is_null())
        .order(number::phone_number)
        .for_update()
        .load(conn)?;
    Ok(numbers(rows))
}
