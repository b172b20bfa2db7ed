//! What a campaign lacks, asked of the owners: the exact numbers, approved, changed or declined by an OWNER.
//!
//! An approval commits the request and its order in one transaction; the order is bought by the ordinary job, and each
//! number is reserved for the campaign in the transaction in which it arrives; for one that runs they are put into its
//! messaging service when the order has ended ([`launch::arrivals`]). What came of a request follows from its
//! order: nothing here is told. An OWNER may set a limit a month below which requests are approved without anybody
//! looking at them; such an approval names who set the limit, and ends with their ownership.
//!
//! Whoever changes a request locks its campaign first, then the request, then the limit.

mod card;
pub mod jobs;
pub mod model;
mod pages;
mod routes;
mod store;

use chrono::TimeDelta;

use crate::access::{self, Actor, Allowed, BuyNumbers, ManageCampaigns, Notice, OrganizationRef, Permission};
use crate::activity;
use crate::allocation;
use crate::campaigns::{self, Campaign};
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::enqueue;
use crate::kernel::ids::{CampaignId, OrderId, OrganizationId, PersonId, RequestId};
use crate::kernel::{Micros, Moment};
use crate::launch;
use crate::mail;
use crate::purchasing::{self, NewOrder};
use crate::state::App;
use crate::web::format::Times;

pub use card::{Card, Waiting};
pub use jobs::ApproveWithinLimit;
pub use model::{ApprovalLimit, Request, RequestLine, Status, Wish};
pub use routes::routes;

/// So many open requests are shown at once.
pub const OPEN: i64 = 100;
/// So long an e-mail about a request is worth sending.
const MAIL_LASTS: TimeDelta = TimeDelta::days(2);

/// The page of a request, below the organization's address.
pub fn address(id: RequestId) -> String {
    format!("/requests/{id}")
}

/// What becomes of each number as it arrives, to be put after the campaign's name or "it".
fn arriving(running: bool) -> &'static str {
    match running {
        false => "as it arrives",
        true => "as it arrives, and all are put into its messaging service when the order has ended",
    }
}

fn about(id: RequestId) -> String {
    format!("request/{id}")
}

/// A request to be made.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Made with the form; sent twice it is the same request.
    pub id: RequestId,
    /// The campaign that lacks the numbers.
    pub campaign: CampaignId,
    /// What is asked for.
    pub wish: Wish,
    /// The whole address of the request's page, for e-mails.
    pub link: String,
}

/// Asks the owners for numbers: they see it on their start page and get an e-mail where a mail server is set. Where a
/// limit is set a job weighs it first. Sent twice it is one request. Wake the runner after the commit.
///
/// # Errors
/// [`AppError::Conflict`] in words when the campaign is over or has an open request; [`AppError::NotFound`]; a
/// database error.
pub fn ask(
    tx: &mut Tx,
    app: &App,
    by: &Allowed<ManageCampaigns>,
    new: &NewRequest,
    now: Moment,
) -> AppResult<RequestId> {
    let organization = by.organization_id();
    let campaign = campaigns::lock(tx, organization, new.campaign)?;
    let last = store::of_campaign(tx, organization, new.campaign)?;
    if last.as_ref().is_some_and(|last| last.id == new.id) {
        return Ok(new.id);
    }
    if let Some(why) = allocation::takes_no_more(&campaign) {
        return Err(AppError::Conflict(format!("{} {why}, so it needs no more numbers.", campaign.name)));
    }
    if last.is_some_and(|last| last.status == Status::Open) {
        return Err(AppError::Conflict(format!(
            "{} has an open request already. Change that one instead.",
            campaign.name
        )));
    }
    if !store::insert(tx, organization, new.id, new.campaign, by.person_id(), &new.wish, now)? {
        // Of another campaign or organization: no form of ours sends that.
        return Err(AppError::NotFound);
    }
    let words = format!("Asked for {} for {}", model::title(&new.wish.lines), campaign.name);
    activity::record(tx, &by.actor(), "numbers_asked_for", &address(new.id), &words, now)?;
    let weigh = Weigh { request: new.id, link: &new.link, asker: by.person_name(), times: by.times() };
    weigh_or_tell(tx, app, organization, &campaign, &new.wish, weigh, now)?;
    Ok(new.id)
}

/// What is said of a request in an e-mail.
struct Weigh<'a> {
    request: RequestId,
    link: &'a str,
    asker: &'a str,
    times: Times,
}

