//! `/settings`.

use std::time::Duration;

use actix_web::web as http;
use serde::Deserialize;

use super::model::{self, Setting, Settings, Texts};
use super::pages::{Effects, PriceList, SettingsPage, World};
use super::{Outcome, save};
use crate::access::{self, Allowed, ManageOrganization};
use crate::activity;
use crate::allocation::strategies;
use crate::db::Conn;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{Micros, Moment};
use crate::messaging;
use crate::organizations::connection::{self, Carrier};
use crate::providers::Prices;
use crate::state::App;
use crate::web::{Form, Page, PageResult, Query};

type By = Allowed<ManageOrganization>;

/// The kind of deed in the log.
const CHANGED: &str = "settings_changed";
/// How long a page waits for the carrier's prices.
const PATIENCE: Duration = Duration::from_secs(5);

/// The routes of this room.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/settings", http::get().to(show))
        .route("/o/{organization}/settings", http::post().to(change))
        .route("/o/{organization}/settings/effects", http::get().to(effects));
}

/// The fields, as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    time_zone: String,
    contacts_per_number: String,
    room: String,
    tolerated_load_percent: String,
    reservation_hours: String,
    rest_days: String,
    delete_campaign_services: Option<String>,
    order_limit: String,
    monthly_budget: String,
    money_letters: Option<String>,
    weekly_letters: Option<String>,
    default_strategy: String,
    /// What the settings were when the page was drawn, and when that was.
    seen: String,
    seen_at: String,
    /// A setting to put back to its default, on the page: nothing is saved.
    default: Option<Setting>,
    /// What a local number cost when the page was drawn.
    price: String,
}

impl Typed {
    fn texts(&self) -> Texts {
        let checked = |given: &Option<String>| if given.is_some() { model::YES } else { model::NO };
        let text = |setting| match setting {
            Setting::Name => self.name.as_str(),
            Setting::TimeZone => &self.time_zone,
            Setting::ContactsPerNumber => &self.contacts_per_number,
            Setting::Room => &self.room,
            Setting::ToleratedLoad => &self.tolerated_load_percent,
            Setting::ReservationHours => &self.reservation_hours,
            Setting::RestDays => &self.rest_days,
            Setting::DeleteServices => checked(&self.delete_campaign_services),
            Setting::OrderLimit => &self.order_limit,
            Setting::MonthlyBudget => &self.monthly_budget,
            Setting::MoneyLetters => checked(&self.money_letters),
            Setting::WeeklyLetters => checked(&self.weekly_letters),
            Setting::Strategy => &self.default_strategy,
        };
        Setting::ALL.iter().map(|setting| (*setting, text(*setting).to_owned())).collect()
    }
    fn seen(&self) -> AppResult<(Texts, Moment)> {
        let words =
            || AppError::BadRequest("The form is not one of this page: open the settings again.".into());
        let texts = serde_json::from_str(&self.seen).map_err(|_| words())?;
        Ok((texts, self.seen_at.parse().map_err(|_| words())?))
    }
}

async fn show(by: By, app: App) -> PageResult {
    let now = Settings::from(by.organization());
    let world = world(&by, &app).await?;
    Ok(Page::of(&SettingsPage::of(&by, world, now.texts(), &now)))
}

async fn effects(by: By, query: Query<Typed>, app: App) -> PageResult {
    let (typed, reader) = (query.into_inner(), by.clone());
    let registered = app.db.read(move |conn| registered(conn, &reader)).await?;
    let settings = Settings::from(by.organization()).with(&typed.texts());
    let price = typed.price.parse().ok().map(Micros::new);
    Ok(Page::fragment(&Effects::of(&settings, by.times(), price, registered).alone()))
}

