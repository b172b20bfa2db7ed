//! `/spend/bill`.

use actix_web::web as http;
use serde::Deserialize;

use super::pages::BillPage;
use crate::access::{Allowed, ManageOrganization, Section, SeeSpend};
use crate::db::DbResult;
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::ledger::{prices, usage};
use crate::organizations::connection;
use crate::spend::Month;
use crate::state::App;
use crate::web::{Form, Page, PageResult, Query};

/// The routes of this room.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/spend/bill", http::get().to(show))
        .route("/o/{organization}/spend/bill/read", http::post().to(read));
}

#[derive(Debug, Default, Deserialize)]
struct Chosen {
    month: Option<String>,
}

async fn show(by: Allowed<SeeSpend>, chosen: Query<Chosen>, app: App) -> PageResult {
    let today = Month::of(app.clock.today());
    let month = match chosen.into_inner().month.as_deref().filter(|text| !text.is_empty()) {
        None => today,
        Some(text) => Month::parse(text).filter(|month| *month <= today).ok_or_else(|| {
            AppError::BadRequest("A month that has begun is written like 2026-11.".to_owned())
        })?,
    };
    let (reader, place) = (by.clone(), connection::place_of(&by));
    let provider = app.providers.get(&place.service);
    let reads = provider.as_ref().is_some_and(|provider| provider.capabilities().usage);
    let name = provider.map_or_else(|| place.service.clone(), |provider| provider.name().to_owned());
    let from = month.back(super::MONTHS - 1).first();
    let (reading, months, prices, looked) = app
        .db
        .read(move |conn| {
            let (reading, months) = super::compare(conn, &reader, month)?;
            let changes = prices::changes(conn, reader.organization_id(), from, super::PRICES)?;
            DbResult::Ok((reading, months, changes, prices::looked(conn, &place)?))
        })
        .await?;
    let shell = by.shell(Section::Spend);
    Ok(Page::of(&BillPage::new(
        &by,
        shell,
        (month, today),
        (name, reads),
        reading,
        &months,
        (&prices, looked),
    )))
}

#[derive(Deserialize)]
struct Nothing {}

async fn read(by: Allowed<ManageOrganization>, _: Form<Nothing>, app: App) -> PageResult {
    let (place, now) = (connection::place_of(&by), app.clock.now());
    app.db.write(move |tx| AppResult::Ok(usage::read_soon(tx, &place, now)?)).await?;
    jobs::wake(&app);
    let words = "The bill is being read. Look again in a moment.";
    Ok(Page::redirect(by.url("/spend/bill")).with_flash("info", words))
}
