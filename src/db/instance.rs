//! SQLite serves one instance: a lock on a file beside the database, held as long as the process lives.

use std::fs::{File, OpenOptions, TryLockError};

use super::connection::DatabaseUrl;
use super::error::{DbError, DbResult};

/// Held by the one instance that serves a SQLite database. Ends with the process, however that ends.
#[derive(Debug)]
pub struct InstanceLock {
    _file: Option<File>,
}

impl InstanceLock {
    /// Takes the lock. PostgreSQL serves several instances and has none.
    ///
    /// # Errors
    /// [`DbError::NoConnection`] in words when another instance serves this database.
    pub fn take(url: &DatabaseUrl) -> DbResult<InstanceLock> {
        let DatabaseUrl::Sqlite(path) = url else { return Ok(InstanceLock { _file: None }) };
        let name = format!("{}.lock", path.display());
        let cannot = |error: std::io::Error| DbError::NoConnection(format!("{name} cannot be used: {error}"));
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&name).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(InstanceLock { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(DbError::NoConnection(format!(
                "another instance serves {} already. A SQLite database serves one instance; several need PostgreSQL \
                 (NUMBERBANK_DATABASE_URL=postgres://...)",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }
}
