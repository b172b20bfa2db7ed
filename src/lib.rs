//! Numberbank: contacts.
pub mod campaigns;
pub mod kernel;
