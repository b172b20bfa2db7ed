//! The comparison, pure: charges of the ledger and lines of a bill in, differences with their likely reasons out.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::Month;
use crate::kernel::Micros;
use crate::ledger::Basis;
use crate::ledger::usage::Billed;
use crate::numbers::NumberKind;
use crate::providers::usage::{CATEGORIES, LOCAL, MOBILE, NUMBERS, TOLL_FREE, TOTAL, contains};

/// A kind of numbers on a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Numbers of a place.
    Local,
    /// Toll-free numbers.
    TollFree,
    /// Mobile numbers, of which none are bought here.
    Mobile,
    /// What `phonenumbers` has beyond its kinds.
    Beyond,
}

impl Kind {
    /// In the order of pages.
    pub const ALL: [Kind; 4] = [Kind::Local, Kind::TollFree, Kind::Mobile, Kind::Beyond];

    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Local => "Local numbers",
            Kind::TollFree => "Toll-free numbers",
            Kind::Mobile => "Mobile numbers",
            Kind::Beyond => "Other charges for numbers",
        }
    }
    fn category(self) -> Option<&'static str> {
        match self {
            Kind::Local => Some(LOCAL),
            Kind::TollFree => Some(TOLL_FREE),
            Kind::Mobile => Some(MOBILE),
            Kind::Beyond => None,
        }
    }
    fn of(kind: NumberKind) -> Kind {
        match kind {
            NumberKind::Local => Kind::Local,
            NumberKind::TollFree => Kind::TollFree,
        }
    }
}

/// What one side says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Side {
    /// How many charges.
    pub count: i64,
    /// Their sum.
    pub amount: Micros,
}

impl Side {
    fn add(&mut self, count: i64, amount: Micros) {
        self.count += count;
        self.amount += amount;
    }
}

/// Why a bill and the ledger may differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// So many numbers were in the account before they were adopted here: what the carrier charged for them before is
    /// not in the ledger.
    Adopted(i64),
    /// So many charges were estimated from the day of adoption, and this is their sum: the carrier charged the whole
    /// month on its own day.
    Estimated(i64, Micros),
    /// The carrier charges another price than what was quoted when the numbers were bought: ours, theirs, on average.
    Price(Micros, Micros),
    /// So many numbers were released in the month: the carrier may date that otherwise.
    Released(i64),
    /// So many charges, and their sum, are of numbers that another organization here has in the same account.
    Elsewhere(i64, Micros),
    /// So many charges are on the bill only: somebody else uses the account, or numbers there are not adopted here.
    Others(i64),
    /// So many charges are in the ledger only: the carrier may not have closed the day, or had let go of them.
    Missing(i64),
    /// A part of the bill that belongs to no kind.
    NoKind,
}

impl Reason {
    /// As people read it.
    pub fn words(&self) -> String {
        let numbers =
            |count: &i64, one: &str, many: &str| crate::web::format::plural(count.unsigned_abs(), one, many);
        match self {
            Reason::Adopted(count) => format!(
                "{} in the account before being adopted here: what the carrier charged until then is not in the ledger",
                numbers(count, "number was", "numbers were")
            ),
            Reason::Estimated(count, amount) => format!(
                "{} ({amount}) estimated from the day of adoption on: the carrier charged the whole month on its own day",
                numbers(count, "charge is", "charges are")
            ),
            Reason::Price(ours, theirs) => format!(
                "the price changed: the carrier charged {theirs} a number on average, the ledger says {ours}"
            ),
            Reason::Released(count) => format!(
                "{} released in the month: the carrier may have dated that otherwise",
                numbers(count, "number was", "numbers were")
            ),
            Reason::Elsewhere(count, amount) => format!(
                "{} ({amount}) of numbers of another organization on this account, and in its ledger",
                numbers(count, "charge", "charges")
            ),
            Reason::Others(count) => format!(
                "{} on the bill only: numbers in the account that are not here, or somebody else who uses the account",
                numbers(count, "charge is", "charges are")
            ),
            Reason::Missing(count) => format!(
                "{} in the ledger only: the carrier may not have closed its books for these days, or had let go of the \
                 numbers before that was known here",
                numbers(count, "charge is", "charges are")
            ),
            Reason::NoKind => {
                "the carrier bills it as numbers and as none of their kinds, such as setting one up"
                    .to_owned()
            }
        }
    }
}

