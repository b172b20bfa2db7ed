//! The rows of `usage_record` and `usage_reading`.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;

use super::{Billed, Reading};
use crate::db::schema::{usage_reading as reading_row, usage_record as record};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::OrganizationId;
use crate::kernel::{Micros, Moment};
use crate::on_each;
use crate::organizations::connection::Place;
use crate::providers::Usage;

/// SQLite takes 32,766 bound values a statement; a record has eight.
const ROWS_AT_ONCE: usize = 2_000;

#[derive(Queryable)]
struct ReadingRow {
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    read_at: Option<Moment>,
    refused_at: Option<Moment>,
    refused_words: Option<String>,
}

pub(super) fn reading(conn: &mut Conn, place: &Place) -> DbResult<Reading> {
    let row: Option<ReadingRow> = reading_row::table
        .find((place.organization, &place.service, &place.account))
        .select((
            reading_row::first_day,
            reading_row::last_day,
            reading_row::read_at,
            reading_row::refused_at,
            reading_row::refused_words,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map_or_else(Reading::default, |row| Reading {
        known: row.first_day.zip(row.last_day),
        read_at: row.read_at,
        refused: row.refused_at.zip(row.refused_words),
    }))
}

#[derive(Insertable)]
#[diesel(table_name = record)]
struct NewRecord<'a> {
    organization_id: OrganizationId,
    service: &'a str,
    carrier_account: &'a str,
    day: NaiveDate,
    category: &'a str,
    count: i64,
    amount: Micros,
    read_at: Moment,
}

pub(super) fn replace(
    tx: &mut Tx,
    place: &Place,
    from: NaiveDate,
    to: NaiveDate,
    usage: &[Usage],
    now: Moment,
) -> DbResult<()> {
    diesel::delete(
        record::table
            .filter(record::organization_id.eq(place.organization))
            .filter(record::service.eq(&place.service))
            .filter(record::carrier_account.eq(&place.account))
            .filter(record::day.ge(from))
            .filter(record::day.le(to)),
    )
    .execute(&mut **tx)?;
    let rows: Vec<NewRecord> = usage
        .iter()
        .filter(|row| (from..=to).contains(&row.day))
        .map(|row| NewRecord {
            organization_id: place.organization,
            service: &place.service,
            carrier_account: &place.account,
            day: row.day,
            category: &row.category,
            count: row.count,
            amount: row.amount,
            read_at: now,
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(record::table).values(rows).execute(conn))?;
    }
    Ok(())
}

pub(super) fn write_known(
    tx: &mut Tx,
    place: &Place,
    (first, last): (NaiveDate, NaiveDate),
    now: Moment,
) -> DbResult<()> {
    let found = (
        reading_row::first_day.eq(first),
        reading_row::last_day.eq(last),
        reading_row::read_at.eq(now),
        reading_row::refused_at.eq(None::<Moment>),
        reading_row::refused_words.eq(None::<String>),
    );
    let row = (
        reading_row::organization_id.eq(place.organization),
        reading_row::service.eq(&place.service),
        reading_row::carrier_account.eq(&place.account),
        found.clone(),
    );
    on_each!(**tx, conn => diesel::insert_into(reading_row::table)
        .values(row)
        .on_conflict((
            reading_row::organization_id,
            reading_row::service,
            reading_row::carrier_account,
        ))
        .do_update()
        .set(found)
        .execute(conn))?;
    Ok(())
}

pub(super) fn write_refused(tx: &mut Tx, place: &Place, words: &str, now: Moment) -> DbResult<()> {
    let refused = (reading_row::refused_at.eq(now), reading_row::refused_words.eq(words));
    let row = (
        reading_row::organization_id.eq(place.organization),
        reading_row::service.eq(&place.service),
        reading_row::carrier_account.eq(&place.account),
        refused,
    );
    on_each!(**tx, conn => diesel::insert_into(reading_row::table)
        .values(row)
        .on_conflict((
            reading_row::organization_id,
            reading_row::service,
            reading_row::carrier_account,
        ))
        .do_update()
        .set(refused)
        .execute(conn))?;
    Ok(())
}

pub(super) fn billed(
    conn: &mut Conn,
    place: &Place,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Vec<Billed>> {
    let rows: Vec<(NaiveDate, String, i64, Micros)> = record::table
        .filter(record::organization_id.eq(place.organization))
        .filter(record::service.eq(&place.service))
        .filter(record::carrier_account.eq(&place.account))
        .filter(record::day.ge(from))
        .filter(record::day.lt(until))
        .select((record::day, record::category, record::count, record::amount))
        .load(conn)?;
    let mut sums: BTreeMap<(NaiveDate, String), (i64, Micros)> = BTreeMap::new();
    for (day, category, count, amount) in rows {
        let sum = sums.entry((day.with_day(1).unwrap_or(day), category)).or_default();
        *sum = (sum.0 + count, sum.1 + amount);
    }
    Ok(sums
        .into_iter()
        .map(|((month, category), (count, amount))| Billed { month, category, count, amount })
        .collect())
}
