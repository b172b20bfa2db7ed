//! What can be asked of a carrier.

use crate::kernel::text_enum::TextEnum;

crate::text_enum! {
    /// What is asked of a carrier.
    pub enum Verb {
        /// The price list.
        Prices = "prices",
        /// Numbers for sale.
        Search = "search",
        /// Buying.
        Purchase = "purchase",
        /// How a purchase stands.
        PollPurchase = "poll_purchase",
        /// Whether a number is owned.
        FindOwned = "find_owned",
        /// The numbers owned.
        ListOwned = "list_owned",
        /// Giving a number back.
        Release = "release",
        /// A new messaging service.
        CreateService = "create_service",
        /// A messaging service by our tag.
        FindService = "find_service",
        /// The messaging services.
        ListServices = "list_services",
        /// Deleting a messaging service.
        DeleteService = "delete_service",
        /// Putting a number into a messaging service.
        AddToService = "add_to_service",
        /// Taking it out.
        RemoveFromService = "remove_from_service",
        /// The numbers in a messaging service.
        ListMembers = "list_members",
        /// What was billed.
        Usage = "usage",
        // New ones come last: the place of a verb decides its draws.
        /// Testing the connection.
        Check = "check",
        /// A number by its id.
        FindById = "find_by_id",
        /// Setting who answers voice calls.
        SetVoiceUrl = "set_voice_url",
        /// A messaging service by its id.
        Service = "service",
        /// Changing a messaging service.
        UpdateService = "update_service",
    }
}

impl Verb {
    /// Whether it changes something at the carrier.
    pub fn is_change(self) -> bool {
        matches!(
            self,
            Verb::Purchase
                | Verb::Release
                | Verb::CreateService
                | Verb::DeleteService
                | Verb::AddToService
                | Verb::RemoveFromService
                | Verb::SetVoiceUrl
                | Verb::UpdateService
        )
    }
    /// Its place in the list of verbs, for draws.
    pub(super) fn number(self) -> u64 {
        Self::ALL.iter().zip(0..).find(|(verb, _)| **verb == self).map_or(0, |(_, number)| number)
    }
}
