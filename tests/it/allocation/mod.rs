//! Reserving numbers: by hand, by the planner, in competition, and until it lapses.

mod best;
mod contention;
mod prediction;
mod rules;
mod simulation;
mod table;

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use numberbank::access::{ManageCampaigns, Role};
use numberbank::db::DbResult;
use numberbank::kernel::ids::{CampaignId, NumberId};
use numberbank::kernel::{AreaCode, E164, Micros};
use numberbank::numbers::{self, Change, NewNumber, Why};

use super::campaigns::{id_of, make, stored, upload_counts};
use crate::both;
use crate::support::{Answer, Client, TestApp};

fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

/// Puts numbers into the inventory of `our-city`; answers their ids.
pub async fn stock(app: &TestApp, counts: &[(&str, i64)]) -> Vec<NumberId> {
    let by = app.allowed::<ManageCampaigns>(Role::Owner).await;
    let mut new = Vec::new();
    for &(area, count) in counts {
        for n in 0..count {
            let number = E164::parse(&format!("+1{area}555{:04}", n + 1)).unwrap();
            new.push(NewNumber {
                id: NumberId::new(),
                service: "fakeservice".into(),
                carrier_account: "our-city".into(),
                service_id: format!("PN{number}"),
                phone_number: number,
                area_code: code(area),
                monthly_price: Micros::from_cents(115),
                bought_at: by.times().now,
                renews_on: NaiveDate::from_ymd_opt(2026, 12, 22).unwrap(),
                order_id: None,
                label: String::new(),
                voice_url: None,
            });
        }
    }
    let ids = new.iter().map(|number| number.id).collect();
    app.write(move |tx| {
        for number in &new {
            numbers::add(tx, &by.actor(), number, by.times().now, Why::default())?;
        }
        Ok(())
    })
    .await;
    ids
}

/// Asserts that the counts kept beside the numbers are what counting gives.
pub async fn counts_are_true(app: &TestApp) {
    let by = app.allowed::<ManageCampaigns>(Role::Owner).await;
    let (kept, counted) = app
        .app()
        .db
        .read(move |conn| {
            let organization = by.organization_id();
            let kept = numbers::counts(conn, organization, Some("fakeservice"))?;
            DbResult::Ok((kept, numbers::count_all(conn, organization, "fakeservice")?))
        })
        .await
        .unwrap();
    assert_eq!(kept, counted);
}

async fn held(app: &TestApp, id: CampaignId) -> BTreeMap<String, i64> {
    let by = app.allowed::<ManageCampaigns>(Role::Owner).await;
    let held =
        app.app().db.read(move |conn| numbers::held_by_area(conn, by.organization_id(), id)).await.unwrap();
    held.into_iter().map(|(code, count)| (code.to_string(), count)).collect()
}

fn by_code(counts: &[(&str, i64)]) -> BTreeMap<String, i64> {
    counts.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect()
}

/// The panel's form as the page has it, with these counts typed over it.
fn form(page: &Answer, typed: &[(&str, &str)], action: (&str, &str)) -> Vec<(String, String)> {
    let html = scraper::Html::parse_document(page.body());
    let inputs = scraper::Selector::parse("#reserve input").unwrap();
    let mut fields: Vec<(String, String)> = html
        .select(&inputs)
        .map(|input| (input.attr("name").unwrap().to_owned(), input.attr("value").unwrap().to_owned()))
        .collect();
    for (code, count) in typed {
        let name = format!("numbers-{code}");
        let field = fields.iter_mut().find(|(field, _)| *field == name).expect("the row is on the page");
        field.1 = (*count).to_owned();
    }
    fields.push((action.0.to_owned(), action.1.to_owned()));
    fields
}

async fn send(client: &Client, url: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.submit(&format!("{url}/area-codes"), &fields).await
}

/// Types counts and saves.
async fn save(client: &Client, url: &str, typed: &[(&str, &str)]) -> Answer {
    let page = client.get(&format!("{url}/area-codes")).await.ok();
    send(client, url, &form(&page, typed, ("action", "save"))).await
}

async fn campaign(client: &Client, name: &str, counts: &[(&str, usize)]) -> String {
    let url = make(client, name).await;
    upload_counts(client, &url, counts).await;
    url
}

fn figures(page: &Answer) -> Vec<String> {
    page.all("#panel .figure dd")
}

