//! What the tests share. A test is written once and runs on both databases:
//!
//! ```ignore
//! both! {
//!     async fn an_owner_sees_orders(app: TestApp) {
//!         let owner = app.sign_in(Role::Owner).await;
//!         let page = owner.get("/o/our-city/orders").await.ok();
//!         assert!(page.text().contains("No orders yet"));
//!     }
//! }
//! ```
#![allow(dead_code)]

mod app;
pub mod carrier;
mod client;
mod lint;
pub mod load;
pub mod postgres;
mod scratch;
pub mod smtp;
pub mod strict;
pub mod twilio_judge;
pub mod twilio_spec;

pub use app::{Change, PASSWORD, TestApp, run, run_with};
pub use client::{Answer, Client, http};
pub use scratch::Scratch;

/// The two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file of its own.
    Sqlite,
    /// A database of its own in a cluster that lives as long as the test run.
    Postgres,
}

/// Runs each test on both databases: `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        $(#[$meta])*
        async fn $name($app: $crate::support::TestApp) $body
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                $crate::support::run($crate::support::Backend::Sqlite, super::$name).await;
            }
            #[tokio::test]
            async fn postgres() {
                $crate::support::run($crate::support::Backend::Postgres, super::$name).await;
            }
        }
    )+};
}

/// Runs each test on a database of its own, without the application: `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: Scratch) $body:block)+) => {$(
        $(#[$meta])*
        async fn $name($db: $crate::support::Scratch) $body
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                let scratch = $crate::support::Scratch::new($crate::support::Backend::Sqlite).await;
                super::$name(scratch.unwrap()).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn postgres() {
                if let Some(scratch) = $crate::support::Scratch::new($crate::support::Backend::Postgres).await {
                    super::$name(scratch).await;
                }
            }
        }
    )+};
}
