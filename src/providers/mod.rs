//! Carriers ("providers" in code): where numbers are searched, bought, pooled and released.
//!
//! [`Provider`] has the shape that fits Twilio, Telnyx, Bandwidth and Vonage alike: a purchase may take several
//! numbers and may complete later ([`Purchase::Pending`]), a pool may be a membership or an attribute of the number,
//! and whatever a carrier cannot do is said by its [`Capabilities`].
//!
//! To add one: a folder here, one line where the [`Registry`] is filled, and it passes [`contract`].

pub mod contract;
mod error;
pub mod fakeservice;
mod registry;

use async_trait::async_trait;
use chrono::NaiveDate;

use crate::kernel::{AreaCode, E164, Micros, Moment};

pub use error::{ErrorKind, ProviderError};
pub use registry::Registry;

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

/// What providers return.
pub type ProviderResult<T> = Result<T, ProviderError>;

/// The account at the carrier on whose behalf a call is made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    /// The carrier's account id; for `fakeservice` any text: each is a customer of the one practice world.
    pub id: String,
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
}

/// One number of a purchase.
#[derive(Debug, Clone)]
pub struct PurchaseItem {
    /// The exact number.
    pub phone_number: E164,
    /// Our tag for it.
    pub client_ref: ClientRef,
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
    /// Carrier registration (10DLC) in the provider's words; `None` when it has none.
    pub registration: Option<String>,
    /// When it was created.
    pub created_at: Moment,
}

/// What a new messaging service is like.
#[derive(Debug, Clone)]
pub struct NewService {
    /// Its name; people see it in the carrier's console.
    pub name: String,
    /// Our tag.
    pub client_ref: ClientRef,
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

/// What the carrier billed for numbers on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The day, UTC.
    pub day: NaiveDate,
    /// The carrier's category, such as `phonenumbers-local`.
    pub category: String,
    /// How many charges.
    pub count: i64,
    /// Their sum.
    pub amount: Micros,
}

/// A carrier.
///
/// Calls that spend or destroy are never retried in here: after [`ProviderError::is_ambiguous`] the caller asks
/// [`find_owned`](Self::find_owned) or [`find_service`](Self::find_service) before it tries again. Reads may be
/// retried inside.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The key stored with everything of this provider, such as `fakeservice`.
    fn key(&self) -> &'static str;
    /// The name people know, such as "Practice carrier".
    fn name(&self) -> &'static str;
    /// Whether numbers and money here are not real.
    fn is_practice(&self) -> bool {
        false
    }
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// What numbers cost now.
    async fn prices(&self, account: &Account) -> ProviderResult<Prices>;
    /// Numbers that could be bought; empty when there are none. Reserves nothing.
    async fn search(&self, account: &Account, search: &Search) -> ProviderResult<Vec<Candidate>>;
    /// Buys exactly these numbers, at most [`Capabilities::max_purchase`]. The answer has one entry an item, in
    /// order. An error of the whole call is about all of them.
    async fn purchase(&self, account: &Account, items: &[PurchaseItem]) -> ProviderResult<Vec<Purchase>>;
    /// How a pending purchase stands.
    async fn poll_purchase(&self, account: &Account, handle: &str) -> ProviderResult<Vec<Purchase>>;
    /// The number, if the account owns it: the question asked after any doubt.
    async fn find_owned(&self, account: &Account, number: E164) -> ProviderResult<Option<OwnedRemote>>;
    /// All numbers of the account, page by page.
    async fn list_owned(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<OwnedRemote>>;
    /// Gives a number back to the carrier for good. Already gone is success.
    async fn release(&self, account: &Account, id: &RemoteNumberId) -> ProviderResult<()>;
    /// Makes a messaging service.
    async fn create_service(&self, account: &Account, service: &NewService) -> ProviderResult<RemoteService>;
    /// The service made with this tag, if there is one: asked after any doubt.
    async fn find_service(
        &self,
        account: &Account,
        client_ref: &ClientRef,
    ) -> ProviderResult<Option<RemoteService>>;
    /// All messaging services of the account, page by page.
    async fn list_services(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteService>>;
    /// Deletes a messaging service; its numbers stay in the account. Already gone is success.
    async fn delete_service(&self, account: &Account, service: &RemoteServiceId) -> ProviderResult<()>;
    /// Puts a number into a messaging service. Already in this one is success.
    async fn add_to_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()>;
    /// Takes a number out of a messaging service. Not in it is success.
    async fn remove_from_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()>;
    /// The numbers in a messaging service, page by page.
    async fn list_members(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteNumberId>>;
    /// What was billed for numbers on the days `from..=to` (UTC), a row a day and category.
    async fn usage(&self, account: &Account, from: NaiveDate, to: NaiveDate) -> ProviderResult<Vec<Usage>>;
}
