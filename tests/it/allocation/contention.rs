//! Several people reserving at once: they wait for one another, and never take more than there is.

use chrono::TimeDelta;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};
use numberbank::access::{ManageCampaigns, Role};
use numberbank::allocation::{self, ByCode, Mode};
use numberbank::campaigns;
use numberbank::db::DbError;
use numberbank::kernel::ids::CampaignId;
use numberbank::numbers::{self, Change, Why};

use super::{by_code, code, counts_are_true, held, stock};
use crate::both;
use crate::campaigns::{id_of, make};
use crate::support::{Backend, TestApp, run};

/// Saves the same counts for all of these campaigns at once; answers how many numbers they took together.
async fn taken_at_once(app: &TestApp, ids: &[CampaignId], wanted: &[(&str, i64)], mode: Mode) -> i64 {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let wanted: ByCode = wanted.iter().map(|&(area_code, count)| (code(area_code), count)).collect();
    let writers = ids.iter().map(|&id| {
        let (db, by, wanted) = (app.app().db.clone(), by.clone(), wanted.clone());
        tokio::spawn(async move {
            db.write(move |tx| allocation::save(tx, &by, id, &wanted, mode, by.times().now))
                .await
                .unwrap()
                .taken
        })
    });
    futures_util::future::join_all(writers).await.into_iter().map(Result::unwrap).sum()
}

