//! A carrier between the application and the practice carrier that stands in the way at chosen calls: it refuses
//! them, or never answers them, done or not, so that a job can be killed at that very point.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::NaiveDate;
use numberbank::app;
use numberbank::jobs::Runner;
use numberbank::kernel::E164;
use numberbank::providers::{
    Account, Addresses, Candidate, Capabilities, Checked, ClientRef, Connection, ErrorKind, NewService,
    OwnedRemote, Prices, Provider, ProviderError, ProviderResult, Purchase, PurchaseItem, Registry,
    RemoteNumberId, RemotePage, RemoteService, RemoteServiceId, Search, Usage,
};
use numberbank::state::App;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinHandle};

use super::TestApp;

/// What becomes of a call.
#[derive(Debug)]
pub enum Fate {
    /// It is made.
    Pass,
    /// It is refused.
    Refuse(ProviderError),
    /// It is made, and its answer is lost.
    LoseAnswer,
    /// A purchase: accepted and made, its outcome told when it is asked for the second time.
    TellLater,
    /// It is answered only after [`Meddler::let_go`], and made before or after the wait.
    Hang {
        /// Made before the wait.
        made: bool,
    },
}

/// Decides by the number of the call, from 1, and by its verb.
type Decide = Box<dyn Fn(u64, &'static str) -> Fate + Send + Sync>;

/// The carrier in between.
pub struct Meddler {
    concurrency: Option<usize>,
    inner: Arc<dyn Provider>,
    decide: Decide,
    calls: AtomicU64,
    hanging: Notify,
    free: watch::Sender<bool>,
    /// So many calls are being made.
    under_way: watch::Sender<u32>,
    /// No call is made any more.
    cut_off: AtomicBool,
    /// By handle: how often it was asked for, and the outcome.
    told_later: Mutex<BTreeMap<String, (u32, ProviderResult<OwnedRemote>)>>,
}

impl Meddler {
    /// Between an application and its practice carrier.
    pub fn new(
        app: &TestApp,
        decide: impl Fn(u64, &'static str) -> Fate + Send + Sync + 'static,
    ) -> Arc<Meddler> {
        Arc::new(Meddler {
            concurrency: None,
            inner: app.carrier(),
            decide: Box::new(decide),
            calls: AtomicU64::new(0),
            hanging: Notify::new(),
            free: watch::Sender::new(false),
            under_way: watch::Sender::new(0),
            cut_off: AtomicBool::new(false),
            told_later: Mutex::default(),
        })
    }
    /// As [`new`](Self::new), and it takes so many calls at once.
    pub fn with_concurrency(
        app: &TestApp,
        concurrency: usize,
        decide: impl Fn(u64, &'static str) -> Fate + Send + Sync + 'static,
    ) -> Arc<Meddler> {
        let mut meddler = Meddler::new(app, decide);
        if let Some(meddler) = Arc::get_mut(&mut meddler) {
            meddler.concurrency = Some(concurrency);
        }
        meddler
    }
    /// A runner of another instance, which talks to the carrier through this.
    pub fn runner(self: &Arc<Self>, app: &TestApp) -> Runner {
        let providers = Registry::new().with(self.clone());
        Runner::new(App { providers, ..app.app().clone() }, app::kinds())
    }
    /// How many calls came.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
    /// Works until no job is due, or kills the work when a call hangs. Answers whether it was killed.
    pub async fn run_or_kill(self: &Arc<Self>, app: &TestApp) -> bool {
        let mut work = self.begin(app);
        tokio::select! {
            done = &mut work => {
                done.unwrap();
                false
            }
            () = self.hanging.notified() => {
                assert!(self.kill(work).await.unwrap_err().is_cancelled());
                true
            }
        }
    }
    /// Begins to work and answers when a call hangs; the work lives on.
    pub async fn run_until_hanging(self: &Arc<Self>, app: &TestApp) -> JoinHandle<()> {
        let work = self.begin(app);
        self.hanging.notified().await;
        work
    }
    /// Kills the work. What has reached the carrier is done there first: the carrier would go on with it while nobody
    /// listens, and whoever takes over waits for longer than that takes.
    pub async fn kill(&self, work: JoinHandle<()>) -> Result<(), JoinError> {
        self.cut_off.store(true, Ordering::SeqCst);
        self.under_way.subscribe().wait_for(|calls| *calls == 0).await.unwrap();
        work.abort();
        work.await
    }
    fn begin(self: &Arc<Self>, app: &TestApp) -> JoinHandle<()> {
        self.cut_off.store(false, Ordering::SeqCst);
        let runner = self.runner(app);
        tokio::spawn(async move { while runner.run_one().await.unwrap() {} })
    }
    /// Lets hanging calls go on.
    pub fn let_go(&self) {
        self.free.send_replace(true);
    }

    async fn call<T>(
        &self,
        verb: &'static str,
        call: impl Future<Output = ProviderResult<T>> + Send,
    ) -> ProviderResult<T> {
        let (under_way, fate) = self.fate(verb);
        self.meet(under_way, fate, call).await
    }
    /// It is under way before its fate is known: one that is cut off never gets further, any other is waited for.
    fn fate(&self, verb: &'static str) -> (UnderWay<'_>, Fate) {
        let under_way = UnderWay::new(&self.under_way);
        let fate = (self.decide)(self.calls.fetch_add(1, Ordering::SeqCst) + 1, verb);
        match self.cut_off.load(Ordering::SeqCst) {
            true => (under_way, Fate::Hang { made: false }),
            false => (under_way, fate),
        }
    }
    async fn meet<T>(
        &self,
        under_way: UnderWay<'_>,
        fate: Fate,
        call: impl Future<Output = ProviderResult<T>> + Send,
    ) -> ProviderResult<T> {
        match fate {
            Fate::Pass | Fate::TellLater => call.await,
            Fate::Refuse(error) => Err(error),
            Fate::LoseAnswer => {
                call.await?;
                Err(ProviderError::of(ErrorKind::AnswerLost))
            }
            Fate::Hang { made: true } => {
                let answer = call.await;
                drop(under_way);
                self.wait().await;
                answer
            }
            Fate::Hang { made: false } => {
                drop(under_way);
                self.wait().await;
                let _under_way = UnderWay::new(&self.under_way);
                call.await
            }
        }
    }
    async fn wait(&self) {
        self.hanging.notify_one();
        self.free.subscribe().wait_for(|free| *free).await.unwrap();
    }
}

/// A call from before its fate is known until its answer is here.
struct UnderWay<'a>(&'a watch::Sender<u32>);

impl UnderWay<'_> {
    fn new(calls: &watch::Sender<u32>) -> UnderWay<'_> {
        calls.send_modify(|calls| *calls += 1);
        UnderWay(calls)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls -= 1);
    }
}

