//! Organizations: the owners of numbers, campaigns and spend.

pub mod api_tokens;
pub mod connection;
mod joining;
mod members;
mod model;
mod routes;
pub mod settings;
mod setup;
mod store;

pub use model::NewOrganization;
pub use routes::routes;

use crate::db::{Conn, DbError, DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;

/// Adds an organization. It has no member yet.
///
/// # Errors
/// [`AppError::Invalid`] on `slug` when it is taken.
pub fn add(tx: &mut Tx, organization: &NewOrganization, now: Moment) -> AppResult<OrganizationId> {
    let id = OrganizationId::new();
    match store::insert(tx, id, organization, now) {
        Ok(()) => Ok(id),
        Err(DbError::Duplicate(_)) => {
            let words = format!("There is an organization {} already.", organization.slug());
            Err(AppError::Invalid(FieldErrors::one("slug", words)))
        }
        Err(other) => Err(other.into()),
    }
}

/// Whether there is any organization.
///
/// # Errors
/// A database error.
pub fn any(conn: &mut Conn) -> DbResult<bool> {
    store::any(conn)
}

/// Whether owners must sign in in two steps, from their next click. Says whether that is a change.
///
/// # Errors
/// A database error.
pub fn ask_owners_for_two_steps(tx: &mut Tx, id: OrganizationId, ask: bool) -> DbResult<bool> {
    store::ask_owners_for_two_steps(tx, id, ask)
}
