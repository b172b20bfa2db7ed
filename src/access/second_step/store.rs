//! Authenticator secrets and recovery codes in the database.

use diesel::prelude::*;

use crate::db::schema::{person, recovery_code, second_step, user_session};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{PersonId, SessionId};
use crate::{load_for_update, on_each};

/// What is kept of a person's second step.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Row {
    pub(super) secret: String,
    pub(super) created_at: Moment,
    pub(super) confirmed_at: Option<Moment>,
    pub(super) last_step: i64,
}

const ROW: (second_step::secret, second_step::created_at, second_step::confirmed_at, second_step::last_step) =
    (second_step::secret, second_step::created_at, second_step::confirmed_at, second_step::last_step);

pub(super) fn find(conn: &mut Conn, person: PersonId) -> DbResult<Option<Row>> {
    Ok(second_step::table.find(person).select(ROW).first(conn).optional()?)
}

/// Nobody else takes a code of this person until the transaction ends.
pub(super) fn lock(tx: &mut Tx, person: PersonId) -> DbResult<Option<Row>> {
    let rows: Vec<Row> = load_for_update!(&mut **tx, second_step::table.find(person).select(ROW))?;
    Ok(rows.into_iter().next())
}

pub(super) fn delete(tx: &mut Tx, person: PersonId) -> DbResult<usize> {
    diesel::delete(recovery_code::table.filter(recovery_code::person_id.eq(person))).execute(&mut **tx)?;
    Ok(diesel::delete(second_step::table.find(person)).execute(&mut **tx)?)
}

pub(super) fn insert(tx: &mut Tx, person: PersonId, secret: &str, now: Moment) -> DbResult<()> {
    diesel::insert_into(second_step::table)
        .values((
            second_step::person_id.eq(person),
            second_step::secret.eq(secret),
            second_step::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn confirm(tx: &mut Tx, person: PersonId, now: Moment) -> DbResult<()> {
    diesel::update(second_step::table.find(person))
        .set(second_step::confirmed_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn set_last_step(tx: &mut Tx, person: PersonId, step: i64) -> DbResult<()> {
    diesel::update(second_step::table.find(person))
        .set(second_step::last_step.eq(step))
        .execute(&mut **tx)?;
    Ok(())
}

/// Puts these codes in place of those there were.
pub(super) fn replace_codes(tx: &mut Tx, person: PersonId, hashes: &[String]) -> DbResult<()> {
    diesel::delete(recovery_code::table.filter(recovery_code::person_id.eq(person))).execute(&mut **tx)?;
    let rows: Vec<_> = hashes
        .iter()
        .map(|hash| (recovery_code::person_id.eq(person), recovery_code::code_hash.eq(hash)))
        .collect();
    on_each!(**tx, conn => diesel::insert_into(recovery_code::table).values(&rows).execute(conn))?;
    Ok(())
}

/// Marks a code as used; `false` when it is none, or was used before.
pub(super) fn use_code(tx: &mut Tx, person: PersonId, hash: &str, now: Moment) -> DbResult<bool> {
    let code = recovery_code::table
        .filter(recovery_code::person_id.eq(person))
        .filter(recovery_code::code_hash.eq(hash))
        .filter(recovery_code::used_at.is_null());
    Ok(diesel::update(code).set(recovery_code::used_at.eq(now)).execute(&mut **tx)? == 1)
}

pub(super) fn codes_left(conn: &mut Conn, person: PersonId) -> DbResult<i64> {
    Ok(recovery_code::table
        .filter(recovery_code::person_id.eq(person))
        .filter(recovery_code::used_at.is_null())
        .count()
        .get_result(conn)?)
}

/// Whose password was right and whose code is awaited in this session.
pub(super) fn waiting(conn: &mut Conn, id: SessionId, now: Moment) -> DbResult<Option<(PersonId, String)>> {
    Ok(user_session::table
        .inner_join(person::table)
        .filter(user_session::id.eq(id))
        .filter(user_session::waits_for_code.eq(true))
        .filter(user_session::ended_at.is_null())
        .filter(user_session::expires_at.gt(now))
        .filter(person::disabled_at.is_null())
        .select((person::id, person::email))
        .first(conn)
        .optional()?)
}
