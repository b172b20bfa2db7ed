//! The page of a comparison, and what an owner does there.

use std::collections::BTreeSet;

use actix_web::web;

use super::differences::{self, Which};
use super::model::{Asked, Kind};
use super::pages::{Names, StatusCard, SyncPage, TYPED_ABOVE, Wrong};
use super::reading::{self, Overview};
use crate::access::{self, Allowed, SyncNumbers};
use crate::campaigns;
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::kernel::E164;
use crate::kernel::ids::{CampaignId, DifferenceId, NumberId};
use crate::state::App;
use crate::web::format::plural;
use crate::web::{Form, Htmx, Page, PageResult, Query};

/// The routes of this feature.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/o/{organization}/sync", web::get().to(show))
        .route("/o/{organization}/sync", web::post().to(ask))
        .route("/o/{organization}/sync/adopt", web::post().to(adopt))
        .route("/o/{organization}/sync/ignore", web::post().to(ignore))
        .route("/o/{organization}/sync/unignore", web::post().to(unignore))
        .route("/o/{organization}/sync/clear", web::post().to(clear))
        .route("/o/{organization}/sync/mend", web::post().to(mend));
}

#[derive(serde::Deserialize)]
struct Nothing {}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct From {
    after: String,
}

async fn read(by: &Allowed<SyncNumbers>, app: &App, after: Option<E164>) -> AppResult<(Overview, Names)> {
    let who = by.clone();
    app.db
        .read(move |conn| {
            let seen = reading::overview(conn, &who, after)?;
            let people: BTreeSet<_> = seen.ended.iter().filter_map(|run| run.asked_by).collect();
            let held: BTreeSet<CampaignId> =
                seen.lost.iter().filter_map(|number| number.facts.held).map(|(id, _)| id).collect();
            let held: Vec<CampaignId> = held.into_iter().collect();
            let campaigns = campaigns::some(conn, who.organization_id(), &held)?;
            let names = Names {
                people: access::names(conn, &people.into_iter().collect::<Vec<_>>())?,
                campaigns: campaigns.into_iter().map(|(id, campaign)| (id, campaign.name)).collect(),
            };
            AppResult::Ok((seen, names))
        })
        .await
}

async fn page(
    by: &Allowed<SyncNumbers>,
    app: &App,
    after: Option<E164>,
    wrong: Wrong,
) -> AppResult<SyncPage> {
    let (seen, names) = read(by, app, after).await?;
    let service = &by.organization().service;
    let carrier = app.providers.get(service).map_or_else(|| service.clone(), |one| one.name().to_owned());
    Ok(SyncPage::of(by, carrier, &seen, &names, after.is_none(), wrong))
}

async fn show(by: Allowed<SyncNumbers>, query: Query<From>, htmx: Htmx, app: App) -> PageResult {
    let after = E164::parse(&query.into_inner().after).ok();
    if htmx.targets("sync-status") {
        let (seen, names) = read(&by, &app, after).await?;
        let card = StatusCard::of(&by, &seen, &names);
        // The whole page changes when the work has ended.
        return Ok(if card.is_working() { Page::fragment(&card) } else { back(&by) });
    }
    Ok(Page::of(&page(&by, &app, after, Wrong::default()).await?))
}

fn back(by: &Allowed<SyncNumbers>) -> Page {
    Page::redirect(by.url(super::PAGE))
}

