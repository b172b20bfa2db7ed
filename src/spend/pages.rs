//! What the pages of spend show, in words.

use askama::Template;
use chrono::{Days, NaiveDate};

use super::attribution::{Stretch, Worth};
use super::chart::Chart;
use super::model::{NumberSpend, Report, Slice, Split, Splits};
use super::month::Month;
use crate::access::{Allowed, SeeSpend};
use crate::kernel::Micros;
use crate::kernel::ids::{CampaignId, ChargeId};
use crate::kernel::money::group_thousands;
use crate::kernel::text_enum::TextEnum;
use crate::ledger::Basis;
use crate::web::format::{number, phone, plural};
use crate::web::{Shell, filters};

/// `/spend`.
#[derive(Template)]
#[template(path = "spend/page.html")]
pub(super) struct SpendPage {
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
    pub(super) fn new(by: &Allowed<SeeSpend>, shell: Shell, report: &Report, buys: bool) -> SpendPage {
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
            rows: rows.collect(),
            sum: row("All".to_owned(), String::new(), report.charged, report.to_come, report.previous),
            areas: areas.collect(),
            shell,
        }
    }
}

/// `/spend/numbers`: the charges of a month, or a slice of them.
#[derive(Template)]
#[template(path = "spend/charges.html")]
pub(super) struct ChargesPage {
    shell: Shell,
    spend: String,
    month: String,
    title: String,
    /// What the part's column is about; empty when all of each charge is meant.
    part: String,
    campaign: String,
    rows: Vec<ChargeRow>,
    shown: String,
    first: String,
    next: String,
}

struct ChargeRow {
    phone: String,
    href: String,
    area: String,
    period: String,
    amount: String,
    basis: &'static str,
    part: String,
    holders: String,
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

impl ChargesPage {
    pub(super) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        month: Month,
        slice: Slice,
        campaign: Option<String>,
        further: bool,
        splits: Splits,
    ) -> ChargesPage {
        let (title, part, filter) = match slice {
            Slice::All => ("All charges".to_owned(), String::new(), String::new()),
            Slice::Idle => ("Idle".to_owned(), "Idle".to_owned(), "&campaign=idle".to_owned()),
            Slice::Area(code) => {
                (format!("{code} {}", code.info().place_and_region()), String::new(), format!("&area={code}"))
            }
            Slice::Campaign(id) => {
                let name = campaign.unwrap_or_default();
                (name.clone(), name, format!("&campaign={id}"))
            }
        };
        let of = match slice {
            Slice::Campaign(id) => Some(Some(id)),
            Slice::Idle => Some(None),
            Slice::All | Slice::Area(_) => None,
        };
        let here = by.url(&format!("/spend/numbers?month={month}{filter}"));
        let row = |split: &Split| ChargeRow {
            phone: phone(&split.phone_number),
            href: by.url(&format!("/spend/numbers/{}", split.charge.number_id)),
            area: split.phone_number.area_code().map_or(String::new(), |code| code.info().place_and_region()),
            period: period(split.charge.period_start, split.charge.period_end),
            amount: split.charge.amount.dollars(),
            basis: basis_words(split.charge.basis),
            part: of.map_or(String::new(), |of| split.of(of).amount.dollars_and_cents()),
            holders: holders(&splits.names, split),
        };
        let after = |id: ChargeId| format!("{here}&after={id}");
        ChargesPage {
            spend: by.url(&format!("/spend?month={month}")),
            month: month.words(),
            title,
            part,
            campaign: match slice {
                Slice::Campaign(id) if by.may::<crate::access::ManageCampaigns>() => {
                    by.url(&format!("/campaigns/{id}"))
                }
                _ => String::new(),
            },
            rows: splits.rows.iter().map(row).collect(),
            shown: plural(splits.rows.len() as u64, "charge", "charges"),
            next: splits.next.map(after).unwrap_or_default(),
            first: if further { here } else { String::new() },
            shell,
        }
    }
}

