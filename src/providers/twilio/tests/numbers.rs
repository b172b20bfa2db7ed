//! Numbers: for sale, bought, owned.

use serde_json::json;

use super::*;
use crate::providers::{RemoteNumberId, Search};

fn search(area_code: &str, limit: usize) -> Search {
    Search { area_code: AreaCode::parse(area_code).unwrap(), limit }
}

fn offers(numbers: &[serde_json::Value]) -> Reply {
    Reply::Json(200, json!({ "available_phone_numbers": numbers, "uri": "/" }).to_string())
}

#[tokio::test]
async fn only_numbers_that_can_be_had_are_offered() {
    let offer = |number: &str, address: &str, more: serde_json::Value| {
        let mut offer = json!({
            "phone_number": number, "address_requirements": address, "beta": false,
            "capabilities": { "SMS": true, "MMS": true, "voice": true },
        });
        offer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        offer
    };
    let listed = offers(&[
        offer("+13135550101", "none", json!({})),
        offer("+13135550102", "any", json!({})),
        offer("+13135550103", "local", json!({})),
        offer("+13135550104", "lunar", json!({})),
        offer("+13135550105", "none", json!({ "beta": true })),
        offer("+13135550106", "none", json!({ "capabilities": { "sms": false, "voice": true } })),
        offer("+12125550107", "none", json!({})),
        offer("+13135550101", "none", json!({})),
        offer("+442079460000", "none", json!({})),
        offer("+13135550108", "none", json!({ "capabilities": null, "latitude": 42.3 })),
        offer("+13135550109", "none", json!({})),
    ]);
    let line = line(move |_, _| listed.clone());
    let found = line.twilio.search(&account(), &search("313", 30)).await.unwrap();
    let numbers: Vec<_> = found.iter().map(|candidate| candidate.phone_number.to_string()).collect();
    assert_eq!(numbers, ["+13135550101", "+13135550108", "+13135550109"]);
    assert_eq!(line.twilio.search(&account(), &search("313", 2)).await.unwrap().len(), 2);
    assert!(line.twilio.search(&account(), &search("313", 0)).await.unwrap().is_empty());
    let seen = line.server.seen();
    assert_eq!(seen.len(), 2, "no number wanted, no call made");
    assert!(seen[0].is("GET", "/AvailablePhoneNumbers/US/Local.json"));
    let query: Vec<_> = seen[0].query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let wanted =
        ["AreaCode=313", "SmsEnabled=true", "Beta=false", "ExcludeAllAddressRequired=true", "PageSize=30"];
    assert_eq!(query, wanted);
}

#[tokio::test]
async fn every_area_code_is_looked_for_where_it_is_sold() {
    let line = line(|request, _| match request.path.contains("/PR/") {
        true => refusal(404, 20404),
        false => offers(&[]),
    });
    for area_code in ["888", "416", "787", "313"] {
        assert!(line.twilio.search(&account(), &search(area_code, 30)).await.unwrap().is_empty());
    }
    let paths: Vec<_> = line.server.seen().into_iter().map(|request| request.path).collect();
    let ends: Vec<_> =
        paths.iter().filter_map(|path| path.split_once("PhoneNumbers/")).map(|(_, end)| end).collect();
    assert_eq!(
        ends,
        ["US/TollFree.json", "CA/Local.json", "PR/Local.json", "US/Local.json", "US/Local.json"]
    );
}

#[tokio::test]
async fn a_search_that_failed_is_not_an_empty_one() {
    for bad in [Reply::Json(200, "{}".into()), Reply::Html(200), refusal(401, 20003), Reply::Html(404)] {
        let shown = format!("{bad:?}");
        let line = line(move |_, _| bad.clone());
        assert!(line.twilio.search(&account(), &search("313", 30)).await.is_err(), "{shown}");
    }
}