async fn ask(by: Allowed<SyncNumbers>, _: Form<Nothing>, app: App) -> PageResult {
    let (who, now) = (by.clone(), app.clock.now());
    app.db.write(move |tx| super::ask(tx, &who, now)).await?;
    jobs::wake(&app);
    Ok(back(&by))
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Chosen {
    difference: Vec<String>,
    number: Vec<String>,
    all: String,
    count: String,
    kind: String,
    way: String,
    reason: String,
}

impl Chosen {
    fn ids(&self) -> Vec<DifferenceId> {
        self.difference.iter().filter_map(|id| DifferenceId::parse(id).ok()).collect()
    }
    fn which(&self) -> Which {
        if self.all.is_empty() { Which::These(self.ids()) } else { Which::All }
    }
    fn is_nothing(&self) -> bool {
        self.all.is_empty() && self.ids().is_empty()
    }
}

fn nothing_chosen(by: &Allowed<SyncNumbers>) -> Page {
    back(by).with_flash("warning", "Choose one or more numbers first.")
}

async fn adopt(by: Allowed<SyncNumbers>, form: Form<Chosen>, app: App) -> PageResult {
    let form = form.into_inner();
    if form.is_nothing() {
        return Ok(nothing_chosen(&by));
    }
    let which = form.which();
    if matches!(which, Which::All) {
        let who = by.clone();
        let count = app.db.read(move |conn| differences::adoptable(conn, &who)).await?;
        if count > TYPED_ABOVE && form.count.trim().replace(',', "") != count.to_string() {
            let words = format!("Type {count} to confirm.");
            let wrong = Wrong { field: "count", words, ..Wrong::default() };
            return Ok(Page::of(&page(&by, &app, None, wrong).await?).status(422));
        }
    }
    let (who, now) = (by.clone(), app.clock.now());
    let count = app.db.write(move |tx| differences::adopt(tx, &who, &which, now)).await?;
    jobs::wake(&app);
    Ok(match count {
        0 => back(&by).with_flash("info", "Nothing was left to adopt."),
        count => {
            back(&by).with_flash("info", format!("Adopting {}.", plural(count as u64, "number", "numbers")))
        }
    })
}

async fn ignore(by: Allowed<SyncNumbers>, form: Form<Chosen>, app: App) -> PageResult {
    let form = form.into_inner();
    if form.is_nothing() {
        return Ok(nothing_chosen(&by));
    }
    let (who, which, now) = (by.clone(), form.which(), app.clock.now());
    let count = app.db.write(move |tx| differences::ignore(tx, &who, &which, now)).await?;
    let words = format!(
        "Ignored {}. The list below them keeps what is ignored.",
        plural(count as u64, "number", "numbers")
    );
    Ok(back(&by).with_flash("success", words))
}

async fn unignore(by: Allowed<SyncNumbers>, form: Form<Chosen>, app: App) -> PageResult {
    let form = form.into_inner();
    if form.ids().is_empty() {
        return Ok(nothing_chosen(&by));
    }
    let (who, ids) = (by.clone(), form.ids());
    app.db.write(move |tx| differences::unignore(tx, &who, &ids)).await?;
    Ok(back(&by).with_flash("success", "No longer ignored."))
}

async fn clear(by: Allowed<SyncNumbers>, form: Form<Chosen>, app: App) -> PageResult {
    let form = form.into_inner();
    let ids: Vec<NumberId> = form.number.iter().filter_map(|id| NumberId::parse(id).ok()).collect();
    if ids.is_empty() {
        return Ok(nothing_chosen(&by));
    }
    let (who, reason, now) = (by.clone(), form.reason.clone(), app.clock.now());
    match app.db.write(move |tx| differences::clear(tx, &who, &ids, &reason, now)).await {
        Ok(count) => {
            let words = format!("Cleared {} from the inventory.", plural(count as u64, "number", "numbers"));
            Ok(back(&by).with_flash("success", words))
        }
        Err(AppError::Invalid(errors)) => {
            let wrong = Wrong { field: "reason", words: errors.of("reason").to_owned(), reason: form.reason };
            Ok(Page::of(&page(&by, &app, None, wrong).await?).status(422))
        }
        Err(other) => Err(other),
    }
}

async fn mend(by: Allowed<SyncNumbers>, form: Form<Chosen>, app: App) -> PageResult {
    let form = form.into_inner();
    if form.is_nothing() {
        return Ok(nothing_chosen(&by));
    }
    let kind = match form.kind.as_str() {
        "pool" => Kind::Pool,
        "voice" => Kind::Voice,
        _ => return Err(AppError::BadRequest("Choose what is to be mended.".into())),
    };
    let way = match form.way.as_str() {
        "ours" => Asked::Ours,
        "theirs" => Asked::Theirs,
        _ => return Err(AppError::BadRequest("Choose which way it is to be mended.".into())),
    };
    let (who, which, now) = (by.clone(), form.which(), app.clock.now());
    let count = app.db.write(move |tx| differences::mend(tx, &who, kind, &which, way, now)).await?;
    jobs::wake(&app);
    Ok(back(&by).with_flash("info", format!("Mending {}.", plural(count as u64, "number", "numbers"))))
}
