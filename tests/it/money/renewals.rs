//! Idle numbers, what renews when, and releases planned for the day before.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::numbers::{Number, Status};

use super::pass;
use crate::both;
use crate::launch::{buy, draft, reserve};
use crate::support::{Answer, Client};
use crate::sync::{bought_elsewhere, inventory};

const PAGE: &str = "/o/our-city/spend/renewals";

async fn plan(owner: &Client, numbers: &[Number]) -> Answer {
    let ids: Vec<String> = numbers.iter().map(|number| number.id.to_string()).collect();
    let fields: Vec<(&str, &str)> = ids.iter().map(|id| ("number", id.as_str())).collect();
    owner.submit(&format!("{PAGE}/release"), &fields).await
}

both! {
    async fn a_planned_release_is_done_the_day_before_the_number_renews(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("0 idle numbers renew this week"), "{}", page.text());
        // Bought on 22 November, they renew on 22 December.
        pass(&app, 24, 8).await;
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("3 idle numbers renew this week"), "{}", page.text());
        assert_eq!(page.all(".figure dd")[0], "$3.45");
        assert_eq!(page.all("input[name=number]").len(), 3);

        let numbers = inventory(&app).await;
        let page = plan(&owner, &numbers[..2]).await.ok();
        assert!(page.text().contains("2 numbers will be released the day before they renew."), "{}", page.text());
        assert!(page.text().contains("will be released on 21 December"), "{}", page.text());
        assert_eq!(page.all("input[name=number]").len(), 1, "planned is planned");
        let life = owner.get(&format!("/o/our-city/phone-numbers/{}", numbers[0].id)).await.ok();
        assert!(life.text().contains("Will be released on 21 December, before it renews"), "{}", life.text());
        // Planned again it is the same plan; one is taken back.
        assert!(plan(&owner, &numbers[..2]).await.ok().text().contains("They are planned already."));
        let back = page.attribute("form[action$=take-back] input", "value").unwrap();
        let page = owner.submit(&format!("{PAGE}/take-back"), &[("plan", &back)]).await.ok();
        assert!(page.text().contains("1 number stays, and will renew."), "{}", page.text());

        pass(&app, 4, 1).await;
        assert_eq!(app.books().released.len(), 0, "not before its day");
        pass(&app, 1, 1).await;
        assert_eq!(app.books().released.len(), 1);
        assert_eq!(app.books().released[0].1.date().to_string(), "2026-12-21");
        assert_eq!(inventory(&app).await.len(), 2);
        // It was not charged again, here or there.
        pass(&app, 3, 1).await;
        assert_eq!(app.books().charges.len(), 5);
        assert_eq!(app.texts("charge", "id").await.len(), 5);
        let deeds = app.texts("activity", "words").await;
        for words in ["Planned to release 2 numbers before renewal", "Took back the planned release of 1 number", "Asked to release 1 number"] {
            assert!(deeds.iter().any(|deed| deed == words), "{words}: {deeds:?}");
        }
        // What is done cannot be taken back.
        let page = owner.submit(&format!("{PAGE}/take-back"), &[("plan", &back)]).await.ok();
        assert!(page.text().contains("Nothing was taken back"), "{}", page.text());
    }

    async fn a_planned_release_is_no_renewal_in_the_budget_or_the_forecast(app: TestApp) {
        app.sql("UPDATE organization SET monthly_budget = 100000000").await;
        buy(&app, &[("313", 3)]).await;
        // On 16 December: three renew on the 22nd.
        pass(&app, 24, 8).await;
        let budget = async || {
            let owner = app.sign_in(Role::Owner).await;
            owner.get("/o/our-city/spend/budget").await.ok().all("section[aria-labelledby=parts] tbody tr").join("|")
        };
        let forecast = async || {
            let page = app.sign_in(Role::Owner).await.get("/o/our-city/spend").await.ok();
            let expected = page.all(".figures .figure dd")[1].clone();
            let rows = page.all("section[aria-labelledby=forecast] tr").join("|");
            let less = "numbers are planned to be released before: $2.30 less";
            (expected, rows.ends_with("All$3.45"), rows.ends_with("All$1.15"), page.text().contains(less))
        };
        assert!(budget().await.contains("Renewals still to come$3.45"), "{}", budget().await);
        assert_eq!(forecast().await, ("$3.45".to_owned(), true, false, false));
        let owner = app.sign_in(Role::Owner).await;
        let numbers = inventory(&app).await;
        let page = plan(&owner, &numbers[..2]).await.ok();
        let words = "Renewals still to come2 numbers are planned to be released before: $2.30 less$1.15";
        assert!(budget().await.contains(words), "{}", budget().await);
        assert_eq!(forecast().await, ("$1.15".to_owned(), false, true, true));
        // So what is added up and kept says too.
        app.run_clock_jobs().await;
        assert_eq!(forecast().await, ("$1.15".to_owned(), false, true, true));
        // Taken back, one renews after all; reserved for a draft, the other is idle no more and stays.
        let back = page.attribute("form[action$=take-back] input", "value").unwrap();
        owner.submit(&format!("{PAGE}/take-back"), &[("plan", &back)]).await.ok();
        assert!(budget().await.contains("1 number is planned to be released before: $1.15 less$2.30"), "{}", budget().await);
        let campaign = draft(&app, "Fall GOTV", &[("313", 600)]).await;
        reserve(&app, campaign, &[("313", 3)]).await;
        assert!(budget().await.contains("Renewals still to come$3.45"), "{}", budget().await);
        let (expected, whole, ..) = forecast().await;
        assert_eq!((expected.as_str(), whole), ("$3.45", true));
    }

    async fn what_is_no_longer_idle_stays_and_the_page_says_why(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        pass(&app, 25, 25).await;
        let owner = app.sign_in(Role::Owner).await;
        plan(&owner, &inventory(&app).await).await.ok();
        let campaign = draft(&app, "Fall GOTV", &[("313", 200)]).await;
        reserve(&app, campaign, &[("313", 1)]).await;
        pass(&app, 4, 1).await;
        let left = inventory(&app).await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].status(), Status::Reserved);
        let words = "it is no longer idle: reserved for a campaign";
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains(words), "{}", page.text());
        let life = owner.get(&format!("/o/our-city/phone-numbers/{}", left[0].id)).await.ok();
        assert!(life.text().contains(words), "{}", life.text());
        assert_eq!(app.books().released.len(), 1);
    }

    async fn a_plan_whose_day_passed_unseen_is_skipped(app: TestApp) {
        buy(&app, &[("313", 1)]).await;
        pass(&app, 28, 28).await;
        let owner = app.sign_in(Role::Owner).await;
        plan(&owner, &inventory(&app).await).await.ok();
        // Nobody was at work for three days.
        app.advance(TimeDelta::days(3));
        app.run_clock_jobs().await;
        assert_eq!((app.books().released.len(), inventory(&app).await.len()), (0, 1));
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("it had renewed before it could be released"), "{}", page.text());
    }

    async fn numbers_in_use_or_in_another_organization_cannot_be_planned(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let campaign = draft(&app, "Fall GOTV", &[("313", 200)]).await;
        reserve(&app, campaign, &[("313", 1)]).await;
        let numbers = inventory(&app).await;
        let held: Vec<Number> =
            numbers.iter().filter(|one| one.status() == Status::Reserved).cloned().collect();
        let owner = app.sign_in(Role::Owner).await;
        let page = plan(&owner, &held).await.ok();
        assert!(page.text().contains("Nothing is planned: (313)"), "{}", page.text());
        app.add_organization("other", "Other").await;
        app.add_person("them@example.org", "Them", &[("other", Role::Owner)]).await;
        let them = app.sign_in_as("them@example.org").await;
        let id = numbers[0].id.to_string();
        them.submit("/o/other/spend/renewals/release", &[("number", &id)]).await.ok();
        assert!(app.texts("planned_release", "id").await.is_empty());
    }

    async fn a_viewer_sees_figures_and_an_admin_sees_which(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        pass(&app, 25, 25).await;
        let page = app.sign_in(Role::SpendViewer).await.get(PAGE).await.ok();
        assert!(page.text().contains("2 idle numbers renew this week") && !page.text().contains("(313)"));
        let page = app.sign_in(Role::Admin).await.get(PAGE).await.ok();
        assert!(page.text().contains("(313)") && page.all("input[name=number]").is_empty());
    }

    async fn numbers_idle_for_long_are_suggested_and_nothing_is_done(app: TestApp) {
        // In the account for a hundred days, and another for ten.
        bought_elsewhere(&app, "313", 1, 100);
        bought_elsewhere(&app, "248", 1, 10);
        let owner = app.sign_in(Role::Owner).await;
        owner.submit("/o/our-city/sync", &[]).await.ok();
        app.run_jobs().await;
        owner.post("/o/our-city/sync/adopt", &[("all", "1")]).await.is(303);
        app.run_jobs().await;
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("1 number has been idle for 60 days or more."), "{}", page.text());
        let list = owner.get(&format!("{PAGE}?list=long")).await.ok();
        assert!(list.text().contains("(313)") && !list.text().contains("(248)"), "{}", list.text());
        pass(&app, 3, 1).await;
        assert_eq!(inventory(&app).await.len(), 2);
        // One whose release is planned is no suggestion any more.
        let old: Vec<Number> =
            inventory(&app).await.into_iter().filter(|one| one.area_code.as_str() == "313").collect();
        let page = plan(&owner, &old).await.ok();
        assert!(!page.text().contains("has been idle for 60 days"), "{}", page.text());
        owner.get(&format!("{PAGE}?list=short")).await.is(404);
        owner.get(&format!("{PAGE}?day=someday")).await.is(404);
    }
}
