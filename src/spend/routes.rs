//! The pages of spend, and their tables as files.

use actix_web::http::header;
use actix_web::{Either, HttpResponse, web as http};
use chrono::NaiveDate;
use serde::Deserialize;

use super::attribution::Holder;
use super::export::{self, File};
use super::forecast::{self, CostCard};
use super::model::{Slice, Span, Table};
use super::month::Month;
use super::pages::{Asked, Beside, CampaignPage, ChargesPage, NumberPage, SpendPage};
use crate::access::{Allowed, ManageCampaigns, Section, SeeNumbers, SeeSpend};
use crate::error::{AppError, AppResult};
use crate::kernel::AreaCode;
use crate::kernel::area_code::regions;
use crate::kernel::ids::{CampaignId, ChargeId, NumberId};
use crate::kernel::text_enum::TextEnum;
use crate::numbers::NumberKind;
use crate::purchasing;
use crate::state::App;
use crate::web::{Page, PageResult, Query};

/// Rows on one page of charges.
const ROWS: usize = 50;
/// Rows in a file of charges.
const ROWS_IN_A_FILE: usize = 200_000;

/// The routes of this feature.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/spend", http::get().to(show))
        .route("/o/{organization}/spend.{format}", http::get().to(download))
        .route("/o/{organization}/spend/campaigns/{id}", http::get().to(campaign))
        .route("/o/{organization}/spend/campaigns/{id}/months.{format}", http::get().to(campaign_file))
        .route("/o/{organization}/spend/numbers", http::get().to(charges))
        .route("/o/{organization}/spend/numbers.{format}", http::get().to(charges_file))
        .route("/o/{organization}/spend/numbers/{id}", http::get().to(number))
        .route("/o/{organization}/spend/numbers/{id}/charges.{format}", http::get().to(number_file));
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Chosen {
    month: Option<String>,
    from: Option<String>,
    to: Option<String>,
    by: Option<String>,
    all: Option<String>,
}

fn day(text: &str) -> AppResult<NaiveDate> {
    let wrong = || AppError::BadRequest("A day is written like 2026-11-22.".to_owned());
    let day: NaiveDate = text.parse().map_err(|_| wrong())?;
    // What is charged lies in years of four digits; the arithmetic of days has room around them.
    let (first, last) = (NaiveDate::from_ymd_opt(1900, 1, 1), NaiveDate::from_ymd_opt(9000, 1, 1));
    if first.is_some_and(|first| day < first) || last.is_some_and(|last| day > last) {
        return Err(wrong());
    }
    Ok(day)
}

/// The time of an address: some days, or a month, the present one without. Months to come have nothing to show.
fn span(month: Option<&str>, from: Option<&str>, to: Option<&str>, app: &App) -> AppResult<Span> {
    let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(day).transpose();
    match (given(from)?, given(to)?) {
        (Some(from), Some(to)) => return Ok(Span::days(from, to)),
        (Some(only), None) | (None, Some(only)) => return Ok(Span::days(only, only)),
        (None, None) => {}
    }
    let now = Month::of(app.clock.today());
    let Some(text) = month.filter(|text| !text.is_empty()) else { return Ok(Span::Month(now)) };
    let month = Month::parse(text)
        .ok_or_else(|| AppError::BadRequest("A month is written like 2026-11.".to_owned()))?;
    if month > now {
        return Err(AppError::BadRequest(format!(
            "{} has not begun: nothing is charged yet.",
            month.words()
        )));
    }
    Ok(Span::Month(month))
}

impl Chosen {
    fn span(&self, app: &App) -> AppResult<Span> {
        span(self.month.as_deref(), self.from.as_deref(), self.to.as_deref(), app)
    }
    /// The table that is named, by campaign without a name.
    fn table(&self) -> AppResult<Table> {
        self.by.as_deref().map_or(Some(Table::Campaign), Table::parse).ok_or(AppError::NotFound)
    }
}

