//! The pages of campaigns.

pub(super) mod overview;

use std::collections::BTreeMap;

use askama::Template;

use super::contact_file::{ContactCounts, Reason, Sample};
use super::forms::BasicsForm;
use super::model::{Campaign, Picker, State};
use super::services::service_choices;
use crate::access::{Allowed, ManageCampaigns};
use crate::allocation::{self, Outlook, strategies};
use crate::error::FieldErrors;
use crate::kernel::money::group_thousands;
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{AreaCode, Moment};
use crate::launch;
use crate::messaging::{self, MessagingService};
use crate::requests;
use crate::reservations;
use crate::spend::forecast::CostCard;
use crate::web::format::{self, Times};
use crate::web::{Shell, filters};

/// A section of a campaign's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Name, ratio, planned start, strategy.
    Basics,
    /// The contact file.
    Contacts,
    /// The reservation.
    AreaCodes,
    /// Review and start.
    Start,
    /// After the start: how it is doing.
    Overview,
}

/// What stands above every section: the name, the state, the tabs with what is done.
#[derive(Debug, Clone)]
pub struct Head {
    /// The campaign.
    pub campaign: Campaign,
    /// Where its pages begin.
    pub url: String,
    /// Where the list of campaigns is.
    pub list_url: String,
    /// The section that is shown.
    pub section: Section,
    /// How many numbers it holds.
    pub held: i64,
    /// How times are written.
    pub times: Times,
}

impl Head {
    /// Of a campaign that holds so many numbers.
    pub fn of(by: &Allowed<ManageCampaigns>, campaign: Campaign, held: i64, section: Section) -> Head {
        Head {
            url: by.url(&format!("/campaigns/{}", campaign.id)),
            list_url: by.url("/campaigns"),
            campaign,
            section,
            held,
            times: by.times(),
        }
    }
    /// The address of a section.
    pub(crate) fn to(&self, section: &str) -> String {
        format!("{}/{section}", self.url)
    }
    pub(crate) fn is(&self, section: Section) -> bool {
        self.section == section
    }
    pub(crate) fn is_draft(&self) -> bool {
        self.campaign.state == State::Draft
    }
    /// Whether the texting platform asks us for each contact.
    pub(crate) fn asks_us(&self) -> bool {
        self.campaign.picker == Picker::Numberbank
    }
    pub(crate) fn has_contacts(&self) -> bool {
        self.campaign.contacts > 0
    }
    pub(crate) fn has_numbers(&self) -> bool {
        self.held > 0
    }
    /// The first section that is not done: where a draft's address leads.
    pub(super) fn first_unfinished(&self) -> &'static str {
        if !self.has_contacts() {
            "contacts"
        } else if !self.has_numbers() {
            "area-codes"
        } else {
            "start"
        }
    }
}

/// A campaign in the list.
pub(super) struct Listed {
    pub(super) campaign: Campaign,
    pub(super) url: String,
    pub(super) held: i64,
}

impl Listed {
    /// Until when its numbers are kept for it; a campaign in use keeps them without an end.
    fn reserved_until(&self) -> Option<Moment> {
        self.campaign.hold_until.filter(|_| self.campaign.state == State::Draft)
    }
}

/// A state one may filter by.
pub(super) struct StateChoice {
    pub(super) value: &'static str,
    pub(super) words: String,
    pub(super) selected: bool,
}

/// All campaigns.
#[derive(Template)]
#[template(path = "campaigns/list.html")]
pub(super) struct ListPage {
    pub(super) shell: Shell,
    pub(super) base: String,
    /// Where one sees who holds what until when.
    pub(super) reservations: String,
    pub(super) rows: Vec<Listed>,
    pub(super) states: Vec<StateChoice>,
    pub(super) search: String,
    pub(super) filtered: bool,
    pub(super) total: i64,
    pub(super) first: String,
    pub(super) next: String,
}

