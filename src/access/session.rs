//! Signing in and out. The cookie carries the id of a session, sealed; the table says whether that still counts.

use actix_session::config::{CookieContentSecurity, PersistentSession, TtlExtensionPolicy};
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Key, SameSite};
use chrono::TimeDelta;

use super::store::{self, Standing};
use crate::error::{AppError, AppResult};
use crate::kernel::Moment;
use crate::kernel::ids::{PersonId, SessionId};
use crate::state::App;

/// The key of the session's id inside the cookie.
const ID: &str = "session";
/// A session nobody uses ends after so many days.
const IDLE_DAYS: i64 = 14;
/// Every session ends after so many days.
const LONGEST_DAYS: i64 = 90;
/// How long a right password waits for its code.
const CODE_MINUTES: i64 = 10;
/// The table hears of a session in use at most this often.
const TOUCH_MINUTES: i64 = 10;

/// The middleware that opens and seals the cookie.
pub fn sessions(key: Key, secure: bool) -> SessionMiddleware<CookieSessionStore> {
    let lifecycle = PersistentSession::default()
        .session_ttl(Duration::days(LONGEST_DAYS))
        .session_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges);
    SessionMiddleware::builder(CookieSessionStore::default(), key)
        .cookie_name("numberbank".into())
        .cookie_secure(secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(lifecycle)
        .build()
}

/// The session this cookie names.
pub(super) fn id(session: &Session) -> Option<SessionId> {
    session.get::<SessionId>(ID).ok().flatten()
}

fn expiry(created_at: Moment, now: Moment) -> Moment {
    (now + TimeDelta::days(IDLE_DAYS)).min(created_at + TimeDelta::days(LONGEST_DAYS))
}

/// Begins a session: a fresh id in a fresh cookie, whatever was in the old one. For somebody who has shown just now
/// who they are.
///
/// # Errors
/// When the database fails.
pub async fn begin(app: &App, session: &Session, person: PersonId) -> AppResult<()> {
    put(app, session, person, false).await
}

/// Begins one that opens nothing but the page that asks for a code.
pub(super) async fn begin_waiting(app: &App, session: &Session, person: PersonId) -> AppResult<()> {
    put(app, session, person, true).await
}

async fn put(app: &App, session: &Session, person: PersonId, waits: bool) -> AppResult<()> {
    let (id, now, before) = (SessionId::new(), app.clock.now(), self::id(session));
    let expires_at = if waits { now + TimeDelta::minutes(CODE_MINUTES) } else { expiry(now, now) };
    app.db
        .write(move |tx| {
            if let Some(before) = before {
                store::end_session(tx, before, now)?;
            }
            store::insert_session(tx, id, person, now, expires_at, waits).map_err(AppError::from)
        })
        .await?;
    session.clear();
    session.renew();
    session.insert(ID, id).map_err(|error| AppError::Internal(format!("the session was not kept: {error}")))
}

/// Ends it, in the table and in the browser.
pub(super) async fn end(app: &App, session: &Session) -> AppResult<()> {
    let now = app.clock.now();
    if let Some(id) = id(session) {
        app.db.write(move |tx| store::end_session(tx, id, now).map_err(AppError::from)).await?;
    }
    session.purge();
    Ok(())
}

/// Says now and then that a session is in use. That this failed is no reason to show nothing.
pub(super) async fn keep_alive(app: &App, standing: &Standing, now: Moment) {
    if now - standing.last_seen_at < TimeDelta::minutes(TOUCH_MINUTES) {
        return;
    }
    let (id, expires_at) = (standing.session, expiry(standing.created_at, now));
    let touched =
        app.db.write(move |tx| store::touch_session(tx, id, now, expires_at).map_err(AppError::from)).await;
    if let Err(error) = touched {
        tracing::warn!(%error, "a session in use could not be marked so");
    }
}
