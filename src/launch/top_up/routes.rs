//! The preview of a top-up, its confirmation, what has arrived, and trying again.

use actix_web::web;

use super::super::arrivals;
use super::TopUpCampaign;
use super::pages::{Beside, TopUpPage};
use crate::access::{self, Allowed, ManageCampaigns};
use crate::allocation::{self, ByCode, MOST_NUMBERS, Outlook, ShortBox, Situation};
use crate::campaigns;
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::kernel::AreaCode;
use crate::kernel::ids::CampaignId;
use crate::requests;
use crate::state::App;
use crate::web::format::plural;
use crate::web::{Form, Page, PageResult};

/// The routes of this room.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/o/{organization}/campaigns/{id}/top-up", web::get().to(preview))
        .route("/o/{organization}/campaigns/{id}/top-up", web::post().to(confirm))
        .route("/o/{organization}/campaigns/{id}/top-up/arrived", web::post().to(put_in))
        .route("/o/{organization}/campaigns/{id}/top-up/let-go", web::post().to(let_go))
        .route("/o/{organization}/campaigns/{id}/top-up/again", web::post().to(again));
}

type By = Allowed<ManageCampaigns>;
type Path = web::Path<(String, CampaignId)>;

#[derive(serde::Deserialize)]
struct Nothing {}

/// Exactly what the page showed.
#[derive(serde::Deserialize)]
struct Confirmed {
    #[serde(default)]
    add: String,
}

impl Confirmed {
    fn numbers(&self) -> AppResult<ByCode> {
        let words =
            || AppError::BadRequest("The form is not one of this page: open the top-up again.".into());
        let one = |text: &str| {
            let (code, count) = text.split_once(':').ok_or_else(words)?;
            let count = count.parse().ok().filter(|count| (1..=MOST_NUMBERS).contains(count));
            Ok((AreaCode::parse(code).map_err(|_| words())?, count.ok_or_else(words)?))
        };
        self.add.split(',').map(one).collect()
    }
}

async fn preview(by: By, path: Path, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let who = by.clone();
    let (campaign, top_up, mut beside, shortage, average, owners) = app
        .db
        .read(move |conn| {
            let campaign = campaigns::find(conn, who.organization_id(), id)?;
            let top_up = super::preview(conn, &who, &campaign)?;
            let situation = Situation::read(conn, who.organization(), &campaign)?;
            let shortage = Outlook::of(&situation).shortage;
            let owners = access::owner_names(conn, who.organization_id())?;
            let beside = Beside {
                under_way: jobs::open_by_key(conn, &TopUpCampaign::key(id))?.is_some(),
                short: None,
                card: requests::Card::load(conn, &who, &campaign)?,
                rules: allocation::rules::words(situation.places()),
            };
            Ok::<_, AppError>((campaign, top_up, beside, shortage, situation.average_price(), owners))
        })
        .await?;
    if shortage.total() > 0 {
        let price = allocation::price_now(&by, &app).await.or(average);
        beside.short = ShortBox::of(&by, &campaign, &shortage, price, &owners);
    }
    Ok(Page::of(&TopUpPage::of(&by, campaign, top_up, beside)))
}

async fn confirm(by: By, path: Path, form: Form<Confirmed>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let added = form.into_inner().numbers()?;
    let (who, now) = (by.clone(), app.clock.now());
    match app.db.write(move |tx| super::confirm(tx, &who, id, &added, now)).await {
        Ok(count) => {
            jobs::wake(&app);
            let words = format!(
                "Topped up with {}: they are being moved into the messaging service.",
                plural(count.unsigned_abs(), "number", "numbers")
            );
            Ok(Page::redirect(by.url(&format!("/campaigns/{id}"))).with_flash("success", words))
        }
        Err(AppError::Conflict(words)) => {
            let who = by.clone();
            let campaign = app.db.read(move |conn| campaigns::find(conn, who.organization_id(), id)).await?;
            // What is there now stands on the preview, as long as there is one.
            let back = if campaign.state == campaigns::State::Started { "/top-up" } else { "" };
            Ok(Page::redirect(by.url(&format!("/campaigns/{id}{back}"))).with_flash("danger", words))
        }
        Err(other) => Err(other),
    }
}

/// Puts what has arrived for it into its messaging service.
async fn put_in(by: By, path: Path, _: Form<Nothing>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    let page = Page::redirect(by.url(&format!("/campaigns/{id}")));
    match app.db.write(move |tx| arrivals::put_in(tx, &who, id, now)).await {
        Ok(count) => {
            jobs::wake(&app);
            let words = format!(
                "{} being put into the messaging service.",
                plural(count.unsigned_abs(), "number is", "numbers are")
            );
            Ok(page.with_flash("success", words))
        }
        Err(AppError::Conflict(words)) => Ok(page.with_flash("warning", words)),
        Err(other) => Err(other),
    }
}

/// How many of those that wait in an area code.
#[derive(serde::Deserialize)]
struct LetGo {
    area_code: String,
    #[serde(default)]
    count: String,
    /// So many waited there when the page was drawn.
    of: usize,
}

/// Lets go of some that have arrived for it, so that other campaigns may reserve them.
async fn let_go(by: By, path: Path, form: Form<LetGo>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let form = form.into_inner();
    let area_code = AreaCode::parse(&form.area_code).map_err(|_| {
        AppError::BadRequest("The form is not one of this page: open the campaign again.".into())
    })?;
    let count: usize = form.count.trim().parse().unwrap_or(0);
    let (who, now) = (by.clone(), app.clock.now());
    let page = Page::redirect(by.url(&format!("/campaigns/{id}")));
    match app.db.write(move |tx| arrivals::do_without(tx, &who, id, area_code, (count, form.of), now)).await {
        Ok(()) => {
            let words = format!(
                "{} in {area_code} {} available again: any campaign may reserve {}.",
                arrivals::counted(count),
                if count == 1 { "is" } else { "are" },
                if count == 1 { "it" } else { "them" },
            );
            Ok(page.with_flash("success", words))
        }
        Err(AppError::Conflict(words)) => Ok(page.with_flash("warning", words)),
        Err(other) => Err(other),
    }
}

async fn again(by: By, path: Path, _: Form<Nothing>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    app.db.write(move |tx| super::again(tx, &who, id, now)).await?;
    jobs::wake(&app);
    Ok(Page::redirect(by.url(&format!("/campaigns/{id}")))
        .with_flash("info", "Putting the numbers in again."))
}
