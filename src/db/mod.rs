//! One database, of two kinds: SQLite compiled in, or PostgreSQL.
//!
//! * [`Db::read`] runs queries; [`Db::write`] runs a transaction that may be begun again when it met contention.
//!   Both run on the blocking pool, never on an async thread.
//! * [`Tx`] is a connection inside a write transaction. A store function that writes asks for one, so nothing can
//!   be written outside a transaction; a `&mut Tx` is accepted wherever a `&mut Conn` is.
//! * What only one kind of database can say is in [`dialect`].
//! * SQLite is written over one connection and looked after by a thread of its own (`upkeep`).

#[allow(missing_docs)] // the derive makes public items without docs
mod connection;
pub mod dialect;
mod error;
mod instance;
mod migrate;
pub mod schema;
mod types;
mod upkeep;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::{Pool, PooledConnection};

pub use connection::{Conn, DatabaseUrl, Kind, MultiBackend};
pub use error::{DbError, DbResult, WriteError};
pub use instance::InstanceLock;

use connection::Connector;
use upkeep::{Upkeep, Writer};

/// How often a write transaction is begun again after contention before its error is returned.
const ATTEMPTS: u32 = 12;

/// The database. Clones share one pool.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Connector>,
    kind: Kind,
    /// SQLite has one writer and wakes waiters unfairly; queueing here keeps the longest wait short. That it is always
    /// the same connection keeps the pages it read: whatever another one writes makes them worthless.
    writer: Option<Writer>,
    url: DatabaseUrl,
    upkeep: Option<Upkeep>,
    /// Told of commits; nobody but tests wants to be.
    watch: Option<Arc<dyn WatchCommits>>,
}

/// Stands at every commit: a test ends the program there.
pub trait WatchCommits: Send + Sync {
    /// A transaction begins.
    fn begun(&self);
    /// It is about to be committed. `false`: the program is dead by then, nothing is committed.
    fn may_commit(&self) -> bool;
    /// It has ended.
    fn ended(&self, committed: bool);
}

/// Says that a transaction has ended, however it does.
struct Watched<'a> {
    by: Option<&'a dyn WatchCommits>,
    committed: bool,
}

impl<'a> Watched<'a> {
    fn begin(by: Option<&'a dyn WatchCommits>) -> Watched<'a> {
        if let Some(by) = by {
            by.begun();
        }
        Watched { by, committed: false }
    }
    fn may_commit(&self) -> bool {
        self.by.is_none_or(|by| by.may_commit())
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        if let Some(by) = self.by {
            by.ended(self.committed);
        }
    }
}

/// A connection inside a write transaction.
pub struct Tx<'conn>(&'conn mut Conn);

impl Deref for Tx<'_> {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        self.0
    }
}
impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.0
    }
}

impl Db {
    /// Opens the database, brings its schema up to date under a lock, and fills the pool.
    ///
    /// # Errors
    /// [`DbError`] in words when the database cannot be reached, opened or migrated.
    pub fn open(url: &DatabaseUrl, connections: u32) -> DbResult<Db> {
        migrate::up(url)?;
        Db::connect(url, connections)
    }

    /// Opens the database as it stands, without migrating it.
    ///
    /// # Errors
    /// [`DbError`] when no connection can be made.
    pub fn connect(url: &DatabaseUrl, connections: u32) -> DbResult<Db> {
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .test_on_check_out(url.kind() == Kind::Postgres)
            .connection_timeout(std::time::Duration::from_secs(15))
            .build(Connector::new(url.clone()))
            .map_err(|error| DbError::NoConnection(error.to_string()))?;
        let writer = (url.kind() == Kind::Sqlite).then(Writer::default);
        let upkeep = writer.as_ref().and_then(|writer| Upkeep::start(url, writer));
        if url.kind() == Kind::Postgres {
            let mut conn = pool.get().map_err(|error| DbError::NoConnection(error.to_string()))?;
            connection::listen(&mut conn);
        }
        Ok(Db { pool, kind: url.kind(), writer, url: url.clone(), upkeep, watch: None })
    }

    /// The same database, whose commits are watched.
    #[must_use]
    pub fn watched(&self, by: Arc<dyn WatchCommits>) -> Db {
        Db { watch: Some(by), ..self.clone() }
    }

