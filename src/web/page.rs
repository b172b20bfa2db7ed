//! What a route answers.

use actix_session::SessionExt;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::flash::FlashSlot;
use super::htmx::Htmx;
use super::shell::Flash;
use crate::error::AppError;

/// What a route returns.
pub type PageResult = Result<Page, AppError>;

/// A page, a part of one, a redirect or a file.
#[derive(Debug)]
#[must_use]
pub struct Page {
    status: StatusCode,
    body: Body,
    flash: Option<Flash>,
    headers: Vec<(&'static str, String)>,
}

#[derive(Debug)]
enum Body {
    Html(askama::Result<String>),
    Redirect(String),
    Csv { filename: String, body: String },
}

impl Page {
    fn new(status: StatusCode, body: Body) -> Page {
        Page { status, body, flash: None, headers: Vec::new() }
    }
    /// A whole page (HTTP 200 unless [`status`](Self::status) says otherwise).
    pub fn of(template: &impl Template) -> Page {
        Page::new(StatusCode::OK, Body::Html(template.render()))
    }
    /// A part of a page, for htmx to put in place: the same template the page includes.
    pub fn fragment(template: &impl Template) -> Page {
        Page::of(template)
    }
    /// Go there (HTTP 303): after every write, so that reloading repeats nothing. A request of htmx for a part of a
    /// page is told to load the whole page at that address.
    pub fn redirect(to: impl Into<String>) -> Page {
        Page::new(StatusCode::SEE_OTHER, Body::Redirect(to.into()))
    }
    /// A CSV file to keep.
    pub fn csv(filename: &str, body: String) -> Page {
        let filename = filename
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' })
            .collect();
        Page::new(StatusCode::OK, Body::Csv { filename, body })
    }
    /// With another status: 422 beside a form with errors.
    pub fn status(mut self, status: u16) -> Page {
        self.status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self
    }
    /// Says something on the next page; `kind` is `success`, `warning`, `danger` or `info`.
    pub fn with_flash(mut self, kind: &'static str, text: impl Into<String>) -> Page {
        self.flash = Some(Flash { kind, text: text.into() });
        self
    }
    /// With one more header, such as `HX-Push-Url` or `HX-Trigger`.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Page {
        self.headers.push((name, value.into()));
        self
    }
}

impl Responder for Page {
    type Body = BoxBody;
    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        if let Some(message) = &self.flash {
            FlashSlot::of(request).put(&request.get_session(), message);
        }
        let mut response = HttpResponse::build(self.status);
        for (name, value) in self.headers {
            response.insert_header((name, value));
        }
        response.insert_header((header::VARY, "HX-Request"));
        match self.body {
            Body::Html(Ok(html)) => response.content_type("text/html; charset=utf-8").body(html),
            Body::Html(Err(error)) => {
                let error = AppError::Internal(format!("a template failed: {error}"));
                HttpResponse::from_error(error)
            }
            Body::Redirect(to) if Htmx::of(request).wants_fragment() => {
                response.status(StatusCode::OK).insert_header(("HX-Redirect", to)).finish()
            }
            Body::Redirect(to) => response.insert_header((header::LOCATION, to)).finish(),
            Body::Csv { filename, body } => response
                .content_type("text/csv; charset=utf-8")
                .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{filename}\"")))
                .body(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn header<'a>(response: &'a HttpResponse, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn a_redirect_leaves_the_page_that_htmx_would_have_patched() {
        let plain = Page::redirect("/o/x").respond_to(&TestRequest::get().to_http_request());
        assert_eq!((plain.status().as_u16(), header(&plain, "location")), (303, "/o/x"));
        let htmx = TestRequest::get().insert_header(("HX-Request", "true"));
        let part = Page::redirect("/o/x").respond_to(&htmx.to_http_request());
        assert_eq!(
            (part.status().as_u16(), header(&part, "hx-redirect"), header(&part, "location")),
            (200, "/o/x", "")
        );
        let boosted =
            TestRequest::get().insert_header(("HX-Request", "true")).insert_header(("HX-Boosted", "true"));
        let whole = Page::redirect("/o/x").respond_to(&boosted.to_http_request());
        assert_eq!((whole.status().as_u16(), header(&whole, "location")), (303, "/o/x"));
    }

    #[test]
    fn the_name_of_a_file_cannot_leave_its_header() {
        let page = Page::csv("spend \"2026\"\r\nx: y.csv", "a,b\n".into());
        let response = page.respond_to(&TestRequest::get().to_http_request());
        assert_eq!(header(&response, "content-type"), "text/csv; charset=utf-8");
        assert_eq!(
            header(&response, "content-disposition"),
            "attachment; filename=\"spend--2026---x--y.csv\""
        );
    }
}
