use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::kernel::text_enum::TextEnum;

fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

fn codes(texts: &[&str]) -> Vec<AreaCode> {
    texts.iter().map(|text| code(text)).collect()
}

fn demand(text: &str, asked: i64, fallback: Fallback) -> Demand {
    let area_code = code(text);
    Demand { area_code, asked, stand_ins: stand_ins(area_code, fallback) }
}

#[test]
fn overlays_come_first_then_the_state_then_the_country() {
    assert_eq!(stand_ins(code("410"), Fallback::Overlay), codes(&["443", "667"]));
    let state = stand_ins(code("313"), Fallback::State);
    assert_eq!(state[0], code("679"));
    assert!(state.iter().all(|code| code.info().region == "MI"));
    let anywhere = stand_ins(code("313"), Fallback::Anywhere);
    assert_eq!(anywhere[..state.len()], state);
    // Toledo is nearer to Detroit than Chicago; Windsor, across the river, is another country.
    let at = |text| anywhere.iter().position(|one| *one == code(text));
    assert!(at("419") < at("312") && at("419").is_some());
    assert_eq!(at("519"), None);
    assert!(stand_ins(code("313"), Fallback::Nowhere).is_empty());
    assert_eq!(toll_free(), codes(&["833", "844", "855", "866", "877", "888", "800"]));
}

#[test]
fn a_sold_out_code_turns_to_the_named_ones() {
    let demands = [demand("313", 40, Fallback::State)];
    let near = stand_ins(code("313"), Fallback::State);
    let mut stock = BTreeMap::from([(code("313"), Stock::Only(5))]);
    let laid = &lay_out(&demands, &stock)[0];
    assert_eq!((laid.direct, laid.missing, laid.named.len()), (5, 35, 0));
    assert_eq!(laid.ask, near[..3]);
    stock.insert(near[0], Stock::Only(0));
    stock.insert(near[1], Stock::Only(12));
    stock.insert(near[2], Stock::AtLeast(30));
    let laid = &lay_out(&demands, &stock)[0];
    assert_eq!(laid.named, [(near[1], 12), (near[2], 23)]);
    assert_eq!((laid.missing, &laid.dry[..], &laid.ask[..]), (0, &near[..1], &near[3..6]));
    stock.extend(near[3..6].iter().map(|code| (*code, Stock::AtLeast(30))));
    let laid = &lay_out(&demands, &stock)[0];
    assert_eq!(laid.named[2..], [(near[3], 0), (near[4], 0)], "two more than needed, and no third");
    assert!(laid.ask.is_empty());
}

#[test]
fn a_code_serves_those_who_want_it_before_it_stands_in() {
    let demands = [demand("410", 10, Fallback::Overlay), demand("443", 6, Fallback::Overlay)];
    let stock = BTreeMap::from([
        (code("410"), Stock::Only(0)),
        (code("443"), Stock::Only(8)),
        (code("667"), Stock::Only(3)),
    ]);
    let laid = lay_out(&demands, &stock);
    assert_eq!(laid[0].named, [(code("443"), 2), (code("667"), 3)]);
    assert_eq!((laid[0].missing, laid[1].direct), (5, 6));
    assert!(laid[1].named.is_empty(), "nothing is left for it: {:?}", laid[1]);
}

#[test]
fn what_is_named_must_follow_the_rule() {
    let named = |pairs: &[(&str, &str, i64)]| -> Vec<Named> {
        pairs
            .iter()
            .map(|&(wanted, instead, expected)| Named {
                wanted: code(wanted),
                area_code: code(instead),
                expected,
                price: Micros::from_cents(115),
            })
            .collect()
    };
    let wanted = [(code("410"), 10), (code("833"), 4)];
    let may = |pairs: &[(&str, &str, i64)], fallback| may_name(&wanted, &named(pairs), fallback);
    assert!(may(&[("410", "443", 4), ("410", "667", 0), ("833", "844", 4)], Fallback::Overlay));
    assert!(may(&[], Fallback::Nowhere));
    for (pairs, fallback) in [
        (&[("410", "443", 1)][..], Fallback::Nowhere),
        (&[("410", "667", 1), ("410", "443", 1)], Fallback::Overlay),
        (&[("410", "443", 1), ("410", "443", 1)], Fallback::Anywhere),
        (&[("410", "410", 1)], Fallback::Anywhere),
        (&[("410", "833", 1)], Fallback::Anywhere),
        (&[("833", "410", 1)], Fallback::Anywhere),
        (&[("410", "301", 1)], Fallback::Overlay),
        (&[("410", "312", 1)], Fallback::State),
        (&[("313", "679", 1)], Fallback::Anywhere),
        (&[("410", "443", 11)], Fallback::Overlay),
        (&[("410", "443", -1)], Fallback::Overlay),
        (&[("410", "443", i64::MAX), ("410", "667", i64::MAX)], Fallback::Overlay),
    ] {
        assert!(!may(pairs, fallback), "{pairs:?} {fallback}");
    }
}

