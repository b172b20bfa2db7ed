//! Members.

use actix_web::web;
use serde::Deserialize;

use super::pages::MembersPage;
use crate::access::{self, Allowed, ManageOrganization, Role, Section, SeeNumbers, SeeSpend};
use crate::error::AppError;
use crate::kernel::ids::PersonId;
use crate::state::App;
use crate::web::{Form, Page, PageResult};

/// The routes of this room.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/o/{organization}", web::get().to(home))
        .route("/o/{organization}/members", web::get().to(members))
        .route("/o/{organization}/members/{person}/role", web::post().to(change_role))
        .route("/o/{organization}/members/{person}/remove", web::post().to(remove));
}

async fn home(by: Allowed<SeeSpend>) -> PageResult {
    let page = if by.may::<SeeNumbers>() { "/phone-numbers" } else { "/spend" };
    Ok(Page::redirect(by.url(page)))
}

async fn members(by: Allowed<ManageOrganization>, app: App) -> PageResult {
    let reader = by.clone();
    let members = app.db.read(move |conn| access::members(conn, &reader)).await?;
    let (action, me) = (by.url("/members"), by.person_id());
    Ok(Page::of(&MembersPage { shell: by.shell(Section::Members), action, me, members }))
}

#[derive(Deserialize)]
struct NewRole {
    role: Role,
}

async fn change_role(
    by: Allowed<ManageOrganization>,
    path: web::Path<(String, PersonId)>,
    form: Form<NewRole>,
    app: App,
) -> PageResult {
    let ((_, person), NewRole { role }, writer) = (path.into_inner(), form.into_inner(), by.clone());
    let done = app.db.write(move |tx| access::change_role(tx, &writer, person, role)).await;
    answer(&by, done, "Their role is changed.")
}

#[derive(Deserialize)]
struct Nothing {}

async fn remove(
    by: Allowed<ManageOrganization>,
    path: web::Path<(String, PersonId)>,
    _: Form<Nothing>,
    app: App,
) -> PageResult {
    let ((_, person), writer) = (path.into_inner(), by.clone());
    let done = app.db.write(move |tx| access::remove_member(tx, &writer, person)).await;
    answer(&by, done, "They are no longer a member.")
}

/// What cannot be done as things stand is said on the page it was asked on.
fn answer(by: &Allowed<ManageOrganization>, done: Result<(), AppError>, words: &str) -> PageResult {
    let page = Page::redirect(by.url("/members"));
    match done {
        Ok(()) => Ok(page.with_flash("success", words)),
        Err(AppError::Conflict(why)) => Ok(page.with_flash("danger", why)),
        Err(other) => Err(other),
    }
}
