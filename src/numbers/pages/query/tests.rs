use super::*;
use crate::kernel::{AreaCode, Micros};
use proptest::prelude::*;

fn raw(query: &str) -> Raw {
    serde_html_form::from_str(query).unwrap()
}

fn view(query: &str) -> View {
    let (view, notices) = View::parse(&raw(query), &["fakeservice".into(), "twilio".into()]);
    assert_eq!(notices, Vec::<String>::new(), "{query}");
    view
}

fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

fn means(search: &str) -> Vec<&'static str> {
    let needle = Needle::of(search);
    let codes = ["212", "305", "313", "317", "331", "573", "906", "204", "800"];
    codes.into_iter().filter(|one| needle.means(code(one).info())).collect()
}

#[test]
fn places_states_and_codes_are_found() {
    assert_eq!(means("detroit"), ["313"]);
    assert_eq!(means("Detroit, MI"), ["313"]);
    assert_eq!(means("michigan"), ["313", "906"]);
    assert_eq!(means("MI"), ["305", "313", "573", "906"], "Miami, Michigan, Missouri begin with mi");
    assert_eq!(means("mi"), means("MI"));
    assert_eq!(means("in"), ["317"], "Indiana; not Illinois, Michigan, Manitoba");
    assert_eq!(means("313"), ["313"]);
    assert_eq!(means("31"), ["313", "317"]);
    assert_eq!(means("(313)"), ["313"]);
    assert_eq!(means("+1 313"), ["313"]);
    assert_eq!(means("313 detroit"), ["313"]);
    assert_eq!(means("toll-free"), ["800"]);
    assert_eq!(means("manitoba"), ["204"]);
    assert_eq!(means("nowhere"), Vec::<&str>::new());
    assert_eq!(means("313 555"), Vec::<&str>::new(), "that is part of a number");
    assert_eq!(means(" - ").len(), 9);
}

#[test]
fn digits_are_numbers_from_four_on() {
    for (search, among) in [
        ("(313) 555-0142", Some("3135550142")),
        ("+1 (313) 555-0142", Some("3135550142")),
        ("1-313-555-0142", Some("3135550142")),
        ("0142", Some("0142")),
        ("1313", Some("1313")),
        ("555", None),
        ("+", None),
        ("", None),
        ("Booth 4", Some("Booth 4")),
        ("50%", Some("50%")),
    ] {
        assert_eq!(Needle::of(search).among_numbers(), among, "{search}");
    }
}

#[test]
fn views_survive_their_query_string() {
    for query in [
        "",
        "?q=ann+arbor&state=MI&status=in_use&service=twilio&sort=cost&order=asc",
        "?state=toll-free",
        "?sort=total",
        "?order=desc",
    ] {
        let view = view(query.trim_start_matches('?'));
        assert_eq!(view.query(), query);
    }
    assert_eq!(view("state=mi&sort=area&order=asc&q=+&page=7").query(), "?state=MI", "defaults go");
}

#[test]
fn unknown_values_are_said_and_left_out() {
    let raw = raw("state=ZZ&status=busy&service=x&sort=size&order=up&q=313");
    let (view, notices) = View::parse(&raw, &["fakeservice".into()]);
    assert_eq!(view.query(), "?q=313");
    assert_eq!(notices.len(), 5);
    for (notice, word) in notices.iter().zip(["“ZZ”", "“busy”", "“x”", "“size”", "“up”"])
    {
        assert!(notice.contains(word), "{notice}");
    }
    let long = "9".repeat(5_000);
    let (view, notices) = View::parse(&Raw { state: long.clone(), q: long, ..Raw::default() }, &[]);
    assert!(notices[0].len() < 100 && view.search.len() == LONGEST_SEARCH);
}

#[test]
fn a_heading_sorts_first_in_its_usual_order_then_in_the_other() {
    let first = view("state=MI").sorted_by(Sort::Cost);
    assert_eq!((first.query().as_str(), first.direction(Sort::Cost)), ("?state=MI&sort=cost", "descending"));
    let second = first.sorted_by(Sort::Cost);
    assert_eq!(second.query(), "?state=MI&sort=cost&order=asc");
    assert_eq!((second.direction(Sort::Cost), second.direction(Sort::Area)), ("ascending", "none"));
    assert_eq!(second.sorted_by(Sort::Area).query(), "?state=MI");
}

fn count(code_: &str, figures: [i64; 5], cents: i64) -> Count {
    let [available, reserved, in_use, attached, resting] = figures;
    Count {
        available,
        reserved,
        in_use,
        attached,
        resting,
        monthly_cost: Micros::from_cents(cents),
        ..Count::none(code(code_))
    }
}

proptest! {
    #[test]
    fn every_column_sorts_both_ways(
        figures in proptest::collection::vec(proptest::array::uniform5(0i64..9), 6),
        cents in proptest::collection::vec(0i64..50, 6),
    ) {
        let codes = ["212", "305", "313", "317", "331", "906"];
        let rows: Vec<Count> =
            codes.iter().zip(figures).zip(cents).map(|((code, f), cents)| count(code, f, cents)).collect();
        for sort in Sort::ALL {
            for (order, up) in [("asc", true), ("desc", false)] {
                let mut sorted = rows.clone();
                view(&format!("sort={sort}&order={order}")).arrange(&mut sorted);
                let value = |count: &Count| match sort {
                    Sort::Area => count.area_code.as_str().parse().unwrap(),
                    Sort::Busy if count.total() == 0 => 0.5,
                    Sort::Busy => 1.0 - count.available as f64 / count.total() as f64,
                    Sort::Available => count.available as f64,
                    Sort::Reserved => count.reserved as f64,
                    Sort::InUse => count.in_use as f64,
                    Sort::Attached => count.attached as f64,
                    Sort::Resting => count.resting as f64,
                    Sort::Total => count.total() as f64,
                    Sort::Cost => count.monthly_cost.get() as f64,
                };
                let none_is_empty = sorted.iter().all(|count| count.total() > 0);
                for two in sorted.windows(2).filter(|_| *sort != Sort::Busy || none_is_empty) {
                    let (a, b) = (value(&two[0]), value(&two[1]));
                    prop_assert!(if up { a <= b } else { a >= b }, "{sort} {order}: {a} {b}");
                    prop_assert!((a - b).abs() > 1e-12 || two[0].area_code < two[1].area_code);
                }
            }
        }
    }
}

#[test]
fn filters_admit_what_they_say() {
    let rows = [
        count("313", [1, 0, 0, 0, 0], 1),
        count("212", [0, 2, 0, 0, 0], 1),
        count("800", [1, 0, 0, 0, 0], 1),
    ];
    let admitted = |query: &str| -> Vec<&str> {
        let view = view(query);
        rows.iter().filter(|row| view.admits(row)).map(|row| row.area_code.as_str()).collect()
    };
    assert_eq!(admitted("state=MI"), ["313"]);
    assert_eq!(admitted("state=toll-free"), ["800"]);
    assert_eq!(admitted("status=reserved"), ["212"]);
    assert_eq!(admitted("status=available&state=NY"), Vec::<&str>::new());
    assert!(!view("").admits(&Count::none(code("313"))), "a code whose numbers are all released has no row");
}
