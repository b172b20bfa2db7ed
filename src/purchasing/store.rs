//! The rows of `purchase_order` and `order_line`, and what pages read of `order_candidate`.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::fallback::{self, Fallback};
use super::model::{CandidateStatus, Line, LineStatus, Order, OrderStatus};
use crate::db::dialect::sum_big;
use crate::db::schema::{order_candidate as candidate, order_line as line, purchase_order as purchase};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CampaignId, LineId, NumberId, OrderId, OrganizationId, PersonId, ServiceId};
use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::{load_for_update, on_each};

/// SQLite takes 32,766 bound values a statement; a line has six.
const LINES_AT_ONCE: usize = 4_000;

#[derive(Queryable)]
pub(super) struct OrderRow {
    id: OrderId,
    organization_id: OrganizationId,
    service: String,
    carrier_account: String,
    status: OrderStatus,
    ceiling: Micros,
    placed_by: PersonId,
    placed_at: Moment,
    continues: Option<OrderId>,
    stop_asked_at: Option<Moment>,
    finished_at: Option<Moment>,
    notice: Option<String>,
    follow_up: Option<String>,
    fallback: Fallback,
    campaign_id: Option<CampaignId>,
    messaging_service_id: Option<ServiceId>,
    reserves: bool,
}

impl OrderRow {
    fn split(self) -> (Order, Option<String>) {
        let order = Order {
            id: self.id,
            organization_id: self.organization_id,
            service: self.service,
            carrier_account: self.carrier_account,
            status: self.status,
            ceiling: self.ceiling,
            placed_by: self.placed_by,
            placed_at: self.placed_at,
            fallback: self.fallback,
            continues: self.continues,
            campaign_id: self.campaign_id,
            messaging_service_id: self.messaging_service_id,
            reserves: self.reserves,
            stop_asked_at: self.stop_asked_at,
            finished_at: self.finished_at,
            notice: self.notice,
        };
        (order, self.follow_up)
    }
}

#[derive(Queryable)]
struct LineRow {
    id: LineId,
    _order_id: OrderId,
    position: i64,
    area_code: AreaCode,
    quoted_price: Micros,
    status: LineStatus,
    reason: Option<String>,
    provider_code: Option<String>,
    number_id: Option<NumberId>,
    finished_at: Option<Moment>,
    instead: Option<AreaCode>,
}

impl From<LineRow> for Line {
    fn from(row: LineRow) -> Line {
        Line {
            id: row.id,
            position: row.position,
            area_code: row.area_code,
            instead: row.instead,
            quoted_price: row.quoted_price,
            status: row.status,
            reason: row.reason,
            provider_code: row.provider_code,
            number_id: row.number_id,
            finished_at: row.finished_at,
        }
    }
}

/// Writes a new order; `false` when there is one of its id already, in whichever organization.
pub(super) fn insert_order(tx: &mut Tx, order: &Order, follow_up: Option<&str>) -> DbResult<bool> {
    let row = (
        purchase::id.eq(order.id),
        purchase::organization_id.eq(order.organization_id),
        purchase::service.eq(&order.service),
        purchase::carrier_account.eq(&order.carrier_account),
        purchase::status.eq(order.status),
        purchase::ceiling.eq(order.ceiling),
        purchase::placed_by.eq(order.placed_by),
        purchase::placed_at.eq(order.placed_at),
        purchase::continues.eq(order.continues),
        purchase::follow_up.eq(follow_up),
        purchase::fallback.eq(order.fallback),
        purchase::campaign_id.eq(order.campaign_id),
        purchase::messaging_service_id.eq(order.messaging_service_id),
        purchase::reserves.eq(order.reserves),
    );
    let inserted = on_each!(**tx, conn => diesel::insert_into(purchase::table)
        .values(row)
        .on_conflict(purchase::id)
        .do_nothing()
        .execute(conn))?;
    Ok(inserted == 1)
}

#[derive(Insertable)]
#[diesel(table_name = line)]
struct NewLine {
    id: LineId,
    order_id: OrderId,
    position: i64,
    area_code: AreaCode,
    quoted_price: Micros,
    status: LineStatus,
}

/// Writes the lines of a new order, in their places from 1.
pub(super) fn insert_lines(tx: &mut Tx, order: OrderId, lines: &[(AreaCode, Micros)]) -> DbResult<()> {
    let rows: Vec<NewLine> = (1..)
        .zip(lines)
        .map(|(position, &(area_code, quoted_price))| NewLine {
            id: LineId::new(),
            order_id: order,
            position,
            area_code,
            quoted_price,
            status: LineStatus::Open,
        })
        .collect();
    for rows in rows.chunks(LINES_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(line::table).values(rows).execute(conn))?;
    }
    Ok(())
}

