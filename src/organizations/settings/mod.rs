//! What an organization decides about itself: each setting with what it does, its bounds and its default.

pub mod model;
mod pages;
mod routes;
mod store;

pub use model::{Change, Settings, Texts};
pub use routes::routes;

use crate::access::{self, Allowed, ManageOrganization};
use crate::db::Tx;
use crate::error::AppResult;

/// What became of settings that were to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// They are saved; what changed, nothing perhaps.
    Saved(Vec<Change>),
    /// Somebody changed them while they were being edited: nothing is saved.
    Overtaken {
        /// What they are now.
        now: Settings,
        /// What changed since the page was drawn.
        meanwhile: Vec<Change>,
    },
}

/// Saves settings, unless they are no longer what the person saw when they began to edit.
///
/// # Errors
/// A database error.
pub fn save(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    seen: &Texts,
    wanted: &Settings,
) -> AppResult<Outcome> {
    store::lock(tx, by.organization_id())?;
    let now = Settings::from(&access::organization(tx, by.organization_id())?);
    let meanwhile = model::changes(seen, &now.texts());
    if !meanwhile.is_empty() {
        return Ok(Outcome::Overtaken { now, meanwhile });
    }
    let changes = model::changes(&now.texts(), &wanted.texts());
    if !changes.is_empty() {
        store::update(tx, by.organization_id(), wanted)?;
    }
    Ok(Outcome::Saved(changes))
}
