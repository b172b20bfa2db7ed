//! Which numbers exist: pure, and the same for ever from a seed.
//!
//! Every number is `+1 NPA 555 XXXX`. The exchange 555 is kept for directory assistance and fiction, so no practice
//! number rings at anybody's home. 555-1212 and 555-4334 are real services and are left out, which leaves
//! [`PER_CODE`] numbers an area code in an order of their own. The first [`initial`] of them are for sale at first.

use crate::kernel::{AreaCode, E164};

use super::dice;

/// How many numbers an area code can have at most.
pub const PER_CODE: u16 = 9_998;
/// Area codes with nothing for sale. San Francisco, Miami and Boston have overlays to turn to; Alaska has none.
pub const SOLD_OUT: [&str; 4] = ["305", "415", "617", "907"];
/// Area codes with exactly three numbers left: Denver, Atlanta, Portland, Hawaii.
pub const THREE_LEFT: [&str; 4] = ["303", "404", "503", "808"];
/// Area codes with 8 to 40 numbers for sale: Washington, Seattle, Manhattan, Los Angeles, Dallas, Chicago, Austin,
/// Houston, and the oldest toll-free code.
pub const SCARCE: [&str; 9] = ["202", "206", "212", "213", "214", "312", "512", "713", "800"];

/// Lines of exchange 555 that are in real use, ascending.
const KEPT_OUT: [u16; 2] = [1212, 4334];

/// How many numbers are for sale in a new world: 0, 3 or 8 to 40 for the codes listed above, 240 to 900 elsewhere.
pub fn initial(seed: u64, area_code: AreaCode) -> u16 {
    let code = area_code.as_str();
    let draw = dice::mix(seed, &[dice::text("stock"), dice::text(code)]);
    let between = |low: u16, high: u16| low + u16::try_from(draw % u64::from(high - low + 1)).unwrap_or(0);
    if SOLD_OUT.contains(&code) {
        0
    } else if THREE_LEFT.contains(&code) {
        3
    } else if SCARCE.contains(&code) {
        between(8, 40)
    } else {
        between(240, 900)
    }
}

/// The number in this place of its area code's order; `None` from [`PER_CODE`] on.
pub fn number_at(seed: u64, area_code: AreaCode, index: u16) -> Option<E164> {
    if index >= PER_CODE {
        return None;
    }
    let keys = keys(seed, area_code.as_str());
    let mut place = shuffle(&keys, index);
    while place >= PER_CODE {
        place = shuffle(&keys, place);
    }
    let line = KEPT_OUT.iter().fold(place, |line, kept_out| line + u16::from(line >= *kept_out));
    E164::parse(&format!("+1{}555{line:04}", area_code.as_str())).ok()
}

/// The place of a number in its area code's order; `None` when no such number exists in this world.
pub fn index_of(seed: u64, number: E164) -> Option<u16> {
    let area_code = number.area_code().ok()?;
    let (exchange, line) = number.as_str().get(5..)?.split_at_checked(3)?;
    let line: u16 = line.parse().ok()?;
    if exchange != "555" || KEPT_OUT.contains(&line) {
        return None;
    }
    let skipped = KEPT_OUT.iter().filter(|kept_out| line > **kept_out).count();
    let mut index = line - u16::try_from(skipped).ok()?;
    let keys = keys(seed, area_code.as_str());
    index = unshuffle(&keys, index);
    while index >= PER_CODE {
        index = unshuffle(&keys, index);
    }
    Some(index)
}

type Keys = [u64; 4];

fn keys(seed: u64, code: &str) -> Keys {
    [0, 1, 2, 3].map(|round| dice::mix(seed, &[dice::text("order"), dice::text(code), round]))
}

/// A permutation of `0..16384` (a Feistel network of two 7-bit halves); walked until it falls below [`PER_CODE`] it
/// permutes that range.
fn shuffle(keys: &Keys, value: u16) -> u16 {
    let (mut left, mut right) = (value >> 7, value & 127);
    for key in keys {
        (left, right) = (right, left ^ scramble(*key, right));
    }
    left << 7 | right
}

fn unshuffle(keys: &Keys, value: u16) -> u16 {
    let (mut left, mut right) = (value >> 7, value & 127);
    for key in keys.iter().rev() {
        (left, right) = (right ^ scramble(*key, left), left);
    }
    left << 7 | right
}

fn scramble(key: u64, half: u16) -> u16 {
    u16::try_from(dice::mix(key, &[u64::from(half)]) & 127).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn any_code() -> impl Strategy<Value = AreaCode> {
        let codes: Vec<_> = AreaCode::all().chain(AreaCode::all_toll_free()).collect();
        prop::sample::select(codes)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_code_has_all_its_numbers_once(seed: u64, code in any_code()) {
            let mut seen = HashSet::new();
            for index in 0..PER_CODE {
                let number = number_at(seed, code, index).unwrap();
                prop_assert_eq!(number.area_code().unwrap(), code);
                let text = number.as_str();
                prop_assert_eq!(&text[5..8], "555");
                prop_assert!(!["1212", "4334"].contains(&&text[8..]));
                prop_assert!(seen.insert(number));
                prop_assert_eq!(index_of(seed, number), Some(index));
            }
            prop_assert_eq!(number_at(seed, code, PER_CODE), None);
        }

        #[test]
        fn stock_is_as_documented(seed: u64, code in any_code()) {
            let size = initial(seed, code);
            let documented = match code.as_str() {
                code if SOLD_OUT.contains(&code) => 0..=0,
                code if THREE_LEFT.contains(&code) => 3..=3,
                code if SCARCE.contains(&code) => 8..=40,
                _ => 240..=900,
            };
            prop_assert!(documented.contains(&size));
            prop_assert_eq!(size, initial(seed, code));
        }
    }

    #[test]
    fn listed_codes_exist_and_are_listed_once() {
        let all: Vec<_> = SOLD_OUT.iter().chain(&THREE_LEFT).chain(&SCARCE).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        for code in all {
            assert!(AreaCode::parse(code).is_ok(), "{code}");
        }
    }

    #[test]
    fn seeds_differ_and_foreign_numbers_do_not_exist() {
        let code = AreaCode::parse("313").unwrap();
        let order = |seed| (0..9).map(|index| number_at(seed, code, index)).collect::<Vec<_>>();
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        for foreign in ["+13135551212", "+13135554334", "+13136550100", "+19005550100"] {
            assert_eq!(index_of(1, E164::parse(foreign).unwrap()), None, "{foreign}");
        }
    }
}
