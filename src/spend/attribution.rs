//! Whose money a charge was: every day of every charge belongs to the campaign that held the number in use at that
//! day's end (UTC), else to nobody: the number was reserved for a draft, resting after a campaign, or idle.
//!
//! * Day `k` of an `n`-day charge is worth `floor(A*k/n) - floor(A*(k-1)/n)`
//!   ([`worth_of_days`]), so days add up to the charge to the micro, however they are cut.
//! * A charge is paid on its first day, so all its days count at once. **Days still to come belong to whoever holds
//!   the number now**: a running campaign keeps its numbers until it is archived, and a month's shares add up to
//!   what was charged on every day of it. They settle as the days pass.
//! * The same charges, assignments and rests always give the same shares, in whatever order they come.

use std::ops::AddAssign;

use chrono::NaiveDate;

use crate::kernel::ids::CampaignId;
use crate::kernel::{Micros, Moment};
use crate::ledger::Assignment;
use crate::ledger::model::worth_of_days;

/// The days a charge pays for: from the first to the day before `end`, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub start: NaiveDate,
    /// The day after the last.
    pub end: NaiveDate,
}

impl Period {
    /// How many days.
    pub fn days(&self) -> i64 {
        (self.end - self.start).num_days().max(1)
    }
}

/// How long numbers were charged for, in exact parts of a month of one number. A month of 28, 29, 30 or 31 days
/// divides it without a remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct NumberMonths(i64);

impl NumberMonths {
    /// A whole month of one number.
    pub const ONE: NumberMonths = NumberMonths(4 * 7 * 29 * 3 * 5 * 31);

    /// From the exact parts that [`parts`](Self::parts) answers.
    pub const fn of_parts(parts: i64) -> NumberMonths {
        NumberMonths(parts)
    }
    /// The exact parts.
    pub const fn parts(self) -> i64 {
        self.0
    }
    /// `174.2`: rounded half up to tenths, with separators.
    pub fn words(self) -> String {
        let tenths = (self.0 * 10 + NumberMonths::ONE.0 / 2).div_euclid(NumberMonths::ONE.0);
        let whole = crate::kernel::money::group_thousands((tenths / 10).unsigned_abs());
        format!("{whole}.{}", (tenths % 10).unsigned_abs())
    }
}

impl AddAssign for NumberMonths {
    fn add_assign(&mut self, other: NumberMonths) {
        self.0 += other.0;
    }
}

/// What some days are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worth {
    /// Money.
    pub amount: Micros,
    /// Time.
    pub time: NumberMonths,
}

impl AddAssign for Worth {
    fn add_assign(&mut self, other: Worth) {
        self.amount += other.amount;
        self.time += other.time;
    }
}

/// What the days `from..until` of a charge are worth; days outside the period are worth nothing.
pub fn worth(period: Period, amount: Micros, from: NaiveDate, until: NaiveDate) -> Worth {
    let days = period.days();
    let index = |day: NaiveDate| (day - period.start).num_days().clamp(0, days);
    let (from, until) = (index(from), index(until).max(index(from)));
    let between = |whole: Micros| worth_of_days(whole, until, days) - worth_of_days(whole, from, days);
    let month = Micros::new(NumberMonths::ONE.0);
    Worth { amount: between(amount), time: NumberMonths(between(month).get()) }
}

/// Whose a day was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A campaign's, which had the number in use.
    Campaign(CampaignId),
    /// Nobody's: the number was available, or attached to a messaging service.
    Idle,
    /// Nobody's yet: a draft campaign had reserved it.
    Reserved,
    /// Nobody's: it rested after a campaign.
    Resting,
}

impl Holder {
    /// The campaign, if it was one's.
    pub fn campaign(self) -> Option<CampaignId> {
        match self {
            Holder::Campaign(id) => Some(id),
            Holder::Idle | Holder::Reserved | Holder::Resting => None,
        }
    }
    /// Whether no campaign had it in use.
    pub fn is_idle(self) -> bool {
        self.campaign().is_none()
    }
    /// A campaign's id, `idle`, `reserved` or `resting`: how it is stored, and written in addresses.
    pub fn text(&self) -> &str {
        match self {
            Holder::Campaign(id) => id.as_str(),
            Holder::Idle => "idle",
            Holder::Reserved => "reserved",
            Holder::Resting => "resting",
        }
    }
    /// Reads what [`text`](Self::text) wrote.
    pub fn parse(text: &str) -> Option<Holder> {
        match text {
            "idle" => Some(Holder::Idle),
            "reserved" => Some(Holder::Reserved),
            "resting" => Some(Holder::Resting),
            id => CampaignId::parse(id).ok().map(Holder::Campaign),
        }
    }
}

