//! What happens to the program while it works, drawn from a seed: when it is killed, and what the carrier answers.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use numberbank::db::WatchCommits;
use numberbank::providers::{ErrorKind, ProviderError};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::{Notify, watch};

use crate::support::carrier::Fate;

/// One journey's misfortunes.
pub struct Schedule {
    pub seed: u64,
    dice: Mutex<StdRng>,
    /// So many kills are left.
    kills: AtomicU64,
    /// So many faults of the carrier are left.
    faults: AtomicU64,
    /// A call fails so often, in a thousand.
    rate: u32,
    /// How many calls the program makes at once.
    pub concurrency: usize,
    log: Mutex<Vec<String>>,
}

impl Schedule {
    pub fn of(seed: u64) -> Arc<Schedule> {
        let mut dice = StdRng::seed_from_u64(seed);
        let (kills, faults) = (dice.random_range(1..=6), dice.random_range(0..=12));
        let rate = [0, 20, 100, 300][dice.random_range(0..4)];
        let concurrency = [1, 1, 3, 8][dice.random_range(0..4)];
        Arc::new(Schedule {
            seed,
            dice: Mutex::new(dice),
            kills: AtomicU64::new(kills),
            faults: AtomicU64::new(faults),
            rate,
            concurrency,
            log: Mutex::default(),
        })
    }
    /// A number of the range, by the seed.
    pub fn draw(&self, range: std::ops::Range<u64>) -> u64 {
        self.dice.lock().unwrap().random_range(range)
    }
    /// Notes what was done, for whoever must find out why it went wrong.
    pub fn note(&self, words: impl Into<String>) {
        self.log.lock().unwrap().push(words.into());
    }
    /// Everything noted.
    pub fn story(&self) -> String {
        self.log.lock().unwrap().join("\n  ")
    }
    /// From now on nothing goes wrong any more.
    pub fn calm(&self) {
        self.kills.store(0, Ordering::SeqCst);
        self.faults.store(0, Ordering::SeqCst);
    }
    /// The next run of the program: it ends at some event, unless it was killed often enough.
    pub fn life(self: &Arc<Self>) -> Arc<Life> {
        let dies_at = match self.kills.load(Ordering::SeqCst) {
            0 => u64::MAX,
            // Early ends are as likely as late ones, whatever their number.
            _ => 1 << self.draw(0..8),
        };
        let dies_at = if dies_at == u64::MAX { dies_at } else { self.draw(dies_at..dies_at * 2) };
        let done = self.draw(0..2) == 0;
        Arc::new(Life {
            schedule: self.clone(),
            events: AtomicU64::new(0),
            dies_at,
            done,
            dead: AtomicBool::new(false),
            died: Notify::new(),
            open: watch::Sender::new(0),
        })
    }
    fn fault(&self, verb: &str) -> Option<Fate> {
        let rate = u64::from(self.rate);
        if self.faults.load(Ordering::SeqCst) == 0 || self.draw(0..1000) >= rate {
            return None;
        }
        self.faults.fetch_sub(1, Ordering::SeqCst);
        let reads = ["prices", "search", "find_", "list_", "service", "check", "usage", "poll_"];
        let kinds: &[ErrorKind] = match verb {
            "purchase" => &[ErrorKind::Unavailable, ErrorKind::RateLimited(None), ErrorKind::Transient],
            _ => &[ErrorKind::RateLimited(None), ErrorKind::Transient],
        };
        let way = self.draw(0..kinds.len() as u64 + 2);
        let fate = match kinds.get(usize::try_from(way).unwrap()) {
            Some(kind) => Fate::Refuse(ProviderError::of(*kind)),
            None if way == kinds.len() as u64 || reads.iter().any(|read| verb.starts_with(read)) => {
                Fate::Refuse(ProviderError::of(ErrorKind::AnswerLost))
            }
            None => Fate::LoseAnswer,
        };
        self.note(format!("{verb}: {fate:?}"));
        Some(fate)
    }
}

/// The program from one start to its end. Commits and calls to the carrier are its events, counted from 1.
pub struct Life {
    schedule: Arc<Schedule>,
    events: AtomicU64,
    dies_at: u64,
    /// Whether the last event still has its effect.
    done: bool,
    dead: AtomicBool,
    died: Notify,
    /// So many transactions are open.
    open: watch::Sender<u32>,
}

impl Life {
    /// Waits until it is killed.
    pub async fn end(&self) {
        self.died.notified().await;
    }
    /// Waits until nothing of it is left in the database.
    pub async fn is_gone(&self) {
        self.open.subscribe().wait_for(|open| *open == 0).await.unwrap();
    }
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }
    /// What becomes of a call.
    pub fn fate(&self, verb: &'static str) -> Fate {
        if self.is_dead() {
            return Fate::Hang { made: false };
        }
        if self.is_last(verb) {
            self.die();
            return Fate::Hang { made: self.done };
        }
        self.schedule.fault(verb).unwrap_or(Fate::Pass)
    }
    fn is_last(&self, what: &str) -> bool {
        let nth = self.events.fetch_add(1, Ordering::SeqCst) + 1;
        if nth == self.dies_at {
            let how = if self.done { "after" } else { "before" };
            self.schedule.note(format!("killed {how} its event {nth}: {what}"));
        }
        nth == self.dies_at
    }
    fn die(&self) {
        self.dead.store(true, Ordering::SeqCst);
        self.schedule.kills.fetch_sub(1, Ordering::SeqCst);
        self.died.notify_one();
    }
}

impl WatchCommits for Life {
    fn begun(&self) {
        self.open.send_modify(|open| *open += 1);
    }
    fn may_commit(&self) -> bool {
        if self.is_dead() {
            return false;
        }
        if self.is_last("a commit") && !self.done {
            self.die();
            return false;
        }
        true
    }
    fn ended(&self, committed: bool) {
        // The commit that was counted last is this one, unless others were counted meanwhile: then it dies a little later.
        let last = self.events.load(Ordering::SeqCst) >= self.dies_at;
        if committed && self.done && last && !self.is_dead() {
            self.die();
        }
        self.open.send_modify(|open| *open -= 1);
    }
}
