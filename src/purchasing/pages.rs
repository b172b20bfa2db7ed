//! The pages of quotes and orders.

use askama::Template;

use super::model::OrderStatus;
use super::quote::{Found, Quote, QuotedArea, neighbours};
use super::request::{Typed, first_charge};
use super::view::OrderView;
use super::{Summary, Wanted};
use crate::error::FieldErrors;
use crate::kernel::ids::OrderId;
use crate::kernel::money::group_thousands;
use crate::kernel::{AreaCode, Micros};
use crate::web::filters;
use crate::web::format::plural;
use crate::web::shell::Shell;

/// More numbers than this are confirmed by typing how many.
pub(super) const TYPED_ABOVE: i64 = 25;

/// A row of the form.
pub(super) struct FormRow {
    pub(super) index: usize,
    pub(super) area_code: String,
    pub(super) area_code_error: String,
    pub(super) count: String,
    pub(super) count_error: String,
}

/// What to buy.
#[derive(Template)]
#[template(path = "purchasing/new.html")]
pub(super) struct NewOrderPage {
    pub(super) shell: Shell,
    /// Where the orders are.
    pub(super) orders: String,
    pub(super) rows: Vec<FormRow>,
    pub(super) errors: Vec<(String, String)>,
    pub(super) places: Vec<(AreaCode, String)>,
    pub(super) limit: i64,
    /// The order whose remainder this is, or nothing.
    pub(super) continues: String,
}

impl NewOrderPage {
    pub(super) fn new(
        shell: Shell,
        orders: String,
        typed: &[Typed],
        errors: &FieldErrors,
        limit: i64,
        continues: String,
    ) -> NewOrderPage {
        let rows = typed.iter().enumerate().map(|(index, row)| FormRow {
            index,
            area_code: row.area_code.clone(),
            area_code_error: errors.of(&format!("area_code-{index}")).to_owned(),
            count: row.count.clone(),
            count_error: errors.of(&format!("count-{index}")).to_owned(),
        });
        NewOrderPage {
            shell,
            orders,
            rows: rows.collect(),
            errors: errors.iter().map(|(field, words)| (field.to_owned(), words.to_owned())).collect(),
            places: AreaCode::all().map(|code| (code, code.info().place_and_region())).collect(),
            limit,
            continues,
        }
    }
}

/// A line of a quote.
pub(super) struct QuoteRow {
    pub(super) area_code: AreaCode,
    pub(super) place: String,
    /// How many will be ordered.
    pub(super) count: i64,
    /// What was found, in words; empty when it was not asked again.
    pub(super) found: String,
    /// Whether that is less than was asked.
    pub(super) short: bool,
    pub(super) price: Micros,
    pub(super) sum: Micros,
    /// Where to look for what is missing: words and address.
    pub(super) instead: Vec<(String, String)>,
}

/// What it would cost.
#[derive(Template)]
#[template(path = "purchasing/confirm.html")]
pub(super) struct ConfirmPage {
    pub(super) shell: Shell,
    pub(super) orders: String,
    pub(super) order: OrderId,
    pub(super) title: String,
    pub(super) rows: Vec<QuoteRow>,
    pub(super) total: i64,
    pub(super) cost: Micros,
    /// As it stands in the field, without the dollar sign.
    pub(super) ceiling: String,
    pub(super) ceiling_error: String,
    pub(super) typed: String,
    pub(super) typed_error: String,
    pub(super) errors: Vec<(String, String)>,
    pub(super) continues: String,
    /// Back to the form with what was asked.
    pub(super) change: String,
}

impl ConfirmPage {
    /// Whether the count must be typed.
    pub(super) fn asks_count(&self) -> bool {
        self.total > TYPED_ABOVE
    }

    pub(super) fn of_quote(
        shell: Shell,
        orders: String,
        order: OrderId,
        quote: &Quote,
        continues: String,
    ) -> ConfirmPage {
        let rows: Vec<QuoteRow> = quote.areas.iter().map(|area| quote_row(area, &orders)).collect();
        let lines = quote.lines();
        let asked: Vec<(AreaCode, i64)> =
            quote.areas.iter().map(|area| (area.area_code, area.asked)).collect();
        let change = form_address(&orders, &asked, &continues);
        ConfirmPage::build(shell, orders, order, rows, &lines, continues, change)
    }

