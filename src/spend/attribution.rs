//! Whose money a charge was: every day of every charge belongs to the campaign that held the number in use at that
//! day's end (UTC), else to nobody: the number was idle (available, reserved or resting).
//!
//! * Day `k` of an `n`-day charge is worth `floor(A*k/n) - floor(A*(k-1)/n)`
//!   ([`worth_of_days`]), so days add up to the charge to the micro, however they are cut.
//! * A charge is paid on its first day, so all its days count at once. **Days still to come belong to whoever holds
//!   the number now**: a running campaign keeps its numbers until it is archived, and a month's shares add up to
//!   what was charged on every day of it. They settle as the days pass.
//! * Nothing is stored: the same charges and assignments always give the same shares.

use std::collections::BTreeMap;
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

    /// `174.2`: rounded half up to tenths, with separators.
    pub fn words(self) -> String {
        let tenths = (self.0 * 10 + NumberMonths::ONE.0 / 2).div_euclid(NumberMonths::ONE.0);
        let whole = crate::kernel::money::group_thousands((tenths / 10).unsigned_abs());
        format!("{whole}.{}", (tenths % 10).unsigned_abs())
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
        self.time.0 += other.time.0;
    }
}
impl Worth {
    fn times(self, count: i64) -> Worth {
        Worth { amount: self.amount * count, time: NumberMonths(self.time.0 * count) }
    }
    fn minus(self, other: Worth) -> Worth {
        Worth { amount: self.amount - other.amount, time: NumberMonths(self.time.0 - other.time.0) }
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

/// The days at whose end an assignment holds: from the day it began to the day before the one it ended on. One that
/// ends at midnight sharp held to the end of the day before; one that begins and ends within a day holds none.
pub fn held_days(started_at: Moment, ended_at: Option<Moment>) -> (NaiveDate, NaiveDate) {
    (started_at.date(), ended_at.map_or(NaiveDate::MAX, |ended| ended.date()))
}

/// Consecutive days of one charge with one holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The campaign; `None` when the number was idle.
    pub holder: Option<CampaignId>,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// What the days are worth.
    pub worth: Worth,
}

/// Cuts a charge by the assignments of its number, in any order: stretches in order of time that fill the period
/// without gap or overlap, so their worth adds up to the charge.
pub fn stretches(period: Period, amount: Micros, assignments: &[Assignment]) -> Vec<Stretch> {
    let mut held: Vec<(NaiveDate, NaiveDate, CampaignId)> = assignments
        .iter()
        .map(|assignment| {
            let (from, until) = held_days(assignment.started_at, assignment.ended_at);
            (from.max(period.start), until.min(period.end), assignment.campaign_id)
        })
        .filter(|(from, until, _)| from < until)
        .collect();
    held.sort_unstable();
    let mut out: Vec<Stretch> = Vec::with_capacity(held.len() * 2 + 1);
    let mut push = |holder, from: NaiveDate, until: NaiveDate| match out.last_mut() {
        _ if from >= until => {}
        // One campaign that let go and took again is one stretch.
        Some(last) if last.holder == holder => {
            last.until = until;
            last.worth = worth(period, amount, last.from, until);
        }
        _ => out.push(Stretch { holder, from, until, worth: worth(period, amount, from, until) }),
    };
    let mut day = period.start;
    for (from, until, campaign) in held {
        push(None, day, from);
        push(Some(campaign), day.max(from), until);
        day = day.max(until);
    }
    push(None, day, period.end);
    out
}

/// Adds up charges and what was held of them, many alike at a time: a month of a hundred thousand numbers is a few
/// hundred kinds of charges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    charged: Worth,
    by_campaign: BTreeMap<CampaignId, Worth>,
}

impl Tally {
    /// Counts charges in: idle until [`held`](Self::held) says otherwise.
    pub fn charge(&mut self, period: Period, amount: Micros, count: i64) {
        self.charged += worth(period, amount, period.start, period.end).times(count);
    }
    /// Says that a campaign held the numbers of `count` charges counted in on some of their days. Assignments of one
    /// number never share a day, so the order does not matter.
    pub fn held(
        &mut self,
        campaign: CampaignId,
        period: Period,
        amount: Micros,
        days: (NaiveDate, NaiveDate),
        count: i64,
    ) {
        let share = worth(period, amount, days.0, days.1).times(count);
        if share != Worth::default() {
            *self.by_campaign.entry(campaign).or_default() += share;
        }
    }
    /// All that was charged.
    pub fn charged(&self) -> Worth {
        self.charged
    }
    /// What each campaign held.
    pub fn campaigns(&self) -> impl Iterator<Item = (CampaignId, Worth)> {
        self.by_campaign.iter().map(|(campaign, worth)| (*campaign, *worth))
    }
    /// What a campaign held.
    pub fn of(&self, campaign: CampaignId) -> Worth {
        self.by_campaign.get(&campaign).copied().unwrap_or_default()
    }
    /// What no campaign held.
    pub fn idle(&self) -> Worth {
        self.by_campaign.values().fold(self.charged, |rest, share| rest.minus(*share))
    }
}

#[cfg(test)]
mod tests;
