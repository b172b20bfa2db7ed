//! Tests from outside: over HTTP, through the binary, on both databases.

mod access;
mod contact_files;
mod crash_order;
mod purchasing;
mod serve;
mod support;
