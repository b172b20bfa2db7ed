//! The commands.

use std::io::{BufRead, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use numberbank::access::{self, NewPerson, Passwords, Role, Token};
use numberbank::allocation::check;
use numberbank::allocation::model::Picker;
use numberbank::app::{self, Parts, Stop};
use numberbank::campaigns::contact_file;
use numberbank::config::{NAMES, Purpose, Settings};
use numberbank::db::{self, Db};
use numberbank::demo;
use numberbank::error::AppError;
use numberbank::kernel::Clock;
use numberbank::kernel::text_enum::TextEnum;
use numberbank::organizations::connection::Place;
use numberbank::organizations::{self, NewOrganization, connection};
use numberbank::providers::fakeservice;
use numberbank::providers::twilio::simulator::{self, Simulator};
use numberbank::state::App;
use numberbank::sync;
use numberbank::web::{Site, telemetry};
use secrecy::SecretString;

/// Manage the phone numbers an organization texts from.
#[derive(Parser)]
#[command(version, about, after_help = environment())]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the web pages and work on jobs, until stopped
    Serve {
        /// Listen here instead of at NUMBERBANK_LISTEN
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// Show an organization that has lived half a year, on the practice carrier: no real numbers, no real money
    Demo {
        /// Listen here
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Keep its data here; what people do is kept across restarts
        #[arg(long, default_value = "demo-data")]
        data: PathBuf,
    },
    /// Play Twilio over HTTP, to practise against and for tests: no real numbers, no real money
    #[command(after_help = simulator::HELP)]
    TwilioSim(simulator::Arguments),
    /// Bring the database up to date (serve does so too)
    Migrate,
    /// Contact files
    #[command(subcommand)]
    Contacts(ContactsCommand),
    /// Plan numbers for contacts from files, and print the plan as JSON: who wants to can check it
    Plan(PlanArguments),
    /// Organizations
    #[command(subcommand)]
    Organization(OrganizationCommand),
    /// Connections to carriers
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Compare what the carrier has with what is here, once, and say what was found. Needs the NUMBERBANK_SECRET_KEY of
    /// serve
    Sync {
        /// Its name in addresses
        #[arg(long)]
        organization: String,
    },
    /// Make a token for /setup, where the first organization and its owner are made
    SetupToken,
    /// People who sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Who works where
    #[command(subcommand)]
    Member(MemberCommand),
}

#[derive(Subcommand)]
enum ContactsCommand {
    /// Count a contact file (CSV, or CSV in gzip) and print what was found as JSON
    Check {
        /// The file
        file: PathBuf,
    },
}

#[derive(clap::Args)]
struct PlanArguments {
    /// Contacts by area code: [{"areaCode": "313", "count": 1200}, ...]
    #[arg(long)]
    needs: PathBuf,
    /// Numbers by area code: [{"areaCode": "313", "state": "MI", "availableCount": 7}, ...]
    #[arg(long)]
    supply: PathBuf,
    /// How many contacts one number texts
    #[arg(long, default_value_t = 200)]
    contacts_per_number: i64,
    /// The most numbers a messaging service takes; no limit when not given
    #[arg(long)]
    room: Option<i64>,
    /// Who picks the number for a contact
    #[arg(long, value_enum, default_value = "numberbank")]
    picker: PickedBy,
    /// How the numbers are chosen
    #[arg(long, default_value = "best")]
    strategy: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum PickedBy {
    /// This program, asked for each contact
    Numberbank,
    /// The messaging service's area-code geomatch
    Twilio,
}

#[derive(Subcommand)]
enum OrganizationCommand {
    /// Add an organization
    Add {
        /// Its name
        #[arg(long)]
        name: String,
        /// Its name in addresses, such as our-city
        #[arg(long)]
        slug: String,
        /// The provider of its numbers
        #[arg(long, default_value = "fakeservice")]
        service: String,
        /// Its account at the provider; its slug when not given
        #[arg(long)]
        carrier_account: Option<String>,
        /// Where its people are
        #[arg(long, default_value = "America/New_York")]
        time_zone: String,
    },
}

#[derive(Subcommand)]
enum ConnectionCommand {
    /// Test the connection of an organization to its carrier, as its settings page does. Needs the
    /// NUMBERBANK_SECRET_KEY that the secret was sealed with
    Check {
        /// The slug of the organization
        #[arg(long)]
        organization: String,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add a person, and make them a member of an organization. The password is asked for, or is the first line of
    /// standard input
    Add {
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// The name people know
        #[arg(long)]
        name: String,
        /// The slug of the organization
        #[arg(long)]
        organization: String,
        /// OWNER, ADMIN or SPEND_VIEWER
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// Make a link with which a person sets a new password; it holds once, and for 24 hours
    ResetLink {
        /// What they sign in with
        #[arg(long)]
        email: String,
    },
    /// Turn a person's second step off: for who lost both the phone and the recovery codes
    TwoStepsOff {
        /// What they sign in with
        #[arg(long)]
        email: String,
    },
}

#[derive(Subcommand)]
enum MemberCommand {
    /// Make somebody who signs in already a member of an(other) organization, or change their role there
    Add {
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// The slug of the organization
        #[arg(long)]
        organization: String,
        /// OWNER, ADMIN or SPEND_VIEWER
        #[arg(long, value_parser = role)]
        role: Role,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(&text.to_uppercase().replace('-', "_"))
        .ok_or_else(|| "write OWNER, ADMIN or SPEND_VIEWER".to_owned())
}

fn environment() -> String {
    let lines = NAMES.map(|(name, what, default)| format!("  {name}\n      {what} [{default}]"));
    format!("Environment:\n{}", lines.join("\n"))
}

type Outcome = Result<String, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(words) => {
            let _ = writeln!(std::io::stdout(), "{words}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "numberbank: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Serve { listen } => return serve(listen),
        Command::Demo { listen, data } => return demonstrate(listen, &data),
        Command::TwilioSim(arguments) => return simulate(arguments),
        Command::Contacts(ContactsCommand::Check { file }) => return check_contacts(&file),
        Command::Connection(ConnectionCommand::Check { organization }) => {
            return check_connection(&organization);
        }
        Command::Plan(arguments) => return plan(&arguments),
        Command::Sync { organization } => return compare(&organization),
        _ => {}
    }
    let settings = Settings::from_env(Purpose::Command)?;
    if let Command::Migrate = command {
        db::migrate_up(&settings.database)?;
        return Ok("The database is up to date.".into());
    }
    let db = Db::open(&settings.database, 1)?;
    let now = Clock::system().now();
    match command {
        Command::Serve { .. }
        | Command::Demo { .. }
        | Command::TwilioSim(_)
        | Command::Contacts(_)
        | Command::Connection(_)
        | Command::Plan(_)
        | Command::Sync { .. }
        | Command::Migrate => unreachable!("done above"),
        Command::Organization(OrganizationCommand::Add {
            name,
            slug,
            service,
            carrier_account,
            time_zone,
        }) => {
            if !app::PROVIDERS.contains(&service.as_str()) {
                let known = app::PROVIDERS.join(", ");
                return Err(format!("this version has no provider {service}; it has: {known}").into());
            }
            let account = carrier_account.unwrap_or_else(|| slug.clone());
            let new = NewOrganization::new(&slug, &name, &service, &account, &time_zone)?;
            let practice = service == fakeservice::KEY;
            db.write_blocking(|tx| {
                let id = organizations::add(tx, &new, now)?;
                if !practice {
                    connection::is_unconnected(tx, id, now)?;
                }
                Ok::<(), AppError>(())
            })?;
            Ok(format!("Added {name} at /o/{slug}. Add its first owner with: numberbank user add"))
        }
        Command::User(UserCommand::Add { email, name, organization, role }) => {
            let password = password()?;
            let person = NewPerson::new(&email, &name, &password, &Passwords::new(settings.password_cost)?)?;
            db.write_blocking(|tx| {
                let id = access::add_person(tx, &person, now)?;
                access::add_membership(tx, &organization, id, role, now).map(drop)
            })?;
            Ok(format!("Added {name}, {} of {organization}.", role.words()))
        }
        Command::User(UserCommand::ResetLink { email }) => {
            let token = Token::new();
            let person = db.write_blocking(|tx| access::make_reset_from_console(tx, &email, &token, now))?;
            tracing::info!(%person, "made a link for a new password");
            let link = site(&settings)?.link(&format!("/reset/{}", token.expose()));
            Ok(format!("Send this link to {email}; it holds once, and for 24 hours:\n{link}"))
        }
        Command::User(UserCommand::TwoStepsOff { email }) => {
            let was_on = db.write_blocking(|tx| {
                let person = access::find_person(tx, &email)?;
                access::turn_second_step_off(tx, person)
            })?;
            if !was_on {
                return Err(format!("{email} does not sign in in two steps").into());
            }
            Ok(format!("{email} signs in with the password alone now."))
        }
        Command::SetupToken => match app::setup_link(&db, &site(&settings)?, now)? {
            Some(link) => Ok(format!("Open this link to make the first organization and its owner:\n{link}")),
            None => Err("there is an organization already; add people with: numberbank user add".into()),
        },
        Command::Member(MemberCommand::Add { email, organization, role }) => {
            db.write_blocking(|tx| {
                let id = access::find_person(tx, &email)?;
                access::add_membership(tx, &organization, id, role, now).map(drop)
            })?;
            Ok(format!("{email} is {} of {organization}.", role.words()))
        }
    }
}

/// Where people reach the instance that these settings start.
fn site(settings: &Settings) -> Result<Site, Box<dyn std::error::Error>> {
    Ok(app::site(settings, settings.listen)?)
}

/// Asked for twice at a terminal, else the first line of standard input. Never an argument: those are seen by
/// everybody on the machine and kept in the shell's history.
fn password() -> Result<SecretString, Box<dyn std::error::Error>> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned()));
    }
    let first =
        rpassword::prompt_password(format!("Password, at least {} characters: ", access::MIN_PASSWORD))?;
    if rpassword::prompt_password("Once more: ")? != first {
        return Err("the two are not the same".into());
    }
    Ok(SecretString::from(first))
}

fn serve(listen: Option<SocketAddr>) -> Outcome {
    let mut settings = Settings::from_env(Purpose::Serve)?;
    settings.listen = listen.unwrap_or(settings.listen);
    telemetry::start(&settings.log, settings.log_format);
    if !settings.listen.ip().is_loopback()
        && settings.base_url.as_ref().is_none_or(|url| url.scheme() != "https")
    {
        tracing::warn!("NUMBERBANK_BASE_URL is not https: passwords and sessions travel for all to read");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let parts = Parts::standard(&settings)?;
        let database = settings.database.clone();
        let application = app::build(settings, parts).await?;
        tracing::info!(port = application.port(), ?database, "serving");
        let (db, site) = (application.app().db.clone(), application.site().clone());
        let now = application.app().clock.now();
        let link = tokio::task::spawn_blocking(move || app::setup_link(&db, &site, now))
            .await
            .map_err(|error| AppError::Internal(error.to_string()))??;
        if let Some(link) = link {
            tracing::warn!("there is no organization yet; make the first one at {link}");
        }
        tokio::spawn(stop_on_signal(application.stop_handle()));
        application.run().await
    })?;
    Ok("Stopped.".into())
}

