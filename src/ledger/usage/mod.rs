//! The carrier's side of the money: what it says an account was billed, by day and category, kept as it was said.
//!
//! A job reads it every day, the last days again because they settle late, and everything since the ledger began the
//! first time. It may be late, dropped at any point, or run twice: each stretch of days is replaced as a whole.

mod jobs;
mod store;

use chrono::{Days, NaiveDate};

use crate::db::{Conn, DbResult, Tx};
use crate::kernel::{Micros, Moment};
use crate::organizations::connection::Place;
use crate::providers::Usage;

pub use jobs::{ReadAllUsage, ReadUsage, enqueue_daily, read_soon};

/// So many days are read again: late ones still change.
pub const AGAIN: Days = Days::new(3);
/// At most so far back the first reading goes.
pub const BACK: Days = Days::new(366);
/// Days asked for at once.
const STRETCH: Days = Days::new(31);

/// How far an account's usage is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The first and the last day that were read; days between them without a record had none.
    pub known: Option<(NaiveDate, NaiveDate)>,
    /// When it was read last.
    pub read_at: Option<Moment>,
    /// Why it could not be read the last time, and when that was.
    pub refused: Option<(Moment, String)>,
}

impl Reading {
    /// The last day of which all is known: one that was over when it was read.
    pub fn through(&self) -> Option<NaiveDate> {
        let ((_, last), read_at) = (self.known?, self.read_at?);
        Some(last.min(read_at.date() - Days::new(1)))
    }
}

/// How far the usage of an organization's account is known.
///
/// # Errors
/// A database error.
pub fn reading(conn: &mut Conn, place: &Place) -> DbResult<Reading> {
    store::reading(conn, place)
}

/// What was billed in a category on the days `from..until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billed {
    /// The month's first day.
    pub month: NaiveDate,
    /// The carrier's word.
    pub category: String,
    /// How many charges, messages or whatever it counts.
    pub count: i64,
    /// How much.
    pub amount: Micros,
}

/// What was billed on the days `from..until`, by month and category; categories overlap.
///
/// # Errors
/// A database error.
pub fn billed(conn: &mut Conn, place: &Place, from: NaiveDate, until: NaiveDate) -> DbResult<Vec<Billed>> {
    store::billed(conn, place, from, until)
}

/// Keeps what the carrier said of the days `from..=to`, instead of what it said of them before.
fn keep(
    tx: &mut Tx,
    place: &Place,
    (from, to): (NaiveDate, NaiveDate),
    usage: &[Usage],
    now: Moment,
) -> DbResult<()> {
    store::replace(tx, place, from, to, usage, now)?;
    let known = store::reading(tx, place)?.known;
    let first = known.map_or(from, |(first, _)| first.min(from));
    let last = known.map_or(to, |(_, last)| last.max(to));
    store::write_known(tx, place, (first, last), now)
}

/// The next days to read; `None` when all is known until today. `first` is where the ledger begins.
fn next_stretch(
    known: Option<(NaiveDate, NaiveDate)>,
    since: Option<NaiveDate>,
    first: Option<NaiveDate>,
    today: NaiveDate,
) -> Option<(NaiveDate, NaiveDate)> {
    let begin = match (since, known) {
        // Goes on where this run stands.
        (Some(read), _) => read + Days::new(1),
        // The last day was not over when it was read, and those before it may not have been settled.
        (None, Some((_, last))) => (last + Days::new(1) - AGAIN).min(today),
        (None, None) => {
            let first = first.unwrap_or(today).max(today - BACK).min(today);
            chrono::Datelike::with_day(&first, 1).unwrap_or(first)
        }
    };
    (begin <= today).then(|| (begin, (begin + STRETCH - Days::new(1)).min(today)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn stretches_meet_and_go_back_a_few_days() {
        let today = day("2026-11-22");
        let mut stretches = Vec::new();
        let mut since = None;
        while let Some((from, to)) = next_stretch(None, since, Some(day("2026-09-15")), today) {
            stretches.push((from.to_string(), to.to_string()));
            since = Some(to);
        }
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(
            stretches,
            [
                pair("2026-09-01", "2026-10-01"),
                pair("2026-10-02", "2026-11-01"),
                pair("2026-11-02", "2026-11-22"),
            ]
        );
        // A day later the last days again; after a pause all of it.
        let again =
            |last: &str| next_stretch(Some((day("2026-09-01"), day(last))), None, None, today).unwrap();
        assert_eq!(again("2026-11-22"), (day("2026-11-20"), today));
        assert_eq!(again("2026-11-21"), (day("2026-11-19"), today));
        assert_eq!(again("2026-11-10"), (day("2026-11-08"), today));
        // Without a ledger the month is read; never more than a year.
        assert_eq!(next_stretch(None, None, None, today).unwrap().0, day("2026-11-01"));
        assert_eq!(next_stretch(None, None, Some(day("2020-01-01")), today).unwrap().0, day("2025-11-01"));
    }

    #[test]
    fn a_day_is_complete_when_it_was_over_as_it_was_read() {
        let reading = |last: &str, at: &str| Reading {
            known: Some((day("2026-11-01"), day(last))),
            read_at: Some(at.parse().unwrap()),
            refused: None,
        };
        assert_eq!(reading("2026-11-22", "2026-11-22T05:00:00").through(), Some(day("2026-11-21")));
        assert_eq!(reading("2026-11-10", "2026-11-22T05:00:00").through(), Some(day("2026-11-10")));
        assert_eq!(Reading::default().through(), None);
    }
}
