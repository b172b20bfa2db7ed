//! Each weather, and what the caller can find out afterwards.

use std::time::Duration;

use super::*;

async fn meeting(weather: Weather) -> (Arc<FakeService>, Account) {
    let (carrier, us) = (in_memory(), account("ours"));
    carrier.set_weather(&us, weather).await.unwrap();
    (carrier, us)
}

fn number(index: u16) -> E164 {
    stock::number_at(SEED, code("313"), index).unwrap()
}

#[tokio::test]
async fn rush_hour_refuses_the_next_calls_of_this_account_only() {
    let (carrier, us) =
        meeting(Weather { rate_limit_next: 2, retry_after_ms: 1_500, ..Weather::still() }).await;
    assert!(carrier.prices(&account("theirs")).await.is_ok());
    let wait = ErrorKind::RateLimited(Some(Duration::from_millis(1_500)));
    assert_eq!(kind(try_buy(&carrier, &us, number(0)).await), wait);
    assert_eq!(kind(carrier.prices(&us).await), wait);
    assert!(carrier.find_owned(&us, number(0)).await.unwrap().is_none(), "nothing was done");
    assert_eq!(carrier.calls(&us).await.unwrap()[&Verb::Purchase], 1, "refused calls are counted");
}

#[tokio::test]
async fn sold_meanwhile_really_sells_to_somebody_else() {
    let (carrier, us) = meeting(Weather { sold_meanwhile_next: 1, ..Weather::still() }).await;
    assert_eq!(search(&carrier, &us, "313", 1).await, [number(0)]);
    assert_eq!(kind(try_buy(&carrier, &us, number(0)).await), ErrorKind::Unavailable);
    let theirs = carrier.books(&account(SOMEBODY_ELSE)).await.unwrap();
    assert_eq!(theirs.numbers.len(), 1);
    assert_eq!(search(&carrier, &us, "313", 1).await, [number(1)], "it is off the market");
    assert_eq!(kind(try_buy(&carrier, &us, number(0)).await), ErrorKind::Unavailable);
    try_buy(&carrier, &us, number(1)).await.unwrap();
}

#[tokio::test]
async fn lost_and_missing_answers_look_the_same_until_asked() {
    let (carrier, us) =
        meeting(Weather { unanswered_next: 1, answer_lost_next: 1, ..Weather::still() }).await;
    for done in [false, true] {
        let error = try_buy(&carrier, &us, number(0)).await.unwrap_err();
        assert_eq!((error.kind, error.is_ambiguous()), (ErrorKind::AnswerLost, true));
        assert_eq!(carrier.find_owned(&us, number(0)).await.unwrap().is_some(), done);
    }
    let first = carrier.find_owned(&us, number(0)).await.unwrap().unwrap();
    assert_eq!(try_buy(&carrier, &us, number(0)).await.unwrap().id, first.id);
    assert_eq!(carrier.books(&us).await.unwrap().sales(), 1, "nothing was bought twice");
}

#[tokio::test]
async fn other_changes_lose_answers_too() {
    let (carrier, us) = meeting(Weather { change_answer_lost_next: 2, ..Weather::still() }).await;
    let owned = try_buy(&carrier, &us, number(0)).await.unwrap();
    assert_eq!(kind(carrier.create_service(&us, &new_service("s")).await), ErrorKind::AnswerLost);
    assert!(carrier.find_service(&us, &ClientRef::new("s")).await.unwrap().is_some());
    assert_eq!(kind(carrier.release(&us, &owned.id).await), ErrorKind::AnswerLost);
    assert!(carrier.find_owned(&us, number(0)).await.unwrap().is_none());
    carrier.create_service(&us, &new_service("t")).await.unwrap();
}

#[tokio::test]
async fn transient_failures_and_hiccups_do_nothing() {
    let (carrier, us) = meeting(Weather { transient_next: 1, ..Weather::still() }).await;
    assert_eq!(kind(try_buy(&carrier, &us, number(0)).await), ErrorKind::Transient);
    assert_eq!(carrier.books(&us).await.unwrap().sales(), 0);
    carrier.set_weather(&us, Weather { every_nth: 3, ..Weather::still() }).await.unwrap();
    let mut failed = Vec::new();
    for call in 2..=10 {
        if carrier.prices(&us).await.is_err() {
            failed.push(call);
        }
    }
    assert_eq!(failed, [3, 6, 9]);
}

