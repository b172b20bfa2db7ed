//! The list of archived campaigns that hold numbers, and what became of giving back for all.

use askama::Template;

use crate::kernel::ids::GiveBackId;
use crate::kernel::{Micros, Moment};
use crate::web::{Shell, filters};

/// Above this many numbers the count is typed.
pub(super) const TYPED_ABOVE: i64 = 25;

pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) href: String,
    pub(super) held: i64,
    pub(super) cost: Micros,
    pub(super) archived_at: Option<Moment>,
}

/// Archived campaigns that hold numbers.
#[derive(Template)]
#[template(path = "launch/archived.html")]
pub(super) struct ArchivedPage {
    pub(super) shell: Shell,
    pub(super) campaigns: String,
    pub(super) action: String,
    pub(super) id: GiveBackId,
    pub(super) rows: Vec<Row>,
    pub(super) total: i64,
    pub(super) cost: Micros,
    pub(super) rest_days: i64,
    pub(super) error: String,
}

impl ArchivedPage {
    fn errors(&self) -> Vec<(&str, &str)> {
        if self.error.is_empty() { Vec::new() } else { vec![("count", self.error.as_str())] }
    }
    fn asks_count(&self) -> bool {
        self.total > TYPED_ABOVE
    }
}

pub(super) struct OutcomeRow {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) pill: (&'static str, &'static str),
    pub(super) words: String,
}

/// What became of it.
#[derive(Template)]
#[template(path = "launch/together.html")]
pub(super) struct TogetherPage {
    pub(super) shell: Shell,
    pub(super) url: String,
    pub(super) back: String,
    pub(super) asked_by: String,
    pub(super) asked_at: Moment,
    pub(super) rows: Vec<OutcomeRow>,
    pub(super) done: i64,
    pub(super) total: i64,
    pub(super) given: i64,
    pub(super) working: bool,
}
