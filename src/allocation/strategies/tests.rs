//! What every strategy must keep to, and what the simple one promises.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::load::{Picker, forecast, overlays};
use super::super::model::{ByCode, Needs, Reason, Rules, Stock, Supply};
use super::{ALL, Strategy, simple::Simple};
use crate::campaigns::needed;
use crate::kernel::AreaCode;

/// Codes of several overlay groups, two groups that share 917, and codes alone.
const CODES: [&str; 17] = [
    "313", "679", "248", "947", "212", "332", "646", "917", "718", "347", "929", "989", "517", "415", "628",
    "907", "616",
];

fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

fn by_code(pairs: &[(&str, i64)]) -> ByCode {
    pairs.iter().map(|&(text, count)| (code(text), count)).collect()
}

fn supply(pairs: &[(&str, i64)]) -> Supply {
    let stock = |count| Stock { usable: count, owned: count };
    Supply::new(pairs.iter().map(|&(text, count)| (code(text), stock(count))).collect())
}

fn rules(room: i64) -> Rules {
    Rules { picker: Picker::Twilio, room, held: ByCode::new(), pool: None }
}

fn any_counts(most: i64) -> impl proptest::strategy::Strategy<Value = Vec<i64>> {
    proptest::collection::vec(prop_oneof![3 => Just(0), 7 => 0..most], CODES.len())
}

fn zip(counts: &[i64]) -> ByCode {
    CODES.iter().zip(counts).map(|(text, &count)| (code(text), count)).collect()
}

/// The load of a number from within its place alone, counted contact by contact and not as `load` does it.
fn local_load(needs: &Needs, numbers: &ByCode, of: AreaCode) -> f64 {
    let has = |code: AreaCode| numbers.get(&code).copied().unwrap_or(0);
    let mut load = needs.of(of) as f64 / has(of) as f64;
    for (&other, &contacts) in needs.contacts() {
        if has(other) == 0 && overlays(other).any(|overlay| overlay == of) {
            let carriers: i64 = overlays(other).map(has).sum();
            load += contacts as f64 / carriers as f64;
        }
    }
    load
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_strategy_keeps_to_stock_and_room_and_loses_nobody(
        contacts in any_counts(4_000),
        stock in any_counts(30),
        held in any_counts(20),
        ratio in 1..500i64,
        room in 0..120i64,
        picker in prop_oneof![Just(Picker::Twilio), Just(Picker::Numberbank)],
    ) {
        let needs = Needs::new(&zip(&contacts), ratio);
        let stock = zip(&stock);
        let supply = Supply::new(
            stock.iter().map(|(&code, &count)| (code, Stock { usable: count, owned: count + 3 })).collect(),
        );
        let rules = Rules { picker, room, held: zip(&held), pool: None };
        for strategy in ALL {
            let plan = strategy.plan(&needs, &supply, &rules);
            for (code, &count) in &plan.numbers {
                prop_assert!(count > 0 && count <= stock[code], "{} takes {count} of {code}", strategy.key());
            }
            prop_assert!(plan.total() <= room);
            if strategy.chooses() {
                prop_assert!(plan.total() <= plan.wanted);
                prop_assert_eq!(plan.wanted, needed(needs.total(), ratio).min(room));
            }
            let again = strategy.plan(&needs, &supply, &rules);
            prop_assert_eq!(&plan, &again);
            if plan.total() > 0 {
                let carried: f64 =
                    plan.numbers.iter().map(|(code, &count)| plan.forecast.loads[code] * count as f64).sum();
                prop_assert!((carried - needs.total() as f64).abs() < 0.01, "{carried} of {}", needs.total());
                let f = &plan.forecast;
                let shares = f.own + f.overlay + f.state + f.other;
                prop_assert!((shares - needs.total() as f64).abs() < 0.01);
            }
            for code in needs.contacts().keys().chain(plan.numbers.keys()) {
                prop_assert!(plan.reasons.contains_key(code), "{code} has no reason");
            }
        }
    }

    #[test]
    fn the_simple_planner_leaves_no_hot_spot(
        contacts in any_counts(4_000),
        stock in any_counts(30),
        ratio in 20..500i64,
        room in 1..200i64,
    ) {
        let needs = Needs::new(&zip(&contacts), ratio);
        let supply = Supply::new(
            zip(&stock).iter().map(|(&code, &count)| (code, Stock { usable: count, owned: count })).collect(),
        );
        let plan = Simple.plan(&needs, &supply, &rules(room));
        for (&code, &count) in &plan.numbers {
            prop_assert!(count >= needs.needed(code), "{code} is partly covered");
            let load = local_load(&needs, &plan.numbers, code);
            prop_assert!(load <= ratio as f64 + 1e-6, "{code} would carry {load} from its own place");
            // A place is covered as a whole.
            let place = &code.info().geography;
            let has: i64 = place.iter().map(|other| plan.numbers.get(other).copied().unwrap_or(0)).sum();
            let wants = needed(needs.of_all(place), ratio);
            prop_assert!(has >= wants, "the place of {code} has {has} of {wants}");
        }
        for reason in plan.reasons.values() {
            let partly = matches!(reason, Reason::Partly { .. });
            prop_assert!(!partly);
        }
    }

    #[test]
    fn plenty_of_stock_covers_every_code_that_fits(contacts in any_counts(4_000), ratio in 20..500i64) {
        let needs = Needs::new(&zip(&contacts), ratio);
        let supply = supply(&CODES.map(|text| (text, 1_000)));
        let plan = Simple.plan(&needs, &supply, &rules(1_000_000));
        prop_assert_eq!(plan.total(), needs.wanted());
    }
}