fn any_code() -> impl Strategy<Value = AreaCode> {
    // Codes near one another, so that they stand in for each other; and toll-free ones.
    let near =
        ["410", "443", "667", "240", "301", "227", "202", "703", "571", "313", "679", "734", "248", "947"];
    let codes: Vec<AreaCode> = near.iter().map(|text| code(text)).chain(AreaCode::all_toll_free()).collect();
    prop::sample::select(codes)
}

fn any_stock() -> impl Strategy<Value = Stock> {
    prop_oneof![Just(Stock::Only(0)), (0i64..30).prop_map(Stock::Only), Just(Stock::AtLeast(30)),]
}

proptest! {
    #[test]
    fn a_layout_adds_up_and_never_strays(
        asked in prop::collection::btree_map(any_code(), 1i64..60, 1..5),
        known in prop::collection::btree_map(any_code(), any_stock(), 0..20),
        elsewhere in any_stock(),
        fallback in prop::sample::select(Fallback::ALL),
    ) {
        let demands: Vec<Demand> = asked
            .iter()
            .map(|(&area_code, &asked)| Demand { area_code, asked, stand_ins: allowed(area_code, fallback) })
            .collect();
        let mut stock = known;
        // As a quote does: ask until nothing more is asked for.
        for demand in &demands {
            stock.entry(demand.area_code).or_insert(elsewhere);
        }
        let mut rounds = 0;
        let laid = loop {
            let laid = lay_out(&demands, &stock);
            let ask: BTreeSet<AreaCode> = laid.iter().flat_map(|one| one.ask.iter().copied()).collect();
            if ask.is_empty() {
                break laid;
            }
            prop_assert!(ask.iter().all(|code| !stock.contains_key(code)), "asked twice");
            stock.extend(ask.into_iter().map(|code| (code, elsewhere)));
            rounds += 1;
            prop_assert!(rounds < 1_000);
        };
        prop_assert_eq!(&lay_out(&demands, &stock), &laid, "not the same the second time");
        let mut given: BTreeMap<AreaCode, i64> = BTreeMap::new();
        for (demand, laid) in demands.iter().zip(&laid) {
            prop_assert_eq!(laid.area_code, demand.area_code);
            let expected: i64 = laid.named.iter().map(|(_, count)| count).sum();
            prop_assert_eq!(laid.direct + expected + laid.missing, demand.asked);
            prop_assert!(laid.direct >= 0 && laid.missing >= 0 && laid.named.len() <= MOST_NAMED);
            *given.entry(laid.area_code).or_default() += laid.direct;
            let once: BTreeSet<AreaCode> = laid.named.iter().map(|(code, _)| *code).collect();
            prop_assert!(once.len() == laid.named.len() && !once.contains(&demand.area_code));
            let overlays = &demand.area_code.info().overlay_codes;
            let mut before = (0, 0.0);
            for &(code, count) in &laid.named {
                prop_assert_eq!(code.is_toll_free(), demand.area_code.is_toll_free());
                prop_assert!(count >= 0 && stock[&code].is_some());
                *given.entry(code).or_default() += count;
                // Nearest first, within the overlay, then within the state, then beyond.
                if let Some(miles) = distance_miles(demand.area_code, code) {
                    let state = code.info().regions.iter().any(|one| demand.area_code.info().regions.contains(one));
                    let rank = if overlays.contains(&code) { 0 } else if state { 1 } else { 2 };
                    prop_assert!(before <= (rank, miles), "{} after {:?}", code, before);
                    before = (rank, miles);
                }
            }
            // What is short is short because nothing was left, or because enough codes are named.
            if laid.missing > 0 && laid.named.len() < MOST_NAMED {
                for code in &demand.stand_ins {
                    prop_assert!(laid.dry.contains(code) || once.contains(code));
                }
            }
        }
        for (code, count) in given {
            if let Stock::Only(most) = stock[&code] {
                prop_assert!(count <= most, "{} gives {} of {}", code, count, most);
            }
        }
        // What is laid out may be named.
        let wanted: Vec<(AreaCode, i64)> = demands.iter().map(|demand| (demand.area_code, demand.asked)).collect();
        let named: Vec<Named> = laid
            .iter()
            .flat_map(|one| one.named.iter().map(|&(area_code, expected)| Named {
                wanted: one.area_code, area_code, expected, price: Micros::from_cents(115),
            }))
            .collect();
        prop_assert!(may_name(&wanted, &named, fallback));
    }
}
