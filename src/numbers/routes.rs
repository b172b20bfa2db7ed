//! The inventory, an area code, a number, and the marks people make.

use std::collections::BTreeSet;

use actix_web::web as http;
use chrono::{Days, TimeDelta};
use serde::Deserialize;

use super::marks::{LONGEST_REST, Mark, these};
use super::pages::area::{self, AreaPage, Asked, UnknownAreaPage};
use super::pages::inventory::{
    self, Found, Holding, InventoryFragment, InventoryPage, MATCHES, Pending, PendingFragment, PendingRows,
    Results, ResultsFragment, Week, signature,
};
use super::pages::life::{self, NumberPage, Pool, Wrong};
use super::pages::query::{Raw, View, Where};
use super::pages::{Tag, Tags};
use super::{Count, Filter, Number, Total};
use crate::access::{
    self, Allowed, BuyNumbers, MarkNumbers, Permission, ReleaseNumbers, Section, SeeNumbers,
};
use crate::campaigns::{self, Campaign, State};
use crate::db::{Conn, DbResult};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::{CampaignId, NumberId, OrganizationId};
use crate::kernel::{AreaCode, Moment};
use crate::messaging::moves;
use crate::requests::Waiting;
use crate::state::App;
use crate::web::{Form, Htmx, Page, PageResult, Query};
use crate::{ledger, messaging, purchasing};

/// The routes of numbers.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/phone-numbers", http::get().to(inventory))
        .route("/o/{organization}/phone-numbers/pending", http::get().to(pending))
        .route("/o/{organization}/phone-numbers/area/{code}", http::get().to(area))
        .route("/o/{organization}/phone-numbers/area/{code}/marks", http::post().to(mark_several))
        .route("/o/{organization}/phone-numbers/{id}", http::get().to(number))
        .route("/o/{organization}/phone-numbers/{id}/label", http::post().to(label))
        .route("/o/{organization}/phone-numbers/{id}/mark", http::post().to(mark));
}

/// Idle numbers that renew within so many days are worth a thought.
const AHEAD: u64 = 7;
/// At most so many campaigns of a state are looked at for the card of this week.
const CAMPAIGNS_LOOKED_AT: i64 = 100;

/// The address of the organization's pages.
fn base<P: Permission>(by: &Allowed<P>) -> String {
    by.url("")
}

async fn inventory(by: Allowed<SeeNumbers>, query: Query<Raw>, htmx: Htmx, app: App) -> PageResult {
    let raw = query.into_inner();
    let (who, providers) = (by.clone(), app.providers.clone());
    let fragment = htmx.targets("results");
    let (data, week) = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let services = super::services(conn, organization)?;
            let (view, notices) = View::parse(&raw, &services);
            let counts = super::counts(conn, organization, None)?;
            let of_service = match &view.service {
                Some(service) => Some(super::counts(conn, organization, Some(service))?),
                None => None,
            };
            let found = found(conn, organization, &view, &counts)?;
            let tags = match &found {
                Some(found) => tags(conn, organization, &found.numbers, [])?,
                None => Tags::new(),
            };
            let name = |key: String| {
                let name =
                    providers.get(&key).map_or_else(|| key.clone(), |provider| provider.name().to_owned());
                (key, name)
            };
            let data = inventory::Data {
                base: base(&who),
                times: who.times(),
                services: services.into_iter().map(name).collect(),
                view,
                notices,
                counts,
                of_service,
                found,
                tags,
                pending: under_way(conn, organization)?,
            };
            let week = if fragment { None } else { Some((week(conn, &who)?, Waiting::load(conn, &who)?)) };
            Ok::<_, AppError>((data, week))
        })
        .await?;
    let Some((week, waiting)) = week else {
        let address = format!("{}/phone-numbers{}", data.base, data.view.query());
        let part = ResultsFragment {
            page: format!("{}/phone-numbers", data.base),
            results: Results::of(&data),
            pending: PendingRows::of(&data.pending, &data.base, &data.times, 0),
        };
        // The address without the fields one left empty.
        return Ok(Page::fragment(&part).with_header("HX-Push-Url", address));
    };
    if htmx.targets("inventory") {
        return Ok(Page::fragment(&InventoryFragment::of(&data, &week)));
    }
    let shell = by.shell(Section::PhoneNumbers);
    let budget_notice = purchasing::budget::notice_for_buyers(&app, &by).await?;
    let may_buy = by.may::<BuyNumbers>();
    Ok(Page::of(&InventoryPage::of(shell, &data, &week, waiting, may_buy, budget_notice)))
}

