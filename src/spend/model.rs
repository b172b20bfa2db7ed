//! What the report says: a month, its campaigns and places, and the year behind it.

use std::collections::BTreeMap;

use super::attribution::{Stretch, Tally, Worth};
use super::month::Month;
use super::store;
use crate::kernel::ids::CampaignId;
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{AreaCode, E164, Micros};
use crate::ledger::{Basis, Charge};

/// How many months the chart shows, the chosen one last.
pub const MONTHS: u32 = 12;

/// Up to so many numbers the year is added up with every page; with more it is asked for.
pub const YEAR_UP_TO: i64 = 20_000;

/// Whether a report has the year behind its month: it costs twelve times as much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Year {
    /// It has not.
    Never,
    /// With at most `YEAR_UP_TO` numbers.
    WhenCheap,
    /// It has.
    Always,
}

impl Year {
    pub(super) fn is_wanted(self, numbers: i64) -> bool {
        self == Year::Always || (self == Year::WhenCheap && numbers <= YEAR_UP_TO)
    }
}

/// A month of an organization.
#[derive(Debug, Clone)]
pub struct Report {
    /// The month.
    pub month: Month,
    /// Whether it is not over: renewals may still come.
    pub is_current: bool,
    /// The first month with a charge; `None` when nothing was ever charged.
    pub first: Option<Month>,
    /// What was charged, and for how many number-months.
    pub charged: Worth,
    /// What is known about it: amounts by how we know them.
    pub by_basis: Vec<(Basis, Micros)>,
    /// What the renewals still to come this month will cost at today's prices.
    pub to_come: Micros,
    /// What the month before cost.
    pub previous: Micros,
    /// Charged to campaigns, largest first, then idle.
    pub shares: Vec<Share>,
    /// Area codes, largest first.
    pub areas: Vec<AreaShare>,
    /// The year: [`MONTHS`] months, this one last; empty when it was not added up.
    pub months: Vec<MonthShares>,
    /// How many numbers there are now.
    pub numbers: i64,
    /// What they cost a month at today's prices.
    pub inventory: Micros,
    /// The names of the campaigns in here.
    pub names: BTreeMap<CampaignId, String>,
}

/// The part of one campaign, or of nobody, in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The campaign; `None` for idle.
    pub holder: Option<CampaignId>,
    /// What was charged.
    pub charged: Worth,
    /// What is still to come this month.
    pub to_come: Micros,
    /// What the month before cost.
    pub previous: Micros,
}

/// An area code's part in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaShare {
    /// The area code.
    pub area_code: AreaCode,
    /// How many charges: a number is charged once a month.
    pub charges: i64,
    /// What was charged.
    pub charged: Micros,
    /// What of it was idle.
    pub idle: Micros,
    /// What is still to come this month.
    pub to_come: Micros,
    /// What the month before cost.
    pub previous: Micros,
}

/// One month of the year.
#[derive(Debug, Clone)]
pub struct MonthShares {
    /// The month.
    pub month: Month,
    /// Who had what of it.
    pub tally: Tally,
}

impl Report {
    /// What the month will have cost when it is over, if nothing is bought or released.
    pub fn expected(&self) -> Micros {
        self.charged.amount + self.to_come
    }
    /// What was idle.
    pub fn idle(&self) -> Worth {
        self.shares
            .iter()
            .find(|share| share.holder.is_none())
            .map_or(Worth::default(), |share| share.charged)
    }
    /// What was idle, in percent of what was charged, rounded; `None` when nothing was.
    pub fn idle_percent(&self) -> Option<i64> {
        let charged = self.charged.amount.get();
        (charged > 0).then(|| (self.idle().amount.get() * 200 + charged).div_euclid(charged * 2))
    }
    /// The name of a campaign.
    pub fn name(&self, campaign: CampaignId) -> &str {
        self.names.get(&campaign).map_or("A campaign", String::as_str)
    }
}

/// What was read, from which a report is made.
pub(super) struct Read {
    pub month: Month,
    pub is_current: bool,
    pub year: bool,
    pub first: Option<Month>,
    pub charged: Vec<store::Charged>,
    pub held: Vec<store::Held>,
    pub areas: Vec<store::ChargedArea>,
    pub areas_before: Vec<store::ChargedArea>,
    pub held_areas: Vec<store::HeldArea>,
    pub renewals: Vec<store::Renewals>,
    pub numbers: i64,
    pub inventory: Micros,
}

