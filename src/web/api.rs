//! Answering programs: JSON instead of pages.

use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, dev::Payload, web};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{AppError, AppResult};

/// What went wrong, for a program: `{"error":"conflict","message":"…","fields":{…}}`.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ApiError(#[from] AppError);

#[derive(Serialize)]
struct Said<'a> {
    /// A word that never changes.
    error: &'static str,
    /// A sentence for whoever reads the log.
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<&'a str>,
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }
    fn error_response(&self) -> HttpResponse {
        let mut fields = Vec::new();
        let (error, message) = match &self.0 {
            AppError::NotFound => ("not_found", "There is no such campaign in this organization.".to_owned()),
            AppError::NotSignedIn => {
                let words = "Send an API token that holds: Authorization: Bearer nb_…";
                ("unauthorized", words.to_owned())
            }
            AppError::Invalid(errors) => {
                fields.extend(errors.iter().map(|(field, _)| field));
                let words: Vec<&str> = errors.iter().map(|(_, words)| words).collect();
                ("invalid", words.join(" "))
            }
            AppError::Conflict(words) => ("conflict", words.clone()),
            AppError::BadRequest(words) => ("bad_request", words.clone()),
            AppError::Forbidden(words) => ("forbidden", words.clone()),
            AppError::TwoStepsFirst => ("forbidden", "Sign-in in two steps must be set up first.".to_owned()),
            AppError::TooMany(_) => ("too_many", "Too many attempts. Wait and try again.".to_owned()),
            AppError::Provider(error) => ("carrier", error.to_string()),
            AppError::Db(_) | AppError::Internal(_) => {
                tracing::error!(cause = ?self.0, "a program's request failed");
                ("internal", "The fault is on our side. Try again.".to_owned())
            }
        };
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match &self.0 {
            AppError::NotSignedIn => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"Numberbank\""));
            }
            AppError::TooMany(seconds) => {
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            _ => {}
        }
        response.json(Said { error, message, fields })
    }
}

/// The JSON that a program sent. Reading it never fails by itself: who comes is looked at first.
#[derive(Debug)]
pub struct ApiBody<T>(AppResult<T>);

/// No question is longer, in bytes.
const LONGEST: usize = 4_096;

impl<T> ApiBody<T> {
    /// What was sent.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] in words when it is too long or not what was asked for.
    pub fn into_inner(self) -> AppResult<T> {
        self.0
    }
}

impl<T: DeserializeOwned> FromRequest for ApiBody<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<ApiBody<T>, ApiError>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let wrong = |words: String| AppError::BadRequest(words);
            let read = match body.await {
                Ok(body) if body.len() > LONGEST => Err(wrong(format!("Send at most {LONGEST} bytes."))),
                Ok(body) => {
                    serde_json::from_slice(&body).map_err(|error| wrong(format!("Send JSON: {error}.")))
                }
                Err(_) => Err(wrong("The request could not be read.".to_owned())),
            };
            Ok(ApiBody(read))
        })
    }
}
