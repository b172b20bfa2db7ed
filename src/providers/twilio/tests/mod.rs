//! The client against a server with scripted answers. Nothing waits: pauses are only counted.

mod accounts;
mod governor;
mod numbers;
mod refusals;
mod sending;
pub(super) mod server;
mod services;
mod simulated;

use async_trait::async_trait;
use chrono::NaiveDate;

use super::*;
use crate::kernel::{AreaCode, E164};
use crate::providers::{ClientRef, Credentials, Provider, Purchase, PurchaseItem};
use crate::providers::{ErrorKind, ProviderError, ProviderResult};

use server::{Reply, Request, Server, refusal};

/// Time that passes only by sleeping, and chance that always draws the longest.
#[derive(Default)]
struct Counted {
    now: Mutex<Duration>,
    slept: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Time for Counted {
    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }
    async fn sleep(&self, how_long: Duration) {
        *self.now.lock().unwrap() += how_long;
        self.slept.lock().unwrap().push(how_long);
        tokio::task::yield_now().await;
    }
    fn draw(&self, longest: Duration) -> Duration {
        longest
    }
}

impl Counted {
    fn slept(&self) -> Vec<u128> {
        self.slept.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

/// The client and the server it talks to.
struct Line {
    twilio: Twilio,
    server: Server,
    time: Arc<Counted>,
    clock: Clock,
}

const SECRET: &str = "0123456789-never-shown";

fn line(script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Line {
    let server = Server::start(script);
    let mut options = Options::at(server.url.clone(), server.url.clone(), server.url.clone());
    options.answer_within = Duration::from_millis(400);
    options.page_size = 2;
    let (time, clock) = (Arc::new(Counted::default()), Clock::manual(noon()));
    let twilio = Twilio::with_time(options, clock.clone(), Arc::clone(&time) as Arc<dyn Time>);
    Line { twilio, server, time, clock }
}

/// Answers the calls one after the other with these.
fn in_turn(replies: Vec<Reply>) -> Line {
    line(move |_, nth| replies.get(nth).cloned().unwrap_or(Reply::Html(599)))
}

fn noon() -> crate::kernel::Moment {
    "2026-11-20".parse::<NaiveDate>().unwrap().and_hms_opt(12, 0, 0).unwrap()
}

fn account() -> Account {
    let id = format!("AC{}", "a".repeat(32));
    let credentials = Credentials { user: id.clone(), secret: SECRET.to_owned().into() };
    Account::new(id).with_credentials(credentials)
}

fn number() -> E164 {
    E164::parse("+13135550142").unwrap()
}

fn item() -> PurchaseItem {
    PurchaseItem { phone_number: number(), client_ref: ClientRef::new("nb-1"), voice_url: None }
}

fn owned_json(sid: &str, number: &str) -> serde_json::Value {
    serde_json::json!({
        "sid": sid, "phone_number": number, "friendly_name": "nb-1", "voice_url": "",
        "capabilities": { "sms": true }, "date_created": "Fri, 20 Nov 2026 12:00:00 +0000",
    })
}

/// A page of owned numbers.
fn owned_page(numbers: &[(&str, &str)], next: Option<&str>) -> Reply {
    let numbers: Vec<_> = numbers.iter().map(|(sid, number)| owned_json(sid, number)).collect();
    Reply::Json(
        200,
        serde_json::json!({ "incoming_phone_numbers": numbers, "next_page_uri": next }).to_string(),
    )
}

impl Line {
    async fn buy(&self) -> ProviderResult<crate::providers::OwnedRemote> {
        match self.twilio.purchase(&account(), &[item()]).await?.pop().unwrap() {
            Purchase::Owned(owned) => Ok(owned),
            Purchase::Failed(error) => Err(error),
            Purchase::Pending(_) => panic!("Twilio decides at once"),
        }
    }
}
