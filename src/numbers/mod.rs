//! The inventory: the organization's numbers, how many do what, and each one's life.
//!
//! Every change goes through [`change`]: it locks the counts of the area codes (ascending), writes the facts, the
//! counts and an event for each number, all in the caller's transaction. Only [`reserve`] locks the numbers first and
//! the counts last, so that campaigns that take at once do not wait for one another; where that meets a change of the
//! very same numbers, PostgreSQL ends one of the two and it is begun again.

pub mod at_carrier;
pub mod jobs;
pub mod life;
pub mod marks;
pub mod model;
mod pages;
pub mod planned;
pub mod pools;
pub mod priced;
pub mod release;
pub mod reserving;
mod routes;
pub mod search;
mod store;
mod taking;
pub mod touched;
pub mod voice;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::access::Actor;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::ids::{CampaignId, EventId, NumberId, OrderId, OrganizationId, ServiceId};
use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::organizations::connection::Place;

pub use model::{
    Change, Count, Due, Event, EventKind, Facts, Hold, NewNumber, Number, NumberKind, Status, is_number,
};
pub use routes::routes;
pub use search::Total;
pub use store::Filter;
pub use taking::{Sources, Taken, Wish, beside_free, reserve};

/// The longest label, in characters.
pub const LABEL_LIMIT: usize = 60;

/// Why something changes: what the events say beside who and when.
#[derive(Debug, Clone, Copy, Default)]
pub struct Why<'a> {
    /// A sentence; may be empty.
    pub words: &'a str,
    /// The campaign it is about, if it is about one.
    pub campaign: Option<CampaignId>,
    /// The order it is about, if it is about one.
    pub order: Option<OrderId>,
}

