//! A campaign: its basics, its states, and what may follow what. No I/O.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{AppError, AppResult};
use crate::kernel::ids::{CampaignId, OrganizationId, PersonId, ServiceId};
use crate::kernel::{AreaCode, Moment};
use crate::numbers::Hold;
use crate::stored_enum;

/// The longest name, in characters.
pub const NAME_LIMIT: usize = 80;
/// The most contacts one number may be asked to text.
pub const MOST_CONTACTS_PER_NUMBER: i64 = 100_000;

stored_enum! {
    /// Where a campaign is in its life.
    pub enum State {
        /// Being edited; its numbers are reserved.
        Draft = "draft",
        /// Its numbers are on their way into a messaging service.
        Starting = "starting",
        /// People are texting from its numbers.
        Started = "started",
        /// Nobody new is texted; it still holds its numbers.
        Archived = "archived",
        /// It gave its numbers back; or it was a draft and was deleted.
        Closed = "closed",
    }
}

stored_enum! {
    /// Who picks the number for a contact.
    pub enum Picker {
        /// The messaging service's geomatch, at Twilio and at the practice carrier.
        Twilio = "twilio",
        /// This program, asked for each contact.
        Numberbank = "numberbank",
    }
}

impl State {
    /// The word people read.
    pub fn words(self) -> &'static str {
        match self {
            State::Draft => "Draft",
            State::Starting => "Starting",
            State::Started => "Started",
            State::Archived => "Archived",
            State::Closed => "Closed",
        }
    }

    /// The kind of pill that shows it.
    pub fn pill(self) -> &'static str {
        match self {
            State::Draft | State::Closed => "plain",
            State::Starting => "busy",
            State::Started => "ok",
            State::Archived => "info",
        }
    }

    /// How a campaign in this state holds its numbers; a closed one holds none.
    pub fn hold(self) -> Option<Hold> {
        match self {
            State::Draft => Some(Hold::Reserved),
            State::Starting | State::Started | State::Archived => Some(Hold::InUse),
            State::Closed => None,
        }
    }

    /// Whether `to` may come next; otherwise says in words why not.
    ///
    /// # Errors
    /// [`AppError::Conflict`] with a sentence for the person.
    pub fn may_become(self, to: State) -> AppResult<()> {
        let refusal = match (self, to) {
            // The last is a draft that is deleted.
            (State::Draft, State::Starting | State::Closed)
            | (State::Starting, State::Started | State::Draft)
            | (State::Started, State::Archived)
            | (State::Archived, State::Closed) => return Ok(()),
            (State::Draft, State::Started) => {
                "A campaign starts first and is started when its numbers are in place."
            }
            (State::Draft, State::Archived) => {
                "This campaign has not started, so there is nothing to archive."
            }
            (State::Starting, State::Starting) => "This campaign is starting already.",
            (State::Starting, _) => {
                "This campaign is starting. Wait until it has started, or until the start failed."
            }
            (State::Started, State::Starting | State::Started) => "This campaign has started already.",
            (State::Started, State::Closed) => {
                "People are being texted from its numbers. Archive the campaign first; then it can give them back."
            }
            (State::Started, State::Draft) => "This campaign has started, so it cannot become a draft again.",
            (State::Archived, State::Archived) => "This campaign is archived already.",
            (State::Archived, _) => {
                "This campaign is archived. Its numbers can be given back; it cannot start again."
            }
            (State::Closed, _) => "This campaign is closed. Nothing about it changes any more.",
            (State::Draft, State::Draft) => "This campaign is a draft already.",
        };
        Err(AppError::Conflict(refusal.to_owned()))
    }

    /// Refuses whatever only a draft may do; `what` completes "so its … cannot change".
    ///
    /// # Errors
    /// [`AppError::Conflict`] with a sentence for the person.
    pub fn must_be_draft(self, what: &str) -> AppResult<()> {
        let is = match self {
            State::Draft => return Ok(()),
            State::Starting => "is starting",
            State::Started => "has started",
            State::Archived => "is archived",
            State::Closed => "is closed",
        };
        Err(AppError::Conflict(format!("This campaign {is}, so its {what} cannot change any more.")))
    }
}

