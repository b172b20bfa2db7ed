//! Time is an argument: everything that needs "now" is given a [`Clock`].

use std::sync::{Arc, Mutex};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike};

/// A point in time: UTC, whole microseconds (what both databases keep).
pub type Moment = NaiveDateTime;

/// Tells the time. Clones share it, so a test that moves one moves all.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<Mutex<Moment>>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Source::System)
    }
    /// A clock that stands still until [`advance`](Self::advance) moves it.
    pub fn manual(start: Moment) -> Clock {
        Clock(Source::Manual(Arc::new(Mutex::new(truncate(start)))))
    }
    /// Now, truncated to microseconds.
    #[allow(clippy::disallowed_methods)]
    pub fn now(&self) -> Moment {
        match &self.0 {
            Source::System => truncate(chrono::Utc::now().naive_utc()),
            Source::Manual(moment) => *moment.lock().unwrap_or_else(|poisoned| poisoned.into_inner()),
        }
    }
    /// Today in UTC, as carriers bill.
    pub fn today(&self) -> NaiveDate {
        self.now().date()
    }
    /// Moves a manual clock; the machine's clock does not move.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Manual(moment) = &self.0 {
            let mut moment = moment.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            *moment = truncate(*moment + by);
        }
    }
}

/// Cuts a time to whole microseconds: SQLite would keep nanoseconds, PostgreSQL would not.
pub fn truncate(moment: NaiveDateTime) -> Moment {
    moment.with_nanosecond(moment.nanosecond() / 1000 * 1000).unwrap_or(moment)
}

/// The renewal date a month after `date`: the same day, or the month's last day when it is shorter.
/// A number bought on the 31st renews on the 28th after February and stays there
/// (Twilio help article 223182908).
pub fn next_month(date: NaiveDate) -> NaiveDate {
    date.checked_add_months(chrono::Months::new(1)).unwrap_or(NaiveDate::MAX)
}

/// The month of something that began on `first` in which `day` lies: its first day and the day after its last. Days
/// before `first` are of the first month.
pub fn month_around(first: NaiveDate, day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let (mut begin, mut end) = (first, next_month(first));
    while end <= day && end < NaiveDate::MAX {
        (begin, end) = (end, next_month(end));
    }
    (begin, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn renewal_drifts_to_a_short_months_last_day_and_stays() {
        assert_eq!(next_month(day("2026-01-31")), day("2026-02-28"));
        assert_eq!(next_month(day("2026-02-28")), day("2026-03-28"));
        assert_eq!(next_month(day("2028-01-30")), day("2028-02-29"));
        assert_eq!(next_month(day("2026-12-15")), day("2027-01-15"));
    }

    #[test]
    fn the_month_around_a_day_follows_the_drift_of_its_first_day() {
        let around = |first, on| month_around(day(first), day(on));
        assert_eq!(around("2026-10-10", "2026-11-22"), (day("2026-11-10"), day("2026-12-10")));
        assert_eq!(around("2026-10-10", "2026-11-10"), (day("2026-11-10"), day("2026-12-10")));
        assert_eq!(around("2026-10-10", "2026-11-09"), (day("2026-10-10"), day("2026-11-10")));
        // Of the 31st came the 28th, which it keeps.
        assert_eq!(around("2025-12-31", "2026-03-30"), (day("2026-03-28"), day("2026-04-28")));
        assert_eq!(around("2026-11-23", "2026-11-22"), (day("2026-11-23"), day("2026-12-23")));
    }

    #[test]
    fn manual_clock_moves_for_all_its_clones() {
        let clock = Clock::manual(day("2026-11-22").and_hms_nano_opt(1, 2, 3, 4_567).unwrap());
        let other = clock.clone();
        assert_eq!(clock.now().nanosecond(), 4_000);
        clock.advance(TimeDelta::days(1));
        assert_eq!(other.today(), day("2026-11-23"));
    }
}
