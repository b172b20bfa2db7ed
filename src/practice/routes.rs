//! The weather and the stock of the practice carrier.

use std::sync::Arc;

use actix_web::web as http;
use serde::Deserialize;

use super::pages::{PracticePage, StockForm, stock_words};
use crate::access::{Allowed, ManageOrganization, Section};
use crate::activity;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::AreaCode;
use crate::providers::fakeservice::stock::PER_CODE;
use crate::providers::fakeservice::{FakeService, KEY, Weather};
use crate::state::App;
use crate::web::{Form, Page, PageResult, Query};

/// The routes of the practice page.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/practice", http::get().to(show))
        .route("/o/{organization}/practice/weather", http::post().to(set_weather))
        .route("/o/{organization}/practice/stock", http::post().to(set_stock));
}

/// The practice carrier, when it is this organization's carrier. For others this page does not exist.
fn practice(by: &Allowed<ManageOrganization>, app: &App) -> AppResult<Arc<FakeService>> {
    let practice = app.providers.practice().filter(|_| by.organization().service == KEY);
    practice.cloned().ok_or(AppError::NotFound)
}

async fn record(
    by: &Allowed<ManageOrganization>,
    app: &App,
    verb: &'static str,
    words: String,
) -> AppResult<()> {
    let (actor, now) = (by.actor(), app.clock.now());
    app.db
        .write(move |tx| activity::record(tx, &actor, verb, "/practice", &words, now).map_err(AppError::from))
        .await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    area_code: String,
}

async fn show(by: Allowed<ManageOrganization>, query: Query<Asked>, app: App) -> PageResult {
    let area_code = AreaCode::parse(query.into_inner().area_code.trim()).ok();
    page(&by, &app, area_code, StockForm::default()).await
}

async fn page(
    by: &Allowed<ManageOrganization>,
    app: &App,
    area_code: Option<AreaCode>,
    form: StockForm,
) -> PageResult {
    let carrier = practice(by, app)?;
    let weather = carrier.weather(&by.account()).await?;
    let stock = match area_code {
        Some(code) => Some((code, carrier.stock_left(code).await?)),
        None => None,
    };
    let shell = by.shell(Section::Practice);
    Ok(Page::of(&PracticePage::of(shell, by.url("/practice"), &weather, stock, form, PER_CODE)))
}

#[derive(Debug, Deserialize)]
struct NewWeather {
    weather: String,
}

async fn set_weather(by: Allowed<ManageOrganization>, form: Form<NewWeather>, app: App) -> PageResult {
    let carrier = practice(&by, &app)?;
    let named = Weather::of_name(&form.into_inner().weather)
        .ok_or_else(|| AppError::BadRequest("Choose one of the weathers of the page.".into()))?;
    carrier.set_weather(&by.account(), named.weather).await?;
    record(&by, &app, "practice_weather", format!("Set the practice weather to {}", named.name)).await?;
    let words = format!("The weather is {} now. {}", named.name, named.help);
    Ok(Page::redirect(by.url("/practice")).with_flash("success", words))
}

#[derive(Debug, Deserialize)]
struct NewStock {
    #[serde(default)]
    area_code: String,
    #[serde(default)]
    left: String,
}

impl NewStock {
    fn understood(&self) -> AppResult<(AreaCode, usize)> {
        let mut errors = FieldErrors::new();
        let code = AreaCode::parse(self.area_code.trim())
            .map_err(|error| errors.add("area_code", error.to_string()));
        let left = self.left.trim().parse().ok().filter(|left| *left <= usize::from(PER_CODE));
        if left.is_none() {
            errors.add("left", format!("Enter a whole number from 0 to {PER_CODE}."));
        }
        match (code, left) {
            (Ok(code), Some(left)) => Ok((code, left)),
            _ => Err(AppError::Invalid(errors)),
        }
    }
}

async fn set_stock(by: Allowed<ManageOrganization>, form: Form<NewStock>, app: App) -> PageResult {
    let carrier = practice(&by, &app)?;
    let form = form.into_inner();
    let (code, left) = match form.understood() {
        Ok(understood) => understood,
        Err(AppError::Invalid(errors)) => {
            let form = StockForm {
                area_code: form.area_code,
                left: form.left,
                errors: errors.iter().map(|(field, words)| (field.to_owned(), words.to_owned())).collect(),
            };
            return Ok(page(&by, &app, None, form).await?.status(422));
        }
        Err(other) => return Err(other),
    };
    carrier.set_stock(code, left).await?;
    // Fewer than asked for when we own most of what exists.
    let words = stock_words(code, carrier.stock_left(code).await?);
    record(&by, &app, "practice_stock", format!("Set the practice stock: {words}")).await?;
    Ok(Page::redirect(by.url(&format!("/practice?area_code={code}")))
        .with_flash("success", format!("{words} now.")))
}
