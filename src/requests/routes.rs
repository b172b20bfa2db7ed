//! The addresses of requests.

mod decide;

use std::time::Duration;

use actix_web::web as http;
use serde::Deserialize;

use super::card::Card;
use super::model::Typed;
use super::pages::{FormPage, ListPage, ListRow};
use super::{NewRequest, Request, Status, store};
use crate::access::{self, Allowed, BuyNumbers, ManageCampaigns, Section};
use crate::allocation::{self, Outlook, Situation};
use crate::campaigns::{self, Campaign};
use crate::db::Conn;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs;
use crate::kernel::ids::{CampaignId, OrderId, PersonId, RequestId};
use crate::kernel::{AreaCode, Micros};
use crate::organizations::connection::{self, Carrier};
use crate::providers::Prices;
use crate::purchasing::{self, OrderStatus, Summary};
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult, Query, Site};

type By = Allowed<ManageCampaigns>;
type Path = http::Path<(String, RequestId)>;

/// Decided requests on a page of the list.
const DECIDED: i64 = 50;
/// So long a form waits for prices.
const PATIENCE: Duration = Duration::from_secs(2);

/// The routes of this feature.
pub fn routes(config: &mut http::ServiceConfig) {
    config
        .route("/o/{organization}/requests", http::get().to(list))
        .route("/o/{organization}/requests", http::post().to(ask))
        .route("/o/{organization}/requests/new", http::get().to(form))
        .route("/o/{organization}/requests/{id}/edit", http::get().to(edit))
        .route("/o/{organization}/requests/{id}/edit", http::post().to(change))
        .route("/o/{organization}/requests/{id}/withdraw", http::post().to(withdraw))
        .route("/o/{organization}/campaigns/{id}/request", http::get().to(card));
    decide::routes(config);
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    before: Option<RequestId>,
}

