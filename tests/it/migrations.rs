//! The schema: what both databases have must be what the code believes, and every migration has a way back, with
//! data in every table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Bool, Text};
use numberbank::db::{self, Conn, Db, DbError};

use crate::on_both;
use crate::support::{Backend, Scratch};

/// A row in every table, the tables ordered by what refers to what.
const SAMPLE: &str = include_str!("data/sample.sql");

const OWN_TABLE: &str = "__diesel_schema_migrations";

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(diesel::QueryableByName, Debug, PartialEq, Eq, Clone)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql_type: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

fn names(conn: &mut Conn, sql: &str) -> BTreeSet<String> {
    let rows: Vec<Name> = diesel::sql_query(sql).load(conn).unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

fn tables(conn: &mut Conn) -> BTreeSet<String> {
    let sql = match conn {
        Conn::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Conn::Postgres(_) => {
            "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let mut tables = names(conn, sql);
    tables.remove(OWN_TABLE);
    tables
}

/// The columns of every table, in their order: rows are read by position.
fn columns(conn: &mut Conn) -> Vec<Column> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT m.name AS table_name, c.name AS name, lower(c.type) AS sql_type, c.\"notnull\" = 0 AS nullable \
             FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid"
        }
        Conn::Postgres(_) => {
            "SELECT table_name::text AS table_name, column_name::text AS name, data_type::text AS sql_type, \
             is_nullable = 'YES' AS nullable FROM information_schema.columns \
             WHERE table_schema = 'public' ORDER BY table_name COLLATE \"C\", ordinal_position"
        }
    };
    let rows: Vec<Column> = diesel::sql_query(sql).load(conn).unwrap();
    rows.into_iter().filter(|column| column.table_name != OWN_TABLE).collect()
}

/// The indexes somebody named; those of keys and UNIQUE are made by the database.
fn indexes(conn: &mut Conn) -> BTreeSet<String> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT name || ' ' || (CASE WHEN sql LIKE 'CREATE UNIQUE%' THEN 'unique' ELSE '' END) \
             || (CASE WHEN sql LIKE '% WHERE %' THEN ' partial' ELSE '' END) AS name \
             FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        }
        Conn::Postgres(_) => {
            "SELECT c.relname || ' ' || (CASE WHEN i.indisunique THEN 'unique' ELSE '' END) \
             || (CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END) AS name \
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
             JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public' \
             WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)"
        }
    };
    names(conn, sql)
}

/// What `src/db/schema.rs` says, in its order: the type by diesel's name.
fn believed() -> Vec<Column> {
    let text = std::fs::read_to_string(root().join("src/db/schema.rs")).unwrap();
    let mut columns = Vec::new();
    let mut table = None;
    for line in text.lines().map(str::trim) {
        if let Some((name, ty)) = line.split_once(" -> ").filter(|_| table.is_some()) {
            let ty = ty.trim_end_matches(',');
            let inner = ty.strip_prefix("Nullable<").and_then(|ty| ty.strip_suffix('>'));
            columns.push(Column {
                table_name: table.clone().unwrap_or_default(),
                name: name.to_owned(),
                sql_type: inner.unwrap_or(ty).to_owned(),
                nullable: inner.is_some(),
            });
        } else if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            table = Some(name.to_owned());
        } else if line == "}" {
            // The first one ends the columns, the second the macro.
            table = None;
        }
    }
    columns.sort_by(|a, b| a.table_name.cmp(&b.table_name));
    columns
}

