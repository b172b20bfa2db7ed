//! Passwords and sessions of one person in the database.

use diesel::prelude::*;

use crate::db::schema::{person, user_session};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{PersonId, SessionId};

/// What a person's password is checked against.
pub(super) fn password_hash(conn: &mut Conn, id: PersonId) -> DbResult<Option<String>> {
    Ok(person::table
        .find(id)
        .filter(person::disabled_at.is_null())
        .select(person::password_hash)
        .first(conn)
        .optional()?)
}

/// When they changed their password, if ever.
pub(super) fn password_changed_at(conn: &mut Conn, id: PersonId) -> DbResult<Option<Moment>> {
    Ok(person::table.find(id).select(person::password_changed_at).first(conn)?)
}

/// Sets another password.
pub(super) fn set_password(tx: &mut Tx, id: PersonId, hash: &str, now: Moment) -> DbResult<usize> {
    Ok(diesel::update(person::table.find(id).filter(person::disabled_at.is_null()))
        .set((person::password_hash.eq(hash), person::password_changed_at.eq(now)))
        .execute(&mut **tx)?)
}

/// Ends the sessions of a person but one, those that wait for a code too. Says how many open ones there were.
pub(super) fn end_sessions(
    tx: &mut Tx,
    person: PersonId,
    keep: Option<SessionId>,
    now: Moment,
) -> DbResult<usize> {
    let open = user_session::table
        .filter(user_session::person_id.eq(person))
        .filter(user_session::ended_at.is_null())
        .filter(user_session::expires_at.gt(now));
    // No session has the empty id.
    let keep = keep.map(|id| id.to_string()).unwrap_or_default();
    let others = open.filter(user_session::id.ne(keep));
    diesel::update(others.clone().filter(user_session::waits_for_code.eq(true)))
        .set(user_session::ended_at.eq(now))
        .execute(&mut **tx)?;
    Ok(diesel::update(others).set(user_session::ended_at.eq(now)).execute(&mut **tx)?)
}
