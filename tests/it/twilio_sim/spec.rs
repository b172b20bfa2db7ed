//! Which keys are known.

use numberbank::providers::twilio::simulator::Seen;
use reqwest::Method;

use super::Sim;
use crate::support::twilio_spec;

/// A path of the specification with something at each name.
fn path_of(template: &str, account: &str) -> String {
    let sid = |letters: &str| format!("{letters}{}", "0".repeat(32));
    let of_kind = match template {
        path if path.contains("IncomingPhoneNumbers/{Sid}") => sid("PN"),
        path if path.starts_with("/v1/Services/{Sid}") => sid("MG"),
        path if path.contains("Usa2p/{Sid}") => sid("QE"),
        path if path.contains("PhoneNumbers/{Sid}") => sid("PN"),
        _ => account.to_owned(),
    };
    template
        .replace("{AccountSid}", account)
        .replace("{CountryCode}", "US")
        .replace("{IsoCountry}", "US")
        .replace("{ServiceSid}", &sid("MG"))
        .replace("{MessagingServiceSid}", &sid("MG"))
        .replace("{Sid}", &of_kind)
}

#[tokio::test]
async fn the_keys_of_the_specification_are_known_and_no_others() {
    let sim = Sim::start().await;
    for operation in twilio_spec::operations() {
        // There are no mobile numbers in the United States.
        if operation.path.ends_with("/Mobile.json") {
            continue;
        }
        let path = path_of(operation.path, &sim.account.sid);
        let method: Method = operation.method.parse().unwrap();
        let query = operation.query_keys().into_iter().map(|key| (key.to_owned(), false));
        let form = operation.form_keys().into_iter().map(|key| (key.to_owned(), true));
        let known: Vec<_> = query.chain(form).collect();
        let misspelt = known.iter().map(|(key, in_form)| (key.to_lowercase(), *in_form));
        let bogus = [("Bogus".to_owned(), false), ("Bogus".to_owned(), true)];
        let unknown: Vec<_> = misspelt.chain(bogus).filter(|key| !known.contains(key)).collect();
        for ((key, in_form), is_known) in
            known.into_iter().map(|key| (key, true)).chain(unknown.into_iter().map(|key| (key, false)))
        {
            let pair = [(key.as_str(), "x")];
            let (query, form): (&[_], &[_]) = if in_form { (&[], &pair) } else { (&pair, &[]) };
            let got = sim.call(method.clone(), &path, query, form).await;
            let words = got.body["message"].as_str().unwrap_or_default();
            let refused = words == format!("Unknown parameter: {key}");
            assert_eq!(refused, !is_known, "{method} {path} {key} {words}");
            assert!(!refused || (got.status == 400 && got.body["code"] == 20001), "{}", got.body);
        }
    }
}

#[tokio::test]
async fn values_are_checked() {
    let sim = Sim::start().await;
    let long = "x".repeat(65);
    let numbers = "/IncomingPhoneNumbers.json";
    let cases: &[(&str, &str, &str, u32)] = &[
        (numbers, "PhoneNumber", "3135550100", 21421),
        (numbers, "AreaCode", "31", 21451),
        (numbers, "AreaCode", "999", 21451),
        (numbers, "FriendlyName", &long, 20002),
        (numbers, "FriendlyName", "", 20002),
        (numbers, "VoiceUrl", "handler.twilio.com/twiml", 21402),
        (numbers, "VoiceMethod", "PUT", 21403),
        (numbers, "VoiceCallerIdLookup", "yes", 20422),
        (numbers, "BundleSid", "BU12", 20422),
        (numbers, "VoiceReceiveMode", "telex", 20422),
        (numbers, "StatusCallbackMethod", "GET", 21421),
        ("/IncomingPhoneNumbers/Local.json", "AreaCode", "313", 21457),
        ("/v1/Services", "FriendlyName", &long, 20002),
        ("/v1/Services", "StickySender", "true", 20001),
        ("/v1/Services", "ValidityPeriod", "0", 20422),
        ("/v1/Services", "InboundRequestUrl", "ftp://example.org", 21402),
    ];
    for (path, key, value, code) in cases {
        sim.post(path, &[(key, value)]).await.refused(400, *code);
    }
    let twice = sim.post(numbers, &[("AreaCode", "313"), ("AreaCode", "313")]).await;
    twice.refused(400, 20001);
    let json = sim.request(Method::POST, numbers, &[]).json(&[("AreaCode", "313")]).send().await.unwrap();
    assert_eq!(json.status(), 400);
    assert_eq!(sim.books().await["numbers"], serde_json::json!([]), "something was bought");
}

#[tokio::test]
async fn what_was_asked_can_be_read_again_without_secrets() {
    let sim = Sim::start().await;
    sim.get("/v1/Services", &[("PageSize", "3")]).await.ok();
    sim.post("/v1/Services", &[("FriendlyName", "One")]).await;
    sim.fault(serde_json::json!({ "fault": "drop" })).await;
    sim.request(Method::GET, "/Balance.json", &[]).send().await.unwrap_err();
    let seen: Vec<Seen> = sim.simulator.requests();
    let short: Vec<_> = seen.iter().map(|one| (one.method.as_str(), one.status)).collect();
    assert_eq!(short, [("GET", Some(200)), ("POST", Some(201)), ("GET", None)]);
    assert_eq!(seen[0].query, [("PageSize".to_owned(), "3".to_owned())]);
    assert_eq!(seen[1].form, [("FriendlyName".to_owned(), "One".to_owned())]);
    let all = sim.control(Method::GET, "requests", serde_json::Value::Null).await;
    assert_eq!((all["requests"].as_array().unwrap().len(), &all["peak"]), (3, &serde_json::json!(1)));
    assert!(!all.to_string().contains(&sim.secret));
    for one in &seen {
        let faults = twilio_spec::faults_of_request(&one.method, &one.path, &one.query, &one.form);
        assert_eq!(faults, [""; 0]);
    }
}
