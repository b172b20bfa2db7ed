//! The pictures of spend: stacked months with what is still to come above them, lighter; one campaign over time; the
//! share that was idle. Each has its figures as a table. Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::attribution::Holder;
use super::model::{CampaignSpend, Heading, MonthShares, Report, Table, percent};
use super::month::Month;
use crate::kernel::Micros;
use crate::kernel::ids::CampaignId;
use crate::kernel::money::group_thousands;

/// How many campaigns have a colour of their own; the others share one.
const OWN_SERIES: usize = 5;
/// How many months a campaign's picture shows.
const LONGEST: usize = 24;
const WIDTH: i64 = 890;
/// The widest bar, when there are few.
const WIDEST: i64 = 90;
const BASE: i64 = 260;
const HEIGHT: i64 = 240;

/// What the template draws.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chart {
    /// A column a month; one more for what is still to come.
    pub columns: Vec<Column>,
    /// The lines behind them.
    pub ticks: Vec<Tick>,
    /// How wide a bar is.
    pub width: i64,
    /// Series and name of what is drawn.
    pub legend: Vec<(&'static str, String)>,
    /// The same as a table, a row a month.
    pub rows: Vec<Row>,
}

/// A row of the table behind a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The month.
    pub month: Month,
    /// A cell for each of the legend.
    pub cells: Vec<String>,
    /// The sum, or empty.
    pub sum: String,
}

/// A month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The left edge.
    pub x: i64,
    /// Below it.
    pub label: String,
    /// Drawn lighter.
    pub expected: bool,
    /// From the base up.
    pub bars: Vec<Bar>,
}

/// A part of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Its upper edge.
    pub y: i64,
    /// How high it is.
    pub height: i64,
    /// Its colour.
    pub series: &'static str,
    /// What it says when pointed at.
    pub title: String,
    /// Where it leads; empty for nowhere.
    pub href: String,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Where.
    pub y: i64,
    /// How much.
    pub label: String,
}

/// A colour and who it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Series {
    Campaign(usize, CampaignId),
    Other,
    Reserved,
    Resting,
    Idle,
}

impl Series {
    fn class(self) -> &'static str {
        match self {
            Series::Campaign(place, _) => {
                ["1", "2", "3", "4", "5", "6"].get(place).copied().unwrap_or("other")
            }
            Series::Other => "other",
            Series::Reserved => "reserved",
            Series::Resting => "resting",
            Series::Idle => "idle",
        }
    }
    fn name(self, report: &Report) -> String {
        match self {
            Series::Campaign(_, id) => report.name(id).to_owned(),
            Series::Other => "Other campaigns".to_owned(),
            Series::Reserved => "Reserved".to_owned(),
            Series::Resting => "Resting".to_owned(),
            Series::Idle => "Idle".to_owned(),
        }
    }
    /// What a bar of it leads to, if it is one holder's.
    fn query(self) -> String {
        match self {
            Series::Campaign(_, id) => format!("&campaign={id}"),
            Series::Other => String::new(),
            Series::Reserved => "&campaign=reserved".to_owned(),
            Series::Resting => "&campaign=resting".to_owned(),
            Series::Idle => "&campaign=idle".to_owned(),
        }
    }
}

/// A part of a column before it has a place.
struct Piece {
    series: &'static str,
    amount: Micros,
    title: String,
    href: String,
}

/// A column before it has a place: what was charged, and above it what is to come.
struct Stack {
    month: Month,
    charged: Vec<Piece>,
    to_come: Vec<Piece>,
}

/// Lines at round amounts: at most five above zero, the highest at or above the largest month.
fn scale(largest: Micros) -> (i64, i64) {
    let largest = largest.get().max(1_000_000);
    let mut unit: i64 = 10_000;
    loop {
        for factor in [10, 20, 25, 50] {
            let step = unit * factor;
            let lines = (largest + step - 1) / step;
            if lines <= 5 {
                return (step, lines);
            }
        }
        unit *= 10;
    }
}

fn tick_label(micros: i64) -> String {
    if micros % 1_000_000 == 0 {
        format!("${}", group_thousands((micros / 1_000_000).unsigned_abs()))
    } else {
        Micros::new(micros).dollars_and_cents()
    }
}

/// Below a month: its name, in January and at the beginning with the year.
fn label(month: Month, is_first: bool) -> String {
    if is_first || month.short() == "Jan" {
        format!("{} {}", month.short(), &month.to_string()[2..4])
    } else {
        month.short()
    }
}

