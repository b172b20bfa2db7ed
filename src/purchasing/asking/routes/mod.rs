//! The form, the quote, and the order that it becomes.

mod destinations;

use actix_web::web as http;
use serde::Deserialize;

use super::Asking;
use super::destination::RESERVE;
use super::pages::{
    ConfirmPage, ConfirmParts, Context, FormParts, NewOrderPage, TYPED_ABOVE, read_named, read_price,
};
use crate::access::{Allowed, BuyNumbers as MayBuy, Section};
use crate::allocation;
use crate::campaigns;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs;
use crate::kernel::ids::{CampaignId, OrderId, ServiceId};
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{AreaCode, Micros};
use crate::launch;
use crate::messaging::{self, moves};
use crate::providers::Prices;
use crate::purchasing::fallback::{Fallback, Named};
use crate::purchasing::model::Kind;
use crate::purchasing::pages::title;
use crate::purchasing::quote::{prices, quote};
use crate::purchasing::request::{self, Typed};
use crate::purchasing::{self, NewOrder, Wanted};
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult, Query};

/// Rows the form begins with.
const ROWS: usize = 3;

/// The routes of this room.
pub(in crate::purchasing) fn routes(config: &mut http::ServiceConfig) {
    config
        .route("/o/{organization}/orders", http::post().to(place))
        .route("/o/{organization}/orders/new", http::get().to(form))
        .route("/o/{organization}/orders/quote", http::post().to(ask_quote));
}

/// What to buy, as it was typed: `area_code` and `count` once a row.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    area_code: Vec<String>,
    #[serde(default)]
    count: Vec<String>,
    #[serde(default)]
    fallback: String,
    #[serde(default)]
    toll_free: String,
    #[serde(default)]
    toll_free_count: String,
    #[serde(default)]
    continues: String,
    #[serde(default)]
    campaign: String,
    /// The messaging service they go into; empty keeps them available.
    #[serde(default)]
    into: String,
    /// Another row is wanted.
    #[serde(default)]
    add: Option<String>,
}

impl Asked {
    /// Words that no form of ours sends are as if they had not been sent.
    fn asking(self) -> Asking {
        Asking {
            kind: Kind::parse(&self.kind),
            rows: request::rows(&self.area_code, &self.count),
            fallback: Fallback::parse(&self.fallback).unwrap_or(Fallback::Nowhere),
            toll_free: toll_free_code(&self.toll_free),
            toll_free_count: self.toll_free_count,
            continues: OrderId::parse(&self.continues).ok(),
            campaign: CampaignId::parse(&self.campaign).ok(),
            into: ServiceId::parse(&self.into).ok(),
            reserve: self.into == RESERVE,
        }
    }
}

fn toll_free_code(text: &str) -> Option<AreaCode> {
    AreaCode::parse(text).ok().filter(AreaCode::is_toll_free)
}

async fn form(by: Allowed<MayBuy>, query: Query<Asked>, htmx: Htmx, app: App) -> PageResult {
    let asked = query.into_inner();
    let added = asked.add.is_some();
    let mut asking = asked.asking();
    if added {
        asking.rows.push(Typed::default());
    }
    // What htmx takes of the page shows no prices.
    let prices = if htmx.wants_fragment() { None } else { prices(&app, &by).await };
    draw(&by, &app, asking, Extra { added, prices }, &FieldErrors::new()).await
}

#[derive(Default)]
struct Extra {
    /// Whether the last row was just added.
    added: bool,
    prices: Option<Prices>,
}

/// The form with what is wrong with it.
async fn form_page(by: &Allowed<MayBuy>, app: &App, asking: Asking, errors: &FieldErrors) -> PageResult {
    let extra = Extra { added: false, prices: prices(app, by).await };
    draw(by, app, asking, extra, errors).await
}

async fn draw(
    by: &Allowed<MayBuy>,
    app: &App,
    mut asking: Asking,
    extra: Extra,
    errors: &FieldErrors,
) -> PageResult {
    if asking.rows.is_empty() {
        asking.rows.resize(ROWS, Typed::default());
    }
    let context = context(by, app, &asking).await?;
    asking.reserve &= context.takes;
    let parts = FormParts {
        context,
        prices: extra.prices,
        shell: by.shell(Section::Orders),
        orders: by.url("/orders"),
        limit: by.organization().order_limit,
        asking,
        added: extra.added,
    };
    Ok(Page::of(&NewOrderPage::new(parts, errors)))
}

