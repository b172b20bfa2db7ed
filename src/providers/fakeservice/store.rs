//! The practice world's own SQLite file and every query on it. It is never part of the application's database.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::providers::{ErrorKind, ProviderError, ProviderResult};

/// The schema this version writes.
const VERSION: &str = "2";
const SCHEMA: &str = include_str!("schema.sql");
/// What makes a file of version 1 one of version 2.
const FROM_1: &str = "
    ALTER TABLE service ADD COLUMN registered BOOLEAN NOT NULL DEFAULT FALSE;
    ALTER TABLE service ADD COLUMN inbound_url TEXT;
    ALTER TABLE service ADD COLUMN status_url TEXT;
    ALTER TABLE service ADD COLUMN inbound_at_number BOOLEAN NOT NULL DEFAULT FALSE;
    ALTER TABLE holding ADD COLUMN voice_url TEXT;
    UPDATE service SET registered = TRUE WHERE registration IS NOT NULL;
    UPDATE meta SET value = '2' WHERE key = 'schema'";

diesel::table! { meta (key) { key -> Text, value -> Text, } }
diesel::table! { account (id) { id -> Text, weather -> Nullable<Text>, calls -> BigInt, } }
diesel::table! { call_count (account, verb) { account -> Text, verb -> Text, calls -> BigInt, } }
diesel::table! { shelf (area_code) { area_code -> Text, size -> BigInt, } }
diesel::table! { withheld (phone_number) { phone_number -> Text, area_code -> Text, } }
diesel::table! {
    holding (seq) {
        seq -> BigInt,
        id -> Text,
        account -> Text,
        phone_number -> Text,
        area_code -> Text,
        client_ref -> Nullable<Text>,
        monthly_price -> BigInt,
        bought_at -> Timestamp,
        released_at -> Nullable<Timestamp>,
        service -> Nullable<Text>,
        voice_url -> Nullable<Text>,
    }
}
diesel::table! {
    service (seq) {
        seq -> BigInt,
        id -> Text,
        account -> Text,
        name -> Text,
        client_ref -> Nullable<Text>,
        registration -> Nullable<Text>,
        geomatch -> Bool,
        sticky -> Bool,
        created_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
        registered -> Bool,
        inbound_url -> Nullable<Text>,
        status_url -> Nullable<Text>,
        inbound_at_number -> Bool,
    }
}

/// A number held by an account, now or once.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = holding)]
pub(super) struct Holding {
    pub seq: i64,
    pub id: String,
    pub account: String,
    pub phone_number: E164,
    pub area_code: AreaCode,
    pub client_ref: Option<String>,
    pub monthly_price: Micros,
    pub bought_at: Moment,
    pub released_at: Option<Moment>,
    pub service: Option<String>,
    pub voice_url: Option<String>,
}

/// A messaging service, there or deleted.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = service)]
pub(super) struct ServiceRow {
    pub seq: i64,
    pub id: String,
    pub account: String,
    pub name: String,
    pub client_ref: Option<String>,
    pub registration: Option<String>,
    pub geomatch: bool,
    pub sticky: bool,
    pub created_at: Moment,
    pub deleted_at: Option<Moment>,
    pub registered: bool,
    pub inbound_url: Option<String>,
    pub status_url: Option<String>,
    pub inbound_at_number: bool,
}

/// What ends a transaction early: a failure of the file, or the world's own refusal.
pub(super) struct Stop(pub(super) ProviderError);
pub(super) type Tried<T> = Result<T, Stop>;

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Stop {
        Stop(failed(&error))
    }
}
impl From<ProviderError> for Stop {
    fn from(error: ProviderError) -> Stop {
        Stop(error)
    }
}

fn failed(cause: &dyn std::fmt::Display) -> ProviderError {
    ProviderError::new(ErrorKind::Unknown, format!("The practice carrier's own file failed: {cause}."))
}

/// The file, opened.
pub(super) struct Store(Mutex<SqliteConnection>);

/// A connection inside a transaction.
pub(super) struct Tx<'conn>(pub(super) &'conn mut SqliteConnection);

impl Store {
    /// Opens the file, making it when there is none; `None` is a world in memory. Answers the seed it was made with.
    pub(super) fn open(path: Option<&Path>, seed: u64) -> ProviderResult<(Store, u64)> {
        let name = match path {
            None => ":memory:",
            Some(path) => path.to_str().ok_or_else(|| failed(&"its path is not valid UTF-8"))?,
        };
        let mut conn = SqliteConnection::establish(name).map_err(|error| failed(&error))?;
        let wrong = |error: diesel::result::Error| failed(&error);
        // What is committed survives a crash of the program; a power cut may undo the last moments of practice.
        conn.batch_execute(
            "PRAGMA busy_timeout = 20000; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON",
        )
        .map_err(wrong)?;
        write_ahead(&mut conn).map_err(wrong)?;
        let store = Store(Mutex::new(conn));
        let seed = store.write(|tx| {
            tx.0.batch_execute(SCHEMA)?;
            let mut version = tx.meta("schema", VERSION)?;
            if version == "1" {
                tx.0.batch_execute(FROM_1)?;
                version = tx.meta("schema", VERSION)?;
            }
            if version != VERSION {
                let words = format!("its schema is version {version}, this program knows version {VERSION}");
                return Err(Stop(failed(&words)));
            }
            let kept = tx.meta("seed", &seed.to_string())?;
            kept.parse().map_err(|_| Stop(failed(&"its seed is unreadable")))
        })?;
        Ok((store, seed))
    }

    /// Runs a transaction that writes: all of it is kept, or nothing.
    pub(super) fn write<T>(&self, work: impl FnOnce(&mut Tx) -> Tried<T>) -> ProviderResult<T> {
        let mut conn = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        conn.immediate_transaction(|conn| work(&mut Tx(conn))).map_err(|stop| stop.0)
    }

    /// Runs queries on one state of the world.
    pub(super) fn read<T>(&self, work: impl FnOnce(&mut Tx) -> Tried<T>) -> ProviderResult<T> {
        let mut conn = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        conn.transaction(|conn| work(&mut Tx(conn))).map_err(|stop| stop.0)
    }
}

/// Switches to write-ahead logging. Several programs opening a new file at once refuse each other here whatever the
/// busy timeout says, so it is tried again for a while.
fn write_ahead(conn: &mut SqliteConnection) -> QueryResult<()> {
    let mut left = 200;
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL") {
            Err(_) if left > 0 => {
                left -= 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            result => return result,
        }
    }
}

impl Tx<'_> {
    /// Empties every table but that of the seed.
    pub(super) fn forget_all(&mut self) -> Tried<()> {
        let tables = [
            "holding",
            "service",
            "withheld",
            "shelf",
            "call_count",
            "account",
            "note",
            "price_change",
            "other_use",
        ];
        for table in tables {
            self.0.batch_execute(&format!("DELETE FROM {table}"))?;
        }
        Ok(())
    }

    /// The kept value of a key, which becomes `first` when there is none.
    fn meta(&mut self, key: &str, first: &str) -> Tried<String> {
        let row = (meta::key.eq(key), meta::value.eq(first));
        diesel::insert_into(meta::table).values(row).on_conflict_do_nothing().execute(self.0)?;
        Ok(meta::table.find(key).select(meta::value).first(self.0)?)
    }
}
