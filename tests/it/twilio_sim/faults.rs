//! What goes wrong on purpose, and what the carrier did all the same.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::Sim;

/// What somebody sees who buys a number under a fault.
async fn buys(sim: &Sim, number: &str) -> Result<(u16, String), reqwest::Error> {
    let request = sim.request(Method::POST, "/IncomingPhoneNumbers.json", &[]);
    let response = request.form(&[("PhoneNumber", number)]).send().await?;
    let status = response.status().as_u16();
    Ok((status, response.text().await?))
}

#[tokio::test]
async fn each_fault_answers_as_it_says_and_does_or_does_not_do_it() {
    let sim = Sim::start().await;
    let code = |text: &str| serde_json::from_str::<Value>(text).ok().and_then(|body| body["code"].as_i64());
    let cases: [(Value, Option<u16>, Option<i64>, bool); 10] = [
        (json!({ "fault": "error" }), Some(503), Some(20503), false),
        (json!({ "fault": "error", "status": 429 }), Some(429), Some(20429), false),
        (json!({ "fault": "error", "status": 500, "after": true }), Some(500), Some(20500), true),
        (json!({ "fault": "error", "code": 21422 }), Some(400), Some(21422), false),
        (json!({ "fault": "html" }), Some(502), None, false),
        (json!({ "fault": "html", "after": true }), Some(502), None, true),
        (json!({ "fault": "drop" }), None, None, false),
        (json!({ "fault": "drop", "after": true }), None, None, true),
        (json!({ "fault": "truncate" }), None, None, true),
        (json!({ "fault": "sold_meanwhile" }), Some(400), Some(21422), false),
    ];
    for (fault, status, expected, done) in cases {
        let number = sim.search("313").await.remove(0);
        sim.fault(fault.clone()).await;
        let seen = buys(&sim, &number).await;
        assert!(sim.simulator.is_fair(), "{fault} was not used up");
        assert_eq!(seen.as_ref().ok().map(|seen| seen.0), status, "{fault}: {seen:?}");
        let text = seen.map(|seen| seen.1).unwrap_or_default();
        assert_eq!(code(&text), expected, "{fault}: {text}");
        let found = sim.get("/IncomingPhoneNumbers.json", &[("PhoneNumber", &number)]).await.ok();
        let owned = found["incoming_phone_numbers"].as_array().unwrap().len();
        assert_eq!(owned, usize::from(done), "{fault}");
        let books = sim.books().await;
        let known =
            books["numbers"].as_array().unwrap().iter().any(|one| one["phone_number"] == number.as_str());
        assert_eq!(known, done, "{fault}");
    }
}

