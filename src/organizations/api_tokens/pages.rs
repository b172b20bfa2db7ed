//! The pages of API tokens.

use askama::Template;

use crate::access::{Allowed, ApiToken, ManageOrganization, Section};
use crate::error::FieldErrors;
use crate::web::{Shell, filters};

/// `/settings/api-tokens`.
#[derive(Template)]
#[template(path = "organizations/api_tokens.html")]
pub(super) struct TokensPage {
    shell: Shell,
    settings: String,
    action: String,
    /// What programs ask, up to the campaign's id.
    asks: String,
    holding: Vec<ApiToken>,
    revoked: Vec<ApiToken>,
    name: String,
    errors: FieldErrors,
}

impl TokensPage {
    pub(super) fn of(
        by: &Allowed<ManageOrganization>,
        tokens: Vec<ApiToken>,
        asks: String,
        name: String,
        errors: FieldErrors,
    ) -> TokensPage {
        let (holding, revoked) = tokens.into_iter().partition(|token| token.revoked_at.is_none());
        TokensPage {
            shell: by.shell(Section::Settings),
            settings: by.url("/settings"),
            action: by.url("/settings/api-tokens"),
            asks,
            holding,
            revoked,
            name,
            errors,
        }
    }
    fn error_list(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
}

/// A token, shown once.
#[derive(Template)]
#[template(path = "organizations/api_token.html")]
pub(super) struct MadePage {
    shell: Shell,
    tokens: String,
    name: String,
    token: String,
}

impl MadePage {
    pub(super) fn of(by: &Allowed<ManageOrganization>, name: String, token: String) -> MadePage {
        MadePage { shell: by.shell(Section::Settings), tokens: by.url("/settings/api-tokens"), name, token }
    }
}

/// Asks whether a token is to be revoked.
#[derive(Template)]
#[template(path = "organizations/revoke_token.html")]
pub(super) struct RevokePage {
    shell: Shell,
    tokens: String,
    action: String,
    token: ApiToken,
}

impl RevokePage {
    pub(super) fn of(by: &Allowed<ManageOrganization>, token: ApiToken) -> RevokePage {
        RevokePage {
            shell: by.shell(Section::Settings),
            tokens: by.url("/settings/api-tokens"),
            action: by.url(&format!("/settings/api-tokens/{}/revoke", token.id)),
            token,
        }
    }
}