/// Searches numbers and labels, when the search may mean one: in the states and of the status one filters by.
fn found(
    conn: &mut Conn,
    organization: OrganizationId,
    view: &View,
    counts: &[Count],
) -> DbResult<Option<Found>> {
    let needle = view.needle();
    let Some(text) = needle.among_numbers() else { return Ok(None) };
    let within = |place: Where| {
        let codes = counts.iter().map(|count| count.area_code);
        codes.filter(|code| place.holds(code.info())).collect::<Vec<_>>()
    };
    let filter = Filter {
        search: Some(text.to_owned()),
        status: view.status,
        service: view.service.clone(),
        area_codes: view.place.map(within),
        ..Filter::default()
    };
    let numbers = super::list(conn, organization, &filter, MATCHES)?;
    let listed = i64::try_from(numbers.len()).unwrap_or(i64::MAX);
    if listed < MATCHES {
        let area_codes: BTreeSet<AreaCode> = numbers.iter().map(|number| number.area_code).collect();
        return Ok(Some(Found { numbers, total: Total::exactly(listed), area_codes }));
    }
    let area_codes = super::area_codes_found(conn, organization, &filter)?;
    let total = super::how_many(conn, organization, &filter)?;
    Ok(Some(Found { numbers, total, area_codes }))
}

/// The campaigns that hold these numbers, and these others.
fn tags(
    conn: &mut Conn,
    organization: OrganizationId,
    numbers: &[Number],
    others: impl IntoIterator<Item = CampaignId>,
) -> DbResult<Tags> {
    let holding = numbers.iter().filter_map(|number| number.facts.held).map(|(campaign, _)| campaign);
    let ids: BTreeSet<CampaignId> = holding.chain(others).collect();
    if ids.is_empty() {
        return Ok(Tags::new());
    }
    let ids: Vec<CampaignId> = ids.into_iter().collect();
    let found = campaigns::some(conn, organization, &ids)?;
    Ok(found
        .into_iter()
        .map(|(id, campaign)| (id, Tag { name: campaign.name, hold_until: campaign.hold_until }))
        .collect())
}

/// What this week brings.
fn week(conn: &mut Conn, by: &Allowed<SeeNumbers>) -> DbResult<Week> {
    let organization = by.organization_id();
    let until = by.times().now.date() + Days::new(AHEAD);
    let mut in_state = |state: State| {
        let filter = campaigns::Filter { state: Some(state), ..campaigns::Filter::default() };
        campaigns::list(conn, organization, &filter, CAMPAIGNS_LOOKED_AT)
    };
    let mut drafts: Vec<Campaign> = in_state(State::Draft)?;
    drafts.retain(|draft| draft.hold_until.is_some());
    drafts.sort_by_key(|draft| draft.hold_until);
    let archived = in_state(State::Archived)?;
    let candidates: Vec<Campaign> = drafts.into_iter().chain(archived).collect();
    let ids: Vec<CampaignId> = candidates.iter().map(|campaign| campaign.id).collect();
    let held = super::held_by(conn, organization, &ids)?;
    let holding = candidates.into_iter().filter_map(|campaign| {
        let (numbers, cost) = *held.get(&campaign.id)?;
        let until = campaign.hold_until.filter(|_| campaign.state == State::Draft);
        Some(Holding { id: campaign.id, name: campaign.name, until, numbers, cost })
    });
    Ok(Week { renewing: super::idle_renewing(conn, organization, until)?, until, holding: holding.collect() })
}

