//! A new password for somebody who lost theirs: by a link that holds once and for a day, made by an owner for a
//! member, or by the console.

mod pages;
mod routes;
mod store;

use chrono::TimeDelta;

pub(super) use routes::routes;

use super::account;
use super::allowed::Allowed;
use super::invitations::LinkState;
use super::people::find_person;
use super::role::ManageOrganization;
use super::store::Person;
use super::token::{Token, hash_of};
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::Moment;
use crate::kernel::ids::PersonId;

/// How long a link holds.
const HOLDS: TimeDelta = TimeDelta::hours(24);

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
) -> AppResult<Person> {
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
    put(tx, person, Some(by.person_id()), token, now)?;
    Ok(member)
}

/// Makes a link from the console, for anybody.
///
/// # Errors
/// [`AppError::Invalid`] on `email` when there is nobody with that address.
pub fn make_reset_from_console(tx: &mut Tx, email: &str, token: &Token, now: Moment) -> AppResult<PersonId> {
    let person = find_person(tx, email)?;
    put(tx, person, None, token, now)?;
    Ok(person)
}

fn put(
    tx: &mut Tx,
    person: PersonId,
    made_by: Option<PersonId>,
    token: &Token,
    now: Moment,
) -> AppResult<()> {
    store::withdraw_of(tx, person, now)?;
    Ok(store::insert(tx, person, &token.hash(), made_by, now, now + HOLDS)?)
}

/// Withdraws the link of somebody who can reach more from now on: whoever made it may not reach that.
pub(super) fn withdraw_of(tx: &mut Tx, person: PersonId, now: Moment) -> AppResult<()> {
    Ok(store::withdraw_of(tx, person, now)?)
}

/// Withdraws what somebody made who is an owner no more.
pub(super) fn withdraw_by(tx: &mut Tx, person: PersonId, now: Moment) -> AppResult<()> {
    Ok(store::withdraw_by(tx, person, now)?)
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

/// Sets the password and ends every session. The second step, where there is one, stays.
fn use_up(tx: &mut Tx, token: &str, password_hash: &str, now: Moment) -> AppResult<PersonId> {
    store::lock(tx, &hash_of(token))?;
    let reset = find(tx, token, now)?;
    if reset.state != LinkState::Open {
        return Err(AppError::Conflict("This link does not hold any more.".into()));
    }
    store::mark_used(tx, reset.row.id, now)?;
    account::set_password(tx, reset.row.person, password_hash, None, now)?;
    Ok(reset.row.person)
}
