//! The page of the first organization.

use askama::Template;

use crate::error::FieldErrors;
use crate::web::Shell;

/// Where organizations of this country are; any other is set later.
const TIME_ZONES: [(&str, &str); 9] = [
    ("America/New_York", "Eastern (New York)"),
    ("America/Detroit", "Eastern (Detroit)"),
    ("America/Chicago", "Central (Chicago)"),
    ("America/Denver", "Mountain (Denver)"),
    ("America/Phoenix", "Mountain without summer time (Phoenix)"),
    ("America/Los_Angeles", "Pacific (Los Angeles)"),
    ("America/Anchorage", "Alaska (Anchorage)"),
    ("Pacific/Honolulu", "Hawaii (Honolulu)"),
    ("America/Puerto_Rico", "Atlantic (Puerto Rico)"),
];

/// What was typed, but for the passwords.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) token: String,
    pub(super) organization: String,
    pub(super) slug: String,
    pub(super) time_zone: String,
    pub(super) name: String,
    pub(super) email: String,
}

/// `/setup`.
#[derive(Template)]
#[template(path = "organizations/setup.html")]
pub(super) struct SetupPage {
    pub(super) shell: Shell,
    pub(super) errors: FieldErrors,
    pub(super) typed: Typed,
    time_zones: Vec<(&'static str, &'static str, bool)>,
}

impl SetupPage {
    /// With what was typed before.
    pub(super) fn new(errors: FieldErrors, typed: Typed) -> SetupPage {
        let chosen = typed.time_zone.clone();
        let time_zones = TIME_ZONES.map(|(zone, words)| (zone, words, zone == chosen)).to_vec();
        SetupPage { shell: Shell::plain(), errors, typed, time_zones }
    }
    fn summary(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
}
