//! `/settings/api-tokens`.

use actix_web::web as http;
use serde::Deserialize;

use super::pages::{MadePage, TokensPage};
use crate::access::{self, Allowed, Grants, ManageOrganization, Token};
use crate::activity;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::ApiTokenId;
use crate::state::App;
use crate::web::{Form, Page, PageResult, Site};

type By = Allowed<ManageOrganization>;

/// The page, below the organization's address.
const PAGE: &str = "/settings/api-tokens";

/// The routes of this room.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/settings/api-tokens", http::get().to(show))
        .route("/o/{organization}/settings/api-tokens", http::post().to(make))
        .route("/o/{organization}/settings/api-tokens/{id}/revoke", http::get().to(ask_to_revoke))
        .route("/o/{organization}/settings/api-tokens/{id}/revoke", http::post().to(revoke));
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Default, Deserialize)]
struct New {
    #[serde(default)]
    name: String,
}

async fn page(by: &By, app: &App, site: &Site, name: String, errors: FieldErrors) -> AppResult<TokensPage> {
    let reader = by.clone();
    let tokens = app.db.read(move |conn| access::api_tokens(conn, &reader)).await?;
    Ok(TokensPage::of(by, tokens, site.link("/api/v1/campaigns/"), name, errors))
}

async fn show(by: By, site: http::Data<Site>, app: App) -> PageResult {
    Ok(Page::of(&page(&by, &app, &site, String::new(), FieldErrors::new()).await?))
}

async fn make(by: By, form: Form<New>, site: http::Data<Site>, app: App) -> PageResult {
    let (New { name }, token) = (form.into_inner(), Token::new());
    let (writer, now, typed, new) = (by.clone(), app.clock.now(), name.clone(), token.clone());
    let made = app
        .db
        .write(move |tx| {
            let made = access::make_api_token(tx, &writer, &typed, &new, now)?;
            let words = format!("Made the API token {}", made.name);
            activity::record(tx, &writer.actor(), "api_token_made", PAGE, &words, now)?;
            AppResult::Ok(made)
        })
        .await;
    match made {
        // Shown in the answer itself: a redirect would have to carry it.
        Ok(made) => Ok(Page::of(&MadePage::of(&by, made.name, access::api_token_text(&token)))),
        Err(AppError::Invalid(errors)) => {
            Ok(Page::of(&page(&by, &app, &site, name, errors).await?).status(422))
        }
        Err(AppError::Conflict(words)) => {
            let errors = FieldErrors::one("", words);
            Ok(Page::of(&page(&by, &app, &site, name, errors).await?).status(409))
        }
        Err(other) => Err(other),
    }
}

async fn found(by: &By, id: ApiTokenId, app: &App) -> AppResult<access::ApiToken> {
    let reader = by.clone();
    let tokens = app.db.read(move |conn| access::api_tokens(conn, &reader)).await?;
    tokens.into_iter().find(|token| token.id == id).ok_or(AppError::NotFound)
}

fn parse(path: &str) -> AppResult<ApiTokenId> {
    ApiTokenId::parse(path).map_err(|_| AppError::NotFound)
}

async fn ask_to_revoke(by: By, path: http::Path<(String, String)>, app: App) -> PageResult {
    let token = found(&by, parse(&path.1)?, &app).await?;
    if token.revoked_at.is_some() {
        return Ok(Page::redirect(by.url(PAGE)).with_flash("info", "That token was revoked already."));
    }
    Ok(Page::of(&super::pages::RevokePage::of(&by, token)))
}

async fn revoke(
    by: By,
    path: http::Path<(String, String)>,
    _: Form<Nothing>,
    grants: http::Data<Grants>,
    app: App,
) -> PageResult {
    let (id, writer, now) = (parse(&path.1)?, by.clone(), app.clock.now());
    let token = app
        .db
        .write(move |tx| {
            let token = access::revoke_api_token(tx, &writer, id, now)?;
            if token.revoked_at.is_none() {
                let words = format!("Revoked the API token {}", token.name);
                activity::record(tx, &writer.actor(), "api_token_revoked", PAGE, &words, now)?;
            }
            AppResult::Ok(token)
        })
        .await?;
    grants.forget();
    let words = format!("{} is revoked: nothing is answered to it any more.", token.name);
    Ok(Page::redirect(by.url(PAGE)).with_flash("success", words))
}
