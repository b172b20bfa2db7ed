//! The best plan for geomatch: overlay groups, covered or left out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::super::super::load::{Forecast, Picker, forecast};
use super::super::super::model::{ByCode, Needs, Supply};
use super::super::Ask;
use super::carry::{Stocked, carry};
use super::knapsack::{self, Item};
use super::{TINY, at_most, float};
use crate::kernel::AreaCode;

/// So much more than the ratio the hottest number may text: geomatch picks by chance, and an even spread over the rest
/// costs every number something.
const TOLERANCE_PERCENT: i64 = 125;
/// Groups with more codes in stock are not searched subset by subset.
const SUBSETS_OF: usize = 10;

/// Area codes of one place, as far as they have contacts or numbers.
#[derive(Debug, Clone)]
struct Group {
    codes: Vec<AreaCode>,
    contacts: i64,
    usable: i64,
    /// Those in stock that have contacts, and those that have none.
    with: Vec<Stocked>,
    helpers: Vec<Stocked>,
    /// How many numbers must be there, in how many codes.
    floors: i64,
    floored: usize,
}

/// How a group is covered.
#[derive(Debug, Clone)]
struct Cover {
    numbers: Vec<(AreaCode, i64)>,
    total: i64,
}

/// The least rank is the best; so many numbers of each code.
type Ranked = ((i64, i64), Vec<(AreaCode, i64)>);

struct Problem<'a> {
    needs: &'a Needs,
    supply: &'a Supply,
    /// Numbers that must be there.
    least: &'a ByCode,
    wanted: i64,
    groups: Vec<Group>,
    /// As if there were always as many numbers as wanted: for the bound.
    enough: bool,
    /// Groups are covered by the codes that have most numbers, not by those that need the fewest.
    lavish: bool,
    /// Whatever is chosen, there are as many numbers as wanted: codes without contacts have them.
    plentiful: bool,
}

/// What a threshold leads to.
struct Solution {
    numbers: ByCode,
    /// The groups that are covered or have no contacts.
    open: Vec<usize>,
    matched: i64,
}

/// Chooses.
pub(super) fn choose(ask: Ask<'_>) -> ByCode {
    let problem = Problem::of(ask.needs, ask.supply, ask.least, ask.wanted);
    let tolerated = ask.needs.ratio() * TOLERANCE_PERCENT / 100;
    let choose = |problem: &Problem<'_>| {
        let solution = problem.within(float(tolerated)).or_else(|| problem.lowest(tolerated));
        solution.map_or_else(|| ask.least.clone(), |solution| problem.cool(solution))
    };
    let stock: i64 = ask.supply.codes().map(|code| ask.supply.usable(code)).sum();
    if stock <= ask.wanted {
        return choose(&Problem { lavish: true, ..problem });
    }
    let frugal = choose(&problem);
    if problem.plentiful {
        return frugal;
    }
    // Where what is open may not have as many numbers as wanted, the whole stock of a group may be worth more than
    // its being covered with the fewest.
    let lavish = choose(&Problem { lavish: true, ..problem });
    let rank = |numbers: &ByCode| {
        let Forecast { loads, own, overlay, .. } = forecast(Picker::Twilio, ask.needs, numbers);
        let hottest = loads.values().copied().fold(0.0, f64::max);
        let hottest = if numbers.is_empty() { f64::INFINITY } else { hottest.max(float(tolerated)) };
        (hottest, -(own + overlay))
    };
    let ((heat, missed), (other_heat, other_missed)) = (rank(&frugal), rank(&lavish));
    let better = other_heat + TINY < heat || other_heat <= heat + TINY && other_missed + TINY < missed;
    if better { lavish } else { frugal }
}

/// An upper bound of the share of contacts, 0 to 1, texted from their own code or an overlay by any plan of at most
/// `wanted` numbers whose hottest number texts at most `hottest`.
pub fn bound(needs: &Needs, supply: &Supply, wanted: i64, hottest: f64) -> f64 {
    let none = ByCode::new();
    let problem = Problem { enough: true, ..Problem::of(needs, supply, &none, wanted) };
    match problem.within(hottest) {
        Some(solution) if needs.total() > 0 => float(solution.matched) / float(needs.total()),
        _ => 0.0,
    }
}

