//! The application under test: built as `serve` builds it, on a port and a database of its own.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use futures_util::FutureExt;
use numberbank::access::{
    self, Allowed, Limits, NewPerson, PasswordCost, Passwords, Permission, Role, Section, SeeSpend,
};
use numberbank::app::{self, Parts, Stop};
use numberbank::config::{Purpose, Settings};
use numberbank::db::{DatabaseUrl, Tx};
use numberbank::error::AppError;
use numberbank::jobs::Runner;
use numberbank::kernel::Clock;
use numberbank::kernel::ids::PersonId;
use numberbank::organizations::{self, NewOrganization};
use numberbank::providers::fakeservice::{Books, FakeService, World};
use numberbank::providers::twilio::simulator::{self, Simulator};
use numberbank::providers::twilio::{self, Twilio};
use numberbank::providers::{Account, Provider, Registry};
use numberbank::smtp::{self, SmtpSettings};
use numberbank::state::App;

use super::client::Client;
use super::strict::Strict;
use super::twilio_judge::Judge;
use super::{Backend, postgres};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// A running application with the organization `our-city` and one person a role:
/// `owner@example.org` (Olive Owner), `admin@example.org` (Adam Admin), `viewer@example.org` (Vera Viewer).
#[derive(Clone)]
pub struct TestApp(Arc<Inner>);

struct Inner {
    app: App,
    base: String,
    clock: Clock,
    passwords: Passwords,
    database: DatabaseUrl,
    runner: Runner,
    stop: Stop,
    practice: Arc<FakeService>,
    strict: Arc<Strict>,
    twilio: Option<(Simulator, Judge)>,
    _dir: tempfile::TempDir,
}

/// What a test wants otherwise.
#[derive(Default)]
pub struct Change {
    /// Changes the settings.
    pub settings: Option<fn(&mut Settings)>,
    /// The address of a mail server.
    pub smtp: Option<String>,
    /// As when it is served: the machine's clock goes on, and jobs are done by themselves.
    pub live: bool,
    /// With a second carrier, which asks for an account, a key and addresses.
    pub strict: bool,
    /// With Twilio, simulated over HTTP; the organization is connected to it, and every request is judged.
    pub twilio: bool,
    /// Its SQLite file is in memory where there is a file system for that: for tests that commit very often.
    pub in_memory: bool,
}

/// Runs a test on one database.
pub async fn run<F: Future<Output = ()>>(backend: Backend, test: impl FnOnce(TestApp) -> F) {
    run_with(backend, Change::default(), test).await;
}

