//! What a campaign's page shows of its launch, and the confirmation of giving back.

use std::collections::BTreeMap;

use askama::Template;

use super::{StartCampaign, TopUpCampaign, jobs::TidyService};
use crate::access::{Allowed, ManageCampaigns};
use crate::campaigns::{Campaign, State};
use crate::db::Conn;
use crate::error::AppResult;
use crate::jobs;
use crate::kernel::{AreaCode, Micros};
use crate::messaging::{self, MessagingService};
use crate::numbers::{self, Hold, Number};
use crate::web::format::{self, Times};
use crate::web::{Shell, filters};

/// A confirmation must be typed above this many numbers.
const TYPED_ABOVE: usize = 25;

/// The state of a campaign's launch: progress while it starts, the service to copy when it has, what to do next.
/// The page and its refreshes draw this same fragment.
#[derive(Template)]
#[template(path = "launch/_panel.html")]
pub struct Panel {
    pub(super) state: State,
    pub(super) campaign_url: String,
    pub(super) done: i64,
    pub(super) total: i64,
    pub(super) words: String,
    pub(super) waits: bool,
    pub(super) service_sid: Option<String>,
    pub(super) service_name: Option<String>,
    pub(super) tidying: Option<String>,
    /// Whether numbers of a top-up are being moved in.
    pub(super) adding: bool,
    /// How many of its numbers are not in its messaging service, though nothing moves them.
    pub(super) outside: usize,
    /// What has arrived for it and waits to be put in: how many numbers of which area codes.
    pub(super) arrived: Vec<(AreaCode, usize)>,
    /// Its numbers that the carrier does not have any more: the number and its page.
    pub(super) lost: Vec<(String, String)>,
    /// Whether numbers stay in its messaging service when it ends.
    pub(super) stays: bool,
    /// Whether other campaigns may use its messaging service too.
    pub(super) shared: bool,
    pub(super) times: Times,
    pub(super) since: Option<crate::kernel::Moment>,
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for Panel {}

impl Panel {
    /// Reads how the launch of a campaign stands.
    ///
    /// # Errors
    /// A database error.
    pub fn load(conn: &mut Conn, by: &Allowed<ManageCampaigns>, campaign: &Campaign) -> AppResult<Panel> {
        let start = jobs::open_by_key(conn, &StartCampaign::key(campaign.id))?;
        let (adding, outside, arrived) = match campaign.state {
            State::Started | State::Archived => {
                let held = numbers::of_campaign(conn, by.organization_id(), campaign.id)?;
                let (arrived, used): (Vec<&Number>, Vec<&Number>) =
                    held.iter().partition(|number| number.facts.held == Some((campaign.id, Hold::Reserved)));
                let at = campaign.messaging_service_id;
                let outside = used.iter().filter(|number| number.facts.messaging_service != at).count();
                let mut by_code: BTreeMap<AreaCode, usize> = BTreeMap::new();
                for number in arrived {
                    *by_code.entry(number.area_code).or_default() += 1;
                }
                (jobs::open_by_key(conn, &TopUpCampaign::key(campaign.id))?, outside, by_code)
            }
            _ => (None, 0, BTreeMap::new()),
        };
        let is_adding = adding.is_some();
        let job = start.or(adding);
        let service = match campaign.messaging_service_id {
            Some(id) => Some(messaging::find(conn, by.organization_id(), id)?),
            None => None,
        };
        let tidying = match &service {
            Some(service) => jobs::open_by_key(conn, &TidyService::key(service.id))?,
            None => None,
        };
        let open = service.as_ref().filter(|service| service.deleted_at.is_none());
        let job = job.as_ref();
        Ok(Panel {
            adding: is_adding,
            outside: if is_adding { 0 } else { outside },
            arrived: arrived.into_iter().collect(),
            state: campaign.state,
            campaign_url: by.url(&format!("/campaigns/{}", campaign.id)),
            done: job.map_or(0, |job| job.progress_done),
            total: job.map_or(0, |job| job.progress_total),
            words: job.and_then(|job| job.message.clone()).unwrap_or_default(),
            waits: job.is_some_and(|job| job.run_after > by.times().now),
            service_sid: open.and_then(|service| service.remote_id.as_ref()).map(|id| id.as_str().to_owned()),
            service_name: open.map(|service| service.name.clone()),
            lost: numbers::at_carrier::lost_of(conn, by.organization_id(), campaign.id)?
                .into_iter()
                .map(|(id, number)| (number.national(), by.url(&format!("/phone-numbers/{id}"))))
                .collect(),
            stays: service.as_ref().is_some_and(MessagingService::keeps_numbers),
            shared: service.as_ref().is_some_and(|service| service.campaign_id.is_none()),
            tidying: tidying.map(|job| job.message.unwrap_or_default()),
            times: by.times(),
            since: match campaign.state {
                State::Started => campaign.started_at,
                State::Archived => campaign.archived_at,
                State::Closed => campaign.closed_at,
                State::Draft | State::Starting => None,
            },
        })
    }
    fn arrived(&self) -> usize {
        self.arrived.iter().map(|(_, count)| count).sum()
    }
    /// Whether anything on it will change by itself.
    pub fn is_working(&self) -> bool {
        self.state == State::Starting || self.adding
    }
}

/// Asks whether a campaign's numbers are to be given back.
#[derive(Template)]
#[template(path = "launch/give_back.html")]
pub(super) struct GiveBackPage {
    shell: Shell,
    campaign: Campaign,
    campaign_url: String,
    pub(super) held: usize,
    pub(super) typed_count: bool,
    by_area: Vec<(String, String, usize)>,
    monthly: Micros,
    rest_days: i64,
    own_service: bool,
    /// The messaging service in which its numbers stay.
    service: Option<String>,
    delete: bool,
    error: String,
}

impl GiveBackPage {
    pub(super) fn of(
        shell: Shell,
        by: &Allowed<ManageCampaigns>,
        campaign: Campaign,
        held: &[Number],
        service: Option<MessagingService>,
        error: &str,
    ) -> GiveBackPage {
        let mut by_area: Vec<(String, String, usize)> = Vec::new();
        for number in held {
            match by_area.last_mut() {
                Some((code, _, count)) if code == number.area_code.as_str() => *count += 1,
                _ => by_area.push((
                    number.area_code.as_str().to_owned(),
                    number.area_code.info().place_and_region(),
                    1,
                )),
            }
        }
        GiveBackPage {
            shell,
            campaign_url: by.url(&format!("/campaigns/{}", campaign.id)),
            held: held.len(),
            typed_count: held.len() > TYPED_ABOVE,
            by_area,
            monthly: held.iter().map(|number| number.monthly_price).sum(),
            rest_days: by.organization().rest_days,
            own_service: service.as_ref().is_some_and(|service| !service.keeps_numbers()),
            service: service.filter(MessagingService::keeps_numbers).map(|service| service.name),
            delete: by.organization().delete_campaign_services,
            campaign,
            error: error.to_owned(),
        }
    }
    fn errors(&self) -> Vec<(&str, &str)> {
        if self.error.is_empty() { Vec::new() } else { vec![("count", self.error.as_str())] }
    }
    fn numbers(&self) -> String {
        format::plural(self.held as u64, "number", "numbers")
    }
}
