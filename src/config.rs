//! The environment, read once into [`Settings`]. Every fault is reported, all together.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretSlice};
use url::Url;

use crate::access::{Limits, PasswordCost, SignInLimits};
use crate::db::DatabaseUrl;
use crate::jobs;
use crate::providers::twilio;
use crate::smtp::{self, SmtpSettings};
use crate::web::telemetry::{self, LogFormat};

/// The settings there are: name, what it is for, what holds without it.
pub const NAMES: [(&str, &str, &str); 20] = [
    ("NUMBERBANK_DATABASE_URL", "sqlite:FILE or postgres://…", "sqlite:numberbank.db"),
    ("NUMBERBANK_CONNECTIONS", "how many database connections", "10"),
    ("NUMBERBANK_LISTEN", "address and port to listen on", "127.0.0.1:8080"),
    ("NUMBERBANK_BASE_URL", "the address people type, such as https://numbers.example.org", "http://LISTEN"),
    (
        "NUMBERBANK_TRUSTED_PROXIES",
        "the proxies whose X-Forwarded-For is believed: addresses and networks, such as 10.0.0.5, 10.1.0.0/16",
        "none",
    ),
    (
        "NUMBERBANK_SECRET_KEY",
        "seals session cookies and stored secrets, in hexadecimal or base64; make one with: openssl rand -hex 64",
        "must be set to serve",
    ),
    (
        "NUMBERBANK_SMTP_URL",
        "the mail server that takes e-mails, such as smtps://user:password@mail.example.org:465 or \
         smtp://mail.example.org:587?tls=required",
        "no e-mail is sent",
    ),
    (
        "NUMBERBANK_MAIL_FROM",
        "who e-mails are from, such as Numberbank <numbers@example.org>",
        "must be set beside NUMBERBANK_SMTP_URL",
    ),
    ("NUMBERBANK_FAKESERVICE_FILE", "where the practice carrier keeps its world", "fakeservice.db"),
    (
        "NUMBERBANK_TWILIO_API_URL",
        "where Twilio's numbers are; another address for a simulator",
        twilio::API_URL,
    ),
    ("NUMBERBANK_TWILIO_MESSAGING_URL", "where its messaging services are", twilio::MESSAGING_URL),
    ("NUMBERBANK_TWILIO_PRICING_URL", "where its price lists are", twilio::PRICING_URL),
    ("NUMBERBANK_TWILIO_CONCURRENCY", "how many calls of a Twilio account this instance makes at once", "8"),
    ("NUMBERBANK_WORKERS", "how many threads answer requests", "one a processor"),
    ("NUMBERBANK_JOB_WORKERS", "how many jobs run at once; 0 leaves them to other instances", "4"),
    ("NUMBERBANK_JOB_LEASE_SECONDS", "how soon another instance takes over the jobs of one that died", "60"),
    ("NUMBERBANK_LOG", "what is logged, such as info or info,numberbank=debug", "info"),
    ("NUMBERBANK_LOG_FORMAT", "text or json", "text"),
    ("NUMBERBANK_DRAIN_SECONDS", "how long to say 'not ready' before stopping", "0"),
    ("NUMBERBANK_STOP_SECONDS", "how long requests may take to end when stopping", "30"),
];

/// What this instance was told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: DatabaseUrl,
    /// How many connections its pool holds.
    pub connections: u32,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address people type; where we listen when not given.
    pub base_url: Option<Url>,
    /// The proxies whose word about who calls is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Seals the session cookie and stored secrets: at least 64 bytes.
    pub secret_key: SecretSlice<u8>,
    /// The mail server, and who e-mails are from; without them no e-mail is sent.
    pub smtp: Option<SmtpSettings>,
    /// Where the practice carrier keeps its world.
    pub fakeservice_file: PathBuf,
    /// How Twilio is reached.
    pub twilio: twilio::Options,
    /// How many threads answer requests.
    pub workers: usize,
    /// How many jobs run at once; 0 leaves them to other instances.
    pub job_workers: usize,
    /// How long a claimed job stays with an instance that says nothing more of it.
    pub job_lease: Duration,
    /// What is logged.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// How long to say "not ready" before stopping.
    pub drain: Duration,
    /// How long requests may take to end when stopping.
    pub stop_within: Duration,
    /// What password hashes cost. Not a setting of the environment.
    pub password_cost: PasswordCost,
    /// How often one address may try to sign in. Not a setting of the environment.
    pub sign_ins_per_address: Limits,
    /// How often one account may be tried. Not a setting of the environment.
    pub sign_ins_per_account: Limits,
}

