//! Searching, buying, listing, changing and releasing numbers.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Pairs, Sim, texts};

const NUMBERS: &str = "/IncomingPhoneNumbers.json";

#[tokio::test]
async fn a_search_answers_thirty_in_an_order_that_stays() {
    let sim = Sim::start().await;
    let (first, again) = (sim.search("313").await, sim.search("313").await);
    assert_eq!((first.len(), &first), (30, &again));
    assert!(first.iter().all(|number| number.starts_with("+1313")));
    assert_eq!(sim.search("503").await.len(), 3);
    assert_eq!(sim.search("305").await, [""; 0]);
    assert!(sim.search("833").await.iter().all(|number| number.starts_with("+1833")));
    let local = "/AvailablePhoneNumbers/US/Local.json";
    let found = async |query: &[(&str, &str)]| {
        let body = sim.get(local, query).await.ok();
        texts(&body["available_phone_numbers"], "phone_number")
    };
    assert_eq!(found(&[("AreaCode", "313"), ("PageSize", "2")]).await, first[..2]);
    assert_eq!(found(&[("AreaCode", "222")]).await, [""; 0]);
    assert_eq!(found(&[("AreaCode", "833")]).await, [""; 0]);
    let hawaii = found(&[("InRegion", "HI")]).await;
    assert_eq!((hawaii.len(), &hawaii[0][..5]), (3, "+1808"));
    assert!(found(&[("Contains", "313***0*")]).await.iter().all(|number| &number[8..9] == "0"));
    let near = found(&[("NearLatLong", "42.33,-83.05"), ("Distance", "8")]).await;
    assert!(
        !near.is_empty() && near.iter().all(|number| ["+1313", "+1679"].contains(&&number[..5])),
        "{near:?}"
    );
    sim.get(local, &[("PageSize", "1001")]).await.refused(400, 20007);
    sim.get("/AvailablePhoneNumbers/US/Mobile.json", &[]).await.refused(404, 20404);
    sim.get("/AvailablePhoneNumbers/FR/Local.json", &[]).await.refused(404, 20404);
    let us = sim.get("/AvailablePhoneNumbers/US.json", &[]).await.ok();
    assert_eq!(us["subresource_uris"]["local"], sim.path(local));
    let countries = sim.get("/AvailablePhoneNumbers.json", &[]).await.ok();
    assert_eq!(texts(&countries["countries"], "country_code"), ["US", "CA"]);
}

#[tokio::test]
async fn a_number_is_bought_once_and_buying_it_again_is_an_update() {
    let mut sim = Sim::start().await;
    let number = sim.search("313").await.remove(0);
    let voice = "https://handler.example.org/voice";
    let form = [("PhoneNumber", number.as_str()), ("FriendlyName", "tag 1"), ("VoiceUrl", voice)];
    let bought = sim.post(NUMBERS, &form).await;
    assert_eq!((bought.status, bought.text("status").as_str()), (201, "in-use"));
    let sid = bought.text("sid");
    assert!(
        sid.len() == 34 && sid.starts_with("PN") && sid[2..].bytes().all(|b| b.is_ascii_hexdigit()),
        "{sid}"
    );
    assert_eq!(bought.text("date_created"), "Sat, 31 Jan 2026 12:00:00 +0000");
    assert_eq!(bought.body["capabilities"], json!({ "voice": true, "sms": true, "mms": true, "fax": false }));
    assert_eq!((bought.text("voice_url").as_str(), bought.text("type").as_str()), (voice, "local"));
    assert!(!sim.search("313").await.contains(&number), "it is still for sale");

    sim.clock.advance(chrono::TimeDelta::seconds(90));
    let again = sim.post(NUMBERS, &[("PhoneNumber", &number), ("FriendlyName", "tag 2")]).await;
    assert_eq!(
        (again.status, again.text("sid"), again.text("status").as_str()),
        (201, sid.clone(), "in-use")
    );
    assert_eq!((again.text("friendly_name").as_str(), again.text("voice_url").as_str()), ("tag 2", voice));
    assert_eq!(again.text("date_updated"), "Sat, 31 Jan 2026 12:01:30 +0000");
    let books = sim.books().await;
    assert_eq!(books["numbers"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&books["numbers"][0]["tag"], &books["charges"].as_array().unwrap().len()),
        (&json!("tag 2"), &1)
    );

    let other = sim.another('b', None);
    let first = sim.sign_in(&other);
    sim.post(NUMBERS, &[("PhoneNumber", &number)]).await.refused(400, 21422);
    sim.get(&format!("/IncomingPhoneNumbers/{sid}.json"), &[]).await.refused(404, 20404);
    sim.sign_in(&first);
    let one = format!("/IncomingPhoneNumbers/{sid}.json");
    let gone = sim.delete(&one).await;
    assert_eq!((gone.status, gone.body), (204, Value::Null));
    for method in [Method::GET, Method::POST, Method::DELETE] {
        sim.call(method, &one, &[], &[]).await.refused(404, 20404);
    }
    sim.sign_in(&other);
    assert_ne!(sim.post(NUMBERS, &[("PhoneNumber", &number)]).await.text("sid"), sid);
}

