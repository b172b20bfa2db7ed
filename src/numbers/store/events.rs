//! The rows of `number_event`: what became of each number.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamp};

use super::expect;
use crate::db::schema::number_event;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, EventId, NumberId, OrderId, OrganizationId, PersonId};
use crate::numbers::model::{Event, EventKind, Status};
use crate::on_each;

/// SQLite takes 32,766 bound values a statement; an event has ten.
const EVENTS_AT_ONCE: usize = 2_000;

/// The same that became of several numbers.
pub(in crate::numbers) struct Alike<'a> {
    /// When.
    pub at: Moment,
    /// What.
    pub kind: EventKind,
    /// Who did it, if somebody did.
    pub person_id: Option<PersonId>,
    /// The campaign it is about.
    pub campaign_id: Option<CampaignId>,
    /// The order it is about.
    pub order_id: Option<OrderId>,
    /// A sentence; may be empty.
    pub why: &'a str,
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
pub(in crate::numbers) fn insert_events(
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

/// Appends the same event to the life of each of these numbers, with its status before and after. What differs stands
/// in the statement itself, ids and words of ours: binding ten values a number takes longer than writing them.
pub(in crate::numbers) fn insert_alike(
    tx: &mut Tx,
    organization: OrganizationId,
    alike: &Alike,
    numbers: &[(NumberId, Status, Status)],
) -> DbResult<()> {
    for numbers in numbers.chunks(EVENTS_AT_ONCE) {
        let rows: Vec<String> = numbers
            .iter()
            .map(|(number, before, after)| {
                format!("('{}', '{number}', '{}', '{}')", EventId::new(), before.as_word(), after.as_word())
            })
            .collect();
        let statement = format!(
            "WITH v (id, number_id, before, after) AS (VALUES {}) \
             INSERT INTO number_event \
             (id, number_id, before, after, organization_id, at, kind, person_id, campaign_id, order_id, why) \
             SELECT v.id, v.number_id, v.before, v.after, $1, $2, $3, $4, $5, $6, $7 FROM v",
            rows.join(", ")
        );
        let written = diesel::sql_query(statement)
            .bind::<Text, _>(organization)
            .bind::<Timestamp, _>(alike.at)
            .bind::<Text, _>(alike.kind)
            .bind::<Nullable<Text>, _>(alike.person_id)
            .bind::<Nullable<Text>, _>(alike.campaign_id)
            .bind::<Nullable<Text>, _>(alike.order_id)
            .bind::<Text, _>(alike.why)
            .execute(&mut **tx)?;
        expect(written, numbers.len(), "events written")?;
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

pub(in crate::numbers) fn events(
    conn: &mut Conn,
    organization: OrganizationId,
    id: NumberId,
) -> DbResult<Vec<Event>> {
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
