//! The best planner on real pairs of contacts and supply, checked by counting again here.

use std::collections::BTreeMap;
use std::path::Path;

use numberbank::allocation::check::{Answer, Asked, plan};
use numberbank::allocation::model::Picker;

pub const RATIO: i64 = 200;
pub const CONTACTS: [&str; 4] = ["tiny", "messy", "statewide_michigan", "national"];
pub const SUPPLIES: [&str; 3] = ["rich", "scarce", "reused"];

fn data(path: &str) -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data").join(path);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub fn needs(name: &str) -> BTreeMap<String, i64> {
    let counts = data(&format!("contacts/expected_{name}.json"));
    let codes = counts["by_area_code"].as_object().unwrap().iter();
    codes.map(|(code, count)| (code.clone(), count.as_i64().unwrap())).collect()
}

pub fn supply(name: &str) -> BTreeMap<String, i64> {
    let rows = data(&format!("supply/{name}.json"));
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| (row["areaCode"].as_str().unwrap().to_owned(), row["availableCount"].as_i64().unwrap()))
        .collect()
}

pub fn planned(contacts: &str, stock: &str, picker: Picker, strategy: &str) -> Answer {
    let needs: Vec<_> = needs(contacts)
        .into_iter()
        .map(|(code, count)| serde_json::json!({ "areaCode": code, "count": count }))
        .collect();
    let supply = data(&format!("supply/{stock}.json"));
    let asked = Asked::new(RATIO, picker, strategy);
    plan(&serde_json::to_string(&needs).unwrap(), &supply.to_string(), &asked).unwrap()
}

/// The most contacts in codes that are wholly covered, by a table of every capacity.
pub fn optimum(needs: &BTreeMap<String, i64>, stock: &BTreeMap<String, i64>, capacity: i64) -> i64 {
    let capacity = usize::try_from(capacity).unwrap();
    let mut best = vec![0_i64; capacity + 1];
    for (code, &contacts) in needs {
        let numbers = whole(contacts);
        if stock.get(code).is_none_or(|&count| count < numbers) {
            continue;
        }
        let numbers = usize::try_from(numbers).unwrap();
        for room in (numbers..=capacity).rev() {
            best[room] = best[room].max(best[room - numbers] + contacts);
        }
    }
    best[capacity]
}

#[test]
fn asked_by_the_platform_it_covers_as_many_as_can_be() {
    for contacts in CONTACTS {
        for stock in SUPPLIES {
            let (needs, owned) = (needs(contacts), supply(stock));
            let answer = planned(contacts, stock, Picker::Numberbank, "best");
            let total: i64 = needs.values().sum();
            let best = optimum(&needs, &owned, answer.wanted) as f64 / total as f64;
            assert!(
                (answer.matched_share - best).abs() < 1e-9,
                "{contacts}/{stock}: {} of {best}",
                answer.matched_share
            );
            for row in &answer.allocation {
                let (has, needs) = (row.count, needs.get(&row.area_code).copied().unwrap_or(0));
                assert!(has <= owned[&row.area_code] && has >= whole(needs), "{contacts}/{stock}: {row:?}");
            }
            if answer.numbers == answer.wanted {
                assert!(answer.hottest <= RATIO as f64 + 1e-6, "{contacts}/{stock}: {}", answer.hottest);
            }
        }
    }
}

#[test]
fn under_geomatch_the_hottest_number_stays_tolerable_and_nothing_better_is_left() {
    // What a plain threshold search over overlay groups reaches.
    let least = BTreeMap::from([
        (("statewide_michigan", "rich"), 0.909),
        (("statewide_michigan", "scarce"), 0.742),
        (("national", "rich"), 0.999),
        (("national", "scarce"), 0.933),
    ]);
    for contacts in CONTACTS {
        for stock in SUPPLIES {
            let answer = planned(contacts, stock, Picker::Twilio, "best");
            let bound = answer.matched_bound.unwrap();
            assert!(answer.matched_share <= bound + 1e-9);
            if let Some(least) = least.get(&(contacts, stock)) {
                assert!(answer.hottest <= 250.0 + 1e-6, "{contacts}/{stock}: {}", answer.hottest);
                assert!(answer.matched_share >= *least, "{contacts}/{stock}: {}", answer.matched_share);
                assert!((answer.matched_share - bound).abs() < 1e-9, "{contacts}/{stock}: {bound}");
            }
        }
    }
    assert!(planned("national", "reused", Picker::Twilio, "best").hottest < 796.0);
}

#[test]
fn what_cannot_be_planned_is_said() {
    let asked = |strategy: &str| Asked { room: Some(10), ..Asked::new(RATIO, Picker::Numberbank, strategy) };
    let one = r#"[{"areaCode": "313", "count": 400}]"#;
    for (needs, supply, strategy, words) in [
        ("{}", "[]", "best", "needs: "),
        (one, "[1]", "best", "supply: "),
        (r#"[{"areaCode": "999", "count": 1}]"#, "[]", "best", "needs: 999"),
        (r#"[{"areaCode": "313", "count": -1}]"#, "[]", "best", "counts begin at 0"),
        (one, "[]", "luck", "there is no strategy luck; there are: "),
    ] {
        let error = plan(needs, supply, &asked(strategy)).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    let answer = plan(one, "[]", &asked("best")).unwrap();
    assert_eq!(
        (answer.numbers, answer.wanted, answer.reasons["313"].as_str()),
        (0, 2, "left out: needs 2, we own none")
    );
}

/// How many numbers so many contacts take.
fn whole(contacts: i64) -> i64 {
    (contacts + RATIO - 1) / RATIO
}