/// A table as a file: CSV or JSON, by the ending of its address.
fn file(format: &str, name: &str, file: &File) -> AppResult<Either<Page, HttpResponse>> {
    match format {
        "csv" => Ok(Either::Left(Page::csv(&format!("{name}.csv"), file.csv()?))),
        "json" => Ok(Either::Right(
            HttpResponse::Ok()
                .content_type("application/json")
                .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.json\"")))
                .body(file.json()?),
        )),
        _ => Err(AppError::NotFound),
    }
}

type FileResult = Result<Either<Page, HttpResponse>, AppError>;

async fn show(by: Allowed<SeeSpend>, chosen: Query<Chosen>, app: App) -> PageResult {
    let chosen = chosen.into_inner();
    let (span, today, reader) = (chosen.span(&app)?, app.clock.today(), by.clone());
    let (report, budget_notice) = app
        .db
        .read(move |conn| {
            let notice = purchasing::budget::notice(conn, &reader)?;
            AppResult::Ok((super::report(conn, &reader, span, today)?, notice))
        })
        .await?;
    let beside = Beside {
        buys: by.may::<ManageCampaigns>(),
        budget_notice,
        whole: chosen.all.as_deref().and_then(Table::parse),
        carriers: app.providers.iter().map(|one| (one.key().to_owned(), one.name())).collect(),
        now: Month::of(today),
    };
    Ok(Page::of(&SpendPage::new(&by, by.shell(Section::Spend), &report, &beside)))
}

async fn download(
    by: Allowed<SeeSpend>,
    path: http::Path<(String, String)>,
    chosen: Query<Chosen>,
    app: App,
) -> FileResult {
    let ((_, format), chosen) = (path.into_inner(), chosen.into_inner());
    let (table, span) = (chosen.table()?, chosen.span(&app)?);
    let (today, reader) = (app.clock.today(), by.clone());
    let report = app.db.read(move |conn| super::report(conn, &reader, span, today)).await?;
    let when = span.text().replace('/', "-to-");
    let name = format!("spend-{}-{when}-by-{table}", by.organization().slug);
    file(&format, &name, &export::table(&report, table))
}

async fn campaign(by: Allowed<SeeSpend>, path: http::Path<(String, CampaignId)>, app: App) -> PageResult {
    let ((_, id), today, reader) = (path.into_inner(), app.clock.today(), by.clone());
    let (spend, actual) = app
        .db
        .read(move |conn| {
            let actual = forecast::actual_now(conn, reader.organization_id(), id)?;
            AppResult::Ok((super::of_campaign(conn, &reader, id, today)?, actual))
        })
        .await?;
    let cost = CostCard::against(&actual, by.times());
    Ok(Page::of(&CampaignPage::new(&by, by.shell(Section::Spend), &spend, cost)))
}

async fn campaign_file(
    by: Allowed<SeeSpend>,
    path: http::Path<(String, CampaignId, String)>,
    chosen: Query<Chosen>,
    app: App,
) -> FileResult {
    let ((_, id, format), today, reader) = (path.into_inner(), app.clock.today(), by.clone());
    let chosen = chosen.into_inner();
    let table = if chosen.by.is_none() { Table::Month } else { chosen.table()? };
    let spend = app.db.read(move |conn| super::of_campaign(conn, &reader, id, today)).await?;
    let rows = export::campaign(&spend, table).ok_or(AppError::NotFound)?;
    file(&format, &format!("spend-{}-campaign-{id}-by-{table}", by.organization().slug), &rows)
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    month: Option<String>,
    from: Option<String>,
    to: Option<String>,
    campaign: Option<String>,
    area: Option<String>,
    state: Option<String>,
    provider: Option<String>,
    kind: Option<String>,
    after: Option<String>,
}

fn state(letters: &str) -> Option<&'static str> {
    match letters {
        "toll-free" => Some(""),
        letters => regions().iter().map(|region| region.code).find(|code| *code == letters),
    }
}

