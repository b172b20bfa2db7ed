//! The organization's messaging services, those found at the carrier, and each of them alone.

use actix_web::web;
use serde::Deserialize;

use super::pages::{ListPage, Running, ServicePage, Standing};
use super::seen::{self, LookAtServices};
use super::{MessagingService, Origin};
use crate::access::{Allowed, ManageOrganization, Section, SeeNumbers};
use crate::campaigns;
use crate::db::{Conn, DbResult};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs;
use crate::kernel::ids::ServiceId;
use crate::numbers::pools;
use crate::organizations::connection;
use crate::providers::RemoteServiceId;
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult};

/// The routes of this feature.
pub fn routes(cfg: &mut web::ServiceConfig) {
    super::moves::routes(cfg);
    cfg.route("/o/{organization}/messaging-services", web::get().to(list))
        .route("/o/{organization}/messaging-services/look", web::post().to(look))
        .route("/o/{organization}/messaging-services/adopt", web::post().to(adopt))
        .route("/o/{organization}/messaging-services/{id}", web::get().to(show))
        .route("/o/{organization}/messaging-services/{id}/default", web::post().to(make_default))
        .route("/o/{organization}/messaging-services/{id}/room", web::post().to(set_room))
        .route("/o/{organization}/messaging-services/{id}/forget", web::post().to(forget));
}

type Owner = Allowed<ManageOrganization>;
type Path = web::Path<(String, ServiceId)>;

#[derive(Deserialize)]
struct Nothing {}

/// How services stand: what is in them, who runs on them, what the carrier was seen to have.
fn standings(
    conn: &mut Conn,
    by: &Allowed<SeeNumbers>,
    services: Vec<MessagingService>,
    seen: &[seen::SeenService],
) -> DbResult<Vec<Standing>> {
    let organization = by.organization_id();
    let ids: Vec<ServiceId> = services.iter().map(|service| service.id).collect();
    let sizes = pools::sizes(conn, organization, &ids)?;
    let running = campaigns::on_services(conn, organization, &ids)?;
    Ok(services
        .into_iter()
        .map(|service| {
            let on = running.iter().filter(|campaign| campaign.messaging_service_id == Some(service.id));
            Standing {
                url: by.url(&super::address(service.id)),
                inside: sizes.get(&service.id).copied().unwrap_or(0),
                campaigns: on
                    .map(|campaign| Running {
                        name: campaign.name.clone(),
                        url: by.url(&format!("/campaigns/{}", campaign.id)),
                        state: campaign.state.words(),
                        pill: campaign.state.pill(),
                    })
                    .collect(),
                seen: seen.iter().find(|one| Some(&one.remote_id) == service.remote_id.as_ref()).cloned(),
                service,
            }
        })
        .collect())
}

async fn list(by: Allowed<SeeNumbers>, htmx: Htmx, app: App) -> PageResult {
    let who = by.clone();
    let (ours, found, last, looking) = app
        .db
        .read(move |conn| {
            let place = connection::place_of(&who);
            let mut found = seen::services(conn, &place)?;
            let services = super::of_place(conn, &place)?;
            let ours = standings(conn, &who, services, &found)?;
            found.retain(|one| {
                ours.iter().all(|ours| ours.service.remote_id.as_ref() != Some(&one.remote_id))
            });
            let job = jobs::open_by_key(conn, &LookAtServices::key(place.organization))?;
            AppResult::Ok((ours, found, seen::last(conn, &place)?, job))
        })
        .await?;
    let looking = looking.map(|job| job.message.unwrap_or_default());
    let working = looking.is_some();
    let shell = by.shell(Section::MessagingServices);
    let shell = if working { shell.refreshing(3) } else { shell };
    let page = ListPage {
        shell,
        base: by.url("/messaging-services"),
        times: by.times(),
        ours,
        found,
        last,
        looking,
        may: by.may::<ManageOrganization>(),
    };
    // While it works the page asks for itself; only its part is put in place.
    Ok(if htmx.targets("services") { page.part() } else { Page::of(&page) })
}

async fn look(by: Owner, _: Form<Nothing>, app: App) -> PageResult {
    let (who, now) = (by.clone(), app.clock.now());
    app.db.write(move |tx| AppResult::Ok(seen::ask(tx, &who, now)?)).await?;
    jobs::wake(&app);
    Ok(Page::redirect(by.url("/messaging-services")))
}

#[derive(Deserialize)]
struct AdoptForm {
    #[serde(default)]
    service: String,
}

