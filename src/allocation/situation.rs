//! How things stand for one campaign: its contacts, what it holds, what it may hold.

use std::collections::BTreeMap;

use super::load::Forecast;
use super::model::{ByCode, Needs, Plan, Reason, Rules, Stock, Supply};
use super::pool::Pool;
use super::reasons;
use super::strategies::{self, Strategy};
use super::{places::Places, rules};
use crate::access::OrganizationRef;
use crate::campaigns::{self, Campaign, State, Uses};
use crate::db::{Conn, DbResult};
use crate::kernel::{AreaCode, Micros};
use crate::numbers::{self, Count, Sources, Status};

/// Contacts, numbers and rules of one campaign, read at one moment. Costs area codes, not numbers.
#[derive(Debug, Clone)]
pub struct Situation {
    needs: Needs,
    supply: Supply,
    rules: Rules,
    tolerated_percent: i64,
    counts: Vec<Count>,
}

/// What a campaign may take beside free numbers.
pub(super) fn sources(campaign: &Campaign, uses: &Uses) -> Sources {
    Sources { attached_to: uses.service().map(|service| service.id), resting: campaign.include_resting }
}

impl Situation {
    /// Reads it.
    ///
    /// # Errors
    /// A database error.
    pub fn read(conn: &mut Conn, organization: &OrganizationRef, campaign: &Campaign) -> DbResult<Situation> {
        let contacts = campaigns::needs(conn, organization.id, campaign.id)?;
        let held = numbers::held_by_area(conn, organization.id, campaign.id)?;
        let counts = numbers::counts(conn, organization.id, Some(&organization.service))?;
        let uses = campaigns::uses(conn, organization, campaign)?;
        let pool = Pool::read(conn, organization, campaign, &uses)?;
        let sources = sources(campaign, &uses);
        let beside = numbers::beside_free(conn, organization.id, &organization.service, sources)?;
        let stock: BTreeMap<AreaCode, Stock> = counts
            .iter()
            // Toll-free numbers have no place, so no contact is texted from its own.
            .filter(|count| !count.area_code.is_toll_free())
            .map(|count| {
                let of = |map: &ByCode| map.get(&count.area_code).copied().unwrap_or(0);
                let usable = count.free() + of(&beside) + of(&held);
                (count.area_code, Stock { usable, owned: count.total() - count.leaving - count.lost })
            })
            .collect();
        Ok(Situation {
            needs: Needs::new(&contacts, campaign.ratio),
            supply: Supply::new(stock),
            rules: Rules {
                picker: campaign.picker,
                room: pool.as_ref().map_or(organization.room, Pool::room),
                // Of what runs nothing is let go of: people know its numbers.
                keep: if campaign.state == State::Draft { ByCode::new() } else { held.clone() },
                held,
                pool,
                places: rules::of(conn, organization.id, campaign.id)?,
            },
            tolerated_percent: organization.tolerated_load_percent,
            counts,
        })
    }
    /// The same, as if numbers of other area codes than these did not exist.
    #[must_use]
    pub fn within(mut self, codes: &[AreaCode]) -> Situation {
        self.supply.retain(codes);
        self
    }
    /// Whether it lets go of nothing, because it runs.
    pub fn keeps(&self) -> bool {
        !self.rules.keep.is_empty()
    }
    /// The same, as if these numbers were owned and free too.
    #[must_use]
    pub fn with(mut self, more: &ByCode) -> Situation {
        self.supply.add(more);
        self
    }
    /// Its contacts.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }
    /// What it may hold.
    pub fn supply(&self) -> &Supply {
        &self.supply
    }
    /// The most numbers its messaging service takes.
    pub fn room(&self) -> i64 {
        self.rules.room
    }
    /// The messaging service it will use, when that exists.
    pub fn pool(&self) -> Option<&Pool> {
        self.rules.pool.as_ref()
    }
    /// What it holds.
    pub fn held(&self) -> &ByCode {
        &self.rules.held
    }
    /// How many numbers it holds.
    pub fn total(&self) -> i64 {
        self.rules.held.values().sum()
    }
    /// How many numbers it wants, within the room.
    pub fn wanted(&self) -> i64 {
        self.rules.wanted(&self.needs)
    }
    /// The load up to which it may start.
    pub fn tolerated(&self) -> i64 {
        self.needs.ratio() * self.tolerated_percent / 100
    }
    /// What a strategy would do; of what a campaign that runs holds it lets go of nothing.
    pub fn plan(&self, strategy: &dyn Strategy) -> Plan {
        self.plan_within(strategy, &self.rules)
    }
    /// What a strategy would do when nothing is let go of.
    pub fn top_up(&self, strategy: &dyn Strategy) -> Plan {
        self.plan_within(strategy, &Rules { keep: self.rules.held.clone(), ..self.rules.clone() })
    }
    fn plan_within(&self, strategy: &dyn Strategy, rules: &Rules) -> Plan {
        let limited = rules.pool.as_ref().map(|pool| pool.limit(&self.supply, &self.needs));
        let supply = limited.as_ref().unwrap_or(&self.supply);
        let plan = strategies::plan(strategy, &self.needs, supply, rules);
        if rules.keep.is_empty() {
            return plan;
        }
        // Beside what it keeps, numbers that would text nobody are better left to others.
        let kept = |code: AreaCode| rules.keep.get(&code).copied().unwrap_or(0);
        let idle = |code: AreaCode| {
            let load = plan.forecast.loads.get(&code).copied().unwrap_or(0.0);
            load <= 0.0 && self.needs.of(code) == 0 && !rules.places.wants(code)
        };
        let useful = |(&code, &count): (&AreaCode, &i64)| (code, if idle(code) { kept(code) } else { count });
        let numbers: ByCode = plan.numbers.iter().map(useful).collect();
        Plan::of(&self.needs, supply, rules, numbers)
    }
    /// The same, as if it held these numbers of the area codes that are named, and its own of the others.
    #[must_use]
    pub fn holding(mut self, typed: &ByCode) -> Situation {
        self.rules.held.extend(typed.iter().map(|(&code, &count)| (code, count)));
        self.rules.held.retain(|_, count| *count > 0);
        self
    }
    /// Where its numbers must, must not and may only be.
    pub fn places(&self) -> &Places {
        &self.rules.places
    }
    /// The numbers it holds although its rules forbid them.
    pub fn against(&self) -> ByCode {
        let banned = |code: &AreaCode| self.rules.places.ban(*code).is_some();
        self.rules.held.iter().filter(|(code, _)| banned(code)).map(|(&code, &count)| (code, count)).collect()
    }
    /// Where its rules say that it must hold a number and it holds none, each in a sentence.
    pub fn missing(&self) -> Vec<String> {
        let holds = |there: &dyn Fn(AreaCode) -> bool| self.rules.held.keys().any(|&code| there(code));
        let missing = self.rules.places.missing(holds).into_iter();
        let missing = missing.map(|place| {
            format!("Your rules say that {} must be used, and it holds no number there.", place.words())
        });
        missing.collect()
    }
    /// What its rules say and it does not keep, each in a sentence.
    pub fn unkept(&self) -> Vec<String> {
        let against = self.against().into_iter().map(|(code, count)| {
            format!(
                "Your rules say that {code} {} must not be used, and it holds {} there.",
                code.info().place_and_region(),
                crate::web::format::plural(count.unsigned_abs(), "number", "numbers")
            )
        });
        self.missing().into_iter().chain(against).collect()
    }
    /// What the numbers it holds would carry.
    pub fn forecast(&self) -> Forecast {
        self.rules.predict(&self.needs, &self.rules.held)
    }
    /// Why each area code has what it holds.
    pub fn reasons(&self) -> BTreeMap<AreaCode, Reason> {
        reasons::explain(&self.needs, &self.supply, &self.rules, &self.rules.held)
    }
    /// How many of the organization's local numbers rest now.
    pub fn resting(&self) -> i64 {
        let local = self.counts.iter().filter(|count| !count.area_code.is_toll_free());
        local.map(|count| count.of(Status::Resting)).sum()
    }
    /// What the organization's local numbers cost a month on average; `None` when it owns none.
    pub fn average_price(&self) -> Option<Micros> {
        let local = self.counts.iter().filter(|count| !count.area_code.is_toll_free());
        let (cost, count) = local.fold((0, 0), |(cost, count), row| {
            (cost + row.monthly_cost.get(), count + row.total() - row.lost)
        });
        (count > 0).then(|| Micros::new(cost / count))
    }
}
