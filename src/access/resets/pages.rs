//! The page of a link for a new password.

use askama::Template;

use crate::access::invitations::LinkState;
use crate::error::FieldErrors;
use crate::web::Shell;

/// `/reset/{token}`.
#[derive(Template)]
#[template(path = "access/reset.html")]
pub(super) struct ResetPage {
    pub(super) shell: Shell,
    pub(super) errors: FieldErrors,
    pub(super) state: LinkState,
    pub(super) email: String,
    pub(super) action: String,
}

impl ResetPage {
    fn is_open(&self) -> bool {
        self.state == LinkState::Open
    }
    fn summary(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
}

/// `/login/forgot`.
#[derive(Template)]
#[template(path = "access/forgotten.html")]
pub(super) struct ForgottenPage {
    pub(super) shell: Shell,
    pub(super) errors: FieldErrors,
    /// Whether links are sent by e-mail here.
    pub(super) by_mail: bool,
    pub(super) email: String,
    /// Whether it was asked for.
    pub(super) asked: bool,
}

impl ForgottenPage {
    fn summary(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
}
