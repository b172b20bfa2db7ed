//! Tests from outside: over HTTP, through the binary, on both databases.

mod access;
mod serve;
mod support;
//! Integration tests.
mod contact_files;
