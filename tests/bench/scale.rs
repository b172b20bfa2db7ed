//! What the pages cost with 10,000 and with 1,000,000 numbers, on both databases, in one run:
//!
//! ```sh
//! cargo bench --bench scale [-- --large 1000000 --small 10000 --rounds 200 --seed 7 --only sqlite]
//! ```
//!
//! The data are made by a seed (`tests/it/support/load.rs`): some numbers in each of 300 area codes, a tenth of all in
//! one of them, and the same campaigns beside. Each request goes through the real application over HTTP, in turn to the
//! small database and to the large one, so that whatever else the machine does meets both alike.
#![allow(clippy::unwrap_used)]

#[allow(unused_imports)]
#[path = "../it/support/mod.rs"]
mod support;

use std::io::Write;
use std::time::{Duration, Instant};

use numberbank::access::Role;
use reqwest::Method;

use support::load::{Size, fill};
use support::{Backend, Client, TestApp, run};

#[derive(Clone, Copy)]
struct Wanted {
    small: i64,
    large: i64,
    rounds: usize,
    seed: i64,
    only: Option<Backend>,
}

impl Wanted {
    fn read() -> Wanted {
        let mut wanted = Wanted { small: 10_000, large: 1_000_000, rounds: 200, seed: 7, only: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut number = || arguments.next().and_then(|text| text.parse().ok()).expect("a number");
            match name.as_str() {
                "--small" => wanted.small = number(),
                "--large" => wanted.large = number(),
                "--seed" => wanted.seed = number(),
                "--rounds" => wanted.rounds = usize::try_from(number()).expect("a number of rounds"),
                "--only" => {
                    wanted.only = Some(match arguments.next().as_deref() {
                        Some("sqlite") => Backend::Sqlite,
                        Some("postgres") => Backend::Postgres,
                        _ => panic!("--only sqlite or --only postgres"),
                    });
                }
                // What cargo says to every benchmark.
                "--bench" => {}
                other => panic!("{other} is not understood"),
            }
        }
        wanted
    }
    fn size(&self, numbers: i64) -> Size {
        Size {
            numbers,
            area_codes: 300,
            started: 12,
            held: 200,
            drafts: 8,
            orders: 60,
            lines: 40,
            deeds: 200,
            people: 5,
            seed: self.seed,
        }
    }
}

/// The pages: what they are, and their address.
fn pages(size: Size) -> Vec<(&'static str, String)> {
    let [started, archived, reserving, draft] = size.campaigns();
    let code = size.busiest();
    vec![
        ("inventory", "/phone-numbers".into()),
        ("inventory, one status", "/phone-numbers?status=resting".into()),
        ("inventory, one state", "/phone-numbers?state=MI".into()),
        ("inventory, a place searched", "/phone-numbers?q=Detroit".into()),
        ("inventory, a number searched", format!("/phone-numbers?q={code}2000042")),
        ("inventory, a label searched", "/phone-numbers?q=Pool+350".into()),
        ("area code", format!("/phone-numbers/area/{code}")),
        ("area code, next page", format!("/phone-numbers/area/{code}?after=%2B1{code}2000500")),
        ("area code, available", format!("/phone-numbers/area/{code}?status=available")),
        ("area code, in use", format!("/phone-numbers/area/{code}?status=in_use")),
        ("area code, resting", format!("/phone-numbers/area/{code}?status=resting")),
        ("area code, cordoned", format!("/phone-numbers/area/{code}?status=cordoned")),
        ("area code, a number searched", format!("/phone-numbers/area/{code}?q=2000042")),
        ("number", format!("/phone-numbers/{}", size.number())),
        ("campaigns", "/campaigns".into()),
        ("campaign, started", format!("/campaigns/{started}")),
        ("campaign, archived", format!("/campaigns/{archived}")),
        ("campaign, area codes", format!("/campaigns/{reserving}/area-codes")),
        ("campaign, review and start", format!("/campaigns/{draft}/start")),
        ("give back", format!("/campaigns/{archived}/give-back")),
        ("orders", "/orders".into()),
        ("activity", "/activity".into()),
        ("spend", "/spend".into()),
    ]
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

async fn filled(app: &TestApp, size: Size) -> Client {
    let start = Instant::now();
    fill(app, size).await;
    // Among others the months are added up.
    app.run_clock_jobs().await;
    say(&format!("  {} numbers loaded in {:.1} s", size.numbers, start.elapsed().as_secs_f64()));
    app.sign_in(Role::Owner).await
}

async fn once(client: &Client, path: &str) -> Duration {
    let start = Instant::now();
    let answer = client.send_raw(client.request(Method::GET, &format!("/o/our-city{path}"))).await;
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    answer.bytes().await.unwrap();
    start.elapsed()
}

fn at(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1_000.0
}

async fn measure(small: (&Client, Size), large: (&Client, Size), rounds: usize) {
    say(&format!(
        "\n  {:<32} {:>18} {:>18} {:>8}",
        "ms, p50 / p99",
        format!("{} numbers", small.1.numbers),
        format!("{} numbers", large.1.numbers),
        "p50 ×"
    ));
    for ((name, few), (_, many)) in pages(small.1).into_iter().zip(pages(large.1)) {
        let (mut of_small, mut of_large) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
        for round in 0..rounds + 5 {
            let (one, other) = (once(small.0, &few).await, once(large.0, &many).await);
            // The first ones fill caches.
            if round >= 5 {
                of_small.push(one);
                of_large.push(other);
            }
        }
        of_small.sort_unstable();
        of_large.sort_unstable();
        let column = |times: &[Duration]| format!("{:.1} / {:.1}", at(times, 50), at(times, 99));
        say(&format!(
            "  {name:<32} {:>18} {:>18} {:>8.2}",
            column(&of_small),
            column(&of_large),
            at(&of_large, 50) / at(&of_small, 50)
        ));
    }
}

async fn compare(backend: Backend, wanted: Wanted) {
    say(&format!("\n{backend:?}, seed {}, {} requests a page", wanted.seed, wanted.rounds));
    let (few, many) = (wanted.size(wanted.small), wanted.size(wanted.large));
    run(backend, |small| async move {
        let of_small = filled(&small, few).await;
        run(backend, |large| async move {
            let of_large = filled(&large, many).await;
            measure((&of_small, few), (&of_large, many), wanted.rounds).await;
        })
        .await;
    })
    .await;
}

#[tokio::main]
async fn main() {
    let wanted = Wanted::read();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if wanted.only.is_none_or(|only| only == backend) {
            compare(backend, wanted).await;
        }
    }
}
