//! Coming in by an invitation.

mod pages;
mod routes;

pub(super) use routes::routes;
