//! `/invitations/{token}`.

use actix_session::Session;
use actix_web::web;
use serde::Deserialize;

use super::pages::{InvitationPage, Visitor};
use crate::access::{self, Invitation, Joined, LinkState, NewPerson, Passwords, SecretField, SignedIn};
use crate::activity;
use crate::db::Tx;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::state::App;
use crate::web::{Form, Page, PageResult, Shell};

/// The routes of this room.
pub(in crate::organizations) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/invitations/{token}", web::get().to(show))
        .route("/invitations/{token}", web::post().to(sign_up))
        .route("/invitations/{token}/join", web::get().to(to_invitation))
        .route("/invitations/{token}/join", web::post().to(join));
}

async fn read(app: &App, token: &str) -> AppResult<Invitation> {
    let (token, now) = (token.to_owned(), app.clock.now());
    app.db.read(move |conn| access::find_invitation(conn, &token, now)).await
}

fn page(
    token: &str,
    invitation: Invitation,
    who: Option<&SignedIn>,
    (name, errors): (String, FieldErrors),
) -> Page {
    let visitor = match who {
        Some(who) if who.person().email == invitation.email() => Visitor::Invited,
        Some(who) => Visitor::SomebodyElse(who.person().email.clone()),
        None if invitation.known => Visitor::Known,
        None => Visitor::New,
    };
    let action = format!("/invitations/{token}");
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &action).finish();
    let status = match invitation.state {
        LinkState::Open if errors.is_empty() => 200,
        LinkState::Open => 422,
        _ => 410,
    };
    Page::of(&InvitationPage {
        shell: who.map_or_else(Shell::plain, SignedIn::shell),
        invitation,
        visitor,
        action,
        sign_in: format!("/login?{query}"),
        errors,
        name,
    })
    .status(status)
}

/// Nobody signed in is somebody too.
fn visitor(signed_in: Result<SignedIn, AppError>) -> AppResult<Option<SignedIn>> {
    match signed_in {
        Ok(who) => Ok(Some(who)),
        Err(AppError::NotSignedIn) => Ok(None),
        Err(other) => Err(other),
    }
}

async fn show(path: web::Path<String>, signed_in: Result<SignedIn, AppError>, app: App) -> PageResult {
    let who = visitor(signed_in)?;
    let invitation = read(&app, &path).await?;
    Ok(page(&path, invitation, who.as_ref(), Default::default()))
}

/// Where a reload of what answered the button leads.
async fn to_invitation(path: web::Path<String>) -> PageResult {
    Ok(Page::redirect(format!("/invitations/{}", *path)))
}

fn record(tx: &mut Tx, joined: &Joined, now: Moment) -> AppResult<()> {
    if !joined.already {
        let words = format!("Joined as {}", joined.role.words());
        activity::record(tx, &joined.actor, "member_joined", "/members", &words, now)?;
    }
    Ok(())
}

fn welcome(joined: &Joined) -> Page {
    let words = if joined.already {
        format!("You are {} of {} already.", joined.role.a_words(), joined.organization)
    } else {
        format!("Welcome to {}. You are {} here.", joined.organization, joined.role.a_words())
    };
    Page::redirect(format!("/o/{}", joined.slug)).with_flash("success", words)
}

async fn join(path: web::Path<String>, who: SignedIn, _: Form<Nothing>, app: App) -> PageResult {
    let (token, person, now) = (path.clone(), who.person().clone(), app.clock.now());
    let joined = app
        .db
        .write(move |tx| {
            let joined = access::accept_invitation(tx, &token, &person, now)?;
            record(tx, &joined, now)?;
            Ok::<_, AppError>(joined)
        })
        .await;
    match joined {
        Ok(joined) => Ok(welcome(&joined)),
        // The page says why: it is over, or for somebody else.
        Err(AppError::Conflict(_)) => Ok(Page::redirect(format!("/invitations/{}", *path))),
        Err(other) => Err(other),
    }
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct SignUp {
    name: String,
    password: SecretField,
    password_again: SecretField,
}

async fn sign_up(
    path: web::Path<String>,
    form: Form<SignUp>,
    session: Session,
    app: App,
    passwords: web::Data<Passwords>,
) -> PageResult {
    let SignUp { name, password, password_again } = form.into_inner();
    let invitation = read(&app, &path).await?;
    if invitation.state != LinkState::Open || invitation.known {
        return Ok(Page::redirect(format!("/invitations/{}", *path)));
    }
    let joined = async {
        let email = invitation.email().to_owned();
        let password = password.as_again(&password_again)?;
        let person = NewPerson::prepare(email, name.clone(), password, &passwords).await?;
        let (token, now) = (path.clone(), app.clock.now());
        app.db
            .write(move |tx| {
                let joined = access::accept_invitation_as_new(tx, &token, &person, now)?;
                record(tx, &joined, now)?;
                Ok::<_, AppError>(joined)
            })
            .await
    };
    match joined.await {
        Ok(joined) => {
            access::begin_session(&app, &session, joined.person).await?;
            tracing::info!(person = %joined.person, "came in by an invitation");
            Ok(welcome(&joined))
        }
        Err(AppError::Invalid(faults)) => {
            let mut errors = FieldErrors::new();
            for (field, words) in faults.iter() {
                // The address is the invitation's: there is no field to send people to.
                errors.add(if field == "email" { "" } else { field }, words);
            }
            Ok(page(&path, invitation, None, (name, errors)))
        }
        Err(AppError::Conflict(_)) => Ok(Page::redirect(format!("/invitations/{}", *path))),
        Err(other) => Err(other),
    }
}
