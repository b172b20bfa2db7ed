//! The monthly charges: each month of each number once, whenever and however often the job runs.

use chrono::{NaiveDate, TimeDelta};
use diesel::RunQueryDsl;
use numberbank::access::{Actor, ManageOrganization, Role};
use numberbank::app::kinds;
use numberbank::db::{DbError, Kind};
use numberbank::jobs::{self, Runner};
use numberbank::kernel::clock::next_month;
use numberbank::kernel::ids::NumberId;
use numberbank::kernel::{E164, Micros};
use numberbank::ledger::jobs::ChargeMonths;
use numberbank::ledger::{self, Basis, Charge};
use numberbank::numbers::{self, NewNumber, Why};

use crate::both;
use crate::support::TestApp;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn actor(app: &TestApp) -> Actor {
    app.allowed::<ManageOrganization>(Role::Owner).await.actor()
}

/// Numbers bought on a day, as buying records them.
async fn bought(app: &TestApp, on: &str, how_many: usize) -> Vec<NumberId> {
    let (by, on) = (actor(app).await, day(on));
    app.write(move |tx| {
        let mut ids = Vec::new();
        for index in 0..how_many {
            let (id, phone) = (NumberId::new(), E164::parse(&format!("+1313555{index:04}")).unwrap());
            let new = NewNumber {
                id,
                service: "fakeservice".to_owned(),
                carrier_account: on.to_string(),
                service_id: format!("PN{id}"),
                phone_number: phone,
                area_code: phone.area_code().unwrap(),
                monthly_price: Micros::from_cents(115),
                bought_at: on.and_hms_opt(23, 59, 0).unwrap(),
                renews_on: next_month(on),
                order_id: None,
                label: String::new(),
                voice_url: None,
            };
            numbers::add(tx, &by, &new, new.bought_at, Why::default())?;
            ledger::first_charge(tx, &by, id, on, new.monthly_price, Basis::Quoted)?;
            ids.push(id);
        }
        Ok(ids)
    })
    .await
}

/// The days a number was charged on, oldest first; the months are without gap.
async fn charged(app: &TestApp, number: NumberId) -> Vec<String> {
    let organization = actor(app).await.organization();
    let mut charges: Vec<Charge> =
        app.app().db.read(move |conn| ledger::charges_of(conn, organization, number)).await.unwrap();
    charges.reverse();
    for pair in charges.windows(2) {
        assert_eq!(pair[0].period_end, pair[1].period_start);
    }
    assert!(charges.iter().all(|charge| charge.amount == Micros::from_cents(115)));
    charges.iter().map(|charge| charge.period_start.to_string()).collect()
}

async fn renews_on(app: &TestApp, number: NumberId) -> String {
    let organization = actor(app).await.organization();
    let number = app.app().db.read(move |conn| numbers::find(conn, organization, number)).await.unwrap();
    number.renews_on.to_string()
}

async fn charge(app: &TestApp, day: NaiveDate) {
    let now = app.app().clock.now();
    app.write(move |tx| Ok(jobs::enqueue(tx, None, &ChargeMonths { day }, now, now)?)).await;
    app.run_jobs().await;
}

