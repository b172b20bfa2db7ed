//! Writing what became of a candidate and of its line. The order's row is locked before.

use diesel::prelude::*;

use crate::db::schema::{order_candidate as c, order_line as line};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CandidateId, LineId, NumberId, OrderId};
use crate::kernel::{Micros, Moment};
use crate::purchasing::model::{Candidate, CandidateStatus, LineStatus, Reason};

/// In these the carrier has been asked and the outcome is not recorded.
pub(in crate::purchasing::buying) const IN_DOUBT: [CandidateStatus; 2] =
    [CandidateStatus::Asking, CandidateStatus::Unknown];

/// Once more the carrier could not say whether it is ours.
pub(super) fn still_in_doubt(tx: &mut Tx, candidate: CandidateId) -> DbResult<()> {
    diesel::update(c::table.find(candidate).filter(c::status.eq_any(IN_DOUBT)))
        .set((c::status.eq(CandidateStatus::Unknown), c::times_checked.eq(c::times_checked + 1)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Records that a candidate is surely not ours; `false` when that or something else was recorded before.
pub(super) fn refuse(tx: &mut Tx, candidate: CandidateId, reason: &Reason, now: Moment) -> DbResult<bool> {
    let changed = diesel::update(c::table.find(candidate).filter(c::status.eq_any(IN_DOUBT)))
        .set((
            c::status.eq(CandidateStatus::Refused),
            c::reason.eq(&reason.words),
            c::provider_code.eq(&reason.code),
            c::settled_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Records that a candidate is ours; `false` when it was recorded before.
pub(super) fn bought(
    tx: &mut Tx,
    of: &Candidate,
    number: NumberId,
    price: Micros,
    now: Moment,
) -> DbResult<bool> {
    let status: CandidateStatus = c::table.find(of.id).select(c::status).first(&mut **tx)?;
    if status == CandidateStatus::Bought {
        return Ok(false);
    }
    // Another number may have been planned or bought for the line in the meantime, by an instance that went on
    // while this one stood still. What is planned gives way; beside a bought one this number is an extra one.
    diesel::delete(
        c::table
            .filter(c::line_id.eq(of.line_id))
            .filter(c::id.ne(of.id))
            .filter(c::status.eq(CandidateStatus::Planned)),
    )
    .execute(&mut **tx)?;
    let others: i64 = c::table
        .filter(c::line_id.eq(of.line_id))
        .filter(c::id.ne(of.id))
        .filter(c::status.ne(CandidateStatus::Refused))
        .count()
        .get_result(&mut **tx)?;
    if others > 0 {
        diesel::update(c::table.find(of.id))
            .set((
                c::status.eq(CandidateStatus::Refused),
                c::reason.eq("bought after all, as one number more"),
                c::settled_at.eq(now),
            ))
            .execute(&mut **tx)?;
        return Ok(true);
    }
    diesel::update(c::table.find(of.id))
        .set((
            c::status.eq(CandidateStatus::Bought),
            c::monthly_price.eq(price),
            c::reason.eq(None::<String>),
            c::provider_code.eq(None::<String>),
            c::settled_at.eq(now),
        ))
        .execute(&mut **tx)?;
    diesel::update(line::table.find(of.line_id))
        .set((
            line::status.eq(LineStatus::Bought),
            line::number_id.eq(number),
            line::reason.eq(None::<String>),
            line::provider_code.eq(None::<String>),
            line::finished_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(true)
}

/// How many numbers were tried for a line.
pub(super) fn times_tried(conn: &mut Conn, line: LineId) -> DbResult<i64> {
    Ok(c::table.filter(c::line_id.eq(line)).count().get_result(conn)?)
}

/// Decides an open line.
pub(in crate::purchasing::buying) fn close_line(
    tx: &mut Tx,
    id: LineId,
    status: LineStatus,
    reason: &Reason,
    now: Moment,
) -> DbResult<()> {
    diesel::update(line::table.find(id).filter(line::status.eq(LineStatus::Open)))
        .set((
            line::status.eq(status),
            line::reason.eq(&reason.words),
            line::provider_code.eq(&reason.code),
            line::finished_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// A person decides: a line that waited is looked at again, or is given up. Answers whether it waited.
pub(in crate::purchasing) fn decide_unknown(
    tx: &mut Tx,
    order: OrderId,
    only: Option<LineId>,
    give_up: Option<&Reason>,
    now: Moment,
) -> DbResult<usize> {
    let mut waiting = line::table
        .filter(line::order_id.eq(order))
        .filter(line::status.eq(LineStatus::Unknown))
        .into_boxed::<crate::db::MultiBackend>();
    if let Some(only) = only {
        waiting = waiting.filter(line::id.eq(only));
    }
    let ids: Vec<LineId> = waiting.select(line::id).load(&mut **tx)?;
    let lines = || line::table.filter(line::id.eq_any(ids.clone()));
    match give_up {
        Some(reason) => {
            diesel::update(lines())
                .set((
                    line::status.eq(LineStatus::NotBought),
                    line::reason.eq(&reason.words),
                    line::finished_at.eq(now),
                ))
                .execute(&mut **tx)?;
        }
        None => {
            diesel::update(lines())
                .set((
                    line::status.eq(LineStatus::Open),
                    line::reason.eq(None::<String>),
                    line::provider_code.eq(None::<String>),
                    line::finished_at.eq(None::<Moment>),
                ))
                .execute(&mut **tx)?;
            diesel::update(
                c::table.filter(c::line_id.eq_any(ids.clone())).filter(c::status.eq_any(IN_DOUBT)),
            )
            .set(c::times_checked.eq(0))
            .execute(&mut **tx)?;
        }
    }
    Ok(ids.len())
}
