//! What every strategy must keep to, and what each promises.

mod brute;
mod examples;

use proptest::prelude::*;

use super::super::load::Picker;
use super::super::model::{ByCode, Needs, Plan, Reason, Rules, Stock, Supply};
use super::super::places::{Place, Places, list};
use super::{ALL, best::Best, plan};
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

fn stocked(counts: &ByCode) -> Supply {
    let stock = |(&code, &count): (&AreaCode, &i64)| (code, Stock { usable: count, owned: count });
    Supply::new(counts.iter().map(stock).collect())
}

fn supply(pairs: &[(&str, i64)]) -> Supply {
    stocked(&by_code(pairs))
}

fn rules(room: i64) -> Rules {
    Rules::new(Picker::Twilio, room)
}

fn places(must: &str, must_not: &str, only: &str) -> Places {
    Places { must: list(must).unwrap(), must_not: list(must_not).unwrap(), only: list(only).unwrap() }
}

fn any_counts(most: i64) -> impl proptest::strategy::Strategy<Value = Vec<i64>> {
    proptest::collection::vec(prop_oneof![3 => Just(0), 7 => 0..most], CODES.len())
}

fn any_picker() -> impl proptest::strategy::Strategy<Value = Picker> {
    prop_oneof![Just(Picker::Twilio), Just(Picker::Numberbank)]
}

fn any_places() -> impl proptest::strategy::Strategy<Value = Places> {
    let place = || {
        prop_oneof![
            4 => proptest::sample::select(CODES.to_vec()).prop_map(|text| Place::Code(code(text))),
            1 => proptest::sample::select(vec!["MI", "NY", "CA", "AK"]).prop_map(|text| Place::parse(text).unwrap()),
        ]
    };
    let some = move |most: usize| proptest::collection::vec(place(), 0..most);
    (some(3), some(3), prop_oneof![3 => Just(Vec::new()), 1 => some(6)])
        .prop_map(|(must, must_not, only)| Places { must, must_not, only })
        .prop_filter("contradicts itself", |places| places.contradiction().is_none())
}

fn zip(counts: &[i64]) -> ByCode {
    CODES.iter().zip(counts).map(|(text, &count)| (code(text), count)).collect()
}

fn matched(plan: &Plan, picker: Picker) -> f64 {
    match picker {
        Picker::Twilio => plan.forecast.own + plan.forecast.overlay,
        Picker::Numberbank => plan.forecast.own,
    }
}

