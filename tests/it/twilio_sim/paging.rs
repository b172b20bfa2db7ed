//! Lists page by page, by the link alone.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Sim, texts};

#[tokio::test]
async fn numbers_come_page_by_page_with_relative_links() {
    let sim = Sim::start().await;
    let new = json!({ "account": sim.account.sid, "area_code": "313", "count": 7, "friendly_name": "ours" });
    let made = sim.control(Method::POST, "numbers", new).await;
    let expected = texts(&made["numbers"], "sid");
    let query = [("FriendlyName", "ours"), ("PageSize", "3")];
    let mut page = sim.get("/IncomingPhoneNumbers.json", &query).await.ok();
    let first = sim.path("/IncomingPhoneNumbers.json?FriendlyName=ours&PageSize=3&Page=0");
    assert_eq!((&page["uri"], &page["first_page_uri"]), (&json!(first), &json!(first)));
    assert_eq!((&page["previous_page_uri"], &page["end"]), (&Value::Null, &json!(2)));
    let mut seen = texts(&page["incoming_phone_numbers"], "sid");
    let mut number = 0;
    while let Some(next) = page["next_page_uri"].as_str() {
        assert!(next.starts_with("/2010-04-01/") && next.contains("&PageToken=PA"), "{next}");
        if number == 0 {
            // Between two pages one that was seen is released, and one is bought: no number is left out or repeated.
            sim.delete(&format!("/IncomingPhoneNumbers/{}.json", seen[2])).await;
            sim.buy("734").await;
        }
        number += 1;
        page = sim.follow(next).await.ok();
        assert_eq!((&page["page"], &page["start"]), (&json!(number), &json!(number * 3)));
        seen.extend(texts(&page["incoming_phone_numbers"], "sid"));
    }
    assert_eq!((seen, number), (expected, 2));
}

#[tokio::test]
async fn services_come_page_by_page_with_absolute_links() {
    let sim = Sim::start().await;
    let mut expected = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        expected.push(sim.service(name).await);
    }
    let mut page = sim.get("/v1/Services", &[("PageSize", "2")]).await.ok();
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let meta = &page["meta"];
        assert_eq!(
            (&meta["key"], &meta["page"], &meta["page_size"]),
            (&json!("services"), &json!(pages), &json!(2))
        );
        seen.extend(texts(&page["services"], "sid"));
        pages += 1;
        let Some(next) = meta["next_page_url"].as_str().map(str::to_owned) else { break };
        assert!(next.starts_with(&format!("{}/v1/Services?", sim.simulator.url())), "{next}");
        page = sim.follow(&next).await.ok();
    }
    assert_eq!((seen, pages), (expected, 3));
}

#[tokio::test]
async fn pages_that_no_link_leads_to_are_refused() {
    let sim = Sim::start().await;
    for name in ["a", "b", "c"] {
        sim.service(name).await;
        sim.buy("313").await;
    }
    let numbers = sim.get("/IncomingPhoneNumbers.json", &[("PageSize", "1")]).await.ok();
    let next = numbers["next_page_uri"].as_str().unwrap();
    let token = next.rsplit('=').next().unwrap().to_owned();
    let forged = format!("{}{}", &token[..33], if token.ends_with('0') { '1' } else { '0' });
    for path in ["/IncomingPhoneNumbers.json", "/v1/Services"] {
        sim.get(path, &[("PageSize", "1001")]).await.refused(400, 20007);
        sim.get(path, &[("PageSize", "0")]).await.refused(400, 20007);
        sim.get(path, &[("Page", "1")]).await.refused(400, 21481);
        sim.get(path, &[("PageToken", &forged)]).await.refused(400, 21481);
    }
    sim.get("/v1/Services", &[("PageToken", &token)]).await.refused(400, 21481);
    let second =
        sim.get("/IncomingPhoneNumbers.json", &[("PageSize", "2"), ("PageToken", &token)]).await.ok();
    assert_eq!(second["incoming_phone_numbers"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_page_holds_a_thousand() {
    let sim = Sim::start().await;
    for area_code in ["313", "734"] {
        let new = json!({ "account": sim.account.sid, "area_code": area_code, "count": 600 });
        sim.control(Method::POST, "numbers", new).await;
    }
    let first = sim.get("/IncomingPhoneNumbers.json", &[("PageSize", "1000")]).await.ok();
    assert_eq!(first["incoming_phone_numbers"].as_array().unwrap().len(), 1_000);
    let rest = sim.follow(first["next_page_uri"].as_str().unwrap()).await.ok();
    assert_eq!(rest["incoming_phone_numbers"].as_array().unwrap().len(), 200);
    let usual = sim.get("/IncomingPhoneNumbers.json", &[]).await.ok();
    assert_eq!(usual["incoming_phone_numbers"].as_array().unwrap().len(), 50);
}
