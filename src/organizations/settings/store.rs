//! The settings of an organization in the database.

use diesel::prelude::*;

use super::model::Settings;
use crate::db::schema::organization as o;
use crate::db::{DbError, DbResult, Tx};
use crate::kernel::ids::OrganizationId;
use crate::load_for_update;

/// Nobody else changes it until the transaction ends.
pub(super) fn lock(tx: &mut Tx, id: OrganizationId) -> DbResult<()> {
    let found: Vec<OrganizationId> = load_for_update!(**tx, o::table.filter(o::id.eq(id)).select(o::id))?;
    if found.is_empty() { Err(DbError::NotFound) } else { Ok(()) }
}

pub(super) fn update(tx: &mut Tx, id: OrganizationId, settings: &Settings) -> DbResult<()> {
    diesel::update(o::table.find(id))
        .set((
            o::name.eq(&settings.name),
            o::time_zone.eq(settings.time_zone.name()),
            o::contacts_per_number.eq(settings.contacts_per_number),
            o::room.eq(settings.room),
            o::tolerated_load_percent.eq(settings.tolerated_load_percent),
            o::reservation_hours.eq(settings.reservation_hours),
            o::rest_days.eq(settings.rest_days),
            o::delete_campaign_services.eq(settings.delete_campaign_services),
            o::order_limit.eq(settings.order_limit),
            o::monthly_budget.eq(settings.monthly_budget),
            o::money_letters.eq(settings.money_letters),
            o::weekly_letters.eq(settings.weekly_letters),
            o::default_strategy.eq(&settings.strategy),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
