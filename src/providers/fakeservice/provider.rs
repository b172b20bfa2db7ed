//! The practice carrier spoken as a [`Provider`]. It can what Twilio can.

use async_trait::async_trait;
use chrono::NaiveDate;

use crate::kernel::E164;
use crate::providers::{
    Account, Addresses, Candidate, Capabilities, Checked, ClientRef, Connection, ErrorKind, Field,
    NewService, OwnedRemote, Prices, Provider, ProviderError, ProviderResult, Purchase, PurchaseItem,
    RemoteNumberId, RemotePage, RemoteService, RemoteServiceId, Search, Usage,
};

use super::weather::Fault;
use super::{FakeService, KEY, MAX_SEARCH, POOL_CAP, Verb};
use crate::providers::usage;

#[async_trait]
impl Provider for FakeService {
    fn key(&self) -> &'static str {
        KEY
    }
    fn name(&self) -> &'static str {
        "Practice carrier"
    }
    fn is_practice(&self) -> bool {
        true
    }
    fn needs_registration(&self) -> bool {
        self.world().needs_registration()
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_search: MAX_SEARCH,
            max_purchase: 1,
            concurrency: 8,
            pool_cap: POOL_CAP,
            price_in_search: false,
            async_purchase: false,
            messaging_services: true,
            usage: true,
        }
    }

    fn connection(&self) -> Connection {
        Connection::open(Field {
            label: "Practice account",
            help: "Any name. Organizations that share one share its numbers, as they would at a real carrier.",
            check: |text| if text.is_empty() { Err("Enter a name.") } else { Ok(()) },
        })
    }

    async fn check(&self, account: &Account) -> ProviderResult<Checked> {
        let practice = "This is the practice carrier: no real numbers, no real money.";
        let checked = Checked { balance: None, notes: vec![practice.to_owned()] };
        self.call(account, Verb::Check, |_, _, _| Ok(checked)).await
    }

    async fn prices(&self, account: &Account) -> ProviderResult<Prices> {
        self.call(account, Verb::Prices, |world, _, _| world.prices()).await
    }

    async fn search(&self, account: &Account, search: &Search) -> ProviderResult<Vec<Candidate>> {
        let search = search.clone();
        self.call(account, Verb::Search, move |world, _, _| world.search(&search)).await
    }

    async fn purchase(&self, account: &Account, items: &[PurchaseItem]) -> ProviderResult<Vec<Purchase>> {
        let item = match items {
            [] => return Ok(Vec::new()),
            [item] => item.clone(),
            _ => {
                let words = "The practice carrier sells one number at a time.";
                return Err(ProviderError::new(ErrorKind::InvalidRequest, words));
            }
        };
        self.call(account, Verb::Purchase, move |world, account, ruling| {
            if ruling.fault == Some(Fault::SoldMeanwhile) {
                world.sell_to_somebody_else(item.phone_number)?;
            }
            match world.buy(account, &item) {
                Ok(owned) => Ok(vec![Purchase::Owned(owned)]),
                Err(error) if error.kind == ErrorKind::Unavailable => Ok(vec![Purchase::Failed(error)]),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn poll_purchase(&self, account: &Account, handle: &str) -> ProviderResult<Vec<Purchase>> {
        let words = format!("The carrier knows no purchase {handle}.");
        self.call(account, Verb::PollPurchase, |_, _, _| Err(ProviderError::new(ErrorKind::NotFound, words)))
            .await
    }

    async fn find_owned(&self, account: &Account, number: E164) -> ProviderResult<Option<OwnedRemote>> {
        self.call(account, Verb::FindOwned, move |world, account, _| world.find_owned(account, number)).await
    }

    async fn find_by_id(
        &self,
        account: &Account,
        id: &RemoteNumberId,
    ) -> ProviderResult<Option<OwnedRemote>> {
        let id = id.clone();
        self.call(account, Verb::FindById, move |world, account, _| world.find_by_id(account, &id)).await
    }

    async fn set_voice_url(
        &self,
        account: &Account,
        id: &RemoteNumberId,
        voice_url: Option<&str>,
    ) -> ProviderResult<()> {
        let (id, voice_url) = (id.clone(), voice_url.map(str::to_owned));
        self.call(account, Verb::SetVoiceUrl, move |world, account, _| {
            world.set_voice_url(account, &id, voice_url.as_deref())
        })
        .await
    }

    async fn list_owned(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<OwnedRemote>> {
        let cursor = cursor.map(str::to_owned);
        self.call(account, Verb::ListOwned, move |world, account, _| {
            world.list_owned(account, cursor.as_deref())
        })
        .await
    }

    async fn release(&self, account: &Account, id: &RemoteNumberId) -> ProviderResult<()> {
        let id = id.clone();
        self.call(account, Verb::Release, move |world, account, _| world.release(account, &id)).await
    }

    async fn create_service(&self, account: &Account, service: &NewService) -> ProviderResult<RemoteService> {
        let new = service.clone();
        self.call(account, Verb::CreateService, move |world, account, _| world.create_service(account, &new))
            .await
    }

    async fn find_service(
        &self,
        account: &Account,
        client_ref: &ClientRef,
    ) -> ProviderResult<Option<RemoteService>> {
        let tag = client_ref.clone();
        self.call(account, Verb::FindService, move |world, account, _| world.find_service(account, &tag))
            .await
    }

    async fn service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
    ) -> ProviderResult<Option<RemoteService>> {
        let id = id.clone();
        self.call(account, Verb::Service, move |world, account, _| world.service(account, &id)).await
    }

    async fn update_service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
        addresses: &Addresses,
    ) -> ProviderResult<()> {
        let (id, addresses) = (id.clone(), addresses.clone());
        self.call(account, Verb::UpdateService, move |world, account, _| {
            world.update_service(account, &id, &addresses)
        })
        .await
    }

    async fn list_services(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteService>> {
        let cursor = cursor.map(str::to_owned);
        self.call(account, Verb::ListServices, move |world, account, _| {
            world.list_services(account, cursor.as_deref())
        })
        .await
    }

    async fn delete_service(&self, account: &Account, service: &RemoteServiceId) -> ProviderResult<()> {
        let service = service.clone();
        self.call(account, Verb::DeleteService, move |world, account, _| {
            world.delete_service(account, &service)
        })
        .await
    }

    async fn add_to_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        let (service, number) = (service.clone(), number.clone());
        self.call(account, Verb::AddToService, move |world, account, _| {
            world.add_to_service(account, &service, &number)
        })
        .await
    }

    async fn remove_from_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        let (service, number) = (service.clone(), number.clone());
        self.call(account, Verb::RemoveFromService, move |world, account, _| {
            world.remove_from_service(account, &service, &number)
        })
        .await
    }

    async fn list_members(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteNumberId>> {
        let (service, cursor) = (service.clone(), cursor.map(str::to_owned));
        self.call(account, Verb::ListMembers, move |world, account, _| {
            world.list_members(account, &service, cursor.as_deref())
        })
        .await
    }

    async fn usage(&self, account: &Account, from: NaiveDate, to: NaiveDate) -> ProviderResult<Vec<Usage>> {
        self.call(account, Verb::Usage, move |world, account, _| {
            Ok(usage::with_parents(&world.usage(account, from, to)?))
        })
        .await
    }
}
