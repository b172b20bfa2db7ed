//! What the page of the carrier's bill shows.

use askama::Template;

use super::compare::{Compared, MonthBill, Side};
use crate::access::{Allowed, ManageOrganization, SeeSpend};
use crate::kernel::Micros;
use crate::ledger::prices::{Looked, PriceChange};
use crate::ledger::usage::Reading;
use crate::spend::Month;
use crate::web::format::number;
use crate::web::{Shell, filters};

struct LineRow {
    kind: &'static str,
    ledger: Side,
    bill: Side,
    difference: String,
    same: bool,
    reasons: Vec<String>,
}

struct MonthRow {
    name: String,
    href: String,
    ledger: Micros,
    bill: Micros,
    difference: String,
    same: bool,
    other: Micros,
}

/// `/spend/bill`.
#[derive(Template)]
#[template(path = "spend/bill/page.html")]
pub(super) struct BillPage {
    shell: Shell,
    spend: String,
    carrier: String,
    /// Whether this carrier tells what it bills.
    reads: bool,
    month: String,
    previous: String,
    next: String,
    /// Where a reading is asked for, by whoever may.
    read: String,
    read_at: Option<crate::kernel::Moment>,
    refused: Option<(crate::kernel::Moment, String)>,
    /// Whether anything was ever read.
    known: bool,
    /// Whether the chosen month is compared.
    compared: bool,
    whole: bool,
    through: String,
    numbers: Micros,
    ledger: Micros,
    difference: String,
    same: bool,
    lines: Vec<LineRow>,
    total: Micros,
    other_use: Micros,
    other: Vec<(String, String, Micros)>,
    months: Vec<MonthRow>,
    /// What numbers cost from when on.
    prices: Vec<String>,
    /// Why the price list was not used the last time.
    prices_refused: Option<(crate::kernel::Moment, String)>,
}

/// `+$1.20`, `−$0.40`, `$0.00`: what the bill has beyond the ledger, to the micro.
fn signed(difference: Micros) -> String {
    match Compared::of(difference) {
        Compared::More(amount) => format!("+{amount}"),
        Compared::Same | Compared::Less(_) => difference.dollars(),
    }
}

impl BillPage {
    pub(super) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        (month, today): (Month, Month),
        (carrier, reads): (String, bool),
        reading: Reading,
        months: &[MonthBill],
        (prices, looked): (&[PriceChange], Looked),
    ) -> BillPage {
        let times = by.times();
        let at = |month: Month| by.url(&format!("/spend/bill?month={month}"));
        let first = reading.known.map(|(first, _)| Month::of(first));
        let chosen = months.iter().find(|one| one.month == month);
        let zero = Micros::ZERO;
        let difference = chosen.map_or(zero, MonthBill::difference);
        BillPage {
            shell,
            spend: by.url("/spend"),
            carrier,
            reads,
            month: month.words(),
            previous: match first {
                Some(first) if month > first => at(month.previous()),
                _ => String::new(),
            },
            next: if month < today { at(month.next()) } else { String::new() },
            read: if by.may::<ManageOrganization>() { by.url("/spend/bill/read") } else { String::new() },
            read_at: reading.read_at,
            refused: reading.refused,
            known: reading.known.is_some(),
            compared: chosen.is_some(),
            whole: chosen.is_some_and(MonthBill::is_whole),
            through: chosen.map(|one| times.day(one.days.1)).unwrap_or_default(),
            numbers: chosen.map_or(zero, |one| one.numbers),
            ledger: chosen.map_or(zero, |one| one.ledger.amount),
            difference: signed(difference),
            same: difference == zero,
            lines: chosen.map_or(&[][..], |one| &one.lines).iter().map(line_row).collect(),
            total: chosen.map_or(zero, |one| one.total),
            other_use: chosen.map_or(zero, MonthBill::other_use),
            other: chosen
                .map_or(&[][..], |one| &one.other)
                .iter()
                .map(|(words, count, amount)| (words.clone(), number(*count), *amount))
                .collect(),
            months: months
                .iter()
                .map(|one| MonthRow {
                    name: one.month.words(),
                    href: at(one.month),
                    ledger: one.ledger.amount,
                    bill: one.numbers,
                    difference: signed(one.difference()),
                    same: one.difference() == zero,
                    other: one.other_use(),
                })
                .collect(),
            prices: prices.iter().map(PriceChange::words).collect(),
            prices_refused: looked.refused,
        }
    }
}

fn line_row(line: &super::Line) -> LineRow {
    LineRow {
        kind: line.kind.words(),
        ledger: line.ledger,
        bill: line.bill,
        difference: signed(line.difference()),
        same: line.difference() == Micros::ZERO,
        reasons: line.reasons.iter().map(super::Reason::words).collect(),
    }
}
