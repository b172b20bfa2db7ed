//! Handing a letter to a mail server, once. What may be tried again is told from what may not; `mail` decides when.

mod settings;

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

pub use settings::{SmtpSettings, check_url, sender};

/// How long a mail server may take for a step.
const PATIENCE: Duration = Duration::from_secs(30);
/// Servers that refuse a sign-in with these would take the letter once their settings, or ours, are mended.
const NOT_SIGNED_IN: [u16; 4] = [530, 534, 535, 538];
/// So much of a server's words is kept.
const LONGEST_WORDS: usize = 300;

/// Speaks to one mail server. Clones share it.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
}

/// A letter to one person.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// Its own name: a server or reader that gets it twice may know it by that.
    pub id: &'a str,
    /// To whom.
    pub to: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// What it says, plain text.
    pub text: &'a str,
    /// When it was written.
    pub at: SystemTime,
}

/// Why a letter was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// It may be taken later.
    #[error("{0}")]
    NotNow(String),
    /// It will not be taken.
    #[error("{0}")]
    Refused(String),
}

impl Mailer {
    /// For these settings. `domain` is what we call ourselves unless the settings say otherwise.
    ///
    /// # Errors
    /// In words, when the address of the server cannot be used.
    pub fn new(settings: &SmtpSettings, domain: Option<&str>) -> Result<Mailer, String> {
        let url = settings.url.expose_secret();
        let cannot = |error| format!("NUMBERBANK_SMTP_URL cannot be used: {}", said_by(&error));
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(cannot)?;
        if let Some(domain) = domain.filter(|_| !settings::names_us(url)) {
            builder = builder.hello_name(ClientId::Domain(domain.to_owned()));
        }
        Ok(Mailer {
            transport: builder.timeout(Some(PATIENCE)).build(),
            from: settings.from.clone(),
            server: settings::server(url),
        })
    }

    /// The server, without the password.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Hands a letter over. `Ok` says that the server took it, not that it arrived.
    ///
    /// # Errors
    /// [`SmtpError`], in words for the page.
    pub async fn send(&self, letter: Envelope<'_>) -> Result<(), SmtpError> {
        let message = self.message(letter)?;
        self.transport.send(message).await.map(drop).map_err(|error| told(&error))
    }

    fn message(&self, letter: Envelope<'_>) -> Result<Message, SmtpError> {
        let refused = |words: String| SmtpError::Refused(words);
        let to: Address = letter
            .to
            .parse()
            .map_err(|_| refused(format!("{} is no address a mail server takes", letter.to)))?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .date(letter.at)
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.to_owned())
            .map_err(|error| refused(format!("it cannot be written as an e-mail: {error}")))?;
        // Nobody's holiday notice answers it.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".into()));
        Ok(message)
    }
}

fn told(error: &lettre::transport::smtp::Error) -> SmtpError {
    let said = said_by(error);
    let code = error.status().map(u16::from);
    match code {
        Some(code) if NOT_SIGNED_IN.contains(&code) => {
            SmtpError::NotNow(format!("the mail server does not accept our sign-in: {said} ({code})"))
        }
        Some(code) if error.is_permanent() => {
            SmtpError::Refused(format!("the mail server refused it: {said} ({code})"))
        }
        Some(code) => SmtpError::NotNow(format!("the mail server did not take it now: {said} ({code})")),
        None => SmtpError::NotNow(format!("the mail server cannot be reached: {said}")),
    }
}

/// The innermost cause is what the server said, or the machine.
fn said_by(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let words: String =
        cause.to_string().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.trim_end_matches('.').chars().take(LONGEST_WORDS).collect()
}