/// Lets a job weigh a request against the limit where there is one; else tells the owners.
fn weigh_or_tell(
    tx: &mut Tx,
    app: &App,
    organization: OrganizationId,
    campaign: &Campaign,
    wish: &Wish,
    weigh: Weigh<'_>,
    now: Moment,
) -> AppResult<()> {
    if store::limit(tx, organization)?.is_some_and(|limit| limit.monthly > Micros::ZERO) {
        let job = ApproveWithinLimit {
            organization_id: organization,
            request_id: weigh.request,
            link: weigh.link.to_owned(),
        };
        enqueue(tx, Some(organization), &job, now, now)?;
        return Ok(());
    }
    tell_owners(tx, app, organization, campaign, wish, &weigh, now)
}

fn tell_owners(
    tx: &mut Tx,
    app: &App,
    organization: OrganizationId,
    campaign: &Campaign,
    wish: &Wish,
    weigh: &Weigh<'_>,
    now: Moment,
) -> AppResult<()> {
    let title = model::title(&wish.lines);
    let by = wish.needed_by.map(|at| format!(" by {}", weigh.times.exact(at))).unwrap_or_default();
    let note = match wish.note.as_str() {
        "" => String::new(),
        note => format!("\n\n“{note}”"),
    };
    let notice = Notice {
        about: about(weigh.request),
        subject: format!("{} asks for {title}", weigh.asker),
        text: format!(
            "{} asks for {title} for the campaign {}{by}. They cost {} a month.{note}\n\nApprove, change or decline \
             it here:\n{}\n",
            weigh.asker,
            campaign.name,
            wish.monthly_cost().dollars_and_cents(),
            weigh.link
        ),
        useful_until: now + MAIL_LASTS,
    };
    access::write_to_owners(tx, app, organization, &notice, now)?;
    Ok(())
}

/// Locks the campaign of a request, then the request; both stay as they are until the transaction ends.
fn lock(tx: &mut Tx, organization: OrganizationId, id: RequestId) -> AppResult<(Campaign, Request)> {
    let campaign = store::find(tx, organization, id)?.campaign_id;
    let campaign = campaigns::lock(tx, organization, campaign)?;
    Ok((campaign, store::lock(tx, organization, id)?))
}

fn must_be_open(tx: &mut Tx, request: &Request) -> AppResult<()> {
    let Some(words) = request.is_over() else { return Ok(()) };
    let who = match request.decided_by {
        Some(person) => access::names(tx, &[person])?.remove(&person),
        None => None,
    };
    let who = who.map(|name| format!(" by {name}")).unwrap_or_default();
    let words = words.trim_end_matches('.').replace(" already", "");
    Err(AppError::Conflict(format!("{words}{who} meanwhile. Nothing was changed.")))
}

/// Asks for something else instead, while the request is open.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is not open any more; [`AppError::NotFound`]; a database error.
pub fn change(
    tx: &mut Tx,
    app: &App,
    by: &Allowed<ManageCampaigns>,
    id: RequestId,
    wish: &Wish,
    link: &str,
    now: Moment,
) -> AppResult<()> {
    let organization = by.organization_id();
    let (campaign, request) = lock(tx, organization, id)?;
    must_be_open(tx, &request)?;
    if request.wish == *wish {
        return Ok(());
    }
    store::rewrite(tx, id, wish)?;
    mail::drop_about(tx, &[about(id)], now)?;
    let words = format!("Changed a request for {} to {}", campaign.name, model::title(&wish.lines));
    activity::record(tx, &by.actor(), "request_changed", &address(id), &words, now)?;
    // An owner who changes it is about to decide it.
    if !by.may::<BuyNumbers>() {
        let weigh = Weigh { request: id, link, asker: by.person_name(), times: by.times() };
        weigh_or_tell(tx, app, organization, &campaign, wish, weigh, now)?;
    }
    Ok(())
}

/// Takes a request back while it is open.
///
/// # Errors
/// As [`change`].
pub fn withdraw(tx: &mut Tx, by: &Allowed<ManageCampaigns>, id: RequestId, now: Moment) -> AppResult<()> {
    let (campaign, mut request) = lock(tx, by.organization_id(), id)?;
    if request.status == Status::Withdrawn {
        return Ok(());
    }
    must_be_open(tx, &request)?;
    request.status = Status::Withdrawn;
    let words = format!("Withdrew a request of {} for {}", request.title(), campaign.name);
    over(tx, &by.actor(), request, by.person_id(), ("request_withdrawn", &words), now)
}

