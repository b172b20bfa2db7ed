//! A new password for somebody who lost theirs: by a link that holds once, made by an owner for a member or by the
//! console, for a day; or, where a mail server is set, asked for on the sign-in page and sent by e-mail, for an hour.
//! Of each person one link holds, the newest.

mod forgotten;
mod jobs;
mod letter;
mod pages;
mod routes;
mod store;

use std::collections::BTreeMap;

use chrono::TimeDelta;

pub use jobs::SendResetLink;
pub use letter::{Why, letter as reset_letter};

/// The routes of this room.
pub(super) fn routes(config: &mut actix_web::web::ServiceConfig) {
    config.configure(routes::routes).configure(forgotten::routes);
}

use super::account;
use super::allowed::Allowed;
use super::invitations::LinkState;
use super::notices::note;
use super::people::find_person;
use super::role::ManageOrganization;
use super::store::Person;
use super::token::{Token, hash_of};
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::Moment;
use crate::kernel::ids::{PersonId, ResetId};
use crate::mail;
use crate::state::Chronicle;

/// How long a link holds that an owner or the console made.
const HOLDS: TimeDelta = TimeDelta::hours(24);
/// How long one holds that was asked for on the sign-in page: it goes by e-mail at once.
const ASKED_HOLDS: TimeDelta = TimeDelta::hours(1);

/// A link that was just made.
#[derive(Debug, Clone)]
pub struct MadeReset {
    /// Its id.
    pub id: ResetId,
    /// Whose password it is for.
    pub person: Person,
    /// Until when it holds.
    pub expires_at: Moment,
}

/// What e-mails that carry a link for a new password are about.
pub fn about_reset(id: ResetId) -> String {
    format!("password_reset/{id}")
}

/// What is not sent yet of these is not sent any more.
fn drop_mail(tx: &mut Tx, ids: &[ResetId], now: Moment) -> AppResult<()> {
    let about: Vec<String> = ids.iter().map(|id| about_reset(*id)).collect();
    Ok(mail::drop_about(tx, &about, now)?)
}

/// Makes a link for a member. One that they were given before opens nothing any more.
///
/// # Errors
/// [`AppError::NotFound`] for somebody who is no member; [`AppError::Conflict`] when the link would open more than
/// this owner may: another organization, or everything.
pub fn make_reset(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    person: PersonId,
    token: &Token,
    now: Moment,
) -> AppResult<MadeReset> {
    // Whoever lets them reach more just now is waited for, or finds the link and withdraws it.
    store::lock_person(tx, person)?;
    let member = store::member(tx, by.organization_id(), person)?.ok_or(AppError::NotFound)?;
    if person == by.person_id() {
        return Err(AppError::Conflict("Change your own password on your account's page.".into()));
    }
    if member.is_operator || store::places_beyond(tx, person, by.person_id())? > 0 {
        let words = format!(
            "{} can reach more than this organization, so only whoever runs Numberbank may make this link: \
             numberbank user reset-link",
            member.name
        );
        return Err(AppError::Conflict(words));
    }
    put(tx, member, Some(by.person_id()), (token, HOLDS), now)
}

/// Makes a link from the console, for anybody; the log says so.
///
/// # Errors
/// [`AppError::Invalid`] on `email` when there is nobody with that address.
pub fn make_reset_from_console(
    tx: &mut Tx,
    chronicle: Chronicle,
    email: &str,
    token: &Token,
    now: Moment,
) -> AppResult<MadeReset> {
    let person = find_person(tx, email)?;
    let person = store::person(tx, person)?.ok_or(AppError::NotFound)?;
    let words = format!("Made a link for a new password of {}, at the console", person.name);
    note(tx, chronicle, person.id, None, ("reset_link_made", &words), now)?;
    put(tx, person, None, (token, HOLDS), now)
}

fn put(
    tx: &mut Tx,
    person: Person,
    made_by: Option<PersonId>,
    (token, holds): (&Token, TimeDelta),
    now: Moment,
) -> AppResult<MadeReset> {
    withdraw_of(tx, person.id, now)?;
    let expires_at = now + holds;
    let id = store::insert(tx, person.id, &token.hash(), made_by, now, expires_at)?;
    Ok(MadeReset { id, person, expires_at })
}

/// Withdraws the link of somebody who can reach more from now on: whoever made it may not reach that.
pub(super) fn withdraw_of(tx: &mut Tx, person: PersonId, now: Moment) -> AppResult<()> {
    let withdrawn = store::withdraw_of(tx, person, now)?;
    drop_mail(tx, &withdrawn, now)
}

/// Withdraws what somebody made who is an owner no more.
pub(super) fn withdraw_by(tx: &mut Tx, person: PersonId, now: Moment) -> AppResult<()> {
    let withdrawn = store::withdraw_by(tx, person, now)?;
    drop_mail(tx, &withdrawn, now)
}

/// The links that hold for members, for what became of their e-mails.
///
/// # Errors
/// When the database fails.
pub fn open_resets(
    conn: &mut Conn,
    by: &Allowed<ManageOrganization>,
    now: Moment,
) -> AppResult<BTreeMap<PersonId, ResetId>> {
    Ok(store::open(conn, by.organization_id(), now)?.into_iter().collect())
}

/// A link, as it is found.
struct Reset {
    row: store::Row,
    state: LinkState,
}

fn find(conn: &mut Conn, token: &str, now: Moment) -> AppResult<Reset> {
    let row = store::by_token(conn, &hash_of(token))?.ok_or(AppError::NotFound)?;
    let state = match () {
        () if row.used_at.is_some() => LinkState::Used,
        () if row.withdrawn_at.is_some() => LinkState::Withdrawn,
        () if row.expires_at <= now => LinkState::Expired,
        () => LinkState::Open,
    };
    Ok(Reset { row, state })
}

/// Sets the password and ends every session; the log says so. The second step, where there is one, stays.
fn use_up(
    tx: &mut Tx,
    chronicle: Chronicle,
    token: &str,
    password_hash: &str,
    now: Moment,
) -> AppResult<PersonId> {
    store::lock(tx, &hash_of(token))?;
    let reset = find(tx, token, now)?;
    if reset.state != LinkState::Open {
        return Err(AppError::Conflict("This link does not hold any more.".into()));
    }
    store::mark_used(tx, reset.row.id, now)?;
    let person = reset.row.person;
    drop_mail(tx, &[reset.row.id], now)?;
    account::set_password(tx, person, password_hash, None, now)?;
    note(tx, chronicle, person, Some(person), ("reset_link_used", "Set a new password by a link"), now)?;
    Ok(person)
}