impl Chart {
    /// Gives every piece its place. Edges, not heights, are rounded: a stack is as high as its sum.
    fn draw(
        &mut self,
        stacks: Vec<Stack>,
        top: i64,
        tick: impl Fn(i64) -> String,
        (step, lines): (i64, i64),
    ) {
        let top = i128::from(top);
        let height = |amount: Micros| {
            i64::try_from(i128::from(amount.get().max(0)) * i128::from(HEIGHT) / top).unwrap_or(HEIGHT)
        };
        let count = i64::try_from(stacks.len()).unwrap_or(1).max(1);
        self.width = (WIDTH * 3 / (count * 5)).min(WIDEST);
        self.ticks = (0..=lines)
            .map(|line| Tick { y: BASE - HEIGHT * line / lines, label: tick(step * line) })
            .collect();
        for (place, stack) in (0i64..).zip(stacks) {
            let x = 60 + WIDTH * place / count + (WIDTH / count - self.width) / 2;
            let mut sum = Micros::ZERO;
            let mut pile = |pieces: Vec<Piece>| {
                let mut bars = Vec::new();
                for piece in pieces.into_iter().filter(|piece| piece.amount > Micros::ZERO) {
                    let below = height(sum);
                    sum += piece.amount;
                    let (y, height) = (BASE - height(sum), height(sum) - below);
                    if height > 0 {
                        let Piece { series, title, href, .. } = piece;
                        bars.push(Bar { y, height, series, title, href });
                    }
                }
                bars
            };
            let (bars, lighter) = (pile(stack.charged), pile(stack.to_come));
            let label = label(stack.month, place == 0);
            self.columns.push(Column { x, label, expected: false, bars });
            if !lighter.is_empty() {
                self.columns.push(Column { x, label: String::new(), expected: true, bars: lighter });
            }
        }
    }

    /// The year of a report; nothing when it was free of charges. `href` says where a bar leads, given what stands
    /// for it in an address.
    pub fn of(report: &Report, href: &dyn Fn(&str) -> String) -> Option<Chart> {
        let sums = report.months.iter().map(|month| month.all.amount());
        let largest = sums
            .chain([report.all.amount() + report.ahead.to_come])
            .max()
            .filter(|sum| *sum > Micros::ZERO)?;
        let series = series(report);
        let mut shown: Vec<Series> = series.values().copied().collect();
        shown.sort_unstable();
        shown.dedup();
        let mut chart = Chart {
            legend: shown.iter().map(|series| (series.class(), series.name(report))).collect(),
            ..Chart::default()
        };
        let pieces = |month: Month, amounts: BTreeMap<Series, Micros>, words: &str| {
            let piece = |(series, amount): (Series, Micros)| Piece {
                series: series.class(),
                amount,
                title: format!(
                    "{}, {}: {}{words}",
                    series.name(report),
                    month.words(),
                    amount.dollars_and_cents()
                ),
                href: href(&format!("month={month}{}", series.query())),
            };
            amounts.into_iter().map(piece).collect::<Vec<_>>()
        };
        let mut stacks = Vec::new();
        for month in &report.months {
            let mut amounts: BTreeMap<Series, Micros> = BTreeMap::new();
            for (holder, part) in &month.holders {
                if let Some(series) = series.get(holder) {
                    *amounts.entry(*series).or_default() += part.amount();
                }
            }
            let cell = |series: &Series| amounts.get(series).copied().unwrap_or_default().dollars_and_cents();
            chart.rows.push(Row {
                month: month.month,
                cells: shown.iter().map(cell).collect(),
                sum: month.all.amount().dollars_and_cents(),
            });
            let mut to_come: BTreeMap<Series, Micros> = BTreeMap::new();
            if report.is_current && Some(month) == report.months.last() {
                for line in report.lines(Table::Campaign) {
                    let Heading::Holder(holder) = &line.heading else { continue };
                    if let Some(series) = series.get(holder) {
                        *to_come.entry(*series).or_default() += line.ahead.to_come;
                    }
                }
            }
            stacks.push(Stack {
                month: month.month,
                charged: pieces(month.month, amounts, ""),
                to_come: pieces(month.month, to_come, " expected"),
            });
        }
        let (step, lines) = scale(largest);
        chart.draw(stacks, step * lines, tick_label, (step, lines));
        Some(chart)
    }