    /// The page once more, after something was wrong with the confirmation.
    pub(super) fn again(
        shell: Shell,
        orders: String,
        order: OrderId,
        lines: &[Wanted],
        continues: String,
        (ceiling, typed): (String, String),
        errors: &FieldErrors,
    ) -> ConfirmPage {
        let rows = lines.iter().map(|line| QuoteRow {
            area_code: line.area_code,
            place: line.area_code.info().place_and_region(),
            count: line.count,
            found: String::new(),
            short: false,
            price: line.price,
            sum: line.price * line.count,
            instead: Vec::new(),
        });
        let asked: Vec<(AreaCode, i64)> = lines.iter().map(|line| (line.area_code, line.count)).collect();
        let change = form_address(&orders, &asked, &continues);
        let page = ConfirmPage::build(shell, orders, order, rows.collect(), lines, continues, change);
        ConfirmPage {
            ceiling,
            typed,
            ceiling_error: errors.of("ceiling").to_owned(),
            typed_error: errors.of("typed_count").to_owned(),
            errors: errors.iter().map(|(field, words)| (field.to_owned(), words.to_owned())).collect(),
            ..page
        }
    }

    fn build(
        shell: Shell,
        orders: String,
        order: OrderId,
        rows: Vec<QuoteRow>,
        lines: &[Wanted],
        continues: String,
        change: String,
    ) -> ConfirmPage {
        let codes: Vec<AreaCode> = lines.iter().map(|line| line.area_code).collect();
        let total = lines.iter().map(|line| line.count).sum();
        let cost = first_charge(lines);
        ConfirmPage {
            shell,
            orders,
            order,
            title: title(total, &codes),
            rows,
            total,
            cost,
            ceiling: cost.dollars().trim_start_matches('$').replace(',', ""),
            ceiling_error: String::new(),
            typed: String::new(),
            typed_error: String::new(),
            errors: Vec::new(),
            continues,
            change,
        }
    }
}

fn quote_row(area: &QuotedArea, orders: &str) -> QuoteRow {
    let asked = group_thousands(area.asked.unsigned_abs());
    let found = match area.found {
        Found::Enough => format!("{asked} of {asked} found"),
        Found::AtLeast(found) => format!("at least {found} found"),
        Found::Only(0) => format!("found 0 of {asked}: sold out"),
        Found::Only(found) => format!("found {found} of {asked}: only {found} left"),
    };
    let missing = area.missing();
    let instead = if missing > 0 { neighbours(area.area_code, 3) } else { Vec::new() };
    QuoteRow {
        area_code: area.area_code,
        place: area.area_code.info().place_and_region(),
        count: area.available(),
        found,
        short: missing > 0,
        price: area.price,
        sum: area.price * area.available(),
        instead: instead
            .into_iter()
            .map(|code| {
                let place = code.info().place_and_region();
                (format!("{missing} in {code} {place}"), form_address(orders, &[(code, missing)], ""))
            })
            .collect(),
    }
}

/// The form with these rows filled in.
pub(super) fn form_address(orders: &str, rows: &[(AreaCode, i64)], continues: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (area_code, count) in rows {
        query.append_pair("area_code", area_code.as_str()).append_pair("count", &count.to_string());
    }
    if !continues.is_empty() {
        query.append_pair("continues", continues);
    }
    format!("{orders}/new?{}", query.finish())
}

/// `40 numbers in 443 and 410`.
pub(super) fn title(count: i64, codes: &[AreaCode]) -> String {
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
}

/// An order.
#[derive(Template)]
#[template(path = "purchasing/order.html")]
pub(super) struct OrderPage {
    pub(super) shell: Shell,
    pub(super) order: OrderView,
}

/// What of an order's page changes while it is at work.
#[derive(Template)]
#[template(path = "purchasing/_order.html")]
pub(super) struct OrderFragment {
    pub(super) order: OrderView,
}
