//! A campaign's rules about places, kept and changed.

mod pages;
mod routes;
mod store;

use crate::access::{Allowed, ManageCampaigns};
use crate::activity;
use crate::campaigns::{self, Campaign, State};
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::kernel::ids::{CampaignId, OrganizationId};

use super::arrivals::takes_no_more;
use super::places::{Place, Places, list};

pub(super) use pages::RulesCard;
pub(super) use routes::routes;

/// The rules as they were typed, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Typed {
    /// What must be used.
    #[serde(default)]
    pub must: String,
    /// What must not be used.
    #[serde(default)]
    pub must_not: String,
    /// What alone may be used.
    #[serde(default)]
    pub only: String,
    /// Whether resting numbers may be taken too.
    #[serde(default)]
    pub include_resting: Option<String>,
}

impl Typed {
    /// As the form shows what is kept.
    pub fn of(places: &Places) -> Typed {
        let text = |places: &[Place]| places.iter().map(Place::key).collect::<Vec<_>>().join(", ");
        Typed {
            must: text(&places.must),
            must_not: text(&places.must_not),
            only: text(&places.only),
            include_resting: None,
        }
    }
    /// Reads them.
    ///
    /// # Errors
    /// A message for each field that cannot be read, or for one that contradicts another.
    pub fn read(&self) -> Result<Places, FieldErrors> {
        let mut errors = FieldErrors::new();
        let mut read = |field: &str, text: &str| {
            list(text).map_err(|words| errors.add(field, words)).unwrap_or_default()
        };
        let places = Places {
            must: read("must", &self.must),
            must_not: read("must_not", &self.must_not),
            only: read("only", &self.only),
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        match places.contradiction() {
            Some((field, words)) => Err(FieldErrors::one(field, words)),
            None => Ok(places),
        }
    }
}

/// The rules of a campaign.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, organization: OrganizationId, id: CampaignId) -> DbResult<Places> {
    store::of(conn, organization, id)
}

/// Whether the rules of a campaign may change.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is over: nothing is chosen for it any more.
pub fn may_change(campaign: &Campaign) -> AppResult<()> {
    match takes_no_more(campaign) {
        None => Ok(()),
        Some(why) => {
            Err(AppError::Conflict(format!("{} {why}, so its rules choose nothing any more.", campaign.name)))
        }
    }
}

/// Replaces the rules of a campaign. What a draft holds against them it keeps until somebody lets go of it; it does not
/// start with it. One that runs keeps what it holds, and keeps them from its next top-up on.
///
/// # Errors
/// [`AppError::Conflict`] when it is over; [`AppError::NotFound`]; a database error.
pub fn set(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    id: CampaignId,
    places: &Places,
    now: Moment,
) -> AppResult<()> {
    let campaign = campaigns::lock(tx, by.organization_id(), id)?;
    may_change(&campaign)?;
    if store::of(tx, by.organization_id(), id)? == *places {
        return Ok(());
    }
    if let Some((field, words)) = places.contradiction() {
        return Err(AppError::Invalid(FieldErrors::one(field, words)));
    }
    store::replace(tx, by.organization_id(), id, places)?;
    let said = words(places);
    let said = if said.is_empty() { "none".to_owned() } else { said.join("; ") };
    let from = if campaign.state == State::Draft { "" } else { ", from the next top-up on" };
    let words = format!("Set where the numbers of {} may be: {said}{from}", campaign.name);
    activity::record(tx, &by.actor(), "campaign_rules_set", &format!("/campaigns/{id}"), &words, now)?;
    Ok(())
}

/// The rules in words, one of them each.
pub fn words(places: &Places) -> Vec<String> {
    let listed = |places: &[Place]| places.iter().map(|place| place.words()).collect::<Vec<_>>().join(", ");
    [("must be used", &places.must), ("must not be used", &places.must_not), ("only these", &places.only)]
        .into_iter()
        .filter(|(_, places)| !places.is_empty())
        .map(|(words, places)| match words {
            "only these" => format!("only {}", listed(places)),
            _ => format!("{} {words}", listed(places)),
        })
        .collect()
}
