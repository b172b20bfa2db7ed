//! Numbers put into a messaging service, or taken out of one, by a person or by an order: asked with the exact list,
//! done one by one by a job, each with its outcome. A number in use by a campaign is never moved here.

pub mod jobs;
mod pages;
mod routes;
mod store;

use std::collections::BTreeMap;

use crate::access::{Allowed, ManageOrganization};
use crate::activity;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{Described, enqueue};
use crate::kernel::ids::{MoveId, NumberId, OrderId, OrganizationId, PersonId, ServiceId};
use crate::kernel::{AreaCode, E164, Moment};
use crate::messaging::{self, MessagingService};
use crate::numbers::{self, Number, pools};
use crate::organizations::connection;
use crate::stored_enum;
use crate::web::format::plural;

pub use jobs::{AttachOrder, MoveNumbers};
pub(super) use routes::routes;

/// The most numbers one request may move.
pub const MOST: usize = 1_000;

stored_enum! {
    /// What became of one number of a request.
    pub enum Outcome {
        /// The carrier is asked, or will be.
        Asked = "asked",
        /// It is where it should be.
        Done = "done",
        /// It is not.
        Refused = "refused",
    }
}

/// Where numbers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Into this messaging service.
    Into(ServiceId),
    /// Out of the one they are in.
    Out,
}