/// Says no, and why.
///
/// # Errors
/// As [`change`].
pub fn decline(
    tx: &mut Tx,
    by: &Allowed<BuyNumbers>,
    id: RequestId,
    answer: &str,
    now: Moment,
) -> AppResult<()> {
    let (campaign, mut request) = lock(tx, by.organization_id(), id)?;
    must_be_open(tx, &request)?;
    request.status = Status::Declined;
    request.answer = Some(answer.to_owned());
    let words = format!("Declined a request of {} for {}: {answer}", request.title(), campaign.name);
    over(tx, &by.actor(), request, by.person_id(), ("request_declined", &words), now)
}

/// Writes a decision down.
fn over(
    tx: &mut Tx,
    by: &Actor,
    mut request: Request,
    person: PersonId,
    (verb, words): (&'static str, &str),
    now: Moment,
) -> AppResult<()> {
    request.decided_by = Some(person);
    request.decided_at = Some(now);
    store::decide(tx, &request)?;
    mail::drop_about(tx, &[about(request.id)], now)?;
    Ok(activity::record(tx, by, verb, &address(request.id), words, now)?)
}

/// Approves a request and places its order, together or not at all. `seen` is what was asked for when the owner looked.
/// Sent twice with the same order it is one approval. Wake the runner after the commit.
///
/// # Errors
/// [`AppError::Conflict`] in words when it is not open or was changed meanwhile; [`AppError::Invalid`] as
/// [`purchasing::place`] and [`allocation::make_ready`] say; [`AppError::NotFound`]; a database error.
pub fn approve(
    tx: &mut Tx,
    by: &Allowed<BuyNumbers>,
    id: RequestId,
    seen: &[RequestLine],
    order: &NewOrder,
    now: Moment,
) -> AppResult<OrderId> {
    let organization = by.organization_id();
    let (campaign, request) = lock(tx, organization, id)?;
    if request.order_id == Some(order.id) {
        return Ok(order.id);
    }
    must_be_open(tx, &request)?;
    let counts = |lines: &[RequestLine]| -> Vec<_> {
        lines.iter().map(|line| (line.area_code, line.numbers)).collect()
    };
    if counts(&request.wish.lines) != counts(seen) {
        return Err(AppError::Conflict(
            "What is asked for was changed while you looked at it. Nothing was ordered; look at it again."
                .into(),
        ));
    }
    allocation::make_ready(tx, &by.actor(), by.organization(), campaign.id, &order.lines, now)?;
    let order = for_campaign(organization, campaign.id, order)?;
    purchasing::place(tx, by, &order, now)?;
    let words = format!("Approved a request of {} for {}", request.title(), campaign.name);
    let approved =
        Request { status: Status::Approved, order_id: Some(order.id), monthly_cost: order.cost(), ..request };
    over(tx, &by.actor(), approved, by.person_id(), ("request_approved", &words), now)?;
    Ok(order.id)
}

/// Whether an order asks for what a request wants.
fn is_for(order: &NewOrder, wish: &Wish) -> bool {
    let asked = order.lines.iter().map(|line| (line.area_code, line.count));
    asked.eq(wish.lines.iter().map(|line| (line.area_code, line.numbers)))
}

fn for_campaign(organization: OrganizationId, campaign: CampaignId, order: &NewOrder) -> AppResult<NewOrder> {
    Ok(NewOrder {
        campaign: Some(campaign),
        reserve: true,
        follow_up: Some(launch::arrivals::after_order(organization, order.id, campaign)?),
        ..order.clone()
    })
}

/// Weighs a request against the organization's limit and approves it below. `order` is what the carrier quoted, or why
/// there is none. Answers whether it was approved; if not, the request says why and the owners are told.
///
/// # Errors
/// A database error.
fn approve_within_limit(
    tx: &mut Tx,
    app: &App,
    by: &Actor,
    organization: &OrganizationRef,
    job: &ApproveWithinLimit,
    order: Result<&NewOrder, &str>,
    now: Moment,
) -> AppResult<bool> {
    let (campaign, request) = lock(tx, organization.id, job.request_id)?;
    if request.status != Status::Open {
        return Ok(false);
    }
    let why_not = match (store::lock_limit(tx, organization.id)?, order) {
        (None, _) => None,
        (Some(limit), _) if limit.monthly <= Micros::ZERO => None,
        (Some(limit), _) if by.person() != Some(limit.set_by) => {
            Some("The limit was changed while this request was weighed.".to_owned())
        }
        (Some(limit), _) if !access::is_owner(tx, organization.id, limit.set_by)? => {
            Some("Whoever set the limit for automatic approval is no owner any more.".to_owned())
        }
        (Some(_), Err(words)) => Some(words.to_owned()),
        (Some(_), Ok(order)) if !is_for(order, &request.wish) || order.fallback != request.wish.fallback => {
            Some("It was changed while it was weighed against the limit.".to_owned())
        }
        (Some(limit), Ok(order)) => {
            let (from, to) = model::month(now, organization.time_zone);
            let approved = store::approved_within(tx, organization.id, from, to)?;
            match model::above_limit(limit.monthly, approved, order.cost()) {
                Some(words) => Some(words),
                None => match allocation::make_ready(tx, by, organization, campaign.id, &order.lines, now) {
                    Ok(_) => {
                        let order = for_campaign(organization.id, campaign.id, order)?;
                        purchasing::place_approved(tx, by, limit.set_by, organization, &order, now)?;
                        let who = access::names(tx, &[limit.set_by])?.remove(&limit.set_by);
                        let words = format!(
                            "Approved automatically: {} for {}, {} a month, within the limit of {} a month that {} set",
                            request.title(),
                            campaign.name,
                            order.cost().dollars_and_cents(),
                            limit.monthly.dollars_and_cents(),
                            who.unwrap_or_default()
                        );
                        let approved = Request {
                            status: Status::Approved,
                            order_id: Some(order.id),
                            monthly_cost: order.cost(),
                            within_limit: Some(limit.monthly),
                            not_automatic: None,
                            ..request
                        };
                        let what = ("request_approved_automatically", words.as_str());
                        over(tx, by, approved, limit.set_by, what, now)?;
                        return Ok(true);
                    }
                    Err(AppError::Invalid(errors)) => Some(errors.to_string()),
                    Err(other) => return Err(other),
                },
            }
        }
    };
    let names = access::names(tx, &[request.asked_by])?;
    let weigh = Weigh {
        request: request.id,
        link: &job.link,
        asker: names.get(&request.asked_by).map_or("Somebody", String::as_str),
        times: Times { now, zone: organization.time_zone },
    };
    tell_owners(tx, app, organization.id, &campaign, &request.wish, &weigh, now)?;
    store::decide(tx, &Request { not_automatic: why_not, ..request })?;
    Ok(false)
}

/// Sets up to how much a month requests are approved without anybody looking at them; zero turns that off.
///
/// # Errors
/// A database error.
pub fn set_limit(tx: &mut Tx, by: &Allowed<BuyNumbers>, monthly: Micros, now: Moment) -> AppResult<()> {
    let organization = by.organization_id();
    let before = store::lock_limit(tx, organization)?.map_or(Micros::ZERO, |limit| limit.monthly);
    store::set_limit(tx, organization, &ApprovalLimit { monthly, set_by: by.person_id(), set_at: now })?;
    let words = match monthly {
        Micros::ZERO => "Turned automatic approval of requests off".to_owned(),
        _ => format!(
            "Set the limit for automatic approval of requests to {} a month (before: {})",
            monthly.dollars_and_cents(),
            before.dollars_and_cents()
        ),
    };
    Ok(activity::record(tx, &by.actor(), "approval_limit_set", "/requests/limit", &words, now)?)
}

/// The organization's limit; none when it is off.
///
/// # Errors
/// A database error.
pub fn limit(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<ApprovalLimit>> {
    Ok(store::limit(conn, organization)?.filter(|limit| limit.monthly > Micros::ZERO))
}

/// What was approved within limits in the calendar month around a moment.
///
/// # Errors
/// A database error.
pub fn approved_this_month(conn: &mut Conn, organization: &OrganizationRef, now: Moment) -> DbResult<Micros> {
    let (from, to) = model::month(now, organization.time_zone);
    store::approved_within(conn, organization.id, from, to)
}

/// A request of the organization.
///
/// # Errors
/// [`crate::db::DbError::NotFound`] when there is none.
pub fn find(conn: &mut Conn, organization: OrganizationId, id: RequestId) -> DbResult<Request> {
    store::find(conn, organization, id)
}

/// The last request of a campaign.
///
/// # Errors
/// A database error.
pub fn of_campaign(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Option<Request>> {
    store::of_campaign(conn, organization, campaign)
}

/// The open requests, what is needed first at first: at most [`OPEN`].
///
/// # Errors
/// A database error.
pub fn open<P: Permission>(conn: &mut Conn, by: &Allowed<P>) -> DbResult<Vec<Request>> {
    store::open(conn, by.organization_id(), OPEN)
}
