//! Tests from outside: over HTTP, through the binary, on both databases.
#![allow(clippy::unwrap_used)]

mod access;
mod contact_files;
mod database;
mod jobs;
mod law;
mod migrations;
mod serve;
mod spend;
mod support;
