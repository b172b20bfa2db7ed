//! The demonstration: an organization that has lived half a year, made by the same verbs that people use, on a clock
//! that is moved through that half year. So its orders, charges, events and the practice carrier's own books agree.

mod people;
mod story;

use std::path::Path;

use chrono::TimeDelta;

use crate::app::{self, Parts};
use crate::config::Settings;
use crate::db::{DatabaseUrl, Db};
use crate::error::{AppError, AppResult};
use crate::jobs::Runner;
use crate::kernel::{Clock, Moment, Seal};
use crate::providers::Registry;
use crate::providers::fakeservice::{FakeService, Options, World};
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
pub async fn prepare(directory: &Path, settings: Settings) -> AppResult<Demo> {
    prepare_at(directory, settings, Clock::system().now()).await
}

/// The same, with a story that ends on another day.
///
/// # Errors
/// As [`prepare`].
pub async fn prepare_at(directory: &Path, mut settings: Settings, now: Moment) -> AppResult<Demo> {
    std::fs::create_dir_all(directory).map_err(|error| cannot(directory, &error))?;
    settings.secret_key = people::secret_key(&directory.join("secret-key"))?;
    let sign_ins = people::sign_ins(&directory.join("sign-ins.json"))?;
    let is_new = !directory.join(DATABASE).exists();
    if is_new {
        make(directory, &settings, &sign_ins, now).await?;
    }
    settings.database = DatabaseUrl::sqlite_file(&directory.join(DATABASE));
    settings.fakeservice_file = directory.join(WORLD);
    Ok(Demo { settings, sign_ins, is_new })
}

const DATABASE: &str = "numberbank.db";
const WORLD: &str = "fakeservice.db";

/// Makes the story in a directory of its own and moves it in place when it is whole: a start that was interrupted
/// leaves nothing behind that would be taken for the demonstration.
async fn make(directory: &Path, settings: &Settings, sign_ins: &[SignIn], now: Moment) -> AppResult<()> {
    let making = directory.join("making");
    match std::fs::remove_dir_all(&making) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(cannot(&making, &error)),
        _ => {}
    }
    std::fs::create_dir(&making).map_err(|error| cannot(&making, &error))?;
    let url = DatabaseUrl::sqlite_file(&making.join(DATABASE));
    let db = tokio::task::spawn_blocking(move || Db::open(&url, 2))
        .await
        .map_err(|error| AppError::Internal(error.to_string()))??;
    // Everything that holds the files open ends with this call, so that they are whole when they move.
    fill(db, &making.join(WORLD), settings, sign_ins, now).await?;
    for entry in std::fs::read_dir(&making).map_err(|error| cannot(&making, &error))? {
        let from = entry.map_err(|error| cannot(&making, &error))?.path();
        let Some(name) = from.file_name().filter(|name| *name != DATABASE) else { continue };
        std::fs::rename(&from, directory.join(name)).map_err(|error| cannot(&from, &error))?;
    }
    // Last: its being there says that the others are.
    let whole = making.join(DATABASE);
    std::fs::rename(&whole, directory.join(DATABASE)).map_err(|error| cannot(&whole, &error))?;
    std::fs::remove_dir(&making).map_err(|error| cannot(&making, &error))
}

fn cannot(path: &Path, error: &std::io::Error) -> AppError {
    AppError::Conflict(format!("{} cannot be used: {error}", path.display()))
}

/// Fills an empty database: the last day of the story is `now`.
async fn fill(db: Db, world: &Path, settings: &Settings, sign_ins: &[SignIn], now: Moment) -> AppResult<()> {
    let clock = Clock::manual(now - TimeDelta::days(story::DAYS));
    let at_once = Options { latency_ms: 0, ..Options::default() };
    let world = World::open(world, app::PRACTICE_SEED, clock.clone(), at_once)?;
    let providers = Registry::new().with_practice(FakeService::of(world));
    let seal = Seal::new(&settings.secret_key).map_err(|error| AppError::Internal(error.to_string()))?;
    let (mailer, chronicle) = (None, app::chronicle());
    let app = App { db, clock, providers, seal, mailer, chronicle, wake: std::sync::Arc::default() };
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
