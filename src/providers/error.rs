//! What carriers answer instead of what was asked, in our words.

use std::time::Duration;

/// A refusal or a failure of a carrier. `Display` is a sentence for people; the carrier's own code and words are in
/// [`carrier_code`](Self::carrier_code) and [`carrier_words`](Self::carrier_words).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct ProviderError {
    /// What kind of failure: what code decides by.
    pub kind: ErrorKind,
    words: String,
    carrier: Option<Box<Carrier>>,
}

/// What the carrier itself said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Carrier {
    code: Option<String>,
    words: Option<String>,
    request_id: Option<String>,
}

/// Kinds of failure, by what is to be done about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The number was taken meanwhile: take the next candidate.
    Unavailable,
    /// The carrier finds the request wrong: fail the item.
    InvalidRequest,
    /// An address, bundle or document is required: skip the number.
    NeedsRegulatory,
    /// It is there already, or in the state asked for: read again what there is.
    AlreadyThere,
    /// No such thing at the carrier.
    NotFound,
    /// The messaging service is full.
    PoolFull,
    /// The number sits in another messaging service.
    InOtherPool,
    /// Too many calls: slow the whole account down, try again after the given time if there is one.
    RateLimited(Option<Duration>),
    /// Credentials refused: stop, the connection is broken.
    Auth,
    /// The account is suspended, closed or out of funds: stop.
    AccountSuspended,
    /// A trial account, which may not do this: stop until it is upgraded.
    Trial,
    /// The account may not do this: stop.
    Restricted,
    /// The carrier failed before it did anything: try again later.
    Transient,
    /// Sent, but the answer was lost or unreadable: it may have been done. Ask before trying again.
    AnswerLost,
    /// Anything else: it may have been done. Ask before trying again.
    Unknown,
}

impl ErrorKind {
    /// Every kind once.
    pub const ALL: [ErrorKind; 15] = [
        ErrorKind::Unavailable,
        ErrorKind::InvalidRequest,
        ErrorKind::NeedsRegulatory,
        ErrorKind::AlreadyThere,
        ErrorKind::NotFound,
        ErrorKind::PoolFull,
        ErrorKind::InOtherPool,
        ErrorKind::RateLimited(None),
        ErrorKind::Auth,
        ErrorKind::AccountSuspended,
        ErrorKind::Trial,
        ErrorKind::Restricted,
        ErrorKind::Transient,
        ErrorKind::AnswerLost,
        ErrorKind::Unknown,
    ];

    /// What it is, in a sentence: for where nothing more precise is known.
    pub fn words(self) -> &'static str {
        match self {
            ErrorKind::Unavailable => "The number is no longer for sale.",
            ErrorKind::InvalidRequest => "The carrier finds the request wrong.",
            ErrorKind::NeedsRegulatory => "The carrier asks for an address or documents for this number.",
            ErrorKind::AlreadyThere => "The carrier says that it is there already.",
            ErrorKind::NotFound => "The carrier knows no such thing in this account.",
            ErrorKind::PoolFull => "The messaging service takes no more numbers.",
            ErrorKind::InOtherPool => "The number is in another messaging service.",
            ErrorKind::RateLimited(_) => "The carrier asks us to slow down.",
            ErrorKind::Auth => "The carrier does not accept the account and its key.",
            ErrorKind::AccountSuspended => "The carrier has suspended this account.",
            ErrorKind::Trial => "This is a trial account, which the carrier does not let do this.",
            ErrorKind::Restricted => "The carrier does not let this account do this.",
            ErrorKind::Transient => "The carrier is not available at the moment.",
            ErrorKind::AnswerLost => {
                "The carrier's answer did not arrive; what was asked may have been done."
            }
            ErrorKind::Unknown => {
                "The carrier answered something unexpected; what was asked may have been done."
            }
        }
    }

    /// What a person does about it, in a sentence or two.
    pub fn next_step(self) -> &'static str {
        match self {
            ErrorKind::Unavailable => "Take another number.",
            ErrorKind::InvalidRequest => {
                "Look at what the carrier says. If nothing there is yours to change, report it with the carrier's code."
            }
            ErrorKind::NeedsRegulatory => {
                "Take another number: numbers that need documents cannot be bought here."
            }
            ErrorKind::AlreadyThere => "Sync to see what the carrier has.",
            ErrorKind::NotFound => "Sync: it may have been removed at the carrier.",
            ErrorKind::PoolFull => {
                "Use another messaging service, or ask the carrier's support for more room in this one."
            }
            ErrorKind::InOtherPool => {
                "Take it out of the other messaging service first. Its registration with the mobile carriers begins \
                 anew then, which may take days."
            }
            ErrorKind::RateLimited(_) => "Nothing: work goes on by itself, slower.",
            ErrorKind::Auth => {
                "Enter the account and its key again in the settings; keys may have been revoked or replaced. A \
                 suspended account is refused in the same way: look into the carrier's console."
            }
            ErrorKind::AccountSuspended => {
                "Look into the carrier's console: top the account up, or write to the carrier's support."
            }
            ErrorKind::Trial => {
                "Upgrade the account in the carrier's console. A trial account has one number and texts only people \
                 who agreed there."
            }
            ErrorKind::Restricted => {
                "Give the key more permissions in the carrier's console, or write to the carrier's support with the \
                 code."
            }
            ErrorKind::Transient => {
                "Nothing at first: it is tried again. If it stays, look at the carrier's status page."
            }
            ErrorKind::AnswerLost | ErrorKind::Unknown => {
                "Nothing at first: the carrier is asked what was done. If it stays, sync."
            }
        }
    }

    /// Whether the connection itself is broken: nothing will work until a person mends the account or its key.
    pub fn broken_connection(self) -> bool {
        matches!(self, ErrorKind::Auth | ErrorKind::AccountSuspended | ErrorKind::Trial)
    }
}

