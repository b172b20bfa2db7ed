//! The page of the settings.

use askama::Template;
use chrono::TimeDelta;
use chrono_tz::{TZ_VARIANTS, Tz};

use super::model::{CARRIER_POOL, Change, Setting, Settings, Texts};
use crate::access::{Allowed, ManageOrganization, Section};
use crate::allocation::strategies;
use crate::error::FieldErrors;
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{Micros, Moment};
use crate::providers::{Prices, ProviderError};
use crate::web::format::{self, Times};
use crate::web::{Shell, filters};

/// What numbers cost at the carrier.
pub(super) enum PriceList {
    /// As it said then: the moment in words.
    Read { prices: Prices, at: String },
    /// Why it could not be read.
    Unreadable(String),
}

impl PriceList {
    /// Our words, then the carrier's.
    pub(super) fn refused(error: &ProviderError) -> PriceList {
        let theirs = match (error.carrier_code(), error.carrier_words()) {
            (Some(code), Some(words)) => format!(" The carrier said: {words} ({code})."),
            _ => String::new(),
        };
        PriceList::Unreadable(format!("{error}{theirs}"))
    }
}

/// What the page shows beside the settings.
pub(super) struct World {
    pub(super) provider: String,
    pub(super) prices: PriceList,
    /// The name of a messaging service that is registered with the carriers.
    pub(super) registered: Option<String>,
}

/// A whole-number setting on the page.
struct NumberField {
    setting: Setting,
    label: &'static str,
    hint: String,
    unit: &'static str,
    value: String,
    least: i64,
    most: i64,
    /// The default, when it is something else now.
    back_to: String,
}

/// `/settings`.
#[derive(Template)]
#[template(path = "organizations/settings.html")]
pub(super) struct SettingsPage {
    shell: Shell,
    action: String,
    slug: String,
    carrier_account: String,
    world: World,
    texts: Texts,
    errors: FieldErrors,
    effects: Effects,
    seen: String,
    seen_at: String,
    /// The setting that was just put back, and is not saved.
    unsaved: Option<Setting>,
    overtaken: bool,
    deeds: Vec<(String, Moment, String)>,
    meanwhile: Vec<String>,
}

impl SettingsPage {
    /// A form that holds `texts`, drawn while the settings are `current`.
    pub(super) fn of(
        by: &Allowed<ManageOrganization>,
        world: World,
        texts: Texts,
        current: &Settings,
    ) -> SettingsPage {
        let price = match &world.prices {
            PriceList::Read { prices, .. } => Some(prices.local),
            PriceList::Unreadable(_) => None,
        };
        let effects = Effects::of(&current.with(&texts), by.times(), price, world.registered.clone());
        let page = SettingsPage {
            shell: by.shell(Section::Settings),
            action: by.url("/settings"),
            slug: by.organization().slug.clone(),
            carrier_account: by.organization().carrier_account.clone(),
            world,
            texts,
            errors: FieldErrors::new(),
            effects,
            seen: String::new(),
            seen_at: String::new(),
            unsaved: None,
            overtaken: false,
            deeds: Vec::new(),
            meanwhile: Vec::new(),
        };
        page.seen(&current.texts(), by.times().now)
    }
    /// Remembers what the settings were when the person began to edit.
    pub(super) fn seen(mut self, seen: &Texts, at: Moment) -> SettingsPage {
        self.seen = serde_json::to_string(seen).unwrap_or_default();
        self.seen_at = at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
        self
    }
    /// With what is wrong.
    pub(super) fn wrong(mut self, errors: FieldErrors) -> SettingsPage {
        self.errors = errors;
        self
    }
    /// With a setting that was put back to its default and not saved.
    pub(super) fn unsaved(mut self, setting: Setting) -> SettingsPage {
        self.unsaved = Some(setting);
        self
    }
    /// With what others changed meanwhile.
    pub(super) fn overtaken(
        mut self,
        deeds: Vec<(String, Moment, String)>,
        meanwhile: &[Change],
        errors: FieldErrors,
    ) -> SettingsPage {
        self.overtaken = true;
        self.meanwhile = meanwhile.iter().map(Change::words).collect();
        self.deeds = deeds;
        self.wrong(errors)
    }

