//! The rows of `month_touched`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::Touched;
use crate::db::schema::month_touched as touched;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{OrganizationId, TouchId};

/// SQLite takes 32,766 bound values a statement.
const AT_ONCE: usize = 10_000;

pub(super) fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    first: NaiveDate,
    last: Option<NaiveDate>,
) -> DbResult<()> {
    diesel::insert_into(touched::table)
        .values((
            touched::id.eq(TouchId::new()),
            touched::organization_id.eq(organization),
            touched::first_month.eq(first),
            touched::last_month.eq(last),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn of(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<Touched>> {
    let rows: Vec<_> = touched::table
        .filter(touched::organization_id.eq(organization))
        .select((touched::id, touched::first_month, touched::last_month))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, first, last)| Touched { id, first, last }).collect())
}

pub(super) fn spans(
    conn: &mut Conn,
    organization: OrganizationId,
) -> DbResult<Vec<(NaiveDate, Option<NaiveDate>)>> {
    Ok(touched::table
        .filter(touched::organization_id.eq(organization))
        .select((touched::first_month, touched::last_month))
        .distinct()
        .load(conn)?)
}

pub(super) fn organizations(conn: &mut Conn) -> DbResult<Vec<OrganizationId>> {
    Ok(touched::table
        .select(touched::organization_id)
        .distinct()
        .order(touched::organization_id)
        .load(conn)?)
}

pub(super) fn delete(tx: &mut Tx, notes: &[TouchId]) -> DbResult<()> {
    for notes in notes.chunks(AT_ONCE) {
        diesel::delete(touched::table.filter(touched::id.eq_any(notes.to_vec()))).execute(&mut **tx)?;
    }
    Ok(())
}
