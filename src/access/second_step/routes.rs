//! `/login/code` and `/account/two-steps`.

use actix_session::Session;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::pages::{CodePage, CodesPage, Secret, State, TwoStepsPage};
use super::totp;
use crate::access::account::{check_password, end_sessions};
use crate::access::limits::SignInLimits;
use crate::access::notices::note;
use crate::access::password::{Passwords, SecretField};
use crate::access::routes::destination;
use crate::access::session;
use crate::access::visit::SignedIn;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::PersonId;
use crate::state::App;
use crate::web::{FlashSlot, Form, Page, PageResult, Query, Shell, Site};

/// The routes of this room.
pub(in crate::access) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/login/code", web::get().to(code_form))
        .route("/login/code", web::post().to(give_code))
        .route("/account/two-steps", web::get().to(show))
        .route("/account/two-steps/begin", web::post().to(begin))
        .route("/account/two-steps/confirm", web::post().to(confirm))
        .route("/account/two-steps/codes", web::post().to(new_codes))
        .route("/account/two-steps/off", web::post().to(turn_off));
}

/// Where the code is asked, on the way to `next`.
pub(in crate::access) fn code_page(next: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("/login/code?{query}")
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct Code {
    code: String,
    #[serde(default)]
    next: String,
}

async fn awaited(app: &App, session: &Session) -> AppResult<Option<(PersonId, String)>> {
    let Some(id) = session::id(session) else { return Ok(None) };
    let now = app.clock.now();
    app.db.read(move |conn| super::waiting(conn, id, now)).await
}

fn ask(request: &HttpRequest, errors: FieldErrors, next: &str) -> CodePage {
    let shell = Shell { flash: FlashSlot::of(request).take(), ..Shell::plain() };
    CodePage { shell, errors, next: destination(next).to_owned() }
}

async fn code_form(query: Query<Next>, request: HttpRequest, session: Session, app: App) -> PageResult {
    let next = query.into_inner().next;
    match awaited(&app, &session).await? {
        Some(_) => Ok(Page::of(&ask(&request, FieldErrors::new(), &next))),
        None => Ok(Page::redirect("/login")),
    }
}

async fn give_code(
    form: Form<Code>,
    request: HttpRequest,
    session: Session,
    app: App,
    site: web::Data<Site>,
    limits: web::Data<SignInLimits>,
) -> PageResult {
    let Code { code, next } = form.into_inner();
    let Some((person, email)) = awaited(&app, &session).await? else {
        let words = "That took too long. Sign in again.";
        return Ok(Page::redirect("/login").with_flash("warning", words));
    };
    let account = format!("code of {email}");
    let attempt = limits.attempt(&app, &site.client_address(&request), &account).await?;
    let (seal, now) = (app.seal.clone(), app.clock.now());
    let taken = app.db.write(move |tx| super::take(tx, &seal, person, &code, now)).await;
    let words = match taken {
        Ok(true) => {
            attempt.succeeded(&app).await?;
            session::begin(&app, &session, person).await?;
            tracing::info!(%person, "signed in in two steps");
            return Ok(Page::redirect(destination(&next)));
        }
        Ok(false) => {
            tracing::warn!(%person, "a wrong code");
            "This is not a code that holds now. Each holds half a minute and once; wait for the next one."
                .into()
        }
        Err(AppError::Conflict(words)) => words,
        Err(other) => return Err(other),
    };
    Ok(Page::of(&ask(&request, FieldErrors::one("code", words), &next)).status(422))
}

async fn page(app: &App, who: &SignedIn, errors: FieldErrors) -> AppResult<TwoStepsPage> {
    let (person, seal, now) = (who.person().id, app.seal.clone(), app.clock.now());
    let email = who.person().email.clone();
    let state = app
        .db
        .read(move |conn| {
            if super::is_on(conn, person)? {
                return Ok(State::On { codes_left: super::codes_left(conn, person)? });
            }
            Ok::<_, AppError>(match super::being_set_up(conn, &seal, person, now)? {
                Some(secret) => {
                    let address = totp::address(&secret, &email);
                    let picture = totp::qr_code(&address);
                    State::SettingUp(Secret { to_type: totp::secret_to_type(&secret), address, picture })
                }
                None => State::Off,
            })
        })
        .await?;
    let asked_by = who.asked_for_two_steps();
    Ok(TwoStepsPage { shell: who.shell(), errors, email: who.person().email.clone(), state, asked_by })
}

async fn show(who: SignedIn, app: App) -> PageResult {
    Ok(Page::of(&page(&app, &who, FieldErrors::new()).await?))
}

/// The page again with what is wrong beside its field, or on top.
async fn said(app: &App, who: &SignedIn, error: AppError) -> PageResult {
    match error {
        AppError::Invalid(errors) => Ok(Page::of(&page(app, who, errors).await?).status(422)),
        AppError::Conflict(words) => Ok(Page::redirect("/account/two-steps").with_flash("danger", words)),
        other => Err(other),
    }
}

#[derive(Deserialize)]
struct Password {
    password: SecretField,
}

/// What each of these asks for first.
struct Guard {
    who: SignedIn,
    app: App,
    address: String,
    limits: web::Data<SignInLimits>,
    passwords: web::Data<Passwords>,
}

impl Guard {
    async fn check(&self, field: &'static str, password: SecretField) -> AppResult<()> {
        let given = (field, password.0);
        check_password(&self.app, &self.passwords, &self.limits, &self.address, self.who.person(), given)
            .await
    }
}

impl actix_web::FromRequest for Guard {
    type Error = AppError;
    type Future = futures_util::future::LocalBoxFuture<'static, AppResult<Guard>>;
    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let missing = || AppError::Internal("sign-in is not part of the server".into());
            let site = request.app_data::<web::Data<Site>>().cloned().ok_or_else(missing)?;
            Ok(Guard {
                who: SignedIn::extract(&request).await?,
                app: App::extract(&request).await?,
                address: site.client_address(&request),
                limits: request.app_data().cloned().ok_or_else(missing)?,
                passwords: request.app_data().cloned().ok_or_else(missing)?,
            })
        })
    }
}

