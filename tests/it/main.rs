//! Tests from outside: over HTTP, through the binary, on both databases.

mod access;
mod allocation;
mod campaigns;
mod contact_files;
mod serve;
mod support;