    /// Which of the two databases this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    fn connection(&self) -> DbResult<PooledConnection<Connector>> {
        self.pool.get().map_err(|error| DbError::NoConnection(error.to_string()))
    }

    /// Runs queries that change nothing.
    ///
    /// # Errors
    /// What the closure returns, or [`DbError::NoConnection`].
    pub async fn read<T, E, F>(&self, queries: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: WriteError,
    {
        let db = self.clone();
        blocking(move || queries(&mut *db.connection()?)).await
    }

    /// Runs a transaction: all of it is committed, or nothing. After contention with another writer it is run
    /// again from the start, so the closure must have no effect but on the database.
    ///
    /// # Errors
    /// What the closure returns (nothing is written then), or [`DbError`] when the commit fails.
    pub async fn write<T, E, F>(&self, transaction: F) -> Result<T, E>
    where
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: WriteError,
    {
        let db = self.clone();
        blocking(move || db.write_blocking(transaction)).await
    }

    /// [`read`](Self::read) for code that is not async: commands and tests.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_blocking<T, E: WriteError>(
        &self,
        queries: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        queries(&mut *self.connection()?)
    }

    /// [`write`](Self::write) for code that is not async: commands and tests.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_blocking<T, E: WriteError>(
        &self,
        transaction: impl Fn(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            match self.attempt(&transaction) {
                Err(error) if attempt < ATTEMPTS && error.db_error().is_some_and(DbError::is_contention) => {
                    tracing::debug!(attempt, "a write met contention and is begun again");
                    std::thread::sleep(std::time::Duration::from_millis(
                        rand::random_range(1..=8) * u64::from(attempt),
                    ));
                    attempt += 1;
                }
                result => {
                    if let (Ok(_), Some(upkeep)) = (&result, &self.upkeep) {
                        upkeep.committed();
                    }
                    return result;
                }
            }
        }
    }

    fn attempt<T, E: WriteError>(&self, transaction: &impl Fn(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        let watch = self.watch.as_deref();
        let Some(writer) = &self.writer else {
            return in_transaction(&mut *self.connection()?, watch, transaction);
        };
        let mut writer = writer.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // One that a panic or a failing roll-back left unfit makes room for another.
        let mut conn = match writer.take() {
            Some(conn) => conn,
            None => connection::establish(&self.url)?,
        };
        let result = in_transaction(&mut conn, watch, transaction);
        if !connection::is_broken(&mut conn) {
            *writer = Some(conn);
        }
        result
    }

    /// Whether the schema is the one this version needs.
    ///
    /// # Errors
    /// [`DbError`] when the database does not answer.
    pub async fn is_current(&self) -> DbResult<bool> {
        self.read(migrate::is_current).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`DbError`] when it does not.
    pub async fn ping(&self) -> DbResult<()> {
        self.read(|conn| {
            diesel::connection::SimpleConnection::batch_execute(conn, "SELECT 1").map_err(DbError::from)
        })
        .await
    }
}

async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: WriteError,
{
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(E::from(DbError::Unexpected("the program is stopping".into()))),
        },
    }
}

fn in_transaction<T, E: WriteError>(
    conn: &mut Conn,
    watch: Option<&dyn WatchCommits>,
    body: &impl Fn(&mut Tx) -> Result<T, E>,
) -> Result<T, E> {
    let mut watched = Watched::begin(watch);
    begin(conn)?;
    let mut open = RollBackOnPanic(Some(conn));
    let result = match open.0.as_deref_mut() {
        Some(conn) => body(&mut Tx(conn)),
        None => unreachable!("the guard was just filled"),
    };
    let Some(conn) = open.0.take() else { unreachable!("nothing empties the guard but this line") };
    match result {
        Ok(_) if !watched.may_commit() => {
            roll_back(conn)?;
            Err(E::from(DbError::Unexpected("the program has ended".into())))
        }
        Ok(value) => match commit(conn) {
            Ok(()) => {
                watched.committed = true;
                Ok(value)
            }
            Err(error) => Err(E::from(error)),
        },
        Err(error) => {
            // The body's error says more than a failing roll-back; the pool drops a broken connection.
            let _ = roll_back(conn);
            Err(error)
        }
    }
}

struct RollBackOnPanic<'conn>(Option<&'conn mut Conn>);

impl Drop for RollBackOnPanic<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.0.take() {
            let _ = roll_back(conn);
        }
    }
}

fn begin(conn: &mut Conn) -> DbResult<()> {
    let begun = match conn {
        // A deferred transaction that reads before it writes dies of "database is locked".
        Conn::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
        Conn::Postgres(conn) => AnsiTransactionManager::begin_transaction(conn),
    };
    Ok(begun?)
}

fn commit(conn: &mut Conn) -> DbResult<()> {
    let committed = match conn {
        Conn::Sqlite(conn) => AnsiTransactionManager::commit_transaction(conn),
        Conn::Postgres(conn) => AnsiTransactionManager::commit_transaction(conn),
    };
    Ok(committed?)
}

fn roll_back(conn: &mut Conn) -> DbResult<()> {
    let rolled_back = match conn {
        Conn::Sqlite(conn) => AnsiTransactionManager::rollback_transaction(conn),
        Conn::Postgres(conn) => AnsiTransactionManager::rollback_transaction(conn),
    };
    Ok(rolled_back?)
}

pub use migrate::{down as migrate_down, up as migrate_up};
