//! One step at a time at the carrier's messaging service: ask, then record. Each step may be repeated.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::jobs::TidyService;
use crate::access::Actor;
use crate::campaigns::{self, State};
use crate::error::AppError;
use crate::jobs::{self, JobError, JobStatus};
use crate::kernel::ids::{CampaignId, NumberId, ServiceId};
use crate::messaging::{self, MessagingService, job_error};
use crate::numbers::{self, Change, Number, Why};
use crate::organizations::connection::{self, Carrier};
use crate::providers::{Account, ErrorKind, Provider, ProviderError, RemoteNumberId, RemoteServiceId};
use crate::state::App;

/// The provider and account of a messaging service.
pub(super) async fn provider(
    app: &App,
    service: &MessagingService,
) -> Result<(Arc<dyn Provider>, Account), JobError> {
    let Carrier { provider, account } = connection::carrier(app, &service.place()).await?;
    Ok((provider, account))
}

fn remote(service: &MessagingService) -> Result<RemoteServiceId, JobError> {
    service
        .remote_id
        .clone()
        .ok_or_else(|| JobError::Fail("The messaging service was not made at the carrier.".into()))
}

/// Of two failures the one that decides: a refusal for good before one that may pass.
pub(super) fn worse(first: Option<JobError>, second: JobError) -> Option<JobError> {
    match (first, second) {
        (Some(JobError::Fail(words)), _) | (_, JobError::Fail(words)) => Some(JobError::Fail(words)),
        (Some(first), _) => Some(first),
        (None, second) => Some(second),
    }
}

/// Puts a number into the service; out of another one of ours first, which is recorded as a step of its own.
pub(super) async fn bring(
    app: &App,
    by: Actor,
    service: &MessagingService,
    number: &Number,
    campaign: CampaignId,
) -> Result<(), JobError> {
    if let Some(other) = number.facts.messaging_service.filter(|other| *other != service.id) {
        let organization = by.organization();
        let other = app.db.read(move |conn| messaging::find(conn, organization, other)).await?;
        remove(app, by, &other, number).await?;
    }
    add(app, by, service, number, campaign).await
}

/// Puts a number into the service and records it.
async fn add(
    app: &App,
    by: Actor,
    service: &MessagingService,
    number: &Number,
    campaign: CampaignId,
) -> Result<(), JobError> {
    let (provider, account) = provider(app, service).await?;
    let id = RemoteNumberId::new(&number.service_id);
    provider.add_to_service(&account, &remote(service)?, &id).await.map_err(|error| {
        let number = number.phone_number.national();
        match job_error(error) {
            JobError::Fail(words) => JobError::Fail(format!("{number} could not be moved in: {words}")),
            other => other,
        }
    })?;
    let (service, number, now) = (service.id, number.id, app.clock.now());
    app.db
        .write(move |tx| {
            let why = Why::campaign(campaign, "");
            // An instance that was taken for dead may have recorded it meanwhile.
            let is_new = |one: &Number| one.facts.messaging_service != Some(service);
            numbers::change(tx, &by, &[number], Change::Attach(service), now, why, is_new)
        })
        .await?;
    Ok(())
}

/// Takes a number out of the service and records it.
pub(super) async fn remove(
    app: &App,
    by: Actor,
    service: &MessagingService,
    number: &Number,
) -> Result<(), JobError> {
    if service.remote_id.is_some() {
        let (provider, account) = provider(app, service).await?;
        let id = RemoteNumberId::new(&number.service_id);
        provider.remove_from_service(&account, &remote(service)?, &id).await.map_err(job_error)?;
    }
    let (number, now) = (number.id, app.clock.now());
    app.db
        .write(move |tx| numbers::change(tx, &by, &[number], Change::Detach, now, Why::default(), |_| true))
        .await?;
    Ok(())
}

/// Takes out what the carrier has in the service and our books have not: a call of a start that failed may have
/// been done although its answer was lost.
pub(super) async fn remove_strangers(
    app: &App,
    service: &MessagingService,
    known: impl Iterator<Item = &Number>,
) -> Result<(), JobError> {
    if service.remote_id.is_none() {
        return Ok(());
    }
    let known: BTreeSet<&str> = known.map(|number| number.service_id.as_str()).collect();
    let (provider, account) = provider(app, service).await?;
    // It may have been deleted, by a run that was ended before it could record that.
    let Some(inside) = listed(app, service).await? else { return Ok(()) };
    for id in inside.iter().filter(|id| !known.contains(id.as_str())) {
        let id = RemoteNumberId::new(id);
        provider.remove_from_service(&account, &remote(service)?, &id).await.map_err(job_error)?;
    }
    Ok(())
}

