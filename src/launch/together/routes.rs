//! The addresses of giving back together.

use actix_web::web as http;
use serde::Deserialize;

use super::pages::{ArchivedPage, OutcomeRow, Row, TYPED_ABOVE, TogetherPage};
use super::{GiveBackAll, Outcome, store};
use crate::access::{self, Allowed, ManageCampaigns, Section};
use crate::campaigns;
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::kernel::ids::{CampaignId, GiveBackId};
use crate::state::App;
use crate::web::format::plural;
use crate::web::{Form, Page, PageResult};

type By = Allowed<ManageCampaigns>;

pub(in crate::launch) fn routes(config: &mut http::ServiceConfig) {
    config
        .route("/o/{organization}/archived", http::get().to(list))
        .route("/o/{organization}/archived", http::post().to(give_back))
        .route("/o/{organization}/archived/{id}", http::get().to(show));
}

async fn list(by: By, app: App) -> PageResult {
    Ok(Page::of(&page(&by, &app, GiveBackId::new(), String::new()).await?))
}

async fn page(by: &By, app: &App, id: GiveBackId, error: String) -> AppResult<ArchivedPage> {
    let organization = by.organization_id();
    let holding = app.db.read(move |conn| super::holding(conn, organization)).await?;
    Ok(ArchivedPage {
        shell: by.shell(Section::Campaigns),
        campaigns: by.url("/campaigns"),
        action: by.url("/archived"),
        id,
        total: holding.iter().map(|(_, held, _)| held).sum(),
        cost: holding.iter().map(|(.., cost)| *cost).sum(),
        rows: holding
            .into_iter()
            .map(|(campaign, held, cost)| Row {
                href: by.url(&format!("/campaigns/{}", campaign.id)),
                id: campaign.id.to_string(),
                name: campaign.name,
                held,
                cost,
                archived_at: campaign.archived_at,
            })
            .collect(),
        rest_days: by.organization().rest_days,
        error,
    })
}

#[derive(Deserialize)]
struct Confirmed {
    id: GiveBackId,
    /// Each campaign with how many numbers the page said it holds.
    #[serde(default)]
    seen: Vec<String>,
    #[serde(default)]
    count: String,
}

fn seen(texts: &[String]) -> Option<Vec<(CampaignId, i64)>> {
    let line = |text: &String| {
        let (id, count) = text.split_once(' ')?;
        Some((CampaignId::parse(id).ok()?, count.parse().ok()?))
    };
    texts.iter().map(line).collect()
}

async fn give_back(by: By, form: Form<Confirmed>, app: App) -> PageResult {
    let form = form.into_inner();
    let Some(seen) = seen(&form.seen) else {
        return Err(AppError::BadRequest("This is not a form of ours.".into()));
    };
    let total = seen.iter().fold(0_i64, |sum, (_, count)| sum.saturating_add(*count));
    if total > TYPED_ABOVE && form.count.trim().replace(',', "") != total.to_string() {
        let words = format!("Type {total} to confirm.");
        return Ok(Page::of(&page(&by, &app, form.id, words).await?).status(422));
    }
    let (who, now, id) = (by.clone(), app.clock.now(), form.id);
    match app.db.write(move |tx| super::give_back_all(tx, &who, id, &seen, now)).await {
        Ok(id) => {
            jobs::wake(&app);
            Ok(Page::redirect(by.url(&super::address(id))))
        }
        Err(AppError::Conflict(words)) => {
            Ok(Page::redirect(by.url("/archived")).with_flash("warning", words))
        }
        Err(other) => Err(other),
    }
}

async fn show(by: By, path: http::Path<(String, GiveBackId)>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let who = by.clone();
    let (together, names, asked_by, working) = app
        .db
        .read(move |conn| {
            let together = store::find(conn, who.organization_id(), id)?.ok_or(AppError::NotFound)?;
            let ids: Vec<CampaignId> = together.lines.iter().map(|line| line.campaign).collect();
            let names = campaigns::names(conn, who.organization_id(), &ids)?;
            let asked_by = access::names(conn, &[together.asked_by])?.remove(&together.asked_by);
            let working = jobs::open_by_key(conn, &GiveBackAll::key(id))?.is_some();
            AppResult::Ok((together, names, asked_by.unwrap_or_default(), working))
        })
        .await?;
    let shell = by.shell(Section::Campaigns);
    let rows = together.lines.iter().map(|line| OutcomeRow {
        name: names.get(&line.campaign).cloned().unwrap_or_default(),
        href: by.url(&format!("/campaigns/{}", line.campaign)),
        pill: match line.outcome {
            Outcome::Asked => ("busy", "waits"),
            Outcome::Done => ("ok", "given back"),
            Outcome::Refused => ("bad", "not given back"),
        },
        words: match (line.given, &line.reason) {
            (Some(given), _) => plural(given.unsigned_abs(), "number", "numbers"),
            (None, Some(reason)) => reason.clone(),
            (None, None) => String::new(),
        },
    });
    let count = |outcome| together.lines.iter().filter(|line| line.outcome == outcome).count();
    Ok(Page::of(&TogetherPage {
        shell: if working { shell.refreshing(2) } else { shell },
        url: by.url(&super::address(id)),
        back: by.url("/archived"),
        asked_by,
        asked_at: together.asked_at,
        rows: rows.collect(),
        done: i64::try_from(count(Outcome::Done)).unwrap_or(i64::MAX),
        total: i64::try_from(together.lines.len()).unwrap_or(i64::MAX),
        given: together.lines.iter().filter_map(|line| line.given).sum(),
        working,
    }))
}
