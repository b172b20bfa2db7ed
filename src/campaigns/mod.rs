//! Campaigns: what is to be texted, by how many numbers, from when on; and the contact file, counted and not kept.
//!
//! Whoever changes a campaign, or the numbers it holds, locks its row first with [`lock`]; the counts of area codes
//! come after it. So two changes of one campaign wait for one another.

pub mod contact_file;
mod forms;
mod lapse;
pub mod model;
mod pages;
mod routes;
mod services;
mod store;

use std::collections::BTreeMap;

use crate::access::{Actor, Allowed, ManageCampaigns};
use crate::activity;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::ids::{CampaignId, NumberId, OrganizationId, ServiceId};
use crate::kernel::{AreaCode, Moment};
use crate::numbers::{self, Change, Hold, Why};

pub use contact_file::ContactCounts;
pub use lapse::set_lapsed;
pub use model::{Basics, Campaign, FileRead, Name, Picker, Ratio, State, needed};
pub use pages::{Head, Section};
pub use routes::{routes, start_page};
pub use services::{
    ServiceChoice, Uses, choice, choose_picker, choose_service, drafts_for, forget_service, needs_of_all,
    on_services, place_of, shared_services, uses,
};

/// Which campaigns.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In this state.
    pub state: Option<State>,
    /// With these words in the name.
    pub search: Option<String>,
    /// Older than this one.
    pub before: Option<CampaignId>,
}

/// What is kept of a contact file.
#[derive(Debug, Clone)]
pub struct ContactFacts {
    /// The name the file had.
    pub file_name: String,
    /// Rows below its header.
    pub records: i64,
    /// Distinct numbers that count.
    pub contacts: i64,
    /// Those by area code.
    pub by_area_code: BTreeMap<AreaCode, i64>,
    /// Rejected rows by the key of their reason.
    pub rejects: BTreeMap<&'static str, i64>,
}

impl ContactFacts {
    /// What is kept of these counts.
    pub fn of(file_name: &str, counts: &ContactCounts) -> ContactFacts {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        ContactFacts {
            file_name: file_name.to_owned(),
            records: whole(counts.records),
            contacts: whole(counts.valid_unique),
            by_area_code: counts.by_area_code.iter().map(|(&code, &count)| (code, whole(count))).collect(),
            rejects: counts
                .rejects
                .iter()
                .map(|(reason, group)| (reason.key(), whole(group.count)))
                .collect(),
        }
    }
}

/// Makes a draft.
///
/// # Errors
/// A database error.
pub fn create(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    basics: &Basics,
    now: Moment,
) -> AppResult<CampaignId> {
    let id = CampaignId::new();
    store::insert(tx, by.organization_id(), id, basics, by.person_id(), now)?;
    let words = format!("Made the campaign {}", basics.name);
    activity::record(tx, &by.actor(), "campaign_created", &format!("/campaigns/{id}"), &words, now)?;
    Ok(id)
}

/// A campaign of the organization, deleted drafts included ([`Campaign::is_deleted`]).
///
/// # Errors
/// [`crate::db::DbError::NotFound`] when there is none.
pub fn find(conn: &mut Conn, organization: OrganizationId, id: CampaignId) -> DbResult<Campaign> {
    store::find(conn, organization, id)
}

/// As [`find`], locked until the transaction ends. Lock it before any number or count.
///
/// # Errors
/// As [`find`].
pub fn lock(tx: &mut Tx, organization: OrganizationId, id: CampaignId) -> DbResult<Campaign> {
    store::lock(tx, organization, id)
}

/// The names of campaigns, deleted drafts included.
///
/// # Errors
/// A database error.
pub fn names(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[CampaignId],
) -> DbResult<BTreeMap<CampaignId, String>> {
    store::names(conn, organization, ids)
}

/// These campaigns, as far as they are the organization's.
///
/// # Errors
/// A database error.
pub fn of_ids(conn: &mut Conn, organization: OrganizationId, ids: &[CampaignId]) -> DbResult<Vec<Campaign>> {
    store::of_ids(conn, organization, ids)
}