/// The words of a pill, and what stands under it.
fn stands(request: &Request, order: Option<&Summary>) -> ((&'static str, String), String) {
    let pill = |kind, words: &str| (kind, words.to_owned());
    match (request.status, order) {
        (Status::Open, _) => (pill("warn", "waits for an owner"), String::new()),
        (Status::Declined, _) => (pill("bad", "declined"), request.answer.clone().unwrap_or_default()),
        (Status::Withdrawn, _) => (pill("plain", "withdrawn"), String::new()),
        (Status::Approved, order) => {
            let how = if request.within_limit.is_some() { "approved automatically" } else { "approved" };
            let Some(order) = order else { return (pill("ok", how), String::new()) };
            let (bought, wanted) = (order.lines.bought, order.lines.wanted());
            let note = format!("{bought} of {wanted} arrived");
            match order.order.status {
                OrderStatus::Working => (pill("busy", how), note),
                _ if bought == wanted => (pill("ok", "arrived"), note),
                _ => (pill("warn", "arrived in part"), note),
            }
        }
    }
}

fn rows(conn: &mut Conn, by: &By, requests: Vec<Request>) -> AppResult<Vec<ListRow>> {
    let organization = by.organization_id();
    let ids: Vec<CampaignId> = requests.iter().map(|request| request.campaign_id).collect();
    let people: Vec<PersonId> = requests.iter().map(|request| request.asked_by).collect();
    let orders: Vec<OrderId> = requests.iter().filter_map(|request| request.order_id).collect();
    let (names, people) = (campaigns::names(conn, organization, &ids)?, access::names(conn, &people)?);
    let orders = purchasing::summaries_of(conn, organization, &orders)?;
    Ok(requests
        .into_iter()
        .map(|request| {
            let order = orders.iter().find(|order| Some(order.order.id) == request.order_id);
            let (pill, note) = stands(&request, order);
            ListRow {
                href: by.url(&super::address(request.id)),
                title: request.title(),
                campaign: names.get(&request.campaign_id).cloned().unwrap_or_default(),
                cost: request.monthly_cost,
                needed_by: request.wish.needed_by,
                asked_by: people.get(&request.asked_by).cloned().unwrap_or_default(),
                asked_at: request.asked_at,
                pill,
                note,
            }
        })
        .collect())
}

async fn list(by: By, query: Query<ListQuery>, app: App) -> PageResult {
    let before = query.into_inner().before;
    let (who, now) = (by.clone(), app.clock.now());
    let (open, over, limit) = app
        .db
        .read(move |conn| {
            let open = match before {
                None => super::open(conn, &who)?,
                Some(_) => Vec::new(),
            };
            let over = store::over(conn, who.organization_id(), before, DECIDED + 1)?;
            let limit = super::limit(conn, who.organization_id())?;
            let approved = super::approved_this_month(conn, who.organization(), now)?;
            let limit = limit.map(|limit| (limit, approved));
            AppResult::Ok((rows(conn, &who, open)?, rows(conn, &who, over)?, limit))
        })
        .await?;
    let base = by.url("/requests");
    let (mut over, mut older) = (over, String::new());
    if over.len() > DECIDED as usize {
        over.truncate(DECIDED as usize);
        let last = over.last().and_then(|row| row.href.rsplit('/').next().map(str::to_owned));
        older = last.map(|id| format!("{base}?before={id}")).unwrap_or_default();
    }
    let waiting = u32::try_from(open.len()).unwrap_or(u32::MAX);
    let limit = limit.map(|(limit, approved)| {
        format!(
            "Up to {} a month are approved automatically; {} this month so far.",
            limit.monthly.dollars_and_cents(),
            approved.dollars_and_cents()
        )
    });
    Ok(Page::of(&ListPage {
        shell: by.shell(Section::Requests).waiting("Requests", waiting),
        open,
        over,
        campaigns: by.url("/campaigns"),
        limit_url: if by.may::<BuyNumbers>() { by.url("/requests/limit") } else { String::new() },
        limit: limit.unwrap_or_default(),
        older,
        newest: if before.is_some() { base } else { String::new() },
    }))
}

#[derive(Deserialize)]
struct NewQuery {
    #[serde(default)]
    campaign: Option<CampaignId>,
}

/// What a number costs a month: what the carrier says, else what the organization's cost on average.
async fn prices<P>(app: &App, by: &Allowed<P>) -> Option<Prices> {
    let Carrier { provider, account } = connection::own(app, by).await.ok()?;
    tokio::time::timeout(PATIENCE, provider.prices(&account)).await.ok()?.ok()
}

/// A campaign of the organization that has pages and to which numbers still come.
fn lacking(conn: &mut Conn, by: &By, id: CampaignId) -> AppResult<Campaign> {
    let campaign = campaigns::find(conn, by.organization_id(), id)?;
    match allocation::takes_no_more(&campaign) {
        _ if campaign.is_deleted() => Err(AppError::NotFound),
        Some(why) => {
            Err(AppError::Conflict(format!("{} {why}, so it needs no more numbers.", campaign.name)))
        }
        None => Ok(campaign),
    }
}

/// The form, filled in with exactly what the campaign lacks.
async fn form(by: By, query: Query<NewQuery>, app: App) -> PageResult {
    let Some(id) = query.into_inner().campaign else {
        return Ok(Page::redirect(by.url("/campaigns")));
    };
    let who = by.clone();
    let (campaign, last, missing) = app
        .db
        .read(move |conn| {
            let campaign = lacking(conn, &who, id)?;
            let last = super::of_campaign(conn, who.organization_id(), id)?;
            let situation = Situation::read(conn, who.organization(), &campaign)?;
            AppResult::Ok((campaign, last, Outlook::of(&situation).shortage.buy))
        })
        .await?;
    if let Some(open) = last.filter(|last| last.status == Status::Open) {
        return Ok(Page::redirect(by.url(&super::address(open.id))));
    }
    let mut left = by.organization().order_limit;
    let fits = missing.into_iter().take(purchasing::AREA_CODES).map(|(code, count)| {
        let count = count.min(left);
        left -= count;
        (code, count)
    });
    let fits: Vec<_> = fits.filter(|(_, count)| *count > 0).collect();
    // Of one that runs the planned start is over.
    let needed_by = campaign.planned_start.filter(|_| campaign.state == campaigns::State::Draft);
    let typed = Typed::of(&fits, needed_by, by.organization().time_zone);
    draw(&by, &app, Filling::New(RequestId::new()), campaign, typed, FieldErrors::new()).await
}

/// Which request a form is about.
enum Filling {
    New(RequestId),
    Change(RequestId),
}

async fn draw(
    by: &By,
    app: &App,
    filling: Filling,
    campaign: Campaign,
    typed: Typed,
    errors: FieldErrors,
) -> PageResult {
    let organization = by.organization_id();
    let owners = app.db.read(move |conn| access::owner_names(conn, organization)).await?;
    let prices = prices(app, by).await;
    let zone = by.organization().time_zone;
    let cost = prices.as_ref().and_then(|prices| {
        typed.read(zone, i64::MAX, |code| prices.of(code)).ok().map(|wish| wish.monthly_cost())
    });
    let list = by.url("/requests");
    let home = by.url(&format!("/campaigns/{}", campaign.id));
    let running = campaign.state != campaigns::State::Draft;
    let (new, action, back) = match filling {
        Filling::New(id) if running => (Some(id), list.clone(), format!("{home}/top-up")),
        Filling::New(id) => (Some(id), list.clone(), format!("{home}/area-codes")),
        Filling::Change(id) => {
            let url = by.url(&super::address(id));
            (None, format!("{url}/edit"), url)
        }
    };
    let status = if errors.is_empty() { 200 } else { 422 };
    let page = FormPage {
        shell: by.shell(Section::Requests),
        action,
        list,
        campaign: (campaign.id.to_string(), campaign.name, home),
        new,
        back,
        arriving: super::arriving(running),
        rows: FormPage::rows(&typed, &errors),
        fallbacks: FormPage::fallbacks(&typed.fallback),
        zone: zone.name().replace('_', " "),
        typed,
        errors,
        places: AreaCode::all().map(|code| (code, code.info().place_and_region())).collect(),
        price: prices.map(|prices| format!("A number costs {} a month. ", prices.local)).unwrap_or_default(),
        cost,
        owners: owners.join(" and "),
        may_buy: by.may::<BuyNumbers>(),
    };
    Ok(Page::of(&page).status(status))
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    id: Option<RequestId>,
    #[serde(default)]
    campaign: Option<CampaignId>,
    #[serde(default)]
    area_code: Vec<String>,
    #[serde(default)]
    count: Vec<String>,
    #[serde(default)]
    needed_by: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    fallback: String,
}

impl Sent {
    fn typed(&self) -> Typed {
        let rows = self.area_code.iter().zip(&self.count);
        Typed {
            // One more than may be, so that more are noticed.
            rows: rows
                .filter(|(code, count)| !code.trim().is_empty() || !count.trim().is_empty())
                .take(purchasing::AREA_CODES + 1)
                .map(|(code, count)| (code.clone(), count.clone()))
                .collect(),
            needed_by: self.needed_by.clone(),
            note: self.note.clone(),
            fallback: self.fallback.clone(),
        }
    }
}

/// Reads a form with the prices of now.
async fn read_wish(by: &By, app: &App, typed: &Typed) -> AppResult<Result<super::Wish, FieldErrors>> {
    let (zone, limit) = (by.organization().time_zone, by.organization().order_limit);
    // What is wrong with it costs the carrier no question.
    if let Err(errors) = typed.read(zone, limit, |_| Micros::ZERO) {
        return Ok(Err(errors));
    }
    let Some(prices) = prices(app, by).await else {
        let words =
            "The carrier does not say what numbers cost just now. Nothing was sent. Try again in a moment.";
        return Ok(Err(FieldErrors::one("", words)));
    };
    Ok(typed.read(zone, limit, |code| prices.of(code)))
}

async fn ask(by: By, form: Form<Sent>, site: http::Data<Site>, app: App) -> PageResult {
    let sent = form.into_inner();
    let (Some(id), Some(campaign)) = (sent.id, sent.campaign) else {
        return Err(AppError::BadRequest("This is not a form of ours.".into()));
    };
    let (who, typed) = (by.clone(), sent.typed());
    let found = app.db.read(move |conn| lacking(conn, &who, campaign)).await?;
    let wish = match read_wish(&by, &app, &typed).await? {
        Ok(wish) => wish,
        Err(errors) => return draw(&by, &app, Filling::New(id), found, typed, errors).await,
    };
    let new = NewRequest { id, campaign, wish, link: site.link(&by.url(&super::address(id))) };
    let (who, host, now) = (by.clone(), app.clone(), app.clock.now());
    match app.db.write(move |tx| super::ask(tx, &host, &who, &new, now)).await {
        Ok(id) => {
            jobs::wake(&app);
            let page = Page::redirect(by.url(&super::address(id)));
            Ok(page.with_flash("success", "Asked. The owners see it on their start page."))
        }
        Err(AppError::Conflict(words)) => {
            // A draft shows its area codes, any other itself.
            let url = by.url(&format!("/campaigns/{campaign}"));
            Ok(Page::redirect(url).with_flash("warning", words))
        }
        Err(other) => Err(other),
    }
}

/// An open request with its campaign, to be changed.
async fn changeable(by: &By, app: &App, id: RequestId) -> AppResult<(Request, Campaign)> {
    let who = by.clone();
    app.db
        .read(move |conn| {
            let request = super::find(conn, who.organization_id(), id)?;
            let campaign = campaigns::find(conn, who.organization_id(), request.campaign_id)?;
            match request.is_over() {
                Some(words) => Err(AppError::Conflict(words.to_owned())),
                None => Ok((request, campaign)),
            }
        })
        .await
}

async fn edit(by: By, path: Path, app: App) -> PageResult {
    let id = path.into_inner().1;
    let (request, campaign) = match changeable(&by, &app, id).await {
        Ok(found) => found,
        Err(AppError::Conflict(words)) => {
            return Ok(Page::redirect(by.url(&super::address(id))).with_flash("info", words));
        }
        Err(other) => return Err(other),
    };
    let typed = Typed::of_request(&request, by.organization().time_zone);
    draw(&by, &app, Filling::Change(id), campaign, typed, FieldErrors::new()).await
}

async fn change(by: By, path: Path, form: Form<Sent>, site: http::Data<Site>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let (_, campaign) = changeable(&by, &app, id).await?;
    let typed = form.into_inner().typed();
    let wish = match read_wish(&by, &app, &typed).await? {
        Ok(wish) => wish,
        Err(errors) => return draw(&by, &app, Filling::Change(id), campaign, typed, errors).await,
    };
    let link = site.link(&by.url(&super::address(id)));
    let (who, host, now) = (by.clone(), app.clone(), app.clock.now());
    let done = app.db.write(move |tx| super::change(tx, &host, &who, id, &wish, &link, now)).await;
    jobs::wake(&app);
    back(&by, id, done, "Saved.")
}

async fn withdraw(by: By, path: Path, _: Form<Nothing>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let (who, now) = (by.clone(), app.clock.now());
    let done = app.db.write(move |tx| super::withdraw(tx, &who, id, now)).await;
    back(&by, id, done, "The request is withdrawn.")
}

/// Back to the request, with words; what cannot be done any more is said there.
fn back<P>(by: &Allowed<P>, id: RequestId, done: AppResult<()>, words: &str) -> PageResult {
    let page = Page::redirect(by.url(&super::address(id)));
    match done {
        Ok(()) => Ok(page.with_flash("success", words)),
        Err(AppError::Conflict(words)) => Ok(page.with_flash("warning", words)),
        Err(other) => Err(other),
    }
}

async fn card(by: By, path: http::Path<(String, CampaignId)>, htmx: Htmx, app: App) -> PageResult {
    let id = path.into_inner().1;
    let who = by.clone();
    let card = app
        .db
        .read(move |conn| {
            let campaign = campaigns::find(conn, who.organization_id(), id)?;
            if campaign.is_deleted() { Err(AppError::NotFound) } else { Card::load(conn, &who, &campaign) }
        })
        .await?;
    if htmx.wants_fragment() {
        return Ok(Page::fragment(&card));
    }
    Ok(Page::redirect(by.url(&format!("/campaigns/{id}"))))
}
