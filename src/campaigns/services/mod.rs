//! Which messaging service a campaign uses: the organization's usual one, another shared one, or one of its own.

mod pages;
mod store;

use std::collections::BTreeMap;

use super::model::{Campaign, Picker, State};
use crate::access::{Allowed, ManageCampaigns, ManageOrganization, OrganizationRef};
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::{CampaignId, OrganizationId, ServiceId};
use crate::kernel::{AreaCode, Moment};
use crate::messaging::{self, MessagingService};
use crate::organizations::connection::Place;

pub(super) use pages::service_choices;

/// What a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceChoice {
    /// Whichever the organization's campaigns use when it starts.
    Usual,
    /// This shared one.
    Shared(ServiceId),
    /// One of its own.
    Own,
}

impl ServiceChoice {
    /// The word of forms.
    pub fn word(self) -> String {
        match self {
            ServiceChoice::Usual => "usual".to_owned(),
            ServiceChoice::Shared(id) => id.to_string(),
            ServiceChoice::Own => "own".to_owned(),
        }
    }
    /// The choice of a word.
    pub fn parse(text: &str) -> Option<ServiceChoice> {
        match text {
            "usual" => Some(ServiceChoice::Usual),
            "own" => Some(ServiceChoice::Own),
            id => ServiceId::parse(id).ok().map(ServiceChoice::Shared),
        }
    }
}

/// The messaging service a campaign uses or will use.
#[derive(Debug, Clone)]
pub enum Uses {
    /// One that other campaigns may use too.
    Shared(MessagingService),
    /// One of its own; `None` until it starts.
    Own(Option<MessagingService>),
}

impl Uses {
    /// The service, if there is one yet.
    pub fn service(&self) -> Option<&MessagingService> {
        match self {
            Uses::Shared(service) | Uses::Own(Some(service)) => Some(service),
            Uses::Own(None) => None,
        }
    }
    /// Whether other campaigns may use it too.
    pub fn is_shared(&self) -> bool {
        matches!(self, Uses::Shared(_))
    }
    /// Whether its US numbers may text: a new one of its own has no registration.
    pub fn is_registered(&self) -> bool {
        self.service().is_some_and(|service| service.registered)
    }
}

/// The account that an organization is connected with.
pub fn place_of(organization: &OrganizationRef) -> Place {
    Place {
        organization: organization.id,
        service: organization.service.clone(),
        account: organization.carrier_account.clone(),
    }
}

/// Which service a campaign uses, or will use when it starts now.
///
/// # Errors
/// A database error.
pub fn uses(conn: &mut Conn, organization: &OrganizationRef, campaign: &Campaign) -> DbResult<Uses> {
    if let Some(id) = campaign.messaging_service_id {
        let service = messaging::find(conn, organization.id, id)?;
        if service.is_open() || campaign.state != State::Draft {
            return Ok(match service.campaign_id == Some(campaign.id) {
                true => Uses::Own(Some(service)),
                false => Uses::Shared(service),
            });
        }
    }
    if campaign.own_service {
        return Ok(Uses::Own(None));
    }
    Ok(messaging::usual(conn, &place_of(organization))?.map_or(Uses::Own(None), Uses::Shared))
}

/// What was chosen for a campaign.
pub fn choice(campaign: &Campaign, uses: &Uses) -> ServiceChoice {
    match uses {
        Uses::Shared(service) if campaign.messaging_service_id == Some(service.id) => {
            ServiceChoice::Shared(service.id)
        }
        Uses::Shared(_) => ServiceChoice::Usual,
        Uses::Own(_) if campaign.own_service => ServiceChoice::Own,
        Uses::Own(_) => ServiceChoice::Usual,
    }
}

/// Chooses who picks the number for each contact of a draft: the plan depends on it.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is no draft; [`AppError::NotFound`]; a database error.
pub fn choose_picker(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    picker: Picker,
) -> AppResult<()> {
    let campaign = super::lock(tx, by.organization_id(), id)?;
    if campaign.picker == picker {
        return Ok(());
    }
    campaign.state.must_be_draft("picker")?;
    Ok(store::set_picker(tx, by.organization_id(), id, picker)?)
}

