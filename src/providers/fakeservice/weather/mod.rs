//! How the practice carrier behaves: what fails, when, and how slowly it answers. Pure; the world keeps it per account.

mod catalogue;
mod fault;
mod verb;

use std::time::Duration;

use super::dice;

pub use catalogue::NamedWeather;
pub use fault::{Fault, Ruling};
pub use verb::Verb;

/// The slowest the practice carrier can be made, in milliseconds.
pub const MAX_LATENCY_MS: u32 = 30_000;

/// What an account meets at the practice carrier. The counters named `…_next` count down by themselves.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Weather {
    /// How long an answer takes, in milliseconds; each call's own time lies within 40 % of it.
    /// At most [`MAX_LATENCY_MS`] count.
    pub latency_ms: u32,
    /// The next so many calls are refused as too many.
    pub rate_limit_next: u32,
    /// How long such a refusal asks to wait, in milliseconds; 0 says nothing about it.
    pub retry_after_ms: u32,
    /// The next so many calls fail before anything is done.
    pub transient_next: u32,
    /// The next so many changes fail before anything is done, but the caller cannot tell: no answer comes.
    pub unanswered_next: u32,
    /// The next so many purchases fail because the number has just been sold to somebody else, truly.
    pub sold_meanwhile_next: u32,
    /// The next so many purchases are done, but the answer is lost.
    pub answer_lost_next: u32,
    /// The next so many other changes are done, but the answer is lost.
    pub change_answer_lost_next: u32,
    /// Every messaging service is full.
    pub pool_full: bool,
    /// How many numbers a messaging service takes, when not 400.
    pub pool_cap: Option<u32>,
    /// The account is suspended: every call is refused.
    pub suspended: bool,
    /// Each call whose number is divisible by this fails before anything is done; 0 for none.
    pub every_nth: u32,
    /// So many calls in a thousand fail in some way, by the seed.
    pub faults_per_mille: u32,
}

impl Default for Weather {
    fn default() -> Weather {
        Weather { latency_ms: 140, ..Weather::still() }
    }
}

impl Weather {
    /// Nothing fails, and answers come at once: for tests.
    pub fn still() -> Weather {
        Weather {
            latency_ms: 0,
            rate_limit_next: 0,
            retry_after_ms: 1_000,
            transient_next: 0,
            unanswered_next: 0,
            sold_meanwhile_next: 0,
            answer_lost_next: 0,
            change_answer_lost_next: 0,
            pool_full: false,
            pool_cap: None,
            suspended: false,
            every_nth: 0,
            faults_per_mille: 0,
        }
    }

    /// Whether nothing is set to fail.
    pub fn is_fair(&self) -> bool {
        let Weather { latency_ms, retry_after_ms, .. } = *self;
        *self == Weather { latency_ms, retry_after_ms, ..Weather::still() }
    }

    /// What becomes of the account's call number `nth`, counting down what it uses up. The same seed and number give
    /// the same answer.
    pub(super) fn rule(&mut self, verb: Verb, nth: u64, seed: u64) -> Ruling {
        let draw = |about: u64| dice::mix(seed, &[nth, verb.number(), about]);
        let jitter = 600 + draw(0) % 801;
        let latency = Duration::from_micros(u64::from(self.latency_ms.min(MAX_LATENCY_MS)) * jitter);
        Ruling { latency, fault: self.fault(verb, nth, draw(1), draw(2)) }
    }

    fn fault(&mut self, verb: Verb, nth: u64, chance: u64, which: u64) -> Option<Fault> {
        let purchase = verb == Verb::Purchase;
        let wait = Some(Duration::from_millis(u64::from(self.retry_after_ms))).filter(|wait| !wait.is_zero());
        if self.suspended {
            return Some(Fault::Suspended);
        }
        let due = [
            (true, &mut self.rate_limit_next, Fault::RateLimited(wait)),
            (true, &mut self.transient_next, Fault::Transient),
            (verb.is_change(), &mut self.unanswered_next, Fault::Unanswered),
            (purchase, &mut self.sold_meanwhile_next, Fault::SoldMeanwhile),
            (purchase, &mut self.answer_lost_next, Fault::AnswerLost),
            (verb.is_change() && !purchase, &mut self.change_answer_lost_next, Fault::AnswerLost),
        ];
        for (applies, left, fault) in due {
            if applies && *left > 0 {
                *left -= 1;
                return Some(fault);
            }
        }
        if self.every_nth > 0 && nth.is_multiple_of(u64::from(self.every_nth)) {
            return Some(Fault::Transient);
        }
        if chance % 1_000 >= u64::from(self.faults_per_mille) {
            return None;
        }
        let reads = [Fault::RateLimited(wait), Fault::Transient];
        let changes = [reads[0], reads[1], Fault::Unanswered, Fault::AnswerLost];
        let purchases = [reads[0], reads[1], Fault::Unanswered, Fault::AnswerLost, Fault::SoldMeanwhile];
        let possible: &[Fault] = match () {
            () if purchase => &purchases,
            () if verb.is_change() => &changes,
            () => &reads,
        };
        possible.get(dice::place(which, possible.len())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_count_down_and_reads_do_not_use_up_what_is_for_purchases() {
        let mut weather = Weather { answer_lost_next: 1, rate_limit_next: 1, ..Weather::still() };
        let mut fault = |verb, nth| weather.rule(verb, nth, 1).fault;
        assert_eq!(fault(Verb::Search, 1), Some(Fault::RateLimited(Some(Duration::from_secs(1)))));
        assert_eq!(fault(Verb::Search, 2), None);
        assert_eq!(fault(Verb::Purchase, 3), Some(Fault::AnswerLost));
        assert_eq!(fault(Verb::Purchase, 4), None);
        assert!(weather.is_fair());
    }

    #[test]
    fn storms_are_as_strong_as_asked_and_the_same_for_a_seed() {
        let storm = |seed| -> Vec<_> {
            let mut weather = Weather { faults_per_mille: 200, ..Weather::default() };
            (0..5_000).map(|nth| weather.rule(Verb::Purchase, nth, seed)).collect()
        };
        let rulings = storm(1);
        let faults = rulings.iter().filter(|ruling| ruling.fault.is_some()).count();
        assert!((900..1_100).contains(&faults), "{faults}");
        assert!(rulings.iter().all(|ruling| (84..=196).contains(&ruling.latency.as_millis())));
        for fault in [Fault::Transient, Fault::Unanswered, Fault::AnswerLost, Fault::SoldMeanwhile] {
            assert!(rulings.iter().any(|ruling| ruling.fault == Some(fault)), "{fault:?}");
        }
        assert_eq!(rulings, storm(1));
        assert_ne!(rulings, storm(2));
    }

    #[test]
    fn named_weathers_are_told_apart() {
        let named = Weather::named();
        for (index, one) in named.iter().enumerate() {
            assert!(named[..index].iter().all(|other| other.key != one.key && other.weather != one.weather));
            assert_eq!(Weather::of_name(one.key).unwrap().weather, one.weather);
            let kept: Weather = serde_json::from_str(&serde_json::to_string(&one.weather).unwrap()).unwrap();
            assert_eq!(kept, one.weather);
        }
        assert!(named[0].weather.is_fair() && !named[1].weather.is_fair());
    }
}
