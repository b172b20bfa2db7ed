//! The carrier's bill against the ledger, with the practice carrier and with Twilio simulated.

use chrono::TimeDelta;
use numberbank::access::{Allowed, BuyNumbers, Role, SeeSpend};
use numberbank::kernel::Micros;
use numberbank::kernel::ids::OrderId;
use numberbank::organizations::connection;
use numberbank::providers::twilio::simulator::faults::{Fault as SimFault, Kind as FaultKind};
use numberbank::providers::{ErrorKind, ProviderError};
use numberbank::purchasing::{self, NewOrder, Wanted};
use numberbank::spend::Month;
use numberbank::spend::bill::{self, Kind, MonthBill, Reason};

use super::{buy_at_price, code, day, pass};
use crate::both;
use crate::launch::buy;
use crate::support::carrier::{Fate, Meddler};
use crate::support::{Backend, Change, TestApp, run_with};

const PAGE: &str = "/o/our-city/spend/bill";

/// The months compared, newest first.
pub async fn compared(app: &TestApp) -> Vec<MonthBill> {
    let by = app.allowed::<SeeSpend>(Role::SpendViewer).await;
    let month = Month::of(app.app().clock.today());
    app.app().db.read(move |conn| bill::compare(conn, &by, month)).await.unwrap().1
}

fn month<'a>(months: &'a [MonthBill], text: &str) -> &'a MonthBill {
    months.iter().find(|one| one.month.to_string() == text).unwrap()
}

/// Numbers that are in the account and were bought past the application.
pub fn bought_elsewhere(app: &TestApp, text: &str, count: usize, at: &str) {
    let (world, account) = app.at_carrier();
    world.purchase_at(&account, code(text), count, at.parse().unwrap(), |_| None).unwrap();
}

pub async fn adopt_all(app: &TestApp) {
    let owner = app.sign_in(Role::Owner).await;
    owner.submit("/o/our-city/sync", &[]).await.ok();
    app.run_jobs().await;
    owner.post("/o/our-city/sync/adopt", &[("all", "1")]).await.is(303);
    app.run_jobs().await;
}

/// Months in which nothing odd happens: numbers of both kinds bought, one released, one on its very renewal day.
async fn an_ordinary_life(app: &TestApp) {
    buy(app, &[("313", 3)]).await;
    pass(app, 9, 3).await;
    buy_at_price(app, "888", 2, 215).await;
    buy(app, &[("248", 2)]).await;
    pass(app, 35, 5).await;
    let owner = app.sign_in(Role::Owner).await;
    let numbers =
        crate::sync::inventory_at(app, if app.has_twilio() { "twilio" } else { "fakeservice" }).await;
    let release = async |index: usize| {
        let id = numberbank::kernel::ids::ReleaseId::new().to_string();
        let number = numbers[index].id.to_string();
        owner
            .post("/o/our-city/phone-numbers/release", &[("id", &id), ("number", &number), ("count", "1")])
            .await
            .is(303);
        app.run_jobs().await;
    };
    release(0).await;
    // On its renewal day, before anything of the day was done here: the carrier has charged it.
    let left = numbers[1].renews_on - app.app().clock.today();
    app.advance(left);
    release(1).await;
    pass(app, 40, 4).await;
}

async fn nothing_odd(app: TestApp) {
    an_ordinary_life(&app).await;
    let months = compared(&app).await;
    assert!(months.len() >= 4, "{months:?}");
    for month in &months {
        assert_eq!(month.difference(), Micros::ZERO, "{month:?}");
        assert!(
            month
                .lines
                .iter()
                .all(|line| line.difference() == Micros::ZERO && line.ledger.count == line.bill.count)
        );
        assert_eq!(month.other_use(), Micros::ZERO);
    }
    let billed: Micros = months.iter().map(|month| month.numbers).sum();
    let yesterday = app.app().clock.today() - chrono::Days::new(1);
    let charges = app.books().charges;
    let charged: Micros =
        charges.iter().filter(|charge| charge.day <= yesterday).map(|charge| charge.amount).sum();
    assert_eq!(billed, charged, "all that the carrier charged is on the page");
    let viewer = app.sign_in(Role::SpendViewer).await;
    let page = viewer.get(PAGE).await.ok();
    assert!(page.text().contains("bill and ledger agree"), "{}", page.text());
    assert!(page.all("button").iter().all(|words| words != "Read it now"));
    // Read again it stays the same, to the row.
    let rows = app.texts("usage_record", "category").await.len();
    pass(&app, 1, 1).await;
    app.sign_in(Role::Owner).await.post(&format!("{PAGE}/read"), &[]).await.is(303);
    app.run_jobs().await;
    assert!(app.texts("usage_record", "category").await.len() <= rows + 4);
}

