//! The numbers of one area code.

use askama::Template;
use serde::Deserialize;

use super::{NumberRow, Tags, capitalized, dash};
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{AreaCode, E164};
use crate::numbers::{Count, Filter, Number, Status, Total};
use crate::web::format::{Times, number, plural};
use crate::web::{Shell, filters};

/// Rows a page.
pub(in crate::numbers) const ROWS: i64 = 50;
/// The longest search, in characters.
const LONGEST_SEARCH: usize = 80;
/// The filter's word for numbers that get no new contacts: a mark, not a status.
const CORDONED: &str = "cordoned";

/// The query string as it came.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(in crate::numbers) struct Raw {
    q: String,
    status: String,
    after: String,
    before: String,
}

/// Which of the area code's numbers, and from where on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::numbers) struct Asked {
    search: String,
    status: Option<Status>,
    cordoned: bool,
    after: Option<E164>,
    before: Option<E164>,
}

impl Asked {
    /// Understands a query string, with a sentence for each value it does not know.
    pub(in crate::numbers) fn parse(raw: &Raw) -> (Asked, Vec<String>) {
        let mut notices = Vec::new();
        let word = raw.status.trim();
        let status = Status::parse(word);
        let cordoned = word == CORDONED;
        if status.is_none() && !cordoned && !word.is_empty() {
            let word: String = word.chars().take(24).collect();
            notices.push(format!("There is no status “{word}”: every status is shown."));
        }
        let mut cursor = |text: &str| {
            let number = E164::parse(text.trim()).ok();
            if number.is_none() && !text.trim().is_empty() {
                notices.push(
                    "The link's place in the list was not understood: here is the first page.".to_owned(),
                );
            }
            number
        };
        let (after, before) = (cursor(&raw.after), cursor(&raw.before));
        let search = raw.q.trim().chars().take(LONGEST_SEARCH).collect();
        // Both at once would be neither: on from `after`.
        (Asked { search, status, cordoned, after, before: before.filter(|_| after.is_none()) }, notices)
    }

    /// The filter of the store. One row more than a page is asked for, to know whether there are more.
    pub(in crate::numbers) fn filter(&self, area_code: AreaCode) -> Filter {
        Filter {
            area_code: Some(area_code),
            status: self.status,
            cordoned: self.cordoned,
            search: (!self.search.is_empty()).then(|| self.search.clone()),
            after: self.after,
            before: self.before,
            ..Filter::default()
        }
    }

    /// How many numbers there are to page through, when the counts say it.
    pub(in crate::numbers) fn total_of(&self, count: &Count) -> Option<i64> {
        match (self.search.is_empty(), self.cordoned, self.status) {
            (false, ..) | (_, true, _) => None,
            (true, false, Some(status)) => Some(count.of(status)),
            (true, false, None) => Some(count.total()),
        }
    }

    /// The address of this view.
    pub(in crate::numbers) fn here(&self, page: &str) -> String {
        match (self.after, self.before) {
            (None, Some(_)) => self.turned(page, "before", self.before),
            (after, _) => self.turned(page, "after", after),
        }
    }

    /// Whether fewer numbers than all may be shown.
    fn narrows(&self) -> bool {
        !self.search.is_empty() || self.status.is_some() || self.cordoned
    }

    fn word(&self) -> &'static str {
        if self.cordoned { CORDONED } else { self.status.map_or("", Status::as_word) }
    }

    /// The address of the page that goes on from a number.
    fn turned(&self, page: &str, cursor: &str, at: Option<E164>) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        let at = at.map(|number| number.to_string()).unwrap_or_default();
        for (name, value) in [("q", self.search.as_str()), ("status", self.word()), (cursor, &at)] {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        }
        let query = pairs.finish();
        if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
    }
}

