//! A texting platform asks which number texts a contact.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::kernel::ids::CampaignId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::launch::{buy, draft, reserve};
use crate::support::{Answer, TestApp};

const TOKENS: &str = "/o/our-city/settings/api-tokens";

/// Makes a token as an owner does, and answers its text.
async fn token(app: &TestApp, name: &str) -> String {
    let owner = app.sign_in(Role::Owner).await;
    let page = owner.post(TOKENS, &[("name", name)]).await.ok();
    let text = page.text();
    let start = text.find("nb_").unwrap_or_else(|| panic!("no token on the page: {text}"));
    text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).take(46).collect()
}

async fn ask(app: &TestApp, token: &str, campaign: CampaignId, body: &str) -> Answer {
    let client = app.client();
    let request = client
        .request(Method::POST, &format!("/api/v1/campaigns/{campaign}/sender"))
        .header("Content-Type", "application/json")
        .body(body.to_owned());
    let request =
        if token.is_empty() { request } else { request.header("Authorization", format!("Bearer {token}")) };
    client.send(request).await
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(answer.body()).unwrap_or_else(|_| panic!("no JSON: {}", answer.body()))
}

/// The number that texts a contact.
async fn sender(app: &TestApp, token: &str, campaign: CampaignId, contact: &str) -> (String, String) {
    let answer = ask(app, token, campaign, &json!({ "contact": contact }).to_string()).await.is(200);
    let said = json_of(&answer);
    (said["sender"].as_str().unwrap().to_owned(), said["matched"].as_str().unwrap().to_owned())
}

/// A started campaign with six numbers of Detroit and four of its suburbs.
async fn started(app: &TestApp) -> CampaignId {
    buy(app, &[("313", 6), ("248", 4)]).await;
    let campaign = draft(app, "Fall GOTV", &[("313", 1_200), ("248", 700), ("947", 100)]).await;
    reserve(app, campaign, &[("313", 6), ("248", 4)]).await;
    let admin = app.sign_in(Role::Admin).await;
    admin.post(&format!("/o/our-city/campaigns/{campaign}/start"), &[]).await.is(303);
    app.run_jobs().await;
    campaign
}

