//! Confirm a release, ask for it, see what became of it.

use std::collections::BTreeSet;

use actix_web::web;

use super::pages::{ConfirmPage, ProgressCard, ReleasePage};
use super::{Pools, Proposal, Scope};
use crate::access::{Allowed, ReleaseNumbers, Section};
use crate::db::Conn;
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::kernel::AreaCode;
use crate::kernel::ids::{NumberId, OrganizationId, ReleaseId};
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult, Query};
use crate::{messaging, numbers};

/// The routes of releasing.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/o/{organization}/phone-numbers/release", web::get().to(confirm))
        .route("/o/{organization}/phone-numbers/release", web::post().to(ask))
        .route("/o/{organization}/phone-numbers/releases/{id}", web::get().to(show));
}

#[derive(serde::Deserialize)]
struct Chosen {
    #[serde(default)]
    number: Vec<NumberId>,
    area_code: Option<String>,
}

impl Chosen {
    fn scope(self) -> AppResult<Scope> {
        match self.area_code {
            Some(text) if self.number.is_empty() => AreaCode::parse(&text)
                .map(Scope::AreaCode)
                .map_err(|error| AppError::BadRequest(error.to_string())),
            _ => Ok(Scope::Numbers(self.number)),
        }
    }
}

async fn propose(by: &Allowed<ReleaseNumbers>, scope: Scope, app: &App) -> AppResult<Proposal> {
    let by = by.clone();
    app.db.read(move |conn| super::propose(conn, &by, &scope)).await
}

async fn confirm(by: Allowed<ReleaseNumbers>, chosen: Query<Chosen>, app: App) -> PageResult {
    let proposal = propose(&by, chosen.into_inner().scope()?, &app).await?;
    Ok(Page::of(&ConfirmPage::of(&by, ReleaseId::new(), proposal, "")))
}

#[derive(serde::Deserialize)]
struct Confirmed {
    id: ReleaseId,
    #[serde(default)]
    number: Vec<NumberId>,
    #[serde(default)]
    count: String,
}

async fn ask(by: Allowed<ReleaseNumbers>, form: Form<Confirmed>, app: App) -> PageResult {
    let form = form.into_inner();
    let (id, numbers) = (form.id, form.number);
    let wanted = numbers.len();
    if ConfirmPage::must_type(wanted) && form.count.trim() != wanted.to_string() {
        let proposal = propose(&by, Scope::Numbers(numbers), &app).await?;
        let words = format!("Type {wanted} to confirm.");
        return Ok(Page::of(&ConfirmPage::of(&by, id, proposal, &words)).status(422));
    }
    let (who, now) = (by.clone(), app.clock.now());
    let id = app
        .db
        .write(move |tx| {
            let pools = pools(tx, who.organization_id(), &numbers)?;
            super::ask(tx, &who, id, &numbers, &pools, now)
        })
        .await?;
    crate::jobs::wake(&app);
    Ok(Page::redirect(by.url(&format!("/phone-numbers/releases/{id}"))))
}

/// What the carrier calls the messaging services that these numbers are in.
fn pools(conn: &mut Conn, organization: OrganizationId, ids: &[NumberId]) -> AppResult<Pools> {
    let numbers = numbers::of_ids(conn, organization, ids)?;
    let services: BTreeSet<_> = numbers.iter().filter_map(|number| number.facts.messaging_service).collect();
    let mut pools = Pools::new();
    for service in services {
        if let Some(remote) = messaging::find(conn, organization, service)?.remote_id {
            pools.insert(service, remote);
        }
    }
    Ok(pools)
}

async fn show(
    by: Allowed<ReleaseNumbers>,
    path: web::Path<(String, ReleaseId)>,
    htmx: Htmx,
    app: App,
) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    let card = app
        .db
        .read(move |conn| {
            let release = super::find(conn, who.organization_id(), id)?;
            let job = jobs::open_by_key(conn, &super::jobs::ReleaseNumbers::key(id))?;
            let waiting = job.filter(|job| job.run_after > now).and_then(|job| job.message);
            AppResult::Ok(ProgressCard::of(
                &who,
                release,
                super::lines(conn, id)?,
                waiting.unwrap_or_default(),
            ))
        })
        .await?;
    if htmx.targets("release") {
        return Ok(Page::fragment(&card));
    }
    let shell = by.shell(Section::PhoneNumbers);
    let shell = if card.is_working() { shell.refreshing(3) } else { shell };
    Ok(Page::of(&ReleasePage { shell, card, back: by.url("/phone-numbers") }))
}
