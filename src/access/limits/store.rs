//! The rows of `sign_in_limit`.

use diesel::prelude::*;

use crate::db::schema::sign_in_limit as l;
use crate::db::{DbResult, Tx};
use crate::kernel::Moment;
use crate::{load_for_update, on_each};

/// Until when the past failures of an account count; nobody else changes that until the transaction ends.
pub(super) fn lock(tx: &mut Tx, key_hash: &str, now: Moment) -> DbResult<Moment> {
    // The row first: two who come first together must not both find none.
    let row = (l::key_hash.eq(key_hash), l::counts_until.eq(now));
    on_each!(**tx, conn => diesel::insert_into(l::table)
        .values(row)
        .on_conflict(l::key_hash)
        .do_nothing()
        .execute(conn))?;
    let found: Vec<Moment> =
        load_for_update!(&mut **tx, l::table.find(key_hash.to_owned()).select(l::counts_until))?;
    Ok(found.first().copied().unwrap_or(now))
}

pub(super) fn put(tx: &mut Tx, key_hash: &str, counts_until: Moment) -> DbResult<()> {
    diesel::update(l::table.find(key_hash)).set(l::counts_until.eq(counts_until)).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn forget(tx: &mut Tx, now: Moment) -> DbResult<()> {
    diesel::delete(l::table.filter(l::counts_until.lt(now))).execute(&mut **tx)?;
    Ok(())
}
