//! What every verb, page and job may use. Below the features, above the rooms it holds.

use std::sync::Arc;

use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::kernel::{Clock, Seal};
use crate::providers::{Provider, Registry};

/// The running application, handed to routes and jobs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The carriers.
    pub providers: Registry,
    /// Seals secrets that are stored.
    pub seal: Seal,
    /// Wakes the job runner of this instance when something was enqueued.
    pub wake: Arc<tokio::sync::Notify>,
}

impl App {
    /// The provider of a stored key.
    ///
    /// # Errors
    /// [`AppError::Conflict`] in words when this version has none of that name.
    pub fn provider(&self, key: &str) -> AppResult<Arc<dyn Provider>> {
        self.providers.get(key).ok_or_else(|| {
            AppError::Conflict(format!("This version of Numberbank has no provider called {key}."))
        })
    }
}
