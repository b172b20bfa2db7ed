//! Messaging services, the numbers in them, how they are registered.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Sim, texts};

#[tokio::test]
async fn a_service_is_made_changed_and_deleted() {
    let sim = Sim::start().await;
    let inbound = "https://texts.example.org/in";
    let form = [
        ("FriendlyName", "Our city"),
        ("InboundRequestUrl", inbound),
        ("StatusCallback", "https://texts.example.org/status"),
        ("AreaCodeGeomatch", "true"),
        ("StickySender", "false"),
        ("ValidityPeriod", "600"),
    ];
    let made = sim.post("/v1/Services", &form).await;
    assert_eq!(made.status, 201);
    let sid = made.text("sid");
    assert!(sid.len() == 34 && sid.starts_with("MG"), "{sid}");
    assert_eq!(made.text("date_created"), "2026-01-31T12:00:00Z");
    assert_eq!((&made.body["sticky_sender"], &made.body["validity_period"]), (&json!(false), &json!(600)));
    assert_eq!(made.body["us_app_to_person_registered"], false);
    let one = format!("/v1/Services/{sid}");
    let before = sim.get(&one, &[]).await.ok();
    assert_eq!(before, made.body);

    let change =
        [("FriendlyName", "Our town"), ("UseInboundWebhookOnNumber", "true"), ("Usecase", "discussion")];
    let after = sim.post(&one, &change).await;
    assert_eq!(after.status, 200);
    let mut expected = before;
    expected["friendly_name"] = json!("Our town");
    expected["use_inbound_webhook_on_number"] = json!(true);
    expected["usecase"] = json!("discussion");
    assert_eq!(after.body, expected);
    let silent = sim.post(&one, &[("InboundRequestUrl", "")]).await.ok();
    assert_eq!((&silent["inbound_request_url"], &silent["sticky_sender"]), (&Value::Null, &json!(false)));
    assert!(silent["status_callback"].is_string());

    let (number, _) = sim.buy("313").await;
    let add = [("PhoneNumberSid", number.as_str())];
    assert_eq!(sim.post(&format!("{one}/PhoneNumbers"), &add).await.status, 201);
    assert_eq!(sim.delete(&one).await.status, 204);
    for method in [Method::GET, Method::POST, Method::DELETE] {
        sim.call(method, &one, &[], &[]).await.refused(404, 20404);
    }
    assert_eq!(sim.get(&format!("/IncomingPhoneNumbers/{number}.json"), &[]).await.status, 200);
    let books = sim.books().await;
    assert_eq!((&books["numbers"][0]["service"], &books["services"]), (&Value::Null, &json!([])));
    // Names are not unique: asked twice, there are two.
    assert_ne!(sim.service("Same").await, sim.service("Same").await);
    sim.post("/v1/Services", &[("StickySender", "true")]).await.refused(400, 20001);
}

