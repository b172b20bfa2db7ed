//! Start, progress, archive, give back.

use actix_web::web;

use super::Agreed;
use super::pages::{GiveBackPage, Panel};
use crate::access::{Allowed, ManageCampaigns, Section};
use crate::campaigns::{self, State};
use crate::error::AppError;
use crate::kernel::ids::CampaignId;
use crate::messaging;
use crate::numbers;
use crate::state::App;
use crate::web::{Form, Page, PageResult};

/// The routes of this feature.
pub fn routes(cfg: &mut web::ServiceConfig) {
    super::together::routes(cfg);
    cfg.route("/o/{organization}/campaigns/{id}/start", web::post().to(start))
        .route("/o/{organization}/campaigns/{id}/launch", web::get().to(progress))
        .route("/o/{organization}/campaigns/{id}/archive", web::post().to(archive))
        .route("/o/{organization}/campaigns/{id}/give-back", web::get().to(confirm_give_back))
        .route("/o/{organization}/campaigns/{id}/give-back", web::post().to(give_back))
        .route("/o/{organization}/campaigns/{id}/tidy", web::post().to(tidy))
        .configure(super::top_up::routes);
}

type Path = web::Path<(String, CampaignId)>;

#[derive(serde::Deserialize)]
struct Nothing {}

fn campaign_url(by: &Allowed<ManageCampaigns>, id: CampaignId) -> String {
    by.url(&format!("/campaigns/{id}"))
}

/// What a person ticks before a start.
#[derive(Default, serde::Deserialize)]
struct StartForm {
    #[serde(default)]
    unregistered: Option<String>,
    /// How many numbers may be moved: the count that the page named.
    #[serde(default)]
    moving: Option<String>,
    /// Whether what can be added is taken.
    #[serde(default)]
    top_up: Option<String>,
}

async fn start(by: Allowed<ManageCampaigns>, path: Path, form: Form<StartForm>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let form = form.into_inner();
    let agreed = Agreed {
        unregistered: form.unregistered.is_some(),
        moving: form.moving.and_then(|count| count.parse().ok()).unwrap_or(0),
        top_up: form.top_up.is_some(),
    };
    let (who, now) = (by.clone(), app.clock.now());
    match app.db.write(move |tx| super::start_agreed(tx, &who, id, agreed, now)).await {
        Ok(()) => {
            crate::jobs::wake(&app);
            Ok(Page::redirect(campaign_url(&by, id)))
        }
        Err(AppError::Conflict(words)) => {
            Ok(Page::redirect(by.url(&format!("/campaigns/{id}/start"))).with_flash("danger", words))
        }
        Err(AppError::Invalid(errors)) => campaigns::start_page(&by, id, &app, agreed, errors).await,
        Err(other) => Err(other),
    }
}

async fn progress(by: Allowed<ManageCampaigns>, path: Path, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let who = by.clone();
    let panel = app
        .db
        .read(move |conn| {
            let campaign = campaigns::find(conn, who.organization_id(), id)?;
            Panel::load(conn, &who, &campaign)
        })
        .await?;
    if panel.is_working() {
        return Ok(Page::fragment(&panel));
    }
    // The whole page changes when the work has ended.
    Ok(Page::redirect(campaign_url(&by, id)))
}

async fn archive(by: Allowed<ManageCampaigns>, path: Path, _: Form<Nothing>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    let gone = app.db.write(move |tx| super::archive(tx, &who, id, now)).await?;
    let words =
        "Archived. It still holds its numbers, so that replies arrive; give them back when you are done.";
    let words = match gone {
        0 => words.to_owned(),
        gone => format!("{words} {} that had arrived for it went back.", super::arrivals::counted(gone)),
    };
    Ok(Page::redirect(campaign_url(&by, id)).with_flash("success", words))
}

async fn confirm_give_back(by: Allowed<ManageCampaigns>, path: Path, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    Ok(Page::of(&give_back_page(&by, id, &app, "").await?))
}

async fn give_back_page(
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    app: &App,
    error: &str,
) -> Result<GiveBackPage, AppError> {
    let who = by.clone();
    let (campaign, held, service) = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let campaign = campaigns::find(conn, organization, id)?;
            campaign.state.may_become(State::Closed)?;
            if campaign.state != State::Archived {
                return Err(AppError::Conflict(
                    "Only an archived campaign can give its numbers back.".into(),
                ));
            }
            let service = match campaign.messaging_service_id {
                Some(service) => Some(messaging::find(conn, organization, service)?),
                None => None,
            };
            Ok((campaign, numbers::of_campaign(conn, organization, id)?, service))
        })
        .await?;
    Ok(GiveBackPage::of(by.shell(Section::Campaigns), by, campaign, &held, service, error))
}

#[derive(serde::Deserialize)]
struct GiveBackForm {
    #[serde(default)]
    count: String,
}

async fn give_back(
    by: Allowed<ManageCampaigns>,
    path: Path,
    form: Form<GiveBackForm>,
    app: App,
) -> PageResult {
    let (_, id) = path.into_inner();
    let page = give_back_page(&by, id, &app, "").await?;
    if page.typed_count && form.into_inner().count.trim() != page.held.to_string() {
        let words = format!("Type {} to confirm.", page.held);
        return Ok(Page::of(&give_back_page(&by, id, &app, &words).await?).status(422));
    }
    let (who, now) = (by.clone(), app.clock.now());
    let given = app.db.write(move |tx| super::give_back(tx, &who, id, now)).await?;
    crate::jobs::wake(&app);
    let words = format!("{given} numbers were given back.");
    Ok(Page::redirect(campaign_url(&by, id)).with_flash("success", words))
}

async fn tidy(by: Allowed<ManageCampaigns>, path: Path, _: Form<Nothing>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    app.db.write(move |tx| super::tidy_again(tx, &who, id, now)).await?;
    crate::jobs::wake(&app);
    Ok(Page::redirect(campaign_url(&by, id)).with_flash("info", "Emptying the messaging service again."))
}
