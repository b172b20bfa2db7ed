//! The practice carrier as a whole.

mod market;
mod money;
mod rough;
mod services;
mod store;

use std::path::Path;

use chrono::NaiveDate;

use super::*;
use crate::kernel::{AreaCode, E164, Moment};
use crate::providers::{
    Addresses, Candidate, ClientRef, NewService, OwnedRemote, Provider, Purchase, PurchaseItem, Search,
    contract,
};

pub(super) const SEED: u64 = 7;

pub(super) fn noon(day: &str) -> Moment {
    day.parse::<NaiveDate>().unwrap().and_hms_opt(12, 0, 0).unwrap()
}

pub(super) fn clock() -> Clock {
    Clock::manual(noon("2026-11-20"))
}

pub(super) fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

pub(super) fn account(id: &str) -> Account {
    Account::new(id)
}

pub(super) fn small_pages() -> Options {
    Options { page_size: 2, latency_ms: 0 }
}

pub(super) fn in_file(path: &Path, seed: u64) -> Arc<FakeService> {
    FakeService::of(World::open(path, seed, clock(), small_pages()).unwrap())
}

pub(super) fn in_memory() -> Arc<FakeService> {
    FakeService::of(World::in_memory(SEED, clock(), small_pages()).unwrap())
}

pub(super) async fn search(carrier: &FakeService, who: &Account, area: &str, limit: usize) -> Vec<E164> {
    let found = carrier.search(who, &Search { area_code: code(area), limit }).await.unwrap();
    found.into_iter().map(|Candidate { phone_number, .. }| phone_number).collect()
}

pub(super) async fn try_buy(
    carrier: &FakeService,
    who: &Account,
    phone_number: E164,
) -> ProviderResult<OwnedRemote> {
    let client_ref = ClientRef::new(format!("tag of {phone_number}"));
    match carrier.purchase(who, &[PurchaseItem { phone_number, client_ref, voice_url: None }]).await?.pop() {
        Some(Purchase::Owned(owned)) => Ok(owned),
        Some(Purchase::Failed(error)) => Err(error),
        other => panic!("{other:?}"),
    }
}

pub(super) fn kind<T: std::fmt::Debug>(answer: ProviderResult<T>) -> ErrorKind {
    answer.unwrap_err().kind
}

pub(super) fn new_service(tag: &str) -> NewService {
    NewService {
        name: format!("Service {tag}"),
        client_ref: ClientRef::new(tag),
        addresses: Addresses::default(),
        area_code_geomatch: true,
        sticky_sender: true,
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let carrier = in_memory();
    let mut subject =
        contract::Subject::new(carrier.as_ref(), account("ours"), code("313"), carrier.world().clock());
    subject.other = Some(account("theirs"));
    subject.many = 5;
    contract::run(&subject).await.unwrap();
    subject.area_code = code("888");
    contract::run(&subject).await.unwrap();
    assert!(carrier.books(&subject.account).await.unwrap().numbers.is_empty(), "the suite cleans up");
}

#[tokio::test]
async fn the_contract_tells_a_carrier_that_breaks_it() {
    let carrier = in_memory();
    let subject =
        contract::Subject::new(carrier.as_ref(), account("ours"), code("305"), carrier.world().clock());
    let words = contract::run(&subject).await.unwrap_err();
    assert!(words.starts_with("searching: "), "{words}");
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.db");
    let us = account("ours");
    let stormy = Weather { answer_lost_next: 3, ..Weather::still() };
    let (books, for_sale) = {
        let carrier = in_file(&path, SEED);
        for number in search(&carrier, &us, "313", 3).await {
            try_buy(&carrier, &us, number).await.unwrap();
        }
        let service = carrier.create_service(&us, &new_service("s")).await.unwrap();
        let numbers = carrier.books(&us).await.unwrap().numbers;
        carrier.add_to_service(&us, &service.id, &numbers[0].id).await.unwrap();
        carrier.release(&us, &numbers[1].id).await.unwrap();
        carrier.set_stock(code("212"), 1).await.unwrap();
        carrier.set_weather(&us, stormy.clone()).await.unwrap();
        (carrier.books(&us).await.unwrap(), search(&carrier, &us, "313", 30).await)
    };
    // Another seed is asked for: the world keeps its own.
    let carrier = in_file(&path, SEED + 1);
    assert_eq!(carrier.world().seed(), SEED);
    assert_eq!(format!("{:?}", carrier.books(&us).await.unwrap()), format!("{books:?}"));
    assert_eq!((books.numbers.len(), books.released.len(), books.members.len()), (2, 1, 1));
    assert_eq!(carrier.weather(&us).await.unwrap(), stormy);
    assert_eq!(carrier.stock_left(code("212")).await.unwrap(), 1);
    assert_eq!(search(&carrier, &us, "313", 30).await, for_sale);
    assert_eq!(carrier.calls(&us).await.unwrap()[&Verb::Purchase], 3);
}

#[tokio::test]
async fn the_same_seed_is_the_same_world() {
    let story = |seed| async move {
        let carrier = FakeService::in_memory(seed, clock()).unwrap();
        let us = account("ours");
        carrier.set_weather(&us, Weather { faults_per_mille: 300, ..Weather::still() }).await.unwrap();
        let mut told = Vec::new();
        for number in (0..40).filter_map(|index| stock::number_at(seed, code("206"), index)) {
            told.push(format!("{:?}", try_buy(&carrier, &us, number).await));
        }
        told.push(format!("{:?}", carrier.books(&us).await.unwrap()));
        told
    };
    let (one, again, other) = (story(1).await, story(1).await, story(2).await);
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn many_programs_open_a_new_file_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.db");
    let seeds: Vec<u64> = std::thread::scope(|scope| {
        let open = |seed| {
            let path = &path;
            scope.spawn(move || World::open(path, seed, clock(), Options::default()).unwrap().seed())
        };
        let threads: Vec<_> = (0..12).map(open).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(seeds.iter().all(|seed| *seed == seeds[0]), "{seeds:?}");
}
