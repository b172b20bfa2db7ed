//! How an organization is connected to its carrier: what is kept, and how what was entered is read. No I/O.

use secrecy::SecretString;
use url::Url;

use crate::access::BrokenKind;
use crate::error::FieldErrors;
use crate::kernel::ids::OrganizationId;
use crate::kernel::{Micros, Moment, SealError};
use crate::providers::{Account, Addresses, Balance, Connection, ErrorKind, ProviderError};

/// The longest address that is kept.
const LONGEST_ADDRESS: usize = 1_000;

/// Which account at which carrier an organization is connected with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Whose.
    pub organization: OrganizationId,
    /// The provider's key.
    pub service: String,
    /// The account there.
    pub account: String,
}

impl Place {
    /// What a secret is sealed for: in another organization, or for another account, it does not open.
    pub(super) fn sealed_for(&self) -> String {
        format!("connection:{}:{}:{}", self.organization, self.service, self.account)
    }
}

/// A connection as it is kept. Its secret stays sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The user that signs in and the sealed secret.
    pub(super) sealed: Option<(String, String)>,
    /// Where the texting platform hears of messages.
    pub addresses: Addresses,
    /// When those were last changed.
    pub addresses_changed_at: Option<Moment>,
    /// What answers voice calls to the organization's numbers.
    pub voice_url: Option<String>,
    /// The last test.
    pub check: Option<Check>,
    /// The first test that went well.
    pub worked_at: Option<Moment>,
    /// What was left on the account when it was last read.
    pub balance: Option<(Balance, Moment)>,
}

impl Kept {
    /// The user that signs in, where one was entered.
    pub fn user(&self) -> Option<&str> {
        self.sealed.as_ref().map(|(user, _)| user.as_str())
    }
    /// The addresses that a campaign needs and that nobody entered yet, by what they are called.
    pub fn missing_addresses(&self) -> Vec<&'static str> {
        let missing = |url: &Option<String>, name| url.is_none().then_some(name);
        let Addresses { inbound_url, status_url } = &self.addresses;
        [missing(inbound_url, "inbound address"), missing(status_url, "status address")]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// What a test of the connection found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// When.
    pub at: Moment,
    /// Whether it works.
    pub works: bool,
    /// What was found, a sentence or more.
    pub words: String,
    /// The carrier's own code.
    pub carrier_code: Option<String>,
    /// The carrier's own words.
    pub carrier_words: Option<String>,
    /// What a person does about it.
    pub next_step: Option<String>,
}

impl Check {
    /// As one line of text: for the console and the log of what was done.
    pub fn sentence(&self) -> String {
        let mut words = self.words.clone();
        match (&self.carrier_code, &self.carrier_words) {
            (Some(code), Some(theirs)) => words.push_str(&format!(" The carrier said: {theirs} ({code}).")),
            (Some(code), None) => words.push_str(&format!(" The carrier's code is {code}.")),
            (None, Some(theirs)) => words.push_str(&format!(" The carrier said: {theirs}.")),
            (None, None) => {}
        }
        if let Some(next_step) = &self.next_step {
            words.push_str(&format!(" {next_step}"));
        }
        words
    }
}

/// Why a connection cannot even be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// Nobody entered a secret.
    Unconnected,
    /// The secret does not open.
    Unreadable(SealError),
}

impl Unusable {
    pub(super) fn kind(self) -> BrokenKind {
        match self {
            Unusable::Unconnected => BrokenKind::Unconnected,
            Unusable::Unreadable(_) => BrokenKind::Unreadable,
        }
    }
    fn words(self) -> &'static str {
        match self {
            Unusable::Unconnected => "Nobody entered the account's key yet.",
            Unusable::Unreadable(SealError::OtherKey) => {
                "The stored secret cannot be read: it was sealed with another NUMBERBANK_SECRET_KEY than this \
                 instance has."
            }
            Unusable::Unreadable(SealError::Damaged | SealError::Unusable) => {
                "The stored secret cannot be read: it was changed since it was sealed."
            }
        }
    }
    /// As what it means for whoever wanted to call the carrier: the same as credentials that are refused.
    pub(super) fn error(self) -> ProviderError {
        ProviderError::new(ErrorKind::Auth, self.words())
    }
}

/// What was typed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) provider: String,
    pub(super) account: String,
    pub(super) user: String,
    #[serde(deserialize_with = "secret")]
    pub(super) secret: SecretString,
    pub(super) inbound_url: String,
    pub(super) status_url: String,
    pub(super) voice_url: String,
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    <String as serde::Deserialize>::deserialize(deserializer).map(SecretString::from)
}

/// What was entered, read.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The account with what it signs in with.
    pub account: Account,
    /// Whether the secret is a new one.
    pub new_secret: bool,
    /// Where the texting platform hears of messages.
    pub addresses: Addresses,
    /// What answers voice calls.
    pub voice_url: Option<String>,
}

/// What is known of the secret when none is entered: the one to keep, or why there is none.
pub(super) enum Known {
    /// The stored one, of the same account and user.
    Secret(SecretString),
    /// It must be entered, because.
    Ask(&'static str),
}

impl Typed {
    /// The user as it will be stored.
    pub(super) fn user(&self) -> &str {
        if self.user.trim().is_empty() { self.account.trim() } else { self.user.trim() }
    }

