//! The proof that somebody may do something in an organization.

use std::marker::PhantomData;
use std::sync::Arc;

use chrono_tz::Tz;

use super::broken::Broken;
use super::role::{
    ManageCampaigns, ManageOrganization, Permission, Role, SeeActivity, SeeNumbers, SeeOrders, SeeSpend,
};
use super::store::Person;
use super::store::{self, OrganizationRow};
use crate::db::Conn;
use crate::error::{AppError, AppResult};
use crate::kernel::ids::{OrganizationId, PersonId};
use crate::kernel::{Micros, Moment};
use crate::providers::{Account, Connection, Field, Registry};
use crate::web::format::Times;
use crate::web::shell::{NavItem, Shell, ShellLink, ShellOrganization, ShellTrouble};
use crate::web::{FlashSlot, Shell as WebShell};

/// The organization in whose name something is done, as it was read for this request.
#[derive(Debug, Clone)]
pub struct OrganizationRef {
    /// Its id.
    pub id: OrganizationId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The provider's key.
    pub service: String,
    /// Its account at the carrier.
    pub carrier_account: String,
    /// Where its people are: how times are written.
    pub time_zone: Tz,
    /// How many contacts one number texts, unless a campaign says otherwise.
    pub contacts_per_number: i64,
    /// How many numbers a messaging service takes.
    pub room: i64,
    /// How long a draft without a planned start holds its numbers.
    pub reservation_hours: i64,
    /// How long a number rests after a campaign.
    pub rest_days: i64,
    /// The most numbers one order may ask for.
    pub order_limit: i64,
    /// The predicted load, in percent of the ratio, at which a campaign may still start.
    pub tolerated_load_percent: i64,
    /// Whether a messaging service made for one campaign goes when its numbers are given back.
    pub delete_campaign_services: bool,
    /// Whether owners must sign in in two steps.
    pub owners_in_two_steps: bool,
    /// The most that numbers and fees may cost in a month (UTC); `None` until an owner sets it.
    pub monthly_budget: Option<Micros>,
    /// Whether owners and spend viewers are written to about the budget and about orders that fail.
    pub money_letters: bool,
    /// Whether they are written to every week.
    pub weekly_letters: bool,
    /// The key of the planner of new campaigns.
    pub default_strategy: String,
    /// Why the connection to its carrier does not work at present, if it does not.
    pub broken: Option<Broken>,
}

/// A page of the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Section {
    PhoneNumbers,
    Orders,
    Campaigns,
    Requests,
    MessagingServices,
    Spend,
    Activity,
    Practice,
    Members,
    Settings,
    /// None of them.
    Elsewhere,
}

impl Section {
    /// Whether what is done there needs the carrier.
    fn needs_carrier(self) -> bool {
        match self {
            Section::PhoneNumbers
            | Section::Orders
            | Section::Campaigns
            | Section::Requests
            | Section::MessagingServices
            | Section::Practice
            | Section::Settings => true,
            Section::Spend | Section::Activity | Section::Members | Section::Elsewhere => false,
        }
    }
}

/// What is known about somebody in an organization while one request, command or job step runs.
#[derive(Debug)]
struct Standing {
    organization: OrganizationRef,
    practice: bool,
    registers: bool,
    asks: Connection,
    person: Person,
    role: Role,
    organizations: Vec<ShellLink>,
    flash: FlashSlot,
    times: Times,
}

/// Proof that a person may do `P` in an organization. Verbs ask for it; store functions take the organization from
/// it. Only this module makes one.
#[derive(Debug)]
pub struct Allowed<P> {
    standing: Arc<Standing>,
    permission: PhantomData<fn() -> P>,
}

impl<P> Clone for Allowed<P> {
    fn clone(&self) -> Allowed<P> {
        Allowed { standing: self.standing.clone(), permission: PhantomData }
    }
}

/// Of a provider that this version does not have nothing is known, and nothing can be done with it.
const UNKNOWN: Field = Field { label: "Account", help: "", check: |_| Ok(()) };

/// What a browser's request brings along, beside the standing itself.
pub(super) struct Surroundings {
    pub(super) organizations: Vec<ShellLink>,
    pub(super) flash: FlashSlot,
    pub(super) now: Moment,
}

impl<P: Permission> Allowed<P> {
    /// Checks the role; `Err` has the sentence of refusal without the names.
    pub(super) fn check(
        organization: OrganizationRow,
        person: Person,
        role: Role,
        providers: &Registry,
        surroundings: Surroundings,
    ) -> Option<Allowed<P>> {
        if !P::ROLES.contains(&role) {
            return None;
        }
        let organization = OrganizationRef::from(organization);
        let provider = providers.get(&organization.service);
        let practice = provider.as_ref().is_some_and(|provider| provider.is_practice());
        let registers = provider.as_ref().is_some_and(|provider| provider.needs_registration());
        let asks = provider.map_or_else(|| Connection::open(UNKNOWN), |provider| provider.connection());
        let times = Times { now: surroundings.now, zone: organization.time_zone };
        let standing = Standing {
            organization,
            practice,
            registers,
            asks,
            person,
            role,
            organizations: surroundings.organizations,
            flash: surroundings.flash,
            times,
        };
        Some(Allowed { standing: Arc::new(standing), permission: PhantomData })
    }

    /// Who acts, for the record.
    pub fn actor(&self) -> super::Actor {
        super::Actor::new(self.standing.organization.id, Some(self.standing.person.id))
    }

