//! Quoting, ordering, watching an order, stopping it, deciding what the carrier could not say.

use std::collections::BTreeMap;

use actix_web::web as http;
use serde::Deserialize;

use super::pages::{
    ConfirmPage, ListRow, NewOrderPage, OrderFragment, OrderPage, OrdersPage, TYPED_ABOVE, pill, title,
};
use super::quote::quote;
use super::request::{self, Typed};
use super::view::OrderView;
use super::{BuyNumbers, NewOrder, OrderStatus, Wanted};
use crate::access::{self, Allowed, BuyNumbers as MayBuy, Section, SeeOrders};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs;
use crate::kernel::ids::{LineId, OrderId};
use crate::kernel::{AreaCode, Micros};
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult, Query};

/// Orders on a page of the list.
const ORDERS: i64 = 50;
/// Rows the form begins with.
const ROWS: usize = 3;

/// The routes of this room.
pub fn routes(config: &mut http::ServiceConfig) {
    config
        .route("/o/{organization}/orders", http::get().to(list))
        .route("/o/{organization}/orders", http::post().to(place))
        .route("/o/{organization}/orders/new", http::get().to(form))
        .route("/o/{organization}/orders/quote", http::post().to(ask_quote))
        .route("/o/{organization}/orders/{id}", http::get().to(show))
        .route("/o/{organization}/orders/{id}/progress", http::get().to(progress))
        .route("/o/{organization}/orders/{id}/stop", http::post().to(stop))
        .route("/o/{organization}/orders/{id}/try-again", http::post().to(try_again))
        .route("/o/{organization}/orders/{id}/lines/{line}/check", http::post().to(check_line))
        .route("/o/{organization}/orders/{id}/lines/{line}/give-up", http::post().to(give_up));
}

#[derive(Deserialize)]
struct Nothing {}

/// What to buy, as it was typed: `area_code` and `count` once a row.
#[derive(Deserialize)]
struct Rows {
    #[serde(default)]
    area_code: Vec<String>,
    #[serde(default)]
    count: Vec<String>,
    #[serde(default)]
    continues: String,
    /// Another row is wanted.
    #[serde(default)]
    add: Option<String>,
}

impl Rows {
    fn typed(&self) -> Vec<Typed> {
        request::rows(&self.area_code, &self.count)
    }
}

async fn form(by: Allowed<MayBuy>, query: Query<Rows>) -> PageResult {
    let rows = query.into_inner();
    let mut typed = rows.typed();
    if rows.add.is_some() {
        typed.push(Typed::default());
    }
    Ok(Page::of(&form_page(&by, typed, &FieldErrors::new(), rows.continues)))
}

fn form_page(
    by: &Allowed<MayBuy>,
    mut typed: Vec<Typed>,
    errors: &FieldErrors,
    continues: String,
) -> NewOrderPage {
    if typed.is_empty() {
        typed.resize(ROWS, Typed::default());
    }
    let (shell, limit) = (by.shell(Section::Orders), by.organization().order_limit);
    // Only an id goes back into the page.
    let continues = OrderId::parse(&continues).map(|id| id.to_string()).unwrap_or_default();
    NewOrderPage::new(shell, by.url("/orders"), &typed, errors, limit, continues)
}

async fn ask_quote(by: Allowed<MayBuy>, form: Form<Rows>, app: App) -> PageResult {
    let rows = form.into_inner();
    let typed = rows.typed();
    let wanted = match request::read(&typed, by.organization().order_limit) {
        Ok(wanted) => wanted,
        Err(errors) => return Ok(Page::of(&form_page(&by, typed, &errors, rows.continues)).status(422)),
    };
    match quote(&app, &by, &wanted).await {
        Ok(quote) => {
            let shell = by.shell(Section::Orders);
            let page =
                ConfirmPage::of_quote(shell, by.url("/orders"), OrderId::new(), &quote, rows.continues);
            Ok(Page::of(&page))
        }
        Err(AppError::Provider(error)) => {
            tracing::warn!(%error, code = error.carrier_code(), "no quote");
            let code = error.carrier_code().map(|code| format!(" (carrier: {code})")).unwrap_or_default();
            let words = format!("{error}{code} Nothing was ordered. Try again in a moment.");
            let errors = FieldErrors::one("", words);
            Ok(Page::of(&form_page(&by, typed, &errors, rows.continues)).status(502))
        }
        Err(other) => Err(other),
    }
}

