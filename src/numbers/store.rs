//! The rows of `owned_phone_number`, `number_count` and `number_event`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::Sources;
use super::model::{
    Change, Count, Due, Event, EventKind, Facts, Hold, NewNumber, Number, NumberKind, Status,
};
use crate::db::dialect::sum_big;
use crate::db::schema::{number_count, number_event, owned_phone_number as number};
use crate::db::{Conn, DbError, DbResult, MultiBackend, Tx};
use crate::kernel::ids::{CampaignId, EventId, NumberId, OrderId, OrganizationId, PersonId, ServiceId};
use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::organizations::connection::Place;
use crate::{load_for_update, on_each};

/// SQLite takes 32,766 bound values a statement; an event has ten.
const EVENTS_AT_ONCE: usize = 2_000;

#[derive(Queryable)]
pub(super) struct Row {
    id: NumberId,
    organization_id: OrganizationId,
    service: String,
    carrier_account: String,
    service_id: String,
    phone_number: E164,
    area_code: AreaCode,
    kind: NumberKind,
    label: String,
    monthly_price: Micros,
    bought_at: Moment,
    renews_on: NaiveDate,
    order_id: Option<OrderId>,
    campaign_id: Option<CampaignId>,
    hold: Option<Hold>,
    messaging_service_id: Option<ServiceId>,
    resting_until: Option<Moment>,
    cordoned_at: Option<Moment>,
    leaving_at: Option<Moment>,
    lost_at: Option<Moment>,
    released_at: Option<Moment>,
    rest_left: Option<Moment>,
    voice_url: Option<String>,
}

impl From<Row> for Number {
    fn from(row: Row) -> Number {
        Number {
            id: row.id,
            organization_id: row.organization_id,
            service: row.service,
            carrier_account: row.carrier_account,
            service_id: row.service_id,
            phone_number: row.phone_number,
            area_code: row.area_code,
            kind: row.kind,
            label: row.label,
            monthly_price: row.monthly_price,
            bought_at: row.bought_at,
            renews_on: row.renews_on,
            order_id: row.order_id,
            facts: Facts {
                held: row.campaign_id.zip(row.hold),
                messaging_service: row.messaging_service_id,
                resting_until: row.resting_until,
                rest_left: row.rest_left,
                cordoned_at: row.cordoned_at,
                leaving_at: row.leaving_at,
                lost_at: row.lost_at,
            },
            released_at: row.released_at,
            voice_url: row.voice_url,
        }
    }
}

fn numbers(rows: Vec<Row>) -> Vec<Number> {
    rows.into_iter().map(Number::from).collect()
}

/// A query for numbers that grows.
pub(super) type Boxed<'a> = number::BoxedQuery<'a, MultiBackend>;

/// A slice of an organization's numbers.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this provider.
    pub service: Option<String>,
    /// Of this area code.
    pub area_code: Option<AreaCode>,
    /// Of one of these area codes.
    pub area_codes: Option<Vec<AreaCode>>,
    /// Doing this.
    pub status: Option<Status>,
    /// Cordoned ones only.
    pub cordoned: bool,
    /// Digits that the number begins or ends with, or words within the label.
    pub search: Option<String>,
    /// After this number, in the order of numbers.
    pub after: Option<E164>,
    /// Before this number: the nearest ones.
    pub before: Option<E164>,
}

/// The numbers a filter lets through, whatever it searches for.
pub(super) fn filtered<'a>(organization: OrganizationId, filter: &Filter) -> Boxed<'a> {
    let mut query = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::released_at.is_null())
        .into_boxed::<MultiBackend>();
    if let Some(service) = &filter.service {
        query = query.filter(number::service.eq(service.clone()));
    }
    if let Some(area_code) = filter.area_code {
        query = query.filter(number::area_code.eq(area_code));
    }
    if let Some(area_codes) = &filter.area_codes {
        query = query.filter(number::area_code.eq_any(area_codes.clone()));
    }
    if let Some(status) = filter.status {
        query = doing(query, status);
    }
    if filter.cordoned {
        query = query.filter(number::cordoned_at.is_not_null());
    }
    query
}

