//! The rows of `number_request`, `number_request_line` and `approval_limit`.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::model::{ApprovalLimit, Request, RequestLine, Status, Wish};
use crate::db::dialect::sum_big;
use crate::db::schema::{approval_limit, number_request as r, number_request_line as line};
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::kernel::ids::{CampaignId, OrderId, OrganizationId, PersonId, RequestId};
use crate::kernel::{AreaCode, Micros, Moment};
use crate::purchasing::Fallback;
use crate::{load_for_update, on_each};

#[derive(Queryable)]
struct Row {
    id: RequestId,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    status: Status,
    asked_by: PersonId,
    asked_at: Moment,
    needed_by: Option<Moment>,
    note: String,
    fallback: Fallback,
    monthly_cost: Micros,
    decided_by: Option<PersonId>,
    decided_at: Option<Moment>,
    answer: Option<String>,
    order_id: Option<OrderId>,
    within_limit: Option<Micros>,
    not_automatic: Option<String>,
}

impl Row {
    fn with(self, lines: Vec<RequestLine>) -> Request {
        Request {
            id: self.id,
            organization_id: self.organization_id,
            campaign_id: self.campaign_id,
            status: self.status,
            asked_by: self.asked_by,
            asked_at: self.asked_at,
            wish: Wish { lines, needed_by: self.needed_by, note: self.note, fallback: self.fallback },
            monthly_cost: self.monthly_cost,
            decided_by: self.decided_by,
            decided_at: self.decided_at,
            answer: self.answer,
            order_id: self.order_id,
            within_limit: self.within_limit,
            not_automatic: self.not_automatic,
        }
    }
}

fn with_lines(conn: &mut Conn, rows: Vec<Row>) -> DbResult<Vec<Request>> {
    let ids: Vec<RequestId> = rows.iter().map(|row| row.id).collect();
    let stored: Vec<(RequestId, AreaCode, i64, Micros)> = line::table
        .filter(line::request_id.eq_any(ids))
        .order((line::request_id, line::area_code))
        .load(conn)?;
    let mut lines: BTreeMap<RequestId, Vec<RequestLine>> = BTreeMap::new();
    for (id, area_code, numbers, price) in stored {
        lines.entry(id).or_default().push(RequestLine { area_code, numbers, price });
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let lines = lines.remove(&row.id).unwrap_or_default();
            row.with(lines)
        })
        .collect())
}

#[derive(Insertable)]
#[diesel(table_name = line)]
struct NewLine {
    request_id: RequestId,
    area_code: AreaCode,
    numbers: i64,
    price: Micros,
}

/// Writes a new request; `false` when there is one of its id already.
pub(super) fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    id: RequestId,
    campaign: CampaignId,
    by: PersonId,
    wish: &Wish,
    now: Moment,
) -> DbResult<bool> {
    let row = (
        r::id.eq(id),
        r::organization_id.eq(organization),
        r::campaign_id.eq(campaign),
        r::status.eq(Status::Open),
        r::asked_by.eq(by),
        r::asked_at.eq(now),
        r::needed_by.eq(wish.needed_by),
        r::note.eq(&wish.note),
        r::fallback.eq(wish.fallback),
        r::monthly_cost.eq(wish.monthly_cost()),
    );
    let inserted = on_each!(**tx, conn => diesel::insert_into(r::table)
        .values(row)
        .on_conflict(r::id)
        .do_nothing()
        .execute(conn))?;
    if inserted == 1 {
        insert_lines(tx, id, wish)?;
    }
    Ok(inserted == 1)
}

fn insert_lines(tx: &mut Tx, id: RequestId, wish: &Wish) -> DbResult<()> {
    let rows: Vec<NewLine> = wish
        .lines
        .iter()
        .map(|one| NewLine {
            request_id: id,
            area_code: one.area_code,
            numbers: one.numbers,
            price: one.price,
        })
        .collect();
    on_each!(**tx, conn => diesel::insert_into(line::table).values(&rows).execute(conn))?;
    Ok(())
}

/// Writes what is asked for anew. The row is locked.
pub(super) fn rewrite(tx: &mut Tx, id: RequestId, wish: &Wish) -> DbResult<()> {
    diesel::update(r::table.find(id))
        .set((
            r::needed_by.eq(wish.needed_by),
            r::note.eq(&wish.note),
            r::fallback.eq(wish.fallback),
            r::monthly_cost.eq(wish.monthly_cost()),
            r::not_automatic.eq(None::<String>),
        ))
        .execute(&mut **tx)?;
    diesel::delete(line::table.filter(line::request_id.eq(id))).execute(&mut **tx)?;
    insert_lines(tx, id, wish)
}

