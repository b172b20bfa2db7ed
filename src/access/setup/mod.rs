//! The door to an empty database: a token that whoever starts Numberbank reads in its log. Each instance that starts
//! adds its own, so that every log has one that holds; all are over once there is an organization.

mod store;

use super::token::{Token, hash_of, same};
use crate::db::Tx;
use crate::error::AppResult;
use crate::kernel::Moment;

/// So many of the newest hold: one that restarts again and again does not fill the table.
const HOLD: i64 = 10;

/// Adds a token that holds until there is an organization.
///
/// # Errors
/// When the database fails.
pub fn add_setup_token(tx: &mut Tx, token: &Token, now: Moment) -> AppResult<()> {
    store::insert(tx, &token.hash(), now)?;
    Ok(store::keep_newest(tx, HOLD)?)
}

/// Whether a token holds. Nobody else can set up until the transaction ends.
///
/// # Errors
/// When the database fails.
pub fn lock_setup(tx: &mut Tx, given: &str) -> AppResult<bool> {
    let given = hash_of(given.trim());
    // All are compared, each in constant time.
    let fitting = store::lock(tx)?.iter().filter(|hash| same(hash, &given)).count();
    Ok(fitting > 0)
}

/// No token holds any more.
///
/// # Errors
/// When the database fails.
pub fn close_setup(tx: &mut Tx) -> AppResult<()> {
    Ok(store::clear(tx)?)
}
