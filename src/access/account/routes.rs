//! `/account`.

use actix_session::Session;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::pages::AccountPage;
use crate::access::limits::SignInLimits;
use crate::access::notices::note;
use crate::access::password::{Passwords, SecretField};
use crate::access::routes::places;
use crate::access::visit::SignedIn;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::state::App;
use crate::web::{Form, Page, PageResult, Site};

/// The routes of this room.
pub(in crate::access) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/account", web::get().to(account))
        .route("/account/password", web::get().to(to_account))
        .route("/account/password", web::post().to(change_password))
        .route("/account/other-sessions/end", web::post().to(end_other_sessions))
        .route("/account/sessions/end", web::post().to(end_all_sessions));
}

#[derive(Deserialize)]
struct Nothing {}

/// Where a reload of the page with errors leads.
async fn to_account(_: SignedIn) -> PageResult {
    Ok(Page::redirect("/account"))
}

async fn page(app: &App, who: &SignedIn, errors: FieldErrors) -> AppResult<AccountPage> {
    let person = who.person().id;
    let password_changed_at = app.db.read(move |conn| super::password_changed_at(conn, person)).await?;
    Ok(AccountPage {
        shell: who.shell(),
        errors,
        person: who.person().clone(),
        places: places(who),
        password_changed_at,
        in_two_steps: who.in_two_steps(),
    })
}

async fn account(who: SignedIn, app: App) -> PageResult {
    Ok(Page::of(&page(&app, &who, FieldErrors::new()).await?))
}

#[derive(Deserialize)]
struct NewPassword {
    old_password: SecretField,
    password: SecretField,
    password_again: SecretField,
}

async fn change_password(
    who: SignedIn,
    form: Form<NewPassword>,
    request: HttpRequest,
    app: App,
    site: web::Data<Site>,
    limits: web::Data<SignInLimits>,
    passwords: web::Data<Passwords>,
) -> PageResult {
    let form = form.into_inner();
    let changed = async {
        let old = ("old_password", form.old_password.0);
        let address = site.client_address(&request);
        super::check_password(&app, &passwords, &limits, &address, who.person(), old).await?;
        let hash = passwords.hash_of(form.password.as_again(&form.password_again)?).await?;
        let (person, keep, now) = (who.person().id, who.session(), app.clock.now());
        let chronicle = app.chronicle;
        let write = app.db.write(move |tx| {
            let deed = ("password_changed", "Changed their password");
            note(tx, chronicle, person, Some(person), deed, now)?;
            super::set_password(tx, person, &hash, Some(keep), now)
        });
        write.await
    };
    match changed.await {
        Ok(ended) => {
            tracing::info!(person = %who.person().id, "changed the password");
            let words = match ended {
                0 => "Your password is changed.".to_owned(),
                1 => "Your password is changed, and you are signed out of one other browser.".to_owned(),
                several => {
                    format!("Your password is changed, and you are signed out of {several} other browsers.")
                }
            };
            Ok(Page::redirect("/account").with_flash("success", words))
        }
        Err(AppError::Invalid(errors)) => Ok(Page::of(&page(&app, &who, errors).await?).status(422)),
        Err(other) => Err(other),
    }
}

async fn end_other_sessions(who: SignedIn, _: Form<Nothing>, app: App) -> PageResult {
    let (person, keep, now) = (who.person().id, who.session(), app.clock.now());
    let ended = app.db.write(move |tx| super::end_sessions(tx, person, Some(keep), now)).await?;
    let words = match ended {
        0 => "You were not signed in anywhere else.".to_owned(),
        1 => "You are signed out of one other browser.".to_owned(),
        several => format!("You are signed out of {several} other browsers."),
    };
    Ok(Page::redirect("/account").with_flash("success", words))
}

async fn end_all_sessions(who: SignedIn, _: Form<Nothing>, session: Session, app: App) -> PageResult {
    let (person, now) = (who.person().id, app.clock.now());
    app.db.write(move |tx| super::end_sessions(tx, person, None, now)).await?;
    // Not purged: the cookie carries the message below.
    session.clear();
    session.renew();
    Ok(Page::redirect("/login").with_flash("success", "You are signed out everywhere, here too."))
}
