//! `POST /api/v1/campaigns/{id}/sender`: JSON in, JSON out.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web as http};
use serde::{Deserialize, Serialize};

use super::{Match, Senders};
use crate::access::{ChooseSender, Granted};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::ids::CampaignId;
use crate::kernel::{AreaCode, E164};
use crate::state::App;
use crate::web::{ApiBody, ApiError};

/// The routes of this room.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/api/v1/campaigns/{id}/sender", http::post().to(sender));
}

/// What is asked.
#[derive(Deserialize)]
struct Asked {
    contact: String,
}

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    /// The number to text from, E.164.
    sender: E164,
    /// Its area code.
    area_code: Option<AreaCode>,
    /// How near it is to the contact.
    matched: Match,
}

async fn sender(
    by: Result<Granted<ChooseSender>, AppError>,
    path: http::Path<String>,
    body: ApiBody<Asked>,
    app: App,
    senders: http::Data<Senders>,
) -> Result<HttpResponse, ApiError> {
    let answer = answer(by?, &path, body, &app, &senders).await?;
    // Who texts whom is not for caches.
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

async fn answer(
    by: Granted<ChooseSender>,
    id: &str,
    body: ApiBody<Asked>,
    app: &App,
    senders: &Senders,
) -> AppResult<Answer> {
    let id = CampaignId::parse(id).map_err(|_| AppError::NotFound)?;
    let asked = body.into_inner()?;
    let contact = E164::parse(asked.contact.trim()).map_err(|_| {
        let words = "Send the contact’s number in full, such as +13135550142.";
        AppError::Invalid(FieldErrors::one("contact", words))
    })?;
    let found = senders.choose(app, &by, id, contact).await?;
    Ok(Answer { sender: found.number, area_code: found.number.area_code().ok(), matched: found.matched })
}
