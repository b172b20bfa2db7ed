//! A simulator of the parts of Twilio's API that this program uses, over HTTP, on the same world as
//! [`fakeservice`]: to practise with, and for tests to compare our books with the
//! carrier's.
//!
//! One address serves the paths of api.twilio.com, messaging.twilio.com and pricing.twilio.com. It is strict where
//! Twilio is or where being lax would hide a mistake: unknown, misspelt and repeated keys are refused, values are
//! checked, one signs in as at Twilio (an account by its token, a parent's token for subaccounts by path, API keys but
//! not for reading accounts), a page is found by the link to it alone. A number has one owner; buying one's own again
//! is an update answered with 201; a search answers 30 at most, in an order that does not change; a messaging service
//! takes 400 numbers.
//!
//! What is decided where Twilio's own behaviour could not be confirmed: a service's pool loses a released number; a
//! deleted service's numbers stay in the account; taking a number out of a service that it is not in is 404 with
//! 21711; lists begin with the oldest. Not simulated: messages, hosted numbers, addresses and bundles, moving numbers
//! between accounts, all countries but the United States and Canada.
//!
//! # Control endpoint
//!
//! What happens at the carrier behind our back, what goes wrong, and the carrier's books are under `/_sim/`; see
//! [`HELP`]. What goes wrong by [`faults`] is of this process; the weather, as the practice carrier has it, is kept
//! with the world.

mod accounts;
mod available;
mod call;
mod command;
mod control;
pub mod faults;
mod kept;
mod keys;
mod misc;
mod numbers;
mod operations;
mod paging;
mod refusal;
mod request;
mod routes;
mod services;
mod state;
mod usage;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use crate::kernel::Clock;
use crate::providers::fakeservice::{self, World};
use crate::providers::{ErrorKind, ProviderError, ProviderResult};

pub use accounts::{ApiKey, SimAccount};
pub use command::{Arguments, guide};
pub use control::HELP;
pub use request::Seen;

use state::{State, held};

/// What can be chosen about a simulator.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes any.
    pub listen: SocketAddr,
    /// Accounts by SID and token, beside those the world has; when there would be none, one that follows from the
    /// seed is made.
    pub accounts: Vec<(String, String)>,
    /// Decides which numbers there are, and their SIDs.
    pub seed: u64,
    /// The folder where the world is kept; `None` for one that ends with the simulator.
    pub data: Option<PathBuf>,
    /// The time.
    pub clock: Clock,
    /// How long answers take on average, in milliseconds.
    pub latency_ms: u32,
    /// How many requests may be under way at once; more are refused with 429.
    pub most_at_once: Option<usize>,
}

impl Options {
    /// For tests: any port, no data, answers at once.
    pub fn new(seed: u64, clock: Clock) -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            accounts: Vec::new(),
            seed,
            data: None,
            clock,
            latency_ms: 0,
            most_at_once: None,
        }
    }
}

/// A simulator that answers until it is dropped.
pub struct Simulator {
    state: Arc<State>,
    server: routes::Server,
}

impl Simulator {
    /// Opens the world and answers at the address.
    ///
    /// # Errors
    /// In words, when the folder, the world or the address cannot be had, or an account's SID is none.
    pub async fn start(options: Options) -> ProviderResult<Simulator> {
        let listen = options.listen;
        let opened = tokio::task::spawn_blocking(move || open(options)).await;
        let state = Arc::new(opened.map_err(|error| failed(&error))??);
        let server = routes::listen(listen, Arc::clone(&state)).map_err(|error| failed(&error))?;
        Ok(Simulator { state, server })
    }

    /// Where it answers, such as `http://127.0.0.1:4010`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }
    /// The carrier's world itself: synchronous, without weather.
    pub fn world(&self) -> &World {
        &self.state.world
    }
    /// The accounts, by SID.
    pub fn accounts(&self) -> Vec<SimAccount> {
        held(&self.state.accounts).all().cloned().collect()
    }
    /// Adds an account, or writes over one.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn put_account(&self, account: SimAccount) -> ProviderResult<()> {
        self.state.put_account(account)
    }
    /// Lets something go wrong.
    pub fn fault(&self, fault: faults::Fault) {
        held(&self.state.faults).push(fault);
    }
    /// Whether everything that should go wrong went wrong.
    pub fn is_fair(&self) -> bool {
        held(&self.state.faults).is_empty()
    }
    /// The requests answered since they were last forgotten, in order; those of the control endpoint are left out.
    pub fn requests(&self) -> Vec<Seen> {
        self.state.seen().0
    }
    /// How many requests were under way at once at most, since they were last forgotten.
    pub fn peak(&self) -> usize {
        self.state.seen().1
    }
    /// Forgets the requests.
    pub fn forget_requests(&self) {
        self.state.forget_seen();
    }
    /// Stops; requests under way may end.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

fn failed(error: &dyn std::fmt::Display) -> ProviderError {
    ProviderError::new(ErrorKind::Unknown, format!("The simulator cannot start: {error}."))
}

fn open(options: Options) -> ProviderResult<State> {
    let Options { seed, clock, .. } = options;
    let chosen = fakeservice::Options { latency_ms: options.latency_ms, ..fakeservice::Options::default() };
    let world = match &options.data {
        None => World::in_memory(seed, clock, chosen)?,
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
            World::open(&folder.join("twilio-sim.db"), seed, clock, chosen)?
        }
    };
    let (seed, now) = (world.seed(), world.clock().now());
    let state = State::new(world, options.most_at_once)?;
    let mut accounts = options.accounts;
    if accounts.is_empty() && held(&state.accounts).all().next().is_none() {
        accounts.push(SimAccount::of_seed(seed));
    }
    for (sid, token) in accounts {
        if !keys::is_sid("AC", &sid) || token.is_empty() {
            let words = format!("an account's SID is AC and 32 hexadecimal digits in lower case, not {sid}");
            return Err(failed(&words));
        }
        let kept = held(&state.accounts).get(&sid).cloned();
        let mut account = kept.unwrap_or_else(|| SimAccount::new(&sid, &token, seed, now));
        account.auth_token = token;
        state.put_account(account)?;
    }
    Ok(state)
}
