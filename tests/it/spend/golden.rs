//! The report of the demonstration, figure for figure. `src/spend/mod.rs` says how they come about.
//!
//! After a change that is meant, look at what the test prints, work it out on paper, and write the file anew with
//! `GOLDEN=write cargo test --test it golden`.

use std::fmt::Write;

use numberbank::access::{Allowed, SeeSpend};
use numberbank::config::{Purpose, Settings};
use numberbank::db::Db;
use numberbank::demo;
use numberbank::error::AppError;
use numberbank::kernel::Micros;
use numberbank::providers::Registry;
use numberbank::spend::{self, Month, Span, Table};

use super::history::{day, moment};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/spend-demo.csv");

#[tokio::test]
async fn the_demonstration_costs_what_was_worked_out_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::read(Purpose::Command, |_| None).unwrap();
    let now = moment("2026-11-22T15:00:00");
    let demo = demo::prepare_at(dir.path(), settings, now).await.unwrap();
    let db = Db::connect(&demo.settings.database, 1).unwrap();
    let providers = Registry::new().with_practice(
        numberbank::providers::fakeservice::FakeService::in_memory(7, numberbank::kernel::Clock::manual(now))
            .unwrap(),
    );
    let said = db
        .read(move |conn| {
            let by: Allowed<SeeSpend> =
                Allowed::from_console(conn, &providers, now, demo::SLUG, "viewer@example.org")?;
            let mut said = String::new();
            for (span, tables) in [
                (
                    Span::Month(Month::parse("2026-11").unwrap()),
                    vec![
                        Table::Campaign,
                        Table::Area,
                        Table::State,
                        Table::Provider,
                        Table::Kind,
                        Table::Month,
                    ],
                ),
                (Span::Month(Month::parse("2026-10").unwrap()), vec![Table::Campaign, Table::Area]),
                (Span::days(day("2026-10-11"), day("2026-10-17")), vec![Table::Campaign]),
            ] {
                let report = spend::report(conn, &by, span, now.date())?;
                writeln!(
                    said,
                    "# {}: charged {}, expected {}, forecast {}, idle {}",
                    span.text(),
                    report.total(),
                    report.expected(),
                    report.forecast.total(),
                    report.all.idle
                )
                .unwrap();
                for table in [Table::Campaign, Table::Area, Table::State, Table::Provider, Table::Kind] {
                    let sum: Micros = report.lines(table).iter().map(|line| line.amount()).sum();
                    assert_eq!(sum, report.total(), "{} by {table}", span.text());
                }
                for table in tables {
                    writeln!(said, "## by {table}").unwrap();
                    said.push_str(spend::table(&report, table).csv()?.trim_start_matches('\u{feff}'));
                }
            }
            Ok::<_, AppError>(said.replace("\r\n", "\n"))
        })
        .await
        .unwrap();
    if std::env::var("GOLDEN").is_ok_and(|what| what == "write") {
        std::fs::write(GOLDEN, &said).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    assert_eq!(said, golden, "the demonstration's report is another one:\n{said}");
}
