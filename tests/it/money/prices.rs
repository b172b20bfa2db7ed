//! What numbers cost, dated: the carrier's price list changes, and ledger and bill agree all the same.

use chrono::TimeDelta;
use numberbank::access::{Role, SeeSpend};
use numberbank::kernel::Micros;
use numberbank::ledger::prices::CheckPrices;
use numberbank::organizations::connection;
use numberbank::providers::{ErrorKind, ProviderError};
use numberbank::{jobs, ledger, numbers};

use super::bill::compared;
use super::{buy_at_price, code, pass};
use crate::both;
use crate::launch::buy;
use crate::support::carrier::{Fate, Meddler};
use crate::support::{Backend, Change, TestApp, run_with};
use crate::sync::inventory_at;

const PAGE: &str = "/o/our-city/spend/bill";

fn service(app: &TestApp) -> &'static str {
    if app.has_twilio() { "twilio" } else { "fakeservice" }
}

/// The days and amounts (in cents) of all charges, oldest first.
async fn charged(app: &TestApp) -> Vec<(String, i64)> {
    let organization = app.allowed::<SeeSpend>(Role::Owner).await.organization_id();
    let mut all = Vec::new();
    for number in inventory_at(app, service(app)).await {
        let id = number.id;
        let charges =
            app.app().db.read(move |conn| ledger::charges_of(conn, organization, id)).await.unwrap();
        all.extend(charges.iter().map(|one| (one.period_start.to_string(), one.amount.get() / 10_000)));
    }
    all.sort();
    all
}

async fn agrees(app: &TestApp) {
    let months = compared(app).await;
    assert!(!months.is_empty());
    for month in months {
        assert_eq!(month.difference(), Micros::ZERO, "{month:?}");
        assert!(month.lines.iter().all(|line| line.ledger == line.bill), "{month:?}");
    }
}

/// The prices of the numbers that are there, and what the counts say that they cost.
async fn prices(app: &TestApp) -> (Vec<Micros>, Micros) {
    let organization = app.allowed::<SeeSpend>(Role::Owner).await.organization_id();
    let prices = inventory_at(app, service(app)).await.iter().map(|number| number.monthly_price).collect();
    let counts = app.app().db.read(move |conn| numbers::counts(conn, organization, None)).await.unwrap();
    (prices, numbers::monthly_cost(&counts))
}

async fn a_new_price_counts_from_the_next_charge(app: TestApp) {
    let (world, _) = app.at_carrier();
    buy(&app, &[("313", 2), ("248", 1)]).await;
    buy_at_price(&app, "888", 1, 215).await;
    pass(&app, 10, 1).await;
    let viewer = app.sign_in(Role::SpendViewer).await;
    assert!(!viewer.get(PAGE).await.ok().text().contains("What numbers cost"));
    world.set_price(code("313"), Micros::from_cents(125)).unwrap();
    pass(&app, 1, 1).await;

    let words = "From 3 December 2026 local numbers cost $1.25, before $1.15 (3 numbers)";
    let viewer = app.sign_in(Role::SpendViewer).await;
    let page = viewer.get(PAGE).await.ok();
    assert!(page.text().contains(words), "{}", page.text());
    assert!(app.texts("activity", "words").await.iter().any(|deed| deed == words));
    let (of_each, together) = prices(&app).await;
    let toll_free = Micros::from_cents(215);
    assert_eq!(of_each.iter().filter(|price| **price == Micros::from_cents(125)).count(), 3);
    assert!(of_each.contains(&toll_free), "the other kind costs what it cost");
    assert_eq!(together, Micros::from_cents(3 * 125) + toll_free, "and so the counts say");
    // What was charged before stays; what comes is at the new price, here and there.
    assert!(charged(&app).await.iter().all(|(day, cents)| day == "2026-11-22" && [115, 215].contains(cents)));
    pass(&app, 30, 5).await;
    let december: Vec<i64> =
        charged(&app).await.iter().filter(|(day, _)| day == "2026-12-22").map(|(_, cents)| *cents).collect();
    assert_eq!(december, [125, 125, 125, 215]);
    agrees(&app).await;
    assert_eq!(app.texts("price_change", "id").await.len(), 1, "said once");
    assert_eq!(app.sign_in(Role::Owner).await.get(PAGE).await.ok().all("#prices ~ ul li").len(), 1);
}

/// Nobody is at work from 27 November until February; the price rises on Christmas Day.
async fn unattended(app: &TestApp) {
    let (world, _) = app.at_carrier();
    buy(app, &[("313", 2)]).await;
    app.advance(TimeDelta::days(3));
    buy(app, &[("248", 1)]).await;
    pass(app, 2, 1).await;
    app.advance(TimeDelta::days(28));
    world.set_price(code("313"), Micros::from_cents(125)).unwrap();
    app.advance(TimeDelta::days(38));
    assert_eq!(app.app().clock.today().to_string(), "2027-02-01");
}

const AS_THE_CARRIER_DID: [(&str, i64); 9] = [
    ("2026-11-22", 115),
    ("2026-11-22", 115),
    ("2026-11-25", 115),
    ("2026-12-22", 115),
    ("2026-12-22", 115),
    ("2026-12-25", 115),
    ("2027-01-22", 125),
    ("2027-01-22", 125),
    ("2027-01-25", 125),
];

async fn months_charged_late_are_at_the_prices_of_their_days(app: TestApp) {
    unattended(&app).await;
    app.run_clock_jobs().await;
    let found = charged(&app).await;
    let found: Vec<(&str, i64)> = found.iter().map(|(day, cents)| (day.as_str(), *cents)).collect();
    assert_eq!(found, AS_THE_CARRIER_DID);
    pass(&app, 1, 1).await;
    agrees(&app).await;
    let page = app.sign_in(Role::Admin).await.get(PAGE).await.ok();
    assert!(page.text().contains("From 22 January 2027 local numbers cost $1.25"), "{}", page.text());
    let deeds = app.texts("activity", "words").await;
    let words = "From 22 January 2027 local numbers cost $1.25, before $1.15 (3 numbers";
    assert!(deeds.iter().any(|deed| deed.starts_with(words)), "{deeds:?}");
}

