//! The settings, their bounds, and how they are read from text. No I/O.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono_tz::Tz;

use super::super::model::name as organization_name;
use crate::access::OrganizationRef;
use crate::error::FieldErrors;
use crate::kernel::Micros;
use crate::kernel::text_enum::TextEnum;
use crate::text_enum;
use crate::web::format;

text_enum! {
    /// Something an organization decides about itself. Its word is the form's field and the database's column.
    pub enum Setting {
        /// What people call it.
        Name = "name",
        /// Where its people are.
        TimeZone = "time_zone",
        /// How many contacts one number texts.
        ContactsPerNumber = "contacts_per_number",
        /// How many numbers a messaging service takes.
        Room = "room",
        /// The predicted load at which a campaign may still start.
        ToleratedLoad = "tolerated_load_percent",
        /// How long a draft holds its numbers.
        ReservationHours = "reservation_hours",
        /// How long a number rests after a campaign.
        RestDays = "rest_days",
        /// Whether a campaign's own messaging service goes with its numbers.
        DeleteServices = "delete_campaign_services",
        /// How the numbers of new campaigns are chosen.
        Strategy = "default_strategy",
        /// The most numbers of one order.
        OrderLimit = "order_limit",
        /// The most that a month may cost.
        MonthlyBudget = "monthly_budget",
        /// Whether people are written to about the budget and about orders that fail.
        MoneyLetters = "money_letters",
        /// Whether people are written to every week.
        WeeklyLetters = "weekly_letters",
    }
}

/// What a whole-number setting may be. The database has the same in CHECKs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
    /// What it is until somebody decides otherwise.
    pub default: i64,
}

const fn bounds(range: RangeInclusive<i64>, default: i64) -> Bounds {
    Bounds { least: *range.start(), most: *range.end(), default }
}

/// Where nobody said otherwise.
pub const DEFAULT_ZONE: Tz = Tz::America__New_York;

/// Above this many numbers on one registered (10DLC) campaign a carrier wants its own approval.
pub const CARRIER_POOL: i64 = 49;

/// A budget above this is a slip of the keyboard.
pub const MOST_BUDGET: Micros = Micros::from_cents(1_000_000_000);

/// Settings as text, by what they are: what a form holds, and what a page remembers of when it was drawn.
pub type Texts = BTreeMap<Setting, String>;

impl Setting {
    /// Its bounds, if it is a whole number.
    pub const fn bounds(self) -> Option<Bounds> {
        match self {
            Setting::ContactsPerNumber => Some(bounds(1..=100_000, 200)),
            Setting::Room => Some(bounds(1..=100_000, 400)),
            Setting::ToleratedLoad => Some(bounds(100..=1_000, 150)),
            Setting::ReservationHours => Some(bounds(1..=8_784, 168)),
            Setting::RestDays => Some(bounds(0..=365, 7)),
            Setting::OrderLimit => Some(bounds(1..=10_000, 500)),
            Setting::Name
            | Setting::TimeZone
            | Setting::DeleteServices
            | Setting::MonthlyBudget
            | Setting::MoneyLetters
            | Setting::WeeklyLetters
            | Setting::Strategy => None,
        }
    }

    /// What it is until somebody decides otherwise; an organization's name has no such thing.
    pub fn default_text(self) -> Option<String> {
        match self {
            Setting::Name => None,
            Setting::TimeZone => Some(DEFAULT_ZONE.name().to_owned()),
            Setting::DeleteServices | Setting::MoneyLetters => Some(YES.to_owned()),
            Setting::WeeklyLetters => Some(NO.to_owned()),
            Setting::MonthlyBudget => Some(String::new()),
            Setting::Strategy => Some("best".to_owned()),
            _ => self.bounds().map(|bounds| bounds.default.to_string()),
        }
    }

