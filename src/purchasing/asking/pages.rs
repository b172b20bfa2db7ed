//! The form of an order, and what it would cost.

use askama::Template;

use super::Asking;
use super::destination::{self, Destination};
use crate::error::FieldErrors;
use crate::kernel::ids::OrderId;
use crate::kernel::money::group_thousands;
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{AreaCode, Micros, Moment};
use crate::providers::Prices;
use crate::purchasing::Wanted;
use crate::purchasing::budget::Budget;
use crate::purchasing::budget::pages::QuoteLine;
use crate::purchasing::fallback::{Fallback, Named, toll_free};
use crate::purchasing::model::Kind;
use crate::purchasing::pages::{away, named as with_place, title};
use crate::purchasing::quote::{Found, Quote, QuotedArea, neighbours};
use crate::purchasing::request::{Typed, first_charge, read_area_code};
use crate::web::filters;
use crate::web::shell::Shell;

/// More numbers than this are confirmed by typing how many.
pub(in crate::purchasing) const TYPED_ABOVE: i64 = 25;

/// What an order is the rest of, and for whom.
#[derive(Debug, Clone, Default)]
pub(in crate::purchasing) struct Context {
    /// The order whose remainder it is: its title, its page, when it was placed.
    pub(in crate::purchasing) rest_of: Option<(String, String, Moment)>,
    /// The campaign: its name and its page.
    pub(in crate::purchasing) campaign: Option<(String, String)>,
    /// Whether that is not over: then numbers may be reserved for it.
    pub(in crate::purchasing) takes: bool,
    /// The messaging services that numbers may go into.
    pub(in crate::purchasing) services: Vec<Destination>,
    /// How the month stands, where it has a budget.
    pub(in crate::purchasing) budget: Option<Budget>,
}

impl Context {
    /// The name of the campaign for which numbers may be reserved.
    pub(super) fn draft(&self) -> Option<&str> {
        self.campaign.as_ref().map(|(name, _)| name.as_str()).filter(|_| self.takes)
    }
}

/// A row of the form.
pub(super) struct FormRow {
    index: usize,
    area_code: String,
    area_code_error: String,
    count: String,
    count_error: String,
    /// The place of the code, or why it has none.
    place: String,
    /// Whether one begins to type here.
    focus: bool,
}

/// What to buy.
#[derive(Template)]
#[template(path = "purchasing/new.html")]
pub(super) struct NewOrderPage {
    shell: Shell,
    orders: String,
    asking: Asking,
    context: Context,
    rows: Vec<FormRow>,
    fallbacks: Vec<(&'static str, &'static str, bool)>,
    toll_free: Vec<(String, String, bool)>,
    toll_free_error: String,
    /// Where they may go: value, words, whether it is chosen.
    destinations: Vec<(String, String, bool)>,
    errors: Vec<(String, String)>,
    places: Vec<(AreaCode, String)>,
    limit: i64,
    /// What each kind costs a month, where the carrier says so.
    local_price: String,
    toll_free_price: String,
}

/// What the form is drawn with.
pub(super) struct FormParts {
    pub(super) shell: Shell,
    pub(super) orders: String,
    pub(super) asking: Asking,
    pub(super) context: Context,
    pub(super) limit: i64,
    pub(super) prices: Option<Prices>,
    /// Whether the last row was just added.
    pub(super) added: bool,
}

impl NewOrderPage {
    pub(super) fn new(parts: FormParts, errors: &FieldErrors) -> NewOrderPage {
        let FormParts { shell, orders, asking, context, limit, prices, added } = parts;
        let last = asking.rows.len().saturating_sub(1);
        let rows = asking.rows.iter().enumerate().map(|(index, row)| FormRow {
            index,
            area_code: row.area_code.clone(),
            area_code_error: errors.of(&format!("area_code-{index}")).to_owned(),
            count: row.count.clone(),
            count_error: errors.of(&format!("count-{index}")).to_owned(),
            place: place_of(row, errors.of(&format!("area_code-{index}"))),
            focus: added && index == last,
        });
        let any = ("any".to_owned(), "Any toll-free code".to_owned(), asking.toll_free.is_none());
        let codes = toll_free()
            .into_iter()
            .map(|code| (code.to_string(), format!("Only {code}"), asking.toll_free == Some(code)));
        let each = |price: fn(&Prices) -> Micros| {
            prices.as_ref().map(|prices| format!("{} a month each. ", price(prices))).unwrap_or_default()
        };
        NewOrderPage {
            shell,
            orders,
            destinations: destination::choices(
                &context.services,
                context.draft(),
                asking.into,
                asking.reserve,
            ),
            context,
            rows: rows.collect(),
            fallbacks: Fallback::ALL
                .iter()
                .map(|one| (one.as_str(), one.label(), *one == asking.fallback))
                .collect(),
            toll_free: std::iter::once(any).chain(codes).collect(),
            toll_free_error: errors.of("toll_free_count").to_owned(),
            errors: errors.iter().map(|(field, words)| (field.to_owned(), words.to_owned())).collect(),
            places: AreaCode::all().map(|code| (code, code.info().place_and_region())).collect(),
            limit,
            local_price: each(|prices| prices.local),
            toll_free_price: each(|prices| prices.toll_free),
            asking,
        }
    }