/// Everything the page is made of.
pub(in crate::numbers) struct Data {
    /// The address of the organization's pages.
    pub(in crate::numbers) base: String,
    pub(in crate::numbers) times: Times,
    pub(in crate::numbers) area_code: AreaCode,
    pub(in crate::numbers) asked: Asked,
    pub(in crate::numbers) notices: Vec<String>,
    pub(in crate::numbers) count: Count,
    /// How many numbers each overlay has.
    pub(in crate::numbers) overlays: Vec<(AreaCode, i64)>,
    pub(in crate::numbers) total: Total,
    pub(in crate::numbers) numbers: Vec<Number>,
    pub(in crate::numbers) tags: Tags,
    /// How long a rest usually is here, in days.
    pub(in crate::numbers) rest_days: i64,
    /// Where a person may put numbers: the word of the form and what it says. Empty for those who may not.
    pub(in crate::numbers) moves: Vec<(String, String)>,
    /// What was wrong with the marks asked for, and what was typed.
    pub(in crate::numbers) wrong: Option<super::life::Wrong>,
}

struct Figure {
    value: String,
    label: String,
    kind: &'static str,
    href: String,
}

struct Overlay {
    code: String,
    place: String,
    href: String,
    words: String,
}

#[derive(Template)]
#[template(path = "numbers/area.html")]
pub(in crate::numbers) struct AreaPage {
    shell: Shell,
    list_href: String,
    page: String,
    marks_action: String,
    /// Empty for those who may not buy.
    buy_href: String,
    may_release: bool,
    release_href: String,
    move_href: String,
    moves: Vec<(String, String)>,
    available: i64,
    code: String,
    place: String,
    /// Both.
    name: String,
    line: String,
    empty: bool,
    empty_title: String,
    empty_text: String,
    notices: Vec<String>,
    figures: Vec<Figure>,
    cost: String,
    overlays: Vec<Overlay>,
    search: String,
    statuses: Vec<(&'static str, String, bool)>,
    rows: Vec<NumberRow>,
    nothing: bool,
    pages_text: String,
    previous: String,
    next: String,
    rest_days: i64,
    errors: Vec<(String, String)>,
    label: String,
    chosen: Vec<String>,
}

impl AreaPage {
    pub(in crate::numbers) fn of(shell: Shell, data: Data, may_buy: bool, may_release: bool) -> AreaPage {
        let Data { base, asked, area_code, count, .. } = &data;
        let page = format!("{base}/phone-numbers/area/{area_code}");
        let info = area_code.info();
        let limit = usize::try_from(ROWS).unwrap_or(usize::MAX);
        let more = data.numbers.len() > limit;
        // Read backwards, the row too many is the first one.
        let shown: &[Number] = match (more, asked.before) {
            (true, Some(_)) => &data.numbers[1..],
            (true, None) => &data.numbers[..limit],
            (false, _) => &data.numbers,
        };
        let (has_previous, has_next) = match (asked.after, asked.before) {
            (Some(_), _) => (!shown.is_empty(), more),
            (None, Some(_)) => (more, !shown.is_empty()),
            (None, None) => (false, more),
        };
        let at = |number: Option<&Number>| number.map(|number| number.phone_number);
        let previous =
            if has_previous { asked.turned(&page, "before", at(shown.first())) } else { String::new() };
        let next = if has_next { asked.turned(&page, "after", at(shown.last())) } else { String::new() };
        let rows: Vec<NumberRow> =
            shown.iter().map(|one| NumberRow::of(one, &data.tags, &data.times, base)).collect();
        let total = data.total.words("number", "numbers");
        let pages_text = match rows.len() {
            0 => String::new(),
            _ if !has_previous && !has_next => total,
            shown => format!("{shown} of {total}"),
        };
        let mut statuses: Vec<_> = Status::ALL
            .iter()
            .map(|status| (status.as_word(), capitalized(status.words()), asked.status == Some(*status)))
            .collect();
        statuses.push((CORDONED, "Cordoned".to_owned(), asked.cordoned));
        let wrong = data.wrong.clone().unwrap_or_default();
        AreaPage {
            shell,
            list_href: format!("{base}/phone-numbers"),
            marks_action: asked.here(&format!("{page}/marks")),
            buy_href: if may_buy {
                format!("{base}/orders/new?area_code={area_code}")
            } else {
                String::new()
            },
            may_release,
            release_href: format!("{base}/phone-numbers/release"),
            move_href: format!("{base}/messaging-services/move"),
            moves: data.moves.clone(),
            available: count.available,
            code: area_code.to_string(),
            place: info.place_and_region(),
            name: format!("{area_code} {}", info.place_and_region()),
            line: line(count, info.region_name, info.place),
            empty: count.total() == 0,
            empty_title: format!("No numbers in {area_code} yet"),
            empty_text: format!(
                "People answer more often when the number that texts them is from their own area. You have none in \
                 {}. {}",
                info.place_and_region(),
                if may_buy { "You see what they cost before you pay." } else { "Ask an owner to buy some." },
            ),
            notices: data.notices.clone(),
            figures: figures(count, &page),
            cost: count.monthly_cost.dollars_and_cents(),
            overlays: overlays(&data),
            search: asked.search.clone(),
            statuses,
            nothing: rows.is_empty() && asked.narrows(),
            rows,
            pages_text,
            previous,
            next,
            rest_days: data.rest_days,
            errors: wrong.errors,
            label: wrong.label,
            chosen: wrong.chosen,
            page,
        }
    }
    /// Whether a row's box was ticked when something was wrong.
    fn is_chosen(&self, id: &str) -> bool {
        self.chosen.iter().any(|chosen| chosen == id)
    }
}

fn line(count: &Count, region: &str, place: &str) -> String {
    let numbers = plural(count.total().unsigned_abs(), "number", "numbers");
    if region.is_empty() || region == place { numbers } else { format!("{numbers} · {region}") }
}

fn figures(count: &Count, page: &str) -> Vec<Figure> {
    let always = [Status::Available, Status::Reserved, Status::InUse, Status::Resting];
    let when_any = [Status::Attached, Status::Leaving, Status::Lost];
    let shown = always.into_iter().chain(when_any.into_iter().filter(|status| count.of(*status) > 0));
    shown
        .map(|status| Figure {
            value: number(count.of(status)),
            label: status.words().to_owned(),
            kind: status.as_word(),
            href: if count.of(status) > 0 {
                format!("{page}?status={}", status.as_word())
            } else {
                String::new()
            },
        })
        .collect()
}

fn overlays(data: &Data) -> Vec<Overlay> {
    data.overlays
        .iter()
        .map(|(code, numbers)| Overlay {
            code: code.to_string(),
            place: code.info().place_and_region(),
            href: format!("{}/phone-numbers/area/{code}", data.base),
            words: if *numbers == 0 { "none yet".to_owned() } else { dash(*numbers) },
        })
        .collect()
}

/// There is no such area code, in words.
#[derive(Template)]
#[template(path = "numbers/unknown_area.html")]
pub(in crate::numbers) struct UnknownAreaPage {
    pub(in crate::numbers) shell: Shell,
    pub(in crate::numbers) words: String,
    pub(in crate::numbers) list_href: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> (Asked, usize) {
        let (asked, notices) = Asked::parse(&serde_html_form::from_str(query).unwrap());
        (asked, notices.len())
    }

