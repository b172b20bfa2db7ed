//! Orders whose numbers are reserved for a campaign as they arrive.

mod store;

use super::model::Order;
use crate::db::{DbResult, Tx};
use crate::kernel::ids::CampaignId;

/// The campaign for which what an order buys now is reserved: none when it does not reserve, or when no more numbers
/// come to the campaign, because it is over; then what it buys stays available. The campaign stays as it is until the
/// transaction ends: lock it before the order and before any count.
///
/// # Errors
/// A database error.
pub(super) fn taker(tx: &mut Tx, order: &Order) -> DbResult<Option<CampaignId>> {
    match order.reserves_for() {
        Some(campaign) => Ok(store::lock_taker(tx, order.organization_id, campaign)?.then_some(campaign)),
        None => Ok(None),
    }
}
