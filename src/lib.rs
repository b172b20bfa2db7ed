//! Numberbank.
pub mod campaigns;
pub mod kernel;
