//! What the pages of spend show, in words.

use askama::Template;
use chrono::{Days, NaiveDate};

use crate::access::{Allowed, SeeSpend};
use crate::kernel::Micros;
use crate::kernel::ids::CampaignId;
use crate::kernel::text_enum::TextEnum;
use crate::ledger::Basis;
use crate::spend::attribution::{Stretch, Worth};
use crate::spend::chart::Chart;
use crate::spend::model::{Report, Split};
use crate::spend::month::Month;
use crate::web::format::{number, plural};
use crate::web::{Shell, filters};

mod charges;
mod number;

pub(in crate::spend) use charges::ChargesPage;
pub(in crate::spend) use number::NumberPage;

/// `/spend`.
#[derive(Template)]
#[template(path = "spend/page.html")]
pub(in crate::spend) struct SpendPage {
    shell: Shell,
    month: String,
    name: String,
    previous_name: String,
    is_current: bool,
    /// Addresses; empty for nowhere.
    previous: String,
    next: String,
    this_month: String,
    csv: String,
    csv_areas: String,
    all_charges: String,
    /// Nothing was ever charged.
    empty: bool,
    buy: String,
    charged: String,
    charged_how: String,
    expected: String,
    to_come: String,
    inventory: String,
    numbers: String,
    idle: String,
    idle_words: String,
    chart: Option<Chart>,
    /// Where the year is, when it was not added up; else empty.
    show_year: String,
    rows: Vec<Row>,
    sum: Row,
    areas: Vec<AreaRow>,
}

/// A campaign, or idle, or all.
struct Row {
    name: String,
    href: String,
    months: String,
    charged: String,
    expected: String,
    change: String,
}

/// An area code.
struct AreaRow {
    code: String,
    place: String,
    href: String,
    charges: String,
    charged: String,
    idle: String,
    expected: String,
    change: String,
}

fn change(amount: Micros) -> String {
    if amount > Micros::ZERO {
        format!("+{}", amount.dollars_and_cents())
    } else {
        amount.dollars_and_cents()
    }
}

fn basis_words(basis: Basis) -> &'static str {
    basis.as_str()
}

