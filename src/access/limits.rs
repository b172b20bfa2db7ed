//! How often one may try to sign in: per client address and per account. Each instance counts for itself.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::error::{AppError, AppResult};

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
}

/// Counts attempts to sign in.
pub struct SignInLimits {
    by_address: DefaultKeyedRateLimiter<String>,
    by_account: DefaultKeyedRateLimiter<String>,
}

impl SignInLimits {
    /// An office behind one address may sign in together: 30 at once, then one every 2 seconds.
    pub const PER_ADDRESS: Limits = Limits::new(30, 2);
    /// Guessing one person's password: 10 at once, then one every 30 seconds.
    pub const PER_ACCOUNT: Limits = Limits::new(10, 30);

    /// With these limits.
    pub fn new(per_address: Limits, per_account: Limits) -> SignInLimits {
        SignInLimits { by_address: per_address.limiter(), by_account: per_account.limiter() }
    }
    /// Counts one attempt; what is no e-mail address counts for the client alone.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the seconds to wait.
    pub fn count(&self, address: &str, email: Option<&str>) -> AppResult<()> {
        check(&self.by_address, address)?;
        email.map_or(Ok(()), |email| check(&self.by_account, email))
    }
}

fn check(limiter: &DefaultKeyedRateLimiter<String>, key: &str) -> AppResult<()> {
    // Keys come from outside: forget those that have their full quota again before they fill the memory.
    if limiter.len() > 10_000 {
        limiter.retain_recent();
    }
    limiter.check_key(&key.to_owned()).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        AppError::TooMany(wait.as_secs() + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_an_account_run_out_apart() {
        let limits = SignInLimits::new(Limits::new(3, 60), Limits::new(2, 60));
        assert!(limits.count("a", Some("ada")).is_ok());
        assert!(limits.count("a", Some("ada")).is_ok());
        assert!(matches!(limits.count("b", Some("ada")), Err(AppError::TooMany(1..=60))));
        assert!(limits.count("a", Some("grace")).is_ok());
        assert!(matches!(limits.count("a", Some("grace")), Err(AppError::TooMany(1..=60))));
        assert!(limits.count("b", Some("grace")).is_ok());
    }
}