async fn begin(guard: Guard, form: Form<Password>) -> PageResult {
    let begun = async {
        guard.check("password", form.into_inner().password).await?;
        let (person, seal) = (guard.who.person().id, guard.app.seal.clone());
        let now = guard.app.clock.now();
        guard.app.db.write(move |tx| super::begin(tx, &seal, person, now)).await
    };
    match begun.await {
        Ok(()) => Ok(Page::redirect("/account/two-steps")),
        Err(error) => said(&guard.app, &guard.who, error).await,
    }
}

async fn confirm(guard: Guard, form: Form<Code>) -> PageResult {
    let Code { code, .. } = form.into_inner();
    let (person, seal, now) = (guard.who.person().id, guard.app.seal.clone(), guard.app.clock.now());
    let keep = guard.who.session();
    let confirmed = async {
        let account = format!("code of {}", guard.who.person().email);
        let attempt = guard.limits.attempt(&guard.app, &guard.address, &account).await?;
        let chronicle = guard.app.chronicle;
        let write = guard.app.db.write(move |tx| {
            let codes = super::confirm(tx, &seal, person, &code, now)?;
            // Those that came in by the password alone come in anew.
            end_sessions(tx, person, Some(keep), now)?;
            let deed = ("two_steps_on", "Turned sign-in in two steps on");
            note(tx, chronicle, person, Some(person), deed, now)?;
            Ok::<_, AppError>(codes)
        });
        let codes = write.await?;
        attempt.succeeded(&guard.app).await?;
        Ok(codes)
    };
    match confirmed.await {
        Ok(codes) => {
            tracing::info!(%person, "turned sign-in in two steps on");
            Ok(Page::of(&CodesPage { shell: guard.who.shell(), codes, first: true }))
        }
        Err(error) => said(&guard.app, &guard.who, error).await,
    }
}

#[derive(Deserialize)]
struct PasswordForCodes {
    password_for_codes: SecretField,
}

async fn new_codes(guard: Guard, form: Form<PasswordForCodes>) -> PageResult {
    let made = async {
        guard.check("password_for_codes", form.into_inner().password_for_codes).await?;
        let person = guard.who.person().id;
        guard
            .app
            .db
            .write(move |tx| {
                if super::is_on(tx, person)? {
                    super::new_codes(tx, person)
                } else {
                    Err(AppError::Conflict("Sign-in in two steps is off.".into()))
                }
            })
            .await
    };
    match made.await {
        Ok(codes) => Ok(Page::of(&CodesPage { shell: guard.who.shell(), codes, first: false })),
        Err(error) => said(&guard.app, &guard.who, error).await,
    }
}

async fn turn_off(guard: Guard, form: Form<Password>) -> PageResult {
    let person = guard.who.person().id;
    let done = async {
        guard.check("password", form.into_inner().password).await?;
        let (chronicle, now) = (guard.app.chronicle, guard.app.clock.now());
        let write = guard.app.db.write(move |tx| {
            let was_on = super::turn_off(tx, person)?;
            if was_on {
                let deed = ("two_steps_off", "Turned sign-in in two steps off");
                note(tx, chronicle, person, Some(person), deed, now)?;
            }
            Ok(was_on)
        });
        write.await
    };
    match done.await {
        Ok(_) => {
            tracing::warn!(%person, "turned sign-in in two steps off");
            let words = "Sign-in in two steps is off: your password alone signs you in.";
            Ok(Page::redirect("/account/two-steps").with_flash("success", words))
        }
        Err(error) => said(&guard.app, &guard.who, error).await,
    }
}
