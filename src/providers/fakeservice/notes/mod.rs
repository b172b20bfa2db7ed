//! What a carrier's API keeps with a number, a service or an account that this world has no rule about: texts by key,
//! which it does not read.

mod store;

use crate::providers::ProviderResult;

use super::world::World;

impl World {
    /// What was noted under a key, such as a number's id.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn note(&self, key: &str) -> ProviderResult<Option<String>> {
        self.store.read(|tx| tx.note(key))
    }

    /// All notes whose keys begin so, by key.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn notes(&self, prefix: &str) -> ProviderResult<Vec<(String, String)>> {
        self.store.read(|tx| tx.notes(prefix))
    }

    /// Notes something, over what was noted there.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn set_note(&self, key: &str, value: &str) -> ProviderResult<()> {
        self.store.write(|tx| tx.set_note(key, value))
    }
}