/// The name of a database's type in diesel.
fn in_diesel(sql_type: &str) -> &str {
    match sql_type {
        "text" => "Text",
        "bigint" => "BigInt",
        "integer" => "Integer",
        "boolean" => "Bool",
        "timestamp" | "timestamp without time zone" => "Timestamp",
        "date" => "Date",
        "blob" | "bytea" => "Binary",
        "double" | "double precision" => "Double",
        other => other,
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Looks into a database as it stands.
async fn look<T: Send + 'static>(scratch: &Scratch, with: impl FnOnce(&mut Conn) -> T + Send + 'static) -> T {
    let url = scratch.url().clone();
    tokio::task::spawn_blocking(move || {
        let db = Db::connect(&url, 1).unwrap();
        db.read_blocking(|conn| Ok::<_, DbError>(with(conn))).unwrap()
    })
    .await
    .unwrap()
}

async fn migrate(scratch: &Scratch, way: fn(&db::DatabaseUrl) -> db::DbResult<()>) {
    let url = scratch.url().clone();
    tokio::task::spawn_blocking(move || way(&url).unwrap()).await.unwrap();
}

/// Fills every table and answers how many rows each has.
fn fill(conn: &mut Conn) -> BTreeMap<String, i64> {
    conn.batch_execute(SAMPLE).unwrap();
    tables(conn)
        .into_iter()
        .map(|table| {
            let rows: Vec<Count> =
                diesel::sql_query(format!("SELECT COUNT(*) AS count FROM {table}")).load(conn).unwrap();
            (table, rows[0].count)
        })
        .collect()
}

on_both! {
    async fn a_database_with_data_goes_down_and_up_again(db: Scratch) {
        migrate(&db, db::migrate_up).await;
        let (before, counts) = look(&db, |conn| (columns(conn), fill(conn))).await;
        let empty: Vec<_> = counts.iter().filter(|(_, count)| **count == 0).collect();
        assert!(empty.is_empty(), "tests/it/data/sample.sql leaves these empty: {empty:?}");
        migrate(&db, db::migrate_down).await;
        assert_eq!(look(&db, tables).await, BTreeSet::new());
        assert_eq!(look(&db, indexes).await, BTreeSet::new());
        migrate(&db, db::migrate_up).await;
        let (after, again) = look(&db, |conn| (columns(conn), fill(conn))).await;
        assert_eq!((after, again), (before, counts));
        // Up to date already: nothing happens.
        migrate(&db, db::migrate_up).await;
    }

    async fn numbers_owned_before_are_found_by_their_digits(db: Scratch) {
        #[derive(diesel::QueryableByName)]
        struct Digits {
            #[diesel(sql_type = Text)]
            ends: String,
            #[diesel(sql_type = Text)]
            local: String,
        }
        migrate(&db, db::migrate_up).await;
        let found = look(&db, |conn| {
            fill(conn);
            let (down, up) = match conn {
                Conn::Postgres(_) => (
                    include_str!("../../migrations/postgres/2026-11-22-000054_digits/down.sql"),
                    include_str!("../../migrations/postgres/2026-11-22-000054_digits/up.sql"),
                ),
                Conn::Sqlite(_) => (
                    include_str!("../../migrations/sqlite/2026-11-22-000054_digits/down.sql"),
                    include_str!("../../migrations/sqlite/2026-11-22-000054_digits/up.sql"),
                ),
            };
            conn.batch_execute(down).unwrap();
            conn.batch_execute(up).unwrap();
            diesel::sql_query("SELECT ends, local FROM number_digits WHERE number_id = 'n1'").load::<Digits>(conn).unwrap()
        })
        .await;
        let found: Vec<_> = found.iter().map(|digits| (digits.ends.as_str(), digits.local.as_str())).collect();
        assert_eq!(found, [("0101", "5550101")]);
    }

    async fn the_code_believes_what_the_database_has(db: Scratch) {
        migrate(&db, db::migrate_up).await;
        let mut there = look(&db, columns).await;
        for column in &mut there {
            column.sql_type = in_diesel(&column.sql_type).to_owned();
        }
        let believed = believed();
        for (there, believed) in there.iter().zip(&believed) {
            assert_eq!(there, believed);
        }
        assert_eq!(there.len(), believed.len());
        assert!(there.len() > 150, "{} columns are too few: was schema.rs read?", there.len());
    }

    async fn references_are_kept(db: Scratch) {
        migrate(&db, db::migrate_up).await;
        look(&db, |conn| {
            fill(conn);
            for wrong in [
                "DELETE FROM campaign",
                "DELETE FROM owned_phone_number",
                "UPDATE charge SET number_id = 'nothing'",
                "UPDATE assignment SET campaign_id = 'nothing'",
                "UPDATE owned_phone_number SET hold = NULL WHERE campaign_id IS NOT NULL",
                "UPDATE number_count SET available = -1",
                "UPDATE charge SET period_end = period_start",
                "UPDATE membership SET role = 'KING'",
            ] {
                assert!(conn.batch_execute(wrong).is_err(), "{wrong} was let through");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn both_databases_have_the_same_indexes() {
    let mut seen = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(db) = Scratch::new(backend).await else { return };
        migrate(&db, db::migrate_up).await;
        seen.push(look(&db, indexes).await);
    }
    assert!(seen[0].len() > 20, "{:?}", seen[0]);
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn both_folders_have_the_same_migrations() {
    let stamps = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(root().join("migrations").join(folder)).unwrap();
        entries
            .map(|entry| {
                let path = entry.unwrap().path();
                for file in ["up.sql", "down.sql"] {
                    let text = std::fs::read_to_string(path.join(file)).unwrap();
                    assert!(!text.trim().is_empty(), "{} is empty", path.join(file).display());
                }
                path.file_name().unwrap().to_str().unwrap().to_owned()
            })
            .collect()
    };
    let sqlite = stamps("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, stamps("postgres"));
}