impl Wanted {
    fn slice(&self) -> AppResult<Slice> {
        let found = [
            self.campaign.as_deref().map(|text| Holder::parse(text).map(Slice::Holder)),
            self.area.as_deref().map(|text| AreaCode::parse(text).ok().map(Slice::Area)),
            self.state.as_deref().map(|text| state(text).map(Slice::State)),
            self.provider.as_deref().map(|text| Some(Slice::Provider(text.to_owned()))),
            self.kind.as_deref().map(|text| NumberKind::parse(text).map(Slice::Kind)),
        ];
        let mut given = found.into_iter().flatten();
        match (given.next(), given.next()) {
            (None, _) => Ok(Slice::All),
            (Some(slice), None) => slice.ok_or(AppError::NotFound),
            (Some(_), Some(_)) => Err(AppError::NotFound),
        }
    }
    fn span(&self, app: &App) -> AppResult<Span> {
        span(self.month.as_deref(), self.from.as_deref(), self.to.as_deref(), app)
    }
}

async fn charges(by: Allowed<SeeSpend>, wanted: Query<Wanted>, app: App) -> PageResult {
    let wanted = wanted.into_inner();
    let (span, slice) = (wanted.span(&app)?, wanted.slice()?);
    let after = wanted.after.as_deref().map(ChargeId::parse).transpose().map_err(|_| AppError::NotFound)?;
    let (reader, asked) = (by.clone(), slice.clone());
    let carrier = match &slice {
        Slice::Provider(key) => Some(app.providers.get(key).ok_or(AppError::NotFound)?.name().to_owned()),
        _ => None,
    };
    let (splits, name) = app
        .db
        .read(move |conn| {
            let name = match asked {
                Slice::Holder(Holder::Campaign(id)) => Some(super::campaign_name(conn, &reader, id)?),
                _ => carrier,
            };
            Ok::<_, AppError>((super::charges(conn, &reader, span, &asked, after, ROWS)?, name))
        })
        .await?;
    let asked = Asked { span, slice, name, further: after.is_some() };
    Ok(Page::of(&ChargesPage::new(&by, by.shell(Section::Spend), &asked, splits)))
}

async fn charges_file(
    by: Allowed<SeeSpend>,
    path: http::Path<(String, String)>,
    wanted: Query<Wanted>,
    app: App,
) -> FileResult {
    let ((_, format), wanted) = (path.into_inner(), wanted.into_inner());
    let (span, slice) = (wanted.span(&app)?, wanted.slice()?);
    let (reader, asked) = (by.clone(), slice.clone());
    let splits = app
        .db
        .read(move |conn| super::charges(conn, &reader, span, &asked, None, ROWS_IN_A_FILE))
        .await
        .map_err(AppError::from)?;
    if splits.next.is_some() {
        return Err(AppError::Conflict(
            "These are too many charges for one file: choose an area code, a campaign or fewer days."
                .to_owned(),
        ));
    }
    let when = span.text().replace('/', "-to-");
    let name = format!("charges-{}-{when}", by.organization().slug);
    file(&format, &name, &export::charges(&splits, span, &slice))
}

async fn number(by: Allowed<SeeSpend>, path: http::Path<(String, NumberId)>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (reader, today) = (by.clone(), app.clock.today());
    let spend = app.db.read(move |conn| super::of_number(conn, &reader, id)).await.map_err(AppError::from)?;
    Ok(Page::of(&NumberPage::new(&by, by.shell(Section::Spend), &spend, today, by.may::<SeeNumbers>())))
}

async fn number_file(
    by: Allowed<SeeSpend>,
    path: http::Path<(String, NumberId, String)>,
    app: App,
) -> FileResult {
    let ((_, id, format), reader) = (path.into_inner(), by.clone());
    let spend = app.db.read(move |conn| super::of_number(conn, &reader, id)).await.map_err(AppError::from)?;
    let name = format!("charges-{}", spend.number.phone_number.as_str().trim_start_matches('+'));
    let splits = super::Splits { rows: spend.charges, next: None, names: spend.names };
    let all = Span::Month(Month::of(app.clock.today()));
    file(&format, &name, &export::charges(&splits, all, &Slice::All))
}