fn under_way(conn: &mut Conn, organization: OrganizationId) -> AppResult<Vec<Pending>> {
    let working = purchasing::working_by_area(conn, organization)?;
    Ok(working
        .into_iter()
        .map(|one| Pending {
            area_code: one.area_code,
            order: one.order_id.to_string(),
            bought: one.bought,
            asked: one.wanted,
            since: one.placed_at,
        })
        .collect())
}

/// What the rows of pending orders ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Polling {
    was: String,
    polls: u32,
}

/// The rows of what is being bought, and a sign to look again when an order began or ended.
async fn pending(by: Allowed<SeeNumbers>, query: Query<Polling>, app: App) -> PageResult {
    let (asked, organization) = (query.into_inner(), by.organization_id());
    let now = app.db.read(move |conn| under_way(conn, organization)).await?;
    let part = PendingFragment { pending: PendingRows::of(&now, &base(&by), &by.times(), asked.polls) };
    let page = Page::fragment(&part);
    Ok(if signature(&now) == asked.was { page } else { page.with_header("HX-Trigger", "inventory-changed") })
}

type AreaPath = http::Path<(String, String)>;

async fn area(by: Allowed<SeeNumbers>, path: AreaPath, query: Query<area::Raw>, app: App) -> PageResult {
    let (_, code) = path.into_inner();
    let Ok(area_code) = known(&by, &code) else { return Ok(unknown(&by, &code)) };
    let data = area_data(&by, &app, area_code, query.into_inner(), None).await?;
    let (may_buy, may_release) = (by.may::<BuyNumbers>(), by.may::<ReleaseNumbers>());
    Ok(Page::of(&AreaPage::of(by.shell(Section::PhoneNumbers), data, may_buy, may_release)))
}

fn known<P>(_: &Allowed<P>, code: &str) -> AppResult<AreaCode> {
    AreaCode::parse(code).map_err(|_| AppError::NotFound)
}

fn unknown(by: &Allowed<SeeNumbers>, code: &str) -> Page {
    let words = AreaCode::parse(code).map_or_else(|error| error.to_string(), |code| code.to_string());
    let page = UnknownAreaPage {
        shell: by.shell(Section::PhoneNumbers),
        words,
        list_href: by.url("/phone-numbers"),
    };
    Page::of(&page).status(404)
}

async fn area_data(
    by: &Allowed<SeeNumbers>,
    app: &App,
    area_code: AreaCode,
    raw: area::Raw,
    wrong: Option<Wrong>,
) -> AppResult<area::Data> {
    let who = by.clone();
    app.db
        .read(move |conn| {
            let organization = who.organization_id();
            let (asked, notices) = Asked::parse(&raw);
            let counts = super::counts(conn, organization, None)?;
            let of = |code: AreaCode| counts.iter().find(|count| count.area_code == code);
            let count = of(area_code).copied().unwrap_or_else(|| Count::none(area_code));
            let filter = asked.filter(area_code);
            let total = match asked.total_of(&count) {
                Some(total) => Total::exactly(total),
                None => super::how_many(conn, organization, &filter)?,
            };
            let numbers = super::list(conn, organization, &filter, area::ROWS + 1)?;
            let overlays = area_code.info().overlay_codes.iter().filter(|code| **code != area_code);
            Ok(area::Data {
                base: base(&who),
                times: who.times(),
                area_code,
                asked,
                notices,
                count,
                overlays: overlays.map(|code| (*code, of(*code).map_or(0, Count::total))).collect(),
                total,
                tags: tags(conn, organization, &numbers, [])?,
                numbers,
                rest_days: usual_rest(&who),
                moves: moves::choices(conn, &who, count.attached > 0)?,
                wrong,
            })
        })
        .await
}

