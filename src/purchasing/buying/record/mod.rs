//! Writing down what became of a candidate: each outcome in one transaction of its own.

pub(in crate::purchasing) mod store;

use crate::access::Actor;
use crate::db::Tx;
use crate::error::{AppError, AppResult};
use crate::kernel::clock::next_month;
use crate::kernel::ids::NumberId;
use crate::kernel::{AreaCode, Moment};
use crate::ledger::{self, Basis};
use crate::numbers::{self, Change, NewNumber, Why};
use crate::providers::OwnedRemote;
use crate::purchasing::model::{Candidate, LineStatus, Order, Reason};
use crate::purchasing::reserving;

/// How many numbers of an area code are tried for one line before it has none for it.
const NUMBERS_A_LINE: i64 = 12;

/// It is ours: the candidate, its line, the number, its first charge and its first event, together; and its reservation
/// for the order's campaign, when the order reserves and that is not over. Recording it again does nothing.
///
/// # Errors
/// A database error.
pub(super) fn bought(
    tx: &mut Tx,
    by: &Actor,
    order: &Order,
    candidate: &Candidate,
    owned: &OwnedRemote,
    now: Moment,
) -> AppResult<()> {
    // Whoever changes a campaign locks it before anything else, so it comes before the order here too.
    let reserve = reserving::taker(tx, order)?;
    let (order, _) = crate::purchasing::store::lock(tx, Some(order.organization_id), order.id)?;
    let price = owned.monthly_price.unwrap_or(candidate.monthly_price);
    let known = numbers::find_open(tx, &order.service, &order.carrier_account, candidate.phone_number)?;
    if let Some(number) = &known
        && number.organization_id != order.organization_id
    {
        let reason = Reason::new("another organization of this carrier account has this number already");
        store::refuse(tx, candidate.id, &reason, now)?;
        return Ok(());
    }
    // Found in the account and taken in by other means meanwhile: then it is charged already.
    let id = known.as_ref().map_or_else(NumberId::new, |number| number.id);
    if !store::bought(tx, candidate, id, price, now)? || known.is_some() {
        return Ok(());
    }
    let day = owned.created_at.date();
    let new = NewNumber {
        id,
        service: order.service.clone(),
        carrier_account: order.carrier_account.clone(),
        service_id: owned.id.as_str().to_owned(),
        phone_number: candidate.phone_number,
        area_code: area_code(candidate)?,
        monthly_price: price,
        bought_at: owned.created_at,
        renews_on: next_month(day),
        order_id: Some(order.id),
        label: String::new(),
        voice_url: owned.voice_url.clone(),
    };
    numbers::add(tx, by, &new, now, Why { order: Some(order.id), ..Why::default() })?;
    ledger::first_charge(tx, by, id, day, price, Basis::Quoted)?;
    if let Some(campaign) = reserve {
        let why = Why { campaign: Some(campaign), order: Some(order.id), ..Why::default() };
        numbers::change(tx, by, &[id], Change::Reserve(campaign), now, why, |_| true)?;
    }
    Ok(())
}

fn area_code(candidate: &Candidate) -> AppResult<AreaCode> {
    candidate.phone_number.area_code().map_err(|error| AppError::Internal(error.to_string()))
}

/// It is surely not ours. The line takes the next number, or fails when `line_fails` or too many were tried.
///
/// # Errors
/// A database error.
pub(super) fn refused(
    tx: &mut Tx,
    order: &Order,
    candidate: &Candidate,
    reason: &Reason,
    line_fails: bool,
    now: Moment,
) -> AppResult<()> {
    crate::purchasing::store::lock(tx, Some(order.organization_id), order.id)?;
    if !store::refuse(tx, candidate.id, reason, now)? {
        return Ok(());
    }
    if line_fails {
        store::close_line(tx, candidate.line_id, LineStatus::NotBought, reason, now)?;
        return Ok(());
    }
    let area_code = area_code(candidate)?;
    if store::times_tried(tx, candidate.line_id, area_code)? >= NUMBERS_A_LINE {
        let words =
            format!("{NUMBERS_A_LINE} numbers of {area_code} were tried; the last one: {}", reason.words);
        let reason = Reason { words, code: reason.code.clone() };
        let named = crate::purchasing::fallback::store::named(tx, order.id)?;
        store::turn_or_close(tx, &named, candidate.line_id, &reason, now)?;
    }
    Ok(())
}

/// The carrier could not say whether it is ours. With `ask_a_person` the line waits for a decision.
///
/// # Errors
/// A database error.
pub(super) fn in_doubt(
    tx: &mut Tx,
    order: &Order,
    candidate: &Candidate,
    ask_a_person: Option<&Reason>,
    now: Moment,
) -> AppResult<()> {
    crate::purchasing::store::lock(tx, Some(order.organization_id), order.id)?;
    store::still_in_doubt(tx, candidate.id)?;
    if let Some(reason) = ask_a_person {
        store::close_line(tx, candidate.line_id, LineStatus::Unknown, reason, now)?;
    }
    Ok(())
}
