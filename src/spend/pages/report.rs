//! The report.

use std::collections::BTreeMap;

use askama::Template;

use super::{basis_of, change, holder, known, when};
use crate::access::{Allowed, SeeSpend};
use crate::kernel::Micros;
use crate::kernel::text_enum::TextEnum;
use crate::purchasing::budget::BandNotice;
use crate::spend::attribution::Holder;
use crate::spend::chart::Chart;
use crate::spend::export::{kind_name, state_name};
use crate::spend::model::{Heading, Line, MonthShares, Report, Span, Table, percent};
use crate::spend::month::Month;
use crate::web::Shell;
use crate::web::format::plural;

/// So many lines a table has unless all are asked for.
const LINES: usize = 20;

/// What the page is made of beside the report itself.
pub(in crate::spend) struct Beside {
    /// Whether whoever looks may buy numbers.
    pub buys: bool,
    /// How near the month's budget is to being used up.
    pub budget_notice: Option<BandNotice>,
    /// The table that is to be shown with every line.
    pub whole: Option<Table>,
    /// Carriers' names by their keys.
    pub carriers: BTreeMap<String, &'static str>,
    /// The present month.
    pub now: Month,
}

/// `/spend`.
#[derive(Template)]
#[template(path = "spend/page.html")]
pub(in crate::spend) struct SpendPage {
    shell: Shell,
    /// How near the month's budget is to being used up.
    budget_notice: Option<BandNotice>,
    spend: String,
    when: String,
    previous_name: String,
    next_name: String,
    is_current: bool,
    is_month: bool,
    as_of: String,
    missing: bool,
    /// Addresses; empty for nowhere.
    previous: String,
    next: String,
    this_month: String,
    csv: String,
    csv_months: String,
    json_months: String,
    all_charges: String,
    /// Nothing was ever charged.
    empty: bool,
    buy: String,
    figures: Vec<(String, String)>,
    how: String,
    chart: Option<Chart>,
    chart_text: String,
    forecast: Vec<(&'static str, String)>,
    /// Whether there are fees in the year, which are not drawn.
    undrawn: bool,
    forecast_total: String,
    /// What planned releases take off; empty when nothing.
    forecast_less: String,
    idle_chart: Option<Chart>,
    idle_text: String,
    tables: Vec<TableView>,
    from: String,
    to: String,
}

/// A table of the report.
pub(super) struct TableView {
    id: &'static str,
    title: &'static str,
    what: &'static str,
    csv: String,
    json: String,
    shows_idle: bool,
    rows: Vec<Row>,
    sum: Option<Row>,
    shown: String,
    more: String,
    more_words: String,
}

struct Row {
    /// An area code, or a state's letters; else empty.
    code: String,
    name: String,
    href: String,
    months: String,
    charged: String,
    idle: String,
    expected: String,
    change: String,
    how: String,
}

/// Id, title, what a line is, whether idle is a column, the singular and the plural.
fn about(table: Table) -> (&'static str, &'static str, &'static str, bool, &'static str) {
    match table {
        Table::Campaign | Table::Month => {
            ("campaigns", "By campaign", "Campaign", false, "campaigns and idle")
        }
        Table::Area => ("areas", "By area code", "Area code", true, "area codes"),
        Table::State => ("states", "By state", "State", true, "states"),
        Table::Provider => ("providers", "By carrier", "Carrier", true, "carriers"),
        Table::Kind => ("kinds", "By kind of number", "Kind", true, "kinds"),
    }
}

fn row(line: &Line, (code, name): (String, String), href: String) -> Row {
    Row {
        code,
        name,
        href,
        months: if line.heading == Heading::Fees { String::new() } else { line.part.sums.time.words() },
        charged: line.amount().dollars_and_cents(),
        idle: line.part.idle.dollars_and_cents(),
        expected: line.expected().dollars_and_cents(),
        change: change(line.expected() - line.previous),
        how: match (line.entered != Micros::ZERO, line.part.charges) {
            (true, 0) => "entered by hand".to_owned(),
            (true, _) => format!("{}, fees entered by hand", basis_of(&line.part.sums.by_basis())),
            (false, _) => basis_of(&line.part.sums.by_basis()),
        },
    }
}

fn table_view(by: &Allowed<SeeSpend>, report: &Report, table: Table, beside: &Beside) -> TableView {
    let (id, title, what, shows_idle, plural_of) = about(table);
    let query = report.span.query();
    let (lines, whole) = (report.lines(table), beside.whole == Some(table));
    let shown = if whole { lines.len() } else { LINES.min(lines.len()) };
    // What is no campaign's comes last, and is never left out.
    let is_idle = |line: &&Line| match &line.heading {
        Heading::Holder(one) => one.is_idle(),
        other => *other == Heading::Fees,
    };
    let first = lines.iter().filter(|line| !is_idle(line)).take(shown);
    let rows: Vec<Row> = first
        .chain(lines.iter().filter(is_idle))
        .map(|line| {
            let numbers = |key: &str, value: &str| by.url(&format!("/spend/numbers?{query}&{key}={value}"));
            let (name, href) = match &line.heading {
                Heading::Holder(Holder::Campaign(id)) => {
                    let numbers = numbers("campaign", id.as_str());
                    ((String::new(), report.name(*id).to_owned()), numbers)
                }
                Heading::Holder(one) => {
                    ((String::new(), holder(&report.names, *one)), numbers("campaign", one.text()))
                }
                Heading::Area(code) => {
                    ((code.to_string(), code.info().place_and_region()), numbers("area", code.as_str()))
                }
                Heading::State(region) => {
                    let letters = if region.is_empty() { "toll-free" } else { region };
                    (((*region).to_owned(), state_name(region).to_owned()), numbers("state", letters))
                }
                Heading::Provider(key) => {
                    let name = beside.carriers.get(key).map_or(key.as_str(), |name| *name);
                    ((String::new(), name.to_owned()), numbers("provider", key))
                }
                Heading::Kind(kind) => {
                    ((String::new(), kind_name(*kind).to_owned()), numbers("kind", kind.as_str()))
                }
                Heading::Fees => {
                    ((String::new(), "One-off and registration fees".to_owned()), by.url("/spend/fees"))
                }
            };
            row(line, name, href)
        })
        .collect();
    let left = rows.len() < lines.len();
    let sum = (table == Table::Campaign).then(|| {
        let all = Line {
            heading: Heading::Holder(Holder::Idle),
            part: report.all,
            ahead: report.ahead,
            entered: report.fees,
            previous: report.previous,
        };
        row(&all, (String::new(), "All".to_owned()), String::new())
    });
    TableView {
        id,
        title,
        what,
        csv: by.url(&format!("/spend.csv?{query}&by={table}")),
        json: by.url(&format!("/spend.json?{query}&by={table}")),
        shows_idle,
        shown: format!("The largest {} of {} {plural_of}", rows.len(), lines.len()),
        more: match left {
            true => by.url(&format!("/spend?{query}&all={table}#{id}")),
            false => String::new(),
        },
        more_words: format!("All {} {plural_of}", lines.len()),
        rows,
        sum,
    }
}

/// What a chart shows, for whoever does not see it.
fn told(months: &[MonthShares], words: impl Fn(&MonthShares) -> String) -> String {
    match (months.first(), months.last()) {
        (Some(first), Some(last)) => {
            format!("{} in {}, {} in {}.", words(first), first.month.words(), words(last), last.month.words())
        }
        _ => String::new(),
    }
}

fn forecast(report: &Report) -> Vec<(&'static str, String)> {
    if !report.is_current {
        return Vec::new();
    }
    let forecast = report.forecast;
    let mut rows = vec![
        ("Numbers in use renew", forecast.in_use),
        ("Numbers reserved for drafts renew", forecast.reserved),
        ("Idle numbers renew", forecast.idle),
    ];
    if forecast.approved > Micros::ZERO {
        rows.push(("Numbers ordered and not bought yet", forecast.approved));
    }
    rows.into_iter().map(|(words, amount)| (words, amount.dollars_and_cents())).collect()
}

/// What planned releases take off the renewals to come; empty when they take nothing off.
fn planned(report: &Report) -> String {
    match report.planned {
        (0, _) => String::new(),
        (count, cost) => format!(
            "{} planned to be released before: {} less a month than with them.",
            plural(count.unsigned_abs(), "number is", "numbers are"),
            cost.dollars_and_cents()
        ),
    }
}

/// The headline: what was charged, what is expected, what comes next, what nobody used.
fn figures(report: &Report) -> Vec<(String, String)> {
    let mut figures = of_all(report);
    if report.fees != Micros::ZERO {
        let fees = report.fees.dollars_and_cents();
        figures.push((fees, "fees entered by hand, among what was charged".to_owned()));
    }
    figures
}

/// What the table beneath names apart from idle numbers and the headline counts among them.
fn waiting(report: &Report) -> &'static str {
    let has = |holder| {
        let mut lines = report.lines(Table::Campaign).iter();
        lines.any(|line| line.heading == Heading::Holder(holder) && line.part.amount() > Micros::ZERO)
    };
    match (has(Holder::Reserved), has(Holder::Resting)) {
        (false, false) => "",
        (true, false) => ", reserved numbers among them",
        (false, true) => ", resting numbers among them",
        (true, true) => ", reserved and resting numbers among them",
    }
}