impl Target {
    /// The word of forms and addresses.
    pub fn word(self) -> String {
        match self {
            Target::Into(id) => id.to_string(),
            Target::Out => "out".to_owned(),
        }
    }
    /// The target of a word.
    pub fn parse(text: &str) -> Option<Target> {
        if text == "out" { Some(Target::Out) } else { ServiceId::parse(text).ok().map(Target::Into) }
    }
    fn service(self) -> Option<ServiceId> {
        match self {
            Target::Into(id) => Some(id),
            Target::Out => None,
        }
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Move {
    /// Its id.
    pub id: MoveId,
    /// Where to.
    pub target: Target,
    /// The order that bought the numbers, when that asked for it.
    pub order_id: Option<OrderId>,
    /// Who asked.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Moment,
    /// When its last number was settled.
    pub finished_at: Option<Moment>,
}

/// One number of a request.
#[derive(Debug, Clone)]
pub struct Line {
    /// The number.
    pub number_id: NumberId,
    /// Its phone number.
    pub phone_number: E164,
    /// Its area code.
    pub area_code: AreaCode,
    /// The service it was in when that was asked.
    pub from: Option<ServiceId>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was not done, in our words.
    pub reason: Option<String>,
}

/// What an OWNER has in mind, split into what can be done and what stays, and why.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The service they would go into; `None` when they are taken out.
    pub into: Option<MessagingService>,
    /// What would go, in the order of numbers.
    pub going: Vec<Number>,
    /// What stays, with the reason.
    pub staying: Vec<(Number, &'static str)>,
    /// The services that numbers leave, by id.
    pub leaving: BTreeMap<ServiceId, MessagingService>,
    /// How many more the service takes.
    pub room_left: i64,
}

impl Proposal {
    /// How many would not fit.
    pub fn too_many(&self) -> i64 {
        let going = i64::try_from(self.going.len()).unwrap_or(i64::MAX);
        if self.into.is_some() { (going - self.room_left).max(0) } else { 0 }
    }
    /// How many leave a service that they are in, by its name.
    pub fn from(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<ServiceId, usize> = BTreeMap::new();
        for number in &self.going {
            if let Some(service) = number.facts.messaging_service {
                *counts.entry(service).or_default() += 1;
            }
        }
        let name =
            |id: &ServiceId| self.leaving.get(id).map_or_else(String::new, |service| service.name.clone());
        counts.iter().map(|(id, count)| (name(id), *count)).collect()
    }
    /// What it would be called: `Put 12 numbers into Main`.
    pub fn title(&self) -> String {
        let numbers = plural(self.going.len() as u64, "number", "numbers");
        match &self.into {
            Some(service) => format!("Put {numbers} into {}", service.name),
            None if self.going.len() == 1 => "Take 1 number out of its messaging service".to_owned(),
            None => format!("Take {numbers} out of their messaging services"),
        }
    }
}

/// Where a person may put numbers, as forms offer it (the word, what it says): into one of the organization's shared services,
/// or `out` of the one they are in. Nothing for who may not.
///
/// # Errors
/// A database error.
pub fn choices<P>(conn: &mut Conn, by: &Allowed<P>, out: bool) -> DbResult<Vec<(String, String)>> {
    if !by.may::<ManageOrganization>() {
        return Ok(Vec::new());
    }
    let services = messaging::of_place(conn, &connection::place_of(by))?;
    // One that was made for a campaign is emptied when that ends.
    let there = services.into_iter().filter(|one| one.remote_id.is_some() && one.campaign_id.is_none());
    let into = there.map(|one| (Target::Into(one.id).word(), format!("Put into {}", one.name)));
    let out = out.then(|| (Target::Out.word(), "Take out of its messaging service".to_owned()));
    Ok(into.chain(out).collect())
}

/// The service that numbers may be put into.
fn target(conn: &mut Conn, organization: OrganizationId, id: ServiceId) -> AppResult<MessagingService> {
    let service = messaging::find(conn, organization, id)?;
    if !service.is_open() || service.remote_id.is_none() {
        return Err(AppError::Conflict(format!("{} is not at the carrier any more.", service.name)));
    }
    Ok(service)
}

fn staying(number: &Number, into: Option<&MessagingService>, moving: &[NumberId]) -> Option<&'static str> {
    if let Some(why) = pools::fixed(number) {
        return Some(why);
    }
    if moving.contains(&number.id) {
        return Some("is being moved already");
    }
    match (into, number.facts.messaging_service) {
        (None, None) => Some("sits in no messaging service"),
        (Some(service), at) if at == Some(service.id) => Some("sits there already"),
        (Some(service), _)
            if service.service != number.service || service.carrier_account != number.carrier_account =>
        {
            Some("is in another account at the carrier")
        }
        _ => None,
    }
}

fn split(
    conn: &mut Conn,
    organization: OrganizationId,
    into: Option<MessagingService>,
    numbers: Vec<Number>,
) -> AppResult<Proposal> {
    let ids: Vec<NumberId> = numbers.iter().map(|number| number.id).collect();
    let moving = store::moving(conn, &ids)?;
    let (mut going, mut kept) = (Vec::new(), Vec::new());
    for number in numbers {
        match staying(&number, into.as_ref(), &moving) {
            None => going.push(number),
            Some(why) => kept.push((number, why)),
        }
    }
    let leaving: Vec<ServiceId> = going.iter().filter_map(|number| number.facts.messaging_service).collect();
    let leaving = messaging::store::of_ids(conn, organization, &leaving)?;
    let room_left = match &into {
        Some(service) => {
            let inside = pools::sizes(conn, organization, &[service.id])?;
            let inside = inside.get(&service.id).copied().unwrap_or(0);
            service.room_left(inside + on_their_way(conn, organization, service.id, |_| true)?)
        }
        None => 0,
    };
    let leaving = leaving.into_iter().map(|service| (service.id, service)).collect();
    Ok(Proposal { into, going, staying: kept, leaving, room_left })
}

/// How many numbers are asked to be put into a service and are not in it yet, of those that count: they take room.
///
/// # Errors
/// A database error.
pub fn on_their_way(
    conn: &mut Conn,
    organization: OrganizationId,
    service: ServiceId,
    counts: impl Fn(&Number) -> bool,
) -> DbResult<i64> {
    let asked = store::asked_into(conn, organization, service)?;
    if asked.is_empty() {
        return Ok(0);
    }
    let outside = |number: &&Number| number.facts.messaging_service != Some(service) && counts(number);
    let count = numbers::of_ids(conn, organization, &asked)?.iter().filter(outside).count();
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// What moving these numbers would do.
///
/// # Errors
/// [`AppError::Conflict`] in words when the service is not at the carrier; [`AppError::NotFound`]; a database error.
pub fn propose(
    conn: &mut Conn,
    by: &Allowed<ManageOrganization>,
    to: Target,
    ids: &[NumberId],
) -> AppResult<Proposal> {
    let organization = by.organization_id();
    let into = to.service().map(|id| target(conn, organization, id)).transpose()?;
    let numbers = numbers::of_ids(conn, organization, ids)?;
    split(conn, organization, into, numbers)
}

/// Asks for exactly these numbers to be moved; a job asks the carrier. Sent twice with the same id, it is one request.
///
/// # Errors
/// [`AppError::Conflict`] in words when one of them cannot be moved any more or there is no room for all, and then
/// nothing is asked; [`AppError::BadRequest`] for none or more than [`MOST`]; a database error.
pub fn ask(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: MoveId,
    to: Target,
    ids: &[NumberId],
    now: Moment,
) -> AppResult<MoveId> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(AppError::BadRequest(format!("Choose 1 to {MOST} numbers.")));
    }
    let (organization, actor) = (by.organization_id(), by.actor());
    if let Some(earlier) = store::find(tx, organization, id)? {
        return Ok(earlier.id);
    }
    let into = match to {
        Target::Into(service) => {
            messaging::lock(tx, organization, service)?;
            Some(target(tx, organization, service)?)
        }
        Target::Out => None,
    };
    // Whoever starts a campaign with one of them waits, and then sees that it is being moved.
    let numbers = pools::lock(tx, &actor, ids)?;
    let proposal = split(tx, organization, into, numbers)?;
    if proposal.going.len() != ids.len() {
        // Sent twice at once, the first was written while this waited for the numbers.
        if let Some(earlier) = store::find(tx, organization, id)? {
            return Ok(earlier.id);
        }
        let words = format!(
            "{} of the {} numbers changed meanwhile and cannot be moved now. Nothing was moved; look at the list \
             again.",
            ids.len() - proposal.going.len(),
            ids.len()
        );
        return Err(AppError::Conflict(words));
    }
    if proposal.too_many() > 0 {
        return Err(AppError::Conflict(no_room(&proposal)));
    }
    let new =
        Move { id, target: to, order_id: None, asked_by: by.person_id(), asked_at: now, finished_at: None };
    store::insert(tx, organization, &new)?;
    let lines = proposal.going.iter().map(|number| (number.id, number.facts.messaging_service, None));
    store::insert_lines(tx, id, lines, now)?;
    enqueue(tx, Some(organization), &MoveNumbers { organization_id: organization, move_id: id }, now, now)?;
    activity::record(tx, &actor, "numbers_moved", &address(id), &proposal.title(), now)?;
    Ok(id)
}

