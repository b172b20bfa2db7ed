//! Months that were added up and kept, so that a page reads sums and no charges.
//!
//! A month is *fresh* when it was added up after everything that touched it ([`touched`]). Of the others, few charges
//! are added up on the spot, in memory, so that a small organization always sees the present; many are added up by
//! [`jobs::AddUp`] within a minute or two, and meanwhile the page shows what it has and says of when it is. What is
//! kept follows from charges, assignments and rests alone: added up again it is the same to the byte.

pub mod jobs;
mod store;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::by_day::MonthDays;
use super::month::Month;
use super::sources::{self, Window};
use super::sums::{Cell, Face, MonthSums, Outlook, Part, Parts};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::numbers::touched;

pub(super) use store::cells_of;

/// Up to so many charges are added up while a page is made.
pub const ON_THE_SPOT: i64 = 10_000;

/// Months as they are known.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What is known of them; a month without a charge is not in here.
    pub months: BTreeMap<Month, Parts>,
    /// Those that were added up just now, crossed too.
    pub just_now: BTreeMap<Month, MonthSums>,
    /// When the oldest that is no longer fresh was added up; `None` when all are.
    pub as_of: Option<Moment>,
    /// Some were never added up, and are too many to be added up on the spot.
    pub missing: bool,
}

/// Which months there are.
fn existing(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<(Month, Month)>> {
    let first = super::store::first_month(conn, organization)?;
    let last = super::store::last_month(conn, organization)?;
    Ok(first.zip(last))
}

/// Whether somebody touched a month.
fn is_touched(spans: &[(NaiveDate, Option<NaiveDate>)], month: Month) -> bool {
    let day = month.first();
    spans.iter().any(|(first, last)| *first <= day && last.is_none_or(|last| day <= last))
}

/// The months from one to another: from every side when `whole`, else only as a whole and by whose they were.
pub(super) fn months(
    conn: &mut Conn,
    organization: OrganizationId,
    (from, to): (Month, Month),
    whole: &[Month],
    on_the_spot: i64,
) -> DbResult<Known> {
    let mut known = Known::default();
    let kept = store::kept(conn, organization, from, to)?;
    let spans = touched::spans(conn, organization)?;
    let there = existing(conn, organization)?;
    let is_stale = |month: &Month| !kept.contains_key(month) || is_touched(&spans, *month);
    let stale: Vec<Month> = match there {
        Some((first, last)) => from.max(first).to(to.min(last)).filter(is_stale).collect(),
        None => Vec::new(),
    };
    if let (Some(first), Some(last)) = (stale.first(), stale.last()) {
        let window = Window::of(*first, *last);
        if sources::charges_at_most(conn, organization, window, on_the_spot + 1)? <= on_the_spot {
            known.just_now = sources::months(conn, organization, *first, *last)?;
            known.just_now.retain(|month, _| stale.contains(month));
        } else {
            known.as_of = stale.iter().filter_map(|month| kept.get(month)).map(|(_, at)| *at).min();
            known.missing = stale.iter().any(|month| !kept.contains_key(month));
        }
    }
    let sides = [Face::All, Face::Holder];
    known.months = store::parts(conn, organization, from, to, &sides)?;
    let (first, last) = (whole.iter().min(), whole.iter().max());
    if let (Some(first), Some(last)) = (first, last) {
        for (month, parts) in
            store::parts(conn, organization, *first, *last, &[Face::Area, Face::Provider, Face::Kind])?
        {
            known.months.entry(month).or_default().extend(parts);
        }
    }
    if known.as_of.is_none() && !known.missing {
        for month in &stale {
            known.months.remove(month);
        }
    }
    for (month, sums) in &known.just_now {
        known.months.insert(*month, sums.parts.clone());
    }
    Ok(known)
}

/// Some days as they are known.
#[derive(Debug, Default)]
pub(super) struct KnownDays {
    /// What they cost.
    pub parts: Parts,
    /// When the oldest of their months that is no longer fresh was added up; `None` when all are.
    pub as_of: Option<Moment>,
    /// Some of their months were never added up.
    pub missing: bool,
}

/// What the days `from..until` cost, out of whichever charges pay for them: cut on the spot when those are few, else
/// from what is kept. A month whose charges pay for no other days is taken as a whole.
pub(super) fn days(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    until: NaiveDate,
    on_the_spot: i64,
) -> DbResult<KnownDays> {
    let window = Window::paying_for(from, until);
    if sources::charges_at_most(conn, organization, window, on_the_spot + 1)? <= on_the_spot {
        let parts = sources::days(conn, organization, from, until)?.parts;
        return Ok(KnownDays { parts, ..KnownDays::default() });
    }
    let mut known = KnownDays::default();
    let Some((first, last)) = existing(conn, organization)? else { return Ok(known) };
    let (first, last) = (first.max(Month::of(window.from)), last.min(Month::of(until)));
    let kept = store::kept(conn, organization, first, last)?;
    let spans = touched::spans(conn, organization)?;
    let stale = |month: &Month| !kept.contains_key(month) || is_touched(&spans, *month);
    let stale: Vec<Month> = first.to(last).filter(stale).collect();
    known.as_of = stale.iter().filter_map(|month| kept.get(month)).map(|(_, at)| *at).min();
    known.missing = stale.iter().any(|month| !kept.contains_key(month));
    let (whole, cut): (Vec<Month>, Vec<Month>) = first
        .to(last)
        .partition(|month| from <= month.first() && Window::of(*month, *month).paid_until() <= until);
    for month in store::days(conn, organization, &cut)? {
        for key in month.parts.keys() {
            if let Some(part) = month.between(key, from, until) {
                *known.parts.entry(key.clone()).or_default() += part;
            }
        }
    }
    // Those in between follow one another.
    if let (Some(first), Some(last)) = (whole.first(), whole.last()) {
        let sides = [Face::All, Face::Holder, Face::Area, Face::Provider, Face::Kind];
        for (key, part) in store::parts(conn, organization, *first, *last, &sides)?.into_values().flatten() {
            *known.parts.entry(key).or_default() += part;
        }
    }
    Ok(known)
}

/// What is ahead of a month; on the spot when it is not known afresh and there are few numbers.
pub(super) fn outlook(
    conn: &mut Conn,
    organization: OrganizationId,
    month: Month,
    numbers: i64,
    on_the_spot: i64,
) -> DbResult<Outlook> {
    let (of, mut outlook) = store::outlook(conn, organization)?;
    let fresh = of == Some(month) && touched::spans(conn, organization)?.is_empty();
    if !fresh && numbers <= on_the_spot {
        return sources::outlook(conn, organization, month);
    }
    if of.is_some_and(|of| of < month) {
        // The month has begun since: what was ahead of it is in it now.
        for ahead in outlook.values_mut() {
            ahead.to_come = ahead.next_month;
        }
    }
    Ok(outlook)
}

/// A month to be added up, and how often it was before: whoever added it up meanwhile is noticed.
type Turn = (Month, Option<i64>);

/// What there is to do for an organization: months, the latest first, and the notes that ask for it.
fn plan(
    conn: &mut Conn,
    organization: OrganizationId,
    today: NaiveDate,
) -> DbResult<(Vec<Turn>, Vec<touched::Touched>)> {
    let notes = touched::of(conn, organization)?;
    let spans: Vec<_> = notes.iter().map(|note| (note.first, note.last)).collect();
    let now = Month::of(today);
    let (first, last) = existing(conn, organization)?.unwrap_or((now, now));
    let (first, last) = (first.min(now), last.max(now));
    let kept = store::kept(conn, organization, first, last)?;
    let turns = first
        .to(last)
        .map(|month| (month, kept.get(&month).map(|(turn, _)| *turn)))
        .filter(|(month, turn)| turn.is_none() || is_touched(&spans, *month) || *month == now)
        .collect::<Vec<_>>();
    Ok((turns.into_iter().rev().collect(), notes))
}

/// A month to be kept, as it was added up at a moment.
#[derive(Clone)]
struct Added {
    organization: OrganizationId,
    turn: Turn,
    sums: MonthSums,
    days: MonthDays,
    /// What is ahead of it, when it is the present one.
    outlook: Option<Outlook>,
    at: Moment,
}

/// Keeps a month. `false` when somebody else kept it since its turn was read: then nothing is written.
fn keep(tx: &mut Tx, added: &Added) -> DbResult<bool> {
    if !store::take_turn(tx, added.organization, added.turn, added.at)? {
        return Ok(false);
    }
    let month = added.turn.0;
    store::replace(tx, added.organization, month, &added.sums, &added.days)?;
    if let Some(outlook) = &added.outlook {
        store::replace_outlook(tx, added.organization, month, outlook)?;
    }
    Ok(true)
}

/// What was crossed, month by month.
pub(super) type Crossed = BTreeMap<Month, Vec<(Cell, Part)>>;

/// One campaign in every month, and where: what is kept, and what was added up on the spot.
pub(super) fn campaign(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
    (from, to): (Month, Month),
    on_the_spot: i64,
) -> DbResult<(Known, Crossed)> {
    let known = months(conn, organization, (from, to), &[], on_the_spot)?;
    let mut cells = cells_of(conn, organization, campaign, from, to)?;
    for (month, sums) in &known.just_now {
        let own = sums.cells.iter().filter(|(cell, _)| cell.holder.campaign() == Some(campaign));
        cells.insert(*month, own.map(|(cell, part)| (cell.clone(), *part)).collect());
    }
    Ok((known, cells))
}
