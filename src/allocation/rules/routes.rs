//! Changing which numbers a campaign may take: on the area-codes section of a draft, on a page of its own of one that
//! runs.

use actix_web::web as http;

use super::super::routes::{By, Path, draw};
use super::super::situation::Situation;
use super::super::view::View;
use super::Typed;
use super::pages::{RulesCard, RulesPage};
use crate::access::Section;
use crate::campaigns::{self, Campaign, State};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::CampaignId;
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult};

/// The routes of this room.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/campaigns/{id}/area-codes/rules", http::get().to(show))
        .route("/o/{organization}/campaigns/{id}/area-codes/rules", http::post().to(change));
}

async fn find(by: &By, id: CampaignId, app: &App) -> AppResult<Campaign> {
    let organization = by.organization_id();
    let campaign = app.db.read(move |conn| campaigns::find(conn, organization, id)).await?;
    if campaign.is_deleted() { Err(AppError::NotFound) } else { Ok(campaign) }
}

/// The rules of a campaign that runs; those of a draft stand below its area codes.
async fn show(by: By, path: Path, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let campaign = find(&by, id, &app).await?;
    if campaign.state == State::Draft {
        return Ok(Page::redirect(by.url(&format!("/campaigns/{id}/area-codes#rules"))));
    }
    page(&by, id, &app, None).await
}

async fn page(by: &By, id: CampaignId, app: &App, typed: Option<(Typed, FieldErrors)>) -> PageResult {
    let (who, wrong) = (by.clone(), typed.is_some());
    let page = app
        .db
        .read(move |conn| {
            let campaign = campaigns::find(conn, who.organization_id(), id)?;
            super::may_change(&campaign)?;
            let situation = Situation::read(conn, who.organization(), &campaign)?;
            let url = who.url(&format!("/campaigns/{id}"));
            let rules = RulesCard::of(&url, &campaign, &situation, typed);
            AppResult::Ok(RulesPage {
                shell: who.shell(Section::Campaigns),
                campaign_url: url,
                name: campaign.name.to_string(),
                against: situation.against().into_iter().collect(),
                missing: situation.missing(),
                rules,
            })
        })
        .await?;
    Ok(Page::of(&page).status(if wrong { 422 } else { 200 }))
}

async fn change(by: By, path: Path, form: Form<Typed>, htmx: Htmx, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let typed = form.into_inner();
    let draft = find(&by, id, &app).await?.state == State::Draft;
    let again = async |errors: FieldErrors| -> PageResult {
        let rules = Some((typed.clone(), errors));
        match draft {
            true => draw(&by, id, &app, &htmx, View { rules, ..View::default() }).await,
            false => page(&by, id, &app, rules).await,
        }
    };
    let places = match typed.read() {
        Ok(places) => places,
        Err(errors) => return again(errors).await,
    };
    let (who, now, resting) = (by.clone(), app.clock.now(), typed.include_resting.is_some());
    let written = app
        .db
        .write(move |tx| {
            super::set(tx, &who, id, &places, now)?;
            campaigns::include_resting(tx, &who, id, resting)
        })
        .await;
    let (rest, words) = match draft {
        true => (
            "area-codes",
            "Saved which numbers it may take. What is reserved stays until you change it or press “Reserve for me”.",
        ),
        false => (
            "area-codes/rules",
            "Saved which numbers it may take, from the next top-up on. What it holds stays.",
        ),
    };
    match written {
        Ok(()) => Ok(Page::redirect(by.url(&format!("/campaigns/{id}/{rest}"))).with_flash("success", words)),
        Err(AppError::Invalid(errors)) => again(errors).await,
        Err(other) => Err(other),
    }
}