#[tokio::test]
async fn faults_are_for_the_requests_they_name() {
    let sim = Sim::start().await;
    let number = sim.search("313").await.remove(0);
    sim.fault(json!({ "fault": "error", "status": 429, "retry_after": 2, "method": "POST", "path": "/IncomingPhone", "count": 2, "skip": 1 })).await;
    sim.fault(json!({ "fault": "drop", "account": format!("AC{}", "c".repeat(32)) })).await;
    sim.service("not meant").await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let got = sim.post("/IncomingPhoneNumbers.json", &[("PhoneNumber", &number)]).await;
        if got.status == 429 {
            assert_eq!(got.headers["retry-after"], "2");
        }
        statuses.push(got.status);
        assert_eq!(sim.get("/IncomingPhoneNumbers.json", &[]).await.status, 200);
    }
    assert_eq!(statuses, [201, 429, 429, 201]);
    let left = sim.control(Method::GET, "faults", Value::Null).await;
    assert_eq!(left.as_array().unwrap().len(), 1);
    sim.control(Method::DELETE, "faults", Value::Null).await;
    assert!(sim.simulator.is_fair());
    let wrong = sim.http.post(format!("{}/_sim/faults", sim.simulator.url()));
    assert_eq!(wrong.json(&json!({ "fault": "drop", "times": 2 })).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn answers_are_spoilt_and_slow() {
    let sim = Sim::start().await;
    sim.service("one").await;
    let (number, _) = sim.buy("313").await;
    sim.fault(json!({ "fault": "blank_sids", "method": "GET" })).await;
    let request = sim.request(Method::GET, "/IncomingPhoneNumbers.json", &[]);
    let blank: Value = request.send().await.unwrap().json().await.unwrap();
    let item = &blank["incoming_phone_numbers"][0];
    assert_eq!(
        (&item["sid"], &item["account_sid"], &item["trunk_sid"]),
        (&json!(""), &json!(""), &json!(""))
    );
    assert_eq!(sim.get(&format!("/IncomingPhoneNumbers/{number}.json"), &[]).await.ok()["sid"], number);
    for (path, place) in
        [("/IncomingPhoneNumbers.json", "/next_page_uri"), ("/v1/Services", "/meta/next_page_url")]
    {
        sim.fault(json!({ "fault": "foreign_next" })).await;
        let foreign = sim.get(path, &[]).await.ok();
        let next = foreign.pointer(place).and_then(Value::as_str).unwrap();
        assert!(next.starts_with("http://198.51.100.7/"), "{next}");
    }
    sim.fault(json!({ "fault": "delay", "delay_ms": 300 })).await;
    let begun = Instant::now();
    sim.get("/v1/Services", &[]).await.ok();
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn the_weather_of_the_practice_carrier_is_spoken_in_http() {
    let sim = Sim::start().await;
    let weather = |weather: Value| json!({ "account": sim.account.sid, "weather": weather });
    let still = json!({ "latency_ms": 0 });
    let set = async |extra: Value| {
        let mut all = still.clone();
        all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        sim.control(Method::POST, "weather", weather(all)).await;
    };
    set(json!({ "suspended": true })).await;
    sim.get("/v1/Services", &[]).await.refused(401, 20003);
    set(json!({ "rate_limit_next": 1, "transient_next": 1 })).await;
    let limited = sim.get("/v1/Services", &[]).await;
    limited.refused(429, 20429);
    assert_eq!(limited.headers["retry-after"], "1");
    sim.get("/v1/Services", &[]).await.refused(503, 20503);
    sim.get("/v1/Services", &[]).await.ok();
    let number = sim.search("313").await.remove(0);
    set(json!({ "unanswered_next": 1, "answer_lost_next": 1 })).await;
    for owned in [0, 1] {
        buys(&sim, &number).await.unwrap_err();
        assert_eq!(sim.books().await["numbers"].as_array().unwrap().len(), owned);
    }
    set(json!({ "pool_cap": 0 })).await;
    let (service, sid) = (sim.service("full").await, sim.books().await["numbers"][0]["sid"].clone());
    let pool = format!("/v1/Services/{service}/PhoneNumbers");
    sim.post(&pool, &[("PhoneNumberSid", sid.as_str().unwrap())]).await.refused(412, 21714);
}

#[tokio::test]
async fn what_happens_behind_our_back() {
    let sim = Sim::start().await;
    sim.control(Method::POST, "stock", json!({ "area_code": "313", "left": 2 })).await;
    assert_eq!(sim.search("313").await.len(), 2);
    let elsewhere =
        json!({ "account": sim.account.sid, "area_code": "313", "bought_at": "2026-01-15T08:00:00" });
    let made = sim.control(Method::POST, "numbers", elsewhere).await;
    let sid = made["numbers"][0]["sid"].as_str().unwrap().to_owned();
    let one = sim.get(&format!("/IncomingPhoneNumbers/{sid}.json"), &[]).await.ok();
    assert_eq!(one["date_created"], "Thu, 15 Jan 2026 08:00:00 +0000");
    assert_eq!(sim.search("313").await.len(), 2);
    sim.control(Method::DELETE, &format!("numbers/{sid}"), Value::Null).await;
    sim.get(&format!("/IncomingPhoneNumbers/{sid}.json"), &[]).await.refused(404, 20404);
    let (_, number) = sim.buy("734").await;
    sim.control(Method::DELETE, &format!("numbers/{number}"), Value::Null).await;
    let books = sim.books().await;
    assert_eq!((&books["numbers"], books["released"].as_array().unwrap().len()), (&json!([]), 2));
    let now = sim.control(Method::POST, "clock", json!({ "advance_seconds": 86_400 })).await;
    assert_eq!(now["now"], "2026-02-01T12:00:00");
    sim.control(Method::POST, "reset", Value::Null).await;
    let books = sim.books().await;
    assert_eq!((&books["released"], &books["charges"]), (&json!([]), &json!([])));
    assert_eq!(sim.search("313").await.len(), 30);
    let unknown = sim.http.post(format!("{}/_sim/earthquake", sim.simulator.url())).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn more_at_once_than_may_be_are_refused() {
    use numberbank::kernel::Clock;
    use numberbank::providers::twilio::simulator::Options;
    let options = Options { most_at_once: Some(2), ..Options::new(super::SEED, Clock::system()) };
    let sim = Sim::with(options).await;
    sim.fault(json!({ "fault": "delay", "delay_ms": 1_000, "count": 8 })).await;
    let calls = (0..8).map(|_| async { sim.get("/v1/Services", &[]).await.status });
    let statuses = futures_util::future::join_all(calls).await;
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert!((1..=6).contains(&refused) && statuses.contains(&200), "{statuses:?}");
    assert!(sim.simulator.peak() > 2);
    sim.control(Method::DELETE, "faults", Value::Null).await;
    let ids = sim.get("/v1/Services", &[]).await.headers;
    assert!(
        ids["twilio-request-id"].to_str().unwrap().starts_with("RQ")
            && ids["twilio-concurrent-requests"] == "1"
    );
}
