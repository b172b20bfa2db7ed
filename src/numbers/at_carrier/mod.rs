//! The inventory from the carrier's point of view: which of its ids are ours, taking in what it has already, and
//! clearing what it has no more.

mod store;

use super::{EventKind, NewNumber, Number, Why};
use crate::access::Actor;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CampaignId, NumberId, OrganizationId};
use crate::kernel::{E164, Moment};
use crate::organizations::connection::Place;

/// Whose number an id of the carrier is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The carrier's id.
    pub remote_id: String,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The number.
    pub number_id: NumberId,
}

/// Which of these ids of the carrier are numbers of any organization here, lost ones included, released ones not.
///
/// # Errors
/// A database error.
pub fn known(conn: &mut Conn, place: &Place, remote_ids: &[String]) -> DbResult<Vec<Known>> {
    store::known(conn, place, remote_ids)
}

/// The organization's numbers of an account in the order of their ids, lost ones included: at most `limit`, after one.
///
/// # Errors
/// A database error.
pub fn page(conn: &mut Conn, place: &Place, after: Option<NumberId>, limit: i64) -> DbResult<Vec<Number>> {
    store::page(conn, place, after, limit)
}

/// How many numbers of the organization the carrier should list: those neither lost nor about to be released.
///
/// # Errors
/// A database error.
pub fn expected(conn: &mut Conn, place: &Place) -> DbResult<i64> {
    store::expected(conn, place)
}

/// Takes a number in that the carrier has in the account already: its row, its count, its first event.
///
/// # Errors
/// As [`super::add`].
pub fn adopt(tx: &mut Tx, by: &Actor, new: &NewNumber, now: Moment, why: Why) -> DbResult<()> {
    super::enter(tx, by, new, EventKind::Adopted, now, why)
}

/// A lost number leaves the inventory, its counts, every list and the campaign that held it; its row stays for its
/// past. Answers it as it was; `None` when it is not lost, or gone already.
///
/// # Errors
/// A database error.
pub fn clear(tx: &mut Tx, by: &Actor, id: NumberId, now: Moment, why: Why) -> DbResult<Option<Number>> {
    super::leave(tx, by, id, EventKind::Cleared, now, why)
}

/// The numbers that a campaign holds and that are lost.
///
/// # Errors
/// A database error.
pub fn lost_of(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Vec<(NumberId, E164)>> {
    store::lost_of(conn, organization, campaign)
}
