//! What a plan is made of. Pure.

use std::collections::BTreeMap;

use crate::campaigns::needed;
use crate::kernel::AreaCode;

pub use super::load::{Forecast, Picker};
use super::places::Places;
use super::pool::Pool;
pub use super::reasons::Reason;

/// Numbers, or contacts, by area code; codes of zero are left out.
pub type ByCode = BTreeMap<AreaCode, i64>;

/// What a campaign needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    contacts: ByCode,
    ratio: i64,
}

impl Needs {
    /// Contacts by area code, and how many of them one number texts.
    pub fn new(contacts: &ByCode, ratio: i64) -> Needs {
        let contacts = contacts.iter().filter(|(_, count)| **count > 0).map(|(&code, &count)| (code, count));
        Needs { contacts: contacts.collect(), ratio: ratio.max(1) }
    }
    /// Contacts by area code.
    pub fn contacts(&self) -> &ByCode {
        &self.contacts
    }
    /// The contacts of one area code.
    pub fn of(&self, code: AreaCode) -> i64 {
        self.contacts.get(&code).copied().unwrap_or(0)
    }
    /// The contacts of several area codes.
    pub fn of_all(&self, codes: &[AreaCode]) -> i64 {
        codes.iter().map(|&code| self.of(code)).sum()
    }
    /// All contacts.
    pub fn total(&self) -> i64 {
        self.contacts.values().sum()
    }
    /// How many contacts one number texts.
    pub fn ratio(&self) -> i64 {
        self.ratio
    }
    /// How many numbers the contacts of one area code need.
    pub fn needed(&self, code: AreaCode) -> i64 {
        needed(self.of(code), self.ratio)
    }
    /// How many numbers all contacts need together.
    pub fn wanted(&self) -> i64 {
        needed(self.total(), self.ratio)
    }
}

/// The numbers of one area code, from one campaign's point of view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stock {
    /// What it may hold: what is free, and what it holds already.
    pub usable: i64,
    /// All that the organization owns there.
    pub owned: i64,
}

/// The numbers a campaign may hold, by area code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supply(BTreeMap<AreaCode, Stock>);

impl Supply {
    /// By area code.
    pub fn new(stock: BTreeMap<AreaCode, Stock>) -> Supply {
        Supply(stock)
    }
    /// Forgets the numbers of other area codes.
    pub fn retain(&mut self, codes: &[AreaCode]) {
        self.0.retain(|code, _| codes.contains(code));
    }
    /// Adds numbers that one may come to own.
    pub fn add(&mut self, more: &ByCode) {
        for (&code, &count) in more {
            let stock = self.0.entry(code).or_default();
            stock.usable += count;
            stock.owned += count;
        }
    }
    /// The same, with these numbers too.
    #[must_use]
    pub fn and(mut self, more: &ByCode) -> Supply {
        self.add(more);
        self
    }
    /// Of one area code.
    pub fn of(&self, code: AreaCode) -> Stock {
        self.0.get(&code).copied().unwrap_or_default()
    }
    /// What it may hold of one area code.
    pub fn usable(&self, code: AreaCode) -> i64 {
        self.of(code).usable.max(0)
    }
    /// The area codes that are known here.
    pub fn codes(&self) -> impl Iterator<Item = AreaCode> + '_ {
        self.0.keys().copied()
    }
}

/// What a plan must keep to.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Who picks the number for a contact.
    pub picker: Picker,
    /// The most numbers the messaging service takes.
    pub room: i64,
    /// What the campaign holds now.
    pub held: ByCode,
    /// The messaging service it will use, when that exists.
    pub pool: Option<Pool>,
    /// Where its numbers must, must not and may only be.
    pub places: Places,
    /// Numbers it keeps whatever is planned: what a campaign that is topped up holds already.
    pub keep: ByCode,
}

impl Rules {
    /// Rules of a campaign that holds nothing and may use every area code.
    pub fn new(picker: Picker, room: i64) -> Rules {
        Rules {
            picker,
            room,
            held: ByCode::new(),
            pool: None,
            places: Places::default(),
            keep: ByCode::new(),
        }
    }
    /// The stock that the rules about places allow. What it keeps it has, whatever they say.
    pub fn allowed(&self, supply: &Supply) -> Supply {
        let allowed = |code: AreaCode| {
            let kept = self.keep.get(&code).copied().unwrap_or(0);
            let usable = if self.places.ban(code).is_some() { 0 } else { supply.usable(code) };
            (code, Stock { usable: usable.max(kept), ..supply.of(code) })
        };
        Supply::new(supply.codes().chain(self.keep.keys().copied()).map(allowed).collect())
    }
    /// How many numbers the campaign wants: what its contacts need, within the room.
    pub fn wanted(&self, needs: &Needs) -> i64 {
        needs.wanted().min(self.room.max(0))
    }
    /// What each number would carry, if the campaign had these: by geomatch in a shared messaging service with all that
    /// is in it, for the contacts of everybody who texts from it. We pick from the campaign's own numbers alone.
    pub fn predict(&self, needs: &Needs, numbers: &ByCode) -> Forecast {
        match self.pool.as_ref().filter(|pool| pool.shared && self.picker == Picker::Twilio) {
            Some(pool) => super::load::forecast(self.picker, &pool.contacts_with(needs), &pool.with(numbers)),
            None => super::load::forecast(self.picker, needs, numbers),
        }
    }
}

/// What a strategy proposes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How many numbers of each area code.
    pub numbers: ByCode,
    /// How many the campaign wants in all.
    pub wanted: i64,
    /// Why each area code has what it has.
    pub reasons: BTreeMap<AreaCode, Reason>,
    /// What each number would carry.
    pub forecast: Forecast,
}

impl Plan {
    /// A plan of these numbers, with its reasons and its forecast.
    pub fn of(needs: &Needs, supply: &Supply, rules: &Rules, mut numbers: ByCode) -> Plan {
        numbers.retain(|_, count| *count > 0);
        Plan {
            wanted: rules.wanted(needs),
            reasons: super::reasons::explain(needs, supply, rules, &numbers),
            forecast: rules.predict(needs, &numbers),
            numbers,
        }
    }
    /// How many numbers in all.
    pub fn total(&self) -> i64 {
        self.numbers.values().sum()
    }
}