/// `quoted`, or `$8.00 billed, $310.00 quoted` when it is mixed.
fn basis_of(parts: &[(Basis, Micros)]) -> String {
    match parts {
        [] => String::new(),
        [(basis, _)] => basis_words(*basis).to_owned(),
        several => {
            let part = |(basis, sum): &(Basis, Micros)| {
                format!("{} {}", sum.dollars_and_cents(), basis_words(*basis))
            };
            several.iter().map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

impl SpendPage {
    pub(in crate::spend) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        report: &Report,
        buys: bool,
    ) -> SpendPage {
        let month = report.month;
        let at = |month: Month| by.url(&format!("/spend?month={month}"));
        let row = |name: String, href: String, charged: Worth, to_come: Micros, previous: Micros| Row {
            name,
            href,
            months: charged.time.words(),
            charged: charged.amount.dollars_and_cents(),
            expected: (charged.amount + to_come).dollars_and_cents(),
            change: change(charged.amount + to_come - previous),
        };
        let slice = |key: &str, value: &str| by.url(&format!("/spend/numbers?month={month}&{key}={value}"));
        let rows = report.shares.iter().map(|share| {
            let (name, href) = match share.holder {
                Some(id) => (report.name(id).to_owned(), slice("campaign", id.as_str())),
                None => ("Idle".to_owned(), slice("campaign", "idle")),
            };
            row(name, href, share.charged, share.to_come, share.previous)
        });
        let areas = report.areas.iter().map(|area| AreaRow {
            code: area.area_code.to_string(),
            place: area.area_code.info().place_and_region(),
            href: slice("area", area.area_code.as_str()),
            charges: number(area.charges),
            charged: area.charged.dollars_and_cents(),
            idle: area.idle.dollars_and_cents(),
            expected: (area.charged + area.to_come).dollars_and_cents(),
            change: change(area.charged + area.to_come - area.previous),
        });
        let earlier = report.first.is_some_and(|first| first < month);
        SpendPage {
            month: month.words(),
            name: month.name(),
            previous_name: month.previous().name(),
            is_current: report.is_current,
            previous: if earlier { at(month.previous()) } else { String::new() },
            next: if report.is_current { String::new() } else { at(month.next()) },
            this_month: if report.is_current { String::new() } else { by.url("/spend") },
            csv: by.url(&format!("/spend.csv?month={month}")),
            csv_areas: by.url(&format!("/spend.csv?month={month}&by=area")),
            all_charges: by.url(&format!("/spend/numbers?month={month}")),
            empty: report.first.is_none() && report.numbers == 0,
            buy: if buys { by.url("/orders/new") } else { String::new() },
            charged: report.charged.amount.dollars_and_cents(),
            charged_how: basis_of(&report.by_basis),
            expected: report.expected().dollars_and_cents(),
            to_come: report.to_come.dollars_and_cents(),
            inventory: report.inventory.dollars_and_cents(),
            numbers: plural(report.numbers.unsigned_abs(), "number", "numbers"),
            idle: report.idle().amount.dollars_and_cents(),
            idle_words: match report.idle_percent() {
                Some(percent) => format!("idle, {percent} % of what was charged"),
                None => "idle".to_owned(),
            },
            chart: Chart::of(report),
            show_year: match report.months.is_empty() {
                true => by.url(&format!("/spend?month={month}&year=show")),
                false => String::new(),
            },
            rows: rows.collect(),
            sum: row("All".to_owned(), String::new(), report.charged, report.to_come, report.previous),
            areas: areas.collect(),
            shell,
        }
    }
}

/// `10 November – 9 December 2026`: both days included.
fn period(start: NaiveDate, end: NaiveDate) -> String {
    let last = end.checked_sub_days(Days::new(1)).unwrap_or(end).max(start);
    let begins =
        if start.format("%Y").to_string() == last.format("%Y").to_string() { "%-d %B" } else { "%-d %B %Y" };
    if start == last {
        return last.format("%-d %B %Y").to_string();
    }
    format!("{} – {}", start.format(begins), last.format("%-d %B %Y"))
}

type Names = std::collections::BTreeMap<CampaignId, String>;

fn holder(names: &Names, holder: Option<CampaignId>) -> String {
    match holder {
        Some(id) => names.get(&id).cloned().unwrap_or_else(|| "A campaign".to_owned()),
        None => "Idle".to_owned(),
    }
}

fn days(stretch: &Stretch) -> u64 {
    (stretch.until - stretch.from).num_days().unsigned_abs()
}

fn holders(names: &Names, split: &Split) -> String {
    let part = |stretch: &Stretch| {
        format!("{} {}", holder(names, stretch.holder), plural(days(stretch), "day", "days"))
    };
    split.stretches.iter().map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_name_their_first_and_last_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(period(day("2026-11-10"), day("2026-12-10")), "10 November – 9 December 2026");
        assert_eq!(period(day("2026-12-10"), day("2027-01-10")), "10 December 2026 – 9 January 2027");
        assert_eq!(period(day("2026-11-10"), day("2026-11-11")), "10 November 2026");
    }

    #[test]
    fn money_says_how_it_is_known() {
        let (quoted, billed) = (Micros::from_cents(31_000), Micros::from_cents(800));
        assert_eq!(basis_of(&[(Basis::Quoted, quoted)]), "quoted");
        assert_eq!(
            basis_of(&[(Basis::Quoted, quoted), (Basis::Billed, billed)]),
            "$310.00 quoted, $8.00 billed"
        );
        assert_eq!((change(billed), change(-billed)), ("+$8.00".to_owned(), "−$8.00".to_owned()));
    }
}