/// A time in which a number that no campaign had in use was reserved or rested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// [`Holder::Reserved`] or [`Holder::Resting`].
    pub holder: Holder,
    /// From then.
    pub started_at: Moment,
    /// Until then; `None` while it lasts.
    pub ended_at: Option<Moment>,
}

/// The rests of one number from what its life says: moments and the status after each, oldest first.
pub fn rests<'a>(life: impl IntoIterator<Item = (Moment, &'a str)>) -> Vec<Rest> {
    let mut out: Vec<Rest> = Vec::new();
    for (at, after) in life {
        if let Some(open) = out.last_mut().filter(|rest| rest.ended_at.is_none()) {
            open.ended_at = Some(at);
        }
        let holder = match after {
            "reserved" => Holder::Reserved,
            "resting" => Holder::Resting,
            _ => continue,
        };
        out.push(Rest { holder, started_at: at, ended_at: None });
    }
    out
}

/// The days at whose end an assignment or a rest holds: from the day it began to the day before the one it ended on.
/// One that ends at midnight sharp held to the end of the day before; one that begins and ends within a day holds
/// none.
pub fn held_days(started_at: Moment, ended_at: Option<Moment>) -> (NaiveDate, NaiveDate) {
    (started_at.date(), ended_at.map_or(NaiveDate::MAX, |ended| ended.date()))
}

/// Consecutive days of one charge with one holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Whose they were.
    pub holder: Holder,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// What the days are worth.
    pub worth: Worth,
}

type Days = (NaiveDate, NaiveDate, Holder);

fn clipped(period: Period, spans: impl Iterator<Item = (Holder, Moment, Option<Moment>)>) -> Vec<Days> {
    let mut days: Vec<Days> = spans
        .map(|(holder, started_at, ended_at)| {
            let (from, until) = held_days(started_at, ended_at);
            (from.max(period.start), until.min(period.end), holder)
        })
        .filter(|(from, until, _)| from < until)
        .collect();
    days.sort_unstable();
    days
}

/// Cuts a charge by the assignments and the rests of its number, in any order: stretches in order of time that fill
/// the period without gap or overlap, so their worth adds up to the charge. An assignment goes before a rest.
pub fn stretches(period: Period, amount: Micros, assignments: &[Assignment], rests: &[Rest]) -> Vec<Stretch> {
    let held = clipped(
        period,
        assignments.iter().map(|one| (Holder::Campaign(one.campaign_id), one.started_at, one.ended_at)),
    );
    let idle = clipped(period, rests.iter().map(|one| (one.holder, one.started_at, one.ended_at)));
    let mut out: Vec<Stretch> = Vec::with_capacity(held.len() * 2 + idle.len() * 2 + 1);
    let mut push = |holder, from: NaiveDate, until: NaiveDate| match out.last_mut() {
        _ if from >= until => {}
        // One that let go and took again the same day is one stretch.
        Some(last) if last.holder == holder => {
            last.until = until;
            last.worth = worth(period, amount, last.from, until);
        }
        _ => out.push(Stretch { holder, from, until, worth: worth(period, amount, from, until) }),
    };
    let nobody = |from: NaiveDate, until: NaiveDate, push: &mut dyn FnMut(Holder, NaiveDate, NaiveDate)| {
        let mut day = from;
        for (begin, end, holder) in &idle {
            let (begin, end) = ((*begin).max(day), (*end).min(until));
            if begin < end {
                push(Holder::Idle, day, begin);
                push(*holder, begin, end);
                day = end;
            }
        }
        push(Holder::Idle, day, until);
    };
    let mut day = period.start;
    for (from, until, campaign) in held {
        nobody(day, from, &mut push);
        push(campaign, day.max(from), until);
        day = day.max(until);
    }
    nobody(day, period.end, &mut push);
    out
}

/// The days of stretches from one day up to another, and what those are worth.
pub fn within(
    period: Period,
    amount: Micros,
    stretches: &[Stretch],
    from: NaiveDate,
    until: NaiveDate,
) -> Vec<Stretch> {
    stretches
        .iter()
        .map(|stretch| (stretch.holder, stretch.from.max(from), stretch.until.min(until)))
        .filter(|(_, from, until)| from < until)
        .map(|(holder, from, until)| Stretch {
            holder,
            from,
            until,
            worth: worth(period, amount, from, until),
        })
        .collect()
}

#[cfg(test)]
mod tests;