/// One kind in one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which kind.
    pub kind: Kind,
    /// What the ledger says.
    pub ledger: Side,
    /// What the carrier billed.
    pub bill: Side,
    /// Why they may differ; empty when they do not.
    pub reasons: Vec<Reason>,
}

impl Line {
    /// What the bill has beyond the ledger; below zero when the ledger has more.
    pub fn difference(&self) -> Micros {
        self.bill.amount - self.ledger.amount
    }
}

/// One month of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthBill {
    /// Which.
    pub month: Month,
    /// The first and the last day compared.
    pub days: (NaiveDate, NaiveDate),
    /// By kind; a kind of which neither side has anything is left out.
    pub lines: Vec<Line>,
    /// What the ledger says of all numbers.
    pub ledger: Side,
    /// What the carrier billed for all numbers.
    pub numbers: Micros,
    /// Everything the account was billed.
    pub total: Micros,
    /// The other categories as they were told; they overlap, so they are not added up.
    pub other: Vec<(String, i64, Micros)>,
}

impl MonthBill {
    /// What the bill has beyond the ledger, of numbers.
    pub fn difference(&self) -> Micros {
        self.numbers - self.ledger.amount
    }
    /// What the account was billed beside numbers.
    pub fn other_use(&self) -> Micros {
        self.total - self.numbers
    }
    /// Whether all of the month is compared.
    pub fn is_whole(&self) -> bool {
        self.days == (self.month.first(), super::last_day(self.month.end()))
    }
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// To the micro.
    Same,
    /// The bill has more.
    More(Micros),
    /// The ledger has more.
    Less(Micros),
}

impl Compared {
    /// Of a difference.
    pub fn of(difference: Micros) -> Compared {
        match difference.get() {
            0 => Compared::Same,
            1.. => Compared::More(difference),
            _ => Compared::Less(-difference),
        }
    }
}

/// Charges of the ledger that are alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charged {
    pub day: NaiveDate,
    pub kind: NumberKind,
    pub basis: Basis,
    pub count: i64,
    pub amount: Micros,
}

/// Charges of another organization's numbers in the same account that are alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elsewhere {
    pub day: NaiveDate,
    pub kind: NumberKind,
    pub count: i64,
    pub amount: Micros,
}

/// A number that was adopted: since when the carrier has it in the account, and when it was adopted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Adopted {
    pub kind: NumberKind,
    pub created: NaiveDate,
    pub adopted: NaiveDate,
}

/// What was read, from which the comparison is made: the days `from..until`.
pub(super) struct Read {
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub ledger: Vec<Charged>,
    /// What other organizations here were charged for numbers in the same account.
    pub elsewhere: Vec<Elsewhere>,
    pub billed: Vec<Billed>,
    pub adopted: Vec<Adopted>,
    /// The days on which numbers were released, by kind, and how many.
    pub released: Vec<(NaiveDate, NumberKind, i64)>,
}

impl Read {
    /// The months, newest first.
    pub(super) fn months(&self) -> Vec<MonthBill> {
        let mut month = Month::of(super::last_day(self.until));
        let mut months = Vec::new();
        while month.end() > self.from {
            months.push(self.month(month));
            month = month.previous();
        }
        months
    }

