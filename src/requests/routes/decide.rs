//! A request's page, where an owner decides; and the limit below which nobody needs to.

use std::time::Duration;

use actix_web::web as http;
use serde::Deserialize;

use super::{By, Path, back, stands};
use crate::access::{self, Allowed, BuyNumbers, ManageCampaigns, Section};
use crate::allocation;
use crate::campaigns;
use crate::db::Conn;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs;
use crate::kernel::ids::{OrderId, PersonId, RequestId};
use crate::kernel::{AreaCode, Micros};
use crate::mail::{self, MailStatus};
use crate::purchasing::fallback::{Demand, stand_ins};
use crate::purchasing::quote::{Quote, quote};
use crate::purchasing::{self, BuyNumbers as Buying, Fallback, OrderStatus};
use crate::requests::jobs::ApproveWithinLimit;
use crate::requests::model;
use crate::requests::pages::{Decision, LimitPage, OrderState, RequestPage, TYPED_ABOVE, line_rows};
use crate::requests::{self, Request, RequestLine, Status};
use crate::state::App;
use crate::web::{Form, Page, PageResult};

type Owner = Allowed<BuyNumbers>;

/// So long a page waits for the carrier.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most the limit may be: $100,000 a month.
const MOST: Micros = Micros::from_cents(10_000_000);

pub(super) fn routes(config: &mut http::ServiceConfig) {
    config
        .route("/o/{organization}/requests/limit", http::get().to(limit))
        .route("/o/{organization}/requests/limit", http::post().to(set_limit))
        .route("/o/{organization}/requests/{id}", http::get().to(show))
        .route("/o/{organization}/requests/{id}/approve", http::post().to(approve))
        .route("/o/{organization}/requests/{id}/decline", http::post().to(decline));
}

/// What the carrier has of it now, and what that costs.
async fn quoted(app: &App, by: &Owner, request: &Request) -> AppResult<Quote> {
    let fallback = request.wish.fallback;
    let demands: Vec<Demand> = request
        .wish
        .lines
        .iter()
        .map(|line| Demand {
            area_code: line.area_code,
            asked: line.numbers,
            stand_ins: stand_ins(line.area_code, fallback),
        })
        .collect();
    match tokio::time::timeout(PATIENCE, quote(app, by, &demands)).await {
        Ok(quote) => quote,
        Err(_) => Err(AppError::Conflict("The carrier does not answer.".into())),
    }
}

/// What an owner decides with; what they typed comes back when something was wrong with it.
#[derive(Default)]
struct Again {
    ceiling: Option<String>,
    typed: String,
    answer: String,
    errors: FieldErrors,
}

async fn show(by: By, path: Path, app: App) -> PageResult {
    draw(&by, &app, path.into_inner().1, Again::default()).await
}

/// What is read of a request for its page.
struct Read {
    page: RequestPage,
    undecided: bool,
}