both! {
    async fn the_planner_reserves_covers_and_says_why(app: TestApp) {
        stock(&app, &[("313", 12), ("248", 9), ("947", 3), ("989", 2), ("616", 4)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let counts = [("313", 2_000), ("248", 1_400), ("947", 200), ("989", 1_000)];
        let url = campaign(&admin, "Fall GOTV", &counts).await;
        let empty = admin.get(&format!("{url}/area-codes")).await.ok();
        assert_eq!(figures(&empty), ["4,600", "0 of 23", "0 %", "–"]);

        let page = admin.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        // 989 needs five and two are owned: it is left out, and the five go where the load is highest.
        assert_eq!(
            held(&app, id_of(&url)).await,
            by_code(&[("248", 9), ("313", 12), ("947", 2)])
        );
        let text = page.text();
        assert!(text.contains("989 Saginaw left out: needs 5, we own 2"), "{text}");
        assert!(text.contains("313 Detroit wholly covered: 12 numbers for 2,000 contacts"), "{text}");
        assert!(text.contains("Reserved 23 numbers in 3 area codes: all it wants."), "{text}");
        // 313: 2,000 of its own over 12 numbers, and 1,000 over 23.
        assert_eq!(figures(&page), ["4,600", "23 of 23", "78 %", "211"]);
        assert!(text.contains("The hottest number would carry 211 contacts; your organization tolerates 300."));
        assert!(text.contains("Michigan 4,600 contacts · 23 of 23 numbers"), "{text}");
        assert!(page.all(".tile-map g.tile-4 title").iter().any(|title| title.starts_with("Michigan: 4,600 contacts, 78 %")));
        counts_are_true(&app).await;

        let start = admin.get(&url).await.is(303);
        assert!(start.location().ends_with("/start"));
        let start = admin.get(start.location()).await.ok();
        assert!(start.all("form button").contains(&"Start the campaign".to_owned()), "{}", start.text());

        let page = admin.submit(&format!("{url}/area-codes"), &[("action", "reset")]).await.ok();
        assert!(page.text().contains("23 numbers are free again."));
        assert!(held(&app, id_of(&url)).await.is_empty());
        assert_eq!(stored(&app, &url).await.hold_until, None);
        counts_are_true(&app).await;
    }

    async fn counts_are_typed_and_stepped(app: TestApp) {
        stock(&app, &[("313", 12), ("248", 9), ("616", 4)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 2_000), ("248", 1_400)]).await;
        let id = id_of(&url);
        let page = save(&admin, &url, &[("313", "10"), ("248", "7")]).await.ok();
        assert!(page.text().contains("Saved: 17 numbers are reserved."), "{}", page.text());
        assert_eq!(held(&app, id).await, by_code(&[("248", 7), ("313", 10)]));
        // Without scripts the buttons send the form: one more, one fewer, and what was typed beside it.
        let page = send(&admin, &url, &form(&page, &[], ("step", "313+"))).await.ok();
        assert_eq!(held(&app, id).await, by_code(&[("248", 7), ("313", 11)]));
        let page = send(&admin, &url, &form(&page, &[("313", "12")], ("step", "248-"))).await.ok();
        assert_eq!(held(&app, id).await, by_code(&[("248", 6), ("313", 12)]));
        assert!(page.text().contains("partly covered: needs 7"), "{}", page.text());
        // Another code that we own.
        let page = admin.get(&format!("{url}/area-codes?add=616")).await.ok();
        let page = send(&admin, &url, &form(&page, &[("616", "2")], ("action", "save"))).await.ok();
        assert_eq!(held(&app, id).await, by_code(&[("248", 6), ("313", 12), ("616", 2)]));
        assert!(page.text().contains("no contacts here: helps to carry the others"));
        for wrong in ["", "-5", "1.5", "ZZ", "9999999"] {
            let page = admin.get(&format!("{url}/area-codes")).await.ok();
            let fields = form(&page, &[("313", wrong), ("248", "1")], ("action", "save"));
            let answer = send(&admin, &url, &fields).await.is(422);
            assert_eq!(answer.all(".error-summary a[href='#field-numbers-313']").len(), 1, "{wrong}");
            assert_eq!(answer.attribute("#field-numbers-313", "value").as_deref(), Some(wrong));
            assert_eq!(answer.attribute("#field-numbers-248", "value").as_deref(), Some("1"));
        }
        assert_eq!(held(&app, id).await, by_code(&[("248", 6), ("313", 12), ("616", 2)]));
        counts_are_true(&app).await;
    }

    async fn htmx_gets_the_panel_alone(app: TestApp) {
        stock(&app, &[("313", 12)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 2_000), ("248", 1_400)]).await;
        let request = admin
            .request(reqwest::Method::POST, &format!("{url}/area-codes"))
            .header("Origin", app.base())
            .header("HX-Request", "true")
            .header("HX-Target", "panel")
            .form(&[("action", "plan")]);
        let fragment = admin.send(request).await.ok();
        assert!(fragment.body().trim_start().starts_with("<div class=\"stack\" id=\"panel\""), "{}", fragment.body());
        assert!(fragment.body().contains("data-announce=\"12 of 17 numbers reserved\""));
        // A search keeps what was typed and not saved, also of rows it hides, and not in the address.
        let query = "q=oakland&kept-q=&kept-add=&numbers-313=3&was-313=12&numbers-248=1&was-248=0";
        let found = admin.get_fragment(&format!("{url}/area-codes?{query}"), "panel").await.ok();
        assert_eq!(found.attribute("#field-numbers-248", "value").as_deref(), Some("1"));
        assert_eq!(found.attribute("input[type=hidden][name=numbers-313]", "value").as_deref(), Some("3"));
        assert!(found.header("hx-replace-url").ends_with("/area-codes?q=oakland"));
    }

    async fn too_few_is_all_or_nothing_until_one_takes_what_there_is(app: TestApp) {
        stock(&app, &[("313", 12), ("248", 3)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 2_000), ("248", 1_400)]).await;
        let id = id_of(&url);
        let page = save(&admin, &url, &[("313", "10"), ("248", "7")]).await.is(422);
        let text = page.text();
        assert!(text.contains("Nothing was changed: 4 numbers are short."), "{text}");
        assert!(text.contains("248 Oakland County, MI: you asked for 7 and there are 3, so 4 are short."), "{text}");
        assert!(held(&app, id).await.is_empty());
        assert_eq!(page.attribute("#field-numbers-313", "value").as_deref(), Some("10"));
        let page = send(&admin, &url, &form(&page, &[], ("action", "take"))).await.ok();
        let words = "Took what there is: 13 numbers are reserved. 248 Oakland County, MI: 3 of the 7 you asked for.";
        assert!(page.text().contains(words), "{}", page.text());
        assert_eq!(held(&app, id).await, by_code(&[("248", 3), ("313", 10)]));
        counts_are_true(&app).await;
    }

    async fn a_page_drawn_before_a_colleagues_change_does_not_undo_it(app: TestApp) {
        stock(&app, &[("313", 12), ("248", 9)]).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let url = campaign(&admin, "Fall GOTV", &[("313", 2_000), ("248", 1_400)]).await;
        save(&admin, &url, &[("313", "10")]).await.ok();
        let stale = admin.get(&format!("{url}/area-codes")).await.ok();
        save(&owner, &url, &[("313", "4")]).await.ok();
        send(&admin, &url, &form(&stale, &[("248", "5")], ("action", "save"))).await.ok();
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("248", 5), ("313", 4)]));
    }

    async fn what_others_hold_and_what_is_short_is_said(app: TestApp) {
        stock(&app, &[("313", 8), ("616", 6)]).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let other = campaign(&admin, "Spring", &[("313", 1_000)]).await;
        save(&admin, &other, &[("313", "5")]).await.ok();
        let url = campaign(&admin, "Fall GOTV", &[("313", 1_600), ("616", 1_200)]).await;
        let page = admin.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        let text = page.text();
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("616", 6)]));
        assert!(text.contains("5 reserved by Spring until 29 November 10:00"), "{text}");
        assert!(text.contains("left out: needs 8, and 3 of the 8 we own are free"), "{text}");
        assert!(text.contains("5 numbers short. Detroit (313) needs 8"), "{text}");
        assert!(text.contains("Ask for 5 numbers · $5.75 a month Olive Owner decides"), "{text}");
        assert!(page.all("a[href*='/orders/new']").is_empty());
        // 1,600 over six numbers, and their own 200.
        assert!(text.contains("Cannot start yet. The hottest number would carry 467 contacts"), "{text}");
        let start = admin.get(&format!("{url}/start")).await.ok();
        assert!(start.text().contains("It cannot start yet."));
        assert!(start.all("form button").iter().all(|button| button != "Start the campaign"));
        let page = owner.get(&format!("{url}/area-codes")).await.ok();
        let order = page.attribute("a[href*='/orders/new']", "href").unwrap();
        assert_eq!(order, format!("/o/our-city/orders/new?area_code=313&count=5&campaign={}&into=reserve", id_of(&url)));
        assert!(page.text().contains("Order 5 numbers · $5.75 a month"));
    }

    async fn what_is_short_is_what_lets_the_campaign_start(app: TestApp) {
        stock(&app, &[("602", 10)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let url = campaign(&owner, "Fall GOTV", &[("313", 3_000), ("989", 1_000)]).await;
        let page = owner.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        // Ten numbers from elsewhere carry 400 each: too many. Fifteen of 313 and five of them carry 250 at most.
        assert_eq!(figures(&page), ["4,000", "10 of 20", "0 %", "400"]);
        let order = page.attribute("a[href*='/orders/new']", "href").unwrap();
        assert_eq!(order, format!("/o/our-city/orders/new?area_code=313&count=15&campaign={}&into=reserve", id_of(&url)));
        stock(&app, &[("313", 15)]).await;
        let page = owner.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        assert_eq!(figures(&page), ["4,000", "20 of 20", "75 %", "250"]);
        assert!(page.text().contains("Can start as it is."));
        assert!(page.all("a[href*='/orders/new']").is_empty());
        // The link is one that the order page understands.
        let form = owner.get(&order).await.ok();
        assert_eq!(form.attribute("input[name=area_code]", "value").as_deref(), Some("313"));
        assert_eq!(form.attribute("input[name=count]", "value").as_deref(), Some("15"));
    }

    async fn a_shortage_of_several_area_codes_is_one_order(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let url = campaign(&owner, "Fall GOTV", &[("313", 1_000), ("410", 600)]).await;
        let page = owner.get(&format!("{url}/area-codes")).await.ok();
        assert!(page.text().contains("8 numbers short."), "{}", page.text());
        let campaign = id_of(&url);
        let all = page.attribute("#panel a.button[href*='/orders/new']", "href").unwrap();
        assert_eq!(
            all,
            format!(
                "/o/our-city/orders/new?area_code=313&count=5&area_code=410&count=3&campaign={campaign}&into=reserve"
            )
        );
        let one = page.attribute("#panel li a[href*='area_code=410']", "href").unwrap();
        assert_eq!(one, format!("/o/our-city/orders/new?area_code=410&count=3&campaign={campaign}&into=reserve"));
        assert!(page.text().contains("Order 3 in 410 Baltimore, MD") && page.text().contains("Order 8 numbers · $9.20 a month"));
        let form = owner.get(&all).await.ok();
        assert_eq!(form.all("#order-rows fieldset").len(), 2);
        assert!(form.text().contains("For the campaign Fall GOTV."), "{}", form.text());
        let fields = [("area_code", "313"), ("count", "5"), ("area_code", "410"), ("count", "3")];
        let quote = owner.post("/o/our-city/orders/quote", &fields).await.ok();
        assert!(quote.text().contains("Buy 8 numbers in 313 and 410?"), "{}", quote.text());
        // More than one order may ask for: the first ones, and the button says so.
        app.sql("UPDATE organization SET order_limit = 6").await;
        let page = owner.get(&format!("{url}/area-codes")).await.ok();
        assert!(page.text().contains("Order the first 6 numbers · $6.90 a month"), "{}", page.text());
        let first = page.attribute("#panel a.button[href*='/orders/new']", "href").unwrap();
        assert_eq!(
            first,
            format!("/o/our-city/orders/new?area_code=313&count=5&area_code=410&count=1&campaign={campaign}&into=reserve")
        );
    }

    async fn the_room_is_never_exceeded(app: TestApp) {
        stock(&app, &[("313", 30), ("616", 30)]).await;
        app.sql("UPDATE organization SET room = 20 WHERE slug = 'our-city'").await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 4_000), ("616", 2_000)]).await;
        let page = save(&admin, &url, &[("313", "15"), ("616", "6")]).await.is(422);
        assert!(page.text().contains("That makes 21 numbers, and a messaging service takes 20."));
        assert!(held(&app, id_of(&url)).await.is_empty());
        let page = admin.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("313", 20)]));
        assert!(page.text().contains("They need 30 numbers, and it takes 20. You can text 300 contacts per number"));
    }

    async fn a_reservation_lapses_unless_it_is_extended(app: TestApp) {
        stock(&app, &[("313", 12)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 2_000)]).await;
        save(&admin, &url, &[("313", "10")]).await.ok();
        let week = stored(&app, &url).await.hold_until.unwrap();
        assert_eq!(week, "2026-11-29T15:00:00".parse().unwrap());
        app.advance(TimeDelta::days(7) - TimeDelta::hours(1));
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&format!("{url}/area-codes")).await.ok();
        assert_eq!(page.all(".notice-warning form button"), ["Extend"]);
        let page = admin.submit(&format!("{url}/area-codes/extend"), &[]).await.ok();
        assert!(page.text().contains("Reserved until 6 December 09:00 now."), "{}", page.text());
        app.advance(TimeDelta::hours(2));
        app.run_clock_jobs().await;
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("313", 10)]));
        app.advance(TimeDelta::days(7));
        app.run_clock_jobs().await;
        assert!(held(&app, id_of(&url)).await.is_empty());
        let campaign = stored(&app, &url).await;
        assert_eq!(campaign.hold_until, None);
        assert!(campaign.notice.unwrap().starts_with("Its reservation of 10 numbers lapsed"));
        counts_are_true(&app).await;
        // It is said until numbers are reserved again.
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&format!("{url}/area-codes")).await.ok();
        assert!(page.text().contains("Its reservation of 10 numbers lapsed"));
        let page = save(&admin, &url, &[("313", "10")]).await.ok();
        assert!(!page.text().contains("lapsed"));
        let nothing = make(&admin, "Empty").await;
        admin.post(&format!("{nothing}/area-codes/extend"), &[]).await.is(409);
    }

    async fn a_reservation_follows_the_planned_start(app: TestApp) {
        stock(&app, &[("313", 12)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 2_000)]).await;
        save(&admin, &url, &[("313", "10")]).await.ok();
        let basics = |start: &'static str| {
            [("name", "Fall GOTV"), ("contacts_per_number", "200"), ("strategy", "best"), ("planned_start", start)]
        };
        admin.post(&format!("{url}/basics"), &basics("2026-12-20T09:00")).await.is(303);
        let until = stored(&app, &url).await.hold_until.unwrap();
        assert_eq!(until, "2026-12-21T14:00:00".parse().unwrap());
        // A start that was planned for a day long gone holds nothing.
        admin.post(&format!("{url}/basics"), &basics("2026-10-20T09:00")).await.is(303);
        assert_eq!(stored(&app, &url).await.hold_until.unwrap(), "2026-11-29T15:00:00".parse().unwrap());
    }

    async fn resting_numbers_are_taken_only_when_asked_and_rest_ends(app: TestApp) {
        let ids = stock(&app, &[("313", 4)]).await;
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let (resting, until) = (ids[..3].to_vec(), by.times().now + TimeDelta::days(3));
        let who = by.clone();
        app.write(move |tx| {
            let (actor, now) = (who.actor(), who.times().now);
            Ok(numbers::change(tx, &actor, &resting, Change::Rest(until), now, Why::default(), |_| true)?)
        })
        .await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 600)]).await;
        let page = save(&admin, &url, &[("313", "3")]).await.is(422);
        assert!(page.text().contains("you asked for 3 and there are 1"), "{}", page.text());
        let basics = [
            ("name", "Fall GOTV"), ("contacts_per_number", "200"), ("strategy", "best"), ("include_resting", "yes"),
        ];
        admin.post(&format!("{url}/basics"), &basics).await.is(303);
        save(&admin, &url, &[("313", "3")]).await.ok();
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("313", 3)]));
        let counts = |app: TestApp, by: numberbank::access::Allowed<ManageCampaigns>| async move {
            let read = app.app().db.read(move |conn| numbers::counts(conn, by.organization_id(), None));
            let count = read.await.unwrap()[0];
            (count.free(), count.reserved, count.resting)
        };
        assert_eq!(counts(app.clone(), by.clone()).await, (0, 3, 1));
        // What is let go rests on, for as long as it would have.
        save(&admin, &url, &[("313", "0")]).await.ok();
        assert_eq!(counts(app.clone(), by.clone()).await, (1, 0, 3));
        save(&admin, &url, &[("313", "3")]).await.ok();
        assert_eq!(counts(app.clone(), by.clone()).await, (0, 3, 1));
        app.advance(TimeDelta::days(3));
        app.run_clock_jobs().await;
        assert_eq!(counts(app.clone(), by.clone()).await, (1, 3, 0));
        counts_are_true(&app).await;
    }

    async fn toll_free_numbers_are_not_reserved(app: TestApp) {
        stock(&app, &[("833", 4), ("313", 2)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = campaign(&admin, "Fall GOTV", &[("313", 2_000)]).await;
        let page = admin.submit(&format!("{url}/area-codes"), &[("action", "plan")]).await.ok();
        assert!(!page.text().contains("833"));
        let fields = [("action", "save"), ("numbers-833", "2")];
        let answer = admin.post(&format!("{url}/area-codes"), &fields).await.is(422);
        assert!(answer.text().contains("not reserved for campaigns"), "{}", answer.text());
        assert_eq!(held(&app, id_of(&url)).await, by_code(&[("313", 2)]));
    }
}
