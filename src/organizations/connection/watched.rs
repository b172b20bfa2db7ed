//! A carrier that is listened to: what its answers say of the connection is written down, whoever called.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use chrono::NaiveDate;

use super::model::Place;
use super::store;
use crate::access::BrokenKind;
use crate::db::DbResult;
use crate::jobs;
use crate::kernel::E164;
use crate::providers::{
    Account, Addresses, Candidate, Capabilities, Checked, ClientRef, Connection, ErrorKind, NewService,
    OwnedRemote, Prices, Provider, ProviderError, ProviderResult, Purchase, PurchaseItem, RemoteNumberId,
    RemotePage, RemoteService, RemoteServiceId, Search, Usage,
};
use crate::state::App;

/// What is known of the connection.
const WORKS: u8 = 0;
/// Any answer that is not a refusal shows that it works again.
const BROKEN: u8 = 1;
/// Reads work all the same: only a change that is done shows that it works again.
const LIMITED: u8 = 2;

/// What a call does at the carrier.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Read,
    Change,
}

/// A carrier whose answers are listened to.
pub(super) struct Watched {
    inner: Arc<dyn Provider>,
    app: App,
    place: Place,
    known: AtomicU8,
}

fn state_of(broken: Option<BrokenKind>) -> u8 {
    match broken {
        None => WORKS,
        Some(BrokenKind::Trial) => LIMITED,
        Some(_) => BROKEN,
    }
}

/// A refusal in our words and the carrier's own.
fn words_of(error: &ProviderError) -> String {
    match (error.carrier_code(), error.carrier_words()) {
        (Some(code), Some(words)) => format!("{error} The carrier said: {words} ({code})."),
        (Some(code), None) => format!("{error} The carrier's code is {code}."),
        _ => error.to_string(),
    }
}

impl Watched {
    /// Listens to a carrier, knowing how the connection stood a moment ago.
    pub(super) fn new(
        inner: Arc<dyn Provider>,
        app: &App,
        place: Place,
        broken: Option<BrokenKind>,
    ) -> Arc<Watched> {
        Arc::new(Watched { inner, app: app.clone(), place, known: AtomicU8::new(state_of(broken)) })
    }

    async fn hear<T>(&self, does: Does, answer: ProviderResult<T>) -> ProviderResult<T> {
        let known = self.known.load(Ordering::Relaxed);
        let noted = match &answer {
            Err(error) => match BrokenKind::of(error.kind) {
                Some(kind) => self.broken(kind, words_of(error)).await,
                None => Ok(()),
            },
            Ok(_) if known == BROKEN || (known == LIMITED && does == Does::Change) => self.works().await,
            Ok(_) => Ok(()),
        };
        if let Err(error) = noted {
            // What the carrier answered matters more than the banner.
            tracing::error!(%error, "how the connection stands could not be written down");
        }
        answer
    }

    async fn broken(&self, kind: BrokenKind, words: String) -> DbResult<()> {
        tracing::warn!(organization = %self.place.organization, %kind, words, "the connection to the carrier is broken");
        let (place, now) = (self.place.clone(), self.app.clock.now());
        self.app.db.write(move |tx| store::mark(tx, &place, kind, &words, now)).await?;
        self.known.store(state_of(Some(kind)), Ordering::Relaxed);
        Ok(())
    }

    async fn works(&self) -> DbResult<()> {
        let (place, now) = (self.place.clone(), self.app.clock.now());
        self.app
            .db
            .write(move |tx| {
                store::clear(tx, &place)?;
                jobs::hurry(tx, place.organization, now)
            })
            .await?;
        jobs::wake(&self.app);
        self.known.store(WORKS, Ordering::Relaxed);
        Ok(())
    }
}

