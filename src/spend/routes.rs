//! The pages of spend.

use actix_web::web as http;
use serde::Deserialize;

use super::export::Table;
use super::model::{Slice, Year};
use super::month::Month;
use super::pages::{ChargesPage, NumberPage, SpendPage};
use crate::access::{Allowed, ManageCampaigns, Section, SeeNumbers, SeeSpend};
use crate::error::{AppError, AppResult};
use crate::kernel::AreaCode;
use crate::kernel::ids::{CampaignId, ChargeId, NumberId};
use crate::state::App;
use crate::web::{Page, PageResult, Query};

/// Rows on one page of charges.
const ROWS: usize = 50;

/// The routes of this feature.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/spend", http::get().to(show))
        .route("/o/{organization}/spend.csv", http::get().to(download))
        .route("/o/{organization}/spend/numbers", http::get().to(charges))
        .route("/o/{organization}/spend/numbers/{id}", http::get().to(number));
}

#[derive(Debug, Default, Deserialize)]
struct Chosen {
    month: Option<String>,
    by: Option<String>,
    year: Option<String>,
}

/// The month of an address, the present one without. Months to come have nothing to show.
fn month(text: Option<&str>, app: &App) -> AppResult<Month> {
    let now = Month::of(app.clock.today());
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(now) };
    let month = Month::parse(text)
        .ok_or_else(|| AppError::BadRequest("A month is written like 2026-11.".to_owned()))?;
    if month > now {
        return Err(AppError::BadRequest(format!(
            "{} has not begun: nothing is charged yet.",
            month.words()
        )));
    }
    Ok(month)
}

async fn show(by: Allowed<SeeSpend>, chosen: Query<Chosen>, app: App) -> PageResult {
    let chosen = chosen.into_inner();
    let (month, today, reader) = (month(chosen.month.as_deref(), &app)?, app.clock.today(), by.clone());
    let year = if chosen.year.is_some() { Year::Always } else { Year::WhenCheap };
    let report = app.db.read(move |conn| super::report(conn, &reader, month, today, year)).await?;
    Ok(Page::of(&SpendPage::new(&by, by.shell(Section::Spend), &report, by.may::<ManageCampaigns>())))
}

async fn download(by: Allowed<SeeSpend>, chosen: Query<Chosen>, app: App) -> PageResult {
    let chosen = chosen.into_inner();
    let table = Table::of(chosen.by.as_deref()).ok_or(AppError::NotFound)?;
    let (month, today, reader) = (month(chosen.month.as_deref(), &app)?, app.clock.today(), by.clone());
    let report = app.db.read(move |conn| super::report(conn, &reader, month, today, Year::Never)).await?;
    let name = format!("spend-{}-{month}-by-{table}.csv", by.organization().slug);
    Ok(Page::csv(&name, super::export::csv(&report, table)?))
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    month: Option<String>,
    campaign: Option<String>,
    area: Option<String>,
    after: Option<String>,
}

impl Wanted {
    fn slice(&self) -> AppResult<Slice> {
        match (self.campaign.as_deref(), self.area.as_deref()) {
            (Some("idle"), None) => Ok(Slice::Idle),
            (Some(id), None) => CampaignId::parse(id).map(Slice::Campaign).map_err(|_| AppError::NotFound),
            (None, Some(code)) => AreaCode::parse(code).map(Slice::Area).map_err(|_| AppError::NotFound),
            (None, None) => Ok(Slice::All),
            (Some(_), Some(_)) => Err(AppError::NotFound),
        }
    }
}

async fn charges(by: Allowed<SeeSpend>, wanted: Query<Wanted>, app: App) -> PageResult {
    let wanted = wanted.into_inner();
    let (month, slice) = (month(wanted.month.as_deref(), &app)?, wanted.slice()?);
    let after = wanted.after.as_deref().map(ChargeId::parse).transpose().map_err(|_| AppError::NotFound)?;
    let reader = by.clone();
    let (splits, name) = app
        .db
        .read(move |conn| {
            let name = match slice {
                Slice::Campaign(id) => Some(super::campaign_name(conn, &reader, id)?),
                _ => None,
            };
            Ok::<_, AppError>((super::charges(conn, &reader, month, slice, after, ROWS)?, name))
        })
        .await?;
    Ok(Page::of(&ChargesPage::new(
        &by,
        by.shell(Section::Spend),
        month,
        slice,
        name,
        after.is_some(),
        splits,
    )))
}

async fn number(by: Allowed<SeeSpend>, path: http::Path<(String, NumberId)>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (reader, today) = (by.clone(), app.clock.today());
    let spend = app.db.read(move |conn| super::of_number(conn, &reader, id)).await.map_err(AppError::from)?;
    Ok(Page::of(&NumberPage::new(&by, by.shell(Section::Spend), &spend, today, by.may::<SeeNumbers>())))
}
