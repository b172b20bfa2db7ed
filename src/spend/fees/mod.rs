//! The page of fees entered by hand, and their CSV. The fees themselves are the [ledger's](crate::ledger::fees).

mod pages;
mod routes;

pub use routes::routes;
