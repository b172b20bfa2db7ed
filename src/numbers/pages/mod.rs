//! What the pages of numbers show: the inventory, an area code, a number.

pub(super) mod area;
pub(super) mod inventory;
pub(super) mod life;
pub(super) mod query;
pub(super) mod tiles;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Number, Status};
use crate::kernel::Moment;
use crate::kernel::ids::CampaignId;
use crate::web::format::{Times, number, plural};

/// What pages of numbers know of a campaign.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) name: String,
    /// Its reservation lapses then.
    pub(super) hold_until: Option<Moment>,
}

/// Campaigns by id.
pub(super) type Tags = BTreeMap<CampaignId, Tag>;

/// A number as tables of numbers show it.
#[derive(Debug, Clone)]
pub(super) struct NumberRow {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) phone: String,
    pub(super) label: String,
    /// The status' word in classes.
    pub(super) kind: &'static str,
    /// The status in words.
    pub(super) status: String,
    pub(super) cordoned: bool,
    /// The campaign's page; empty when it is held by none.
    pub(super) campaign_href: String,
    pub(super) place: String,
    pub(super) code: String,
    /// Since when it is ours: `4 months`.
    pub(super) age: String,
    /// The exact moment of that.
    pub(super) bought: String,
    pub(super) renews: String,
    pub(super) price: String,
}

impl NumberRow {
    /// `base` is the address of the organization's pages.
    pub(super) fn of(one: &Number, tags: &Tags, times: &Times, base: &str) -> NumberRow {
        let (kind, status) = status_words(one, tags, times);
        let campaign_href =
            one.facts.held.map_or_else(String::new, |(campaign, _)| format!("{base}/campaigns/{campaign}"));
        NumberRow {
            id: one.id.to_string(),
            href: format!("{base}/phone-numbers/{}", one.id),
            phone: one.phone_number.national(),
            label: one.label.clone(),
            kind,
            status,
            cordoned: one.facts.cordoned_at.is_some(),
            campaign_href,
            place: one.area_code.info().place_and_region(),
            code: one.area_code.to_string(),
            age: age(one.bought_at, times.now),
            bought: times.exact(one.bought_at),
            renews: times.day(one.renews_on),
            price: one.monthly_price.dollars(),
        }
    }
}

/// What a number is doing, as its kind and in words: `Reserved for Fall GOTV until tomorrow 14:00`.
pub(super) fn status_words(one: &Number, tags: &Tags, times: &Times) -> (&'static str, String) {
    let status = one.status();
    let tag = one.facts.held.and_then(|(campaign, _)| tags.get(&campaign));
    let name = tag.map_or("a campaign", |tag| tag.name.as_str());
    let rest = |until: Option<Moment>| until.map(|until| times.day(times.local_date(until)));
    let words = match status {
        Status::Available => "Available".to_owned(),
        Status::Reserved => match tag.and_then(|tag| tag.hold_until) {
            Some(until) => format!("Reserved for {name} until {}", times.clock(until)),
            None => format!("Reserved for {name}"),
        },
        Status::InUse => format!("In use by {name}"),
        Status::Attached => match rest(one.facts.resting_until) {
            Some(day) => format!("Attached, resting until {day}"),
            None => "Attached".to_owned(),
        },
        Status::Resting => rest(one.facts.resting_until)
            .map_or_else(|| "Resting".to_owned(), |day| format!("Resting until {day}")),
        Status::Leaving => "Leaving: its release is asked for".to_owned(),
        Status::Lost => "Lost: the carrier does not have it any more".to_owned(),
    };
    (status.as_word(), words)
}

/// `12 days`, `4 months`, `2 years`.
fn age(since: Moment, now: Moment) -> String {
    let days = (now - since).num_days().max(0).unsigned_abs();
    match days {
        0 => "today".to_owned(),
        1..60 => plural(days, "day", "days"),
        60..730 => plural(days * 12 / 365, "month", "months"),
        _ => plural(days / 365, "year", "years"),
    }
}

/// `Thursday 26 November`.
fn weekday(date: NaiveDate) -> String {
    date.format("%A %-d %B").to_string()
}

/// A count in a table; nothing is a dash.
fn dash(count: i64) -> String {
    if count == 0 { "–".to_owned() } else { number(count) }
}

/// A status as a heading: `In use`.
fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_one_figure() {
        let now: Moment = "2026-11-22T12:00:00".parse().unwrap();
        for (days, words) in [
            (0, "today"),
            (1, "1 day"),
            (59, "59 days"),
            (61, "2 months"),
            (364, "11 months"),
            (365, "12 months"),
            (731, "2 years"),
        ] {
            assert_eq!(age(now - chrono::TimeDelta::days(days), now), words);
        }
        assert_eq!(age(now + chrono::TimeDelta::days(3), now), "today");
    }

    #[test]
    fn words_in_tables() {
        assert_eq!((dash(0).as_str(), dash(1204).as_str()), ("–", "1,204"));
        assert_eq!(capitalized("in use"), "In use");
        assert_eq!(weekday("2026-11-26".parse().unwrap()), "Thursday 26 November");
    }
}
