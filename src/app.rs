//! The composition root: the only file that knows every room. `serve` and the tests both build the server here.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::cookie::Key;
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{HttpResponse, HttpServer, web as http};
use secrecy::ExposeSecret;
use tracing_actix_web::TracingLogger;
use url::Url;

use crate::access::{self, Grants, Passwords, SignInLimits};
use crate::activity;
use crate::allocation;
use crate::campaigns;
use crate::config::Settings;
use crate::db::{Db, InstanceLock};
use crate::error::{AppError, AppResult};
use crate::jobs::{Kinds, Runner};
use crate::kernel::{Clock, Moment, Seal};
use crate::launch;
use crate::ledger;
use crate::mail;
use crate::messaging;
use crate::numbers;
use crate::organizations;
use crate::practice;
use crate::providers::Registry;
use crate::providers::fakeservice::{self, FakeService};
use crate::providers::twilio::{self, Twilio};
use crate::purchasing;
use crate::requests;
use crate::reservations;
use crate::senders::{self, Senders};
use crate::smtp::Mailer;
use crate::spend;
use crate::state::{App, Chronicle};
use crate::sync;
use crate::web::{self, Page, PageResult, Site, telemetry::RequestSpan};

/// What `serve`, `demo` and the tests choose differently.
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// The carriers.
    pub providers: Registry,
    /// How many jobs run at once here; none in tests, which drain the queue themselves.
    pub job_workers: usize,
}

impl Parts {
    /// The machine's clock and the carriers of this version.
    ///
    /// # Errors
    /// In words, when a carrier cannot be set up.
    pub fn standard(settings: &Settings) -> AppResult<Parts> {
        let clock = Clock::system();
        let practice = FakeService::open(&settings.fakeservice_file, PRACTICE_SEED, clock.clone())?;
        Ok(Parts {
            providers: Registry::new()
                .with_practice(practice)
                .with(Arc::new(Twilio::new(settings.twilio.clone(), clock.clone()))),
            clock,
            job_workers: settings.job_workers,
        })
    }
}

/// The kinds of jobs of every feature, and what comes by the clock.
pub fn kinds() -> Kinds {
    Kinds::new()
        .with::<mail::SendMail>()
        .with_clock(mail::forget_old)
        .with::<access::SendResetLink>()
        .with_clock(access::forget_attempts)
        .with::<purchasing::BuyNumbers>()
        .with::<purchasing::budget::WatchBudget>()
        .with::<purchasing::budget::WatchBudgets>()
        .with_clock(purchasing::budget::enqueue_daily)
        .with::<numbers::release::jobs::ReleaseNumbers>()
        .with::<numbers::planned::ReleasePlanned>()
        .with_clock(numbers::planned::enqueue_due)
        .with::<numbers::voice::jobs::SetVoice>()
        .with::<ledger::jobs::ChargeMonths>()
        .with_clock(ledger::jobs::enqueue_daily)
        .with::<spend::rollup::jobs::AddUp>()
        .with_clock(spend::rollup::jobs::enqueue_due)
        .with::<ledger::usage::ReadUsage>()
        .with::<ledger::usage::ReadAllUsage>()
        .with_clock(ledger::usage::enqueue_daily)
        .with::<ledger::prices::CheckPrices>()
        .with::<ledger::prices::CheckAllPrices>()
        .with_clock(ledger::prices::enqueue_daily)
        .with::<numbers::jobs::EndRests>()
        .with_clock(numbers::jobs::enqueue_due)
        .with::<launch::arrivals::ArrivedForCampaign>()
        .with::<allocation::jobs::ExpireReservations>()
        .with_clock(allocation::jobs::enqueue_due)
        .with::<sync::CompareNumbers>()
        .with::<sync::differences::MendDifferences>()
        .with::<sync::CompareAll>()
        .with_clock(sync::comparing::enqueue_nightly)
        .with::<requests::ApproveWithinLimit>()
        .with::<spend::weekly::WriteWeekly>()
        .with_clock(spend::weekly::enqueue_weekly)
        .with::<launch::StartCampaign>()
        .with::<launch::TopUpCampaign>()
        .with::<launch::TidyService>()
        .with::<launch::together::GiveBackAll>()
        .with::<messaging::TellAddresses>()
        .with::<messaging::seen::LookAtServices>()
        .with::<messaging::moves::MoveNumbers>()
        .with::<messaging::moves::AttachOrder>()
}

/// The keys of the providers that [`Parts::standard`] has.
pub const PROVIDERS: [&str; 2] = [fakeservice::KEY, twilio::KEY];

