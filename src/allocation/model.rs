//! What a plan is made of. Pure.

use std::collections::BTreeMap;

use crate::campaigns::needed;
use crate::kernel::AreaCode;
use crate::kernel::money::group_thousands;

pub use super::load::{Forecast, Picker};
use super::pool::Pool;

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
}

impl Rules {
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

/// Why an area code has the numbers it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its numbers are enough for its contacts; they carry those overlay codes too.
    Covered(Vec<AreaCode>),
    /// It has too few numbers: each would text so many.
    Partly {
        /// How many it needs.
        needs: i64,
        /// How many contacts each of its numbers would text.
        load: i64,
    },
    /// It has none; these overlay codes carry it.
    CarriedBy(Vec<AreaCode>),
    /// It has none, because there are too few.
    Short {
        /// How many it needs.
        needs: i64,
        /// How many the campaign may hold.
        usable: i64,
        /// How many the organization owns.
        owned: i64,
    },
    /// It has none, because its overlay group as a whole has too few, and numbers here would carry all of it.
    GroupShort {
        /// How many the group needs.
        needs: i64,
        /// How many the campaign may hold in it.
        usable: i64,
    },
    /// It has none, because all the numbers the campaign wants went to larger area codes.
    NoneLeft,
    /// It has none, though there are enough.
    LeftOut {
        /// How many it needs.
        needs: i64,
        /// How many the campaign may hold.
        usable: i64,
    },
    /// It has numbers and no contacts.
    Helps,
    /// It has neither.
    Spare,
}

fn listed(codes: &[AreaCode]) -> String {
    let codes: Vec<&str> = codes.iter().map(AreaCode::as_str).collect();
    match codes.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [several @ .., last] => format!("{} and {last}", several.join(", ")),
    }
}

impl Reason {
    /// In words, to stand under the area code.
    pub fn words(&self) -> String {
        match self {
            Reason::Covered(carried) if carried.is_empty() => "own code, wholly covered".to_owned(),
            Reason::Covered(carried) => {
                format!("own code, wholly covered; carries its overlay {} too", listed(carried))
            }
            Reason::Partly { needs, load } => format!(
                "partly covered: needs {needs}, each of its numbers would text {}",
                group_thousands(load.unsigned_abs())
            ),
            Reason::CarriedBy(by) if by.len() == 1 => {
                format!("left out: its overlay {} carries it", listed(by))
            }
            Reason::CarriedBy(by) => format!("left out: its overlays {} carry it", listed(by)),
            Reason::Short { needs, owned: 0, .. } => format!("left out: needs {needs}, we own none"),
            Reason::Short { needs, usable, owned } if usable == owned => {
                format!("left out: needs {needs}, we own {owned}")
            }
            Reason::Short { needs, usable: 0, owned } => {
                format!("left out: needs {needs}, and none of the {owned} we own is free")
            }
            Reason::Short { needs, usable, owned } => {
                format!("left out: needs {needs}, and {usable} of the {owned} we own are free")
            }
            Reason::GroupShort { needs, usable } => {
                format!("left out: with its overlays it needs {needs}, and {usable} can be used")
            }
            Reason::NoneLeft => "left out: the numbers went to larger area codes".to_owned(),
            Reason::LeftOut { needs, usable } => format!("left out: needs {needs}, and {usable} are free"),
            Reason::Helps => "no contacts here: helps to carry the others".to_owned(),
            Reason::Spare => "no contacts here".to_owned(),
        }
    }
    /// Whether its contacts lack numbers that buying would bring.
    pub fn is_short(&self) -> bool {
        matches!(self, Reason::Short { .. } | Reason::GroupShort { .. })
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
