//! The addresses of the area-codes section.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web as http;
use serde::Deserialize;

use super::pages::{AreaCodesPage, Said};
use super::panel::{self, Holder, Panel};
use super::sent::Sent;
use super::situation::Situation;
use super::view::{Draw, View};
use super::{ByCode, Mode, Outlook, Saved, field};
use crate::access::{self, Allowed, ManageCampaigns, Section as Rail};
use crate::campaigns::{self, Head, Section};
use crate::error::{AppError, AppResult};
use crate::kernel::AreaCode;
use crate::kernel::ids::CampaignId;
use crate::numbers;
use crate::state::App;
use crate::web::format::plural;
use crate::web::{Form, Htmx, Page, PageResult, Query};

/// The routes of this feature.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/campaigns/{id}/area-codes", http::get().to(show))
        .route("/o/{organization}/campaigns/{id}/area-codes", http::post().to(change))
        .route("/o/{organization}/campaigns/{id}/area-codes/prediction", http::post().to(predict))
        .route("/o/{organization}/campaigns/{id}/area-codes/extend", http::post().to(extend))
        .configure(super::rules::routes);
}

pub(super) type By = Allowed<ManageCampaigns>;
pub(super) type Path = http::Path<(String, CampaignId)>;

/// The id of the part that htmx swaps.
const PANEL: &str = "panel";
/// The id of the part that a prediction replaces.
const OUTCOME: &str = "outcome";

#[derive(Deserialize)]
struct Nothing {}

async fn read(by: &By, id: CampaignId, app: &App, view: &View) -> AppResult<Panel> {
    let (who, typed, alone) = (by.clone(), view.counts(), view.draw == Draw::PredictionAlone);
    let mut panel = app
        .db
        .read(move |conn| {
            let organization = who.organization();
            let campaign = campaigns::find(conn, organization.id, id)?;
            if campaign.is_deleted() {
                return Err(AppError::NotFound);
            }
            let situation = Situation::read(conn, organization, &campaign)?;
            let rows = numbers::holders(conn, organization.id, &panel::contested(&situation))?;
            let others = campaigns::of_ids(conn, organization.id, &panel::other_holders(&rows, id))?;
            let predicted = situation.clone().holding(&typed);
            let named = rows.into_iter().filter_map(|(code, holder, hold, count)| {
                let campaign = others.iter().find(|campaign| campaign.id == holder)?.clone();
                Some(Holder { code, campaign, hold, count })
            });
            Ok(Panel {
                holders: named.collect(),
                owners: access::owner_names(conn, organization.id)?,
                price: situation.average_price(),
                outlook: match alone {
                    true => Outlook::as_it_stands(&predicted),
                    false => Outlook::of(&predicted),
                },
                predicted,
                head: Head::of(&who, campaign, situation.total(), Section::AreaCodes),
                situation,
            })
        })
        .await?;
    if panel.outlook.shortage.total() > 0 {
        panel.price = super::price_now(by, app).await.or(panel.price);
    }
    Ok(panel)
}

/// The section, or the part of it that was asked for.
pub(super) async fn draw(by: &By, id: CampaignId, app: &App, htmx: &Htmx, view: View) -> PageResult {
    let panel = read(by, id, app, &view).await?;
    if panel.head.campaign.state != campaigns::State::Draft {
        return Ok(Page::redirect(panel.head.url));
    }
    let rules_wrong = view.rules.as_ref().is_some_and(|(_, errors)| !errors.is_empty());
    let status = if view.errors.is_empty() && !rules_wrong { 200 } else { 422 };
    let rules = panel.rules_card(&view);
    let (head, panel) = panel.view(by, view);
    let page = if htmx.targets(PANEL) || panel.alone {
        Page::fragment(&panel)
    } else {
        let (who, campaign) = (by.clone(), head.campaign.clone());
        let held = head.held;
        let (card, notes) = app
            .db
            .read(move |conn| {
                let notes = crate::reservations::Notes::load(conn, &who, &campaign, held, true)?;
                AppResult::Ok((crate::requests::Card::load(conn, &who, &campaign)?, notes))
            })
            .await?;
        Page::of(&AreaCodesPage { shell: by.shell(Rail::Campaigns), head, panel, rules, card, notes })
    };
    Ok(page.status(status))
}