#[test]
fn own_codes_come_first_the_largest_first() {
    let needs = Needs::new(&by_code(&[("313", 1_000), ("989", 900), ("517", 100)]), 100);
    let plan = Simple.plan(&needs, &supply(&[("313", 10), ("989", 8), ("517", 9)]), &rules(400));
    // 989 needs nine and has eight: it is left out, and its share goes to codes that are covered.
    assert_eq!(plan.numbers, by_code(&[("313", 10), ("517", 9)]));
    assert_eq!(plan.reasons[&code("313")].words(), "own code, wholly covered");
    assert_eq!(plan.reasons[&code("989")].words(), "left out: needs 9, we own 8");
    assert_eq!(plan.wanted, 20);
    // 1000/10 own, and 900/19 of those left out.
    assert_eq!(plan.forecast.hottest(), Some((code("313"), 148)));
}

#[test]
fn an_overlay_without_numbers_is_carried_by_its_group() {
    let needs = Needs::new(&by_code(&[("248", 6_900), ("947", 1_240)]), 200);
    let plan = Simple.plan(&needs, &supply(&[("248", 50), ("947", 3)]), &rules(400));
    assert_eq!(plan.numbers, by_code(&[("248", 41)]));
    assert_eq!(plan.reasons[&code("947")].words(), "left out: its overlay 248 carries it");
    assert_eq!(plan.reasons[&code("248")].words(), "own code, wholly covered; carries its overlay 947 too");
    // With 38 numbers 248 alone would be covered, but geomatch would send the contacts of 947 to it as well.
    let plan = Simple.plan(&needs, &supply(&[("248", 38), ("947", 3)]), &rules(400));
    assert_eq!(plan.numbers, ByCode::new());
    assert_eq!(
        plan.reasons[&code("248")].words(),
        "left out: with its overlays it needs 41, and 38 can be used"
    );
}

#[test]
fn a_code_without_contacts_carries_its_overlay() {
    let needs = Needs::new(&by_code(&[("947", 1_000)]), 200);
    let plan = Simple.plan(&needs, &supply(&[("248", 9), ("947", 2)]), &rules(400));
    assert_eq!(plan.numbers, by_code(&[("248", 5)]));
    assert_eq!(plan.reasons[&code("248")], Reason::Helps);
    assert_eq!(plan.reasons[&code("947")], Reason::CarriedBy(vec![code("248")]));
}

#[test]
fn the_room_is_spent_on_the_largest() {
    let needs = Needs::new(&by_code(&[("313", 3_000), ("989", 1_000), ("517", 900)]), 100);
    let plan = Simple.plan(&needs, &supply(&[("313", 50), ("989", 50), ("517", 50)]), &rules(35));
    assert_eq!((plan.wanted, plan.total()), (35, 35));
    assert_eq!(plan.numbers, by_code(&[("313", 35)]));
    assert_eq!(plan.reasons[&code("989")].words(), "left out: the numbers went to larger area codes");
}

#[test]
fn loads_follow_the_formulas() {
    // 313: own 500 on 5; 679 (its overlay) has none: 100 on those 5; 517 (no overlay) has none: 80 on all 8.
    let needs = Needs::new(&by_code(&[("313", 500), ("679", 100), ("517", 80), ("989", 30)]), 100);
    let numbers = by_code(&[("313", 5), ("989", 3)]);
    let twilio = forecast(Picker::Twilio, &needs, &numbers);
    assert_eq!(twilio.loads, BTreeMap::from([(code("313"), 130.0), (code("989"), 20.0)]));
    assert_eq!((twilio.own, twilio.overlay, twilio.state, twilio.other), (530.0, 100.0, 80.0, 0.0));
    assert_eq!((twilio.own_percent(), twilio.hottest()), (74, Some((code("313"), 130))));
    // Asked ourselves: 313 is full, so both fill 989, which stays below the ratio.
    let ours = forecast(Picker::Numberbank, &needs, &numbers);
    assert_eq!(ours.loads, BTreeMap::from([(code("313"), 100.0), (code("989"), 70.0)]));
    assert_eq!((ours.own, ours.overlay, ours.state, ours.other), (530.0, 0.0, 180.0, 0.0));
    assert_eq!(forecast(Picker::Twilio, &needs, &ByCode::new()).hottest(), None);
}

#[test]
fn what_is_too_much_is_spread_over_all_numbers() {
    let needs = Needs::new(&by_code(&[("313", 100), ("517", 900)]), 100);
    let ours = forecast(Picker::Numberbank, &needs, &by_code(&[("313", 1), ("907", 1)]));
    assert_eq!(ours.loads, BTreeMap::from([(code("313"), 500.0), (code("907"), 500.0)]));
    assert_eq!((ours.state, ours.other), (400.0, 500.0));
}