/// Decides which numbers a new practice world has.
pub const PRACTICE_SEED: u64 = 313;

/// The routes of every room.
fn routes(config: &mut http::ServiceConfig) {
    config
        .route("/healthz", http::get().to(alive))
        .route("/readyz", http::get().to(ready))
        .configure(web::asset_routes)
        .configure(access::routes)
        .configure(organizations::routes)
        .configure(organizations::settings::routes)
        .configure(organizations::connection::routes)
        .configure(organizations::api_tokens::routes)
        .configure(purchasing::routes)
        .configure(campaigns::routes)
        .configure(allocation::routes)
        .configure(launch::routes)
        .configure(requests::routes)
        .configure(reservations::routes)
        .configure(sync::routes)
        .configure(messaging::routes)
        .configure(spend::routes)
        .configure(spend::renewals::routes)
        .configure(spend::bill::routes)
        .configure(spend::fees::routes)
        .configure(numbers::release::routes)
        .configure(numbers::voice::routes)
        .configure(numbers::routes)
        .configure(activity::routes)
        .configure(practice::routes);
}

/// The routes for programs.
fn api(config: &mut http::ServiceConfig) {
    config.configure(senders::routes);
}

/// What verbs use, without a server around: for a command.
///
/// # Errors
/// In words, when the database or a carrier cannot be had.
pub fn tools(settings: &Settings) -> AppResult<App> {
    let Parts { clock, providers, .. } = Parts::standard(settings)?;
    let db = Db::open(&settings.database, 2)?;
    let seal = Seal::new(&settings.secret_key).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(App { db, clock, providers, seal, mailer: None, chronicle: chronicle(), wake: Arc::default() })
}

/// A server that listens and does not answer yet: call [`run`](Self::run).
pub struct Application {
    port: u16,
    app: App,
    site: Site,
    server: Server,
    stop: Stop,
    job_workers: usize,
    job_lease: Duration,
    _lock: InstanceLock,
}

/// Stops the server from elsewhere. Clones stop the same one.
#[derive(Clone)]
pub struct Stop {
    server: ServerHandle,
    stopping: Stopping,
    drain: Duration,
}

#[derive(Clone, Default)]
struct Stopping(Arc<AtomicBool>);

/// Opens the database, brings it up to date, and listens.
///
/// # Errors
/// In words, when the database or the address cannot be had.
pub async fn build(settings: Settings, parts: Parts) -> AppResult<Application> {
    let lock = InstanceLock::take(&settings.database)?;
    let (url, connections) = (settings.database.clone(), settings.connections);
    let db = tokio::task::spawn_blocking(move || Db::open(&url, connections))
        .await
        .map_err(|error| AppError::Internal(format!("opening the database: {error}")))??;
    let Parts { clock, providers, job_workers } = parts;
    let seal = Seal::new(&settings.secret_key).map_err(|error| AppError::Internal(error.to_string()))?;

    let cannot_listen = |error| AppError::Internal(format!("cannot listen on {}: {error}", settings.listen));
    let listener = TcpListener::bind(settings.listen).map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let site = site(&settings, address)?;
    let mailer = mailer(&settings, &site)?;
    let app = App { db, clock, providers, seal, mailer, chronicle: chronicle(), wake: Arc::default() };
    let stopping = Stopping::default();
    let server = serve(&settings, listener, app.clone(), site.clone(), stopping.clone())?;
    let stop = Stop { server: server.handle(), stopping, drain: settings.drain };
    let job_lease = settings.job_lease;
    Ok(Application { port: address.port(), app, site, server, stop, job_workers, job_lease, _lock: lock })
}

/// Where people reach an instance that listens at `address`, and whom it believes.
///
/// # Errors
/// In words, when the address cannot be one of the web.
pub fn site(settings: &Settings, address: std::net::SocketAddr) -> AppResult<Site> {
    Ok(Site { base_url: base_url(settings, address)?, trusted_proxies: settings.trusted_proxies.clone() })
}

/// What hands e-mails over, where a mail server is set. It calls us by the name people type.
///
/// # Errors
/// In words, when the mail server's address cannot be used.
pub fn mailer(settings: &Settings, site: &Site) -> AppResult<Option<Mailer>> {
    let new = |smtp| Mailer::new(smtp, site.base_url.domain()).map_err(AppError::Conflict);
    settings.smtp.as_ref().map(new).transpose()
}

/// What writes into the activity log, for rooms below it.
pub const fn chronicle() -> Chronicle {
    Chronicle::new(activity::write)
}

