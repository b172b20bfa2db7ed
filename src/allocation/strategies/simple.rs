//! A simple honest planner: own area codes where they can be wholly covered, largest first; then stock that makes no
//! partly covered area code or overlay group.
//!
//! Geomatch sends the contacts of an area code without numbers to its overlays, so there an overlay group stands or
//! falls together: either no number of it would text more than the ratio from within the group, or it gets none.

use std::collections::{BTreeMap, BTreeSet};

use super::super::load::{Picker, overlays};
use super::super::model::{ByCode, Needs, Plan, Rules, Supply};
use super::Strategy;
use crate::kernel::AreaCode;

/// The simple planner.
pub struct Simple;

impl Strategy for Simple {
    fn key(&self) -> &'static str {
        "simple"
    }
    fn name(&self) -> &'static str {
        "Own area codes first"
    }
    fn help(&self) -> &'static str {
        "Covers area codes wholly, the largest first, and leaves out those it cannot cover, \
         so that no number is overrun. What is left over lowers the load of the hottest numbers."
    }
    fn plan(&self, needs: &Needs, supply: &Supply, rules: &Rules) -> Plan {
        let mut numbers = ByCode::new();
        let mut left = rules.wanted(needs);
        let groups = groups(needs, supply, rules.picker);
        let mut open = Vec::new();
        for group in &groups {
            if needs.of_all(group) == 0 {
                open.push(group);
            } else if let Some(chosen) = cover(group, needs, supply, left) {
                left -= chosen.values().sum::<i64>();
                numbers.extend(chosen);
                open.push(group);
            }
        }
        cool(&mut numbers, &open, needs, supply, left);
        Plan::of(needs, supply, rules, numbers)
    }
}

/// The area codes that stand or fall together, most contacts first.
fn groups(needs: &Needs, supply: &Supply, picker: Picker) -> Vec<Vec<AreaCode>> {
    let codes: BTreeSet<AreaCode> = needs.contacts().keys().copied().chain(supply.codes()).collect();
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for &code in &codes {
        if !seen.insert(code) {
            continue;
        }
        let mut group = vec![code];
        let mut next = 0;
        // 917 joins two groups, so what overlays an overlay belongs here too.
        while picker == Picker::Twilio && next < group.len() {
            for other in overlays(group[next]) {
                if codes.contains(&other) && seen.insert(other) {
                    group.push(other);
                }
            }
            next += 1;
        }
        group.sort_unstable();
        groups.push(group);
    }
    groups.sort_by_key(|group| (-needs.of_all(group), group.first().copied()));
    groups
}

/// What each number of a group would text from within the group, by area code.
fn loads(numbers: &ByCode, group: &[AreaCode], needs: &Needs) -> BTreeMap<AreaCode, f64> {
    let inside: BTreeSet<AreaCode> = group.iter().copied().collect();
    let has = |code: AreaCode| numbers.get(&code).copied().unwrap_or(0);
    #[allow(clippy::cast_precision_loss)] // far below 2^53
    let each = |contacts: i64, count: i64| contacts as f64 / count as f64;
    let mut loads: BTreeMap<AreaCode, f64> = group
        .iter()
        .filter(|&&code| has(code) > 0)
        .map(|&code| (code, each(needs.of(code), has(code))))
        .collect();
    for &code in group.iter().filter(|&&code| has(code) == 0 && needs.of(code) > 0) {
        let carriers: Vec<AreaCode> =
            overlays(code).filter(|&other| inside.contains(&other) && has(other) > 0).collect();
        let count: i64 = carriers.iter().map(|&other| has(other)).sum();
        for other in carriers {
            *loads.entry(other).or_default() += each(needs.of(code), count);
        }
    }
    loads
}

/// The code among these whose numbers are hottest, the first of equals.
fn hottest(loads: &BTreeMap<AreaCode, f64>, among: impl Fn(AreaCode) -> bool) -> Option<(AreaCode, f64)> {
    let mut found: Option<(AreaCode, f64)> = None;
    for (&code, &load) in loads {
        if among(code) && found.is_none_or(|(_, most)| load > most) {
            found = Some((code, load));
        }
    }
    found
}

