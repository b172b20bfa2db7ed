//! Which providers this instance has.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Provider;

/// The providers by key.
#[derive(Clone, Default)]
pub struct Registry {
    providers: BTreeMap<&'static str, Arc<dyn Provider>>,
}

impl Registry {
    /// No provider.
    pub fn new() -> Registry {
        Registry::default()
    }
    /// Adds one.
    #[must_use]
    pub fn with(mut self, provider: Arc<dyn Provider>) -> Registry {
        self.providers.insert(provider.key(), provider);
        self
    }
    /// The provider of a stored key; `None` when this version has none of that name.
    pub fn get(&self, key: &str) -> Option<Arc<dyn Provider>> {
        self.providers.get(key).cloned()
    }
    /// All, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.values()
    }
}
