//! The rows of `campaign`, `campaign_need` and `campaign_reject`.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::model::{Basics, Campaign, FileRead, Picker, State};
use super::{ContactFacts, Filter};
use crate::db::schema::{campaign, campaign_need, campaign_plan, campaign_reject};
use crate::db::{Conn, DbError, DbResult, MultiBackend, Tx};
use crate::kernel::ids::{CampaignId, OrganizationId, PersonId, ServiceId};
use crate::kernel::{AreaCode, Moment};
use crate::{load_for_update, on_each};

#[derive(Queryable)]
pub(super) struct Row {
    id: CampaignId,
    organization_id: OrganizationId,
    name: String,
    state: State,
    contacts_per_number: i64,
    strategy: String,
    include_resting: bool,
    planned_start: Option<Moment>,
    hold_until: Option<Moment>,
    messaging_service_id: Option<ServiceId>,
    file_name: Option<String>,
    file_read_at: Option<Moment>,
    contact_records: i64,
    contacts: i64,
    notice: Option<String>,
    created_by: PersonId,
    created_at: Moment,
    started_at: Option<Moment>,
    archived_at: Option<Moment>,
    closed_at: Option<Moment>,
    own_service: bool,
    picker: Picker,
    lapsed: Option<String>,
}

impl From<Row> for Campaign {
    fn from(row: Row) -> Campaign {
        let records = row.contact_records;
        Campaign {
            id: row.id,
            organization_id: row.organization_id,
            name: row.name,
            state: row.state,
            ratio: row.contacts_per_number,
            strategy: row.strategy,
            include_resting: row.include_resting,
            planned_start: row.planned_start,
            hold_until: row.hold_until,
            messaging_service_id: row.messaging_service_id,
            file: row.file_name.zip(row.file_read_at).map(|(name, read_at)| FileRead {
                name,
                read_at,
                records,
            }),
            contacts: row.contacts,
            notice: row.notice,
            created_by: row.created_by,
            created_at: row.created_at,
            started_at: row.started_at,
            archived_at: row.archived_at,
            closed_at: row.closed_at,
            own_service: row.own_service,
            picker: row.picker,
            lapsed: row.lapsed.map(|text| super::lapse::read(&text)).unwrap_or_default(),
        }
    }
}

pub(super) fn campaigns(rows: Vec<Row>) -> Vec<Campaign> {
    rows.into_iter().map(Campaign::from).collect()
}

pub(super) fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    basics: &Basics,
    by: PersonId,
    now: Moment,
) -> DbResult<()> {
    diesel::insert_into(campaign::table)
        .values((
            campaign::id.eq(id),
            campaign::organization_id.eq(organization),
            campaign::name.eq(basics.name.as_str()),
            campaign::state.eq(State::Draft),
            campaign::contacts_per_number.eq(basics.ratio.get()),
            campaign::strategy.eq(&basics.strategy),
            campaign::include_resting.eq(basics.include_resting),
            campaign::planned_start.eq(basics.planned_start),
            campaign::created_by.eq(by),
            campaign::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, organization: OrganizationId, id: CampaignId) -> DbResult<Campaign> {
    Ok(campaign::table
        .filter(campaign::organization_id.eq(organization))
        .filter(campaign::id.eq(id))
        .first::<Row>(conn)?
        .into())
}

pub(super) fn lock(tx: &mut Tx, organization: OrganizationId, id: CampaignId) -> DbResult<Campaign> {
    let query =
        campaign::table.filter(campaign::organization_id.eq(organization)).filter(campaign::id.eq(id));
    let rows: Vec<Row> = load_for_update!(**tx, query)?;
    campaigns(rows).pop().ok_or(DbError::NotFound)
}

/// Names of campaigns, deleted drafts included: for the lives of numbers.
pub(super) fn names(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[CampaignId],
) -> DbResult<BTreeMap<CampaignId, String>> {
    let rows: Vec<(CampaignId, String)> = campaign::table
        .filter(campaign::organization_id.eq(organization))
        .filter(campaign::id.eq_any(ids.to_vec()))
        .select((campaign::id, campaign::name))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

pub(super) fn of_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[CampaignId],
) -> DbResult<Vec<Campaign>> {
    Ok(campaigns(
        campaign::table
            .filter(campaign::organization_id.eq(organization))
            .filter(campaign::id.eq_any(ids.to_vec()))
            .order(campaign::id)
            .load(conn)?,
    ))
}

fn listed<'a>(organization: OrganizationId) -> campaign::BoxedQuery<'a, MultiBackend> {
    campaign::table
        .filter(campaign::organization_id.eq(organization))
        // A draft that was deleted is in no list.
        .filter(campaign::state.ne(State::Closed).or(campaign::started_at.is_not_null()))
        .into_boxed::<MultiBackend>()
}

fn matching<'a>(
    query: campaign::BoxedQuery<'a, MultiBackend>,
    filter: &Filter,
) -> campaign::BoxedQuery<'a, MultiBackend> {
    let query = match filter.state {
        Some(state) => query.filter(campaign::state.eq(state)),
        None => query,
    };
    match &filter.search {
        Some(words) => {
            let escaped = words.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            query.filter(crate::db::dialect::lower(campaign::name).like(format!("%{escaped}%")).escape('\\'))
        }
        None => query,
    }
}

