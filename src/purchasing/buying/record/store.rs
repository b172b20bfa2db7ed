//! Writing what became of a candidate and of its line. The order's row is locked before.

use diesel::prelude::*;

use crate::db::schema::{order_candidate as c, order_line as line};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{CandidateId, LineId, NumberId, OrderId};
use crate::kernel::{AreaCode, Micros, Moment};
use crate::purchasing::fallback::Named;
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

/// Numbers of an area code, as a pattern.
pub(in crate::purchasing::buying) fn in_code(area_code: AreaCode) -> String {
    format!("+1{area_code}%")
}

/// How many numbers of an area code were tried for a line.
pub(super) fn times_tried(conn: &mut Conn, line: LineId, area_code: AreaCode) -> DbResult<i64> {
    Ok(c::table
        .filter(c::line_id.eq(line))
        .filter(c::phone_number.like(in_code(area_code)))
        .count()
        .get_result(conn)?)
}

/// An open line whose area code has no number for it turns to the next of the codes named, or is decided: nothing
/// was bought for it, and `reason` says why; with codes named the words name all that were tried. Answers whether it
/// turned.
pub(in crate::purchasing::buying) fn turn_or_close(
    tx: &mut Tx,
    named: &[Named],
    id: LineId,
    reason: &Reason,
    now: Moment,
) -> DbResult<bool> {
    let (wanted, instead): (AreaCode, Option<AreaCode>) =
        line::table.find(id).select((line::area_code, line::instead)).first(&mut **tx)?;
    let codes: Vec<AreaCode> =
        named.iter().filter(|one| one.wanted == wanted).map(|one| one.area_code).collect();
    let tried = match instead {
        None => 0,
        // One that is not among them, which cannot be, ends the line rather than begin again.
        Some(instead) => codes.iter().position(|code| *code == instead).map_or(codes.len(), |at| at + 1),
    };
    if let Some(next) = codes.get(tried) {
        diesel::update(line::table.find(id).filter(line::status.eq(LineStatus::Open)))
            .set(line::instead.eq(next))
            .execute(&mut **tx)?;
        return Ok(true);
    }
    let words = match codes.is_empty() {
        true => reason.words.clone(),
        false => format!("{}; before it {} had none", reason.words, sentence(wanted, &codes)),
    };
    let reason = Reason { words, code: reason.code.clone() };
    close_line(tx, id, LineStatus::NotBought, &reason, now)?;
    Ok(false)
}

/// `410, 443 and 667` without the last one, which the reason names.
fn sentence(wanted: AreaCode, codes: &[AreaCode]) -> String {
    let mut before = vec![wanted.to_string()];
    before.extend(codes.iter().take(codes.len().saturating_sub(1)).map(AreaCode::to_string));
    match before.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
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
