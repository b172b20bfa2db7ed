//! What is short, and whether a campaign can start as it is. Pure.

use std::cmp::Reverse;

use super::load::Forecast;
use super::model::{ByCode, Reason};
use super::situation::Situation;
use super::strategies;
use crate::kernel::AreaCode;

/// Numbers that buying would bring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shortage {
    /// How many of each area code, most contacts first.
    pub buy: Vec<(AreaCode, i64)>,
    /// Each area code that the best plan leaves out for lack of numbers, most contacts first, with the reason.
    pub left_out: Vec<(AreaCode, Reason)>,
}

impl Shortage {
    /// How many in all.
    pub fn total(&self) -> i64 {
        self.buy.iter().map(|(_, count)| count).sum()
    }
}

/// How a campaign's reservation would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// What its numbers would carry.
    pub forecast: Forecast,
    /// Contacts up to which a number may be loaded.
    pub tolerated: i64,
    /// How many numbers it wants, within the room.
    pub wanted: i64,
    /// How many its contacts would need without the limit.
    pub unlimited: i64,
    /// How many it holds.
    pub held: i64,
    /// How many its messaging service takes.
    pub room: i64,
    /// What is missing even when all usable stock is taken.
    pub shortage: Shortage,
    /// How many the planner could take now.
    pub reachable: i64,
}

impl Outlook {
    /// Of a situation.
    pub fn of(situation: &Situation) -> Outlook {
        let plan = situation.plan(strategies::default());
        Outlook {
            forecast: situation.forecast(),
            tolerated: situation.tolerated(),
            wanted: situation.wanted(),
            unlimited: situation.needs().wanted(),
            held: situation.total(),
            room: situation.room(),
            shortage: shortage(situation, &plan.numbers, &plan.reasons),
            reachable: plan.total(),
        }
    }
    /// Whether it may start by its load; it must hold something and have contacts.
    pub fn can_start(&self) -> bool {
        self.held > 0 && self.forecast.hottest().is_some_and(|(_, load)| load > 0 && load <= self.tolerated)
    }
    /// The smallest ratio at which its contacts fit the room, if they do not now.
    pub fn ratio_that_fits(&self, contacts: i64) -> Option<i64> {
        (self.unlimited > self.room && self.room > 0).then(|| crate::campaigns::needed(contacts, self.room))
    }
}

/// What to buy so that the largest area codes that are left out become covered, within what the campaign still
/// wants; and when none fits, further numbers where they are hottest.
fn shortage(
    situation: &Situation,
    planned: &ByCode,
    reasons: &std::collections::BTreeMap<AreaCode, Reason>,
) -> Shortage {
    let mut missing = situation.wanted() - planned.values().sum::<i64>();
    let mut left_out: Vec<(AreaCode, Reason)> = reasons
        .iter()
        .filter(|(_, reason)| reason.is_short())
        .map(|(&code, reason)| (code, reason.clone()))
        .collect();
    left_out.sort_by_key(|(code, _)| (Reverse(situation.needs().of(*code)), *code));
    let mut buy = Vec::new();
    if missing <= 0 {
        // All the numbers it wants are there, if not where its contacts are.
        return Shortage { buy, left_out: Vec::new() };
    }
    for (code, reason) in &left_out {
        let (uses, lacks) = match reason {
            Reason::Short { needs, usable, .. } | Reason::GroupShort { needs, usable } => {
                (*needs, needs - usable)
            }
            _ => continue,
        };
        if uses <= missing && lacks > 0 {
            buy.push((*code, lacks));
            missing -= uses;
        }
    }
    if buy.is_empty() {
        // Nothing fits wholly: more numbers where the load is highest bring it down.
        let largest = planned.keys().copied().max_by_key(|&code| (situation.needs().of(code), Reverse(code)));
        let target = largest.or_else(|| left_out.first().map(|(code, _)| *code));
        buy.extend(target.map(|code| (code, missing)));
    }
    Shortage { buy, left_out }
}