/// Several campaigns by id, deleted drafts included: for pages that say what holds a number, and until when.
///
/// # Errors
/// A database error.
pub fn some(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[CampaignId],
) -> DbResult<BTreeMap<CampaignId, Campaign>> {
    let found = of_ids(conn, organization, ids)?;
    Ok(found.into_iter().map(|campaign| (campaign.id, campaign)).collect())
}

/// A page of campaigns, newest first, at most `limit`.
///
/// # Errors
/// A database error; [`crate::db::DbError::NotFound`] when the filter's `before` is none of the organization's.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: &Filter,
    limit: i64,
) -> DbResult<Vec<Campaign>> {
    store::list(conn, organization, filter, limit)
}

/// How many campaigns are in each state, of those whose name has these words.
///
/// # Errors
/// A database error.
pub fn by_state(
    conn: &mut Conn,
    organization: OrganizationId,
    search: Option<&str>,
) -> DbResult<BTreeMap<State, i64>> {
    store::by_state(conn, organization, search)
}

/// How many other open campaigns have this name: allowed, but people are warned.
///
/// # Errors
/// A database error.
pub fn same_name(
    conn: &mut Conn,
    organization: OrganizationId,
    name: &Name,
    except: Option<CampaignId>,
) -> DbResult<i64> {
    store::of_name(conn, organization, name.as_str(), except)
}

/// Changes a draft's basics; of a campaign that has left the draft only the name. The reservation's end follows the
/// planned start through the allocation, not here.
///
/// # Errors
/// [`AppError::Conflict`] in words when something else than the name differs and it is no draft; a database error.
pub fn update(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    basics: &Basics,
) -> AppResult<Campaign> {
    let organization = by.organization_id();
    let campaign = lock(tx, organization, id)?;
    if campaign.state == State::Closed {
        campaign.state.must_be_draft("name")?;
    }
    let same = campaign.ratio == basics.ratio.get()
        && campaign.strategy == basics.strategy
        && campaign.include_resting == basics.include_resting
        && campaign.planned_start == basics.planned_start;
    if same {
        store::rename(tx, organization, id, basics.name.as_str())?;
    } else {
        campaign.state.must_be_draft("basics")?;
        store::update(tx, organization, id, basics)?;
    }
    Ok(find(tx, organization, id)?)
}

/// Lets a draft, or the next top-up of a campaign that runs, take resting numbers too, or not.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is over; a database error.
pub fn include_resting(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    yes: bool,
) -> AppResult<()> {
    let campaign = lock(tx, by.organization_id(), id)?;
    if matches!(campaign.state, State::Archived | State::Closed) {
        campaign.state.must_be_draft("basics")?;
    }
    Ok(store::include_resting(tx, by.organization_id(), id, yes)?)
}

/// Replaces a draft's contacts by what a file holds, all of it or nothing.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is no draft; a database error.
pub fn import_contacts(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    facts: &ContactFacts,
    now: Moment,
) -> AppResult<()> {
    let campaign = lock(tx, by.organization_id(), id)?;
    campaign.state.must_be_draft("contacts")?;
    store::replace_contacts(tx, by.organization_id(), id, facts, now)?;
    let contacts = crate::web::format::plural(facts.contacts.unsigned_abs(), "contact", "contacts");
    let words = format!("Counted {contacts} for {}", campaign.name);
    activity::record(tx, &by.actor(), "contacts_imported", &format!("/campaigns/{id}"), &words, now)?;
    Ok(())
}

/// Contacts by area code.
///
/// # Errors
/// A database error.
pub fn needs(
    conn: &mut Conn,
    organization: OrganizationId,
    id: CampaignId,
) -> DbResult<BTreeMap<AreaCode, i64>> {
    store::needs(conn, organization, id)
}

/// Rejected rows by the key of their reason, most first.
///
/// # Errors
/// A database error.
pub fn rejects(
    conn: &mut Conn,
    organization: OrganizationId,
    id: CampaignId,
) -> DbResult<Vec<(String, i64)>> {
    store::rejects(conn, organization, id)
}