/// The facts of a status as conditions: must say what [`Facts::status`] says (a test compares them).
fn doing(query: Boxed<'_>, status: Status) -> Boxed<'_> {
    match status {
        Status::Lost => return query.filter(number::lost_at.is_not_null()),
        Status::Leaving => {
            return query.filter(number::lost_at.is_null()).filter(number::leaving_at.is_not_null());
        }
        _ => {}
    }
    let query = query.filter(number::lost_at.is_null()).filter(number::leaving_at.is_null());
    match status {
        Status::InUse => query.filter(number::hold.eq(Hold::InUse)),
        Status::Reserved => query.filter(number::hold.eq(Hold::Reserved)),
        _ => {
            let query = query.filter(number::campaign_id.is_null());
            match status {
                Status::Attached => query.filter(number::messaging_service_id.is_not_null()),
                Status::Resting => query
                    .filter(number::messaging_service_id.is_null())
                    .filter(number::resting_until.is_not_null()),
                _ => query
                    .filter(number::messaging_service_id.is_null())
                    .filter(number::resting_until.is_null()),
            }
        }
    }
}

/// The providers an organization has, or had, numbers of.
pub(super) fn services(conn: &mut Conn, organization: OrganizationId) -> DbResult<Vec<String>> {
    Ok(number_count::table
        .filter(number_count::organization_id.eq(organization))
        .select(number_count::service)
        .distinct()
        .order(number_count::service)
        .load(conn)?)
}

/// The prices of idle numbers whose monthly charge falls due by a day, `limit` of them at most.
pub(super) fn idle_renewing(
    conn: &mut Conn,
    organization: OrganizationId,
    by: NaiveDate,
    limit: i64,
) -> DbResult<Vec<Micros>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::renews_on.le(by))
        .filter(number::campaign_id.is_null())
        .filter(number::messaging_service_id.is_null())
        .filter(number::resting_until.is_null())
        .filter(number::leaving_at.is_null())
        .filter(number::lost_at.is_null())
        .filter(number::released_at.is_null())
        .select(number::monthly_price)
        .limit(limit)
        .load(conn)?)
}

pub(super) fn renewals_before(
    conn: &mut Conn,
    organization: OrganizationId,
    day: NaiveDate,
) -> DbResult<Micros> {
    let sum: i64 = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::renews_on.lt(day))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .select(sum_big("monthly_price"))
        .get_result(conn)?;
    Ok(Micros::new(sum))
}

/// How many numbers campaigns hold, and what these cost a month. Campaigns that hold none are left out.
pub(super) fn held_by(
    conn: &mut Conn,
    organization: OrganizationId,
    campaigns: &[CampaignId],
) -> DbResult<Vec<(CampaignId, i64, Micros)>> {
    let rows: Vec<(Option<CampaignId>, i64, Micros)> = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::campaign_id.eq_any(campaigns.to_vec()))
        .group_by(number::campaign_id)
        .select((number::campaign_id, diesel::dsl::count_star(), sum_big("monthly_price")))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(campaign, count, cost)| Some((campaign?, count, cost))).collect())
}

pub(super) fn find(conn: &mut Conn, organization: OrganizationId, id: NumberId) -> DbResult<Number> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::id.eq(id))
        .first::<Row>(conn)?
        .into())
}

pub(super) fn owned_at(conn: &mut Conn, place: &Place) -> DbResult<i64> {
    Ok(number::table
        .filter(number::organization_id.eq(place.organization))
        .filter(number::service.eq(&place.service))
        .filter(number::carrier_account.eq(&place.account))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .count()
        .get_result(conn)?)
}

/// The number we own or are about to lose under this phone number, whichever organization has it.
pub(super) fn find_open(
    conn: &mut Conn,
    service: &str,
    carrier_account: &str,
    phone_number: E164,
) -> DbResult<Option<Number>> {
    Ok(number::table
        .filter(number::service.eq(service))
        .filter(number::carrier_account.eq(carrier_account))
        .filter(number::phone_number.eq(phone_number))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .first::<Row>(conn)
        .optional()?
        .map(Number::from))
}

pub(super) fn of_campaign(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Vec<Number>> {
    Ok(numbers(
        number::table
            .filter(number::organization_id.eq(organization))
            .filter(number::campaign_id.eq(campaign))
            .order((number::area_code, number::phone_number))
            .load(conn)?,
    ))
}

pub(super) fn of_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[NumberId],
) -> DbResult<Vec<Number>> {
    Ok(numbers(
        number::table
            .filter(number::organization_id.eq(organization))
            .filter(number::id.eq_any(ids.to_vec()))
            .filter(number::released_at.is_null())
            .order(number::phone_number)
            .load(conn)?,
    ))
}

