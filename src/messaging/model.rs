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
    /// When it was deleted at the provider.
    pub deleted_at: Option<Moment>,
    /// Which of the texting platform's addresses it was last given, by when those were changed.
    pub addresses_at: Option<Moment>,
    /// Why it could not be given newer ones.
    pub addresses_problem: Option<String>,
}

impl MessagingService {
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
