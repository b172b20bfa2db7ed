//! The weather and the stock of the practice carrier.

use numberbank::access::Role;
use numberbank::kernel::AreaCode;
use numberbank::providers::{ErrorKind, Search};

use crate::both;
use crate::support::TestApp;

const PAGE: &str = "/o/our-city/practice";

async fn search(app: &TestApp, account: &str) -> Result<usize, ErrorKind> {
    let carrier = app.app().providers.get("fakeservice").unwrap();
    let account = numberbank::providers::Account::new(account);
    let search = Search { area_code: AreaCode::parse("313").unwrap(), limit: 5 };
    carrier.search(&account, &search).await.map(|found| found.len()).map_err(|error| error.kind)
}

both! {
    async fn the_weather_changes_what_the_carrier_does(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("Now") && page.all("input[name=weather]").len() >= 8);
        assert!(!page.text().contains("Make it calm again"), "it is calm");
        assert_eq!(search(&app, "our-city").await, Ok(5));
        let page = owner.submit(&format!("{PAGE}/weather"), &[("weather", "suspended")]).await.ok();
        assert!(page.text().contains("The weather is Account suspended now."));
        assert!(page.text().contains("The account is suspended: everything is refused"));
        assert_eq!(page.attribute("input[name=weather][checked]", "value").as_deref(), Some("suspended"));
        assert_eq!(search(&app, "our-city").await, Err(ErrorKind::AccountSuspended));
        assert_eq!(search(&app, "next-door").await, Ok(5), "only here");
        let calm = page.attribute("button[name=weather]", "value").unwrap();
        let page = owner.submit(&format!("{PAGE}/weather"), &[("weather", &calm)]).await.ok();
        assert!(!page.text().contains("Make it calm again"));
        assert_eq!(search(&app, "our-city").await, Ok(5));
        let activity = owner.get("/o/our-city/activity").await.ok();
        assert_eq!(
            activity.all("tbody tr td:nth-child(3)"),
            ["Set the practice weather to Sunny", "Set the practice weather to Account suspended"]
        );
        owner.post(&format!("{PAGE}/weather"), &[("weather", "hail")]).await.is(400);
    }

    async fn what_is_used_up_is_said(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        owner.submit(&format!("{PAGE}/weather"), &[("weather", "rush-hour")]).await.ok();
        assert!(owner.get(PAGE).await.ok().text().contains("The next 20 calls will be refused as too many"));
        assert!(matches!(search(&app, "our-city").await, Err(ErrorKind::RateLimited(_))));
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("Changing: what was set is partly used up"));
        assert!(page.text().contains("The next 19 calls"));
    }

    async fn the_stock_of_an_area_code_is_set(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let fields = |code, left| [("area_code", code), ("left", left)];
        let page = owner.submit(&format!("{PAGE}/stock"), &fields(" 313 ", "3")).await.ok();
        assert!(page.text().contains("313 Detroit, MI has 3 numbers for sale now."));
        assert_eq!(search(&app, "our-city").await, Ok(3));
        for (code, left, field) in
            [("999", "3", "area_code"), ("", "3", "area_code"), ("313", "-1", "left"), ("313", "9999", "left"), ("313", "", "left")]
        {
            let page = owner.post(&format!("{PAGE}/stock"), &fields(code, left)).await.is(422);
            assert_eq!(page.attribute(".error-summary a", "href"), Some(format!("#field-{field}")), "{code} {left}");
            assert_eq!(page.attribute("#field-area_code", "value").as_deref(), Some(code));
        }
        assert_eq!(search(&app, "our-city").await, Ok(3), "nothing was changed");
        let looked_up = owner.get(&format!("{PAGE}?area_code=313")).await.ok();
        assert!(looked_up.text().contains("313 Detroit, MI has 3 numbers for sale."));
    }

    async fn only_owners_of_practising_organizations_have_it(app: TestApp) {
        for role in [Role::Admin, Role::SpendViewer] {
            let client = app.sign_in(role).await;
            assert!(client.get(PAGE).await.is(403).text().contains("Ask Olive Owner"));
            client.post(&format!("{PAGE}/weather"), &[("weather", "suspended")]).await.is(403);
            client.post(&format!("{PAGE}/stock"), &[("area_code", "313"), ("left", "0")]).await.is(403);
        }
        assert_eq!(search(&app, "our-city").await, Ok(5));
        app.sql("UPDATE organization SET service = 'elsewhere'").await;
        let owner = app.sign_in(Role::Owner).await;
        owner.get(PAGE).await.is(404);
        owner.post(&format!("{PAGE}/weather"), &[("weather", "suspended")]).await.is(404);
        assert_eq!(search(&app, "our-city").await, Ok(5));
    }
}