/// Writes a decision. The row is locked.
pub(super) fn decide(tx: &mut Tx, request: &Request) -> DbResult<()> {
    diesel::update(r::table.find(request.id))
        .set((
            r::status.eq(request.status),
            r::monthly_cost.eq(request.monthly_cost),
            r::decided_by.eq(request.decided_by),
            r::decided_at.eq(request.decided_at),
            r::answer.eq(&request.answer),
            r::order_id.eq(request.order_id),
            r::within_limit.eq(request.within_limit),
            r::not_automatic.eq(&request.not_automatic),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, organization: OrganizationId, id: RequestId) -> DbResult<Request> {
    let row: Row = r::table.filter(r::organization_id.eq(organization)).filter(r::id.eq(id)).first(conn)?;
    with_lines(conn, vec![row])?.pop().ok_or(DbError::NotFound)
}

/// As [`find`], locked until the transaction ends. The campaign is locked before it.
pub(super) fn lock(tx: &mut Tx, organization: OrganizationId, id: RequestId) -> DbResult<Request> {
    let rows: Vec<Row> =
        load_for_update!(**tx, r::table.filter(r::organization_id.eq(organization)).filter(r::id.eq(id)))?;
    with_lines(tx, rows)?.pop().ok_or(DbError::NotFound)
}

/// The open ones, the one that is needed first at first.
pub(super) fn open(conn: &mut Conn, organization: OrganizationId, limit: i64) -> DbResult<Vec<Request>> {
    let rows: Vec<Row> = r::table
        .filter(r::organization_id.eq(organization))
        .filter(r::status.eq(Status::Open))
        .order((r::needed_by.is_null(), r::needed_by, r::id))
        .limit(limit)
        .load(conn)?;
    with_lines(conn, rows)
}

/// Those that are over, newest first, after the given one.
pub(super) fn over(
    conn: &mut Conn,
    organization: OrganizationId,
    before: Option<RequestId>,
    limit: i64,
) -> DbResult<Vec<Request>> {
    let mut query = r::table
        .filter(r::organization_id.eq(organization))
        .filter(r::status.ne(Status::Open))
        .order(r::id.desc())
        .limit(limit)
        .into_boxed::<crate::db::MultiBackend>();
    if let Some(before) = before {
        query = query.filter(r::id.lt(before));
    }
    let rows: Vec<Row> = query.load(conn)?;
    with_lines(conn, rows)
}

/// The last one of a campaign.
pub(super) fn of_campaign(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Option<Request>> {
    let rows: Vec<Row> = r::table
        .filter(r::organization_id.eq(organization))
        .filter(r::campaign_id.eq(campaign))
        .order(r::id.desc())
        .limit(1)
        .load(conn)?;
    Ok(with_lines(conn, rows)?.pop())
}

/// The organization's limit.
pub(super) fn limit(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<ApprovalLimit>> {
    let row: Option<(Micros, PersonId, Moment)> = approval_limit::table
        .find(organization)
        .select((approval_limit::monthly, approval_limit::set_by, approval_limit::set_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(monthly, set_by, set_at)| ApprovalLimit { monthly, set_by, set_at }))
}

/// As [`limit`], locked: two requests are weighed against it one after the other.
pub(super) fn lock_limit(tx: &mut Tx, organization: OrganizationId) -> DbResult<Option<ApprovalLimit>> {
    let rows: Vec<(Micros, PersonId, Moment)> = load_for_update!(
        **tx,
        approval_limit::table.filter(approval_limit::organization_id.eq(organization)).select((
            approval_limit::monthly,
            approval_limit::set_by,
            approval_limit::set_at
        ))
    )?;
    Ok(rows.into_iter().next().map(|(monthly, set_by, set_at)| ApprovalLimit { monthly, set_by, set_at }))
}

pub(super) fn set_limit(tx: &mut Tx, organization: OrganizationId, limit: &ApprovalLimit) -> DbResult<()> {
    let values = (
        approval_limit::monthly.eq(limit.monthly),
        approval_limit::set_by.eq(limit.set_by),
        approval_limit::set_at.eq(limit.set_at),
    );
    on_each!(**tx, conn => diesel::insert_into(approval_limit::table)
        .values((approval_limit::organization_id.eq(organization), values))
        .on_conflict(approval_limit::organization_id)
        .do_update()
        .set(values)
        .execute(conn))?;
    Ok(())
}

/// What was approved within a limit from one moment to another.
pub(super) fn approved_within(
    conn: &mut Conn,
    organization: OrganizationId,
    from: Moment,
    to: Moment,
) -> DbResult<Micros> {
    let sum: i64 = r::table
        .filter(r::organization_id.eq(organization))
        .filter(r::within_limit.is_not_null())
        .filter(r::decided_at.ge(from))
        .filter(r::decided_at.lt(to))
        .select(sum_big("monthly_cost"))
        .first(conn)?;
    Ok(Micros::new(sum))
}
