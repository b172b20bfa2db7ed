//! The addresses of reservations.

use std::collections::BTreeMap;

use actix_web::web as http;
use serde::Deserialize;

use super::model::{self, ReleaseAsk, Status};
use super::pages::{AnswerPage, AskPage, AskRow, HolderRow, ListPage};
use super::{OPEN, notes, store, what};
use crate::access::{self, Allowed, ManageCampaigns, Section};
use crate::allocation;
use crate::campaigns::{self, Campaign, State};
use crate::db::Conn;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::AreaCode;
use crate::kernel::ids::{AskId, CampaignId, PersonId};
use crate::numbers::{self, Hold};
use crate::state::App;
use crate::web::format::plural;
use crate::web::{Form, Page, PageResult, Query};

type By = Allowed<ManageCampaigns>;

/// Drafts that one may ask for.
const DRAFTS: i64 = 200;

/// The routes of this feature.
pub fn routes(config: &mut http::ServiceConfig) {
    config
        .route("/o/{organization}/reservations", http::get().to(list))
        .route("/o/{organization}/reservations/ask", http::get().to(form))
        .route("/o/{organization}/reservations/ask", http::post().to(ask))
        .route("/o/{organization}/reservations/asks/{id}", http::get().to(show))
        .route("/o/{organization}/reservations/asks/{id}/give", http::post().to(give))
        .route("/o/{organization}/reservations/asks/{id}/keep", http::post().to(keep))
        .route("/o/{organization}/reservations/asks/{id}/withdraw", http::post().to(withdraw))
        .route("/o/{organization}/reservations/{campaign}/extend", http::post().to(extend));
}

#[derive(Deserialize)]
struct Nothing {}

type Held = BTreeMap<CampaignId, Vec<(AreaCode, i64)>>;

/// What each campaign has reserved.
fn held(conn: &mut Conn, by: &By) -> AppResult<Held> {
    let organization = by.organization_id();
    let codes: Vec<AreaCode> = numbers::counts(conn, organization, None)?
        .iter()
        .filter(|count| count.reserved > 0)
        .map(|count| count.area_code)
        .collect();
    let mut held = Held::new();
    for (code, campaign, hold, count) in numbers::holders(conn, organization, &codes)? {
        if hold == Hold::Reserved {
            held.entry(campaign).or_default().push((code, count));
        }
    }
    Ok(held)
}

async fn list(by: By, app: App) -> PageResult {
    let who = by.clone();
    let (rows, asks) = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let mut held = held(conn, &who)?;
            let ids: Vec<CampaignId> = held.keys().copied().collect();
            let mut drafts: Vec<Campaign> = campaigns::of_ids(conn, organization, &ids)?;
            drafts.sort_by_key(|draft| (draft.hold_until.is_none(), draft.hold_until, draft.id));
            let asks = store::open(conn, organization, None, OPEN)?;
            let between: Vec<CampaignId> = asks.iter().flat_map(|ask| [ask.from, ask.to]).collect();
            let names = campaigns::names(conn, organization, &between)?;
            let reservers = numbers::reserving::people(conn, organization, &ids)?;
            let people: Vec<PersonId> = asks
                .iter()
                .map(|ask| ask.asked_by)
                .chain(drafts.iter().map(|draft| draft.created_by))
                .chain(reservers.values().flatten().map(|(person, _)| *person))
                .collect();
            let people = access::names(conn, &people)?;
            let person = |id: PersonId| people.get(&id).cloned().unwrap_or_default();
            let name = |id: CampaignId| names.get(&id).cloned().unwrap_or_default();
            let soon = who.times().now + notes::SOON;
            let rows: Vec<HolderRow> = drafts
                .into_iter()
                .map(|draft| {
                    let codes = held.remove(&draft.id).unwrap_or_default();
                    HolderRow {
                        href: who.url(&format!("/campaigns/{}", draft.id)),
                        extend: who.url(&format!("/reservations/{}/extend", draft.id)),
                        ask: who.url(&format!("/reservations/ask?from={}", draft.id)),
                        by: match reservers.get(&draft.id) {
                            Some(who) => by_whom(who, person),
                            None => format!("made by {}", person(draft.created_by)),
                        },
                        running: draft.state != State::Draft,
                        total: codes.iter().map(|(_, count)| count).sum(),
                        codes: codes
                            .into_iter()
                            .map(|(code, count)| (code, code.info().place_and_region(), count))
                            .collect(),
                        soon: draft.hold_until.is_some_and(|until| until <= soon),
                        until: draft.hold_until,
                        name: draft.name,
                    }
                })
                .collect();
            let asks: Vec<AskRow> = asks
                .into_iter()
                .map(|ask| AskRow {
                    words: format!("{} asks {} for {}", name(ask.to), name(ask.from), what(&ask)),
                    asked_by: person(ask.asked_by),
                    href: who.url(&format!("/reservations/asks/{}", ask.id)),
                    note: ask.note,
                    asked_at: ask.asked_at,
                })
                .collect();
            AppResult::Ok((rows, asks))
        })
        .await?;
    Ok(Page::of(&ListPage {
        shell: by.shell(Section::Campaigns),
        campaigns: by.url("/campaigns"),
        archived: by.url("/archived"),
        total: rows.iter().map(|row| row.total).sum(),
        rows,
        asks,
    }))
}