#[tokio::test]
async fn a_number_is_in_one_service_at_most() {
    let mut sim = Sim::start().await;
    let (one, two) = (sim.service("one").await, sim.service("two").await);
    let (number, e164) = sim.buy("313").await;
    let pool = |service: &str| format!("/v1/Services/{service}/PhoneNumbers");
    let add = [("PhoneNumberSid", number.as_str())];
    let added = sim.post(&pool(&one), &add).await;
    assert_eq!(
        (added.status, added.text("sid"), added.text("service_sid")),
        (201, number.clone(), one.clone())
    );
    assert_eq!(
        (added.text("phone_number"), &added.body["capabilities"]),
        (e164, &json!(["MMS", "SMS", "Voice"]))
    );
    sim.post(&pool(&one), &add).await.refused(409, 21710);
    sim.post(&pool(&two), &add).await.refused(409, 21712);
    let (nowhere, nothing) = (format!("MG{}", "1".repeat(32)), format!("PN{}", "1".repeat(32)));
    sim.post(&pool(&nowhere), &add).await.refused(404, 21701);
    sim.post(&pool("MG1"), &add).await.refused(404, 21701);
    sim.post(&pool(&two), &[("PhoneNumberSid", &nothing)]).await.refused(400, 21421);
    sim.post(&pool(&two), &[("PhoneNumberSid", "PN1")]).await.refused(400, 21421);
    sim.post(&pool(&two), &[]).await.refused(400, 20001);

    let member = format!("{}/{number}", pool(&one));
    assert_eq!(sim.get(&member, &[]).await.ok(), added.body);
    let listed = sim.get(&pool(&one), &[]).await.ok();
    assert_eq!(listed["phone_numbers"], json!([added.body]));
    sim.get(&format!("{}/{number}", pool(&two)), &[]).await.refused(404, 20404);
    sim.delete(&format!("{}/{number}", pool(&two))).await.refused(404, 21711);
    let other = sim.another('b', None);
    let first = sim.sign_in(&other);
    sim.get(&pool(&one), &[]).await.refused(404, 21701);
    sim.delete(&member).await.refused(404, 21701);
    sim.sign_in(&first);
    assert_eq!(sim.delete(&member).await.status, 204);
    sim.delete(&member).await.refused(404, 21711);
    assert_eq!(sim.post(&pool(&two), &add).await.status, 201);
    // A number that is released is in no pool.
    sim.delete(&format!("/IncomingPhoneNumbers/{number}.json")).await;
    assert_eq!(sim.get(&pool(&two), &[]).await.ok()["phone_numbers"], json!([]));
}

#[tokio::test]
async fn a_pool_is_full_at_four_hundred() {
    let sim = Sim::start().await;
    let service = sim.service("one").await;
    let new = json!({ "account": sim.account.sid, "area_code": "313", "count": 401 });
    let made = sim.control(Method::POST, "numbers", new).await;
    let numbers = texts(&made["numbers"], "sid");
    let pool = format!("/v1/Services/{service}/PhoneNumbers");
    for number in &numbers[..400] {
        assert_eq!(sim.post(&pool, &[("PhoneNumberSid", number)]).await.status, 201);
    }
    sim.post(&pool, &[("PhoneNumberSid", &numbers[400])]).await.refused(412, 21714);
    let mut listed = sim.get(&pool, &[("PageSize", "300")]).await.ok();
    let mut members = texts(&listed["phone_numbers"], "sid");
    listed = sim.follow(listed["meta"]["next_page_url"].as_str().unwrap()).await.ok();
    members.extend(texts(&listed["phone_numbers"], "sid"));
    assert_eq!(members, numbers[..400]);
    sim.delete(&format!("{pool}/{}", numbers[0])).await;
    assert_eq!(sim.post(&pool, &[("PhoneNumberSid", &numbers[400])]).await.status, 201);
}

#[tokio::test]
async fn a_registration_is_what_the_carriers_say() {
    let sim = Sim::start().await;
    let service = sim.service("one").await;
    let one = format!("/v1/Services/{service}");
    let compliance = format!("{one}/Compliance/Usa2p");
    assert_eq!(sim.get(&compliance, &[]).await.ok()["compliance"], json!([]));
    for (registered, status) in [(false, "IN_PROGRESS"), (true, "VERIFIED")] {
        let state = json!({ "registered": registered, "campaign_status": status });
        sim.control(Method::POST, &format!("services/{service}"), state).await;
        assert_eq!(sim.get(&one, &[]).await.ok()["us_app_to_person_registered"], registered);
        let listed = sim.get(&compliance, &[]).await.ok();
        assert_eq!(texts(&listed["compliance"], "campaign_status"), [status]);
        let sid = listed["compliance"][0]["sid"].as_str().unwrap();
        assert_eq!(sim.get(&format!("{compliance}/{sid}"), &[]).await.ok(), listed["compliance"][0]);
    }
    sim.get(&format!("{compliance}/QE{}", "0".repeat(32)), &[]).await.refused(404, 20404);
    sim.get("/v1/Services/MG1/Compliance/Usa2p", &[]).await.refused(404, 21701);
    assert_eq!(sim.get(&format!("{one}/ShortCodes"), &[]).await.ok()["short_codes"], json!([]));
}