/// How long a person lets a number rest, when they do not say otherwise.
fn usual_rest<P>(by: &Allowed<P>) -> i64 {
    match by.organization().rest_days {
        1..=LONGEST_REST => by.organization().rest_days,
        _ => 7,
    }
}

type NumberPath = http::Path<(String, NumberId)>;

async fn number(by: Allowed<SeeNumbers>, path: NumberPath, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    number_page(&by, &app, id, None).await
}

async fn number_page(by: &Allowed<SeeNumbers>, app: &App, id: NumberId, wrong: Option<Wrong>) -> PageResult {
    let (who, providers) = (by.clone(), app.providers.clone());
    let data = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let number = super::find(conn, organization, id)?;
            let events = super::events(conn, organization, id)?;
            let people: BTreeSet<_> = events.iter().filter_map(|event| event.person_id).collect();
            let people: Vec<_> = people.into_iter().collect();
            let mentioned = events.iter().filter_map(|event| event.campaign_id);
            let tags = tags(conn, organization, std::slice::from_ref(&number), mentioned)?;
            let pool = match number.facts.messaging_service {
                Some(id) => {
                    let service = messaging::find(conn, organization, id)?;
                    let id = service.remote_id.map(|id| id.as_str().to_owned()).unwrap_or_default();
                    Some(Pool { name: service.name, id })
                }
                None => None,
            };
            let provider = providers.get(&number.service);
            Ok::<_, AppError>(life::Data {
                base: base(&who),
                times: who.times(),
                provider: provider.map_or_else(|| number.service.clone(), |one| one.name().to_owned()),
                pool,
                charges: ledger::charges_of(conn, organization, id)?,
                people: access::names(conn, &people)?,
                tags,
                events,
                moves: moves::choices(conn, &who, number.facts.messaging_service.is_some())?,
                number,
                rest_days: usual_rest(&who),
                wrong,
                plan: super::planned::last_of(conn, organization, id)?,
            })
        })
        .await?;
    let shell = by.shell(Section::PhoneNumbers);
    Ok(Page::of(&NumberPage::of(shell, &data, by.may::<MarkNumbers>(), by.may::<ReleaseNumbers>())))
}

/// The form of a mark, on one number or on several.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct MarkForm {
    mark: String,
    label: String,
    days: String,
    number: Vec<String>,
}

impl MarkForm {
    fn understood(&self, usual_rest: i64, now: Moment) -> AppResult<Mark> {
        Ok(match self.mark.as_str() {
            "cordon" => Mark::Cordon,
            "uncordon" => Mark::Uncordon,
            "end_rest" => Mark::EndRest,
            "label" => Mark::Label(self.label.trim().to_owned()),
            "rest" => {
                let days = match self.days.trim() {
                    "" => usual_rest,
                    typed => typed.parse().ok().filter(|days| (1..=LONGEST_REST).contains(days)).ok_or_else(
                        || {
                            let words = format!("Enter a whole number of days from 1 to {LONGEST_REST}.");
                            AppError::Invalid(FieldErrors::one("days", words))
                        },
                    )?,
                };
                Mark::Rest(now + TimeDelta::days(days))
            }
            _ => return Err(AppError::BadRequest("Choose what to do with the number.".into())),
        })
    }
    fn wrong(&self, errors: &FieldErrors) -> Wrong {
        Wrong {
            errors: errors.iter().map(|(field, words)| (field.to_owned(), words.to_owned())).collect(),
            label: self.label.clone(),
            days: self.days.clone(),
            chosen: self.number.clone(),
        }
    }
}

async fn label(by: Allowed<MarkNumbers>, path: NumberPath, form: Form<MarkForm>, app: App) -> PageResult {
    let form = MarkForm { mark: "label".to_owned(), ..form.into_inner() };
    mark_one(by, path.into_inner().1, form, app).await
}

