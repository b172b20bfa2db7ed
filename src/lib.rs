//! Numberbank.
pub mod db;
pub mod error;
pub mod jobs;
pub mod kernel;
pub mod providers;
pub mod state;
