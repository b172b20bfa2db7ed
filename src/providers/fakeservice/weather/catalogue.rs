//! The weathers a practice page offers.

use super::Weather;

/// A weather people can choose.
#[derive(Debug, Clone)]
pub struct NamedWeather {
    /// For forms and addresses.
    pub key: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What will happen, in plain words.
    pub help: &'static str,
    /// What it sets.
    pub weather: Weather,
}

impl Weather {
    /// The weathers the practice page offers.
    pub fn named() -> Vec<NamedWeather> {
        let named = |key, name, help, weather| NamedWeather { key, name, help, weather };
        let fair = Weather::default;
        vec![
            named(
                "sunny",
                "Sunny",
                "Everything works. Each answer takes about a seventh of a second.",
                fair(),
            ),
            named(
                "rush-hour",
                "Rush hour",
                "The next 20 calls are refused as too many. Work waits, slows down and then goes on.",
                Weather { rate_limit_next: 20, ..fair() },
            ),
            named(
                "sold-meanwhile",
                "Sold meanwhile",
                "The next 5 numbers we try to buy are snatched away by somebody else.",
                Weather { sold_meanwhile_next: 5, ..fair() },
            ),
            named(
                "answers-lost",
                "Answers get lost",
                "The next 3 purchases and the next 2 other changes are done, but no answer reaches us. Two changes \
                 before them get no answer and are not done either: from here they look the same.",
                Weather { unanswered_next: 2, answer_lost_next: 3, change_answer_lost_next: 2, ..fair() },
            ),
            named(
                "hiccups",
                "Hiccups",
                "Every third call fails before anything is done.",
                Weather { every_nth: 3, ..fair() },
            ),
            named(
                "pool-full",
                "Pool full",
                "No messaging service takes another number.",
                Weather { pool_full: true, ..fair() },
            ),
            named(
                "suspended",
                "Account suspended",
                "The carrier refuses everything until the weather changes. Numbers go on being billed.",
                Weather { suspended: true, ..fair() },
            ),
            named(
                "slow",
                "Slow",
                "Everything works, but each answer takes about three seconds.",
                Weather { latency_ms: 3_000, ..fair() },
            ),
            named(
                "stormy",
                "Stormy",
                "One call in five fails in some way.",
                Weather { faults_per_mille: 200, ..fair() },
            ),
        ]
    }

    /// The offered weather of this key.
    pub fn of_name(key: &str) -> Option<NamedWeather> {
        Weather::named().into_iter().find(|named| named.key == key)
    }
}
