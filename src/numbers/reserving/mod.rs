//! Who reserved numbers: their lives say it, whether a person typed a count, let the planner choose, or approved an order
//! whose numbers were reserved as they arrived.

mod store;

use std::collections::BTreeMap;

use crate::db::{Conn, DbResult};
use crate::kernel::ids::{CampaignId, OrganizationId, PersonId};

/// The people who reserved what these campaigns hold reserved, with how many of the numbers, the most first. Numbers that
/// nobody in particular reserved are left out. Costs the numbers that are reserved.
///
/// # Errors
/// A database error.
pub fn people(
    conn: &mut Conn,
    organization: OrganizationId,
    campaigns: &[CampaignId],
) -> DbResult<BTreeMap<CampaignId, Vec<(PersonId, i64)>>> {
    // Of a number that was reserved again for the same campaign the last time counts.
    let last: BTreeMap<_, _> = store::reserved(conn, organization, campaigns)?.into_iter().collect();
    let mut counts: BTreeMap<CampaignId, BTreeMap<PersonId, i64>> = BTreeMap::new();
    for (campaign, person) in last.into_values() {
        if let Some((campaign, person)) = campaign.zip(person) {
            *counts.entry(campaign).or_default().entry(person).or_default() += 1;
        }
    }
    let ordered = counts.into_iter().map(|(campaign, people)| {
        let mut people: Vec<(PersonId, i64)> = people.into_iter().collect();
        people.sort_by_key(|(person, count)| (-count, *person));
        (campaign, people)
    });
    Ok(ordered.collect())
}
