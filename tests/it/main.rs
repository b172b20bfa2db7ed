//! Tests from outside: over HTTP, through the binary, on both databases.

mod access;
mod activity;
mod contact_files;
mod inventory;
mod practice;
mod serve;
mod support;
