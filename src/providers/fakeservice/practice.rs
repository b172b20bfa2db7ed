//! What a practice page does to the world: its weather, its stock, and a look into its books.

use std::collections::BTreeMap;

use crate::kernel::AreaCode;
use crate::providers::{Account, ProviderResult, Registration, RemoteServiceId};

use super::{Books, FakeService, Verb, Weather};

impl FakeService {
    /// The account's weather.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub async fn weather(&self, account: &Account) -> ProviderResult<Weather> {
        let account = account.clone();
        self.work(move |world| world.weather(&account)).await
    }

    /// Changes the account's weather, for every instance that opened this file.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub async fn set_weather(&self, account: &Account, weather: Weather) -> ProviderResult<()> {
        let account = account.clone();
        self.work(move |world| world.set_weather(&account, &weather)).await
    }

    /// Leaves exactly so many numbers of an area code for sale; see [`World::set_stock`](super::World::set_stock).
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub async fn set_stock(&self, area_code: AreaCode, left: usize) -> ProviderResult<()> {
        self.work(move |world| world.set_stock(area_code, left)).await
    }

    /// How many numbers of an area code are for sale.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub async fn stock_left(&self, area_code: AreaCode) -> ProviderResult<usize> {
        self.work(move |world| world.stock_left(area_code)).await
    }

    /// Everything the world has on an account.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub async fn books(&self, account: &Account) -> ProviderResult<Books> {
        let account = account.clone();
        self.work(move |world| world.books(&account)).await
    }

    /// Says how a messaging service is registered with the mobile carriers; see
    /// [`World::set_registration`](super::World::set_registration).
    ///
    /// # Errors
    /// When the account has no such service.
    pub async fn set_registration(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        registration: Registration,
    ) -> ProviderResult<()> {
        let (account, service) = (account.clone(), service.clone());
        self.work(move |world| world.set_registration(&account, &service, &registration)).await
    }

    /// How often the account called each verb, refused calls included; verbs never called are left out.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub async fn calls(&self, account: &Account) -> ProviderResult<BTreeMap<Verb, u64>> {
        let account = account.clone();
        self.work(move |world| world.calls(&account)).await
    }
}
