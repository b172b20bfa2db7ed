//! What each day of a month's charges is worth under each heading, so that some days are added up without reading a
//! charge. Pure.
//!
//! Days of a charge add up to it to the micro, so the days of many charges can be added up before it is known which
//! days are asked about. How many charges have a day under a heading is counted exactly too, by when they begin and
//! end; who holds a number twice within a charge leaves a gap, and gaps are counted on their own.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use chrono::NaiveDate;

use super::attribution::{NumberMonths, Stretch, Worth};
use super::month::Month;
use super::sums::{Key, Part, Source, Sums};
use crate::kernel::Micros;
use crate::ledger::model::worth_of_days;

/// What is known of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Day {
    sums: Sums,
    idle: Micros,
    /// So many charges have their first day here.
    begin: i64,
    /// So many had their last day the day before.
    end: i64,
}

impl AddAssign for Day {
    fn add_assign(&mut self, other: Day) {
        self.sums += other.sums;
        self.idle += other.idle;
        self.begin += other.begin;
        self.end += other.end;
    }
}

impl Day {
    fn numbers(&self) -> [i64; 7] {
        let Sums { quoted, billed, estimated, time } = self.sums;
        let money = [quoted, billed, estimated, self.idle].map(Micros::get);
        [money[0], money[1], money[2], money[3], time.parts(), self.begin, self.end]
    }
    fn of([quoted, billed, estimated, idle, time, begin, end]: [i64; 7]) -> Day {
        let [quoted, billed, estimated, idle] = [quoted, billed, estimated, idle].map(Micros::new);
        let sums = Sums { quoted, billed, estimated, time: NumberMonths::of_parts(time) };
        Day { sums, idle, begin, end }
    }
}

/// The days of a month's charges under one heading, counted from the first day of the month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Days {
    days: Vec<Day>,
    /// From a day up to another, so many charges were somebody else's: before and after they were this one's.
    gaps: BTreeMap<(usize, usize), i64>,
}

impl Days {
    fn add(&mut self, first: usize, days: &[Day]) {
        if self.days.len() < first + days.len() {
            self.days.resize(first + days.len(), Day::default());
        }
        for (sum, day) in self.days.iter_mut().skip(first).zip(days) {
            *sum += *day;
        }
    }

    /// What the days `from..until` are worth, both counted from the first day of the month.
    fn between(&self, from: i64, until: i64) -> Part {
        let mut part = Part::default();
        for (at, day) in (0i64..).zip(&self.days) {
            if at < until {
                part.charges += day.begin;
            }
            if at <= from {
                part.charges -= day.end;
            }
            if from <= at && at < until {
                part.sums += day.sums;
                part.idle += day.idle;
            }
        }
        for ((begin, end), charges) in &self.gaps {
            let at = |day: &usize| i64::try_from(*day).unwrap_or(i64::MAX);
            if at(begin) <= from && until <= at(end) {
                part.charges -= charges;
            }
        }
        part
    }

    /// How the days and the gaps are stored: numbers with commas between, nothing for zero, semicolons between days.
    pub(super) fn text(&self) -> (String, String) {
        let day = |day: &Day| {
            let numbers = day.numbers().map(|one| if one == 0 { String::new() } else { one.to_string() });
            numbers.join(",").trim_end_matches(',').to_owned()
        };
        let gap = |((begin, end), charges): (&(usize, usize), &i64)| {
            [*begin, *end].map(|day| day.to_string()).join(",") + &format!(",{charges}")
        };
        let days: Vec<String> = self.days.iter().map(day).collect();
        let gaps: Vec<String> = self.gaps.iter().map(gap).collect();
        (days.join(";"), gaps.join(";"))
    }

    /// Reads what [`text`](Self::text) wrote.
    pub(super) fn parse(days: &str, gaps: &str) -> Option<Days> {
        let mut read = Days::default();
        for text in days.split(';') {
            let mut numbers = [0; 7];
            let mut texts = text.split(',');
            for (number, text) in numbers.iter_mut().zip(&mut texts).filter(|(_, text)| !text.is_empty()) {
                *number = text.parse().ok()?;
            }
            if texts.next().is_some() {
                return None;
            }
            read.days.push(Day::of(numbers));
        }
        for text in gaps.split(';').filter(|text| !text.is_empty()) {
            let (begin, rest) = text.split_once(',')?;
            let (end, charges) = rest.split_once(',')?;
            read.gaps.insert((begin.parse().ok()?, end.parse().ok()?), charges.parse().ok()?);
        }
        Some(read)
    }
}

