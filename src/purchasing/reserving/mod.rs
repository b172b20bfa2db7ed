//! Orders whose numbers are reserved for a draft campaign as they arrive.

mod store;

use super::model::Order;
use crate::db::{DbResult, Tx};
use crate::kernel::ids::CampaignId;

/// The campaign for which what an order buys now is reserved: none when it does not reserve, or when the campaign is
/// no draft any more; then what it buys stays available. The campaign stays as it is until the transaction ends: lock
/// it before the order and before any count.
///
/// # Errors
/// A database error.
pub(super) fn draft(tx: &mut Tx, order: &Order) -> DbResult<Option<CampaignId>> {
    match order.reserves_for() {
        Some(campaign) => Ok(store::lock_draft(tx, order.organization_id, campaign)?.then_some(campaign)),
        None => Ok(None),
    }
}