impl Read {
    /// The report, but for the campaigns' names.
    pub(super) fn report(self) -> Report {
        let mut tallies: BTreeMap<Month, Tally> = BTreeMap::new();
        let mut by_basis: BTreeMap<Basis, Micros> = BTreeMap::new();
        for row in &self.charged {
            let month = Month::of(row.period.start);
            tallies.entry(month).or_default().charge(row.period, row.amount, row.count);
            if month == self.month {
                *by_basis.entry(row.basis).or_default() += row.amount * row.count;
            }
        }
        for row in &self.held {
            let tally = tallies.entry(Month::of(row.period().start)).or_default();
            tally.held(row.campaign_id, row.period(), row.amount, row.days(), row.count);
        }
        let tally = |month: Month| tallies.get(&month).cloned().unwrap_or_default();
        let (now, before) = (tally(self.month), tally(self.month.previous()));
        Report {
            month: self.month,
            is_current: self.is_current,
            first: self.first,
            charged: now.charged(),
            by_basis: Basis::ALL
                .iter()
                .filter_map(|basis| by_basis.get(basis).map(|amount| (*basis, *amount)))
                .collect(),
            to_come: self.renewals.iter().map(|renewal| renewal.amount).sum(),
            previous: before.charged().amount,
            shares: self.shares(&now, &before),
            areas: self.areas(),
            months: (0..if self.year { MONTHS } else { 0 })
                .rev()
                .map(|back| self.month.back(back))
                .map(|month| MonthShares { month, tally: tally(month) })
                .collect(),
            numbers: self.numbers,
            inventory: self.inventory,
            names: BTreeMap::new(),
        }
    }

    fn shares(&self, now: &Tally, before: &Tally) -> Vec<Share> {
        let mut shares: BTreeMap<Option<CampaignId>, Share> = BTreeMap::new();
        let idle = (None, Share { charged: now.idle(), previous: before.idle().amount, ..Share::none(None) });
        shares.extend([idle]);
        for (campaign, charged) in now.campaigns() {
            shares.entry(Some(campaign)).or_insert_with(|| Share::none(Some(campaign))).charged = charged;
        }
        for (campaign, charged) in before.campaigns() {
            shares.entry(Some(campaign)).or_insert_with(|| Share::none(Some(campaign))).previous =
                charged.amount;
        }
        for renewal in &self.renewals {
            let share = shares.entry(renewal.holder).or_insert_with(|| Share::none(renewal.holder));
            share.to_come += renewal.amount;
        }
        let mut shares: Vec<Share> = shares.into_values().collect();
        shares.sort_by_key(|share| {
            let amount = share.charged.amount + share.to_come;
            (share.holder.is_none(), std::cmp::Reverse((amount, share.previous)), share.holder)
        });
        shares
    }

    fn areas(&self) -> Vec<AreaShare> {
        let mut areas: BTreeMap<AreaCode, AreaShare> = BTreeMap::new();
        let mut of = |area_code, change: &dyn Fn(&mut AreaShare)| {
            change(areas.entry(area_code).or_insert_with(|| AreaShare::none(area_code)));
        };
        for row in &self.areas {
            of(row.area_code, &|area| {
                (area.charges, area.charged, area.idle) = (row.count, row.amount, row.amount);
            });
        }
        for HeldAt { area_code, amount } in self.held_areas.iter().map(HeldAt::of) {
            of(area_code, &|area| area.idle = area.idle - amount);
        }
        for row in &self.areas_before {
            of(row.area_code, &|area| area.previous = row.amount);
        }
        for renewal in &self.renewals {
            of(renewal.area_code, &|area| area.to_come += renewal.amount);
        }
        let mut areas: Vec<AreaShare> = areas.into_values().collect();
        areas.sort_by_key(|area| {
            (std::cmp::Reverse((area.charged + area.to_come, area.previous)), area.area_code)
        });
        areas
    }
}

struct HeldAt {
    area_code: AreaCode,
    amount: Micros,
}

impl HeldAt {
    fn of(row: &store::HeldArea) -> HeldAt {
        let (from, until) = row.held.days();
        let one = super::attribution::worth(row.held.period(), row.held.amount, from, until);
        HeldAt { area_code: row.area_code, amount: one.amount * row.held.count }
    }
}

impl Share {
    fn none(holder: Option<CampaignId>) -> Share {
        Share { holder, charged: Worth::default(), to_come: Micros::ZERO, previous: Micros::ZERO }
    }
}
impl AreaShare {
    fn none(area_code: AreaCode) -> AreaShare {
        let nothing = Micros::ZERO;
        AreaShare {
            area_code,
            charges: 0,
            charged: nothing,
            idle: nothing,
            to_come: nothing,
            previous: nothing,
        }
    }
}

/// Which of a month's charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slice {
    /// All.
    All,
    /// Of numbers in this area code.
    Area(AreaCode),
    /// Of numbers this campaign held on some day of the charge.
    Campaign(CampaignId),
    /// Of numbers that were idle on some day of the charge.
    Idle,
}

/// A charge and whose it was.
#[derive(Debug, Clone)]
pub struct Split {
    /// The charge.
    pub charge: Charge,
    /// Its number.
    pub phone_number: E164,
    /// Whose it was, in order of time.
    pub stretches: Vec<Stretch>,
}

impl Split {
    /// What one holder had of it.
    pub fn of(&self, holder: Option<CampaignId>) -> Worth {
        let mut sum = Worth::default();
        for stretch in self.stretches.iter().filter(|stretch| stretch.holder == holder) {
            sum += stretch.worth;
        }
        sum
    }
}

/// A page of a month's charges.
#[derive(Debug, Clone)]
pub struct Splits {
    /// The charges.
    pub rows: Vec<Split>,
    /// The last charge looked at, when there are more.
    pub next: Option<crate::kernel::ids::ChargeId>,
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
        self.charges.iter().map(|split| split.of(None).amount).sum()
    }
}