#[tokio::test]
async fn full_pools_and_other_caps() {
    let (carrier, us) = meeting(Weather { pool_full: true, ..Weather::still() }).await;
    let service = carrier.create_service(&us, &new_service("s")).await.unwrap();
    let owned =
        [try_buy(&carrier, &us, number(0)).await.unwrap(), try_buy(&carrier, &us, number(1)).await.unwrap()];
    assert_eq!(kind(carrier.add_to_service(&us, &service.id, &owned[0].id).await), ErrorKind::PoolFull);
    carrier.set_weather(&us, Weather { pool_cap: Some(1), ..Weather::still() }).await.unwrap();
    carrier.add_to_service(&us, &service.id, &owned[0].id).await.unwrap();
    assert_eq!(kind(carrier.add_to_service(&us, &service.id, &owned[1].id).await), ErrorKind::PoolFull);
    carrier.add_to_service(&us, &service.id, &owned[0].id).await.unwrap();
}

#[tokio::test]
async fn a_suspended_account_is_refused_everything_and_still_billed() {
    let (carrier, us) = meeting(Weather::still()).await;
    try_buy(&carrier, &us, number(0)).await.unwrap();
    carrier.set_weather(&us, Weather::of_name("suspended").unwrap().weather).await.unwrap();
    let error = carrier.list_owned(&us, None).await.unwrap_err();
    assert!(error.kind == ErrorKind::AccountSuspended && error.stops_account());
    assert_eq!(kind(try_buy(&carrier, &us, number(1)).await), ErrorKind::AccountSuspended);
    assert_eq!(carrier.books(&us).await.unwrap().charges.len(), 1);
}

#[tokio::test]
async fn answers_take_time() {
    let (carrier, us) = meeting(Weather { latency_ms: 100, ..Weather::still() }).await;
    let start = std::time::Instant::now();
    carrier.prices(&us).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(60));
    let usual = FakeService::of(World::in_memory(SEED, clock(), Options::default()).unwrap());
    assert_eq!(usual.weather(&us).await.unwrap(), Weather::default());
}

#[tokio::test]
async fn instances_share_the_weather() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.db");
    let (one, two, us) = (in_file(&path, SEED), in_file(&path, SEED), account("ours"));
    one.set_weather(&us, Weather { rate_limit_next: 1, ..Weather::still() }).await.unwrap();
    assert!(two.prices(&us).await.is_err());
    assert!(one.prices(&us).await.is_ok());
    assert!(one.weather(&us).await.unwrap().is_fair());
}

/// A buyer that follows the house's rule survives any storm with exactly what it wanted.
#[tokio::test]
async fn asking_before_buying_again_survives_a_storm() {
    let (carrier, us) = meeting(Weather { faults_per_mille: 500, ..Weather::still() }).await;
    let mut bought = 0;
    for index in 0..60 {
        loop {
            match try_buy(&carrier, &us, number(index)).await {
                Ok(_) => bought += 1,
                Err(error) if error.kind == ErrorKind::Unavailable => {}
                Err(error) if error.is_retryable() => continue,
                Err(error) => {
                    assert!(error.is_ambiguous(), "{error:?}");
                    let found = loop {
                        if let Ok(found) = carrier.find_owned(&us, number(index)).await {
                            break found;
                        }
                    };
                    if found.is_none() {
                        continue;
                    }
                    bought += 1;
                }
            }
            break;
        }
    }
    let books = carrier.books(&us).await.unwrap();
    let snatched = carrier.books(&account(SOMEBODY_ELSE)).await.unwrap().sales();
    assert_eq!((books.sales(), books.charges.len()), (bought, bought));
    assert_eq!(bought + snatched, 60);
    assert!(snatched > 0);
}