/// What the order is the rest of, and for whom; nothing of what is not the organization's.
async fn context(by: &Allowed<MayBuy>, app: &App, asking: &Asking) -> AppResult<Context> {
    let (continues, campaign, now) = (asking.continues, asking.campaign, app.clock.now());
    let reader = by.clone();
    app.db
        .read(move |conn| {
            let organization = reader.organization_id();
            let rest_of = match continues {
                Some(id) => found(purchasing::summary(conn, organization, id))?,
                None => None,
            };
            let campaign = match campaign {
                Some(id) => found(campaigns::find(conn, organization, id).map_err(AppError::from))?,
                None => None,
            };
            AppResult::Ok(Context {
                services: destinations::all(conn, &reader)?,
                budget: purchasing::budget::of(conn, reader.organization(), now)?,
                rest_of: rest_of.map(|earlier| {
                    let codes: Vec<AreaCode> = earlier.areas.iter().map(|area| area.area_code).collect();
                    let order = &earlier.order;
                    let href = reader.url(&format!("/orders/{}", order.id));
                    (title(earlier.lines.wanted(), &codes), href, order.placed_at)
                }),
                takes: campaign.as_ref().is_some_and(|one| allocation::takes_no_more(one).is_none()),
                campaign: campaign.filter(|campaign| !campaign.is_deleted()).map(|campaign| {
                    (campaign.name.to_string(), reader.url(&format!("/campaigns/{}", campaign.id)))
                }),
            })
        })
        .await
}

fn found<T>(result: AppResult<T>) -> AppResult<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(AppError::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

async fn ask_quote(by: Allowed<MayBuy>, form: Form<Asked>, app: App) -> PageResult {
    let mut asking = form.into_inner().asking();
    let demands = match asking.demands(by.organization().order_limit) {
        Ok(demands) => demands,
        Err(errors) => return Ok(form_page(&by, &app, asking, &errors).await?.status(422)),
    };
    match quote(&app, &by, &demands).await {
        Ok(quote) => {
            let context = context(&by, &app, &asking).await?;
            asking.reserve &= context.takes;
            let parts = ConfirmParts {
                context,
                shell: by.shell(Section::Orders),
                orders: by.url("/orders"),
                order: OrderId::new(),
                asking,
            };
            Ok(Page::of(&ConfirmPage::of_quote(parts, &quote)))
        }
        Err(AppError::Provider(error)) => {
            tracing::warn!(%error, code = error.carrier_code(), "no quote");
            let code = error.carrier_code().map(|code| format!(" (carrier: {code})")).unwrap_or_default();
            let words = format!("{error}{code} Nothing was ordered. Try again in a moment.");
            let errors = FieldErrors::one("", words);
            Ok(form_page(&by, &app, asking, &errors).await?.status(502))
        }
        Err(other) => Err(other),
    }
}

/// A confirmed quote.
#[derive(Deserialize)]
struct Confirmed {
    order: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    area_code: Vec<String>,
    #[serde(default)]
    count: Vec<String>,
    /// Micros, as the quote said.
    #[serde(default)]
    price: Vec<String>,
    #[serde(default)]
    fallback: String,
    #[serde(default)]
    toll_free: String,
    /// The codes to turn to, each as the quote wrote it.
    #[serde(default)]
    named: Vec<String>,
    #[serde(default)]
    ceiling: String,
    #[serde(default)]
    typed_count: String,
    #[serde(default)]
    continues: String,
    #[serde(default)]
    campaign: String,
    #[serde(default)]
    into: String,
}

/// A text that may be empty and must otherwise be an id.
fn read_id<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> AppResult<Option<T>> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some).ok_or_else(not_ours) }
}

fn not_ours() -> AppError {
    AppError::BadRequest("This is not a quote of ours. Ask for a new one.".into())
}

