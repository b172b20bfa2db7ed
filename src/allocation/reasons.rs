//! Why each area code has the numbers it has: for a plan, and for whatever a person reserved by hand.

use std::collections::{BTreeMap, BTreeSet};

use super::load::{self, Picker, overlays};
use super::model::{ByCode, Needs, Rules, Supply};
use super::places::Ban;
use crate::campaigns::needed;
use crate::kernel::AreaCode;
use crate::kernel::money::group_thousands;
use crate::web::format::plural;

/// Why an area code has the numbers it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its numbers are enough for its contacts.
    Covered {
        /// How many they are.
        numbers: i64,
        /// For how many contacts.
        contacts: i64,
        /// The overlay codes that they carry too.
        carries: Vec<AreaCode>,
    },
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
    /// It has none, because the campaign's rules say so.
    Banned(Ban),
    /// It has so many though the campaign's rules say that it must not be used.
    Against(i64),
    /// The campaign's rules want it, and it has some; why so many.
    Wanted(Box<Reason>),
    /// The campaign's rules want it, and it has none; why not.
    Unkept(Box<Reason>),
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
            Reason::Covered { numbers, contacts, carries } => {
                let plural = |count: &i64, one, many| plural(count.unsigned_abs(), one, many);
                let numbers = plural(numbers, "number", "numbers");
                let contacts = plural(contacts, "contact", "contacts");
                let carries = match carries.is_empty() {
                    true => String::new(),
                    false => format!("; carries its overlay {} too", listed(carries)),
                };
                format!("wholly covered: {numbers} for {contacts}{carries}")
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
            Reason::Banned(Ban::Named) => "left out: your rules say that it must not be used".to_owned(),
            Reason::Banned(Ban::NotAmong) => "left out: your rules allow other area codes only".to_owned(),
            Reason::Against(count) => {
                format!("against your rules: let go of its {count}, it must not be used")
            }
            Reason::Wanted(why) => format!("wanted by your rules; {}", why.words()),
            Reason::Unkept(why) => {
                let words = why.words();
                let words = words.strip_prefix("left out: ").unwrap_or(&words);
                format!("your rules want it, and it has none: {words}")
            }
        }
    }
    /// Whether its contacts lack numbers that buying would bring.
    pub fn is_short(&self) -> bool {
        match self {
            Reason::Short { .. } | Reason::GroupShort { .. } => true,
            Reason::Wanted(why) | Reason::Unkept(why) => why.is_short(),
            _ => false,
        }
    }
}

/// The reason of every area code with contacts or with numbers.
pub fn explain(
    needs: &Needs,
    supply: &Supply,
    rules: &Rules,
    numbers: &ByCode,
) -> BTreeMap<AreaCode, Reason> {
    let held = |code: AreaCode| numbers.get(&code).copied().unwrap_or(0);
    let all: i64 = numbers.values().sum();
    let codes: BTreeSet<AreaCode> =
        needs.contacts().keys().chain(numbers.keys()).copied().chain(rules.places.must_codes()).collect();
    let loads = rules.predict(needs, numbers).loads;
    let plain = |code: AreaCode| {
        let (contacts, has, wants) = (needs.of(code), held(code), needs.needed(code));
        let usable = supply.usable(code);
        if contacts == 0 {
            return if has > 0 { Reason::Helps } else { Reason::Spare };
        }
        if has >= wants {
            let carries = match rules.picker {
                Picker::Twilio => {
                    overlays(code).filter(|&other| needs.of(other) > 0 && held(other) == 0).collect()
                }
                Picker::Numberbank => Vec::new(),
            };
            return Reason::Covered { numbers: has, contacts, carries };
        }
        if has > 0 {
            let load = load::round_up(loads.get(&code).copied().unwrap_or(0.0));
            return Reason::Partly { needs: wants, load };
        }
        let carriers: Vec<AreaCode> = overlays(code).filter(|&other| held(other) > 0).collect();
        if !carriers.is_empty() {
            return Reason::CarriedBy(carriers);
        }
        if usable < wants {
            return Reason::Short { needs: wants, usable, owned: supply.of(code).owned };
        }
        let group = &code.info().geography;
        let group_wants = needed(needs.of_all(group), needs.ratio());
        // A few numbers of a code that they do not cover would be overrun, so they help nobody.
        let helps = |other: &&AreaCode| supply.usable(**other) >= needs.needed(**other);
        let group_usable = group.iter().filter(helps).map(|&other| supply.usable(other)).sum();
        if rules.picker == Picker::Twilio && group_usable < group_wants {
            return Reason::GroupShort { needs: group_wants, usable: group_usable };
        }
        if all + wants > rules.wanted(needs) {
            Reason::NoneLeft
        } else {
            Reason::LeftOut { needs: wants, usable }
        }
    };
    let reason = |code: AreaCode| match rules.places.ban(code) {
        Some(_) if held(code) > 0 => Reason::Against(held(code)),
        Some(ban) => Reason::Banned(ban),
        None if !rules.places.wants(code) => plain(code),
        None if held(code) > 0 => Reason::Wanted(Box::new(plain(code))),
        // A state is kept by any of its area codes.
        None if rules.places.must_codes().any(|must| must == code) => {
            let why = match supply.usable(code) {
                0 => Reason::Short {
                    needs: needs.needed(code).max(1),
                    usable: 0,
                    owned: supply.of(code).owned,
                },
                _ => plain(code),
            };
            Reason::Unkept(Box::new(why))
        }
        None => plain(code),
    };
    codes.into_iter().map(|code| (code, reason(code))).collect()
}