/// Runs a test on one database, otherwise than usual.
pub async fn run_with<F: Future<Output = ()>>(
    backend: Backend,
    change: Change,
    test: impl FnOnce(TestApp) -> F,
) {
    let Some((app, stop, server)) = spawn_app(backend, change).await else { return };
    let outcome = AssertUnwindSafe(test(app.clone())).catch_unwind().await;
    stop.at_once().await;
    server.await.unwrap().unwrap();
    drop(app);
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

type Running = tokio::task::JoinHandle<Result<(), AppError>>;

async fn spawn_app(backend: Backend, change: Change) -> Option<(TestApp, Stop, Running)> {
    let memory = std::path::Path::new("/dev/shm");
    let dir = match change.in_memory && memory.is_dir() {
        true => tempfile::tempdir_in(memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    };
    let database = match backend {
        Backend::Sqlite => DatabaseUrl::sqlite_file(&dir.path().join("numberbank.db")),
        Backend::Postgres => tokio::task::spawn_blocking(postgres::fresh_database).await.unwrap()?,
    };
    let mut settings = Settings::read(Purpose::Command, |_| None).unwrap();
    settings.database = database.clone();
    settings.connections = 3;
    settings.listen.set_port(0);
    settings.workers = 1;
    settings.password_cost = PasswordCost::Least;
    settings.sign_ins_per_address = Limits::new(10_000, 1);
    settings.sign_ins_per_account = Limits::new(10_000, 1);
    if let Some(change) = change.settings {
        change(&mut settings);
    }
    settings.smtp = change.smtp.map(|url| SmtpSettings {
        url: smtp::check_url(&url).unwrap(),
        from: smtp::sender("Numberbank <numbers@example.org>").unwrap(),
    });
    let clock = match change.live {
        true => Clock::system(),
        false => Clock::manual("2026-11-22T15:00:00".parse().unwrap()),
    };
    let practice = FakeService::in_memory(7, clock.clone()).unwrap();
    let strict = Strict::new(practice.clone());
    let mut providers = Registry::new().with_practice(practice.clone());
    if change.strict {
        providers = providers.with(strict.clone());
    }
    let twilio = match change.twilio {
        true => {
            let simulator = Simulator::start(simulator::Options::new(7, clock.clone())).await.unwrap();
            let (judge, url) = (Judge::default(), || simulator.url().parse().unwrap());
            let client = Twilio::new(twilio::Options::at(url(), url(), url()), clock.clone());
            providers = providers.with(Arc::new(judge.watch(client)));
            Some((simulator, judge))
        }
        false => None,
    };
    let connected = twilio.is_some();
    let parts = Parts { clock: clock.clone(), providers, job_workers: usize::from(change.live) };
    let application = app::build(settings, parts).await.unwrap();
    let (app, stop, runner) = (application.app().clone(), application.stop_handle(), application.runner());
    let base = format!("http://127.0.0.1:{}", application.port());
    let server = tokio::spawn(application.run());
    let passwords = Passwords::new(PasswordCost::Least).unwrap();
    let app = TestApp(Arc::new(Inner {
        app,
        base,
        clock,
        passwords,
        database,
        runner,
        stop: stop.clone(),
        practice,
        strict,
        twilio,
        _dir: dir,
    }));
    app.add_organization("our-city", "Our City").await;
    for (email, name, role) in [
        ("owner@example.org", "Olive Owner", Role::Owner),
        ("admin@example.org", "Adam Admin", Role::Admin),
        ("viewer@example.org", "Vera Viewer", Role::SpendViewer),
    ] {
        app.add_person(email, name, &[("our-city", role)]).await;
    }
    if connected {
        app.connect_to_twilio().await;
    }
    Some((app, stop, server))
}

impl TestApp {
    /// What routes and jobs are given.
    pub fn app(&self) -> &App {
        &self.0.app
    }
    /// Where its database is.
    pub fn database(&self) -> &DatabaseUrl {
        &self.0.database
    }
    /// `http://127.0.0.1:port`.
    pub fn base(&self) -> &str {
        &self.0.base
    }
    /// The practice carrier's world: its stock, its weather, its books.
    pub fn world(&self) -> &Arc<World> {
        self.0.practice.world()
    }
    /// The carrier that asks for more, of a test that wants it.
    pub fn strict(&self) -> &Strict {
        &self.0.strict
    }
    /// The simulated Twilio of a test that wants it.
    pub fn twilio(&self) -> &Simulator {
        &self.0.twilio.as_ref().unwrap().0
    }
    /// Whether the organization's carrier is Twilio, simulated.
    pub fn has_twilio(&self) -> bool {
        self.0.twilio.is_some()
    }
    /// The carrier of the organization.
    pub fn carrier(&self) -> Arc<dyn Provider> {
        let key = if self.0.twilio.is_some() { twilio::KEY } else { "fakeservice" };
        self.app().providers.get(key).unwrap()
    }
    /// What the organization's carrier has on it.
    pub fn books(&self) -> Books {
        let books = match &self.0.twilio {
            Some((simulator, _)) => simulator.world().books(&Account::new(&simulator.accounts()[0].sid)),
            None => self.world().books(&Account::new("our-city")),
        };
        books.unwrap()
    }
    /// The carrier's world, and the organization's account in it.
    pub fn at_carrier(&self) -> (&World, Account) {
        match &self.0.twilio {
            Some((simulator, _)) => (simulator.world(), Account::new(&simulator.accounts()[0].sid)),
            None => (self.world(), Account::new("our-city")),
        }
    }
    async fn connect_to_twilio(&self) {
        let account = self.twilio().accounts().remove(0);
        let fields = [
            ("provider", twilio::KEY),
            ("account", account.sid.as_str()),
            ("user", ""),
            ("secret", account.auth_token.as_str()),
            ("inbound_url", "https://texting.example.org/inbound"),
            ("status_url", "https://texting.example.org/status"),
            ("voice_url", ""),
        ];
        let owner = self.sign_in(Role::Owner).await;
        let page = owner.submit("/o/our-city/settings/connection", &fields).await.ok();
        assert!(page.text().contains("The connection works."), "{}", page.text());
    }
    /// Runs every job that is due, as the workers do, until none is. Jobs put off stay: move the time for them.
    pub async fn run_jobs(&self) {
        while self.0.runner.run_one().await.unwrap() {}
    }
    /// Enqueues what the clock says is due, then runs every job.
    pub async fn run_clock_jobs(&self) {
        self.0.runner.enqueue_due().await.unwrap();
        self.run_jobs().await;
    }
    /// Stops the server, as a signal does.
    pub fn stop_handle(&self) -> Stop {
        self.0.stop.clone()
    }
    /// Moves the time.
    pub fn advance(&self, by: TimeDelta) {
        self.0.clock.advance(by);
    }
    /// A browser that nobody has signed in with.
    pub fn client(&self) -> Client {
        Client::new(&self.0.base)
    }
    /// A browser that was given somebody's cookie.
    pub fn client_with_cookie(&self, cookie: &str) -> Client {
        Client::with_cookie(&self.0.base, cookie)
    }
    /// A browser in which the person of this role has signed in.
    pub async fn sign_in(&self, role: Role) -> Client {
        self.sign_in_as(email_of(role)).await
    }
    /// A browser in which this person has signed in.
    pub async fn sign_in_as(&self, email: &str) -> Client {
        let client = self.client();
        let answer = client.post("/login", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!((answer.status(), answer.location()), (303, "/"), "{}", answer.body());
        client
    }
    /// The proof that the person of this role may do `P`, for calling verbs directly.
    pub async fn allowed<P: Permission>(&self, role: Role) -> Allowed<P> {
        let (app, now) = (self.app().clone(), self.0.clock.now());
        let providers = app.providers.clone();
        app.db
            .read(move |conn| Allowed::from_console(conn, &providers, now, "our-city", email_of(role)))
            .await
            .unwrap()
    }
    /// The labels of the pages the person of this role is offered.
    pub async fn allowed_links(&self, role: Role) -> Vec<String> {
        let by: Allowed<SeeSpend> = self.allowed(role).await;
        by.shell(Section::Elsewhere).nav.into_iter().map(|item| item.label).collect()
    }
    /// Adds a second owner, Second Owner, and signs them in.
    pub async fn add_owner(&self, email: &str) -> Client {
        self.add_person(email, "Second Owner", &[("our-city", Role::Owner)]).await;
        self.sign_in_as(email).await
    }
    /// The id of the person with this address.
    pub async fn person_id(&self, email: &str) -> PersonId {
        let email = email.to_owned();
        self.app().db.read(move |conn| access::find_person(conn, &email)).await.unwrap()
    }
    /// Does to the database what no page can.
    pub async fn sql(&self, statement: &'static str) {
        self.write(move |tx| Ok(tx.batch_execute(statement).map_err(numberbank::db::DbError::from)?)).await;
    }
    /// Every text that a column of a table holds: what somebody sees who reads the database.
    pub async fn texts(&self, table: &str, column: &str) -> Vec<String> {
        use diesel::RunQueryDsl;
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            text: String,
        }
        let query = format!("SELECT {column} AS text FROM {table} WHERE {column} IS NOT NULL");
        let rows: Vec<Row> = self
            .app()
            .db
            .read(move |conn| {
                Ok::<_, AppError>(diesel::sql_query(query).load(conn).map_err(numberbank::db::DbError::from)?)
            })
            .await
            .unwrap();
        rows.into_iter().map(|row| row.text).collect()
    }
    /// Writes what no page can.
    pub async fn write<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Tx) -> Result<T, AppError> + Send + 'static,
    ) -> T {
        self.app().db.write(body).await.unwrap()
    }
    /// Adds an organization.
    pub async fn add_organization(&self, slug: &str, name: &str) {
        let now = self.0.clock.now();
        let new = NewOrganization::new(slug, name, "fakeservice", slug, "America/Detroit").unwrap();
        self.write(move |tx| organizations::add(tx, &new, now)).await;
    }
    /// Adds a person with [`PASSWORD`].
    pub async fn add_person(&self, email: &str, name: &str, places: &[(&str, Role)]) -> PersonId {
        let now = self.0.clock.now();
        let person = NewPerson::new(email, name, &PASSWORD.into(), &self.0.passwords).unwrap();
        let places: Vec<(String, Role)> =
            places.iter().map(|(slug, role)| ((*slug).to_owned(), *role)).collect();
        self.write(move |tx| {
            let id = access::add_person(tx, &person, now)?;
            for (slug, role) in &places {
                access::add_membership(tx, slug, id, *role, now)?;
            }
            Ok(id)
        })
        .await
    }
}

fn email_of(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner@example.org",
        Role::Admin => "admin@example.org",
        Role::SpendViewer => "viewer@example.org",
    }
}
