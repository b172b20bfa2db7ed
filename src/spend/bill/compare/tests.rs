use super::*;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
fn cents(cents: i64) -> Micros {
    Micros::from_cents(cents)
}
fn charged(on: &str, basis: Basis, count: i64, amount: i64) -> Charged {
    Charged { day: day(on), kind: NumberKind::Local, basis, count, amount: cents(amount) }
}
fn billed(month: &str, category: &str, count: i64, amount: i64) -> Billed {
    Billed { month: day(month), category: category.to_owned(), count, amount: cents(amount) }
}
fn read(ledger: Vec<Charged>, billed: Vec<Billed>) -> Read {
    let (from, until) = (day("2026-10-01"), day("2026-11-22"));
    Read { from, until, ledger, elsewhere: Vec::new(), billed, adopted: Vec::new(), released: Vec::new() }
}

#[test]
fn a_bill_that_agrees_has_no_reasons() {
    let months = read(
        vec![charged("2026-11-10", Basis::Quoted, 3, 345), charged("2026-10-10", Basis::Quoted, 2, 230)],
        vec![
            billed("2026-11-01", "phonenumbers", 3, 345),
            billed("2026-11-01", "phonenumbers-local", 3, 345),
            billed("2026-11-01", "totalprice", 0, 1_000),
            billed("2026-11-01", "sms", 70, 600),
            billed("2026-11-01", "sms-messages-carrierfees", 70, 200),
            billed("2026-10-01", "phonenumbers", 2, 230),
            billed("2026-10-01", "phonenumbers-local", 2, 230),
        ],
    )
    .months();
    assert_eq!(months.iter().map(|one| one.month.to_string()).collect::<Vec<_>>(), ["2026-11", "2026-10"]);
    for month in &months {
        assert_eq!(month.difference(), Micros::ZERO);
        assert!(month.lines.iter().all(|line| line.reasons.is_empty() && line.kind == Kind::Local));
    }
    // Parents and children are never added up: what is not for numbers is the total less the numbers.
    assert_eq!((months[0].other_use(), months[0].other.len()), (cents(655), 2));
    assert!(!months[0].is_whole() && months[1].is_whole());
    assert_eq!(months[0].days, (day("2026-11-01"), day("2026-11-21")));
}

#[test]
fn what_the_parent_has_beyond_its_kinds_is_a_line_of_its_own() {
    let months = read(
        vec![charged("2026-11-10", Basis::Quoted, 1, 115)],
        vec![
            billed("2026-11-01", "phonenumbers", 2, 165),
            billed("2026-11-01", "phonenumbers-local", 1, 115),
        ],
    )
    .months();
    let lines = &months[0].lines;
    assert_eq!(
        lines.iter().map(|line| (line.kind, line.difference())).collect::<Vec<_>>(),
        [(Kind::Local, Micros::ZERO), (Kind::Beyond, cents(50))]
    );
    assert_eq!((months[0].difference(), lines[1].reasons.as_slice()), (cents(50), &[Reason::NoKind][..]));
}

#[test]
fn reasons_follow_from_what_is_known() {
    let mut read = read(
        vec![charged("2026-11-12", Basis::Estimated, 1, 40), charged("2026-11-10", Basis::Quoted, 2, 230)],
        vec![billed("2026-11-01", "phonenumbers-local", 4, 520)],
    );
    read.adopted =
        vec![Adopted { kind: NumberKind::Local, created: day("2026-08-03"), adopted: day("2026-11-12") }];
    read.released =
        vec![(day("2026-11-15"), NumberKind::Local, 1), (day("2026-11-15"), NumberKind::TollFree, 5)];
    let month = &read.months()[0];
    assert_eq!(month.difference(), cents(250));
    assert_eq!(
        month.lines[0].reasons,
        [
            Reason::Adopted(1),
            Reason::Estimated(1, cents(40)),
            Reason::Price(cents(115), cents(130)),
            Reason::Released(1),
            Reason::Others(1),
        ]
    );
    assert!(month.lines[0].reasons.iter().all(|reason| reason.words().len() > 20));
}

