//! Tests from outside: over HTTP, through the binary, on both databases.
#![allow(clippy::unwrap_used)]

mod access;
mod browser;
mod allocation;
mod campaigns;
mod contact_files;
mod launch;
mod law;
mod purchasing;
mod serve;
mod spend;
mod support;