both! {
    async fn each_month_is_charged_once_however_often_the_job_runs(app: TestApp) {
        let number = bought(&app, "2026-10-22", 1).await[0];
        app.run_clock_jobs().await;
        assert_eq!(charged(&app, number).await, ["2026-10-22", "2026-11-22"]);
        assert_eq!(renews_on(&app, number).await, "2026-12-22");
        for _ in 0..3 {
            charge(&app, day("2026-11-22")).await;
            app.run_clock_jobs().await;
        }
        assert_eq!(charged(&app, number).await, ["2026-10-22", "2026-11-22"]);
        // The day before the next date nothing; on the date one.
        app.advance(TimeDelta::days(29));
        app.run_clock_jobs().await;
        assert_eq!(charged(&app, number).await.len(), 2);
        app.advance(TimeDelta::days(1));
        app.run_clock_jobs().await;
        assert_eq!(charged(&app, number).await, ["2026-10-22", "2026-11-22", "2026-12-22"]);
    }

    async fn a_job_that_comes_months_late_charges_every_month(app: TestApp) {
        let number = bought(&app, "2026-05-30", 1).await[0];
        app.run_clock_jobs().await;
        assert_eq!(
            charged(&app, number).await,
            ["2026-05-30", "2026-06-30", "2026-07-30", "2026-08-30", "2026-09-30", "2026-10-30"]
        );
        assert_eq!(renews_on(&app, number).await, "2026-11-30");
    }

    async fn the_last_days_of_a_month_drift_to_a_short_months_end_and_stay(app: TestApp) {
        let number = bought(&app, "2026-11-30", 1).await[0];
        let end = bought(&app, "2026-12-31", 1).await[0];
        app.advance(TimeDelta::days(170));
        app.run_clock_jobs().await;
        assert_eq!(
            charged(&app, number).await,
            ["2026-11-30", "2026-12-30", "2027-01-30", "2027-02-28", "2027-03-28", "2027-04-28"]
        );
        assert_eq!(
            charged(&app, end).await,
            ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-28", "2027-04-28"]
        );
        // In a leap year February has one day more.
        let leap = bought(&app, "2027-12-31", 1).await[0];
        app.advance(TimeDelta::days(310));
        app.run_clock_jobs().await;
        assert_eq!(charged(&app, leap).await, ["2027-12-31", "2028-01-31", "2028-02-29"]);
    }

    async fn a_number_that_is_gone_is_not_charged(app: TestApp) {
        let numbers = bought(&app, "2026-10-22", 3).await;
        app.sql("UPDATE owned_phone_number SET released_at = '2026-11-21 10:00:00' WHERE phone_number = '+13135550000'").await;
        app.sql("UPDATE owned_phone_number SET lost_at = '2026-11-21 10:00:00' WHERE phone_number = '+13135550001'").await;
        app.run_clock_jobs().await;
        assert_eq!(charged(&app, numbers[0]).await, ["2026-10-22"]);
        assert_eq!(charged(&app, numbers[1]).await, ["2026-10-22"]);
        assert_eq!(charged(&app, numbers[2]).await, ["2026-10-22", "2026-11-22"]);
    }

    async fn another_price_counts_from_the_next_charge(app: TestApp) {
        let number = bought(&app, "2026-10-22", 1).await[0];
        app.run_clock_jobs().await;
        app.sql("UPDATE owned_phone_number SET monthly_price = 1300000; UPDATE number_count SET monthly_cost = 1300000").await;
        app.advance(TimeDelta::days(31));
        app.run_clock_jobs().await;
        let organization = actor(&app).await.organization();
        let charges = app.app().db.read(move |conn| ledger::charges_of(conn, organization, number)).await.unwrap();
        let amounts: Vec<i64> = charges.iter().map(|charge| charge.amount.get()).collect();
        assert_eq!(amounts, [1_300_000, 1_150_000, 1_150_000]);
    }

    async fn a_lot_charged_in_steps_is_charged_to_the_last(app: TestApp) {
        // More than two steps of the job, and an instance that stops after the first.
        let numbers = bought(&app, "2026-10-22", 2_300).await;
        let first = app.write(|tx| Ok(ledger::charge_due(tx, day("2026-11-22"), 1_000)?)).await;
        assert_eq!(first, 1_000);
        app.run_clock_jobs().await;
        for number in [numbers[0], numbers[1_000], numbers[2_299]] {
            assert_eq!(charged(&app, number).await, ["2026-10-22", "2026-11-22"]);
        }
        let left = app.write(|tx| Ok(ledger::charge_due(tx, day("2026-11-22"), 1_000)?)).await;
        assert_eq!(left, 0);
    }

    async fn what_somebody_is_changing_meanwhile_is_charged_when_they_are_done(app: TestApp) {
        // On SQLite nobody writes while somebody writes.
        if app.app().db.kind() == Kind::Postgres {
            let numbers = bought(&app, "2026-10-22", 5).await;
            let (has_it, got_it) = std::sync::mpsc::channel();
            let (let_go, gone) = std::sync::mpsc::channel::<()>();
            let (db, held) = (app.app().db.clone(), numbers[2]);
            let somebody = std::thread::spawn(move || {
                db.write_blocking(|tx| {
                    diesel::sql_query("UPDATE owned_phone_number SET label = 'mine' WHERE id = $1")
                        .bind::<diesel::sql_types::Text, _>(held)
                        .execute(&mut **tx)?;
                    has_it.send(()).unwrap();
                    gone.recv().unwrap();
                    Ok::<_, DbError>(())
                })
            });
            got_it.recv().unwrap();
            let now = app.app().clock.now();
            app.write(move |tx| Ok(jobs::enqueue(tx, None, &ChargeMonths { day: day("2026-11-22") }, now, now)?)).await;
            let runner = Runner::new(app.app().clone(), kinds());
            let job = tokio::spawn(async move { while runner.run_one().await.unwrap() {} });
            // The others do not wait for it.
            for number in [0, 1, 3, 4] {
                while charged(&app, numbers[number]).await.len() < 2 {
                    tokio::task::yield_now().await;
                }
            }
            assert_eq!(charged(&app, held).await.len(), 1);
            let_go.send(()).unwrap();
            somebody.join().unwrap().unwrap();
            job.await.unwrap();
            assert_eq!(charged(&app, held).await, ["2026-10-22", "2026-11-22"]);
        }
    }

    async fn two_instances_that_charge_at_once_charge_once(app: TestApp) {
        // More numbers than one batch has.
        let numbers = bought(&app, "2026-09-22", 1_150).await;
        let now = app.app().clock.now();
        // Two jobs of different days: their keys do not keep them apart.
        for day in [day("2026-11-22"), day("2026-11-21")] {
            app.write(move |tx| Ok(jobs::enqueue(tx, None, &ChargeMonths { day }, now, now)?)).await;
        }
        let instances = [0, 1].map(|_| Runner::new(app.app().clone(), kinds()));
        let runs = instances.map(|instance| {
            tokio::spawn(async move { while instance.run_one().await.unwrap() {} })
        });
        for run in runs {
            run.await.unwrap();
        }
        let organization = actor(&app).await.organization();
        let last = app
            .app()
            .db
            .read(move |conn| {
                let mut all = Vec::new();
                for number in numbers {
                    all.push(ledger::charges_of(conn, organization, number)?.len());
                }
                Ok::<_, DbError>(all)
            })
            .await
            .unwrap();
        assert!(last.iter().all(|charges| *charges == 3), "{last:?}");
    }
}
