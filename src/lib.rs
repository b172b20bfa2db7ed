//! Numberbank.
pub mod db;
pub mod error;
pub mod kernel;
pub mod providers;
pub mod state;
pub mod access;
pub mod web;