fn read(conn: &mut Conn, by: &By, id: RequestId) -> AppResult<Read> {
    let organization = by.organization_id();
    let request = requests::find(conn, organization, id)?;
    let campaign = campaigns::find(conn, organization, request.campaign_id)?;
    let people: Vec<PersonId> = [Some(request.asked_by), request.decided_by].into_iter().flatten().collect();
    let names = access::names(conn, &people)?;
    let summary = match request.order_id {
        Some(order) => Some(purchasing::summary(conn, organization, order)?),
        None => None,
    };
    let halted = match &summary {
        Some(one) if one.order.status == OrderStatus::Working => {
            jobs::open_by_key(conn, &Buying::key(one.order.id))?.is_none()
        }
        _ => false,
    };
    let open = request.status == Status::Open;
    let mailed = mail::about(conn, &[requests::about(id)])?.into_values().next();
    let why = allocation::takes_no_more(&campaign);
    let running = campaign.state != campaigns::State::Draft;
    let home = match campaign.is_deleted() {
        true => String::new(),
        false => by.url(&format!("/campaigns/{}", campaign.id)),
    };
    let complete = summary.as_ref().is_some_and(|one| one.order.status == OrderStatus::Complete);
    let moot = match (why, &summary) {
        (Some(why), None) if open => {
            format!("{} {why}, so nothing can be reserved for it. Decline the request.", campaign.name)
        }
        (Some(why), Some(one)) if one.order.status == OrderStatus::Working => {
            format!("{} {why}, so what arrives now stays available for any campaign.", campaign.name)
        }
        _ => String::new(),
    };
    let order = summary.as_ref().map(|one| OrderState {
        href: by.url(&format!("/orders/{}", one.order.id)),
        words: match one.order.status {
            OrderStatus::Working if halted => "The order needs an owner’s attention".to_owned(),
            OrderStatus::Working => "The order is at work".to_owned(),
            OrderStatus::Complete => "The order is complete".to_owned(),
            _ => "The order has ended; it says what could not be bought and why".to_owned(),
        },
        bought: one.lines.bought,
        wanted: one.lines.wanted(),
        working: one.order.status == OrderStatus::Working && !halted,
    });
    let page = RequestPage {
        shell: by.shell(Section::Requests),
        list: by.url("/requests"),
        url: by.url(&requests::address(id)),
        title: request.title(),
        pill: stands(&request, summary.as_ref()).0,
        arriving: requests::arriving(running),
        start: if complete && !running { format!("{home}/start#start") } else { String::new() },
        campaign: (campaign.name, home),
        moot,
        asked_by: names.get(&request.asked_by).cloned().unwrap_or_default(),
        decided_by: request.decided_by.and_then(|id| names.get(&id).cloned()).unwrap_or_default(),
        rows: Vec::new(),
        fallback: fallback_words(request.wish.fallback),
        decision: None,
        order,
        may_change: open,
        owners: access::owner_names(conn, organization)?.join(" or "),
        weighed: open && jobs::open_by_key(conn, &ApproveWithinLimit::key(id))?.is_some(),
        mailed: match mailed {
            Some(letter) if open && letter.status == MailStatus::Sent => {
                "The owners got an e-mail.".to_owned()
            }
            Some(letter) if open && letter.status == MailStatus::Failed => {
                format!("An e-mail to {} was not taken: {}", letter.to, letter.words)
            }
            _ => String::new(),
        },
        request,
    };
    Ok(Read { page, undecided: open })
}

fn fallback_words(fallback: Fallback) -> &'static str {
    match fallback {
        Fallback::Nowhere => "fewer are bought",
        Fallback::Overlay => "other codes of the same area",
        Fallback::State => "the same area, then the same state, nearest first",
        Fallback::Anywhere => "the same area, the same state, then the nearest in the country",
    }
}

async fn draw(by: &By, app: &App, id: RequestId, again: Again) -> PageResult {
    let who = by.clone();
    let Read { mut page, undecided } = app.db.read(move |conn| read(conn, &who, id)).await?;
    if !again.errors.is_empty() && !undecided {
        let words = page.request.is_over().unwrap_or("It was decided meanwhile.").to_owned();
        return back(by, id, Err(AppError::Conflict(words)), "");
    }
    let status = if again.errors.is_empty() { 200 } else { 422 };
    let mut quote = None;
    if undecided && let Some(owner) = by.narrow::<BuyNumbers>() {
        let answer = quoted(app, &owner, &page.request).await;
        let moot = !page.moot.is_empty();
        let cannot = match &answer {
            _ if moot => page.moot.clone(),
            Ok(quote) if quote.numbers() > 0 => String::new(),
            Ok(_) => {
                "None of these numbers is for sale just now. Change the request, or decline it.".to_owned()
            }
            Err(AppError::Db(_) | AppError::Internal(_)) => {
                return Err(answer.err().unwrap_or(AppError::NotFound));
            }
            Err(error) => format!("{error} Nothing can be approved until the carrier says what they cost."),
        };
        quote = answer.ok();
        let cost = quote.as_ref().map(Quote::cost).unwrap_or_default();
        page.decision = Some(Decision {
            order: OrderId::new(),
            numbers: quote.as_ref().map_or(0, Quote::numbers),
            cost,
            ceiling: again.ceiling.unwrap_or_else(|| cost.dollars().trim_start_matches('$').replace(',', "")),
            typed: again.typed,
            answer: again.answer,
            cannot,
            errors: again.errors,
        });
    }
    page.rows = line_rows(&page.request, quote.as_ref());
    if page.order.as_ref().is_some_and(|order| order.working) || page.weighed {
        page.shell = page.shell.refreshing(2);
    } else if undecided && page.decision.is_none() {
        // Somebody waits for the answer.
        page.shell = page.shell.refreshing(10);
    }
    Ok(Page::of(&page).status(status))
}

