//! Keeps an account's calls few, and slows all of them down when Twilio asks for it: its limit is on the calls of an
//! account that are under way together, whoever makes them. Every instance of this program keeps to its own share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::time::Time;

/// The longest first pause after "too many".
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause that is not Twilio's own wish. What it limits is calls under way at once, which end within seconds:
/// a longer silence would only keep people waiting.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The longest wish that is granted.
const LONGEST_WISH: Duration = Duration::from_secs(600);

/// How long at most to wait after the `strike`th "too many" in a row, from 1.
pub(super) fn window(strike: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << strike.saturating_sub(1).min(16)).min(LONGEST_PAUSE)
}

/// The lanes of all accounts.
pub(super) struct Governor {
    concurrency: usize,
    time: Arc<dyn Time>,
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
}

impl Governor {
    pub(super) fn new(concurrency: usize, time: Arc<dyn Time>) -> Governor {
        Governor { concurrency: concurrency.max(1), time, lanes: Mutex::default() }
    }

    /// The lane of an account.
    pub(super) fn lane(&self, account: &str) -> Arc<Lane> {
        let mut lanes = unpoisoned(&self.lanes);
        if let Some(lane) = lanes.get(account) {
            return Arc::clone(lane);
        }
        let lane = Arc::new(Lane {
            turns: Semaphore::new(self.concurrency),
            pace: Mutex::default(),
            time: Arc::clone(&self.time),
        });
        lanes.insert(account.to_owned(), Arc::clone(&lane));
        lane
    }
}

/// One account's way to Twilio.
pub(super) struct Lane {
    turns: Semaphore,
    pace: Mutex<Pace>,
    time: Arc<dyn Time>,
}

#[derive(Default)]
struct Pace {
    /// No call begins before.
    open_at: Duration,
    /// How often "too many" was heard lately.
    strikes: u32,
    /// When last.
    struck_at: Duration,
}

/// A call's permission to be under way.
pub(super) struct Turn<'a> {
    began: Duration,
    _permit: Option<SemaphorePermit<'a>>,
}

/// Twilio wants us to wait longer than the caller can.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed(pub Duration);

impl Lane {
    /// Waits for a turn, in pauses at most as long as `patience`, which it uses up.
    pub(super) async fn turn(&self, patience: &mut Duration) -> Result<Turn<'_>, Closed> {
        loop {
            // Never closed, so there is always a permit.
            let permit = self.turns.acquire().await.ok();
            let now = self.time.now();
            let wait = unpoisoned(&self.pace).open_at.saturating_sub(now);
            if wait.is_zero() {
                return Ok(Turn { began: now, _permit: permit });
            }
            // Others may not take a turn either, so nobody loses by our letting it go.
            drop(permit);
            *patience = patience.checked_sub(wait).ok_or(Closed(wait))?;
            self.time.sleep(wait).await;
        }
    }

    /// Twilio answered "too many" to this call, with or without a wish how long to wait: the whole account pauses.
    /// Answers how long from now on.
    pub(super) fn too_many(&self, turn: &Turn<'_>, wish: Option<Duration>) -> Duration {
        let now = self.time.now();
        let mut pace = unpoisoned(&self.pace);
        // Calls that were under way together are refused together: that is one reason to slow down, not many.
        if pace.strikes == 0 || turn.began > pace.struck_at {
            pace.strikes = pace.strikes.saturating_add(1).min(16);
        }
        pace.struck_at = now;
        let jitter = self.time.draw(window(pace.strikes));
        let pause = wish.unwrap_or_default().min(LONGEST_WISH) + jitter;
        pace.open_at = pace.open_at.max(now + pause);
        pace.open_at - now
    }

    /// A call went through: the account speeds up again, step by step.
    pub(super) fn fine(&self, turn: &Turn<'_>) {
        let mut pace = unpoisoned(&self.pace);
        if turn.began > pace.struck_at {
            pace.strikes = pace.strikes.saturating_sub(1);
        }
    }
}

pub(super) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
