//! Which months are to be added up again. Whoever changes what a month's cost is made of (a charge, who held a
//! number when, a reservation, a rest) says so here in the same transaction; `spend` adds the months up anew and
//! forgets what it was told. Rows are only added, so that writers never wait for one another.

mod store;

use chrono::{Datelike, NaiveDate, TimeDelta};

use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, TouchId};

/// Months that are to be added up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// Which note says so.
    pub id: TouchId,
    /// The first day of the first of them.
    pub first: NaiveDate,
    /// The first day of the last of them; `None` when it is every month since.
    pub last: Option<NaiveDate>,
}

/// A month's charge is of at most so many days, so what happens on a day changes no charge that began earlier.
const LONGEST: TimeDelta = TimeDelta::days(31);

fn month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// A charge came whose first day is this.
///
/// # Errors
/// A database error.
pub fn charged(tx: &mut Tx, organization: OrganizationId, day: NaiveDate) -> DbResult<()> {
    store::insert(tx, organization, month(day), Some(month(day)))
}

/// From then on numbers are held by somebody else, or by nobody.
///
/// # Errors
/// A database error.
pub fn held(tx: &mut Tx, organization: OrganizationId, at: Moment) -> DbResult<()> {
    store::insert(tx, organization, month(at.date() - LONGEST), None)
}

/// What is to be added up again.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<Touched>> {
    store::of(conn, organization)
}

/// The same without its notes, each span of months once: first days of the first and of the last.
///
/// # Errors
/// A database error.
pub fn spans(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<(NaiveDate, Option<NaiveDate>)>> {
    store::spans(conn, organization)
}

/// The organizations with months to be added up again.
///
/// # Errors
/// A database error.
pub fn organizations(conn: &mut Conn) -> DbResult<Vec<OrganizationId>> {
    store::organizations(conn)
}

/// These notes have been followed.
///
/// # Errors
/// A database error.
pub fn followed(tx: &mut Tx, notes: &[TouchId]) -> DbResult<()> {
    store::delete(tx, notes)
}