#[tokio::test]
async fn numbers_are_bought_by_name_with_our_tag() {
    let line = line(|request, _| match request.value("PhoneNumber") {
        Some("+13135550142") => Reply::Json(201, owned_json("PN1", "+13135550142").to_string()),
        Some("+13135550143") => refusal(400, 21422),
        Some("+13135550144") => refusal(400, 21649),
        _ => refusal(401, 20003),
    });
    let items: Vec<_> = (142..=145)
        .map(|last| PurchaseItem {
            phone_number: E164::parse(&format!("+13135550{last}")).unwrap(),
            client_ref: ClientRef::new(format!("nb-{last}")),
            voice_url: (last == 142).then(|| "https://voice.example.org/x".to_owned()),
        })
        .collect();
    let answers = line.twilio.purchase(&account(), &items).await.unwrap();
    let told: Vec<_> = answers
        .into_iter()
        .map(|answer| match answer {
            Purchase::Owned(owned) => Ok(owned.phone_number),
            Purchase::Failed(error) => Err(error.kind),
            Purchase::Pending(_) => panic!("decided at once"),
        })
        .collect();
    let refused = [ErrorKind::Unavailable, ErrorKind::NeedsRegulatory, ErrorKind::Auth].map(Err);
    assert_eq!(told, [&[Ok(number())][..], &refused].concat());
    let mut forms: Vec<_> = line.server.seen().into_iter().map(|request| request.form).collect();
    forms.sort();
    let form = |all: &[(&str, &str)]| -> Vec<_> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let url = "https://voice.example.org/x";
    let first = [("PhoneNumber", "+13135550142"), ("FriendlyName", "nb-142"), ("VoiceUrl", url)];
    assert_eq!(forms[0], form(&first));
    assert_eq!(forms[1], form(&[("PhoneNumber", "+13135550143"), ("FriendlyName", "nb-143")]));
    assert_eq!(forms.len(), 4);
    assert!(line.twilio.purchase(&account(), &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_tag_that_does_not_fit_is_not_cut() {
    let line = line(|_, _| Reply::Html(200));
    for tag in [String::new(), "x".repeat(65)] {
        let item = PurchaseItem { client_ref: ClientRef::new(tag), ..item() };
        let answer = line.twilio.purchase(&account(), &[item]).await.unwrap().pop();
        assert!(matches!(answer, Some(Purchase::Failed(error)) if error.kind == ErrorKind::InvalidRequest));
    }
    assert!(line.server.seen().is_empty());
}

#[tokio::test]
async fn a_number_is_found_among_similar_ones_page_by_page() {
    let line = line(|request, _| match request.value("Page") {
        None => {
            let next =
                format!("{}?PageSize=2&PhoneNumber=%2B13135550142&Page=1&PageToken=PAPN2", request.path);
            owned_page(&[("PN1", "+13135550141"), ("PN2", "+442079460000")], Some(&next))
        }
        _ => owned_page(&[("PN3", "+13135550142")], None),
    });
    let found = line.twilio.find_owned(&account(), number()).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.voice_url.as_deref(), found.sms), ("PN3", None, true));
    assert_eq!((found.client_ref, found.created_at), (Some(ClientRef::new("nb-1")), noon()));
    assert_eq!(line.server.seen()[1].value("PageToken"), Some("PAPN2"));
    let other = E164::parse("+13135550149").unwrap();
    assert_eq!(line.twilio.find_owned(&account(), other).await, Ok(None));
}

#[tokio::test]
async fn a_list_is_whole_or_not_at_all() {
    for bad in [
        Reply::Json(200, "{}".into()),
        Reply::Json(200, r#"{"incoming_phone_numbers": null}"#.into()),
        Reply::Html(200),
        owned_page(&[("", "+13135550142")], None),
        owned_page(&[("PN1", "")], None),
        owned_page(&[("PN1", "+13135550142")], Some("https://evil.example/2010-04-01/x.json")),
        owned_page(
            &[("PN1", "+13135550142")],
            Some("/2010-04-01/Accounts/AC0/IncomingPhoneNumbers.json?Page=1"),
        ),
    ] {
        let shown = format!("{bad:?}");
        let line = line(move |_, _| bad.clone());
        assert!(line.twilio.list_owned(&account(), None).await.is_err(), "{shown}");
        assert_eq!(line.server.seen().len(), 1, "{shown}");
    }
    let line = line(|_, _| owned_page(&[], None));
    assert!(line.twilio.list_owned(&account(), None).await.unwrap().items.is_empty());
    for foreign in ["http://evil.example/", "/2010-04-01/Accounts/AC0/Keys.json", "//evil.example/x"] {
        let error = line.twilio.list_owned(&account(), Some(foreign)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{foreign}");
    }
    assert_eq!(line.server.seen().len(), 1);
}

#[tokio::test]
async fn a_voice_address_is_set_and_cleared() {
    let line = line(|_, _| Reply::Json(200, owned_json("PN1", "+13135550142").to_string()));
    let id = RemoteNumberId::new("PN1");
    for url in [Some("https://voice.example.org/a?b=c&d"), None] {
        line.twilio.set_voice_url(&account(), &id, url).await.unwrap();
    }
    let seen = line.server.seen();
    assert!(seen.iter().all(|request| request.is("POST", "/IncomingPhoneNumbers/PN1.json")));
    assert_eq!(seen[0].value("VoiceUrl"), Some("https://voice.example.org/a?b=c&d"));
    assert_eq!(seen[1].value("VoiceUrl"), Some(""));
}