fn hottest(plan: &Plan) -> f64 {
    plan.forecast.loads.values().copied().fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_strategy_keeps_to_stock_room_and_rules_and_loses_nobody(
        contacts in any_counts(4_000),
        stock in any_counts(30),
        held in any_counts(20),
        ratio in 1..500i64,
        room in 0..120i64,
        picker in any_picker(),
        places in any_places(),
    ) {
        let needs = Needs::new(&zip(&contacts), ratio);
        let stock = zip(&stock);
        let supply = Supply::new(
            stock.iter().map(|(&code, &count)| (code, Stock { usable: count, owned: count + 3 })).collect(),
        );
        let rules = Rules { held: zip(&held), places, ..Rules::new(picker, room) };
        let usable = |code: AreaCode| if rules.places.ban(code).is_some() { 0 } else { stock[&code] };
        for strategy in ALL {
            let plan = plan(*strategy, &needs, &supply, &rules);
            for (&code, &count) in &plan.numbers {
                prop_assert!(count > 0 && count <= usable(code), "{} takes {count} of {code}", strategy.key());
            }
            prop_assert!(plan.total() <= room);
            if strategy.chooses() {
                prop_assert!(plan.total() <= plan.wanted);
                prop_assert_eq!(plan.wanted, needed(needs.total(), ratio).min(room));
            }
            // What must be used is, when there is any of it, and as many numbers as there are such rules.
            let wanted = rules.places.must.len() as i64;
            if plan.wanted >= wanted {
                for place in &rules.places.must {
                    let could = stock.keys().any(|&code| place.has(code) && usable(code) > 0);
                    let does = plan.numbers.keys().any(|&code| place.has(code));
                    prop_assert_eq!(could, does, "{}: {}", strategy.key(), place.words());
                }
            }
            let again = super::plan(*strategy, &needs, &supply, &rules);
            prop_assert_eq!(&plan, &again);
            if plan.total() > 0 {
                let carried: f64 =
                    plan.numbers.iter().map(|(code, &count)| plan.forecast.loads[code] * count as f64).sum();
                prop_assert!((carried - needs.total() as f64).abs() < 0.01, "{carried} of {}", needs.total());
                let f = &plan.forecast;
                let shares = f.own + f.overlay + f.state + f.other;
                prop_assert!((shares - needs.total() as f64).abs() < 0.01);
            }
            for &code in needs.contacts().keys().chain(plan.numbers.keys()) {
                let reason = plan.reasons.get(&code);
                prop_assert!(reason.is_some(), "{code} has no reason");
                let banned = matches!(reason, Some(Reason::Banned(_)));
                prop_assert_eq!(banned, rules.places.ban(code).is_some());
            }
        }
    }

    #[test]
    fn what_is_topped_up_keeps_what_it_has(
        contacts in any_counts(4_000),
        stock in any_counts(30),
        held in any_counts(12),
        ratio in 1..500i64,
        picker in any_picker(),
    ) {
        let needs = Needs::new(&zip(&contacts), ratio);
        let (stock, held) = (zip(&stock), zip(&held));
        let all: ByCode = stock.iter().map(|(&code, &count)| (code, count + held[&code])).collect();
        let rules = Rules { held: held.clone(), keep: held.clone(), ..Rules::new(picker, 400) };
        let kept: i64 = held.values().sum();
        for strategy in ALL {
            let plan = plan(*strategy, &needs, &stocked(&all), &rules);
            for (code, &count) in &held {
                let has = plan.numbers.get(code).copied().unwrap_or(0);
                prop_assert!(has >= count && has <= all[code], "{}: {code}", strategy.key());
            }
            if strategy.chooses() {
                prop_assert!(plan.total() <= plan.wanted.max(kept), "{}", strategy.key());
            }
        }
    }

    #[test]
    fn asked_ourselves_the_best_planner_leaves_no_code_partly_covered(
        contacts in any_counts(4_000),
        stock in any_counts(30),
        ratio in 20..500i64,
        room in 1..200i64,
    ) {
        let needs = Needs::new(&zip(&contacts), ratio);
        let rules = Rules::new(Picker::Numberbank, room);
        let plan = plan(&Best, &needs, &stocked(&zip(&stock)), &rules);
        for (&code, &count) in &plan.numbers {
            prop_assert!(count >= needs.needed(code), "{code} is partly covered");
        }
        if plan.total() == needs.wanted() {
            prop_assert!(hottest(&plan) <= ratio as f64 + 1e-6, "{}", hottest(&plan));
        }
    }

    #[test]
    fn more_stock_never_matches_fewer(
        contacts in any_counts(4_000),
        stock in any_counts(30),
        more in any_counts(10),
        ratio in 20..500i64,
        room in 1..200i64,
        picker in any_picker(),
    ) {
        let needs = Needs::new(&zip(&contacts), ratio);
        let rules = Rules::new(picker, room);
        let grown: Vec<i64> = stock.iter().zip(&more).map(|(a, b)| a + b).collect();
        let before = plan(&Best, &needs, &stocked(&zip(&stock)), &rules);
        let after = plan(&Best, &needs, &stocked(&zip(&grown)), &rules);
        // With geomatch a cooler pool comes before a better matched one: what is compared is equally cool.
        let tolerated = (ratio * 125 / 100) as f64 + 1e-6;
        if picker == Picker::Numberbank || hottest(&before) <= tolerated && before.total() > 0 {
            prop_assert!(
                matched(&after, picker) >= matched(&before, picker) - 1e-6,
                "{} fell to {}", matched(&before, picker), matched(&after, picker)
            );
        }
    }

    #[test]
    fn plenty_of_stock_is_all_that_is_wanted(
        contacts in any_counts(4_000), ratio in 20..500i64, picker in any_picker(),
    ) {
        let needs = Needs::new(&zip(&contacts), ratio);
        let supply = supply(&CODES.map(|text| (text, 1_000)));
        for strategy in ALL.iter().filter(|strategy| strategy.chooses()) {
            let plan = plan(*strategy, &needs, &supply, &Rules::new(picker, 1_000_000));
            prop_assert_eq!(plan.total(), needs.wanted(), "{}", strategy.key());
        }
    }
}
