//! How long an order of 500 numbers takes when each of the carrier's answers takes 100 ms, beside what its calls take
//! at the permitted concurrency; and that it finishes though the carrier refuses call after call as too many.
//!
//! ```sh
//! cargo bench --bench order [-- --numbers 500 --latency 100 --sqlite]
//! ```
//!
//! The whole application, the client for Twilio and its simulator over HTTP, on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used)]

#[allow(unused_imports)]
#[path = "../it/support/mod.rs"]
mod support;

use std::io::Write;
use std::time::{Duration, Instant};

use numberbank::access::{BuyNumbers, Role};
use numberbank::kernel::ids::OrderId;
use numberbank::kernel::{AreaCode, Micros};
use numberbank::providers::Account;
use numberbank::providers::fakeservice::Weather;
use numberbank::purchasing::{self, NewOrder, OrderStatus, Wanted};

use support::{Backend, Change, TestApp, run_with};

/// As many calls as one account may have under way.
const CONCURRENCY: usize = numberbank::providers::twilio::CONCURRENCY;

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Places the order and waits until it has ended. Answers how long it took and how many calls it made.
async fn order(app: &TestApp, codes: [&str; 2], numbers: i64) -> (Duration, usize) {
    let by = app.allowed::<BuyNumbers>(Role::Owner).await;
    let lines = codes.map(|code| Wanted {
        area_code: AreaCode::parse(code).unwrap(),
        count: numbers / 2,
        price: Micros::from_cents(115),
    });
    let world = app.twilio().world();
    for code in codes {
        world.set_stock(AreaCode::parse(code).unwrap(), usize::try_from(numbers).unwrap()).unwrap();
    }
    let order = NewOrder::of(OrderId::new(), lines.to_vec());
    let (id, now, owner) = (order.id, app.app().clock.now(), by.clone());
    app.twilio().forget_requests();
    let start = Instant::now();
    app.write(move |tx| purchasing::place(tx, &owner, &order, now)).await;
    app.app().wake.notify_waiters();
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let organization = by.organization_id();
        let found = app.app().db.read(move |conn| purchasing::summary(conn, organization, id)).await.unwrap();
        assert_eq!(found.order.notice, None, "somebody is shown an error");
        match found.order.status {
            OrderStatus::Working => {}
            OrderStatus::Complete => break,
            other => panic!("it ended {other:?}: {:?}", found.lines),
        }
    }
    (start.elapsed(), app.twilio().requests().len())
}

async fn measure(backend: Backend, numbers: i64, latency: u32) {
    let change = Change { live: true, twilio: true, ..Change::default() };
    run_with(backend, change, |app| async move {
        let account = Account::new(app.twilio().accounts().remove(0).sid);
        let slow = Weather { latency_ms: latency, ..Weather::still() };
        app.twilio().world().set_weather(&account, &slow).unwrap();
        let (took, calls) = order(&app, ["313", "248"], numbers).await;
        let least = f64::from(latency) / 1_000.0 * calls as f64 / CONCURRENCY as f64;
        say(&format!(
            "{backend:?}: {numbers} numbers, {calls} calls of {latency} ms, {CONCURRENCY} at once: {:.2} s, {:.2} × {least:.2} s",
            took.as_secs_f64(),
            took.as_secs_f64() / least
        ));
        let storm = Weather { rate_limit_next: 60, ..slow };
        app.twilio().world().set_weather(&account, &storm).unwrap();
        let (took, calls) = order(&app, ["734", "586"], numbers).await;
        say(&format!("    the first 60 calls refused as too many: complete in {:.2} s, {calls} calls", took.as_secs_f64()));
    })
    .await;
}

#[tokio::main]
async fn main() {
    let (mut numbers, mut latency, mut only) = (500, 100, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<i64>().ok()).expect("a number");
        match name.as_str() {
            "--numbers" => numbers = number(),
            "--latency" => latency = number(),
            "--sqlite" => only = Some(Backend::Sqlite),
            "--postgres" => only = Some(Backend::Postgres),
            // What cargo says to every benchmark.
            "--bench" => {}
            other => panic!("{other} is not understood"),
        }
    }
    for backend in [Backend::Sqlite, Backend::Postgres]
        .into_iter()
        .filter(|backend| only.is_none_or(|only| only == *backend))
    {
        measure(backend, numbers, u32::try_from(latency).expect("milliseconds")).await;
    }
}
