//! What the buying job reads and writes: lines and candidates of one order, whose row is locked before any write.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::record::store::{IN_DOUBT, close_line, in_code, turn_or_close};
use crate::db::schema::{order_candidate as c, order_line as line};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CandidateId, LineId, OrderId};
use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::on_each;
use crate::purchasing::model::{Candidate, CandidateStatus, LineStatus, Order, Reason, Tally};

/// In these a number may still become ours, or is being taken by somebody.
const OPEN: [CandidateStatus; 3] =
    [CandidateStatus::Planned, CandidateStatus::Asking, CandidateStatus::Unknown];

#[derive(Queryable)]
struct Row {
    id: CandidateId,
    line_id: LineId,
    phone_number: E164,
    monthly_price: Micros,
    status: CandidateStatus,
    asked_at: Option<Moment>,
    times_asked: i64,
    times_checked: i64,
    handle: Option<String>,
}

type Columns = (
    c::id,
    c::line_id,
    c::phone_number,
    c::monthly_price,
    c::status,
    c::asked_at,
    c::times_asked,
    c::times_checked,
    c::handle,
);

fn columns() -> Columns {
    (
        c::id,
        c::line_id,
        c::phone_number,
        c::monthly_price,
        c::status,
        c::asked_at,
        c::times_asked,
        c::times_checked,
        c::handle,
    )
}

fn candidates(rows: Vec<Row>) -> Vec<Candidate> {
    let candidate = |row: Row| Candidate {
        id: row.id,
        line_id: row.line_id,
        phone_number: row.phone_number,
        monthly_price: row.monthly_price,
        status: row.status,
        asked_at: row.asked_at,
        times_asked: row.times_asked,
        times_checked: row.times_checked,
        handle: row.handle,
    };
    rows.into_iter().map(candidate).collect()
}

/// How the order's lines stand.
pub(super) fn tally(conn: &mut Conn, order: OrderId) -> DbResult<Tally> {
    let rows: Vec<(LineStatus, i64)> = line::table
        .filter(line::order_id.eq(order))
        .group_by(line::status)
        .select((line::status, diesel::dsl::count_star()))
        .load(conn)?;
    let mut tally = Tally::default();
    rows.into_iter().for_each(|(status, lines)| tally.add(status, lines));
    Ok(tally)
}

/// Candidates that were asked for and whose outcome is not recorded, of lines that wait for no person.
pub(super) fn in_doubt(conn: &mut Conn, order: OrderId) -> DbResult<Vec<Candidate>> {
    let rows: Vec<Row> = c::table
        .inner_join(line::table)
        .filter(c::order_id.eq(order))
        .filter(c::status.eq_any(IN_DOUBT))
        .filter(line::status.eq(LineStatus::Open))
        .order(c::id)
        .select(columns())
        .load(conn)?;
    Ok(candidates(rows))
}

/// As [`in_doubt`], of every order of an account, those of lines that wait for a person too.
pub(super) fn being_bought(
    conn: &mut Conn,
    service: &str,
    carrier_account: &str,
    numbers: &[E164],
) -> DbResult<Vec<Candidate>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = c::table
        .inner_join(line::table)
        .filter(c::service.eq(service))
        .filter(c::carrier_account.eq(carrier_account))
        .filter(c::phone_number.eq_any(numbers.to_vec()))
        .filter(c::status.eq_any(IN_DOUBT))
        .filter(line::status.eq_any([LineStatus::Open, LineStatus::Unknown]))
        .order(c::id)
        .select(columns())
        .load(conn)?;
    Ok(candidates(rows))
}

/// The area codes of which numbers must be searched, each with how many lines need one. A code in which the order has
/// more planned numbers left than `left` is not among them: those would hide what else is for sale.
pub(super) fn to_search(conn: &mut Conn, order: OrderId, left: usize) -> DbResult<Vec<(AreaCode, i64)>> {
    let mut needed: Vec<(AreaCode, i64)> = Vec::new();
    for (place, _) in lines_without_number(conn, order, None)? {
        match needed.last_mut() {
            Some((code, lines)) if *code == place => *lines += 1,
            _ => needed.push((place, 1)),
        }
    }
    let planned: Vec<(AreaCode, Option<AreaCode>, i64)> = c::table
        .inner_join(line::table)
        .filter(c::order_id.eq(order))
        .filter(c::status.eq(CandidateStatus::Planned))
        .group_by((line::area_code, line::instead))
        .select((line::area_code, line::instead, diesel::dsl::count_star()))
        .load(conn)?;
    let mut in_place: BTreeMap<AreaCode, i64> = BTreeMap::new();
    for (wanted, instead, count) in planned {
        *in_place.entry(instead.unwrap_or(wanted)).or_default() += count;
    }
    let left = i64::try_from(left).unwrap_or(i64::MAX);
    needed.retain(|(place, _)| in_place.get(place).copied().unwrap_or(0) <= left);
    Ok(needed)
}