/// Chooses the service of a draft.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is no draft; [`AppError::Invalid`] on `messaging_service` when that one
/// cannot be shared; [`AppError::NotFound`]; a database error.
pub fn choose_service(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    chosen: ServiceChoice,
) -> AppResult<()> {
    let organization = by.organization();
    let campaign = super::lock(tx, organization.id, id)?;
    let before = uses(tx, organization, &campaign)?;
    if choice(&campaign, &before) == chosen {
        return Ok(());
    }
    campaign.state.must_be_draft("messaging service")?;
    let own = match &before {
        Uses::Own(Some(service)) => Some(service.id),
        _ => None,
    };
    let service = match chosen {
        ServiceChoice::Usual => None,
        // What was made for it by a start that failed is used again.
        ServiceChoice::Own => own,
        ServiceChoice::Shared(service) => {
            let service = messaging::lock(tx, organization.id, service)?;
            let fits = service.is_open()
                && service.remote_id.is_some()
                && service.campaign_id.is_none()
                && service.place() == place_of(organization);
            if !fits {
                let words = format!("{} cannot be used by this campaign. Choose another.", service.name);
                return Err(AppError::Invalid(FieldErrors::one("messaging_service", words)));
            }
            Some(service.id)
        }
    };
    Ok(store::choose(tx, organization.id, id, service, chosen == ServiceChoice::Own)?)
}

/// The shared services that a campaign may choose.
///
/// # Errors
/// A database error.
pub fn shared_services(conn: &mut Conn, organization: &OrganizationRef) -> DbResult<Vec<MessagingService>> {
    let mut services = messaging::of_place(conn, &place_of(organization))?;
    services.retain(|service| service.campaign_id.is_none() && service.remote_id.is_some());
    Ok(services)
}

/// The campaigns that use these services or have chosen them, those that closed left out.
///
/// # Errors
/// A database error.
pub fn on_services(
    conn: &mut Conn,
    organization: OrganizationId,
    services: &[ServiceId],
) -> DbResult<Vec<Campaign>> {
    store::on_services(conn, organization, services)
}

/// The drafts that would start on a messaging service as things stand: that chose it, or that use the usual one when it
/// is that. Id and name.
///
/// # Errors
/// A database error.
pub fn drafts_for(
    conn: &mut Conn,
    organization: &OrganizationRef,
    service: ServiceId,
) -> DbResult<Vec<(CampaignId, String)>> {
    let place = place_of(organization);
    let open = match messaging::usual(conn, &place)?.is_some_and(|usual| usual.id == service) {
        true => Some(messaging::of_place(conn, &place)?),
        false => None,
    };
    let open = open
        .map(|all| -> Vec<ServiceId> { all.iter().filter(|one| one.is_open()).map(|one| one.id).collect() });
    store::drafts_for(conn, organization.id, service, open.as_deref())
}

/// Forgets an adopted messaging service that no campaign uses.
///
/// # Errors
/// [`AppError::Conflict`] in words when one does, or when it was made here; [`AppError::NotFound`]; a database error.
pub fn forget_service(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: ServiceId,
    now: Moment,
) -> AppResult<()> {
    messaging::lock(tx, by.organization_id(), id)?;
    let using = store::on_services(tx, by.organization_id(), &[id])?;
    if !using.is_empty() {
        let names: Vec<&str> = using.iter().take(3).map(|campaign| campaign.name.as_str()).collect();
        let words = format!(
            "It is used by {}{}. Archive them and give their numbers back, or let drafts choose another; then it \
             can be forgotten.",
            names.join(", "),
            if using.len() > 3 { " and others" } else { "" }
        );
        return Err(AppError::Conflict(words));
    }
    messaging::forget(tx, by, id, now)
}

/// Contacts of several campaigns together, by area code.
///
/// # Errors
/// A database error.
pub fn needs_of_all(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[CampaignId],
) -> DbResult<BTreeMap<AreaCode, i64>> {
    store::needs_of_all(conn, organization, ids)
}
