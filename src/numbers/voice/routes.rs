//! Confirm a change of voice addresses, ask for it, see what became of it.

use actix_web::web;

use super::pages::{ConfirmPage, ProgressCard, VoicePage};
use super::store;
use crate::access::{Allowed, ManageOrganization, Section};
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::kernel::ids::VoiceId;
use crate::organizations::connection;
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult, Query};

type By = Allowed<ManageOrganization>;
type Path = web::Path<(String, VoiceId)>;

/// Numbers on a page of the outcome.
const LINES: i64 = 100;

/// The routes of voice addresses.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/o/{organization}/voice", web::get().to(confirm))
        .route("/o/{organization}/voice", web::post().to(ask))
        .route("/o/{organization}/voice/{id}", web::get().to(show))
        .route("/o/{organization}/voice/{id}/again", web::post().to(try_again));
}

#[derive(serde::Deserialize)]
struct Nothing {}

async fn confirm_page(by: &By, app: &App, id: VoiceId, error: &str) -> AppResult<ConfirmPage> {
    let place = connection::place_of(by);
    let (voice_url, counts) = app
        .db
        .read(move |conn| {
            let voice_url = connection::find(conn, &place)?.voice_url;
            let counts = store::counts(conn, &place, voice_url.as_deref())?;
            AppResult::Ok((voice_url, counts))
        })
        .await?;
    Ok(ConfirmPage::of(by, id, voice_url, counts, error))
}

async fn confirm(by: By, app: App) -> PageResult {
    Ok(Page::of(&confirm_page(&by, &app, VoiceId::new(), "").await?))
}

#[derive(serde::Deserialize)]
struct Confirmed {
    id: VoiceId,
    /// What the page said.
    #[serde(default)]
    voice_url: String,
    owned: i64,
    #[serde(default)]
    count: String,
}

async fn ask(by: By, form: Form<Confirmed>, app: App) -> PageResult {
    let form = form.into_inner();
    let typed = form.count.trim().replace(',', "");
    if ConfirmPage::must_type(form.owned) && typed != form.owned.to_string() {
        let words = format!("Type {} to confirm.", form.owned);
        return Ok(Page::of(&confirm_page(&by, &app, form.id, &words).await?).status(422));
    }
    let (who, now) = (by.clone(), app.clock.now());
    let id = app
        .db
        .write(move |tx| {
            let seen = Some(form.voice_url.as_str()).filter(|url| !url.is_empty());
            super::ask(tx, &who, form.id, (seen, form.owned), now)
        })
        .await?;
    jobs::wake(&app);
    Ok(Page::redirect(by.url(&format!("/voice/{id}"))))
}

#[derive(serde::Deserialize)]
struct PageOf {
    #[serde(default = "first_page")]
    page: i64,
}

fn first_page() -> i64 {
    1
}

async fn show(by: By, path: Path, query: Query<PageOf>, htmx: Htmx, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now, page) = (by.clone(), app.clock.now(), query.into_inner().page);
    let card = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let request = super::find(conn, organization, id)?;
            let tally = store::tally(conn, id)?;
            let pages = ((tally.total() + LINES - 1) / LINES).max(1);
            let page = page.clamp(1, pages);
            let job = jobs::open_by_key(conn, &super::jobs::SetVoice::key(id))?;
            let waiting = job.filter(|job| job.run_after > now).and_then(|job| job.message);
            let url = who.url(&format!("/voice/{id}"));
            let link = |page: i64| format!("{url}?page={page}");
            AppResult::Ok(ProgressCard {
                lines: store::lines(conn, id, (page - 1) * LINES, LINES)?,
                replaced: store::last(conn, organization)?.is_some_and(|last| last.id != id),
                waiting: waiting.unwrap_or_default(),
                times: who.times(),
                pages: match pages {
                    1 => String::new(),
                    _ => format!("Page {page} of {pages}"),
                },
                previous: if page > 1 { link(page - 1) } else { String::new() },
                next: if page < pages { link(page + 1) } else { String::new() },
                page,
                url,
                request,
                tally,
            })
        })
        .await?;
    if htmx.targets("voice") {
        return Ok(Page::fragment(&card));
    }
    let shell = by.shell(Section::Settings);
    let shell = if card.is_working() { shell.refreshing(3) } else { shell };
    Ok(Page::of(&VoicePage { shell, card, back: by.url("/settings/connection") }))
}

async fn try_again(by: By, path: Path, _: Form<Nothing>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    let again = app.db.write(move |tx| super::try_again(tx, &who, id, now)).await;
    let page = Page::redirect(by.url(&format!("/voice/{id}")));
    match again {
        Ok(_) => {
            jobs::wake(&app);
            Ok(page.with_flash("info", "The carrier is asked again for the numbers that failed."))
        }
        Err(AppError::Conflict(words)) => Ok(page.with_flash("warning", words)),
        Err(other) => Err(other),
    }
}
