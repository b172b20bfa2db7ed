//! The pages of orders.

use askama::Template;

use super::Summary;
use super::budget::BandNotice;
use super::model::OrderStatus;
use super::view::OrderView;
use crate::kernel::AreaCode;
use crate::kernel::area_code::distance_miles;
use crate::web::filters;
use crate::web::format::plural;
use crate::web::shell::Shell;

/// How far a code that stands in for another is from it; nothing for toll-free ones.
pub(super) fn away(wanted: AreaCode, instead: AreaCode) -> String {
    match distance_miles(wanted, instead) {
        None => String::new(),
        Some(_) if wanted.info().overlay_codes.contains(&instead) => "same area".to_owned(),
        Some(miles) if miles < 1.5 => "1 mile".to_owned(),
        Some(miles) => format!("{miles:.0} miles"),
    }
}

/// `313 Detroit, MI`; a toll-free code alone.
pub(super) fn named(code: AreaCode) -> String {
    if code.is_toll_free() { code.to_string() } else { format!("{code} {}", code.info().place_and_region()) }
}

/// `40 numbers in 443 and 410`, `4 toll-free numbers`.
pub(super) fn title(count: i64, codes: &[AreaCode]) -> String {
    if codes.first().is_some_and(|code| code.is_toll_free()) {
        return plural(count.unsigned_abs(), "toll-free number", "toll-free numbers");
    }
    let numbers = plural(count.unsigned_abs(), "number", "numbers");
    let codes: Vec<String> = codes.iter().map(AreaCode::to_string).collect();
    match codes.as_slice() {
        [] => numbers,
        [one] => format!("{numbers} in {one}"),
        [first, last] => format!("{numbers} in {first} and {last}"),
        [first, second, third] => format!("{numbers} in {first}, {second} and {third}"),
        [first, second, rest @ ..] => {
            format!("{numbers} in {first}, {second} and {} more area codes", rest.len())
        }
    }
}

/// The kind and the words of an order's pill.
pub(super) fn pill(summary: &Summary, attention: bool) -> (&'static str, &'static str) {
    match summary.order.status {
        OrderStatus::Working if attention => ("warn", "needs attention"),
        OrderStatus::Working if summary.order.stop_asked_at.is_some() => ("busy", "stopping"),
        OrderStatus::Working => ("busy", "working"),
        OrderStatus::Complete => ("ok", "complete"),
        OrderStatus::Partial => ("warn", "partial"),
        OrderStatus::Stopped => ("plain", "stopped"),
        OrderStatus::Failed => ("bad", "failed"),
    }
}

/// An order of the list.
pub(super) struct ListRow {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) places: String,
    pub(super) pill: (&'static str, &'static str),
    pub(super) summary: Summary,
    pub(super) placed_by: String,
}

/// The list of orders.
#[derive(Template)]
#[template(path = "purchasing/list.html")]
pub(super) struct OrdersPage {
    pub(super) shell: Shell,
    pub(super) orders: String,
    pub(super) rows: Vec<ListRow>,
    pub(super) total: i64,
    /// The next page, or nothing.
    pub(super) older: String,
    /// The first page, or nothing.
    pub(super) newest: String,
    pub(super) may_buy: bool,
    /// How near the month's budget is to being used up.
    pub(super) budget_notice: Option<BandNotice>,
}

/// An order.
#[derive(Template)]
#[template(path = "purchasing/order.html")]
pub(super) struct OrderPage {
    pub(super) shell: Shell,
    pub(super) order: OrderView,
    /// How near the month's budget is to being used up.
    pub(super) budget_notice: Option<BandNotice>,
}

/// What of an order's page changes while it is at work.
#[derive(Template)]
#[template(path = "purchasing/_order.html")]
pub(super) struct OrderFragment {
    pub(super) order: OrderView,
}