async fn change(by: By, form: Form<Typed>, app: App) -> PageResult {
    let typed = form.into_inner();
    let (mut texts, (seen, seen_at)) = (typed.texts(), typed.seen()?);
    let page = async |texts: Texts, seen: &Texts, seen_at: Moment| -> AppResult<SettingsPage> {
        let world = world(&by, &app).await?;
        let current = Settings::from(by.organization());
        Ok(SettingsPage::of(&by, world, texts, &current).seen(seen, seen_at))
    };
    if let Some(setting) = typed.default {
        texts.extend(setting.default_text().map(|text| (setting, text)));
        return Ok(Page::of(&page(texts, &seen, seen_at).await?.unsaved(setting)));
    }
    let known = |settings: Settings| match strategies::known(&settings.strategy) {
        Some(_) => Ok(settings),
        None => Err(FieldErrors::one(Setting::Strategy.as_str(), "Choose one of the list.")),
    };
    let wanted = match Settings::parse(&texts).and_then(known) {
        Ok(wanted) => wanted,
        Err(errors) => {
            return Ok(Page::of(&page(texts, &seen, seen_at).await?.wrong(errors)).status(422));
        }
    };
    let (now, writer, before) = (app.clock.now(), by.clone(), seen.clone());
    let outcome = app
        .db
        .write(move |tx| {
            let outcome = save(tx, &writer, &before, &wanted)?;
            if let Outcome::Saved(changes) = &outcome
                && !changes.is_empty()
            {
                let words = model::sentence(changes);
                activity::record(tx, &writer.actor(), CHANGED, "/settings", &words, now)?;
            }
            AppResult::Ok(outcome)
        })
        .await?;
    match outcome {
        Outcome::Saved(changes) if changes.is_empty() => {
            Ok(Page::redirect(by.url("/settings")).with_flash("info", "Nothing was different."))
        }
        Outcome::Saved(changes) => {
            let words = format!("Saved. {}.", model::sentence(&changes));
            Ok(Page::redirect(by.url("/settings")).with_flash("success", words))
        }
        Outcome::Overtaken { now: stored, meanwhile } => {
            let reader = by.clone();
            let deeds = app.db.read(move |conn| deeds_since(conn, &reader, seen_at)).await?;
            // What this person did not touch follows the others; what they typed stays typed.
            let mut errors = FieldErrors::new();
            for change in &meanwhile {
                if texts.get(&change.setting) == seen.get(&change.setting) {
                    texts.insert(change.setting, change.to.clone());
                } else if texts.get(&change.setting) != Some(&change.to) {
                    let words = format!("It became {} meanwhile.", change.setting.shown(&change.to));
                    errors.add(change.setting.as_str(), words);
                }
            }
            let page = page(texts, &stored.texts(), now).await?.overtaken(deeds, &meanwhile, errors);
            Ok(Page::of(&page).status(409))
        }
    }
}

/// What the page shows beside the settings themselves.
async fn world(by: &By, app: &App) -> AppResult<World> {
    let reader = by.clone();
    let registered = app.db.read(move |conn| registered(conn, &reader)).await?;
    let (prices, provider) = match app.provider(&by.organization().service) {
        Err(error) => (PriceList::Unreadable(error.to_string()), by.organization().service.clone()),
        Ok(provider) => {
            let asked = tokio::time::timeout(PATIENCE, prices(by, app)).await;
            let prices = match asked {
                Ok(Ok(prices)) => PriceList::Read { prices, at: by.times().exact(app.clock.now()) },
                Ok(Err(AppError::Provider(error))) => PriceList::refused(&error),
                Ok(Err(other)) => return Err(other),
                Err(_) => PriceList::Unreadable("The carrier does not answer at present.".into()),
            };
            (prices, provider.name().to_owned())
        }
    };
    Ok(World { provider, prices, registered })
}

async fn prices(by: &By, app: &App) -> AppResult<Prices> {
    let Carrier { provider, account } = connection::own(app, by).await?;
    Ok(provider.prices(&account).await?)
}

fn registered(conn: &mut Conn, by: &By) -> AppResult<Option<String>> {
    Ok(messaging::registered(conn, by.organization_id())?.map(|service| service.name))
}

/// Who changed the settings since then, newest first: their names, when, and what they did.
fn deeds_since(conn: &mut Conn, by: &By, since: Moment) -> AppResult<Vec<(String, Moment, String)>> {
    let filter = activity::Filter { person: None, verb: Some(CHANGED.to_owned()) };
    let slice = activity::list(conn, by.organization_id(), &filter, activity::From::Newest, 20)?;
    let lines: Vec<_> = slice.lines.into_iter().filter(|line| line.at >= since).collect();
    let people: Vec<_> = lines.iter().filter_map(|line| line.person_id).collect();
    let names = access::names(conn, &people)?;
    Ok(lines
        .into_iter()
        .map(|line| {
            let name = line.person_id.and_then(|person| names.get(&person).cloned());
            (name.unwrap_or_else(|| "Somebody".into()), line.at, line.words)
        })
        .collect())
}
