//! What the report says.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::attribution::{Holder, Stretch, Worth, within};
use super::month::Month;
use super::sums::{Ahead, Cell, Part, Parts};
use crate::kernel::ids::{CampaignId, ChargeId};
use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::ledger::Charge;
use crate::numbers::NumberKind;
use crate::text_enum;

/// How many months the chart shows, the chosen one last.
pub const MONTHS: u32 = 12;

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// The charges that fall due in a month, with all their days.
    Month(Month),
    /// Some days of whatever charges pay for them.
    Days {
        /// The first day.
        from: NaiveDate,
        /// The day after the last.
        until: NaiveDate,
    },
}

impl Span {
    /// From one day to another, both included, whichever comes first.
    pub fn days(one: NaiveDate, other: NaiveDate) -> Span {
        let (from, last) = (one.min(other), one.max(other));
        Span::Days { from, until: last.checked_add_days(Days::new(1)).unwrap_or(last) }
    }
    /// From its first day until the day after its last.
    pub fn borders(self) -> (NaiveDate, NaiveDate) {
        match self {
            Span::Month(month) => (month.first(), month.end()),
            Span::Days { from, until } => (from, until),
        }
    }
    /// The first day and the last.
    pub fn ends(self) -> (NaiveDate, NaiveDate) {
        let (from, until) = self.borders();
        (from, until.checked_sub_days(Days::new(1)).unwrap_or(until))
    }
    /// `2026-11`, or `2026-11-03/2026-11-17`: in files.
    pub fn text(self) -> String {
        match self {
            Span::Month(month) => month.to_string(),
            Span::Days { .. } => format!("{}/{}", self.ends().0, self.ends().1),
        }
    }
    /// What stands for it in addresses.
    pub fn query(self) -> String {
        match self {
            Span::Month(month) => format!("month={month}"),
            Span::Days { .. } => format!("from={}&to={}", self.ends().0, self.ends().1),
        }
    }
}

text_enum! {
    /// A table of the report.
    pub enum Table {
        /// By campaign, and idle.
        Campaign = "campaign",
        /// By area code.
        Area = "area",
        /// By state.
        State = "state",
        /// By carrier.
        Provider = "provider",
        /// By kind of number.
        Kind = "kind",
        /// Twelve months, each by campaign, and idle.
        Month = "month",
    }
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heading {
    /// A campaign, or nobody.
    Holder(Holder),
    /// An area code.
    Area(AreaCode),
    /// A state, territory or province by its letters; none for toll-free numbers.
    State(&'static str),
    /// A carrier, by its key.
    Provider(String),
    /// A kind of number.
    Kind(NumberKind),
    /// What was entered by hand and belongs to no number: in every table, so that each adds up to all.
    Fees,
}

/// A line of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub heading: Heading,
    /// What was charged.
    pub part: Part,
    /// What is ahead.
    pub ahead: Ahead,
    /// What was entered by hand.
    pub entered: Micros,
    /// What the month before cost.
    pub previous: Micros,
}

impl Line {
    /// What it cost.
    pub fn amount(&self) -> Micros {
        self.part.amount() + self.entered
    }
    /// What the month will have cost when it is over, if nothing is bought or released.
    pub fn expected(&self) -> Micros {
        self.amount() + self.ahead.to_come
    }
}

/// One month of the year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthShares {
    /// The month.
    pub month: Month,
    /// All of it.
    pub all: Part,
    /// Whose it was.
    pub holders: BTreeMap<Holder, Part>,
    /// One-off and registration fees of the month, entered by hand.
    pub fees: Micros,
}

impl MonthShares {
    pub(super) fn of(month: Month, parts: Option<&Parts>, fees: Micros) -> MonthShares {
        use super::sums::Key;
        let mut shares = MonthShares { month, all: Part::default(), holders: BTreeMap::new(), fees };
        for (key, part) in parts.into_iter().flatten() {
            match key {
                Key::All => shares.all = *part,
                Key::Holder(holder) => drop(shares.holders.insert(*holder, *part)),
                Key::Area(_) | Key::Provider(_) | Key::Kind(_) => {}
            }
        }
        shares
    }
}

/// What next month will cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forecast {
    /// Numbers that campaigns have in use renew.
    pub in_use: Micros,
    /// Numbers that are reserved for drafts renew.
    pub reserved: Micros,
    /// All other numbers renew.
    pub idle: Micros,
    /// What open orders, of approved requests among them, may still buy.
    pub approved: Micros,
}

impl Forecast {
    /// All of it.
    pub fn total(&self) -> Micros {
        self.in_use + self.reserved + self.idle + self.approved
    }
}

/// What some time cost.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which.
    pub span: Span,
    /// Whether it is the present month: renewals may still come.
    pub is_current: bool,
    /// The first month with a charge; `None` when nothing was ever charged.
    pub first: Option<Month>,
    /// All that was charged for numbers.
    pub all: Part,
    /// One-off and registration fees, entered by hand.
    pub fees: Micros,
    /// What is ahead.
    pub ahead: Ahead,
    /// What the month before cost, its fees too.
    pub previous: Micros,
    /// So many numbers would renew by the end of next month and are certain to be released before, unless that is taken
    /// back, and what they cost a month: they are not in what is ahead.
    pub planned: (i64, Micros),
    /// What next month will cost.
    pub forecast: Forecast,
    pub(super) tables: BTreeMap<Table, Vec<Line>>,
    /// The year: [`MONTHS`] months, this one last; empty when days were asked about.
    pub months: Vec<MonthShares>,
    /// How many numbers there are now.
    pub numbers: i64,
    /// The names of the campaigns in here.
    pub names: BTreeMap<CampaignId, String>,
    /// Of when the figures are, when something has changed since.
    pub as_of: Option<Moment>,
    /// Some months were never added up, and are not in here.
    pub missing: bool,
}

