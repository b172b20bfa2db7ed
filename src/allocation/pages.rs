//! The area-codes section of a campaign.

use askama::Template;

use super::map::{StateLine, Tile};
use super::outlook::Outlook;
use super::panel::{CodeRow, StateGroup};
use super::rules::RulesCard;
use super::short::ShortBox;
use crate::campaigns::{Head, Section};
use crate::kernel::Moment;
use crate::kernel::money::group_thousands;
use crate::web::format::{Times, plural};
use crate::web::{Shell, filters};

/// The section as a whole page.
#[derive(Template)]
#[template(path = "allocation/page.html")]
pub(super) struct AreaCodesPage {
    pub(super) shell: Shell,
    pub(super) head: Head,
    pub(super) panel: PanelView,
    /// How its request for numbers stands.
    pub(super) card: crate::requests::Card,
    /// What else is to be said of its reservation.
    pub(super) notes: crate::reservations::Notes,
    pub(super) rules: RulesCard,
}

/// What a step has to say above the panel.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// `success`, `warning`, `danger` or `info`.
    pub(super) kind: &'static str,
    pub(super) text: String,
}

/// The panel: the page includes it, and htmx swaps it as a whole.
#[derive(Template)]
#[template(path = "allocation/_panel.html")]
pub(super) struct PanelView {
    pub(super) url: String,
    pub(super) campaign_url: String,
    /// Where everybody's reservations stand.
    pub(super) reservations: String,
    pub(super) times: Times,
    pub(super) said: Option<Said>,
    pub(super) errors: Vec<(String, String)>,
    /// Whether "take what there is" is offered.
    pub(super) offer_take: bool,
    pub(super) contacts: i64,
    pub(super) outlook: Outlook,
    pub(super) groups: Vec<StateGroup>,
    pub(super) hidden: Vec<(String, String)>,
    pub(super) shown: usize,
    pub(super) search: String,
    pub(super) added: String,
    pub(super) others: Vec<(String, String)>,
    pub(super) tiles: Vec<Tile>,
    pub(super) states: Vec<StateLine>,
    pub(super) chooses: bool,
    pub(super) strategy: &'static str,
    pub(super) hold_until: Option<Moment>,
    pub(super) lapses_soon: bool,
    pub(super) short: Option<ShortBox>,
    pub(super) ratio_that_fits: Option<i64>,
    pub(super) is_owner: bool,
    /// What it means that it shares its messaging service; nothing when it has its own.
    pub(super) sharing: Option<String>,
    /// Whose reservations take the room of its messaging service.
    pub(super) promised: Option<String>,
    /// Whether only what typed counts change is drawn.
    pub(super) alone: bool,
    /// How many numbers the counts would come to that are typed and not saved.
    pub(super) unsaved: Option<i64>,
    /// What the campaign's rules say and is not kept.
    pub(super) unkept: Vec<String>,
    /// Who picks the number for a contact.
    pub(super) picker_words: &'static str,
}

fn grouped(count: i64) -> String {
    group_thousands(count.unsigned_abs())
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for PanelView {}

impl PanelView {
    fn contacts_url(&self) -> String {
        format!("{}/contacts", self.campaign_url)
    }
    fn held_of_wanted(&self) -> String {
        format!("{} of {}", grouped(self.outlook.held), grouped(self.outlook.wanted))
    }
    fn own(&self) -> String {
        format!("{} %", self.outlook.forecast.own_percent())
    }
    fn hottest(&self) -> String {
        self.hottest_load().map_or_else(|| "–".to_owned(), grouped)
    }
    fn hottest_load(&self) -> Option<i64> {
        self.outlook.forecast.hottest().map(|(_, load)| load)
    }
    fn hottest_label(&self) -> String {
        format!("hottest number, of {} tolerated", grouped(self.outlook.tolerated))
    }
    /// What is said aloud when the prediction changed.
    fn heard(&self) -> String {
        match self.hottest_load() {
            Some(load) => format!("The hottest number would text {}", grouped(load)),
            None => "No numbers".to_owned(),
        }
    }
    fn error_list(&self) -> Vec<(&str, &str)> {
        self.errors.iter().map(|(field, words)| (field.as_str(), words.as_str())).collect()
    }
    fn announcement(&self) -> String {
        format!("{} numbers reserved", self.held_of_wanted())
    }
    /// What the load of the hottest number means for a start.
    fn start_words(&self) -> String {
        let tolerated = grouped(self.outlook.tolerated);
        match self.hottest_load() {
            Some(load) if load <= self.outlook.tolerated => format!(
                "The hottest number would carry {}; your organization tolerates {tolerated}.",
                plural(load.unsigned_abs(), "contact", "contacts")
            ),
            Some(load) => format!(
                "The hottest number would carry {}, and your organization tolerates {tolerated}. \
                 Reserve more numbers, or raise the contacts per number.",
                plural(load.unsigned_abs(), "contact", "contacts")
            ),
            None => "It holds no numbers yet.".to_owned(),
        }
    }
    /// Contacts that no number of their own area code carries.
    fn elsewhere_words(&self) -> String {
        let forecast = &self.outlook.forecast;
        let elsewhere = super::load::round_up(forecast.state + forecast.other);
        if self.outlook.held == 0 {
            return "Nothing is reserved yet.".to_owned();
        }
        match elsewhere {
            0 => "Every contact is texted from its own area code or an overlay of it.".to_owned(),
            count => format!(
                "{} outside covered area codes would be texted from the whole pool.",
                plural(count.unsigned_abs(), "contact", "contacts")
            ),
        }
    }
}

impl CodeRow {
    fn field(&self) -> String {
        super::field(self.code)
    }
    fn load_words(&self) -> String {
        self.load.map_or_else(|| "–".to_owned(), grouped)
    }
    /// The same, where there is no column for it.
    fn narrow_load(&self) -> String {
        self.load.map(|load| format!("each texts {}", grouped(load))).unwrap_or_default()
    }
    fn label(&self) -> String {
        format!("Reserved in {} {}", self.code, self.place)
    }
}
