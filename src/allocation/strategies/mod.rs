//! Strategies: how the numbers of a campaign are chosen. Each is one pure file and one line in [`ALL`], and passes the
//! shared property tests.

pub mod best;
mod manual;
mod simple;
#[cfg(test)]
mod tests;

use super::model::{Needs, Plan, Rules, Supply};

/// A way to choose numbers. Pure and deterministic.
pub trait Strategy: Sync {
    /// The stored key. Never changes once released.
    fn key(&self) -> &'static str;
    /// The name people choose by.
    fn name(&self) -> &'static str;
    /// What it does, in a sentence.
    fn help(&self) -> &'static str;
    /// Whether it chooses by itself, so that "Reserve for me" means something.
    fn chooses(&self) -> bool {
        true
    }
    /// Chooses numbers: never more than are usable, never more than the room.
    fn plan(&self, needs: &Needs, supply: &Supply, rules: &Rules) -> Plan;
}

/// Every strategy, in the order people see them; the first is the default.
pub static ALL: &[&dyn Strategy] = &[&simple::Simple, &best::Best, &manual::Manual];

/// The strategy of a stored key; the default for one that this version does not know.
pub fn of(key: &str) -> &'static dyn Strategy {
    ALL.iter().copied().find(|strategy| strategy.key() == key).unwrap_or(default())
}

/// The strategy of a new campaign.
pub fn default() -> &'static dyn Strategy {
    &simple::Simple
}
