//! A calendar month in UTC, as carriers bill.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};

/// A month, UTC. A charge belongs to the month in which its period starts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// The month a day falls in.
    pub fn of(day: NaiveDate) -> Month {
        Month(day.with_day(1).unwrap_or(day))
    }
    /// Reads `2026-11`: four digits, a hyphen, two digits.
    pub fn parse(text: &str) -> Option<Month> {
        let (year, month) = text.split_once('-')?;
        let digits =
            |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1).map(Month)
    }
    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.0
    }
    /// The first day of the month after it.
    pub fn end(self) -> NaiveDate {
        self.next().0
    }
    /// The month after it.
    pub fn next(self) -> Month {
        Month(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }
    /// The month before it.
    pub fn previous(self) -> Month {
        self.back(1)
    }
    /// The month so many months before it.
    pub fn back(self, months: u32) -> Month {
        Month(self.0.checked_sub_months(Months::new(months)).unwrap_or(self.0))
    }
    /// It and those after it up to another one, with it.
    pub fn to(self, last: Month) -> impl Iterator<Item = Month> {
        std::iter::successors(Some(self), |month| Some(month.next())).take_while(move |month| *month <= last)
    }
    /// `November 2026`.
    pub fn words(self) -> String {
        self.0.format("%B %Y").to_string()
    }
    /// `November`.
    pub fn name(self) -> String {
        self.0.format("%B").to_string()
    }
    /// `Nov`.
    pub fn short(self) -> String {
        self.0.format("%b").to_string()
    }
}

/// `2026-11`, as it stands in addresses.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}
impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Month({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_strictly_and_written_back() {
        for text in ["2026-11", "2028-02", "0001-01"] {
            assert_eq!(Month::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "+026-11", "2026-11-01", "2026-+1"]
        {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn months_follow_one_another_over_the_year() {
        let month = Month::of("2026-12-31".parse().unwrap());
        assert_eq!(month.next().to_string(), "2027-01");
        assert_eq!(month.end(), "2027-01-01".parse().unwrap());
        assert_eq!(month.back(12).to_string(), "2025-12");
        let four: Vec<String> = month.to(month.next().next().next()).map(|month| month.to_string()).collect();
        assert_eq!(four, ["2026-12", "2027-01", "2027-02", "2027-03"]);
        assert_eq!(month.to(month.previous()).count(), 0);
        assert_eq!((month.words().as_str(), month.short().as_str()), ("December 2026", "Dec"));
    }
}