    /// Its name within a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Setting::Name => "the name",
            Setting::TimeZone => "the time zone",
            Setting::ContactsPerNumber => "contacts per number",
            Setting::Room => "the room of a messaging service",
            Setting::ToleratedLoad => "the tolerated load",
            Setting::ReservationHours => "the reservation time",
            Setting::RestDays => "the rest",
            Setting::DeleteServices => "deleting a campaign's own messaging service",
            Setting::Strategy => "who chooses the numbers of new campaigns",
            Setting::OrderLimit => "the most numbers an order takes",
            Setting::MonthlyBudget => "the monthly budget",
            Setting::MoneyLetters => "e-mail about the budget and failed orders",
            Setting::WeeklyLetters => "the weekly e-mail about spend",
        }
    }

    /// A value as people read it.
    pub fn shown(self, text: &str) -> String {
        let count = text.parse::<i64>().unwrap_or_default();
        let plural = |one, many| format::plural(count.unsigned_abs(), one, many);
        match self {
            Setting::Name => format!("“{text}”"),
            Setting::TimeZone => text.replace('_', " "),
            Setting::DeleteServices | Setting::MoneyLetters | Setting::WeeklyLetters => text.to_owned(),
            Setting::MonthlyBudget => {
                budget(text).ok().flatten().map_or_else(|| "no limit".to_owned(), format::money)
            }
            Setting::Strategy => format!("“{}”", text.replace('_', " ")),
            Setting::ContactsPerNumber | Setting::Room | Setting::OrderLimit => format::number(count),
            Setting::ToleratedLoad => format!("{}%", format::number(count)),
            Setting::ReservationHours => plural("hour", "hours"),
            Setting::RestDays => plural("day", "days"),
        }
    }
}

/// What a box that is checked says.
pub(in crate::organizations::settings) const YES: &str = "yes";
/// What a box that is not checked stands for.
pub(in crate::organizations::settings) const NO: &str = "no";

/// The settings of an organization, each within its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What people call it.
    pub name: String,
    /// Where its people are.
    pub time_zone: Tz,
    /// How many contacts one number texts, unless a campaign says otherwise.
    pub contacts_per_number: i64,
    /// How many numbers a messaging service takes.
    pub room: i64,
    /// The predicted load, in percent of the contacts per number, at which a campaign may still start.
    pub tolerated_load_percent: i64,
    /// How long a draft without a planned start holds its numbers.
    pub reservation_hours: i64,
    /// How long a number rests after a campaign.
    pub rest_days: i64,
    /// Whether a messaging service made for one campaign goes when its numbers are given back.
    pub delete_campaign_services: bool,
    /// The most numbers one order may ask for.
    pub order_limit: i64,
    /// The most that numbers and fees may cost in a month (UTC); `None` for no limit.
    pub monthly_budget: Option<Micros>,
    /// Whether people are written to about the budget and about orders that fail.
    pub money_letters: bool,
    /// Whether people are written to every week.
    pub weekly_letters: bool,
    /// The key of the planner of new campaigns.
    pub strategy: String,
}

impl From<&OrganizationRef> for Settings {
    fn from(organization: &OrganizationRef) -> Settings {
        Settings {
            name: organization.name.clone(),
            time_zone: organization.time_zone,
            contacts_per_number: organization.contacts_per_number,
            room: organization.room,
            tolerated_load_percent: organization.tolerated_load_percent,
            reservation_hours: organization.reservation_hours,
            rest_days: organization.rest_days,
            delete_campaign_services: organization.delete_campaign_services,
            order_limit: organization.order_limit,
            monthly_budget: organization.monthly_budget,
            money_letters: organization.money_letters,
            weekly_letters: organization.weekly_letters,
            strategy: organization.default_strategy.clone(),
        }
    }
}

impl Settings {
    /// Reads them from text.
    ///
    /// # Errors
    /// A message for every field that is wrong.
    pub fn parse(texts: &Texts) -> Result<Settings, FieldErrors> {
        let mut reader = Reader { texts, errors: FieldErrors::new() };
        let settings = Settings {
            name: reader.read(Setting::Name, organization_name).unwrap_or_default(),
            time_zone: reader.read(Setting::TimeZone, time_zone).unwrap_or(DEFAULT_ZONE),
            contacts_per_number: reader.number(Setting::ContactsPerNumber),
            room: reader.number(Setting::Room),
            tolerated_load_percent: reader.number(Setting::ToleratedLoad),
            reservation_hours: reader.number(Setting::ReservationHours),
            rest_days: reader.number(Setting::RestDays),
            delete_campaign_services: reader.text(Setting::DeleteServices) == YES,
            order_limit: reader.number(Setting::OrderLimit),
            monthly_budget: reader.read(Setting::MonthlyBudget, budget).flatten(),
            money_letters: reader.text(Setting::MoneyLetters) == YES,
            weekly_letters: reader.text(Setting::WeeklyLetters) == YES,
            strategy: reader.read(Setting::Strategy, strategy).unwrap_or_default(),
        };
        if reader.errors.is_empty() { Ok(settings) } else { Err(reader.errors) }
    }