impl<'a> Problem<'a> {
    fn of(needs: &'a Needs, supply: &'a Supply, least: &'a ByCode, wanted: i64) -> Problem<'a> {
        let codes: BTreeSet<AreaCode> = needs.contacts().keys().copied().chain(supply.codes()).collect();
        let mut places: BTreeMap<AreaCode, Vec<AreaCode>> = BTreeMap::new();
        for &code in &codes {
            let first = code.info().geography.first().copied().unwrap_or(code);
            places.entry(first).or_default().push(code);
        }
        let stocked = |&code: &AreaCode| Stocked {
            code,
            contacts: needs.of(code),
            usable: supply.usable(code),
            floor: least.get(&code).copied().unwrap_or(0),
        };
        let group = |codes: Vec<AreaCode>| {
            let all: Vec<Stocked> = codes.iter().map(stocked).collect();
            let (mut with, helpers): (Vec<Stocked>, Vec<Stocked>) =
                all.iter().copied().filter(|one| one.usable > 0).partition(|one| one.contacts > 0);
            if with.len() > SUBSETS_OF {
                with.sort_by_key(|one| (-one.contacts, one.code));
            }
            Group {
                contacts: all.iter().map(|one| one.contacts).sum(),
                usable: all.iter().map(|one| one.usable).sum(),
                floors: all.iter().map(|one| one.floor).sum(),
                floored: all.iter().filter(|one| one.floor > 0).count(),
                codes,
                with,
                helpers,
            }
        };
        let groups = places.into_values().map(group).collect();
        let helpers = codes.iter().filter(|&&code| needs.of_all(&code.info().geography) == 0);
        let plentiful = helpers.map(|&code| supply.usable(code)).sum::<i64>() >= wanted;
        Problem { needs, supply, least, wanted, groups, enough: false, lavish: false, plentiful }
    }

    fn floor(&self, code: AreaCode) -> i64 {
        self.least.get(&code).copied().unwrap_or(0)
    }

    /// The groups in which numbers must be.
    fn must(&self, at: usize) -> bool {
        self.groups[at].floored > 0
    }

    /// Groups in which numbers must be, and which have too few to stay within `most` whatever else is chosen: they get
    /// all they have, and the others are planned as if they were not hot.
    fn overrun(&self, most: f64) -> Vec<usize> {
        let hot = |&at: &usize| {
            self.must(at) && self.groups[at].contacts > 0 && self.fewest(&self.groups[at], most).is_none()
        };
        (0..self.groups.len()).filter(hot).collect()
    }

    /// The greatest matched share with no number above `most`.
    fn within(&self, most: f64) -> Option<Solution> {
        let mut threshold = most;
        let overrun = self.overrun(most);
        for _ in 0..200 {
            let solution = self.at(threshold, &overrun)?;
            let pool = self.pool(&solution);
            if pool == 0 {
                return None;
            }
            let next = most - float(self.needs.total() - solution.matched) / float(pool);
            if next >= threshold - TINY {
                return Some(solution);
            }
            if next < -TINY {
                return None;
            }
            // Nothing may be left for what is covered: then all are left out, evenly.
            threshold = next.max(TINY);
        }
        None
    }

    /// As low as the hottest number can be, when that is above what is tolerated.
    fn lowest(&self, tolerated: i64) -> Option<Solution> {
        let (mut low, mut high) = (tolerated + 1, self.needs.total().max(tolerated + 1));
        let mut found = self.within(float(high))?;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.within(float(middle)) {
                Some(solution) => (high, found) = (middle, solution),
                None => low = middle + 1,
            }
        }
        Some(found)
    }

    /// The most contacts whose groups stay within a threshold; `None` when a group in which numbers must be does not.
    fn at(&self, threshold: f64, overrun: &[usize]) -> Option<Solution> {
        let mut solution = Solution { numbers: ByCode::new(), open: Vec::new(), matched: 0 };
        let mut left = self.wanted;
        let mut may: Vec<(usize, Cover)> = Vec::new();
        for (at, group) in self.groups.iter().enumerate() {
            let must = self.must(at);
            if group.contacts == 0 || overrun.contains(&at) {
                // What an overrun group gets beyond the least is spent in the end, where the load is highest.
                for &code in group.codes.iter().filter(|&&code| self.floor(code) > 0) {
                    solution.numbers.insert(code, self.floor(code));
                }
                left -= group.floors;
                solution.matched += group.contacts;
                solution.open.push(at);
                continue;
            }
            match (self.fewest(group, threshold), must) {
                (Some(cover), true) => {
                    left -= cover.total;
                    solution.numbers.extend(cover.numbers);
                    solution.matched += group.contacts;
                    solution.open.push(at);
                }
                (None, true) => return None,
                (Some(cover), false) => may.push((at, cover)),
                (None, false) => {}
            }
        }
        if left < 0 {
            return None;
        }
        let items: Vec<Item> = may
            .iter()
            .map(|(at, cover)| Item {
                weight: usize::try_from(cover.total).unwrap_or(usize::MAX),
                value: self.groups[*at].contacts,
            })
            .collect();
        let chosen = knapsack::choose(&items, usize::try_from(left).unwrap_or(0));
        solution.matched += knapsack::value(&items, &chosen);
        for ((at, cover), _) in may.into_iter().zip(chosen).filter(|(_, chosen)| *chosen) {
            solution.numbers.extend(cover.numbers);
            solution.open.push(at);
        }
        Some(solution)
    }

    /// How many numbers the plan has in the end.
    fn pool(&self, solution: &Solution) -> i64 {
        if self.enough {
            return self.wanted;
        }
        let usable = |at: &usize| -> i64 {
            self.groups[*at]
                .codes
                .iter()
                .filter(|code| self.may_grow(&solution.numbers, **code))
                .map(|code| self.supply.usable(*code))
                .sum()
        };
        solution.open.iter().map(usable).sum::<i64>().min(self.wanted)
    }

