//! Charges and assignments.

use chrono::NaiveDate;

use crate::kernel::ids::{CampaignId, ChargeId, NumberId};
use crate::kernel::{Micros, Moment};
use crate::stored_enum;

stored_enum! {
    /// How we know an amount.
    pub enum Basis {
        /// The price the carrier quoted when the number was bought.
        Quoted = "quoted",
        /// The carrier's bill says so.
        Billed = "billed",
        /// Derived from something else, such as an adopted number's creation date.
        Estimated = "estimated",
    }
}

/// A month of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// The number.
    pub number_id: NumberId,
    /// First day, UTC.
    pub period_start: NaiveDate,
    /// The day after the last, UTC.
    pub period_end: NaiveDate,
    /// The amount.
    pub amount: Micros,
    /// How we know it.
    pub basis: Basis,
}

/// A number in use by a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The number.
    pub number_id: NumberId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// From then.
    pub started_at: Moment,
    /// Until then; `None` while it lasts.
    pub ended_at: Option<Moment>,
}

/// What the days `1..=k` of an `n`-day charge are worth: `floor(amount * k / n)`. Day `k` alone is worth the
/// difference to `k - 1`, so the days add up to the charge exactly.
///
/// `days` is at least 1 and `k` at most `days`.
pub fn worth_of_days(amount: Micros, k: i64, days: i64) -> Micros {
    let product = i128::from(amount.get()) * i128::from(k);
    // The quotient is no larger than the amount, which is an i64.
    Micros::new(i64::try_from(product.div_euclid(i128::from(days))).unwrap_or(amount.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn days_add_up_to_the_charge(amount in -10_000_000i64..10_000_000, days in 28i64..=31) {
            let amount = Micros::new(amount);
            let sum: Micros = (1..=days)
                .map(|k| worth_of_days(amount, k, days) - worth_of_days(amount, k - 1, days))
                .sum();
            prop_assert_eq!(sum, amount);
        }
    }
}
