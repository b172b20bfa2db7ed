//! Orders as pages read them: in figures, line by line, and what is being bought just now.

use std::collections::BTreeMap;

use super::model::{Candidate, CandidateStatus, Line, LineStatus, Order, Reason, Tally};
use super::store;
use crate::access::{Allowed, SeeOrders};
use crate::db::{Conn, DbResult};
use crate::error::{AppError, AppResult};
use crate::kernel::ids::{LineId, OrderId, OrganizationId};
use crate::kernel::{AreaCode, E164, Micros, Moment};

/// An area code of an order.
#[derive(Debug, Clone, Copy)]
pub struct AreaSummary {
    /// Which.
    pub area_code: AreaCode,
    /// How its lines stand.
    pub lines: Tally,
}

/// An order in figures.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The order.
    pub order: Order,
    /// How its lines stand.
    pub lines: Tally,
    /// The same by area code, in the order of the lines.
    pub areas: Vec<AreaSummary>,
    /// What its numbers cost, now and each month.
    pub cost: Micros,
}

/// An order in figures.
///
/// # Errors
/// [`AppError::NotFound`]; a database error.
pub fn summary(conn: &mut Conn, organization: OrganizationId, order: OrderId) -> AppResult<Summary> {
    let order = store::find(conn, organization, order)?;
    summaries(conn, vec![order])?.pop().ok_or(AppError::NotFound)
}

/// These orders of the organization in figures, in the order of the ids.
///
/// # Errors
/// A database error.
pub fn summaries_of(
    conn: &mut Conn,
    organization: OrganizationId,
    orders: &[OrderId],
) -> AppResult<Vec<Summary>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = store::of_ids(conn, organization, orders)?;
    found.sort_by_key(|order| orders.iter().position(|id| *id == order.id));
    summaries(conn, found)
}

fn summaries(conn: &mut Conn, orders: Vec<Order>) -> AppResult<Vec<Summary>> {
    let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let mut areas: BTreeMap<OrderId, Vec<AreaSummary>> = BTreeMap::new();
    for (order, area_code, status, count) in store::count_lines(conn, &ids)? {
        let areas = areas.entry(order).or_default();
        if areas.last().is_none_or(|area| area.area_code != area_code) {
            areas.push(AreaSummary { area_code, lines: Tally::default() });
        }
        if let Some(area) = areas.last_mut() {
            area.lines.add(status, count);
        }
    }
    let costs = store::costs(conn, &ids)?;
    let summary = |order: Order| {
        let areas = areas.remove(&order.id).unwrap_or_default();
        let mut lines = Tally::default();
        for area in &areas {
            lines.open += area.lines.open;
            lines.bought += area.lines.bought;
            lines.not_bought += area.lines.not_bought;
            lines.unknown += area.lines.unknown;
        }
        Summary { cost: costs.get(&order.id).copied().unwrap_or_default(), order, lines, areas }
    };
    Ok(orders.into_iter().map(summary).collect())
}

/// A page of the organization's orders, newest first, after the given one; and how many there are.
///
/// # Errors
/// A database error.
pub fn list(
    conn: &mut Conn,
    by: &Allowed<SeeOrders>,
    after: Option<OrderId>,
    limit: i64,
) -> AppResult<(Vec<Summary>, i64)> {
    let organization = by.organization_id();
    let orders = store::list(conn, organization, after, limit)?;
    Ok((summaries(conn, orders)?, store::how_many(conn, organization)?))
}

/// Numbers of an area code that an order is just buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// The order.
    pub order_id: OrderId,
    /// Where.
    pub area_code: AreaCode,
    /// How many it wants there.
    pub wanted: i64,
    /// How many of them it has.
    pub bought: i64,
    /// When it was placed.
    pub placed_at: Moment,
}

/// What the organization's orders at work are buying, by order and area code.
///
/// # Errors
/// A database error.
pub fn working_by_area(conn: &mut Conn, organization: OrganizationId) -> AppResult<Vec<Pending>> {
    let orders = store::working(conn, organization)?;
    let ids: Vec<OrderId> = orders.iter().map(|(id, _)| *id).collect();
    let mut pending: Vec<Pending> = Vec::new();
    let counted = store::count_lines(conn, &ids)?;
    for &(order_id, placed_at) in &orders {
        for &(_, area_code, status, count) in counted.iter().filter(|(order, ..)| *order == order_id) {
            let bought = if status == LineStatus::Bought { count } else { 0 };
            match pending.last_mut() {
                Some(last) if (last.order_id, last.area_code) == (order_id, area_code) => {
                    last.wanted += count;
                    last.bought += bought;
                }
                _ => pending.push(Pending { order_id, area_code, wanted: count, bought, placed_at }),
            }
        }
    }
    Ok(pending)
}

/// A line with the numbers tried for it.
#[derive(Debug, Clone)]
pub struct LineStory {
    /// The line.
    pub line: Line,
    /// The number bought, asked for or in doubt, and its price a month.
    pub number: Option<(E164, Micros)>,
    /// Why the numbers tried before it were refused, in their order, with the carrier's code.
    pub refused: Vec<Reason>,
}

/// A page of an order's lines, from `offset` on.
///
/// # Errors
/// [`AppError::NotFound`]; a database error.
pub fn lines(
    conn: &mut Conn,
    organization: OrganizationId,
    order: OrderId,
    offset: i64,
    limit: i64,
) -> AppResult<Vec<LineStory>> {
    store::find(conn, organization, order)?;
    let lines = store::lines(conn, order, offset, limit)?;
    stories(conn, lines)
}

/// The lines of an order that wait for a person.
///
/// # Errors
/// [`AppError::NotFound`]; a database error.
pub fn undecided_lines(
    conn: &mut Conn,
    organization: OrganizationId,
    order: OrderId,
) -> AppResult<Vec<LineStory>> {
    store::find(conn, organization, order)?;
    let lines = store::unknown_lines(conn, order)?;
    stories(conn, lines)
}

pub(super) fn stories(conn: &mut Conn, lines: Vec<Line>) -> AppResult<Vec<LineStory>> {
    let ids: Vec<LineId> = lines.iter().map(|line| line.id).collect();
    type Tried = (Option<(E164, Micros)>, Vec<Reason>);
    let mut by_line: BTreeMap<LineId, Tried> = BTreeMap::new();
    for (line, number, price, status, reason, code) in store::tried(conn, &ids)? {
        let (last, refused) = by_line.entry(line).or_default();
        if status == CandidateStatus::Refused {
            refused.push(Reason { words: reason.unwrap_or_default(), code });
        } else {
            *last = Some((number, price));
        }
    }
    let story = |line: Line| {
        let (number, refused) = by_line.remove(&line.id).unwrap_or_default();
        LineStory { line, number, refused }
    };
    Ok(lines.into_iter().map(story).collect())
}

/// The numbers that orders of any organization have asked this account of the carrier for, without a recorded outcome.
/// Those of lines that were given up are left out: nobody waits for them.
///
/// # Errors
/// A database error.
pub fn being_bought(
    conn: &mut Conn,
    service: &str,
    carrier_account: &str,
    numbers: &[E164],
) -> DbResult<Vec<Candidate>> {
    super::buying::being_bought(conn, service, carrier_account, numbers)
}
