//! How long planning and reserving take, beside what they may take:
//!
//! ```sh
//! cargo bench --bench plan [-- --rounds 20 --only sqlite --pause 300]
//! ```
//!
//! A plan for 200,000 contacts in 377 area codes; 1,000 numbers over 50 of them reserved in an organization that owns
//! 100,000; and eight campaigns that do so at once on the same 50.
#![allow(clippy::unwrap_used)]

#[allow(unused_imports)]
#[path = "../it/support/mod.rs"]
mod support;

use std::io::Write;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use numberbank::access::{ManageCampaigns, Role};
use numberbank::allocation::model::{ByCode, Needs, Picker, Rules, Stock, Supply};
use numberbank::allocation::strategies::{self, best::Best};
use numberbank::allocation::{self, Mode};
use numberbank::campaigns::{self, Basics, Name, Ratio};
use numberbank::db::{Conn, DbError, Kind};
use numberbank::kernel::AreaCode;
use numberbank::kernel::ids::CampaignId;
use numberbank::numbers;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use support::load::{Size, fill};
use support::{Backend, TestApp, run};

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0
}

fn told(what: &str, times: &mut [Duration], percent: usize, limit: f64) {
    let (middle, high) = (at(times, 50), at(times, percent));
    let over = if high > limit { "  OVER" } else { "" };
    say(&format!("  {what:<58} p50 {middle:>8.1} ms, p{percent} {high:>8.1} ms of {limit:.0}{over}"));
}

/// Contacts and stock by a seed: a few large area codes, many small ones, and stock that does not follow them.
fn problem(seed: u64, contacts: i64, numbers: i64) -> (ByCode, ByCode) {
    let mut dice = StdRng::seed_from_u64(seed);
    let codes: Vec<AreaCode> = AreaCode::all().filter(|code| !code.is_toll_free()).take(377).collect();
    let mut spread = |total: i64| -> ByCode {
        let weights: Vec<f64> = codes.iter().map(|_| dice.random::<f64>().powi(4) + 0.002).collect();
        let all: f64 = weights.iter().sum();
        codes
            .iter()
            .zip(weights)
            .map(|(&code, weight)| (code, (total as f64 * weight / all) as i64))
            .collect()
    };
    (spread(contacts), spread(numbers))
}

fn plans(rounds: usize) {
    say("\nplans for 377 area codes");
    for (numbers, contacts, limit) in [(1_000, 200_000, 20.0), (5_000, 1_000_000, 100.0)] {
        for picker in [Picker::Numberbank, Picker::Twilio] {
            for (kind, stock) in [("ample", numbers * 3), ("scarce", numbers * 9 / 10)] {
                let mut times = Vec::new();
                for seed in 0..rounds as u64 {
                    let (needs, stock) = problem(seed, contacts, stock);
                    let needs = Needs::new(&needs, 200);
                    let stock =
                        stock.into_iter().map(|(code, count)| (code, Stock { usable: count, owned: count }));
                    let (supply, rules) = (Supply::new(stock.collect()), Rules::new(picker, numbers));
                    let start = Instant::now();
                    let plan = strategies::plan(&Best, &needs, &supply, &rules);
                    times.push(start.elapsed());
                    assert!(plan.total() > 0);
                }
                told(&format!("{numbers} numbers, {picker:?}, {kind} stock"), &mut times, 95, limit);
            }
        }
    }
}

async fn draft(app: &TestApp, name: &str) -> CampaignId {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let basics = Basics {
        name: Name::parse(name).unwrap(),
        ratio: Ratio::new(200).unwrap(),
        planned_start: None,
        strategy: "best".into(),
        include_resting: false,
    };
    let now = app.app().clock.now();
    app.write(move |tx| campaigns::create(tx, &by, &basics, now)).await
}

/// Lets a campaign hold exactly these; answers how long that took and whether all were there.
async fn reserve(app: &TestApp, id: CampaignId, wanted: &ByCode) -> (Duration, bool) {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let (wanted, now, db) = (wanted.clone(), app.app().clock.now(), app.app().db.clone());
    let start = Instant::now();
    let saved =
        db.write(move |tx| allocation::save(tx, &by, id, &wanted, Mode::AllOrNothing, now)).await.unwrap();
    (start.elapsed(), saved.written && !saved.is_short())
}

