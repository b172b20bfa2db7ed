//! The door to an empty database: a token that whoever starts Numberbank reads in its log.
//!
//! The rule: each instance that starts on an empty database, and `numberbank setup-token`, adds a token of its own, so
//! that every log has one that holds. A token holds for 24 hours, or until the first owner is made, which ends all of
//! them. At most ten hold at a time: the newest.

mod store;

use chrono::TimeDelta;

use super::token::{Token, hash_of, same};
use crate::db::Tx;
use crate::error::AppResult;
use crate::kernel::Moment;

/// So many of the newest hold: one that restarts again and again does not fill the table.
const HOLD: i64 = 10;

/// How long one holds.
const LASTS: TimeDelta = TimeDelta::hours(24);

/// Adds a token that holds for 24 hours, or until there is an organization.
///
/// # Errors
/// When the database fails.
pub fn add_setup_token(tx: &mut Tx, token: &Token, now: Moment) -> AppResult<()> {
    store::forget_made_by(tx, now - LASTS)?;
    store::insert(tx, &token.hash(), now)?;
    Ok(store::keep_newest(tx, HOLD)?)
}

/// Whether a token holds. Nobody else can set up until the transaction ends.
///
/// # Errors
/// When the database fails.
pub fn lock_setup(tx: &mut Tx, given: &str, now: Moment) -> AppResult<bool> {
    let given = hash_of(given.trim());
    // All are compared, each in constant time.
    let fitting =
        store::lock(tx)?.iter().filter(|(hash, made)| same(hash, &given) & (now - *made < LASTS)).count();
    Ok(fitting > 0)
}

/// No token holds any more.
///
/// # Errors
/// When the database fails.
pub fn close_setup(tx: &mut Tx) -> AppResult<()> {
    Ok(store::clear(tx)?)
}
