//! Whether a draft may start as it stands, and what a person must have ticked first.

use std::collections::BTreeMap;

use crate::access::{self, Allowed, ChooseSender, ManageCampaigns, ManageOrganization};
use crate::allocation::{self, TopUp};
use crate::campaigns::{self, Campaign, Picker, Uses};
use crate::db::Conn;
use crate::error::AppResult;
use crate::kernel::area_code::Country;
use crate::kernel::ids::{OrganizationId, ServiceId};
use crate::messaging;
use crate::messaging::model::UNREGISTERED;
use crate::numbers::{self, pools};
use crate::organizations::connection;
use crate::web::format::plural;

/// What stands against a start, and what a person should know before it.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    /// Reasons in words why it cannot start now.
    pub refusals: Vec<String>,
    /// What it may start with all the same.
    pub warnings: Vec<String>,
    /// Whether addresses of the texting platform are missing: they are entered in the settings.
    pub addresses_missing: bool,
    /// The messaging service it starts on: its name, `None` when one is made for it.
    pub service: Option<String>,
    /// Why the mobile carriers would block its texts, when they would: a person must tick that they know.
    pub unregistered: Option<String>,
    /// How many numbers would be taken out of which other service: a person must tick that they know.
    pub moving: Vec<(String, i64)>,
    /// What could be added now, when it holds fewer numbers than it wants.
    pub top_up: Option<TopUp>,
    /// Whether it starts only with that.
    pub needs_top_up: bool,
}

impl Checks {
    /// How many numbers would be taken out of another service.
    pub fn moved(&self) -> i64 {
        self.moving.iter().map(|(_, count)| count).sum()
    }
    /// What the person must tick for that, if anything: `Move 3 numbers out of Main: …`.
    pub fn moving_words(&self) -> Option<String> {
        let from: Vec<String> =
            self.moving.iter().map(|(name, count)| format!("{count} out of {name}")).collect();
        let numbers = plural(self.moved().unsigned_abs(), "number", "numbers");
        (!from.is_empty())
            .then(|| format!("Move {numbers} from another messaging service: {}", from.join(", ")))
    }
}

/// What a person ticked before a start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreed {
    /// They know that the mobile carriers block an unregistered messaging service.
    pub unregistered: bool,
    /// So many numbers may be taken out of other services.
    pub moving: i64,
    /// What can be added is taken at the start.
    pub top_up: bool,
}

impl Agreed {
    /// What the page has ticked before anybody has: that numbers which became available are taken.
    pub fn offered() -> Agreed {
        Agreed { top_up: true, ..Agreed::default() }
    }
}

/// Checks whether a draft may start as it stands.
///
/// # Errors
/// A database error.
pub fn checks(conn: &mut Conn, by: &Allowed<ManageCampaigns>, campaign: &Campaign) -> AppResult<Checks> {
    let organization = by.organization();
    let uses = campaigns::uses(conn, organization, campaign)?;
    let mut checks = Checks {
        service: uses.service().filter(|_| uses.is_shared()).map(|service| service.name.clone()),
        ..Checks::default()
    };
    let held = numbers::held_by_area(conn, organization.id, campaign.id)?;
    let count: i64 = held.values().sum();
    if campaign.contacts == 0 {
        checks.refusals.push("It has no contacts. Upload a contact file first.".into());
    }
    if count == 0 {
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
    if campaign.picker == Picker::Numberbank && !access::has_api_token::<ChooseSender>(conn, organization.id)?
    {
        checks.warnings.push(format!(
            "Numberbank is to pick the number for each contact, and your texting platform cannot ask it: there is no API \
             token. {}",
            match by.may::<ManageOrganization>() {
                true => "Make one in the settings.",
                false => "Ask an owner to make one in the settings.",
            }
        ));
    }
    let lost = numbers::at_carrier::lost_of(conn, organization.id, campaign.id)?.len();
    if lost > 0 {
        let (are, them) = if lost == 1 { ("is", "it") } else { ("are", "them") };
        checks.refusals.push(format!(
            "{lost} of its numbers {are} lost: the carrier does not have {them} any more. An owner clears lost numbers \
             on the sync page."
        ));
    }
    if uses.service().is_none() && count > organization.room {
        checks.refusals.push(format!(
            "It holds {count} numbers, and a messaging service takes {}. Let go of {}.",
            organization.room,
            count - organization.room
        ));
    }
    let situation = allocation::Situation::read(conn, organization, campaign)?;
    checks.refusals.extend(situation.pool().and_then(|pool| pool.refusal_now(&held)));
    let us = held.keys().any(|code| !code.is_toll_free() && code.info().country == Country::UnitedStates);
    if us && by.needs_registration() && !uses.is_registered() {
        checks.unregistered = Some(match uses.service().filter(|_| uses.is_shared()) {
            Some(service) => format!("{} is not registered (10DLC). {UNREGISTERED}", service.name),
            None => UNREGISTERED.to_owned(),
        });
    }
    checks.moving = moving(conn, organization.id, campaign, &uses)?;
    let strategy = allocation::strategies::of(&campaign.strategy);
    if count > 0 && strategy.chooses() {
        let top_up = allocation::top_up::propose(&situation, strategy);
        checks.top_up = (top_up.total() > 0).then_some(top_up);
    }
    let unkept = situation.unkept();
    let hot = allocation::predicted_load(&situation);
    if checks.refusals.is_empty() && (!unkept.is_empty() || hot.hottest > hot.tolerated) {
        checks.needs_top_up = checks.top_up.as_ref().is_some_and(TopUp::is_enough);
    }
    if !checks.needs_top_up {
        checks.refusals.extend(unkept);
    }
    if checks.refusals.is_empty() {
        let load = allocation::predicted_load(&situation);
        let shared = match situation.pool().filter(|pool| pool.shared && pool.others > 0) {
            Some(pool) => format!(
                " That counts all numbers of {} and the contacts of the {} texting from it.",
                pool.name,
                match pool.others {
                    1 => "other campaign".to_owned(),
                    more => format!("{more} other campaigns"),
                }
            ),
            None => String::new(),
        };
        if load.hottest > load.tolerated && !checks.needs_top_up {
            checks.refusals.push(format!(
                "Numbers are missing: the hottest number would carry {} contacts, and your organization tolerates {}. \
                 Reserve more numbers, or raise the contacts per number.{shared}",
                crate::web::format::number(load.hottest),
                crate::web::format::number(load.tolerated)
            ));
        } else if load.hottest > campaign.ratio && !checks.needs_top_up {
            checks.warnings.push(format!(
                "The hottest number would carry {} contacts, more than the {} you planned; your organization tolerates {}.{shared}",
                crate::web::format::number(load.hottest),
                crate::web::format::number(campaign.ratio),
                crate::web::format::number(load.tolerated)
            ));
        }
    }
    Ok(checks)
}

/// The numbers it holds that sit in another service of the organization, by that service's name.
fn moving(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: &Campaign,
    uses: &Uses,
) -> AppResult<Vec<(String, i64)>> {
    let own = uses.service().map(|service| service.id);
    let mut counts: BTreeMap<ServiceId, i64> = BTreeMap::new();
    for (_, at, count) in pools::held_where(conn, organization, campaign.id)? {
        if let Some(other) = at.filter(|at| Some(*at) != own) {
            *counts.entry(other).or_default() += count;
        }
    }
    counts
        .into_iter()
        .map(|(service, count)| Ok((messaging::find(conn, organization, service)?.name, count)))
        .collect()
}
