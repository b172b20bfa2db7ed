//! The rows of `release_ask`.

use diesel::prelude::*;

use super::model::{ReleaseAsk, Status};
use crate::db::schema::release_ask as a;
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::kernel::ids::{AskId, CampaignId, OrganizationId, PersonId};
use crate::kernel::{AreaCode, Moment};
use crate::load_for_update;

#[derive(Queryable)]
struct Row {
    id: AskId,
    _organization_id: OrganizationId,
    from_campaign: CampaignId,
    to_campaign: CampaignId,
    area_code: AreaCode,
    numbers: i64,
    note: String,
    status: Status,
    asked_by: PersonId,
    asked_at: Moment,
    decided_by: Option<PersonId>,
    decided_at: Option<Moment>,
    answer: Option<String>,
}

impl From<Row> for ReleaseAsk {
    fn from(row: Row) -> ReleaseAsk {
        ReleaseAsk {
            id: row.id,
            from: row.from_campaign,
            to: row.to_campaign,
            area_code: row.area_code,
            numbers: row.numbers,
            note: row.note,
            status: row.status,
            asked_by: row.asked_by,
            asked_at: row.asked_at,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            answer: row.answer,
        }
    }
}

pub(super) fn insert(tx: &mut Tx, organization: OrganizationId, ask: &ReleaseAsk) -> DbResult<()> {
    diesel::insert_into(a::table)
        .values((
            a::id.eq(ask.id),
            a::organization_id.eq(organization),
            a::from_campaign.eq(ask.from),
            a::to_campaign.eq(ask.to),
            a::area_code.eq(ask.area_code),
            a::numbers.eq(ask.numbers),
            a::note.eq(&ask.note),
            a::status.eq(ask.status),
            a::asked_by.eq(ask.asked_by),
            a::asked_at.eq(ask.asked_at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, organization: OrganizationId, id: AskId) -> DbResult<Option<ReleaseAsk>> {
    let row: Option<Row> =
        a::table.filter(a::organization_id.eq(organization)).filter(a::id.eq(id)).first(conn).optional()?;
    Ok(row.map(ReleaseAsk::from))
}

/// Locked; both campaigns are locked before it.
pub(super) fn lock(tx: &mut Tx, organization: OrganizationId, id: AskId) -> DbResult<ReleaseAsk> {
    let rows: Vec<Row> =
        load_for_update!(**tx, a::table.filter(a::organization_id.eq(organization)).filter(a::id.eq(id)))?;
    rows.into_iter().next().map(ReleaseAsk::from).ok_or(DbError::NotFound)
}

/// The open one between two campaigns about an area code.
pub(super) fn open_between(
    conn: &mut Conn,
    organization: OrganizationId,
    from: CampaignId,
    to: CampaignId,
    area_code: AreaCode,
) -> DbResult<Option<ReleaseAsk>> {
    let row: Option<Row> = a::table
        .filter(a::organization_id.eq(organization))
        .filter(a::from_campaign.eq(from))
        .filter(a::to_campaign.eq(to))
        .filter(a::area_code.eq(area_code))
        .filter(a::status.eq(Status::Open))
        .first(conn)
        .optional()?;
    Ok(row.map(ReleaseAsk::from))
}

pub(super) fn decide(tx: &mut Tx, ask: &ReleaseAsk) -> DbResult<()> {
    diesel::update(a::table.find(ask.id))
        .set((
            a::status.eq(ask.status),
            a::numbers.eq(ask.numbers),
            a::decided_by.eq(ask.decided_by),
            a::decided_at.eq(ask.decided_at),
            a::answer.eq(&ask.answer),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The open ones, oldest first; those that concern one campaign when it is named.
pub(super) fn open(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: Option<CampaignId>,
    limit: i64,
) -> DbResult<Vec<ReleaseAsk>> {
    let mut query = a::table
        .filter(a::organization_id.eq(organization))
        .filter(a::status.eq(Status::Open))
        .order(a::id)
        .limit(limit)
        .into_boxed::<crate::db::MultiBackend>();
    if let Some(campaign) = campaign {
        query = query.filter(a::from_campaign.eq(campaign).or(a::to_campaign.eq(campaign)));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(ReleaseAsk::from).collect())
}

/// What was answered to a campaign since a moment, newest first.
pub(super) fn answered(
    conn: &mut Conn,
    organization: OrganizationId,
    to: CampaignId,
    since: Moment,
    limit: i64,
) -> DbResult<Vec<ReleaseAsk>> {
    let rows: Vec<Row> = a::table
        .filter(a::organization_id.eq(organization))
        .filter(a::to_campaign.eq(to))
        .filter(a::status.eq_any([Status::Given, Status::Kept]))
        .filter(a::decided_at.ge(since))
        .order(a::id.desc())
        .limit(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(ReleaseAsk::from).collect())
}
