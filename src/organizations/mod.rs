//! Organizations: the owners of numbers, campaigns and spend.

mod model;
mod pages;
mod routes;
mod store;

pub use model::NewOrganization;
pub use routes::routes;

use crate::db::{DbError, Tx};
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
