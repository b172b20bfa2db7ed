//! The picture of twelve months: stacked bars, campaigns below, idle on top, what is still to come above it,
//! lighter.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::attribution::Worth;
use super::model::{MonthShares, Report};
use crate::kernel::Micros;
use crate::kernel::ids::CampaignId;
use crate::kernel::money::group_thousands;

/// How many campaigns have a colour of their own; the others share one.
const OWN_SERIES: usize = 5;
const WIDTH: i64 = 890;
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
    /// The same as a table: a row a month, a cell for each of the legend, then the sum.
    pub rows: Vec<(String, Vec<Micros>, Micros)>,
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
    Idle,
}

impl Series {
    fn class(self) -> &'static str {
        match self {
            Series::Campaign(place, _) => {
                ["1", "2", "3", "4", "5", "6"].get(place).copied().unwrap_or("other")
            }
            Series::Other => "other",
            Series::Idle => "idle",
        }
    }
    fn name(self, report: &Report) -> String {
        match self {
            Series::Campaign(_, id) => report.name(id).to_owned(),
            Series::Other => "Other campaigns".to_owned(),
            Series::Idle => "Idle".to_owned(),
        }
    }
}

/// The largest campaigns of the year get a colour each, in the order of their size.
fn series(report: &Report) -> BTreeMap<CampaignId, Series> {
    let mut sums: BTreeMap<CampaignId, Micros> = BTreeMap::new();
    for (campaign, share) in report.months.iter().flat_map(|month| month.tally.campaigns()) {
        *sums.entry(campaign).or_default() += share.amount;
    }
    for share in &report.shares {
        if let Some(campaign) = share.holder {
            *sums.entry(campaign).or_default() += share.to_come;
        }
    }
    let mut by_size: Vec<(CampaignId, Micros)> =
        sums.into_iter().filter(|(_, sum)| *sum > Micros::ZERO).collect();
    by_size.sort_by_key(|(campaign, sum)| (Reverse(*sum), *campaign));
    let series =
        |place| move |id| if place < OWN_SERIES { Series::Campaign(place, id) } else { Series::Other };
    by_size.into_iter().enumerate().map(|(place, (id, _))| (id, series(place)(id))).collect()
}

fn amounts(month: &MonthShares, series: &BTreeMap<CampaignId, Series>) -> BTreeMap<Series, Micros> {
    let mut amounts: BTreeMap<Series, Micros> = BTreeMap::new();
    let parts = month.tally.campaigns().filter_map(|(id, share)| Some((*series.get(&id)?, share)));
    let idle: [(Series, Worth); 1] = [(Series::Idle, month.tally.idle())];
    for (series, share) in parts.chain(idle) {
        *amounts.entry(series).or_default() += share.amount;
    }
    amounts
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

impl Chart {
    /// The year of a report; nothing when it was free of charges.
    pub fn of(report: &Report) -> Option<Chart> {
        let sums = report.months.iter().map(|month| month.tally.charged().amount);
        let largest = sums.chain([report.expected()]).max().filter(|sum| *sum > Micros::ZERO)?;
        let series = series(report);
        let (step, lines) = scale(largest);
        let top = i128::from(step * lines);
        let height = |amount: Micros| {
            i64::try_from(i128::from(amount.get().max(0)) * i128::from(HEIGHT) / top).unwrap_or(HEIGHT)
        };
        let count = i64::try_from(report.months.len()).unwrap_or(1).max(1);
        let mut chart = Chart { width: WIDTH * 3 / (count * 5), ..Chart::default() };
        chart.ticks = (0..=lines)
            .map(|line| Tick { y: BASE - HEIGHT * line / lines, label: tick_label(step * line) })
            .collect();
        let mut shown: Vec<Series> = series.values().copied().chain([Series::Idle]).collect();
        shown.sort_unstable();
        shown.dedup();
        chart.legend = shown.iter().map(|series| (series.class(), series.name(report))).collect();
        for (place, month) in (0i64..).zip(&report.months) {
            let x = 60 + WIDTH * place / count + WIDTH / (count * 5);
            let amounts = amounts(month, &series);
            let cells = shown.iter().map(|series| amounts.get(series).copied().unwrap_or_default()).collect();
            chart.rows.push((month.month.words(), cells, month.tally.charged().amount));
            let title = |series: Series, amount: Micros, words: &str| {
                format!(
                    "{}, {}: {}{words}",
                    series.name(report),
                    month.month.name(),
                    amount.dollars_and_cents()
                )
            };
            // Edges, not heights, are rounded: the stack is as high as its sum.
            let mut sum = Micros::ZERO;
            let mut stack = |amounts: &BTreeMap<Series, Micros>, words: &str| {
                let mut bars = Vec::new();
                for (series, amount) in amounts.iter().filter(|(_, amount)| **amount > Micros::ZERO) {
                    let below = height(sum);
                    sum += *amount;
                    let bar_height = height(sum) - below;
                    if bar_height > 0 {
                        let title = title(*series, *amount, words);
                        bars.push(Bar {
                            y: BASE - height(sum),
                            height: bar_height,
                            series: series.class(),
                            title,
                        });
                    }
                }
                bars
            };
            let bars = stack(&amounts, "");
            chart.columns.push(Column { x, label: month.month.short(), expected: false, bars });
            if month.month == report.month && report.to_come > Micros::ZERO {
                let mut to_come: BTreeMap<Series, Micros> = BTreeMap::new();
                for share in &report.shares {
                    let colour = share.holder.and_then(|id| series.get(&id)).copied().unwrap_or(Series::Idle);
                    *to_come.entry(colour).or_default() += share.to_come;
                }
                let bars = stack(&to_come, " expected");
                chart.columns.push(Column { x, label: String::new(), expected: true, bars });
            }
        }
        Some(chart)
    }
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
}