async fn something_odd(app: TestApp) {
    let (world, account) = app.at_carrier();
    buy(&app, &[("313", 2)]).await;
    // Somebody else has three numbers in the account, and texts.
    bought_elsewhere(&app, "248", 3, "2026-11-22T15:00:00");
    world.add_use(&account, day("2026-11-22"), "sms", 100, Micros::new(830_000)).unwrap();
    world
        .add_use(&account, day("2026-11-22"), "sms-messages-carrierfees", 100, Micros::new(300_001))
        .unwrap();
    pass(&app, 2, 1).await;
    let november = month(&compared(&app).await, "2026-11").clone();
    assert_eq!(november.difference(), Micros::from_cents(345));
    assert_eq!(november.lines[0].reasons, [Reason::Others(3)]);
    assert_eq!(november.other_use(), Micros::new(1_130_001));
    assert_eq!(november.total, november.numbers + november.other_use());
    let page = app.sign_in(Role::SpendViewer).await.get(PAGE).await.ok();
    for words in [
        "+$3.45",
        "3 charges are on the bill only",
        "Text messages (SMS)200$1.130001",
        "Mobile carriers’ fees for text messages100$0.300001",
        "$1.130001 of $6.880001",
    ] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    // Adopted on the 24th: from the days on it is estimated here, and charged in full on the next date.
    adopt_all(&app).await;
    pass(&app, 3, 1).await;
    let november = month(&compared(&app).await, "2026-11").clone();
    let estimated = november.ledger.amount - Micros::from_cents(230);
    assert!(estimated > Micros::ZERO && estimated < Micros::from_cents(345), "{estimated}");
    assert_eq!(
        november.difference(),
        Micros::from_cents(345) - estimated,
        "exactly what was not charged here"
    );
    assert_eq!(november.lines[0].reasons[..2], [Reason::Adopted(3), Reason::Estimated(3, estimated)]);

    // The price goes up before the December renewals: the ledger follows.
    world.set_price(code("313"), Micros::from_cents(130)).unwrap();
    pass(&app, 30, 5).await;
    let december = month(&compared(&app).await, "2026-12").clone();
    assert_eq!(december.difference(), Micros::ZERO, "{december:?}");
    assert_eq!(december.lines[0].kind, Kind::Local);
    assert_eq!(december.lines[0].ledger.amount, Micros::from_cents(130 * 5));
}

macro_rules! at_both_carriers {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use super::{Backend, Change, run_with};
            #[tokio::test]
            async fn practice_on_sqlite() {
                run_with(Backend::Sqlite, Change::default(), super::$name).await;
            }
            #[tokio::test]
            async fn practice_on_postgres() {
                run_with(Backend::Postgres, Change::default(), super::$name).await;
            }
            #[tokio::test]
            async fn twilio_on_sqlite() {
                run_with(Backend::Sqlite, Change { twilio: true, ..Change::default() }, super::$name).await;
            }
            #[tokio::test]
            async fn twilio_on_postgres() {
                run_with(Backend::Postgres, Change { twilio: true, ..Change::default() }, super::$name).await;
            }
        }
    )+};
}

at_both_carriers!(nothing_odd, something_odd);

