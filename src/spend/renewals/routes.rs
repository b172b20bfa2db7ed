//! `/spend/renewals`: everybody sees the figures; who may see numbers sees which; an OWNER plans releases.

use std::collections::BTreeSet;

use actix_web::web as http;
use chrono::NaiveDate;
use serde::Deserialize;

use super::List;
use super::pages::{Listed, RenewalsPage};
use crate::access::{Allowed, ReleaseNumbers, Section, SeeNumbers, SeeSpend};
use crate::db::Conn;
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::kernel::E164;
use crate::kernel::ids::{NumberId, OrganizationId, PlanId};
use crate::numbers::planned;
use crate::numbers::release::Pools;
use crate::state::App;
use crate::web::format::plural;
use crate::web::{Form, Page, PageResult, Query};
use crate::{messaging, numbers};

/// Rows on one page of numbers.
const ROWS: usize = 50;
/// How many planned releases are listed.
const PLANS: i64 = 200;

/// The routes of this room.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/spend/renewals", http::get().to(show))
        .route("/o/{organization}/spend/renewals/release", http::post().to(plan))
        .route("/o/{organization}/spend/renewals/take-back", http::post().to(take_back));
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    day: Option<String>,
    list: Option<String>,
    after: Option<String>,
}

impl Wanted {
    fn list(&self) -> AppResult<List> {
        match (self.day.as_deref(), self.list.as_deref()) {
            (Some(day), None) => day.parse().map(List::On).map_err(|_| AppError::NotFound),
            (None, Some("long")) => Ok(List::Long),
            (None, None) => Ok(List::Week),
            _ => Err(AppError::NotFound),
        }
    }
    fn after(&self) -> AppResult<Option<(NaiveDate, E164)>> {
        let Some(text) = &self.after else { return Ok(None) };
        let read = |(day, phone): (&str, &str)| Some((day.parse().ok()?, E164::parse(phone).ok()?));
        text.split_once('~').and_then(read).map(Some).ok_or(AppError::NotFound)
    }
}

async fn show(by: Allowed<SeeSpend>, wanted: Query<Wanted>, app: App) -> PageResult {
    let wanted = wanted.into_inner();
    let (list, after) = (wanted.list()?, wanted.after()?);
    let (reader, now) = (by.clone(), app.clock.now());
    let sees = by.may::<SeeNumbers>();
    let (days, long, total, listed) = app
        .db
        .read(move |conn| {
            let organization = reader.organization_id();
            let days = super::days(conn, &reader, now.date())?;
            let long = super::long_idle(conn, &reader, now)?;
            let total = planned::total(conn, organization)?;
            let listed = match sees {
                false => None,
                true => {
                    let limit = i64::try_from(ROWS).unwrap_or(i64::MAX - 1) + 1;
                    let mut rows = super::idle(conn, &reader, list, after, now, limit)?;
                    let more = rows.len() > ROWS;
                    rows.truncate(ROWS);
                    let ids: Vec<NumberId> = rows.iter().map(|row| row.id).collect();
                    let mine = planned::open_of(conn, organization, &ids)?;
                    Some(Listed {
                        more,
                        planned: mine.into_iter().map(|plan| (plan.number_id, plan.release_on)).collect(),
                        rows,
                        plans: planned::open(conn, organization, PLANS)?,
                        skipped: planned::skipped_since(
                            conn,
                            organization,
                            now.date() - chrono::Days::new(14),
                        )?,
                    })
                }
            };
            AppResult::Ok((days, long, total, listed))
        })
        .await?;
    let shell = by.shell(Section::Spend);
    Ok(Page::of(&RenewalsPage::new(&by, shell, list, after.is_some(), (&days, long, total), listed)))
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    number: Vec<NumberId>,
}

async fn plan(by: Allowed<ReleaseNumbers>, form: Form<Chosen>, app: App) -> PageResult {
    let (who, ids, now) = (by.clone(), form.into_inner().number, app.clock.now());
    let back = by.url(planned::ADDRESS);
    if ids.is_empty() {
        return Ok(Page::redirect(back).with_flash("warning", "Tick the numbers to release first."));
    }
    let outcome = app
        .db
        .write(move |tx| {
            let pools = pools(tx, who.organization_id(), &ids)?;
            planned::plan(tx, &who, &ids, &pools, now)
        })
        .await?;
    let planned = plural(u64::try_from(outcome.planned).unwrap_or(u64::MAX), "number", "numbers");
    let refused: Vec<String> =
        outcome.refused.iter().map(|(phone, why)| format!("{} {why}", phone.national())).collect();
    let page = Page::redirect(back);
    Ok(match (outcome.planned, refused.as_slice()) {
        (0, []) => page.with_flash("info", "They are planned already."),
        (0, refused) => page.with_flash("warning", format!("Nothing is planned: {}.", refused.join("; "))),
        (_, []) => page.with_flash(
            "success",
            format!(
                "{planned} will be released the day before they renew. You can take that back until then."
            ),
        ),
        (_, refused) => page.with_flash(
            "warning",
            format!(
                "{planned} will be released the day before they renew. Not planned: {}.",
                refused.join("; ")
            ),
        ),
    })
}

/// What the carrier calls the messaging services that these numbers are in.
fn pools(conn: &mut Conn, organization: OrganizationId, ids: &[NumberId]) -> AppResult<Pools> {
    let numbers = numbers::of_ids(conn, organization, ids)?;
    let services: BTreeSet<_> = numbers.iter().filter_map(|number| number.facts.messaging_service).collect();
    let mut pools = Pools::new();
    for service in services {
        if let Some(remote) = messaging::find(conn, organization, service)?.remote_id {
            pools.insert(service, remote);
        }
    }
    Ok(pools)
}

#[derive(Deserialize)]
struct Plans {
    #[serde(default)]
    plan: Vec<PlanId>,
}

async fn take_back(by: Allowed<ReleaseNumbers>, form: Form<Plans>, app: App) -> PageResult {
    let (who, ids, now) = (by.clone(), form.into_inner().plan, app.clock.now());
    let taken = app.db.write(move |tx| planned::take_back(tx, &who, &ids, now)).await?;
    jobs::wake(&app);
    let page = Page::redirect(by.url(planned::ADDRESS));
    Ok(match taken {
        0 => page.with_flash("warning", "Nothing was taken back: it was done already, or was never planned."),
        count => {
            let numbers = plural(u64::try_from(count).unwrap_or(u64::MAX), "number stays", "numbers stay");
            page.with_flash("success", format!("{numbers}, and will renew."))
        }
    })
}
