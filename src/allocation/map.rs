//! The map of the states: how well a campaign's contacts are covered, and the table behind it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::model::ByCode;
use super::situation::Situation;
use crate::kernel::AreaCode;
use crate::kernel::money::group_thousands;
use crate::kernel::tile_map::PLACES;

/// A square of the map.
#[derive(Debug, Clone)]
pub(super) struct Tile {
    pub(super) code: &'static str,
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) shade: i64,
    pub(super) title: String,
}

/// A line of the table behind the map.
#[derive(Debug, Clone)]
pub(super) struct StateLine {
    pub(super) region: &'static str,
    pub(super) name: &'static str,
    pub(super) contacts: i64,
    pub(super) covered: i64,
    pub(super) numbers: i64,
}

impl StateLine {
    /// Contacts in covered area codes, in percent.
    pub(super) fn percent(&self) -> i64 {
        if self.contacts == 0 { 0 } else { self.covered * 100 / self.contacts }
    }
    fn shade(&self) -> i64 {
        match (self.contacts, self.percent()) {
            (0, _) => 0,
            (_, 100) => 5,
            (_, percent) => 1 + percent / 25,
        }
    }
}

/// Contacts and coverage by state, most contacts first.
pub(super) fn states(situation: &Situation) -> Vec<StateLine> {
    let (needs, held): (_, &ByCode) = (situation.needs(), situation.held());
    let mut lines: BTreeMap<&'static str, StateLine> = BTreeMap::new();
    let codes: BTreeSet<AreaCode> = needs.contacts().keys().chain(held.keys()).copied().collect();
    for code in codes {
        let info = code.info();
        let line = lines.entry(info.region).or_insert(StateLine {
            region: info.region,
            name: info.region_name,
            contacts: 0,
            covered: 0,
            numbers: 0,
        });
        let (contacts, numbers) = (needs.of(code), held.get(&code).copied().unwrap_or(0));
        line.contacts += contacts;
        line.numbers += numbers;
        if numbers >= needs.needed(code) {
            line.covered += contacts;
        }
    }
    let mut lines: Vec<StateLine> = lines.into_values().collect();
    lines.sort_by_key(|line| (-line.contacts, line.name));
    lines
}

/// The squares, each with its words.
pub(super) fn tiles(states: &[StateLine]) -> Vec<Tile> {
    let tile = |&(code, x, y): &(&'static str, i32, i32)| match states.iter().find(|line| line.region == code)
    {
        Some(line) => Tile {
            code,
            x,
            y,
            shade: line.shade(),
            title: format!(
                "{}: {} contacts, {} % in covered area codes, {} numbers reserved",
                line.name,
                group_thousands(line.contacts.unsigned_abs()),
                line.percent(),
                line.numbers
            ),
        },
        None => Tile { code, x, y, shade: 0, title: format!("{code}: no contacts") },
    };
    PLACES.iter().map(|&(code, x, y)| tile(&(code, i32::from(x), i32::from(y)))).collect()
}