fn demonstrate(listen: SocketAddr, data: &Path) -> Outcome {
    let nothing_set = |name: &str| std::env::var(name).ok().filter(|_| name.starts_with("NUMBERBANK_LOG"));
    let mut settings = Settings::read(Purpose::Command, nothing_set)?;
    settings.listen = listen;
    if std::env::var_os("NUMBERBANK_LOG").is_none() {
        settings.log = "warn".into();
    }
    telemetry::start(&settings.log, settings.log_format);
    let mut out = std::io::stdout();
    if !data.join("numberbank.db").exists() {
        writeln!(out, "Making the demonstration organization in {} ...", data.display())?;
    }
    if !listen.ip().is_loopback() {
        let words =
            "Warning: others on the network can reach this address, and what they send is not encrypted.";
        writeln!(std::io::stderr(), "{words}")?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let demo = demo::prepare(data, settings).await?;
        let parts = demo::parts(&demo)?;
        let application = app::build(demo.settings.clone(), parts).await?;
        let address = format!("http://{}:{}", address_to_open(listen), application.port());
        let _ = writeln!(out, "\nNumberbank is at  {address}\n\nSign in as");
        for person in &demo.sign_ins {
            let _ = writeln!(out, "  {:<13} {:<20} {}", person.role.as_str(), person.email, person.password);
        }
        let _ =
            writeln!(out, "\nPractice: no real numbers, no real money. Ctrl-C stops; what you do is kept.");
        tokio::spawn(stop_on_signal(application.stop_handle()));
        application.run().await
    })?;
    Ok("Stopped.".into())
}

