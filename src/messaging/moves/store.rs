//! The rows of `service_move` and `service_move_line`.

use diesel::prelude::*;

use super::{Move, Outcome, Target};
use crate::db::schema::{service_move as request, service_move_line as line};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{MoveId, NumberId, OrderId, OrganizationId, PersonId, ServiceId};
use crate::{load_for_update, on_each};

/// SQLite takes 32,766 bound values a statement; a line has six.
const ROWS_AT_ONCE: usize = 5_000;

#[derive(Queryable)]
struct Row {
    id: MoveId,
    _organization_id: OrganizationId,
    messaging_service_id: Option<ServiceId>,
    order_id: Option<OrderId>,
    asked_by: PersonId,
    asked_at: Moment,
    finished_at: Option<Moment>,
}

impl From<Row> for Move {
    fn from(row: Row) -> Move {
        Move {
            id: row.id,
            target: row.messaging_service_id.map_or(Target::Out, Target::Into),
            order_id: row.order_id,
            asked_by: row.asked_by,
            asked_at: row.asked_at,
            finished_at: row.finished_at,
        }
    }
}

pub(super) fn find(conn: &mut Conn, organization: OrganizationId, id: MoveId) -> DbResult<Option<Move>> {
    Ok(request::table
        .filter(request::organization_id.eq(organization))
        .filter(request::id.eq(id))
        .first::<Row>(conn)
        .optional()?
        .map(Move::from))
}

pub(super) fn of_order(
    conn: &mut Conn,
    organization: OrganizationId,
    order: OrderId,
) -> DbResult<Option<Move>> {
    Ok(request::table
        .filter(request::organization_id.eq(organization))
        .filter(request::order_id.eq(order))
        .first::<Row>(conn)
        .optional()?
        .map(Move::from))
}

pub(super) fn insert(tx: &mut Tx, organization: OrganizationId, new: &Move) -> DbResult<()> {
    diesel::insert_into(request::table)
        .values((
            request::id.eq(new.id),
            request::organization_id.eq(organization),
            request::messaging_service_id.eq(new.target.service()),
            request::order_id.eq(new.order_id),
            request::asked_by.eq(new.asked_by),
            request::asked_at.eq(new.asked_at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = line, treat_none_as_default_value = false)]
struct NewLine {
    move_id: MoveId,
    number_id: NumberId,
    from_service_id: Option<ServiceId>,
    status: Outcome,
    reason: Option<String>,
    finished_at: Option<Moment>,
}

/// Writes lines: each number, where it is, and why it is refused at once, if it is.
pub(super) fn insert_lines(
    tx: &mut Tx,
    id: MoveId,
    lines: impl Iterator<Item = (NumberId, Option<ServiceId>, Option<String>)>,
    now: Moment,
) -> DbResult<()> {
    let rows: Vec<NewLine> = lines
        .map(|(number_id, from_service_id, reason)| NewLine {
            move_id: id,
            number_id,
            from_service_id,
            status: if reason.is_some() { Outcome::Refused } else { Outcome::Asked },
            finished_at: reason.is_some().then_some(now),
            reason,
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(line::table).values(rows).execute(conn))?;
    }
    Ok(())
}

/// A line as it is stored: the number, where it was, what became of it and why.
pub(super) type Stored = (NumberId, Option<ServiceId>, Outcome, Option<String>);

pub(super) fn lines(conn: &mut Conn, id: MoveId) -> DbResult<Vec<Stored>> {
    Ok(line::table
        .filter(line::move_id.eq(id))
        .select((line::number_id, line::from_service_id, line::status, line::reason))
        .load(conn)?)
}

/// Which of these numbers have an open line.
pub(super) fn moving(conn: &mut Conn, ids: &[NumberId]) -> DbResult<Vec<NumberId>> {
    Ok(line::table
        .filter(line::number_id.eq_any(ids.to_vec()))
        .filter(line::status.eq(Outcome::Asked))
        .select(line::number_id)
        .load(conn)?)
}

/// The numbers that are asked to be put into a service.
pub(super) fn asked_into(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
) -> DbResult<Vec<NumberId>> {
    Ok(line::table
        .inner_join(request::table)
        .filter(request::organization_id.eq(organization))
        .filter(request::messaging_service_id.eq(service))
        .filter(request::finished_at.is_null())
        .filter(line::status.eq(Outcome::Asked))
        .select(line::number_id)
        .load(conn)?)
}

/// Settles a line that is still asked; `false` when it was settled before.
pub(super) fn settle(
    tx: &mut Tx,
    id: MoveId,
    number: NumberId,
    refused: Option<(&str, Option<&str>)>,
    now: Moment,
) -> DbResult<bool> {
    let open = line::table
        .filter(line::move_id.eq(id))
        .filter(line::number_id.eq(number))
        .filter(line::status.eq(Outcome::Asked));
    let outcome = if refused.is_some() { Outcome::Refused } else { Outcome::Done };
    let changed = diesel::update(open)
        .set((
            line::status.eq(outcome),
            line::reason.eq(refused.map(|(words, _)| words)),
            line::provider_code.eq(refused.and_then(|(_, code)| code)),
            line::finished_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Marks a request finished when none of its lines is open. It is locked first: two transactions that settle its last
/// two lines side by side do not see each other, and neither would find itself the last.
pub(super) fn finish(tx: &mut Tx, id: MoveId, now: Moment) -> DbResult<()> {
    let _: Vec<MoveId> =
        load_for_update!(**tx, request::table.filter(request::id.eq(id)).select(request::id))?;
    let open: i64 = line::table
        .filter(line::move_id.eq(id))
        .filter(line::status.eq(Outcome::Asked))
        .count()
        .get_result(&mut **tx)?;
    if open == 0 {
        diesel::update(request::table.find(id).filter(request::finished_at.is_null()))
            .set(request::finished_at.eq(now))
            .execute(&mut **tx)?;
    }
    Ok(())
}
