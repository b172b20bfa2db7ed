//! What goes wrong on purpose.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::providers::fakeservice::weather::Fault as Weather;

use super::refusal::Refusal;
use super::request::{Ending, Reply, Request};

/// A fault and which of the next requests it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub fault: Kind,
    /// How many requests it is for.
    #[serde(default = "once")]
    pub count: u32,
    /// How many fitting requests pass before.
    #[serde(default)]
    pub skip: u32,
    /// Only requests with this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path has this in it.
    #[serde(default)]
    pub path: Option<String>,
    /// Only requests of this account.
    #[serde(default)]
    pub account: Option<String>,
    /// It goes wrong after what was asked has been done.
    #[serde(default)]
    pub after: bool,
    /// The HTTP status.
    #[serde(default)]
    pub status: Option<u16>,
    /// Twilio's code; that of the status when not given.
    #[serde(default)]
    pub code: Option<u32>,
    /// The seconds a refusal asks to wait.
    #[serde(default)]
    pub retry_after: Option<u64>,
    /// How long the answer takes, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
}

fn once() -> u32 {
    1
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A refusal in JSON; status 503 when not given.
    Error,
    /// The connection is dropped.
    Drop,
    /// A page in HTML; status 502 when not given.
    Html,
    /// Done, but the body breaks off in the middle.
    Truncate,
    /// Nothing but the delay.
    Delay,
    /// Done, but every SID in the answer is `""`.
    BlankSids,
    /// Done, but the link to the next page leads to another host.
    ForeignNext,
    /// A purchase comes too late: the number is sold to somebody else just before.
    SoldMeanwhile,
}

impl Fault {
    /// One fault for the next request.
    pub fn new(fault: Kind) -> Fault {
        Fault {
            fault,
            count: 1,
            skip: 0,
            method: None,
            path: None,
            account: None,
            after: false,
            status: None,
            code: None,
            retry_after: None,
            delay_ms: 0,
        }
    }

    /// What the account's weather does to a call.
    pub(super) fn of_weather(weather: Weather) -> Fault {
        let error = |status| Fault { status: Some(status), ..Fault::new(Kind::Error) };
        match weather {
            Weather::Suspended => error(401),
            Weather::RateLimited(wait) => {
                Fault { retry_after: wait.map(|wait| wait.as_secs().max(1)), ..error(429) }
            }
            Weather::Transient => error(503),
            Weather::Unanswered => Fault::new(Kind::Drop),
            Weather::SoldMeanwhile => Fault::new(Kind::SoldMeanwhile),
            Weather::AnswerLost => Fault { after: true, ..Fault::new(Kind::Drop) },
        }
    }

    fn is_for(&self, request: &Request, account: &str) -> bool {
        self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && self.path.as_deref().is_none_or(|part| request.path.contains(part))
            && self.account.as_deref().is_none_or(|sid| sid == account)
    }

    /// The answer instead of what was asked; `None` when that is done first.
    pub(super) fn instead(&self) -> Option<Reply> {
        if self.after { None } else { self.failure() }
    }

    fn failure(&self) -> Option<Reply> {
        match self.fault {
            Kind::Error => {
                let mut refusal = Refusal::of_status(self.status.unwrap_or(503));
                if let Some(code) = self.code {
                    refusal = Refusal {
                        status: self.status.unwrap_or(Refusal::of(code).status),
                        ..Refusal::of(code)
                    };
                }
                let mut reply = Reply::json(refusal.status, &refusal.body());
                reply.headers.extend(self.retry_after.map(|wait| ("Retry-After", wait.to_string())));
                Some(reply)
            }
            Kind::Drop => Some(Reply::hung_up()),
            Kind::Html => Some(Reply::html(self.status.unwrap_or(502))),
            _ => None,
        }
    }

    /// What becomes of an answer.
    pub(super) fn spoil(&self, status: u16, mut body: Value) -> Reply {
        if let Some(reply) = self.failure() {
            return reply;
        }
        match self.fault {
            Kind::BlankSids => walk(&mut body, &|key, value| {
                if key == "sid" || key.ends_with("_sid") {
                    *value = "".into();
                }
            }),
            Kind::ForeignNext => walk(&mut body, &|key, value| {
                if key == "next_page_uri" || key == "next_page_url" {
                    *value = "http://198.51.100.7/v1/elsewhere?PageToken=PA0".into();
                }
            }),
            _ => {}
        }
        let mut reply = Reply::json(status, &body);
        if self.fault == Kind::Truncate {
            reply.ending = Ending::Truncated;
        }
        reply
    }
}

fn walk(value: &mut Value, change: &impl Fn(&str, &mut Value)) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                change(key, value);
                walk(value, change);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, change)),
        _ => {}
    }
}

/// Takes the fault that is for a request, counting down.
pub fn take(faults: &mut Vec<Fault>, request: &Request, account: &str) -> Option<Fault> {
    let mut found = None;
    for fault in faults.iter_mut().filter(|fault| fault.is_for(request, account)) {
        if fault.skip > 0 {
            fault.skip -= 1;
        } else if fault.count > 0 {
            fault.count -= 1;
            found = Some(fault.clone());
            break;
        }
    }
    faults.retain(|fault| fault.count > 0);
    found
}
