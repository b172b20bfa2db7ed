//! Starting a campaign at the carrier, archiving it, and giving its numbers back.
//!
//! A start is an intent committed with its job; the job makes the messaging service, moves the numbers in, verifies
//! and marks the campaign started. A start that fails brings the draft back with the reason on its page, its numbers
//! still reserved, and takes out again what was moved in.

pub mod jobs;
mod pages;
mod pool;
mod routes;

use chrono::TimeDelta;

use crate::access::{Actor, Allowed, ManageCampaigns, ManageOrganization};
use crate::allocation;
use crate::campaigns::{self, Campaign, State};
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::enqueue;
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, NumberId};
use crate::messaging::{self, ForCampaign};
use crate::numbers::{self, Change, Number, Why};
use crate::organizations::connection;
use crate::state::App;
use crate::{activity, ledger};

pub use jobs::{StartCampaign, TidyService};
pub use pages::Panel;
pub use routes::routes;

/// The most characters a messaging service's name has at a carrier (Twilio: `FriendlyName`, 64).
const SERVICE_NAME_LIMIT: usize = 64;

/// What stands against a start, and what a person should know before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks {
    /// Reasons in words why it cannot start now.
    pub refusals: Vec<String>,
    /// What it may start with all the same.
    pub warnings: Vec<String>,
    /// Whether addresses of the texting platform are missing: they are entered in the settings.
    pub addresses_missing: bool,
}

/// Checks whether a draft may start as it stands.
///
/// # Errors
/// A database error.
pub fn checks(conn: &mut Conn, by: &Allowed<ManageCampaigns>, campaign: &Campaign) -> AppResult<Checks> {
    let organization = by.organization();
    let mut checks = Checks::default();
    let held: i64 = numbers::held_by_area(conn, organization.id, campaign.id)?.values().sum();
    if campaign.contacts == 0 {
        checks.refusals.push("It has no contacts. Upload a contact file first.".into());
    }
    if held == 0 {
        checks
            .refusals
            .push("No number is reserved for it. Reserve numbers in the area codes section.".into());
    }
    if by.asks().addresses_required {
        let missing = connection::find(conn, &connection::place_of(by))?.missing_addresses();
        if !missing.is_empty() {
            checks.addresses_missing = true;
            let who = match by.may::<ManageOrganization>() {
                true => "Enter them in the settings.",
                false => "Ask an owner to enter them in the settings.",
            };
            checks.refusals.push(format!(
                "Where the texting platform hears of messages is not known yet ({}), so people's replies would be \
                 lost. {who}",
                missing.join(", ")
            ));
        }
    }
    if let Some(broken) = &organization.broken {
        checks.warnings.push(format!(
            "The connection to the carrier does not work, so the start would wait until it does. {}",
            broken.words
        ));
    }
    let lost = numbers::at_carrier::lost_of(conn, organization.id, campaign.id)?;
    if !lost.is_empty() {
        checks.refusals.push(format!(
            "{} of its numbers {} lost: the carrier does not have {} any more. An owner clears lost numbers on the sync \
             page.",
            lost.len(),
            if lost.len() == 1 { "is" } else { "are" },
            if lost.len() == 1 { "it" } else { "them" },
        ));
    }
    if held > organization.room {
        checks.refusals.push(format!(
            "It holds {held} numbers, and a messaging service takes {}. Let go of {}.",
            organization.room,
            held - organization.room
        ));
    }
    if checks.refusals.is_empty() {
        let load = allocation::predicted_load(conn, by, campaign)?;
        if load.hottest > load.tolerated {
            checks.refusals.push(format!(
                "Numbers are missing: the hottest number would carry {} contacts, and your organization tolerates {}. \
                 Reserve more numbers, or raise the contacts per number.",
                crate::web::format::number(load.hottest),
                crate::web::format::number(load.tolerated)
            ));
        } else if load.hottest > campaign.ratio {
            checks.warnings.push(format!(
                "The hottest number would carry {} contacts, more than the {} you planned; your organization tolerates {}.",
                crate::web::format::number(load.hottest),
                crate::web::format::number(campaign.ratio),
                crate::web::format::number(load.tolerated)
            ));
        }
    }
    Ok(checks)
}

