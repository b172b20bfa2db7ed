//! Signing in and out, choosing an organization.

use actix_session::Session;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::limits::SignInLimits;
use super::pages::{LoginPage, OrganizationsPage, Place};
use super::password::{Passwords, SecretField};
use super::people::normal_email;
use super::visit::SignedIn;
use super::{account, resets, second_step, session, store};
use crate::error::AppError;
use crate::state::App;
use crate::web::{FlashSlot, Form, Page, PageResult, Query, Shell, Site, local_path};

/// The routes of this room.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/login", web::get().to(login_form))
        .route("/login", web::post().to(login))
        .route("/logout", web::post().to(logout))
        .configure(account::routes)
        .configure(second_step::routes)
        .configure(resets::routes);
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

pub(super) fn destination(next: &str) -> &str {
    local_path(next).filter(|path| !path.starts_with("/login") && !path.starts_with("/logout")).unwrap_or("/")
}

async fn login_form(
    query: Query<Next>,
    signed_in: Result<SignedIn, AppError>,
    request: HttpRequest,
) -> PageResult {
    let next = query.into_inner().next;
    match signed_in {
        Ok(_) => Ok(Page::redirect(destination(&next))),
        Err(AppError::NotSignedIn) => {
            let next = destination(&next).to_owned();
            let shell = Shell { flash: FlashSlot::of(&request).take(), ..Shell::plain() };
            Ok(Page::of(&LoginPage { shell, errors: Vec::new(), email: String::new(), next }))
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
    let address = site.client_address(&request);
    let attempt = match &known_form {
        Some(email) => Some(limits.attempt(&app, &address, email).await?),
        None => limits.count(&address).map(|()| None)?,
    };
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
            if let Some(attempt) = attempt {
                attempt.succeeded(&app).await?;
            }
            if app.db.read(move |conn| second_step::is_on(conn, person)).await? {
                session::begin_waiting(&app, &session, person).await?;
                return Ok(Page::redirect(second_step::code_page(destination(&next))));
            }
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

pub(super) fn places(who: &SignedIn) -> Vec<Place> {
    who.organizations().map(|(name, href, role)| Place { name: name.to_owned(), href, role }).collect()
}

async fn home(who: SignedIn) -> PageResult {
    let places = places(&who);
    match places.as_slice() {
        [only] => Ok(Page::redirect(only.href.clone())),
        _ => Ok(Page::of(&OrganizationsPage { shell: who.shell(), person: who.person().clone(), places })),
    }
}
