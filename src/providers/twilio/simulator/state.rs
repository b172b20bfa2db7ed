//! The simulator behind its address: lets calls in, does what they ask, spoils what shall go wrong.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::kernel::E164;
use crate::providers::fakeservice::{Verb, World};
use crate::providers::{Account, ProviderResult};

use super::accounts::{Accounts, SimAccount, made};
use super::call::Call;
use super::faults::{self, Fault, Kind};
use super::keys;
use super::operations::{self, Operation};
use super::refusal::Refusal;
use super::request::{Ending, Reply, Request, Seen, value};

/// How many answered requests are remembered.
const REMEMBERED: usize = 20_000;

/// Everything of a simulator but its address.
pub struct State {
    /// Where numbers and services are.
    pub world: World,
    /// The accounts.
    pub accounts: Mutex<Accounts>,
    /// What shall go wrong.
    pub faults: Mutex<Vec<Fault>>,
    seen: Mutex<VecDeque<Seen>>,
    changes: Mutex<()>,
    slots: Option<Arc<Semaphore>>,
    under_way: AtomicUsize,
    peak: AtomicUsize,
    counted: AtomicU64,
}

/// A call that was let in, and what becomes of it.
pub struct Admitted {
    operation: &'static Operation,
    values: Vec<String>,
    owner: SimAccount,
    fault: Option<Fault>,
    /// Held until it is answered, where only so many calls may be under way.
    slot: Option<OwnedSemaphorePermit>,
    /// How long the answer takes.
    pub delay: Duration,
}

/// Holds a lock whatever happened to its last holder.
pub fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl State {
    /// The simulator of a world.
    pub fn new(world: World, most_at_once: Option<usize>) -> ProviderResult<State> {
        Ok(State {
            accounts: Mutex::new(Accounts::load(&world)?),
            world,
            faults: Mutex::default(),
            seen: Mutex::default(),
            changes: Mutex::default(),
            slots: most_at_once.map(|most| Arc::new(Semaphore::new(most))),
            under_way: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            counted: AtomicU64::new(0),
        })
    }

    /// Adds an account, or writes over one.
    pub fn put_account(&self, account: SimAccount) -> ProviderResult<()> {
        held(&self.accounts).put(&self.world, account)
    }

    /// A request begins.
    pub fn begin(&self) {
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(under_way, Ordering::SeqCst);
    }
    /// A request ends: what every answer says of it, and it is remembered.
    pub fn end(&self, request: &Request, reply: &mut Reply, took: Duration) {
        let under_way = self.under_way.fetch_sub(1, Ordering::SeqCst);
        let number = self.counted.fetch_add(1, Ordering::SeqCst);
        let id = made("RQ", &format!("request {number}"), self.world.seed());
        reply.headers.push(("Twilio-Request-Id", id));
        reply.headers.push(("Twilio-Concurrent-Requests", under_way.to_string()));
        reply.headers.push(("Twilio-Request-Duration", format!("{:.3}", took.as_secs_f64())));
        if reply.status == 401 {
            reply.headers.push(("WWW-Authenticate", "Basic realm=\"Twilio API\"".into()));
        }
        let mut seen = held(&self.seen);
        if seen.len() == REMEMBERED {
            seen.pop_front();
        }
        seen.push_back(Seen {
            account: request.signed().map(|(user, _)| user),
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            form: request.form(),
            status: Some(reply.status).filter(|_| reply.ending != Ending::HungUp),
        });
    }
    /// The requests answered since they were last forgotten, in order, and how many were under way at once at most.
    pub fn seen(&self) -> (Vec<Seen>, usize) {
        (held(&self.seen).iter().cloned().collect(), self.peak.load(Ordering::SeqCst))
    }
    /// Forgets the requests.
    pub fn forget_seen(&self) {
        held(&self.seen).clear();
        self.peak.store(0, Ordering::SeqCst);
    }

    /// Finds what is asked, by whom, and what the weather makes of it.
    pub fn admit(&self, request: &Request) -> Result<Admitted, Reply> {
        self.let_in(request).map_err(|refusal| Reply::json(refusal.status, &refusal.body()))
    }

    fn let_in(&self, request: &Request) -> Result<Admitted, Refusal> {
        let (operation, mut values) = operations::find(&request.method, &request.path)?;
        let path_account = operation.path.contains("/Accounts/").then(|| values.remove(0));
        let reads_account = operation.path.ends_with("/Accounts/{Sid}.json");
        let owner = held(&self.accounts).sign_in(request.signed(), path_account.as_deref(), reads_account)?;
        let slot = match &self.slots {
            Some(slots) => Some(Arc::clone(slots).try_acquire_owned().map_err(|_| Refusal::of(20429))?),
            None => None,
        };
        let asks_for_one =
            operation.verb == Verb::ListOwned && value(&request.query, "PhoneNumber").is_some();
        let verb = if asks_for_one { Verb::FindOwned } else { operation.verb };
        let ruling = self.world.gate(&Account::new(owner.sid.as_str()), verb)?;
        let set = faults::take(&mut held(&self.faults), request, &owner.sid);
        let fault = set.or_else(|| ruling.fault.map(Fault::of_weather));
        let wait = fault.as_ref().map_or(0, |fault| fault.delay_ms);
        Ok(Admitted {
            operation,
            values,
            owner,
            fault,
            slot,
            delay: ruling.latency + Duration::from_millis(wait),
        })
    }

    /// Does what was asked, and answers.
    pub fn perform(&self, admitted: Admitted, request: &Request) -> Reply {
        let Admitted { operation, values, owner, fault, slot: _until_answered, .. } = admitted;
        if let Some(reply) = fault.as_ref().and_then(Fault::instead) {
            return reply;
        }
        let account = Account::new(owner.sid.as_str());
        let call = Call { sim: self, request, form: request.form(), values, owner, account };
        let late = fault.as_ref().is_some_and(|fault| fault.fault == Kind::SoldMeanwhile);
        let (status, body) = self.run(operation, &call, late).unwrap_or_else(|no| (no.status, no.body()));
        match fault {
            Some(fault) => fault.spoil(status, body),
            None => Reply::json(status, &body),
        }
    }

    fn run(&self, operation: &Operation, call: &Call, late: bool) -> Result<(u16, Value), Refusal> {
        keys::check(operation.query, &call.request.query)?;
        if !call.request.body.is_empty() && call.request.content_type != "application/x-www-form-urlencoded" {
            return Err(Refusal::saying(20001, format!("Cannot read {}", call.request.content_type)));
        }
        keys::check(operation.form, &call.form)?;
        // A change looks before it acts: one after the other.
        let _alone = (operation.method != "GET").then(|| held(&self.changes));
        if let Some(number) =
            call.said("PhoneNumber").filter(|_| late).and_then(|text| E164::parse(text).ok())
        {
            self.world.sell_to_somebody_else(number)?;
        }
        (operation.run)(call)
    }
}
