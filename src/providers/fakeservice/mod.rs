//! The practice carrier: plays the outside world.
//!
//! It keeps its own state in its own small SQLite file, never inside the application's transactions, and survives
//! restarts; several instances may open one file. Its numbers are finite ([`stock`]), cost money ([`billing`]), sit in
//! messaging services with Twilio's rules, and its answers take time and fail on request ([`Weather`]), all decided by
//! a seed.
//!
//! Any account id is a customer of the one world from its first use. A number belongs to one account at a time.
//!
//! [`World`] holds the rules, synchronous and without weather: what happens there happens at the carrier, behind the
//! application's back. [`FakeService`] is the way in for the application: a [`Provider`](super::Provider), with weather.

pub mod billing;
mod books;
pub(in crate::providers) mod dice;
mod gate;
pub mod geomatch;
mod lists;
mod notes;
mod numbers;
mod practice;
mod provider;
mod services;
pub mod stock;
mod store;
mod tariff;
pub mod weather;
mod world;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::kernel::Clock;

use super::{Account, ErrorKind, ProviderError, ProviderResult};

pub use books::Books;
pub use lists::Placed;
pub use services::ServiceChange;
pub use weather::{NamedWeather, Verb, Weather};
pub use world::{MAX_SEARCH, Options, POOL_CAP, SOMEBODY_ELSE, World};

use weather::{Fault, Ruling};

/// The key of the practice carrier.
pub const KEY: &str = "fakeservice";

/// The practice carrier as the application calls it.
pub struct FakeService {
    world: Arc<World>,
}

impl FakeService {
    /// Opens the world kept in this file, making it from the seed when there is none. A world keeps the seed it was
    /// made with.
    ///
    /// # Errors
    /// When the file cannot be opened, or was written by a newer version of this program.
    pub fn open(path: &Path, seed: u64, clock: Clock) -> ProviderResult<Arc<FakeService>> {
        World::open(path, seed, clock, Options::default()).map(FakeService::of)
    }

    /// A world that ends with the program and answers at once: for tests.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory(seed: u64, clock: Clock) -> ProviderResult<Arc<FakeService>> {
        let options = Options { latency_ms: 0, ..Options::default() };
        World::in_memory(seed, clock, options).map(FakeService::of)
    }

    /// The practice carrier of a world.
    pub fn of(world: World) -> Arc<FakeService> {
        Arc::new(FakeService { world: Arc::new(world) })
    }

    /// The world itself: synchronous (use [`World`] on the blocking pool, or in commands and tests), without weather,
    /// and not counted among the account's calls.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Runs work on the world on the blocking pool.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&World) -> ProviderResult<T> + Send + 'static,
    ) -> ProviderResult<T> {
        let world = Arc::clone(&self.world);
        match tokio::task::spawn_blocking(move || work(&world)).await {
            Ok(result) => result,
            Err(_) => Err(ProviderError::new(ErrorKind::Unknown, "The practice carrier broke off.")),
        }
    }

    /// One call of an account: counted, slow, and done or not as the weather says.
    async fn call<T: Send + 'static>(
        &self,
        account: &Account,
        verb: Verb,
        work: impl FnOnce(&World, &Account, Ruling) -> ProviderResult<T> + Send + 'static,
    ) -> ProviderResult<T> {
        let account = account.clone();
        let (account, ruling) = self
            .work(move |world| {
                let ruling = world.gate(&account, verb)?;
                Ok((account, ruling))
            })
            .await?;
        if !ruling.latency.is_zero() {
            tokio::time::sleep(ruling.latency).await;
        }
        match ruling.fault.filter(|fault| !fault.is_done()).and_then(Fault::answer) {
            Some(refusal) => Err(refusal),
            None => {
                let result = self.work(move |world| work(world, &account, ruling)).await;
                ruling.fault.and_then(Fault::answer).map_or(result, Err)
            }
        }
    }
}