both! {
    async fn a_platform_asks_and_is_answered_alike(app: TestApp) {
        let campaign = started(&app).await;
        let token = token(&app, "Texting platform").await;
        let (first, matched) = sender(&app, &token, campaign, "+13135550142").await;
        assert!(first.starts_with("+1313") && matched == "ownCode", "{first} {matched}");
        assert_eq!(sender(&app, &token, campaign, "+13135550142").await.0, first);
        let (overlay, matched) = sender(&app, &token, campaign, "+19475550142").await;
        assert!(overlay.starts_with("+1248") && matched == "overlay", "{overlay} {matched}");
        assert_eq!(sender(&app, &token, campaign, "+16165550142").await.1, "state");
        assert_eq!(sender(&app, &token, campaign, "+12125550142").await.1, "other");
        let answer = ask(&app, &token, campaign, r#"{"contact":"+13135550142"}"#).await.is(200);
        assert_eq!(json_of(&answer)["areaCode"], "313");
        assert_eq!(answer.header("cache-control"), "no-store");
        // All of a code's numbers text somebody.
        let mut used = std::collections::BTreeSet::new();
        for line in 0..60 {
            used.insert(sender(&app, &token, campaign, &format!("+1313556{line:04}")).await.0);
        }
        assert_eq!(used.len(), 6);
    }

    async fn a_cordoned_number_gets_nobody_new(app: TestApp) {
        let campaign = started(&app).await;
        let token = token(&app, "Texting platform").await;
        let (first, _) = sender(&app, &token, campaign, "+13135550142").await;
        let only = format!("UPDATE owned_phone_number SET cordoned_at = '2026-11-01 00:00:00' WHERE phone_number = '{first}'");
        app.sql(only.leak()).await;
        assert_eq!(sender(&app, &token, campaign, "+13135550142").await.0, first, "within a second");
        app.advance(TimeDelta::seconds(1));
        let (second, matched) = sender(&app, &token, campaign, "+13135550142").await;
        assert!(second != first && matched == "ownCode", "{second}");
        app.sql("UPDATE owned_phone_number SET cordoned_at = '2026-11-01 00:00:00'").await;
        app.advance(TimeDelta::seconds(1));
        let answer = ask(&app, &token, campaign, r#"{"contact":"+13135550142"}"#).await.is(409);
        assert!(json_of(&answer)["message"].as_str().unwrap().contains("no number that takes new contacts"));
    }

    async fn a_campaign_that_texts_nobody_says_so(app: TestApp) {
        let token = token(&app, "Texting platform").await;
        let waiting = draft(&app, "Later", &[("313", 100)]).await;
        let answer = ask(&app, &token, waiting, r#"{"contact":"+13135550142"}"#).await.is(409);
        assert_eq!(json_of(&answer)["message"], "This campaign has not started yet.");
        let campaign = started(&app).await;
        let before = sender(&app, &token, campaign, "+13135550142").await;
        assert!(!before.0.is_empty());
        let admin = app.sign_in(Role::Admin).await;
        admin.post(&format!("/o/our-city/campaigns/{campaign}/archive"), &[]).await.is(303);
        app.run_jobs().await;
        app.advance(TimeDelta::seconds(2));
        let answer = ask(&app, &token, campaign, r#"{"contact":"+13135550142"}"#).await.is(409);
        assert!(json_of(&answer)["message"].as_str().unwrap().contains("is over"));
    }

    async fn whoever_has_no_token_is_told_nothing(app: TestApp) {
        let campaign = started(&app).await;
        let token = token(&app, "Texting platform").await;
        let good = r#"{"contact":"+13135550142"}"#;
        let mut other = token.clone();
        other.replace_range(10..11, if &token[10..11] == "x" { "y" } else { "x" });
        for wrong in ["", "nb_", "secret", other.as_str(), &token[3..]] {
            let answer = ask(&app, wrong, campaign, good).await.is(401);
            assert_eq!(json_of(&answer)["error"], "unauthorized", "{wrong}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
            // Before anything else is looked at.
            ask(&app, wrong, CampaignId::new(), "nonsense").await.is(401);
        }
        // A browser's session opens nothing here.
        let owner = app.sign_in(Role::Owner).await;
        let request = owner
            .request(Method::POST, &format!("/api/v1/campaigns/{campaign}/sender"))
            .body(good.to_owned());
        owner.send(request).await.is(401);
        // And a token opens no page.
        let client = app.client();
        let request = client
            .request(Method::GET, "/o/our-city/phone-numbers")
            .header("Authorization", format!("Bearer {token}"));
        assert_eq!(client.send(request).await.status(), 303);
    }

    async fn a_token_is_of_one_organization(app: TestApp) {
        let campaign = started(&app).await;
        let token = token(&app, "Texting platform").await;
        app.add_organization("elsewhere", "Elsewhere").await;
        app.sql("UPDATE api_token SET organization_id = (SELECT id FROM organization WHERE slug = 'elsewhere')").await;
        let answer = ask(&app, &token, campaign, r#"{"contact":"+13135550142"}"#).await.is(404);
        assert_eq!(json_of(&answer)["error"], "not_found");
    }

    async fn what_is_not_understood_is_refused_in_words(app: TestApp) {
        let campaign = started(&app).await;
        let token = token(&app, "Texting platform").await;
        for (body, status) in [
            ("", 400),
            ("contact=+13135550142", 400),
            ("{}", 400),
            (r#"{"contact":13135550142}"#, 400),
            (r#"{"contact":"3135550142"}"#, 422),
            (r#"{"contact":"+4930123456"}"#, 422),
        ] {
            let answer = ask(&app, &token, campaign, body).await.is(status);
            assert!(!json_of(&answer)["message"].as_str().unwrap().is_empty(), "{body}");
        }
        let long = format!(r#"{{"contact":"+13135550142","more":"{}"}}"#, "x".repeat(5_000));
        ask(&app, &token, campaign, &long).await.is(400);
        ask(&app, &token, CampaignId::new(), r#"{"contact":"+13135550142"}"#).await.is(404);
    }

    async fn a_token_is_shown_once_and_revoked(app: TestApp) {
        let campaign = started(&app).await;
        let owner = app.sign_in(Role::Owner).await;
        assert!(owner.get(TOKENS).await.ok().text().contains("No token holds"));
        assert!(owner.post(TOKENS, &[("name", " ")]).await.is(422).text().contains("Say what will use it"));
        let token = token(&app, "Texting platform").await;
        assert!(owner.post(TOKENS, &[("name", "Texting  platform")]).await.is(422).text().contains("this name already"));
        let page = owner.get(TOKENS).await.ok();
        assert!(page.text().contains("Texting platform") && page.text().contains("never"), "{}", page.text());
        assert!(!page.body().contains(&token), "it is not shown again");
        let stored = app.texts("api_token", "token_hash").await.concat();
        assert!(!stored.contains(&token) && stored.len() == 43, "{stored}");
        sender(&app, &token, campaign, "+13135550142").await;
        assert!(!owner.get(TOKENS).await.ok().text().contains("never"), "it was used");

        let revoke = owner.get(TOKENS).await.ok().attribute("a[href$='/revoke']", "href").unwrap();
        let page = owner.get(&revoke).await.ok();
        assert!(page.text().contains("nothing is answered to it"), "{}", page.text());
        let page = owner.submit(&revoke, &[]).await.ok();
        assert!(page.text().contains("is revoked") && page.text().contains("No token holds"), "{}", page.text());
        ask(&app, &token, campaign, r#"{"contact":"+13135550142"}"#).await.is(401);
        // Twice is once.
        owner.submit(&revoke, &[]).await.ok();
        let log = owner.get("/o/our-city/activity").await.ok();
        assert_eq!(log.text().matches("Revoked the API token Texting platform").count(), 1, "{}", log.text());
        assert!(log.text().contains("Made the API token Texting platform"));
    }

    async fn another_instance_notices_within_a_second(app: TestApp) {
        let campaign = started(&app).await;
        let token = token(&app, "Texting platform").await;
        sender(&app, &token, campaign, "+13135550142").await;
        // As an instance beside this one does it.
        app.sql("UPDATE api_token SET revoked_at = '2026-11-01 00:00:00'").await;
        ask(&app, &token, campaign, r#"{"contact":"+13135550142"}"#).await.is(200);
        app.advance(TimeDelta::seconds(1));
        ask(&app, &token, campaign, r#"{"contact":"+13135550142"}"#).await.is(401);
    }

    async fn a_draft_chooses_its_picker_and_the_prediction_follows(app: TestApp) {
        buy(&app, &[("313", 5)]).await;
        let campaign = draft(&app, "Fall GOTV", &[("313", 1_000)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = format!("/o/our-city/campaigns/{campaign}/basics");
        let page = admin.get(&url).await.ok();
        assert_eq!(page.attribute("input[name=picker][checked]", "value").as_deref(), Some("twilio"));
        let form = [
            ("name", "Fall GOTV"),
            ("contacts_per_number", "200"),
            ("strategy", numberbank::allocation::strategies::default().key()),
            ("picker", "numberbank"),
        ];
        admin.post(&url, &form).await.is(303);
        reserve(&app, campaign, &[("313", 5)]).await;
        let page = admin.get(&url).await.ok();
        assert_eq!(page.attribute("input[name=picker][checked]", "value").as_deref(), Some("numberbank"));
        let start = admin.get(&format!("/o/our-city/campaigns/{campaign}/start")).await.ok();
        assert!(start.text().contains("no API token"), "{}", start.text());
        token(&app, "Texting platform").await;
        let start = admin.get(&format!("/o/our-city/campaigns/{campaign}/start")).await.ok();
        assert!(!start.text().contains("no API token"), "{}", start.text());
    }
}
