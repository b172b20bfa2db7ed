//! What a campaign's pages say of its cost.

use super::{Actual, Forecast};
use crate::kernel::Micros;
use crate::web::format::{number, plural};

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

    /// Of one that was started: what it wanted, what it has, and what it has cost.
    pub fn started(actual: &Actual) -> CostCard {
        let wanted = actual.price().map(|price| price * actual.wanted);
        let mut rows = vec![
            row("Forecast: numbers its contacts want, a month", actual.wanted, wanted),
            row("Now: numbers it holds, a month", actual.held, Some(actual.monthly)),
        ];
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
    fn what_it_has_cost_is_the_sum_of_its_months() {
        let month = |text: &str| Month::parse(text).unwrap();
        let months =
            vec![(month("2026-11"), Micros::from_cents(40)), (month("2026-12"), Micros::from_cents(230))];
        let actual = Actual { wanted: 2, held: 2, monthly: Micros::from_cents(230), months };
        let card = CostCard::started(&actual);
        assert_eq!((card.rows.len(), card.sum.amount.as_str()), (4, "$2.70"));
    }
}
