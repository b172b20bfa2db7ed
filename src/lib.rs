//! Numberbank.
pub mod campaigns;
pub mod db;
pub mod error;
pub mod kernel;
pub mod providers;
pub mod state;