/// `/spend/numbers/{id}`.
#[derive(Template)]
#[template(path = "spend/number.html")]
pub(super) struct NumberPage {
    shell: Shell,
    spend: String,
    phone: String,
    area: String,
    place: String,
    inventory: String,
    charged: String,
    idle: String,
    price: String,
    renewal: String,
    strip: Vec<Segment>,
    strip_label: String,
    charges: Vec<ChargeBlock>,
}

struct Segment {
    x: i64,
    width: i64,
    kind: &'static str,
    title: String,
}

struct ChargeBlock {
    period: String,
    amount: String,
    basis: &'static str,
    /// Days of it are still to come.
    runs: bool,
    parts: Vec<Part>,
}

struct Part {
    holder: String,
    period: String,
    days: String,
    amount: String,
}

fn strip(spend: &NumberSpend) -> Vec<Segment> {
    let starts = spend.charges.iter().map(|split| split.charge.period_start).min();
    let ends = spend.charges.iter().map(|split| split.charge.period_end).max();
    let (Some(start), Some(end)) = (starts, ends) else { return Vec::new() };
    let whole = (end - start).num_days().max(1);
    let place = |day: NaiveDate| (day - start).num_days() * 1000 / whole;
    let mut stretches: Vec<Stretch> = Vec::new();
    for stretch in spend.charges.iter().rev().flat_map(|split| &split.stretches) {
        match stretches.last_mut() {
            Some(last) if last.holder == stretch.holder && last.until == stretch.from => {
                last.until = stretch.until;
            }
            _ => stretches.push(*stretch),
        }
    }
    stretches
        .iter()
        .map(|stretch| Segment {
            x: place(stretch.from),
            width: place(stretch.until) - place(stretch.from),
            kind: if stretch.holder.is_some() { "in_use" } else { "idle" },
            title: format!(
                "{}, {}",
                holder(&spend.names, stretch.holder),
                period(stretch.from, stretch.until)
            ),
        })
        .collect()
}

impl NumberPage {
    pub(super) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        spend: &NumberSpend,
        today: NaiveDate,
        sees_numbers: bool,
    ) -> NumberPage {
        let owned = &spend.number;
        let is_ours = owned.released_at.is_none() && owned.facts.lost_at.is_none();
        let block = |split: &Split| ChargeBlock {
            period: period(split.charge.period_start, split.charge.period_end),
            amount: split.charge.amount.dollars(),
            basis: basis_words(split.charge.basis),
            runs: split.charge.period_end > today,
            parts: split
                .stretches
                .iter()
                .map(|stretch| Part {
                    holder: holder(&spend.names, stretch.holder),
                    period: period(stretch.from, stretch.until),
                    days: group_thousands(days(stretch)),
                    amount: stretch.worth.amount.dollars(),
                })
                .collect(),
        };
        NumberPage {
            spend: by.url("/spend"),
            phone: phone(&owned.phone_number),
            area: owned.area_code.to_string(),
            place: owned.area_code.info().place_and_region(),
            inventory: if sees_numbers {
                by.url(&format!("/phone-numbers/{}", owned.id))
            } else {
                String::new()
            },
            charged: spend.charged().dollars_and_cents(),
            idle: spend.idle().dollars_and_cents(),
            price: if is_ours { owned.monthly_price.dollars() } else { String::new() },
            renewal: match (is_ours, owned.released_at) {
                (true, _) => format!("next charge on {}", shell.times.day(owned.renews_on)),
                (false, Some(at)) => format!("released on {}", shell.times.day(at.date())),
                (false, None) => "no longer charged: the carrier does not have it any more".to_owned(),
            },
            strip: strip(spend),
            strip_label: format!("Who had {} in use, from its first charge", phone(&owned.phone_number)),
            charges: spend.charges.iter().map(block).collect(),
            shell,
        }
    }
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
