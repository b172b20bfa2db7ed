//! What was charged, what is left, what things cost.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use numberbank::providers::Account;
use serde_json::{Value, json};

use super::{Sim, texts};

fn prices(records: &Value) -> BTreeMap<String, String> {
    let list = records["usage_records"].as_array().unwrap();
    let text = |record: &Value, key: &str| record[key].as_str().unwrap().to_owned();
    list.iter().map(|record| (text(record, "category"), text(record, "price"))).collect()
}

/// Two local numbers and a toll-free one on 31 January, one of the local ones released on 10 March; a subaccount's
/// toll-free number on 5 March. It is 20 March.
async fn a_life() -> Sim {
    let mut sim = Sim::start().await;
    sim.buy("313").await;
    sim.buy("833").await;
    let (third, _) = sim.buy("734").await;
    sim.clock.advance(TimeDelta::days(33));
    let child = sim.another('b', Some(&sim.account.sid));
    let parent = sim.sign_in(&child);
    sim.buy("844").await;
    sim.sign_in(&parent);
    sim.clock.advance(TimeDelta::days(5));
    sim.delete(&format!("/IncomingPhoneNumbers/{third}.json")).await;
    sim.clock.advance(TimeDelta::days(10));
    sim
}

#[tokio::test]
async fn usage_is_the_worlds_bill_in_overlapping_categories() {
    let sim = a_life().await;
    let all = sim.get("/Usage/Records.json", &[]).await.ok();
    // Charged on 31 January and 28 February: twice each. The subaccount's once.
    let expected = [
        ("phonenumbers", "11.05"),
        ("phonenumbers-local", "4.60"),
        ("phonenumbers-tollfree", "6.45"),
        ("sms", "0.00"),
        ("totalprice", "11.05"),
    ];
    let found = prices(&all);
    for (category, price) in expected {
        assert_eq!(found[category], price, "{category}");
    }
    let own = sim.get("/Usage/Records.json", &[("IncludeSubaccounts", "false")]).await.ok();
    let account = Account::new(sim.account.sid.as_str());
    let (first, today): (NaiveDate, NaiveDate) = ("2026-01-01".parse().unwrap(), sim.clock.today());
    let bill = sim.simulator.world().usage(&account, first, today).unwrap();
    let billed: i64 = bill.iter().map(|usage| usage.amount.get()).sum();
    assert_eq!((billed, prices(&own)["totalprice"].as_str()), (8_900_000, "8.90"));
    assert_eq!(sim.books().await["total"], "8.90");
    let local = sim.get("/Usage/Records.json", &[("Category", "phonenumbers-local")]).await.ok();
    let record = &local["usage_records"][0];
    assert_eq!(
        (&record["count"], &record["count_unit"], &record["price_unit"]),
        (&json!("4"), &json!("numbers"), &json!("usd"))
    );
    assert_eq!((&record["start_date"], &record["end_date"]), (&json!("2026-01-31"), &json!("2026-03-20")));
    assert_eq!(
        sim.get("/Usage/Records.json", &[("Category", "faxes")]).await.ok()["usage_records"],
        json!([])
    );
    let balance = sim.get("/Balance.json", &[]).await.ok();
    assert_eq!((&balance["balance"], &balance["currency"]), (&json!("988.95"), &json!("USD")));
}

#[tokio::test]
async fn periods_divide_the_same_bill() {
    let sim = a_life().await;
    let total = [("Category", "totalprice")];
    let periods = [
        ("AllTime", vec![("2026-01-31", "11.05")]),
        ("Yearly", vec![("2026-01-31", "11.05")]),
        ("Monthly", vec![("2026-03-01", "2.15"), ("2026-02-01", "4.45"), ("2026-01-31", "4.45")]),
        ("ThisMonth", vec![("2026-03-01", "2.15")]),
        ("LastMonth", vec![("2026-02-01", "4.45")]),
        ("Today", vec![("2026-03-20", "0.00")]),
        ("Yesterday", vec![("2026-03-19", "0.00")]),
    ];
    for (period, expected) in periods {
        let got = sim.get(&format!("/Usage/Records/{period}.json"), &total).await;
        assert_eq!(got.status, 200, "{period}: {}", got.body);
        let found = std::iter::zip(
            texts(&got.body["usage_records"], "start_date"),
            texts(&got.body["usage_records"], "price"),
        );
        let expected: Vec<_> =
            expected.into_iter().map(|(day, price)| (day.to_owned(), price.to_owned())).collect();
        assert_eq!(found.collect::<Vec<_>>(), expected, "{period}");
    }
    let range = [
        ("Category", "phonenumbers-tollfree"),
        ("StartDate", "2026-02-27"),
        ("EndDate", "2026-03-06"),
        ("PageSize", "3"),
    ];
    let mut page = sim.get("/Usage/Records/Daily.json", &range).await.ok();
    let mut days = BTreeMap::new();
    loop {
        for record in page["usage_records"].as_array().unwrap() {
            assert_eq!(record["start_date"], record["end_date"]);
            days.insert(
                record["start_date"].as_str().unwrap().to_owned(),
                record["price"].as_str().unwrap().to_owned(),
            );
        }
        let Some(next) = page["next_page_uri"].as_str().map(str::to_owned) else { break };
        page = sim.follow(&next).await.ok();
    }
    assert_eq!(days.len(), 8);
    let charged: Vec<_> =
        days.iter().filter(|(_, price)| *price != "0.00").map(|(day, _)| day.as_str()).collect();
    assert_eq!(charged, ["2026-02-28", "2026-03-05"]);
    let since = [("Category", "totalprice"), ("StartDate", "-20days")];
    assert_eq!(prices(&sim.get("/Usage/Records.json", &since).await.ok())["totalprice"], "6.60");
    sim.get("/Usage/Records.json", &[("StartDate", "yesterday")]).await.refused(400, 20422);
    sim.get("/Usage/Records/Weekly.json", &[]).await.refused(404, 20404);
}

#[tokio::test]
async fn prices_are_those_that_are_charged() {
    let sim = Sim::start().await;
    let us = sim.get("/v1/PhoneNumbers/Countries/US", &[]).await.ok();
    assert_eq!(texts(&us["phone_number_prices"], "number_type"), ["local", "toll free"]);
    assert_eq!(texts(&us["phone_number_prices"], "current_price"), ["1.15", "2.15"]);
    assert_eq!(us["price_unit"], "USD");
    for kind in ["PhoneNumbers", "Messaging"] {
        let first = sim.get(&format!("/v1/{kind}/Countries"), &[("PageSize", "1")]).await.ok();
        let second = sim.follow(first["meta"]["next_page_url"].as_str().unwrap()).await.ok();
        assert_eq!(texts(&first["countries"], "iso_country"), ["US"]);
        assert_eq!(
            (texts(&second["countries"], "iso_country"), &second["meta"]["next_page_url"]),
            (vec!["CA".into()], &Value::Null)
        );
        sim.get(&format!("/v1/{kind}/Countries/FR"), &[]).await.refused(404, 20404);
    }
    let messaging = sim.get("/v1/Messaging/Countries/US", &[]).await.ok();
    assert_eq!(texts(&messaging["inbound_sms_prices"], "base_price"), ["0.0083", "0.0083"]);
    assert_eq!(sim.get("/Messages.json", &[("From", "+13135550100")]).await.ok()["messages"], json!([]));
}
