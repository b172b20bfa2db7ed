//! What the spend report and the daily charges cost, on both databases:
//!
//! ```sh
//! cargo bench --bench spend [-- --numbers 100000 --months 36 --campaigns 300 --charged 1000000 --rounds 100 --only sqlite]
//! ```
//!
//! First an organization of 100,000 numbers, 300 campaigns and three years of charges: how long adding all of it up
//! takes once, again after a change, and each page of it over HTTP. Then 1,000,000 numbers, all due on one day: how long
//! the job that charges them runs. The targets: the report's p95 at most 100 ms, the charges at most 60 s.
#![allow(clippy::unwrap_used)]

#[allow(unused_imports)]
#[path = "../it/support/mod.rs"]
mod support;

use std::io::Write;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use numberbank::access::{Role, SeeSpend};
use numberbank::db::{DbError, Kind};
use numberbank::jobs;
use numberbank::ledger::jobs::ChargeMonths;
use numberbank::numbers::touched;
use reqwest::Method;

use support::load::{Size, fill, fill_due};
use support::{Backend, Client, TestApp, run};

#[derive(Clone, Copy)]
struct Wanted {
    numbers: i64,
    months: i64,
    campaigns: i64,
    charged: i64,
    rounds: usize,
    only: Option<Backend>,
}