/// A page of campaigns, newest first.
pub(super) fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: &Filter,
    limit: i64,
) -> DbResult<Vec<Campaign>> {
    let mut query = matching(listed(organization), filter);
    if let Some(before) = filter.before {
        let (at, id): (Moment, CampaignId) = campaign::table
            .filter(campaign::organization_id.eq(organization))
            .filter(campaign::id.eq(before))
            .select((campaign::created_at, campaign::id))
            .first(conn)?;
        query = query
            .filter(campaign::created_at.lt(at).or(campaign::created_at.eq(at).and(campaign::id.lt(id))));
    }
    let query = query.order((campaign::created_at.desc(), campaign::id.desc())).limit(limit);
    Ok(campaigns(query.load(conn)?))
}

/// How many campaigns a search finds in each state.
pub(super) fn by_state(
    conn: &mut Conn,
    organization: OrganizationId,
    search: Option<&str>,
) -> DbResult<BTreeMap<State, i64>> {
    let filter = Filter { state: None, search: search.map(str::to_owned), before: None };
    let mut counts = BTreeMap::new();
    for &state in <State as crate::kernel::text_enum::TextEnum>::ALL {
        let count: i64 = matching(listed(organization), &filter)
            .filter(campaign::state.eq(state))
            .count()
            .get_result(conn)?;
        counts.insert(state, count);
    }
    Ok(counts)
}

/// Other campaigns of this name that are not closed.
pub(super) fn of_name(
    conn: &mut Conn,
    organization: OrganizationId,
    name: &str,
    except: Option<CampaignId>,
) -> DbResult<i64> {
    let mut query = listed(organization)
        .filter(campaign::state.ne(State::Closed))
        .filter(crate::db::dialect::lower(campaign::name).eq(name.to_lowercase()));
    if let Some(except) = except {
        query = query.filter(campaign::id.ne(except));
    }
    Ok(query.count().get_result(conn)?)
}

fn one(changed: usize) -> DbResult<()> {
    match changed {
        1 => Ok(()),
        0 => Err(DbError::NotFound),
        more => Err(DbError::Unexpected(format!("campaigns changed: {more} instead of 1"))),
    }
}

macro_rules! set {
    ($tx:expr, $organization:expr, $id:expr, $values:expr) => {
        one(diesel::update(
            campaign::table.filter(campaign::organization_id.eq($organization)).filter(campaign::id.eq($id)),
        )
        .set($values)
        .execute(&mut **$tx)?)
    };
}

pub(super) fn update(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    basics: &Basics,
) -> DbResult<()> {
    set!(
        tx,
        organization,
        id,
        (
            campaign::name.eq(basics.name.as_str()),
            campaign::contacts_per_number.eq(basics.ratio.get()),
            campaign::strategy.eq(&basics.strategy),
            campaign::include_resting.eq(basics.include_resting),
            campaign::planned_start.eq(basics.planned_start),
        )
    )
}

pub(super) fn rename(tx: &mut Tx, organization: OrganizationId, id: CampaignId, name: &str) -> DbResult<()> {
    set!(tx, organization, id, campaign::name.eq(name))
}

pub(super) fn include_resting(tx: &mut Tx, of: OrganizationId, id: CampaignId, yes: bool) -> DbResult<()> {
    set!(tx, of, id, campaign::include_resting.eq(yes))
}

/// Writes a state with the moment it was reached.
pub(super) fn set_state(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    to: State,
    now: Moment,
) -> DbResult<()> {
    match to {
        State::Draft => {
            set!(tx, organization, id, (campaign::state.eq(to), campaign::started_at.eq(None::<Moment>)))
        }
        // A reservation lapses of a draft only.
        State::Starting => {
            set!(tx, organization, id, (campaign::state.eq(to), campaign::hold_until.eq(None::<Moment>)))
        }
        State::Started => set!(tx, organization, id, (campaign::state.eq(to), campaign::started_at.eq(now))),
        State::Archived => {
            set!(tx, organization, id, (campaign::state.eq(to), campaign::archived_at.eq(now)))
        }
        State::Closed => set!(tx, organization, id, (campaign::state.eq(to), campaign::closed_at.eq(now))),
    }
}

pub(super) fn set_notice(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    notice: Option<&str>,
) -> DbResult<()> {
    set!(tx, organization, id, campaign::notice.eq(notice))
}

pub(super) fn set_hold_until(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    until: Option<Moment>,
) -> DbResult<()> {
    set!(tx, organization, id, campaign::hold_until.eq(until))
}

pub(super) fn set_lapsed(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    lapsed: Option<&str>,
) -> DbResult<()> {
    set!(tx, organization, id, campaign::lapsed.eq(lapsed))
}

