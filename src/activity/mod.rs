//! Who did what, when: one line for every deed of a person that others may want to know of.
//!
//! A number's own life is in its events; the log says what people did, in their words: "Bought 40 numbers in 313".

pub mod model;
mod pages;
mod routes;
mod store;

use std::collections::BTreeSet;

use crate::access::Actor;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{ActivityId, OrganizationId, PersonId};
use crate::state::Line;

pub use model::{Activity, Filter, From, Slice};
pub use routes::routes;

/// Writes a line, in the transaction that does the deed.
///
/// * `verb`: what kind of deed, in lower case with underscores, such as `order_placed`: people filter by it, so it
///   never changes once released.
/// * `subject`: the page it is about, below the organization's address, such as `/orders/0199…`; may be empty.
/// * `words`: the deed as a sentence without its subject and without a full stop, such as
///   `Ordered 40 numbers in 313 Detroit, MI`.
///
/// # Errors
/// A database error.
pub fn record(
    tx: &mut Tx,
    by: &Actor,
    verb: &'static str,
    subject: &str,
    words: &str,
    now: Moment,
) -> DbResult<()> {
    write(tx, (by.organization(), by.person(), verb, subject, words), now)
}

/// [`record`] for rooms below this one, which are handed it as a [`Chronicle`](crate::state::Chronicle): what people
/// do to their accounts concerns every organization they work in.
///
/// # Errors
/// A database error.
pub fn write(
    tx: &mut Tx,
    (organization, person, verb, subject, words): Line<'_>,
    now: Moment,
) -> DbResult<()> {
    let line = Activity {
        id: ActivityId::new(),
        at: now,
        person_id: person,
        verb: verb.to_owned(),
        subject: subject.to_owned(),
        words: words.to_owned(),
    };
    store::insert(tx, organization, &line)
}

/// A slice of the log, newest first.
///
/// # Errors
/// A database error; [`crate::db::DbError::NotFound`] when the line it goes on from is not of this organization.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: &Filter,
    from: From,
    limit: usize,
) -> DbResult<Slice> {
    store::list(conn, organization, filter, from, limit)
}

/// How many lines a filter finds.
///
/// # Errors
/// A database error.
pub fn how_many(conn: &mut Conn, organization: OrganizationId, filter: &Filter) -> DbResult<i64> {
    store::how_many(conn, organization, filter)
}

/// Who is in the log, and the kinds of deeds in it: what one may filter by.
///
/// # Errors
/// A database error.
pub fn choices(
    conn: &mut Conn,
    organization: OrganizationId,
) -> DbResult<(BTreeSet<PersonId>, BTreeSet<String>)> {
    store::choices(conn, organization)
}