#[async_trait]
impl Provider for Watched {
    fn key(&self) -> &'static str {
        self.inner.key()
    }
    fn name(&self) -> &'static str {
        self.inner.name()
    }
    fn is_practice(&self) -> bool {
        self.inner.is_practice()
    }
    fn needs_registration(&self) -> bool {
        self.inner.needs_registration()
    }
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
    fn connection(&self) -> Connection {
        self.inner.connection()
    }
    async fn check(&self, account: &Account) -> ProviderResult<Checked> {
        // A test that goes well is a person's word that the trouble is over, whatever it was.
        self.hear(Does::Change, self.inner.check(account).await).await
    }
    async fn prices(&self, account: &Account) -> ProviderResult<Prices> {
        // A key may work for all that matters and lack the right to the price list, which is looked at every night: that
        // it is refused here says nothing of the connection.
        match self.inner.prices(account).await {
            Err(error) if error.kind == ErrorKind::Auth => Err(error),
            answer => self.hear(Does::Read, answer).await,
        }
    }
    async fn search(&self, account: &Account, search: &Search) -> ProviderResult<Vec<Candidate>> {
        self.hear(Does::Read, self.inner.search(account, search).await).await
    }
    async fn purchase(&self, account: &Account, items: &[PurchaseItem]) -> ProviderResult<Vec<Purchase>> {
        let answer = self.inner.purchase(account, items).await;
        // A refusal of one item says as much of the connection as one of the whole call.
        if let Ok(purchases) = &answer {
            for purchase in purchases {
                if let Purchase::Failed(error) = purchase {
                    let _ = self.hear::<()>(Does::Change, Err(error.clone())).await;
                }
            }
            if !purchases.iter().any(|purchase| matches!(purchase, Purchase::Owned(_))) {
                return answer;
            }
        }
        self.hear(Does::Change, answer).await
    }
    async fn poll_purchase(&self, account: &Account, handle: &str) -> ProviderResult<Vec<Purchase>> {
        self.hear(Does::Read, self.inner.poll_purchase(account, handle).await).await
    }
    async fn find_owned(&self, account: &Account, number: E164) -> ProviderResult<Option<OwnedRemote>> {
        self.hear(Does::Read, self.inner.find_owned(account, number).await).await
    }
    async fn find_by_id(
        &self,
        account: &Account,
        id: &RemoteNumberId,
    ) -> ProviderResult<Option<OwnedRemote>> {
        self.hear(Does::Read, self.inner.find_by_id(account, id).await).await
    }
    async fn set_voice_url(
        &self,
        account: &Account,
        id: &RemoteNumberId,
        voice_url: Option<&str>,
    ) -> ProviderResult<()> {
        self.hear(Does::Change, self.inner.set_voice_url(account, id, voice_url).await).await
    }
    async fn list_owned(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<OwnedRemote>> {
        self.hear(Does::Read, self.inner.list_owned(account, cursor).await).await
    }
    async fn release(&self, account: &Account, id: &RemoteNumberId) -> ProviderResult<()> {
        self.hear(Does::Change, self.inner.release(account, id).await).await
    }
    async fn create_service(&self, account: &Account, service: &NewService) -> ProviderResult<RemoteService> {
        self.hear(Does::Change, self.inner.create_service(account, service).await).await
    }
    async fn find_service(
        &self,
        account: &Account,
        client_ref: &ClientRef,
    ) -> ProviderResult<Option<RemoteService>> {
        self.hear(Does::Read, self.inner.find_service(account, client_ref).await).await
    }
    async fn service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
    ) -> ProviderResult<Option<RemoteService>> {
        self.hear(Does::Read, self.inner.service(account, id).await).await
    }
    async fn update_service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
        addresses: &Addresses,
    ) -> ProviderResult<()> {
        self.hear(Does::Change, self.inner.update_service(account, id, addresses).await).await
    }
    async fn list_services(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteService>> {
        self.hear(Does::Read, self.inner.list_services(account, cursor).await).await
    }
    async fn delete_service(&self, account: &Account, service: &RemoteServiceId) -> ProviderResult<()> {
        self.hear(Does::Change, self.inner.delete_service(account, service).await).await
    }
    async fn add_to_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.hear(Does::Change, self.inner.add_to_service(account, service, number).await).await
    }
    async fn remove_from_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.hear(Does::Change, self.inner.remove_from_service(account, service, number).await).await
    }
    async fn list_members(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteNumberId>> {
        self.hear(Does::Read, self.inner.list_members(account, service, cursor).await).await
    }
    async fn usage(&self, account: &Account, from: NaiveDate, to: NaiveDate) -> ProviderResult<Vec<Usage>> {
        // Credentials may work for all that matters and still not read the bill: a refusal says nothing of the connection.
        match self.inner.usage(account, from, to).await {
            Ok(usage) => self.hear(Does::Read, Ok(usage)).await,
            refused => refused,
        }
    }
}
