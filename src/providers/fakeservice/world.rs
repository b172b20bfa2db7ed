//! The practice world: accounts, numbers for sale and sold, messaging services, money. Its verbs are synchronous, each
//! one transaction on the world's own file, and know nothing of any carrier's API; [`super::FakeService`] speaks them
//! as a [`Provider`](crate::providers::Provider).

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::kernel::{Clock, Moment};
use crate::providers::{ErrorKind, ProviderError, ProviderResult};

use super::dice;
use super::store::Store;

/// The most candidates a search answers.
pub const MAX_SEARCH: usize = 30;
/// How many numbers a messaging service takes.
pub const POOL_CAP: u32 = 400;
/// The account that numbers "sold meanwhile" go to.
pub const SOMEBODY_ELSE: &str = "somebody else";

/// What can be chosen about a world when it is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many entries a page of a list has.
    pub page_size: u16,
    /// How long answers take on average, in milliseconds, for accounts whose weather was never set.
    pub latency_ms: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options { page_size: 50, latency_ms: 140 }
    }
}

/// The practice world. Several may be open on one file, in one program or in several.
pub struct World {
    pub(super) store: Store,
    seed: u64,
    clock: Clock,
    options: Options,
    registration: AtomicBool,
}

impl World {
    /// Opens the world kept in this file, making it from the seed when there is none. A world keeps the seed it was
    /// made with.
    ///
    /// # Errors
    /// When the file cannot be opened, or was written by a newer version of this program.
    pub fn open(path: &Path, seed: u64, clock: Clock, options: Options) -> ProviderResult<World> {
        World::new(Some(path), seed, clock, options)
    }

    /// A world that ends with the program.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory(seed: u64, clock: Clock, options: Options) -> ProviderResult<World> {
        World::new(None, seed, clock, options)
    }

    fn new(path: Option<&Path>, seed: u64, clock: Clock, options: Options) -> ProviderResult<World> {
        let (store, seed) = Store::open(path, seed)?;
        Ok(World { store, seed, clock, options, registration: AtomicBool::new(false) })
    }

    /// The seed it was made with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Lets messaging services need a registration before their US numbers may text, or not (as it begins), for all
    /// who use this opened world.
    pub fn require_registration(&self, required: bool) {
        self.registration.store(required, Ordering::SeqCst);
    }

    pub(super) fn needs_registration(&self) -> bool {
        self.registration.load(Ordering::SeqCst)
    }

    /// The time it goes by.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    pub(super) fn options(&self) -> Options {
        self.options
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The id of the `seq`th thing of a kind, such as `PN` and 32 hexadecimal digits.
    pub(super) fn id(&self, prefix: &str, seq: i64) -> String {
        let half = |which| dice::mix(self.seed, &[dice::text(prefix), seq.unsigned_abs(), which]);
        format!("{prefix}{:016x}{:016x}", half(0), half(1))
    }

    /// The entry after which a page begins.
    pub(super) fn after(cursor: Option<&str>) -> ProviderResult<i64> {
        match cursor.map(str::parse) {
            None => Ok(0),
            Some(Ok(seq)) => Ok(seq),
            Some(Err(_)) => {
                Err(ProviderError::new(ErrorKind::InvalidRequest, "There is no such page of the list.")
                    .with_carrier("21481", "Invalid page token"))
            }
        }
    }

    /// Cuts rows, of which one more than a page was asked for, to a page; answers the cursor of the next.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>, seq: impl Fn(&T) -> i64) -> Option<String> {
        let size = usize::from(self.options.page_size.max(1));
        let more = rows.len() > size;
        rows.truncate(size);
        rows.last().filter(|_| more).map(|last| seq(last).to_string())
    }

    /// How many rows to ask for to fill a page and see whether there are more.
    pub(super) fn page_and_one(&self) -> i64 {
        i64::from(self.options.page_size.max(1)) + 1
    }
}
