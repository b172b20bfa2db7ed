//! Confirm a move, ask for it, see what became of it.

use actix_web::web;

use super::pages::{ConfirmPage, MovePage, ProgressCard};
use super::{MoveNumbers, Proposal, Target};
use crate::access::{Allowed, ManageOrganization, Section};
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::kernel::ids::{MoveId, NumberId};
use crate::messaging;
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult, Query};

/// The routes of moving numbers.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/o/{organization}/messaging-services/move", web::get().to(confirm))
        .route("/o/{organization}/messaging-services/move", web::post().to(ask))
        .route("/o/{organization}/messaging-services/moves/{id}", web::get().to(show));
}

type By = Allowed<ManageOrganization>;

#[derive(serde::Deserialize)]
struct Chosen {
    #[serde(default)]
    to: String,
    #[serde(default)]
    number: Vec<NumberId>,
}

fn understood(to: &str) -> AppResult<Target> {
    Target::parse(to).ok_or_else(|| AppError::BadRequest("Choose a messaging service.".into()))
}

async fn propose(by: &By, to: Target, numbers: Vec<NumberId>, app: &App) -> AppResult<Proposal> {
    let by = by.clone();
    app.db.read(move |conn| super::propose(conn, &by, to, &numbers)).await
}

async fn confirm(by: By, chosen: Query<Chosen>, app: App) -> PageResult {
    let chosen = chosen.into_inner();
    // Without a choice there is nothing to confirm.
    if chosen.to.is_empty() {
        return Ok(Page::redirect(by.url("/messaging-services")));
    }
    let to = understood(&chosen.to)?;
    let proposal = propose(&by, to, chosen.number, &app).await?;
    Ok(Page::of(&ConfirmPage::of(&by, MoveId::new(), to, proposal, "")))
}

#[derive(serde::Deserialize)]
struct Confirmed {
    id: MoveId,
    #[serde(default)]
    to: String,
    #[serde(default)]
    number: Vec<NumberId>,
    #[serde(default)]
    count: String,
}

async fn ask(by: By, form: Form<Confirmed>, app: App) -> PageResult {
    let form = form.into_inner();
    let (id, to, numbers) = (form.id, understood(&form.to)?, form.number);
    let wanted = numbers.len();
    if ConfirmPage::must_type(wanted) && form.count.trim() != wanted.to_string() {
        let proposal = propose(&by, to, numbers, &app).await?;
        let words = format!("Type {wanted} to confirm.");
        return Ok(Page::of(&ConfirmPage::of(&by, id, to, proposal, &words)).status(422));
    }
    let (who, now) = (by.clone(), app.clock.now());
    let id = app.db.write(move |tx| super::ask(tx, &who, id, to, &numbers, now)).await?;
    jobs::wake(&app);
    Ok(Page::redirect(by.url(&super::address(id))))
}

async fn show(by: By, path: web::Path<(String, MoveId)>, htmx: Htmx, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    let card = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let found = super::find(conn, organization, id)?;
            let lines = super::lines(conn, organization, id)?;
            let into = match found.target {
                Target::Into(service) => Some(messaging::find(conn, organization, service)?),
                Target::Out => None,
            };
            let job = jobs::open_by_key(conn, &MoveNumbers::key(id))?;
            let waiting = job.filter(|job| job.run_after > now).and_then(|job| job.message);
            AppResult::Ok(ProgressCard::of(&who, found, lines, into, waiting.unwrap_or_default()))
        })
        .await?;
    if htmx.targets("move") {
        return Ok(Page::fragment(&card));
    }
    let shell = by.shell(Section::MessagingServices);
    let shell = if card.is_working() { shell.refreshing(3) } else { shell };
    Ok(Page::of(&MovePage { shell, title: card.title(), back: by.url("/messaging-services"), card }))
}