/// What is said when there is too little room.
fn no_room(proposal: &Proposal) -> String {
    let name = proposal.into.as_ref().map(|service| service.name.as_str()).unwrap_or_default();
    format!(
        "{name} has room for {}, and you chose {}. Choose fewer, raise its room, or use another messaging service.",
        plural(proposal.room_left.unsigned_abs(), "more number", "more numbers"),
        proposal.going.len()
    )
}

/// The job that puts the numbers of an order into a service when the order has ended, as data for the order.
///
/// # Errors
/// [`AppError::Internal`] when it cannot be written down.
pub fn after_order(
    by: &Allowed<crate::access::BuyNumbers>,
    order: OrderId,
    service: ServiceId,
) -> AppResult<Described> {
    Described::of(&AttachOrder {
        organization_id: by.organization_id(),
        order_id: order,
        messaging_service_id: service,
        person_id: by.person_id(),
    })
}

/// What became of the numbers of an order that were to be put into a service, by number.
///
/// # Errors
/// A database error.
pub fn of_order(
    conn: &mut Conn,
    organization: OrganizationId,
    order: OrderId,
) -> DbResult<Option<(Move, BTreeMap<NumberId, Line>)>> {
    let Some(found) = store::of_order(conn, organization, order)? else { return Ok(None) };
    let lines = lines(conn, organization, found.id)?;
    Ok(Some((found, lines.into_iter().map(|line| (line.number_id, line)).collect())))
}

/// Which of these numbers are being moved just now.
///
/// # Errors
/// A database error.
pub fn moving(conn: &mut Conn, ids: &[NumberId]) -> DbResult<Vec<NumberId>> {
    store::moving(conn, ids)
}

/// A request of the organization.
///
/// # Errors
/// [`AppError::NotFound`] when there is none; a database error.
pub fn find(conn: &mut Conn, organization: OrganizationId, id: MoveId) -> AppResult<Move> {
    store::find(conn, organization, id)?.ok_or(AppError::NotFound)
}

/// The numbers of a request with their outcome, in the order of numbers.
///
/// # Errors
/// A database error.
pub fn lines(conn: &mut Conn, organization: OrganizationId, id: MoveId) -> DbResult<Vec<Line>> {
    let stored = store::lines(conn, id)?;
    let ids: Vec<NumberId> = stored.iter().map(|(number, ..)| *number).collect();
    let known = pools::named(conn, organization, &ids)?;
    let mut lines: Vec<Line> = stored
        .into_iter()
        .filter_map(|(number_id, from, outcome, reason)| {
            let &(phone_number, area_code) = known.get(&number_id)?;
            Some(Line { number_id, phone_number, area_code, from, outcome, reason })
        })
        .collect();
    lines.sort_by_key(|line| line.phone_number);
    Ok(lines)
}

/// The page of a request, below the organization's address.
pub fn address(id: MoveId) -> String {
    format!("/messaging-services/moves/{id}")
}