pub(super) fn in_service(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
) -> DbResult<Vec<Number>> {
    Ok(numbers(
        number::table
            .filter(number::organization_id.eq(organization))
            .filter(number::messaging_service_id.eq(service))
            .filter(number::released_at.is_null())
            .order(number::phone_number)
            .load(conn)?,
    ))
}

pub(super) fn held_by_area(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Vec<(AreaCode, i64)>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::campaign_id.eq(campaign))
        .group_by(number::area_code)
        .select((number::area_code, diesel::dsl::count_star()))
        .order(number::area_code)
        .load(conn)?)
}

pub(super) fn of_order(
    conn: &mut Conn,
    organization: OrganizationId,
    order: OrderId,
) -> DbResult<Vec<Number>> {
    Ok(numbers(
        number::table
            .filter(number::organization_id.eq(organization))
            .filter(number::order_id.eq(order))
            .order(number::phone_number)
            .load(conn)?,
    ))
}

/// Numbers whose rest is over, and those still in some organization's counts: a batch, oldest first.
pub(super) fn rested(conn: &mut Conn, now: Moment, limit: i64) -> DbResult<Vec<(OrganizationId, NumberId)>> {
    Ok(number::table
        .filter(number::resting_until.le(now))
        .filter(number::released_at.is_null())
        .order(number::resting_until)
        .select((number::organization_id, number::id))
        .limit(limit)
        .load(conn)?)
}

/// Locks the counts of these area codes, in ascending order, so that two writers wait for one another instead of
/// locking each other out. Every change of numbers begins with it. Codes without a row are answered as none.
pub(super) fn lock_counts(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    area_codes: &[AreaCode],
) -> DbResult<Vec<Count>> {
    let mut codes = area_codes.to_vec();
    codes.sort_unstable();
    codes.dedup();
    let query = number_count::table
        .filter(number_count::organization_id.eq(organization))
        .filter(number_count::service.eq(service))
        .filter(number_count::area_code.eq_any(codes))
        .order(number_count::area_code)
        .select(count_columns());
    let rows: Vec<CountRow> = load_for_update!(**tx, query)?;
    Ok(rows.into_iter().map(count_of).collect())
}

/// Numbers that no campaign holds, that are there to stay and not cordoned.
fn unheld<'a>(organization: OrganizationId, service: &str) -> Boxed<'a> {
    number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::service.eq(service.to_owned()))
        .filter(number::campaign_id.is_null())
        .filter(number::cordoned_at.is_null())
        .filter(number::leaving_at.is_null())
        .filter(number::lost_at.is_null())
        .filter(number::released_at.is_null())
        .into_boxed::<MultiBackend>()
}

/// Where numbers for a campaign are taken from beside the free ones: attached to its messaging service, resting.
fn slices<'a>(organization: OrganizationId, service: &str, sources: Sources) -> Vec<Boxed<'a>> {
    attached(organization, service, sources)
        .into_iter()
        .chain(resting(organization, service, sources))
        .collect()
}

fn attached<'a>(organization: OrganizationId, service: &str, sources: Sources) -> Option<Boxed<'a>> {
    let attached =
        unheld(organization, service).filter(number::messaging_service_id.eq(sources.attached_to?));
    Some(if sources.resting { attached } else { attached.filter(number::resting_until.is_null()) })
}

fn resting<'a>(organization: OrganizationId, service: &str, sources: Sources) -> Option<Boxed<'a>> {
    let resting = unheld(organization, service)
        .filter(number::messaging_service_id.is_null())
        .filter(number::resting_until.is_not_null());
    sources.resting.then_some(resting)
}

