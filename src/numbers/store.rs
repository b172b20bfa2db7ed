//! The rows of `owned_phone_number`; those of `number_count` and `number_event`, and the longer questions, stand in the
//! files below.

mod by_id;
mod counts;
mod events;
mod renewals;
mod taking;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{Change, Facts, Hold, NewNumber, Number, NumberKind, Status};
use super::search;
use crate::db::dialect::sum_big;
use crate::db::schema::{number_count, owned_phone_number as number};
use crate::db::{Conn, DbError, DbResult, MultiBackend, Tx};
use crate::kernel::ids::{CampaignId, NumberId, OrderId, OrganizationId, ServiceId};
use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::organizations::connection::Place;

pub(super) use by_id::{among, lock, of_ids, peek};
pub(super) use counts::{add_to_count, add_to_counts, count_all, counts, lock_counts};
pub(super) use events::{Alike, events, insert_alike, insert_events};
pub(super) use renewals::{
    due_for_renewal, idle_renewing, released_unrenewed, renewals_before, rested, write_renewals,
};
pub(super) use taking::{beside_free, take};

#[derive(Queryable, QueryableByName)]
#[diesel(table_name = number)]
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

/// Writes a change of numbers that [`lock`] or [`take`] gave.
pub(super) fn write_change(
    tx: &mut Tx,
    organization: OrganizationId,
    ids: &[NumberId],
    change: Change,
) -> DbResult<()> {
    let those = among(tx, organization, ids);
    let target = move || number::table.filter(those);
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
    search::insert_digits(tx, organization, new.id, new.phone_number)
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
