//! Forms and query strings.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use std::future::{Ready, ready};

use super::{gate, origin};
use crate::error::{AppError, AppResult};

/// The most bytes a form may have: some 40,000 checked boxes.
const FORM_LIMIT: usize = 2 * 1024 * 1024;

/// A form that a page of this site sent. A key that comes several times is a `Vec`; fields that may be missing are
/// `#[serde(default)]`. Take numbers as `String` where a wrong one should be said beside its field.
#[derive(Debug)]
pub struct Form<T>(T);

impl<T> Form<T> {
    /// What was sent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = AppError;
    type Future = LocalBoxFuture<'static, AppResult<Form<T>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            origin::check(&request)?;
            gate::passed(&request).await;
            let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            // A form without fields may come without a type.
            let kind =
                kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
            if kind.is_some_and(|kind| kind != "application/x-www-form-urlencoded") {
                return Err(AppError::BadRequest("This address takes forms.".into()));
            }
            let mut body = web::BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk =
                    chunk.map_err(|_| AppError::BadRequest("The form did not arrive whole.".into()))?;
                if body.len() + chunk.len() > FORM_LIMIT {
                    return Err(AppError::BadRequest("The form is larger than we take.".into()));
                }
                body.extend_from_slice(&chunk);
            }
            parse(&body).map(Form)
        })
    }
}

/// Reads url-encoded fields.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> AppResult<T> {
    serde_html_form::from_bytes(body).map_err(|error| {
        tracing::info!(%error, "a form or a query was not understood");
        AppError::BadRequest(
            "The form or the link is not one of this page: a field is missing or has a value we do not know."
                .into(),
        )
    })
}

/// The query string of a link.
#[derive(Debug)]
pub struct Query<T>(T);

impl<T> Query<T> {
    /// What was asked.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = AppError;
    type Future = Ready<AppResult<Query<T>>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string().as_bytes()).map(Query))
    }
}
