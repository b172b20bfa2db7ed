//! Tests from outside: over HTTP, through the binary, on both databases.
#![allow(clippy::unwrap_used)]

mod access;
mod browser;
mod contact_files;
mod law;
mod serve;
mod spend;
mod support;
