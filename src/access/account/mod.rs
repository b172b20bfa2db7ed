//! One's own account: the password and the browsers one is signed in with.

mod pages;
mod routes;
mod store;

use secrecy::SecretString;

pub(super) use routes::routes;

use super::Person;
use super::limits::SignInLimits;
use super::password::Passwords;
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::kernel::ids::{PersonId, SessionId};
use crate::state::App;

/// Checks the password of somebody who is signed in, before something that a left browser must not do. Counted like
/// an attempt to sign in.
///
/// # Errors
/// [`AppError::Invalid`] on `field` when it is wrong, [`AppError::TooMany`].
pub(super) async fn check_password(
    app: &App,
    passwords: &Passwords,
    limits: &SignInLimits,
    address: &str,
    person: &Person,
    (field, password): (&str, SecretString),
) -> AppResult<()> {
    let attempt = limits.attempt(app, address, &person.email).await?;
    let id = person.id;
    let hash = app.db.read(move |conn| store::password_hash(conn, id).map_err(AppError::from)).await?;
    if passwords.verify(password, hash).await? {
        attempt.succeeded(app).await
    } else {
        Err(AppError::Invalid(FieldErrors::one(field, "This is not your password.")))
    }
}

/// Sets another password, already hashed, and ends every session but one. Says how many others there were.
///
/// # Errors
/// [`AppError::NotFound`] when the person was disabled meanwhile.
pub(super) fn set_password(
    tx: &mut Tx,
    person: PersonId,
    hash: &str,
    keep: Option<SessionId>,
    now: Moment,
) -> AppResult<usize> {
    match store::set_password(tx, person, hash, now)? {
        0 => Err(AppError::NotFound),
        _ => Ok(store::end_sessions(tx, person, keep, now)?),
    }
}

/// Ends every session of a person but one.
pub(super) fn end_sessions(
    tx: &mut Tx,
    person: PersonId,
    keep: Option<SessionId>,
    now: Moment,
) -> AppResult<usize> {
    Ok(store::end_sessions(tx, person, keep, now)?)
}

fn password_changed_at(conn: &mut Conn, person: PersonId) -> AppResult<Option<Moment>> {
    Ok(store::password_changed_at(conn, person)?)
}
