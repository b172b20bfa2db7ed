//! Files that another version of this program wrote.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::*;
use crate::providers::Registration;

#[tokio::test]
async fn a_file_of_version_1_is_brought_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.db");
    let us = account("ours");
    let number = {
        let carrier = in_file(&path, SEED);
        let number = search(&carrier, &us, "313", 1).await[0];
        let owned = try_buy(&carrier, &us, number).await.unwrap();
        let made = carrier.create_service(&us, &new_service("s")).await.unwrap();
        carrier.add_to_service(&us, &made.id, &owned.id).await.unwrap();
        number
    };
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.batch_execute(
        "ALTER TABLE service DROP COLUMN registered; ALTER TABLE service DROP COLUMN inbound_url; \
         ALTER TABLE service DROP COLUMN status_url; ALTER TABLE service DROP COLUMN inbound_at_number; \
         ALTER TABLE holding DROP COLUMN voice_url; UPDATE service SET registration = 'VERIFIED'; \
         UPDATE meta SET value = '1' WHERE key = 'schema'",
    )
    .unwrap();
    drop(conn);
    for _ in 0..2 {
        let books = in_file(&path, SEED).books(&us).await.unwrap();
        assert_eq!(books.numbers[0].phone_number, number);
        assert_eq!((books.members.len(), books.numbers[0].voice_url.as_deref()), (1, None));
        let verified = Registration { registered: true, campaign_status: Some("VERIFIED".into()) };
        assert_eq!(books.services[0].registration, verified);
    }
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.db");
    drop(in_file(&path, SEED));
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.batch_execute("UPDATE meta SET value = '99' WHERE key = 'schema'").unwrap();
    let error = World::open(&path, SEED, clock(), small_pages()).err().unwrap();
    assert!(error.to_string().contains("version 99"), "{error}");
}
