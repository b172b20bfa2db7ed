//! The pages of requests.

use askama::Template;

use super::Request;
use super::model::{ApprovalLimit, Typed};
use crate::error::FieldErrors;
use crate::kernel::ids::{OrderId, RequestId};
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{AreaCode, Micros, Moment};
use crate::purchasing::Fallback;
use crate::purchasing::quote::{Found, Quote};
use crate::web::{Shell, filters};

/// More numbers than this are confirmed by typing how many.
pub(super) const TYPED_ABOVE: i64 = 25;

/// A request of the list.
pub(super) struct ListRow {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) campaign: String,
    pub(super) cost: Micros,
    pub(super) needed_by: Option<Moment>,
    pub(super) asked_by: String,
    pub(super) asked_at: Moment,
    pub(super) pill: (&'static str, String),
    /// What was answered, or how the order stands.
    pub(super) note: String,
}

/// All requests.
#[derive(Template)]
#[template(path = "requests/list.html")]
pub(super) struct ListPage {
    pub(super) shell: Shell,
    pub(super) open: Vec<ListRow>,
    pub(super) over: Vec<ListRow>,
    pub(super) campaigns: String,
    /// Where an owner sets the limit; empty for others.
    pub(super) limit_url: String,
    /// What is approved without anybody looking at it.
    pub(super) limit: String,
    pub(super) older: String,
    pub(super) newest: String,
}

/// A row of the form.
pub(super) struct FormRow {
    pub(super) index: usize,
    pub(super) area_code: String,
    pub(super) area_code_error: String,
    pub(super) count: String,
    pub(super) count_error: String,
    pub(super) place: String,
}

/// What is asked for: of a new request or of an open one.
#[derive(Template)]
#[template(path = "requests/form.html")]
pub(super) struct FormPage {
    pub(super) shell: Shell,
    /// Where it is sent.
    pub(super) action: String,
    pub(super) list: String,
    /// The campaign: id, name, its page.
    pub(super) campaign: (String, String, String),
    /// Of a new request.
    pub(super) new: Option<RequestId>,
    pub(super) back: String,
    /// What becomes of a number as it arrives.
    pub(super) arriving: &'static str,
    pub(super) rows: Vec<FormRow>,
    pub(super) typed: Typed,
    pub(super) zone: String,
    pub(super) fallbacks: Vec<(&'static str, &'static str, bool)>,
    pub(super) errors: FieldErrors,
    pub(super) places: Vec<(AreaCode, String)>,
    /// What a number costs a month, in words.
    pub(super) price: String,
    /// What all of it costs a month as it stands.
    pub(super) cost: Option<Micros>,
    pub(super) owners: String,
    pub(super) may_buy: bool,
}

/// Empty rows at the end of the form.
const SPARE: usize = 1;

