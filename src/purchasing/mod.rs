//! Buying numbers: quotes, orders, their lines, and the job that buys them.
//!
//! When an area code is sold out an order may turn to others ([`fallback`]), chosen for each order; each of them is
//! named before anything is bought, kept with the order, and numbers come from no other. A line keeps the code that
//! was wanted beside the one its number came from. Toll-free numbers are asked for apart and never mix with local ones.
//!
//! A month's [`budget`] may refuse an order, and any number of it, before anything is asked of the carrier.
//!
//! Money moves in three small transactions, never in one big one: the order is committed with its lines and one job
//! ([`place`]); each number tried is committed as `asking` before the carrier hears of it; each outcome is committed
//! together with what follows from it. What an order buys stays available, or is put into a messaging service when the
//! order has ended, or is reserved for a campaign in the very transaction in which it arrives. How the job works, and why it may be dropped at any point, is said in
//! [`buying`].

mod asking;
pub mod budget;
pub mod buying;
pub mod fallback;
pub mod model;
mod pages;
pub mod quote;
mod reading;
mod request;
mod reserving;
mod rest;
mod routes;
mod store;
mod view;

use crate::access::{self, Actor, Allowed, BuyNumbers as MayBuy, OrganizationRef};
use crate::activity;
use crate::db::Tx;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs::{self, Described};
use crate::kernel::ids::{CampaignId, LineId, OrderId, PersonId, ServiceId};
use crate::kernel::{AreaCode, Micros, Moment};

pub use asking::order_address;
pub use buying::BuyNumbers;
pub use fallback::{Fallback, Named};
pub use model::{CandidateStatus, Kind, Line, LineStatus, Order, OrderStatus, Tally};
pub use reading::{
    AreaSummary, LineStory, Pending, Summary, being_bought, lines, list, summaries_of, summary,
    undecided_lines, working_by_area,
};
pub use routes::routes;

use model::Reason;

/// How many area codes one order may name.
pub const AREA_CODES: usize = 50;

/// How many numbers of an area code, those expected of others that stand in for it among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Where.
    pub area_code: AreaCode,
    /// How many.
    pub count: i64,
    /// What the quote said one of this code costs a month.
    pub price: Micros,
}

/// An order to be placed.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Made with the quote; sent twice it is the same order.
    pub id: OrderId,
    /// What is wanted; an area code once.
    pub lines: Vec<Wanted>,
    /// The most all of it may cost at once.
    pub ceiling: Micros,
    /// Where it may turn when an area code is sold out.
    pub fallback: Fallback,
    /// The area codes that were named for that: it turns to no other.
    pub named: Vec<Named>,
    /// The order whose remainder this is.
    pub continues: Option<OrderId>,
    /// The campaign it is for; the caller has seen that it is the organization's.
    pub campaign: Option<CampaignId>,
    /// The messaging service into which what it buys goes: the follow-up does it. The caller has seen that it is the
    /// organization's and has room.
    pub messaging_service: Option<ServiceId>,
    /// Whether what it buys is reserved for its campaign as it arrives, while that is not over.
    pub reserve: bool,
    /// A job to enqueue when it ends.
    pub follow_up: Option<Described>,
}

impl NewOrder {
    /// An order of these and of nothing else, at what they cost.
    pub fn of(id: OrderId, lines: Vec<Wanted>) -> NewOrder {
        NewOrder {
            id,
            ceiling: request::first_charge(&lines, &[]),
            lines,
            fallback: Fallback::Nowhere,
            named: Vec::new(),
            continues: None,
            campaign: None,
            messaging_service: None,
            reserve: false,
            follow_up: None,
        }
    }
    /// What all of it would cost at once, and each month after: numbers expected of other codes at their price.
    pub fn cost(&self) -> Micros {
        request::first_charge(&self.lines, &self.named)
    }
}

/// Places an order: the order, its lines and the job that buys them, or nothing. Placed before, it is left as it is
/// and its id is answered. Wake the runner after the commit.
///
/// # Errors
/// [`AppError::Invalid`] with the fields `count-N`, `area_code-N` or `ceiling`, or with none when the month's budget
/// does not allow it; [`AppError::NotFound`] when
/// `continues` or the id belongs to another organization; a database error.
pub fn place(tx: &mut Tx, by: &Allowed<MayBuy>, new: &NewOrder, now: Moment) -> AppResult<OrderId> {
    place_approved(tx, &by.actor(), by.person_id(), by.organization(), new, now)
}

