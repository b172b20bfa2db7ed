//! `Db`: what it promises about transactions, on both databases.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use futures_util::FutureExt;
use numberbank::db::schema::organization;
use numberbank::db::{DatabaseUrl, Db, DbError, DbResult, Tx};
use numberbank::error::AppError;
use numberbank::kernel::ids::OrganizationId;
use numberbank::load_for_update;

use crate::on_both;
use crate::support::{Backend, Scratch};

fn insert(tx: &mut Tx, slug: &str) -> DbResult<OrganizationId> {
    let id = OrganizationId::new();
    diesel::insert_into(organization::table)
        .values((
            organization::id.eq(id),
            organization::slug.eq(slug),
            organization::name.eq(slug),
            organization::service.eq("fakeservice"),
            organization::carrier_account.eq(slug),
            organization::time_zone.eq("UTC"),
            organization::created_at.eq("2026-11-22T10:00:00".parse::<chrono::NaiveDateTime>().unwrap()),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

async fn slugs(db: &Db) -> Vec<String> {
    db.read(|conn| {
        Ok::<_, DbError>(organization::table.select(organization::slug).order(organization::slug).load(conn)?)
    })
    .await
    .unwrap()
}

async fn room(db: &Db, id: OrganizationId) -> i64 {
    db.read(move |conn| {
        Ok::<_, DbError>(organization::table.find(id).select(organization::room).first(conn)?)
    })
    .await
    .unwrap()
}

fn contention() -> DbError {
    let info = Box::new("could not serialize access".to_owned());
    DbError::from(Error::DatabaseError(DatabaseErrorKind::SerializationFailure, info))
}

on_both! {
    async fn a_transaction_that_fails_writes_nothing(db: Scratch) {
        let db = db.open().await;
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        let result: Result<(), AppError> = db
            .write(move |tx| {
                counted.fetch_add(1, Ordering::SeqCst);
                insert(tx, "never")?;
                Err(AppError::Conflict("changed my mind".into()))
            })
            .await;
        assert!(matches!(result, Err(AppError::Conflict(_))), "{result:?}");
        assert_eq!(calls.load(Ordering::SeqCst), 1, "only contention is a reason to begin again");
        assert_eq!(slugs(&db).await, [""; 0]);
        db.write(|tx| insert(tx, "after")).await.unwrap();
        assert_eq!(slugs(&db).await, ["after"]);
    }

    async fn a_transaction_that_panics_writes_nothing_and_harms_nobody(db: Scratch) {
        let db = db.open().await;
        // More often than the pool has connections: none may be left in a transaction, or poisoned.
        for _ in 0..15 {
            let panicking = db.write::<(), DbError, _>(|tx| {
                insert(tx, "never")?;
                panic!("on purpose");
            });
            assert!(AssertUnwindSafe(panicking).catch_unwind().await.is_err());
        }
        assert_eq!(slugs(&db).await, [""; 0]);
        db.write(|tx| insert(tx, "after")).await.unwrap();
        assert_eq!(slugs(&db).await, ["after"]);
    }

    async fn a_transaction_is_begun_again_after_contention(db: Scratch) {
        let db = db.open().await;
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        db.write(move |tx| {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            insert(tx, &format!("attempt-{call}"))?;
            if call < 3 { Err(contention()) } else { Ok(()) }
        })
        .await
        .unwrap();
        assert_eq!(slugs(&db).await, ["attempt-3"], "what the first attempts wrote is gone");
        // But not for ever.
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        let result: DbResult<()> = db
            .write(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
                Err(contention())
            })
            .await;
        assert!(result.is_err_and(|error| error.is_contention()));
        assert_eq!(calls.load(Ordering::SeqCst), 12);
    }

    async fn a_duplicate_is_said_as_such_and_ends_no_one_elses_work(db: Scratch) {
        let db = db.open().await;
        db.write(|tx| insert(tx, "once")).await.unwrap();
        let again = db.write(|tx| insert(tx, "once")).await;
        assert!(matches!(&again, Err(DbError::Duplicate(what)) if what.contains("slug")), "{again:?}");
        db.write(|tx| insert(tx, "twice")).await.unwrap();
        assert_eq!(slugs(&db).await, ["once", "twice"]);
    }

    async fn eight_writers_that_read_first_lose_nothing(db: Scratch) {
        let db = db.open().await;
        let id = db.write(|tx| insert(tx, "counted")).await.unwrap();
        let before = room(&db, id).await;
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let db = db.clone();
                std::thread::spawn(move || {
                    for _ in 0..50 {
                        db.write_blocking(|tx| {
                            let query = organization::table.find(id).select(organization::room);
                            let rooms: Vec<i64> = load_for_update!(**tx, query)?;
                            let room = rooms.first().copied().ok_or(DbError::NotFound)?;
                            diesel::update(organization::table.find(id))
                                .set(organization::room.eq(room + 1))
                                .execute(&mut **tx)?;
                            Ok::<_, DbError>(())
                        })
                        .unwrap();
                    }
                })
            })
            .collect();
        let done = tokio::task::spawn_blocking(move || threads.into_iter().all(|thread| thread.join().is_ok()));
        assert!(done.await.unwrap());
        assert_eq!(room(&db, id).await, before + 400);
    }

    async fn instances_that_start_together_all_find_the_schema(db: Scratch) {
        let start = Arc::new(Barrier::new(4));
        let instances: Vec<_> = (0..4)
            .map(|_| {
                let (url, start) = (db.url().clone(), start.clone());
                std::thread::spawn(move || {
                    start.wait();
                    Db::open(&url, 2).map(drop)
                })
            })
            .collect();
        let results = tokio::task::spawn_blocking(move || {
            instances.into_iter().map(|instance| instance.join().unwrap()).collect::<Vec<_>>()
        });
        for result in results.await.unwrap() {
            result.unwrap();
        }
        assert_eq!(slugs(&db.open().await).await, [""; 0]);
    }
}

