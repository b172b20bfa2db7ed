//! An order whose numbers go into a messaging service.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::numbers::Status;
use numberbank::providers::fakeservice::Weather;

use super::*;
use crate::support::carrier::{Fate, Meddler};

/// Asks for a quote and confirms it; answers the order's page.
async fn order(owner: &Client, count: &str, into: &str) -> String {
    let asked = [("area_code", "313"), ("count", count), ("into", into)];
    let page = owner.post("/o/our-city/orders/quote", &asked).await.ok();
    assert!(page.text().contains("is put into the messaging service Main line"), "{}", page.text());
    let field = |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap();
    let fields: Vec<(String, String)> = ["order", "area_code", "count", "price", "ceiling", "into"]
        .iter()
        .map(|name| ((*name).to_owned(), field(name)))
        .collect();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    owner.post("/o/our-city/orders", &fields).await.is(303).location().to_owned()
}

both! {
    async fn what_an_order_buys_goes_where_it_was_told(app: TestApp) {
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        let owner = app.sign_in(Role::Owner).await;
        let into = adopt(&app, &owner, &main).await.id.to_string();
        let page = owner.get("/o/our-city/orders/new").await.ok();
        assert!(page.text().contains("Put them into Main line (registered, room for 400 more numbers)"), "{}", page.text());

        let url = order(&owner, "5", &into).await;
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("What it buys goes there when it has ended."), "{}", page.text());
        // Killed in the midst of putting in, it goes on.
        let seen = std::sync::atomic::AtomicU64::new(0);
        let carrier = Meddler::new(&app, move |_, verb| {
            let third = verb == "add_to_service"
                && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 2;
            if third { Fate::Hang { made: true } } else { Fate::Pass }
        });
        assert!(carrier.run_or_kill(&app).await);
        app.advance(TimeDelta::minutes(2));
        app.run_jobs().await;
        assert_eq!(books(&app).members[&main].len(), 5);
        assert_eq!(how_many(&of_code(&app, "313").await, Status::Attached), 5);
        pools_agree(&app).await;
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("5 of 5 are in it."), "{}", page.text());
        assert_eq!(page.text().matches("put in").count(), 5, "{}", page.text());
    }

    async fn numbers_that_do_not_get_in_are_bought_all_the_same(app: TestApp) {
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        let owner = app.sign_in(Role::Owner).await;
        let into = adopt(&app, &owner, &main).await.id.to_string();
        let weather = Weather { pool_cap: Some(2), ..Weather::still() };
        app.world().set_weather(&account(), &weather).unwrap();
        let url = order(&owner, "4", &into).await;
        app.run_jobs().await;
        let page = owner.get(&url).await.ok();
        let text = page.text();
        assert!(text.contains("4 of 4 bought") && text.contains("2 were bought but not put in"), "{text}");
        assert!(text.contains("21714"), "{text}");
        let numbers = of_code(&app, "313").await;
        assert_eq!((how_many(&numbers, Status::Attached), how_many(&numbers, Status::Available)), (2, 2));
        pools_agree(&app).await;

        // Where there is no room for all, it says so before and buys nothing.
        app.world().set_weather(&account(), &Weather::still()).unwrap();
        owner.submit(&format!("{PAGE}/{into}/room"), &[("room", "4")]).await.ok();
        let asked = [("area_code", "313"), ("count", "3"), ("into", into.as_str())];
        let page = owner.post("/o/our-city/orders/quote", &asked).await.ok();
        assert!(page.text().contains("Main line has room for 2 more numbers"), "{}", page.text());
        assert!(page.all("button.button-primary").is_empty(), "there is nothing to confirm");
        let field = |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap();
        let (id, price, ceiling) = (field("order"), field("price"), field("ceiling"));
        let sent = [
            ("order", id.as_str()), ("area_code", "313"), ("count", "3"), ("price", price.as_str()),
            ("ceiling", ceiling.as_str()), ("into", into.as_str()),
        ];
        owner.post("/o/our-city/orders", &sent).await.is(422);
        app.run_jobs().await;
        assert_eq!(of_code(&app, "313").await.len(), 4);
    }
}
