//! Changing which numbers a campaign may take.

use actix_web::web as http;

use super::super::routes::{By, Path, draw};
use super::super::view::View;
use super::Typed;
use crate::campaigns;
use crate::error::{AppError, FieldErrors};
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult};

/// The routes of this room.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/campaigns/{id}/area-codes/rules", http::post().to(change));
}

async fn change(by: By, path: Path, form: Form<Typed>, htmx: Htmx, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let typed = form.into_inner();
    let again = async |errors: FieldErrors| -> PageResult {
        let view = View { rules: Some((typed.clone(), errors)), ..View::default() };
        draw(&by, id, &app, &htmx, view).await
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
    match written {
        Ok(()) => Ok(Page::redirect(by.url(&format!("/campaigns/{id}/area-codes"))).with_flash(
            "success",
            "Saved which numbers it may take. What is reserved stays until you change it or press “Reserve for me”.",
        )),
        Err(AppError::Invalid(errors)) => again(errors).await,
        Err(other) => Err(other),
    }
}