    fn text(&self, setting: &str) -> &str {
        Setting::parse(setting).and_then(|setting| self.texts.get(&setting)).map_or("", String::as_str)
    }
    fn is_checked(&self, setting: &str) -> bool {
        self.text(setting) == super::model::YES
    }
    fn error_list(&self) -> Vec<(String, String)> {
        self.errors.iter().map(|(field, message)| (field.to_owned(), message.to_owned())).collect()
    }
    fn unsaved_words(&self) -> String {
        let Some(setting) = self.unsaved else { return String::new() };
        let text = self.texts.get(&setting).map_or("", String::as_str);
        format!("{} is set to the default, {}.", capital(setting.words()), setting.shown(text))
    }
    /// The default of a setting, when the form holds something else.
    fn back_to(&self, setting: &str) -> String {
        let Some(setting) = Setting::parse(setting) else { return String::new() };
        let default = setting.default_text().filter(|default| self.texts.get(&setting) != Some(default));
        default.map(|default| setting.shown(&default)).unwrap_or_default()
    }
    fn price_now(&self) -> String {
        match &self.world.prices {
            PriceList::Read { prices, .. } => prices.local.get().to_string(),
            PriceList::Unreadable(_) => String::new(),
        }
    }

    fn number(&self, setting: Setting, label: &'static str, unit: &'static str, what: &str) -> NumberField {
        let bounds = setting.bounds();
        let (least, most) = bounds.map_or((0, 0), |bounds| (bounds.least, bounds.most));
        let default = setting.default_text().map(|text| setting.shown(&text)).unwrap_or_default();
        let (from, to) = (format::number(least), format::number(most));
        NumberField {
            setting,
            label,
            hint: format!("{what} From {from} to {to}; the default is {default}."),
            unit,
            value: self.text(setting.as_str()).to_owned(),
            least,
            most,
            back_to: self.back_to(setting.as_str()),
        }
    }
    fn campaign_numbers(&self) -> Vec<NumberField> {
        vec![
            self.number(
                Setting::ContactsPerNumber,
                "Contacts per number",
                "contacts",
                "How many contacts one number texts in a new campaign; each campaign may choose its own.",
            ),
            self.number(
                Setting::Room,
                "Room of a messaging service",
                "numbers",
                "The most numbers one campaign may hold.",
            ),
            self.number(
                Setting::ToleratedLoad,
                "Tolerated load",
                "percent",
                "A campaign may start with a warning while its busiest number is expected to text at most this \
                 share of the contacts per number, and is refused beyond it.",
            ),
            self.number(
                Setting::ReservationHours,
                "Reservation time",
                "hours",
                "How long a draft without a planned start keeps the numbers it reserved.",
            ),
            self.number(
                Setting::RestDays,
                "Rest after a campaign",
                "days",
                "How long numbers that were given back are kept for late replies before the next campaign.",
            ),
        ]
    }
    /// The planners: key, name, what it does, whether it is chosen.
    fn strategies(&self) -> Vec<(&'static str, &'static str, &'static str, bool)> {
        let chosen = strategies::of(self.text(Setting::Strategy.as_str())).key();
        let all = strategies::ALL.iter();
        all.map(|one| (one.key(), one.name(), one.help(), one.key() == chosen)).collect()
    }
    fn order_numbers(&self) -> Vec<NumberField> {
        vec![self.number(
            Setting::OrderLimit,
            "Most numbers in one order",
            "numbers",
            "An order that asks for more is refused before anything is bought.",
        )]
    }

    /// The zones of the list: the usual ones here, then all by region.
    fn zones(&self) -> Vec<(&'static str, Vec<Zone>)> {
        let chosen = self.text(Setting::TimeZone.as_str());
        let usual = USUAL.iter().map(|(zone, words)| Zone::new(*zone, (*words).to_owned(), chosen)).collect();
        let mut groups: Vec<(&str, Vec<Zone>)> = vec![("United States", usual)];
        for zone in TZ_VARIANTS {
            let known = USUAL.iter().any(|(usual, _)| *usual == zone);
            let (region, place) = zone.name().split_once('/').unwrap_or(("Other", zone.name()));
            if known || (region == "Other" && zone != Tz::UTC && zone.name() != chosen) {
                continue;
            }
            let option = Zone::new(zone, place.replace('_', " "), chosen);
            match groups.iter_mut().skip(1).find(|(name, _)| *name == region) {
                Some((_, zones)) => zones.push(option),
                None => groups.push((region, vec![option])),
            }
        }
        groups
    }
}