/// Everything that is wrong with the environment.
#[derive(Debug, PartialEq, Eq)]
pub struct Faults(Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment is not right:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for Faults {}

/// What the settings are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To serve: needs the secret key.
    Serve,
    /// A command that seals no cookies.
    Command,
}

impl Settings {
    /// From the environment of this process.
    ///
    /// # Errors
    /// [`Faults`], all of them.
    pub fn from_env(purpose: Purpose) -> Result<Settings, Faults> {
        Settings::read(purpose, |name| std::env::var(name).ok())
    }

    /// From wherever `lookup` finds them.
    ///
    /// # Errors
    /// [`Faults`], all of them.
    pub fn read(purpose: Purpose, lookup: impl Fn(&str) -> Option<String>) -> Result<Settings, Faults> {
        let mut reader = Reader { lookup, faults: Vec::new() };
        let settings = Settings {
            database: reader.read(
                "NUMBERBANK_DATABASE_URL",
                || DatabaseUrl::Sqlite("numberbank.db".into()),
                DatabaseUrl::parse,
            ),
            connections: reader.number("NUMBERBANK_CONNECTIONS", 1..=500, 10),
            listen: reader.read(
                "NUMBERBANK_LISTEN",
                || (Ipv4Addr::LOCALHOST, 8080).into(),
                |text| {
                    text.parse().map_err(|_| "must be an address and a port, such as 127.0.0.1:8080".into())
                },
            ),
            base_url: reader.read("NUMBERBANK_BASE_URL", || None, |text| base_url(text).map(Some)),
            trusted_proxies: reader.read("NUMBERBANK_TRUSTED_PROXIES", Vec::new, networks),
            secret_key: reader.secret_key(purpose),
            smtp: reader.smtp(),
            fakeservice_file: reader.read(
                "NUMBERBANK_FAKESERVICE_FILE",
                || "fakeservice.db".into(),
                |text| Ok(text.into()),
            ),
            twilio: {
                let real = twilio::Options::real();
                let mut at = |name, url: Url| reader.read(name, || url, twilio_url);
                let mut options = twilio::Options::at(
                    at("NUMBERBANK_TWILIO_API_URL", real.api),
                    at("NUMBERBANK_TWILIO_MESSAGING_URL", real.messaging),
                    at("NUMBERBANK_TWILIO_PRICING_URL", real.pricing),
                );
                options.concurrency =
                    reader.number("NUMBERBANK_TWILIO_CONCURRENCY", 1..=100, twilio::CONCURRENCY);
                options
            },
            workers: {
                let processors = std::thread::available_parallelism().map_or(2, usize::from);
                reader.number("NUMBERBANK_WORKERS", 1..=256, processors)
            },
            job_workers: reader.number("NUMBERBANK_JOB_WORKERS", 0..=64, 4),
            job_lease: Duration::from_secs(reader.number(
                "NUMBERBANK_JOB_LEASE_SECONDS",
                2..=3_600,
                jobs::LEASE.as_secs(),
            )),
            log: reader.read(
                "NUMBERBANK_LOG",
                || "info".into(),
                |text| telemetry::check_filter(text).map(|()| text.into()),
            ),
            log_format: reader.read("NUMBERBANK_LOG_FORMAT", LogFormat::default, LogFormat::from_str),
            drain: Duration::from_secs(reader.number("NUMBERBANK_DRAIN_SECONDS", 0..=600, 0)),
            stop_within: Duration::from_secs(reader.number("NUMBERBANK_STOP_SECONDS", 1..=600, 30)),
            password_cost: PasswordCost::Standard,
            sign_ins_per_address: SignInLimits::PER_ADDRESS,
            sign_ins_per_account: SignInLimits::PER_ACCOUNT,
        };
        if reader.faults.is_empty() { Ok(settings) } else { Err(Faults(reader.faults)) }
    }