/// `reserved by Adam Admin`; of several people, with how many each of them reserved.
fn by_whom(people: &[(PersonId, i64)], name: impl Fn(PersonId) -> String) -> String {
    let words: Vec<String> = match people {
        [(one, _)] => vec![name(*one)],
        several => several.iter().map(|(person, count)| format!("{} ({count})", name(*person))).collect(),
    };
    format!("reserved by {}", words.join(", "))
}

#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    id: Option<AskId>,
    #[serde(default)]
    from: Option<CampaignId>,
    #[serde(default)]
    area_code: String,
    #[serde(default)]
    numbers: String,
    #[serde(default)]
    campaign: String,
    #[serde(default)]
    note: String,
}

async fn form(by: By, query: Query<Asked>, app: App) -> PageResult {
    draw(&by, &app, query.into_inner(), FieldErrors::new()).await
}

async fn draw(by: &By, app: &App, asked: Asked, errors: FieldErrors) -> PageResult {
    let Some(from) = asked.from else { return Ok(Page::redirect(by.url("/reservations"))) };
    let who = by.clone();
    let (holder, holds, drafts) = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let holder = campaigns::find(conn, organization, from)?;
            if holder.is_deleted() {
                return Err(AppError::NotFound);
            }
            let holds = numbers::held_by_area(conn, organization, from)?;
            let filter = campaigns::Filter { state: Some(State::Draft), ..campaigns::Filter::default() };
            Ok((holder, holds, campaigns::list(conn, organization, &filter, DRAFTS)?))
        })
        .await?;
    if let Some(why) = allocation::is_no_draft(&holder).or(holds.is_empty().then_some("holds no numbers")) {
        let words = format!("{} {why}, so there is nothing to ask for.", holder.name);
        return Ok(Page::redirect(by.url("/reservations")).with_flash("info", words));
    }
    let status = if errors.is_empty() { 200 } else { 422 };
    let codes = holds.iter().map(|(code, count)| {
        let words = format!("{code} {}: {count} reserved", code.info().place_and_region());
        (code.to_string(), words, asked.area_code == code.as_str())
    });
    let others = drafts.into_iter().filter(|draft| draft.id != from).map(|draft| {
        let chosen = asked.campaign == draft.id.as_str();
        (draft.id.to_string(), draft.name, chosen)
    });
    let page = AskPage {
        shell: by.shell(Section::Campaigns),
        list: by.url("/reservations"),
        action: by.url("/reservations/ask"),
        id: asked.id.unwrap_or_else(AskId::new),
        from: (holder.id.to_string(), holder.name),
        until: holder.hold_until,
        codes: codes.collect(),
        drafts: others.collect(),
        numbers: asked.numbers,
        note: asked.note,
        errors,
    };
    Ok(Page::of(&page).status(status))
}

async fn ask(by: By, form: Form<Asked>, app: App) -> PageResult {
    let asked = form.into_inner();
    let (Some(id), Some(from)) = (asked.id, asked.from) else {
        return Err(AppError::BadRequest("This is not a form of ours.".into()));
    };
    let mut errors = FieldErrors::new();
    let code = AreaCode::parse(asked.area_code.trim())
        .map_err(|_| errors.add("area_code", "Choose an area code of the list."))
        .ok();
    let to = CampaignId::parse(&asked.campaign)
        .map_err(|_| errors.add("campaign", "Choose a campaign of the list."))
        .ok();
    let who = by.clone();
    let holds = app.db.read(move |conn| numbers::held_by_area(conn, who.organization_id(), from)).await?;
    let most = code.and_then(|code| holds.get(&code).copied()).unwrap_or(0);
    let count = model::count(&asked.numbers, most).map_err(|words| errors.add("numbers", words)).ok();
    let note = model::words(&asked.note, false).map_err(|words| errors.add("note", words)).ok();
    let (Some(code), Some(to), Some(count), Some(note)) = (code, to, count, note) else {
        return draw(&by, &app, asked, errors).await;
    };
    let (who, now) = (by.clone(), app.clock.now());
    let done = app.db.write(move |tx| super::ask(tx, &who, id, (from, to), (code, count), &note, now)).await;
    match done {
        Ok(_) => Ok(Page::redirect(by.url("/reservations"))
            .with_flash("success", "Asked. It stands on the page of the campaign that holds them.")),
        Err(AppError::Invalid(errors)) => draw(&by, &app, asked, errors).await,
        Err(AppError::Conflict(words)) => draw(&by, &app, asked, FieldErrors::one("", words)).await,
        Err(other) => Err(other),
    }
}

async fn show(by: By, path: http::Path<(String, AskId)>, app: App) -> PageResult {
    answer_page(&by, &app, path.into_inner().1, String::new(), FieldErrors::new()).await
}

