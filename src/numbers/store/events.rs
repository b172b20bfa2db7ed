//! The rows of `number_event`: what became of each number.

use diesel::prelude::*;

use crate::db::schema::number_event;
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, EventId, NumberId, OrderId, OrganizationId, PersonId};
use crate::numbers::model::{Event, EventKind};
use crate::on_each;

/// SQLite takes 32,766 bound values a statement; an event has ten.
const EVENTS_AT_ONCE: usize = 2_000;

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
