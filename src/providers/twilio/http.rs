//! Sending: who signs in, how long it may take, what is repeated, and what is known when no answer comes.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::RETRY_AFTER;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use url::Url;

use crate::providers::{Account, Credentials, ErrorKind, ProviderError, ProviderResult};

use super::client::client;
use super::governor::{Closed, window};
use super::{Twilio, errors};

/// How often a call is made in all when Twilio says "too many": it has done nothing then.
const TRIES_TOO_MANY: u32 = 6;
/// How often a call that may be repeated is made in all when it fails.
const TRIES: u32 = 4;
/// How long a call may spend in pauses. Whoever can wait longer is told how long.
const PATIENCE: Duration = Duration::from_secs(30);
/// After how long a call that failed is not begun again: somebody may be waiting for a page.
const REPEATED_WITHIN: Duration = Duration::from_secs(40);
/// No answer of Twilio's is longer.
const LONGEST_BODY: usize = 32 * 1024 * 1024;

/// A request as it is about to be sent, without what signs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// How.
    pub method: Method,
    /// Where, with its query.
    pub url: Url,
    /// The form, for a POST.
    pub form: Vec<(&'static str, String)>,
}

/// How a request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or changes.
    Post,
    /// Removes: what is gone may be removed again.
    Delete,
}

impl Method {
    /// `GET`, `POST` or `DELETE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
    /// Whether doing it twice is the same as doing it once.
    fn may_be_repeated(self) -> bool {
        self != Method::Post
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub request_id: Option<String>,
    pub retry_after: Option<Duration>,
}

/// No answer, or half of one.
struct NoAnswer {
    /// Whether the request may have arrived.
    sent: bool,
    cause: &'static str,
}

/// An address below a host, each part of its path written safely.
pub(super) fn address(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear().extend(path);
    }
    url
}

impl Twilio {
    /// Reads.
    pub(super) async fn get<T: DeserializeOwned>(&self, account: &Account, url: Url) -> ProviderResult<T> {
        self.ask(account, Sent { method: Method::Get, url, form: Vec::new() }).await
    }

    /// Makes or changes, and reads the answer.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        account: &Account,
        url: Url,
        form: Vec<(&'static str, String)>,
    ) -> ProviderResult<T> {
        self.ask(account, Sent { method: Method::Post, url, form }).await
    }