    /// Reads everything, and says what is wrong with each field.
    pub(super) fn read(&self, asks: &Connection, known: &Known) -> Result<Entered, FieldErrors> {
        use secrecy::ExposeSecret;
        let mut errors = FieldErrors::new();
        let new_secret = !self.secret.expose_secret().trim().is_empty();
        let secret = match known {
            _ if new_secret => self.secret.clone(),
            Known::Secret(secret) => secret.clone(),
            Known::Ask(words) => {
                if asks.credentials.is_some() {
                    errors.add("secret", *words);
                }
                SecretString::default()
            }
        };
        let account = asks.read(&self.account, &self.user, &secret);
        if let Err(faults) = &account {
            faults.iter().for_each(|(field, words)| errors.add(field.key(), *words));
        }
        let mut url = |field: &str, text: &str| {
            https(text).unwrap_or_else(|words| {
                errors.add(field, words);
                None
            })
        };
        let addresses = Addresses {
            inbound_url: url("inbound_url", &self.inbound_url),
            status_url: url("status_url", &self.status_url),
        };
        let voice_url = if asks.voice { url("voice_url", &self.voice_url) } else { None };
        match account {
            Ok(account) if errors.is_empty() => Ok(Entered { account, new_secret, addresses, voice_url }),
            _ => Err(errors),
        }
    }
}

/// An address that carriers can call: https, with a host, without a password in it.
fn https(text: &str) -> Result<Option<String>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > LONGEST_ADDRESS {
        return Err("Give an address of at most 1,000 characters.");
    }
    let words =
        "Give a whole address that begins with https://, such as https://texting.example.org/inbound.";
    let url = Url::parse(text).map_err(|_| words)?;
    if url.scheme() != "https" || url.host_str().is_none_or(str::is_empty) {
        return Err(words);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "Leave the user and password out of the address: everybody who sees the settings would see them.",
        );
    }
    Ok(Some(text.to_owned()))
}

/// What saving changed, in words that never hold a secret.
pub(super) fn changes(before: (&str, &str, &Kept), provider: &str, after: (&str, &Entered)) -> Vec<String> {
    let (service_before, account_before, kept) = before;
    let (service, entered) = after;
    let mut words = Vec::new();
    if service != service_before {
        words.push(format!("the provider is {provider}"));
    }
    if entered.account.id != account_before {
        words.push(format!("the account is {}", entered.account.id));
    }
    let user = entered.account.credentials.as_ref().map(|credentials| credentials.user.as_str());
    if let Some(user) = user
        && user != entered.account.id
        && kept.user() != Some(user)
    {
        words.push(format!("the key is {user}"));
    }
    if entered.new_secret && user.is_some() {
        words.push("a new secret was entered".into());
    }
    let pairs = [
        ("inbound address", &kept.addresses.inbound_url, &entered.addresses.inbound_url),
        ("status address", &kept.addresses.status_url, &entered.addresses.status_url),
        ("voice address", &kept.voice_url, &entered.voice_url),
    ];
    for (name, _, after) in pairs.into_iter().filter(|(_, before, after)| before != after) {
        words.push(match after {
            Some(after) => format!("the {name} is {after}"),
            None => format!("the {name} is cleared"),
        });
    }
    words
}

/// A balance that was read.
pub(super) fn balance(
    amount: Option<Micros>,
    currency: Option<String>,
    at: Option<Moment>,
) -> Option<(Balance, Moment)> {
    Some((Balance { amount: amount?, currency: currency? }, at?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::{CredentialFields, Field};

    fn asks() -> Connection {
        fn letters(text: &str) -> Result<(), &'static str> {
            if text.len() > 2 { Ok(()) } else { Err("Enter more.") }
        }
        let field = Field { label: "A", help: "B.", check: letters };
        let credentials = CredentialFields { user: field, secret: field };
        Connection { credentials: Some(credentials), ..Connection::open(field) }
    }

    fn typed(secret: &str) -> Typed {
        Typed { account: "AC1".into(), secret: secret.into(), ..Typed::default() }
    }

    #[test]
    fn a_secret_left_empty_is_the_stored_one_or_is_asked_for() {
        let entered = typed("").read(&asks(), &Known::Secret("stored".into())).unwrap();
        assert!(!entered.new_secret && entered.account.credentials.is_some());
        let entered = typed("fresh").read(&asks(), &Known::Secret("stored".into())).unwrap();
        assert!(entered.new_secret);
        let errors = typed("").read(&asks(), &Known::Ask("Enter it again.")).unwrap_err();
        assert_eq!(errors.of("secret"), "Enter it again.");
    }

    #[test]
    fn addresses_are_https_and_hold_no_password() {
        assert_eq!(https("  "), Ok(None));
        let fine = "https://texting.example.org/in?key=1";
        assert_eq!(https(fine), Ok(Some(fine.into())));
        for wrong in
            ["http://texting.example.org/", "texting.example.org", "https://", "ftp://x", "https://a:b@c/"]
        {
            assert!(https(wrong).is_err(), "{wrong}");
        }
        assert!(https(&format!("https://x/{}", "a".repeat(1_000))).is_err());
    }

    #[test]
    fn what_changed_is_said_without_the_secret() {
        let entered = Typed { voice_url: "https://x.example/voice".into(), ..typed("hush-hush") }
            .read(&asks(), &Known::Ask(""))
            .unwrap();
        let words = changes(("old", "AC0", &Kept::default()), "Strict", ("new", &entered)).join("; ");
        assert_eq!(
            words,
            "the provider is Strict; the account is AC1; a new secret was entered; \
             the voice address is https://x.example/voice"
        );
    }
}
