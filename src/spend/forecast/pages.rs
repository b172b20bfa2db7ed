//! What a campaign's pages say of its cost.

use super::{Actual, Forecast, Foreseen};
use crate::kernel::Micros;
use crate::web::format::{Times, number, plural};

/// A row: what, how many, how much a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostRow {
    /// What.
    pub what: String,
    /// How many; empty when that is not counted.
    pub numbers: String,
    /// How much; empty when nobody says.
    pub amount: String,
}

/// The card on a campaign's page. `templates/spend/forecast/_card.html` draws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostCard {
    /// `What it will cost`, or `What it costs`.
    pub title: &'static str,
    /// Its rows.
    pub rows: Vec<CostRow>,
    /// The last row.
    pub sum: CostRow,
    /// A sentence below.
    pub hint: String,
}

fn row(what: impl Into<String>, numbers: i64, amount: Option<Micros>) -> CostRow {
    CostRow {
        what: what.into(),
        numbers: number(numbers),
        amount: amount.map(Micros::dollars_and_cents).unwrap_or_default(),
    }
}

/// `+2`, `−2`, `0`: by the sign of an amount that is written without one.
fn signed(amount: i64, written: String) -> String {
    match amount {
        0 => written,
        1.. => format!("+{written}"),
        _ => format!("−{written}"),
    }
}

fn at_its_start(foreseen: &Foreseen, times: Times) -> Vec<CostRow> {
    let on = times.day(times.local_date(foreseen.at));
    let mut rows = vec![row(
        format!("Forecast at its start, {on}: numbers it needed, a month"),
        foreseen.needed(),
        foreseen.monthly(),
    )];
    if foreseen.to_buy > 0 {
        let cost = foreseen.price.map(|price| price * foreseen.to_buy);
        rows.push(row("of which were still to be bought", foreseen.to_buy, cost));
    }
    rows
}

fn now(actual: &Actual) -> CostRow {
    row("Now: numbers it holds, a month", actual.held, Some(actual.monthly))
}

fn difference(foreseen: &Foreseen, actual: &Actual) -> CostRow {
    let numbers = actual.held - foreseen.needed();
    let written = |beyond: Micros| signed(beyond.get(), Micros::new(beyond.get().abs()).dollars_and_cents());
    CostRow {
        what: "Now against the forecast".to_owned(),
        numbers: signed(numbers, number(numbers.abs())),
        amount: actual.beyond().map(written).unwrap_or_default(),
    }
}

impl CostCard {
    /// Of a draft.
    pub fn draft(forecast: &Forecast) -> CostCard {
        let each = |count: i64| forecast.price.map(|price| price * count);
        CostCard {
            title: "What it will cost a month",
            rows: vec![
                row("Numbers you own already", forecast.owned, each(forecast.owned)),
                row("Numbers to buy", forecast.to_buy, forecast.more()),
            ],
            sum: row("Together", forecast.owned + forecast.to_buy, forecast.monthly()),
            hint: match (forecast.price, forecast.to_buy) {
                (None, _) => "The carrier does not say what a number costs now.".to_owned(),
                (Some(price), 0) => format!(
                    "At {price} a local number. You pay for numbers you own whether a campaign has them or not: this \
                     campaign adds nothing to the bill."
                ),
                (Some(price), count) => format!(
                    "At {price} a local number. Buying {} costs {} at once and adds as much to every month; what you \
                     own is paid for already.",
                    plural(count.unsigned_abs(), "number", "numbers"),
                    forecast.more().unwrap_or_default().dollars_and_cents()
                ),
            },
        }
    }

    /// Of one that was started, against what was forecast at its start: `None` of one from before that was kept.
    pub fn against(actual: &Actual, times: Times) -> Option<CostCard> {
        let foreseen = actual.foreseen.as_ref()?;
        let mut rows = at_its_start(foreseen, times);
        rows.push(now(actual));
        Some(CostCard {
            title: "Against the forecast",
            rows,
            sum: difference(foreseen, actual),
            hint: "What was forecast in the moment it was started, at the price of that day, and what the numbers it \
                   holds today cost a month."
                .to_owned(),
        })
    }

