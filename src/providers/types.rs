//! What is told to carriers and what they answer: numbers, messaging services, money.

use chrono::NaiveDate;

use crate::kernel::{AreaCode, E164, Micros, Moment};

use super::ProviderError;

/// Declares text newtypes.
macro_rules! text_key {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);
        impl $name {
            /// From its text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }
            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text_key! {
    /// The carrier's id of an owned number.
    RemoteNumberId,
    /// The carrier's id of a messaging service.
    RemoteServiceId,
    /// Our own tag, sent along with what we create so that it can be found again after a lost answer.
    ClientRef,
}

/// What a carrier can do.
#[derive(Debug, Clone, Copy)]
pub struct Capabilities {
    /// The most candidates one search returns.
    pub max_search: usize,
    /// The most numbers one purchase may name.
    pub max_purchase: usize,
    /// How many calls may be under way at once for one account.
    pub concurrency: usize,
    /// The most members a messaging service takes.
    pub pool_cap: u32,
    /// Whether the search says the price of each candidate.
    pub price_in_search: bool,
    /// Whether a purchase may complete later and must be polled.
    pub async_purchase: bool,
    /// Whether messaging services exist at all.
    pub messaging_services: bool,
    /// Whether what was used and billed can be asked.
    pub usage: bool,
}

/// Which numbers are looked for.
#[derive(Debug, Clone)]
pub struct Search {
    /// In this area code; a toll-free one searches toll-free numbers.
    pub area_code: AreaCode,
    /// How many are wanted; a carrier may answer fewer, never more than [`Capabilities::max_search`].
    pub limit: usize,
}

/// A number that could be bought a moment ago. A search reserves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The number.
    pub phone_number: E164,
    /// Its price a month, when the search says it.
    pub monthly_price: Option<Micros>,
}

/// What numbers cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    /// ISO 4217, `USD`.
    pub currency: String,
    /// A local number, a month.
    pub local: Micros,
    /// A toll-free number, a month.
    pub toll_free: Micros,
    /// When the carrier said so.
    pub as_of: Moment,
}

impl Prices {
    /// The price of a number in this area code, a month.
    pub fn of(&self, area_code: AreaCode) -> Micros {
        if area_code.is_toll_free() { self.toll_free } else { self.local }
    }
}

/// A number the account owns at the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedRemote {
    /// The carrier's id.
    pub id: RemoteNumberId,
    /// The number.
    pub phone_number: E164,
    /// Our tag, if it carries one.
    pub client_ref: Option<ClientRef>,
    /// Since when, by the carrier.
    pub created_at: Moment,
    /// What it costs a month, where the carrier says so.
    pub monthly_price: Option<Micros>,
    /// The messaging service it is in, where the carrier says so with the number.
    pub messaging_service: Option<RemoteServiceId>,
    /// The address that answers voice calls to it.
    pub voice_url: Option<String>,
    /// Whether it can text, as far as the carrier says.
    pub sms: bool,
}

/// One number of a purchase.
#[derive(Debug, Clone)]
pub struct PurchaseItem {
    /// The exact number.
    pub phone_number: E164,
    /// Our tag for it.
    pub client_ref: ClientRef,
    /// The address that shall answer voice calls to it; `None` leaves that to the carrier.
    pub voice_url: Option<String>,
}

/// How a purchase stands, number by number.
#[derive(Debug)]
pub enum Purchase {
    /// Bought.
    Owned(OwnedRemote),
    /// Not bought, surely.
    Failed(ProviderError),
    /// Accepted, outcome to be asked for with this handle.
    Pending(String),
}

/// A sender pool at the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteService {
    /// The carrier's id.
    pub id: RemoteServiceId,
    /// Its name there.
    pub name: String,
    /// Our tag, if it carries one.
    pub client_ref: Option<ClientRef>,
    /// How it is registered with the mobile carriers (10DLC).
    pub registration: Registration,
    /// Where the texting platform hears of messages.
    pub addresses: Addresses,
    /// Whether each number's own address is asked instead for messages that come in. Replies are lost where this is
    /// not so and there is no [`inbound_url`](Addresses::inbound_url).
    pub inbound_at_number: bool,
    /// Whether contacts are texted from their own area code where the pool has one.
    pub area_code_geomatch: bool,
    /// Whether a contact keeps its sender.
    pub sticky_sender: bool,
    /// When it was created.
    pub created_at: Moment,
}

impl RemoteService {
    /// Whether the replies of contacts reach nobody.
    pub fn loses_replies(&self) -> bool {
        self.addresses.inbound_url.is_none() && !self.inbound_at_number
    }
}

/// Where a messaging service tells the texting platform of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Of those that come in.
    pub inbound_url: Option<String>,
    /// Of what became of those sent.
    pub status_url: Option<String>,
}

/// How a messaging service is registered with the mobile carriers (10DLC in the United States).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registration {
    /// Whether its US long codes may text.
    pub registered: bool,
    /// The state of its registration in the carrier's words, such as `IN_PROGRESS`; `None` when there is none, or
    /// when the carrier does not say it in lists ([`Provider::service`](super::Provider::service) does).
    pub campaign_status: Option<String>,
}

impl Registration {
    /// In the carrier's words where there are any; `None` when nothing was ever begun.
    pub fn in_words(&self) -> Option<&str> {
        match (&self.campaign_status, self.registered) {
            (Some(status), _) => Some(status),
            (None, true) => Some("registered"),
            (None, false) => None,
        }
    }
}

/// What a new messaging service is like.
#[derive(Debug, Clone)]
pub struct NewService {
    /// Its name; people see it in the carrier's console.
    pub name: String,
    /// Our tag.
    pub client_ref: ClientRef,
    /// Where it tells the texting platform of messages.
    pub addresses: Addresses,
    /// Whether contacts are texted from their own area code where the pool has one.
    pub area_code_geomatch: bool,
    /// Whether a contact keeps its sender.
    pub sticky_sender: bool,
}

/// A page of a long list.
#[derive(Debug, Clone)]
pub struct RemotePage<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
}

/// What the carrier billed on one day in one category. Categories overlap: `phonenumbers` contains its kinds,
/// `totalprice` everything, so a whole list is never added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The day, UTC.
    pub day: NaiveDate,
    /// The carrier's category, such as `phonenumbers-local`.
    pub category: String,
    /// How many charges, messages or whatever the category counts.
    pub count: i64,
    /// Their sum.
    pub amount: Micros,
}