async fn answer_page(by: &By, app: &App, id: AskId, answer: String, errors: FieldErrors) -> PageResult {
    let who = by.clone();
    let (ask, campaigns, people, holds) = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let ask = store::find(conn, organization, id)?.ok_or(AppError::NotFound)?;
            let campaigns = campaigns::some(conn, organization, &[ask.from, ask.to])?;
            let people: Vec<PersonId> = [Some(ask.asked_by), ask.decided_by].into_iter().flatten().collect();
            let people = access::names(conn, &people)?;
            let holds = numbers::held_by_area(conn, organization, ask.from)?;
            AppResult::Ok((ask, campaigns, people, holds))
        })
        .await?;
    if !errors.is_empty() && ask.status != Status::Open {
        let words = "It was answered or taken back meanwhile.".to_owned();
        return back(by, id, Err(AppError::Conflict(words)));
    }
    let status = if errors.is_empty() { 200 } else { 422 };
    let link = |id: CampaignId| {
        let name = campaigns.get(&id).map(|campaign| campaign.name.clone()).unwrap_or_default();
        (name, by.url(&format!("/campaigns/{id}")))
    };
    let (from, to) = (link(ask.from), link(ask.to));
    let decider = ask.decided_by.and_then(|id| people.get(&id).cloned()).unwrap_or_default();
    let holds = holds.get(&ask.area_code).copied().unwrap_or(0);
    let page = AnswerPage {
        shell: by.shell(Section::Campaigns),
        list: by.url("/reservations"),
        url: by.url(&format!("/reservations/asks/{id}")),
        title: format!("{} for {}", what(&ask), to.0),
        gives: gives(&ask, holds, &from.0, &to.0),
        outcome: match ask.status {
            Status::Open => String::new(),
            Status::Given => format!("{decider} gave {} of {} to {}", what(&ask), from.0, to.0),
            Status::Kept => {
                format!("{decider} keeps them: “{}”", ask.answer.as_deref().unwrap_or_default())
            }
            Status::Withdrawn => format!("{decider} asks no more for them"),
        },
        from,
        to,
        note: ask.note,
        asked_by: people.get(&ask.asked_by).cloned().unwrap_or_default(),
        asked_at: ask.asked_at,
        open: ask.status == Status::Open,
        decided_at: ask.decided_at,
        answer,
        errors,
    };
    Ok(Page::of(&page).status(status))
}

/// What giving would do.
fn gives(ask: &ReleaseAsk, holds: i64, from: &str, to: &str) -> String {
    let count = ask.numbers.min(holds);
    let numbers = plural(count.unsigned_abs(), "number", "numbers");
    format!(
        "{numbers} of {} leave {from}, which holds {holds} there, and are reserved for {to} at once.",
        ask.area_code
    )
}

fn back(by: &By, id: AskId, done: AppResult<String>) -> PageResult {
    let page = Page::redirect(by.url(&format!("/reservations/asks/{id}")));
    match done {
        Ok(words) => Ok(page.with_flash("success", words)),
        Err(AppError::Conflict(words)) => Ok(page.with_flash("warning", words)),
        Err(other) => Err(other),
    }
}

async fn give(by: By, path: http::Path<(String, AskId)>, _: Form<Nothing>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let (who, now) = (by.clone(), app.clock.now());
    let done = app.db.write(move |tx| super::give(tx, &who, id, now)).await;
    let words = |count: i64| format!("{} given.", plural(count.unsigned_abs(), "number was", "numbers were"));
    back(&by, id, done.map(words))
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    answer: String,
}

async fn keep(by: By, path: http::Path<(String, AskId)>, form: Form<Answer>, app: App) -> PageResult {
    let (id, answer) = (path.into_inner().1, form.into_inner().answer);
    let words = match model::words(&answer, true) {
        Ok(words) => words,
        Err(error) => {
            return answer_page(&by, &app, id, answer, FieldErrors::one("answer", error)).await;
        }
    };
    let (who, now) = (by.clone(), app.clock.now());
    let done = app.db.write(move |tx| super::keep(tx, &who, id, &words, now)).await;
    back(&by, id, done.map(|()| "They are kept. Who asked sees your words.".to_owned()))
}

async fn withdraw(by: By, path: http::Path<(String, AskId)>, _: Form<Nothing>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let (who, now) = (by.clone(), app.clock.now());
    let done = app.db.write(move |tx| super::withdraw(tx, &who, id, now)).await;
    back(&by, id, done.map(|()| "Nothing is asked for any more.".to_owned()))
}

async fn extend(by: By, path: http::Path<(String, CampaignId)>, _: Form<Nothing>, app: App) -> PageResult {
    let id = path.into_inner().1;
    let (who, now) = (by.clone(), app.clock.now());
    let until = app.db.write(move |tx| allocation::extend(tx, &who, id, now)).await?;
    let words = format!("Reserved until {} now.", by.times().clock(until));
    Ok(Page::redirect(by.url("/reservations")).with_flash("success", words))
}
