//! The demonstration: an organization that has lived half a year, made by the same verbs that people use, on a clock
//! that is moved through that half year. So its orders, charges, events and the practice carrier's own books agree.

mod people;
mod story;

use std::path::{Path, PathBuf};

use chrono::TimeDelta;

use crate::app::{self, Parts};
use crate::config::Settings;
use crate::db::{Conn, Db};
use crate::error::{AppError, AppResult};
use crate::jobs::Runner;
use crate::kernel::{Clock, Moment, Seal};
use crate::organizations;
use crate::providers::Registry;
use crate::providers::fakeservice::FakeService;
use crate::state::App;

pub use people::SignIn;

/// The organization's name in addresses.
pub const SLUG: &str = "great-lakes-votes";

/// A demonstration that is ready to be served.
pub struct Demo {
    /// What it is served with.
    pub settings: Settings,
    /// Who can sign in, with which password.
    pub sign_ins: Vec<SignIn>,
    /// Whether its data were made just now.
    pub is_new: bool,
}

/// Opens the demonstration in a directory, filling an empty one with half a year of an organization's life. What
/// people did in it before is kept.
///
/// # Errors
/// In words, when the directory or its files cannot be used.
pub async fn prepare(directory: &Path, mut settings: Settings) -> AppResult<Demo> {
    std::fs::create_dir_all(directory).map_err(|error| cannot(directory, &error))?;
    settings.database = crate::db::DatabaseUrl::sqlite_file(&directory.join("numberbank.db"));
    settings.fakeservice_file = directory.join("fakeservice.db");
    settings.secret_key = people::secret_key(&directory.join("secret-key"))?;
    let sign_ins = people::sign_ins(&directory.join("sign-ins.json"))?;
    let (url, connections) = (settings.database.clone(), settings.connections);
    let db = tokio::task::spawn_blocking(move || Db::open(&url, connections))
        .await
        .map_err(|error| AppError::Internal(error.to_string()))??;
    let is_new = !db.read(|conn: &mut Conn| organizations::any(conn)).await?;
    if is_new {
        let now = Clock::system().now();
        fill(db, &settings, &sign_ins, now).await?;
    }
    Ok(Demo { settings, sign_ins, is_new })
}

fn cannot(path: &Path, error: &std::io::Error) -> AppError {
    AppError::Conflict(format!("{} cannot be used: {error}", path.display()))
}

/// Fills an empty database: the last day of the story is `now`.
async fn fill(db: Db, settings: &Settings, sign_ins: &[SignIn], now: Moment) -> AppResult<()> {
    let clock = Clock::manual(now - TimeDelta::days(story::DAYS));
    let world: PathBuf = settings.fakeservice_file.clone();
    let practice = FakeService::open(&world, app::PRACTICE_SEED, clock.clone())?;
    let providers = Registry::new().with_practice(practice);
    let seal = Seal::new(&settings.secret_key).map_err(|error| AppError::Internal(error.to_string()))?;
    let app = App { db, clock, providers, seal, wake: std::sync::Arc::default() };
    people::add(&app, settings, sign_ins).await?;
    let runner = Runner::new(app.clone(), app::kinds());
    story::live(&app, &runner).await
}

/// What a served demonstration is built from: the machine's clock, and the practice carrier of its directory.
///
/// # Errors
/// In words, when the practice carrier's file cannot be used.
pub fn parts(demo: &Demo) -> AppResult<Parts> {
    Parts::standard(&demo.settings)
}