    /// As text.
    pub fn texts(&self) -> Texts {
        let box_of = |checked| if checked { YES } else { NO }.to_owned();
        let text = |setting| match setting {
            Setting::Name => self.name.clone(),
            Setting::TimeZone => self.time_zone.name().to_owned(),
            Setting::ContactsPerNumber => self.contacts_per_number.to_string(),
            Setting::Room => self.room.to_string(),
            Setting::ToleratedLoad => self.tolerated_load_percent.to_string(),
            Setting::ReservationHours => self.reservation_hours.to_string(),
            Setting::RestDays => self.rest_days.to_string(),
            Setting::DeleteServices => box_of(self.delete_campaign_services),
            Setting::OrderLimit => self.order_limit.to_string(),
            Setting::MonthlyBudget => self.monthly_budget.map(plain).unwrap_or_default(),
            Setting::MoneyLetters => box_of(self.money_letters),
            Setting::WeeklyLetters => box_of(self.weekly_letters),
            Setting::Strategy => self.strategy.clone(),
        };
        Setting::ALL.iter().map(|setting| (*setting, text(*setting))).collect()
    }

    /// These settings with as much of a half-filled form as can be read.
    pub fn with(&self, typed: &Texts) -> Settings {
        typed.iter().fold(self.clone(), |settings, (setting, text)| {
            let mut texts = settings.texts();
            texts.insert(*setting, text.clone());
            Settings::parse(&texts).unwrap_or(settings)
        })
    }
}

/// A setting that became something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub setting: Setting,
    /// What it was, as text.
    pub from: String,
    /// What it is, as text.
    pub to: String,
}

impl Change {
    /// `the rest from 7 days to 14 days`.
    pub fn words(&self) -> String {
        let shown = |text| self.setting.shown(text);
        format!("{} from {} to {}", self.setting.words(), shown(&self.from), shown(&self.to))
    }
}

/// What differs, in the order of the page.
pub fn changes(before: &Texts, after: &Texts) -> Vec<Change> {
    Setting::ALL
        .iter()
        .filter_map(|setting| {
            let (from, to) = (before.get(setting)?.clone(), after.get(setting)?.clone());
            (from != to).then_some(Change { setting: *setting, from, to })
        })
        .collect()
}

/// `Changed the rest from 7 days to 14 days, …`: the line in the log.
pub fn sentence(changes: &[Change]) -> String {
    let words: Vec<String> = changes.iter().map(Change::words).collect();
    format!("Changed {}", words.join("; "))
}

struct Reader<'a> {
    texts: &'a Texts,
    errors: FieldErrors,
}

impl Reader<'_> {
    fn text(&self, setting: Setting) -> &str {
        self.texts.get(&setting).map_or("", String::as_str).trim()
    }
    fn read<T>(&mut self, setting: Setting, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        parse(self.text(setting)).map_err(|words| self.errors.add(setting.as_str(), words)).ok()
    }
    fn number(&mut self, setting: Setting) -> i64 {
        let Some(bounds) = setting.bounds() else { return 0 };
        self.read(setting, |text| whole_number(text, bounds)).unwrap_or(bounds.default)
    }
}

fn whole_number(text: &str, bounds: Bounds) -> Result<i64, String> {
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number| (bounds.least..=bounds.most).contains(number))
        .ok_or_else(|| {
            let (least, most) = (format::number(bounds.least), format::number(bounds.most));
            format!("Enter a whole number from {least} to {most}.")
        })
}