/// As [`place`], for a job that acts on a row which says that `person` approved it.
///
/// # Errors
/// As [`place`].
pub fn place_approved(
    tx: &mut Tx,
    by: &Actor,
    person: PersonId,
    organization: &OrganizationRef,
    new: &NewOrder,
    now: Moment,
) -> AppResult<OrderId> {
    if let Some(earlier) = new.continues {
        store::find(tx, organization.id, earlier)?;
    }
    request::check(new, organization.order_limit).into_result()?;
    let cost = request::first_charge(&new.lines, &new.named);
    if new.ceiling < cost {
        let words = format!(
            "The ceiling must be at least what the order costs now, {cost}. Ask for fewer numbers to spend less."
        );
        return Err(AppError::Invalid(FieldErrors::one("ceiling", words)));
    }
    let follow_up = match &new.follow_up {
        Some(job) => Some(serde_json::to_string(job).map_err(|error| AppError::Internal(error.to_string()))?),
        None => None,
    };
    let order = Order {
        id: new.id,
        organization_id: organization.id,
        service: organization.service.clone(),
        carrier_account: organization.carrier_account.clone(),
        status: OrderStatus::Working,
        ceiling: new.ceiling,
        placed_by: person,
        placed_at: now,
        fallback: new.fallback,
        continues: new.continues,
        campaign_id: new.campaign,
        messaging_service_id: new.messaging_service,
        reserves: new.reserve && new.campaign.is_some(),
        stop_asked_at: None,
        finished_at: None,
        notice: None,
    };
    if !store::insert_order(tx, &order, follow_up.as_deref())? {
        // Sent before; or, never by a form of ours, another organization's.
        store::find(tx, organization.id, new.id)?;
        return Ok(new.id);
    }
    // The order's row holds the organization's: whoever connects it elsewhere waits now, or did so before.
    let connected = access::organization(tx, organization.id)?;
    if (&connected.service, &connected.carrier_account) != (&order.service, &order.carrier_account) {
        let words =
            "The connection to the carrier changed meanwhile. Nothing was ordered; look at the prices again.";
        return Err(AppError::Conflict(words.into()));
    }
    budget::admit(tx, organization, cost, now)?;
    store::insert_lines(tx, new.id, &request::quoted(&new.lines, &new.named))?;
    fallback::store::insert_named(tx, new.id, &new.named)?;
    jobs::enqueue(tx, Some(organization.id), &BuyNumbers { order: new.id }, now, now)?;
    let codes: Vec<AreaCode> = new.lines.iter().map(|wanted| wanted.area_code).collect();
    let words =
        format!("Ordered {}", pages::title(new.lines.iter().map(|wanted| wanted.count).sum(), &codes));
    activity::record(tx, by, "order_placed", &address(new.id), &words, now)?;
    budget::watch(tx, organization.id, now)?;
    Ok(new.id)
}

/// Asks to stop an order: nothing new is asked of the carrier, what is bought stays. An order that ended is left
/// alone; answers whether it was still at work.
///
/// # Errors
/// [`AppError::NotFound`]; a database error.
pub fn stop(tx: &mut Tx, by: &Allowed<MayBuy>, order: OrderId, now: Moment) -> AppResult<bool> {
    let (mut order, _) = store::lock(tx, Some(by.organization_id()), order)?;
    if !order.may_ask() {
        return Ok(false);
    }
    order.stop_asked_at = Some(now);
    store::update(tx, &order)?;
    activity::record(tx, &by.actor(), "order_stopped", &address(order.id), "Stopped an order", now)?;
    go_on(tx, &order, now)?;
    Ok(true)
}

/// Goes on with an order that came to a halt or waits for a decision: lines of which the carrier could not say what
/// became are asked about again. Answers whether the order was still at work.
///
/// # Errors
/// [`AppError::NotFound`]; a database error.
pub fn try_again(
    tx: &mut Tx,
    by: &Allowed<MayBuy>,
    order: OrderId,
    only: Option<LineId>,
    now: Moment,
) -> AppResult<bool> {
    decide(tx, by, order, only, None, now)
}

/// Gives up a line of which the carrier could not say what became. Its number is not asked for again, by any order:
/// it may be ours.
///
/// # Errors
/// [`AppError::NotFound`]; a database error.
pub fn give_up(
    tx: &mut Tx,
    by: &Allowed<MayBuy>,
    order: OrderId,
    line: LineId,
    now: Moment,
) -> AppResult<bool> {
    let words = format!("given up by {}: the carrier never said whether it was bought", by.person_name());
    decide(tx, by, order, Some(line), Some(&Reason::new(words)), now)
}

fn decide(
    tx: &mut Tx,
    by: &Allowed<MayBuy>,
    order: OrderId,
    only: Option<LineId>,
    give_up: Option<&Reason>,
    now: Moment,
) -> AppResult<bool> {
    let (mut order, _) = store::lock(tx, Some(by.organization_id()), order)?;
    if order.status != OrderStatus::Working {
        return Ok(false);
    }
    buying::record::store::decide_unknown(tx, order.id, only, give_up, now)?;
    order.notice = None;
    store::update(tx, &order)?;
    let (verb, words) = match give_up {
        Some(_) => ("order_line_given_up", "Gave up a line of an order"),
        None => ("order_tried_again", "Went on with an order"),
    };
    activity::record(tx, &by.actor(), verb, &address(order.id), words, now)?;
    go_on(tx, &order, now)?;
    Ok(true)
}

/// The page of an order, below the organization's address.
fn address(order: OrderId) -> String {
    format!("/orders/{order}")
}

fn go_on(tx: &mut Tx, order: &Order, now: Moment) -> AppResult<()> {
    jobs::enqueue(tx, Some(order.organization_id), &BuyNumbers { order: order.id }, now, now)?;
    Ok(())
}