both! {
    async fn eight_writers_in_opposite_orders_take_exactly_what_there_is(app: TestApp) {
        const CODES: [&str; 5] = ["212", "248", "313", "616", "989"];
        stock(&app, &[("212", 67), ("248", 67), ("313", 67), ("616", 66), ("989", 66)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let mut ids = Vec::new();
        for n in 0..8 {
            ids.push(id_of(&make(&admin, &format!("Writer {n}")).await));
        }
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let writers: Vec<_> = ids
            .iter()
            .enumerate()
            .map(|(writer, &id)| {
                let (db, by) = (app.app().db.clone(), by.clone());
                tokio::spawn(async move {
                    // Up and down, so that each writer takes and gives back while the others do; half of them go
                    // through the area codes backwards.
                    for round in 1..=6_i64 {
                        let mut codes = CODES;
                        if (writer % 2 == 0) == (round % 2 == 0) {
                            codes.reverse();
                        }
                        for pair in codes.chunks(2) {
                            let wanted: ByCode = pair
                                .iter()
                                .enumerate()
                                .map(|(at, text)| (code(text), if at == 0 { round * 3 } else { 14 - round * 2 }))
                                .collect();
                            let by = by.clone();
                            db.write(move |tx| {
                                allocation::save(tx, &by, id, &wanted, Mode::TakeWhatThereIs, by.times().now)
                            })
                            .await
                            .unwrap();
                        }
                    }
                    let most: ByCode = CODES.iter().map(|text| (code(text), 60)).collect();
                    db.write(move |tx| {
                        allocation::save(tx, &by, id, &most, Mode::TakeWhatThereIs, by.times().now)
                    })
                    .await
                    .unwrap();
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let mut total = 0;
        for &id in &ids {
            total += held(&app, id).await.values().sum::<i64>();
        }
        assert_eq!(total, 333);
        counts_are_true(&app).await;
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let counts =
            app.app().db.read(move |conn| numbers::counts(conn, by.organization_id(), None)).await.unwrap();
        assert!(counts.iter().all(|count| count.free() == 0 && count.reserved == count.total()));
    }

    async fn contention_never_fails_while_stock_suffices(app: TestApp) {
        stock(&app, &[("248", 160), ("313", 173)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let mut ids = Vec::new();
        for n in 0..8 {
            ids.push(id_of(&make(&admin, &format!("Writer {n}")).await));
        }
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let writers: Vec<_> = ids
            .iter()
            .map(|&id| {
                let (db, by) = (app.app().db.clone(), by.clone());
                tokio::spawn(async move {
                    for count in [5, 20, 1, 20] {
                        let by = by.clone();
                        let wanted: ByCode = ["313", "248"].iter().map(|text| (code(text), count)).collect();
                        let saved = db
                            .write(move |tx| {
                                allocation::save(tx, &by, id, &wanted, Mode::AllOrNothing, by.times().now)
                            })
                            .await
                            .unwrap();
                        assert!(saved.written && !saved.is_short());
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        for &id in &ids {
            assert_eq!(held(&app, id).await, by_code(&[("248", 20), ("313", 20)]));
        }
        counts_are_true(&app).await;
    }

    async fn resting_numbers_go_to_one_campaign_each(app: TestApp) {
        let resting = stock(&app, &[("313", 30)]).await;
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let (who, until) = (by.clone(), by.times().now + TimeDelta::days(3));
        app.write(move |tx| {
            let (actor, now) = (who.actor(), who.times().now);
            Ok(numbers::change(tx, &actor, &resting, Change::Rest(until), now, Why::default(), |_| true)?)
        })
        .await;
        let admin = app.sign_in(Role::Admin).await;
        let mut ids = Vec::new();
        for n in 0..8 {
            let (id, by) = (id_of(&make(&admin, &format!("Writer {n}")).await), by.clone());
            app.write(move |tx| campaigns::include_resting(tx, &by, id, true)).await;
            ids.push(id);
        }
        let taken = taken_at_once(&app, &ids, &[("313", 5)], Mode::TakeWhatThereIs).await;
        assert_eq!(taken, 30);
        counts_are_true(&app).await;
    }

    async fn the_same_campaign_saved_twice_at_once_holds_once(app: TestApp) {
        stock(&app, &[("248", 30), ("313", 30)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let id = id_of(&make(&admin, "Fall GOTV").await);
        let taken = taken_at_once(&app, &[id; 6], &[("248", 7), ("313", 12)], Mode::AllOrNothing).await;
        assert_eq!(taken, 19);
        assert_eq!(held(&app, id).await, by_code(&[("248", 7), ("313", 12)]));
        counts_are_true(&app).await;
    }
}

/// While somebody takes some numbers, others take others: nobody waits, and nobody is told that there are too few when
/// the first one leaves them after all.
#[tokio::test]
async fn numbers_that_somebody_is_taking_are_passed_over() {
    run(Backend::Postgres, |app| async move {
        stock(&app, &[("313", 10)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let (first, second) = (id_of(&make(&admin, "First").await), id_of(&make(&admin, "Second").await));
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let save = |id, count| {
            let (db, by, wanted) = (app.app().db.clone(), by.clone(), ByCode::from([(code("313"), count)]));
            async move {
                let saved = db.write(move |tx| {
                    allocation::save(tx, &by, id, &wanted, Mode::AllOrNothing, by.times().now)
                });
                saved.await.unwrap()
            }
        };
        let (locked, is_locked) = std::sync::mpsc::channel();
        let (leave, may_leave) = std::sync::mpsc::channel::<()>();
        let may_leave = std::sync::Mutex::new(may_leave);
        let db = app.app().db.clone();
        let somebody = tokio::task::spawn_blocking(move || {
            db.write_blocking(|tx| {
                let lock =
                    "SELECT id FROM owned_phone_number ORDER BY phone_number LIMIT 4 FOR NO KEY UPDATE";
                diesel::sql_query(lock).execute(&mut **tx).map_err(DbError::from)?;
                locked.send(()).unwrap();
                may_leave.lock().unwrap().recv().unwrap();
                Ok::<_, DbError>(())
            })
        });
        tokio::task::spawn_blocking(move || is_locked.recv().unwrap()).await.unwrap();
        // Would wait for ever if it waited.
        let saved = save(first, 5).await;
        assert!(saved.written && saved.taken == 5);
        // One is left beside those four, so this one has to.
        let waits = tokio::spawn(save(second, 5));
        leave.send(()).unwrap();
        let saved = waits.await.unwrap();
        assert!(saved.written && saved.taken == 5, "{saved:?}");
        somebody.await.unwrap().unwrap();
        let none = save(id_of(&make(&admin, "Third").await), 1).await;
        assert_eq!(
            none.short().map(|code| (code.code, code.short())).collect::<Vec<_>>(),
            [(code("313"), 1)]
        );
        counts_are_true(&app).await;
    })
    .await;
}

/// A change of numbers locks their counts first, a reservation last: where both mean the same numbers, PostgreSQL ends
/// one of them, it is begun again, and both are done.
#[tokio::test]
async fn a_reservation_that_meets_a_change_of_the_same_numbers_is_done_after_all() {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    run(Backend::Postgres, |app| async move {
        stock(&app, &[("313", 3)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let id = id_of(&make(&admin, "Fall GOTV").await);
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let now = app.app().clock.now();
        let (locked, is_locked) = std::sync::mpsc::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let may_go_on = std::sync::Mutex::new(may_go_on);
        let (db, actor) = (app.app().db.clone(), by.actor());
        let change = tokio::task::spawn_blocking(move || {
            db.write_blocking(|tx| {
                numbers::lock_counts(tx, &actor, "fakeservice", &[code("313")])?;
                // Nobody listens when it is begun again, and nobody has to say a second time that it may go on.
                let _ = locked.send(());
                let _ = may_go_on.lock().unwrap().recv();
                let label = "UPDATE owned_phone_number SET label = 'seen'";
                diesel::sql_query(label).execute(&mut **tx).map_err(DbError::from)
            })
        });
        tokio::task::spawn_blocking(move || is_locked.recv().unwrap()).await.unwrap();
        let db = app.app().db.clone();
        let reserved = tokio::spawn(async move {
            let wanted: ByCode = [(code("313"), 3)].into();
            db.write(move |tx| allocation::save(tx, &by, id, &wanted, Mode::AllOrNothing, now)).await
        });
        // It has the numbers and waits for their counts.
        let waiting = "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        loop {
            let found: Vec<Waiting> = app
                .app()
                .db
                .read(move |conn| diesel::sql_query(waiting).load(conn).map_err(DbError::from))
                .await
                .unwrap();
            if found[0].n > 0 {
                break;
            }
        }
        go_on.send(()).unwrap();
        drop(go_on);
        assert_eq!(change.await.unwrap().unwrap(), 3);
        let saved = reserved.await.unwrap().unwrap();
        assert!(saved.written && saved.taken == 3, "{saved:?}");
        counts_are_true(&app).await;
    })
    .await;
}
