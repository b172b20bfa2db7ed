//! The best plan for a picker that asks this program: own area codes, covered or left out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::load::overlays;
use super::super::super::model::{ByCode, Needs, Supply};
use super::super::Ask;
use super::knapsack::{self, Item};
use super::{at_most, float};
use crate::kernel::AreaCode;

/// The most contacts that can be texted from their own code when no number may text more than `most` of them, and the
/// codes that do it. What must be there comes first: as many as it needs, or, where there are too few, all there are.
/// `None` when those must text more, though fewer numbers elsewhere would let them text less.
fn cover(ask: Ask<'_>, most: i64) -> Option<(i64, ByCode)> {
    let (needs, supply) = (ask.needs, ask.supply);
    let needed = |code: AreaCode, most: i64| at_most(float(needs.of(code)), float(most));
    let mut numbers = ask.least.clone();
    let mut left = ask.wanted - numbers.values().sum::<i64>();
    let mut forced: Vec<AreaCode> = numbers.keys().copied().collect();
    forced.sort_by_key(|&code| (-needs.of(code), code));
    for code in forced {
        let (usable, has) = (supply.usable(code), ask.least(code));
        let can_be_covered = needed(code, needs.ratio()) <= usable;
        let wants = if can_be_covered { needed(code, most) } else { usable };
        let more = (wants.min(usable) - has).min(left).max(0);
        if can_be_covered && most < needs.ratio() && has + more < wants {
            return None;
        }
        numbers.insert(code, has + more);
        left -= more;
    }
    let codes: Vec<(AreaCode, i64)> = needs
        .contacts()
        .keys()
        .filter(|code| !ask.least.contains_key(code))
        .map(|&code| (code, needed(code, most)))
        .filter(|&(code, wants)| wants <= supply.usable(code))
        .collect();
    let items: Vec<Item> = codes
        .iter()
        .map(|&(code, wants)| Item {
            weight: usize::try_from(wants).unwrap_or(usize::MAX),
            value: needs.of(code),
        })
        .collect();
    let chosen = knapsack::choose(&items, usize::try_from(left).unwrap_or(0));
    let value = knapsack::value(&items, &chosen);
    numbers.extend(codes.into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(code, _)| code));
    Some((value, numbers))
}

/// Chooses.
pub(super) fn choose(ask: Ask<'_>) -> ByCode {
    let needs = ask.needs;
    let Some((best, mut numbers)) = cover(ask, needs.ratio()) else { return ask.least.clone() };
    // The least threshold that keeps the value. No number can text fewer than all of them do on average.
    let (mut low, mut high) = ((needs.total() / ask.wanted.max(1)).clamp(1, needs.ratio()), needs.ratio());
    while low < high {
        let middle = low + (high - low) / 2;
        match cover(ask, middle) {
            Some((value, found)) if value == best => (high, numbers) = (middle, found),
            _ => low = middle + 1,
        }
    }
    Rest::of(needs, ask.supply, ask.wanted, numbers).spend()
}

/// Numbers beyond those that cover their codes: they text contacts of codes that are left out.
struct Rest<'a> {
    needs: &'a Needs,
    supply: &'a Supply,
    numbers: ByCode,
    left: i64,
}

impl<'a> Rest<'a> {
    fn of(needs: &'a Needs, supply: &'a Supply, wanted: i64, numbers: ByCode) -> Rest<'a> {
        let left = wanted - numbers.values().sum::<i64>();
        Rest { needs, supply, numbers, left }
    }
    /// A left-out code gets no number: it would text all of its code's contacts.
    fn spare(&self, code: AreaCode) -> i64 {
        let has = self.numbers.get(&code).copied().unwrap_or(0);
        if has == 0 && self.needs.of(code) > 0 { 0 } else { (self.supply.usable(code) - has).max(0) }
    }
    fn take(&mut self, code: AreaCode, count: i64) -> i64 {
        let count = count.min(self.spare(code)).min(self.left).max(0);
        if count > 0 {
            *self.numbers.entry(code).or_default() += count;
            self.left -= count;
        }
        count
    }
    /// Contacts that the numbers of a code could text beside their own.
    fn room(&self, code: AreaCode) -> i64 {
        let has = self.numbers.get(&code).copied().unwrap_or(0);
        if has == 0 { 0 } else { (has * self.needs.ratio() - self.needs.of(code)).max(0) }
    }

    fn spend(mut self) -> ByCode {
        let codes: BTreeSet<AreaCode> =
            self.needs.contacts().keys().copied().chain(self.supply.codes()).collect();
        let mut waiting: ByCode = self
            .needs
            .contacts()
            .iter()
            .filter(|(code, _)| !self.numbers.contains_key(code))
            .map(|(&code, &contacts)| (code, contacts))
            .collect();
        let near = |code: AreaCode| overlays(code).collect::<Vec<_>>();
        self.serve(&mut waiting, &near);
        let by_region = codes.iter().fold(BTreeMap::<&str, Vec<AreaCode>>::new(), |mut all, &code| {
            all.entry(code.info().region).or_default().push(code);
            all
        });
        let in_state = |code: AreaCode| match code.info().region {
            "" => Vec::new(),
            region => by_region.get(region).cloned().unwrap_or_default(),
        };
        self.serve(&mut waiting, &in_state);
        for &code in &codes {
            self.take(code, self.left);
        }
        self.numbers
    }

    /// Serves waiting contacts from codes near theirs: first from what those numbers have room for, then from further
    /// numbers there, where one serves most.
    fn serve(&mut self, waiting: &mut ByCode, near: &dyn Fn(AreaCode) -> Vec<AreaCode>) {
        let mut room: ByCode = ByCode::new();
        let mut most_first: Vec<AreaCode> = waiting.keys().copied().collect();
        most_first.sort_by_key(|code| (-waiting[code], *code));
        for code in &most_first {
            for other in near(*code) {
                let at_hand = *room.entry(other).or_insert_with(|| self.room(other));
                let served = at_hand.min(waiting[code]);
                *room.entry(other).or_default() -= served;
                *waiting.entry(*code).or_default() -= served;
            }
        }
        let ratio = self.needs.ratio();
        // Whole numbers' worth first, so that none is spent on a few while another code waits with many.
        for whole in [true, false] {
            for code in &most_first {
                let contacts = waiting[code];
                let mut numbers = if whole { contacts / ratio } else { i64::from(contacts % ratio > 0) };
                let mut places = near(*code);
                places.sort_unstable();
                for other in places {
                    let taken = self.take(other, numbers);
                    numbers -= taken;
                    let waits = waiting.entry(*code).or_default();
                    *waits = (*waits - taken * ratio).max(0);
                }
            }
        }
        waiting.retain(|_, contacts| *contacts > 0);
    }
}
