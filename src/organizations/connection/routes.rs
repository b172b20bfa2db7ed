//! `/settings/connection`.

use std::sync::Arc;

use actix_web::web as http;
use serde::Deserialize;

use super::model::{Place, Typed};
use super::pages::{ConnectionPage, Surroundings};
use super::{find, lock, place_of, read, save as save_connection, sharing, test as test_connection};
use crate::access::{Allowed, ManageOrganization};
use crate::db::Tx;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::providers::Provider;
use crate::state::App;
use crate::web::format::plural;
use crate::web::{Form, Page, PageResult, Query};
use crate::{activity, jobs, messaging, numbers, purchasing};

type By = Allowed<ManageOrganization>;

/// The page, below the organization's address.
const PAGE: &str = "/settings/connection";

/// The routes of this room.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/settings/connection", http::get().to(show))
        .route("/o/{organization}/settings/connection", http::post().to(save))
        .route("/o/{organization}/settings/connection/test", http::post().to(test))
        .route("/o/{organization}/settings/connection/addresses", http::post().to(tell_addresses));
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    provider: String,
}

/// The provider of this key; where none is given, the organization's, else the first there is.
fn provider_of(by: &By, app: &App, key: &str) -> AppResult<Arc<dyn Provider>> {
    if !key.is_empty() {
        let words = || AppError::BadRequest("Choose one of the providers of the page.".into());
        return app.providers.get(key).ok_or_else(words);
    }
    let own = app.providers.get(&by.organization().service);
    let first = || app.providers.iter().next().cloned();
    own.or_else(first).ok_or_else(|| AppError::Conflict("This version has no provider at all.".into()))
}

async fn surroundings(by: &By, app: &App) -> AppResult<Surroundings> {
    let (place, operator) = (place_of(by), by.is_operator());
    app.db
        .read(move |conn| {
            let kept = find(conn, &place)?;
            let sharing = if operator { sharing(conn, &place)? } else { Vec::new() };
            let addresses = match kept.addresses_changed_at {
                Some(changed_at) => Some(messaging::address_standing(conn, &place, changed_at)?),
                None => None,
            };
            let voice = numbers::voice::standing(conn, &place, kept.voice_url.as_deref())?;
            AppResult::Ok(Surroundings { kept, sharing, addresses, voice })
        })
        .await
}

async fn show(by: By, query: Query<Chosen>, app: App) -> PageResult {
    let provider = provider_of(&by, &app, &query.into_inner().provider)?;
    let around = surroundings(&by, &app).await?;
    let kept = &around.kept;
    let mut typed = Typed {
        provider: provider.key().to_owned(),
        inbound_url: kept.addresses.inbound_url.clone().unwrap_or_default(),
        status_url: kept.addresses.status_url.clone().unwrap_or_default(),
        voice_url: kept.voice_url.clone().unwrap_or_default(),
        ..Typed::default()
    };
    // Another provider's account is another one.
    if provider.key() == by.organization().service {
        typed.account = by.organization().carrier_account.clone();
        typed.user = kept.user().filter(|user| *user != typed.account).unwrap_or_default().to_owned();
    }
    Ok(Page::of(&ConnectionPage::of(&by, &app, provider.as_ref(), typed, around)))
}

/// Why an organization may not leave the account it is connected with.
fn stays(tx: &mut Tx, by: &By, before: &Place, name: &str) -> AppResult<Option<String>> {
    let owned = numbers::owned_at(tx, before)?;
    if owned > 0 {
        let owned = plural(owned.unsigned_abs(), "number", "numbers");
        return Ok(Some(format!(
            "{} owns {owned} in the account {} at {name}: release them first, or keep the account. Its key may be \
             replaced at any time.",
            by.organization().name,
            before.account
        )));
    }
    let buying = !purchasing::working_by_area(tx, before.organization)?.is_empty();
    Ok(buying.then(|| {
        format!(
            "An order is buying numbers with the account {} now. Wait for it, or stop it.",
            before.account
        )
    }))
}

async fn save(by: By, form: Form<Typed>, app: App) -> PageResult {
    let typed = form.into_inner();
    let provider = provider_of(&by, &app, &typed.provider)?;
    let around = surroundings(&by, &app).await?;
    let entered = match read(&app.seal, provider.as_ref(), &place_of(&by), &around.kept, &typed) {
        Ok(entered) => entered,
        Err(AppError::Invalid(errors)) => return again(&by, &app, provider.as_ref(), typed, around, errors),
        Err(other) => return Err(other),
    };
    let place = Place {
        organization: by.organization_id(),
        service: provider.key().to_owned(),
        account: entered.account.id.clone(),
    };
    let old_name = app.providers.get(&by.organization().service);
    let old_name =
        old_name.map_or_else(|| by.organization().service.clone(), |provider| provider.name().to_owned());
    let (writer, seal, now) = (by.clone(), app.seal.clone(), app.clock.now());
    let (there, carrier) = (place.clone(), Arc::clone(&provider));
    let saved = app
        .db
        .write(move |tx| {
            let before = lock(tx, &writer)?;
            if before != there
                && let Some(words) = stays(tx, &writer, &before, &old_name)?
            {
                return Err(AppError::Invalid(FieldErrors::one("account", words)));
            }
            let saved = save_connection(tx, &seal, &before, carrier.as_ref(), &entered, now)?;
            let actor = writer.actor();
            if !saved.changes.is_empty() {
                let words = format!("Changed the connection: {}", saved.changes.join("; "));
                activity::record(tx, &actor, "connection_changed", PAGE, &words, now)?;
            }
            if saved.new_addresses.is_some() {
                messaging::tell_addresses(tx, &actor, &there, now)?;
            }
            Ok(saved)
        })
        .await;
    match saved {
        Ok(_) => jobs::wake(&app),
        Err(AppError::Invalid(errors)) => {
            return again(&by, &app, provider.as_ref(), typed, around, errors);
        }
        Err(other) => return Err(other),
    }
    let check = test_connection(&app, &place).await?;
    let page = Page::redirect(by.url(PAGE));
    Ok(match check.works {
        true => page.with_flash("success", "Saved. The connection works."),
        false => {
            page.with_flash("danger", "Saved, but the connection does not work: see what the test found.")
        }
    })
}

fn again(
    by: &By,
    app: &App,
    provider: &dyn Provider,
    typed: Typed,
    around: Surroundings,
    errors: FieldErrors,
) -> PageResult {
    Ok(Page::of(&ConnectionPage::of(by, app, provider, typed, around).wrong(errors)).status(422))
}

async fn test(by: By, _: Form<Nothing>, app: App) -> PageResult {
    let check = test_connection(&app, &place_of(&by)).await?;
    let page = Page::redirect(by.url(PAGE));
    Ok(match check.works {
        true => page.with_flash("success", "The connection works."),
        false => page.with_flash("danger", "The connection does not work: see what the test found."),
    })
}

async fn tell_addresses(by: By, _: Form<Nothing>, app: App) -> PageResult {
    let (writer, now) = (by.clone(), app.clock.now());
    app.db.write(move |tx| messaging::tell_addresses(tx, &writer.actor(), &place_of(&writer), now)).await?;
    jobs::wake(&app);
    Ok(Page::redirect(by.url(PAGE)).with_flash("info", "The messaging services are told again."))
}
