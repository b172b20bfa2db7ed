//! `/login/forgot`: where somebody who lost their password asks for a link.

use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::jobs::SendResetLink;
use super::pages::ForgottenPage;
use crate::access::limits::{Attempt, SignInLimits};
use crate::access::people::normal_email;
use crate::error::{AppError, FieldErrors};
use crate::jobs;
use crate::state::App;
use crate::web::{Form, Page, PageResult, Shell, Site};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/login/forgot", web::get().to(form)).route("/login/forgot", web::post().to(ask));
}

fn page(app: &App, email: &str) -> ForgottenPage {
    ForgottenPage {
        shell: Shell::plain(),
        errors: FieldErrors::new(),
        by_mail: app.mailer.is_some(),
        email: email.to_owned(),
        asked: false,
    }
}

async fn form(app: App) -> PageResult {
    Ok(Page::of(&page(&app, "")))
}

#[derive(Deserialize)]
struct Asked {
    email: String,
}

/// Answers the same, and as fast, whether somebody has that address or not, and whether it was asked for too often.
async fn ask(
    form: Form<Asked>,
    request: HttpRequest,
    app: App,
    site: web::Data<Site>,
    limits: web::Data<SignInLimits>,
) -> PageResult {
    let Asked { email: typed } = form.into_inner();
    if app.mailer.is_none() {
        return Ok(Page::of(&page(&app, "")).status(409));
    }
    limits.count(&site.client_address(&request))?;
    let email = match normal_email(&typed) {
        Ok(email) => email,
        Err(words) => {
            let page = ForgottenPage { errors: FieldErrors::one("email", words), ..page(&app, &typed) };
            return Ok(Page::of(&page).status(422));
        }
    };
    // Every one of these counts, not only the failed ones: nobody's mailbox is filled.
    match Attempt::begin(&app, &format!("link of {email}"), SignInLimits::LINKS).await {
        Ok(_) => {
            let job = SendResetLink { email: email.clone(), site: site.link("") };
            let now = app.clock.now();
            let write = app.db.write(move |tx| Ok::<_, AppError>(jobs::enqueue(tx, None, &job, now, now)?));
            write.await?;
            jobs::wake(&app);
        }
        Err(AppError::TooMany(_)) => tracing::warn!("links for one account are asked for again and again"),
        Err(other) => return Err(other),
    }
    Ok(Page::of(&ForgottenPage { asked: true, ..page(&app, &email) }))
}
