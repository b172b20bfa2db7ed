//! Logs: one line a request with an id, no secrets, no query strings.

use std::str::FromStr;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage, web};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;

use super::site::Site;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;
    fn from_str(text: &str) -> Result<LogFormat, String> {
        match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("must be text or json".into()),
        }
    }
}

/// Checks a filter such as `info,numberbank=debug`.
///
/// # Errors
/// A sentence for the operator.
pub fn check_filter(filter: &str) -> Result<(), String> {
    EnvFilter::try_new(filter).map(drop).map_err(|error| format!("is not a log filter: {error}"))
}

/// Starts writing logs to standard error. Does nothing when something else in this process did.
pub fn start(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let _ = match format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// A path without the secret that a one-time link carries.
fn bare(path: &str) -> &str {
    ["/invitations/", "/reset/"].into_iter().find(|link| path.starts_with(link)).unwrap_or(path)
}

/// The span around a request. The path only: a query may hold what people search for.
pub struct RequestSpan;

struct Started(Instant);

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(|id| id.to_string()).unwrap_or_default();
        request.extensions_mut().insert(Started(Instant::now()));
        let client = request
            .app_data::<web::Data<Site>>()
            .and_then(|site| site.client(request.request()))
            .map(tracing::field::display);
        tracing::info_span!("request", id, client, method = %request.method(), path = bare(request.path()))
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let _inside = span.enter();
        match outcome {
            Ok(response) => {
                let request = response.request();
                let took = request.extensions().get::<Started>().map(|started| started.0.elapsed());
                let milliseconds = took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
                let status = response.status().as_u16();
                // What comes by the dozen, or every second from a load balancer, is not news.
                let quiet = request.path().starts_with("/static/") || request.path().ends_with("z");
                if quiet && status < 500 {
                    tracing::debug!(status, milliseconds, "answered");
                } else {
                    tracing::info!(status, milliseconds, "answered");
                }
            }
            Err(error) => tracing::error!(%error, "a request failed outside every route"),
        }
    }
}