/// The owner's approval.
#[derive(Deserialize)]
struct Approval {
    order: OrderId,
    /// How many the page said would be ordered.
    #[serde(default)]
    numbers: String,
    /// Area code and count of each line as it was asked for.
    #[serde(default)]
    seen: Vec<String>,
    #[serde(default)]
    ceiling: String,
    #[serde(default)]
    typed_count: String,
}

fn seen(texts: &[String]) -> Option<Vec<RequestLine>> {
    let line = |text: &String| {
        let (code, numbers) = text.split_once(' ')?;
        let area_code = AreaCode::parse(code).ok()?;
        Some(RequestLine { area_code, numbers: numbers.parse().ok()?, price: Micros::ZERO })
    };
    texts.iter().map(line).collect()
}

async fn approve(by: Owner, path: Path, form: Form<Approval>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let form = form.into_inner();
    let Some(seen) = seen(&form.seen) else {
        return Err(AppError::BadRequest("This is not a form of ours.".into()));
    };
    let Some(reader) = by.narrow::<ManageCampaigns>() else { return Err(AppError::NotFound) };
    let organization = by.organization_id();
    let request = app.db.read(move |conn| requests::find(conn, organization, id)).await?;
    let order = match request.is_over() {
        // The verb says who was quicker, or that it is the same approval sent twice.
        Some(_) => purchasing::NewOrder::of(form.order, Vec::new()),
        None => {
            let quote = match quoted(&app, &by, &request).await {
                Ok(quote) => quote,
                Err(error @ (AppError::Db(_) | AppError::Internal(_))) => return Err(error),
                // The page says it.
                Err(_) => return draw(&reader, &app, id, Again::default()).await,
            };
            let (ceiling, errors) = confirmation(&form, &quote);
            if !errors.is_empty() {
                let again = Again {
                    ceiling: Some(form.ceiling),
                    typed: form.typed_count,
                    errors,
                    ..Again::default()
                };
                return draw(&reader, &app, id, again).await;
            }
            purchasing::NewOrder { ceiling, ..quote.order(form.order, request.wish.fallback) }
        }
    };
    let (who, now) = (by.clone(), app.clock.now());
    let done = app.db.write(move |tx| requests::approve(tx, &who, id, &seen, &order, now)).await;
    jobs::wake(&app);
    match done {
        Ok(_) => back(&by, id, Ok(()), "Approved. The numbers are being bought."),
        Err(AppError::Invalid(errors)) => draw(&reader, &app, id, Again { errors, ..Again::default() }).await,
        Err(other) => back(&by, id, Err(other), ""),
    }
}

