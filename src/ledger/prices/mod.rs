//! What numbers cost, dated. A new price of the carrier counts from a number's next charge on, and every charge is at
//! the price of its own day, however late it is written:
//!
//! * a number's `monthly_price` is what its next charge is, so charging needs no history;
//! * a new price is written only when everything that is due before its first day has been charged at the one before,
//!   in the same transaction;
//! * what was charged of the first day or later before the price was seen is corrected, and that is said.
//!
//! Every night the price list is compared with what numbers are charged. The list does not say since when it counts:
//! after days in which nobody looked, the bill does (`first_day`). Nothing changes silently: each change is a
//! row, a line of the activity, and a line on the page of the carrier's bill. The price lists of accounts that an
//! organization has left are not read: their numbers keep the price they have.

mod jobs;
mod model;
mod store;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::access::Actor;
use crate::activity;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{NumberId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::numbers::NumberKind;
use crate::numbers::priced::{self, Priced};
use crate::numbers::touched;
use crate::organizations::connection::Place;

pub use jobs::{CheckAllPrices, CheckPrices, enqueue_daily};
pub use model::PriceChange;

/// Where changes are shown, below the organization's address.
const ADDRESS: &str = "/spend/bill";
/// Numbers charged in one transaction before a price is written.
const BATCH: i64 = 1_000;

/// What a price list said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// ISO 4217.
    pub currency: String,
    /// A local number, a month.
    pub local: Micros,
    /// A toll-free number, a month.
    pub toll_free: Micros,
}

/// When an account's price list was last compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// The last list that was used, and its day.
    pub used: Option<(Listed, NaiveDate)>,
    /// Why the list could not be used the last time, and when that was.
    pub refused: Option<(Moment, String)>,
}

/// When an account's price list was last compared with what its numbers are charged.
///
/// # Errors
/// A database error.
pub fn looked(conn: &mut Conn, place: &Place) -> DbResult<Looked> {
    store::looked(conn, place)
}

/// The changes that count from a day or later, newest first: `limit` of them at most.
///
/// # Errors
/// A database error.
pub fn changes(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    limit: i64,
) -> DbResult<Vec<PriceChange>> {
    store::changes(conn, organization, from, limit)
}

/// A price that counts from a day on.
#[derive(Debug, Clone, Copy)]
struct NewPrice {
    kind: NumberKind,
    price: Micros,
    first_day: NaiveDate,
}

/// Writes a new price, unless numbers are still to be charged at the one before: then a batch of them is, and `false`
/// asks to be called again.
fn take(tx: &mut Tx, by: &Actor, place: &Place, new: NewPrice, now: Moment) -> DbResult<bool> {
    let NewPrice { kind, price, first_day } = new;
    let before = first_day - Days::new(1);
    if super::charge_due(tx, before, BATCH)? > 0 {
        return Ok(false);
    }
    super::charge_released(tx, before)?;
    let numbers = priced::reprice(tx, Priced { place, kind }, price, first_day, now)?;
    let mut changes: BTreeMap<Micros, (i64, i64)> = BTreeMap::new();
    for (before, count) in numbers {
        changes.entry(before).or_default().0 += count;
    }
    // What a number is bought at stays, and so does what is estimated.
    let mut wrong = store::charged_otherwise(tx, place.organization, first_day, price)?;
    let whose: Vec<NumberId> = wrong.iter().map(|charge| charge.number).collect();
    let those = priced::there_before(tx, Priced { place, kind }, &whose, first_day)?;
    wrong.retain(|charge| those.contains(&charge.number));
    for charge in &wrong {
        changes.entry(charge.amount).or_default().1 += 1;
    }
    store::correct(tx, &wrong, price)?;
    let days: std::collections::BTreeSet<NaiveDate> = wrong.iter().map(|charge| charge.day).collect();
    for day in days {
        touched::charged(tx, place.organization, day)?;
    }
    for (before, (numbers, corrected)) in changes {
        let change = PriceChange { kind, first_day, before, after: price, numbers, corrected, seen_at: now };
        store::insert(tx, place, &change)?;
        activity::record(tx, by, "price_changed", ADDRESS, &change.words(), now)?;
    }
    Ok(true)
}
