//! The pages of the second step.

use askama::Template;

use crate::error::FieldErrors;
use crate::web::{Shell, filters};

/// `/login/code`.
#[derive(Template)]
#[template(path = "access/code.html")]
pub(super) struct CodePage {
    pub(super) shell: Shell,
    pub(super) errors: FieldErrors,
    pub(super) next: String,
}

/// What the app is given.
pub(super) struct Secret {
    pub(super) to_type: String,
    pub(super) address: String,
    /// The side of the picture in modules, and its dark ones as a path.
    pub(super) picture: Option<(i32, String)>,
}

/// Where the second step stands.
pub(super) enum State {
    Off,
    SettingUp(Secret),
    On { codes_left: i64 },
}

/// `/account/two-steps`.
#[derive(Template)]
#[template(path = "access/two_steps.html")]
pub(super) struct TwoStepsPage {
    pub(super) shell: Shell,
    pub(super) errors: FieldErrors,
    pub(super) email: String,
    pub(super) state: State,
    /// The organizations that ask this person for it.
    pub(super) asked_by: Vec<String>,
}

/// The recovery codes, once.
#[derive(Template)]
#[template(path = "access/recovery_codes.html")]
pub(super) struct CodesPage {
    pub(super) shell: Shell,
    pub(super) codes: Vec<String>,
    /// Whether the second step was turned on just now.
    pub(super) first: bool,
}

macro_rules! summaries {
    ($($page:ident),+) => {$(
        impl $page {
            fn summary(&self) -> Vec<(&str, &str)> {
                self.errors.iter().collect()
            }
        }
    )+};
}

summaries!(CodePage, TwoStepsPage);
