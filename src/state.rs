//! What every verb, page and job may use. Below the features, above the rooms it holds.

use std::sync::Arc;

use crate::db::{Db, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::ids::{OrganizationId, PersonId};
use crate::kernel::{Clock, Moment, Seal};
use crate::providers::{Provider, Registry};
use crate::smtp::Mailer;

/// A line of the activity log: whose, by whom, what kind of deed, the page it is about, the words.
pub type Line<'a> = (OrganizationId, Option<PersonId>, &'static str, &'a str, &'a str);

/// Writes into the activity log, for rooms that stand below it: handed in where everything is put together.
#[derive(Clone, Copy)]
pub struct Chronicle(fn(&mut Tx, Line<'_>, Moment) -> DbResult<()>);

impl Chronicle {
    /// That writes so.
    pub const fn new(write: fn(&mut Tx, Line<'_>, Moment) -> DbResult<()>) -> Chronicle {
        Chronicle(write)
    }
    /// Writes a line, in the transaction that does the deed.
    ///
    /// # Errors
    /// A database error.
    pub fn write(self, tx: &mut Tx, line: Line<'_>, now: Moment) -> DbResult<()> {
        (self.0)(tx, line, now)
    }
}

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
    /// Hands e-mails over, where a mail server is set.
    pub mailer: Option<Mailer>,
    /// Writes into the activity log.
    pub chronicle: Chronicle,
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