async fn show(by: By, path: Path, query: Query<Vec<(String, String)>>, htmx: Htmx, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let sent = Sent::of(query.into_inner(), false);
    let view = View {
        search: sent.search.clone(),
        add: sent.add.clone(),
        typed: sent.typed.clone(),
        ..View::default()
    };
    let url = format!("{}{}", by.url(&format!("/campaigns/{id}/area-codes")), sent.query());
    let page = draw(&by, id, &app, &htmx, view).await?;
    // What was typed and not saved comes along with a search, but does not belong into the address.
    Ok(if htmx.targets(PANEL) { page.with_header("HX-Replace-Url", url) } else { page })
}

/// What the typed counts would come to; nothing is saved.
async fn predict(by: By, path: Path, form: Form<Vec<(String, String)>>, htmx: Htmx, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let sent = Sent::of(form.into_inner(), true);
    let view = View {
        search: sent.search,
        add: sent.add,
        typed: sent.typed,
        draw: if htmx.targets(OUTCOME) { Draw::PredictionAlone } else { Draw::Predicted },
        ..View::default()
    };
    draw(&by, id, &app, &htmx, view).await
}

async fn change(by: By, path: Path, form: Form<Vec<(String, String)>>, htmx: Htmx, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let sent = Sent::of(form.into_inner(), true);
    let view = View { search: sent.search.clone(), add: sent.add.clone(), ..View::default() };
    let (who, now) = (by.clone(), app.clock.now());
    let result = match sent.action.as_str() {
        "plan" => {
            let planned = app.db.write(move |tx| super::reserve_for_me(tx, &who, id, now)).await;
            planned.map(|(plan, saved)| Done { words: planned_words(&plan, &saved), kind: "success" })
        }
        "again" => {
            let again = app.db.write(move |tx| super::reserve_again(tx, &who, id, now)).await;
            again.map(|(plan, saved)| again_words(plan.as_ref(), &saved))
        }
        "reset" => app.db.write(move |tx| super::reset(tx, &who, id, now)).await.map(|saved| Done {
            words: match saved.let_go {
                0 => "It held no numbers.".to_owned(),
                gone => format!("{} are free again.", numbers_words(gone)),
            },
            kind: "success",
        }),
        "predict" => {
            let errors = sent.changes().err().unwrap_or_default();
            let view = View { typed: sent.typed, errors, draw: Draw::Predicted, ..view };
            return draw(&by, id, &app, &htmx, view).await;
        }
        action => {
            let mode = if action == "take" { Mode::TakeWhatThereIs } else { Mode::AllOrNothing };
            let changes = match sent.changes() {
                Ok(changes) => changes,
                Err(errors) => {
                    let view = View { typed: sent.typed, errors, ..view };
                    return draw(&by, id, &app, &htmx, view).await;
                }
            };
            let wanted = changes.clone();
            match app.db.write(move |tx| super::save(tx, &who, id, &wanted, mode, now)).await {
                Ok(saved) if !saved.written => {
                    let typed = typed_again(&sent.typed, &changes);
                    return draw(&by, id, &app, &htmx, not_written(view, typed, &saved)).await;
                }
                Ok(saved) => Ok(saved_words(&saved)),
                Err(AppError::Invalid(errors)) => {
                    let errors = errors.iter().map(|(field, words)| (field.to_owned(), words.to_owned()));
                    let view =
                        View { errors: errors.collect(), typed: typed_again(&sent.typed, &changes), ..view };
                    return draw(&by, id, &app, &htmx, view).await;
                }
                Err(other) => Err(other),
            }
        }
    };
    let done = result?;
    if htmx.targets(PANEL) {
        let view = View { said: Some(Said { kind: done.kind, text: done.words }), ..view };
        return draw(&by, id, &app, &htmx, view).await;
    }
    let url = format!("{}{}", by.url(&format!("/campaigns/{id}/area-codes")), sent.query());
    Ok(Page::redirect(url).with_flash(done.kind, done.words))
}

