//! Half a year of an organization.

use crate::error::AppResult;
use crate::jobs::Runner;
use crate::state::App;

/// How many days the story lasts.
pub(super) const DAYS: i64 = 182;

/// Lives the story, a day at a time.
pub(super) async fn live(_app: &App, _runner: &Runner) -> AppResult<()> {
    Ok(())
}
