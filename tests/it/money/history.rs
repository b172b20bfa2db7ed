//! Random histories: what the ledger says is what the carrier billed, to the micro.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::kernel::Micros;
use numberbank::kernel::ids::ReleaseId;

use super::bill::compared;
use super::{buy_at_price, pass};
use crate::support::{Backend, Change, TestApp, run_with};
use crate::sync::inventory_at;

/// A few bits of a number, other ones each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Buys and releases at random, over month ends and short months, with jobs that come every day, late, or twice.
async fn live(app: &TestApp, seed: u64) {
    let mut dice = Dice(seed);
    let service = if app.has_twilio() { "twilio" } else { "fakeservice" };
    for _ in 0..18 {
        match dice.roll(4) {
            0 => buy_at_price(app, "888", 1 + i64::try_from(dice.roll(2)).unwrap(), 215).await,
            1 | 2 => {
                buy_at_price(
                    app,
                    ["313", "248"][dice.roll(2) as usize],
                    1 + i64::try_from(dice.roll(3)).unwrap(),
                    115,
                )
                .await
            }
            _ => {
                let numbers = inventory_at(app, service).await;
                if !numbers.is_empty() {
                    let number = numbers[dice.roll(numbers.len() as u64) as usize].id.to_string();
                    // Sessions end in time.
                    let owner = app.sign_in(Role::Owner).await;
                    let id = ReleaseId::new().to_string();
                    let fields = [("id", id.as_str()), ("number", &number), ("count", "1")];
                    owner.post("/o/our-city/phone-numbers/release", &fields).await.is(303);
                    app.run_jobs().await;
                }
            }
        }
        app.advance(TimeDelta::hours(i64::try_from(dice.roll(9)).unwrap()));
        let days = i64::try_from(dice.roll(13)).unwrap();
        pass(app, days, 1 + i64::try_from(dice.roll(11)).unwrap()).await;
        app.run_clock_jobs().await;
    }
    pass(app, 1, 1).await;
}

async fn the_ledger_is_the_bill(app: TestApp, seed: u64) {
    // The 29th to the 31st are near.
    app.advance(TimeDelta::days(i64::try_from(seed % 9).unwrap()));
    live(&app, seed).await;
    let months = compared(&app).await;
    assert!(months.len() >= 3, "seed {seed}: {} months", months.len());
    for month in &months {
        assert_eq!(month.difference(), Micros::ZERO, "seed {seed}: {month:?}");
        for line in &month.lines {
            assert_eq!(line.ledger, line.bill, "seed {seed}: {month:?}");
        }
    }
    let yesterday = app.app().clock.today() - chrono::Days::new(1);
    let charged: Micros =
        app.books().charges.iter().filter(|charge| charge.day <= yesterday).map(|charge| charge.amount).sum();
    assert_eq!(months.iter().map(|month| month.numbers).sum::<Micros>(), charged, "seed {seed}");
    assert!(charged > Micros::ZERO);
}

#[tokio::test]
async fn of_the_practice_carrier() {
    for seed in [3, 17, 29, 71] {
        let change = Change { in_memory: true, ..Change::default() };
        run_with(Backend::Sqlite, change, |app| the_ledger_is_the_bill(app, seed)).await;
    }
}

#[tokio::test]
async fn of_the_practice_carrier_on_postgres() {
    run_with(Backend::Postgres, Change::default(), |app| the_ledger_is_the_bill(app, 43)).await;
}

#[tokio::test]
async fn of_twilio() {
    let change = Change { twilio: true, in_memory: true, ..Change::default() };
    run_with(Backend::Sqlite, change, |app| the_ledger_is_the_bill(app, 57)).await;
}
