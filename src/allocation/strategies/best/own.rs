//! The best plan for a picker that asks this program: own area codes, covered or left out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::load::overlays;
use super::super::super::model::{ByCode, Needs, Supply};
use super::knapsack::{self, Item};
use super::{at_most, float};
use crate::kernel::AreaCode;

/// The area codes that can be covered when no number may text more than `most` of its own contacts, with what they
/// need.
fn coverable(needs: &Needs, supply: &Supply, most: i64) -> Vec<(AreaCode, i64)> {
    let of = |(&code, &contacts): (&AreaCode, &i64)| {
        let numbers = at_most(float(contacts), float(most));
        (numbers <= supply.usable(code)).then_some((code, numbers))
    };
    needs.contacts().iter().filter_map(of).collect()
}

/// The most contacts that can be texted from their own code so, and the codes that do it.
fn cover(needs: &Needs, supply: &Supply, wanted: i64, most: i64) -> (i64, ByCode) {
    let codes = coverable(needs, supply, most);
    let items: Vec<Item> = codes
        .iter()
        .map(|&(code, numbers)| Item {
            weight: usize::try_from(numbers).unwrap_or(usize::MAX),
            value: needs.of(code),
        })
        .collect();
    let chosen = knapsack::choose(&items, usize::try_from(wanted).unwrap_or(0));
    let value = knapsack::value(&items, &chosen);
    (value, codes.into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(code, _)| code).collect())
}

/// Chooses.
pub(super) fn choose(needs: &Needs, supply: &Supply, wanted: i64) -> ByCode {
    let (best, mut numbers) = cover(needs, supply, wanted, needs.ratio());
    // The least threshold that keeps the value. No number can text fewer than all of them do on average.
    let (mut low, mut high) = ((needs.total() / wanted.max(1)).clamp(1, needs.ratio()), needs.ratio());
    while low < high {
        let middle = low + (high - low) / 2;
        let (value, found) = cover(needs, supply, wanted, middle);
        if value == best {
            (high, numbers) = (middle, found);
        } else {
            low = middle + 1;
        }
    }
    Rest::of(needs, supply, wanted, numbers).spend()
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
