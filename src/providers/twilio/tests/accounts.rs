//! The account: the test of the connection, prices, what was billed.

use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::kernel::Micros;
use crate::providers::{Balance, Usage};

#[tokio::test]
async fn a_connection_is_tested_by_what_every_key_may_read() {
    let with = |balance: Reply, services: Reply| {
        line(move |request, _| match request.path.rsplit('/').next().unwrap() {
            "Balance.json" => balance.clone(),
            "Services" => services.clone(),
            "IncomingPhoneNumbers.json" => owned_page(&[], None),
            _ => refusal(401, 20003),
        })
    };
    let services = || Reply::Json(200, json!({ "meta": { "key": "services" }, "services": [] }).to_string());
    let money = Reply::Json(200, json!({ "balance": "-12.50", "currency": "usd" }).to_string());
    let good = with(money, services()).twilio.check(&account()).await.unwrap();
    let balance = Balance { amount: Micros::from_cents(-1250), currency: "USD".into() };
    assert_eq!((good.balance, good.notes.len()), (Some(balance), 0));
    for hidden in [refusal(401, 20003), refusal(403, 20403), Reply::Html(500), Reply::Json(200, "{}".into())]
    {
        let checked = with(hidden, services()).twilio.check(&account()).await.unwrap();
        assert_eq!((checked.balance, checked.notes.len()), (None, 1));
    }
    let parent = with(refusal(403, 20403), refusal(401, 20003)).twilio.check(&account()).await.unwrap();
    assert!(parent.notes[0].contains("subaccount"), "{:?}", parent.notes);
    for (bad, kind) in [
        (refusal(401, 20003), ErrorKind::Auth),
        (refusal(401, 20005), ErrorKind::AccountSuspended),
        (Reply::Json(200, "{}".into()), ErrorKind::Transient),
    ] {
        let line = line(move |_, _| bad.clone());
        assert_eq!(line.twilio.check(&account()).await.unwrap_err().kind, kind);
    }
}

fn prices(local: &str) -> Reply {
    let list = json!({
        "price_unit": "usd",
        "phone_number_prices": [
            { "number_type": "mobile", "base_price": "9.00", "current_price": "9.00" },
            { "number_type": "local", "base_price": "1.15", "current_price": local },
            { "number_type": "toll free", "base_price": 2.15, "current_price": null },
        ],
    });
    Reply::Json(200, list.to_string())
}

#[tokio::test]
async fn prices_hold_an_hour_and_say_of_when_they_are() {
    let line = in_turn(vec![prices("1.10"), prices("1.20"), refusal(503, 20503)]);
    let first = line.twilio.prices(&account()).await.unwrap();
    assert_eq!((first.local, first.toll_free), (Micros::from_cents(110), Micros::from_cents(215)));
    assert_eq!((first.currency.as_str(), first.as_of), ("USD", noon()));
    line.clock.advance(TimeDelta::minutes(59));
    assert_eq!(line.twilio.prices(&account()).await, Ok(first));
    line.clock.advance(TimeDelta::minutes(1));
    let second = line.twilio.prices(&account()).await.unwrap();
    assert_eq!((second.local, second.as_of), (Micros::from_cents(120), noon() + TimeDelta::hours(1)));
    assert_eq!(line.server.seen().len(), 2);
    line.clock.advance(TimeDelta::hours(3));
    assert_eq!(line.twilio.prices(&account()).await, Ok(second), "an older one, with its date");
    line.clock.advance(TimeDelta::hours(21));
    assert!(line.twilio.prices(&account()).await.is_err(), "but not a day old");
}

#[tokio::test]
async fn a_price_is_never_guessed() {
    for bad in ["0", "", "much", "-1"] {
        let list = json!({ "price_unit": "USD", "phone_number_prices": [
            { "number_type": "local", "base_price": bad, "current_price": bad },
            { "number_type": "toll free", "base_price": "2.15", "current_price": "2.15" },
        ] });
        let line = line(move |_, _| Reply::Json(200, list.to_string()));
        assert!(line.twilio.prices(&account()).await.is_err(), "{bad}");
    }
}

#[tokio::test]
async fn what_numbers_cost_is_told_by_day_without_overlap() {
    let record = |category: &str, day: &str, count: &str, price: serde_json::Value| json!({ "category": category, "start_date": day, "end_date": day, "count": count, "price": price });
    let line = line(move |request, _| {
        let category = request.value("Category").unwrap();
        let (records, next) = match (category, request.value("Page")) {
            ("phonenumbers-local", None) => (
                vec![
                    record(category, "2026-11-20", "2", json!("2.30")),
                    record("totalprice", "2026-11-20", "9", json!("99")),
                    record(category, "2026-11-25", "1", json!("1.15")),
                ],
                Some(format!("{}?Category={category}&Page=1&PageToken=X", request.path)),
            ),
            ("phonenumbers-local", _) => (vec![record(category, "2026-11-19", "1", json!(1.15))], None),
            ("phonenumbers-tollfree", _) => (vec![record(category, "2026-11-20", "0", json!("0"))], None),
            _ => (vec![], None),
        };
        Reply::Json(200, json!({ "usage_records": records, "next_page_uri": next }).to_string())
    });
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let usage = line.twilio.usage(&account(), day("2026-11-19"), day("2026-11-20")).await.unwrap();
    let row = |at: &str, count, cents| Usage {
        day: day(at),
        category: "phonenumbers-local".into(),
        count,
        amount: Micros::from_cents(cents),
    };
    assert_eq!(usage, [row("2026-11-19", 1, 115), row("2026-11-20", 2, 230)]);
    let seen = line.server.seen();
    assert!(seen.iter().all(|request| request.is("GET", "/Usage/Records/Daily.json")));
    assert!(seen.iter().filter(|request| request.value("Page").is_none()).all(|request| {
        request.value("IncludeSubaccounts") == Some("false")
            && request.value("StartDate") == Some("2026-11-19")
    }));
}