    /// What share of each month was idle; nothing when nothing was charged in the year.
    pub fn idle(months: &[MonthShares]) -> Option<Chart> {
        let share = |month: &MonthShares| percent(month.all.idle, month.all.amount());
        let largest = months.iter().filter_map(share).max()?;
        let mut chart = Chart { legend: vec![("idle", "Idle".to_owned())], ..Chart::default() };
        let mut stacks = Vec::new();
        for month in months {
            let words = share(month).map_or("–".to_owned(), |percent| format!("{percent} %"));
            let idle = month.all.idle.dollars_and_cents();
            chart.rows.push(Row { month: month.month, cells: vec![idle.clone()], sum: words.clone() });
            let title = format!("Idle, {}: {words}, {idle}", month.month.words());
            let amount = Micros::new(share(month).unwrap_or(0));
            let piece = Piece { series: "idle", amount, title, href: String::new() };
            stacks.push(Stack { month: month.month, charged: vec![piece], to_come: Vec::new() });
        }
        let step = [5, 10, 20, 25].into_iter().find(|step| largest <= step * 4).unwrap_or(25);
        let lines = ((largest + step - 1) / step).max(1);
        chart.draw(stacks, step * lines, |percent| format!("{percent} %"), (step, lines));
        Some(chart)
    }

    /// One campaign over time; nothing when it was never charged.
    pub fn campaign(spend: &CampaignSpend, href: &dyn Fn(&str) -> String) -> Option<Chart> {
        let first = spend.months.len().saturating_sub(LONGEST);
        let months = spend.months.get(first..)?;
        let last = months.last().map(|(month, _)| *month);
        let to_come = |month: Month| {
            if Some(month) == last { spend.ahead.to_come } else { Micros::ZERO }
        };
        let sums = months.iter().map(|(month, part)| part.amount() + to_come(*month));
        let (step, lines) = scale(sums.max().filter(|sum| *sum > Micros::ZERO)?);
        let mut chart = Chart { legend: vec![("1", "Charged".to_owned())], ..Chart::default() };
        let mut stacks = Vec::new();
        for (month, part) in months {
            let piece = |amount: Micros, words: &str| Piece {
                series: "1",
                amount,
                title: format!("{}: {}{words}", month.words(), amount.dollars_and_cents()),
                href: href(&format!("month={month}&campaign={}", spend.id)),
            };
            stacks.push(Stack {
                month: *month,
                charged: vec![piece(part.amount(), "")],
                to_come: vec![piece(to_come(*month), " expected")],
            });
        }
        chart.draw(stacks, step * lines, tick_label, (step, lines));
        Some(chart)
    }
}

/// The largest campaigns of the year get a colour each, in the order of their size; so do those who are none.
fn series(report: &Report) -> BTreeMap<Holder, Series> {
    let mut sums: BTreeMap<Holder, Micros> = BTreeMap::new();
    for (holder, part) in report.months.iter().flat_map(|month| &month.holders) {
        *sums.entry(*holder).or_default() += part.amount();
    }
    for line in report.lines(Table::Campaign) {
        if let Heading::Holder(holder) = &line.heading {
            *sums.entry(*holder).or_default() += line.ahead.to_come;
        }
    }
    let mut by_size: Vec<(CampaignId, Micros)> = sums
        .iter()
        .filter(|(_, sum)| **sum > Micros::ZERO)
        .filter_map(|(holder, sum)| Some((holder.campaign()?, *sum)))
        .collect();
    by_size.sort_by_key(|(campaign, sum)| (Reverse(*sum), *campaign));
    let campaigns = by_size.into_iter().enumerate().map(|(place, (id, _))| {
        let series = if place < OWN_SERIES { Series::Campaign(place, id) } else { Series::Other };
        (Holder::Campaign(id), series)
    });
    let mut series: BTreeMap<Holder, Series> = campaigns.collect();
    series.insert(Holder::Idle, Series::Idle);
    for (holder, own) in [(Holder::Reserved, Series::Reserved), (Holder::Resting, Series::Resting)] {
        if sums.get(&holder).is_some_and(|sum| *sum > Micros::ZERO) {
            series.insert(holder, own);
        }
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_round_and_cover_the_largest_month() {
        for (dollars, step, lines) in [
            (0, 200_000, 5),
            (1, 200_000, 5),
            (393, 100_000_000, 4),
            (270, 100_000_000, 3),
            (1_150, 250_000_000, 5),
            (115_000, 25_000_000_000, 5),
        ] {
            let (got_step, got_lines) = scale(Micros::from_cents(dollars * 100));
            assert_eq!((got_step, got_lines), (step, lines), "${dollars}");
        }
        assert_eq!(
            (tick_label(250_000), tick_label(1_250_000_000)),
            ("$0.25".to_owned(), "$1,250".to_owned())
        );
    }

    #[test]
    fn the_year_stands_at_its_beginning_and_in_january() {
        let month = |text| Month::parse(text).unwrap();
        assert_eq!(label(month("2025-12"), true), "Dec 25");
        assert_eq!(label(month("2026-01"), false), "Jan 26");
        assert_eq!(label(month("2026-02"), false), "Feb");
    }
}
