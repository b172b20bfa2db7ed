//! Who works here, who is invited, and what is asked of owners.

mod pages;
mod routes;

pub(super) use routes::routes;
