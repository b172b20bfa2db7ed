//! Organizations in the database.

use diesel::prelude::*;

use super::model::NewOrganization;
use crate::db::schema::organization;
use crate::db::{DbResult, Tx};
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
