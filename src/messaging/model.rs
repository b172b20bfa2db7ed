//! A messaging service: a sender pool at the carrier.

use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, OrganizationId, ServiceId};
use crate::organizations::connection::Place;
use crate::providers::{ClientRef, RemoteServiceId};
use crate::stored_enum;

stored_enum! {
    /// Where a messaging service comes from.
    pub enum Origin {
        /// We made it.
        Made = "made",
        /// It was at the carrier before and the organization adopted it.
        Adopted = "adopted",
    }
}

/// A messaging service of an organization.
#[derive(Debug, Clone)]
pub struct MessagingService {
    /// Its id.
    pub id: ServiceId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The provider's key.
    pub service: String,
    /// The account at the provider.
    pub carrier_account: String,
    /// The provider's id; `None` until the provider confirmed that it made it.
    pub remote_id: Option<RemoteServiceId>,
    /// Its name there.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The one campaign it was made for; `None` when it is shared.
    pub campaign_id: Option<CampaignId>,
    /// How many numbers it takes.
    pub room: i64,
    /// Carrier registration (10DLC) in the provider's words.
    pub registration: Option<String>,
    /// When it was intended.
    pub created_at: Moment,
    /// When it was deleted at the provider; of an adopted one, when it was forgotten here.
    pub deleted_at: Option<Moment>,
    /// Which of the texting platform's addresses it was last given, by when those were changed.
    pub addresses_at: Option<Moment>,
    /// Why it could not be given newer ones.
    pub addresses_problem: Option<String>,
    /// Whether its US numbers may text: it is registered with the mobile carriers (10DLC).
    pub registered: bool,
    /// Whether the organization's campaigns use it, unless they choose another.
    pub is_default: bool,
    /// Numbers that the carrier has in it and that are not the organization's here, when it was last looked at.
    pub strangers: i64,
}

/// The most numbers on one registered campaign (10DLC) that T-Mobile takes without having approved a number pool.
pub const CARRIERS_POOL: i64 = 49;
/// The most numbers in a messaging service, where the carrier was not asked for more (Twilio).
pub const USUAL_POOL: i64 = 400;
/// The largest room that may be set.
pub const MOST_ROOM: i64 = 100_000;

/// The rule of the mobile carriers that makes an unregistered service useless for US long codes.
pub const UNREGISTERED: &str = "The mobile carriers of the United States block every text from a local number whose \
    messaging service is not registered with them (10DLC), since September 2023. A new messaging service has no \
    registration; getting one takes 10 to 15 business days in the carrier’s console.";
/// What moving a number from one service to another costs.
pub const MOVING: &str = "A number that changes its messaging service is taken off one registration and put onto \
    another: the mobile carriers take up to several days for that, and block its texts meanwhile.";

impl MessagingService {
    /// Whether it is at the carrier and still in use here.
    pub fn is_open(&self) -> bool {
        self.deleted_at.is_none()
    }
    /// Whether numbers stay in it when a campaign ends: it is shared, or its registration was begun and would be lost
    /// with it.
    pub fn keeps_numbers(&self) -> bool {
        self.campaign_id.is_none() || self.registered || self.registration.is_some()
    }
    /// How many more numbers it takes, with so many of the organization's in it.
    pub fn room_left(&self, inside: i64) -> i64 {
        (self.room - self.strangers - inside).max(0)
    }
    /// How it is registered, in a few words.
    pub fn registration_words(&self) -> String {
        registration_words(self.registered, self.registration.as_deref())
    }
    /// The tag by which it is found again after a lost answer.
    pub fn client_ref(&self) -> ClientRef {
        ClientRef::new(format!("numberbank:{}", self.id))
    }
    /// The account it is in.
    pub fn place(&self) -> Place {
        Place {
            organization: self.organization_id,
            service: self.service.clone(),
            account: self.carrier_account.clone(),
        }
    }
    /// Whether it was given the addresses that were changed then.
    pub fn has_addresses_of(&self, changed_at: Moment) -> bool {
        self.addresses_at.is_some_and(|at| at >= changed_at)
    }
}

/// How a messaging service is registered with the mobile carriers, in a few words.
pub fn registration_words(registered: bool, status: Option<&str>) -> String {
    let of = |status: &str| match status.to_ascii_uppercase().as_str() {
        "PENDING" => "submitted, waits for review".to_owned(),
        "IN_PROGRESS" => "under review".to_owned(),
        "VERIFIED" => "approved".to_owned(),
        "FAILED" => "refused".to_owned(),
        "SUSPENDED" => "suspended".to_owned(),
        _ => status.to_lowercase().replace('_', " "),
    };
    match (registered, status) {
        (true, None) => "registered".to_owned(),
        (true, Some(status)) if matches!(of(status).as_str(), "approved" | "registered") => {
            "registered".to_owned()
        }
        (true, Some(status)) => format!("registered ({})", of(status)),
        (false, None) => "not registered".to_owned(),
        (false, Some(status)) => format!("not registered: {}", of(status)),
    }
}

/// What a person should know of a room they set; nothing when it is small enough.
pub fn room_warning(room: i64, registered: bool) -> Option<String> {
    if room > USUAL_POOL {
        return Some(format!(
            "Carriers take at most {USUAL_POOL} numbers in a messaging service unless their support raised that for \
             you; above it they refuse each number."
        ));
    }
    (registered && room > CARRIERS_POOL).then(|| {
        format!(
            "T-Mobile takes at most {CARRIERS_POOL} numbers on one registered campaign (10DLC) unless it approved a \
             number pool, so carriers say (Bandwidth’s help on 10DLC number pools; Twilio’s own words were not \
             found). More numbers do not send faster. Ask your carrier before you go above {CARRIERS_POOL}."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registrations_are_said_in_words() {
        assert_eq!(registration_words(true, Some("VERIFIED")), "registered");
        assert_eq!(registration_words(true, None), "registered");
        assert_eq!(registration_words(true, Some("SUSPENDED")), "registered (suspended)");
        assert_eq!(registration_words(false, None), "not registered");
        assert_eq!(registration_words(false, Some("IN_PROGRESS")), "not registered: under review");
        assert_eq!(registration_words(false, Some("SOME_NEW_STATE")), "not registered: some new state");
    }

    #[test]
    fn a_large_room_is_warned_of_where_a_rule_bites() {
        assert_eq!(room_warning(49, true), None);
        assert!(room_warning(50, true).is_some_and(|words| words.contains("T-Mobile")));
        assert_eq!(room_warning(400, false), None);
        assert!(room_warning(401, false).is_some_and(|words| words.contains("400")));
    }
}