/// A time zone to choose.
struct Zone {
    name: &'static str,
    words: String,
    chosen: bool,
}

impl Zone {
    fn new(zone: Tz, words: String, chosen: &str) -> Zone {
        Zone { name: zone.name(), words, chosen: zone.name() == chosen }
    }
}

const USUAL: [(Tz, &str); 9] = [
    (Tz::America__New_York, "Eastern (New York)"),
    (Tz::America__Detroit, "Eastern (Detroit)"),
    (Tz::America__Chicago, "Central (Chicago)"),
    (Tz::America__Denver, "Mountain (Denver)"),
    (Tz::America__Phoenix, "Mountain without summer time (Phoenix)"),
    (Tz::America__Los_Angeles, "Pacific (Los Angeles)"),
    (Tz::America__Anchorage, "Alaska (Anchorage)"),
    (Tz::Pacific__Honolulu, "Hawaii (Honolulu)"),
    (Tz::America__Puerto_Rico, "Atlantic (Puerto Rico)"),
];

/// What the settings come to, one sentence a field. Swapped in while a person types.
#[derive(Template)]
#[template(path = "organizations/settings_effects.html")]
pub(super) struct Effects {
    lines: Vec<Effect>,
}

struct Effect {
    setting: Setting,
    words: String,
    warning: String,
    alone: bool,
}

impl Effects {
    pub(super) fn of(
        settings: &Settings,
        times: Times,
        price: Option<Micros>,
        registered: Option<String>,
    ) -> Effects {
        let lines = Setting::ALL
            .iter()
            .filter_map(|setting| {
                let words = effect(*setting, settings, times, price)?;
                let warning = match (setting, &registered) {
                    (Setting::Room, Some(name)) if settings.room > CARRIER_POOL => carriers_rule(name),
                    _ => String::new(),
                };
                Some(Effect { setting: *setting, words, warning, alone: false })
            })
            .collect();
        Effects { lines }
    }
    /// As a fragment, each line for its place on the page.
    pub(super) fn alone(mut self) -> Effects {
        self.lines.iter_mut().for_each(|line| line.alone = true);
        self
    }
    fn line(&self, setting: &Setting) -> &[Effect] {
        let at = self.lines.iter().position(|line| line.setting == *setting);
        at.map_or(&[], |at| &self.lines[at..=at])
    }
}

/// The carriers' rule, where it bites.
fn carriers_rule(service: &str) -> String {
    format!(
        "Your messaging service {service} is registered (10DLC). T-Mobile takes at most {CARRIER_POOL} numbers on \
         one registered campaign unless it approved a number pool, and more numbers do not send faster. Ask your \
         provider before you go above {CARRIER_POOL}."
    )
}

