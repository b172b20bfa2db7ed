//! Numberbank.
pub mod access;
pub mod app;
pub mod config;
pub mod db;
pub mod error;
pub mod kernel;
pub mod organizations;
pub mod providers;
pub mod state;
pub mod web;
