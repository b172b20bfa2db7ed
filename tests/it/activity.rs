//! Who did what.

use chrono::TimeDelta;
use numberbank::access::{Role, SeeActivity};
use numberbank::activity;

use crate::both;
use crate::support::{Answer, TestApp};

const PAGE: &str = "/o/our-city/activity";

/// Writes so many lines a minute apart, by the owner and the admin in turn; `line 0` is the oldest.
async fn fill(app: &TestApp, count: usize) {
    let owner = app.allowed::<SeeActivity>(Role::Owner).await.actor();
    let admin = app.allowed::<SeeActivity>(Role::Admin).await.actor();
    for line in 0..count {
        let (by, verb) = if line % 2 == 0 { (owner, "order_placed") } else { (admin, "number_cordoned") };
        let now = app.app().clock.now();
        app.write(move |tx| Ok(activity::record(tx, &by, verb, "", &format!("line {line}"), now)?)).await;
        // Some happen in the same moment.
        if line % 5 != 0 {
            app.advance(TimeDelta::minutes(1));
        }
    }
}

fn lines(page: &Answer) -> Vec<String> {
    page.all("tbody tr td:nth-child(3)")
}

both! {
    async fn an_empty_log_teaches(app: TestApp) {
        let page = app.sign_in(Role::Admin).await.get(PAGE).await.ok();
        assert!(page.text().contains("Nothing has happened yet"));
    }

    async fn it_reads_from_the_newest_and_pages_both_ways(app: TestApp) {
        fill(&app, 120).await;
        let admin = app.sign_in(Role::Admin).await;
        let link = |page: &Answer, rel: &str| page.attribute(&format!(".pages a[rel={rel}]"), "href");
        let first = admin.get(PAGE).await.ok();
        assert!(first.text().contains("50 of 120 entries"));
        let second = admin.get(&link(&first, "next").unwrap()).await.ok();
        let third = admin.get(&link(&second, "next").unwrap()).await.ok();
        let read: Vec<String> = [&first, &second, &third].into_iter().flat_map(lines).collect();
        let written: Vec<String> = (0..120).rev().map(|line| format!("line {line}")).collect();
        assert_eq!(read, written);
        assert_eq!((link(&first, "prev"), link(&third, "next")), (None, None));
        let back = admin.get(&link(&third, "prev").unwrap()).await.ok();
        assert_eq!(lines(&back), lines(&second));
        assert_eq!(lines(&admin.get(&link(&back, "prev").unwrap()).await.ok()), lines(&first));
    }

    async fn it_says_who_and_when_and_links_to_what(app: TestApp) {
        let by = app.allowed::<SeeActivity>(Role::Owner).await.actor();
        let now = app.app().clock.now();
        app.write(move |tx| Ok(activity::record(tx, &by, "order_placed", "/orders/7", "Ordered <4> numbers", now)?)).await;
        app.advance(TimeDelta::minutes(3));
        let page = app.sign_in(Role::Admin).await.get(PAGE).await.ok();
        assert_eq!(page.all("tbody td"), ["3 minutes ago", "Olive Owner", "Ordered <4> numbers"]);
        assert_eq!(page.attribute("tbody time", "title").as_deref(), Some("22 November 2026, 10:00 EST"));
        assert_eq!(page.attribute("tbody a", "href").as_deref(), Some("/o/our-city/orders/7"));
    }

    async fn it_filters_by_person_and_kind_and_keeps_them_when_paging(app: TestApp) {
        fill(&app, 120).await;
        let admin = app.sign_in(Role::Admin).await;
        let person = app.person_id("admin@example.org").await;
        let page = admin.get(&format!("{PAGE}?person={person}")).await.ok();
        assert!(page.text().contains("50 of 60 entries"));
        let rest = admin.get(&page.attribute(".pages a[rel=next]", "href").unwrap()).await.ok();
        assert_eq!(rest.all("tbody td:nth-child(2)"), vec!["Adam Admin"; 10]);
        let orders = admin.get(&format!("{PAGE}?verb=order_placed")).await.ok();
        assert_eq!(orders.all("tbody td:nth-child(2)"), vec!["Olive Owner"; 50]);
        assert_eq!(orders.all("select option[selected]"), ["Order placed"]);
        let neither = admin.get(&format!("{PAGE}?person={person}&verb=order_placed")).await.ok();
        assert!(neither.text().contains("Nothing passes this filter."));
        let unknown = admin.get(&format!("{PAGE}?person=x&verb=y")).await.ok();
        assert_eq!((unknown.all(".notice-warning").len(), lines(&unknown).len()), (2, 50));
    }

    async fn it_is_the_organizations_own(app: TestApp) {
        fill(&app, 3).await;
        app.add_organization("next-door", "Next Door").await;
        app.add_person("neighbour@example.org", "Nell Neighbour", &[("next-door", Role::Owner)]).await;
        let neighbour = app.sign_in_as("neighbour@example.org").await;
        let page = neighbour.get("/o/next-door/activity").await.ok();
        assert!(page.text().contains("Nothing has happened yet"));
        neighbour.get(PAGE).await.is(404);
        let admin = app.sign_in(Role::Admin).await;
        let line = admin.get(PAGE).await.ok();
        assert_eq!(lines(&line).len(), 3);
        let page = app.sign_in(Role::SpendViewer).await.get(PAGE).await.is(403);
        assert!(page.text().contains("Ask Olive Owner"));
    }
}
