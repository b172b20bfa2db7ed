//! A connection to the carrier that does not work until a person mends it. It is read with the organization, so that
//! every page that needs the carrier can say so.

use crate::kernel::Moment;
use crate::providers::ErrorKind;
use crate::stored_enum;

stored_enum! {
    /// Why a connection does not work.
    pub enum BrokenKind {
        /// The carrier does not accept the account and its key.
        Refused = "refused",
        /// The carrier has suspended the account.
        Suspended = "suspended",
        /// A trial account may not do what was asked.
        Trial = "trial",
        /// The stored secret cannot be read with this instance's key.
        Unreadable = "unreadable",
        /// Nobody entered the account and its key yet.
        Unconnected = "unconnected",
    }
}

/// A broken connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Why.
    pub kind: BrokenKind,
    /// What happened, in a sentence or two.
    pub words: String,
    /// Since when.
    pub since: Moment,
}

impl BrokenKind {
    /// What a refusal of the carrier says about the connection; `None` when that is not what is wrong.
    pub fn of(kind: ErrorKind) -> Option<BrokenKind> {
        match kind {
            ErrorKind::Auth => Some(BrokenKind::Refused),
            ErrorKind::AccountSuspended => Some(BrokenKind::Suspended),
            ErrorKind::Trial => Some(BrokenKind::Trial),
            _ => None,
        }
    }
    /// What a person does about it.
    pub fn next_step(self) -> &'static str {
        match self {
            BrokenKind::Refused => ErrorKind::Auth.next_step(),
            BrokenKind::Suspended => ErrorKind::AccountSuspended.next_step(),
            BrokenKind::Trial => ErrorKind::Trial.next_step(),
            BrokenKind::Unreadable => {
                "Enter the secret again in the settings; or whoever runs Numberbank gives it its former \
                 NUMBERBANK_SECRET_KEY back."
            }
            BrokenKind::Unconnected => "An owner enters the account and its key in the settings.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::text_enum::TextEnum;

    #[test]
    fn every_refusal_that_breaks_a_connection_has_its_kind_and_a_next_step() {
        for kind in ErrorKind::ALL {
            assert_eq!(BrokenKind::of(kind).is_some(), kind.broken_connection(), "{kind:?}");
        }
        for kind in BrokenKind::ALL {
            assert!(kind.next_step().ends_with('.'), "{kind}");
        }
    }
}