/// A campaign's name: not blank, at most [`NAME_LIMIT`] characters, no line breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Reads a name; spaces around it are dropped, runs of spaces become one.
    ///
    /// # Errors
    /// A sentence to stand beside the field.
    pub fn parse(text: &str) -> Result<Name, String> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            Err("Give the campaign a name.".to_owned())
        } else if name.chars().count() > NAME_LIMIT {
            Err(format!("A name has at most {NAME_LIMIT} characters."))
        } else if name.chars().any(char::is_control) {
            Err("The name has a character that cannot be shown.".to_owned())
        } else {
            Ok(Name(name))
        }
    }
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many contacts one number texts: 1 to [`MOST_CONTACTS_PER_NUMBER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(i64);

impl Ratio {
    /// From a number.
    pub fn new(contacts: i64) -> Option<Ratio> {
        (1..=MOST_CONTACTS_PER_NUMBER).contains(&contacts).then_some(Ratio(contacts))
    }
    /// Reads a whole number.
    ///
    /// # Errors
    /// A sentence to stand beside the field.
    pub fn parse(text: &str) -> Result<Ratio, String> {
        let words = || "Enter a whole number of contacts, from 1 to 100,000.".to_owned();
        let digits = text.trim();
        let plain =
            !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !plain {
            return Err(words());
        }
        digits.parse().ok().and_then(Ratio::new).ok_or_else(words)
    }
    /// The number of contacts.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// What a person decides about a campaign before anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basics {
    /// What people call it.
    pub name: Name,
    /// How many contacts one number texts.
    pub ratio: Ratio,
    /// When texting is meant to begin, UTC.
    pub planned_start: Option<Moment>,
    /// The key of the planner behind "Reserve for me".
    pub strategy: String,
    /// Whether resting numbers may be taken too.
    pub include_resting: bool,
}

/// A contact file that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// The name it had where it came from.
    pub name: String,
    /// When it was counted.
    pub read_at: Moment,
    /// Rows below its header.
    pub records: i64,
}

/// A campaign.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What people call it.
    pub name: String,
    /// Where it is in its life.
    pub state: State,
    /// How many contacts one number texts.
    pub ratio: i64,
    /// The key of its planner.
    pub strategy: String,
    /// Whether resting numbers may be taken too.
    pub include_resting: bool,
    /// When texting is meant to begin.
    pub planned_start: Option<Moment>,
    /// When its reservation lapses; `None` when it holds nothing as a draft.
    pub hold_until: Option<Moment>,
    /// The messaging service it uses or will use.
    pub messaging_service_id: Option<ServiceId>,
    /// Its contact file; `None` before the first.
    pub file: Option<FileRead>,
    /// How many contacts count.
    pub contacts: i64,
    /// Why its last start failed, or what lapsed.
    pub notice: Option<String>,
    /// Who made it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Moment,
    /// When it started.
    pub started_at: Option<Moment>,
    /// When it was archived.
    pub archived_at: Option<Moment>,
    /// When it gave its numbers back, or was deleted as a draft.
    pub closed_at: Option<Moment>,
    /// Whether it gets a messaging service of its own where it could share one.
    pub own_service: bool,
    /// Who picks the number for each of its contacts.
    pub picker: Picker,
    /// What it held when its reservation lapsed, until it reserves something again.
    pub lapsed: BTreeMap<AreaCode, i64>,
}

impl Campaign {
    /// Whether it was a draft when it was deleted: it is in no list, only in the lives of numbers it held.
    pub fn is_deleted(&self) -> bool {
        self.state == State::Closed && self.started_at.is_none()
    }
    /// How many numbers it wants for its contacts, were there no limit.
    pub fn wants(&self) -> i64 {
        needed(self.contacts, self.ratio)
    }
}

/// How many numbers so many contacts need at this many contacts a number: rounded up.
pub fn needed(contacts: i64, ratio: i64) -> i64 {
    let ratio = ratio.max(1);
    contacts.max(0) / ratio + i64::from(contacts.max(0) % ratio != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::text_enum::TextEnum;

    #[test]
    fn only_the_next_state_may_follow_and_the_refusals_say_why() {
        let allowed = [
            (State::Draft, State::Starting),
            (State::Draft, State::Closed),
            (State::Starting, State::Started),
            (State::Starting, State::Draft),
            (State::Started, State::Archived),
            (State::Archived, State::Closed),
        ];
        for &from in State::ALL {
            for &to in State::ALL {
                let answer = from.may_become(to);
                assert_eq!(answer.is_ok(), allowed.contains(&(from, to)), "{from} -> {to}");
                if let Err(AppError::Conflict(words)) = answer {
                    assert!(words.ends_with('.') && words.len() > 20, "{words}");
                }
            }
        }
        let words = State::Started.may_become(State::Closed).unwrap_err().to_string();
        assert!(words.contains("Archive the campaign first"), "{words}");
    }

    #[test]
    fn names_are_tidied_and_bounded() {
        assert_eq!(Name::parse("  Fall \t GOTV\n").unwrap().as_str(), "Fall GOTV");
        assert!(Name::parse(" \n ").is_err());
        assert!(Name::parse(&"é".repeat(NAME_LIMIT)).is_ok());
        assert!(Name::parse(&"é".repeat(NAME_LIMIT + 1)).is_err());
        assert!(Name::parse("a\u{0}b").is_err());
    }

    #[test]
    fn ratios_are_whole_numbers_in_range() {
        assert_eq!(Ratio::parse(" 200 ").unwrap().get(), 200);
        for wrong in ["", "0", "-5", "1.5", "100001", "9999999999", "ZZ", "+5", "1e3", "２"] {
            assert!(Ratio::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn needs_round_up() {
        assert_eq!((needed(0, 200), needed(1, 200), needed(200, 200), needed(201, 200)), (0, 1, 1, 2));
        assert_eq!(needed(i64::MAX, 1), i64::MAX);
    }
}
