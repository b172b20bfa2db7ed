//! The client for Twilio from outside: every request it can make, judged by Twilio's specification.

#[path = "../../src/providers/twilio/tests/server.rs"]
#[allow(dead_code)]
mod server;

use chrono::NaiveDate;
use numberbank::kernel::{AreaCode, Clock, E164};
use numberbank::providers::fakeservice::Weather;
use numberbank::providers::twilio::simulator::{self, Simulator};
use numberbank::providers::twilio::{Options, Twilio};
use numberbank::providers::{
    Account, Addresses, ClientRef, Credentials, ErrorKind, NewService, Provider, Purchase, PurchaseItem,
    RemoteNumberId, RemoteServiceId, Search, contract,
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
    let twilio = judge.watch(Twilio::new(Options::at(at(), at(), at()), Clock::system()));
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
    assert_eq!(twilio.list_members(us, &mg, None).await.unwrap().items, std::slice::from_ref(&pn));
    twilio.remove_from_service(us, &mg, &pn).await.unwrap();
    twilio.delete_service(us, &mg).await.unwrap();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    // There are no examples of these answers that would do.
    drop(twilio.usage(us, day("2026-11-01"), day("2026-11-20")).await);
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
    let twilio = judge.watch(Twilio::new(Options::at(at(), at(), at()), Clock::system()));
    let short = RemoteNumberId::new("PN1");
    twilio.find_by_id(&account(), &short).await.unwrap();
    let faults = judge.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    judge.forgive();
}

/// A simulator, and the client that is connected to it, judged.
async fn simulated(judge: &Judge) -> (Simulator, Twilio, Clock) {
    let start = "2026-11-20T12:00:00".parse().unwrap();
    let clock = Clock::manual(start);
    let simulator = Simulator::start(simulator::Options::new(7, clock.clone())).await.unwrap();
    let at = || simulator.url().parse().unwrap();
    let mut options = Options::at(at(), at(), at());
    options.page_size = 2;
    let twilio = judge.watch(Twilio::new(options, clock.clone()));
    (simulator, twilio, clock)
}

#[tokio::test]
async fn it_keeps_the_contract_and_every_request_is_right() {
    let judge = Judge::default();
    let (simulator, twilio, clock) = simulated(&judge).await;
    let ours = simulator.accounts().remove(0);
    let credentials = |user: &str, secret: &str| Credentials { user: user.into(), secret: secret.into() };
    let account = Account::new(ours.sid.as_str()).with_credentials(credentials(&ours.sid, &ours.auth_token));
    let mut subject = contract::Subject::new(&twilio, account, AreaCode::parse("212").unwrap(), clock);
    subject.many = 5;
    contract::run(&subject).await.unwrap();
    assert_eq!(judge.faults(), [""; 0]);
    assert!(judge.operations().len() >= 17, "{:#?}", judge.operations());
    // A Standard key may do all of it, too.
    let key = &ours.keys[0];
    let by_key = Account::new(ours.sid.as_str()).with_credentials(credentials(&key.sid, &key.secret));
    assert!(twilio.check(&by_key).await.is_ok());
    let wrong = Account::new(ours.sid.as_str()).with_credentials(credentials(&key.sid, "wrong"));
    assert_eq!(twilio.check(&wrong).await.unwrap_err().kind, ErrorKind::Auth);
}

#[tokio::test]
async fn a_purchase_whose_answer_was_lost_is_found_and_not_made_twice() {
    let judge = Judge::default();
    let (simulator, twilio, _) = simulated(&judge).await;
    let ours = simulator.accounts().remove(0);
    let credentials = Credentials { user: ours.sid.clone(), secret: ours.auth_token.clone().into() };
    let us = &Account::new(ours.sid.as_str()).with_credentials(credentials);
    let search = Search { area_code: AreaCode::parse("212").unwrap(), limit: 2 };
    let numbers: Vec<_> =
        twilio.search(us, &search).await.unwrap().into_iter().map(|found| found.phone_number).collect();
    let storm =
        |answer_lost_next, unanswered_next| Weather { answer_lost_next, unanswered_next, ..Weather::still() };
    for (number, weather, bought) in [(numbers[0], storm(1, 0), true), (numbers[1], storm(0, 1), false)] {
        simulator.world().set_weather(us, &weather).unwrap();
        let item =
            PurchaseItem { phone_number: number, client_ref: ClientRef::new("nb-lost"), voice_url: None };
        match twilio.purchase(us, &[item]).await.unwrap().pop() {
            Some(Purchase::Failed(error)) => assert!(error.is_ambiguous(), "{error:?}"),
            other => panic!("{other:?}"),
        }
        let found = twilio.find_owned(us, number).await.unwrap();
        assert_eq!(found.is_some(), bought);
        assert!(found.is_none_or(|found| found.client_ref == Some(ClientRef::new("nb-lost"))));
    }
    assert_eq!(simulator.world().books(us).unwrap().sales(), 1);
}
