//! The monthly budget: refusals, what is promised to whom, and who is told.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::purchasing::OrderStatus;

use super::{code, pass};
use crate::both;
use crate::launch::{buy, place};
use crate::purchasing::{Quoted, ask_quote, order, placed, work};
use crate::support::smtp::SmtpServer;
use crate::support::{Backend, Change, TestApp, run_with};

const BUDGET: &str = "/o/our-city/spend/budget";

both! {
    async fn an_order_over_the_budget_is_refused_with_the_figures_and_who_may_raise_it(app: TestApp) {
        app.sql("UPDATE organization SET monthly_budget = 10000000").await;
        let owner = app.sign_in(Role::Owner).await;
        let quote = ask_quote(&owner, &[("313", "8")]).await.ok();
        assert!(
            quote.text().contains("Budget left in November: $10.00 of $10.00; after this order $0.80."),
            "{}",
            quote.text()
        );
        work(&app, placed(&Quoted::read(&quote).send(&owner).await)).await;

        let quote = ask_quote(&owner, &[("313", "1")]).await.ok();
        assert!(quote.text().contains("This order costs $1.15 and the budget of $10.00 for November does not allow it"));
        let refused = Quoted::read(&quote).send(&owner).await.is(422);
        let words = refused.text();
        for part in ["$0.80 are left", "$9.20 charged", "Owners may raise the budget in the settings: Olive Owner."] {
            assert!(words.contains(part), "{part}: {words}");
        }
        app.run_jobs().await;
        assert_eq!(app.books().sales(), 8, "nothing was asked of the carrier");
        let list = owner.get("/o/our-city/orders").await.ok();
        assert!(list.text().contains("1 order, newest first"), "{}", list.text());
        // Raised, the same order is fine; sent again it is the same one.
        app.sql("UPDATE organization SET monthly_budget = 10350000").await;
        let again = Quoted::read(&quote).send(&owner).await;
        let id = placed(&again);
        assert_eq!(work(&app, id).await.order.status, OrderStatus::Complete);
        assert_eq!(placed(&Quoted::read(&quote).send(&owner).await), id, "an order that is in is not refused");
        assert_eq!(app.books().sales(), 9);
    }

    async fn orders_placed_at_once_do_not_pass_the_budget_together(app: TestApp) {
        app.sql("UPDATE organization SET monthly_budget = 10000000").await;
        let owner = app.sign_in(Role::Owner).await;
        let mut quotes = Vec::new();
        for rows in [[("313", "5")], [("248", "5")], [("734", "5")]] {
            quotes.push(Quoted::read(&ask_quote(&owner, &rows).await.ok()));
        }
        let (one, two, three) =
            tokio::join!(quotes[0].send(&owner), quotes[1].send(&owner), quotes[2].send(&owner));
        let mut statuses = [one.status(), two.status(), three.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422, 422]);
        app.run_jobs().await;
        assert_eq!(app.books().sales(), 5);
    }

    async fn what_an_order_was_promised_is_looked_at_again_before_the_carrier_is_asked(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        app.sql("UPDATE organization SET monthly_budget = 100000000").await;
        place(&app, &[("313", 5)]).await;
        // Lowered before anything is bought: two numbers are within it.
        app.sql("UPDATE organization SET monthly_budget = 3000000").await;
        app.run_jobs().await;
        assert_eq!(app.books().sales(), 2);
        let page = owner.open("/o/our-city/orders").await.ok();
        let href = page.attribute("tbody a", "href").unwrap();
        let words = owner.get(&href).await.ok().text();
        assert!(words.contains("at $1.15 it would pass the month's budget of $3.00"), "{words}");
        assert!(words.contains("2 of 5 bought"), "{words}");
    }

    async fn renewals_fees_and_open_orders_count(app: TestApp) {
        buy(&app, &[("313", 4)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let words = owner.get(BUDGET).await.ok().text();
        assert!(words.contains("No budget is set") && words.contains("$4.60"), "{words}");
        // In December the four renew on the 22nd.
        pass(&app, 10, 10).await;
        app.sql("UPDATE organization SET monthly_budget = 30000000").await;
        let fee = [("id", "019aab3e-8b0c-7c4e-9d57-0123456789ab"), ("day", "2026-12-01"), ("kind", "vetting"), ("amount", "15.00"), ("note", "Campaign vetting")];
        owner.post("/o/our-city/spend/fees", &fee).await.is(303);
        place(&app, &[("248", 2)]).await;
        let page = owner.get(BUDGET).await.ok();
        let rows: Vec<String> = page.all("#parts ~ .table-wrap tr");
        let table = rows.join("|");
        for part in [
            "Charged for numbers so far$0.00",
            "Fees entered by hand$15.00",
            "Renewals still to come$4.60",
            "not charged yet$2.30",
            "Together$21.90",
        ] {
            assert!(table.contains(part), "{part}: {table}");
        }
        assert!(page.text().contains("$8.10"), "left: {}", page.text());
        // The fee takes what an order would need.
        let quote = Quoted::read(&ask_quote(&owner, &[("734", "8")]).await.ok());
        assert_eq!(quote.send(&owner).await.status(), 422);
    }

    async fn only_buyers_see_the_band_on_orders_and_numbers(app: TestApp) {
        buy(&app, &[("313", 8)]).await;
        app.sql("UPDATE organization SET monthly_budget = 10000000").await;
        let told = "92% of the budget of $10.00 for November 2026 is used up.";
        for (role, on_numbers) in [(Role::Owner, true), (Role::Admin, false)] {
            let person = app.sign_in(role).await;
            for path in ["/o/our-city/phone-numbers", "/o/our-city/orders"] {
                let words = person.get(path).await.ok().text();
                assert_eq!(words.contains(told), on_numbers, "{role} {path}");
            }
            assert!(person.get(BUDGET).await.ok().text().contains(told));
        }
        let viewer = app.sign_in(Role::SpendViewer).await.get(BUDGET).await.ok();
        assert!(viewer.text().contains(told));
        assert!(viewer.all("a").iter().all(|link| !link.contains("Change the budget")));
    }

    async fn a_budget_is_set_in_the_settings(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get("/o/our-city/settings").await.ok();
        let html = scraper::Html::parse_document(page.body());
        let inputs = scraper::Selector::parse("main form input").unwrap();
        let fields = |budget: &str| -> Vec<(String, String)> {
            let mut fields: Vec<(String, String)> = html
                .select(&inputs)
                .filter(|input| {
                    let ticked = matches!(input.attr("type"), Some("checkbox" | "radio"));
                    !ticked || input.attr("checked").is_some()
                })
                .map(|input| (input.attr("name").unwrap().into(), input.attr("value").unwrap_or_default().into()))
                .collect();
            fields.retain(|(name, _)| name != "monthly_budget");
            fields.extend([("monthly_budget".into(), budget.into()), ("time_zone".into(), "America/Detroit".into())]);
            fields
        };
        let send = async |budget: &str| {
            let fields = fields(budget);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            owner.submit("/o/our-city/settings", &fields).await
        };
        let wrong = send("-5").await.is(422);
        assert!(wrong.text().contains("or nothing for no limit"), "{}", wrong.text());
        let saved = send("$1,250.50").await.ok();
        assert!(saved.text().contains("Changed the monthly budget from no limit to $1,250.50"), "{}", saved.text());
        let words = owner.get(BUDGET).await.ok().text();
        assert!(words.contains("$1,250.50"), "{words}");
    }
}

fn to(smtp: &SmtpServer) -> Vec<(String, String)> {
    let mut letters: Vec<_> =
        smtp.letters().iter().map(|mail| (mail.header("To"), mail.header("Subject"))).collect();
    letters.sort();
    letters
}

async fn bands_are_told_once_a_month(app: TestApp, smtp: SmtpServer) {
    app.sql("UPDATE organization SET monthly_budget = 10000000").await;
    buy(&app, &[("313", 6)]).await;
    assert!(to(&smtp).is_empty(), "69 percent is no news");
    buy(&app, &[("248", 1)]).await;
    let pair = |to: &str, subject: &str| (to.to_owned(), format!("Our City: {subject}"));
    let nearly = "80% of the budget of $10.00 for November 2026 is used up";
    assert_eq!(to(&smtp), [pair("owner@example.org", nearly), pair("viewer@example.org", nearly)]);
    // The viewer has enough of it.
    let viewer = app.sign_in(Role::SpendViewer).await;
    viewer.submit("/o/our-city/spend/letters", &[("letters", "off")]).await.ok();
    pass(&app, 2, 1).await;
    assert_eq!(to(&smtp).len(), 2, "said once");
    app.sql("UPDATE organization SET monthly_budget = 8050000").await;
    pass(&app, 1, 1).await;
    let letters = to(&smtp);
    let full = pair("owner@example.org", "The budget of $8.05 for November 2026 is used up");
    assert_eq!((letters.len(), letters.contains(&full)), (3, true), "{letters:?}");
    let deeds = app.texts("activity", "words").await;
    let told: Vec<_> = deeds.iter().filter(|words| words.contains("is used up")).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    // Next month the renewals reach it again; the viewer is told again when they want.
    viewer.submit("/o/our-city/spend/letters", &[("letters", "on")]).await.ok();
    pass(&app, 10, 1).await;
    assert_eq!(to(&smtp).len(), 5);
}

async fn an_order_that_fails_is_told(app: TestApp, smtp: SmtpServer) {
    let owner = app.sign_in(Role::Owner).await;
    let quote = Quoted::read(&ask_quote(&owner, &[("313", "3")]).await.ok());
    app.world().set_stock(code("313"), 1).unwrap();
    let id = placed(&quote.send(&owner).await);
    assert_eq!(work(&app, id).await.order.status, OrderStatus::Partial);
    app.run_jobs().await;
    let letters = to(&smtp);
    assert_eq!(letters.len(), 2, "{letters:?}");
    assert_eq!(letters[0].1, "Our City: an order bought 1 of 3 numbers");
    // A whole one is no news, and with the setting off nothing is.
    work(&app, order(&owner, &[("248", "1")]).await).await;
    app.sql("UPDATE organization SET money_letters = FALSE").await;
    let quote = Quoted::read(&ask_quote(&owner, &[("734", "3")]).await.ok());
    app.world().set_stock(code("734"), 0).unwrap();
    assert_eq!(work(&app, placed(&quote.send(&owner).await)).await.order.status, OrderStatus::Failed);
    app.run_jobs().await;
    assert_eq!(to(&smtp).len(), 2);
}

async fn a_week_is_summed_up_once(app: TestApp, smtp: SmtpServer) {
    buy(&app, &[("313", 4)]).await;
    app.sql("UPDATE organization SET weekly_letters = TRUE").await;
    // 22 November 2026 is a Sunday.
    pass(&app, 1, 1).await;
    let letters = smtp.letters();
    assert_eq!(letters.len(), 2, "{:?}", to(&smtp));
    let text = letters[0].text();
    for part in ["$4.60", "November 2026", "idle"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    pass(&app, 6, 1).await;
    assert_eq!(smtp.letters().len(), 2, "one a week");
    app.advance(TimeDelta::days(1));
    app.run_clock_jobs().await;
    app.run_clock_jobs().await;
    assert_eq!(smtp.letters().len(), 4);
}

macro_rules! by_mail {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            async fn on(backend: super::Backend) {
                let smtp = super::SmtpServer::start();
                let change = super::Change { smtp: Some(smtp.url()), ..super::Change::default() };
                super::run_with(backend, change, |app| super::$name(app, smtp)).await;
            }
            #[tokio::test]
            async fn sqlite() {
                on(super::Backend::Sqlite).await;
            }
            #[tokio::test]
            async fn postgres() {
                on(super::Backend::Postgres).await;
            }
        }
    )+};
}

by_mail!(bands_are_told_once_a_month, an_order_that_fails_is_told, a_week_is_summed_up_once);
