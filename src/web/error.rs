//! [`AppError`] as a page in words, or as a fragment for htmx.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use tracing_actix_web::RequestId;

use super::flash::FlashSlot;
use super::htmx::Htmx;
use super::shell::Shell;
use super::site::{Site, local_path};
use crate::error::AppError;

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    shell: Shell,
    title: String,
    message: String,
    detail: Option<String>,
    back_href: String,
    back_label: String,
}

#[derive(Template)]
#[template(path = "errors/_error.html")]
struct ErrorFragment {
    title: String,
    message: String,
    detail: Option<String>,
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            AppError::NotFound => StatusCode::NOT_FOUND,
            AppError::NotSignedIn => StatusCode::UNAUTHORIZED,
            AppError::Forbidden(_) | AppError::TwoStepsFirst => StatusCode::FORBIDDEN,
            AppError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            AppError::Conflict(_) => StatusCode::CONFLICT,
            AppError::BadRequest(_) => StatusCode::BAD_REQUEST,
            AppError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            AppError::Provider(_) => StatusCode::BAD_GATEWAY,
            AppError::Db(_) | AppError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
    /// Only the status: [`envelope`](fn@super::envelope) knows the request and puts the words in.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// What an error page says. Never a cause.
struct Words {
    title: &'static str,
    message: String,
    detail: Option<String>,
}

fn words(title: &'static str, message: impl Into<String>) -> Words {
    Words { title, message: message.into(), detail: None }
}

/// The answer to a request that went wrong.
pub(super) fn respond(error: &actix_web::Error, request: &HttpRequest, site: &Site) -> HttpResponse {
    let known = error.as_error::<AppError>();
    if let Some(AppError::NotSignedIn) = known {
        return to_sign_in(request, site);
    }
    if let Some(AppError::TwoStepsFirst) = known {
        return elsewhere("/account/two-steps".into(), &Htmx::of(request));
    }
    let status = known.map_or_else(|| error.as_response_error().status_code(), ResponseError::status_code);
    let words = match known {
        Some(known) => words_of(known, request),
        None if status.is_server_error() => ours(&format!("{error:?}"), request),
        None => words_of_status(status),
    };
    let mut response = HttpResponse::build(status);
    response.insert_header((header::VARY, "HX-Request"));
    if let Some(AppError::TooMany(seconds)) = known {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    let Words { title, message, detail } = words;
    let html = if Htmx::of(request).wants_fragment() {
        ErrorFragment { title: title.into(), message, detail }.render()
    } else {
        ErrorPage {
            shell: Shell { flash: FlashSlot::of(request).take(), ..Shell::plain() },
            title: title.into(),
            message,
            detail,
            back_href: "/".into(),
            back_label: "Go to your pages".into(),
        }
        .render()
    };
    match html {
        Ok(html) => response.content_type("text/html; charset=utf-8").body(html),
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            response.content_type("text/plain; charset=utf-8").body("Something went wrong.")
        }
    }
}

fn words_of(error: &AppError, request: &HttpRequest) -> Words {
    match error {
        AppError::NotFound => words_of_status(StatusCode::NOT_FOUND),
        AppError::NotSignedIn => words("Please sign in", "You are not signed in."),
        AppError::TwoStepsFirst => {
            words("Set up sign-in in two steps", "This organization asks its owners for it.")
        }
        AppError::Forbidden(sentence) => words("This is not yours to do", sentence),
        AppError::Invalid(errors) => {
            words("There is a problem", errors.iter().map(|(_, text)| text).collect::<Vec<_>>().join(" "))
        }
        AppError::Conflict(sentence) => words("That does not work now", sentence),
        AppError::BadRequest(sentence) => words("That was not understood", sentence),
        AppError::TooMany(seconds) => {
            words("Too many attempts", format!("Wait {} and try again.", super::format::duration(*seconds)))
        }
        AppError::Provider(error) => {
            tracing::warn!(%error, code = error.carrier_code(), words = error.carrier_words(), "the carrier failed");
            let carrier = match (error.carrier_code(), error.carrier_words()) {
                (Some(code), Some(words)) => Some(format!("The carrier's words: {words} ({code})")),
                _ => None,
            };
            Words { detail: carrier, ..words("The carrier did not do it", error.to_string()) }
        }
        AppError::Db(_) | AppError::Internal(_) => ours(&format!("{error:?}"), request),
    }
}

/// A failure of ours: the cause goes to the log, the page has the id to find it by.
fn ours(cause: &str, request: &HttpRequest) -> Words {
    let id = request.extensions().get::<RequestId>().map(|id| id.to_string()).unwrap_or_default();
    tracing::error!(request_id = %id, cause, "a request failed");
    Words {
        detail: Some(format!("If it happens again, give this id to whoever runs Numberbank: {id}")),
        ..words(
            "Something went wrong",
            "The fault is on our side. What you did before is kept. Please try again.",
        )
    }
}

fn words_of_status(status: StatusCode) -> Words {
    match status {
        StatusCode::NOT_FOUND => words(
            "Page not found",
            "There is nothing at this address, or it belongs to an organization you are not a member of.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => {
            words("That was not understood", "This address does not take that.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => words("That is too large", "What you sent is larger than we take."),
        _ => words("That was not understood", "Go back, reload the page and try again."),
    }
}

/// To the sign-in page, and from there back to where one was going.
fn to_sign_in(request: &HttpRequest, site: &Site) -> HttpResponse {
    let htmx = Htmx::of(request);
    let page = if htmx.is_htmx {
        // A fragment is not where one wants to be afterwards: the page it was for is.
        let own = htmx.current_url.as_ref().and_then(|url| url::Url::parse(url).ok());
        own.filter(|url| url.origin() == site.base_url.origin())
            .map(|url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
    } else if request.method().is_safe() {
        request.uri().path_and_query().map(|path| path.as_str().to_owned())
    } else {
        None
    };
    let next = page.filter(|page| page != "/" && local_path(page).is_some());
    let to = match next {
        Some(next) => {
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
            format!("/login?{query}")
        }
        None => "/login".to_owned(),
    };
    elsewhere(to, &htmx)
}

/// The whole browser goes there, also when htmx wanted a part of a page.
fn elsewhere(to: String, htmx: &Htmx) -> HttpResponse {
    if htmx.is_htmx {
        HttpResponse::Unauthorized().insert_header(("HX-Redirect", to)).finish()
    } else {
        HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
    }
}
