//! Twilio as a [`Provider`].

use async_trait::async_trait;
use chrono::NaiveDate;

use crate::kernel::E164;
use crate::providers::{
    Account, Addresses, Candidate, Capabilities, Checked, ClientRef, Connection, ErrorKind, NewService,
    OwnedRemote, Prices, Provider, ProviderError, ProviderResult, Purchase, PurchaseItem, RemoteNumberId,
    RemotePage, RemoteService, RemoteServiceId, Search, Usage,
};

use super::{KEY, Twilio, fields, numbers};

/// How many numbers and short codes a messaging service takes, unless Twilio's support raised it.
const POOL_CAP: u32 = 400;

#[async_trait]
impl Provider for Twilio {
    fn key(&self) -> &'static str {
        KEY
    }
    fn name(&self) -> &'static str {
        "Twilio"
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_search: numbers::MOST_OFFERS,
            max_purchase: self.options.concurrency.max(1),
            concurrency: self.options.concurrency.max(1),
            pool_cap: POOL_CAP,
            price_in_search: false,
            async_purchase: false,
            messaging_services: true,
            usage: true,
        }
    }
    fn connection(&self) -> Connection {
        fields::connection()
    }

    async fn check(&self, account: &Account) -> ProviderResult<Checked> {
        self.test(account).await
    }

    async fn prices(&self, account: &Account) -> ProviderResult<Prices> {
        self.price_list(account).await
    }

    async fn search(&self, account: &Account, search: &Search) -> ProviderResult<Vec<Candidate>> {
        self.offers(account, search).await
    }

    async fn purchase(&self, account: &Account, items: &[PurchaseItem]) -> ProviderResult<Vec<Purchase>> {
        Ok(self.buy_each(account, items).await)
    }

    async fn poll_purchase(&self, _account: &Account, handle: &str) -> ProviderResult<Vec<Purchase>> {
        let words = format!("Twilio decides purchases at once; there is no {handle} to ask about.");
        Err(ProviderError::new(ErrorKind::NotFound, words))
    }

    async fn find_owned(&self, account: &Account, number: E164) -> ProviderResult<Option<OwnedRemote>> {
        self.owned(account, number).await
    }

    async fn find_by_id(
        &self,
        account: &Account,
        id: &RemoteNumberId,
    ) -> ProviderResult<Option<OwnedRemote>> {
        self.owned_by_id(account, id).await
    }

    async fn set_voice_url(
        &self,
        account: &Account,
        id: &RemoteNumberId,
        voice_url: Option<&str>,
    ) -> ProviderResult<()> {
        self.write_voice_url(account, id, voice_url).await
    }

    async fn list_owned(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<OwnedRemote>> {
        self.all_owned(account, cursor).await
    }

    async fn release(&self, account: &Account, id: &RemoteNumberId) -> ProviderResult<()> {
        self.give_back(account, id).await
    }

    async fn create_service(&self, account: &Account, service: &NewService) -> ProviderResult<RemoteService> {
        self.make_service(account, service).await
    }

    async fn find_service(
        &self,
        account: &Account,
        client_ref: &ClientRef,
    ) -> ProviderResult<Option<RemoteService>> {
        self.service_by_tag(account, client_ref).await
    }

    async fn service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
    ) -> ProviderResult<Option<RemoteService>> {
        self.service_by_id(account, id).await
    }

    async fn update_service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
        addresses: &Addresses,
    ) -> ProviderResult<()> {
        self.write_addresses(account, id, addresses).await
    }

    async fn list_services(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteService>> {
        self.all_services(account, cursor).await
    }

    async fn delete_service(&self, account: &Account, service: &RemoteServiceId) -> ProviderResult<()> {
        self.drop_service(account, service).await
    }

    async fn add_to_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.put_in(account, service, number).await
    }

    async fn remove_from_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.take_out(account, service, number).await
    }

    async fn list_members(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteNumberId>> {
        self.members(account, service, cursor).await
    }

    async fn usage(&self, account: &Account, from: NaiveDate, to: NaiveDate) -> ProviderResult<Vec<Usage>> {
        self.billed(account, from, to).await
    }
}