    fn month(&self, month: Month) -> MonthBill {
        let days = (month.first().max(self.from), super::last_day(month.end().min(self.until)));
        let within = |day: NaiveDate| (days.0..=days.1).contains(&day);
        let bill: BTreeMap<&str, Side> = self
            .billed
            .iter()
            .filter(|row| Month::of(row.month) == month)
            .map(|row| (row.category.as_str(), Side { count: row.count, amount: row.amount }))
            .collect();
        let billed = |category: &str| bill.get(category).copied().unwrap_or_default();
        let (mut ledger, mut all) = (BTreeMap::<Kind, Side>::new(), Side::default());
        let mut estimated = BTreeMap::<Kind, Side>::new();
        for charge in self.ledger.iter().filter(|charge| within(charge.day)) {
            ledger.entry(Kind::of(charge.kind)).or_default().add(charge.count, charge.amount);
            all.add(charge.count, charge.amount);
            if charge.basis == Basis::Estimated {
                estimated.entry(Kind::of(charge.kind)).or_default().add(charge.count, charge.amount);
            }
        }
        let kinds: Micros = [LOCAL, TOLL_FREE, MOBILE].iter().map(|category| billed(category).amount).sum();
        // A carrier that tells no parent tells its kinds.
        let numbers = bill.get(NUMBERS).map_or(kinds, |side| side.amount);
        let lines = Kind::ALL.into_iter().filter_map(|kind| {
            let bill = match kind.category() {
                Some(category) => billed(category),
                None => Side { count: 0, amount: numbers - kinds },
            };
            let ledger = ledger.get(&kind).copied().unwrap_or_default();
            if bill == Side::default() && ledger == Side::default() {
                return None;
            }
            let mut line = Line { kind, ledger, bill, reasons: Vec::new() };
            if line.difference() != Micros::ZERO {
                line.reasons = self.reasons(&line, days, estimated.get(&kind).copied().unwrap_or_default());
            }
            Some(line)
        });
        MonthBill {
            month,
            days,
            lines: lines.collect(),
            ledger: all,
            numbers,
            total: bill.get(TOTAL).map_or(numbers, |side| side.amount),
            other: CATEGORIES
                .iter()
                .filter(|(category, _)| *category != TOTAL && !contains(NUMBERS, category))
                .filter_map(|(category, words)| {
                    let side = bill.get(category).filter(|side| **side != Side::default())?;
                    Some(((*words).to_owned(), side.count, side.amount))
                })
                .collect(),
        }
    }

    fn reasons(&self, line: &Line, days: (NaiveDate, NaiveDate), estimated: Side) -> Vec<Reason> {
        let Line { kind, ledger, bill, .. } = line;
        if *kind == Kind::Beyond {
            return vec![Reason::NoKind];
        }
        let mut reasons = Vec::new();
        let before = self.adopted.iter().filter(|one| {
            Kind::of(one.kind) == *kind
                && one.created <= days.1
                && one.adopted >= days.0
                && one.created < one.adopted
        });
        let adopted = i64::try_from(before.count()).unwrap_or(i64::MAX);
        if adopted > 0 {
            reasons.push(Reason::Adopted(adopted));
        }
        if estimated.count > 0 {
            reasons.push(Reason::Estimated(estimated.count, estimated.amount));
        }
        let full = Side { count: ledger.count - estimated.count, amount: ledger.amount - estimated.amount };
        let average = |side: &Side| Micros::new(side.amount.get() / side.count.max(1));
        if full.count > 0 && bill.count > 0 && average(&full) != average(bill) {
            reasons.push(Reason::Price(average(&full), average(bill)));
        }
        let released: i64 = self
            .released
            .iter()
            .filter(|(day, of, _)| Kind::of(*of) == *kind && (days.0..=days.1).contains(day))
            .map(|(_, _, count)| count)
            .sum();
        if released > 0 && ledger.count != bill.count {
            reasons.push(Reason::Released(released));
        }
        let mut shared = Side::default();
        for one in self.elsewhere.iter().filter(|one| Kind::of(one.kind) == *kind) {
            if (days.0..=days.1).contains(&one.day) {
                shared.add(one.count, one.amount);
            }
        }
        if shared.count > 0 {
            reasons.push(Reason::Elsewhere(shared.count, shared.amount));
        }
        match bill.count - ledger.count - shared.count {
            more if more > 0 => reasons.push(Reason::Others(more)),
            less if less < 0 => reasons.push(Reason::Missing(-less)),
            _ => {}
        }
        reasons
    }
}

#[cfg(test)]
mod tests;
