//! The map of the states: how well a campaign's contacts are covered, and the table behind it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::model::ByCode;
use super::situation::Situation;
use crate::kernel::AreaCode;
use crate::kernel::money::group_thousands;

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
    PLACES.iter().map(tile).collect()
}

/// Where the states stand on the map.
const PLACES: [(&str, i32, i32); 52] = [
    ("AK", 0, 0),
    ("ME", 10, 0),
    ("VT", 9, 1),
    ("NH", 10, 1),
    ("WA", 0, 2),
    ("ID", 1, 2),
    ("MT", 2, 2),
    ("ND", 3, 2),
    ("MN", 4, 2),
    ("IL", 5, 2),
    ("WI", 6, 2),
    ("MI", 7, 2),
    ("NY", 8, 2),
    ("RI", 9, 2),
    ("MA", 10, 2),
    ("OR", 0, 3),
    ("NV", 1, 3),
    ("WY", 2, 3),
    ("SD", 3, 3),
    ("IA", 4, 3),
    ("IN", 5, 3),
    ("OH", 6, 3),
    ("PA", 7, 3),
    ("NJ", 8, 3),
    ("CT", 9, 3),
    ("CA", 0, 4),
    ("UT", 1, 4),
    ("CO", 2, 4),
    ("NE", 3, 4),
    ("MO", 4, 4),
    ("KY", 5, 4),
    ("WV", 6, 4),
    ("VA", 7, 4),
    ("MD", 8, 4),
    ("DE", 9, 4),
    ("AZ", 1, 5),
    ("NM", 2, 5),
    ("KS", 3, 5),
    ("AR", 4, 5),
    ("TN", 5, 5),
    ("NC", 6, 5),
    ("SC", 7, 5),
    ("DC", 8, 5),
    ("OK", 3, 6),
    ("LA", 4, 6),
    ("MS", 5, 6),
    ("AL", 6, 6),
    ("GA", 7, 6),
    ("HI", 0, 7),
    ("TX", 3, 7),
    ("FL", 8, 7),
    ("PR", 10, 7),
];
