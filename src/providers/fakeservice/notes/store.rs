//! Queries about notes.

use diesel::prelude::*;

use super::super::store::{Tried, Tx};

diesel::table! { note (key) { key -> Text, value -> Text, } }

impl Tx<'_> {
    /// A note.
    pub(super) fn note(&mut self, key: &str) -> Tried<Option<String>> {
        Ok(note::table.find(key).select(note::value).first(self.0).optional()?)
    }

    /// The notes whose keys begin so, by key. `%` and `_` mean what they mean to LIKE.
    pub(super) fn notes(&mut self, prefix: &str) -> Tried<Vec<(String, String)>> {
        let of_prefix = note::table.filter(note::key.like(format!("{prefix}%")));
        Ok(of_prefix.order(note::key).load(self.0)?)
    }

    /// Writes a note over.
    pub(super) fn set_note(&mut self, key: &str, value: &str) -> Tried<()> {
        diesel::insert_into(note::table)
            .values((note::key.eq(key), note::value.eq(value)))
            .on_conflict(note::key)
            .do_update()
            .set(note::value.eq(value))
            .execute(self.0)?;
        Ok(())
    }
}
