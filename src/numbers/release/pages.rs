//! The confirmation of a release, and what became of it.

use askama::Template;

use super::{Line, Outcome, Proposal, Release};
use crate::access::{Allowed, ReleaseNumbers, Section};
use crate::kernel::ids::ReleaseId;
use crate::kernel::{E164, Micros};
use crate::numbers::Number;
use crate::web::format::Times;
use crate::web::{Shell, filters};

/// A confirmation must be typed above this many numbers.
const TYPED_ABOVE: usize = 25;

/// Names exactly what would go, what it saves, and what stays and why.
#[derive(Template)]
#[template(path = "numbers/release/confirm.html")]
pub(super) struct ConfirmPage {
    shell: Shell,
    id: ReleaseId,
    going: Vec<Number>,
    /// By reason.
    staying: Vec<(&'static str, Vec<E164>)>,
    saving: Micros,
    error: String,
    action: String,
    back: String,
}

impl ConfirmPage {
    pub(super) fn of(
        by: &Allowed<ReleaseNumbers>,
        id: ReleaseId,
        proposal: Proposal,
        error: &str,
    ) -> ConfirmPage {
        ConfirmPage {
            shell: by.shell(Section::PhoneNumbers),
            id,
            saving: proposal.going.iter().map(|number| number.monthly_price).sum(),
            going: proposal.going,
            staying: by_reason(&proposal.staying),
            error: error.to_owned(),
            action: by.url("/phone-numbers/release"),
            back: by.url("/phone-numbers"),
        }
    }
    pub(super) fn must_type(count: usize) -> bool {
        count > TYPED_ABOVE
    }
    fn typed(&self) -> bool {
        ConfirmPage::must_type(self.going.len())
    }
    /// How many are taken out of a messaging service first.
    fn pooled(&self) -> usize {
        self.going.iter().filter(|number| number.facts.messaging_service.is_some()).count()
    }
    fn errors(&self) -> Vec<(&str, &str)> {
        if self.error.is_empty() { Vec::new() } else { vec![("count", self.error.as_str())] }
    }
}

/// What stays, a reason once, in the order they were met.
fn by_reason(staying: &[(Number, &'static str)]) -> Vec<(&'static str, Vec<E164>)> {
    let mut reasons: Vec<(&'static str, Vec<E164>)> = Vec::new();
    for (number, why) in staying {
        match reasons.iter_mut().find(|(reason, _)| reason == why) {
            Some((_, numbers)) => numbers.push(number.phone_number),
            None => reasons.push((why, vec![number.phone_number])),
        }
    }
    reasons
}

/// How far a release is and what became of each number. The page and its refreshes draw this same fragment.
#[derive(Template)]
#[template(path = "numbers/release/_progress.html")]
pub(super) struct ProgressCard {
    release: Release,
    lines: Vec<Line>,
    times: Times,
    url: String,
    again: String,
    /// What the work waits for.
    waiting: String,
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for ProgressCard {}

impl ProgressCard {
    pub(super) fn of(
        by: &Allowed<ReleaseNumbers>,
        release: Release,
        lines: Vec<Line>,
        waiting: String,
    ) -> ProgressCard {
        let kept: Vec<String> = lines
            .iter()
            .filter(|line| line.outcome == Outcome::Kept)
            .map(|line| format!("number={}", line.number_id))
            .collect();
        let again = if kept.is_empty() {
            String::new()
        } else {
            by.url(&format!("/phone-numbers/release?{}", kept.join("&")))
        };
        let url = by.url(&format!("/phone-numbers/releases/{}", release.id));
        ProgressCard { release, lines, times: by.times(), url, again, waiting }
    }
    pub(super) fn is_working(&self) -> bool {
        self.release.finished_at.is_none()
    }
    fn count(&self, outcome: Outcome) -> usize {
        self.lines.iter().filter(|line| line.outcome == outcome).count()
    }
    fn done(&self) -> usize {
        self.lines.len() - self.count(Outcome::Asked)
    }
    fn released(&self) -> usize {
        self.count(Outcome::Released)
    }
    fn kept(&self) -> usize {
        self.count(Outcome::Kept)
    }
}

/// A request to release numbers, for as long as anybody may want to know what became of it.
#[derive(Template)]
#[template(path = "numbers/release/show.html")]
pub(super) struct ReleasePage {
    pub(super) shell: Shell,
    pub(super) card: ProgressCard,
    pub(super) back: String,
}
