//! Tests from outside: over HTTP, through the binary, on both databases.
#![allow(clippy::unwrap_used)]

mod access;
mod allocation;
mod campaigns;
mod contact_files;
mod database;
mod jobs;
mod launch;
mod law;
mod migrations;
mod purchasing;
mod routes;
mod serve;
mod spend;
mod support;
