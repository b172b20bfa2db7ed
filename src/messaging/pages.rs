//! The pages of messaging services.

use askama::Template;

use super::model::{MessagingService, Origin, UNREGISTERED, registration_words, room_warning};
use super::seen::{Adopted, Look, SeenService};
use crate::kernel::AreaCode;
use crate::web::format::{Times, plural};
use crate::web::{Page, Shell, filters};

/// A campaign on a service.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) state: &'static str,
    pub(super) pill: &'static str,
}

/// A service with what pages say of it.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) service: MessagingService,
    pub(super) url: String,
    /// How many of the organization's numbers are in it.
    pub(super) inside: i64,
    pub(super) campaigns: Vec<Running>,
    pub(super) seen: Option<SeenService>,
}

impl Standing {
    /// All that is in it, strangers too.
    fn size(&self) -> i64 {
        self.inside + self.service.strangers
    }
    fn room_left(&self) -> i64 {
        self.service.room_left(self.inside)
    }
    fn origin(&self) -> &'static str {
        match (self.service.origin, self.service.campaign_id) {
            (Origin::Adopted, _) => "adopted",
            (Origin::Made, Some(_)) => "made for one campaign",
            (Origin::Made, None) => "made here, shared",
        }
    }
    fn pill(&self) -> &'static str {
        registration_pill(self.service.registered, self.service.registration.as_deref())
    }
    fn sid(&self) -> &str {
        self.service.remote_id.as_ref().map_or("", |id| id.as_str())
    }
    fn warning(&self) -> Option<String> {
        room_warning(self.service.room, self.service.registered)
    }
}

fn registration_pill(registered: bool, status: Option<&str>) -> &'static str {
    match (registered, status) {
        (true, _) => "ok",
        (false, Some(_)) => "warn",
        (false, None) => "plain",
    }
}

impl Adopted {
    /// What adopting did, for the person.
    pub(super) fn words(&self) -> String {
        let attached = plural(self.attached as u64, "number", "numbers");
        let mut words = format!("{} is adopted; {attached} of yours are attached to it.", self.name);
        if self.strangers > 0 {
            let unknown = plural(self.strangers.unsigned_abs(), "number in it is", "numbers in it are");
            words.push_str(&format!(" {unknown} unknown to Numberbank: sync to take them in."));
        }
        words
    }
}

impl SeenService {
    fn words(&self) -> String {
        registration_words(self.registered, self.registration.as_deref())
    }
    fn pill(&self) -> &'static str {
        registration_pill(self.registered, self.registration.as_deref())
    }
}

/// All messaging services: the organization's, and those found at the carrier.
#[derive(Template)]
#[template(path = "messaging/list.html")]
pub(super) struct ListPage {
    pub(super) shell: Shell,
    pub(super) base: String,
    pub(super) times: Times,
    pub(super) ours: Vec<Standing>,
    pub(super) found: Vec<SeenService>,
    pub(super) last: Look,
    /// What the look under way last said.
    pub(super) looking: Option<String>,
    pub(super) may: bool,
}

/// The part of the list that changes while the carrier is looked at.
#[derive(Template)]
#[template(path = "messaging/_list.html")]
struct ListPart<'a> {
    base: &'a str,
    times: Times,
    ours: &'a [Standing],
    found: &'a [SeenService],
    last: &'a Look,
    looking: &'a Option<String>,
    may: bool,
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for ListPart<'_> {}

impl ListPage {
    fn parts(&self) -> ListPart<'_> {
        ListPart {
            base: &self.base,
            times: self.times,
            ours: &self.ours,
            found: &self.found,
            last: &self.last,
            looking: &self.looking,
            may: self.may,
        }
    }
    /// The part alone.
    pub(super) fn part(&self) -> Page {
        Page::fragment(&self.parts())
    }
}

/// One messaging service.
#[derive(Template)]
#[template(path = "messaging/service.html")]
pub(super) struct ServicePage {
    pub(super) shell: Shell,
    pub(super) list_url: String,
    pub(super) numbers_url: String,
    pub(super) times: Times,
    pub(super) standing: Standing,
    pub(super) areas: Vec<(AreaCode, i64)>,
    /// Whether campaigns use it that do not choose otherwise.
    pub(super) is_usual: bool,
    pub(super) may: bool,
    pub(super) may_forget: bool,
    /// Whether nobody really replies.
    pub(super) practice: bool,
    pub(super) typed: String,
    pub(super) error: String,
}

impl ServicePage {
    fn errors(&self) -> Vec<(&str, &str)> {
        if self.error.is_empty() { Vec::new() } else { vec![("room", self.error.as_str())] }
    }
    fn unregistered(&self) -> &'static str {
        UNREGISTERED
    }
    fn uses(&self) -> String {
        let name = plural(self.standing.campaigns.len() as u64, "campaign uses", "campaigns use");
        format!("{name} it")
    }
}
