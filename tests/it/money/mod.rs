//! What keeps an organization from spending more than it means to, and the carrier's side of what it spent.

mod bill;
mod budget;
mod fees;
mod forecast;
mod history;
mod prices;
mod renewals;

use chrono::{NaiveDate, TimeDelta};

use numberbank::access::{BuyNumbers, Role};
use numberbank::kernel::ids::OrderId;
use numberbank::kernel::{AreaCode, Micros};
use numberbank::purchasing::{self, NewOrder, Wanted};

use crate::support::TestApp;

pub fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Buys numbers at what they cost at the carrier.
pub async fn buy_at_price(app: &TestApp, text: &str, count: i64, cents: i64) {
    let by = app.allowed::<BuyNumbers>(Role::Owner).await;
    let lines = vec![Wanted { area_code: code(text), count, price: Micros::from_cents(cents) }];
    let order = NewOrder::of(OrderId::new(), lines);
    let now = app.app().clock.now();
    app.write(move |tx| purchasing::place(tx, &by, &order, now)).await;
    app.run_jobs().await;
}

/// Lets days pass, with the clock's jobs each time, so many days a step.
pub async fn pass(app: &TestApp, days: i64, step: i64) {
    let mut left = days;
    while left > 0 {
        let now = left.min(step);
        app.advance(TimeDelta::days(now));
        app.run_clock_jobs().await;
        left -= now;
    }
}
