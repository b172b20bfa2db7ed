//! How values are written for people. [`filters`](super::filters) brings these into templates.

use chrono::{Datelike, NaiveDate, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::kernel::money::group_thousands;
use crate::kernel::{E164, Micros, Moment};

/// Now, and where: what it takes to write a time for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The moment the page is made.
    pub now: Moment,
    /// The organization's time zone.
    pub zone: Tz,
}

impl Default for Times {
    /// The epoch, in UTC: for pages that show no times.
    fn default() -> Times {
        Times { now: Moment::default(), zone: Tz::UTC }
    }
}

impl Times {
    /// `22 November 2026, 14:41 EST`.
    pub fn exact(&self, moment: Moment) -> String {
        self.zone.from_utc_datetime(&moment).format("%-d %B %Y, %H:%M %Z").to_string()
    }
    /// `14:41` today, `tomorrow 14:41`, else `3 June 14:41`, with the year when it is another one.
    pub fn clock(&self, moment: Moment) -> String {
        let then = self.zone.from_utc_datetime(&moment);
        let today = self.zone.from_utc_datetime(&self.now).date_naive();
        let time = then.format("%H:%M");
        match (then.date_naive() - today).num_days() {
            0 => time.to_string(),
            1 => format!("tomorrow {time}"),
            -1 => format!("yesterday {time}"),
            _ => format!("{} {time}", self.day(then.date_naive())),
        }
    }
    /// `3 June`, with the year when it is not the present one.
    pub fn day(&self, date: NaiveDate) -> String {
        let this_year = self.zone.from_utc_datetime(&self.now).year();
        let pattern = if date.year() == this_year { "%-d %B" } else { "%-d %B %Y" };
        date.format(pattern).to_string()
    }
    /// The day a moment falls on here.
    pub fn local_date(&self, moment: Moment) -> NaiveDate {
        self.zone.from_utc_datetime(&moment).date_naive()
    }
    /// `3 minutes ago`, `in 2 days`; a date when it is more than four weeks away.
    pub fn relative(&self, moment: Moment) -> String {
        let away = moment - self.now;
        // What was written while the page was made lies a little ahead of it.
        let (past, seconds) = (away <= TimeDelta::seconds(5), away.num_seconds().unsigned_abs());
        if seconds < 45 {
            return if past { "just now" } else { "in a moment" }.to_owned();
        }
        if seconds > 28 * 86_400 {
            let day = self.day(self.local_date(moment));
            return if past { day } else { format!("on {day}") };
        }
        let words = duration(seconds);
        if past { format!("{words} ago") } else { format!("in {words}") }
    }
    /// The whole element: relative words, the exact time in the title, a machine's form in `datetime`.
    pub fn element(&self, moment: Moment, words: &str) -> String {
        let (machine, exact) = (moment.format("%Y-%m-%dT%H:%M:%SZ"), self.exact(moment));
        format!("<time datetime=\"{machine}\" title=\"{exact}\">{words}</time>")
    }
}

/// `40 seconds`, `3 minutes`, `5 hours`, `2 days`: one unit, rounded.
pub fn duration(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..45 => (seconds, "second"),
        45..2_700 => (((seconds + 30) / 60).max(1), "minute"),
        2_700..79_200 => (((seconds + 1_800) / 3_600).max(1), "hour"),
        _ => (((seconds + 43_200) / 86_400).max(1), "day"),
    };
    plural(count, unit, &format!("{unit}s"))
}

/// `1 number`, `1,204 numbers`.
pub fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", group_thousands(count), if count == 1 { one } else { many })
}

/// `1,204`, `−3`.
pub fn number(count: i64) -> String {
    format!("{}{}", if count < 0 { "−" } else { "" }, group_thousands(count.unsigned_abs()))
}

/// `(313) 555-0142`; a number from elsewhere stays as it is.
pub fn phone(number: &E164) -> String {
    let text = number.as_str();
    match text.strip_prefix("+1") {
        Some(national) if national.len() == 10 && national.is_ascii() => {
            format!("({}) {}-{}", &national[..3], &national[3..6], &national[6..])
        }
        _ => text.to_owned(),
    }
}

/// `$1.15`; small prices keep their digits (`$0.0083`).
pub fn money(amount: Micros) -> String {
    amount.dollars()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_relative_and_exact_in_the_organizations_zone() {
        let times = Times { now: moment("2026-11-22T19:00:00"), zone: Tz::America__Detroit };
        for (at, relative, clock) in [
            ("2026-11-22T18:59:50", "just now", "13:59"),
            ("2026-11-22T18:57:00", "3 minutes ago", "13:57"),
            ("2026-11-22T18:00:00", "1 hour ago", "13:00"),
            ("2026-11-21T19:00:00", "1 day ago", "yesterday 14:00"),
            ("2026-11-23T04:59:00", "in 10 hours", "23:59"),
            ("2026-11-23T19:00:00", "in 1 day", "tomorrow 14:00"),
            ("2026-11-24T19:00:00", "in 2 days", "24 November 14:00"),
            ("2026-06-03T10:00:00", "3 June", "3 June 06:00"),
            ("2027-06-03T10:00:00", "on 3 June 2027", "3 June 2027 06:00"),
        ] {
            assert_eq!(
                (times.relative(moment(at)).as_str(), times.clock(moment(at)).as_str()),
                (relative, clock)
            );
        }
        assert_eq!(times.exact(moment("2026-06-03T10:00:00")), "3 June 2026, 06:00 EDT");
        assert_eq!(
            times.element(moment("2026-11-22T18:57:00"), "3 minutes ago"),
            "<time datetime=\"2026-11-22T18:57:00Z\" title=\"22 November 2026, 13:57 EST\">3 minutes ago</time>"
        );
    }

    #[test]
    fn counts_have_separators_and_the_right_noun() {
        assert_eq!(plural(1, "number", "numbers"), "1 number");
        assert_eq!(plural(1204, "number", "numbers"), "1,204 numbers");
        assert_eq!(number(-1_000), "−1,000");
        assert_eq!((duration(44).as_str(), duration(60).as_str()), ("44 seconds", "1 minute"));
    }
}
