//! Messaging services and the numbers in them.

use serde_json::json;

use super::*;
use crate::providers::{Addresses, NewService, Registration, RemoteNumberId, RemoteServiceId};

fn tag() -> ClientRef {
    ClientRef::new("numberbank:019aab3e-8b0c-7c4e-9d57-0123456789ab")
}

fn new_service() -> NewService {
    NewService {
        name: "Spring mobilization".into(),
        client_ref: tag(),
        addresses: Addresses { inbound_url: Some("https://texting.example.org/in".into()), status_url: None },
        area_code_geomatch: true,
        sticky_sender: false,
    }
}

fn service(sid: &str, name: &str) -> serde_json::Value {
    json!({
        "sid": sid, "friendly_name": name, "inbound_request_url": "", "status_callback": null,
        "us_app_to_person_registered": true, "sticky_sender": true, "area_code_geomatch": null,
        "use_inbound_webhook_on_number": true, "date_created": "2026-11-20T12:00:00Z", "usecase": "new one",
    })
}

fn page(key: &str, entries: &[serde_json::Value], next: Option<String>) -> Reply {
    Reply::Json(200, json!({ "meta": { "key": key, "next_page_url": next }, key: entries }).to_string())
}

#[tokio::test]
async fn a_service_is_made_with_everything_said_and_found_by_its_tag() {
    let line = line(|request, _| match (request.method.as_str(), request.value("Page")) {
        ("POST", _) => {
            let mut made = service("MG1", request.value("FriendlyName").unwrap());
            made["inbound_request_url"] = json!(request.value("InboundRequestUrl"));
            Reply::Json(201, made.to_string())
        }
        (_, None) => {
            let host = request.header("host").unwrap();
            let next = format!("http://{host}{}?PageSize=2&Page=1&PageToken=PT1", request.path);
            page("services", &[service("MG7", "Reminders [2024]"), service("MG8", "")], Some(next))
        }
        _ => page("services", &[service("MG1", "Spring mobilization [nb:AZqrPosMfE6dVwEjRWeJqw]")], None),
    });
    let made = line.twilio.create_service(&account(), &new_service()).await.unwrap();
    assert_eq!((made.name.as_str(), made.client_ref.as_ref()), ("Spring mobilization", Some(&tag())));
    assert_eq!(made.addresses, new_service().addresses);
    let form = line.server.seen()[0].form.clone();
    let said: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        said,
        [
            ("FriendlyName", "Spring mobilization [nb:AZqrPosMfE6dVwEjRWeJqw]"),
            ("AreaCodeGeomatch", "true"),
            ("StickySender", "false"),
            ("UseInboundWebhookOnNumber", "false"),
            ("InboundRequestUrl", "https://texting.example.org/in"),
        ]
    );
    let found = line.twilio.find_service(&account(), &tag()).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.created_at), ("MG1", noon()));
    assert!(found.registration.registered && found.sticky_sender && !found.area_code_geomatch);
    assert!(found.inbound_at_number && found.addresses == Addresses::default());
    let listed = line.twilio.list_services(&account(), None).await.unwrap();
    assert_eq!((listed.items[0].name.as_str(), &listed.items[0].client_ref), ("Reminders [2024]", &None));
    assert_eq!(listed.next.as_deref(), Some("/v1/Services?PageSize=2&Page=1&PageToken=PT1"));
    assert_eq!(line.twilio.find_service(&account(), &ClientRef::new("x")).await, Ok(None));
}

#[tokio::test]
async fn a_services_registration_is_looked_up() {
    let of = |reply: Reply| {
        line(move |request, _| match request.path.ends_with("/Usa2p") {
            true => reply.clone(),
            false => Reply::Json(200, service("MG1", "x").to_string()),
        })
    };
    let state = |word: &str| json!({ "sid": "QE1", "campaign_status": word });
    let states =
        |all: &[&str]| page("compliance", &all.iter().map(|word| state(word)).collect::<Vec<_>>(), None);
    let status = |line: Line| async move {
        let line = line;
        let found = line.twilio.service(&account(), &RemoteServiceId::new("MG1")).await;
        found.map(|found| found.unwrap().registration)
    };
    let registered =
        |word: Option<&str>| Ok(Registration { registered: true, campaign_status: word.map(str::to_owned) });
    assert_eq!(status(of(states(&["FAILED", "VERIFIED"]))).await, registered(Some("VERIFIED")));
    assert_eq!(status(of(states(&["IN_PROGRESS"]))).await, registered(Some("IN_PROGRESS")));
    assert_eq!(status(of(states(&[]))).await, registered(None));
    for hidden in [refusal(404, 20404), refusal(403, 20403), refusal(401, 20003)] {
        assert_eq!(status(of(hidden)).await, registered(None));
    }
    assert_eq!(status(of(refusal(503, 20503))).await.unwrap_err().kind, ErrorKind::Transient);
    let gone = line(|_, _| refusal(404, 20404));
    assert_eq!(gone.twilio.service(&account(), &RemoteServiceId::new("MG1")).await, Ok(None));
}