/// Starts a draft: its numbers are in use from now on, its messaging service is intended, its job enqueued. Starting
/// it again while it starts changes nothing.
///
/// # Errors
/// [`AppError::Conflict`] with the reasons in words; [`AppError::NotFound`]; a database error.
pub fn start(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId, now: Moment) -> AppResult<()> {
    let (organization, actor) = (by.organization(), by.actor());
    let campaign = campaigns::lock(tx, organization.id, id)?;
    if campaign.state == State::Starting {
        return Ok(());
    }
    campaign.state.may_become(State::Starting)?;
    let checks = checks(tx, by, &campaign)?;
    if !checks.refusals.is_empty() {
        return Err(AppError::Conflict(checks.refusals.join(" ")));
    }
    campaigns::set_state(tx, &actor, id, State::Draft, State::Starting, now)?;
    campaigns::set_notice(tx, &actor, id, None)?;
    // In use, they are held until they are given back.
    campaigns::set_hold_until(tx, &actor, id, None)?;
    let held: Vec<NumberId> =
        numbers::of_campaign(tx, organization.id, id)?.iter().map(|number| number.id).collect();
    let why = Why::campaign(id, "");
    let taken = numbers::change(tx, &actor, &held, Change::Use(id), now, why, |_| true)?;
    ledger::begin_use(tx, &actor, id, &ids(&taken), now)?;
    let name = service_name(&campaign);
    let wanted = ForCampaign {
        campaign: id,
        service: &organization.service,
        carrier_account: &organization.carrier_account,
        name: &name,
        room: organization.room,
    };
    let service = messaging::intend(tx, &actor, &wanted, now)?;
    campaigns::set_messaging_service(tx, &actor, id, Some(service.id))?;
    let job = StartCampaign { organization_id: organization.id, campaign_id: id, person_id: by.person_id() };
    enqueue(tx, Some(organization.id), &job, now, now)?;
    let words = format!("Started {} with {} numbers", campaign.name, taken.len());
    activity::record(tx, &actor, "campaign_started", &format!("/campaigns/{id}"), &words, now)?;
    Ok(())
}

fn ids(numbers: &[Number]) -> Vec<NumberId> {
    numbers.iter().map(|number| number.id).collect()
}

/// A name that tells people in the carrier's console which campaign it is, cut to the carrier's limit.
fn service_name(campaign: &Campaign) -> String {
    let tail = format!(" ({})", &campaign.id.as_str()[24..]);
    let kept: String = campaign.name.chars().take(SERVICE_NAME_LIMIT - tail.len()).collect();
    format!("{}{tail}", kept.trim_end())
}

/// The numbers are in the pool: the campaign is started.
async fn started(app: &App, by: Actor, id: CampaignId) -> AppResult<()> {
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            campaigns::set_state(tx, &by, id, State::Starting, State::Started, now)?;
            Ok(campaigns::set_notice(tx, &by, id, None)?)
        })
        .await
}

/// The start failed for good: the draft is back with the reason, its numbers reserved again for as long as a new
/// reservation would be, and what was moved in is taken out by a job.
async fn return_to_draft(app: &App, by: Actor, id: CampaignId, words: &str) -> AppResult<()> {
    let (now, words) = (app.clock.now(), words.to_owned());
    app.db
        .write(move |tx| {
            let organization = by.organization();
            let campaign = campaigns::lock(tx, organization, id)?;
            if campaign.state != State::Starting {
                return AppResult::Ok(());
            }
            campaigns::set_state(tx, &by, id, State::Starting, State::Draft, now)?;
            campaigns::set_notice(tx, &by, id, Some(&format!("The start failed. {words}")))?;
            let held = ids(&numbers::of_campaign(tx, organization, id)?);
            let why = Why::campaign(id, &words);
            numbers::change(tx, &by, &held, Change::BackToReserved(id), now, why, |_| true)?;
            ledger::end_use(tx, &by, &held, now)?;
            allocation::hold_anew(tx, &by, id, now)?;
            if let Some(service) = campaign.messaging_service_id {
                tidy_later(tx, &by, &campaign, service, true, now, now)?;
            }
            let words = format!("The start of {} failed: {words}", campaign.name);
            Ok(activity::record(tx, &by, "campaign_start_failed", &format!("/campaigns/{id}"), &words, now)?)
        })
        .await?;
    crate::jobs::wake(app);
    Ok(())
}

