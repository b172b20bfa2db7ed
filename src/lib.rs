//! Numberbank.
pub mod access;
pub mod activity;
pub mod app;
pub mod campaigns;
pub mod config;
pub mod db;
pub mod error;
pub mod jobs;
pub mod kernel;
pub mod ledger;
pub mod messaging;
pub mod numbers;
pub mod organizations;
pub mod providers;
pub mod state;
pub mod web;
