//! How often one may try to sign in: per client address, which each instance counts for itself, and per account, which
//! all instances of a database count together.
//!
//! Of an account the failures are counted. One row tells until when its past failures count: each failure moves that
//! moment on, time catches up with it, and an attempt that would move it too far ahead is refused. A success takes back
//! what it cost.

mod store;

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::TimeDelta;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::token::hash_of;
use crate::db::{DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::Moment;
use crate::state::App;

/// How many attempts at once, and how long until each comes back.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// At once.
    pub burst: NonZeroU32,
    /// One more after this long.
    pub one_per: Duration,
}

impl Limits {
    /// `burst` at once, then one every `seconds`.
    pub const fn new(burst: u32, seconds: u64) -> Limits {
        let burst = match NonZeroU32::new(burst) {
            Some(burst) => burst,
            None => NonZeroU32::MIN,
        };
        Limits { burst, one_per: Duration::from_secs(seconds) }
    }
    fn limiter(self) -> DefaultKeyedRateLimiter<String> {
        let one_per = self.one_per.max(Duration::from_millis(1));
        let quota = Quota::with_period(one_per).unwrap_or(Quota::per_second(self.burst));
        RateLimiter::keyed(quota.allow_burst(self.burst))
    }
    fn cost(self) -> TimeDelta {
        TimeDelta::from_std(self.one_per).unwrap_or(TimeDelta::MAX)
    }
    /// Until when failures count after one more, when the past ones count until `before`.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the seconds to wait.
    fn after_one_more(self, before: Moment, now: Moment) -> AppResult<Moment> {
        let after = before.max(now) + self.cost();
        let most = self.cost() * i32::try_from(self.burst.get()).unwrap_or(i32::MAX);
        let over = (after - now) - most;
        if over <= TimeDelta::zero() {
            return Ok(after);
        }
        let seconds = u64::try_from(over.num_milliseconds()).unwrap_or(0).div_ceil(1_000);
        Err(AppError::TooMany(seconds.max(1)))
    }
}

/// Counts attempts to sign in.
pub struct SignInLimits {
    by_address: DefaultKeyedRateLimiter<String>,
    per_account: Limits,
}

/// An attempt that was counted as a failure until it [succeeds](Attempt::succeeded).
#[derive(Debug)]
#[must_use]
pub struct Attempt {
    key_hash: String,
    limits: Limits,
}

impl SignInLimits {
    /// An office behind one address may sign in together: 30 at once, then one every 2 seconds.
    pub const PER_ADDRESS: Limits = Limits::new(30, 2);
    /// Guessing one person's password: 10 at once, then one every 30 seconds.
    pub const PER_ACCOUNT: Limits = Limits::new(10, 30);
    /// Asking for links for a new password of one person: 3 at once, then one every 20 minutes.
    pub const LINKS: Limits = Limits::new(3, 20 * 60);

    /// With these limits.
    pub fn new(per_address: Limits, per_account: Limits) -> SignInLimits {
        SignInLimits { by_address: per_address.limiter(), per_account }
    }
    /// Counts one attempt of a client.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the seconds to wait.
    pub fn count(&self, address: &str) -> AppResult<()> {
        // Keys come from outside: forget those that have their full quota again before they fill the memory.
        if self.by_address.len() > 10_000 {
            self.by_address.retain_recent();
        }
        self.by_address.check_key(&address.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            AppError::TooMany(wait.as_secs() + 1)
        })
    }
    /// Counts one attempt of a client at an account, on whichever instance.
    ///
    /// # Errors
    /// As [`count`](Self::count).
    pub async fn attempt(&self, app: &App, address: &str, account: &str) -> AppResult<Attempt> {
        self.count(address)?;
        Attempt::begin(app, account, self.per_account).await
    }
}

impl Attempt {
    /// Counts one attempt, on whichever instance, before it is known how it ends: many at once are no way around.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the seconds to wait.
    pub(super) async fn begin(app: &App, account: &str, limits: Limits) -> AppResult<Attempt> {
        let (key_hash, now) = (hash_of(&format!("sign-in of {account}")), app.clock.now());
        let key = key_hash.clone();
        app.db
            .write(move |tx| {
                let before = store::lock(tx, &key, now)?;
                let after = limits.after_one_more(before, now)?;
                Ok::<_, AppError>(store::put(tx, &key, after)?)
            })
            .await?;
        Ok(Attempt { key_hash, limits })
    }
    /// Takes back what it cost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn succeeded(self, app: &App) -> AppResult<()> {
        let (now, cost) = (app.clock.now(), self.limits.cost());
        app.db
            .write(move |tx| {
                let before = store::lock(tx, &self.key_hash, now)?;
                Ok::<_, AppError>(store::put(tx, &self.key_hash, before - cost)?)
            })
            .await
    }
}

/// Forgets accounts whose failures count no more: enqueues nothing, but comes with the clock as clock jobs do.
///
/// # Errors
/// A database error.
pub fn forget_attempts(tx: &mut Tx, now: Moment) -> DbResult<()> {
    store::forget(tx, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::default() + TimeDelta::seconds(seconds)
    }

    #[test]
    fn an_address_runs_out() {
        let limits = SignInLimits::new(Limits::new(2, 60), Limits::new(2, 60));
        assert!(limits.count("a").is_ok() && limits.count("a").is_ok());
        assert!(matches!(limits.count("a"), Err(AppError::TooMany(1..=60))));
        assert!(limits.count("b").is_ok());
    }

    #[test]
    fn failures_of_an_account_count_for_a_while() {
        let limits = Limits::new(3, 60);
        let mut until = Moment::default();
        for _ in 0..3 {
            until = limits.after_one_more(until, at(10)).unwrap();
        }
        assert_eq!(until, at(10 + 3 * 60));
        assert!(matches!(limits.after_one_more(until, at(10)), Err(AppError::TooMany(60))));
        assert!(matches!(limits.after_one_more(until, at(69)), Err(AppError::TooMany(1))));
        // One comes back a minute, and none is saved up beyond three.
        until = limits.after_one_more(until, at(70)).unwrap();
        assert!(limits.after_one_more(until, at(70)).is_err());
        let rested = (0..3).try_fold(until, |until, _| limits.after_one_more(until, at(100_000))).unwrap();
        assert!(limits.after_one_more(rested, at(100_000)).is_err());
    }
}
