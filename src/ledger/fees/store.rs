//! The rows of `fee`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{Fee, FeeKind, NewFee, Voided};
use crate::db::dialect::sum_big;
use crate::db::schema::fee;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{FeeId, OrganizationId, PersonId};
use crate::kernel::{Micros, Moment};
use crate::on_each;

#[derive(Queryable)]
struct Row {
    id: FeeId,
    _organization_id: OrganizationId,
    day: NaiveDate,
    kind: FeeKind,
    amount: Micros,
    note: String,
    entered_by: PersonId,
    entered_at: Moment,
    voided_by: Option<PersonId>,
    voided_at: Option<Moment>,
    void_note: Option<String>,
}

impl From<Row> for Fee {
    fn from(row: Row) -> Fee {
        Fee {
            id: row.id,
            day: row.day,
            kind: row.kind,
            amount: row.amount,
            note: row.note,
            entered_by: row.entered_by,
            entered_at: row.entered_at,
            voided: row.voided_by.zip(row.voided_at).map(|(by, at)| Voided {
                by,
                at,
                note: row.void_note.unwrap_or_default(),
            }),
        }
    }
}

pub(super) fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    by: PersonId,
    id: FeeId,
    new: &NewFee,
    now: Moment,
) -> DbResult<bool> {
    let row = (
        fee::id.eq(id),
        fee::organization_id.eq(organization),
        fee::day.eq(new.day()),
        fee::kind.eq(new.kind()),
        fee::amount.eq(new.amount()),
        fee::note.eq(new.note()),
        fee::entered_by.eq(by),
        fee::entered_at.eq(now),
    );
    let inserted = on_each!(**tx, conn => diesel::insert_into(fee::table)
        .values(row)
        .on_conflict(fee::id)
        .do_nothing()
        .execute(conn))?;
    Ok(inserted == 1)
}

pub(super) fn find(conn: &mut Conn, organization: OrganizationId, id: FeeId) -> DbResult<Option<Fee>> {
    let row: Option<Row> = fee::table
        .filter(fee::organization_id.eq(organization))
        .filter(fee::id.eq(id))
        .first(conn)
        .optional()?;
    Ok(row.map(Fee::from))
}

pub(super) fn void(
    tx: &mut Tx,
    organization: OrganizationId,
    id: FeeId,
    by: PersonId,
    note: &str,
    now: Moment,
) -> DbResult<bool> {
    let open = fee::table
        .filter(fee::organization_id.eq(organization))
        .filter(fee::id.eq(id))
        .filter(fee::voided_at.is_null());
    let changed = diesel::update(open)
        .set((fee::voided_by.eq(by), fee::voided_at.eq(now), fee::void_note.eq(note)))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

pub(super) fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Vec<Fee>> {
    let rows: Vec<Row> = fee::table
        .filter(fee::organization_id.eq(organization))
        .filter(fee::day.ge(from))
        .filter(fee::day.lt(until))
        .order((fee::day.desc(), fee::id.desc()))
        .load(conn)?;
    Ok(rows.into_iter().map(Fee::from).collect())
}

pub(super) fn sum(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Micros> {
    let sum: i64 = fee::table
        .filter(fee::organization_id.eq(organization))
        .filter(fee::day.ge(from))
        .filter(fee::day.lt(until))
        .filter(fee::voided_at.is_null())
        .select(sum_big("fee.amount"))
        .get_result(conn)?;
    Ok(Micros::new(sum))
}