/// The days of a month's charges under every heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthDays {
    first: NaiveDate,
    /// By heading.
    pub parts: BTreeMap<Key, Days>,
}

impl MonthDays {
    /// Of a month, nothing yet.
    pub fn new(month: Month) -> MonthDays {
        MonthDays { first: month.first(), parts: BTreeMap::new() }
    }

    fn index(&self, day: NaiveDate) -> i64 {
        (day - self.first).num_days()
    }

    /// What the days `from..until` are worth under a heading; nothing when none of its charges has one of them.
    pub fn between(&self, key: &Key, from: NaiveDate, until: NaiveDate) -> Option<Part> {
        let part = self.parts.get(key)?.between(self.index(from), self.index(until));
        (part.charges > 0).then_some(part)
    }

    /// Counts in a charge of the month, cut into all of its stretches.
    pub fn add(&mut self, source: &Source, stretches: &[Stretch]) {
        let (period, month) = (source.period, Micros::new(NumberMonths::ONE.parts()));
        let (Some(first), days) = (usize::try_from(self.index(period.start)).ok(), period.days()) else {
            return;
        };
        let mut worths: Vec<Day> = Vec::with_capacity(usize::try_from(days).unwrap_or(0) + 1);
        let (mut amount, mut time) = (Micros::ZERO, Micros::ZERO);
        for day in 1..=days {
            let until = (worth_of_days(source.amount, day, days), worth_of_days(month, day, days));
            let worth =
                Worth { amount: until.0 - amount, time: NumberMonths::of_parts((until.1 - time).get()) };
            (amount, time) = until;
            worths.push(Day { sums: Sums::of(source.basis, worth), ..Day::default() });
        }
        worths.push(Day::default());
        let place = |day: NaiveDate| usize::try_from((day - period.start).num_days()).unwrap_or(0);
        let mut held: BTreeMap<Key, Vec<(usize, usize)>> = BTreeMap::new();
        for stretch in stretches {
            let (from, until) = (place(stretch.from), place(stretch.until));
            if stretch.holder.is_idle() {
                for day in worths.iter_mut().take(until).skip(from) {
                    day.idle = day.sums.amount();
                }
            }
            held.entry(Key::Holder(stretch.holder)).or_default().push((from, until));
        }
        for (key, spans) in held {
            let (Some((begin, _)), Some((_, end))) = (spans.first(), spans.last()) else { continue };
            let mut own = vec![Day::default(); end - begin + 1];
            for (from, until) in &spans {
                own[from - begin..until - begin].copy_from_slice(&worths[*from..*until]);
            }
            own[0].begin = 1;
            own[end - begin].end = 1;
            let sums = self.parts.entry(key).or_default();
            sums.add(first + begin, &own);
            for pair in spans.windows(2) {
                *sums.gaps.entry((first + pair[0].1, first + pair[1].0)).or_default() += 1;
            }
        }
        if let (Some(begin), Some(end)) = (stretches.first(), stretches.last()) {
            let (begin, end) = (place(begin.from), place(end.until));
            worths[begin].begin = 1;
            worths[end].end = 1;
            for key in [
                Key::All,
                Key::Area(source.area_code),
                Key::Provider(source.service.clone()),
                Key::Kind(source.kind),
            ] {
                self.parts.entry(key).or_default().add(first, &worths);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::attribution::{Holder, Period, Rest, stretches, within};
    use super::super::sums::MonthSums;
    use super::*;
    use crate::kernel::AreaCode;
    use crate::kernel::ids::{CampaignId, NumberId};
    use crate::ledger::{Assignment, Basis};
    use crate::numbers::NumberKind;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn campaign(n: u8) -> CampaignId {
        CampaignId::parse(&format!("01990000-0000-7000-8000-{n:012x}")).unwrap()
    }

    /// First day of the month, days, amount, who held it from which hour for how many, how we know it.
    type Draw = (i64, i64, i64, Vec<(u8, i64, i64)>, usize);

    fn charges() -> impl Strategy<Value = Vec<Draw>> {
        let held = prop::collection::vec((0u8..5, -200i64..800, 0i64..300), 0..6);
        let one = (0i64..31, prop_oneof![28i64..=31, 1i64..28], 1i64..4_000_000, held, 0usize..3);
        prop::collection::vec(one, 0..12)
    }

    /// A charge of October 2026, and whose it was.
    fn charge((first, days, amount, held, basis): Draw) -> (Source, Vec<Stretch>) {
        let start = day("2026-10-01") + TimeDelta::days(first);
        let period = Period { start, end: start + TimeDelta::days(days) };
        let (number_id, mut free) = (NumberId::new(), NaiveDate::MIN.and_time(chrono::NaiveTime::MIN));
        let (mut assignments, mut rests) = (Vec::new(), Vec::new());
        let mut held = held;
        held.sort_by_key(|(_, from, _)| *from);
        for (who, from, hours) in held {
            let started_at = (start.and_time(chrono::NaiveTime::MIN) + TimeDelta::hours(from)).max(free);
            free = started_at + TimeDelta::hours(hours);
            let ended_at = Some(free);
            match who {
                0 => rests.push(Rest { holder: Holder::Resting, started_at, ended_at }),
                1 => rests.push(Rest { holder: Holder::Reserved, started_at, ended_at }),
                who => assignments.push(Assignment {
                    number_id,
                    campaign_id: campaign(who),
                    started_at,
                    ended_at,
                }),
            }
        }
        let source = Source {
            number_id,
            period,
            amount: Micros::new(amount),
            basis: [Basis::Quoted, Basis::Billed, Basis::Estimated][basis],
            area_code: AreaCode::parse(["313", "248"][usize::from(amount % 2 == 0)]).unwrap(),
            service: "fakeservice".to_owned(),
            kind: NumberKind::Local,
        };
        let stretches = stretches(period, source.amount, &assignments, &rests);
        (source, stretches)
    }

    proptest! {
        #[test]
        fn any_days_are_what_the_charges_say(draws in charges(), from in -10i64..70, days in 1i64..70) {
            let (from, month) = (day("2026-10-01") + TimeDelta::days(from), Month::of(day("2026-10-01")));
            let until = from + TimeDelta::days(days);
            let (mut sums, mut by_day) = (MonthSums::default(), MonthDays::new(month));
            for (source, stretches) in draws.into_iter().map(charge) {
                sums.add(&source, &within(source.period, source.amount, &stretches, from, until));
                by_day.add(&source, &stretches);
            }
            let stored = by_day.parts.iter().map(|(key, days)| {
                let (days, gaps) = days.text();
                (key.clone(), Days::parse(&days, &gaps).unwrap())
            });
            let read = MonthDays { parts: stored.collect(), ..MonthDays::new(month) };
            prop_assert_eq!(&read, &by_day);
            let mut parts = BTreeMap::new();
            for key in read.parts.keys() {
                if let Some(part) = read.between(key, from, until) {
                    parts.insert(key.clone(), part);
                }
            }
            prop_assert_eq!(parts, sums.parts);
        }
    }

    #[test]
    fn who_holds_a_number_twice_in_a_charge_has_one_charge() {
        let (source, stretches) = charge((0, 31, 1_150_000, vec![(2, 0, 5 * 24), (2, 10 * 24, 5 * 24)], 0));
        let mut days = MonthDays::new(Month::of(day("2026-10-01")));
        days.add(&source, &stretches);
        let charges = |holder, from: &str, until: &str| {
            days.between(&Key::Holder(holder), day(from), day(until)).map(|part| part.charges)
        };
        let two = Holder::Campaign(campaign(2));
        assert_eq!(charges(two, "2026-10-01", "2026-11-01"), Some(1));
        // The 6th to the 10th are nobody's.
        assert_eq!(charges(two, "2026-10-06", "2026-10-11"), None);
        assert_eq!(charges(Holder::Idle, "2026-10-06", "2026-10-11"), Some(1));
        assert_eq!(charges(two, "2026-10-05", "2026-10-11"), Some(1));
        assert_eq!(charges(two, "2026-10-06", "2026-10-12"), Some(1));
    }

    #[test]
    fn what_is_no_sum_is_not_read() {
        for (days, gaps) in [("a", ""), ("1,2,3,4,5,6,7,8", ""), ("1", "1"), ("1", "1,2"), ("1", "1,-2,3")] {
            assert_eq!(Days::parse(days, gaps), None, "{days:?} {gaps:?}");
        }
    }
}