async fn mark(by: Allowed<MarkNumbers>, path: NumberPath, form: Form<MarkForm>, app: App) -> PageResult {
    mark_one(by, path.into_inner().1, form.into_inner(), app).await
}

async fn mark_one(by: Allowed<MarkNumbers>, id: NumberId, form: MarkForm, app: App) -> PageResult {
    let organization = by.organization_id();
    let number = app.db.read(move |conn| super::find(conn, organization, id).map_err(AppError::from)).await?;
    match apply(&by, &app, &form, vec![id]).await {
        Ok((mark, marked)) => {
            let back = Page::redirect(by.url(&format!("/phone-numbers/{id}")));
            Ok(match (marked.is_empty(), &mark) {
                (false, _) => back.with_flash("success", done(&mark, &marked)),
                (true, Mark::Label(_)) => back.with_flash("info", "The label is as it was."),
                (true, _) => {
                    let phone = number.phone_number.national();
                    back.with_flash("warning", format!("{phone} is as it was: {}.", mark.needs()))
                }
            })
        }
        Err(AppError::Invalid(errors)) => {
            let by = by.narrow::<SeeNumbers>().ok_or(AppError::NotFound)?;
            Ok(number_page(&by, &app, id, Some(form.wrong(&errors))).await?.status(422))
        }
        Err(other) => Err(other),
    }
}

async fn mark_several(
    by: Allowed<MarkNumbers>,
    path: AreaPath,
    query: Query<area::Raw>,
    form: Form<MarkForm>,
    app: App,
) -> PageResult {
    let (raw, form) = (query.into_inner(), form.into_inner());
    let area_code = known(&by, &path.into_inner().1)?;
    let ids: Vec<NumberId> = form.number.iter().filter_map(|id| NumberId::parse(id).ok()).collect();
    let applied = if ids.is_empty() {
        Err(AppError::Invalid(FieldErrors::one("", "Choose one or more numbers first.")))
    } else {
        apply(&by, &app, &form, ids.clone()).await
    };
    match applied {
        Ok((mark, marked)) => {
            let back = Page::redirect(
                Asked::parse(&raw).0.here(&by.url(&format!("/phone-numbers/area/{area_code}"))),
            );
            let left = ids.len().saturating_sub(marked.len());
            Ok(match (marked.len(), left) {
                (0, _) => back.with_flash("warning", format!("None of them was changed: {}.", mark.needs())),
                (_, 0) => back.with_flash("success", done(&mark, &marked)),
                (_, left) => {
                    let left = match left {
                        1 => "1 was left as it was".to_owned(),
                        several => format!("{several} were left as they were"),
                    };
                    let words = format!("{} {left}: {}.", done(&mark, &marked), mark.needs());
                    back.with_flash("warning", words)
                }
            })
        }
        Err(AppError::Invalid(errors)) => {
            let by = by.narrow::<SeeNumbers>().ok_or(AppError::NotFound)?;
            let data = area_data(&by, &app, area_code, raw, Some(form.wrong(&errors))).await?;
            let (may_buy, may_release) = (by.may::<BuyNumbers>(), by.may::<ReleaseNumbers>());
            let page = AreaPage::of(by.shell(Section::PhoneNumbers), data, may_buy, may_release);
            Ok(Page::of(&page).status(422))
        }
        Err(other) => Err(other),
    }
}

fn done(mark: &Mark, marked: &[Number]) -> String {
    format!("{} {}.", mark.done(), these(marked))
}

async fn apply(
    by: &Allowed<MarkNumbers>,
    app: &App,
    form: &MarkForm,
    ids: Vec<NumberId>,
) -> AppResult<(Mark, Vec<Number>)> {
    let now = app.clock.now();
    let mark = form.understood(usual_rest(by), now)?;
    let (who, doing) = (by.clone(), mark.clone());
    let marked = app.db.write(move |tx| super::marks::mark(tx, &who, &ids, &doing, now)).await?;
    Ok((mark, marked))
}
