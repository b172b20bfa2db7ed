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
    carrier: Option<(String, String)>,
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
    /// The account may not do this: stop.
    Restricted,
    /// The carrier failed before it did anything: try again later.
    Transient,
    /// Sent, but the answer was lost or unreadable: it may have been done. Ask before trying again.
    AnswerLost,
    /// Anything else: it may have been done. Ask before trying again.
    Unknown,
}

impl ProviderError {
    /// A failure in our words, without any of the carrier's.
    pub fn new(kind: ErrorKind, words: impl Into<String>) -> ProviderError {
        ProviderError { kind, words: words.into(), carrier: None }
    }
    /// Adds the carrier's code and words.
    pub fn with_carrier(mut self, code: impl Into<String>, words: impl Into<String>) -> ProviderError {
        self.carrier = Some((code.into(), words.into()));
        self
    }
    /// The carrier's own code.
    pub fn carrier_code(&self) -> Option<&str> {
        self.carrier.as_ref().map(|(code, _)| code.as_str())
    }
    /// The carrier's own words.
    pub fn carrier_words(&self) -> Option<&str> {
        self.carrier.as_ref().map(|(_, words)| words.as_str())
    }
    /// Whether what was asked may have been done all the same. Never repeat it blindly then.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self.kind, ErrorKind::AnswerLost | ErrorKind::Unknown)
    }
    /// Whether every further call of the account would fail in the same way until a person acts.
    pub fn stops_account(&self) -> bool {
        matches!(self.kind, ErrorKind::Auth | ErrorKind::AccountSuspended | ErrorKind::Restricted)
    }
    /// Whether the same call may simply be made again later: nothing was done.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, ErrorKind::RateLimited(_) | ErrorKind::Transient)
    }
}
