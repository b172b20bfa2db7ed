//! Queries about numbers: stock and who holds what.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;

use crate::kernel::{AreaCode, E164, Moment};

use super::super::store::{Holding, Tried, Tx, holding, shelf, withheld};

impl Tx<'_> {
    /// How many of an area code's numbers exist, where that was changed.
    pub(super) fn shelf_size(&mut self, area_code: AreaCode) -> Tried<Option<i64>> {
        Ok(shelf::table.find(area_code).select(shelf::size).first(self.0).optional()?)
    }

    /// Changes how many of an area code's numbers exist and which of them are kept off the market.
    pub(super) fn set_shelf(&mut self, area_code: AreaCode, size: i64, off: &[E164]) -> Tried<()> {
        diesel::insert_into(shelf::table)
            .values((shelf::area_code.eq(area_code), shelf::size.eq(size)))
            .on_conflict(shelf::area_code)
            .do_update()
            .set(shelf::size.eq(size))
            .execute(self.0)?;
        diesel::delete(withheld::table.filter(withheld::area_code.eq(area_code))).execute(self.0)?;
        let rows: Vec<_> = off
            .iter()
            .map(|number| (withheld::phone_number.eq(*number), withheld::area_code.eq(area_code)))
            .collect();
        for some in rows.chunks(500) {
            diesel::insert_into(withheld::table).values(some).execute(self.0)?;
        }
        Ok(())
    }

    /// The numbers of an area code kept off the market.
    pub(super) fn withheld(&mut self, area_code: AreaCode) -> Tried<Vec<E164>> {
        let of_code = withheld::table.filter(withheld::area_code.eq(area_code));
        Ok(of_code.select(withheld::phone_number).load(self.0)?)
    }

    /// Whether a number is kept off the market.
    pub(super) fn is_withheld(&mut self, number: E164) -> Tried<bool> {
        let found = withheld::table.filter(withheld::phone_number.eq(number)).select(count_star());
        Ok(found.first::<i64>(self.0)? > 0)
    }

    /// The numbers of an area code ever sold, and whether each is held now.
    pub(super) fn ever_sold(&mut self, area_code: AreaCode) -> Tried<Vec<(E164, bool)>> {
        let rows = holding::table.filter(holding::area_code.eq(area_code));
        Ok(rows.select((holding::phone_number, holding::released_at.is_null())).load(self.0)?)
    }

    /// Whether a number was ever sold.
    pub(super) fn was_sold(&mut self, number: E164) -> Tried<bool> {
        let found = holding::table.filter(holding::phone_number.eq(number)).select(count_star());
        Ok(found.first::<i64>(self.0)? > 0)
    }

    /// Who holds a number now.
    pub(in super::super) fn holder(&mut self, number: E164) -> Tried<Option<Holding>> {
        let live =
            holding::table.filter(holding::phone_number.eq(number)).filter(holding::released_at.is_null());
        Ok(live.select(Holding::as_select()).first(self.0).optional()?)
    }

    /// An account's number by id, as long as it is held.
    pub(in super::super) fn held(&mut self, account: &str, id: &str) -> Tried<Option<Holding>> {
        let live = holding::table.filter(holding::id.eq(id)).filter(holding::released_at.is_null());
        let own = live.filter(holding::account.eq(account));
        Ok(own.select(Holding::as_select()).first(self.0).optional()?)
    }

    /// A page of an account's numbers, in the order they were sold.
    pub(in super::super) fn held_by(&mut self, account: &str, after: i64, limit: i64) -> Tried<Vec<Holding>> {
        let live = holding::table.filter(holding::account.eq(account)).filter(holding::released_at.is_null());
        let page = live.filter(holding::seq.gt(after)).order(holding::seq).limit(limit);
        Ok(page.select(Holding::as_select()).load(self.0)?)
    }

    /// Everything an account holds or once held, in the order it was sold.
    pub(in super::super) fn history(&mut self, account: &str) -> Tried<Vec<Holding>> {
        let all = holding::table.filter(holding::account.eq(account)).order(holding::seq);
        Ok(all.select(Holding::as_select()).load(self.0)?)
    }

    /// The place of the next sale. Sales are never deleted.
    pub(super) fn next_sale(&mut self) -> Tried<i64> {
        let last: Option<i64> = holding::table.select(max(holding::seq)).first(self.0)?;
        Ok(last.unwrap_or(0) + 1)
    }

    /// Writes a sale.
    pub(super) fn sell(&mut self, sale: &Holding) -> Tried<()> {
        diesel::insert_into(holding::table).values(sale).execute(self.0)?;
        Ok(())
    }

    /// Writes over a number's tag.
    pub(in super::super) fn set_tag(&mut self, seq: i64, client_ref: &str) -> Tried<()> {
        let row = holding::table.find(seq);
        diesel::update(row).set(holding::client_ref.eq(client_ref)).execute(self.0)?;
        Ok(())
    }

    /// Writes over a number's voice address.
    pub(super) fn set_voice_url(&mut self, seq: i64, voice_url: Option<&str>) -> Tried<()> {
        diesel::update(holding::table.find(seq)).set(holding::voice_url.eq(voice_url)).execute(self.0)?;
        Ok(())
    }

    /// Writes that a number was released, out of any messaging service.
    pub(super) fn let_go(&mut self, seq: i64, at: Moment) -> Tried<()> {
        let gone = (holding::released_at.eq(at), holding::service.eq(None::<String>));
        diesel::update(holding::table.find(seq)).set(gone).execute(self.0)?;
        Ok(())
    }
}
