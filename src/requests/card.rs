//! What other pages show of requests: a campaign's page how its request stands, an owner's start page what waits.

use askama::Template;
use chrono::TimeDelta;

use super::{Request, Status, allocation};
use crate::access::{self, Allowed, BuyNumbers, ManageCampaigns, Permission};
use crate::campaigns::{self, Campaign, State};
use crate::db::Conn;
use crate::error::AppResult;
use crate::jobs;
use crate::kernel::ids::{CampaignId, PersonId};
use crate::kernel::{Micros, Moment};
use crate::purchasing::{self, BuyNumbers as Buying, OrderStatus, Summary};
use crate::web::filters;
use crate::web::format::{Times, plural};

/// So long a campaign that runs says how the order of its request ended.
const LATELY: TimeDelta = TimeDelta::days(2);

/// How a campaign's last request stands. The page and its refreshes draw this same fragment.
#[derive(Template)]
#[template(path = "requests/_card.html")]
pub struct Card {
    url: String,
    shown: Option<Shown>,
}

struct Shown {
    /// `info`, `success`, `warning` or `danger`.
    kind: &'static str,
    strong: String,
    words: String,
    /// The first is the next step: address and words.
    links: Vec<(String, String)>,
    /// How many of how many arrived.
    progress: Option<(i64, i64)>,
    /// In so many seconds it is looked at again.
    poll: Option<u32>,
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for Card {}

impl Card {
    /// Reads it.
    ///
    /// # Errors
    /// A database error.
    pub fn load(conn: &mut Conn, by: &Allowed<ManageCampaigns>, campaign: &Campaign) -> AppResult<Card> {
        let url = by.url(&format!("/campaigns/{}/request", campaign.id));
        let shown = match super::of_campaign(conn, by.organization_id(), campaign.id)? {
            Some(request) => shown(conn, by, campaign, &request)?,
            None => None,
        };
        Ok(Card { url, shown })
    }
    /// In how many seconds it changes by itself, if it does.
    pub fn poll(&self) -> Option<u32> {
        self.shown.as_ref().and_then(|shown| shown.poll)
    }
}

fn shown(
    conn: &mut Conn,
    by: &Allowed<ManageCampaigns>,
    campaign: &Campaign,
    request: &Request,
) -> AppResult<Option<Shown>> {
    let takes = allocation::takes_no_more(campaign).is_none();
    // Of one that runs only what was asked for since it started is of interest.
    let takes = takes && campaign.started_at.is_none_or(|at| request.is_newer_than(at));
    let href = by.url(&super::address(request.id));
    let mut people = vec![request.asked_by];
    people.extend(request.decided_by);
    let names = access::names(conn, &people)?;
    let name = |id: Option<PersonId>| id.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
    let decider = name(request.decided_by);
    Ok(match (request.status, request.order_id) {
        (Status::Open, _) if takes => {
            let owners = access::owner_names(conn, by.organization_id())?.join(" or ");
            let (words, link) = match by.may::<BuyNumbers>() {
                true => ("It waits for you or another owner.".to_owned(), "Decide"),
                false => (format!("It waits for {owners}."), "See the request"),
            };
            Some(Shown {
                kind: "info",
                strong: format!(
                    "{} asked for {}, {} a month.",
                    name(Some(request.asked_by)),
                    request.title(),
                    request.monthly_cost.dollars_and_cents()
                ),
                words,
                links: vec![(href, link.to_owned())],
                progress: None,
                poll: Some(5),
            })
        }
        (Status::Declined, _) if takes => Some(Shown {
            kind: "warning",
            strong: format!("{decider} declined the request for {}.", request.title()),
            words: format!("“{}”", request.answer.as_deref().unwrap_or_default()),
            links: vec![
                (by.url(&format!("/requests/new?campaign={}", campaign.id)), "Ask again".to_owned()),
                (href, "See the request".to_owned()),
            ],
            progress: None,
            poll: None,
        }),
        (Status::Approved, Some(order)) => {
            let summary = purchasing::summary(conn, by.organization_id(), order)?;
            let waits = jobs::open_by_key(conn, &Buying::key(order))?.is_none();
            let how = match request.within_limit {
                Some(_) => format!("Approved automatically, within the limit that {decider} set."),
                None => format!("Approved by {decider}."),
            };
            let lately = summary.order.finished_at.is_none_or(|at| at + LATELY > by.times().now);
            match campaign.state {
                State::Draft => arriving(by, campaign, &summary, &how, waits),
                // What ended long ago is no news, and all of it can be read at the request.
                _ if lately => running(by, campaign, &summary, &how, waits),
                _ => None,
            }
        }
        _ => None,
    })
}

/// How the order of an approved request stands.
fn arriving(
    by: &Allowed<ManageCampaigns>,
    campaign: &Campaign,
    summary: &Summary,
    how: &str,
    waits: bool,
) -> Option<Shown> {
    let (bought, wanted) = (summary.lines.bought, summary.lines.wanted());
    let order = (by.url(&format!("/orders/{}", summary.order.id)), "See the order".to_owned());
    // On the Start section itself it leads down to the button.
    let start = (by.url(&format!("/campaigns/{}/start#start", campaign.id)), "Review and start".to_owned());
    let working = summary.order.status == OrderStatus::Working;
    let progress = working.then_some((bought, wanted));
    let arrived = format!("{bought} of {wanted} arrived.");
    Some(match (working, bought) {
        (true, _) if waits => Shown {
            kind: "warning",
            strong: arrived,
            words: format!("{how} The order needs an owner’s attention."),
            links: vec![order],
            progress,
            poll: None,
        },
        (true, _) => Shown {
            kind: "info",
            strong: arrived,
            words: format!("{how} Each is reserved for this campaign as it arrives."),
            links: vec![order],
            progress,
            poll: Some(2),
        },
        (false, bought) if bought == wanted => Shown {
            kind: "success",
            strong: format!("{bought} arrived; start."),
            words: format!("{how} They are reserved for this campaign."),
            links: vec![start, order],
            progress: None,
            poll: None,
        },
        (false, 0) => Shown {
            kind: "danger",
            strong: "None of the numbers could be bought.".to_owned(),
            words: how.to_owned(),
            links: vec![order],
            progress: None,
            poll: None,
        },
        (false, _) => Shown {
            kind: "warning",
            strong: arrived,
            words: format!("{how} The others could not be bought; the order says why."),
            links: vec![order, start],
            progress: None,
            poll: None,
        },
    })
}

/// How the order of an approved request stands, when its campaign is no draft any more.
fn running(
    by: &Allowed<ManageCampaigns>,
    campaign: &Campaign,
    summary: &Summary,
    how: &str,
    waits: bool,
) -> Option<Shown> {
    let (bought, wanted) = (summary.lines.bought, summary.lines.wanted());
    let working = summary.order.status == OrderStatus::Working;
    let arrived = format!("{bought} of {} arrived.", plural(wanted.unsigned_abs(), "number", "numbers"));
    let links = vec![(by.url(&format!("/orders/{}", summary.order.id)), "See the order".to_owned())];
    let progress = working.then_some((bought, wanted));
    let over = allocation::takes_no_more(campaign);
    let (kind, words, poll) = match (over, working) {
        (Some(why), true) => {
            ("info", format!("This campaign {why}, so what arrives now stays available."), Some(5))
        }
        (Some(_), false) => return None,
        (None, true) if waits => ("warning", format!("{how} The order needs an owner’s attention."), None),
        (None, true) => {
            let words = "They are put into the messaging service when the order has ended.";
            ("info", format!("{how} {words}"), Some(2))
        }
        (None, false) if bought == 0 => ("danger", format!("{how} The order says why."), None),
        (None, false) if bought < wanted => {
            ("warning", format!("{how} The others could not be bought; the order says why."), None)
        }
        (None, false) => ("success", how.to_owned(), None),
    };
    Some(Shown { kind, strong: arrived, words, links, progress, poll })
}

/// A request that waits for an owner.
struct Row {
    href: String,
    title: String,
    campaign: String,
    cost: Micros,
    needed_by: Option<Moment>,
    asked_by: String,
    asked_at: Moment,
}

/// What waits for an owner: for their start page. Nothing for others.
#[derive(Template)]
#[template(path = "requests/_waiting.html")]
pub struct Waiting {
    rows: Vec<Row>,
    times: Times,
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for Waiting {}

impl Waiting {
    /// Reads it.
    ///
    /// # Errors
    /// A database error.
    pub fn load<P: Permission>(conn: &mut Conn, by: &Allowed<P>) -> AppResult<Waiting> {
        let mut waiting = Waiting { rows: Vec::new(), times: by.times() };
        if !by.may::<BuyNumbers>() {
            return Ok(waiting);
        }
        let open = super::open(conn, by)?;
        let ids: Vec<CampaignId> = open.iter().map(|request| request.campaign_id).collect();
        let people: Vec<PersonId> = open.iter().map(|request| request.asked_by).collect();
        let campaigns = campaigns::some(conn, by.organization_id(), &ids)?;
        let names = access::names(conn, &people)?;
        for request in open {
            // A campaign that is over needs them no more.
            let takes = |one: &&Campaign| allocation::takes_no_more(one).is_none();
            let Some(campaign) = campaigns.get(&request.campaign_id).filter(takes) else { continue };
            waiting.rows.push(Row {
                href: by.url(&super::address(request.id)),
                title: request.title(),
                campaign: campaign.name.clone(),
                cost: request.monthly_cost,
                needed_by: request.wish.needed_by,
                asked_by: names.get(&request.asked_by).cloned().unwrap_or_default(),
                asked_at: request.asked_at,
            });
        }
        Ok(waiting)
    }
    /// How many wait.
    pub fn count(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }
}