impl ListPage {
    pub(super) fn new_url(&self) -> String {
        format!("{}/new", self.base)
    }
    pub(super) fn total_words(&self) -> String {
        format!("{} in all", crate::web::format::plural(self.total.unsigned_abs(), "campaign", "campaigns"))
    }
    pub(super) fn choices(counts: &BTreeMap<State, i64>, chosen: Option<State>) -> Vec<StateChoice> {
        let all: i64 = counts.values().sum();
        let mut choices =
            vec![StateChoice { value: "", words: format!("All states ({all})"), selected: chosen.is_none() }];
        choices.extend(State::ALL.iter().map(|&state| StateChoice {
            value: state.as_str(),
            words: format!("{} ({})", state.words(), counts.get(&state).copied().unwrap_or(0)),
            selected: chosen == Some(state),
        }));
        choices
    }
}

/// The fields of the basics, on the page of a new campaign and of one that exists.
pub(super) struct BasicsFields {
    pub(super) form: BasicsForm,
    pub(super) errors: FieldErrors,
    pub(super) start_hint: String,
    pub(super) only_name: bool,
    /// The messaging services it may choose: value, name, what that means, whether it is chosen.
    pub(super) services: Vec<(String, String, String, bool)>,
}

impl BasicsFields {
    pub(super) fn new(
        by: &Allowed<ManageCampaigns>,
        form: BasicsForm,
        shared: &[MessagingService],
        errors: FieldErrors,
    ) -> BasicsFields {
        let services = service_choices(shared, &form.messaging_service, by.needs_registration());
        let zone = by.organization().time_zone.name().replace('_', " ");
        let start_hint = format!("In the time of {zone}. Numbers stay reserved until a day after it.");
        BasicsFields { form, errors, start_hint, only_name: false, services }
    }
    pub(super) fn error_list(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
    /// Value, name, hint, whether it is chosen: who may pick the number for each contact.
    pub(super) fn pickers(&self) -> [(&'static str, &'static str, &'static str, bool); 2] {
        let chosen = self.form.picker().unwrap_or(Picker::Twilio);
        let choice = |picker: Picker, name, hint| (picker.as_str(), name, hint, picker == chosen);
        [
            choice(
                Picker::Twilio,
                "The messaging service",
                "By area code, at the carrier. Nothing to set up.",
            ),
            choice(
                Picker::Numberbank,
                "Numberbank",
                "Spreads the load more evenly. Your texting platform asks us for each contact, with an API token that an \
                 owner makes under Settings.",
            ),
        ]
    }
    pub(super) fn strategies(&self) -> Vec<(&'static str, &'static str, &'static str, bool)> {
        strategies::ALL
            .iter()
            .map(|strategy| {
                (strategy.key(), strategy.name(), strategy.help(), self.form.strategy == strategy.key())
            })
            .collect()
    }
}

/// A new campaign.
#[derive(Template)]
#[template(path = "campaigns/new.html")]
pub(super) struct NewPage {
    pub(super) shell: Shell,
    pub(super) base: String,
    pub(super) fields: BasicsFields,
}

/// A campaign's basics.
#[derive(Template)]
#[template(path = "campaigns/basics.html")]
pub(super) struct BasicsPage {
    pub(super) shell: Shell,
    pub(super) head: Head,
    pub(super) fields: BasicsFields,
}

/// Rows that were rejected for one reason.
pub(super) struct Rejected {
    pub(super) words: String,
    pub(super) rows: i64,
    /// The first of them, right after the upload only.
    pub(super) samples: Vec<Sample>,
}

impl Rejected {
    /// From what is stored, with the samples of a file that was just counted.
    pub(super) fn of(stored: &[(String, i64)], counts: Option<&ContactCounts>) -> Vec<Rejected> {
        stored
            .iter()
            .map(|(key, rows)| {
                let reason = Reason::ALL.into_iter().find(|reason| reason.key() == key);
                let samples = reason.and_then(|reason| counts?.rejects.get(&reason));
                Rejected {
                    words: reason.map_or_else(|| key.clone(), |reason| reason.words().to_owned()),
                    rows: *rows,
                    samples: samples.map(|group| group.samples.clone()).unwrap_or_default(),
                }
            })
            .collect()
    }
}

/// Contacts of one area code, in the list of the largest.
pub(super) struct TopCode {
    pub(super) code: AreaCode,
    pub(super) place: String,
    pub(super) contacts: i64,
}

/// How many area codes the contacts page names.
pub(super) const TOP: usize = 10;

impl TopCode {
    /// The largest, most contacts first.
    pub(super) fn of(needs: &BTreeMap<AreaCode, i64>) -> Vec<TopCode> {
        let mut sorted: Vec<(AreaCode, i64)> =
            needs.iter().map(|(&code, &contacts)| (code, contacts)).collect();
        sorted.sort_by_key(|&(code, contacts)| (-contacts, code));
        sorted
            .into_iter()
            .take(TOP)
            .map(|(code, contacts)| TopCode { code, place: code.info().place_and_region(), contacts })
            .collect()
    }
}

/// A campaign's contacts: upload, and what the last file held.
#[derive(Template)]
#[template(path = "campaigns/contacts.html")]
pub(super) struct ContactsPage {
    pub(super) shell: Shell,
    pub(super) head: Head,
    pub(super) template_url: String,
    pub(super) error: String,
    pub(super) rejected: Vec<Rejected>,
    pub(super) rejected_rows: i64,
    pub(super) top: Vec<TopCode>,
    pub(super) codes: usize,
    /// How the file that was just counted was read: shown once.
    pub(super) read_as: Option<String>,
}

impl ContactsPage {
    pub(super) fn error_list(&self) -> Vec<(&str, &str)> {
        if self.error.is_empty() { Vec::new() } else { vec![("contacts", self.error.as_str())] }
    }
    pub(super) fn has_samples(&self) -> bool {
        self.rejected.iter().any(|group| !group.samples.is_empty())
    }
}

/// Review and start.
#[derive(Template)]
#[template(path = "campaigns/start.html")]
pub(super) struct StartPage {
    pub(super) shell: Shell,
    pub(super) head: Head,
    pub(super) checks: launch::Checks,
    pub(super) outlook: Outlook,
    pub(super) cost: CostCard,
    pub(super) panel: launch::Panel,
    /// How its request for numbers stands.
    pub(super) card: requests::Card,
    /// What else is to be said of its reservation.
    pub(super) notes: reservations::Notes,
    pub(super) zone: String,
    pub(super) may_settings: bool,
    pub(super) settings_url: String,
    /// How many numbers are not in the messaging service yet.
    pub(super) to_put_in: i64,
    /// What it means that it shares its messaging service.
    pub(super) sharing: Option<String>,
    pub(super) agreed: launch::Agreed,
    pub(super) errors: FieldErrors,
}

impl StartPage {
    fn error_list(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
    /// What the person may tick, and what comes of it.
    fn top_up_words(&self) -> Option<(String, String)> {
        let top_up = self.checks.top_up.as_ref()?;
        let load = |forecast: &allocation::model::Forecast| {
            forecast.hottest().map_or(0, |(_, load)| load).unsigned_abs()
        };
        let count = format::plural(top_up.total().unsigned_abs(), "more number", "more numbers");
        let hint = format!(
            "You own {} and nobody holds {}: {}. The hottest number would then carry {} instead of {}.{}",
            if top_up.total() == 1 { "it" } else { "them" },
            if top_up.total() == 1 { "it" } else { "them" },
            top_up.words(),
            format::plural(load(&top_up.after), "contact", "contacts"),
            group_thousands(load(&top_up.before)),
            if self.checks.needs_top_up { " Without that it cannot start." } else { "" }
        );
        Some((format!("Take {count} at the start"), hint))
    }
    fn moving_hint(&self) -> &'static str {
        messaging::model::MOVING
    }
    fn moved(&self) -> String {
        self.checks.moved().to_string()
    }
    pub(super) fn hottest(&self) -> String {
        self.outlook
            .forecast
            .hottest()
            .map_or_else(|| "–".to_owned(), |(_, load)| group_thousands(load.unsigned_abs()))
    }
    pub(super) fn held_of_wanted(&self) -> String {
        format!(
            "{} of {}",
            group_thousands(self.outlook.held.unsigned_abs()),
            group_thousands(self.outlook.wanted.unsigned_abs())
        )
    }
    pub(super) fn own(&self) -> String {
        format!("{} %", self.outlook.forecast.own_percent())
    }
    pub(super) fn hottest_label(&self) -> String {
        format!("hottest number, of {} tolerated", group_thousands(self.outlook.tolerated.unsigned_abs()))
    }
}

/// Asks whether a draft is to be deleted.
#[derive(Template)]
#[template(path = "campaigns/delete.html")]
pub(super) struct DeletePage {
    pub(super) shell: Shell,
    pub(super) head: Head,
}