async fn adopt(by: Owner, form: Form<AdoptForm>, app: App) -> PageResult {
    let remote = RemoteServiceId::new(form.into_inner().service.trim());
    if remote.as_str().is_empty() {
        return Err(AppError::BadRequest("Choose a messaging service to adopt.".into()));
    }
    let (who, now) = (by.clone(), app.clock.now());
    let adopted = app.db.write(move |tx| seen::adopt(tx, &who, &remote, now)).await?;
    Ok(Page::redirect(by.url(&super::address(adopted.id))).with_flash("success", adopted.words()))
}

async fn page(
    by: &Allowed<SeeNumbers>,
    id: ServiceId,
    app: &App,
    wrong: Option<(String, String)>,
) -> PageResult {
    let who = by.clone();
    let (standing, areas, usual) = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let service = super::find(conn, organization, id)?;
            let place = service.place();
            let seen = seen::services(conn, &place)?;
            let standing = standings(conn, &who, vec![service], &seen)?.pop().ok_or(AppError::NotFound)?;
            let usual = super::usual(conn, &place)?.map(|usual| usual.id);
            AppResult::Ok((standing, pools::by_area(conn, organization, id)?, usual))
        })
        .await?;
    let status = if wrong.is_some() { 422 } else { 200 };
    let (typed, error) = wrong.unwrap_or_else(|| (standing.service.room.to_string(), String::new()));
    let may = by.may::<ManageOrganization>() && standing.service.is_open();
    let page = ServicePage {
        shell: by.shell(Section::MessagingServices),
        list_url: by.url("/messaging-services"),
        numbers_url: by.url("/phone-numbers"),
        times: by.times(),
        is_usual: usual == Some(id),
        may_forget: may && standing.service.origin == Origin::Adopted,
        may,
        practice: by.is_practice(),
        areas: areas.into_iter().collect(),
        standing,
        typed,
        error,
    };
    Ok(Page::of(&page).status(status))
}

async fn show(by: Allowed<SeeNumbers>, path: Path, app: App) -> PageResult {
    page(&by, path.into_inner().1, &app, None).await
}

#[derive(Deserialize)]
struct DefaultForm {
    #[serde(default)]
    no_default: Option<String>,
}

async fn make_default(by: Owner, path: Path, form: Form<DefaultForm>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let off = form.into_inner().no_default.is_some();
    let (who, now) = (by.clone(), app.clock.now());
    app.db
        .write(move |tx| match off {
            true => super::no_default(tx, &who, id, now),
            false => super::make_default(tx, &who, id, now),
        })
        .await?;
    let words = match off {
        true => "It is not the default any more.",
        false => {
            "Campaigns that do not choose otherwise use it from now on. Those under way stay where they are."
        }
    };
    Ok(Page::redirect(by.url(&super::address(id))).with_flash("success", words))
}

#[derive(Deserialize)]
struct RoomForm {
    #[serde(default)]
    room: String,
}

async fn set_room(by: Owner, path: Path, form: Form<RoomForm>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let typed = form.into_inner().room;
    let digits = typed.trim().replace(',', "");
    let plain = !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Zero is refused by the verb, in the same words.
    let room = if plain { digits.parse().unwrap_or(0) } else { 0 };
    let (who, now) = (by.clone(), app.clock.now());
    match app.db.write(move |tx| super::set_room(tx, &who, id, room, now)).await {
        Ok(service) => {
            let back = Page::redirect(by.url(&super::address(id)));
            Ok(match super::model::room_warning(service.room, service.registered) {
                Some(warning) => back.with_flash("warning", format!("Saved. {warning}")),
                None => back.with_flash("success", "Saved."),
            })
        }
        Err(AppError::Invalid(errors)) => {
            let reader = by.narrow::<SeeNumbers>().ok_or(AppError::NotFound)?;
            let words = FieldErrors::of(&errors, "room").to_owned();
            page(&reader, id, &app, Some((typed, words))).await
        }
        Err(other) => Err(other),
    }
}

async fn forget(by: Owner, path: Path, _: Form<Nothing>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let (who, now) = (by.clone(), app.clock.now());
    app.db.write(move |tx| campaigns::forget_service(tx, &who, id, now)).await?;
    let words = "Forgotten here. Nothing changed at the carrier: its numbers are still in it, and attached to it in \
                 your inventory until you take them out. You can adopt it again.";
    Ok(Page::redirect(by.url("/messaging-services")).with_flash("success", words))
}
