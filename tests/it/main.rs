//! Tests from outside: over HTTP, through the binary, on both databases.
#![allow(clippy::unwrap_used)]

mod access;
mod browser;
mod allocation;
mod campaigns;
mod activity;
mod contact_files;
mod inventory;
mod practice;
mod database;
mod jobs;
mod law;
mod migrations;
mod launch;
mod law;
mod crash_order;
mod purchasing;
mod serve;
mod spend;
mod support;
