//! Organizations in the database.

use diesel::prelude::*;

use super::model::NewOrganization;
use crate::db::schema::organization;
use crate::db::{Conn, DbResult, Tx};
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