/// A link to `/setup` with a new token; `None` when there is an organization.
///
/// # Errors
/// When the database fails.
pub fn setup_link(db: &Db, site: &Site, now: Moment) -> AppResult<Option<String>> {
    let token = access::Token::new();
    let made = db.write_blocking(|tx| {
        if organizations::any(tx)? {
            return Ok::<_, AppError>(false);
        }
        access::add_setup_token(tx, &token, now).map(|()| true)
    })?;
    Ok(made.then(|| site.link(&format!("/setup?token={}", token.expose()))))
}

fn base_url(settings: &Settings, address: std::net::SocketAddr) -> AppResult<Url> {
    match &settings.base_url {
        Some(url) => Ok(url.clone()),
        None => Url::parse(&format!("http://{address}"))
            .map_err(|error| AppError::Internal(format!("http://{address} is no address: {error}"))),
    }
}

fn serve(
    settings: &Settings,
    listener: TcpListener,
    app: App,
    site: Site,
    stopping: Stopping,
) -> AppResult<Server> {
    let key = Key::try_from(settings.secret_key.expose_secret())
        .map_err(|error| AppError::Internal(format!("the secret key: {error}")))?;
    let limits = SignInLimits::new(settings.sign_ins_per_address, settings.sign_ins_per_account);
    let (app, site) = (http::Data::new(app), http::Data::new(site));
    let limits = http::Data::new(limits);
    let passwords = http::Data::new(Passwords::new(settings.password_cost)?);
    let stopping = http::Data::new(stopping);
    let (grants, senders) = (http::Data::new(Grants::default()), http::Data::new(Senders::default()));
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(app.clone())
            .app_data(site.clone())
            .app_data(limits.clone())
            .app_data(passwords.clone())
            .app_data(stopping.clone())
            .app_data(grants.clone())
            .app_data(senders.clone())
            // What programs ask: without a browser's sessions, pages and compression.
            .configure(api)
            .service(
                http::scope("")
                    .configure(routes)
                    .default_service(http::to(nothing_here))
                    // The last one is the outermost.
                    .wrap(from_fn(web::envelope))
                    .wrap(access::sessions(key.clone(), site.is_secure()))
                    .wrap(from_fn(web::headers))
                    .wrap(Compress::default()),
            )
            .wrap(TracingLogger::<RequestSpan>::new())
    })
    .workers(settings.workers)
    .shutdown_timeout(settings.stop_within.as_secs())
    .disable_signals()
    .listen(listener)
    .map_err(|error| AppError::Internal(format!("cannot listen: {error}")))?
    .run();
    Ok(server)
}

impl Application {
    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }
    /// Where people reach it.
    pub fn site(&self) -> &Site {
        &self.site
    }
    /// What routes and jobs are given; tests and the demo fill the database through it.
    pub fn app(&self) -> &App {
        &self.app
    }
    /// A runner of every kind of job: `run` starts one, tests drain the queue with one.
    pub fn runner(&self) -> Runner {
        Runner::new(self.app.clone(), kinds()).leasing(self.job_lease)
    }
    /// Stops it from elsewhere.
    pub fn stop_handle(&self) -> Stop {
        self.stop.clone()
    }
    /// Answers requests and works on jobs until it is stopped.
    ///
    /// # Errors
    /// In words, when the server fails.
    pub async fn run(self) -> AppResult<()> {
        let jobs = self.runner().start(self.job_workers);
        let result = self.server.await;
        // Now no request can enqueue any more.
        jobs.stop().await;
        result.map_err(|error| AppError::Internal(format!("the server failed: {error}")))
    }
}

impl Stop {
    /// Says "not ready", waits for load balancers to see it, takes no more connections, lets requests end.
    pub async fn gracefully(&self) {
        self.stopping.0.store(true, Ordering::SeqCst);
        tokio::time::sleep(self.drain).await;
        self.server.stop(true).await;
    }
    /// Cuts requests off.
    pub async fn at_once(&self) {
        self.stopping.0.store(true, Ordering::SeqCst);
        self.server.stop(false).await;
    }
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

async fn ready(app: App, stopping: http::Data<Stopping>) -> HttpResponse {
    let not = |why: &'static str| {
        HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").body(why)
    };
    if stopping.0.load(Ordering::SeqCst) {
        return not("stopping\n");
    }
    match tokio::time::timeout(Duration::from_secs(3), app.db.is_current()).await {
        Ok(Ok(true)) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"),
        Ok(Ok(false)) => not("the database is not up to date\n"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            not("the database does not answer\n")
        }
        Err(_) => not("the database does not answer in time\n"),
    }
}

async fn nothing_here() -> PageResult {
    Err::<Page, _>(AppError::NotFound)
}
