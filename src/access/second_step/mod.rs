//! Sign-in in two steps: after the password, a code of an authenticator app, or one of ten recovery codes.
//!
//! The app's secret is sealed with the instance's key. Under another key no code can be checked, which is said in
//! words; recovery codes are kept as hashes and open the door all the same.

mod pages;
mod routes;
mod store;
mod totp;

use chrono::TimeDelta;
use secrecy::SecretSlice;

pub(super) use routes::{code_page, routes};

use super::token::hash_of;
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::{PersonId, SessionId};
use crate::kernel::{Moment, Seal, SealError};

/// How many recovery codes one is given.
const CODES: usize = 10;
/// Letters and digits that are not mistaken for one another: five bits each, but for one letter.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// How long a secret may be shown before its first code is given.
const SETTING_UP: TimeDelta = TimeDelta::minutes(15);

fn place(person: PersonId) -> String {
    format!("second_step:{person}")
}

fn unreadable(person: PersonId, error: SealError) -> AppError {
    tracing::error!(%person, %error, "the secret of an authenticator app cannot be read");
    AppError::Conflict(match error {
        SealError::OtherKey => "Codes of your authenticator app cannot be checked: Numberbank runs with another \
             secret key than the one your app's secret was sealed with. Use a recovery code, or ask whoever runs \
             Numberbank for the former NUMBERBANK_SECRET_KEY, or to turn your second step off with: numberbank user \
             two-steps-off"
            .into(),
        _ => "Codes of your authenticator app cannot be checked: what is stored of it is damaged. Use a recovery \
              code, or ask whoever runs Numberbank to turn your second step off with: numberbank user two-steps-off"
            .into(),
    })
}

/// Whether somebody is asked for a code.
///
/// # Errors
/// When the database fails.
pub(super) fn is_on(conn: &mut Conn, person: PersonId) -> AppResult<bool> {
    Ok(store::find(conn, person)?.is_some_and(|row| row.confirmed_at.is_some()))
}

/// Whose code is awaited in this session.
fn waiting(conn: &mut Conn, session: SessionId, now: Moment) -> AppResult<Option<(PersonId, String)>> {
    Ok(store::waiting(conn, session, now)?)
}

/// Makes a secret to share with an app. Nothing is asked for until [`confirm`].
///
/// # Errors
/// [`AppError::Conflict`] when it is on already.
fn begin(tx: &mut Tx, seal: &Seal, person: PersonId, now: Moment) -> AppResult<()> {
    if store::lock(tx, person)?.is_some_and(|row| row.confirmed_at.is_some()) {
        return Err(AppError::Conflict("Sign-in in two steps is on already.".into()));
    }
    store::delete(tx, person)?;
    let secret = totp::new_secret();
    let sealed = seal
        .close(&place(person), secrecy::ExposeSecret::expose_secret(&secret))
        .map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(store::insert(tx, person, &sealed, now)?)
}

/// The secret that is being set up, for its page; `None` when none is, or too long ago.
fn being_set_up(
    conn: &mut Conn,
    seal: &Seal,
    person: PersonId,
    now: Moment,
) -> AppResult<Option<SecretSlice<u8>>> {
    let row = store::find(conn, person)?;
    let open = row.filter(|row| row.confirmed_at.is_none() && now - row.created_at < SETTING_UP);
    // One that cannot be read is simply made anew.
    Ok(open.and_then(|row| seal.open(&place(person), &row.secret).ok()))
}

/// Turns it on with the first code of the app. Answers the recovery codes, which cannot be read again.
///
/// # Errors
/// [`AppError::Invalid`] on `code`, [`AppError::Conflict`] when nothing is being set up.
fn confirm(tx: &mut Tx, seal: &Seal, person: PersonId, code: &str, now: Moment) -> AppResult<Vec<String>> {
    let stale = || AppError::Conflict("That took too long. Begin again.".into());
    let row = store::lock(tx, person)?.ok_or_else(stale)?;
    if row.confirmed_at.is_some() || now - row.created_at >= SETTING_UP {
        return Err(stale());
    }
    let secret = seal.open(&place(person), &row.secret).map_err(|error| unreadable(person, error))?;
    let Some(step) = totp::step_of(&secret, &plain(code), now, row.last_step) else {
        let words = "This is not the code the app shows now. If it stays so, set the clock of your phone.";
        return Err(AppError::Invalid(FieldErrors::one("code", words)));
    };
    store::set_last_step(tx, person, step)?;
    store::confirm(tx, person, now)?;
    new_codes(tx, person)
}

/// Takes a code of the app, or a recovery code, once.
///
/// # Errors
/// [`AppError::Conflict`] when codes of the app cannot be checked.
fn take(tx: &mut Tx, seal: &Seal, person: PersonId, given: &str, now: Moment) -> AppResult<bool> {
    let Some(row) = store::lock(tx, person)?.filter(|row| row.confirmed_at.is_some()) else {
        return Ok(false);
    };
    let given = plain(given);
    if given.len() != 6 {
        return Ok(store::use_code(tx, person, &code_hash(person, &given), now)?);
    }
    let secret = seal.open(&place(person), &row.secret).map_err(|error| unreadable(person, error))?;
    match totp::step_of(&secret, &given, now, row.last_step) {
        Some(step) => store::set_last_step(tx, person, step).map(|()| true).map_err(AppError::from),
        None => Ok(false),
    }
}

/// Makes new recovery codes; those there were open nothing any more.
fn new_codes(tx: &mut Tx, person: PersonId) -> AppResult<Vec<String>> {
    // Made twice at once, the later ones take the place of the earlier.
    store::lock(tx, person)?;
    let codes: Vec<String> = (0..CODES).map(|_| recovery_code()).collect();
    let hashes: Vec<String> = codes.iter().map(|code| code_hash(person, &plain(code))).collect();
    store::replace_codes(tx, person, &hashes)?;
    Ok(codes)
}

fn codes_left(conn: &mut Conn, person: PersonId) -> AppResult<i64> {
    Ok(store::codes_left(conn, person)?)
}

/// Asks for no code any more. Says whether one was asked for.
///
/// # Errors
/// When the database fails.
pub fn turn_off(tx: &mut Tx, person: PersonId) -> AppResult<bool> {
    Ok(store::delete(tx, person)? > 0)
}

/// Sixteen letters, 79 bits: nobody tries them all, not even who has the hashes.
fn recovery_code() -> String {
    let letter = || char::from(LETTERS[rand::random_range(0..LETTERS.len())]);
    let groups: Vec<String> = (0..4).map(|_| (0..4).map(|_| letter()).collect()).collect();
    groups.join("-")
}

fn code_hash(person: PersonId, plain: &str) -> String {
    hash_of(&format!("{person}:{plain}"))
}

/// Without what people put between letters.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}
