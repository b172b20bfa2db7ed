//! The page of one's account.

use askama::Template;

use crate::access::Person;
use crate::access::pages::Place;
use crate::error::FieldErrors;
use crate::kernel::Moment;
use crate::web::{Shell, filters};

/// `/account`.
#[derive(Template)]
#[template(path = "access/account.html")]
pub(super) struct AccountPage {
    pub(super) shell: Shell,
    pub(super) errors: FieldErrors,
    pub(super) person: Person,
    pub(super) places: Vec<Place>,
    pub(super) password_changed_at: Option<Moment>,
    pub(super) in_two_steps: bool,
}

impl AccountPage {
    fn summary(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
}