/// Open lines for which no number is planned or asked, by the area code in which one is looked for: first those that
/// want that very code, then those that turned to it, each by position.
fn lines_without_number(
    conn: &mut Conn,
    order: OrderId,
    place: Option<AreaCode>,
) -> DbResult<Vec<(AreaCode, LineId)>> {
    let with_number =
        c::table.filter(c::order_id.eq(order)).filter(c::status.eq_any(OPEN)).select(c::line_id);
    let lines: Vec<(AreaCode, Option<AreaCode>, LineId)> = line::table
        .filter(line::order_id.eq(order))
        .filter(line::status.eq(LineStatus::Open))
        .filter(line::id.ne_all(with_number))
        .order(line::position)
        .select((line::area_code, line::instead, line::id))
        .load(conn)?;
    let mut lines: Vec<(AreaCode, bool, LineId)> = lines
        .into_iter()
        .map(|(wanted, instead, id)| (instead.unwrap_or(wanted), instead.is_some(), id))
        .filter(|(code, ..)| place.is_none_or(|place| place == *code))
        .collect();
    lines.sort_by_key(|&(code, elsewhere, _)| (code, elsewhere));
    Ok(lines.into_iter().map(|(code, _, id)| (code, id)).collect())
}

/// What is known here of numbers that a search found.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Tried for this order, or waiting for a decision somewhere: not to be taken.
    pub(super) tried: Vec<E164>,
    /// Just now being taken by another order of the account.
    pub(super) elsewhere: Vec<E164>,
}

/// Which of these numbers are taken or were tried.
pub(super) fn known(conn: &mut Conn, order: &Order, numbers: &[E164], recent: Moment) -> DbResult<Known> {
    type Seen = (E164, OrderId, CandidateStatus, Moment);
    let seen: Vec<Seen> = c::table
        .filter(c::service.eq(&order.service))
        .filter(c::carrier_account.eq(&order.carrier_account))
        .filter(c::phone_number.eq_any(numbers.to_vec()))
        .filter(c::order_id.eq(order.id).or(c::status.eq_any(OPEN)))
        .select((c::phone_number, c::order_id, c::status, c::planned_at))
        .load(conn)?;
    let mut known = Known::default();
    for (number, of_order, status, planned_at) in seen {
        let moving = matches!(status, CandidateStatus::Planned | CandidateStatus::Asking);
        if of_order != order.id && moving && planned_at >= recent {
            known.elsewhere.push(number);
        } else {
            known.tried.push(number);
        }
    }
    Ok(known)
}

#[derive(Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct NewCandidate<'a> {
    id: CandidateId,
    line_id: LineId,
    order_id: OrderId,
    service: &'a str,
    carrier_account: &'a str,
    phone_number: E164,
    monthly_price: Micros,
    status: CandidateStatus,
    planned_at: Moment,
}

/// Plans numbers for the lines of an area code that have none. Answers how many were planned: fewer when another
/// order took one this moment.
pub(super) fn plan(
    tx: &mut Tx,
    order: &Order,
    area_code: AreaCode,
    numbers: &[(E164, Micros)],
    now: Moment,
) -> DbResult<usize> {
    let lines = lines_without_number(tx, order.id, Some(area_code))?;
    // Two orders that plan the same numbers meet in the same order of them, and wait rather than deadlock.
    let mut numbers: Vec<_> = numbers.iter().take(lines.len()).copied().collect();
    numbers.sort_unstable();
    let rows: Vec<NewCandidate> = lines
        .iter()
        .zip(numbers)
        .map(|(&(_, line_id), (phone_number, monthly_price))| NewCandidate {
            id: CandidateId::new(),
            line_id,
            order_id: order.id,
            service: &order.service,
            carrier_account: &order.carrier_account,
            phone_number,
            monthly_price,
            status: CandidateStatus::Planned,
            planned_at: now,
        })
        .collect();
    // Inserting no row answers how many the statement before it changed (SQLite), not none.
    if rows.is_empty() {
        return Ok(0);
    }
    Ok(on_each!(**tx, conn => diesel::insert_into(c::table)
        .values(&rows)
        .on_conflict_do_nothing()
        .execute(conn))?)
}