impl ProviderError {
    /// A failure in our words, without any of the carrier's.
    pub fn new(kind: ErrorKind, words: impl Into<String>) -> ProviderError {
        ProviderError { kind, words: words.into(), carrier: None }
    }
    /// A failure in the words of its kind.
    pub fn of(kind: ErrorKind) -> ProviderError {
        ProviderError::new(kind, kind.words())
    }
    /// Adds the carrier's code and words.
    pub fn with_carrier(mut self, code: impl Into<String>, words: impl Into<String>) -> ProviderError {
        let carrier = self.carrier.get_or_insert_default();
        (carrier.code, carrier.words) = (Some(code.into()), Some(words.into()));
        self
    }
    /// Adds the carrier's words where it gave no code.
    pub fn with_carrier_words(mut self, words: impl Into<String>) -> ProviderError {
        self.carrier.get_or_insert_default().words = Some(words.into());
        self
    }
    /// Adds the carrier's id of the request, which its support asks for.
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> ProviderError {
        self.carrier.get_or_insert_default().request_id = Some(request_id.into());
        self
    }
    /// The carrier's own code.
    pub fn carrier_code(&self) -> Option<&str> {
        self.carrier.as_ref()?.code.as_deref()
    }
    /// The carrier's own words.
    pub fn carrier_words(&self) -> Option<&str> {
        self.carrier.as_ref()?.words.as_deref()
    }
    /// The carrier's id of the request, which its support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.carrier.as_ref()?.request_id.as_deref()
    }
    /// What a person does about it, in a sentence or two.
    pub fn next_step(&self) -> &'static str {
        self.kind.next_step()
    }
    /// How long the carrier asks to wait, if it says.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            ErrorKind::RateLimited(wait) => wait,
            _ => None,
        }
    }
    /// Whether what was asked may have been done all the same. Never repeat it blindly then.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self.kind, ErrorKind::AnswerLost | ErrorKind::Unknown)
    }
    /// Whether every further call of the account would fail in the same way until a person acts.
    pub fn stops_account(&self) -> bool {
        self.broken_connection() || self.kind == ErrorKind::Restricted
    }
    /// Whether the connection itself is broken: refused credentials, a suspended account, one out of funds, a trial's
    /// limits. Worth a banner on every page that needs the carrier.
    pub fn broken_connection(&self) -> bool {
        self.kind.broken_connection()
    }
    /// Whether the same call may simply be made again later: nothing was done.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, ErrorKind::RateLimited(_) | ErrorKind::Transient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_says_what_it_is_and_what_to_do() {
        for (place, kind) in ErrorKind::ALL.into_iter().enumerate() {
            assert!(
                ErrorKind::ALL[..place].iter().all(|other| *other != kind && other.words() != kind.words())
            );
            for words in [kind.words(), kind.next_step()] {
                assert!(words.ends_with('.') && words.len() > 15, "{kind:?}: {words}");
            }
            let error = ProviderError::of(kind);
            let sides = [error.is_ambiguous(), error.is_retryable(), error.stops_account()];
            assert!(sides.iter().filter(|side| **side).count() <= 1, "{kind:?} is two things at once");
            assert!(!error.broken_connection() || error.stops_account());
        }
    }

    #[test]
    fn what_the_carrier_said_is_kept() {
        let error = ProviderError::of(ErrorKind::RateLimited(Some(Duration::from_secs(3))))
            .with_request_id("RQ1")
            .with_carrier("20429", "Too Many Requests");
        assert_eq!((error.carrier_code(), error.carrier_words()), (Some("20429"), Some("Too Many Requests")));
        assert_eq!((error.request_id(), error.retry_after()), (Some("RQ1"), Some(Duration::from_secs(3))));
        let bare = ProviderError::of(ErrorKind::Unknown).with_carrier_words("<html>");
        assert_eq!((bare.carrier_code(), bare.carrier_words()), (None, Some("<html>")));
    }
}
