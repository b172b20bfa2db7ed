//! Twilio's refusals, code by code and by status alone; and the answers that its specification gives as examples.

use serde_json::Value;

use super::super::errors;
use super::super::http::{Answer, Method};
use super::super::wire;
use super::*;
use ErrorKind::{
    AccountSuspended, AlreadyThere, AnswerLost, Auth, InOtherPool, InvalidRequest, NeedsRegulatory, NotFound,
    PoolFull, RateLimited, Restricted, Transient, Trial, Unavailable, Unknown,
};

fn refused(method: Method, status: u16, body: &str) -> ProviderError {
    let body = body.as_bytes().to_vec();
    errors::refusal(method, &Answer { status, body, request_id: Some("RQ1".into()), retry_after: None })
}

fn coded(method: Method, status: u16, code: u32) -> ProviderError {
    refused(method, status, &format!(r#"{{"code": {code}, "message": "Its words", "status": {status}}}"#))
}

#[test]
fn every_code_is_judged() {
    let table: &[(u16, ErrorKind, &[u32])] = &[
        (401, Auth, &[20003]),
        (403, Auth, &[20008]),
        (401, AccountSuspended, &[20005, 10001]),
        (400, Trial, &[10002, 21404]),
        (403, Restricted, &[20006, 20403, 20010, 22300, 21102, 21729]),
        (404, NotFound, &[20404, 21701, 21705, 21711]),
        (400, InvalidRequest, &[20001, 20002, 20422, 20423, 20007, 21481, 21421, 21457, 21458, 21715]),
        (400, InvalidRequest, &[21470, 21471, 21472, 21473, 21474, 21402, 21403, 21405, 21406, 21407, 21420]),
        (400, InvalidRequest, &[21713, 21719, 21717]),
        (409, AlreadyThere, &[20409, 21710]),
        (429, RateLimited(None), &[20429]),
        (500, Transient, &[20500, 20503, 21730]),
        (400, Unavailable, &[21422, 21451, 21452]),
        (400, NeedsRegulatory, &[21613, 21615, 21631, 21649, 21650, 21651]),
        (409, InOtherPool, &[21712]),
        (412, PoolFull, &[21714]),
    ];
    for (status, kind, codes) in table {
        for code in *codes {
            let error = coded(Method::Get, *status, *code);
            assert_eq!(error.kind, *kind, "{code}");
            assert_eq!(error.carrier_code(), Some(code.to_string().as_str()));
            assert_eq!((error.carrier_words(), error.request_id()), (Some("Its words"), Some("RQ1")));
            let words = error.to_string();
            assert!(words.ends_with('.') && !words.contains("Its words"), "{code}: {words}");
            // What nobody can tell of a change is told as a doubt; every other judgement holds for changes too.
            let kind = if *kind == Transient { AnswerLost } else { *kind };
            assert_eq!(coded(Method::Post, *status, *code).kind, kind, "{code}");
        }
    }
    for code in [20003, 20005, 10001, 10002, 20008, 21404] {
        assert!(coded(Method::Post, 401, code).broken_connection(), "{code}");
    }
    assert!(coded(Method::Post, 403, 22300).stops_account());
}

#[test]
fn a_status_alone_is_judged_too() {
    let form = r#"{"code": null, "message": "Its words"}"#;
    for (status, kind) in [
        (400, InvalidRequest),
        (401, Auth),
        (403, Restricted),
        (404, NotFound),
        (409, AlreadyThere),
        (418, InvalidRequest),
        (429, RateLimited(None)),
        (500, Transient),
        (503, Transient),
    ] {
        assert_eq!(refused(Method::Get, status, form).kind, kind, "{status}");
        let unknown = refused(Method::Get, status, r#"{"code": 99999, "message": "Its words"}"#);
        assert_eq!((unknown.kind, unknown.carrier_code()), (kind, Some("99999")), "{status}");
    }
    for body in ["", "<html></html>", "null", "{}", "[]", "\u{0}"] {
        for (status, kind) in [(400, Unknown), (404, Unknown), (403, Unknown), (302, Unknown), (401, Auth)] {
            assert_eq!(refused(Method::Get, status, body).kind, kind, "{status} {body}");
        }
        assert_eq!(refused(Method::Get, 503, body).kind, Transient);
        assert_eq!(refused(Method::Post, 503, body).kind, AnswerLost);
    }
    let long = format!(r#"{{"code": "21422", "message": "{}"}}"#, "x".repeat(5_000));
    let error = refused(Method::Post, 400, &long);
    assert_eq!((error.kind, error.carrier_words().unwrap().len()), (Unavailable, 300));
}

#[test]
fn a_code_is_known_once() {
    let known: Vec<u32> = (10_000..40_000).filter(|code| errors::of_code(*code).is_some()).collect();
    assert_eq!(known.len(), 64);
}

fn reads<T: serde::de::DeserializeOwned>(example: &Value) -> Result<T, String> {
    serde_json::from_value(example.clone()).map_err(|error| error.to_string())
}

/// Reads an example answer of the specification as the client would.
fn read(path: &str, example: &Value) -> Result<bool, String> {
    let ending = path.trim_start_matches("/2010-04-01/Accounts/{AccountSid}");
    let listed = |key: &str, entry: fn(&Value) -> Result<(), String>| {
        let mut page: wire::Listed = reads(example)?;
        let said = page.meta.key.take().unwrap_or_else(|| key.to_owned());
        let entries = page.rest.remove(&said).ok_or("no entries")?;
        let entries = entries.as_array().ok_or("no list")?.clone();
        entries.iter().try_for_each(entry).map(|()| true)
    };
    let service = |example: &Value| match reads::<wire::Service>(example)? {
        wire::Service { sid: Some(_), friendly_name: Some(_), date_created: Some(_), .. } => Ok(()),
        other => Err(format!("{other:?}")),
    };
    let member = |example: &Value| match reads::<wire::Member>(example)? {
        wire::Member { sid: Some(_) } => Ok(()),
        other => Err(format!("{other:?}")),
    };
    match ending {
        "/IncomingPhoneNumbers.json" | "/IncomingPhoneNumbers/{Sid}.json" => {
            let numbers = match example.get("incoming_phone_numbers") {
                Some(_) => reads::<wire::Owned>(example)?.incoming_phone_numbers.ok_or("no list")?,
                None => vec![reads::<wire::OwnedNumber>(example)?],
            };
            let whole = |number: &wire::OwnedNumber| {
                number.sid.is_some() && number.phone_number.is_some() && number.date_created.is_some()
            };
            if numbers.iter().all(|number| whole(number) && number.capabilities.said) {
                Ok(true)
            } else {
                Err(format!("{numbers:?}"))
            }
        }
        "/AvailablePhoneNumbers/{CountryCode}/Local.json"
        | "/AvailablePhoneNumbers/{CountryCode}/TollFree.json" => {
            let offers = reads::<wire::ForSale>(example)?.available_phone_numbers.ok_or("no list")?;
            let whole = |offer: &wire::Offer| {
                let known = matches!(offer.address_requirements, Some(wire::AddressRequirements::None));
                offer.phone_number.is_some() && known && offer.capabilities.said
            };
            if offers.iter().all(whole) { Ok(true) } else { Err(format!("{offers:?}")) }
        }
        "/Balance.json" => match reads::<wire::Funds>(example)? {
            wire::Funds { balance: Some(_), currency: Some(_) } => Ok(true),
            other => Err(format!("{other:?}")),
        },
        "/Usage/Records/Daily.json" => {
            let records = reads::<wire::Records>(example)?.usage_records.ok_or("no list")?;
            let whole = |record: &wire::Record| record.category.is_some() && record.start_date.is_some();
            if records.iter().all(whole) { Ok(true) } else { Err(format!("{records:?}")) }
        }
        "/v1/PhoneNumbers/Countries/{IsoCountry}" => {
            let list = reads::<wire::PriceList>(example)?;
            let whole = |price: &wire::Price| price.number_type.is_some() && price.base_price.is_some();
            if list.phone_number_prices.iter().all(whole) { Ok(true) } else { Err(format!("{list:?}")) }
        }
        "/v1/Services" if example.get("meta").is_some() => listed("services", service),
        "/v1/Services" | "/v1/Services/{Sid}" => service(example).map(|()| true),
        "/v1/Services/{ServiceSid}/PhoneNumbers" if example.get("meta").is_some() => {
            listed("phone_numbers", member)
        }
        "/v1/Services/{ServiceSid}/PhoneNumbers" => member(example).map(|()| true),
        "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p" => {
            listed("compliance", |example| match reads::<wire::Campaign>(example)?.campaign_status {
                Some(_) => Ok(()),
                None => Err("no state".into()),
            })
        }
        _ => Ok(false),
    }
}

#[test]
fn the_examples_of_the_specification_are_read() {
    let documents = [
        include_str!("../../../../tests/it/data/twilio/spec/api.json"),
        include_str!("../../../../tests/it/data/twilio/spec/messaging.json"),
        include_str!("../../../../tests/it/data/twilio/spec/pricing.json"),
    ];
    let mut paths = std::collections::BTreeSet::new();
    for document in documents {
        let document: Value = serde_json::from_str(document).unwrap();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for operation in operations.as_object().unwrap().values() {
                for response in operation["responses"].as_object().unwrap().values() {
                    let examples = response.pointer("/content/application~1json/examples");
                    for (name, example) in examples.and_then(Value::as_object).into_iter().flatten() {
                        match read(path, &example["value"]) {
                            Ok(true) => drop(paths.insert(path.clone())),
                            Ok(false) => {}
                            Err(why) => panic!("{path} {name}: {why}"),
                        }
                    }
                }
            }
        }
    }
    assert!(paths.len() >= 10, "{paths:?}");
}
