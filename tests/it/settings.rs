//! `/settings`: what is offered, read, refused, saved, told, and what happens when two owners save at once.

use numberbank::access::{ManageOrganization, Role};
use numberbank::kernel::text_enum::TextEnum;
use numberbank::organizations::settings::model::{Bounds, Setting};
use numberbank::organizations::settings::{Settings, Texts};
use numberbank::providers::Account;
use numberbank::providers::fakeservice::Weather;

use crate::both;
use crate::support::{Answer, TestApp};

const PAGE: &str = "/o/our-city/settings";

/// What a browser would send from the form of this page.
pub fn form(page: &Answer) -> Vec<(String, String)> {
    let html = scraper::Html::parse_document(page.body());
    let find = |selector: &str| scraper::Selector::parse(selector).unwrap();
    let (inputs, options) = (find("main form input"), find("main form select option[selected]"));
    let mut fields: Vec<(String, String)> = html
        .select(&inputs)
        .filter(|input| {
            !matches!(input.attr("type"), Some("checkbox" | "radio")) || input.attr("checked").is_some()
        })
        .map(|input| (input.attr("name").unwrap().into(), input.attr("value").unwrap_or_default().into()))
        .collect();
    let zone: Vec<_> = html.select(&options).filter_map(|option| option.attr("value")).collect();
    assert_eq!(zone.len(), 1, "one zone is chosen");
    fields.push(("time_zone".into(), zone[0].into()));
    fields
}

