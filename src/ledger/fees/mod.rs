//! Fees that an owner enters by hand: what the carrier or the mobile networks charge beside numbers, such as a
//! registration. Never deleted: a wrong one is voided with a reason, and stays to be seen.

mod model;
mod store;

use chrono::NaiveDate;

use crate::access::{Allowed, ManageOrganization};
use crate::activity;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::{FeeId, OrganizationId};
use crate::kernel::{Micros, Moment};

pub use model::{Fee, FeeKind, NewFee, Voided};

/// Where fees are, below the organization's address.
pub const ADDRESS: &str = "/spend/fees";

/// Enters a fee. Entered before under this id, it is left as it is. Says whether it is new.
///
/// # Errors
/// A database error.
pub fn enter(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: FeeId,
    new: &NewFee,
    now: Moment,
) -> AppResult<bool> {
    if !store::insert(tx, by.organization_id(), by.person_id(), id, new, now)? {
        return Ok(false);
    }
    let words = format!("Entered a fee of {} for {}: {}", new.amount(), new.kind().words(), new.note());
    activity::record(tx, &by.actor(), "fee_entered", ADDRESS, &words, now)?;
    Ok(true)
}

/// Says that a fee was entered wrongly: it counts no more.
///
/// # Errors
/// [`AppError::Invalid`] on `note` without a reason; [`AppError::NotFound`]; [`AppError::Conflict`] when it is void
/// already; a database error.
pub fn void(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: FeeId,
    note: &str,
    now: Moment,
) -> AppResult<()> {
    let fee = store::find(tx, by.organization_id(), id)?.ok_or(AppError::NotFound)?;
    let note = model::note(note).map_err(|words| AppError::Invalid(FieldErrors::one("note", words)))?;
    if !store::void(tx, by.organization_id(), id, by.person_id(), &note, now)? {
        return Err(AppError::Conflict("This fee is void already.".into()));
    }
    let words = format!("Voided a fee of {} ({}): {note}", fee.amount, fee.note);
    activity::record(tx, &by.actor(), "fee_voided", ADDRESS, &words, now)?;
    Ok(())
}

/// The fees of the days `from..until`, newest first, void ones among them.
///
/// # Errors
/// A database error.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Vec<Fee>> {
    store::list(conn, organization, from, until)
}

/// What the fees of the days `from..until` come to, without void ones.
///
/// # Errors
/// A database error.
pub fn sum(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    until: NaiveDate,
) -> DbResult<Micros> {
    store::sum(conn, organization, from, until)
}