/// Takes the first usable numbers of an area code, locked, in this order: those in the campaign's messaging service,
/// which need not be moved; free ones; resting ones. The count row is locked before.
pub(super) fn take(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    area_code: AreaCode,
    how_many: i64,
    sources: Sources,
) -> DbResult<Vec<Number>> {
    let missing = |taken: &[Number]| how_many - i64::try_from(taken.len()).unwrap_or(i64::MAX);
    let mut taken = Vec::new();
    if let Some(slice) = attached(organization, service, sources) {
        take_of(tx, organization, slice, area_code, missing(&taken), &mut taken)?;
    }
    taken.extend(take_free(tx, organization, service, area_code, missing(&taken))?);
    if let Some(slice) = resting(organization, service, sources) {
        take_of(tx, organization, slice, area_code, missing(&taken), &mut taken)?;
    }
    Ok(taken)
}

fn take_of(
    tx: &mut Tx,
    organization: OrganizationId,
    slice: Boxed<'_>,
    area_code: AreaCode,
    how_many: i64,
    taken: &mut Vec<Number>,
) -> DbResult<()> {
    if how_many <= 0 {
        return Ok(());
    }
    let ids: Vec<NumberId> = slice
        .filter(number::area_code.eq(area_code))
        .order(number::phone_number)
        .limit(how_many)
        .select(number::id)
        .load(&mut **tx)?;
    // Whoever changes a number has locked its count, so these are still what they were a moment ago.
    taken.extend(lock(tx, organization, &ids)?);
    Ok(())
}

/// How many numbers of the sources there are beside the free ones.
pub(super) fn beside_free(
    conn: &mut Conn,
    organization: OrganizationId,
    service: &str,
    sources: Sources,
) -> DbResult<BTreeMap<AreaCode, i64>> {
    let mut counts = BTreeMap::new();
    for slice in slices(organization, service, sources) {
        for area_code in slice.select(number::area_code).load::<AreaCode>(conn)? {
            *counts.entry(area_code).or_default() += 1;
        }
    }
    Ok(counts)
}

/// Takes the first free numbers of an area code, in order, locked. The count row is locked before.
fn take_free(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    area_code: AreaCode,
    how_many: i64,
) -> DbResult<Vec<Number>> {
    if how_many <= 0 {
        return Ok(Vec::new());
    }
    let query = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::service.eq(service))
        .filter(number::area_code.eq(area_code))
        .filter(number::campaign_id.is_null())
        .filter(number::messaging_service_id.is_null())
        .filter(number::resting_until.is_null())
        .filter(number::cordoned_at.is_null())
        .filter(number::leaving_at.is_null())
        .filter(number::lost_at.is_null())
        .filter(number::released_at.is_null())
        .order(number::phone_number)
        .limit(how_many);
    let rows: Vec<Row> = load_for_update!(**tx, query)?;
    Ok(numbers(rows))
}

/// The provider and area code of numbers, not locked: neither ever changes.
pub(super) fn peek(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[NumberId],
) -> DbResult<Vec<(String, AreaCode)>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::id.eq_any(ids.to_vec()))
        .select((number::service, number::area_code))
        .distinct()
        .load(conn)?)
}

/// Loads numbers of the organization, locked, in their order.
pub(super) fn lock(tx: &mut Tx, organization: OrganizationId, ids: &[NumberId]) -> DbResult<Vec<Number>> {
    let query = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::id.eq_any(ids.to_vec()))
        .filter(number::released_at.is_null())
        .order(number::phone_number);
    let rows: Vec<Row> = load_for_update!(**tx, query)?;
    Ok(numbers(rows))
}