fn with(fields: &[(String, String)], changed: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = fields.to_vec();
    for (name, value) in changed {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn stored(app: &TestApp) -> Texts {
    let by = app.allowed::<ManageOrganization>(Role::Owner).await;
    Settings::from(by.organization()).texts()
}

both! {
    async fn a_new_organization_has_the_defaults_the_page_names(app: TestApp) {
        let stored = stored(&app).await;
        for setting in Setting::ALL.iter().filter(|setting| **setting != Setting::TimeZone) {
            if let Some(default) = setting.default_text() {
                assert_eq!(stored[setting], default, "{setting}");
            }
        }
        let page = app.sign_in(Role::Owner).await.get(PAGE).await.ok();
        assert_eq!(page.all("nav li a[aria-current=page]"), ["Settings"]);
        for words in [
            "10,000 contacts want 50 numbers.",
            "From 1 to 100,000; the default is 200.",
            "It is 22 November 2026, 10:00 EST there now.",
            "Practice carrier",
            "22 November 2026, 10:00 EST, in USD",
            "The largest order costs $575.00 at once",
        ] {
            assert!(page.text().contains(words), "{words} is not in {}", page.text());
        }
        assert_eq!(page.all(".facts dd")[3..], ["$1.15 a month", "$2.15 a month"]);
        // Only what is not the default can be put back: here the zone.
        assert_eq!(page.attributes("button[name=default]", &["value"]), ["time_zone"]);
    }

    async fn the_bounds_are_those_of_the_database(app: TestApp) {
        for setting in Setting::ALL.iter().copied() {
            let Some(Bounds { least, most, .. }) = setting.bounds() else { continue };
            for (value, fits) in [(least, true), (most, true), (least - 1, false), (most + 1, false)] {
                let statement = format!("UPDATE organization SET {setting} = {value}");
                let done = app.app().db.write(move |tx| {
                    diesel::connection::SimpleConnection::batch_execute(&mut **tx, &statement)
                        .map_err(numberbank::db::DbError::from)
                });
                assert_eq!(done.await.is_ok(), fits, "{setting} {value}");
            }
        }
    }

    async fn what_is_saved_holds_and_is_in_the_log_with_what_was(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let fields = form(&owner.get(PAGE).await.ok());
        let mut changed = with(&fields, &[
            ("name", "  Our Fine City "),
            ("time_zone", "America/Chicago"),
            ("contacts_per_number", "250"),
            ("rest_days", "0"),
            ("order_limit", "40"),
        ]);
        changed.retain(|(name, _)| name != "delete_campaign_services");
        let page = owner.submit(PAGE, &pairs(&changed)).await.ok();
        let words = "Changed the name from “Our City” to “Our Fine City”; \
            the time zone from America/Detroit to America/Chicago; contacts per number from 200 to 250; \
            the rest from 7 days to 0 days; deleting a campaign's own messaging service from yes to no; \
            the most numbers an order takes from 500 to 40";
        assert_eq!(page.all(".notice-success"), [format!("Saved. {words}.")]);
        assert!(page.text().contains("It is 22 November 2026, 09:00 CST there now."), "{}", page.text());
        assert!(page.text().contains("10,000 contacts want 40 numbers."));
        let log = owner.get("/o/our-city/activity").await.ok();
        assert!(log.text().contains(words) && log.text().contains("Olive Owner"), "{}", log.text());

        // The rest of the house goes by them: an order above the limit is refused, a campaign begins with the ratio.
        let refused = owner.post("/o/our-city/orders/quote", &[("area", "313"), ("count", "41")]).await;
        let refused = if refused.status() == 404 {
            owner.get("/o/our-city/orders/new?area=313&count=41").await
        } else { refused };
        assert!(refused.text().contains("40"), "{}", refused.text());
        let campaign = owner.get("/o/our-city/campaigns/new").await.ok();
        assert_eq!(campaign.attribute("input[name=contacts_per_number]", "value").unwrap(), "250");

        // The same once more changes nothing and says so; nothing is added to the log.
        let again = form(&owner.get(PAGE).await.ok());
        let page = owner.submit(PAGE, &pairs(&again)).await.ok();
        assert_eq!(page.all(".notice-info"), ["Nothing was different."]);
        assert_eq!(owner.get("/o/our-city/activity").await.ok().body().matches("Our Fine City”").count(), 1);
    }

    async fn what_is_wrong_is_said_beside_its_field_and_nothing_is_written(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let fields = form(&owner.get(PAGE).await.ok());
        let before = stored(&app).await;
        for wrong in ["", "0", "-5", "1.5", "ZZ", "100001", "99999999999999999999"] {
            let sent = with(&fields, &[("contacts_per_number", wrong), ("rest_days", "14")]);
            let page = owner.post(PAGE, &pairs(&sent)).await.is(422);
            assert_eq!(
                page.all("#field-contacts_per_number-error"),
                ["Error: Enter a whole number from 1 to 100,000."], "{wrong}"
            );
            assert_eq!(
                page.attributes(".error-summary a", &["href"]), ["#field-contacts_per_number"]
            );
            // What was typed is kept.
            assert_eq!(page.attribute("input[name=contacts_per_number]", "value").unwrap(), wrong);
            assert_eq!(page.attribute("input[name=rest_days]", "value").unwrap(), "14");
        }
        let all = with(&fields, &[
            ("name", " "), ("time_zone", "Mars/Base"), ("room", "0"), ("tolerated_load_percent", "99"),
            ("reservation_hours", "8785"), ("rest_days", "366"), ("order_limit", "10001"),
        ]);
        // Nothing of the list is chosen then: the browser would choose the first.
        let page = owner.post(PAGE, &pairs(&all)).await.is(422);
        assert_eq!(page.attributes(".error-summary a", &["href"]).len(), 7, "{}", page.body());
        assert_eq!(stored(&app).await, before);
        // A form that is not of this page.
        owner.post(PAGE, &pairs(&with(&fields, &[("seen", "x")]))).await.is(400);
        assert_eq!(stored(&app).await, before);
    }

    async fn a_default_can_be_put_back(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let fields = with(&form(&owner.get(PAGE).await.ok()), &[("room", "30"), ("rest_days", "3")]);
        let page = owner.submit(PAGE, &pairs(&fields)).await.ok();
        assert_eq!(page.attributes("button[name=default]", &["value"]), ["time_zone", "room", "rest_days"]);
        // On the page at first, with what else was typed; saved only when that is asked.
        let typed = with(&form(&page), &[("order_limit", "7"), ("default", "room")]);
        let page = owner.post(PAGE, &pairs(&typed)).await.ok();
        assert!(page.text().contains("is set to the default, 400. Nothing is saved"), "{}", page.text());
        assert_eq!(stored(&app).await[&Setting::Room], "30");
        assert_eq!(page.attribute("input[name=order_limit]", "value").unwrap(), "7");
        owner.submit(PAGE, &pairs(&form(&page))).await.ok();
        let stored = stored(&app).await;
        assert_eq!((stored[&Setting::Room].as_str(), stored[&Setting::OrderLimit].as_str()), ("400", "7"));
        assert_eq!(stored[&Setting::RestDays], "3");
    }

    async fn two_owners_at_once_are_told_of_each_other(app: TestApp) {
        let olive = app.sign_in(Role::Owner).await;
        let second = app.add_owner("second@example.org").await;
        let (hers, theirs) = (form(&olive.get(PAGE).await.ok()), form(&second.get(PAGE).await.ok()));
        second.submit(PAGE, &pairs(&with(&theirs, &[("rest_days", "14"), ("room", "49")]))).await.ok();
        app.advance(chrono::TimeDelta::minutes(3));
        let wanted = with(&hers, &[("room", "100"), ("order_limit", "20")]);
        let page = olive.post(PAGE, &pairs(&wanted)).await.is(409);
        let notice = page.all(".notice-warning").join(" ");
        assert!(
            notice.contains("Second Owner, 3 minutes ago: Changed the room of a messaging service from 400 to 49; \
                the rest from 7 days to 14 days."),
            "{notice}"
        );
        assert_eq!(page.all("#field-room-error"), ["Error: It became 49 meanwhile."]);
        let stored_now = stored(&app).await;
        assert_eq!((stored_now[&Setting::Room].as_str(), stored_now[&Setting::OrderLimit].as_str()), ("49", "500"));
        // What she did not touch follows; what she typed stays. The second press saves it.
        let value = |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap();
        assert_eq!((value("rest_days"), value("room"), value("order_limit")), ("14".into(), "100".into(), "20".into()));
        olive.submit(PAGE, &pairs(&form(&page))).await.ok();
        let stored = stored(&app).await;
        let get = |setting: Setting| stored[&setting].as_str();
        assert_eq!((get(Setting::Room), get(Setting::RestDays), get(Setting::OrderLimit)), ("100", "14", "20"));
    }

    async fn of_many_saves_at_once_one_wins_and_the_others_are_told(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let fields = form(&owner.get(PAGE).await.ok());
        let sends = (1..=8).map(|days| {
            let (owner, sent) = (owner.clone(), with(&fields, &[("rest_days", &format!("{}", days + 20))]));
            async move { owner.post(PAGE, &pairs(&sent)).await.status() }
        });
        let mut answers = futures_util::future::join_all(sends).await;
        answers.sort_unstable();
        assert_eq!(answers, [303, 409, 409, 409, 409, 409, 409, 409]);
    }

    async fn room_above_49_on_a_registered_service_warns_with_the_carriers_rule(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let fields = form(&owner.get(PAGE).await.ok());
        let effects = async |room: &str| {
            let query = with(&fields, &[("room", room)]);
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs(&query)).finish();
            owner.get_fragment(&format!("{PAGE}/effects?{query}"), "").await.ok()
        };
        assert_eq!(effects("50").await.all(".notice-warning"), Vec::<String>::new());
        app.sql(
            "INSERT INTO messaging_service (id, organization_id, service, carrier_account, service_sid, name, origin, \
             room, registration, registered, created_at) SELECT '01990000-0000-7000-8000-000000000001', id, 'fakeservice', \
             'our-city', 'MG1', 'City 10DLC', 'adopted', 400, 'VERIFIED', TRUE, created_at FROM organization",
        )
        .await;
        let warned = effects("50").await;
        assert!(warned.all("#effect-room .notice-warning").join("").contains("City 10DLC is registered (10DLC). \
            T-Mobile takes at most 49 numbers"), "{}", warned.body());
        assert_eq!(warned.attribute("#effect-room", "hx-swap-oob").as_deref(), Some("true"));
        assert_eq!(effects("49").await.all(".notice-warning"), Vec::<String>::new());
        // A value that cannot be read counts as what it was.
        assert!(effects("5x").await.text().contains("reaches 80,000 contacts"));
        // The page itself warns of what is saved, and saving is still allowed.
        assert_eq!(owner.get(PAGE).await.ok().all("#effect-room .notice-warning").len(), 1);
        owner.submit(PAGE, &pairs(&with(&fields, &[("room", "49")]))).await.ok();
        assert_eq!(owner.get(PAGE).await.ok().all("#effect-room .notice-warning").len(), 0);
    }

    async fn a_carrier_that_does_not_answer_spoils_only_its_prices(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let account = Account::new("our-city");
        app.world().set_weather(&account, &Weather { suspended: true, ..Weather::still() }).unwrap();
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains(
            "The prices cannot be read now. The carrier has suspended this account. \
             The carrier said: Account not active (20005)."
        ), "{}", page.text());
        assert!(page.text().contains("The largest order is 500 numbers."));
        let saved = owner.submit(PAGE, &pairs(&with(&form(&page), &[("rest_days", "9")]))).await.ok();
        assert_eq!(saved.attribute("input[name=rest_days]", "value").unwrap(), "9");
        // A provider this version does not have.
        app.sql("UPDATE organization SET service = 'carrierpigeon'").await;
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("has no provider called carrierpigeon"), "{}", page.text());
    }

    async fn only_owners_have_settings(app: TestApp) {
        for role in [Role::Admin, Role::SpendViewer] {
            let client = app.sign_in(role).await;
            client.get(PAGE).await.is(403);
            client.get(&format!("{PAGE}/effects")).await.is(403);
            client.post(PAGE, &[("name", "Mine")]).await.is(403);
            assert!(!app.allowed_links(role).await.contains(&"Settings".to_owned()));
        }
        assert_eq!(stored(&app).await[&Setting::Name], "Our City");
    }
}
