//! `/spend/budget`: how the month stands against its budget, and one's own letters about money.

use actix_web::web as http;
use serde::Deserialize;

use super::pages::BudgetPage;
use crate::access::{Allowed, Section, SeeSpend};
use crate::error::AppResult;
use crate::organizations::letters;
use crate::state::App;
use crate::web::{Form, Page, PageResult};

/// The routes of this room.
pub(in crate::purchasing) fn routes(config: &mut http::ServiceConfig) {
    config
        .route("/o/{organization}/spend/budget", http::get().to(show))
        .route("/o/{organization}/spend/letters", http::post().to(letters_of_mine));
}

async fn show(by: Allowed<SeeSpend>, app: App) -> PageResult {
    let (reader, now) = (by.clone(), app.clock.now());
    let (budget, letters) = app
        .db
        .read(move |conn| {
            AppResult::Ok((super::read(conn, reader.organization(), now)?, letters::wanted(conn, &reader)?))
        })
        .await?;
    Ok(Page::of(&BudgetPage::new(&by, by.shell(Section::Spend), budget, letters, app.mailer.is_some())))
}

#[derive(Deserialize)]
struct Wanted {
    /// `on` or `off`.
    letters: String,
}

async fn letters_of_mine(by: Allowed<SeeSpend>, form: Form<Wanted>, app: App) -> PageResult {
    let (wanted, who, now) = (form.into_inner().letters == "on", by.clone(), app.clock.now());
    app.db.write(move |tx| AppResult::Ok(letters::want(tx, &who, wanted, now)?)).await?;
    let words = match wanted {
        true => "You get letters about money again.",
        false => "You get no more letters about money.",
    };
    Ok(Page::redirect(by.url(super::ADDRESS)).with_flash("success", words))
}
