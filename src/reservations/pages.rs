//! The pages of reservations.

use askama::Template;

use crate::error::FieldErrors;
use crate::kernel::ids::AskId;
use crate::kernel::{AreaCode, Moment};
use crate::web::{Shell, filters};

/// A campaign that has reserved numbers.
pub(super) struct HolderRow {
    pub(super) name: String,
    pub(super) href: String,
    /// Who reserved them; who made the campaign, where nobody in particular did.
    pub(super) by: String,
    /// Whether it texts people already: they arrived for it and are put in soon.
    pub(super) running: bool,
    pub(super) total: i64,
    pub(super) codes: Vec<(AreaCode, String, i64)>,
    pub(super) until: Option<Moment>,
    /// Whether that is soon.
    pub(super) soon: bool,
    pub(super) extend: String,
    pub(super) ask: String,
}

/// One campaign asks another one.
pub(super) struct AskRow {
    pub(super) words: String,
    pub(super) note: String,
    pub(super) asked_by: String,
    pub(super) asked_at: Moment,
    pub(super) href: String,
}

/// Who holds what until when.
#[derive(Template)]
#[template(path = "reservations/list.html")]
pub(super) struct ListPage {
    pub(super) shell: Shell,
    pub(super) campaigns: String,
    pub(super) archived: String,
    pub(super) rows: Vec<HolderRow>,
    pub(super) asks: Vec<AskRow>,
    pub(super) total: i64,
}

/// Asking a campaign for numbers.
#[derive(Template)]
#[template(path = "reservations/ask.html")]
pub(super) struct AskPage {
    pub(super) shell: Shell,
    pub(super) list: String,
    pub(super) action: String,
    pub(super) id: AskId,
    /// Who holds them: id, name.
    pub(super) from: (String, String),
    pub(super) until: Option<Moment>,
    /// Value, words, whether it is chosen.
    pub(super) codes: Vec<(String, String, bool)>,
    pub(super) drafts: Vec<(String, String, bool)>,
    pub(super) numbers: String,
    pub(super) note: String,
    pub(super) errors: FieldErrors,
}

impl AskPage {
    fn error_list(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
}

/// What was asked, to be answered.
#[derive(Template)]
#[template(path = "reservations/answer.html")]
pub(super) struct AnswerPage {
    pub(super) shell: Shell,
    pub(super) list: String,
    pub(super) url: String,
    pub(super) title: String,
    pub(super) from: (String, String),
    pub(super) to: (String, String),
    pub(super) note: String,
    pub(super) asked_by: String,
    pub(super) asked_at: Moment,
    pub(super) open: bool,
    /// What became of it.
    pub(super) outcome: String,
    pub(super) decided_at: Option<Moment>,
    /// How many it would give now, in words.
    pub(super) gives: String,
    pub(super) answer: String,
    pub(super) errors: FieldErrors,
}

impl AnswerPage {
    fn error_list(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
}
