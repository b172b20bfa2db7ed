//! What can go wrong with the database, in few words.

use diesel::result::{DatabaseErrorKind, Error};

/// A database failure. Stores return it; [`crate::error::AppError`] shows it as an id, never as a cause.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No such row.
    #[error("no such row")]
    NotFound,
    /// A unique index refused the row.
    #[error("already there: {0}")]
    Duplicate(String),
    /// The database refused the statement, or the connection broke.
    #[error(transparent)]
    Diesel(Error),
    /// No connection could be had.
    #[error("no database connection: {0}")]
    NoConnection(String),
    /// A stored value or an affected-row count is not what the code relies on.
    #[error("unexpected: {0}")]
    Unexpected(String),
}

/// What stores return.
pub type DbResult<T> = Result<T, DbError>;

impl From<Error> for DbError {
    fn from(error: Error) -> DbError {
        match error {
            Error::NotFound => DbError::NotFound,
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                DbError::Duplicate(info.constraint_name().unwrap_or(info.message()).to_owned())
            }
            other => DbError::Diesel(other),
        }
    }
}

impl DbError {
    /// Whether the same transaction, begun again, may well succeed.
    pub fn is_contention(&self) -> bool {
        match self {
            DbError::Diesel(Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            DbError::Diesel(Error::DatabaseError(_, info)) => {
                let message = info.message();
                message.contains("deadlock detected") || message.contains("database is locked")
            }
            _ => false,
        }
    }
}

/// Errors of verbs that run inside [`Db::write`](super::Db::write).
pub trait WriteError: From<DbError> + Send + 'static {
    /// The database failure inside, if that is what it is.
    fn db_error(&self) -> Option<&DbError>;
}

impl WriteError for DbError {
    fn db_error(&self) -> Option<&DbError> {
        Some(self)
    }
}
