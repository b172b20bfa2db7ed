//! Time and chance as the governor needs them, so that tests wait for nothing.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

/// Tells time, waits, and draws waiting times.
#[async_trait]
pub(super) trait Time: Send + Sync {
    /// How long since some beginning.
    fn now(&self) -> Duration;
    /// Waits.
    async fn sleep(&self, how_long: Duration);
    /// A time from none to this one, all equally likely.
    fn draw(&self, longest: Duration) -> Duration;
}

/// Real waiting, real chance.
pub(super) struct Waiting(Instant);

impl Default for Waiting {
    fn default() -> Waiting {
        Waiting(Instant::now())
    }
}

#[async_trait]
impl Time for Waiting {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
    async fn sleep(&self, how_long: Duration) {
        tokio::time::sleep(how_long).await;
    }
    fn draw(&self, longest: Duration) -> Duration {
        let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(rand::random_range(0..=micros))
    }
}
