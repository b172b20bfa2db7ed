//! Queries about accounts: their weather, and how often each verb was called.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::super::store::{Tried, Tx, account, call_count};

impl Tx<'_> {
    /// The weather an account was given, as it was written, and how many calls it has made.
    pub(super) fn account(&mut self, id: &str) -> Tried<(Option<String>, i64)> {
        let found =
            account::table.find(id).select((account::weather, account::calls)).first(self.0).optional()?;
        Ok(found.unwrap_or((None, 0)))
    }

    /// Gives an account its weather, making the account when it is new.
    pub(super) fn set_account_weather(&mut self, id: &str, weather: &str) -> Tried<()> {
        diesel::insert_into(account::table)
            .values((account::id.eq(id), account::weather.eq(weather), account::calls.eq(0)))
            .on_conflict(account::id)
            .do_update()
            .set(account::weather.eq(weather))
            .execute(self.0)?;
        Ok(())
    }

    /// Counts a call, making the account when it is new.
    pub(super) fn count_call(&mut self, id: &str, verb: &str) -> Tried<()> {
        diesel::insert_into(account::table)
            .values((account::id.eq(id), account::calls.eq(1)))
            .on_conflict(account::id)
            .do_update()
            .set(account::calls.eq(account::calls + 1))
            .execute(self.0)?;
        diesel::insert_into(call_count::table)
            .values((call_count::account.eq(id), call_count::verb.eq(verb), call_count::calls.eq(1)))
            .on_conflict((call_count::account, call_count::verb))
            .do_update()
            .set(call_count::calls.eq(call_count::calls + 1))
            .execute(self.0)?;
        Ok(())
    }

    /// How often an account called each verb.
    pub(super) fn calls(&mut self, id: &str) -> Tried<BTreeMap<String, i64>> {
        let rows: Vec<(String, i64)> = call_count::table
            .filter(call_count::account.eq(id))
            .select((call_count::verb, call_count::calls))
            .load(self.0)?;
        Ok(rows.into_iter().collect())
    }
}
