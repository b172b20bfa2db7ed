//! What is charged is what usage says.

use chrono::{Days, NaiveDate, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::kernel::Micros;

#[tokio::test]
async fn a_number_is_charged_when_bought_and_monthly_until_released() {
    let clock = clock();
    let carrier = FakeService::in_memory(SEED, clock.clone()).unwrap();
    let us = account("ours");
    let local = try_buy(&carrier, &us, search(&carrier, &us, "313", 1).await[0]).await.unwrap();
    try_buy(&carrier, &us, search(&carrier, &us, "888", 1).await[0]).await.unwrap();
    clock.advance(TimeDelta::days(31));
    carrier.release(&us, &local.id).await.unwrap();
    clock.advance(TimeDelta::days(31));
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let usage = carrier.usage(&us, day("2026-11-20"), day("2027-01-20")).await.unwrap();
    let total: Micros = usage.iter().filter(|row| row.category == "totalprice").map(|row| row.amount).sum();
    assert_eq!(total, Micros::from_cents(2 * 115 + 3 * 215));
    let usage: Vec<_> = usage.into_iter().filter(|row| row.category.starts_with("phonenumbers-")).collect();
    let rows: Vec<_> =
        usage.iter().map(|row| (row.day.to_string(), row.category.as_str(), row.count, row.amount)).collect();
    let row = |text: &str, category, amount| (text.to_owned(), category, 1, Micros::from_cents(amount));
    let expected = [
        row("2026-11-20", "phonenumbers-local", 115),
        row("2026-11-20", "phonenumbers-tollfree", 215),
        row("2026-12-20", "phonenumbers-local", 115),
        row("2026-12-20", "phonenumbers-tollfree", 215),
        row("2027-01-20", "phonenumbers-tollfree", 215),
    ];
    assert_eq!(rows, expected);
    assert!(carrier.usage(&us, day("2026-11-21"), day("2026-12-19")).await.unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Whatever is bought and released when: charges never change once made, and any split of time adds up.
    #[test]
    fn usage_is_the_charges(steps in prop::collection::vec((0..3u8, 0..45i64), 1..25), split in 0..400u64) {
        let clock = clock();
        let world = World::in_memory(SEED, clock.clone(), Options::default()).unwrap();
        let us = account("ours");
        let start = clock.today();
        let mut known = Vec::new();
        for (step, days) in steps {
            clock.advance(TimeDelta::days(days));
            let books = world.books(&us).unwrap();
            prop_assert!(known.iter().all(|charge| books.charges.contains(charge)), "a charge was taken back");
            if let (2, Some(number)) = (step, books.numbers.first()) {
                world.release(&us, &number.id).unwrap();
            } else {
                let area_code = code(if step == 0 { "313" } else { "888" });
                let number = world.search(&Search { area_code, limit: 1 }).unwrap()[0].phone_number;
                world.buy(&us, &PurchaseItem { phone_number: number, client_ref: ClientRef::new(""), voice_url: None }).unwrap();
            }
            known = world.books(&us).unwrap().charges;
        }
        let sum = |from, to| -> Micros { world.usage(&us, from, to).unwrap().iter().map(|row| row.amount).sum() };
        let middle = start + Days::new(split);
        let books = world.books(&us).unwrap();
        prop_assert_eq!(sum(start, NaiveDate::MAX), books.total());
        prop_assert_eq!(sum(start, middle) + sum(middle + Days::new(1), NaiveDate::MAX), books.total());
    }
}