    /// Removes. What is not there is removed already.
    pub(super) async fn delete(&self, account: &Account, url: Url) -> ProviderResult<()> {
        match self.send(account, &Sent { method: Method::Delete, url, form: Vec::new() }).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn ask<T: DeserializeOwned>(&self, account: &Account, request: Sent) -> ProviderResult<T> {
        let answer = self.send(account, &request).await?;
        serde_json::from_slice(&answer.body).map_err(|_| unreadable(request.method, &answer))
    }

    /// Sends until there is a good answer, a refusal, or a doubt that is not ours to end.
    async fn send(&self, account: &Account, request: &Sent) -> ProviderResult<Answer> {
        let credentials = account.credentials.as_ref().ok_or_else(|| {
            let words = "Twilio needs credentials, and there are none for this account.";
            ProviderError::new(ErrorKind::Auth, words)
        })?;
        let client = self.client()?;
        let lane = self.governor.lane(&account.id);
        let (mut patience, mut too_many, mut failed) = (PATIENCE, 0, 0);
        let began = self.time.now();
        loop {
            let turn = match lane.turn(&mut patience).await {
                Ok(turn) => turn,
                Err(Closed(wait)) => return Err(closed(wait)),
            };
            let outcome = self.once(client, credentials, request).await;
            let error = match outcome {
                Ok(answer) if answer.status == 429 => {
                    let wait = lane.too_many(&turn, answer.retry_after);
                    drop(turn);
                    too_many += 1;
                    if too_many >= TRIES_TOO_MANY {
                        let mut error = errors::refusal(request.method, &answer);
                        error.kind = ErrorKind::RateLimited(Some(wait));
                        return Err(error);
                    }
                    continue;
                }
                Ok(answer) => {
                    lane.fine(&turn);
                    match answer.status {
                        200..=299 => return Ok(answer),
                        _ => errors::refusal(request.method, &answer),
                    }
                }
                Err(lost) => self.lost(request, &lost),
            };
            drop(turn);
            failed += 1;
            let passing = matches!(error.kind, ErrorKind::Transient | ErrorKind::AnswerLost);
            let late = self.time.now().saturating_sub(began) > REPEATED_WITHIN;
            if !passing || !request.method.may_be_repeated() || failed >= TRIES || late {
                return Err(error);
            }
            self.pause(failed, &mut patience).await.map_err(|Closed(_)| error)?;
        }
    }

    /// Waits before a call is repeated: this one only, not the account.
    async fn pause(&self, failed: u32, patience: &mut Duration) -> Result<(), Closed> {
        let wait = self.time.draw(window(failed + 1));
        *patience = patience.checked_sub(wait).ok_or(Closed(wait))?;
        self.time.sleep(wait).await;
        Ok(())
    }

    /// The client of all calls, made when the first is made: a machine without certificates can do everything else.
    fn client(&self) -> ProviderResult<&reqwest::Client> {
        let made = self.client.get_or_init(|| client(&self.options).map_err(|error| error.to_string()));
        made.as_ref().map_err(|error| {
            let words = format!(
                "Calls to Twilio cannot be made from this machine ({error}). Are the certificates of the system \
                 installed?"
            );
            ProviderError::new(ErrorKind::Transient, words)
        })
    }

    async fn once(
        &self,
        client: &reqwest::Client,
        credentials: &Credentials,
        request: &Sent,
    ) -> Result<Answer, NoAnswer> {
        if let Some(watch) = &self.watch {
            watch(request);
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = client
            .request(method, request.url.clone())
            .basic_auth(&credentials.user, Some(credentials.secret.expose_secret()));
        if request.method == Method::Post {
            builder = builder.form(&request.form);
        }
        let began = self.time.now();
        let answer = self.receive(builder).await;
        let took = self.time.now().saturating_sub(began);
        // The path names the account and what it is about; queries, forms and headers stay out of the log.
        let (method, path, took) = (request.method.as_str(), request.url.path(), took.as_millis());
        match &answer {
            Ok(Answer { status, request_id, .. }) => {
                let request_id = request_id.as_deref().unwrap_or_default();
                if *status < 400 {
                    tracing::debug!(method, path, status, request_id, took, "twilio answered");
                } else {
                    tracing::info!(method, path, status, request_id, took, "twilio refused");
                }
            }
            Err(NoAnswer { cause, sent }) => {
                tracing::warn!(method, path, cause, sent, took, "twilio did not answer");
            }
        }
        answer
    }

    async fn receive(&self, builder: reqwest::RequestBuilder) -> Result<Answer, NoAnswer> {
        let mut response = builder.send().await.map_err(|error| no_answer(&error))?;
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let request_id = header("twilio-request-id");
        let retry_after = header(RETRY_AFTER.as_str()).and_then(|text| self.wish(&text));
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| no_answer(&error))? {
            if body.len() + part.len() > LONGEST_BODY {
                return Err(NoAnswer { sent: true, cause: "the answer has no end" });
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer { status, body, request_id, retry_after })
    }

    /// `Retry-After`: seconds, or a moment.
    fn wish(&self, text: &str) -> Option<Duration> {
        if let Ok(seconds) = text.trim().parse() {
            return Some(Duration::from_secs(seconds));
        }
        let moment = DateTime::parse_from_rfc2822(text.trim()).ok()?.naive_utc();
        (moment - self.clock.now()).to_std().ok()
    }

    fn lost(&self, request: &Sent, lost: &NoAnswer) -> ProviderError {
        match (lost.sent, request.method) {
            (false, _) => {
                let words = format!("Twilio cannot be reached: {}.", lost.cause);
                ProviderError::new(ErrorKind::Transient, words)
            }
            (true, Method::Get) => {
                let words = format!("Twilio did not answer: {}.", lost.cause);
                ProviderError::new(ErrorKind::Transient, words)
            }
            (true, _) => {
                let words = format!(
                    "Twilio's answer did not arrive ({}); what was asked may have been done.",
                    lost.cause
                );
                ProviderError::new(ErrorKind::AnswerLost, words)
            }
        }
    }
}

/// An answer that says "done" in a way that cannot be understood.
pub(super) fn unreadable(method: Method, answer: &Answer) -> ProviderError {
    let error = match method {
        Method::Get => ProviderError::new(ErrorKind::Transient, "Twilio's answer could not be read."),
        _ => {
            let words = "Twilio's answer could not be read; what was asked may have been done.";
            ProviderError::new(ErrorKind::AnswerLost, words)
        }
    };
    match &answer.request_id {
        Some(id) => error.with_request_id(id),
        None => error,
    }
}

/// An answer that lacks what was asked for.
pub(super) fn incomplete(method: Method) -> ProviderError {
    unreadable(method, &Answer { status: 200, body: Vec::new(), request_id: None, retry_after: None })
}

fn closed(wait: Duration) -> ProviderError {
    ProviderError::of(ErrorKind::RateLimited(Some(wait)))
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    // Its own words would name the address with its query.
    if error.is_connect() {
        return NoAnswer { sent: false, cause: "no connection" };
    }
    if error.is_builder() {
        return NoAnswer { sent: false, cause: "the request could not be made" };
    }
    let cause = if error.is_timeout() { "it took too long" } else { "the connection broke" };
    NoAnswer { sent: true, cause }
}