/// How many numbers an order bought in other codes than those wanted: wanted, bought, how many.
pub(super) fn bought_elsewhere(conn: &mut Conn, order: OrderId) -> DbResult<Vec<(AreaCode, AreaCode, i64)>> {
    let rows: Vec<(AreaCode, Option<AreaCode>, i64)> = line::table
        .filter(line::order_id.eq(order))
        .filter(line::status.eq(LineStatus::Bought))
        .filter(line::instead.is_not_null())
        .group_by((line::area_code, line::instead))
        .order((line::area_code, line::instead))
        .select((line::area_code, line::instead, diesel::dsl::count_star()))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(wanted, instead, count)| Some((wanted, instead?, count))).collect())
}

/// What all lines of an order would cost a month, as quoted.
pub(super) fn monthly(conn: &mut Conn, order: OrderId) -> DbResult<Micros> {
    let sum: i64 =
        line::table.filter(line::order_id.eq(order)).select(sum_big("quoted_price")).first(conn)?;
    Ok(Micros::new(sum))
}

/// An order of the organization.
pub(super) fn find(conn: &mut Conn, organization: OrganizationId, id: OrderId) -> DbResult<Order> {
    let row: OrderRow = purchase::table
        .filter(purchase::organization_id.eq(organization))
        .filter(purchase::id.eq(id))
        .first(conn)?;
    Ok(row.split().0)
}

/// These orders of the organization, in no order.
pub(super) fn of_ids(conn: &mut Conn, organization: OrganizationId, ids: &[OrderId]) -> DbResult<Vec<Order>> {
    let rows: Vec<OrderRow> = purchase::table
        .filter(purchase::organization_id.eq(organization))
        .filter(purchase::id.eq_any(ids.to_vec()))
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.split().0).collect())
}

/// An order, locked: every change of an order and of what belongs to it begins with this. `organization` is `None`
/// for the buying job alone, which acts on the order's own row.
pub(super) fn lock(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    id: OrderId,
) -> DbResult<(Order, Option<String>)> {
    let rows: Vec<OrderRow> = load_for_update!(**tx, purchase::table.filter(purchase::id.eq(id)))?;
    rows.into_iter()
        .map(OrderRow::split)
        .find(|(order, _)| organization.is_none_or(|organization| organization == order.organization_id))
        .ok_or(crate::db::DbError::NotFound)
}