impl Confirmed {
    /// What was asked, as the form would have it.
    fn asking(&self) -> AppResult<Asking> {
        let rows = request::rows(&self.area_code, &self.count);
        let fallback = match self.fallback.as_str() {
            "" => Fallback::Nowhere,
            text => Fallback::parse(text).ok_or_else(not_ours)?,
        };
        let reserve = self.into == RESERVE;
        let about = Asking {
            kind: Kind::parse(&self.kind),
            fallback,
            toll_free: toll_free_code(&self.toll_free),
            continues: read_id(&self.continues, |text| OrderId::parse(text).ok())?,
            campaign: read_id(&self.campaign, |text| CampaignId::parse(text).ok())?,
            into: read_id(&self.into, |text| ServiceId::parse(text).ok())
                .or_else(|error| if reserve { Ok(None) } else { Err(error) })?,
            reserve,
            ..Asking::default()
        };
        Ok(match about.kind {
            Kind::Local => Asking { rows, ..about },
            Kind::TollFree => {
                let toll_free_count = rows.first().map(|row| row.count.clone()).unwrap_or_default();
                Asking { toll_free_count, ..about }
            }
        })
    }

    fn lines(&self, kind: Kind, limit: i64) -> AppResult<Vec<Wanted>> {
        let rows = request::rows(&self.area_code, &self.count);
        let wanted = request::read(&rows, kind, limit).map_err(AppError::Invalid)?;
        if self.price.len() != wanted.len() {
            return Err(not_ours());
        }
        wanted
            .into_iter()
            .zip(&self.price)
            .map(|((area_code, count), price)| {
                Ok(Wanted { area_code, count, price: read_price(price).ok_or_else(not_ours)? })
            })
            .collect()
    }
}

async fn place(by: Allowed<MayBuy>, form: Form<Confirmed>, app: App) -> PageResult {
    let form = form.into_inner();
    let id = OrderId::parse(&form.order).map_err(|_| not_ours())?;
    let asking = form.asking()?;
    let named = form.named.iter().map(|text| read_named(text).ok_or_else(not_ours));
    let named = named.collect::<AppResult<Vec<Named>>>()?;
    let lines = match form.lines(asking.kind, by.organization().order_limit) {
        Ok(lines) => lines,
        Err(AppError::Invalid(errors)) => {
            return Ok(form_page(&by, &app, asking, &errors).await?.status(422));
        }
        Err(other) => return Err(other),
    };
    let (ceiling, mut errors) = read_confirmation(&form, &lines);
    if errors.is_empty() {
        let now = app.clock.now();
        let new = NewOrder {
            ceiling,
            fallback: asking.fallback,
            named: named.clone(),
            continues: asking.continues,
            campaign: asking.campaign,
            messaging_service: asking.into,
            reserve: asking.reserve && asking.campaign.is_some(),
            follow_up: match (asking.into, asking.campaign) {
                (Some(into), _) => Some(moves::after_order(&by, id, into)?),
                (None, Some(campaign)) if asking.reserve => {
                    Some(launch::arrivals::after_order(by.organization_id(), id, campaign)?)
                }
                _ => None,
            },
            ..NewOrder::of(id, lines.clone())
        };
        let placer = by.clone();
        let placed = app.db.write(move |tx| {
            match new.campaign {
                Some(campaign) if new.reserve => {
                    allocation::make_ready(
                        tx,
                        &placer.actor(),
                        placer.organization(),
                        campaign,
                        &new.lines,
                        now,
                    )?;
                }
                Some(campaign) => drop(campaigns::find(tx, placer.organization_id(), campaign)?),
                None => {}
            }
            if let Some(into) = new.messaging_service {
                messaging::lock(tx, placer.organization_id(), into)?;
                let services = destinations::all(tx, &placer)?;
                let service = services.iter().find(|one| one.id == into).ok_or_else(not_ours)?;
                let count = new.lines.iter().map(|line| line.count).sum();
                if let Some(words) = service.refusal(count) {
                    return Err(AppError::Invalid(FieldErrors::one("", words)));
                }
            }
            purchasing::place(tx, &placer, &new, now)
        });
        match placed.await {
            Ok(id) => {
                jobs::wake(&app);
                return Ok(Page::redirect(by.url(&format!("/orders/{id}"))));
            }
            Err(AppError::Invalid(faults)) => errors = faults,
            Err(other) => return Err(other),
        }
    }
    let parts = ConfirmParts {
        context: context(&by, &app, &asking).await?,
        shell: by.shell(Section::Orders),
        orders: by.url("/orders"),
        order: id,
        asking,
    };
    let fields = (form.ceiling, form.typed_count);
    Ok(Page::of(&ConfirmPage::again(parts, &lines, &named, fields, &errors)).status(422))
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