both! {
    async fn what_settles_late_is_read_again(app: TestApp) {
        let (world, account) = app.at_carrier();
        buy(&app, &[("313", 1)]).await;
        pass(&app, 1, 1).await;
        assert_eq!(month(&compared(&app).await, "2026-11").other_use(), Micros::ZERO);
        // Of the 22nd, and told on the 24th.
        world.add_use(&account, day("2026-11-22"), "sms", 10, Micros::new(83_000)).unwrap();
        pass(&app, 1, 1).await;
        assert_eq!(month(&compared(&app).await, "2026-11").other_use(), Micros::new(83_000));
    }

    async fn a_late_reader_reads_all_it_missed(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        app.run_clock_jobs().await;
        // Nobody was at work for two months and a half.
        pass(&app, 75, 75).await;
        let months = compared(&app).await;
        assert_eq!(months.len(), 4);
        assert!(months.iter().all(|one| one.difference() == Micros::ZERO), "{months:?}");
        let found: Vec<_> = months.iter().map(|one| one.numbers).collect();
        assert_eq!(found, [Micros::ZERO, Micros::from_cents(230), Micros::from_cents(230), Micros::from_cents(230)]);
    }

    async fn a_reader_that_is_killed_goes_on_where_it_stands(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        pass(&app, 75, 75).await;
        app.sql("DELETE FROM usage_record").await;
        app.sql("DELETE FROM usage_reading").await;
        let owner = app.sign_in(Role::Owner).await;
        owner.post(&format!("{PAGE}/read"), &[]).await.is(303);
        // Killed in the second stretch of days.
        let carrier = Meddler::new(&app, |call, verb| match (call, verb) {
            (2, "usage") => Fate::Hang { made: true },
            _ => Fate::Pass,
        });
        assert!(carrier.run_or_kill(&app).await);
        assert!(!app.texts("usage_record", "category").await.is_empty(), "the first stretch is kept");
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        let months = compared(&app).await;
        assert_eq!(months.len(), 4, "{months:?}");
        assert!(months.iter().all(|one| one.difference() == Micros::ZERO));
    }

    async fn a_bill_that_cannot_be_read_is_said_and_breaks_nothing(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("The bill was not read yet"), "{}", page.text());
        buy(&app, &[("313", 1)]).await;
        owner.post(&format!("{PAGE}/read"), &[]).await.is(303);
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "usage" => Fate::Refuse(ProviderError::of(ErrorKind::Auth).with_carrier("20003", "Permission denied")),
            _ => Fate::Pass,
        });
        while carrier.runner(&app).run_one().await.unwrap() {}
        let page = owner.get(PAGE).await.ok();
        for words in ["The bill could not be read", "Permission denied (20003)", "a restricted key may lack it"] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        // The connection itself is fine.
        let by = app.allowed::<SeeSpend>(Role::Owner).await;
        assert!(by.organization().broken.is_none());
        let _ = connection::place_of(&by);
        // The next day it works again.
        pass(&app, 1, 1).await;
        let page = owner.get(PAGE).await.ok();
        assert!(!page.text().contains("could not be read"), "{}", page.text());
    }

    async fn who_shares_the_account_is_counted_and_not_named(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        app.add_organization("other", "Neighbours United").await;
        app.sql("UPDATE organization SET carrier_account = 'our-city' WHERE slug = 'other'").await;
        app.add_person("them@example.org", "Them", &[("other", Role::Owner)]).await;
        let (providers, now) = (app.app().providers.clone(), app.app().clock.now());
        let by: Allowed<BuyNumbers> = app
            .app()
            .db
            .read(move |conn| Allowed::from_console(conn, &providers, now, "other", "them@example.org"))
            .await
            .unwrap();
        let lines = vec![Wanted { area_code: code("248"), count: 3, price: Micros::from_cents(115) }];
        let order = NewOrder::of(OrderId::new(), lines);
        app.write(move |tx| purchasing::place(tx, &by, &order, now)).await;
        app.run_jobs().await;
        pass(&app, 1, 1).await;
        let november = month(&compared(&app).await, "2026-11").clone();
        assert_eq!(november.difference(), Micros::from_cents(345));
        assert_eq!(november.lines[0].reasons, [Reason::Elsewhere(3, Micros::from_cents(345))]);
        let page = app.sign_in(Role::SpendViewer).await.get(PAGE).await.ok();
        let words = "3 charges ($3.45) of numbers of another organization on this account, and in its ledger";
        assert!(page.text().contains(words), "{}", page.text());
        assert!(!page.body().contains("Neighbours"), "who it is stays theirs");
        let theirs = app.sign_in_as("them@example.org").await.get("/o/other/spend/bill").await.ok();
        assert!(theirs.text().contains("2 charges ($2.30) of numbers of another organization"), "{}", theirs.text());
    }
}

#[tokio::test]
async fn a_key_without_the_right_to_usage_is_told_by_twilio() {
    let change = Change { twilio: true, ..Change::default() };
    run_with(Backend::Sqlite, change, |app| async move {
        let refusal = SimFault {
            path: Some("/Usage".into()),
            status: Some(401),
            code: Some(20003),
            ..SimFault::new(FaultKind::Error)
        };
        app.twilio().fault(refusal);
        app.run_clock_jobs().await;
        let page = app.sign_in(Role::Owner).await.get(PAGE).await.ok();
        assert!(page.text().contains("The bill could not be read"), "{}", page.text());
        assert!(app.allowed::<SeeSpend>(Role::Owner).await.organization().broken.is_none());
    })
    .await;
}