/// Writes a change of numbers that [`lock`] or [`take_free`] gave.
pub(super) fn write_change(tx: &mut Tx, ids: &[NumberId], change: Change) -> DbResult<()> {
    let target = || number::table.filter(number::id.eq_any(ids.to_vec()));
    let campaign = |campaign: Option<CampaignId>, hold: Option<Hold>| {
        (number::campaign_id.eq(campaign), number::hold.eq(hold))
    };
    let resting = |until: Option<Moment>| number::resting_until.eq(until);
    let left = |until: Option<Moment>| number::rest_left.eq(until);
    let conn = &mut **tx;
    let changed = match change {
        Change::Reserve(id) => diesel::update(target())
            .set((
                campaign(Some(id), Some(Hold::Reserved)),
                number::rest_left.eq(number::resting_until),
                resting(None),
            ))
            .execute(conn)?,
        Change::BackToReserved(id) => {
            diesel::update(target()).set(campaign(Some(id), Some(Hold::Reserved))).execute(conn)?
        }
        Change::Use(id) => {
            diesel::update(target()).set(campaign(Some(id), Some(Hold::InUse))).execute(conn)?
        }
        Change::Unreserve => diesel::update(target())
            .set((campaign(None, None), number::resting_until.eq(number::rest_left), left(None)))
            .execute(conn)?,
        Change::GiveBack(until) => {
            diesel::update(target()).set((campaign(None, None), resting(until), left(None))).execute(conn)?
        }
        Change::Attach(service) => {
            diesel::update(target()).set(number::messaging_service_id.eq(service)).execute(conn)?
        }
        Change::Detach => {
            diesel::update(target()).set(number::messaging_service_id.eq(None::<ServiceId>)).execute(conn)?
        }
        Change::Rest(until) => diesel::update(target()).set(resting(Some(until))).execute(conn)?,
        Change::EndRest => diesel::update(target()).set(resting(None)).execute(conn)?,
        Change::Cordon(at) => diesel::update(target()).set(number::cordoned_at.eq(at)).execute(conn)?,
        Change::Uncordon => {
            diesel::update(target()).set(number::cordoned_at.eq(None::<Moment>)).execute(conn)?
        }
        Change::Leave(at) => diesel::update(target()).set(number::leaving_at.eq(at)).execute(conn)?,
        Change::Stay => diesel::update(target()).set(number::leaving_at.eq(None::<Moment>)).execute(conn)?,
        Change::Lose(at) => diesel::update(target()).set(number::lost_at.eq(at)).execute(conn)?,
        Change::Find => diesel::update(target()).set(number::lost_at.eq(None::<Moment>)).execute(conn)?,
    };
    expect(changed, ids.len(), "numbers changed")
}

/// A lost one leaves the inventory, and whoever held it holds it no more.
pub(super) fn write_cleared(tx: &mut Tx, id: NumberId, now: Moment) -> DbResult<()> {
    let changed = diesel::update(number::table.find(id))
        .set((
            number::released_at.eq(now),
            number::campaign_id.eq(None::<CampaignId>),
            number::hold.eq(None::<Hold>),
            number::messaging_service_id.eq(None::<ServiceId>),
        ))
        .execute(&mut **tx)?;
    expect(changed, 1, "numbers cleared")
}

/// The carrier took it back: it leaves the inventory and every list.
pub(super) fn write_released(tx: &mut Tx, id: NumberId, now: Moment) -> DbResult<()> {
    let changed =
        diesel::update(number::table.find(id)).set(number::released_at.eq(now)).execute(&mut **tx)?;
    expect(changed, 1, "numbers released")
}

pub(super) fn write_label(tx: &mut Tx, ids: &[NumberId], label: &str) -> DbResult<()> {
    let changed = diesel::update(number::table.filter(number::id.eq_any(ids.to_vec())))
        .set(number::label.eq(label))
        .execute(&mut **tx)?;
    expect(changed, ids.len(), "numbers labelled")
}

fn expect(changed: usize, wanted: usize, what: &str) -> DbResult<()> {
    if changed == wanted {
        Ok(())
    } else {
        Err(DbError::Unexpected(format!("{what}: {changed} instead of {wanted}")))
    }
}

