//! Where a campaign's numbers must, must not and may only be: kept at every moment.

use chrono::TimeDelta;
use numberbank::access::{ManageCampaigns, Role};
use numberbank::numbers::{self, Change, Why};

use super::{by_code, campaign, counts_are_true, form, held, save, send, stock};
use crate::both;
use crate::campaigns::{id_of, stored};
use crate::support::{Answer, Client};

async fn set(client: &Client, url: &str, must: &str, must_not: &str, only: &str) -> Answer {
    let fields = [("must", must), ("must_not", must_not), ("only", only)];
    client.submit(&format!("{url}/area-codes/rules"), &fields).await
}

both! {
    async fn voters_in_baltimore_see_301_and_never_213(app: TestApp) {
        stock(&app, &[("301", 4), ("213", 30), ("410", 3), ("313", 5)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Baltimore", &[("410", 1_600)]).await;
        let page = admin.get(&format!("{url}/area-codes")).await.ok();
        assert!(page.text().contains("Any area code you own."), "{}", page.text());
        let page = set(&admin, &url, "301", "California, 213", "").await.ok();
        let text = page.text();
        let place = numberbank::kernel::AreaCode::parse("301").unwrap().info().place_and_region();
        assert!(text.contains(&format!("301 {place} must be used")), "{text}");
        assert!(text.contains("California, 213 Los Angeles, CA must not be used"), "{text}");
        assert_eq!(page.attribute("#field-must_not", "value").as_deref(), Some("CA, 213"));

        let page = admin.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        let holds = held(&app, id_of(&url)).await;
        assert!(holds["301"] >= 1 && !holds.contains_key("213") && holds.values().sum::<i64>() == 8, "{holds:?}");
        assert!(page.text().contains("wanted by your rules"), "{}", page.text());

        // By hand it is refused beside the count, and nothing is changed.
        let page = admin.get(&format!("{url}/area-codes?add=213")).await.ok();
        let answer = send(&admin, &url, &form(&page, &[("213", "2")], ("action", "save"))).await.is(422);
        assert_eq!(answer.all(".error-summary a[href='#field-numbers-213']").len(), 1);
        assert!(answer.text().contains("the campaign's rules say that it must not be used"), "{}", answer.text());
        assert_eq!(held(&app, id_of(&url)).await, holds);

        // Letting go of all of 301 is possible, but then it does not start.
        let page = admin.get(&format!("{url}/area-codes")).await.ok();
        let page = send(&admin, &url, &form(&page, &[("301", "0")], ("action", "save"))).await.ok();
        assert!(page.text().contains("must be used, and it holds no number there."), "{}", page.text());
        counts_are_true(&app).await;
    }

    async fn what_it_holds_against_its_rules_keeps_it_from_starting(app: TestApp) {
        stock(&app, &[("313", 6), ("989", 4)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 1_000)]).await;
        save(&admin, &url, &[("313", "5")]).await.ok();
        let page = set(&admin, &url, "", "", "989").await.ok();
        assert!(page.text().contains("against your rules: let go of its 5"), "{}", page.text());
        assert!(page.text().contains("Cannot start yet."), "{}", page.text());
        let start = admin.get(&format!("{url}/start")).await.ok();
        assert!(start.text().contains("must not be used, and it holds 5 numbers there."), "{}", start.text());
        admin.post(&format!("{url}/start"), &[]).await.is(303);
        assert_eq!(stored(&app, &url).await.state, numberbank::campaigns::State::Draft);
        // The planner lets go of them.
        admin.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("989", 4)]));
        let start = admin.get(&format!("{url}/start")).await.ok();
        assert!(start.all("form button").contains(&"Start the campaign".to_owned()), "{}", start.text());
        counts_are_true(&app).await;
    }

    async fn wrong_rules_are_told_beside_their_field_and_kept(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 1_000)]).await;
        for (must, must_not, only, field) in [
            ("999", "", "", "must"),
            ("", "Atlantis", "", "must_not"),
            ("", "", "833", "only"),
            ("301", "301", "", "must_not"),
            ("213", "", "MD", "only"),
        ] {
            let answer = set(&admin, &url, must, must_not, only).await.is(422);
            let link = format!("#rules .error-summary a[href='#field-{field}']");
            assert_eq!(answer.all(&link).len(), 1, "{must}|{must_not}|{only}: {}", answer.text());
            assert_eq!(answer.all(&format!("#field-{field}-error")).len(), 1);
            assert_eq!(answer.attribute("#field-must", "value").as_deref(), Some(must));
            assert_eq!(answer.attribute("#field-only", "value").as_deref(), Some(only));
        }
        let page = admin.get(&format!("{url}/area-codes")).await.ok();
        assert!(page.text().contains("Any area code you own."));
    }

    async fn resting_and_cordoned_numbers_are_left_unless_they_are_asked_for(app: TestApp) {
        let ids = stock(&app, &[("313", 8)]).await;
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let (resting, cordoned) = (ids[..3].to_vec(), ids[3..5].to_vec());
        app.write(move |tx| {
            let (actor, now) = (by.actor(), by.times().now);
            let until = now + TimeDelta::days(3);
            numbers::change(tx, &actor, &resting, Change::Rest(until), now, Why::default(), |_| true)?;
            Ok(numbers::change(tx, &actor, &cordoned, Change::Cordon(now), now, Why::default(), |_| true)?)
        })
        .await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 1_600)]).await;
        let page = admin.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("313", 3)]));
        assert!(page.text().contains("3 numbers rest now."), "{}", page.text());
        let fields = [("must", ""), ("must_not", ""), ("only", ""), ("include_resting", "yes")];
        admin.submit(&format!("{url}/area-codes/rules"), &fields).await.ok();
        assert!(stored(&app, &url).await.include_resting);
        admin.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("313", 6)]));
        counts_are_true(&app).await;
    }

    async fn the_organizations_planner_is_that_of_new_campaigns(app: TestApp) {
        stock(&app, &[("313", 9), ("989", 9)]).await;
        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        let new = admin.get("/o/our-city/campaigns/new").await.ok();
        assert_eq!(new.attribute("input[name=strategy][checked]", "value").as_deref(), Some("best"));
        let page = owner.get("/o/our-city/settings").await.ok();
        let mut fields: Vec<(String, String)> = crate::settings::form(&page);
        fields.retain(|(name, _)| name != "default_strategy");
        let with = |key: &str| -> Vec<(String, String)> {
            fields.iter().cloned().chain([("default_strategy".to_owned(), key.to_owned())]).collect()
        };
        let send = async |fields: Vec<(String, String)>| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            owner.post("/o/our-city/settings", &fields).await
        };
        send(with("luck")).await.is(422);
        send(with("even_spread")).await.is(303);
        let new = admin.get("/o/our-city/campaigns/new").await.ok();
        assert_eq!(new.attribute("input[name=strategy][checked]", "value").as_deref(), Some("even_spread"));
        let made = admin.post("/o/our-city/campaigns", &[("name", "Even"), ("contacts_per_number", "200"), ("strategy", "even_spread")]).await;
        let url = made.location().trim_end_matches("/contacts").to_owned();
        crate::campaigns::upload_counts(&admin, &url, &[("313", 1_500), ("989", 100)]).await;
        admin.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("313", 4), ("989", 4)]));
    }
}
