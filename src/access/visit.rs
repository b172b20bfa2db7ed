//! From a request to a person, and to what they may do.

use actix_session::SessionExt;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use std::future::{Ready, ready};
use std::rc::Rc;

use super::allowed::{Allowed, Surroundings, home};
use super::role::{Permission, Role};
use super::session;
use super::store::{self, Person, Standing};
use crate::error::{AppError, AppResult};
use crate::kernel::ids::SessionId;
use crate::state::App;
use crate::web::format::Times;
use crate::web::shell::{ShellLink, ShellPerson};
use crate::web::{FlashSlot, Gate, Shell};

impl Person {
    pub(super) fn in_shell(&self) -> ShellPerson {
        ShellPerson { name: self.name.clone(), email: self.email.clone() }
    }
}

impl FromRequest for App {
    type Error = AppError;
    type Future = Ready<AppResult<App>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(app(request))
    }
}

fn app(request: &HttpRequest) -> AppResult<App> {
    request
        .app_data::<web::Data<App>>()
        .map(|app| app.get_ref().clone())
        .ok_or_else(|| AppError::Internal("the application is not part of the server".into()))
}

/// Somebody who is signed in, wherever they work.
#[derive(Debug, Clone)]
pub struct SignedIn {
    standing: Rc<Standing>,
    flash: FlashSlot,
    times: Times,
}

impl SignedIn {
    /// Who.
    pub fn person(&self) -> &Person {
        &self.standing.person
    }
    /// Whether a code of an authenticator app is asked when they sign in.
    pub fn in_two_steps(&self) -> bool {
        self.standing.in_two_steps
    }
    pub(super) fn session(&self) -> SessionId {
        self.standing.session
    }
    /// Where they work and as what: name of the organization, address of their pages there, role.
    pub fn organizations(&self) -> impl Iterator<Item = (&str, String, Role)> {
        self.standing.memberships.iter().map(|(role, organization)| {
            (organization.name.as_str(), format!("/o/{}/{}", organization.slug, home(*role)), *role)
        })
    }
    fn links(&self, current: Option<&str>) -> Vec<ShellLink> {
        self.standing
            .memberships
            .iter()
            .map(|(role, organization)| ShellLink {
                label: organization.name.clone(),
                href: format!("/o/{}/{}", organization.slug, home(*role)),
                current: current == Some(organization.slug.as_str()),
            })
            .collect()
    }
    /// The organizations that ask their owners, of whom this person is one, to sign in in two steps.
    pub fn asked_for_two_steps(&self) -> Vec<String> {
        self.standing
            .memberships
            .iter()
            .filter(|(role, organization)| *role == Role::Owner && organization.owners_in_two_steps)
            .map(|(_, organization)| organization.name.clone())
            .collect()
    }
    /// Now; UTC, where no organization says where its people are.
    pub fn times(&self) -> Times {
        self.times
    }
    /// What stands around a page outside any organization.
    pub fn shell(&self) -> Shell {
        Shell {
            organizations: self.links(None),
            person: Some(self.standing.person.in_shell()),
            flash: self.flash.take(),
            times: self.times,
            ..Shell::plain()
        }
    }
}

impl FromRequest for SignedIn {
    type Error = AppError;
    type Future = LocalBoxFuture<'static, AppResult<SignedIn>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (request, gate) = (request.clone(), Gate::close(request));
        Box::pin(async move {
            let known = signed_in(&request).await?;
            gate.open();
            Ok(known)
        })
    }
}

async fn signed_in(request: &HttpRequest) -> AppResult<SignedIn> {
    // Several extractors of one request share one reading.
    if let Some(known) = request.extensions().get::<SignedIn>() {
        return Ok(known.clone());
    }
    let app = app(request)?;
    let id = session::id(&request.get_session()).ok_or(AppError::NotSignedIn)?;
    let now = app.clock.now();
    let standing = app
        .db
        .read(move |conn| store::standing(conn, id, now).map_err(AppError::from))
        .await?
        .ok_or(AppError::NotSignedIn)?;
    session::keep_alive(&app, &standing, now).await;
    let known = SignedIn {
        standing: Rc::new(standing),
        flash: FlashSlot::of(request),
        times: Times { now, zone: chrono_tz::UTC },
    };
    request.extensions_mut().insert(known.clone());
    Ok(known)
}

impl<P: Permission> FromRequest for Allowed<P> {
    type Error = AppError;
    type Future = LocalBoxFuture<'static, AppResult<Allowed<P>>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (request, gate) = (request.clone(), Gate::close(request));
        Box::pin(async move {
            let app = app(&request)?;
            let visit = signed_in(&request).await?;
            let slug = request.match_info().get("organization").ok_or_else(|| {
                AppError::Internal("a route takes Allowed<P> but its path has no {organization}".into())
            })?;
            let member =
                visit.standing.memberships.iter().find(|(_, organization)| organization.slug == slug);
            let (role, organization) = member.cloned().ok_or(AppError::NotFound)?;
            if role == Role::Owner && organization.owners_in_two_steps && !visit.in_two_steps() {
                return Err(AppError::TwoStepsFirst);
            }
            let (id, name) = (organization.id, organization.name.clone());
            let surroundings = Surroundings {
                organizations: visit.links(Some(slug)),
                flash: visit.flash.clone(),
                now: visit.times.now,
            };
            let person = visit.standing.person.clone();
            match Allowed::check(organization, person, role, &app.providers, surroundings) {
                Some(allowed) => {
                    gate.open();
                    Ok(allowed)
                }
                None => {
                    let owners = app
                        .db
                        .read(move |conn| {
                            store::names_with_roles(conn, id, &[Role::Owner]).map_err(AppError::from)
                        })
                        .await?;
                    Err(AppError::Forbidden(refusal(P::WORDS, &name, &owners)))
                }
            }
        })
    }
}

/// Says who can help. Every right is the owners'.
fn refusal(what: &str, organization: &str, owners: &[String]) -> String {
    let names = match owners {
        [] => "one of its owners".to_owned(),
        [one] => one.clone(),
        [several @ .., last] => format!("{} or {last}", several.join(", ")),
    };
    format!("You may not {what} in {organization}. Ask {names}.")
}