fn of_all(report: &Report) -> Vec<(String, String)> {
    let charged = report.total().dollars_and_cents();
    let of_what = if report.fees == Micros::ZERO { "what was charged" } else { "what numbers were charged" };
    let idle = match report.idle_percent() {
        Some(percent) => format!("idle, {percent} % of {of_what}{}", waiting(report)),
        None => "idle".to_owned(),
    };
    let idle = (report.all.idle.dollars_and_cents(), idle);
    match report.span {
        Span::Days { .. } => vec![(charged, "for these days".to_owned()), idle],
        Span::Month(month) => {
            let against = |amount: Micros| {
                format!("{} against {}", change(amount - report.previous), month.previous().name())
            };
            if !report.is_current {
                return vec![(charged, format!("charged, {}", against(report.total()))), idle];
            }
            vec![
                (charged, "charged so far this month".to_owned()),
                (
                    report.expected().dollars_and_cents(),
                    format!("expected for {}, {}", month.name(), against(report.expected())),
                ),
                (
                    report.forecast.total().dollars_and_cents(),
                    format!("forecast for {}", month.next().name()),
                ),
                idle,
            ]
        }
    }
}

fn how(report: &Report, when: &str) -> String {
    let mut words =
        known(&report.all.sums.by_basis()).unwrap_or_else(|| format!("Nothing was charged in {when}."));
    if report.fees != Micros::ZERO {
        words.push_str(" That is said of numbers; fees are entered by hand.");
    }
    if report.is_current {
        words.push_str(&format!(
            " Expected is estimated: {} of renewals are still to come. The forecast is estimated for the {} you have now. \
             Both at the prices quoted today.",
            report.ahead.to_come.dollars_and_cents(),
            plural(report.numbers.unsigned_abs(), "number", "numbers"),
        ));
    }
    words
}

