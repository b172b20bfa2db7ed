//! People and what they may do.
mod actor;
pub use actor::Actor;