/// What this order has spent or may have spent.
pub(super) fn committed(conn: &mut Conn, order: OrderId) -> DbResult<Micros> {
    let sum: i64 = c::table
        .filter(c::order_id.eq(order))
        .filter(c::status.eq_any([
            CandidateStatus::Asking,
            CandidateStatus::Unknown,
            CandidateStatus::Bought,
        ]))
        .select(crate::db::dialect::sum_big("monthly_price"))
        .first(conn)?;
    Ok(Micros::new(sum))
}

/// The next planned candidates of open lines.
pub(super) fn planned(conn: &mut Conn, order: OrderId, limit: i64) -> DbResult<Vec<Candidate>> {
    let rows: Vec<Row> = c::table
        .inner_join(line::table)
        .filter(c::order_id.eq(order))
        .filter(c::status.eq(CandidateStatus::Planned))
        .filter(line::status.eq(LineStatus::Open))
        .order(line::position)
        .limit(limit)
        .select(columns())
        .load(conn)?;
    Ok(candidates(rows))
}

/// From now on the carrier may be asked for it.
pub(super) fn begin_asking(tx: &mut Tx, candidate: CandidateId, now: Moment) -> DbResult<()> {
    diesel::update(c::table.find(candidate))
        .set((
            c::status.eq(CandidateStatus::Asking),
            c::asked_at.eq(now),
            c::times_asked.eq(c::times_asked + 1),
            c::times_checked.eq(0),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// It may be asked for again. `uncounted`: surely nothing was done the last time.
pub(super) fn ask_again(tx: &mut Tx, candidate: CandidateId, uncounted: bool) -> DbResult<()> {
    diesel::update(c::table.find(candidate).filter(c::status.eq_any(IN_DOUBT)))
        .set((
            c::status.eq(CandidateStatus::Planned),
            c::times_asked.eq(c::times_asked - i64::from(uncounted)),
            c::times_checked.eq(0),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The carrier completes the purchase later.
pub(super) fn keep_handle(tx: &mut Tx, candidate: CandidateId, handle: &str) -> DbResult<()> {
    diesel::update(c::table.find(candidate)).set(c::handle.eq(handle)).execute(&mut **tx)?;
    Ok(())
}

/// Decides all open lines that have no number planned or asked. Answers how many.
pub(super) fn close_lines_without_number(
    tx: &mut Tx,
    order: OrderId,
    reason: &Reason,
    now: Moment,
) -> DbResult<usize> {
    let lines = lines_without_number(tx, order, None)?;
    for (_, line) in &lines {
        close_line(tx, *line, LineStatus::NotBought, reason, now)?;
    }
    Ok(lines.len())
}

/// All open lines that have no number and look for one in this area code turn to the next that was named for them,
/// or are decided. Answers how many turned.
pub(super) fn turn_lines_without_number(
    tx: &mut Tx,
    order: OrderId,
    place: AreaCode,
    reason: &Reason,
    now: Moment,
) -> DbResult<usize> {
    let named = crate::purchasing::fallback::store::named(tx, order)?;
    let mut turned = 0;
    for (_, line) in lines_without_number(tx, order, Some(place))? {
        turned += usize::from(turn_or_close(tx, &named, line, reason, now)?);
    }
    Ok(turned)
}

/// Forgets what was planned and never asked for; refuses what was asked for before and would have been again.
pub(super) fn drop_planned(
    tx: &mut Tx,
    order: OrderId,
    only: Option<CandidateId>,
    reason: &Reason,
    now: Moment,
) -> DbResult<()> {
    let ids: Vec<CandidateId> = match only {
        Some(only) => vec![only],
        None => c::table
            .filter(c::order_id.eq(order))
            .filter(c::status.eq(CandidateStatus::Planned))
            .select(c::id)
            .load(&mut **tx)?,
    };
    let planned =
        || c::table.filter(c::id.eq_any(ids.clone())).filter(c::status.eq(CandidateStatus::Planned));
    diesel::delete(planned().filter(c::times_asked.le(0))).execute(&mut **tx)?;
    diesel::update(planned())
        .set((
            c::status.eq(CandidateStatus::Refused),
            c::reason.eq(&reason.words),
            c::provider_code.eq(&reason.code),
            c::settled_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The carrier's code at the last refusal in an area code.
pub(super) fn last_code(conn: &mut Conn, order: OrderId, area_code: AreaCode) -> DbResult<Option<String>> {
    Ok(c::table
        .filter(c::order_id.eq(order))
        .filter(c::phone_number.like(in_code(area_code)))
        .filter(c::status.eq(CandidateStatus::Refused))
        .filter(c::provider_code.is_not_null())
        .order(c::settled_at.desc())
        .select(c::provider_code)
        .first::<Option<String>>(conn)
        .optional()?
        .flatten())
}
