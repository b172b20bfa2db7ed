//! The e-mail that carries a link for a new password.

use askama::Template;

use super::{MadeReset, about_reset};
use crate::error::{AppError, AppResult};
use crate::kernel::ids::OrganizationId;
use crate::mail::Letter;

/// Why somebody is sent a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// They asked for it on the sign-in page, or somebody with their address did.
    Asked,
    /// An owner of this organization made it.
    MadeBy {
        /// The owner.
        owner: String,
        /// The organization.
        organization: String,
    },
    /// Whoever runs Numberbank made it.
    Console,
}

#[derive(Template)]
#[template(path = "mail/reset.txt")]
struct Text<'a> {
    name: &'a str,
    email: &'a str,
    why: &'a Why,
    link: &'a str,
}

/// The letter with a link.
///
/// # Errors
/// [`AppError::Internal`] when it cannot be written.
pub fn letter(
    made: &MadeReset,
    organization: Option<OrganizationId>,
    link: &str,
    why: &Why,
) -> AppResult<Letter> {
    let text = Text { name: &made.person.name, email: &made.person.email, why, link };
    Ok(Letter {
        organization,
        about: about_reset(made.id),
        to: made.person.email.clone(),
        subject: "A new password for Numberbank".into(),
        text: text.render().map_err(|error| AppError::Internal(format!("an e-mail: {error}")))?,
        useful_until: made.expires_at,
    })
}