fn simulate(arguments: simulator::Arguments) -> Outcome {
    let options = arguments.options()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let simulator = Simulator::start(options).await?;
        writeln!(std::io::stdout(), "{}", simulator::guide(&simulator))?;
        signal().await;
        simulator.stop().await;
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    Ok("Stopped.".into())
}

/// Listening everywhere is not an address to open.
fn address_to_open(listen: SocketAddr) -> String {
    match listen.ip() {
        ip if ip.is_unspecified() => "localhost".into(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
        ip => ip.to_string(),
    }
}

/// Where the organization of this name is connected.
async fn place_of(app: &App, slug: &str) -> Result<Place, AppError> {
    let (wanted, missing) = (slug.to_owned(), format!("there is no organization {slug}"));
    let found = app.db.read(move |conn| connection::place_of_slug(conn, &wanted)).await;
    found.map_err(|error| match AppError::from(error) {
        AppError::NotFound => AppError::Conflict(missing),
        other => other,
    })
}

fn compare(slug: &str) -> Outcome {
    let app = app::tools(&Settings::from_env(Purpose::Serve)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let run = runtime.block_on(async {
        let place = place_of(&app, slug).await?;
        sync::at_once(&app, &place).await
    })?;
    if run.outcome == sync::Outcome::Complete { Ok(run.words) } else { Err(run.words.into()) }
}

fn check_connection(slug: &str) -> Outcome {
    let app = app::tools(&Settings::from_env(Purpose::Serve)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let check = runtime.block_on(async {
        let place = place_of(&app, slug).await?;
        connection::test(&app, &place).await
    })?;
    if check.works { Ok(check.sentence()) } else { Err(check.sentence().into()) }
}

fn plan(arguments: &PlanArguments) -> Outcome {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
    };
    let asked = check::Asked {
        contacts_per_number: arguments.contacts_per_number,
        room: arguments.room,
        picker: match arguments.picker {
            PickedBy::Numberbank => Picker::Numberbank,
            PickedBy::Twilio => Picker::Twilio,
        },
        strategy: arguments.strategy.clone(),
    };
    let answer = check::plan(&read(&arguments.needs)?, &read(&arguments.supply)?, &asked)?;
    Ok(serde_json::to_string_pretty(&answer)?)
}

fn check_contacts(file: &Path) -> Outcome {
    let input = std::fs::File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let counts = contact_file::count(input, |_| ())?;
    Ok(serde_json::to_string_pretty(&contact_file::check_json(&counts))?)
}

/// The first SIGTERM or SIGINT lets requests end; the second does not wait.
async fn stop_on_signal(stop: Stop) {
    signal().await;
    tracing::info!("stopping; requests may end");
    let again = stop.clone();
    tokio::spawn(async move {
        signal().await;
        again.at_once().await;
    });
    stop.gracefully().await;
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard");
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