/// A confirmed quote.
#[derive(Deserialize)]
struct Confirmed {
    order: String,
    #[serde(default)]
    area_code: Vec<String>,
    #[serde(default)]
    count: Vec<String>,
    /// Micros, as the quote said.
    #[serde(default)]
    price: Vec<String>,
    #[serde(default)]
    ceiling: String,
    #[serde(default)]
    typed_count: String,
    #[serde(default)]
    continues: String,
}

async fn place(by: Allowed<MayBuy>, form: Form<Confirmed>, app: App) -> PageResult {
    let form = form.into_inner();
    let not_ours = || AppError::BadRequest("This is not a quote of ours. Ask for a new one.".into());
    let id = OrderId::parse(&form.order).map_err(|_| not_ours())?;
    let continues = match form.continues.as_str() {
        "" => None,
        text => Some(OrderId::parse(text).map_err(|_| not_ours())?),
    };
    let typed = request::rows(&form.area_code, &form.count);
    let wanted = match request::read(&typed, by.organization().order_limit) {
        Ok(wanted) => wanted,
        Err(errors) => return Ok(Page::of(&form_page(&by, typed, &errors, form.continues)).status(422)),
    };
    if form.price.len() != wanted.len() {
        return Err(not_ours());
    }
    let lines = wanted
        .into_iter()
        .zip(&form.price)
        .map(|((area_code, count), price)| {
            // Above a thousand dollars a month it is no price of a number, and sums might not fit.
            let price = price
                .parse()
                .ok()
                .filter(|price| (0..=1_000_000_000).contains(price))
                .ok_or_else(not_ours)?;
            Ok(Wanted { area_code, count, price: Micros::new(price) })
        })
        .collect::<AppResult<Vec<Wanted>>>()?;
    let (ceiling, mut errors) = read_confirmation(&form, &lines);
    if errors.is_empty() {
        let now = app.clock.now();
        let new = NewOrder { id, lines: lines.clone(), ceiling, continues, follow_up: None };
        let placer = by.clone();
        match app.db.write(move |tx| super::place(tx, &placer, &new, now)).await {
            Ok(id) => {
                jobs::wake(&app);
                return Ok(Page::redirect(by.url(&format!("/orders/{id}"))));
            }
            Err(AppError::Invalid(faults)) => errors = faults,
            Err(other) => return Err(other),
        }
    }
    let (shell, orders) = (by.shell(Section::Orders), by.url("/orders"));
    let fields = (form.ceiling, form.typed_count);
    Ok(Page::of(&ConfirmPage::again(shell, orders, id, &lines, form.continues, fields, &errors)).status(422))
}

/// The ceiling and the typed count.
fn read_confirmation(form: &Confirmed, lines: &[Wanted]) -> (Micros, FieldErrors) {
    let mut errors = FieldErrors::new();
    let total: i64 = lines.iter().map(|line| line.count).sum();
    let text = form.ceiling.trim().trim_start_matches('$').replace(',', "");
    let ceiling = Micros::parse_decimal(&text).unwrap_or_else(|_| {
        errors.add("ceiling", "Enter an amount in dollars, such as 46.00.");
        Micros::ZERO
    });
    let typed = form.typed_count.trim().replace(',', "");
    if total > TYPED_ABOVE && typed != total.to_string() {
        errors.add("typed_count", format!("Type {total}, the number of phone numbers you are buying."));
    }
    (ceiling, errors)
}

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
    }))
}

#[derive(Deserialize)]
struct PageOf {
    #[serde(default = "first_page")]
    page: i64,
}

fn first_page() -> i64 {
    1
}

async fn view(by: &Allowed<SeeOrders>, app: &App, id: OrderId, page: i64) -> AppResult<OrderView> {
    let (reader, now) = (by.clone(), app.clock.now());
    app.db.read(move |conn| OrderView::read(conn, &reader, id, page, now)).await
}

async fn show(
    by: Allowed<SeeOrders>,
    path: http::Path<(String, OrderId)>,
    query: Query<PageOf>,
    app: App,
) -> PageResult {
    let order = view(&by, &app, path.into_inner().1, query.into_inner().page).await?;
    let mut shell = by.shell(Section::Orders);
    if let Some(seconds) = order.poll {
        shell = shell.refreshing(seconds.max(2));
    }
    Ok(Page::of(&OrderPage { shell, order }))
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
