//! Signing in and out, choosing an organization, one's account.

use actix_session::Session;
use actix_web::{HttpRequest, web};
use secrecy::SecretString;
use serde::Deserialize;

use super::limits::SignInLimits;
use super::pages::{AccountPage, LoginPage, OrganizationsPage, Place};
use super::password::Passwords;
use super::people::normal_email;
use super::visit::SignedIn;
use super::{session, store};
use crate::error::AppError;
use crate::state::App;
use crate::web::{Form, Page, PageResult, Query, Shell, Site, local_path};

/// The routes of this room.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/login", web::get().to(login_form))
        .route("/login", web::post().to(login))
        .route("/logout", web::post().to(logout))
        .route("/account", web::get().to(account))
        .route("/account/other-sessions/end", web::post().to(end_other_sessions));
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: SecretField,
    #[serde(default)]
    next: String,
}

/// A password on its way in: nothing prints it.
struct SecretField(SecretString);

impl<'de> Deserialize<'de> for SecretField {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretField, D::Error> {
        String::deserialize(deserializer).map(|text| SecretField(SecretString::from(text)))
    }
}

fn destination(next: &str) -> &str {
    local_path(next).filter(|path| !path.starts_with("/login") && !path.starts_with("/logout")).unwrap_or("/")
}

async fn login_form(query: Query<Next>, signed_in: Result<SignedIn, AppError>) -> PageResult {
    let next = query.into_inner().next;
    match signed_in {
        Ok(_) => Ok(Page::redirect(destination(&next))),
        Err(AppError::NotSignedIn) => {
            let next = destination(&next).to_owned();
            Ok(Page::of(&LoginPage { shell: Shell::plain(), errors: Vec::new(), email: String::new(), next }))
        }
        Err(other) => Err(other),
    }
}

async fn login(
    form: Form<Credentials>,
    request: HttpRequest,
    session: Session,
    app: App,
    site: web::Data<Site>,
    limits: web::Data<SignInLimits>,
    passwords: web::Data<Passwords>,
) -> PageResult {
    let Credentials { email, password, next } = form.into_inner();
    let known_form = normal_email(&email).ok();
    limits.count(&site.client_address(&request), known_form.as_deref())?;
    let found = match known_form {
        Some(email) => {
            app.db.read(move |conn| store::person_by_email(conn, &email).map_err(AppError::from)).await?
        }
        None => None,
    };
    let (person, hash) = found.unzip();
    let right = passwords.verify(password.0, hash).await?;
    match person {
        Some(person) if right => {
            session::begin(&app, &session, person).await?;
            tracing::info!(%person, "signed in");
            Ok(Page::redirect(destination(&next)))
        }
        _ => {
            let words = "No account has this e-mail address and this password.".to_owned();
            let next = destination(&next).to_owned();
            let page =
                LoginPage { shell: Shell::plain(), errors: vec![("email".into(), words)], email, next };
            Ok(Page::of(&page).status(422))
        }
    }
}

#[derive(Deserialize)]
struct Nothing {}

async fn logout(_: Form<Nothing>, session: Session, app: App) -> PageResult {
    session::end(&app, &session).await?;
    Ok(Page::redirect("/login"))
}

fn places(who: &SignedIn) -> Vec<Place> {
    who.organizations().map(|(name, href, role)| Place { name: name.to_owned(), href, role }).collect()
}

async fn home(who: SignedIn) -> PageResult {
    let places = places(&who);
    match places.as_slice() {
        [only] => Ok(Page::redirect(only.href.clone())),
        _ => Ok(Page::of(&OrganizationsPage { shell: who.shell(), person: who.person().clone(), places })),
    }
}

async fn account(who: SignedIn) -> PageResult {
    Ok(Page::of(&AccountPage { shell: who.shell(), person: who.person().clone(), places: places(&who) }))
}

async fn end_other_sessions(who: SignedIn, _: Form<Nothing>, app: App) -> PageResult {
    let (person, keep, now) = (who.person().id, who.session(), app.clock.now());
    let ended = app
        .db
        .write(move |tx| store::end_other_sessions(tx, person, keep, now).map_err(AppError::from))
        .await?;
    let words = match ended {
        0 => "You were not signed in anywhere else.".to_owned(),
        1 => "You are signed out of one other browser.".to_owned(),
        several => format!("You are signed out of {several} other browsers."),
    };
    Ok(Page::redirect("/account").with_flash("success", words))
}