/// Writes what can change about an order.
pub(super) fn update(tx: &mut Tx, order: &Order) -> DbResult<()> {
    diesel::update(purchase::table.find(order.id))
        .set((
            purchase::status.eq(order.status),
            purchase::stop_asked_at.eq(order.stop_asked_at),
            purchase::finished_at.eq(order.finished_at),
            purchase::notice.eq(&order.notice),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// A page of orders, newest first, after the given one.
pub(super) fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    after: Option<OrderId>,
    limit: i64,
) -> DbResult<Vec<Order>> {
    let mine = purchase::table.filter(purchase::organization_id.eq(organization));
    let from: Option<Moment> = match after {
        Some(after) => {
            mine.filter(purchase::id.eq(after)).select(purchase::placed_at).first(conn).optional()?
        }
        None => None,
    };
    let mut query = mine.into_boxed::<crate::db::MultiBackend>();
    if let (Some(from), Some(after)) = (from, after) {
        query = query.filter(
            purchase::placed_at.lt(from).or(purchase::placed_at.eq(from).and(purchase::id.lt(after))),
        );
    }
    let rows: Vec<OrderRow> =
        query.order((purchase::placed_at.desc(), purchase::id.desc())).limit(limit).load(conn)?;
    Ok(rows.into_iter().map(|row| row.split().0).collect())
}

/// How many orders the organization ever placed.
pub(super) fn how_many(conn: &mut Conn, organization: OrganizationId) -> DbResult<i64> {
    Ok(purchase::table.filter(purchase::organization_id.eq(organization)).count().get_result(conn)?)
}

/// The orders that buy the remainder of this one, oldest first.
pub(super) fn continued_by(conn: &mut Conn, order: &Order) -> DbResult<Vec<OrderId>> {
    Ok(purchase::table
        .filter(purchase::organization_id.eq(order.organization_id))
        .filter(purchase::continues.eq(order.id))
        .order((purchase::placed_at, purchase::id))
        .select(purchase::id)
        .load(conn)?)
}

/// The orders at work.
pub(super) fn working(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<(OrderId, Moment)>> {
    Ok(purchase::table
        .filter(purchase::organization_id.eq(organization))
        .filter(purchase::status.eq(OrderStatus::Working))
        .order(purchase::placed_at)
        .select((purchase::id, purchase::placed_at))
        .load(conn)?)
}

/// How many lines of these orders stand where, by order and area code in the order of their lines.
pub(super) fn count_lines(
    conn: &mut Conn,
    orders: &[OrderId],
) -> DbResult<Vec<(OrderId, AreaCode, LineStatus, i64)>> {
    type Counted = (OrderId, AreaCode, LineStatus, i64, Option<i64>);
    let mut rows: Vec<Counted> = line::table
        .filter(line::order_id.eq_any(orders.to_vec()))
        .group_by((line::order_id, line::area_code, line::status))
        .select((
            line::order_id,
            line::area_code,
            line::status,
            diesel::dsl::count_star(),
            diesel::dsl::min(line::position),
        ))
        .load(conn)?;
    // An area code stands where its first line does, whatever became of that one.
    let mut first: BTreeMap<(OrderId, AreaCode), Option<i64>> = BTreeMap::new();
    for &(order, area_code, _, _, position) in &rows {
        let known = first.entry((order, area_code)).or_insert(position);
        *known = (*known).min(position);
    }
    rows.sort_by_key(|&(order, area_code, status, ..)| (order, first[&(order, area_code)], status));
    Ok(rows
        .into_iter()
        .map(|(order, area_code, status, count, _)| (order, area_code, status, count))
        .collect())
}

/// What the numbers bought by these orders cost.
pub(super) fn costs(conn: &mut Conn, orders: &[OrderId]) -> DbResult<BTreeMap<OrderId, Micros>> {
    let rows: Vec<(OrderId, i64)> = candidate::table
        .filter(candidate::order_id.eq_any(orders.to_vec()))
        .filter(candidate::status.eq(CandidateStatus::Bought))
        .group_by(candidate::order_id)
        .select((candidate::order_id, sum_big("monthly_price")))
        .load(conn)?;
    Ok(rows.into_iter().map(|(order, sum)| (order, Micros::new(sum))).collect())
}

/// A page of an order's lines, by position.
pub(super) fn lines(conn: &mut Conn, order: OrderId, offset: i64, limit: i64) -> DbResult<Vec<Line>> {
    let rows: Vec<LineRow> = line::table
        .filter(line::order_id.eq(order))
        .order(line::position)
        .offset(offset)
        .limit(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(Line::from).collect())
}

/// The lines that wait for a person.
pub(super) fn unknown_lines(conn: &mut Conn, order: OrderId) -> DbResult<Vec<Line>> {
    let rows: Vec<LineRow> = line::table
        .filter(line::order_id.eq(order))
        .filter(line::status.eq(LineStatus::Unknown))
        .order(line::position)
        .load(conn)?;
    Ok(rows.into_iter().map(Line::from).collect())
}

/// Where lines were not bought, why, the carrier's code, and how many.
pub(super) type NotBought = (AreaCode, Option<String>, Option<String>, i64);

/// Why lines were not bought, most first.
pub(super) fn reasons(conn: &mut Conn, order: OrderId) -> DbResult<Vec<NotBought>> {
    let mut rows: Vec<NotBought> = line::table
        .filter(line::order_id.eq(order))
        .filter(line::status.eq(LineStatus::NotBought))
        .group_by((line::area_code, line::reason, line::provider_code))
        .select((line::area_code, line::reason, line::provider_code, diesel::dsl::count_star()))
        .load(conn)?;
    rows.sort_by_key(|(area_code, _, _, count)| (-count, *area_code));
    Ok(rows)
}

/// The price a month at which the area codes of an order were quoted, those it may turn to among them.
pub(super) fn quoted(conn: &mut Conn, order: OrderId) -> DbResult<BTreeMap<AreaCode, Micros>> {
    let mut prices: BTreeMap<AreaCode, Micros> =
        fallback::store::named(conn, order)?.into_iter().map(|one| (one.area_code, one.price)).collect();
    // The first line of a code is quoted at the code's own price.
    let rows: Vec<(AreaCode, Micros)> = line::table
        .filter(line::order_id.eq(order))
        .order(line::position.desc())
        .select((line::area_code, line::quoted_price))
        .load(conn)?;
    prices.extend(rows);
    Ok(prices)
}

/// A number tried for a line, as pages show it.
pub(super) type Tried = (LineId, E164, Micros, CandidateStatus, Option<String>, Option<String>);

/// The numbers tried for these lines, in the order they were tried.
pub(super) fn tried(conn: &mut Conn, lines: &[LineId]) -> DbResult<Vec<Tried>> {
    Ok(candidate::table
        .filter(candidate::line_id.eq_any(lines.to_vec()))
        .filter(candidate::status.ne(CandidateStatus::Planned))
        .order((candidate::planned_at, candidate::id))
        .select((
            candidate::line_id,
            candidate::phone_number,
            candidate::monthly_price,
            candidate::status,
            candidate::reason,
            candidate::provider_code,
        ))
        .load(conn)?)
}

/// The line decided last.
pub(super) fn last_decided(conn: &mut Conn, order: OrderId) -> DbResult<Option<Line>> {
    let row: Option<LineRow> = line::table
        .filter(line::order_id.eq(order))
        .filter(line::finished_at.is_not_null())
        .order((line::finished_at.desc(), line::position.desc()))
        .first(conn)
        .optional()?;
    Ok(row.map(Line::from))
}