fn effect(setting: Setting, settings: &Settings, times: Times, price: Option<Micros>) -> Option<String> {
    let number = format::number;
    let numbers = |count: i64| format::plural(count.unsigned_abs(), "number", "numbers");
    let Settings { contacts_per_number: ratio, room, .. } = *settings;
    Some(match setting {
        Setting::Name => return None,
        Setting::TimeZone => {
            let there = Times { zone: settings.time_zone, ..times };
            format!("It is {} there now.", there.exact(times.now))
        }
        Setting::ContactsPerNumber => {
            format!("10,000 contacts want {}.", numbers((10_000 + ratio - 1) / ratio))
        }
        Setting::Room => {
            format!(
                "A campaign with {} contacts a number reaches {} contacts.",
                number(ratio),
                number(ratio * room)
            )
        }
        Setting::ToleratedLoad => {
            let most = ratio * settings.tolerated_load_percent / 100;
            format!(
                "With {} contacts a number, the busiest number may be expected to text {}.",
                number(ratio),
                number(most)
            )
        }
        Setting::ReservationHours => {
            let until = times.now + TimeDelta::hours(settings.reservation_hours);
            format!("What is reserved now is held until {}.", times.clock(until))
        }
        Setting::RestDays if settings.rest_days == 0 => {
            "Any campaign may take numbers as soon as they are given back.".to_owned()
        }
        Setting::RestDays => {
            let until = times.local_date(times.now + TimeDelta::days(settings.rest_days));
            format!("Numbers given back now rest until {}.", times.day(until))
        }
        Setting::DeleteServices if settings.delete_campaign_services => {
            "The service goes when the numbers’ rest ends; shared and registered services always stay."
                .to_owned()
        }
        Setting::DeleteServices => "The emptied service stays at the carrier.".to_owned(),
        Setting::Strategy => "A campaign that exists keeps its own.".to_owned(),
        Setting::OrderLimit => match price {
            Some(price) => {
                let sum = price * settings.order_limit;
                format!(
                    "The largest order costs {} at once and the same every month, at {} a local number.",
                    sum.dollars_and_cents(),
                    format::money(price)
                )
            }
            None => format!("The largest order is {}.", numbers(settings.order_limit)),
        },
        Setting::MonthlyBudget => match settings.monthly_budget {
            Some(budget) => format!(
                "An order that would bring a month (UTC) above {} is refused before anything is bought. What is \
                 charged already, renewals to come, fees and open orders count; renewals themselves are never \
                 stopped. Owners and spend viewers are told at 80% and at 100%.",
                format::money(budget)
            ),
            None => "No order is refused for what it costs.".to_owned(),
        },
        Setting::MoneyLetters if settings.money_letters => {
            "Owners and spend viewers are written to when 80% and 100% of the budget are reached, and when an order \
             ends with less than it asked for. Each may turn this off for themselves, on Spend, Budget."
                .to_owned()
        }
        Setting::MoneyLetters => "Pages and the activity log say it all the same.".to_owned(),
        Setting::WeeklyLetters if settings.weekly_letters => {
            "Every Monday: what the month cost so far, what is still to come, what is idle.".to_owned()
        }
        Setting::WeeklyLetters => "Nobody is written to every week.".to_owned(),
    })
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::super::model::Bounds;
    use super::*;

    #[test]
    fn effects_say_what_the_values_come_to() {
        let settings = Settings {
            name: "Our City".into(),
            time_zone: Tz::America__Detroit,
            contacts_per_number: 300,
            room: 49,
            tolerated_load_percent: 150,
            reservation_hours: 168,
            rest_days: 7,
            delete_campaign_services: true,
            order_limit: 500,
            monthly_budget: None,
            money_letters: true,
            weekly_letters: false,
            strategy: "best".into(),
        };
        let times = Times { now: "2026-11-22T15:00:00".parse().unwrap(), zone: Tz::America__Detroit };
        let says = |settings: &Settings, setting| {
            effect(setting, settings, times, Some(Micros::from_cents(115))).unwrap_or_default()
        };
        for (setting, words) in [
            (Setting::ContactsPerNumber, "10,000 contacts want 34 numbers."),
            (Setting::Room, "A campaign with 300 contacts a number reaches 14,700 contacts."),
            (
                Setting::ToleratedLoad,
                "With 300 contacts a number, the busiest number may be expected to text 450.",
            ),
            (Setting::ReservationHours, "What is reserved now is held until 29 November 10:00."),
            (Setting::RestDays, "Numbers given back now rest until 29 November."),
            (
                Setting::OrderLimit,
                "The largest order costs $575.00 at once and the same every month, at $1.15 a local number.",
            ),
            (Setting::TimeZone, "It is 22 November 2026, 10:00 EST there now."),
        ] {
            assert_eq!(says(&settings, setting), words);
        }
        // The least and the most of everything can be said.
        for end in [|bounds: Bounds| bounds.least, |bounds: Bounds| bounds.most] {
            let ends: Texts = Setting::ALL
                .iter()
                .filter_map(|setting| Some((*setting, end(setting.bounds()?).to_string())))
                .collect();
            let settings = settings.with(&ends);
            assert_eq!(Effects::of(&settings, times, None, None).lines.len(), Setting::ALL.len() - 1);
        }
    }

    #[test]
    fn the_carriers_rule_is_told_above_49_numbers_on_a_registered_service() {
        let base = Settings::parse(&{
            let mut texts: Texts =
                Setting::ALL.iter().filter_map(|setting| Some((*setting, setting.default_text()?))).collect();
            texts.insert(Setting::Name, "x".into());
            texts
        })
        .unwrap();
        let warned = |room, registered: Option<&str>| {
            let settings = Settings { room, ..base.clone() };
            let effects = Effects::of(&settings, Times::default(), None, registered.map(str::to_owned));
            effects.line(&Setting::Room).iter().any(|line| !line.warning.is_empty())
        };
        assert!(warned(50, Some("Registered")) && !warned(49, Some("Registered")) && !warned(400, None));
    }
}