pub(super) fn insert(tx: &mut Tx, organization: OrganizationId, new: &NewNumber) -> DbResult<()> {
    diesel::insert_into(number::table)
        .values((
            (
                number::id.eq(new.id),
                number::organization_id.eq(organization),
                number::service.eq(&new.service),
                number::carrier_account.eq(&new.carrier_account),
                number::service_id.eq(&new.service_id),
                number::phone_number.eq(new.phone_number),
                number::area_code.eq(new.area_code),
            ),
            (
                number::kind.eq(NumberKind::of(new.area_code)),
                number::label.eq(&new.label),
                number::voice_url.eq(&new.voice_url),
                number::monthly_price.eq(new.monthly_price),
                number::bought_at.eq(new.bought_at),
                number::renews_on.eq(new.renews_on),
                number::order_id.eq(new.order_id),
            ),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = number_event, treat_none_as_default_value = false)]
struct NewEvent {
    id: EventId,
    organization_id: OrganizationId,
    number_id: NumberId,
    at: Moment,
    kind: EventKind,
    person_id: Option<PersonId>,
    campaign_id: Option<CampaignId>,
    order_id: Option<OrderId>,
    why: String,
    before: String,
    after: String,
}

/// Appends events, each of one number.
pub(super) fn insert_events(
    tx: &mut Tx,
    organization: OrganizationId,
    events: impl IntoIterator<Item = (NumberId, Event)>,
) -> DbResult<()> {
    let rows: Vec<NewEvent> = events
        .into_iter()
        .map(|(number_id, event)| NewEvent {
            id: event.id,
            organization_id: organization,
            number_id,
            at: event.at,
            kind: event.kind,
            person_id: event.person_id,
            campaign_id: event.campaign_id,
            order_id: event.order_id,
            why: event.why,
            before: event.before,
            after: event.after,
        })
        .collect();
    for rows in rows.chunks(EVENTS_AT_ONCE) {
        on_each!(**tx, conn => diesel::insert_into(number_event::table).values(rows).execute(conn))?;
    }
    Ok(())
}

type EventRow = (
    EventId,
    Moment,
    EventKind,
    Option<PersonId>,
    Option<CampaignId>,
    Option<OrderId>,
    String,
    String,
    String,
);

pub(super) fn events(conn: &mut Conn, organization: OrganizationId, id: NumberId) -> DbResult<Vec<Event>> {
    let rows: Vec<EventRow> = number_event::table
        .filter(number_event::organization_id.eq(organization))
        .filter(number_event::number_id.eq(id))
        .order((number_event::at.desc(), number_event::id.desc()))
        .limit(500)
        .select((
            number_event::id,
            number_event::at,
            number_event::kind,
            number_event::person_id,
            number_event::campaign_id,
            number_event::order_id,
            number_event::why,
            number_event::before,
            number_event::after,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, at, kind, person_id, campaign_id, order_id, why, before, after)| Event {
            id,
            at,
            kind,
            person_id,
            campaign_id,
            order_id,
            why,
            before,
            after,
        })
        .collect())
}

type CountRow = (AreaCode, i64, i64, i64, i64, i64, i64, i64, i64, Micros);
type CountColumns = (
    number_count::area_code,
    number_count::available,
    number_count::cordoned,
    number_count::reserved,
    number_count::in_use,
    number_count::attached,
    number_count::resting,
    number_count::leaving,
    number_count::lost,
    number_count::monthly_cost,
);

fn count_columns() -> CountColumns {
    Default::default()
}

fn count_of(row: CountRow) -> Count {
    let (area_code, available, cordoned, reserved, in_use, attached, resting, leaving, lost, monthly_cost) =
        row;
    Count { area_code, available, cordoned, reserved, in_use, attached, resting, leaving, lost, monthly_cost }
}

/// The counts of an organization by area code; of one provider when it is named.
pub(super) fn counts(
    conn: &mut Conn,
    organization: OrganizationId,
    service: Option<&str>,
) -> DbResult<Vec<Count>> {
    let mut query = number_count::table
        .filter(number_count::organization_id.eq(organization))
        .select(count_columns())
        .order((number_count::area_code, number_count::service))
        .into_boxed::<MultiBackend>();
    if let Some(service) = service {
        query = query.filter(number_count::service.eq(service.to_owned()));
    }
    let rows: Vec<CountRow> = query.load(conn)?;
    let mut counts: Vec<Count> = Vec::with_capacity(rows.len());
    for count in rows.into_iter().map(count_of) {
        match counts.last_mut() {
            Some(last) if last.area_code == count.area_code => last.add(&count),
            _ => counts.push(count),
        }
    }
    Ok(counts)
}

/// Adds to the counts of an area code, making its row when it is the first.
pub(super) fn add_to_count(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    by: &Count,
) -> DbResult<()> {
    use number_count as c;
    let target = || {
        c::table
            .filter(c::organization_id.eq(organization))
            .filter(c::service.eq(service.to_owned()))
            .filter(c::area_code.eq(by.area_code))
    };
    let add = || {
        (
            c::available.eq(c::available + by.available),
            c::cordoned.eq(c::cordoned + by.cordoned),
            c::reserved.eq(c::reserved + by.reserved),
            c::in_use.eq(c::in_use + by.in_use),
            c::attached.eq(c::attached + by.attached),
            c::resting.eq(c::resting + by.resting),
            c::leaving.eq(c::leaving + by.leaving),
            c::lost.eq(c::lost + by.lost),
            c::monthly_cost.eq(c::monthly_cost + by.monthly_cost.get()),
        )
    };
    if diesel::update(target()).set(add()).execute(&mut **tx)? == 1 {
        return Ok(());
    }
    // The first number of this area code: two at once make one row.
    on_each!(**tx, conn => diesel::insert_into(c::table)
        .values((
            c::organization_id.eq(organization),
            c::service.eq(service),
            c::area_code.eq(by.area_code),
        ))
        .on_conflict_do_nothing()
        .execute(conn))?;
    let changed = diesel::update(target()).set(add()).execute(&mut **tx)?;
    expect(changed, 1, "counts changed")
}

