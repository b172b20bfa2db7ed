//! The monthly budget: what a month (UTC) may cost, and what of it is used up or promised.
//!
//! Counted are: charges so far, fees entered by hand, renewals still to come this month but of numbers whose release
//! before is planned, and what open orders may still buy. An order that would pass the budget is refused when it is placed, before anything is asked of the
//! carrier, and each of its numbers is looked at again when the carrier is about to be asked. Both read and promise
//! under one lock of the organization, so two orders at once cannot pass together. Renewals are never stopped: they
//! may use a budget up, and a lower budget takes back nothing.

mod jobs;
mod model;
pub(super) mod pages;
mod routes;
mod store;

use crate::access::{self, Actor, Allowed, BuyNumbers, OrganizationRef, Permission};
use crate::activity;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs::enqueue;
use crate::kernel::clock::next_month;
use crate::kernel::ids::{LineId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::organizations::letters::{self, News};
use crate::state::App;
use crate::{ledger, numbers, organizations};

pub use jobs::{WatchBudget, WatchBudgets, enqueue_daily};
pub use model::{Band, Budget};
pub use pages::BandNotice;
pub(super) use routes::routes;

use model::first_of_month;

/// Where the budget is shown, below the organization's address.
pub const ADDRESS: &str = "/spend/budget";

/// How the month stands, with or without a budget.
///
/// # Errors
/// A database error.
pub fn read(conn: &mut Conn, organization: &OrganizationRef, now: Moment) -> DbResult<Budget> {
    let month = first_of_month(now.date());
    let (id, end) = (organization.id, next_month(month));
    // What is to come is read before what was charged. On PostgreSQL each question sees what was committed by then: a
    // renewal or a purchase that is recorded between two of them counts twice at worst, and is never in neither.
    let renewals = numbers::renewals_before(conn, id, end)?;
    let (planned_numbers, planned) = numbers::planned::going(conn, id, end)?;
    let ordered = store::open_orders(conn, id)?;
    Ok(Budget {
        month,
        cap: organization.monthly_budget,
        fees: ledger::fees::sum(conn, id, month, end)?,
        charged: ledger::charged(conn, id, month, end)?,
        renewals: renewals - planned,
        planned_numbers,
        planned,
        ordered,
    })
}

/// What the lines of open orders may still cost a month.
///
/// # Errors
/// A database error.
pub fn ordered(conn: &mut Conn, organization: OrganizationId) -> DbResult<Micros> {
    store::open_orders(conn, organization)
}

/// As [`read`], for an organization that has a budget; `None` for one that has none, which costs nothing.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, organization: &OrganizationRef, now: Moment) -> DbResult<Option<Budget>> {
    match organization.monthly_budget {
        Some(_) => read(conn, organization, now).map(Some),
        None => Ok(None),
    }
}

/// Lets an order of this cost in, or refuses it with the figure and who may raise the budget. In the transaction that
/// places it, before its lines are written.
pub(super) fn admit(tx: &mut Tx, organization: &OrganizationRef, cost: Micros, now: Moment) -> AppResult<()> {
    if organization.monthly_budget.is_none() {
        return Ok(());
    }
    organizations::lock_money(tx, organization.id)?;
    // As it is now: somebody may have changed it since the request began.
    let organization = access::organization(tx, organization.id)?;
    let Some(budget) = of(tx, &organization, now)? else { return Ok(()) };
    match budget.refusal(cost) {
        None => Ok(()),
        Some(words) => {
            let owners = access::owner_names(tx, organization.id)?.join(", ");
            let words = format!("{words} Owners may raise the budget in the settings: {owners}.");
            Err(AppError::Invalid(FieldErrors::one("", words)))
        }
    }
}

/// What is left of the budget while numbers are about to be asked for; held under the organization's lock.
pub(super) struct Purse {
    cap: Micros,
    left: Micros,
}

impl Purse {
    /// Opens it; `None` without a budget.
    pub(super) fn open(tx: &mut Tx, organization: OrganizationId, now: Moment) -> DbResult<Option<Purse>> {
        let found = access::organization(tx, organization)?;
        if found.monthly_budget.is_none() {
            return Ok(None);
        }
        organizations::lock_money(tx, organization)?;
        let found = access::organization(tx, organization)?;
        let budget = of(tx, &found, now)?;
        Ok(budget.and_then(|budget| Some(Purse { cap: budget.cap?, left: budget.left()? })))
    }

    /// Takes what a line's number costs beyond what was promised for the line; the reason when it does not fit, and
    /// then what was promised is free again.
    pub(super) fn take(&mut self, tx: &mut Tx, line: LineId, price: Micros) -> DbResult<Option<String>> {
        let promised = store::promised(tx, line)?;
        let more = price - promised;
        if self.left - more < Micros::ZERO {
            self.left += promised;
            return Ok(Some(format!("at {price} it would pass the month's budget of {}", self.cap)));
        }
        self.left = self.left - more;
        Ok(None)
    }
}

/// Looks at the budget soon, in the background: to be called in every transaction that uses it up.
///
/// # Errors
/// A database error.
pub fn watch(tx: &mut Tx, organization: OrganizationId, now: Moment) -> DbResult<()> {
    if access::organization(tx, organization)?.monthly_budget.is_none() {
        return Ok(());
    }
    enqueue(tx, Some(organization), &WatchBudget { organization_id: organization }, now, now).map(drop)
}

/// Tells, once a month and band, that 80 or 100 percent of the budget are reached.
fn tell(tx: &mut Tx, app: &App, by: &Actor, now: Moment) -> AppResult<()> {
    let organization = access::organization(tx, by.organization())?;
    let Some(budget) = of(tx, &organization, now)? else { return Ok(()) };
    let Some(reached) = budget.band() else { return Ok(()) };
    let mut new = None;
    for band in Band::ALL.into_iter().filter(|band| *band <= reached) {
        let about = format!("budget:{}:{}", budget.month.format("%Y-%m"), band.percent());
        if letters::say_once(tx, organization.id, &about, now)? {
            new = Some((band, about));
        }
    }
    let Some((band, about)) = new else { return Ok(()) };
    let words = budget.reached_words(band);
    activity::record(tx, by, "budget_reached", ADDRESS, &words, now)?;
    if organization.money_letters {
        let news = News {
            about,
            subject: words.clone(),
            text: format!("{words}.\n\n{}\n", budget.sum_words()),
            useful_until: next_month(budget.month).and_time(chrono::NaiveTime::MIN),
        };
        letters::write(tx, app, &organization, &news, now)?;
    }
    Ok(())
}

/// How near the budget is to being used up, for a notice on a page; nothing below 80 percent.
///
/// # Errors
/// A database error.
pub fn notice<P: Permission>(conn: &mut Conn, by: &Allowed<P>) -> DbResult<Option<BandNotice>> {
    let budget = of(conn, by.organization(), by.times().now)?;
    Ok(budget.and_then(|budget| BandNotice::of(&budget, by)))
}

/// As [`notice`], for those who spend it; nothing for others.
///
/// # Errors
/// A database error.
pub async fn notice_for_buyers<P: Permission>(app: &App, by: &Allowed<P>) -> AppResult<Option<BandNotice>> {
    if !by.may::<BuyNumbers>() || by.organization().monthly_budget.is_none() {
        return Ok(None);
    }
    let reader = by.clone();
    Ok(app.db.read(move |conn| notice(conn, &reader)).await?)
}