/// Moves a campaign on. Its numbers are the caller's to change, in the same transaction. Answers the campaign as it
/// was.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is not in `from`, or `to` may not follow; a database error.
pub fn set_state(
    tx: &mut Tx,
    by: &Actor,
    id: CampaignId,
    from: State,
    to: State,
    now: Moment,
) -> AppResult<Campaign> {
    let campaign = lock(tx, by.organization(), id)?;
    // What it is decides the words of a refusal, not what the caller took it for.
    campaign.state.may_become(to)?;
    if campaign.state != from {
        return Err(AppError::Conflict(format!(
            "This campaign is {} meanwhile. Reload the page.",
            campaign.state.words().to_lowercase()
        )));
    }
    store::set_state(tx, by.organization(), id, to, now)?;
    Ok(campaign)
}

/// Sets what the page must say until the next success, or clears it.
///
/// # Errors
/// A database error.
pub fn set_notice(tx: &mut Tx, by: &Actor, id: CampaignId, notice: Option<&str>) -> DbResult<()> {
    store::set_notice(tx, by.organization(), id, notice)
}

/// Sets when its reservation lapses; `None` when it holds nothing as a draft.
///
/// # Errors
/// A database error.
pub fn set_hold_until(tx: &mut Tx, by: &Actor, id: CampaignId, until: Option<Moment>) -> DbResult<()> {
    store::set_hold_until(tx, by.organization(), id, until)
}

/// Sets the messaging service it uses or will use.
///
/// # Errors
/// A database error.
pub fn set_messaging_service(
    tx: &mut Tx,
    by: &Actor,
    id: CampaignId,
    service: Option<ServiceId>,
) -> DbResult<()> {
    store::set_messaging_service(tx, by.organization(), id, service)
}

/// Deletes a draft: it lets go of what it reserved and of its counts, and leaves every list. Its row stays for the
/// lives of numbers it held. Answers how many numbers it let go.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is no draft; a database error.
pub fn delete_draft(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    now: Moment,
) -> AppResult<i64> {
    let (organization, by) = (by.organization_id(), &by.actor());
    let campaign = lock(tx, organization, id)?;
    if campaign.state != State::Draft {
        return Err(AppError::Conflict(format!(
            "Only a draft can be deleted; this campaign is {}.",
            campaign.state.words().to_lowercase()
        )));
    }
    let held: Vec<NumberId> =
        numbers::of_campaign(tx, by.organization(), id)?.into_iter().map(|number| number.id).collect();
    let why = Why::campaign(id, "Its draft was deleted");
    let keep = |number: &numbers::Number| number.facts.held == Some((id, Hold::Reserved));
    let gone = numbers::change(tx, by, &held, Change::Unreserve, now, why, keep)?;
    store::forget_contacts(tx, id)?;
    store::set_hold_until(tx, by.organization(), id, None)?;
    store::set_state(tx, organization, id, State::Closed, now)?;
    let words = format!("Deleted the draft {}", campaign.name);
    activity::record(tx, by, "campaign_deleted", "", &words, now)?;
    Ok(i64::try_from(gone.len()).unwrap_or(i64::MAX))
}

/// Drafts whose reservation has lapsed, of all organizations: at most `limit`, for the job that ends them.
///
/// # Errors
/// A database error.
pub fn lapsed(conn: &mut Conn, now: Moment, limit: i64) -> DbResult<Vec<(OrganizationId, CampaignId)>> {
    store::lapsed(conn, now, limit)
}

/// The plan that was last kept for it, with the moment it was made: the allocation's.
///
/// # Errors
/// A database error.
pub fn plan(
    conn: &mut Conn,
    organization: OrganizationId,
    id: CampaignId,
) -> DbResult<Option<(Moment, String)>> {
    store::plan(conn, organization, id)
}

/// Keeps a plan in place of the one before. Lock the campaign first.
///
/// # Errors
/// A database error.
pub fn keep_plan(tx: &mut Tx, id: CampaignId, plan: &str, now: Moment) -> DbResult<()> {
    store::keep_plan(tx, id, plan, now)
}
