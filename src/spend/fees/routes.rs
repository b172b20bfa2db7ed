//! `/spend/fees`: everybody who sees spend sees them; an OWNER enters and voids them.

use std::collections::BTreeSet;

use actix_web::web as http;
use serde::Deserialize;

use super::pages::{FeesPage, Typed, csv};
use crate::access::{self, Allowed, ManageOrganization, Section, SeeSpend};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::jobs;
use crate::kernel::ids::FeeId;
use crate::ledger::fees::{self, NewFee};
use crate::purchasing::budget;
use crate::spend::Month;
use crate::state::App;
use crate::web::{Form, Page, PageResult};

/// So many months back, and a year ahead, are listed.
const MONTHS: u32 = 24;

/// The routes of this room.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/spend/fees", http::get().to(show))
        .route("/o/{organization}/spend/fees", http::post().to(enter))
        .route("/o/{organization}/spend/fees.csv", http::get().to(download))
        .route("/o/{organization}/spend/fees/{id}/void", http::post().to(void));
}

async fn page(by: &Allowed<SeeSpend>, app: &App, typed: Typed, errors: &FieldErrors) -> AppResult<FeesPage> {
    let (reader, today) = (by.clone(), app.clock.today());
    let month = Month::of(today);
    let (fees, names) = app
        .db
        .read(move |conn| {
            let (from, until) = (month.back(MONTHS).first(), month.end() + chrono::Days::new(400));
            let fees = fees::list(conn, reader.organization_id(), from, until)?;
            let people: BTreeSet<_> = fees
                .iter()
                .flat_map(|fee| [Some(fee.entered_by), fee.voided.as_ref().map(|voided| voided.by)])
                .flatten()
                .collect();
            AppResult::Ok((fees, access::names(conn, &Vec::from_iter(people))?))
        })
        .await?;
    Ok(FeesPage::new(by, by.shell(Section::Spend), month, &fees, &names, typed, errors))
}

async fn show(by: Allowed<SeeSpend>, app: App) -> PageResult {
    let typed = Typed::new(app.clock.today());
    Ok(Page::of(&page(&by, &app, typed, &FieldErrors::new()).await?))
}

async fn enter(by: Allowed<ManageOrganization>, form: Form<Typed>, app: App) -> PageResult {
    let typed = form.into_inner();
    let id = FeeId::parse(&typed.id)
        .map_err(|_| AppError::BadRequest("This is not a form of this page. Open it again.".into()))?;
    let today = app.clock.today();
    let new = match NewFee::parse(&typed.day, &typed.kind, &typed.amount, &typed.note, today) {
        Ok(new) => new,
        Err(errors) => {
            let reader = by.narrow::<SeeSpend>().ok_or(AppError::NotFound)?;
            return Ok(Page::of(&page(&reader, &app, typed, &errors).await?).status(422));
        }
    };
    let (who, now) = (by.clone(), app.clock.now());
    let words = format!("Entered: {} for {}.", new.amount(), new.kind().words());
    app.db
        .write(move |tx| {
            fees::enter(tx, &who, id, &new, now)?;
            AppResult::Ok(budget::watch(tx, who.organization_id(), now)?)
        })
        .await?;
    jobs::wake(&app);
    Ok(Page::redirect(by.url(fees::ADDRESS)).with_flash("success", words))
}

#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    note: String,
}

async fn void(
    by: Allowed<ManageOrganization>,
    path: http::Path<(String, FeeId)>,
    form: Form<Why>,
    app: App,
) -> PageResult {
    let (_, id) = path.into_inner();
    let (who, why, now) = (by.clone(), form.into_inner().note, app.clock.now());
    match app.db.write(move |tx| fees::void(tx, &who, id, &why, now)).await {
        Ok(()) => {
            let words = "Voided: it counts no more.";
            Ok(Page::redirect(by.url(fees::ADDRESS)).with_flash("success", words))
        }
        Err(AppError::Invalid(errors)) => {
            let reader = by.narrow::<SeeSpend>().ok_or(AppError::NotFound)?;
            let words = errors.of("note").to_owned();
            let errors = FieldErrors::one(&format!("void-{id}"), words);
            let typed = Typed::new(app.clock.today());
            Ok(Page::of(&page(&reader, &app, typed, &errors).await?).status(422))
        }
        Err(other) => Err(other),
    }
}

async fn download(by: Allowed<SeeSpend>, app: App) -> PageResult {
    let (reader, today) = (by.clone(), app.clock.today());
    let fees = app
        .db
        .read(move |conn| {
            let from = chrono::NaiveDate::from_ymd_opt(2010, 1, 1).unwrap_or(today);
            fees::list(conn, reader.organization_id(), from, today + chrono::Days::new(400))
        })
        .await?;
    Ok(Page::csv(&format!("fees-{}.csv", by.organization().slug), csv(&fees)?))
}
