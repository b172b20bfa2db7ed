//! The confirmation of setting voice addresses, and what became of it.

use askama::Template;

use super::{Line, Outcome, Tally, VoiceRequest};
use crate::access::{Allowed, ManageOrganization, Section};
use crate::kernel::ids::VoiceId;
use crate::web::format::{self, Times};
use crate::web::{Shell, filters};

/// A confirmation must be typed above this many numbers.
const TYPED_ABOVE: i64 = 25;

/// Names how many numbers get which address.
#[derive(Template)]
#[template(path = "numbers/voice/confirm.html")]
pub(super) struct ConfirmPage {
    shell: Shell,
    id: VoiceId,
    voice_url: Option<String>,
    owned: i64,
    same: i64,
    error: String,
    action: String,
    back: String,
}

impl ConfirmPage {
    pub(super) fn of(
        by: &Allowed<ManageOrganization>,
        id: VoiceId,
        voice_url: Option<String>,
        (owned, same): (i64, i64),
        error: &str,
    ) -> ConfirmPage {
        ConfirmPage {
            shell: by.shell(Section::Settings),
            id,
            voice_url,
            owned,
            same,
            error: error.to_owned(),
            action: by.url("/voice"),
            back: by.url("/settings/connection"),
        }
    }
    pub(super) fn must_type(count: i64) -> bool {
        count > TYPED_ABOVE
    }
    fn typed(&self) -> bool {
        ConfirmPage::must_type(self.owned)
    }
    fn errors(&self) -> Vec<(&str, &str)> {
        if self.error.is_empty() { Vec::new() } else { vec![("count", self.error.as_str())] }
    }
    fn title(&self) -> String {
        let numbers = format::plural(self.owned.unsigned_abs(), "number", "numbers");
        match self.voice_url {
            Some(_) => format!("Set the voice address of {numbers}?"),
            None => format!("Take away the voice address of {numbers}?"),
        }
    }
}

/// How far a request is and what became of each number. The page and its refreshes draw this same fragment.
#[derive(Template)]
#[template(path = "numbers/voice/_progress.html")]
pub(super) struct ProgressCard {
    pub(super) request: VoiceRequest,
    pub(super) tally: Tally,
    pub(super) lines: Vec<Line>,
    pub(super) times: Times,
    pub(super) url: String,
    /// What the work waits for; empty when it is at work.
    pub(super) waiting: String,
    /// Whether a newer request took its place.
    pub(super) replaced: bool,
    /// Which lines these are; empty when they are all.
    pub(super) pages: String,
    pub(super) previous: String,
    pub(super) next: String,
    pub(super) page: i64,
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for ProgressCard {}

impl ProgressCard {
    pub(super) fn is_working(&self) -> bool {
        self.request.finished_at.is_none()
    }
    fn settled(&self) -> i64 {
        self.tally.done + self.tally.failed
    }
    fn words(&self) -> String {
        let numbers = format::plural(self.tally.total().unsigned_abs(), "number", "numbers");
        match self.request.voice_url {
            Some(_) => format!("{} of {numbers} set", format::number(self.tally.done)),
            None => format!("{} of {numbers} cleared", format::number(self.tally.done)),
        }
    }
}

/// A request to set voice addresses, for as long as anybody may want to know what became of it.
#[derive(Template)]
#[template(path = "numbers/voice/show.html")]
pub(super) struct VoicePage {
    pub(super) shell: Shell,
    pub(super) card: ProgressCard,
    pub(super) back: String,
}