    /// A key for a process whose sign-ins need not outlive it: demo, commands, tests.
    pub fn passing_key() -> SecretSlice<u8> {
        SecretSlice::from(rand::random_iter::<u8>().take(64).collect::<Vec<u8>>())
    }
}

struct Reader<L> {
    lookup: L,
    faults: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn read<T>(
        &mut self,
        name: &str,
        default: impl FnOnce() -> T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        let text = (self.lookup)(name).filter(|text| !text.trim().is_empty());
        match text.map(|text| parse(text.trim())) {
            None => default(),
            Some(Ok(value)) => value,
            Some(Err(words)) => {
                self.faults.push(format!("{name} {words}"));
                default()
            }
        }
    }

    fn number<T>(&mut self, name: &str, range: std::ops::RangeInclusive<T>, default: T) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Copy,
    {
        self.read(
            name,
            || default,
            |text| {
                let fits = text.parse().ok().filter(|number| range.contains(number));
                fits.ok_or_else(|| format!("must be a number from {} to {}", range.start(), range.end()))
            },
        )
    }

    /// Both or neither.
    fn smtp(&mut self) -> Option<SmtpSettings> {
        const URL: &str = "NUMBERBANK_SMTP_URL";
        const FROM: &str = "NUMBERBANK_MAIL_FROM";
        let url = self.read(URL, || None, |text| smtp::check_url(text).map(Some));
        let from = self.read(FROM, || None, |text| smtp::sender(text).map(Some));
        let is_set = |name| (self.lookup)(name).is_some_and(|text| !text.trim().is_empty());
        match (is_set(URL), is_set(FROM)) {
            (true, false) => self
                .faults
                .push(format!("{FROM} must be set beside {URL}, such as Numberbank <numbers@example.org>")),
            (false, true) => self.faults.push(format!("{URL} must be set beside {FROM}")),
            _ => {}
        }
        Some(SmtpSettings { url: url?, from: from? })
    }

    fn secret_key(&mut self, purpose: Purpose) -> SecretSlice<u8> {
        let key = self.read("NUMBERBANK_SECRET_KEY", || None, |text| secret_key(text).map(Some));
        let faulty = self.faults.last().is_some_and(|fault| fault.starts_with("NUMBERBANK_SECRET_KEY"));
        if key.is_none() && purpose == Purpose::Serve && !faulty {
            self.faults.push("NUMBERBANK_SECRET_KEY must be set; make one with: openssl rand -hex 64".into());
        }
        key.unwrap_or_else(Settings::passing_key)
    }
}

/// Addresses and networks, with commas or spaces between.
fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let address = || part.parse().map(|address: std::net::IpAddr| IpNet::from(address)).ok();
            part.parse().ok().or_else(address).ok_or_else(|| {
                "must be addresses and networks with commas between, such as 10.0.0.5, 10.1.0.0/16".into()
            })
        })
        .collect()
}

/// At least 64 bytes, in hexadecimal or base64. The words never repeat what was given.
fn secret_key(text: &str) -> Result<SecretSlice<u8>, String> {
    let wrong = || {
        "must be 64 bytes or more, in hexadecimal or base64; make one with: openssl rand -hex 64".to_owned()
    };
    let bytes = if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let pairs = text.as_bytes().chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return Err(wrong());
        }
        pairs
            .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect()
    } else {
        let bare = text.trim_end_matches('=');
        STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare)).ok()
    };
    let bytes: Vec<u8> = bytes.ok_or_else(wrong)?;
    if bytes.len() < 64 {
        return Err(wrong());
    }
    let key = SecretSlice::from(bytes);
    let first = key.expose_secret().first().copied();
    if key.expose_secret().iter().all(|byte| Some(*byte) == first) {
        return Err("must be random; make one with: openssl rand -hex 64".into());
    }
    Ok(key)
}

fn base_url(text: &str) -> Result<Url, String> {
    origin(text, "must be the address people type, such as https://numbers.example.org, without a path")
}

fn twilio_url(text: &str) -> Result<Url, String> {
    origin(text, "must be an address such as https://api.twilio.com, without a path")
}

/// A scheme, a host and perhaps a port, nothing else.
fn origin(text: &str, words: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| words.to_owned())?;
    let fine = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if fine { Ok(url) } else { Err(words.into()) }
}
