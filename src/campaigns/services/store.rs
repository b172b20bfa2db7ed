//! Queries about the messaging services of campaigns.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::campaigns::model::{Campaign, Picker, State};
use crate::campaigns::store::campaigns;
use crate::db::schema::{campaign, campaign_need};
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::kernel::AreaCode;
use crate::kernel::ids::{CampaignId, OrganizationId, ServiceId};

pub(super) fn choose(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    service: Option<ServiceId>,
    own: bool,
) -> DbResult<()> {
    let changed = diesel::update(
        campaign::table.filter(campaign::organization_id.eq(organization)).filter(campaign::id.eq(id)),
    )
    .set((campaign::messaging_service_id.eq(service), campaign::own_service.eq(own)))
    .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(DbError::NotFound) }
}

/// The campaigns with one of these services that have not closed, newest first.
pub(super) fn on_services(
    conn: &mut Conn,
    organization: OrganizationId,
    services: &[ServiceId],
) -> DbResult<Vec<Campaign>> {
    Ok(campaigns(
        campaign::table
            .filter(campaign::organization_id.eq(organization))
            .filter(campaign::messaging_service_id.eq_any(services.iter().copied().map(Some)))
            .filter(campaign::state.ne(State::Closed))
            .order((campaign::created_at.desc(), campaign::id.desc()))
            .load(conn)?,
    ))
}

/// The drafts that chose a service; and where it is the usual one, those that chose none of the `open` ones.
pub(super) fn drafts_for(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
    open: Option<&[ServiceId]>,
) -> DbResult<Vec<(CampaignId, String)>> {
    let drafts = campaign::table
        .filter(campaign::organization_id.eq(organization))
        .filter(campaign::state.eq(State::Draft));
    let mut found: Vec<(CampaignId, String)> = drafts
        .filter(campaign::messaging_service_id.eq(service))
        .select((campaign::id, campaign::name))
        .load(conn)?;
    if let Some(open) = open {
        let open: Vec<Option<ServiceId>> = open.iter().copied().map(Some).collect();
        let others: Vec<(CampaignId, String)> = drafts
            .filter(campaign::own_service.eq(false))
            .filter(campaign::messaging_service_id.is_null().or(campaign::messaging_service_id.ne_all(open)))
            .select((campaign::id, campaign::name))
            .load(conn)?;
        found.extend(others);
    }
    Ok(found)
}

/// Contacts of several campaigns together.
pub(super) fn needs_of_all(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[CampaignId],
) -> DbResult<BTreeMap<AreaCode, i64>> {
    let rows: Vec<(AreaCode, i64)> = campaign_need::table
        .inner_join(campaign::table)
        .filter(campaign::organization_id.eq(organization))
        .filter(campaign::id.eq_any(ids.to_vec()))
        .select((campaign_need::area_code, campaign_need::contacts))
        .load(conn)?;
    let mut contacts = BTreeMap::new();
    for (code, count) in rows {
        *contacts.entry(code).or_default() += count;
    }
    Ok(contacts)
}

pub(super) fn set_picker(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    picker: Picker,
) -> DbResult<()> {
    diesel::update(
        campaign::table.filter(campaign::organization_id.eq(organization)).filter(campaign::id.eq(id)),
    )
    .set(campaign::picker.eq(picker))
    .execute(&mut **tx)?;
    Ok(())
}
