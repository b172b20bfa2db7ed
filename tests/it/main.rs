//! Integration tests.
mod contact_files;
