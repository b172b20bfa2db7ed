//! Which area codes may stand in for one that is sold out, in which order, and how many numbers are expected of each.
//! Pure but for its store: what is for sale was asked before.

pub(super) mod store;

use std::collections::BTreeMap;

use crate::kernel::area_code::distance_miles;
use crate::kernel::{AreaCode, Micros};
use crate::stored_enum;

stored_enum! {
    /// Where an order may turn when an area code is sold out.
    pub enum Fallback {
        /// Nowhere.
        Nowhere = "none",
        /// To the codes that overlay the same area.
        Overlay = "overlay",
        /// To those, then to the nearest of the same state.
        State = "state",
        /// To those, then to the nearest of the country.
        Anywhere = "anywhere",
    }
}

impl Fallback {
    /// What the form calls it.
    pub fn label(self) -> &'static str {
        match self {
            Fallback::Nowhere => "Buy fewer: only the area codes above",
            Fallback::Overlay => "Same overlay: other codes of the same area",
            Fallback::State => "Same overlay, then the same state, nearest first",
            Fallback::Anywhere => "Same overlay, the same state, then anywhere in the country, nearest first",
        }
    }
}

/// The most codes that may be named for one area code.
pub const MOST_NAMED: usize = 8;
/// So many more codes are named than are expected to be needed, somebody else may be quicker; and more, until the
/// numbers that searches really showed are as many as are wanted.
const SPARES: usize = 2;
/// So many codes are asked about at once for each area code that still lacks numbers.
const AHEAD: usize = 3;

/// The codes that may stand in for one, in the order in which they are tried; never a toll-free code, and none for
/// one.
pub fn stand_ins(wanted: AreaCode, fallback: Fallback) -> Vec<AreaCode> {
    let furthest = match fallback {
        Fallback::Nowhere => return Vec::new(),
        Fallback::Overlay => 0,
        Fallback::State => 1,
        Fallback::Anywhere => 2,
    };
    let info = wanted.info();
    let rank = |code: AreaCode| match code.info() {
        _ if info.overlay_codes.contains(&code) => 0,
        other if other.regions.iter().any(|region| info.regions.contains(region)) => 1,
        _ => 2,
    };
    let mut codes: Vec<(i32, f64, AreaCode)> = AreaCode::all()
        .filter(|code| *code != wanted && code.info().country == info.country)
        .filter_map(|code| Some((rank(code), distance_miles(wanted, code)?, code)))
        .filter(|(rank, ..)| *rank <= furthest)
        .collect();
    codes.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    codes.into_iter().map(|(.., code)| code).collect()
}

/// The toll-free codes in the order in which any of them is bought: the newest first, which has most left.
pub fn toll_free() -> Vec<AreaCode> {
    let mut codes: Vec<AreaCode> = AreaCode::all_toll_free().collect();
    codes.sort_by_key(|code| std::cmp::Reverse((code.info().in_service, *code)));
    codes
}

/// The codes that an order may name for this one.
fn allowed(wanted: AreaCode, fallback: Fallback) -> Vec<AreaCode> {
    if wanted.is_toll_free() {
        toll_free().into_iter().filter(|code| *code != wanted).collect()
    } else {
        stand_ins(wanted, fallback)
    }
}

/// Numbers wanted of an area code, and where to turn when it has not so many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Where.
    pub area_code: AreaCode,
    /// How many.
    pub asked: i64,
    /// The codes that may stand in for it, in the order in which they are tried.
    pub stand_ins: Vec<AreaCode>,
}

/// How many numbers of an area code are for sale, as far as a search shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// No more than these.
    Only(i64),
    /// As many as a search can show; there may be more.
    AtLeast(i64),
}

impl Stock {
    /// Whether there is any.
    pub fn is_some(self) -> bool {
        self != Stock::Only(0)
    }
}

/// A code named to stand in for another: numbers come from no other than those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The code that is wanted.
    pub wanted: AreaCode,
    /// The code that is tried when that one, and those named before, run dry.
    pub area_code: AreaCode,
    /// How many numbers it is expected to give.
    pub expected: i64,
    /// What one costs a month.
    pub price: Micros,
}

