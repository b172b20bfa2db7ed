//! How an organization is connected to a carrier: the account, its credentials, what the form asks for, and the test
//! of it all.

use std::fmt;
use std::hash::{Hash, Hasher};

use secrecy::{ExposeSecret, SecretString};

use crate::kernel::Micros;

/// The account at the carrier on whose behalf a call is made. Two are equal when they are the same account under the
/// same user; the secret does not count.
#[derive(Debug, Clone)]
pub struct Account {
    /// The carrier's account id; for `fakeservice` any text: each is a customer of the one practice world.
    pub id: String,
    /// What it signs in with; `None` where the carrier asks for nothing.
    pub credentials: Option<Credentials>,
}

/// What an account signs in with. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user: the account's id, or that of an API key.
    pub user: String,
    /// The password: the account's token, or the secret of the key.
    pub secret: SecretString,
}

impl Account {
    /// An account without credentials.
    pub fn new(id: impl Into<String>) -> Account {
        Account { id: id.into(), credentials: None }
    }
    /// The same account, signing in with these.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Account {
        self.credentials = Some(credentials);
        self
    }
    fn user(&self) -> Option<&str> {
        self.credentials.as_ref().map(|credentials| credentials.user.as_str())
    }
}

impl PartialEq for Account {
    fn eq(&self, other: &Account) -> bool {
        self.id == other.id && self.user() == other.user()
    }
}
impl Eq for Account {}
impl Hash for Account {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
        self.user().hash(state);
    }
}

/// What connecting an organization to a carrier asks for: enough to draw the form, whatever the carrier.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// What the carrier calls its own account id, and how one looks.
    pub account: Field,
    /// What an account signs in with; `None` where the carrier asks for nothing.
    pub credentials: Option<CredentialFields>,
    /// Whether a messaging service loses replies without the texting platform's addresses: they are required before a
    /// campaign starts then.
    pub addresses_required: bool,
    /// Whether numbers have an address that answers voice calls.
    pub voice: bool,
}

/// The fields of the credentials.
#[derive(Debug, Clone, Copy)]
pub struct CredentialFields {
    /// The user; left empty, it is the account itself.
    pub user: Field,
    /// The secret.
    pub secret: Field,
}

/// A field of the connection form.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// What it is called.
    pub label: &'static str,
    /// Where to find it, in a sentence or two.
    pub help: &'static str,
    /// Says what is wrong with a text that cannot be right.
    pub check: fn(&str) -> Result<(), &'static str>,
}

/// Which field of the connection form something is wrong with; [`key`](Self::key) names it in forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionField {
    /// The account's id.
    Account,
    /// The user.
    User,
    /// The secret.
    Secret,
}

impl ConnectionField {
    /// Its name in forms.
    pub fn key(self) -> &'static str {
        match self {
            ConnectionField::Account => "account",
            ConnectionField::User => "user",
            ConnectionField::Secret => "secret",
        }
    }
}

impl Connection {
    /// A carrier that asks for nothing but any account id.
    pub fn open(account: Field) -> Connection {
        Connection { account, credentials: None, addresses_required: false, voice: true }
    }

    /// Reads what was entered. An empty `user` is the account itself.
    ///
    /// # Errors
    /// What is wrong, field by field; the words never repeat a secret.
    pub fn read(
        &self,
        id: &str,
        user: &str,
        secret: &SecretString,
    ) -> Result<Account, Vec<(ConnectionField, &'static str)>> {
        let (id, user) = (id.trim(), user.trim());
        let mut faults = Vec::new();
        let mut check = |field: ConnectionField, answer: Result<(), &'static str>| {
            if let Err(words) = answer {
                faults.push((field, words));
            }
        };
        check(ConnectionField::Account, (self.account.check)(id));
        let Some(fields) = self.credentials else {
            return if faults.is_empty() { Ok(Account::new(id)) } else { Err(faults) };
        };
        let secret = secret.expose_secret().trim();
        if !user.is_empty() && user != id {
            check(ConnectionField::User, (fields.user.check)(user));
        }
        check(ConnectionField::Secret, (fields.secret.check)(secret));
        if !faults.is_empty() {
            return Err(faults);
        }
        let user = if user.is_empty() { id } else { user };
        Ok(Account::new(id).with_credentials(Credentials { user: user.into(), secret: secret.into() }))
    }
}

/// What a test of the connection found: it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is left on the account, where it may be read.
    pub balance: Option<Balance>,
    /// What a person should know all the same, a sentence each.
    pub notes: Vec<String>,
}

/// An amount in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// How much; below zero when the account owes.
    pub amount: Micros,
    /// ISO 4217, `USD`.
    pub currency: String,
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency.as_str() {
            "USD" => write!(f, "{}", self.amount),
            other => write!(f, "{} {other}", self.amount.dollars().replace('$', "")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Connection {
        fn two_letters(text: &str) -> Result<(), &'static str> {
            if text.starts_with("AC") { Ok(()) } else { Err("begins with AC") }
        }
        fn key(text: &str) -> Result<(), &'static str> {
            if text.starts_with("SK") { Ok(()) } else { Err("begins with SK") }
        }
        fn filled(text: &str) -> Result<(), &'static str> {
            if text.is_empty() { Err("enter it") } else { Ok(()) }
        }
        let field = |check| Field { label: "A field", help: "Somewhere.", check };
        let credentials = CredentialFields { user: field(key), secret: field(filled) };
        Connection { credentials: Some(credentials), ..Connection::open(field(two_letters)) }
    }

    #[test]
    fn what_was_entered_becomes_an_account_or_words_for_each_field() {
        let read = |id: &str, user: &str, secret: &str| asked().read(id, user, &secret.to_owned().into());
        let account = read(" AC1 ", "", " token ").unwrap();
        let credentials = account.credentials.as_ref().unwrap();
        assert_eq!((account.id.as_str(), credentials.user.as_str()), ("AC1", "AC1"));
        assert_eq!(credentials.secret.expose_secret(), "token");
        assert_eq!(read("AC1", "SK2", "token").unwrap().credentials.unwrap().user, "SK2");
        let faults = read("1", "2", "").unwrap_err();
        let fields: Vec<_> = faults.iter().map(|(field, _)| field.key()).collect();
        assert_eq!(fields, ["account", "user", "secret"]);
    }

    #[test]
    fn an_account_is_told_by_its_user_and_never_shows_its_secret() {
        let read = |user: &str, secret: &str| asked().read("AC1", user, &secret.to_owned().into()).unwrap();
        assert_eq!(read("", "hush"), read("AC1", "other"));
        assert_ne!(read("", "hush"), read("SK1", "hush"));
        assert_ne!(read("", "hush"), Account::new("AC1"));
        assert!(!format!("{:?}", read("", "hush")).contains("hush"));
    }

    #[test]
    fn a_balance_is_shown_in_its_currency() {
        let balance =
            |currency: &str| Balance { amount: Micros::from_cents(1250), currency: currency.into() };
        assert_eq!(balance("USD").to_string(), "$12.50");
        assert_eq!(balance("EUR").to_string(), "12.50 EUR");
    }
}
