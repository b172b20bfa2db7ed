//! Bringing the schema up to date, once, under a lock.

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{Conn, DatabaseUrl, establish};
use super::error::{DbError, DbResult};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number; instances that start together meet at it. The bytes of "number" in ASCII.
const ADVISORY_LOCK: i64 = 0x6e75_6d62_6572;

/// Applies what is missing. Instances that start together wait for one another.
///
/// # Errors
/// [`DbError`] when the database cannot be opened or a migration fails.
pub fn up(url: &DatabaseUrl) -> DbResult<()> {
    match establish(url)? {
        Conn::Postgres(mut conn) => locked(&mut conn, |conn| run(conn.run_pending_migrations(POSTGRES))),
        Conn::Sqlite(mut conn) => {
            // Write-ahead logging is set once, here: set by each pool connection it fails when several start.
            patiently(|| Ok(conn.batch_execute("PRAGMA journal_mode = WAL;")?))?;
            patiently(|| copy_before(&mut conn, url))?;
            exclusive(&mut conn, |conn| run(conn.run_pending_migrations(SQLITE)))
        }
    }
}

/// Tries again while another process has a new SQLite file to itself: changing its journal does not wait as other
/// statements do.
fn patiently(mut work: impl FnMut() -> DbResult<()>) -> DbResult<()> {
    let mut tries = 0;
    loop {
        match work() {
            Err(error) if error.is_contention() && tries < 200 => {
                tries += 1;
                std::thread::sleep(std::time::Duration::from_millis(rand::random_range(10..50)));
            }
            result => return result,
        }
    }
}

/// Copies a SQLite database that is about to be migrated beside itself, as `FILE.before-VERSION`: the way back from
/// an upgrade. A new or current database is not copied.
fn copy_before(conn: &mut SqliteConnection, url: &DatabaseUrl) -> DbResult<()> {
    let words = |error| DbError::Unexpected(format!("the migrations cannot be read: {error}"));
    let applied = conn.applied_migrations().map_err(words)?;
    let pending = MigrationHarness::<Sqlite>::pending_migrations(conn, SQLITE).map_err(words)?;
    let (DatabaseUrl::Sqlite(path), Some(first), false) = (url, pending.first(), applied.is_empty()) else {
        return Ok(());
    };
    let copy = format!("{}.before-{}", path.display(), first.name().version());
    match std::fs::remove_file(&copy) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(DbError::Unexpected(format!("{copy} cannot be replaced: {error}")));
        }
        _ => {}
    }
    tracing::info!(copy, "copying the database before it is migrated");
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(&copy).execute(conn)?;
    Ok(())
}

/// Whether nothing is missing.
pub(super) fn is_current(conn: &mut Conn) -> DbResult<bool> {
    let pending = match conn {
        Conn::Postgres(conn) => conn.has_pending_migration(POSTGRES),
        Conn::Sqlite(conn) => conn.has_pending_migration(SQLITE),
    };
    pending
        .map(|pending| !pending)
        .map_err(|error| DbError::Unexpected(format!("the migrations cannot be read: {error}")))
}

/// Takes back every migration: tests prove that each has a way down.
///
/// # Errors
/// [`DbError`] when one fails.
pub fn down(url: &DatabaseUrl) -> DbResult<()> {
    match establish(url)? {
        Conn::Postgres(mut conn) => locked(&mut conn, |conn| run(conn.revert_all_migrations(POSTGRES))),
        Conn::Sqlite(mut conn) => exclusive(&mut conn, |conn| run(conn.revert_all_migrations(SQLITE))),
    }
}

fn run<T>(result: diesel::migration::Result<T>) -> DbResult<()> {
    result.map(drop).map_err(|error| DbError::Unexpected(format!("a migration failed: {error}")))
}

fn locked(conn: &mut PgConnection, work: impl FnOnce(&mut PgConnection) -> DbResult<()>) -> DbResult<()> {
    // Waiting for another instance's migration may take longer than any lock of daily work.
    conn.batch_execute("SET lock_timeout = 0")?;
    diesel::sql_query(format!("SELECT pg_advisory_lock({ADVISORY_LOCK})")).execute(conn)?;
    let result = work(conn);
    diesel::sql_query(format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})")).execute(conn)?;
    result
}

fn exclusive(
    conn: &mut SqliteConnection,
    work: impl FnOnce(&mut SqliteConnection) -> DbResult<()>,
) -> DbResult<()> {
    conn.exclusive_transaction(work)
}
