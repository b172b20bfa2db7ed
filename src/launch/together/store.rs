//! The rows of `give_back` and `give_back_line`.

use diesel::prelude::*;

use super::{Line, Outcome, Together};
use crate::db::schema::{give_back as g, give_back_line as line};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, GiveBackId, OrganizationId, PersonId};
use crate::on_each;

#[derive(Insertable)]
#[diesel(table_name = line)]
struct NewLine {
    give_back_id: GiveBackId,
    campaign_id: CampaignId,
    held: i64,
    status: Outcome,
}

pub(super) fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    id: GiveBackId,
    by: PersonId,
    seen: &[(CampaignId, i64)],
    now: Moment,
) -> DbResult<bool> {
    let row = (g::id.eq(id), g::organization_id.eq(organization), g::asked_by.eq(by), g::asked_at.eq(now));
    let insert = diesel::insert_into(g::table).values(row).on_conflict(g::id).do_nothing();
    if on_each!(**tx, conn => insert.execute(conn))? == 0 {
        return Ok(false);
    }
    let rows: Vec<NewLine> = seen
        .iter()
        .map(|&(campaign_id, held)| NewLine { give_back_id: id, campaign_id, held, status: Outcome::Asked })
        .collect();
    on_each!(**tx, conn => diesel::insert_into(line::table).values(&rows).execute(conn))?;
    Ok(true)
}

pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: GiveBackId,
) -> DbResult<Option<Together>> {
    let row: Option<(PersonId, Moment, Option<Moment>)> = g::table
        .filter(g::organization_id.eq(organization))
        .filter(g::id.eq(id))
        .select((g::asked_by, g::asked_at, g::finished_at))
        .first(conn)
        .optional()?;
    let Some((asked_by, asked_at, finished_at)) = row else { return Ok(None) };
    type Columns = (CampaignId, i64, Outcome, Option<i64>, Option<String>);
    let lines: Vec<Columns> = line::table
        .filter(line::give_back_id.eq(id))
        .order(line::campaign_id)
        .select((line::campaign_id, line::held, line::status, line::given, line::reason))
        .load(conn)?;
    let lines = lines
        .into_iter()
        .map(|(campaign, held, outcome, given, reason)| Line { campaign, held, outcome, given, reason })
        .collect();
    Ok(Some(Together { id, asked_by, asked_at, finished_at, lines }))
}

/// Writes what became of one campaign, once.
pub(super) fn settle(
    tx: &mut Tx,
    id: GiveBackId,
    campaign: CampaignId,
    result: Result<i64, &str>,
) -> DbResult<()> {
    let (outcome, given, reason) = match result {
        Ok(given) => (Outcome::Done, Some(given), None),
        Err(words) => (Outcome::Refused, None, Some(words)),
    };
    diesel::update(line::table.find((id, campaign)).filter(line::status.eq(Outcome::Asked)))
        .set((line::status.eq(outcome), line::given.eq(given), line::reason.eq(reason)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn finish(tx: &mut Tx, id: GiveBackId, now: Moment) -> DbResult<()> {
    diesel::update(g::table.find(id)).set(g::finished_at.eq(now)).execute(&mut **tx)?;
    Ok(())
}
