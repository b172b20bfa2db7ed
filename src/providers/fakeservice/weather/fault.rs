//! What goes wrong with a call, and what the caller is told.

use std::time::Duration;

use crate::providers::{ErrorKind, ProviderError};

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling {
    /// How long the answer takes.
    pub latency: Duration,
    /// What goes wrong, if anything.
    pub fault: Option<Fault>,
}

/// What can go wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused: the account is suspended.
    Suspended,
    /// Refused: too many calls.
    RateLimited(Option<Duration>),
    /// Failed before anything was done.
    Transient,
    /// Not done, and no answer.
    Unanswered,
    /// The number is sold to somebody else just before.
    SoldMeanwhile,
    /// Done, and no answer.
    AnswerLost,
}

impl Fault {
    /// Whether the call is done all the same.
    pub fn is_done(self) -> bool {
        matches!(self, Fault::SoldMeanwhile | Fault::AnswerLost)
    }
    /// What the caller is told; `None` when the call's own answer says it.
    pub fn answer(self) -> Option<ProviderError> {
        Some(match self {
            Fault::Suspended => {
                ProviderError::new(ErrorKind::AccountSuspended, "The carrier has suspended this account.")
                    .with_carrier("20005", "Account not active")
            }
            Fault::RateLimited(wait) => {
                ProviderError::new(ErrorKind::RateLimited(wait), "The carrier asks us to slow down.")
                    .with_carrier("20429", "Too Many Requests")
            }
            Fault::Transient => {
                ProviderError::new(ErrorKind::Transient, "The carrier is not available at the moment.")
                    .with_carrier("20503", "Service is unavailable, please try again")
            }
            Fault::Unanswered | Fault::AnswerLost => ProviderError::new(
                ErrorKind::AnswerLost,
                "The carrier's answer did not arrive; what was asked may have been done.",
            ),
            Fault::SoldMeanwhile => return None,
        })
    }
}
