//! Whether a campaign takes numbers: read here, in the transaction that records a purchase, because no room above this
//! one can be asked from it. Nothing is ever written.

use diesel::prelude::*;

use crate::db::schema::campaign;
use crate::db::{DbResult, Tx};
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::load_for_update;

/// How the states are stored in which numbers still come to a campaign.
const TAKES: [&str; 3] = ["draft", "starting", "started"];

/// Locks a campaign; says whether numbers still come to it.
pub(super) fn lock_taker(tx: &mut Tx, organization: OrganizationId, id: CampaignId) -> DbResult<bool> {
    let states: Vec<String> = load_for_update!(
        **tx,
        campaign::table
            .filter(campaign::organization_id.eq(organization))
            .filter(campaign::id.eq(id))
            .select(campaign::state)
    )?;
    Ok(states.iter().any(|state| TAKES.contains(&state.as_str())))
}
