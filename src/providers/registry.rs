//! Which providers this instance has.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Provider;
use super::fakeservice::FakeService;

/// The providers by key.
#[derive(Clone, Default)]
pub struct Registry {
    providers: BTreeMap<&'static str, Arc<dyn Provider>>,
    practice: Option<Arc<FakeService>>,
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
    /// Adds the practice carrier, which [`practice`](Self::practice) then answers.
    #[must_use]
    pub fn with_practice(mut self, practice: Arc<FakeService>) -> Registry {
        self.practice = Some(Arc::clone(&practice));
        self.with(practice)
    }
    /// The practice carrier as itself: for the page that sets its weather, and for demo data. `None` where this
    /// instance has none.
    pub fn practice(&self) -> Option<&Arc<FakeService>> {
        self.practice.as_ref()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;
    use crate::providers::fakeservice::KEY;

    #[test]
    fn the_practice_carrier_is_reached_both_ways() {
        let practice = FakeService::in_memory(1, Clock::system()).unwrap();
        let registry = Registry::new().with_practice(Arc::clone(&practice));
        assert!(registry.get(KEY).is_some_and(|provider| provider.is_practice()));
        assert!(registry.practice().is_some_and(|found| Arc::ptr_eq(found, &practice)));
        assert!(registry.get("nobody").is_none() && Registry::new().practice().is_none());
        assert_eq!(registry.iter().count(), 1);
    }
}
