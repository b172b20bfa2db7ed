//! A carrier that asks for more than the practice carrier, whose world it sells from: an account with a key, and the
//! texting platform's addresses.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::NaiveDate;
use numberbank::kernel::{E164, Micros};
use numberbank::providers::fakeservice::FakeService;
use numberbank::providers::{
    Account, Addresses, Balance, Candidate, Capabilities, Checked, ClientRef, Connection, CredentialFields,
    ErrorKind, Field, NewService, OwnedRemote, Prices, Provider, ProviderError, ProviderResult, Purchase,
    PurchaseItem, RemoteNumberId, RemotePage, RemoteService, RemoteServiceId, Search, Usage,
};
use secrecy::ExposeSecret;

/// What it accepts until it is told otherwise.
pub const SECRET: &str = "hush-hush-0123456789";

/// The carrier.
pub struct Strict {
    inner: Arc<FakeService>,
    secret: Mutex<String>,
    trial: AtomicBool,
}

impl Strict {
    /// Selling from this world.
    pub fn new(inner: Arc<FakeService>) -> Arc<Strict> {
        Arc::new(Strict { inner, secret: Mutex::new(SECRET.into()), trial: AtomicBool::new(false) })
    }
    /// From now on only this secret is accepted.
    pub fn accept(&self, secret: &str) {
        *self.secret.lock().unwrap() = secret.to_owned();
    }
    /// Whether the account is a trial one, which buys nothing.
    pub fn set_trial(&self, trial: bool) {
        self.trial.store(trial, Ordering::SeqCst);
    }
    fn admit(&self, account: &Account) -> ProviderResult<&FakeService> {
        let given = account.credentials.as_ref().map(|given| given.secret.expose_secret().to_owned());
        match given.as_deref() == Some(self.secret.lock().unwrap().as_str()) {
            true => Ok(&self.inner),
            false => Err(ProviderError::of(ErrorKind::Auth).with_carrier("20003", "Authenticate")),
        }
    }
}

fn field(label: &'static str, check: fn(&str) -> Result<(), &'static str>) -> Field {
    Field { label, help: "In the console.", check }
}

#[async_trait]
impl Provider for Strict {
    fn key(&self) -> &'static str {
        "strictservice"
    }
    fn name(&self) -> &'static str {
        "Strict carrier"
    }
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
    fn connection(&self) -> Connection {
        let account =
            field(
                "Account SID",
                |text| {
                    if text.starts_with("AC") { Ok(()) } else { Err("It begins with AC.") }
                },
            );
        let credentials =
            CredentialFields {
                user: field("API key", |text| {
                    if text.starts_with("SK") { Ok(()) } else { Err("It begins with SK.") }
                }),
                secret: field("Secret", |text| if text.len() < 8 { Err("It is longer.") } else { Ok(()) }),
            };
        Connection { credentials: Some(credentials), addresses_required: true, ..Connection::open(account) }
    }
    async fn check(&self, account: &Account) -> ProviderResult<Checked> {
        self.admit(account)?.check(account).await?;
        let balance = Balance { amount: Micros::from_cents(1_250), currency: "USD".into() };
        Ok(Checked { balance: Some(balance), notes: Vec::new() })
    }
    async fn prices(&self, account: &Account) -> ProviderResult<Prices> {
        self.admit(account)?.prices(account).await
    }
    async fn search(&self, account: &Account, search: &Search) -> ProviderResult<Vec<Candidate>> {
        self.admit(account)?.search(account, search).await
    }
    async fn purchase(&self, account: &Account, items: &[PurchaseItem]) -> ProviderResult<Vec<Purchase>> {
        let inner = self.admit(account)?;
        if self.trial.load(Ordering::SeqCst) {
            let error = ProviderError::of(ErrorKind::Trial);
            return Err(error.with_carrier("21404", "Trial accounts are allowed only one Twilio number"));
        }
        inner.purchase(account, items).await
    }
    async fn poll_purchase(&self, account: &Account, handle: &str) -> ProviderResult<Vec<Purchase>> {
        self.admit(account)?.poll_purchase(account, handle).await
    }
    async fn find_owned(&self, account: &Account, number: E164) -> ProviderResult<Option<OwnedRemote>> {
        Provider::find_owned(self.admit(account)?, account, number).await
    }
    async fn find_by_id(
        &self,
        account: &Account,
        id: &RemoteNumberId,
    ) -> ProviderResult<Option<OwnedRemote>> {
        self.admit(account)?.find_by_id(account, id).await
    }
    async fn set_voice_url(
        &self,
        account: &Account,
        id: &RemoteNumberId,
        voice_url: Option<&str>,
    ) -> ProviderResult<()> {
        self.admit(account)?.set_voice_url(account, id, voice_url).await
    }
    async fn list_owned(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<OwnedRemote>> {
        self.admit(account)?.list_owned(account, cursor).await
    }
    async fn release(&self, account: &Account, id: &RemoteNumberId) -> ProviderResult<()> {
        self.admit(account)?.release(account, id).await
    }
    async fn create_service(&self, account: &Account, service: &NewService) -> ProviderResult<RemoteService> {
        self.admit(account)?.create_service(account, service).await
    }
    async fn find_service(
        &self,
        account: &Account,
        client_ref: &ClientRef,
    ) -> ProviderResult<Option<RemoteService>> {
        self.admit(account)?.find_service(account, client_ref).await
    }
    async fn service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
    ) -> ProviderResult<Option<RemoteService>> {
        self.admit(account)?.service(account, id).await
    }
    async fn update_service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
        addresses: &Addresses,
    ) -> ProviderResult<()> {
        self.admit(account)?.update_service(account, id, addresses).await
    }
    async fn list_services(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteService>> {
        self.admit(account)?.list_services(account, cursor).await
    }
    async fn delete_service(&self, account: &Account, service: &RemoteServiceId) -> ProviderResult<()> {
        self.admit(account)?.delete_service(account, service).await
    }
    async fn add_to_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.admit(account)?.add_to_service(account, service, number).await
    }
    async fn remove_from_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.admit(account)?.remove_from_service(account, service, number).await
    }
    async fn list_members(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteNumberId>> {
        self.admit(account)?.list_members(account, service, cursor).await
    }
    async fn usage(&self, account: &Account, from: NaiveDate, to: NaiveDate) -> ProviderResult<Vec<Usage>> {
        self.admit(account)?.usage(account, from, to).await
    }
}