/// Whether a campaign's service may be deleted: not when the campaign was started on it again meanwhile, when it became
/// everybody's, or when a number is in it. A start that comes after this waits, and makes another.
pub(super) async fn may_go(
    app: &App,
    by: Actor,
    service: ServiceId,
    campaign: CampaignId,
) -> Result<bool, JobError> {
    let organization = by.organization();
    let looked = app.db.write(move |tx| {
        let row = campaigns::lock(tx, organization, campaign)?;
        let found = messaging::lock(tx, organization, service)?;
        let texts = row.messaging_service_id == Some(service)
            && matches!(row.state, State::Starting | State::Started | State::Archived);
        let ours = found.is_open() && found.campaign_id == Some(campaign) && !found.keeps_numbers();
        Ok::<_, AppError>(!texts && ours && numbers::in_service(tx, organization, service)?.is_empty())
    });
    Ok(looked.await?)
}

/// Deletes the service and records it.
pub(super) async fn delete(
    app: &App,
    by: Actor,
    service: &MessagingService,
    campaign: CampaignId,
) -> Result<(), JobError> {
    let (provider, account) = provider(app, service).await?;
    let remote = match &service.remote_id {
        Some(remote) => Some(remote.clone()),
        // It may have been made and the answer lost.
        None => provider
            .find_service(&account, &service.client_ref())
            .await
            .map_err(job_error)?
            .map(|remote| remote.id),
    };
    if let Some(remote) = remote {
        provider.delete_service(&account, &remote).await.map_err(job_error)?;
    }
    gone(app, by, service.id, campaign).await
}

/// Records that a campaign's service is not at the carrier any more, and that no number is in it; a draft forgets it.
pub(super) async fn gone(app: &App, by: Actor, id: ServiceId, campaign: CampaignId) -> Result<(), JobError> {
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let row = campaigns::lock(tx, by.organization(), campaign)?;
            if row.state == State::Draft && row.messaging_service_id == Some(id) {
                campaigns::set_messaging_service(tx, &by, campaign, None)?;
            }
            let inside: Vec<NumberId> =
                numbers::in_service(tx, by.organization(), id)?.iter().map(|number| number.id).collect();
            let why =
                Why { words: "Its messaging service is not at the carrier any more.", ..Why::default() };
            let is_inside = |number: &Number| number.facts.messaging_service == Some(id);
            numbers::change(tx, &by, &inside, Change::Detach, now, why, is_inside)?;
            messaging::deleted(tx, &by, id, now)
        })
        .await?;
    Ok(())
}

/// The carrier's ids of the numbers in the service.
pub(super) async fn members(app: &App, service: &MessagingService) -> Result<BTreeSet<String>, JobError> {
    listed(app, service).await?.ok_or_else(|| job_error(ProviderError::of(ErrorKind::NotFound)))
}

/// As [`members`]; `None` when the carrier has no such service any more.
pub(super) async fn listed(
    app: &App,
    service: &MessagingService,
) -> Result<Option<BTreeSet<String>>, JobError> {
    let (provider, account) = provider(app, service).await?;
    let (remote, mut members, mut cursor) = (remote(service)?, BTreeSet::new(), None::<String>);
    loop {
        let page = match provider.list_members(&account, &remote, cursor.as_deref()).await {
            Ok(page) => page,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(job_error(error)),
        };
        members.extend(page.items.iter().map(|id| id.as_str().to_owned()));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(Some(members)),
        }
    }
}

/// So soon something must be due for somebody to wait for it.
const SOON: TimeDelta = TimeDelta::minutes(10);

/// A start waits until a service is no longer being emptied after an earlier start that failed. What waits for the end of
/// a rest by itself is not waited for.
pub(super) async fn wait_for_tidying(app: &App, service: ServiceId) -> Result<(), JobError> {
    let tidying = app.db.read(move |conn| jobs::open_by_key(conn, &TidyService::key(service))).await?;
    let soon = app.clock.now() + SOON;
    match tidying.filter(|job| job.status == JobStatus::Running || job.run_after <= soon) {
        None => Ok(()),
        Some(_) => Err(JobError::Later {
            words: "The numbers of the earlier start are being taken out first.".into(),
            after: Duration::from_secs(2),
        }),
    }
}
