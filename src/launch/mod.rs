//! Starting a campaign at the carrier, archiving it, and giving its numbers back.
//!
//! A start is an intent committed with its job; the job makes the messaging service (or uses the shared one that was
//! chosen), moves in the numbers that are not in it yet, verifies
//! and marks the campaign started. A start that fails brings the draft back with the reason on its page, its numbers
//! still reserved, and takes out again what was moved in. A campaign that runs is topped up in the same way ([`top_up`]):
//! what would be added is shown first, and never taken silently. Numbers that were bought for it arrive reserved, and are
//! put in together when their order has ended, or by a person before ([`arrivals`]).

pub mod arrivals;
mod checks;
pub mod jobs;
mod moving;
mod pages;
mod pool;
mod routes;
pub mod together;
pub mod top_up;

use chrono::TimeDelta;

use crate::access::{Actor, Allowed, ManageCampaigns, OrganizationRef};
use crate::allocation;
use crate::campaigns::{self, Campaign, State, Uses};
use crate::db::{DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs::enqueue;
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, NumberId};
use crate::messaging::{self, ForCampaign, MessagingService};
use crate::numbers::{self, Change, Number, Why};
use crate::state::App;
use crate::{activity, ledger};

pub use checks::{Agreed, Checks, checks};
pub use jobs::{StartCampaign, TidyService};
pub use pages::Panel;
pub use routes::routes;
pub use top_up::TopUpCampaign;

/// The most characters a messaging service's name has at a carrier (Twilio: `FriendlyName`, 64).
const SERVICE_NAME_LIMIT: usize = 64;

/// As [`start_agreed`], for a start that needs no tick.
///
/// # Errors
/// As [`start_agreed`].
pub fn start(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId, now: Moment) -> AppResult<()> {
    start_agreed(tx, by, id, Agreed::default(), now)
}

/// Starts a draft: its numbers are in use from now on, its messaging service is chosen or intended, its job enqueued.
/// Starting it again while it starts changes nothing.
///
/// # Errors
/// [`AppError::Conflict`] with the reasons in words; [`AppError::Invalid`] on `unregistered` or `moving` when a person
/// has not ticked what they must; [`AppError::NotFound`]; a database error.
pub fn start_agreed(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    agreed: Agreed,
    now: Moment,
) -> AppResult<()> {
    let (organization, actor) = (by.organization(), by.actor());
    let campaign = campaigns::lock(tx, organization.id, id)?;
    if campaign.state == State::Starting {
        return Ok(());
    }
    campaign.state.may_become(State::Starting)?;
    let uses = campaigns::uses(tx, organization, &campaign)?;
    if let Some(service) = uses.service() {
        // Two starts on one service check its room one after the other.
        if !messaging::lock(tx, organization.id, service.id)?.is_open() {
            let words =
                format!("{} was forgotten or deleted just now. Look at the campaign again.", service.name);
            return Err(AppError::Conflict(words));
        }
    }
    let added = if agreed.top_up { top_up::at_start(tx, by, &campaign, now)? } else { 0 };
    let checks = checks(tx, by, &campaign)?;
    if !checks.refusals.is_empty() {
        return Err(AppError::Conflict(checks.refusals.join(" ")));
    }
    let mut missing = FieldErrors::new();
    if checks.unregistered.is_some() && !agreed.unregistered {
        missing.add("unregistered", "Tick that you know its texts will be blocked until it is registered.");
    }
    if checks.moved() > 0 && checks.moved() != agreed.moving {
        missing.add("moving", "Tick that the numbers may be moved out of the other messaging service.");
    }
    if checks.needs_top_up {
        missing.add("top_up", "Tick that the further numbers are taken: without them it cannot start.");
    }
    missing.into_result()?;
    allocation::foreseen::keep(tx, by, &campaign, now)?;
    campaigns::set_state(tx, &actor, id, State::Draft, State::Starting, now)?;
    campaigns::set_notice(tx, &actor, id, None)?;
    // In use, they are held until they are given back.
    campaigns::set_hold_until(tx, &actor, id, None)?;
    let held: Vec<NumberId> =
        numbers::of_campaign(tx, organization.id, id)?.iter().map(|number| number.id).collect();
    let why = Why::campaign(id, "");
    let taken = numbers::change(tx, &actor, &held, Change::Use(id), now, why, |_| true)?;
    let under_way = messaging::moves::moving(tx, &held)?.len();
    if under_way > 0 {
        let words = format!(
            "{} of its numbers are being put into a messaging service or taken out of one just now. Start when that \
             is done.",
            under_way
        );
        return Err(AppError::Conflict(words));
    }
    ledger::begin_use(tx, &actor, id, &ids(&taken), now)?;
    let service = match uses {
        Uses::Shared(service) => service,
        Uses::Own(_) => own_service(tx, &actor, organization, &campaign, now)?,
    };
    campaigns::set_messaging_service(tx, &actor, id, Some(service.id))?;
    let job = StartCampaign { organization_id: organization.id, campaign_id: id, person_id: by.person_id() };
    enqueue(tx, Some(organization.id), &job, now, now)?;
    let mut words = format!("Started {} with {} numbers", campaign.name, taken.len());
    if added > 0 {
        words.push_str(&format!(", {added} of them added at the start"));
    }
    activity::record(tx, &actor, "campaign_started", &format!("/campaigns/{id}"), &words, now)?;
    Ok(())
}