/// Enqueues the emptying of a service that was made for one campaign; a shared one is left as it is.
fn tidy_later(
    tx: &mut Tx,
    by: &Actor,
    campaign: &Campaign,
    service: crate::kernel::ids::ServiceId,
    delete: bool,
    now: Moment,
    run_after: Moment,
) -> AppResult<()> {
    let service = messaging::find(tx, by.organization(), service)?;
    if service.campaign_id != Some(campaign.id) || service.registration.is_some() {
        return Ok(());
    }
    let job = TidyService {
        organization_id: by.organization(),
        messaging_service_id: service.id,
        campaign_id: campaign.id,
        person_id: by.person(),
        delete,
    };
    enqueue(tx, Some(by.organization()), &job, now, run_after)?;
    Ok(())
}

/// Ends texting: nobody new is texted, the campaign still holds its numbers for replies.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is not started; [`AppError::NotFound`]; a database error.
pub fn archive(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId, now: Moment) -> AppResult<()> {
    let actor = by.actor();
    let campaign = campaigns::set_state(tx, &actor, id, State::Started, State::Archived, now)?;
    let words = format!("Archived {}", campaign.name);
    activity::record(tx, &actor, "campaign_archived", &format!("/campaigns/{id}"), &words, now)?;
    Ok(())
}

/// Gives an archived campaign's numbers back: they rest, then are available. They stay in their messaging service
/// while they rest, because that is where replies arrive. Answers how many.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is not archived; [`AppError::NotFound`]; a database error.
pub fn give_back(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    now: Moment,
) -> AppResult<usize> {
    let (organization, actor) = (by.organization(), by.actor());
    let campaign = campaigns::set_state(tx, &actor, id, State::Archived, State::Closed, now)?;
    let held = ids(&numbers::of_campaign(tx, organization.id, id)?);
    let rest = (organization.rest_days > 0).then(|| now + TimeDelta::days(organization.rest_days));
    let why = Why::campaign(id, "");
    let given = numbers::change(tx, &actor, &held, Change::GiveBack(rest), now, why, |_| true)?;
    ledger::end_use(tx, &actor, &ids(&given), now)?;
    if let Some(service) = campaign.messaging_service_id {
        let delete = organization.delete_campaign_services;
        tidy_later(tx, &actor, &campaign, service, delete, now, rest.unwrap_or(now))?;
    }
    let words = format!("Gave back {} numbers of {}", given.len(), campaign.name);
    activity::record(tx, &actor, "numbers_given_back", &format!("/campaigns/{id}"), &words, now)?;
    Ok(given.len())
}

/// Tries again to empty the messaging service of a campaign that needed attention.
///
/// # Errors
/// [`AppError::Conflict`] when there is none; [`AppError::NotFound`]; a database error.
pub fn tidy_again(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId, now: Moment) -> AppResult<()> {
    let actor = by.actor();
    let campaign = campaigns::lock(tx, by.organization_id(), id)?;
    let in_use = matches!(campaign.state, State::Starting | State::Started | State::Archived);
    let Some(service) = campaign.messaging_service_id.filter(|_| !in_use) else {
        return Err(AppError::Conflict("This campaign has no messaging service to empty.".into()));
    };
    campaigns::set_notice(tx, &actor, id, None)?;
    let delete = campaign.state == State::Draft || by.organization().delete_campaign_services;
    tidy_later(tx, &actor, &campaign, service, delete, now, now)
}
