//! The carrier's side against ours: what it billed for numbers, what the ledger says, and why they may differ.
//!
//! A month and a kind at a time, never a sum of overlapping categories, and no difference is forced to zero. Compared
//! are only days that were over when the bill was read.

mod compare;
mod pages;
mod routes;
mod store;

use chrono::{Days, NaiveDate};

use crate::access::{Allowed, SeeSpend};
use crate::db::{Conn, DbResult};
use crate::ledger::usage::{self, Reading};
use crate::organizations::connection;

use super::Month;

pub use compare::{Compared, Kind, Line, MonthBill, Reason, Side};
pub use routes::routes;

/// So many months are compared with up to [`FEW_NUMBERS`] numbers, the chosen one last.
pub const MONTHS: u32 = 12;
/// With more numbers than these only the chosen month is.
pub const FEW_NUMBERS: i64 = 20_000;
/// So many changes of prices are shown.
const PRICES: i64 = 24;

/// Compares the bill of the present account with the ledger: the months up to `month`, newest first. A month that was
/// not read is left out.
///
/// # Errors
/// A database error.
pub fn compare(conn: &mut Conn, by: &Allowed<SeeSpend>, month: Month) -> DbResult<(Reading, Vec<MonthBill>)> {
    let place = connection::place_of(by);
    let reading = usage::reading(conn, &place)?;
    let (Some((first, _)), Some(through)) = (reading.known, reading.through()) else {
        return Ok((reading, Vec::new()));
    };
    let others = connection::sharing_with(conn, &place)?;
    let months = if store::numbers(conn, &place, &others)? > FEW_NUMBERS { 1 } else { MONTHS };
    let from = month.back(months - 1).first().max(first);
    let until = month.end().min(through + Days::new(1));
    if from >= until {
        return Ok((reading, Vec::new()));
    }
    let read = compare::Read {
        from,
        until,
        ledger: store::ledger(conn, &place, from, until)?,
        elsewhere: store::elsewhere(conn, &place, &others, from, until)?,
        billed: usage::billed(conn, &place, from, until)?,
        adopted: store::adopted(conn, &place, from)?,
        released: store::released(conn, &place, from, until)?,
    };
    Ok((reading, read.months()))
}

/// The last day that is compared, for words.
fn last_day(until: NaiveDate) -> NaiveDate {
    until - Days::new(1)
}