/// Two transactions that lock each other out: PostgreSQL ends one of them, and it is begun again. SQLite lets one
/// writer in at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deadlock_is_survived() {
    let Some(scratch) = Scratch::new(Backend::Postgres).await else { return };
    let db = scratch.open().await;
    let one = db.write(|tx| insert(tx, "one")).await.unwrap();
    let two = db.write(|tx| insert(tx, "two")).await.unwrap();
    let both_have_one = Arc::new(Barrier::new(2));
    let calls = Arc::new(AtomicU32::new(0));
    let threads: Vec<_> = [[one, two], [two, one]]
        .into_iter()
        .map(|order| {
            let (db, both_have_one, calls) = (db.clone(), both_have_one.clone(), calls.clone());
            std::thread::spawn(move || {
                let first_attempt = AtomicU32::new(1);
                db.write_blocking(|tx| {
                    calls.fetch_add(1, Ordering::SeqCst);
                    for (place, id) in order.into_iter().enumerate() {
                        diesel::update(organization::table.find(id))
                            .set(organization::room.eq(organization::room + 1))
                            .execute(&mut **tx)?;
                        if place == 0 && first_attempt.swap(0, Ordering::SeqCst) == 1 {
                            both_have_one.wait();
                        }
                    }
                    Ok::<_, DbError>(())
                })
            })
        })
        .collect();
    let results = tokio::task::spawn_blocking(move || {
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    for result in results.await.unwrap() {
        result.unwrap();
    }
    assert!(calls.load(Ordering::SeqCst) > 2, "there was no deadlock to survive");
    assert_eq!((room(&db, one).await, room(&db, two).await), (402, 402));
}

#[tokio::test]
async fn a_wrong_address_is_said_without_the_password() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().display();
    for address in [
        "postgres://numberbank:pa55phrase@127.0.0.1:1/none".to_owned(),
        "postgresql://numberbank:pa55phrase@no-such-host.invalid/none?connect_timeout=2".to_owned(),
        format!("postgres:///none?host={nowhere}&user=numberbank&password=pa55phrase"),
        "postgres://numberbank:pa55phrase%zz@127.0.0.1:1/none".to_owned(),
        "postgres://numberbank:pa55phrase@127.0.0.1:1/none?no_such_option=1".to_owned(),
        "postgres://numberbank:pa55phrase@127.0.0.1:not-a-port/none".to_owned(),
        "postgres://numberbank:pa55phrase@[::1/none".to_owned(),
        "postgres://numberbank:pa55/phrase@127.0.0.1:1/none".to_owned(),
    ] {
        let url = DatabaseUrl::parse(&address).unwrap();
        let shown = format!("{url:?}");
        let error =
            tokio::task::spawn_blocking(move || Db::open(&url, 1).map(drop).unwrap_err()).await.unwrap();
        for words in [error.to_string(), format!("{error:?}"), shown] {
            assert!(!words.contains("pa55"), "{words}");
        }
        assert!(error.to_string().starts_with("no database connection: "), "{error}");
        assert!(error.to_string().len() > 40, "{error} says nothing");
    }
    for wrong in ["", "numberbank.db", "mysql://localhost/x", "sqlite:", "sqlite://"] {
        assert!(DatabaseUrl::parse(wrong).is_err(), "{wrong:?}");
    }
    let missing = DatabaseUrl::sqlite_file(&dir.path().join("no/such/folder/x.db"));
    let error = Db::open(&missing, 1).map(drop).unwrap_err();
    assert!(error.to_string().contains("no/such/folder/x.db"), "{error}");
}
