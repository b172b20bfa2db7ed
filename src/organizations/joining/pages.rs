//! The page of an invitation.

use askama::Template;

use crate::access::{Invitation, LinkState};
use crate::error::FieldErrors;
use crate::web::Shell;

/// Who opened the link.
pub(super) enum Visitor {
    /// Nobody signs in with the address yet.
    New,
    /// Somebody does, but is not signed in here.
    Known,
    /// It is them.
    Invited,
    /// Somebody else is signed in, with this address.
    SomebodyElse(String),
}

/// `/invitations/{token}`.
#[derive(Template)]
#[template(path = "organizations/invitation.html")]
pub(super) struct InvitationPage {
    pub(super) shell: Shell,
    pub(super) invitation: Invitation,
    pub(super) visitor: Visitor,
    pub(super) action: String,
    /// The sign-in page that leads back here.
    pub(super) sign_in: String,
    pub(super) errors: FieldErrors,
    pub(super) name: String,
}

impl InvitationPage {
    fn summary(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
    fn is_open(&self) -> bool {
        self.invitation.state == LinkState::Open
    }
}
