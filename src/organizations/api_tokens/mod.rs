//! API tokens: the owners' page on which programs get theirs, and lose them.

mod pages;
mod routes;

pub use routes::routes;
