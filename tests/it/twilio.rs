//! The client for Twilio from outside: every request it can make, judged by Twilio's specification.

#[path = "../../src/providers/twilio/tests/server.rs"]
#[allow(dead_code)]
mod server;

use chrono::NaiveDate;
use numberbank::kernel::{AreaCode, Clock, E164};
use numberbank::providers::twilio::{Options, Twilio};
use numberbank::providers::{
    Account, Addresses, ClientRef, Credentials, NewService, Provider, PurchaseItem, RemoteNumberId,
    RemoteServiceId, Search,
};
use server::{Reply, Request, Server};

use crate::support::twilio_judge::Judge;
use crate::support::twilio_spec;

fn account() -> Account {
    let id = format!("AC{}", "a".repeat(32));
    let credentials = Credentials { user: id.clone(), secret: "token".to_owned().into() };
    Account::new(id).with_credentials(credentials)
}

/// Answers what the specification gives as an example.
fn by_the_book(request: &Request, _: usize) -> Reply {
    let operation = twilio_spec::find(&request.method, &request.path).unwrap();
    let example = operation.examples().into_iter().find(|(status, _)| *status < 300);
    match example {
        Some((status, example)) => Reply::Json(status, example.to_string()),
        None => Reply::Json(204, String::new()),
    }
}

#[tokio::test]
async fn every_request_is_as_twilio_wants_it() {
    let server = Server::start(by_the_book);
    let at = || server.url.clone();
    let judge = Judge::default();
    let twilio = judge.watch(Twilio::new(Options::at(at(), at(), at()), Clock::system()).unwrap());
    let us = &account();
    let number = E164::parse("+18089255327").unwrap();
    let (pn, mg) = (format!("PN{}", "a".repeat(32)), format!("MG{}", "a".repeat(32)));
    let (pn, mg) = (RemoteNumberId::new(pn), RemoteServiceId::new(mg));
    twilio.check(us).await.unwrap();
    for area_code in ["808", "888"] {
        let search = Search { area_code: AreaCode::parse(area_code).unwrap(), limit: 30 };
        twilio.search(us, &search).await.unwrap();
    }
    for voice_url in [None, Some("https://voice.example.org/".to_owned())] {
        let client_ref = ClientRef::new("nb-019aab3e-8b0c-7c4e-9d57-0123456789ab");
        let item = PurchaseItem { phone_number: number, client_ref, voice_url };
        assert_eq!(twilio.purchase(us, &[item]).await.unwrap().len(), 1);
    }
    assert!(twilio.find_owned(us, number).await.unwrap().is_some());
    assert_eq!(twilio.find_by_id(us, &pn).await.unwrap().unwrap().id, pn);
    for voice_url in [None, Some("https://voice.example.org/")] {
        twilio.set_voice_url(us, &pn, voice_url).await.unwrap();
    }
    assert_eq!(twilio.list_owned(us, None).await.unwrap().items[0].phone_number, number);
    twilio.release(us, &pn).await.unwrap();
    let addresses = Addresses {
        inbound_url: Some("https://texting.example.org/in".into()),
        status_url: Some("https://texting.example.org/status".into()),
    };
    for addresses in [addresses, Addresses::default()] {
        let new = NewService {
            name: "Spring mobilization of the whole city and its surroundings, once again".into(),
            client_ref: ClientRef::new("numberbank:019aab3e-8b0c-7c4e-9d57-0123456789ab"),
            addresses: addresses.clone(),
            area_code_geomatch: true,
            sticky_sender: true,
        };
        assert_eq!(twilio.create_service(us, &new).await.unwrap().id, mg);
        twilio.update_service(us, &mg, &addresses).await.unwrap();
    }
    twilio.find_service(us, &ClientRef::new("numberbank:none")).await.unwrap();
    assert_eq!(twilio.list_services(us, None).await.unwrap().items[0].id, mg);
    let registration = twilio.service(us, &mg).await.unwrap().unwrap().registration;
    assert!(registration.campaign_status.is_some(), "{registration:?}");
    twilio.add_to_service(us, &mg, &pn).await.unwrap();
    assert_eq!(twilio.list_members(us, &mg, None).await.unwrap().items, [pn.clone()]);
    twilio.remove_from_service(us, &mg, &pn).await.unwrap();
    twilio.delete_service(us, &mg).await.unwrap();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    twilio.usage(us, day("2026-11-01"), day("2026-11-20")).await.unwrap();
    // The example of this one leaves out one of the two prices that are needed.
    drop(twilio.prices(us).await);
    assert_eq!(judge.faults(), [""; 0]);
    let used: Vec<_> = judge.operations().into_iter().collect();
    assert_eq!(used.len(), 19, "{used:#?}");
}

#[tokio::test]
async fn the_judge_sees_faults() {
    let server = Server::start(by_the_book);
    let at = || server.url.clone();
    let judge = Judge::default();
    let twilio = judge.watch(Twilio::new(Options::at(at(), at(), at()), Clock::system()).unwrap());
    let short = RemoteNumberId::new("PN1");
    twilio.find_by_id(&account(), &short).await.unwrap();
    let faults = judge.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    judge.forgive();
}