/// Between rounds, what the databases do by themselves where nobody reserves a thousand numbers thirty times a second:
/// PostgreSQL is rid of the old versions of the rows, SQLite carries its log over.
async fn tidy(app: &TestApp, pause: Duration) {
    if app.app().db.kind() == Kind::Sqlite {
        tokio::time::sleep(pause).await;
    }
    if app.app().db.kind() == Kind::Postgres {
        for table in ["owned_phone_number", "number_event", "number_count", "campaign"] {
            let vacuum = format!("VACUUM {table}");
            let done = move |conn: &mut Conn| conn.batch_execute(&vacuum).map_err(DbError::from);
            app.app().db.read(done).await.unwrap();
        }
    }
}

async fn reservations(backend: Backend, rounds: usize, pause: Duration, limit: f64) {
    run(backend, |app| async move {
        let size = Size {
            numbers: 100_000,
            area_codes: 300,
            started: 12,
            held: 200,
            drafts: 8,
            orders: 10,
            lines: 10,
            deeds: 50,
            people: 5,
            seed: 7,
        };
        fill(&app, size).await;
        app.sql("UPDATE organization SET room = 100000").await;
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let counts =
            app.app().db.read(move |conn| numbers::counts(conn, by.organization_id(), None)).await.unwrap();
        let mut free: Vec<(i64, AreaCode)> = counts
            .iter()
            .filter(|count| !count.area_code.is_toll_free())
            .map(|count| (count.free(), count.area_code))
            .collect();
        free.sort_unstable_by(|a, b| b.cmp(a));
        free.truncate(50);
        assert!(free.last().unwrap().0 >= 160, "{free:?}");
        let wanted: ByCode = free.iter().map(|(_, code)| (*code, 20)).collect();
        let none: ByCode = free.iter().map(|(_, code)| (*code, 0)).collect();
        say(&format!("\n{backend:?}, 100,000 numbers"));
        let id = draft(&app, "One").await;
        let mut times = Vec::new();
        for round in 0..rounds + 2 {
            let (took, all) = reserve(&app, id, &wanted).await;
            assert!(all);
            if round >= 2 {
                times.push(took);
            }
            assert!(reserve(&app, id, &none).await.1);
            tidy(&app, pause).await;
        }
        told("1,000 numbers over 50 area codes reserved", &mut times, 95, limit);
        let mut ids = Vec::new();
        for n in 0..8 {
            ids.push(draft(&app, &format!("At once {n}")).await);
        }
        let (mut times, mut short) = (Vec::new(), 0);
        for _ in 0..rounds {
            let all = futures_util::future::join_all(ids.iter().map(|&id| reserve(&app, id, &wanted))).await;
            for (took, all) in all {
                times.push(took);
                short += usize::from(!all);
            }
            for &id in &ids {
                reserve(&app, id, &none).await;
            }
            tidy(&app, pause).await;
        }
        told("eight campaigns at once on the same 50", &mut times, 95, 400.0);
        say(&format!("  of {} reservations {short} fell short while stock sufficed", times.len()));
        assert_eq!(short, 0);
    })
    .await;
}

#[tokio::main]
async fn main() {
    let (mut rounds, mut only, mut pause) = (20, None, Duration::from_millis(300));
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--rounds" => {
                rounds = arguments.next().and_then(|text| text.parse().ok()).expect("a number of rounds")
            }
            "--only" => only = Some(arguments.next().expect("plans, sqlite or postgres")),
            "--pause" => {
                let text = arguments.next().and_then(|text| text.parse().ok());
                pause = Duration::from_millis(text.expect("milliseconds between rounds on SQLite"));
            }
            // What cargo says to every benchmark.
            "--bench" => {}
            other => panic!("{other} is not understood"),
        }
    }
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("plans") {
        plans(rounds);
    }
    if wanted("sqlite") {
        reservations(Backend::Sqlite, rounds, pause, 30.0).await;
    }
    if wanted("postgres") {
        reservations(Backend::Postgres, rounds, pause, 60.0).await;
    }
}
