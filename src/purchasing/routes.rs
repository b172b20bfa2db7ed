//! Watching orders, stopping them, deciding what the carrier could not say.

use std::collections::BTreeMap;

use actix_web::web as http;
use serde::Deserialize;

use super::asking;
use super::pages::{ListRow, OrderFragment, OrderPage, OrdersPage, pill, title};
use super::quote::look;
use super::view::{Into, OrderView};
use super::{BuyNumbers, OrderStatus};
use crate::access::{self, Allowed, BuyNumbers as MayBuy, Section, SeeOrders};
use crate::allocation;
use crate::campaigns::{self, Campaign};
use crate::db::Conn;
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::kernel::AreaCode;
use crate::kernel::ids::{LineId, OrderId, ServiceId};
use crate::messaging;
use crate::messaging::moves::{self, Outcome};
use crate::numbers;
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult, Query};

/// Orders on a page of the list.
const ORDERS: i64 = 50;

/// The routes of this room.
pub fn routes(config: &mut http::ServiceConfig) {
    asking::routes(config);
    super::budget::routes(config);
    config
        .route("/o/{organization}/orders", http::get().to(list))
        .route("/o/{organization}/orders/{id}", http::get().to(show))
        .route("/o/{organization}/orders/{id}/progress", http::get().to(progress))
        .route("/o/{organization}/orders/{id}/stop", http::post().to(stop))
        .route("/o/{organization}/orders/{id}/try-again", http::post().to(try_again))
        .route("/o/{organization}/orders/{id}/lines/{line}/check", http::post().to(check_line))
        .route("/o/{organization}/orders/{id}/lines/{line}/give-up", http::post().to(give_up));
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    before: Option<OrderId>,
}

async fn list(by: Allowed<SeeOrders>, query: Query<ListQuery>, app: App) -> PageResult {
    let before = query.into_inner().before;
    let reader = by.clone();
    let (rows, total, more) = app
        .db
        .read(move |conn| {
            let (mut summaries, total) = super::list(conn, &reader, before, ORDERS + 1)?;
            let more = summaries.len() > ORDERS as usize;
            summaries.truncate(ORDERS as usize);
            let people: Vec<_> = summaries.iter().map(|summary| summary.order.placed_by).collect();
            let names: BTreeMap<_, _> = access::names(conn, &people)?;
            let mut rows = Vec::with_capacity(summaries.len());
            for summary in summaries {
                let (id, working) = (summary.order.id, summary.order.status == OrderStatus::Working);
                let attention = working && jobs::open_by_key(conn, &BuyNumbers::key(id))?.is_none();
                let codes: Vec<AreaCode> = summary.areas.iter().map(|area| area.area_code).collect();
                let places: Vec<String> = codes.iter().map(|code| code.info().place_and_region()).collect();
                let mut places: Vec<&str> = places.iter().map(String::as_str).take(3).collect();
                places.dedup();
                rows.push(ListRow {
                    href: reader.url(&format!("/orders/{id}")),
                    title: title(summary.lines.wanted(), &codes),
                    places: places.join(" · "),
                    pill: pill(&summary, attention),
                    placed_by: names.get(&summary.order.placed_by).cloned().unwrap_or_default(),
                    summary,
                });
            }
            AppResult::Ok((rows, total, more))
        })
        .await?;
    let orders = by.url("/orders");
    let last = rows.last().map(|row| row.summary.order.id).filter(|_| more);
    Ok(Page::of(&OrdersPage {
        shell: by.shell(Section::Orders),
        older: last.map(|id| format!("{orders}?before={id}")).unwrap_or_default(),
        newest: if before.is_some() { orders.clone() } else { String::new() },
        orders,
        rows,
        total,
        may_buy: by.may::<MayBuy>(),
        budget_notice: super::budget::notice_for_buyers(&app, &by).await?,
    }))
}

#[derive(Deserialize)]
struct PageOf {
    #[serde(default = "first_page")]
    page: i64,
    /// Whether the carrier is asked what is for sale for the rest.
    #[serde(default)]
    look: Option<String>,
}