/// An amount as it stands in a field: without the dollar sign.
fn plain(amount: Micros) -> String {
    amount.dollars().replace(['$', ','], "")
}

/// Nothing is no limit.
fn budget(text: &str) -> Result<Option<Micros>, String> {
    let text = text.trim().trim_start_matches('$').replace(',', "");
    if text.is_empty() {
        return Ok(None);
    }
    Micros::parse_decimal(&text)
        .ok()
        .filter(|amount| (1..=MOST_BUDGET.get()).contains(&amount.get()))
        .map(Some)
        .ok_or_else(|| {
            format!(
                "Enter an amount up to {}, such as 250.00, or nothing for no limit.",
                MOST_BUDGET.dollars()
            )
        })
}

/// A key; which ones there are is known higher up.
fn strategy(text: &str) -> Result<String, String> {
    let key =
        !text.is_empty() && text.len() <= 40 && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'));
    key.then(|| text.to_owned()).ok_or_else(|| "Choose who chooses the numbers.".to_owned())
}

fn time_zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "Choose a time zone of the list.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let mut texts: Texts =
            Setting::ALL.iter().filter_map(|setting| Some((*setting, setting.default_text()?))).collect();
        texts.insert(Setting::Name, "Our City".into());
        Settings::parse(&texts).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let settings = settings();
        assert_eq!(Settings::parse(&settings.texts()).unwrap(), settings);
        assert_eq!(settings.texts().len(), Setting::ALL.len());
    }

    #[test]
    fn whole_numbers_keep_their_bounds() {
        for setting in Setting::ALL.iter().copied() {
            let Some(Bounds { least, most, .. }) = setting.bounds() else { continue };
            let given = |text: &str| {
                let mut texts = settings().texts();
                texts.insert(setting, text.to_owned());
                Settings::parse(&texts).map(|read| read.texts()[&setting].clone()).map_err(|errors| {
                    assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), [setting.as_str()]);
                })
            };
            assert_eq!(given(&least.to_string()), Ok(least.to_string()));
            assert_eq!(given(&format!(" {most} ")), Ok(most.to_string()));
            let (below, above) = ((least - 1).to_string(), (most + 1).to_string());
            for wrong in [below.as_str(), &above, "", "1.5", "1e2", "ZZ", "99999999999999999999", "２"] {
                assert_eq!(given(wrong), Err(()), "{setting} {wrong}");
            }
        }
    }

    #[test]
    fn a_budget_is_an_amount_or_nothing() {
        let given = |text: &str| {
            let mut texts = settings().texts();
            texts.insert(Setting::MonthlyBudget, text.to_owned());
            Settings::parse(&texts).map(|read| read.monthly_budget.map(Micros::get)).map_err(|errors| {
                assert!(errors.of("monthly_budget").contains("nothing for no limit"), "{errors}");
            })
        };
        for (text, micros) in [("", None), (" $1,250.50 ", Some(1_250_500_000)), ("0.01", Some(10_000))] {
            assert_eq!(given(text), Ok(micros), "{text}");
        }
        for wrong in ["0", "-5", "soon", "10000000.01", "1e3"] {
            assert_eq!(given(wrong), Err(()), "{wrong}");
        }
        let with = Settings { monthly_budget: Some(Micros::from_cents(125_050)), ..settings() };
        assert_eq!(
            sentence(&changes(&settings().texts(), &with.texts())),
            "Changed the monthly budget from no limit to $1,250.50"
        );
    }

    #[test]
    fn a_half_filled_form_counts_as_far_as_it_can_be_read() {
        let typed = Texts::from([(Setting::Room, "49".into()), (Setting::RestDays, "soon".into())]);
        let with = settings().with(&typed);
        assert_eq!((with.room, with.rest_days), (49, 7));
    }

    #[test]
    fn changes_are_told_with_what_was() {
        let before = settings();
        let after = Settings { rest_days: 1, delete_campaign_services: false, ..before.clone() };
        assert_eq!(
            sentence(&changes(&before.texts(), &after.texts())),
            "Changed the rest from 7 days to 1 day; deleting a campaign's own messaging service from yes to no"
        );
        assert!(changes(&before.texts(), &before.texts()).is_empty());
    }
}
