//! The confirmation of a move, and what became of it.

use askama::Template;

use super::{Line, Move, Outcome, Proposal, Target};
use crate::access::{Allowed, ManageOrganization, Section};
use crate::kernel::E164;
use crate::kernel::ids::MoveId;
use crate::messaging::MessagingService;
use crate::messaging::model::{MOVING, UNREGISTERED};
use crate::numbers::Number;
use crate::web::format::{Times, plural};
use crate::web::{Shell, filters};

/// A confirmation must be typed above this many numbers.
const TYPED_ABOVE: usize = 25;

/// Names exactly what would be moved, what that costs, and what stays and why.
#[derive(Template)]
#[template(path = "messaging/move.html")]
pub(super) struct ConfirmPage {
    shell: Shell,
    id: MoveId,
    to: String,
    title: String,
    proposal: Proposal,
    /// By reason.
    staying: Vec<(&'static str, Vec<E164>)>,
    /// What a person should know first.
    warnings: Vec<String>,
    /// Why it cannot be done at all.
    refusal: String,
    error: String,
    action: String,
    back: String,
    numbers_url: String,
}

impl ConfirmPage {
    pub(super) fn of(
        by: &Allowed<ManageOrganization>,
        id: MoveId,
        to: Target,
        proposal: Proposal,
        error: &str,
    ) -> ConfirmPage {
        let refusal = if proposal.too_many() > 0 { super::no_room(&proposal) } else { String::new() };
        ConfirmPage {
            shell: by.shell(Section::MessagingServices),
            id,
            to: to.word(),
            title: proposal.title(),
            staying: by_reason(&proposal.staying),
            warnings: warnings(&proposal),
            refusal,
            proposal,
            error: error.to_owned(),
            action: by.url("/messaging-services/move"),
            back: by.url("/messaging-services"),
            numbers_url: by.url("/phone-numbers"),
        }
    }
    pub(super) fn must_type(count: usize) -> bool {
        count > TYPED_ABOVE
    }
    fn going(&self) -> usize {
        self.proposal.going.len()
    }
    fn may(&self) -> bool {
        self.going() > 0 && self.refusal.is_empty()
    }
    fn typed(&self) -> bool {
        self.may() && ConfirmPage::must_type(self.going())
    }
    fn errors(&self) -> Vec<(&str, &str)> {
        if self.error.is_empty() { Vec::new() } else { vec![("count", self.error.as_str())] }
    }
    /// Where a number comes from.
    fn from(&self, number: &Number) -> &str {
        let service = number.facts.messaging_service.and_then(|id| self.proposal.leaving.get(&id));
        service.map_or("–", |service| service.name.as_str())
    }
}

fn warnings(proposal: &Proposal) -> Vec<String> {
    let mut warnings = Vec::new();
    let leaving: usize = proposal.from().iter().map(|(_, count)| count).sum();
    let from: Vec<String> =
        proposal.from().into_iter().map(|(name, count)| format!("{count} out of {name}")).collect();
    if leaving > 0 && proposal.into.is_some() {
        warnings.push(format!("{} are taken out of another service first. {MOVING}", from.join(", ")));
    } else if proposal.leaving.values().any(|service| service.registered) {
        warnings.push(format!(
            "Outside a registered messaging service the mobile carriers of the United States block their texts. {MOVING}"
        ));
    }
    if proposal.into.as_ref().is_some_and(|service| !service.registered) {
        warnings.push(format!("This messaging service is not registered. {UNREGISTERED}"));
    }
    warnings
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

/// How far a move is and what became of each number. The page and its refreshes draw this same fragment.
#[derive(Template)]
#[template(path = "messaging/_move.html")]
pub(super) struct ProgressCard {
    request: Move,
    lines: Vec<Line>,
    into: Option<MessagingService>,
    times: Times,
    url: String,
    again: String,
    order_url: String,
    /// What the work waits for.
    waiting: String,
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for ProgressCard {}

impl ProgressCard {
    pub(super) fn of(
        by: &Allowed<ManageOrganization>,
        request: Move,
        lines: Vec<Line>,
        into: Option<MessagingService>,
        waiting: String,
    ) -> ProgressCard {
        let refused = lines.iter().filter(|line| line.outcome == Outcome::Refused);
        let refused: Vec<String> = refused.map(|line| format!("&number={}", line.number_id)).collect();
        let again = match refused.is_empty() {
            true => String::new(),
            false => {
                by.url(&format!("/messaging-services/move?to={}{}", request.target.word(), refused.concat()))
            }
        };
        ProgressCard {
            url: by.url(&super::address(request.id)),
            order_url: request.order_id.map(|order| by.url(&format!("/orders/{order}"))).unwrap_or_default(),
            times: by.times(),
            request,
            lines,
            into,
            again,
            waiting,
        }
    }
    pub(super) fn is_working(&self) -> bool {
        self.request.finished_at.is_none()
    }
    pub(super) fn title(&self) -> String {
        let numbers = plural(self.lines.len() as u64, "number", "numbers");
        match &self.into {
            Some(service) => format!("{numbers} into {}", service.name),
            None => format!("{numbers} out of messaging services"),
        }
    }
    fn count(&self, outcome: Outcome) -> usize {
        self.lines.iter().filter(|line| line.outcome == outcome).count()
    }
    fn done(&self) -> usize {
        self.count(Outcome::Done)
    }
    fn refused(&self) -> usize {
        self.count(Outcome::Refused)
    }
    fn word(&self) -> &'static str {
        if self.into.is_some() { "put in" } else { "taken out" }
    }
}

/// A request to move numbers, for as long as anybody may want to know what became of it.
#[derive(Template)]
#[template(path = "messaging/moved.html")]
pub(super) struct MovePage {
    pub(super) shell: Shell,
    pub(super) title: String,
    pub(super) card: ProgressCard,
    pub(super) back: String,
}
