//! A database without the application around it.

use std::sync::Arc;

use numberbank::config::Settings;
use numberbank::db::{DatabaseUrl, Db};
use numberbank::kernel::{Clock, Seal};
use numberbank::providers::Registry;
use numberbank::state::App;

use super::{Backend, postgres};

/// A database of a test's own; nothing is in it, not even the schema.
pub struct Scratch {
    backend: Backend,
    url: DatabaseUrl,
    _dir: tempfile::TempDir,
}

impl Scratch {
    /// `None` when PostgreSQL is not installed.
    pub async fn new(backend: Backend) -> Option<Scratch> {
        let dir = tempfile::tempdir().unwrap();
        let url = match backend {
            Backend::Sqlite => DatabaseUrl::sqlite_file(&dir.path().join("numberbank.db")),
            Backend::Postgres => tokio::task::spawn_blocking(postgres::empty_database).await.unwrap()?,
        };
        Some(Scratch { backend, url, _dir: dir })
    }
    /// Which kind.
    pub fn backend(&self) -> Backend {
        self.backend
    }
    /// Where it is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }
    /// Migrated and opened.
    pub async fn open(&self) -> Db {
        let url = self.url.clone();
        tokio::task::spawn_blocking(move || Db::open(&url, 10).unwrap()).await.unwrap()
    }
    /// What jobs are given, with a clock that stands still.
    pub async fn app(&self) -> App {
        let clock = Clock::manual("2026-11-22T15:00:00".parse().unwrap());
        let seal = Seal::new(&Settings::passing_key()).unwrap();
        let chronicle = numberbank::app::chronicle();
        let (db, providers) = (self.open().await, Registry::new());
        App { db, clock, providers, seal, mailer: None, chronicle, wake: Arc::default() }
    }
}
