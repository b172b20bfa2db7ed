//! Numbers for a campaign.

use std::collections::BTreeMap;

use super::model::Change;
use super::{Why, store};
use crate::access::Actor;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CampaignId, OrganizationId, ServiceId};
use crate::kernel::{AreaCode, Moment};

/// What a reservation got in one area code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The area code.
    pub area_code: AreaCode,
    /// How many were asked for.
    pub asked: i64,
    /// How many were taken.
    pub taken: i64,
}

/// Which numbers beside the free ones a campaign may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sources {
    /// Those attached to the messaging service it will use.
    pub attached_to: Option<ServiceId>,
    /// Resting ones.
    pub resting: bool,
}

/// How many numbers a campaign may take beside the free ones, by area code. Costs the numbers of those sources.
///
/// # Errors
/// A database error.
pub fn beside_free(
    conn: &mut Conn,
    organization: OrganizationId,
    service: &str,
    sources: Sources,
) -> DbResult<BTreeMap<AreaCode, i64>> {
    store::beside_free(conn, organization, service, sources)
}

/// What a campaign is to get.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The provider whose numbers.
    pub service: &'a str,
    /// How many of which area codes.
    pub asked: &'a BTreeMap<AreaCode, i64>,
    /// Where from, beside the free ones.
    pub sources: Sources,
    /// Whether nothing is taken when an area code has too few.
    pub all_or_nothing: bool,
}

/// Takes numbers for a campaign, in each area code at most as many as asked and as there are: those in its messaging
/// service first, then free ones, then resting ones, as the sources allow. Answers what there was, also when nothing was
/// taken because it was too little.
///
/// Two campaigns that take at once pass over one another's numbers, so neither waits until the other has written; the
/// counts are locked last, ascending, and shortly. Only when too few are left does one wait for what the other is
/// taking. Never do both hold the same number. Whoever takes from other sources than the free ones has locked the counts
/// with [`lock_counts`](super::lock_counts) before.
///
/// # Errors
/// A database error.
pub fn reserve(
    tx: &mut Tx,
    by: &Actor,
    campaign: CampaignId,
    wish: &Wish,
    now: Moment,
) -> DbResult<Vec<Taken>> {
    let numbers = store::take(tx, by.organization(), wish)?;
    let none = |(&area_code, &asked)| (area_code, Taken { area_code, asked, taken: 0 });
    let mut taken: BTreeMap<AreaCode, Taken> = wish.asked.iter().map(none).collect();
    for number in &numbers {
        taken.entry(number.area_code).and_modify(|taken| taken.taken += 1);
    }
    let taken: Vec<Taken> = taken.into_values().collect();
    if !wish.all_or_nothing || taken.iter().all(|code| code.taken >= code.asked) {
        super::write(tx, by, &numbers, Change::Reserve(campaign), now, Why::campaign(campaign, ""))?;
    }
    Ok(taken)
}