async fn the_price_list_may_be_read_before_the_charges_are_written(app: TestApp) {
    unattended(&app).await;
    let by = app.allowed::<SeeSpend>(Role::Owner).await;
    let (place, now) = (connection::place_of(&by), app.app().clock.now());
    let check =
        CheckPrices { organization_id: place.organization, service: place.service, account: place.account };
    app.write(move |tx| Ok(jobs::enqueue(tx, Some(check.organization_id), &check, now, now)?)).await;
    app.run_jobs().await;
    // What was due before the new price had to be charged first; nothing later was.
    assert_eq!(charged(&app).await.len(), 6);
    app.run_clock_jobs().await;
    let found = charged(&app).await;
    let found: Vec<(&str, i64)> = found.iter().map(|(day, cents)| (day.as_str(), *cents)).collect();
    assert_eq!(found, AS_THE_CARRIER_DID);
    pass(&app, 1, 1).await;
    agrees(&app).await;
}

async fn a_number_released_on_its_day_is_charged_at_the_price_of_that_day(app: TestApp) {
    let (world, _) = app.at_carrier();
    buy(&app, &[("313", 2)]).await;
    pass(&app, 29, 29).await;
    // On 21 December; both renew on the 22nd, on which one is released before anything of the day was done here.
    world.set_price(code("313"), Micros::from_cents(125)).unwrap();
    app.advance(TimeDelta::days(1));
    let number = inventory_at(&app, service(&app)).await[0].id.to_string();
    let id = numberbank::kernel::ids::ReleaseId::new().to_string();
    let owner = app.sign_in(Role::Owner).await;
    let fields = [("id", id.as_str()), ("number", &number), ("count", "1")];
    owner.post("/o/our-city/phone-numbers/release", &fields).await.is(303);
    app.run_jobs().await;
    pass(&app, 3, 1).await;
    agrees(&app).await;
    assert_eq!(compared(&app).await[0].ledger.amount, Micros::from_cents(250));
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
        }
    )+};
}

at_both_carriers!(
    a_new_price_counts_from_the_next_charge,
    months_charged_late_are_at_the_prices_of_their_days,
    the_price_list_may_be_read_before_the_charges_are_written,
    a_number_released_on_its_day_is_charged_at_the_price_of_that_day,
);

both! {
    async fn a_free_number_and_another_currency_are_refused_in_words(app: TestApp) {
        let (world, _) = app.at_carrier();
        buy(&app, &[("313", 1)]).await;
        pass(&app, 1, 1).await;
        world.set_price(code("313"), Micros::ZERO).unwrap();
        pass(&app, 1, 1).await;
        let page = app.sign_in(Role::SpendViewer).await.get(PAGE).await.ok();
        let words = "The price list could not be used just now. It says that local numbers cost $0.00.";
        assert!(page.text().contains(words), "{}", page.text());
        assert_eq!(prices(&app).await.0, [Micros::from_cents(115)]);
        world.set_price(code("313"), Micros::from_cents(120)).unwrap();
        app.sql("UPDATE price_check SET currency = 'EUR'").await;
        pass(&app, 1, 1).await;
        let page = app.sign_in(Role::SpendViewer).await.get(PAGE).await.ok();
        assert!(page.text().contains("It is in USD and was in EUR."), "{}", page.text());
        assert_eq!(prices(&app).await.0, [Micros::from_cents(115)]);
        assert!(app.texts("price_change", "id").await.is_empty());
        // The day the list can be used again it is.
        app.sql("UPDATE price_check SET currency = 'USD'").await;
        pass(&app, 1, 1).await;
        let page = app.sign_in(Role::SpendViewer).await.get(PAGE).await.ok();
        assert!(!page.text().contains("could not be used"), "{}", page.text());
        assert_eq!(prices(&app).await.0, [Micros::from_cents(120)]);
    }

    async fn a_list_that_cannot_be_read_is_said_and_breaks_nothing(app: TestApp) {
        buy(&app, &[("313", 1)]).await;
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "prices" => Fate::Refuse(ProviderError::of(ErrorKind::Auth)),
            _ => Fate::Pass,
        });
        app.advance(TimeDelta::days(1));
        let runner = carrier.runner(&app);
        runner.enqueue_due().await.unwrap();
        while runner.run_one().await.unwrap() {}
        let page = app.sign_in(Role::SpendViewer).await.get(PAGE).await.ok();
        assert!(page.text().contains("The price list could not be used"), "{}", page.text());
        assert!(app.allowed::<SeeSpend>(Role::Owner).await.organization().broken.is_none());
        assert_eq!(prices(&app).await.0, [Micros::from_cents(115)]);
    }

    async fn another_account_and_another_organization_keep_their_prices(app: TestApp) {
        let (world, _) = app.at_carrier();
        buy(&app, &[("313", 2)]).await;
        app.sql("UPDATE owned_phone_number SET carrier_account = 'elsewhere' WHERE id = (SELECT MIN(id) FROM owned_phone_number)").await;
        world.set_price(code("313"), Micros::from_cents(125)).unwrap();
        pass(&app, 1, 1).await;
        let (mut of_each, together) = prices(&app).await;
        of_each.sort();
        assert_eq!(of_each, [Micros::from_cents(115), Micros::from_cents(125)]);
        assert_eq!(together, Micros::from_cents(240));
    }
}