#[tokio::test]
async fn an_area_code_may_choose_and_types_must_match() {
    let sim = Sim::start().await;
    let first = sim.search("313").await.remove(0);
    assert_eq!(sim.post(NUMBERS, &[("AreaCode", "313")]).await.text("phone_number"), first);
    sim.post(NUMBERS, &[("AreaCode", "305")]).await.refused(400, 21452);
    sim.post(NUMBERS, &[("FriendlyName", "of nothing")]).await.refused(400, 21421);
    sim.post(NUMBERS, &[("PhoneNumber", "+442071838750")]).await.refused(400, 21422);
    sim.post(NUMBERS, &[("PhoneNumber", "+13136550100")]).await.refused(400, 21422);
    let (local, toll_free) = (sim.search("313").await.remove(0), sim.search("833").await.remove(0));
    let (locals, free) = ("/IncomingPhoneNumbers/Local.json", "/IncomingPhoneNumbers/TollFree.json");
    sim.post(locals, &[("PhoneNumber", &toll_free)]).await.refused(400, 21458);
    sim.post(free, &[("PhoneNumber", &local)]).await.refused(400, 21458);
    sim.post(free, &[]).await.refused(400, 21421);
    assert_eq!(sim.post(locals, &[("PhoneNumber", &local)]).await.status, 201);
    let bought = sim.post(free, &[("PhoneNumber", &toll_free)]).await;
    let one = format!("/IncomingPhoneNumbers/{}.json", bought.text("sid"));
    assert_eq!((bought.status, sim.get(&one, &[]).await.text("type").as_str()), (201, "tollfree"));
    let listed = sim.get(locals, &[]).await.ok();
    assert_eq!(texts(&listed["incoming_phone_numbers"], "phone_number"), [first, local]);
    let listed = sim.get(free, &[]).await.ok();
    assert_eq!(texts(&listed["incoming_phone_numbers"], "phone_number"), [toll_free]);
}

#[tokio::test]
async fn numbers_are_found_by_what_the_list_is_asked() {
    let sim = Sim::start().await;
    let bought = |area_code, count, name: Option<&str>| json!({ "account": sim.account.sid, "area_code": area_code, "count": count, "friendly_name": name });
    for new in [bought("313", 3, Some("ours")), bought("734", 2, None)] {
        sim.control(Method::POST, "numbers", new).await;
    }
    let all = sim.get(NUMBERS, &[]).await.ok();
    let all = texts(&all["incoming_phone_numbers"], "phone_number");
    assert_eq!(all.len(), 5);
    let national = format!("({}) 555-{}", &all[3][2..5], &all[3][8..]);
    let tail = &all[1][5..];
    let starred = format!("+1***{tail}");
    let cases: &[(Pairs, Vec<&String>)] = &[
        (&[("PhoneNumber", &all[1])], vec![&all[1]]),
        (&[("PhoneNumber", "+1734")], all[3..].iter().collect()),
        (&[("PhoneNumber", &starred)], all.iter().filter(|number| number.ends_with(tail)).collect()),
        (&[("PhoneNumber", "+13135550000")], all.iter().filter(|n| *n == "+13135550000").collect()),
        (&[("FriendlyName", "ours")], all[..3].iter().collect()),
        (&[("FriendlyName", &national)], vec![&all[3]]),
        (&[("FriendlyName", "our")], vec![]),
        (&[("Origin", "hosted")], vec![]),
        (
            &[("Origin", "twilio"), ("Beta", "false"), ("PhoneNumber", "313")],
            all.iter().filter(|n| n.contains("313")).collect(),
        ),
    ];
    for (query, expected) in cases {
        let found = sim.get(NUMBERS, query).await.ok();
        let found = texts(&found["incoming_phone_numbers"], "phone_number");
        assert_eq!(found.iter().collect::<Vec<_>>(), *expected, "{query:?}");
    }
    // A plus that is not written as %2B is a space, and finds nothing.
    let path = format!("{}?PhoneNumber={}", sim.path(NUMBERS), all[1]);
    let raw = sim.http.get(format!("{}{path}", sim.simulator.url())).basic_auth(&sim.user, Some(&sim.secret));
    let found: Value = raw.send().await.unwrap().json().await.unwrap();
    assert_eq!(found["incoming_phone_numbers"], json!([]));
}

#[tokio::test]
async fn an_update_changes_what_it_says_and_nothing_else() {
    let sim = Sim::start().await;
    let (sid, _) = sim.buy("313").await;
    let one = format!("/IncomingPhoneNumbers/{sid}.json");
    let voice = "https://handler.example.org/a";
    let sms = "https://texts.example.org/in";
    let before = sim.get(&one, &[]).await.ok();
    assert_eq!((&before["voice_url"], &before["sms_url"]), (&Value::Null, &json!("")));
    sim.post(&one, &[("VoiceFallbackUrl", voice)]).await.refused(400, 21405);
    sim.post(&one, &[("SmsFallbackUrl", sms)]).await.refused(400, 21406);
    let form = [("VoiceUrl", voice), ("SmsUrl", sms), ("SmsMethod", "GET"), ("VoiceCallerIdLookup", "true")];
    let after = sim.post(&one, &form).await;
    assert_eq!(after.status, 200);
    let mut expected = before.clone();
    expected["voice_url"] = json!(voice);
    expected["sms_url"] = json!(sms);
    expected["sms_method"] = json!("GET");
    expected["voice_caller_id_lookup"] = json!(true);
    assert_eq!(after.body, expected);
    assert_eq!(sim.get(&one, &[]).await.ok(), expected);
    let cleared = sim.post(&one, &[("VoiceUrl", ""), ("FriendlyName", "named")]).await.ok();
    assert_eq!((&cleared["voice_url"], &cleared["friendly_name"]), (&Value::Null, &json!("named")));
    assert_eq!(cleared["sms_url"], sms);
    let foreign = format!("AC{}", "9".repeat(32));
    sim.post(&one, &[("AccountSid", &foreign)]).await.refused(400, 21474);
    assert_eq!(sim.post(&one, &[("AccountSid", &sim.account.sid)]).await.status, 200);
    sim.get("/IncomingPhoneNumbers/PN12.json", &[]).await.refused(404, 20404);
}