fn first_page() -> i64 {
    1
}

async fn view(by: &Allowed<SeeOrders>, app: &App, id: OrderId, page: i64) -> AppResult<OrderView> {
    let (reader, now) = (by.clone(), app.clock.now());
    app.db
        .read(move |conn| {
            let mut view = OrderView::read(conn, &reader, id, page, now)?;
            if let Some(campaign) = view.order.campaign_id
                && reader.may::<access::ManageCampaigns>()
            {
                let campaign = campaigns::find(conn, reader.organization_id(), campaign)?;
                let href = reader.url(&format!("/campaigns/{}", campaign.id));
                let reserve = match campaign.state == campaigns::State::Draft && view.lines.bought > 0 {
                    true => format!("{href}/area-codes"),
                    false => String::new(),
                };
                if view.order.reserves {
                    view.reserved = reserved_words(conn, &reader, &view, &campaign)?;
                }
                view.campaign = (!campaign.is_deleted()).then(|| (campaign.name.to_string(), href, reserve));
            }
            if let Some(service) = view.order.messaging_service_id {
                put_into(conn, &reader, &mut view, service)?;
            }
            AppResult::Ok(view)
        })
        .await
}

/// What becomes of numbers that are reserved for a campaign as they arrive.
fn reserved_words(
    conn: &mut Conn,
    by: &Allowed<SeeOrders>,
    view: &OrderView,
    campaign: &Campaign,
) -> AppResult<String> {
    let bought = numbers::of_order(conn, by.organization_id(), view.order.id)?;
    let there = bought.iter().filter(|one| one.facts.held.is_some_and(|(at, _)| at == campaign.id)).count();
    let name = &campaign.name;
    let so_far = format!("{there} of {} it bought are with {name}.", bought.len());
    Ok(match (allocation::takes_no_more(campaign), view.order.status == OrderStatus::Working) {
        (None, true) => format!("Each number is reserved for {name} as it arrives. {so_far}"),
        (None, false) => so_far,
        (Some(why), true) => {
            format!("{so_far} {name} {why}, so what arrives now stays available for any campaign.")
        }
        (Some(why), false) if there < bought.len() => {
            format!("{so_far} {name} {why}; the others stay available for any campaign.")
        }
        (Some(_), false) => so_far,
    })
}

/// What became of the numbers on their way into the messaging service that was chosen with the order.
fn put_into(
    conn: &mut Conn,
    by: &Allowed<SeeOrders>,
    view: &mut OrderView,
    service: ServiceId,
) -> AppResult<()> {
    let service = messaging::find(conn, by.organization_id(), service)?;
    let found = moves::of_order(conn, by.organization_id(), view.order.id)?;
    let words = match &found {
        _ if view.order.status == OrderStatus::Working => {
            "What it buys goes there when it has ended.".to_owned()
        }
        None if view.lines.bought == 0 => "Nothing was bought to be put there.".to_owned(),
        None => "What it bought is about to be put there.".to_owned(),
        Some((_, lines)) => {
            let count = |outcome| lines.values().filter(|line| line.outcome == outcome).count();
            let (done, refused) = (count(Outcome::Done), count(Outcome::Refused));
            match refused {
                0 => format!("{done} of {} are in it.", lines.len()),
                1 => format!("{done} of {} are in it; 1 was bought but not put in.", lines.len()),
                more => format!("{done} of {} are in it; {more} were bought but not put in.", lines.len()),
            }
        }
    };
    for row in &mut view.rows {
        let line = found.as_ref().zip(row.number_id).and_then(|((_, lines), number)| lines.get(&number));
        row.put_in = line.map(|line| match line.outcome {
            Outcome::Asked => ("busy", "being put in", String::new()),
            Outcome::Done => ("ok", "put in", String::new()),
            Outcome::Refused => ("bad", "not put in", line.reason.clone().unwrap_or_default()),
        });
    }
    let owner = by.may::<access::ManageOrganization>();
    view.into = Some(Into {
        name: service.name,
        href: by.url(&format!("/messaging-services/{}", service.id)),
        words,
        outcome: match &found {
            Some((request, _)) if owner => by.url(&moves::address(request.id)),
            _ => String::new(),
        },
    });
    Ok(())
}