    /// From the console: somebody with access to the database acts in the name of a member. The membership and its
    /// role are read and checked as for a browser.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an organization or member, [`AppError::Forbidden`] without the right.
    pub fn from_console(
        conn: &mut Conn,
        providers: &Registry,
        now: Moment,
        slug: &str,
        email: &str,
    ) -> AppResult<Allowed<P>> {
        let (organization, person, role) = store::member(conn, slug, email)?.ok_or(AppError::NotFound)?;
        let surroundings = Surroundings { organizations: Vec::new(), flash: FlashSlot::default(), now };
        Allowed::check(organization, person, role, providers, surroundings)
            .ok_or_else(|| AppError::Forbidden(format!("{email} may not {} there.", P::WORDS)))
    }
}

impl<P> Allowed<P> {
    /// The organization's id: what every store function filters by.
    pub fn organization_id(&self) -> OrganizationId {
        self.standing.organization.id
    }
    /// The organization.
    pub fn organization(&self) -> &OrganizationRef {
        &self.standing.organization
    }
    /// Whether its numbers and its money are not real.
    pub fn is_practice(&self) -> bool {
        self.standing.practice
    }
    /// Whether the mobile carriers block US numbers of its carrier whose messaging service is not registered.
    pub fn needs_registration(&self) -> bool {
        self.standing.registers
    }
    /// What its carrier asks of a connection.
    pub fn asks(&self) -> Connection {
        self.standing.asks
    }
    /// Who does it.
    pub fn person_id(&self) -> PersonId {
        self.standing.person.id
    }
    /// The name of who does it.
    pub fn person_name(&self) -> &str {
        &self.standing.person.name
    }
    /// What they are there.
    pub fn role(&self) -> Role {
        self.standing.role
    }
    /// Whether they may do something else too: what one may not do is not drawn.
    pub fn may<Q: Permission>(&self) -> bool {
        Q::ROLES.contains(&self.standing.role)
    }
    /// The proof for something else, if they may do that.
    pub fn narrow<Q: Permission>(&self) -> Option<Allowed<Q>> {
        self.may::<Q>().then(|| Allowed { standing: self.standing.clone(), permission: PhantomData })
    }
    /// Whether they run Numberbank itself.
    pub fn is_operator(&self) -> bool {
        self.standing.person.is_operator
    }
    /// Which account at the carrier it is, without what it signs in with: calls are made with
    /// [`own`](fn@crate::organizations::connection::own).
    pub fn account(&self) -> Account {
        Account::new(self.standing.organization.carrier_account.clone())
    }
    /// The address of a page of this organization: `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("/o/{}{path}", self.standing.organization.slug)
    }
    /// Now, and the organization's time zone: what the time filters take.
    pub fn times(&self) -> Times {
        self.standing.times
    }
    /// What stands around a page. Takes the message of the last step: call it once a page, not for fragments.
    pub fn shell(&self, current: Section) -> Shell {
        let standing = &self.standing;
        WebShell {
            organization: Some(ShellOrganization {
                name: standing.organization.name.clone(),
                href: format!("/o/{}/{}", standing.organization.slug, home(standing.role)),
                practice: standing.practice,
            }),
            organizations: standing.organizations.clone(),
            nav: self.nav(current),
            person: Some(standing.person.in_shell()),
            flash: standing.flash.take(),
            refresh: None,
            times: standing.times,
            trouble: self.trouble(current),
        }
    }
    /// What the pages that need the carrier say while it cannot be reached.
    fn trouble(&self, current: Section) -> Option<ShellTrouble> {
        let broken = self.standing.organization.broken.as_ref().filter(|_| current.needs_carrier())?;
        let times = self.standing.times;
        Some(ShellTrouble {
            words: broken.words.clone(),
            next_step: broken.kind.next_step(),
            since: times.relative(broken.since),
            since_exact: times.exact(broken.since),
            href: self.may::<ManageOrganization>().then(|| self.url("/settings/connection")),
        })
    }
    fn nav(&self, current: Section) -> Vec<NavItem> {
        let practices = self.standing.practice && self.may::<ManageOrganization>();
        [
            (Section::PhoneNumbers, "Phone numbers", "/phone-numbers", self.may::<SeeNumbers>()),
            (Section::Orders, "Orders", "/orders", self.may::<SeeOrders>()),
            (Section::Campaigns, "Campaigns", "/campaigns", self.may::<ManageCampaigns>()),
            (Section::Requests, "Requests", "/requests", self.may::<ManageCampaigns>()),
            (
                Section::MessagingServices,
                "Messaging services",
                "/messaging-services",
                self.may::<SeeNumbers>(),
            ),
            (Section::Spend, "Spend", "/spend", self.may::<SeeSpend>()),
            (Section::Activity, "Activity", "/activity", self.may::<SeeActivity>()),
            (Section::Practice, "Practice", "/practice", practices),
            (Section::Members, "Members", "/members", self.may::<ManageOrganization>()),
            (Section::Settings, "Settings", "/settings", self.may::<ManageOrganization>()),
        ]
        .into_iter()
        .filter(|(.., shown)| *shown)
        .map(|(section, label, path, _)| NavItem {
            label: label.to_owned(),
            href: self.url(path),
            current: section == current,
            waiting: None,
        })
        .collect()
    }
}

/// Where somebody with this role works.
pub(super) fn home(role: Role) -> &'static str {
    match role {
        Role::SpendViewer => "spend",
        Role::Owner | Role::Admin => "phone-numbers",
    }
}
