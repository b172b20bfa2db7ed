//! The page of the connection.

use askama::Template;

use super::model::{Kept, Typed};
use crate::access::{Allowed, ManageOrganization, Section};
use crate::error::FieldErrors;
use crate::messaging::AddressStanding;
use crate::numbers::voice;
use crate::providers::{Connection, Provider};
use crate::state::App;
use crate::web::{Shell, filters};

/// What the page shows beside the form.
#[derive(Default)]
pub(super) struct Surroundings {
    pub(super) kept: Kept,
    /// Other organizations with the same account; for operators alone.
    pub(super) sharing: Vec<String>,
    /// How the messaging services stand to the addresses.
    pub(super) addresses: Option<AddressStanding>,
    /// How the numbers stand to the voice address.
    pub(super) voice: voice::Standing,
}

/// `/settings/connection`.
#[derive(Template)]
#[template(path = "organizations/connection.html")]
pub(super) struct ConnectionPage {
    shell: Shell,
    settings_url: String,
    sync_url: String,
    action: String,
    /// Key, name, whether it is the one on the page.
    providers: Vec<(String, String, bool)>,
    provider: String,
    provider_name: String,
    /// The provider the organization has, when this version does not know it.
    unknown: String,
    /// Whether another provider is on the page than the organization has.
    other: bool,
    asks: Connection,
    typed: Typed,
    has_secret: bool,
    errors: FieldErrors,
    around: Surroundings,
}

impl ConnectionPage {
    /// The form for a provider, filled with what was typed.
    pub(super) fn of(
        by: &Allowed<ManageOrganization>,
        app: &App,
        provider: &dyn Provider,
        typed: Typed,
        around: Surroundings,
    ) -> ConnectionPage {
        let organization = by.organization();
        let providers = app.providers.iter();
        ConnectionPage {
            shell: by.shell(Section::Settings),
            settings_url: by.url("/settings"),
            sync_url: by.url("/sync"),
            action: by.url("/settings/connection"),
            providers: providers
                .map(|one| (one.key().to_owned(), one.name().to_owned(), one.key() == provider.key()))
                .collect(),
            provider: provider.key().to_owned(),
            provider_name: provider.name().to_owned(),
            unknown: match app.providers.get(&organization.service) {
                Some(_) => String::new(),
                None => organization.service.clone(),
            },
            other: organization.service != provider.key(),
            asks: provider.connection(),
            has_secret: around.kept.user().is_some() && organization.service == provider.key(),
            typed,
            errors: FieldErrors::new(),
            around,
        }
    }
    /// With what is wrong.
    pub(super) fn wrong(mut self, errors: FieldErrors) -> ConnectionPage {
        self.errors = errors;
        self
    }

    fn error_list(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
    fn user_hint(&self, help: &str) -> String {
        format!("{help} Leave it empty to sign in as the account itself.")
    }
    fn secret_hint(&self, help: &str) -> String {
        match self.has_secret {
            true => {
                format!("One is stored, sealed, and never shown again. Leave this empty to keep it. {help}")
            }
            false => format!("{help} It is stored sealed and never shown again."),
        }
    }
    fn addresses_hint(&self) -> &'static str {
        match self.asks.addresses_required {
            true => {
                "Both are needed before a campaign starts: without them this carrier drops people’s replies."
            }
            false => {
                "This carrier does without them; a real one drops people’s replies when they are missing."
            }
        }
    }
    fn voice_href(&self) -> String {
        self.settings_url.replace("/settings", "/voice")
    }
    fn sharing(&self) -> String {
        self.around.sharing.join(", ")
    }
}
