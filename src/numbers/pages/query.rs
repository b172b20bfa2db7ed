//! What the inventory's address asks for. What it does not know is said in words and left out.

use std::cmp::Ordering;

use serde::Deserialize;

use crate::kernel::area_code::{self, AreaCodeInfo, Region};
use crate::kernel::text_enum::TextEnum;
use crate::numbers::{Count, Status, is_number};
use crate::text_enum;

/// The longest search, in characters.
const LONGEST_SEARCH: usize = 80;
/// So many digits name numbers; fewer, area codes.
const DIGITS_OF_A_NUMBER: usize = 4;
/// The state filter's word for toll-free numbers.
const TOLL_FREE: &str = "toll-free";

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::numbers) struct Raw {
    q: String,
    state: String,
    status: String,
    service: String,
    sort: String,
    order: String,
}

/// Where area codes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::numbers) enum Where {
    /// In a state, territory or province.
    Region(Region),
    /// Nowhere.
    TollFree,
}

impl Where {
    fn parse(text: &str) -> Option<Where> {
        if text == TOLL_FREE {
            return Some(Where::TollFree);
        }
        let region = area_code::regions().iter().find(|region| region.code.eq_ignore_ascii_case(text));
        region.map(|region| Where::Region(*region))
    }
    /// As it stands in addresses.
    pub(super) fn key(self) -> &'static str {
        match self {
            Where::Region(region) => region.code,
            Where::TollFree => TOLL_FREE,
        }
    }
    /// As people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Where::Region(region) => region.name,
            Where::TollFree => "Toll-free",
        }
    }
    /// Whether an area code is there: some serve several provinces.
    pub(in crate::numbers) fn holds(self, info: &AreaCodeInfo) -> bool {
        match self {
            Where::Region(region) => info.regions.contains(&region.code),
            Where::TollFree => info.code.is_toll_free(),
        }
    }
}

text_enum! {
    /// A column to sort by.
    pub enum Sort {
        /// The area code.
        Area = "area",
        /// The share that is not available.
        Busy = "busy",
        /// Available.
        Available = "available",
        /// Reserved.
        Reserved = "reserved",
        /// In use.
        InUse = "in_use",
        /// Attached.
        Attached = "attached",
        /// Resting.
        Resting = "resting",
        /// All.
        Total = "total",
        /// The cost a month.
        Cost = "cost",
    }
}

impl Sort {
    /// Codes are read upwards, figures from the largest.
    fn naturally_descending(self) -> bool {
        self != Sort::Area
    }
    /// How two area codes compare in this column.
    fn compare(self, a: &Count, b: &Count) -> Ordering {
        match self {
            Sort::Area => a.area_code.cmp(&b.area_code),
            Sort::Busy => {
                let (busy_a, busy_b) = (a.total() - a.available, b.total() - b.available);
                (busy_a * b.total()).cmp(&(busy_b * a.total()))
            }
            Sort::Available => a.available.cmp(&b.available),
            Sort::Reserved => a.reserved.cmp(&b.reserved),
            Sort::InUse => a.in_use.cmp(&b.in_use),
            Sort::Attached => a.attached.cmp(&b.attached),
            Sort::Resting => a.resting.cmp(&b.resting),
            Sort::Total => a.total().cmp(&b.total()),
            Sort::Cost => a.monthly_cost.cmp(&b.monthly_cost),
        }
    }
}

/// What to show, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::numbers) struct View {
    /// What is searched for; may be empty.
    pub(in crate::numbers) search: String,
    /// Where.
    pub(in crate::numbers) place: Option<Where>,
    /// Doing what.
    pub(in crate::numbers) status: Option<Status>,
    /// Of which provider.
    pub(in crate::numbers) service: Option<String>,
    /// By which column.
    pub(in crate::numbers) sort: Sort,
    /// Whether the largest comes first.
    pub(in crate::numbers) descending: bool,
}

impl View {
    /// Understands a query string; `services` are the providers there are numbers of. Answers a sentence for each
    /// value it does not know, which is then left out.
    pub(in crate::numbers) fn parse(raw: &Raw, services: &[String]) -> (View, Vec<String>) {
        let mut notices = Vec::new();
        let place = known(&raw.state, Where::parse, || {
            notices.push(format!("There is no state “{}”: all states are shown.", shown(&raw.state)));
        });
        let status = known(&raw.status, Status::parse, || {
            notices.push(format!("There is no status “{}”: every status is shown.", shown(&raw.status)));
        });
        let service = known(
            &raw.service,
            |text| services.iter().find(|service| *service == text).cloned(),
            || {
                notices.push(format!(
                    "You have no numbers of “{}”: every provider is shown.",
                    shown(&raw.service)
                ))
            },
        );
        let sort = known(&raw.sort, Sort::parse, || {
            notices.push(format!(
                "There is no column “{}”: the rows are sorted by area code.",
                shown(&raw.sort)
            ));
        })
        .unwrap_or(Sort::Area);
        let descending = known(&raw.order, parse_order, || {
            notices.push(format!("There is no order “{}”: the usual one is taken.", shown(&raw.order)));
        })
        .unwrap_or(sort.naturally_descending());
        let search = raw.q.trim().chars().take(LONGEST_SEARCH).collect();
        (View { search, place, status, service, sort, descending }, notices)
    }

