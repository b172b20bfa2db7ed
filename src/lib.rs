//! Numberbank.
pub mod access;
pub mod campaigns;
pub mod db;
pub mod error;
pub mod jobs;
pub mod kernel;
pub mod ledger;
pub mod numbers;
pub mod providers;
pub mod state;
pub mod web;