    fn is_toll_free(&self) -> bool {
        self.asking.kind == Kind::TollFree
    }
    fn local_hint(&self) -> String {
        format!("{}Numbers of a place, in the area codes you choose.", self.local_price)
    }
    fn toll_free_hint(&self) -> String {
        format!(
            "{}They belong to no place; people know them from services and help lines.",
            self.toll_free_price
        )
    }
}

/// What the typed code stands for, once it is known.
fn place_of(row: &Typed, error: &str) -> String {
    if row.area_code.trim().is_empty() || !error.is_empty() {
        return String::new();
    }
    match read_area_code(&row.area_code, Kind::Local) {
        Ok(code) => with_place(code),
        Err(words) => words,
    }
}

/// A code that stands in for the one of a row, with its place and how far that is.
pub(super) struct ThenRow {
    area_code: AreaCode,
    place: String,
    expected: i64,
    price: Micros,
    sum: Micros,
}

/// A line of a quote.
pub(super) struct QuoteRow {
    area_code: AreaCode,
    place: String,
    /// How many will be ordered of the code itself.
    count: i64,
    /// How many will be ordered for it, those expected of others among them.
    ordered: i64,
    /// What was found, in words; empty when it was not asked again.
    found: String,
    /// Whether that is less than was asked.
    short: bool,
    price: Micros,
    sum: Micros,
    /// The codes to try when it runs dry, in their order.
    then: Vec<ThenRow>,
    /// Those that could have stood in and have nothing left.
    dry: String,
    /// How many are missing all the same.
    missing: i64,
    /// Where to look for what is missing: words and address.
    instead: Vec<(String, String)>,
}

/// What it would cost.
#[derive(Template)]
#[template(path = "purchasing/confirm.html")]
pub(super) struct ConfirmPage {
    shell: Shell,
    orders: String,
    order: OrderId,
    asking: Asking,
    context: Context,
    title: String,
    rows: Vec<QuoteRow>,
    named: Vec<Named>,
    total: i64,
    /// How many of them are expected of codes that stand in.
    elsewhere: i64,
    cost: Micros,
    /// As it stands in the field, without the dollar sign.
    ceiling: String,
    ceiling_error: String,
    typed: String,
    typed_error: String,
    errors: Vec<(String, String)>,
    /// Back to the form with what was asked.
    change: String,
}

/// What a page of confirmation is drawn with.
pub(super) struct ConfirmParts {
    pub(super) shell: Shell,
    pub(super) orders: String,
    pub(super) order: OrderId,
    pub(super) asking: Asking,
    pub(super) context: Context,
}

impl ConfirmPage {
    /// The messaging service into which they go.
    fn destination(&self) -> Option<&Destination> {
        self.context.services.iter().find(|one| Some(one.id) == self.asking.into)
    }
    /// The campaign for which they are reserved.
    fn reserved_for(&self) -> Option<&str> {
        self.context.draft().filter(|_| self.asking.reserve)
    }
    /// Why they do not fit there; nothing when they do.
    fn no_room(&self) -> Option<String> {
        self.destination().and_then(|one| one.refusal(self.total))
    }
    /// Whether the count must be typed.
    fn asks_count(&self) -> bool {
        self.total > TYPED_ABOVE
    }
    fn is_toll_free(&self) -> bool {
        self.asking.kind == Kind::TollFree
    }
    /// What is left of the month's budget; nothing without one.
    fn budget(&self) -> QuoteLine {
        self.context.budget.map(|budget| QuoteLine::of(&budget, self.cost)).unwrap_or_default()
    }
    fn named_fields(&self) -> Vec<String> {
        self.named.iter().map(write_named).collect()
    }
    fn elsewhere_words(&self) -> String {
        match self.elsewhere {
            0 => String::new(),
            count => format!(" · {} from other area codes", group_thousands(count.unsigned_abs())),
        }
    }

    pub(super) fn of_quote(parts: ConfirmParts, quote: &Quote) -> ConfirmPage {
        let mut rows: Vec<QuoteRow> = quote
            .areas
            .iter()
            .map(|area| QuoteRow {
                found: found_words(area),
                ..quote_row(area.area_code, area.price, area.available(), &area.named)
            })
            .collect();
        for (row, area) in rows.iter_mut().zip(&quote.areas) {
            row.short = area.available() < area.asked;
            row.missing = area.missing();
            row.dry = area.dry.iter().take(6).map(|code| with_place(*code)).collect::<Vec<_>>().join(", ");
            if row.missing > 0 {
                row.instead = instead_of(&parts, quote, area);
            }
        }
        ConfirmPage::build(parts, rows, &quote.lines(), quote.named())
    }