/// Counts an organization's numbers one by one: what [`counts`] must equal.
pub(super) fn count_all(
    conn: &mut Conn,
    organization: OrganizationId,
    service: &str,
) -> DbResult<Vec<Count>> {
    let rows: Vec<Row> = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::service.eq(service))
        .filter(number::released_at.is_null())
        .order(number::area_code)
        .load(conn)?;
    let mut counts: Vec<Count> = Vec::new();
    for number in numbers(rows) {
        if counts.last().is_none_or(|count| count.area_code != number.area_code) {
            counts.push(Count::none(number.area_code));
        }
        if let Some(count) = counts.last_mut() {
            count.count(&number.facts, number.monthly_price, 1);
        }
    }
    Ok(counts)
}

/// Numbers whose monthly charge falls due, of all organizations: a batch, locked.
pub(super) fn due_for_renewal(tx: &mut Tx, today: NaiveDate, limit: i64) -> DbResult<Vec<Due>> {
    let query = number::table
        .filter(number::renews_on.le(today))
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .order((number::renews_on, number::id))
        .limit(limit)
        .select((number::id, number::organization_id, number::renews_on, number::monthly_price));
    let rows: Vec<(NumberId, OrganizationId, NaiveDate, Micros)> = load_for_update!(**tx, query)?;
    Ok(rows
        .into_iter()
        .map(|(id, organization_id, renews_on, monthly_price)| Due {
            id,
            organization_id,
            renews_on,
            monthly_price,
        })
        .collect())
}

pub(super) fn write_renewals(tx: &mut Tx, ids: &[NumberId], renews_on: NaiveDate) -> DbResult<()> {
    let changed = diesel::update(number::table.filter(number::id.eq_any(ids.to_vec())))
        .set(number::renews_on.eq(renews_on))
        .execute(&mut **tx)?;
    expect(changed, ids.len(), "numbers renewed")
}

pub(super) fn released_unrenewed(tx: &mut Tx, since: NaiveDate) -> DbResult<Vec<Number>> {
    let query = number::table
        .filter(number::released_at.ge(since.and_time(chrono::NaiveTime::MIN)))
        .filter(number::lost_at.is_null())
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("date(released_at) >= renews_on"))
        .order((number::renews_on, number::id));
    let rows: Vec<Row> = load_for_update!(**tx, query)?;
    Ok(numbers(rows))
}

pub(super) fn held_by_campaigns(
    conn: &mut Conn,
    organization: OrganizationId,
    campaigns: &[CampaignId],
) -> DbResult<Vec<(CampaignId, i64)>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::campaign_id.eq_any(campaigns.iter().copied().map(Some)))
        .group_by(number::campaign_id)
        .select((number::campaign_id.assume_not_null(), diesel::dsl::count_star()))
        .load(conn)?)
}

pub(super) fn holders(
    conn: &mut Conn,
    organization: OrganizationId,
    area_codes: &[AreaCode],
) -> DbResult<Vec<(AreaCode, CampaignId, Hold, i64)>> {
    Ok(number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::area_code.eq_any(area_codes.to_vec()))
        .filter(number::campaign_id.is_not_null())
        .filter(number::hold.is_not_null())
        .filter(number::released_at.is_null())
        .filter(number::lost_at.is_null())
        .group_by((number::area_code, number::campaign_id, number::hold))
        .order((number::area_code, number::campaign_id))
        .select((
            number::area_code,
            number::campaign_id.assume_not_null(),
            number::hold.assume_not_null(),
            diesel::dsl::count_star(),
        ))
        .load(conn)?)
}