impl Wanted {
    fn read() -> Wanted {
        let mut wanted = Wanted {
            numbers: 100_000,
            months: 36,
            campaigns: 300,
            charged: 1_000_000,
            rounds: 100,
            only: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut number = || arguments.next().and_then(|text| text.parse().ok()).expect("a number");
            match name.as_str() {
                "--numbers" => wanted.numbers = number(),
                "--months" => wanted.months = number(),
                "--campaigns" => wanted.campaigns = number(),
                "--charged" => wanted.charged = number(),
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
        let started = (self.campaigns * 4 / 5).max(1);
        Size {
            numbers,
            area_codes: 300,
            started,
            // Three fifths of the numbers are in use.
            held: (numbers * 3 / 5 / (self.campaigns + 1)).max(1),
            drafts: 2,
            orders: 2,
            lines: 2,
            deeds: 2,
            people: 2,
            seed: 7,
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

async fn timed(what: &str, work: impl Future<Output = ()>) {
    let start = Instant::now();
    work.await;
    say(&format!("  {what:<58} {:>9.2} s", start.elapsed().as_secs_f64()));
}

/// The charges of the months before the one that is there, and who held the numbers in them: each number changes its
/// campaign every half year.
async fn past(app: &TestApp, months: i64) {
    let (back, half) = match app.app().db.kind() {
        Kind::Sqlite => (
            "date(c.period_start, '-' || m.i || ' months'), date(c.period_start, '-' || (m.i - 1) || ' months')",
            "datetime(a.started_at, '-' || (m.i * 6) || ' months'), datetime(a.started_at, '-' || (m.i * 6 - 6) || ' months', '-5 days')",
        ),
        Kind::Postgres => (
            "CAST(c.period_start - m.i * INTERVAL '1 month' AS DATE), CAST(c.period_start - (m.i - 1) * INTERVAL '1 month' AS DATE)",
            "a.started_at - m.i * INTERVAL '6 months', a.started_at - (m.i * 6 - 6) * INTERVAL '1 month' - INTERVAL '5 days'",
        ),
    };
    let counting = |to: i64| {
        format!("WITH RECURSIVE m(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM m WHERE i + 1 <= {to})")
    };
    let statements = [
        format!(
            "{} INSERT INTO charge (id, organization_id, number_id, period_start, period_end, amount, basis) \
             SELECT substr(c.id, 1, 14) || CAST(1000 + m.i AS TEXT) || substr(c.id, 19), c.organization_id, c.number_id, \
             {back}, c.amount, c.basis FROM charge c CROSS JOIN m",
            counting(months)
        ),
        format!(
            "{} INSERT INTO assignment (id, organization_id, number_id, campaign_id, started_at, ended_at) \
             SELECT substr(a.id, 1, 14) || CAST(1000 + m.i AS TEXT) || substr(a.id, 19), a.organization_id, a.number_id, \
             a.campaign_id, {half} FROM assignment a CROSS JOIN m",
            counting(months / 6)
        ),
    ];
    app.write(move |tx| {
        for statement in &statements {
            tx.batch_execute(statement).map_err(DbError::from)?;
        }
        Ok(())
    })
    .await;
    let after =
        if app.app().db.kind() == Kind::Sqlite { "PRAGMA optimize = 0x10002" } else { "VACUUM ANALYZE" };
    let done: Result<(), DbError> =
        app.app().db.read(move |conn| conn.batch_execute(after).map_err(DbError::from)).await;
    done.unwrap();
}

async fn touch(app: &TestApp, at: &'static str) {
    let organization = app.allowed::<SeeSpend>(Role::SpendViewer).await.organization_id();
    app.write(move |tx| Ok(touched::held(tx, organization, at.parse().unwrap())?)).await;
}

async fn page(client: &Client, name: &str, path: &str, rounds: usize) {
    let mut times: Vec<Duration> = Vec::with_capacity(rounds);
    let mut length = 0;
    for round in 0..rounds + 3 {
        let start = Instant::now();
        let answer = client.send_raw(client.request(Method::GET, &format!("/o/our-city{path}"))).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        length = answer.bytes().await.unwrap().len();
        // The first ones fill caches.
        if round >= 3 {
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    let at =
        |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0;
    say(&format!("  {name:<40} p50 {:>7.1} ms  p95 {:>7.1} ms  {:>6} KB", at(50), at(95), length / 1_000));
}

async fn report(app: TestApp, wanted: Wanted) {
    let size = wanted.size(wanted.numbers);
    timed("numbers and their past put there", async {
        fill(&app, size).await;
        past(&app, wanted.months).await;
    })
    .await;
    touch(&app, "2020-01-01T00:00:00").await;
    let what = format!("{} numbers, {} months added up once", wanted.numbers, wanted.months);
    timed(&what, app.run_clock_jobs()).await;
    touch(&app, "2026-11-22T12:00:00").await;
    timed("the months that a change of today touches, again", app.run_clock_jobs()).await;
    let viewer = app.sign_in(Role::SpendViewer).await;
    page(&viewer, "/spend", "/spend", wanted.rounds).await;
    page(&viewer, "/spend, a month of last year", "/spend?month=2025-08", wanted.rounds).await;
    page(&viewer, "/spend, every area code", "/spend?all=area", wanted.rounds).await;
    page(&viewer, "/spend.csv", "/spend.csv?by=area", wanted.rounds).await;
    let campaign = format!("/spend/campaigns/{}", size.campaigns()[0]);
    page(&viewer, "/spend/campaigns/{id}", &campaign, wanted.rounds).await;
    let number = format!("/spend/numbers/{}", size.number());
    page(&viewer, "/spend/numbers/{id}", &number, wanted.rounds).await;
    page(&viewer, "/spend/numbers", "/spend/numbers?month=2026-09", wanted.rounds.min(20)).await;
    let of_campaign = format!("/spend/numbers?month=2026-09&campaign={}", size.campaigns()[0]);
    page(&viewer, "/spend/numbers of a campaign", &of_campaign, wanted.rounds.min(20)).await;
    let idle = "/spend/numbers?month=2026-09&campaign=idle";
    page(&viewer, "/spend/numbers, idle", idle, wanted.rounds.min(20)).await;
    page(&viewer, "/spend, two weeks", "/spend?from=2026-10-10&to=2026-10-23", wanted.rounds).await;
    page(&viewer, "/spend, two years and a day", "/spend?from=2024-10-10&to=2026-10-10", wanted.rounds).await;
    touch(&app, "2026-11-22T12:00:00").await;
    page(&viewer, "/spend, while something has changed", "/spend", wanted.rounds).await;
}

async fn charges(app: TestApp, wanted: Wanted) {
    let what = format!("{} numbers put there, all due on one day", wanted.charged);
    timed(&what, fill_due(&app, wanted.size(wanted.charged), "2026-11-22")).await;
    let now = app.app().clock.now();
    app.write(move |tx| Ok(jobs::enqueue(tx, None, &ChargeMonths { day: now.date() }, now, now)?)).await;
    timed(&format!("{} numbers charged on one day", wanted.charged), app.run_jobs()).await;
}

#[tokio::main]
async fn main() {
    let wanted = Wanted::read();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if wanted.only.is_none_or(|only| only == backend) {
            say(&format!("\n{backend:?}"));
            if wanted.numbers > 0 {
                run(backend, |app| report(app, wanted)).await;
            }
            if wanted.charged > 0 {
                run(backend, |app| charges(app, wanted)).await;
            }
        }
    }
}
