//! The pages of signing in.

use askama::Template;

use super::role::Role;
use super::store::Person;
use crate::web::Shell;

/// `/login`.
#[derive(Template)]
#[template(path = "access/login.html")]
pub(super) struct LoginPage {
    pub(super) shell: Shell,
    pub(super) errors: Vec<(String, String)>,
    pub(super) email: String,
    pub(super) next: String,
}

/// A place to work, as the account and the choice of one list it.
pub(super) struct Place {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) role: Role,
}

/// `/`, for people with several organizations or none.
#[derive(Template)]
#[template(path = "access/organizations.html")]
pub(super) struct OrganizationsPage {
    pub(super) shell: Shell,
    pub(super) person: Person,
    pub(super) places: Vec<Place>,
}
