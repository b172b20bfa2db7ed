//! The one error of every verb. `web` turns it into a page or a fragment: a failure that is ours shows an id, never
//! its cause.

use std::collections::BTreeMap;

use crate::db::{DbError, WriteError};
use crate::providers::ProviderError;

/// What a verb may answer instead of its result.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing in this organization (HTTP 404).
    #[error("not found")]
    NotFound,
    /// Nobody is signed in (a redirect to the sign-in page).
    #[error("not signed in")]
    NotSignedIn,
    /// The organization asks its owners to sign in in two steps, and this one does not yet (a redirect to where
    /// that is set up).
    #[error("sign-in in two steps must be set up first")]
    TwoStepsFirst,
    /// This person may not; says who may (HTTP 403).
    #[error("{0}")]
    Forbidden(String),
    /// What was sent cannot be accepted: messages by field (HTTP 422).
    #[error("{0}")]
    Invalid(FieldErrors),
    /// It cannot be done as things stand, in a sentence for the person (HTTP 409).
    #[error("{0}")]
    Conflict(String),
    /// The request itself is wrong or comes from another site (HTTP 400).
    #[error("{0}")]
    BadRequest(String),
    /// Too often; try again after this many seconds (HTTP 429).
    #[error("too many attempts")]
    TooMany(u64),
    /// The carrier refused or did not answer (HTTP 502 on a page; jobs decide for themselves).
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The database failed (HTTP 500).
    #[error(transparent)]
    Db(DbError),
    /// Something that must not happen (HTTP 500).
    #[error("{0}")]
    Internal(String),
}

/// What verbs return.
pub type AppResult<T> = Result<T, AppError>;

impl From<DbError> for AppError {
    fn from(error: DbError) -> AppError {
        match error {
            DbError::NotFound => AppError::NotFound,
            other => AppError::Db(other),
        }
    }
}

impl WriteError for AppError {
    fn db_error(&self) -> Option<&DbError> {
        match self {
            AppError::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// Messages by form field. The empty field name stands for the form as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(BTreeMap<String, String>);

impl FieldErrors {
    /// No message yet.
    pub fn new() -> FieldErrors {
        FieldErrors::default()
    }
    /// One message.
    pub fn one(field: &str, message: impl Into<String>) -> FieldErrors {
        let mut errors = FieldErrors::new();
        errors.add(field, message);
        errors
    }
    /// Adds a message; the first one of a field stays.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.entry(field.to_owned()).or_insert_with(|| message.into());
    }
    /// The message of a field, or nothing: what templates print.
    pub fn of(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Every field with its message, by field name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, message)| (field.as_str(), message.as_str()))
    }
    /// `Ok` when nothing is wrong.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with these messages.
    pub fn into_result(self) -> AppResult<()> {
        if self.is_empty() { Ok(()) } else { Err(AppError::Invalid(self)) }
    }
}

impl std::fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (field, message)) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            if field.is_empty() { f.write_str(message)? } else { write!(f, "{field}: {message}")? }
        }
        Ok(())
    }
}