struct Done {
    words: String,
    kind: &'static str,
}

fn numbers_words(count: i64) -> String {
    plural(count.unsigned_abs(), "number", "numbers")
}

fn place(code: AreaCode) -> String {
    format!("{code} {}", code.info().place_and_region())
}

/// What was typed, with what a + or − made of it.
fn typed_again(typed: &BTreeMap<AreaCode, String>, changes: &ByCode) -> BTreeMap<AreaCode, String> {
    let changed = changes.iter().map(|(&code, count)| (code, count.to_string()));
    typed.clone().into_iter().chain(changed).collect()
}

fn not_written(view: View, typed: BTreeMap<AreaCode, String>, saved: &Saved) -> View {
    let errors = saved.short().map(|code| {
        let words = match code.most {
            0 => format!("{}: there are none; you asked for {}.", place(code.code), code.asked),
            most => format!(
                "{}: you asked for {} and there are {most}, so {} short.",
                place(code.code),
                code.asked,
                is_short(code.short())
            ),
        };
        (field(code.code), words)
    });
    let missing: i64 = saved.short().map(super::SavedCode::short).sum();
    let said = format!(
        "Nothing was changed: {} short. Lower the counts, or take what there is.",
        match missing {
            1 => "1 number is".to_owned(),
            more => format!("{} are", numbers_words(more)),
        }
    );
    View {
        typed,
        errors: errors.collect(),
        said: Some(Said { kind: "warning", text: said }),
        offer_take: true,
        ..view
    }
}

fn is_short(count: i64) -> String {
    if count == 1 { "1 is".to_owned() } else { format!("{count} are") }
}

fn saved_words(saved: &Saved) -> Done {
    let total = numbers_words(saved.total);
    let held = if saved.total == 1 { "is" } else { "are" };
    if saved.is_short() {
        let short: Vec<String> = saved
            .short()
            .map(|code| format!("{}: {} of the {} you asked for", place(code.code), code.holds, code.asked))
            .collect();
        let words = format!("Took what there is: {total} {held} reserved. {}.", short.join("; "));
        return Done { words, kind: "warning" };
    }
    let words = match saved.codes.is_empty() {
        true => format!("Nothing to change: {total} {held} reserved."),
        false => format!("Saved: {total} {held} reserved."),
    };
    Done { words, kind: "success" }
}

fn again_words(plan: Option<&super::Plan>, saved: &Saved) -> Done {
    match plan {
        Some(plan) => {
            let words = planned_words(plan, saved);
            Done {
                words: format!(
                    "Not all of what lapsed is to be had any more, so it was planned anew. {words}"
                ),
                kind: "warning",
            }
        }
        None if saved.is_short() => saved_words(saved),
        None => Done {
            words: format!("Reserved again what lapsed: {}.", numbers_words(saved.taken)),
            kind: "success",
        },
    }
}

fn planned_words(plan: &super::Plan, saved: &Saved) -> String {
    let (total, wanted) = (saved.total, plan.wanted);
    let codes: BTreeSet<AreaCode> = plan.numbers.keys().copied().collect();
    let places = plural(codes.len() as u64, "area code", "area codes");
    if total >= wanted {
        return format!("Reserved {} in {places}: all it wants.", numbers_words(total));
    }
    format!(
        "Reserved {} in {places}, of {} it wants. Why the others are left out stands under each area code.",
        numbers_words(total),
        crate::web::format::number(wanted)
    )
}

async fn extend(by: By, path: Path, _: Form<Nothing>, app: App) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, now) = (by.clone(), app.clock.now());
    let until = app.db.write(move |tx| super::extend(tx, &who, id, now)).await?;
    let words = format!("Reserved until {} now.", by.times().clock(until));
    Ok(Page::redirect(by.url(&format!("/campaigns/{id}/area-codes"))).with_flash("success", words))
}
