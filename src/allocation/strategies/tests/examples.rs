//! Plans that a person can check.

use std::collections::BTreeMap;

use super::super::super::load::{Picker, forecast};
use super::super::super::model::{ByCode, Needs, Reason, Rules};
use super::super::super::pool::Pool;
use super::super::{best::Best, of, plan};
use super::{by_code, code, places, rules, supply};

#[test]
fn who_picks_decides_what_is_covered() {
    let needs = Needs::new(&by_code(&[("313", 1_000), ("989", 900), ("517", 100)]), 100);
    let stock = supply(&[("313", 10), ("989", 8), ("517", 9)]);
    // 989 needs nine and has eight: each of them texts 113, which geomatch's chances make bearable.
    let chosen = plan(&Best, &needs, &stock, &rules(400));
    assert_eq!(chosen.numbers, by_code(&[("313", 10), ("517", 2), ("989", 8)]));
    assert_eq!(
        chosen.reasons[&code("989")].words(),
        "partly covered: needs 9, each of its numbers would text 113"
    );
    assert_eq!((chosen.wanted, chosen.forecast.hottest()), (20, Some((code("989"), 113))));
    // Asked ourselves it is left out, and 517 helps to carry it.
    let chosen = plan(&Best, &needs, &stock, &Rules::new(Picker::Numberbank, 400));
    assert_eq!(chosen.numbers, by_code(&[("313", 10), ("517", 9)]));
    assert_eq!(chosen.reasons[&code("313")].words(), "wholly covered: 10 numbers for 1,000 contacts");
    assert_eq!(chosen.reasons[&code("989")].words(), "left out: needs 9, we own 8");
}

#[test]
fn an_overlay_without_numbers_is_carried_by_its_group() {
    let needs = Needs::new(&by_code(&[("248", 6_900), ("947", 1_240)]), 200);
    let chosen = plan(&Best, &needs, &supply(&[("248", 50), ("947", 3)]), &rules(400));
    assert_eq!(chosen.numbers, by_code(&[("248", 41)]));
    assert_eq!(chosen.reasons[&code("947")].words(), "left out: its overlay 248 carries it");
    assert_eq!(
        chosen.reasons[&code("248")].words(),
        "wholly covered: 41 numbers for 6,900 contacts; carries its overlay 947 too"
    );
    // With 38 numbers each texts 215, which is tolerated; with 20 it is too many, and as low as can be.
    let chosen = plan(&Best, &needs, &supply(&[("248", 38), ("947", 3)]), &rules(400));
    assert_eq!(
        (chosen.numbers, chosen.forecast.hottest()),
        (by_code(&[("248", 38)]), Some((code("248"), 215)))
    );
    let chosen = plan(&Best, &needs, &supply(&[("248", 20), ("947", 3)]), &rules(400));
    assert_eq!(chosen.forecast.hottest(), Some((code("248"), 407)));
    assert_eq!(chosen.numbers, by_code(&[("248", 20)]));
}

#[test]
fn a_code_without_contacts_carries_its_overlay() {
    let needs = Needs::new(&by_code(&[("947", 1_000)]), 200);
    let chosen = plan(&Best, &needs, &supply(&[("248", 9), ("947", 2)]), &rules(400));
    assert_eq!(chosen.numbers, by_code(&[("248", 5)]));
    assert_eq!(chosen.reasons[&code("248")], Reason::Helps);
    assert_eq!(chosen.reasons[&code("947")], Reason::CarriedBy(vec![code("248")]));
}

