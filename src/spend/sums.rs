//! Charges added up from every side at once. Pure, and the same whatever the order they come in.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::attribution::{Holder, NumberMonths, Period, Stretch, Worth};
use crate::kernel::ids::NumberId;
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{AreaCode, Micros};
use crate::ledger::Basis;
use crate::numbers::NumberKind;
use crate::stored_enum;

/// Money by how we know it, and the time it paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// At the price the carrier quoted.
    pub quoted: Micros,
    /// As the carrier's bill says.
    pub billed: Micros,
    /// Derived from something else.
    pub estimated: Micros,
    /// How long numbers were paid for.
    pub time: NumberMonths,
}

impl Sums {
    pub(super) fn of(basis: Basis, worth: Worth) -> Sums {
        let mut sums = Sums { time: worth.time, ..Sums::default() };
        match basis {
            Basis::Quoted => sums.quoted = worth.amount,
            Basis::Billed => sums.billed = worth.amount,
            Basis::Estimated => sums.estimated = worth.amount,
        }
        sums
    }
    /// All of it.
    pub fn amount(&self) -> Micros {
        self.quoted + self.billed + self.estimated
    }
    /// The parts that are not nothing, by how we know them.
    pub fn by_basis(&self) -> Vec<(Basis, Micros)> {
        [(Basis::Quoted, self.quoted), (Basis::Billed, self.billed), (Basis::Estimated, self.estimated)]
            .into_iter()
            .filter(|(_, amount)| *amount != Micros::ZERO)
            .collect()
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Sums) {
        self.quoted += other.quoted;
        self.billed += other.billed;
        self.estimated += other.estimated;
        self.time += other.time;
    }
}

/// What came together under one heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// The money and the time.
    pub sums: Sums,
    /// What of the money no campaign had the use of.
    pub idle: Micros,
    /// How many charges had a day in it.
    pub charges: i64,
}

impl Part {
    /// All the money.
    pub fn amount(&self) -> Micros {
        self.sums.amount()
    }
}

impl AddAssign for Part {
    fn add_assign(&mut self, other: Part) {
        self.sums += other.sums;
        self.idle += other.idle;
        self.charges += other.charges;
    }
}

stored_enum! {
    /// From which side money is looked at.
    pub enum Face {
        /// As a whole.
        All = "all",
        /// By whose it was.
        Holder = "holder",
        /// By area code.
        Area = "area",
        /// By carrier.
        Provider = "provider",
        /// By kind of number.
        Kind = "kind",
    }
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// All of it.
    All,
    /// A campaign's, or nobody's.
    Holder(Holder),
    /// An area code's.
    Area(AreaCode),
    /// A carrier's, by its key.
    Provider(String),
    /// A kind's.
    Kind(NumberKind),
}

impl Key {
    /// Which side it belongs to.
    pub fn face(&self) -> Face {
        match self {
            Key::All => Face::All,
            Key::Holder(_) => Face::Holder,
            Key::Area(_) => Face::Area,
            Key::Provider(_) => Face::Provider,
            Key::Kind(_) => Face::Kind,
        }
    }
    /// How it is stored.
    pub fn text(&self) -> &str {
        match self {
            Key::All => "all",
            Key::Holder(holder) => holder.text(),
            Key::Area(code) => code.as_str(),
            Key::Provider(key) => key,
            Key::Kind(kind) => kind.as_str(),
        }
    }
    /// Reads what was stored.
    pub fn parse(face: Face, text: &str) -> Option<Key> {
        match face {
            Face::All => Some(Key::All),
            Face::Holder => Holder::parse(text).map(Key::Holder),
            Face::Area => AreaCode::parse(text).ok().map(Key::Area),
            Face::Provider => Some(Key::Provider(text.to_owned())),
            Face::Kind => NumberKind::parse(text).map(Key::Kind),
        }
    }
}

/// What a campaign, or nobody, had in one area code at one carrier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Whose.
    pub holder: Holder,
    /// Where.
    pub area_code: AreaCode,
    /// At which carrier.
    pub service: String,
    /// Of which kind.
    pub kind: NumberKind,
}

/// A charge and what is known of its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The number.
    pub number_id: NumberId,
    /// The days it paid for.
    pub period: Period,
    /// How much.
    pub amount: Micros,
    /// How we know.
    pub basis: Basis,
    /// Where the number is.
    pub area_code: AreaCode,
    /// At which carrier.
    pub service: String,
    /// Of which kind.
    pub kind: NumberKind,
}

/// Money by heading.
pub type Parts = BTreeMap<Key, Part>;

/// Charges, added up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MonthSums {
    /// From every side.
    pub parts: Parts,
    /// Crossed.
    pub cells: BTreeMap<Cell, Part>,
}

impl MonthSums {
    /// Counts a charge in, cut into these stretches: all of it, or some of its days.
    pub fn add(&mut self, source: &Source, stretches: &[Stretch]) {
        if stretches.is_empty() {
            return;
        }
        let mut whole = Part { charges: 1, ..Part::default() };
        let mut by_holder: BTreeMap<Holder, Part> = BTreeMap::new();
        for stretch in stretches {
            let sums = Sums::of(source.basis, stretch.worth);
            let idle = if stretch.holder.is_idle() { stretch.worth.amount } else { Micros::ZERO };
            whole.sums += sums;
            whole.idle += idle;
            let part = by_holder.entry(stretch.holder).or_default();
            *part = Part { sums: part.sums, idle: part.idle + idle, charges: 1 };
            part.sums += sums;
        }
        for key in [
            Key::All,
            Key::Area(source.area_code),
            Key::Provider(source.service.clone()),
            Key::Kind(source.kind),
        ] {
            *self.parts.entry(key).or_default() += whole;
        }
        for (holder, part) in by_holder {
            *self.parts.entry(Key::Holder(holder)).or_default() += part;
            let cell = Cell {
                holder,
                area_code: source.area_code,
                service: source.service.clone(),
                kind: source.kind,
            };
            *self.cells.entry(cell).or_default() += part;
        }
    }
}

/// What numbers will cost that stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ahead {
    /// Renewals still to come in a month.
    pub to_come: Micros,
    /// Renewals of the month after it.
    pub next_month: Micros,
    /// How many numbers.
    pub numbers: i64,
}

impl AddAssign for Ahead {
    fn add_assign(&mut self, other: Ahead) {
        self.to_come += other.to_come;
        self.next_month += other.next_month;
        self.numbers += other.numbers;
    }
}

/// What is ahead, by heading.
pub type Outlook = BTreeMap<Key, Ahead>;

/// Adds what is ahead of some numbers to every heading they stand under.
pub fn look_ahead(outlook: &mut Outlook, cell: &Cell, ahead: Ahead) {
    for key in [
        Key::All,
        Key::Holder(cell.holder),
        Key::Area(cell.area_code),
        Key::Provider(cell.service.clone()),
        Key::Kind(cell.kind),
    ] {
        *outlook.entry(key).or_default() += ahead;
    }
}
