//! Queries about prices and other use.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::billing::PriceChange;
use super::super::store::{Tried, Tx};
use crate::kernel::{Micros, Moment};
use crate::providers::Usage;

diesel::table! {
    price_change (seq) { seq -> BigInt, category -> Text, amount -> BigInt, changed_at -> Timestamp, }
}
diesel::table! {
    other_use (seq) {
        seq -> BigInt,
        account -> Text,
        day -> Date,
        category -> Text,
        count -> BigInt,
        amount -> BigInt,
    }
}

impl Tx<'_> {
    /// What prices became, oldest first.
    pub(in crate::providers::fakeservice) fn price_changes(&mut self) -> Tried<Vec<PriceChange>> {
        let rows: Vec<(String, Micros, Moment)> = price_change::table
            .order((price_change::changed_at, price_change::seq))
            .select((price_change::category, price_change::amount, price_change::changed_at))
            .load(self.0)?;
        Ok(rows
            .into_iter()
            .map(|(category, amount, changed_at)| PriceChange { category, amount, changed_at })
            .collect())
    }

    pub(super) fn change_price(&mut self, category: &str, amount: Micros, now: Moment) -> Tried<()> {
        diesel::insert_into(price_change::table)
            .values((
                price_change::category.eq(category),
                price_change::amount.eq(amount),
                price_change::changed_at.eq(now),
            ))
            .execute(self.0)?;
        Ok(())
    }

    pub(super) fn add_use(
        &mut self,
        account: &str,
        day: NaiveDate,
        category: &str,
        count: i64,
        amount: Micros,
    ) -> Tried<()> {
        diesel::insert_into(other_use::table)
            .values((
                other_use::account.eq(account),
                other_use::day.eq(day),
                other_use::category.eq(category),
                other_use::count.eq(count),
                other_use::amount.eq(amount),
            ))
            .execute(self.0)?;
        Ok(())
    }

    /// What an account was charged beside its numbers on the days `from..=to`.
    pub(in crate::providers::fakeservice) fn other_use(
        &mut self,
        account: &str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Tried<Vec<Usage>> {
        let rows: Vec<(NaiveDate, String, i64, Micros)> = other_use::table
            .filter(other_use::account.eq(account))
            .filter(other_use::day.ge(from))
            .filter(other_use::day.le(to))
            .order(other_use::seq)
            .select((other_use::day, other_use::category, other_use::count, other_use::amount))
            .load(self.0)?;
        Ok(rows
            .into_iter()
            .map(|(day, category, count, amount)| Usage { day, category, count, amount })
            .collect())
    }
}
