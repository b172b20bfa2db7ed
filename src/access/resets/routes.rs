//! `/reset/{token}`.

use actix_web::web;
use serde::Deserialize;

use super::pages::ResetPage;
use super::{Reset, find, use_up};
use crate::access::invitations::LinkState;
use crate::access::password::{Passwords, SecretField};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::state::App;
use crate::web::{Form, Page, PageResult, Shell};

/// The routes of this room.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/reset/{token}", web::get().to(form)).route("/reset/{token}", web::post().to(set));
}

async fn read(app: &App, token: &str) -> AppResult<Reset> {
    let (token, now) = (token.to_owned(), app.clock.now());
    app.db.read(move |conn| find(conn, &token, now)).await
}

fn page(token: &str, reset: Reset, errors: FieldErrors) -> ResetPage {
    let action = format!("/reset/{token}");
    ResetPage { shell: Shell::plain(), errors, state: reset.state, email: reset.row.email, action }
}

/// What cannot be used any more is gone, as HTTP says it.
fn status(state: LinkState) -> u16 {
    if state == LinkState::Open { 200 } else { 410 }
}

async fn form(path: web::Path<String>, app: App) -> PageResult {
    let reset = read(&app, &path).await?;
    let status = status(reset.state);
    Ok(Page::of(&page(&path, reset, FieldErrors::new())).status(status))
}

#[derive(Deserialize)]
struct NewPassword {
    password: SecretField,
    password_again: SecretField,
}

async fn set(
    path: web::Path<String>,
    form: Form<NewPassword>,
    app: App,
    passwords: web::Data<Passwords>,
) -> PageResult {
    let form = form.into_inner();
    let reset = read(&app, &path).await?;
    if reset.state != LinkState::Open {
        return Ok(Page::of(&page(&path, reset, FieldErrors::new())).status(410));
    }
    let done = async {
        let hash = passwords.hash_of(form.password.as_again(&form.password_again)?).await?;
        let (token, chronicle, now) = (path.clone(), app.chronicle, app.clock.now());
        app.db.write(move |tx| use_up(tx, chronicle, &token, &hash, now)).await
    };
    match done.await {
        Ok(person) => {
            tracing::info!(%person, "set a new password by a link");
            let words =
                "Your password is changed, and you are signed out everywhere. Sign in with the new one.";
            Ok(Page::redirect("/login").with_flash("success", words))
        }
        Err(AppError::Invalid(errors)) => Ok(Page::of(&page(&path, reset, errors)).status(422)),
        // Somebody was faster: say how it stands now.
        Err(AppError::Conflict(_)) => {
            Ok(Page::of(&page(&path, read(&app, &path).await?, FieldErrors::new())).status(410))
        }
        Err(other) => Err(other),
    }
}
