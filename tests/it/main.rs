//! Tests from outside: over HTTP, through the binary, on both databases.
#![allow(clippy::unwrap_used)]

mod access;
mod allocation;
mod campaigns;
mod contact_files;
mod instances;
mod launch;
mod law;
mod purchasing;
mod queries;
mod serve;
mod settings;
mod spend;
mod support;
