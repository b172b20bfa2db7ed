//! What every call passes before it reaches the world: it is counted, and the weather decides what becomes of it.

mod store;

use std::collections::BTreeMap;

use crate::kernel::text_enum::TextEnum;
use crate::providers::{Account, ErrorKind, ProviderError, ProviderResult};

use super::dice;
use super::store::{Tried, Tx};
use super::weather::{Ruling, Verb, Weather};
use super::world::World;

impl World {
    /// Counts a call of the account and says what becomes of it, using up the weather that is for the next calls.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn gate(&self, account: &Account, verb: Verb) -> ProviderResult<Ruling> {
        self.store.write(|tx| {
            tx.count_call(&account.id, verb.as_str())?;
            let (kept, calls) = tx.account(&account.id)?;
            let before = self.read_weather(kept.as_deref())?;
            let mut weather = before.clone();
            let seed = dice::mix(self.seed(), &[dice::text("weather"), dice::text(&account.id)]);
            let ruling = weather.rule(verb, u64::try_from(calls).unwrap_or(0), seed);
            if weather != before {
                write_weather(tx, account, &weather)?;
            }
            Ok(ruling)
        })
    }

    /// The account's weather.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn weather(&self, account: &Account) -> ProviderResult<Weather> {
        self.store.read(|tx| self.weather_in(tx, &account.id))
    }

    /// Changes the account's weather, for every instance that opened this file.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn set_weather(&self, account: &Account, weather: &Weather) -> ProviderResult<()> {
        self.store.write(|tx| write_weather(tx, account, weather))
    }

    /// How often the account called each verb, refused calls included; verbs never called are left out.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn calls(&self, account: &Account) -> ProviderResult<BTreeMap<Verb, u64>> {
        let kept = self.store.read(|tx| tx.calls(&account.id))?;
        let known = |(verb, calls): (String, i64)| Some((Verb::parse(&verb)?, u64::try_from(calls).ok()?));
        Ok(kept.into_iter().filter_map(known).collect())
    }

    pub(super) fn weather_in(&self, tx: &mut Tx, account: &str) -> Tried<Weather> {
        let (kept, _) = tx.account(account)?;
        Ok(self.read_weather(kept.as_deref())?)
    }

    fn read_weather(&self, kept: Option<&str>) -> ProviderResult<Weather> {
        match kept {
            None => Ok(Weather { latency_ms: self.options().latency_ms, ..Weather::still() }),
            Some(text) => serde_json::from_str(text).map_err(|error| unreadable(&error)),
        }
    }
}

fn write_weather(tx: &mut Tx, account: &Account, weather: &Weather) -> Tried<()> {
    let text = serde_json::to_string(weather).map_err(|error| unreadable(&error))?;
    tx.set_account_weather(&account.id, &text)
}

fn unreadable(error: &serde_json::Error) -> ProviderError {
    ProviderError::new(ErrorKind::Unknown, format!("The practice carrier's weather is unreadable: {error}."))
}