    /// A code whose contacts others carry gets no number: it would carry all of them.
    fn may_grow(&self, numbers: &ByCode, code: AreaCode) -> bool {
        self.needs.of(code) == 0 || numbers.contains_key(&code)
    }

    /// The fewest numbers with which no number of the group texts more than `most` from within it. Geomatch sends the
    /// contacts of its codes without numbers to all the others alike.
    fn fewest(&self, group: &Group, most: f64) -> Option<Cover> {
        if float(group.contacts) > most * float(group.usable) + TINY {
            return None;
        }
        let (with, helpers) = (&group.with, &group.helpers);
        // Few codes with contacts are tried in every choice, of many the largest ones.
        let tries = if with.len() <= SUBSETS_OF {
            1_u32 << with.len()
        } else {
            u32::try_from(with.len()).unwrap_or(0) + 1
        };
        let every = with.len() <= SUBSETS_OF;
        let chosen = |nth: u32, bit: usize| if every { nth >> bit & 1 == 1 } else { bit < nth as usize };
        let least = at_most(float(group.contacts), most);
        let mut best: Option<Ranked> = None;
        let (mut used, mut counts) = (Vec::new(), Vec::new());
        for nth in 0..tries {
            for helped in [false, true] {
                used.clear();
                used.extend(
                    with.iter().enumerate().filter(|(bit, _)| chosen(nth, *bit)).map(|(_, one)| *one),
                );
                let own: i64 = used.iter().map(|one| one.contacts).sum();
                if helped {
                    used.extend(helpers);
                    used.sort_unstable_by_key(|one| one.code);
                }
                if used.iter().filter(|one| one.floor > 0).count() < group.floored {
                    continue;
                }
                let usable: i64 = used.iter().map(|one| one.usable).sum();
                // Of equally many numbers those that text most from the very code. No choice has fewer than `least`.
                let rank = |total: i64| (if self.lavish { -usable } else { total }, -own);
                if best.as_ref().is_some_and(|(best, _)| rank(least) >= *best) {
                    continue;
                }
                let Some(total) = carry(&used, group.contacts - own, most, &mut counts) else { continue };
                if best.as_ref().is_none_or(|(best, _)| rank(total) < *best) {
                    let numbers = used.iter().zip(&counts).map(|(one, count)| (one.code, *count));
                    best = Some((rank(total), numbers.filter(|(_, count)| *count > 0).collect()));
                }
            }
        }
        best.map(|(_, numbers)| Cover { total: numbers.iter().map(|(_, count)| count).sum(), numbers })
    }

    /// Spends what is left on the hottest numbers, then on codes without contacts, where everybody's share of what is
    /// left out falls.
    fn cool(&self, solution: Solution) -> ByCode {
        let Solution { mut numbers, open, .. } = solution;
        let mut left = self.wanted - numbers.values().sum::<i64>();
        let codes: Vec<AreaCode> =
            open.iter().flat_map(|&at| self.groups[at].codes.iter().copied()).collect();
        let group_of: BTreeMap<AreaCode, usize> =
            open.iter().flat_map(|&at| self.groups[at].codes.iter().map(move |&code| (code, at))).collect();
        let local = |numbers: &ByCode, at: usize| -> Vec<(AreaCode, f64)> {
            let group = &self.groups[at];
            let inside: ByCode =
                group.codes.iter().filter_map(|code| Some((*code, *numbers.get(code)?))).collect();
            let contacts = group.codes.iter().map(|&code| (code, self.needs.of(code))).collect();
            let Forecast { loads, .. } =
                forecast(Picker::Twilio, &Needs::new(&contacts, self.needs.ratio()), &inside);
            loads.into_iter().collect()
        };
        let mut loads: BTreeMap<AreaCode, f64> = open.iter().flat_map(|&at| local(&numbers, at)).collect();
        // Loads are never negative, so their bits are in their order. Entries of loads that changed meanwhile are passed
        // over.
        let entry = |(code, load): (AreaCode, f64)| (load.to_bits(), Reverse(code));
        let mut hot: BinaryHeap<(u64, Reverse<AreaCode>)> = loads
            .iter()
            .filter(|(_, load)| **load > TINY)
            .map(|(&code, &load)| entry((code, load)))
            .collect();
        let mut next = codes.iter().copied().peekable();
        while left > 0 {
            let spare = |code: AreaCode| match self.may_grow(&numbers, code) {
                true => self.supply.usable(code) - numbers.get(&code).copied().unwrap_or(0),
                false => 0,
            };
            let (code, more) = if let Some((bits, Reverse(code))) = hot.pop() {
                if loads.get(&code).is_none_or(|load| load.to_bits() != bits) || spare(code) <= 0 {
                    continue;
                }
                (code, 1)
            } else if let Some(&code) = next.peek() {
                // Without load everywhere, the rest goes to one code at a time.
                let more = spare(code).min(left);
                if more <= 0 {
                    next.next();
                    continue;
                }
                (code, more)
            } else {
                break;
            };
            *numbers.entry(code).or_default() += more;
            left -= more;
            for (code, load) in local(&numbers, group_of[&code]) {
                loads.insert(code, load);
                if load > TINY {
                    hot.push(entry((code, load)));
                }
            }
        }
        numbers
    }
}