    /// The page once more, after something was wrong with the confirmation.
    pub(super) fn again(
        parts: ConfirmParts,
        lines: &[Wanted],
        named: &[Named],
        (ceiling, typed): (String, String),
        errors: &FieldErrors,
    ) -> ConfirmPage {
        let rows = lines.iter().map(|line| {
            let mine: Vec<Named> = named.iter().filter(|one| one.wanted == line.area_code).copied().collect();
            let elsewhere: i64 = mine.iter().map(|one| one.expected).sum();
            quote_row(line.area_code, line.price, (line.count - elsewhere).max(0), &mine)
        });
        let page = ConfirmPage::build(parts, rows.collect(), lines, named.to_vec());
        ConfirmPage {
            ceiling,
            typed,
            ceiling_error: errors.of("ceiling").to_owned(),
            typed_error: errors.of("typed_count").to_owned(),
            errors: errors.iter().map(|(field, words)| (field.to_owned(), words.to_owned())).collect(),
            ..page
        }
    }

    fn build(parts: ConfirmParts, rows: Vec<QuoteRow>, lines: &[Wanted], named: Vec<Named>) -> ConfirmPage {
        let ConfirmParts { shell, orders, order, asking, context } = parts;
        let codes: Vec<AreaCode> = lines.iter().map(|line| line.area_code).collect();
        let total = lines.iter().map(|line| line.count).sum();
        let cost = first_charge(lines, &named);
        ConfirmPage {
            title: title(total, &codes),
            change: asking.address(&orders),
            shell,
            orders,
            order,
            asking,
            context,
            rows,
            elsewhere: if codes.iter().any(|code| code.is_toll_free()) {
                0
            } else {
                named.iter().map(|one| one.expected).sum()
            },
            named,
            total,
            cost,
            ceiling: cost.dollars().trim_start_matches('$').replace(',', ""),
            ceiling_error: String::new(),
            typed: String::new(),
            typed_error: String::new(),
            errors: Vec::new(),
        }
    }
}

fn quote_row(area_code: AreaCode, price: Micros, count: i64, named: &[Named]) -> QuoteRow {
    let then = named.iter().map(|one| ThenRow {
        area_code: one.area_code,
        place: match away(area_code, one.area_code) {
            far if far.is_empty() => one.area_code.info().place_and_region(),
            far => format!("{} ({far})", one.area_code.info().place_and_region()),
        },
        expected: one.expected,
        price: one.price,
        sum: one.price * one.expected,
    });
    QuoteRow {
        area_code,
        place: area_code.info().place_and_region(),
        count,
        ordered: count + named.iter().map(|one| one.expected).sum::<i64>(),
        found: String::new(),
        short: false,
        price,
        sum: price * count,
        then: then.collect(),
        dry: String::new(),
        missing: 0,
        instead: Vec::new(),
    }
}

fn found_words(area: &QuotedArea) -> String {
    let asked = group_thousands(area.asked.unsigned_abs());
    match area.found {
        Found::Enough => format!("{asked} of {asked} found"),
        Found::AtLeast(found) => format!("at least {found} found"),
        Found::Only(0) => format!("found 0 of {asked}: sold out"),
        Found::Only(found) => format!("found {found} of {asked}: only {found} left"),
    }
}

/// Where what is missing may be looked for: the form with everything that was asked, this code's part as far as it is
/// there, and the rest in another code.
fn instead_of(parts: &ConfirmParts, quote: &Quote, area: &QuotedArea) -> Vec<(String, String)> {
    let missing = area.missing();
    neighbours(area.area_code, 3)
        .into_iter()
        .map(|code| {
            let mut asking = parts.asking.clone();
            asking.rows = quote
                .areas
                .iter()
                .map(|one| {
                    let less = if one.area_code == area.area_code { missing } else { 0 };
                    let more = if one.area_code == code { missing } else { 0 };
                    (one.area_code, one.asked - less + more)
                })
                .chain((!quote.areas.iter().any(|one| one.area_code == code)).then_some((code, missing)))
                .filter(|(_, count)| *count > 0)
                .map(|(code, count)| Typed { area_code: code.to_string(), count: count.to_string() })
                .collect();
            (format!("{missing} in {}", with_place(code)), asking.address(&parts.orders))
        })
        .collect()
}

/// How a named code travels through the confirmation.
fn write_named(named: &Named) -> String {
    format!("{} {} {} {}", named.wanted, named.area_code, named.expected, named.price.get())
}

/// Reads what [`write_named`] wrote.
pub(super) fn read_named(text: &str) -> Option<Named> {
    let [wanted, area_code, expected, price] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
    Some(Named {
        wanted: AreaCode::parse(wanted).ok()?,
        area_code: AreaCode::parse(area_code).ok()?,
        expected: expected.parse().ok().filter(|count| (0..=1_000_000).contains(count))?,
        price: read_price(price)?,
    })
}

/// A price in micros, as a quote wrote it. Above a thousand dollars a month it is none of a number, and sums might
/// not fit.
pub(super) fn read_price(text: &str) -> Option<Micros> {
    text.parse().ok().filter(|price| (0..=1_000_000_000).contains(price)).map(Micros::new)
}
