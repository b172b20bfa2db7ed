//! The same number of numbers in each area code: in the ones the campaign's rules name as the only ones, else in those
//! with contacts.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::super::model::ByCode;
use super::{Ask, Strategy};
use crate::kernel::AreaCode;

/// Spreads evenly.
pub struct EvenSpread;

impl Strategy for EvenSpread {
    fn key(&self) -> &'static str {
        "even_spread"
    }
    fn name(&self) -> &'static str {
        "Even spread"
    }
    fn help(&self) -> &'static str {
        "Takes the same number of numbers in each area code of your contacts, or in those that the campaign's rules \
         name as the only ones. Some may be overrun: look at the prediction."
    }
    fn choose(&self, ask: Ask<'_>) -> ByCode {
        let mut numbers = ask.least.clone();
        let mut left = ask.wanted - numbers.values().sum::<i64>();
        let chosen: BTreeSet<AreaCode> = match ask.rules.places.only.is_empty() {
            true => ask.needs.contacts().keys().copied().collect(),
            false => ask.supply.codes().filter(|&code| ask.rules.places.ban(code).is_none()).collect(),
        };
        let has = |numbers: &ByCode, code: AreaCode| numbers.get(&code).copied().unwrap_or(0);
        // Level by level, as water fills: the highest whole level at which all of it is there, then one more in the
        // area codes with most contacts.
        let missing = |numbers: &ByCode, level: i64| -> i64 {
            let to = |code: &AreaCode| level.min(ask.supply.usable(*code)) - has(numbers, *code);
            chosen.iter().map(|code| to(code).max(0)).sum()
        };
        let (mut low, mut high) = (0, ask.wanted.max(0));
        while low < high {
            let middle = high - (high - low) / 2;
            if missing(&numbers, middle) <= left { low = middle } else { high = middle - 1 }
        }
        left -= missing(&numbers, low);
        for &code in &chosen {
            let to = low.min(ask.supply.usable(code)).max(has(&numbers, code));
            numbers.insert(code, to);
        }
        let mut next: Vec<AreaCode> =
            chosen.iter().copied().filter(|&code| has(&numbers, code) == low).collect();
        next.sort_by_key(|&code| (Reverse(ask.needs.of(code)), code));
        for code in next {
            if left > 0 && ask.supply.usable(code) > low {
                numbers.insert(code, low + 1);
                left -= 1;
            }
        }
        numbers.retain(|_, count| *count > 0);
        numbers
    }
}