    /// Of one that was started: what was forecast at its start, what it has, and what it has cost.
    pub fn started(actual: &Actual, times: Times) -> CostCard {
        let mut rows = Vec::new();
        if let Some(foreseen) = &actual.foreseen {
            rows.extend(at_its_start(foreseen, times));
        }
        rows.push(now(actual));
        if let Some(foreseen) = &actual.foreseen {
            rows.push(difference(foreseen, actual));
        }
        rows.extend(actual.months.iter().map(|(month, amount)| CostRow {
            what: format!("Its days of what was charged in {}", month.words()),
            numbers: String::new(),
            amount: amount.dollars_and_cents(),
        }));
        CostCard {
            title: "What it costs",
            rows,
            sum: CostRow {
                what: "Charged to it in all".to_owned(),
                numbers: String::new(),
                amount: actual.total().dollars_and_cents(),
            },
            hint: "A day of a charge is its if it had the number when the day ended (UTC). A charge counts in the \
                   month in which it falls due, with the days still to come."
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Month;
    use super::*;

    #[test]
    fn a_draft_says_what_buying_adds() {
        let price = Some(Micros::from_cents(115));
        let card = CostCard::draft(&Forecast { wanted: 40, owned: 28, to_buy: 12, price });
        let amounts: Vec<&str> = card.rows.iter().map(|row| row.amount.as_str()).collect();
        assert_eq!((amounts, card.sum.amount.as_str()), (vec!["$32.20", "$13.80"], "$46.00"));
        assert!(card.hint.contains("Buying 12 numbers costs $13.80 at once"), "{}", card.hint);
        let free = CostCard::draft(&Forecast { wanted: 28, owned: 28, to_buy: 0, price });
        assert!(free.hint.contains("adds nothing to the bill"));
        let unknown = CostCard::draft(&Forecast { wanted: 2, owned: 0, to_buy: 2, price: None });
        assert_eq!(unknown.sum.amount, "");
    }

    #[test]
    fn what_it_has_cost_is_the_sum_of_its_months_beside_what_was_forecast() {
        let month = |text: &str| Month::parse(text).unwrap();
        let months =
            vec![(month("2026-11"), Micros::from_cents(40)), (month("2026-12"), Micros::from_cents(230))];
        let actual = Actual { foreseen: None, held: 2, monthly: Micros::from_cents(230), months };
        let shown = |actual: &Actual| {
            let card = CostCard::started(actual, Times::default());
            let rows = card.rows.iter().map(|row| format!("{}|{}|{}", row.what, row.numbers, row.amount));
            (rows.collect::<Vec<_>>(), card.sum.amount)
        };
        let (rows, sum) = shown(&actual);
        assert_eq!((rows.len(), sum.as_str()), (3, "$2.70"), "one from before forecasts were kept");
        let at = "2026-11-02T10:00:00".parse().unwrap();
        let price = Some(Micros::from_cents(115));
        let foreseen = Foreseen { at, wanted: 5, owned: 3, to_buy: 2, price };
        let (rows, _) = shown(&Actual { foreseen: Some(foreseen), ..actual.clone() });
        assert_eq!(rows[0], "Forecast at its start, 2 November 2026: numbers it needed, a month|5|$5.75");
        assert_eq!(rows[1], "of which were still to be bought|2|$2.30");
        assert_eq!(rows[3], "Now against the forecast|−3|−$3.45");
        // At a price that nobody knew there is nothing to compare with.
        let unpriced = Foreseen { price: None, to_buy: 0, ..foreseen };
        let (rows, _) = shown(&Actual { foreseen: Some(unpriced), ..actual.clone() });
        assert_eq!(rows[0], "Forecast at its start, 2 November 2026: numbers it needed, a month|3|");
        assert_eq!(rows[2], "Now against the forecast|−1|");
        assert_eq!(CostCard::against(&actual, Times::default()), None);
        let grown = Actual { foreseen: Some(foreseen), held: 7, monthly: Micros::from_cents(875), ..actual };
        assert_eq!(shown(&grown).0[3], "Now against the forecast|+2|+$3.00");
    }
}