pub(super) fn set_messaging_service(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    service: Option<ServiceId>,
) -> DbResult<()> {
    set!(tx, organization, id, campaign::messaging_service_id.eq(service))
}

#[derive(Insertable)]
#[diesel(table_name = campaign_need)]
struct NewNeed {
    campaign_id: CampaignId,
    area_code: AreaCode,
    contacts: i64,
}

#[derive(Insertable)]
#[diesel(table_name = campaign_reject)]
struct NewReject {
    campaign_id: CampaignId,
    reason: String,
    rows_count: i64,
}

/// Replaces what the contact file says. The campaign's row is locked before.
pub(super) fn replace_contacts(
    tx: &mut Tx,
    organization: OrganizationId,
    id: CampaignId,
    facts: &ContactFacts,
    now: Moment,
) -> DbResult<()> {
    forget_contacts(tx, id)?;
    let needs: Vec<NewNeed> = facts
        .by_area_code
        .iter()
        .map(|(&area_code, &contacts)| NewNeed { campaign_id: id, area_code, contacts })
        .collect();
    let rejects: Vec<NewReject> = facts
        .rejects
        .iter()
        .map(|(reason, &rows_count)| NewReject { campaign_id: id, reason: (*reason).to_owned(), rows_count })
        .collect();
    if !needs.is_empty() {
        on_each!(**tx, conn => diesel::insert_into(campaign_need::table).values(&needs).execute(conn))?;
    }
    if !rejects.is_empty() {
        on_each!(**tx, conn => diesel::insert_into(campaign_reject::table).values(&rejects).execute(conn))?;
    }
    set!(
        tx,
        organization,
        id,
        (
            campaign::file_name.eq(&facts.file_name),
            campaign::file_read_at.eq(now),
            campaign::contact_records.eq(facts.records),
            campaign::contacts.eq(facts.contacts),
        )
    )
}

/// Drops counts and plan of a campaign whose row is locked and belongs to the organization.
pub(super) fn forget_contacts(tx: &mut Tx, id: CampaignId) -> DbResult<()> {
    let conn = &mut **tx;
    diesel::delete(campaign_need::table.filter(campaign_need::campaign_id.eq(id))).execute(conn)?;
    diesel::delete(campaign_reject::table.filter(campaign_reject::campaign_id.eq(id))).execute(conn)?;
    // A plan made for other contacts says nothing any more.
    diesel::delete(campaign_plan::table.filter(campaign_plan::campaign_id.eq(id))).execute(conn)?;
    Ok(())
}

pub(super) fn needs(
    conn: &mut Conn,
    organization: OrganizationId,
    id: CampaignId,
) -> DbResult<BTreeMap<AreaCode, i64>> {
    let rows: Vec<(AreaCode, i64)> = campaign_need::table
        .inner_join(campaign::table)
        .filter(campaign::organization_id.eq(organization))
        .filter(campaign::id.eq(id))
        .select((campaign_need::area_code, campaign_need::contacts))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Rejected rows by the key of their reason.
pub(super) fn rejects(
    conn: &mut Conn,
    organization: OrganizationId,
    id: CampaignId,
) -> DbResult<Vec<(String, i64)>> {
    Ok(campaign_reject::table
        .inner_join(campaign::table)
        .filter(campaign::organization_id.eq(organization))
        .filter(campaign::id.eq(id))
        .order((campaign_reject::rows_count.desc(), campaign_reject::reason))
        .select((campaign_reject::reason, campaign_reject::rows_count))
        .load(conn)?)
}

/// Drafts whose reservation has lapsed, of all organizations, longest lapsed first.
pub(super) fn lapsed(
    conn: &mut Conn,
    now: Moment,
    limit: i64,
) -> DbResult<Vec<(OrganizationId, CampaignId)>> {
    Ok(campaign::table
        .filter(campaign::hold_until.le(now))
        .filter(campaign::state.eq(State::Draft))
        .order((campaign::hold_until, campaign::id))
        .select((campaign::organization_id, campaign::id))
        .limit(limit)
        .load(conn)?)
}

/// The plan last made, as it was stored.
pub(super) fn plan(
    conn: &mut Conn,
    organization: OrganizationId,
    id: CampaignId,
) -> DbResult<Option<(Moment, String)>> {
    Ok(campaign_plan::table
        .inner_join(campaign::table)
        .filter(campaign::organization_id.eq(organization))
        .filter(campaign::id.eq(id))
        .select((campaign_plan::made_at, campaign_plan::plan))
        .first(conn)
        .optional()?)
}

/// Keeps a plan in place of the one before. The campaign's row is locked.
pub(super) fn keep_plan(tx: &mut Tx, id: CampaignId, plan: &str, now: Moment) -> DbResult<()> {
    diesel::delete(campaign_plan::table.filter(campaign_plan::campaign_id.eq(id))).execute(&mut **tx)?;
    diesel::insert_into(campaign_plan::table)
        .values((
            campaign_plan::campaign_id.eq(id),
            campaign_plan::made_at.eq(now),
            campaign_plan::plan.eq(plan),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
