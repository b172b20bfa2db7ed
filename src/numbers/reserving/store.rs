//! The events in which numbers were reserved.

use diesel::prelude::*;

use crate::db::schema::{number_event as event, owned_phone_number as number};
use crate::db::{Conn, DbResult};
use crate::kernel::ids::{CampaignId, NumberId, OrganizationId, PersonId};
use crate::numbers::{EventKind, Hold};

type Reserved = (NumberId, (Option<CampaignId>, Option<PersonId>));

/// Each time a number was reserved for the campaign that holds it reserved now, the last time last.
pub(super) fn reserved(
    conn: &mut Conn,
    organization: OrganizationId,
    campaigns: &[CampaignId],
) -> DbResult<Vec<Reserved>> {
    Ok(event::table
        .inner_join(number::table)
        .filter(number::organization_id.eq(organization))
        .filter(number::campaign_id.eq_any(campaigns.iter().copied().map(Some)))
        .filter(number::hold.eq(Hold::Reserved))
        .filter(number::released_at.is_null())
        .filter(event::campaign_id.eq(number::campaign_id))
        .filter(event::kind.eq(EventKind::Reserved))
        .order((event::at, event::id))
        .select((event::number_id, (event::campaign_id, event::person_id)))
        .load(conn)?)
}