/// The open service made for a campaign, or one that the carrier is yet to be asked for.
fn own_service(
    tx: &mut Tx,
    by: &Actor,
    organization: &OrganizationRef,
    campaign: &Campaign,
    now: Moment,
) -> DbResult<MessagingService> {
    let wanted = ForCampaign {
        campaign: campaign.id,
        service: &organization.service,
        carrier_account: &organization.carrier_account,
        name: &service_name(campaign),
        room: organization.room,
    };
    messaging::intend(tx, by, &wanted, now)
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
    if service.campaign_id != Some(campaign.id) || service.keeps_numbers() {
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

/// Ends texting: nobody new is texted, the campaign still holds its numbers for replies. What had arrived for it and was
/// not put in yet texted nobody: it is available again. Answers how many numbers these were.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is not started; [`AppError::NotFound`]; a database error.
pub fn archive(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: CampaignId, now: Moment) -> AppResult<usize> {
    let actor = by.actor();
    let campaign = campaigns::set_state(tx, &actor, id, State::Started, State::Archived, now)?;
    let gone = arrivals::let_go(tx, &actor, id, now)?;
    let words = match gone {
        0 => format!("Archived {}", campaign.name),
        gone => format!(
            "Archived {}; {} that had arrived for it went back",
            campaign.name,
            arrivals::counted(gone)
        ),
    };
    activity::record(tx, &actor, "campaign_archived", &format!("/campaigns/{id}"), &words, now)?;
    Ok(gone)
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
    give_back_as(tx, &by.actor(), by.organization(), id, now)
}

/// As [`give_back`], for a job that acts on a row which says who confirmed it.
fn give_back_as(
    tx: &mut Tx,
    actor: &Actor,
    organization: &OrganizationRef,
    id: CampaignId,
    now: Moment,
) -> AppResult<usize> {
    let campaign = campaigns::set_state(tx, actor, id, State::Archived, State::Closed, now)?;
    let held = ids(&numbers::of_campaign(tx, organization.id, id)?);
    let rest = (organization.rest_days > 0).then(|| now + TimeDelta::days(organization.rest_days));
    let why = Why::campaign(id, "");
    let given = numbers::change(tx, actor, &held, Change::GiveBack(rest), now, why, |_| true)?;
    ledger::end_use(tx, actor, &ids(&given), now)?;
    if let Some(service) = campaign.messaging_service_id {
        let delete = organization.delete_campaign_services;
        tidy_later(tx, actor, &campaign, service, delete, now, rest.unwrap_or(now))?;
    }
    let words = format!("Gave back {} numbers of {}", given.len(), campaign.name);
    activity::record(tx, actor, "numbers_given_back", &format!("/campaigns/{id}"), &words, now)?;
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
