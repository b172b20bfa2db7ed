//! The commands.

mod arguments;

use std::io::{BufRead, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use numberbank::access::{self, NewPerson, Passwords, Token, WhyReset};
use numberbank::activity;
use numberbank::allocation::check;
use numberbank::allocation::model::Picker;
use numberbank::app::{self, Parts, Stop};
use numberbank::campaigns::contact_file;
use numberbank::config::{Purpose, Settings};
use numberbank::db::{self, Db};
use numberbank::demo;
use numberbank::error::AppError;
use numberbank::kernel::Clock;
use numberbank::kernel::ids::MailId;
use numberbank::kernel::text_enum::TextEnum;
use numberbank::organizations::connection::Place;
use numberbank::organizations::{self, NewOrganization, connection};
use numberbank::providers::fakeservice;
use numberbank::providers::twilio::simulator::{self, Simulator};
use numberbank::smtp::{Envelope, Mailer};
use numberbank::state::App;
use numberbank::sync;
use numberbank::web::{Site, telemetry};
use secrecy::SecretString;

use arguments::{
    Arguments, Command, ConnectionCommand, ContactsCommand, MailCommand, MemberCommand, OrganizationCommand,
    PickedBy, PlanArguments, UserCommand,
};

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
        Command::Sync { organization } => return compare(&organization),
        Command::Connection(ConnectionCommand::Check { organization }) => {
            return check_connection(&organization);
        }
        Command::Plan(arguments) => return plan(&arguments),
        _ => {}
    }
    let settings = Settings::from_env(Purpose::Command)?;
    match &command {
        Command::Migrate => {
            db::migrate_up(&settings.database)?;
            return Ok("The database is up to date.".into());
        }
        Command::Mail(MailCommand::Test { to }) => return test_mail(&settings, to),
        _ => {}
    }
    let db = Db::open(&settings.database, 1)?;
    let now = Clock::system().now();
    match command {
        Command::Serve { .. }
        | Command::Demo { .. }
        | Command::TwilioSim(_)
        | Command::Contacts(_)
        | Command::Connection(_)
        | Command::Sync { .. }
        | Command::Migrate
        | Command::Plan(_)
        | Command::Mail(_) => {
            unreachable!("done above")
        }
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
                let place = access::add_membership(tx, &organization, id, role, now)?;
                let words = format!("Added {name} as {}, at the console", role.words());
                Ok::<_, AppError>(activity::write(tx, (place, None, "member_added", MEMBERS, &words), now)?)
            })?;
            Ok(format!("Added {name}, {} of {organization}.", role.words()))
        }
        Command::User(UserCommand::ResetLink { email }) => {
            let token = Token::new();
            let chronicle = app::chronicle();
            let made =
                db.write_blocking(|tx| access::make_reset_from_console(tx, chronicle, &email, &token, now))?;
            let link = site(&settings)?.link(&format!("/reset/{}", token.expose()));
            let letter = access::reset_letter(&made, None, &link, &WhyReset::Console)?;
            let sent = match mailer(&settings)? {
                Some(mailer) => match send(&mailer, &letter.to, &letter.subject, &letter.text)? {
                    Ok(()) => format!("It was e-mailed to {email}. The same link, to hand on yourself"),
                    Err(words) => {
                        format!("The e-mail to {email} could not be sent: {words}.\nSend this link yourself")
                    }
                },
                None => format!("Send this link to {email}"),
            };
            Ok(format!("{sent}; it holds once, and for 24 hours:\n{link}"))
        }
        Command::User(UserCommand::Operator { email, off }) => {
            db.write_blocking(|tx| {
                let person = access::find_person(tx, &email)?;
                access::set_operator(tx, person, !off, now)
            })?;
            Ok(if off {
                format!("{email} is no operator any more.")
            } else {
                format!("{email} is an operator: adopts numbers in accounts that organizations share.")
            })
        }
        Command::User(UserCommand::TwoStepsOff { email }) => {
            let was_on = db.write_blocking(|tx| {
                let person = access::find_person(tx, &email)?;
                let was_on = access::turn_second_step_off(tx, person)?;
                if was_on {
                    let name = access::names(tx, &[person])?.remove(&person).unwrap_or_default();
                    let words = format!("Turned sign-in in two steps of {name} off, at the console");
                    access::note(tx, app::chronicle(), person, None, ("two_steps_off", &words), now)?;
                }
                Ok::<_, AppError>(was_on)
            })?;
            if !was_on {
                return Err(format!("{email} does not sign in in two steps").into());
            }
            Ok(format!("{email} signs in with the password alone now."))
        }
        Command::SetupToken => match app::setup_link(&db, &site(&settings)?, now)? {
            Some(link) => Ok(format!(
                "Open this link within 24 hours to make the first organization and its owner:\n{link}"
            )),
            None => Err("there is an organization already; add people with: numberbank user add".into()),
        },
        Command::Member(MemberCommand::Add { email, organization, role }) => {
            db.write_blocking(|tx| {
                let id = access::find_person(tx, &email)?;
                let place = access::add_membership(tx, &organization, id, role, now)?;
                let name = access::names(tx, &[id])?.remove(&id).unwrap_or_default();
                let words = format!("Made {name} {}, at the console", role.a_words());
                Ok::<_, AppError>(activity::write(tx, (place, None, "role_changed", MEMBERS, &words), now)?)
            })?;
            Ok(format!("{email} is {} of {organization}.", role.words()))
        }
    }
}

/// Where lines of the log about members lead.
const MEMBERS: &str = "/members";

fn mailer(settings: &Settings) -> Result<Option<Mailer>, Box<dyn std::error::Error>> {
    Ok(app::mailer(settings, &site(settings)?)?)
}

/// Sends an e-mail at once. The inner error is the mail server's, in words.
fn send(mailer: &Mailer, to: &str, subject: &str, text: &str) -> std::io::Result<Result<(), String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (id, at) = (MailId::new(), std::time::SystemTime::now());
    let letter = Envelope { id: id.as_str(), to, subject, text, at };
    Ok(runtime.block_on(mailer.send(letter)).map_err(|error| error.to_string()))
}

fn test_mail(settings: &Settings, to: &str) -> Outcome {
    let Some(mailer) = mailer(settings)? else {
        return Err("no mail server is set: set NUMBERBANK_SMTP_URL and NUMBERBANK_MAIL_FROM".into());
    };
    let text = "Hello,\n\nthis is the test you asked Numberbank for. E-mails from it reach you.\n";
    match send(&mailer, to, "A test of Numberbank", text)? {
        Ok(()) => Ok(format!("{} took the e-mail to {to}. Look whether it arrives.", mailer.server())),
        Err(words) => Err(format!("the e-mail to {to} could not be sent: {words}").into()),
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
        must: arguments.must.clone(),
        must_not: arguments.must_not.clone(),
        only: arguments.only.clone(),
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