#[async_trait]
impl Provider for Meddler {
    fn key(&self) -> &'static str {
        self.inner.key()
    }
    fn name(&self) -> &'static str {
        self.inner.name()
    }
    fn needs_registration(&self) -> bool {
        self.inner.needs_registration()
    }
    fn capabilities(&self) -> Capabilities {
        let can = self.inner.capabilities();
        Capabilities { concurrency: self.concurrency.unwrap_or(can.concurrency), ..can }
    }
    fn connection(&self) -> Connection {
        self.inner.connection()
    }
    async fn check(&self, account: &Account) -> ProviderResult<Checked> {
        self.call("check", self.inner.check(account)).await
    }
    async fn prices(&self, account: &Account) -> ProviderResult<Prices> {
        self.call("prices", self.inner.prices(account)).await
    }
    async fn search(&self, account: &Account, search: &Search) -> ProviderResult<Vec<Candidate>> {
        self.call("search", self.inner.search(account, search)).await
    }
    async fn purchase(&self, account: &Account, items: &[PurchaseItem]) -> ProviderResult<Vec<Purchase>> {
        let (under_way, fate) = self.fate("purchase");
        if matches!(fate, Fate::TellLater) {
            let outcome = match self.inner.purchase(account, items).await?.pop() {
                Some(Purchase::Owned(owned)) => Ok(owned),
                Some(Purchase::Failed(error)) => Err(error),
                _ => panic!("the practice carrier answers at once"),
            };
            let handle = items[0].client_ref.as_str().to_owned();
            self.told_later.lock().unwrap().insert(handle.clone(), (0, outcome));
            return Ok(vec![Purchase::Pending(handle)]);
        }
        self.meet(under_way, fate, self.inner.purchase(account, items)).await
    }
    async fn poll_purchase(&self, account: &Account, handle: &str) -> ProviderResult<Vec<Purchase>> {
        let known = self.told_later.lock().unwrap().get_mut(handle).map(|(asked, outcome)| {
            *asked += 1;
            match outcome.clone() {
                _ if *asked == 1 => Purchase::Pending(handle.to_owned()),
                Ok(owned) => Purchase::Owned(owned),
                Err(error) => Purchase::Failed(error),
            }
        });
        match known {
            Some(outcome) => self.call("poll_purchase", async { Ok(vec![outcome]) }).await,
            None => self.call("poll_purchase", self.inner.poll_purchase(account, handle)).await,
        }
    }
    async fn find_owned(&self, account: &Account, number: E164) -> ProviderResult<Option<OwnedRemote>> {
        self.call("find_owned", self.inner.find_owned(account, number)).await
    }
    async fn find_by_id(
        &self,
        account: &Account,
        id: &RemoteNumberId,
    ) -> ProviderResult<Option<OwnedRemote>> {
        self.call("find_by_id", self.inner.find_by_id(account, id)).await
    }
    async fn set_voice_url(
        &self,
        account: &Account,
        id: &RemoteNumberId,
        voice_url: Option<&str>,
    ) -> ProviderResult<()> {
        self.call("set_voice_url", self.inner.set_voice_url(account, id, voice_url)).await
    }
    async fn list_owned(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<OwnedRemote>> {
        self.call("list_owned", self.inner.list_owned(account, cursor)).await
    }
    async fn release(&self, account: &Account, id: &RemoteNumberId) -> ProviderResult<()> {
        self.call("release", self.inner.release(account, id)).await
    }
    async fn create_service(&self, account: &Account, service: &NewService) -> ProviderResult<RemoteService> {
        self.call("create_service", self.inner.create_service(account, service)).await
    }
    async fn find_service(
        &self,
        account: &Account,
        client_ref: &ClientRef,
    ) -> ProviderResult<Option<RemoteService>> {
        self.call("find_service", self.inner.find_service(account, client_ref)).await
    }
    async fn service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
    ) -> ProviderResult<Option<RemoteService>> {
        self.call("service", self.inner.service(account, id)).await
    }
    async fn update_service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
        addresses: &Addresses,
    ) -> ProviderResult<()> {
        self.call("update_service", self.inner.update_service(account, id, addresses)).await
    }
    async fn list_services(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteService>> {
        self.call("list_services", self.inner.list_services(account, cursor)).await
    }
    async fn delete_service(&self, account: &Account, service: &RemoteServiceId) -> ProviderResult<()> {
        self.call("delete_service", self.inner.delete_service(account, service)).await
    }
    async fn add_to_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.call("add_to_service", self.inner.add_to_service(account, service, number)).await
    }
    async fn remove_from_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.call("remove_from_service", self.inner.remove_from_service(account, service, number)).await
    }
    async fn list_members(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteNumberId>> {
        self.call("list_members", self.inner.list_members(account, service, cursor)).await
    }
    async fn usage(&self, account: &Account, from: NaiveDate, to: NaiveDate) -> ProviderResult<Vec<Usage>> {
        self.call("usage", self.inner.usage(account, from, to)).await
    }
}
