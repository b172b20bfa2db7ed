//! Strategies: how the numbers of a campaign are chosen. Each is one pure file and one line in [`ALL`], and passes the
//! shared property tests.
//!
//! [`plan`] is what everybody calls: it takes away the stock that the campaign's rules about places forbid, and says
//! which numbers must be there, so that no strategy has to know the rules.
#![doc = include_str!("strategies.md")]

pub mod best;
mod even;
mod manual;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use super::model::{ByCode, Needs, Picker, Plan, Rules, Supply};
use super::places::Place;
use super::pool::Pool;
use crate::kernel::AreaCode;

/// What a strategy is asked.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What the campaign needs.
    pub needs: &'a Needs,
    /// The numbers it may hold: those of area codes that its rules forbid are not among them.
    pub supply: &'a Supply,
    /// The rules.
    pub rules: &'a Rules,
    /// How many numbers it must hold of some area codes: never more than are usable, nor than `wanted` together.
    pub least: &'a ByCode,
    /// The most numbers the plan may have.
    pub wanted: i64,
}

impl Ask<'_> {
    /// How many numbers of an area code it must hold.
    pub fn least(&self, code: AreaCode) -> i64 {
        self.least.get(&code).copied().unwrap_or(0)
    }
}

/// A way to choose numbers. Pure and deterministic.
pub trait Strategy: Sync {
    /// The stored key. Never changes once released.
    fn key(&self) -> &'static str;
    /// The name people choose by.
    fn name(&self) -> &'static str;
    /// What it does, in a sentence.
    fn help(&self) -> &'static str;
    /// Whether it chooses by itself, so that "Reserve for me" means something.
    fn chooses(&self) -> bool {
        true
    }
    /// Chooses numbers: never more than are usable, never more than wanted in all, never fewer than the least.
    fn choose(&self, ask: Ask<'_>) -> ByCode;
}

/// Every strategy, in the order people see them; the first is the default.
pub static ALL: &[&dyn Strategy] = &[&best::Best, &even::EvenSpread, &manual::Manual];

/// The strategy of a stored key; the default for one that this version does not know, such as `simple`, which `best`
/// replaced.
pub fn of(key: &str) -> &'static dyn Strategy {
    known(key).unwrap_or(default())
}

/// The strategy of a key, when there is one.
pub fn known(key: &str) -> Option<&'static dyn Strategy> {
    ALL.iter().copied().find(|strategy| strategy.key() == key)
}

/// The strategy of a new campaign, unless its organization chose another.
pub fn default() -> &'static dyn Strategy {
    &best::Best
}

/// Plans within the campaign's rules.
pub fn plan(strategy: &dyn Strategy, needs: &Needs, supply: &Supply, rules: &Rules) -> Plan {
    let (all_needs, all_supply, all_rules);
    let (for_needs, for_supply, for_rules) = match &rules.pool {
        // The carrier draws on the whole pool for everybody who texts from it: so it is planned as a whole, and what
        // others hold in it stays.
        Some(pool) if shares(pool, strategy, rules) => {
            let others = pool.of_others();
            all_needs = pool.contacts_with(needs);
            all_supply = supply.clone().and(&others);
            let mut keep = rules.keep.clone();
            for (&code, &count) in &others {
                *keep.entry(code).or_default() += count;
            }
            all_rules = Rules { keep, ..rules.clone() };
            (&all_needs, &all_supply, &all_rules)
        }
        _ => (needs, supply, rules),
    };
    let kept: i64 = for_rules.keep.values().sum();
    let beside = kept - rules.keep.values().sum::<i64>();
    let wanted = (rules.wanted(needs) + beside).max(kept);
    let mut numbers = within(strategy, for_needs, for_supply, for_rules, wanted);
    if let Some(pool) = rules.pool.as_ref().filter(|pool| shares(pool, strategy, rules)) {
        for (code, count) in pool.of_others() {
            *numbers.entry(code).or_default() -= count;
        }
    }
    Plan::of(needs, supply, rules, numbers)
}

/// Whether what others have in the messaging service matters to what is chosen.
fn shares(pool: &Pool, strategy: &dyn Strategy, rules: &Rules) -> bool {
    pool.shared && strategy.chooses() && rules.picker == Picker::Twilio
}

fn within(strategy: &dyn Strategy, needs: &Needs, supply: &Supply, rules: &Rules, wanted: i64) -> ByCode {
    let allowed = rules.allowed(supply);
    let mut least = rules.keep.clone();
    let mut left = wanted - least.values().sum::<i64>();
    let mut want = |least: &mut ByCode, code: AreaCode| {
        let there = least.get(&code).copied().unwrap_or(0) > 0;
        if !there && left > 0 && allowed.usable(code) > 0 {
            least.insert(code, 1);
            left -= 1;
        }
    };
    let mut musts: Vec<AreaCode> = rules.places.must_codes().collect();
    musts.sort_by_key(|&code| (-needs.of(code), code));
    for code in musts {
        want(&mut least, code);
    }
    let choose = |least: &ByCode| strategy.choose(Ask { needs, supply: &allowed, rules, least, wanted });
    let mut numbers = choose(&least);
    // A state is kept by any of its area codes; where the plan has none of them, by the one that is best stocked. That
    // may move numbers away from another state, so all are looked at again.
    let states: Vec<Place> =
        rules.places.must.iter().copied().filter(|place| matches!(place, Place::State(_))).collect();
    for _ in 0..states.len() {
        let missing = |place: &&Place| !numbers.iter().any(|(code, count)| *count > 0 && place.has(*code));
        let covers = |code: AreaCode| needs.of(code) > 0 && allowed.usable(code) >= needs.needed(code);
        let rank = |code: AreaCode| (covers(code), needs.of(code) == 0, needs.of(code), allowed.usable(code));
        let best = |place: &Place| {
            let there = allowed.codes().filter(|&code| place.has(code) && allowed.usable(code) > 0);
            there.max_by_key(|&code| (rank(code), Reverse(code)))
        };
        let Some(code) = states.iter().filter(missing).find_map(best) else { break };
        want(&mut least, code);
        numbers = choose(&least);
    }
    numbers
}