impl FormPage {
    pub(super) fn rows(typed: &Typed, errors: &FieldErrors) -> Vec<FormRow> {
        let spare = std::iter::repeat_n((String::new(), String::new()), SPARE);
        let row = |(index, (area_code, count)): (usize, (String, String))| FormRow {
            index,
            place: AreaCode::parse(area_code.trim())
                .map(|code| code.info().place_and_region())
                .unwrap_or_default(),
            area_code_error: errors.of(&format!("area_code-{index}")).to_owned(),
            count_error: errors.of(&format!("count-{index}")).to_owned(),
            area_code,
            count,
        };
        typed.rows.iter().cloned().chain(spare).enumerate().map(row).collect()
    }
    pub(super) fn fallbacks(chosen: &str) -> Vec<(&'static str, &'static str, bool)> {
        let chosen: Fallback = TextEnum::parse(chosen).unwrap_or(Fallback::Nowhere);
        Fallback::ALL.iter().map(|one| (one.as_str(), one.label(), *one == chosen)).collect()
    }
    fn error_list(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
    fn needed_hint(&self) -> String {
        format!("In the time of {}. Empty when it does not matter.", self.zone)
    }
}

/// A line of a request, with what the carrier has of it.
pub(super) struct LineRow {
    pub(super) area_code: AreaCode,
    pub(super) place: String,
    pub(super) numbers: i64,
    pub(super) price: Micros,
    pub(super) sum: Micros,
    /// What was found, whether that is too little; empty when nobody asked.
    pub(super) found: (String, bool),
    /// Which codes stand in, with how many.
    pub(super) instead: Vec<String>,
}

/// What an owner decides with.
pub(super) struct Decision {
    /// The order that would be placed.
    pub(super) order: OrderId,
    /// How many of them can be ordered.
    pub(super) numbers: i64,
    pub(super) cost: Micros,
    pub(super) ceiling: String,
    pub(super) typed: String,
    pub(super) answer: String,
    /// Why it cannot be approved, in words: the carrier does not answer, or has nothing.
    pub(super) cannot: String,
    pub(super) errors: FieldErrors,
}

/// How the order of a request stands.
pub(super) struct OrderState {
    pub(super) href: String,
    pub(super) words: String,
    pub(super) bought: i64,
    pub(super) wanted: i64,
    pub(super) working: bool,
}

/// A request.
#[derive(Template)]
#[template(path = "requests/request.html")]
pub(super) struct RequestPage {
    pub(super) shell: Shell,
    pub(super) list: String,
    pub(super) url: String,
    pub(super) request: Request,
    pub(super) title: String,
    pub(super) pill: (&'static str, String),
    /// The campaign's name, its page; no page when it was deleted.
    pub(super) campaign: (String, String),
    /// Why the campaign takes no more numbers, in a sentence.
    pub(super) moot: String,
    pub(super) asked_by: String,
    pub(super) decided_by: String,
    pub(super) rows: Vec<LineRow>,
    pub(super) fallback: &'static str,
    pub(super) decision: Option<Decision>,
    pub(super) order: Option<OrderState>,
    /// Whether this person may change it or take it back.
    pub(super) may_change: bool,
    /// Whom it waits for.
    pub(super) owners: String,
    /// Whether it is being weighed against the limit just now.
    pub(super) weighed: bool,
    /// Where the campaign is started, when all numbers are there.
    pub(super) start: String,
    /// What becomes of a number as it arrives.
    pub(super) arriving: &'static str,
    /// Whether e-mails about it went out, in words.
    pub(super) mailed: String,
}

impl RequestPage {
    fn error_list(&self) -> Vec<(&str, &str)> {
        self.decision.as_ref().map(|decision| decision.errors.iter().collect()).unwrap_or_default()
    }
    /// Whether something about it changes by itself soon.
    fn moves(&self) -> bool {
        self.weighed || self.order.as_ref().is_some_and(|order| order.working)
    }
    fn cost(&self) -> Micros {
        self.request.monthly_cost
    }
}

impl Decision {
    fn of(&self, field: &str) -> &str {
        self.errors.of(field)
    }
    fn asks_count(&self) -> bool {
        self.numbers > TYPED_ABOVE
    }
}

/// The lines of a request, with what a quote found of them.
pub(super) fn line_rows(request: &Request, quote: Option<&Quote>) -> Vec<LineRow> {
    let row = |line: &super::RequestLine| {
        let area = quote.and_then(|quote| quote.areas.iter().find(|area| area.area_code == line.area_code));
        let price = area.map_or(line.price, |area| area.price);
        LineRow {
            area_code: line.area_code,
            place: line.area_code.info().place_and_region(),
            numbers: line.numbers,
            price,
            sum: price * line.numbers,
            found: area.map(|area| found_words(area.found, line.numbers)).unwrap_or_default(),
            instead: area
                .map(|area| {
                    let named = area.named.iter().filter(|one| one.expected > 0);
                    named
                        .map(|one| {
                            let place = one.area_code.info().place_and_region();
                            format!("{} from {} {place}", one.expected, one.area_code)
                        })
                        .collect()
                })
                .unwrap_or_default(),
        }
    };
    request.wish.lines.iter().map(row).collect()
}

fn found_words(found: Found, asked: i64) -> (String, bool) {
    match found {
        Found::Enough => (format!("{asked} of {asked} for sale"), false),
        Found::AtLeast(count) => (format!("at least {count} for sale"), false),
        Found::Only(0) => ("sold out".to_owned(), true),
        Found::Only(count) => (format!("{count} of {asked} for sale"), true),
    }
}

/// The limit below which nobody looks at a request.
#[derive(Template)]
#[template(path = "requests/limit.html")]
pub(super) struct LimitPage {
    pub(super) shell: Shell,
    pub(super) list: String,
    pub(super) action: String,
    pub(super) limit: Option<(ApprovalLimit, String)>,
    /// Whether who set it is no owner any more.
    pub(super) idle: bool,
    pub(super) approved: Micros,
    pub(super) typed: String,
    pub(super) error: String,
}

impl LimitPage {
    fn error_list(&self) -> Vec<(&str, &str)> {
        if self.error.is_empty() { Vec::new() } else { vec![("monthly", self.error.as_str())] }
    }
}

impl ListPage {
    fn parts(&self) -> [(&'static str, &[ListRow]); 2] {
        [("Open", &self.open), ("Decided", &self.over)]
    }
}
