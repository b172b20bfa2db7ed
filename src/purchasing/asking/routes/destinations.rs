//! Where the numbers of an order may go, as it is now.

use crate::access::{Allowed, BuyNumbers as MayBuy};
use crate::campaigns::{self, State};
use crate::db::Conn;
use crate::error::AppResult;
use crate::kernel::ids::CampaignId;
use crate::messaging::moves;
use crate::numbers::pools;
use crate::purchasing::asking::destination::Destination;

/// The shared messaging services of the organization.
///
/// # Errors
/// A database error.
pub(super) fn all(conn: &mut Conn, by: &Allowed<MayBuy>) -> AppResult<Vec<Destination>> {
    let services = campaigns::shared_services(conn, by.organization())?;
    let organization = by.organization_id();
    let mut destinations = Vec::with_capacity(services.len());
    for service in services {
        // What campaigns that run are about to put in takes room, and what somebody has asked to be put in.
        let on = campaigns::on_services(conn, organization, &[service.id])?;
        let run = on.iter().filter(|campaign| campaign.state != State::Draft).map(|campaign| campaign.id);
        let run: Vec<CampaignId> = run.collect();
        let expected = pools::expected(conn, organization, service.id, &run)?
            + moves::on_their_way(conn, organization, service.id, |number| {
                number.facts.held.is_none_or(|(campaign, _)| !run.contains(&campaign))
            })?;
        destinations.push(Destination {
            registration: service.registration_words(),
            left: service.room_left(expected),
            id: service.id,
            name: service.name,
        });
    }
    Ok(destinations)
}