    /// Whether fewer rows than all may be shown.
    pub(in crate::numbers) fn narrows(&self) -> bool {
        !self.search.is_empty() || self.place.is_some() || self.status.is_some() || self.service.is_some()
    }

    /// The query string of this view, with what differs from the default and nothing else; with its `?`.
    pub(in crate::numbers) fn query(&self) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        };
        add("q", &self.search);
        add("state", self.place.map_or("", Where::key));
        add("status", self.status.map_or("", Status::as_word));
        add("service", self.service.as_deref().unwrap_or(""));
        if self.sort != Sort::Area {
            add("sort", self.sort.as_str());
        }
        add("order", self.order());
        let query = pairs.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// The order's word, when it is not the column's usual one.
    pub(super) fn order(&self) -> &'static str {
        match (self.descending, self.sort.naturally_descending()) {
            (true, false) => "desc",
            (false, true) => "asc",
            _ => "",
        }
    }

    /// The same view of another state, or of all.
    pub(super) fn at(&self, place: Option<Where>) -> View {
        View { place, ..self.clone() }
    }

    /// The view one gets by choosing a column's heading: the column's usual order first, then the other one.
    pub(super) fn sorted_by(&self, sort: Sort) -> View {
        let descending = if sort == self.sort { !self.descending } else { sort.naturally_descending() };
        View { sort, descending, ..self.clone() }
    }

    /// `ascending`, `descending` or `none`, for a column's heading.
    pub(super) fn direction(&self, sort: Sort) -> &'static str {
        match (sort == self.sort, self.descending) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        }
    }

    /// Whether an area code passes the filters beside the search.
    pub(in crate::numbers) fn admits(&self, count: &Count) -> bool {
        count.total() > 0
            && self.place.is_none_or(|place| place.holds(count.area_code.info()))
            && self.status.is_none_or(|status| count.of(status) > 0)
    }

    /// Puts rows in order; those that are equal stay in the order of area codes.
    pub(in crate::numbers) fn arrange(&self, rows: &mut [Count]) {
        rows.sort_by(|a, b| {
            let by_column = self.sort.compare(a, b);
            let by_column = if self.descending { by_column.reverse() } else { by_column };
            by_column.then(a.area_code.cmp(&b.area_code))
        });
    }

    /// What the search looks for.
    pub(in crate::numbers) fn needle(&self) -> Needle {
        Needle::of(&self.search)
    }
}

fn known<T>(text: &str, parse: impl Fn(&str) -> Option<T>, unknown: impl FnOnce()) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let value = parse(text);
    if value.is_none() {
        unknown();
    }
    value
}

fn parse_order(text: &str) -> Option<bool> {
    match text {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    }
}

/// A wrong value as a notice shows it.
fn shown(text: &str) -> String {
    let short: String = text.trim().chars().take(24).collect();
    if short.len() < text.trim().len() { format!("{short}…") } else { short }
}

/// What a search looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::numbers) enum Needle {
    /// Everything.
    Nothing,
    /// Area codes that begin with these digits, at most three.
    Code(String),
    /// Numbers that hold these digits, or have them in their label.
    Digits(String),
    /// Places and states that hold all these words, or labels that hold the whole text.
    Words(Vec<String>, String),
}

impl Needle {
    fn of(search: &str) -> Needle {
        let digits: String = search.chars().filter(char::is_ascii_digit).collect();
        if !is_number(search) {
            let words: Vec<String> = search
                .to_lowercase()
                .split(|letter: char| !letter.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            return if words.is_empty() { Needle::Nothing } else { Needle::Words(words, search.to_owned()) };
        }
        // `+1 313…` and `1-313-555-0142` begin with the country's code.
        let national = match digits.strip_prefix('1') {
            Some(rest) if search.starts_with('+') || digits.len() == 11 => rest,
            _ => &digits,
        };
        match national {
            "" => Needle::Nothing,
            few if few.len() < DIGITS_OF_A_NUMBER => Needle::Code(few.to_owned()),
            many => Needle::Digits(many.to_owned()),
        }
    }
    /// What to look for among numbers and labels; `None` when only area codes are meant.
    pub(in crate::numbers) fn among_numbers(&self) -> Option<&str> {
        match self {
            Needle::Digits(text) | Needle::Words(_, text) => Some(text),
            Needle::Nothing | Needle::Code(_) => None,
        }
    }
    /// Whether an area code itself is meant.
    pub(in crate::numbers) fn means(&self, info: &AreaCodeInfo) -> bool {
        match self {
            Needle::Nothing => true,
            Needle::Code(digits) => info.code.as_str().starts_with(digits.as_str()),
            Needle::Digits(_) => false,
            Needle::Words(words, _) => {
                let place = info.place.to_lowercase();
                let region = info.region_name.to_lowercase();
                words.iter().all(|word| {
                    let is_region = info.regions.iter().any(|code| code.eq_ignore_ascii_case(word));
                    // Two letters are a state; within other words they would find nearly everything.
                    let within = |text: &str| {
                        if word.len() < 3 {
                            text.split(|letter: char| !letter.is_alphanumeric())
                                .any(|one| one.starts_with(word))
                        } else {
                            text.contains(word.as_str())
                        }
                    };
                    is_region || info.code.as_str() == word || within(&place) || within(&region)
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
