//! Each strategy against every plan there is, where there are few.

use proptest::prelude::*;

use super::super::super::load::{self, Picker};
use super::super::super::model::{ByCode, Needs, Rules};
use super::super::{best::Best, even::EvenSpread, manual::Manual, plan};
use super::{code, hottest, matched, places, stocked};
use crate::kernel::AreaCode;

/// An overlay pair, three codes that 917 joins, and two alone of which one lies in the pair's state.
const FEW: [&str; 6] = ["313", "679", "212", "917", "989", "415"];
const MOST: i64 = 3;

fn zip(counts: &[i64]) -> ByCode {
    FEW.iter().zip(counts).map(|(text, &count)| (code(text), count)).collect()
}

/// Every plan of at most so many numbers.
fn every(stock: &ByCode, most: i64) -> Vec<ByCode> {
    let mut all = vec![ByCode::new()];
    for (&code, &count) in stock {
        let longer = |plan: &ByCode| -> Vec<ByCode> {
            let left = most - plan.values().sum::<i64>();
            let with = |taken: i64| {
                let mut plan = plan.clone();
                if taken > 0 {
                    plan.insert(code, taken);
                }
                plan
            };
            (0..=count.min(left)).map(with).collect()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

fn counts(most: i64) -> impl proptest::strategy::Strategy<Value = Vec<i64>> {
    proptest::collection::vec(prop_oneof![1 => Just(0), 3 => 0..=most], FEW.len())
}

/// The most contacts that a number texts of its own code.
fn own_load(needs: &Needs, numbers: &ByCode) -> i64 {
    let load = |(&code, &count): (&AreaCode, &i64)| (needs.of(code) + count - 1) / count;
    numbers.iter().map(load).max().unwrap_or(0)
}

fn hottest_of(needs: &Needs, numbers: &ByCode) -> f64 {
    load::forecast(Picker::Twilio, needs, numbers).loads.values().copied().fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn asked_ourselves_nothing_covers_more_nor_as_much_with_a_lower_load(
        contacts in counts(500), stock in counts(MOST), room in 1..12i64,
    ) {
        let needs = Needs::new(&zip(&contacts), 100);
        let (stock, rules) = (zip(&stock), Rules::new(Picker::Numberbank, room));
        let wanted = rules.wanted(&needs);
        let ours = plan(&Best, &needs, &stocked(&stock), &rules);
        let whole = |numbers: &ByCode| numbers.iter().all(|(code, &count)| count >= needs.needed(*code));
        let covered = |numbers: &ByCode| -> i64 { numbers.keys().map(|&code| needs.of(code)).sum() };
        let every: Vec<ByCode> = every(&stock, wanted).into_iter().filter(whole).collect();
        let best = every.iter().map(covered).max().unwrap_or(0);
        prop_assert!(whole(&ours.numbers));
        prop_assert_eq!(covered(&ours.numbers), best);
        prop_assert!((matched(&ours, Picker::Numberbank) - best as f64).abs() < 1e-6);
        let coolest = every.iter().filter(|one| covered(one) == best).map(|one| own_load(&needs, one)).min();
        // Nobody can text fewer than all do on average.
        let average = needs.total() / wanted.max(1);
        prop_assert!(own_load(&needs, &ours.numbers) <= coolest.unwrap_or(0).max(average));
        // All that can help is used: what has no contacts, and what is covered.
        let usable: i64 = stock
            .iter()
            .filter(|(code, _)| needs.of(**code) == 0 || ours.numbers.contains_key(code))
            .map(|(_, count)| count)
            .sum();
        prop_assert_eq!(ours.total(), usable.min(wanted));
    }

    #[test]
    fn under_geomatch_nothing_is_cooler_nor_as_cool_and_better_matched(
        contacts in counts(500), stock in counts(MOST), room in 1..8i64, helpers in any::<bool>(),
    ) {
        let needs = Needs::new(&zip(&contacts), 100);
        let (mut stock, rules) = (zip(&stock), Rules::new(Picker::Twilio, room));
        if helpers {
            stock.insert(code("907"), room);
        }
        let wanted = rules.wanted(&needs);
        let ours = plan(&Best, &needs, &stocked(&stock), &rules);
        let every: Vec<(f64, f64)> = every(&stock, wanted)
            .into_iter()
            .filter(|one| !one.is_empty())
            .map(|one| {
                let forecast = load::forecast(Picker::Twilio, &needs, &one);
                (hottest_of(&needs, &one), forecast.own + forecast.overlay)
            })
            .collect();
        let Some(coolest) = every.iter().map(|(load, _)| *load).min_by(f64::total_cmp) else {
            prop_assert_eq!(ours.total(), 0);
            return Ok(());
        };
        let most = coolest.max(125.0);
        let ours_matched = matched(&ours, Picker::Twilio);
        let best = every.iter().filter(|(load, _)| *load <= most + 1e-6).map(|(_, matched)| *matched);
        let best = best.fold(0.0, f64::max);
        if helpers {
            // There are always as many numbers as wanted: proved.
            prop_assert!(hottest(&ours) <= most.ceil() + 1e-6, "{} and not {coolest}", hottest(&ours));
            prop_assert!(ours_matched >= best - 1e-6, "{ours_matched} and not {best} at {most}: {:?}", ours.numbers);
            prop_assert_eq!(ours.total(), wanted);
        } else {
            prop_assert!(hottest(&ours) <= most * 1.5, "{} and not {coolest}: {:?}", hottest(&ours), ours.numbers);
        }
        let usable: ByCode = stock.clone();
        let bound = super::super::best::bound(&needs, &stocked(&usable), wanted, hottest(&ours));
        prop_assert!(ours_matched <= bound * needs.total() as f64 + 1e-6);
    }

    #[test]
    fn an_even_spread_cannot_be_evener(
        contacts in counts(500), stock in counts(6), room in 0..20i64, chosen in any::<bool>(),
    ) {
        let needs = Needs::new(&zip(&contacts), 100);
        let only = if chosen { places("", "", "313, 989, 212") } else { places("", "", "") };
        let rules = Rules { places: only, ..Rules::new(Picker::Twilio, room) };
        let stock = zip(&stock);
        let ours = plan(&EvenSpread, &needs, &stocked(&stock), &rules);
        let codes: Vec<AreaCode> = match chosen {
            true => ["313", "989", "212"].map(code).to_vec(),
            false => needs.contacts().keys().copied().collect(),
        };
        let sorted = |plan: &ByCode| -> Vec<i64> {
            let mut counts: Vec<i64> = codes.iter().map(|code| plan.get(code).copied().unwrap_or(0)).collect();
            counts.sort_unstable();
            counts
        };
        let of_these: ByCode =
            stock.iter().filter(|(code, _)| codes.contains(code)).map(|(&code, &count)| (code, count)).collect();
        let all: i64 = of_these.values().sum();
        prop_assert_eq!(ours.total(), all.min(rules.wanted(&needs)));
        let best = every(&of_these, ours.total()).iter().map(sorted).max().unwrap_or_default();
        prop_assert_eq!(sorted(&ours.numbers), best);
    }

    #[test]
    fn by_hand_stays_what_is_held(held in counts(MOST), stock in counts(MOST), room in 0..20i64) {
        let (held, stock) = (zip(&held), zip(&stock));
        let rules = Rules { held: held.clone(), ..Rules::new(Picker::Twilio, room) };
        let ours = plan(&Manual, &Needs::new(&zip(&[100; 6]), 100), &stocked(&stock), &rules);
        let kept: i64 = held.iter().map(|(code, &count)| count.min(stock[code])).sum();
        prop_assert_eq!(ours.total(), kept.min(room));
        prop_assert!(ours.numbers.iter().all(|(code, &count)| count <= held[code]));
    }
}

#[test]
fn every_plan_is_tried() {
    let stock = zip(&[1, 0, 2, 0, 0, 0]);
    assert_eq!(every(&stock, 9).len(), 6);
    assert_eq!(every(&stock, 1).len(), 3);
}