/// Numbers with which no number of the group texts more than the ratio from within it, at most `left` of them. Covers
/// as many of its codes by their own numbers as stock allows; gives up the hottest one when the overlays of what is
/// left out would overrun it.
fn cover(group: &[AreaCode], needs: &Needs, supply: &Supply, left: i64) -> Option<ByCode> {
    let mut own: BTreeSet<AreaCode> = group
        .iter()
        .copied()
        .filter(|&code| needs.of(code) > 0 && supply.usable(code) >= needs.needed(code))
        .collect();
    loop {
        let overrun = match carry(&own, group, needs, supply, left) {
            Ok(numbers) => return Some(numbers),
            Err(overrun) => overrun.filter(|code| own.contains(code)),
        };
        let given_up = overrun.or_else(|| own.iter().copied().min_by_key(|&code| (needs.of(code), code)))?;
        own.remove(&given_up);
    }
}

/// Gives these codes what they need, then adds numbers in the group until what is left out is carried. `Err` names
/// the code that stays overrun, if one does.
fn carry(
    own: &BTreeSet<AreaCode>,
    group: &[AreaCode],
    needs: &Needs,
    supply: &Supply,
    left: i64,
) -> Result<ByCode, Option<AreaCode>> {
    let mut numbers: ByCode = own.iter().map(|&code| (code, needs.needed(code))).collect();
    let mut left = left - numbers.values().sum::<i64>();
    if left < 0 {
        return Err(None);
    }
    #[allow(clippy::cast_precision_loss)] // far below 2^53
    let most = needs.ratio() as f64 + 1e-9;
    // A code whose contacts are left out must not get a few numbers of its own: they would carry all of them.
    let mut may_add: Vec<AreaCode> =
        group.iter().copied().filter(|&code| own.contains(&code) || needs.of(code) == 0).collect();
    may_add.sort_by_key(|&code| (needs.of(code), code));
    loop {
        let loads = loads(&numbers, group, needs);
        match hottest(&loads, |_| true) {
            // A number of a code without contacts carries what nobody carries yet.
            None if own.is_empty() => {}
            None => return Err(None),
            Some((_, load)) if load <= most => return Ok(numbers),
            Some(_) => {}
        }
        let overrun = hottest(&loads, |_| true).map(|(code, _)| code);
        let spare = |code: AreaCode| supply.usable(code) > numbers.get(&code).copied().unwrap_or(0);
        let more =
            overrun.filter(|&code| spare(code)).or_else(|| may_add.iter().copied().find(|&code| spare(code)));
        match more {
            Some(code) if left > 0 => {
                *numbers.entry(code).or_default() += 1;
                left -= 1;
            }
            _ => return Err(overrun),
        }
    }
}

/// Spends what is left: each further number goes to the hottest covered code that has one to spare, and where none
/// has, to codes without contacts. `open` are the covered groups and those without contacts.
fn cool(numbers: &mut ByCode, open: &[&Vec<AreaCode>], needs: &Needs, supply: &Supply, mut left: i64) {
    let mut loads: Vec<BTreeMap<AreaCode, f64>> =
        open.iter().map(|group| self::loads(numbers, group, needs)).collect();
    while left > 0 {
        let spare = |code: AreaCode| supply.usable(code) > numbers.get(&code).copied().unwrap_or(0);
        let mut best: Option<(usize, AreaCode, f64)> = None;
        for (at, loads) in loads.iter().enumerate() {
            let own = hottest(loads, |code| spare(code) && needs.of(code) > 0);
            if let Some((code, load)) = own.filter(|(_, load)| best.is_none_or(|(_, _, most)| *load > most)) {
                best = Some((at, code, load));
            }
        }
        let Some((at, code, _)) = best else { break };
        *numbers.entry(code).or_default() += 1;
        left -= 1;
        loads[at] = self::loads(numbers, open[at], needs);
    }
    let mut without: Vec<AreaCode> =
        open.iter().flat_map(|group| group.iter().copied()).filter(|&code| needs.of(code) == 0).collect();
    let spare = |numbers: &ByCode, code: AreaCode| {
        (supply.usable(code) - numbers.get(&code).copied().unwrap_or(0)).max(0)
    };
    without.sort_by_key(|&code| (-spare(numbers, code), code));
    for code in without {
        let more = spare(numbers, code).min(left);
        if more > 0 && !draws(numbers, code, needs) {
            *numbers.entry(code).or_default() += more;
            left -= more;
        }
    }
}

/// Whether numbers of this code would draw contacts onto themselves that are spread over the whole pool without them.
fn draws(numbers: &ByCode, code: AreaCode, needs: &Needs) -> bool {
    let has = |code: AreaCode| numbers.get(&code).copied().unwrap_or(0) > 0;
    overlays(code).any(|other| needs.of(other) > 0 && !has(other) && !overlays(other).any(has))
}