#[test]
fn the_room_is_spent_on_the_largest() {
    let needs = Needs::new(&by_code(&[("313", 3_000), ("989", 1_000), ("517", 900)]), 100);
    let chosen = plan(&Best, &needs, &supply(&[("313", 50), ("989", 50), ("517", 50)]), &rules(35));
    assert_eq!((chosen.wanted, chosen.total()), (35, 35));
    assert_eq!(chosen.numbers, by_code(&[("313", 35)]));
    assert_eq!(chosen.reasons[&code("989")].words(), "left out: the numbers went to larger area codes");
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

#[test]
fn a_stored_key_that_best_replaced_is_still_read() {
    assert_eq!(
        (of("simple").key(), of("even_spread").key(), of("manual").key()),
        ("best", "even_spread", "manual")
    );
}

#[test]
fn voters_in_baltimore_see_301_and_never_213() {
    let needs = Needs::new(&by_code(&[("410", 2_000), ("443", 600)]), 200);
    let stock = supply(&[("301", 20), ("213", 20), ("410", 3), ("313", 20)]);
    for picker in [Picker::Twilio, Picker::Numberbank] {
        let rules = Rules { places: places("301", "213", ""), ..Rules::new(picker, 400) };
        let chosen = plan(&Best, &needs, &stock, &rules);
        assert!(chosen.numbers[&code("301")] > 0 && !chosen.numbers.contains_key(&code("213")));
        assert_eq!(chosen.total(), 13);
        let words = chosen.reasons[&code("301")].words();
        assert_eq!(words, "wanted by your rules; no contacts here: helps to carry the others");
        let rules = Rules { places: places("", "", "301"), ..rules };
        let chosen = plan(&Best, &needs, &stock, &rules);
        assert_eq!(chosen.numbers, by_code(&[("301", 13)]));
        assert_eq!(chosen.reasons[&code("410")].words(), "left out: your rules allow other area codes only");
    }
    // A state is kept by one of its area codes; what is wanted and not there is said.
    let needs = Needs::new(&by_code(&[("313", 2_600)]), 200);
    let rules = Rules { places: places("TX, 907", "", ""), ..Rules::new(Picker::Twilio, 400) };
    let stock = supply(&[("313", 20), ("512", 2), ("214", 5)]);
    let chosen = plan(&Best, &needs, &stock, &rules);
    assert_eq!(chosen.numbers.get(&code("214")).copied(), Some(1));
    assert!(chosen.reasons[&code("907")].words().starts_with("your rules want it, and it has none: "));
}

#[test]
fn what_must_be_used_and_is_too_scarce_does_not_spoil_the_rest() {
    let needs = Needs::new(&by_code(&[("313", 9_000), ("989", 900), ("517", 100)]), 100);
    for picker in [Picker::Twilio, Picker::Numberbank] {
        let rules = Rules { places: places("313", "", ""), ..Rules::new(picker, 400) };
        let chosen = plan(&Best, &needs, &supply(&[("313", 10), ("989", 20), ("517", 9)]), &rules);
        let load = |text: &str| chosen.forecast.loads[&code(text)];
        assert_eq!(chosen.numbers[&code("313")], 10);
        assert!((load("313") - 900.0).abs() < 1.0 && load("989") < 101.0 && load("517") < 101.0);
    }
}

#[test]
fn what_others_have_in_a_shared_service_covers_its_code() {
    let needs = Needs::new(&by_code(&[("313", 400), ("248", 400)]), 200);
    let stock = supply(&[("313", 9), ("248", 9)]);
    let alone = plan(&Best, &needs, &stock, &rules(400));
    assert_eq!(alone.numbers, by_code(&[("248", 2), ("313", 2)]));
    let pool = Pool { shared: true, left: 100, numbers: by_code(&[("313", 10)]), ..Pool::default() };
    let shared = Rules { pool: Some(pool), ..rules(400) };
    let together = plan(&Best, &needs, &stock, &shared);
    // The ten that others hold carry 313 already, 40 contacts each; so all four go where none is.
    assert_eq!(together.numbers, by_code(&[("248", 4)]));
    assert_eq!(together.forecast.hottest(), Some((code("248"), 100)));
    // Who is asked for each contact keeps campaigns apart.
    let apart = Rules { picker: Picker::Numberbank, ..shared };
    assert_eq!(plan(&Best, &needs, &stock, &apart).numbers, by_code(&[("248", 2), ("313", 2)]));
}

#[test]
fn a_single_number_from_elsewhere_is_better_than_none() {
    // All that one number would text is exactly as hot as it can be.
    let needs = Needs::new(&by_code(&[("313", 126)]), 100);
    let chosen = plan(&Best, &needs, &supply(&[("907", 1)]), &rules(1));
    assert_eq!(chosen.numbers, by_code(&[("907", 1)]));
    assert_eq!(chosen.forecast.hottest(), Some((code("907"), 126)));
}
