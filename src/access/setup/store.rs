//! The tokens of `/setup` in the database.

use diesel::prelude::*;

use crate::db::schema::setup_token;
use crate::db::{DbResult, Tx};
use crate::kernel::Moment;
use crate::load_for_update;

pub(super) fn insert(tx: &mut Tx, hash: &str, now: Moment) -> DbResult<()> {
    diesel::insert_into(setup_token::table)
        .values((setup_token::token_hash.eq(hash), setup_token::created_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Forgets all but the newest.
pub(super) fn keep_newest(tx: &mut Tx, how_many: i64) -> DbResult<()> {
    let newest: Vec<String> = setup_token::table
        .order((setup_token::created_at.desc(), setup_token::token_hash))
        .limit(how_many)
        .select(setup_token::token_hash)
        .load(&mut **tx)?;
    diesel::delete(setup_token::table.filter(setup_token::token_hash.ne_all(newest))).execute(&mut **tx)?;
    Ok(())
}

/// Forgets those made at this moment or before.
pub(super) fn forget_made_by(tx: &mut Tx, moment: Moment) -> DbResult<()> {
    diesel::delete(setup_token::table.filter(setup_token::created_at.le(moment))).execute(&mut **tx)?;
    Ok(())
}

/// All of them, and when they were made; nobody else sets up until the transaction ends.
pub(super) fn lock(tx: &mut Tx) -> DbResult<Vec<(String, Moment)>> {
    Ok(load_for_update!(
        &mut **tx,
        setup_token::table
            .order(setup_token::token_hash)
            .select((setup_token::token_hash, setup_token::created_at))
    )?)
}

pub(super) fn clear(tx: &mut Tx) -> DbResult<()> {
    diesel::delete(setup_token::table).execute(&mut **tx)?;
    Ok(())
}
