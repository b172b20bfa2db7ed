//! How an account's calls are kept few and slow.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::governor::{Closed, Governor, window};
use super::*;

fn governor(concurrency: usize) -> (Governor, Arc<Counted>) {
    let time = Arc::new(Counted::default());
    (Governor::new(concurrency, Arc::clone(&time) as Arc<dyn Time>), time)
}

#[tokio::test]
async fn calls_of_an_account_are_few_at_once() {
    let (governor, _) = governor(3);
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let lane = governor.lane("AC1");
            let (under_way, most) = (Arc::clone(&under_way), Arc::clone(&most));
            tokio::spawn(async move {
                let mut patience = Duration::ZERO;
                let _turn = lane.turn(&mut patience).await.unwrap();
                most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                for _ in 0..5 {
                    tokio::task::yield_now().await;
                }
                under_way.fetch_sub(1, Ordering::SeqCst);
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn too_many_stops_the_whole_account_and_no_other() {
    let (governor, time) = governor(8);
    let (lane, other) = (governor.lane("AC1"), governor.lane("AC2"));
    let mut patience = Duration::from_secs(60);
    let turn = lane.turn(&mut patience).await.unwrap();
    lane.too_many(&turn, Some(Duration::from_secs(4)));
    drop(turn);
    assert!(other.turn(&mut Duration::ZERO.clone()).await.is_ok());
    assert!(time.slept().is_empty());
    // Another call of the account, which heard nothing itself, waits for the wish and the drawn time.
    drop(lane.turn(&mut patience).await.unwrap());
    assert_eq!(time.slept(), [4_100]);
    assert_eq!(patience, Duration::from_millis(55_900));
}

#[tokio::test]
async fn pauses_grow_with_every_round_and_shrink_again() {
    let (governor, time) = governor(8);
    let lane = governor.lane("AC1");
    let mut patience = Duration::from_secs(600);
    for _ in 0..4 {
        let turns = [lane.turn(&mut patience).await.unwrap(), lane.turn(&mut patience).await.unwrap()];
        // Refused together: one reason to slow down.
        for turn in &turns {
            lane.too_many(turn, None);
        }
    }
    drop(lane.turn(&mut patience).await.unwrap());
    assert_eq!(time.slept(), [100, 200, 400, 800]);
    for _ in 0..4 {
        let turn = lane.turn(&mut patience).await.unwrap();
        lane.fine(&turn);
    }
    let turn = lane.turn(&mut patience).await.unwrap();
    assert_eq!(lane.too_many(&turn, None), Duration::from_millis(100));
}

#[tokio::test]
async fn who_cannot_wait_so_long_is_told_how_long() {
    let (governor, time) = governor(1);
    let lane = governor.lane("AC1");
    let mut patience = Duration::from_secs(30);
    let turn = lane.turn(&mut patience).await.unwrap();
    lane.too_many(&turn, Some(Duration::from_secs(120)));
    drop(turn);
    assert_eq!(lane.turn(&mut patience).await.err(), Some(Closed(Duration::from_millis(120_100))));
    assert!(time.slept().is_empty());
    let turn = lane.turn(&mut Duration::from_secs(200)).await.unwrap();
    // A wish without end is not granted.
    assert_eq!(lane.too_many(&turn, Some(Duration::MAX)), Duration::from_millis(600_200));
}

#[test]
fn windows_double_up_to_two_seconds() {
    let windows: Vec<_> = (1..=12).map(|strike| window(strike).as_millis()).collect();
    assert_eq!(windows, [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000]);
    assert_eq!(window(u32::MAX), Duration::from_secs(2));
}

#[test]
fn draws_are_spread_over_the_whole_window() {
    let draws: Vec<_> = (0..500).map(|_| Waiting::default().draw(Duration::from_millis(100))).collect();
    let least = draws.iter().min().unwrap();
    let most = draws.iter().max().unwrap();
    assert!(*most <= Duration::from_millis(100) && *most > Duration::from_millis(80), "{most:?}");
    assert!(*least < Duration::from_millis(20), "{least:?}");
}
