//! What a month may cost and what of it is gone. No I/O.

use chrono::{Datelike, NaiveDate};

use crate::kernel::Micros;
use crate::web::format::plural;

/// The first day of a day's month.
pub(super) fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// How a month (UTC) stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Its first day.
    pub month: NaiveDate,
    /// The most it may cost; `None` for no limit.
    pub cap: Option<Micros>,
    /// What numbers were charged.
    pub charged: Micros,
    /// What was entered by hand.
    pub fees: Micros,
    /// Renewals still to come, at today's prices.
    pub renewals: Micros,
    /// So many numbers would renew this month and are certain to be released before, unless that is taken back.
    pub planned_numbers: i64,
    /// What these would cost: it is not in [`renewals`](Self::renewals).
    pub planned: Micros,
    /// What open orders may still buy.
    pub ordered: Micros,
}

/// How much of a budget is used up, where that is worth a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// 80 percent or more.
    Nearly,
    /// All of it, or more.
    Full,
}

impl Band {
    /// From the lowest to the highest.
    pub const ALL: [Band; 2] = [Band::Nearly, Band::Full];

    /// Where it begins.
    pub fn percent(self) -> i64 {
        match self {
            Band::Nearly => 80,
            Band::Full => 100,
        }
    }
}

impl Budget {
    /// What the month costs as things stand: charged, entered, to come, and on order.
    pub fn committed(&self) -> Micros {
        self.charged + self.fees + self.renewals + self.ordered
    }
    /// What is left; below zero when it is overdrawn. `None` without a limit.
    pub fn left(&self) -> Option<Micros> {
        self.cap.map(|cap| cap - self.committed())
    }
    /// The highest band reached.
    pub fn band(&self) -> Option<Band> {
        let (cap, used) = (i128::from(self.cap?.get()), i128::from(self.committed().get()));
        Band::ALL.into_iter().rev().find(|band| used * 100 >= cap * i128::from(band.percent()))
    }
    /// How much of it is used up, in whole percent, rounded down.
    pub fn percent(&self) -> Option<i64> {
        let cap = i128::from(self.cap?.get());
        i64::try_from((i128::from(self.committed().get()) * 100).div_euclid(cap)).ok()
    }
    /// Why an order of this cost cannot be placed; nothing when it can.
    pub fn refusal(&self, cost: Micros) -> Option<String> {
        let (cap, left) = (self.cap?, self.left()?);
        if cost <= left {
            return None;
        }
        let month = self.month.format("%B");
        let left = match left > Micros::ZERO {
            true => format!("{} are left", left.dollars_and_cents()),
            false => "nothing is left".to_owned(),
        };
        Some(format!(
            "This order costs {} and the budget of {} for {month} does not allow it: {left}, after {}.",
            cost.dollars_and_cents(),
            cap.dollars_and_cents(),
            self.parts_words()
        ))
    }
    /// `$80.50 charged, $11.50 of renewals to come and $4.60 on order`.
    fn parts_words(&self) -> String {
        let parts: Vec<String> = [
            (self.charged, "charged"),
            (self.fees, "of fees"),
            (self.renewals, "of renewals to come"),
            (self.ordered, "on order"),
        ]
        .into_iter()
        .filter(|(amount, what)| *amount != Micros::ZERO || *what == "charged")
        .map(|(amount, what)| format!("{} {what}", amount.dollars_and_cents()))
        .collect();
        match parts.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }
    /// `80% of the budget of $100.00 for November are used up`.
    pub fn reached_words(&self, band: Band) -> String {
        let cap = self.cap.unwrap_or_default().dollars_and_cents();
        let month = self.month.format("%B %Y");
        match band {
            Band::Nearly => format!("{}% of the budget of {cap} for {month} is used up", band.percent()),
            Band::Full => format!("The budget of {cap} for {month} is used up"),
        }
    }
    /// What planned releases take off the renewals; nothing when none do.
    pub fn planned_words(&self) -> Option<String> {
        let numbers = plural(self.planned_numbers.unsigned_abs(), "number is", "numbers are");
        let cost = self.planned.dollars_and_cents();
        (self.planned_numbers > 0).then(|| format!("{numbers} planned to be released before: {cost} less"))
    }
    /// What it is made of, and what is left, as a sentence.
    pub fn sum_words(&self) -> String {
        let parts = self.parts_words();
        match self.left() {
            Some(left) if left < Micros::ZERO => {
                format!(
                    "{parts}: {} more than the budget. No order can be placed.",
                    (-left).dollars_and_cents()
                )
            }
            Some(left) => format!("{parts}; {} left.", left.dollars_and_cents()),
            None => format!("{parts}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn budget(cap: Option<i64>, parts: [i64; 4]) -> Budget {
        let [charged, fees, renewals, ordered] = parts.map(Micros::from_cents);
        let month = "2026-11-01".parse().unwrap();
        Budget {
            month,
            cap: cap.map(Micros::from_cents),
            charged,
            fees,
            renewals,
            planned_numbers: 0,
            planned: Micros::ZERO,
            ordered,
        }
    }

    #[test]
    fn a_refusal_names_the_figures() {
        let month = budget(Some(10_000), [8_050, 0, 1_150, 460]);
        assert_eq!(month.left(), Some(Micros::from_cents(340)));
        assert_eq!(month.refusal(Micros::from_cents(340)), None);
        assert_eq!(
            month.refusal(Micros::from_cents(345)).unwrap(),
            "This order costs $3.45 and the budget of $100.00 for November does not allow it: $3.40 are left, after \
             $80.50 charged, $11.50 of renewals to come and $4.60 on order."
        );
        let over = budget(Some(5_000), [8_050, 1_500, 0, 0]);
        assert!(over.refusal(Micros::from_cents(1)).unwrap().contains("nothing is left"));
        assert_eq!(
            over.sum_words(),
            "$80.50 charged and $15.00 of fees: $45.50 more than the budget. No order can be placed."
        );
        assert_eq!(budget(None, [8_050, 0, 0, 0]).refusal(Micros::from_cents(1_000_000)), None);
    }

    #[test]
    fn bands_begin_at_80_and_at_100_percent() {
        let band = |cents| budget(Some(1_000), [cents, 0, 0, 0]).band();
        assert_eq!(
            [band(799), band(800), band(999), band(1_000), band(5_000)].map(|one| one.map(Band::percent)),
            [None, Some(80), Some(80), Some(100), Some(100)]
        );
    }

    proptest! {
        /// What is admitted never passes the budget, whatever came before; what would pass it is refused.
        #[test]
        fn admitted_orders_never_pass_the_budget(cap in 1i64..100_000, costs in prop::collection::vec(0i64..20_000, 1..40)) {
            let mut month = budget(Some(cap), [0; 4]);
            for cost in costs {
                let before = month;
                let cost = Micros::from_cents(cost);
                if month.refusal(cost).is_none() {
                    month.ordered += cost;
                    prop_assert!(month.committed() <= month.cap.unwrap());
                } else {
                    prop_assert!(before.committed() + cost > before.cap.unwrap());
                }
            }
        }
    }
}