/// The ceiling, and what is wrong with what was confirmed.
fn confirmation(form: &Approval, quote: &Quote) -> (Micros, FieldErrors) {
    let mut errors = FieldErrors::new();
    let numbers = quote.numbers();
    if form.numbers != numbers.to_string() {
        errors.add(
            "",
            format!("The carrier has {numbers} of them by now. Nothing was ordered yet; look again."),
        );
    }
    let ceiling = dollars(&form.ceiling).unwrap_or_else(|| {
        errors.add("ceiling", "Enter an amount in dollars, such as 46.00.");
        quote.cost()
    });
    if ceiling < quote.cost() {
        errors.add("ceiling", format!("It must be at least what they cost now, {}.", quote.cost()));
    }
    if numbers > TYPED_ABOVE && form.typed_count.trim().replace(',', "") != numbers.to_string() {
        errors.add("typed_count", format!("Type {numbers}, the number of phone numbers you are buying."));
    }
    (ceiling, errors)
}

fn dollars(text: &str) -> Option<Micros> {
    Micros::parse_decimal(&text.trim().trim_start_matches('$').replace(',', "")).ok()
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    answer: String,
}

async fn decline(by: Owner, path: Path, form: Form<Answer>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let form = form.into_inner();
    let answer = match model::answer(&form.answer) {
        Ok(answer) => answer,
        Err(words) => {
            let Some(reader) = by.narrow::<ManageCampaigns>() else { return Err(AppError::NotFound) };
            let errors = FieldErrors::one("answer", words);
            return draw(&reader, &app, id, Again { answer: form.answer, errors, ..Again::default() }).await;
        }
    };
    let (who, now) = (by.clone(), app.clock.now());
    let done = app.db.write(move |tx| requests::decline(tx, &who, id, &answer, now)).await;
    back(&by, id, done, "Declined. They see your words on the campaign’s page.")
}

async fn limit(by: Owner, app: App) -> PageResult {
    limit_page(&by, &app, None, String::new()).await
}

async fn limit_page(by: &Owner, app: &App, typed: Option<String>, error: String) -> PageResult {
    let (who, now) = (by.clone(), app.clock.now());
    let (limit, idle, approved) = app
        .db
        .read(move |conn| {
            let limit = requests::limit(conn, who.organization_id())?;
            let approved = requests::approved_this_month(conn, who.organization(), now)?;
            let Some(limit) = limit else { return AppResult::Ok((None, false, approved)) };
            let name = access::names(conn, &[limit.set_by])?.remove(&limit.set_by).unwrap_or_default();
            let idle = !access::is_owner(conn, who.organization_id(), limit.set_by)?;
            Ok((Some((limit, name)), idle, approved))
        })
        .await?;
    let shown = |amount: Micros| amount.dollars_and_cents().trim_start_matches('$').replace(',', "");
    let current = limit.as_ref().map_or_else(|| "0".to_owned(), |(limit, _)| shown(limit.monthly));
    let status = if error.is_empty() { 200 } else { 422 };
    let page = LimitPage {
        shell: by.shell(Section::Requests),
        list: by.url("/requests"),
        action: by.url("/requests/limit"),
        typed: typed.unwrap_or(current),
        limit,
        idle,
        approved,
        error,
    };
    Ok(Page::of(&page).status(status))
}

#[derive(Deserialize)]
struct NewLimit {
    #[serde(default)]
    monthly: String,
}

async fn set_limit(by: Owner, form: Form<NewLimit>, app: App) -> PageResult {
    let text = form.into_inner().monthly;
    let Some(monthly) = dollars(&text).filter(|amount| (Micros::ZERO..=MOST).contains(amount)) else {
        let words = "Enter an amount in dollars a month, from 0 to 100,000.".to_owned();
        return limit_page(&by, &app, Some(text), words).await;
    };
    let (who, now) = (by.clone(), app.clock.now());
    app.db.write(move |tx| requests::set_limit(tx, &who, monthly, now)).await?;
    let words = match monthly {
        Micros::ZERO => "Automatic approval is off.",
        _ => "Saved. Requests within the limit are approved from now on.",
    };
    Ok(Page::redirect(by.url("/requests")).with_flash("success", words))
}
