//! What numbers cost in the practice world, and what was charged for them: computed from when each was bought and
//! released, never kept, so the carrier's usage and its books cannot disagree.
//!
//! A number is charged a full month when it is bought and again at the start (UTC) of each monthly date after that,
//! never prorated, never refunded (Twilio help article 223182908). A number released on its renewal day has been
//! charged for it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::kernel::clock::next_month;
use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::providers::{Prices, RemoteNumberId, Usage};

/// A local number, a month: Twilio's price in the United States (help article 223182908).
pub const LOCAL: Micros = Micros::from_cents(115);
/// A toll-free number, a month: what resellers of Twilio state; Twilio's own page was not at hand.
pub const TOLL_FREE: Micros = Micros::from_cents(215);

/// The price list.
pub fn prices(as_of: Moment) -> Prices {
    Prices { currency: "USD".into(), local: LOCAL, toll_free: TOLL_FREE, as_of }
}

/// The price of a number in this area code, a month.
pub fn price(area_code: AreaCode) -> Micros {
    if area_code.is_toll_free() { TOLL_FREE } else { LOCAL }
}

/// What the price of a kind of numbers became. It counts for numbers bought from then on, and for the others from
/// their next charge on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// Whose price: as [`category`].
    pub category: String,
    /// What it became, a month.
    pub amount: Micros,
    /// When.
    pub changed_at: Moment,
}

/// The price of a kind of numbers after all changes, which come oldest first.
pub fn price_now(first: Micros, category: &str, changes: &[PriceChange]) -> Micros {
    changes.iter().rev().find(|one| one.category == category).map_or(first, |one| one.amount)
}

/// The category of a number's charges, in Twilio's words.
pub fn category(area_code: AreaCode) -> &'static str {
    if area_code.is_toll_free() { "phonenumbers-tollfree" } else { "phonenumbers-local" }
}

/// One month's charge of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The day it was charged, UTC; the month it pays for begins with it.
    pub day: NaiveDate,
    /// The day the month it pays for ends: the next charge's day.
    pub until: NaiveDate,
    /// The number's id.
    pub number: RemoteNumberId,
    /// The number.
    pub phone_number: E164,
    /// As [`category`].
    pub category: &'static str,
    /// How much.
    pub amount: Micros,
}

/// From when to when a number was held, and its price.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its id.
    pub number: RemoteNumberId,
    /// The number.
    pub phone_number: E164,
    /// Its area code.
    pub area_code: AreaCode,
    /// When it was bought.
    pub bought_at: Moment,
    /// When it was released, if it was.
    pub released_at: Option<Moment>,
    /// The price it was bought at, a month.
    pub monthly_price: Micros,
}

/// All charges of a number up to and with `today`, in order; price changes come oldest first.
pub fn charges(held: &Held, changes: &[PriceChange], today: NaiveDate) -> Vec<Charge> {
    let bought = held.bought_at.date();
    let last = held.released_at.map_or(today, |released| released.date().min(today));
    std::iter::successors(Some(bought), |day| Some(next_month(*day)).filter(|next| next > day))
        .take_while(|day| *day <= last)
        .map(|day| Charge {
            day,
            until: next_month(day),
            number: held.number.clone(),
            phone_number: held.phone_number,
            category: category(held.area_code),
            amount: price_on(held, changes, day),
        })
        .collect()
}

/// What a number is charged on a day of its own: the price it was bought at, until another was there as the day began.
fn price_on(held: &Held, changes: &[PriceChange], day: NaiveDate) -> Micros {
    let (category, begins) = (category(held.area_code), day.and_time(chrono::NaiveTime::MIN));
    let counts = |one: &&PriceChange| {
        one.category == category && one.changed_at > held.bought_at && one.changed_at <= begins
    };
    changes.iter().rev().find(counts).map_or(held.monthly_price, |one| one.amount)
}

/// Charges of the days `from..=to`, summed by day and category.
pub fn summed(charges: &[Charge], from: NaiveDate, to: NaiveDate) -> Vec<Usage> {
    let mut sums: BTreeMap<(NaiveDate, &str), (i64, Micros)> = BTreeMap::new();
    for charge in charges.iter().filter(|charge| (from..=to).contains(&charge.day)) {
        let (count, amount) = sums.entry((charge.day, charge.category)).or_default();
        *count += 1;
        *amount += charge.amount;
    }
    sums.into_iter()
        .map(|((day, category), (count, amount))| Usage { day, category: category.to_owned(), count, amount })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn held(bought: &str, released: Option<&str>) -> Held {
        let noon = |text| day(text).and_hms_opt(12, 0, 0).unwrap();
        Held {
            number: RemoteNumberId::new("PN1"),
            phone_number: E164::parse("+13135550001").unwrap(),
            area_code: AreaCode::parse("313").unwrap(),
            bought_at: noon(bought),
            released_at: released.map(noon),
            monthly_price: LOCAL,
        }
    }

    fn days(held: &Held, today: &str) -> Vec<String> {
        charges(held, &[], day(today)).iter().map(|charge| charge.day.to_string()).collect()
    }

    #[test]
    fn a_full_month_at_purchase_and_on_each_monthly_date() {
        assert_eq!(days(&held("2026-01-31", None), "2026-01-31"), ["2026-01-31"]);
        let drifting = days(&held("2026-01-31", None), "2026-04-27");
        assert_eq!(drifting, ["2026-01-31", "2026-02-28", "2026-03-28"]);
        assert_eq!(days(&held("2026-01-10", Some("2026-01-10")), "2026-06-01"), ["2026-01-10"]);
        assert_eq!(days(&held("2026-01-10", Some("2026-02-09")), "2026-06-01"), ["2026-01-10"]);
        assert_eq!(days(&held("2026-01-10", Some("2026-02-10")), "2026-06-01"), ["2026-01-10", "2026-02-10"]);
    }

    #[test]
    fn a_price_change_counts_from_the_next_charge() {
        let changed = |at: &str, cents| PriceChange {
            category: "phonenumbers-local".into(),
            amount: Micros::from_cents(cents),
            changed_at: at.parse().unwrap(),
        };
        let changes = [
            changed("2026-01-09T00:00:00", 100),
            changed("2026-02-10T09:00:00", 130),
            changed("2026-04-10T00:00:00", 140),
        ];
        let amounts: Vec<i64> = charges(&held("2026-01-10", None), &changes, day("2026-05-09"))
            .iter()
            .map(|charge| charge.amount.get() / 10_000)
            .collect();
        // What it was bought at counts until a change was there as the day began.
        assert_eq!(amounts, [115, 115, 130, 140]);
    }

    #[test]
    fn usage_is_the_sum_of_the_charges_of_its_days() {
        let all: Vec<_> = ["2026-01-10", "2026-01-10", "2026-02-03"]
            .iter()
            .flat_map(|bought| charges(&held(bought, None), &[], day("2026-03-31")))
            .collect();
        let usage = summed(&all, day("2026-02-01"), day("2026-02-28"));
        let seen: Vec<_> = usage.iter().map(|row| (row.day, row.count, row.amount)).collect();
        assert_eq!(seen, [(day("2026-02-03"), 1, LOCAL), (day("2026-02-10"), 2, LOCAL * 2)]);
        let whole = summed(&all, NaiveDate::MIN, NaiveDate::MAX);
        assert_eq!(whole.iter().map(|row| row.count).sum::<i64>(), 8);
    }
}
