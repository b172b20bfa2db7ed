//! Tests from outside: over HTTP, through the binary, on both databases.
#![allow(clippy::unwrap_used)]

mod access;
mod activity;
mod allocation;
mod browser;
mod campaigns;
mod connection;
mod contact_files;
mod crash;
mod crash_order;
mod database;
mod gallery;
mod instances;
mod inventory;
mod jobs;
mod launch;
mod law;
mod mail;
mod migrations;
mod people;
mod practice;
mod purchasing;
mod queries;
mod release;
mod routes;
mod senders;
mod serve;
mod services;
mod settings;
mod spend;
mod support;
mod sync;
mod top_up;
mod twilio;
mod twilio_sim;
mod voice;