impl Report {
    /// The lines of a table, largest first; who is not a campaign comes last.
    pub fn lines(&self, table: Table) -> &[Line] {
        self.tables.get(&table).map_or(&[], Vec::as_slice)
    }
    /// All of it: what numbers were charged, and fees. Every table adds up to it.
    pub fn total(&self) -> Micros {
        self.all.amount() + self.fees
    }
    /// What the month will have cost when it is over, if nothing is bought or released.
    pub fn expected(&self) -> Micros {
        self.total() + self.ahead.to_come
    }
    /// What was idle, in percent of what numbers were charged, rounded; `None` when nothing was.
    pub fn idle_percent(&self) -> Option<i64> {
        percent(self.all.idle, self.all.amount())
    }
    /// The name of a campaign.
    pub fn name(&self, campaign: CampaignId) -> &str {
        self.names.get(&campaign).map_or("A campaign", String::as_str)
    }
}

/// A part in percent of the whole, rounded; `None` without a whole.
pub fn percent(part: Micros, whole: Micros) -> Option<i64> {
    let (part, whole) = (part.get(), whole.get());
    (whole > 0).then(|| (part * 200 + whole).div_euclid(whole * 2))
}

/// Which charges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slice {
    /// All.
    All,
    /// Of numbers that were somebody's, or nobody's, on some day of the charge.
    Holder(Holder),
    /// Of numbers in this area code.
    Area(AreaCode),
    /// Of numbers in this state, by its letters; none for toll-free numbers.
    State(&'static str),
    /// Of numbers at this carrier.
    Provider(String),
    /// Of numbers of this kind.
    Kind(NumberKind),
}

impl Slice {
    /// Whose days are meant, if somebody's are.
    pub fn holder(&self) -> Option<Holder> {
        match self {
            Slice::Holder(holder) => Some(*holder),
            Slice::All | Slice::Area(_) | Slice::State(_) | Slice::Provider(_) | Slice::Kind(_) => None,
        }
    }
}

/// A charge and whose it was.
#[derive(Debug, Clone)]
pub struct Split {
    /// The charge.
    pub charge: Charge,
    /// Its number.
    pub phone_number: E164,
    /// Whose it was, in order of time: all of its days.
    pub stretches: Vec<Stretch>,
}

impl Split {
    /// What of it counts in a span, and is this holder's if one is named.
    pub fn worth(&self, span: Span, holder: Option<Holder>) -> Worth {
        let period =
            super::attribution::Period { start: self.charge.period_start, end: self.charge.period_end };
        let (from, until) = match span {
            Span::Month(_) => (period.start, period.end),
            Span::Days { from, until } => (from, until),
        };
        let mut sum = Worth::default();
        for stretch in within(period, self.charge.amount, &self.stretches, from, until) {
            if holder.is_none_or(|holder| stretch.holder == holder) {
                sum += stretch.worth;
            }
        }
        sum
    }
}

/// A page of charges.
#[derive(Debug, Clone)]
pub struct Splits {
    /// The charges.
    pub rows: Vec<Split>,
    /// The last charge looked at, when there are more.
    pub next: Option<ChargeId>,
    /// The names of the campaigns in here.
    pub names: BTreeMap<CampaignId, String>,
}

/// A number and all it was ever charged.
#[derive(Debug, Clone)]
pub struct NumberSpend {
    /// The number.
    pub number: crate::numbers::Number,
    /// Its charges, newest first.
    pub charges: Vec<Split>,
    /// The names of the campaigns in here.
    pub names: BTreeMap<CampaignId, String>,
}

impl NumberSpend {
    /// All that was charged.
    pub fn charged(&self) -> Micros {
        self.charges.iter().map(|split| split.charge.amount).sum()
    }
    /// What of it was idle.
    pub fn idle(&self) -> Micros {
        let stretches = self.charges.iter().flat_map(|split| &split.stretches);
        stretches.filter(|stretch| stretch.holder.is_idle()).map(|stretch| stretch.worth.amount).sum()
    }
}

/// A campaign and all it ever cost.
#[derive(Debug, Clone)]
pub struct CampaignSpend {
    /// The campaign.
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// Every month from its first charge to its last or the present one, oldest first.
    pub months: Vec<(Month, Part)>,
    /// All of it, crossed.
    pub cells: BTreeMap<Cell, Part>,
    /// What is ahead of the numbers it has in use.
    pub ahead: Ahead,
    /// Of when the figures are, when something has changed since.
    pub as_of: Option<Moment>,
    /// Some months were never added up, and are not in here.
    pub missing: bool,
}

impl CampaignSpend {
    /// All that was charged to it.
    pub fn all(&self) -> Part {
        let mut all = Part::default();
        for (_, part) in &self.months {
            all += *part;
        }
        all
    }
}