/// How a demand is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laid {
    /// The code that is wanted.
    pub area_code: AreaCode,
    /// How many it gives itself.
    pub direct: i64,
    /// The codes to try when it runs dry, in their order, and how many each is expected to give.
    pub named: Vec<(AreaCode, i64)>,
    /// The codes passed over because they have nothing left.
    pub dry: Vec<AreaCode>,
    /// How many are missing all the same.
    pub missing: i64,
    /// The codes to ask about next, before more can be said.
    pub ask: Vec<AreaCode>,
}

/// Lays out how demands are met from what is for sale. Each code gives to those who want it before it stands in for
/// another, and nothing twice. Of a code that `stock` does not know nothing more is said: see [`Laid::ask`].
pub fn lay_out(demands: &[Demand], stock: &BTreeMap<AreaCode, Stock>) -> Vec<Laid> {
    let mut left: BTreeMap<AreaCode, i64> = stock
        .iter()
        .map(|(&code, &stock)| match stock {
            Stock::Only(count) => (code, count.max(0)),
            Stock::AtLeast(_) => (code, i64::MAX),
        })
        .collect();
    let mut take = |code: AreaCode, most: i64| match left.get_mut(&code) {
        None => None,
        Some(left) => {
            let had = *left;
            let taken = most.clamp(0, had);
            if had != i64::MAX {
                *left -= taken;
            }
            Some((taken, had))
        }
    };
    let direct: Vec<i64> = demands
        .iter()
        .map(|demand| take(demand.area_code, demand.asked).map_or(0, |(taken, _)| taken))
        .collect();
    demands
        .iter()
        .zip(direct)
        .map(|(demand, direct)| {
            let mut laid = Laid {
                area_code: demand.area_code,
                direct,
                named: Vec::new(),
                dry: Vec::new(),
                missing: demand.asked - direct,
                ask: Vec::new(),
            };
            let shown = |code: AreaCode| match stock.get(&code) {
                Some(Stock::Only(count) | Stock::AtLeast(count)) => *count,
                None => 0,
            };
            let (mut spares, mut seen) = (0, shown(demand.area_code));
            for (at, &code) in demand.stand_ins.iter().enumerate() {
                let enough = laid.missing == 0 && spares >= SPARES && seen >= demand.asked;
                if enough || laid.named.len() == MOST_NAMED {
                    break;
                }
                match take(code, laid.missing) {
                    None => {
                        laid.ask = demand.stand_ins[at..].iter().copied().take(AHEAD).collect();
                        laid.ask.retain(|code| !stock.contains_key(code));
                        break;
                    }
                    Some((_, 0)) => laid.dry.push(code),
                    Some((taken, _)) => {
                        spares += usize::from(laid.missing == 0);
                        laid.missing -= taken;
                        seen = seen.saturating_add(shown(code));
                        laid.named.push((code, taken));
                    }
                }
            }
            laid
        })
        .collect()
}

/// Whether these codes may be named with an order of so many numbers by area code: each for a code that is wanted,
/// in the order of the rule, once, and no more numbers expected of them than are wanted.
pub fn may_name(wanted: &[(AreaCode, i64)], named: &[Named], fallback: Fallback) -> bool {
    let known = |one: &Named| wanted.iter().any(|(code, _)| *code == one.wanted);
    named.iter().all(|one| known(one) && one.expected >= 0 && one.price >= Micros::ZERO)
        && wanted.iter().all(|&(code, count)| {
            let mine: Vec<&Named> = named.iter().filter(|one| one.wanted == code).collect();
            // A part of the rule's list in its order; what is taken from the iterator cannot come again.
            let mut rule = allowed(code, fallback).into_iter();
            mine.len() <= MOST_NAMED
                && mine.iter().all(|one| rule.any(|code| code == one.area_code))
                && mine
                    .iter()
                    .map(|one| one.expected)
                    .try_fold(0_i64, i64::checked_add)
                    .is_some_and(|sum| sum <= count)
        })
}

#[cfg(test)]
mod tests;
