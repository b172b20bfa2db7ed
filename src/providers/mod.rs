//! Carriers ("providers" in code): where numbers are searched, bought, pooled and released.
//!
//! [`Provider`] has the shape that fits Twilio, Telnyx, Bandwidth and Vonage alike: a purchase may take several
//! numbers and may complete later ([`Purchase::Pending`]), a pool may be a membership or an attribute of the number,
//! and whatever a carrier cannot do is said by its [`Capabilities`].
//!
//! To add one: a folder here, one line where the [`Registry`] is filled, and it passes [`contract`].

mod connection;
pub mod contract;
mod error;
pub mod fakeservice;
mod registry;
pub mod twilio;
mod types;
pub mod usage;

use async_trait::async_trait;
use chrono::NaiveDate;

use crate::kernel::E164;

pub use connection::{
    Account, Balance, Checked, Connection, ConnectionField, CredentialFields, Credentials, Field,
};
pub use error::{ErrorKind, ProviderError};
pub use registry::Registry;
pub use types::{
    Addresses, Candidate, Capabilities, ClientRef, NewService, OwnedRemote, Prices, Purchase, PurchaseItem,
    Registration, RemoteNumberId, RemotePage, RemoteService, RemoteServiceId, Search, Usage,
};

/// What providers return.
pub type ProviderResult<T> = Result<T, ProviderError>;

/// A carrier.
///
/// Calls that make or buy are never repeated in here after a doubt: after [`ProviderError::is_ambiguous`] the caller
/// asks [`find_owned`](Self::find_owned) or [`find_service`](Self::find_service) before it tries again. What can be
/// done twice without harm, reading and removing, may be repeated inside.
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
    /// Whether the mobile carriers block its US long codes in a messaging service that is not registered (10DLC):
    /// people are asked before they start a campaign on one.
    fn needs_registration(&self) -> bool {
        !self.is_practice()
    }
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// What connecting an organization asks for.
    fn connection(&self) -> Connection;
    /// Tests the connection: whether the account may be used for what this program does.
    async fn check(&self, account: &Account) -> ProviderResult<Checked>;
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
    /// The number of this id, if the account owns it.
    async fn find_by_id(&self, account: &Account, id: &RemoteNumberId)
    -> ProviderResult<Option<OwnedRemote>>;
    /// Sets the address that answers voice calls to a number; `None` clears it. May be asked again.
    async fn set_voice_url(
        &self,
        account: &Account,
        id: &RemoteNumberId,
        voice_url: Option<&str>,
    ) -> ProviderResult<()>;
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
    /// The messaging service of this id with all that can be known of it, if the account has it.
    async fn service(&self, account: &Account, id: &RemoteServiceId)
    -> ProviderResult<Option<RemoteService>>;
    /// Writes over both addresses of a messaging service, and changes nothing else. May be asked again.
    async fn update_service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
        addresses: &Addresses,
    ) -> ProviderResult<()>;
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
    /// What was billed on the days `from..=to` (UTC), a row a day and category of [`usage::CATEGORIES`]; days and
    /// categories without any are left out. Categories overlap. Late days may still change.
    ///
    /// [`usage::CATEGORIES`]: crate::providers::usage::CATEGORIES
    async fn usage(&self, account: &Account, from: NaiveDate, to: NaiveDate) -> ProviderResult<Vec<Usage>>;
}
