//! What changes on the practice world's bill: its prices, and what an account uses beside numbers.

mod store;

use chrono::NaiveDate;

use super::billing::{self, PriceChange};
use super::world::World;
use crate::kernel::{AreaCode, Micros, Moment};
use crate::providers::{Account, Prices, ProviderResult};

impl World {
    /// What numbers cost now.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn prices(&self) -> ProviderResult<Prices> {
        let changes = self.price_changes()?;
        Ok(Prices {
            local: billing::price_now(billing::LOCAL, "phonenumbers-local", &changes),
            toll_free: billing::price_now(billing::TOLL_FREE, "phonenumbers-tollfree", &changes),
            ..billing::prices(self.now())
        })
    }

    /// Changes what numbers of the kind of this area code cost: those bought from now on, and the others from their
    /// next charge on.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn set_price(&self, area_code: AreaCode, price: Micros) -> ProviderResult<()> {
        let now = self.now();
        self.store.write(|tx| tx.change_price(billing::category(area_code), price, now))
    }

    /// Charges an account for something else: `sms`, say, or numbers that nobody here bought.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn add_use(
        &self,
        account: &Account,
        day: NaiveDate,
        category: &str,
        count: i64,
        amount: Micros,
    ) -> ProviderResult<()> {
        self.store.write(|tx| tx.add_use(&account.id, day, category, count, amount))
    }

    pub(super) fn price_changes(&self) -> ProviderResult<Vec<PriceChange>> {
        self.store.read(|tx| tx.price_changes())
    }

    /// What a number of this area code is sold for at a moment.
    pub(super) fn price_at(changes: &[PriceChange], area_code: AreaCode, moment: Moment) -> Micros {
        let category = billing::category(area_code);
        let last = changes.iter().rev().find(|one| one.category == category && one.changed_at <= moment);
        last.map_or_else(|| billing::price(area_code), |one| one.amount)
    }
}