impl<'a> Why<'a> {
    /// Because of a campaign.
    pub fn campaign(campaign: CampaignId, words: &'a str) -> Why<'a> {
        Why { words, campaign: Some(campaign), order: None }
    }
}

/// Adds a bought number: its row, its count, its first event.
///
/// # Errors
/// A database error; [`crate::db::DbError::Duplicate`] when we own the number already.
pub fn add(tx: &mut Tx, by: &Actor, new: &NewNumber, now: Moment, why: Why) -> DbResult<()> {
    enter(tx, by, new, EventKind::Bought, now, why)
}

fn enter(tx: &mut Tx, by: &Actor, new: &NewNumber, how: EventKind, now: Moment, why: Why) -> DbResult<()> {
    let organization = by.organization();
    store::lock_counts(tx, organization, &new.service, &[new.area_code])?;
    store::insert(tx, organization, new)?;
    let facts = Facts {
        held: None,
        messaging_service: None,
        resting_until: None,
        rest_left: None,
        cordoned_at: None,
        leaving_at: None,
        lost_at: None,
    };
    let mut count = Count::none(new.area_code);
    count.count(&facts, new.monthly_price, 1);
    store::add_to_count(tx, organization, &new.service, &count)?;
    let event = event(by, how, now, why, "", facts.status().as_word());
    store::insert_events(tx, organization, [(new.id, event)])?;
    touched::held(tx, organization, now)
}

fn event(by: &Actor, kind: EventKind, at: Moment, why: Why, before: &str, after: &str) -> Event {
    Event {
        id: EventId::new(),
        at,
        kind,
        person_id: by.person(),
        campaign_id: why.campaign,
        order_id: why.order,
        why: why.words.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    }
}

/// Changes numbers that are given by id, all in the same way: facts, counts and events together. Ids of another
/// organization, of released numbers, or for which `keep` says no, are left alone. Answers what was changed, as it
/// was before.
///
/// # Errors
/// A database error.
pub fn change(
    tx: &mut Tx,
    by: &Actor,
    ids: &[NumberId],
    change: Change,
    now: Moment,
    why: Why,
    keep: impl Fn(&Number) -> bool,
) -> DbResult<Vec<Number>> {
    let organization = by.organization();
    // Which counts to lock is read before the numbers are locked: an area code never changes.
    let mut places: BTreeMap<String, Vec<AreaCode>> = BTreeMap::new();
    for number in store::peek(tx, organization, ids)? {
        places.entry(number.0).or_default().push(number.1);
    }
    for (service, area_codes) in &places {
        store::lock_counts(tx, organization, service, area_codes)?;
    }
    let mut numbers = store::lock(tx, organization, ids)?;
    numbers.retain(|number| keep(number));
    write(tx, by, &numbers, change, now, why)?;
    Ok(numbers)
}

/// Writes a change of numbers whose rows are locked already. Their counts are locked last: whoever locked them before
/// has them, and whoever did not makes nobody wait for the rest.
fn write(tx: &mut Tx, by: &Actor, numbers: &[Number], change: Change, now: Moment, why: Why) -> DbResult<()> {
    if numbers.is_empty() {
        return Ok(());
    }
    let organization = by.organization();
    let ids: Vec<NumberId> = numbers.iter().map(|number| number.id).collect();
    store::write_change(tx, organization, &ids, change)?;
    let mut counts: BTreeMap<(&str, AreaCode), Count> = BTreeMap::new();
    let mut lives = Vec::with_capacity(numbers.len());
    for number in numbers {
        let after = change.apply(number.facts);
        let count = counts
            .entry((&number.service, number.area_code))
            .or_insert_with(|| Count::none(number.area_code));
        count.count(&number.facts, number.monthly_price, -1);
        count.count(&after, number.monthly_price, 1);
        lives.push((number.id, number.status(), after.status()));
    }
    let alike = store::Alike {
        at: now,
        kind: change.event(),
        person_id: by.person(),
        campaign_id: why.campaign,
        order_id: why.order,
        why: why.words,
    };
    store::insert_alike(tx, organization, &alike, &lives)?;
    let mut by_service: BTreeMap<&str, Vec<Count>> = BTreeMap::new();
    for ((service, _), count) in counts {
        by_service.entry(service).or_default().push(count);
    }
    for (service, counts) in by_service {
        let codes: Vec<AreaCode> = counts.iter().map(|count| count.area_code).collect();
        store::lock_counts(tx, organization, service, &codes)?;
        store::add_to_counts(tx, organization, service, &counts)?;
    }
    touched::held(tx, organization, now)
}

/// The carrier took a number back: it leaves the inventory, its counts and every list; its row stays for its past.
/// A number that is gone already is left as it is. Answers whether it was there.
///
/// # Errors
/// A database error.
pub fn released(tx: &mut Tx, by: &Actor, id: NumberId, now: Moment, why: Why) -> DbResult<bool> {
    leave(tx, by, id, EventKind::Released, now, why).map(|left| left.is_some())
}

/// A number leaves the inventory; answers it as it was before.
fn leave(
    tx: &mut Tx,
    by: &Actor,
    id: NumberId,
    how: EventKind,
    now: Moment,
    why: Why,
) -> DbResult<Option<Number>> {
    let organization = by.organization();
    for (service, area_code) in store::peek(tx, organization, &[id])? {
        store::lock_counts(tx, organization, &service, &[area_code])?;
    }
    let cleared = how == EventKind::Cleared;
    let Some(number) = store::lock(tx, organization, &[id])?.pop() else { return Ok(None) };
    if cleared {
        if number.facts.lost_at.is_none() {
            return Ok(None);
        }
        store::write_cleared(tx, id, now)?;
    } else {
        store::write_released(tx, id, now)?;
    }
    let mut count = Count::none(number.area_code);
    count.count(&number.facts, number.monthly_price, -1);
    store::add_to_count(tx, organization, &number.service, &count)?;
    let event = event(by, how, now, why, number.status().as_word(), "");
    store::insert_events(tx, organization, [(id, event)])?;
    touched::held(tx, organization, now)?;
    Ok(Some(number))
}

/// Locks the counts of these area codes, ascending. Whoever changes numbers of several area codes in several steps
/// locks all of them first, so that two writers wait for one another and never deadlock. Codes without numbers are
/// left out.
///
/// # Errors
/// A database error.
pub fn lock_counts(tx: &mut Tx, by: &Actor, service: &str, area_codes: &[AreaCode]) -> DbResult<Vec<Count>> {
    store::lock_counts(tx, by.organization(), service, area_codes)
}

/// Sets or clears a label.
///
/// # Errors
/// [`AppError::Invalid`] naming the field `label` when it is too long; a database error.
pub fn label(tx: &mut Tx, by: &Actor, ids: &[NumberId], label: &str, now: Moment) -> AppResult<Vec<Number>> {
    let label = label.trim();
    if label.chars().count() > LABEL_LIMIT {
        let words = format!("A label has at most {LABEL_LIMIT} characters.");
        return Err(AppError::Invalid(crate::error::FieldErrors::one("label", words)));
    }
    let organization = by.organization();
    let mut numbers = store::lock(tx, organization, ids)?;
    numbers.retain(|number| number.label != label);
    let ids: Vec<NumberId> = numbers.iter().map(|number| number.id).collect();
    if !ids.is_empty() {
        store::write_label(tx, &ids, label)?;
        let events = numbers.iter().map(|number| {
            (number.id, event(by, EventKind::Labelled, now, Why::default(), &number.label, label))
        });
        store::insert_events(tx, organization, events.collect::<Vec<_>>())?;
    }
    Ok(numbers)
}

/// What answers calls to a number was set at the carrier, or not: into its life.
///
/// # Errors
/// A database error.
pub fn voice_event(tx: &mut Tx, by: &Actor, id: NumberId, set: bool, now: Moment, why: Why) -> DbResult<()> {
    let status = store::find(tx, by.organization(), id)?.status().as_word();
    let kind = if set { EventKind::VoiceSet } else { EventKind::VoiceNotSet };
    let event = event(by, kind, now, why, status, status);
    store::insert_events(tx, by.organization(), [(id, event)])
}

/// A number of the organization, released ones included.
///
/// # Errors
/// [`crate::db::DbError::NotFound`] when there is none.
pub fn find(conn: &mut Conn, organization: OrganizationId, id: NumberId) -> DbResult<Number> {
    store::find(conn, organization, id)
}

/// The number we own under this phone number, in whichever organization: asked before buying and adopting.
///
/// # Errors
/// A database error.
pub fn find_open(
    conn: &mut Conn,
    service: &str,
    carrier_account: &str,
    phone_number: E164,
) -> DbResult<Option<Number>> {
    store::find_open(conn, service, carrier_account, phone_number)
}

/// How many numbers the organization has in an account.
///
/// # Errors
/// A database error.
pub fn owned_at(conn: &mut Conn, place: &Place) -> DbResult<i64> {
    store::owned_at(conn, place)
}

/// A number's life, newest first, at most 500 events.
///
/// # Errors
/// A database error.
pub fn events(conn: &mut Conn, organization: OrganizationId, id: NumberId) -> DbResult<Vec<Event>> {
    store::events(conn, organization, id)
}

/// The numbers a campaign holds, by area code and number.
///
/// # Errors
/// A database error.
pub fn of_campaign(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Vec<Number>> {
    store::of_campaign(conn, organization, campaign)
}

/// These numbers of the organization, without released ones, in their order.
///
/// # Errors
/// A database error.
pub fn of_ids(conn: &mut Conn, organization: OrganizationId, ids: &[NumberId]) -> DbResult<Vec<Number>> {
    store::of_ids(conn, organization, ids)
}

/// The numbers in a messaging service.
///
/// # Errors
/// A database error.
pub fn in_service(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
) -> DbResult<Vec<Number>> {
    store::in_service(conn, organization, service)
}

/// How many numbers a campaign holds in each area code.
///
/// # Errors
/// A database error.
pub fn held_by_area(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<BTreeMap<AreaCode, i64>> {
    Ok(store::held_by_area(conn, organization, campaign)?.into_iter().collect())
}

/// The numbers an order bought that are still owned.
///
/// # Errors
/// A database error.
pub fn of_order(conn: &mut Conn, organization: OrganizationId, order: OrderId) -> DbResult<Vec<Number>> {
    store::of_order(conn, organization, order)
}

/// The counts by area code, ascending; of one provider when it is named. Costs area codes, not numbers.
///
/// # Errors
/// A database error.
pub fn counts(conn: &mut Conn, organization: OrganizationId, service: Option<&str>) -> DbResult<Vec<Count>> {
    store::counts(conn, organization, service)
}

/// The providers an organization has, or had, numbers of.
///
/// # Errors
/// A database error.
pub fn services(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<String>> {
    store::services(conn, organization)
}

/// Idle numbers that renew soon: counted exactly up to [`Renewing::MOST`], so that looking costs no more with a
/// million numbers than with some thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewing {
    /// How many, [`Renewing::MOST`] at most.
    pub count: i64,
    /// What these cost a month.
    pub cost: Micros,
    /// Whether there are more.
    pub more: bool,
}

impl Renewing {
    /// So many are counted.
    pub const MOST: i64 = 1_000;
}

/// The idle numbers whose monthly charge falls due by a day.
///
/// # Errors
/// A database error.
pub fn idle_renewing(conn: &mut Conn, organization: OrganizationId, by: NaiveDate) -> DbResult<Renewing> {
    let mut prices = store::idle_renewing(conn, organization, by, Renewing::MOST + 1)?;
    let more = i64::try_from(prices.len()).is_ok_and(|found| found > Renewing::MOST);
    if more {
        prices.pop();
    }
    let count = i64::try_from(prices.len()).unwrap_or(i64::MAX);
    Ok(Renewing { count, cost: prices.into_iter().sum(), more })
}

/// The numbers released since a day, on their monthly date or after it, which was not charged yet; locked.
///
/// # Errors
/// A database error.
pub fn released_unrenewed(tx: &mut Tx, since: NaiveDate) -> DbResult<Vec<Number>> {
    store::released_unrenewed(tx, since)
}

/// What renewals due before a day will cost at today's prices: one month a number.
///
/// # Errors
/// A database error.
pub fn renewals_before(conn: &mut Conn, organization: OrganizationId, day: NaiveDate) -> DbResult<Micros> {
    store::renewals_before(conn, organization, day)
}

/// How many numbers each of these campaigns holds, and what they cost a month. Costs what they hold.
///
/// # Errors
/// A database error.
pub fn held_by(
    conn: &mut Conn,
    organization: OrganizationId,
    campaigns: &[CampaignId],
) -> DbResult<BTreeMap<CampaignId, (i64, Micros)>> {
    let held = store::held_by(conn, organization, campaigns)?;
    Ok(held.into_iter().map(|(campaign, count, cost)| (campaign, (count, cost))).collect())
}

/// The counts made by counting every number: must equal [`counts`]. For checks and tests; costs numbers.
///
/// # Errors
/// A database error.
pub fn count_all(conn: &mut Conn, organization: OrganizationId, service: &str) -> DbResult<Vec<Count>> {
    store::count_all(conn, organization, service)
}

/// A page of numbers in their order, at most `limit`.
///
/// # Errors
/// A database error.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: &Filter,
    limit: i64,
) -> DbResult<Vec<Number>> {
    search::list(conn, organization, filter, limit)
}

/// How many numbers a filter finds, counted up to [`search::COUNTED`]: for what the counts do not say.
///
/// # Errors
/// A database error.
pub fn how_many(conn: &mut Conn, organization: OrganizationId, filter: &Filter) -> DbResult<Total> {
    search::how_many(conn, organization, filter)
}

/// The area codes in which a filter finds numbers.
///
/// # Errors
/// A database error.
pub fn area_codes_found(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: &Filter,
) -> DbResult<BTreeSet<AreaCode>> {
    search::area_codes_found(conn, organization, filter)
}

/// Numbers whose rest is over, of all organizations: at most `limit`, for the job that ends rests.
///
/// # Errors
/// A database error.
pub fn rested(conn: &mut Conn, now: Moment, limit: i64) -> DbResult<Vec<(OrganizationId, NumberId)>> {
    store::rested(conn, now, limit)
}

/// Numbers whose monthly charge is due, of all organizations, locked: at most `limit`, for the ledger. With
/// `leave_locked` those that somebody else has locked are left to them, so that none does not mean that none is due.
///
/// # Errors
/// A database error.
pub fn due_for_renewal(tx: &mut Tx, today: NaiveDate, limit: i64, leave_locked: bool) -> DbResult<Vec<Due>> {
    store::due_for_renewal(tx, today, limit, leave_locked)
}

/// Records the day of some numbers' next monthly charge: the ledger's.
///
/// # Errors
/// A database error.
pub fn renewed(tx: &mut Tx, ids: &[NumberId], renews_on: NaiveDate) -> DbResult<()> {
    store::write_renewals(tx, ids, renews_on)
}

/// What numbers of these counts cost a month.
pub fn monthly_cost(counts: &[Count]) -> Micros {
    counts.iter().map(|count| count.monthly_cost).sum()
}

/// How many numbers each of these campaigns holds. Costs the numbers they hold.
///
/// # Errors
/// A database error.
pub fn held_by_campaigns(
    conn: &mut Conn,
    organization: OrganizationId,
    campaigns: &[CampaignId],
) -> DbResult<BTreeMap<CampaignId, i64>> {
    Ok(store::held_by_campaigns(conn, organization, campaigns)?.into_iter().collect())
}

/// Which campaigns hold how many numbers of these area codes, and how. Costs the numbers held there.
///
/// # Errors
/// A database error.
pub fn holders(
    conn: &mut Conn,
    organization: OrganizationId,
    area_codes: &[AreaCode],
) -> DbResult<Vec<(AreaCode, CampaignId, Hold, i64)>> {
    store::holders(conn, organization, area_codes)
}
