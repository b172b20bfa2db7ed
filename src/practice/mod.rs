//! The practice page: an owner decides what the practice carrier does, to see what happens then. Only organizations
//! whose carrier it is have this page.

mod pages;
mod routes;

pub use routes::routes;
