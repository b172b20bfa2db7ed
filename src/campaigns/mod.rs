//! Campaigns.
pub mod contact_file;