proptest! {
    /// Whatever is on either side, the lines add up to the month, and nothing is left out or forced.
    #[test]
    fn lines_add_up_to_the_month(
        ledger in prop::collection::vec((0i64..52, any::<bool>(), 1i64..9, 1i64..400), 0..40),
        bill in prop::collection::vec((any::<bool>(), 0usize..4, 1i64..9, 1i64..900), 0..12),
        beyond in 0i64..100,
    ) {
        let ledger: Vec<Charged> = ledger
            .into_iter()
            .map(|(offset, free, count, each)| Charged {
                day: day("2026-10-01") + chrono::Days::new(offset.unsigned_abs()),
                kind: if free { NumberKind::TollFree } else { NumberKind::Local },
                basis: Basis::Quoted,
                count,
                amount: cents(count * each),
            })
            .collect();
        let mut bills = BTreeMap::<(&str, &str), (i64, i64)>::new();
        for (late, which, count, amount) in bill {
            let month = if late { "2026-11-01" } else { "2026-10-01" };
            let category = [LOCAL, TOLL_FREE, MOBILE, "sms"][which];
            let sum = bills.entry((month, category)).or_default();
            *sum = (sum.0 + count, sum.1 + amount);
            if which < 3 {
                let parent = bills.entry((month, NUMBERS)).or_default();
                *parent = (parent.0 + count, parent.1 + amount);
            }
        }
        for ((_, category), sum) in &mut bills {
            if *category == NUMBERS {
                sum.1 += beyond;
            }
        }
        let billed: Vec<Billed> = bills
            .iter()
            .map(|((month, category), (count, amount))| billed(month, category, *count, *amount))
            .collect();
        let all: Micros = ledger.iter().map(|charge| charge.amount).sum();
        let months = read(ledger, billed.clone()).months();
        prop_assert_eq!(months.iter().map(|month| month.ledger.amount).sum::<Micros>(), all);
        for month in &months {
            let sum: Micros = month.lines.iter().map(Line::difference).sum();
            prop_assert_eq!(sum, month.difference());
            let parent = billed
                .iter()
                .find(|row| row.category == NUMBERS && Month::of(row.month) == month.month);
            prop_assert_eq!(month.numbers, parent.map_or(Micros::ZERO, |row| row.amount));
            for line in &month.lines {
                prop_assert_eq!(line.difference() == Micros::ZERO, line.reasons.is_empty());
            }
        }
    }
}

#[test]
fn who_shares_the_account_is_counted_and_the_rest_is_anothers() {
    let shared = |count, amount| Elsewhere {
        day: day("2026-11-10"),
        kind: NumberKind::Local,
        count,
        amount: cents(amount),
    };
    let bill = vec![
        billed("2026-11-01", "phonenumbers", 6, 690),
        billed("2026-11-01", "phonenumbers-local", 6, 690),
    ];
    let with = |elsewhere: Vec<Elsewhere>| {
        let read = read(vec![charged("2026-11-10", Basis::Quoted, 3, 345)], bill.clone());
        Read { elsewhere, ..read }.months()[0].lines[0].reasons.clone()
    };
    assert_eq!(with(vec![shared(3, 345)]), [Reason::Elsewhere(3, cents(345))]);
    assert_eq!(with(vec![shared(1, 115)]), [Reason::Elsewhere(1, cents(115)), Reason::Others(2)]);
    // Another month's, and the other kind's, explain nothing here.
    let october = Elsewhere { day: day("2026-10-10"), ..shared(3, 345) };
    let toll_free = Elsewhere { kind: NumberKind::TollFree, ..shared(3, 345) };
    assert_eq!(with(vec![october, toll_free]), [Reason::Others(3)]);
    assert_eq!(
        Reason::Elsewhere(3, cents(345)).words(),
        "3 charges ($3.45) of numbers of another organization on this account, and in its ledger"
    );
}