    #[test]
    fn links_keep_the_filter_and_turn_the_page() {
        let (view, notices) = asked("q=north+gate&status=in_use&after=%2B13135550142");
        assert_eq!(notices, 0);
        let at = E164::parse("+13135550199").ok();
        assert_eq!(view.turned("/a", "before", at), "/a?q=north+gate&status=in_use&before=%2B13135550199");
        let (cordoned, _) = asked("status=cordoned");
        assert_eq!(cordoned.turned("/a", "after", None), "/a?status=cordoned");
        assert_eq!(asked("").0.turned("/a", "after", None), "/a");
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let (view, notices) = asked("status=idle&after=313&before=%2B13135550142");
        assert_eq!(
            (notices, view.status, view.after.is_none(), view.before.is_some()),
            (2, None, true, true)
        );
        let (both, _) = asked("after=%2B13135550141&before=%2B13135550142");
        assert!(both.after.is_some() && both.before.is_none());
    }

    #[test]
    fn the_counts_say_how_many_unless_one_searches() {
        let count = Count { available: 3, in_use: 4, ..Count::none(AreaCode::parse("313").unwrap()) };
        assert_eq!(asked("").0.total_of(&count), Some(7));
        assert_eq!(asked("status=in_use").0.total_of(&count), Some(4));
        assert_eq!(asked("status=cordoned").0.total_of(&count), None);
        assert_eq!(asked("q=1").0.total_of(&count), None);
    }
}