#[tokio::test]
async fn numbers_are_put_in_and_taken_out() {
    let (mg, pn) = (RemoteServiceId::new("MG1"), RemoteNumberId::new("PN1"));
    for (reply, expected) in [
        (Reply::Json(201, r#"{"sid": "PN1"}"#.into()), Ok(())),
        (Reply::Json(200, r#"{"sid": "PN1"}"#.into()), Ok(())),
        (refusal(409, 21710), Ok(())),
        (refusal(409, 21712), Err(ErrorKind::InOtherPool)),
        (refusal(412, 21714), Err(ErrorKind::PoolFull)),
        (refusal(400, 21421), Err(ErrorKind::NotFound)),
        (refusal(404, 21701), Err(ErrorKind::NotFound)),
        (Reply::Nothing, Err(ErrorKind::AnswerLost)),
    ] {
        let shown = format!("{reply:?}");
        let line = line(move |_, _| reply.clone());
        let answer = line.twilio.add_to_service(&account(), &mg, &pn).await.map_err(|error| error.kind);
        assert_eq!(answer, expected, "{shown}");
        assert!(line.server.seen()[0].is("POST", "/v1/Services/MG1/PhoneNumbers"));
        assert_eq!(line.server.seen()[0].value("PhoneNumberSid"), Some("PN1"));
    }
    for (reply, expected) in [
        (Reply::Json(204, String::new()), Ok(())),
        (refusal(404, 20404), Ok(())),
        (refusal(400, 21711), Ok(())),
        (refusal(403, 20403), Err(ErrorKind::Restricted)),
    ] {
        let line = line(move |_, _| reply.clone());
        let answer = line.twilio.remove_from_service(&account(), &mg, &pn).await.map_err(|error| error.kind);
        assert_eq!(answer, expected);
        assert!(line.server.seen()[0].is("DELETE", "/v1/Services/MG1/PhoneNumbers/PN1"));
        assert_eq!(line.twilio.delete_service(&account(), &mg).await.is_ok(), expected.is_ok());
    }
}

#[tokio::test]
async fn members_are_listed_whole_or_not_at_all() {
    let mg = RemoteServiceId::new("MG1");
    let member = |sid: &str| json!({ "sid": sid, "phone_number": "+987654321", "capabilities": ["SMS"] });
    let line1 = in_turn(vec![page("phone_numbers", &[member("PN1"), member("PN2")], None)]);
    let listed = line1.twilio.list_members(&account(), &mg, None).await.unwrap();
    assert_eq!(listed.items, [RemoteNumberId::new("PN1"), RemoteNumberId::new("PN2")]);
    for bad in [
        page("phone_numbers", &[member("PN1"), member("")], None),
        page(
            "phone_numbers",
            &[],
            Some("https://messaging.example/v1/Services/MG1/PhoneNumbers?Page=1".into()),
        ),
        Reply::Json(200, r#"{"meta": {"key": "phone_numbers"}}"#.into()),
        Reply::Json(200, "{}".into()),
        refusal(404, 20404),
    ] {
        let shown = format!("{bad:?}");
        let line = line(move |_, _| bad.clone());
        assert!(line.twilio.list_members(&account(), &mg, None).await.is_err(), "{shown}");
    }
}

#[tokio::test]
async fn both_addresses_are_written_over() {
    let line = line(|_, _| Reply::Json(200, service("MG1", "x").to_string()));
    let addresses = Addresses { inbound_url: None, status_url: Some("https://texting.example.org/s".into()) };
    line.twilio.update_service(&account(), &RemoteServiceId::new("MG1"), &addresses).await.unwrap();
    let request = &line.server.seen()[0];
    assert!(request.is("POST", "/v1/Services/MG1"));
    assert_eq!(request.value("InboundRequestUrl"), Some(""));
    assert_eq!(request.value("StatusCallback"), Some("https://texting.example.org/s"));
    assert_eq!(request.form.len(), 2);
}