async fn show(
    by: Allowed<SeeOrders>,
    path: http::Path<(String, OrderId)>,
    query: Query<PageOf>,
    app: App,
) -> PageResult {
    let query = query.into_inner();
    let mut order = view(&by, &app, path.into_inner().1, query.page).await?;
    if query.look.is_some()
        && let Some(rest) = &mut order.rest
        && let Some(buyer) = by.narrow::<MayBuy>()
    {
        match look(&app, &buyer, &rest.codes()).await {
            Ok(stock) => rest.look(&stock),
            Err(AppError::Provider(error)) => {
                tracing::warn!(%error, "the carrier does not say what is for sale");
                rest.unanswered = true;
            }
            Err(other) => return Err(other),
        }
    }
    let mut shell = by.shell(Section::Orders);
    if let Some(seconds) = order.poll {
        shell = shell.refreshing(seconds.max(2));
    }
    let budget_notice = super::budget::notice_for_buyers(&app, &by).await?;
    Ok(Page::of(&OrderPage { shell, order, budget_notice }))
}

async fn progress(
    by: Allowed<SeeOrders>,
    path: http::Path<(String, OrderId)>,
    query: Query<PageOf>,
    htmx: Htmx,
    app: App,
) -> PageResult {
    let (id, page) = (path.into_inner().1, query.into_inner().page);
    let order = view(&by, &app, id, page).await?;
    if htmx.wants_fragment() {
        return Ok(Page::fragment(&OrderFragment { order }));
    }
    Ok(Page::redirect(order.href))
}

/// Back to the order, with words.
fn back(by: &Allowed<MayBuy>, id: OrderId, at_work: bool, words: &str) -> PageResult {
    let page = Page::redirect(by.url(&format!("/orders/{id}")));
    Ok(match at_work {
        true => page.with_flash("success", words),
        false => page.with_flash("info", "This order had ended already."),
    })
}

async fn stop(
    by: Allowed<MayBuy>,
    path: http::Path<(String, OrderId)>,
    _: Form<Nothing>,
    app: App,
) -> PageResult {
    let (id, now) = (path.into_inner().1, app.clock.now());
    let who = by.clone();
    let at_work = app.db.write(move |tx| super::stop(tx, &who, id, now)).await?;
    jobs::wake(&app);
    back(&by, id, at_work, "Nothing more is asked of the carrier. What is bought stays.")
}

async fn try_again(
    by: Allowed<MayBuy>,
    path: http::Path<(String, OrderId)>,
    _: Form<Nothing>,
    app: App,
) -> PageResult {
    let (id, now) = (path.into_inner().1, app.clock.now());
    let who = by.clone();
    let at_work = app.db.write(move |tx| super::try_again(tx, &who, id, None, now)).await?;
    jobs::wake(&app);
    back(&by, id, at_work, "Buying goes on.")
}

async fn check_line(
    by: Allowed<MayBuy>,
    path: http::Path<(String, OrderId, LineId)>,
    _: Form<Nothing>,
    app: App,
) -> PageResult {
    let ((_, id, line), now) = (path.into_inner(), app.clock.now());
    let who = by.clone();
    let at_work = app.db.write(move |tx| super::try_again(tx, &who, id, Some(line), now)).await?;
    jobs::wake(&app);
    back(&by, id, at_work, "The carrier is asked once more.")
}

async fn give_up(
    by: Allowed<MayBuy>,
    path: http::Path<(String, OrderId, LineId)>,
    _: Form<Nothing>,
    app: App,
) -> PageResult {
    let ((_, id, line), now) = (path.into_inner(), app.clock.now());
    let who = by.clone();
    let at_work = app.db.write(move |tx| super::give_up(tx, &who, id, line, now)).await?;
    jobs::wake(&app);
    back(&by, id, at_work, "The line is given up.")
}
