//! Organizations in the database.

use diesel::prelude::*;

use super::model::NewOrganization;
use crate::db::schema::organization;
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;

/// Writes a new organization, with the settings every organization begins with.
pub(super) fn insert(tx: &mut Tx, id: OrganizationId, new: &NewOrganization, now: Moment) -> DbResult<()> {
    diesel::insert_into(organization::table)
        .values((
            organization::id.eq(id),
            organization::slug.eq(new.slug()),
            organization::name.eq(new.name()),
            organization::service.eq(new.service()),
            organization::carrier_account.eq(new.carrier_account()),
            organization::time_zone.eq(new.time_zone().name()),
            organization::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn any(conn: &mut Conn) -> DbResult<bool> {
    Ok(organization::table.select(organization::id).first::<OrganizationId>(conn).optional()?.is_some())
}

pub(super) fn ask_owners_for_two_steps(tx: &mut Tx, id: OrganizationId, ask: bool) -> DbResult<bool> {
    let other = organization::table.find(id).filter(organization::owners_in_two_steps.ne(ask));
    Ok(diesel::update(other).set(organization::owners_in_two_steps.eq(ask)).execute(&mut **tx)? == 1)
}

/// Weaker than the lock of a change of the row: rows that refer to it may be written meanwhile.
pub(super) fn lock_money(tx: &mut Tx, id: OrganizationId) -> DbResult<()> {
    let row = organization::table.find(id).select(organization::id);
    let found: Option<OrganizationId> = match &mut **tx {
        Conn::Postgres(conn) => row.for_no_key_update().first(conn).optional()?,
        Conn::Sqlite(conn) => row.first(conn).optional()?,
    };
    found.map(drop).ok_or(DbError::NotFound)
}

pub(super) fn with_budget(conn: &mut Conn) -> DbResult<Vec<OrganizationId>> {
    Ok(organization::table
        .filter(organization::monthly_budget.is_not_null())
        .order(organization::id)
        .select(organization::id)
        .load(conn)?)
}

pub(super) fn with_weekly_letters(conn: &mut Conn) -> DbResult<Vec<OrganizationId>> {
    Ok(organization::table
        .filter(organization::weekly_letters.eq(true))
        .order(organization::id)
        .select(organization::id)
        .load(conn)?)
}
