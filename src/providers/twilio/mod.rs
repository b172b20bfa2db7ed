//! Twilio, spoken as a [`Provider`](super::Provider).
//!
//! There is no idempotency key, no purchase of several numbers at once, and a search reserves nothing. So a purchase
//! names the exact number and carries our tag in its `FriendlyName`; after any doubt the account's list is asked for
//! that number. Buying a number that the account owns answers as if it were bought anew and writes over its tag.
//!
//! - `wire` is what travels, in Twilio's words and as leniently read as it must be.
//! - `errors` turns refusals into ours, by HTTP status and code.
//! - `governor` keeps an account's calls few, and slows all of them down when Twilio asks for it.
//! - `http` sends: with time limits, with repetition where nothing can be done twice.
//! - `paging` follows lists, never to another host.
//!
//! A messaging service carries our tag behind its name (`tag`). Numbers that need an address or papers are neither
//! searched for nor offered.
//!
//! [`simulator`] is the other side of it all, for practice and for tests.

mod catalog;
mod client;
mod errors;
mod fields;
mod governor;
mod http;
mod numbers;
mod paging;
mod provider;
mod reading;
mod services;
pub mod simulator;
mod tag;
mod time;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use url::Url;

use crate::kernel::Clock;

use super::{Account, Prices};

pub use http::{Method, Sent};

use governor::Governor;
use time::{Time, Waiting};

/// The key of Twilio.
pub const KEY: &str = "twilio";

/// Where Twilio's interface for numbers and accounts is.
pub const API_URL: &str = "https://api.twilio.com";
/// Where its interface for messaging services is.
pub const MESSAGING_URL: &str = "https://messaging.twilio.com";
/// Where its price lists are.
pub const PRICING_URL: &str = "https://pricing.twilio.com";
/// How many calls of an account are under way at once, when not set. Twilio's own limit is not published.
pub const CONCURRENCY: usize = 8;

/// How Twilio is reached.
#[derive(Debug, Clone)]
pub struct Options {
    /// The interface for numbers and accounts: scheme, host and port.
    pub api: Url,
    /// The interface for messaging services.
    pub messaging: Url,
    /// The price lists.
    pub pricing: Url,
    /// How many calls of an account are under way at once.
    pub concurrency: usize,
    /// How long a connection may take to come about.
    pub connect_within: Duration,
    /// How long a call may take in all.
    pub answer_within: Duration,
    /// How many entries a page of a list has; Twilio allows 1 to 1,000.
    pub page_size: u16,
}

impl Options {
    /// The real Twilio.
    pub fn real() -> Options {
        let parsed = |address| match Url::parse(address) {
            Ok(url) => url,
            Err(_) => unreachable!("a constant"),
        };
        Options::at(parsed(API_URL), parsed(MESSAGING_URL), parsed(PRICING_URL))
    }

    /// With these three addresses, and what is usual otherwise.
    pub fn at(api: Url, messaging: Url, pricing: Url) -> Options {
        Options {
            api,
            messaging,
            pricing,
            concurrency: CONCURRENCY,
            connect_within: Duration::from_secs(5),
            answer_within: Duration::from_secs(30),
            page_size: 200,
        }
    }
}

/// What is told of every request before it is sent.
type Watch = Arc<dyn Fn(&Sent) + Send + Sync>;

/// Twilio.
pub struct Twilio {
    options: Options,
    client: OnceLock<Result<reqwest::Client, String>>,
    clock: Clock,
    time: Arc<dyn Time>,
    governor: Governor,
    prices: Mutex<HashMap<Account, Prices>>,
    watch: Option<Watch>,
}

impl Twilio {
    /// Twilio at these addresses. Nothing is sent yet.
    pub fn new(options: Options, clock: Clock) -> Twilio {
        Twilio::with_time(options, clock, Arc::new(Waiting::default()))
    }

    fn with_time(options: Options, clock: Clock, time: Arc<dyn Time>) -> Twilio {
        let governor = Governor::new(options.concurrency, Arc::clone(&time));
        Twilio {
            options,
            client: OnceLock::new(),
            clock,
            time,
            governor,
            prices: Mutex::default(),
            watch: None,
        }
    }

    /// Tells of every request before it is sent: for tests that judge them.
    #[must_use]
    pub fn watched(mut self, watch: impl Fn(&Sent) + Send + Sync + 'static) -> Twilio {
        self.watch = Some(Arc::new(watch));
        self
    }
}