impl SpendPage {
    pub(in crate::spend) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        report: &Report,
        beside: &Beside,
    ) -> SpendPage {
        let (first_day, last_day) = report.span.ends();
        let month = Month::of(first_day);
        let is_month = matches!(report.span, Span::Month(_));
        let at = |month: Month| by.url(&format!("/spend?month={month}"));
        let query = report.span.query();
        let when = when(report.span);
        let all = [Table::Campaign, Table::Area, Table::State, Table::Provider, Table::Kind];
        let earlier = is_month && report.first.is_some_and(|first| first < month);
        let or_nowhere = |is: bool, href: String| if is { href } else { String::new() };
        SpendPage {
            budget_notice: beside.budget_notice.clone(),
            spend: by.url("/spend"),
            previous_name: month.previous().name(),
            next_name: month.next().name(),
            is_current: report.is_current,
            is_month,
            as_of: report.as_of.map_or(String::new(), |at| shell.times.clock(at)),
            missing: report.missing,
            previous: or_nowhere(earlier, at(month.previous())),
            next: or_nowhere(is_month && month < beside.now, at(month.next())),
            this_month: or_nowhere(!report.is_current, by.url("/spend")),
            csv: by.url(&format!("/spend.csv?{query}")),
            csv_months: by.url(&format!("/spend.csv?{query}&by=month")),
            json_months: by.url(&format!("/spend.json?{query}&by=month")),
            all_charges: by.url(&format!("/spend/numbers?{query}")),
            empty: report.first.is_none()
                && report.numbers == 0
                && report.months.iter().all(|month| month.fees == Micros::ZERO),
            buy: or_nowhere(beside.buys, by.url("/orders/new")),
            figures: figures(report),
            how: how(report, &when),
            // Days have no year to be shown in.
            chart: match report.months.is_empty() {
                true => None,
                false => Chart::of(report, &|query| by.url(&format!("/spend/numbers?{query}"))),
            },
            chart_text: told(&report.months, |month| month.all.amount().dollars_and_cents()),
            forecast: forecast(report),
            undrawn: report.months.iter().any(|month| month.fees != Micros::ZERO),
            forecast_less: planned(report),
            forecast_total: report.forecast.total().dollars_and_cents(),
            idle_chart: Chart::idle(&report.months),
            idle_text: told(&report.months, |month| {
                percent(month.all.idle, month.all.amount())
                    .map_or("nothing charged".to_owned(), |percent| format!("{percent} %"))
            }),
            tables: all.into_iter().map(|table| table_view(by, report, table, beside)).collect(),
            from: first_day.to_string(),
            to: last_day.to_string(),
            when,
            shell,
        }
    }
}
