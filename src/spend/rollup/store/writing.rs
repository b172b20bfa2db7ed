//! Puts sums in place of those that were kept.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{spend_cell, spend_days, spend_outlook, spend_part};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::kernel::{AreaCode, Micros};
use crate::numbers::NumberKind;
use crate::spend::attribution::Holder;
use crate::spend::by_day::MonthDays;
use crate::spend::month::Month;
use crate::spend::sums::{Face, MonthSums, Outlook};

/// SQLite takes 32,766 bound values a statement; a row here has at most thirteen.
const ROWS_AT_ONCE: usize = 2_000;

/// Inserts rows of one table. A month of a large organization has tens of thousands: PostgreSQL takes them as a copy,
/// for as values it would parse each number of each.
fn insert_all<R>(
    tx: &mut Tx,
    rows: &[R],
    copy: impl Fn(&mut PgConnection, &[R]) -> QueryResult<usize>,
    insert: impl Fn(&mut SqliteConnection, &[R]) -> QueryResult<usize>,
) -> DbResult<()> {
    match &mut **tx {
        Conn::Postgres(conn) => drop(copy(conn, rows)?),
        Conn::Sqlite(conn) => {
            for rows in rows.chunks(ROWS_AT_ONCE) {
                insert(conn, rows)?;
            }
        }
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = spend_part)]
#[diesel(treat_none_as_default_value = false)]
struct NewPart {
    organization_id: OrganizationId,
    month: NaiveDate,
    face: Face,
    value: String,
    quoted: Micros,
    billed: Micros,
    estimated: Micros,
    idle: Micros,
    number_time: i64,
    charges: i64,
}

#[derive(Insertable)]
#[diesel(table_name = spend_days)]
#[diesel(treat_none_as_default_value = false)]
struct NewDays {
    organization_id: OrganizationId,
    month: NaiveDate,
    face: Face,
    value: String,
    days: String,
    gaps: String,
}

#[derive(Insertable)]
#[diesel(table_name = spend_cell)]
#[diesel(treat_none_as_default_value = false)]
struct NewCell {
    organization_id: OrganizationId,
    month: NaiveDate,
    position: i64,
    holder: &'static str,
    campaign_id: Option<CampaignId>,
    area_code: AreaCode,
    service: String,
    kind: NumberKind,
    quoted: Micros,
    billed: Micros,
    estimated: Micros,
    number_time: i64,
    charges: i64,
}

/// Puts a month in place of what was kept of it.
pub(in crate::spend::rollup) fn replace(
    tx: &mut Tx,
    organization: OrganizationId,
    month: Month,
    sums: &MonthSums,
    by_day: &MonthDays,
) -> DbResult<()> {
    let of_part = spend_part::organization_id.eq(organization).and(spend_part::month.eq(month.first()));
    diesel::delete(spend_part::table.filter(of_part)).execute(&mut **tx)?;
    let of_cell = spend_cell::organization_id.eq(organization).and(spend_cell::month.eq(month.first()));
    diesel::delete(spend_cell::table.filter(of_cell)).execute(&mut **tx)?;
    let of_days = spend_days::organization_id.eq(organization).and(spend_days::month.eq(month.first()));
    diesel::delete(spend_days::table.filter(of_days)).execute(&mut **tx)?;
    let parts: Vec<NewPart> = sums
        .parts
        .iter()
        .map(|(key, part)| NewPart {
            organization_id: organization,
            month: month.first(),
            face: key.face(),
            value: key.text().to_owned(),
            quoted: part.sums.quoted,
            billed: part.sums.billed,
            estimated: part.sums.estimated,
            idle: part.idle,
            number_time: part.sums.time.parts(),
            charges: part.charges,
        })
        .collect();
    insert_all(
        tx,
        &parts,
        |conn, rows| diesel::copy_from(spend_part::table).from_insertable(rows).execute(conn),
        |conn, rows| diesel::insert_into(spend_part::table).values(rows).execute(conn),
    )?;
    let cells: Vec<NewCell> = (0..)
        .zip(&sums.cells)
        .map(|(position, (cell, part))| NewCell {
            organization_id: organization,
            month: month.first(),
            position,
            holder: match cell.holder {
                Holder::Campaign(_) => "campaign",
                Holder::Idle => "idle",
                Holder::Reserved => "reserved",
                Holder::Resting => "resting",
            },
            campaign_id: cell.holder.campaign(),
            area_code: cell.area_code,
            service: cell.service.clone(),
            kind: cell.kind,
            quoted: part.sums.quoted,
            billed: part.sums.billed,
            estimated: part.sums.estimated,
            number_time: part.sums.time.parts(),
            charges: part.charges,
        })
        .collect();
    insert_all(
        tx,
        &cells,
        |conn, rows| diesel::copy_from(spend_cell::table).from_insertable(rows).execute(conn),
        |conn, rows| diesel::insert_into(spend_cell::table).values(rows).execute(conn),
    )?;
    let days: Vec<NewDays> = by_day
        .parts
        .iter()
        .map(|(key, sums)| {
            let (days, gaps) = sums.text();
            NewDays {
                organization_id: organization,
                month: month.first(),
                face: key.face(),
                value: key.text().to_owned(),
                days,
                gaps,
            }
        })
        .collect();
    insert_all(
        tx,
        &days,
        |conn, rows| diesel::copy_from(spend_days::table).from_insertable(rows).execute(conn),
        |conn, rows| diesel::insert_into(spend_days::table).values(rows).execute(conn),
    )?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = spend_outlook)]
#[diesel(treat_none_as_default_value = false)]
struct NewOutlook {
    organization_id: OrganizationId,
    face: Face,
    value: String,
    month: NaiveDate,
    to_come: Micros,
    next_month: Micros,
    numbers: i64,
}

/// Puts what is ahead in place of what was kept of it.
pub(in crate::spend::rollup) fn replace_outlook(
    tx: &mut Tx,
    organization: OrganizationId,
    month: Month,
    outlook: &Outlook,
) -> DbResult<()> {
    diesel::delete(spend_outlook::table.filter(spend_outlook::organization_id.eq(organization)))
        .execute(&mut **tx)?;
    let rows: Vec<NewOutlook> = outlook
        .iter()
        .map(|(key, ahead)| NewOutlook {
            organization_id: organization,
            face: key.face(),
            value: key.text().to_owned(),
            month: month.first(),
            to_come: ahead.to_come,
            next_month: ahead.next_month,
            numbers: ahead.numbers,
        })
        .collect();
    insert_all(
        tx,
        &rows,
        |conn, rows| diesel::copy_from(spend_outlook::table).from_insertable(rows).execute(conn),
        |conn, rows| diesel::insert_into(spend_outlook::table).values(rows).execute(conn),
    )?;
    Ok(())
}
