//! What topping a campaign up would add, and taking exactly that: nothing that it holds is let go of.

use super::load::Forecast;
use super::model::ByCode;
use super::situation::{self, Situation};
use super::strategies::{self, Strategy};
use crate::access::{Allowed, ManageCampaigns};
use crate::campaigns::{self, Campaign};
use crate::db::Tx;
use crate::error::{AppError, AppResult};
use crate::kernel::{AreaCode, Moment};
use crate::numbers::{self, Wish};
use crate::web::format::plural;

/// Numbers of an area code that would be added.
#[derive(Debug, Clone, PartialEq)]
pub struct Addition {
    /// The area code.
    pub code: AreaCode,
    /// How many.
    pub count: i64,
    /// Contacts there.
    pub contacts: i64,
    /// Why.
    pub why: String,
    /// How many contacts each number there would text then.
    pub load: i64,
}

/// What topping a campaign up would do.
#[derive(Debug, Clone, PartialEq)]
pub struct TopUp {
    /// What would be added, by area code.
    pub added: Vec<Addition>,
    /// How many it holds.
    pub held: i64,
    /// How many it wants.
    pub wanted: i64,
    /// What its numbers carry as they are.
    pub before: Forecast,
    /// What they would carry.
    pub after: Forecast,
    /// Contacts up to which a number may be loaded.
    pub tolerated: i64,
    /// What the campaign's rules say and would still not be kept, each in a sentence.
    pub unkept: Vec<String>,
    /// The planner's name.
    pub strategy: &'static str,
}

impl TopUp {
    /// What would be added.
    pub fn numbers(&self) -> ByCode {
        self.added.iter().map(|one| (one.code, one.count)).collect()
    }
    /// How many in all.
    pub fn total(&self) -> i64 {
        self.added.iter().map(|one| one.count).sum()
    }
    /// Whether it may start then, as far as loads and rules go.
    pub fn is_enough(&self) -> bool {
        self.unkept.is_empty() && self.after.hottest().is_some_and(|(_, load)| load <= self.tolerated)
    }
    /// `3 in 313 Detroit, MI and 2 in 248 Oakland County, MI`.
    pub fn words(&self) -> String {
        let one =
            |one: &Addition| format!("{} in {} {}", one.count, one.code, one.code.info().place_and_region());
        let words: Vec<String> = self.added.iter().map(one).collect();
        match words.as_slice() {
            [several @ .., last] if !several.is_empty() => format!("{} and {last}", several.join(", ")),
            _ => words.concat(),
        }
    }
}

/// The planner of a top-up: the campaign's own, or the usual one where a person chooses.
pub fn strategy_of(campaign: &Campaign) -> &'static dyn Strategy {
    let own = strategies::of(&campaign.strategy);
    if own.chooses() { own } else { strategies::default() }
}

/// What topping it up would do.
pub fn propose(situation: &Situation, strategy: &dyn Strategy) -> TopUp {
    let plan = situation.top_up(strategy);
    let has = |code: AreaCode| situation.held().get(&code).copied().unwrap_or(0);
    let added = plan.numbers.iter().map(|(&code, &count)| (code, count - has(code)));
    let added: Vec<(AreaCode, i64)> = added.filter(|(_, more)| *more > 0).collect();
    let all = added.iter().map(|&(code, more)| (code, has(code) + more)).collect();
    let then = situation.clone().holding(&all);
    let after = then.forecast();
    let addition = |(code, count): (AreaCode, i64)| Addition {
        code,
        count,
        contacts: situation.needs().of(code),
        why: plan.reasons.get(&code).map(super::model::Reason::words).unwrap_or_default(),
        load: after.loads.get(&code).map_or(0, |&load| super::load::round_up(load)),
    };
    TopUp {
        added: added.into_iter().map(addition).collect(),
        held: situation.total(),
        wanted: situation.wanted(),
        before: situation.forecast(),
        tolerated: situation.tolerated(),
        unkept: then.unkept(),
        strategy: strategy.name(),
        after,
    }
}

/// Takes exactly these numbers for a campaign, whose row is locked, beside what it holds: reserved, whatever its state.
///
/// # Errors
/// [`AppError::Conflict`] in words when some are not there any more, or when they do not fit into the messaging service;
/// a database error.
pub fn take(
    tx: &mut Tx,
    by: &Allowed<ManageCampaigns>,
    campaign: &Campaign,
    added: &ByCode,
    now: Moment,
) -> AppResult<i64> {
    let (organization, actor) = (by.organization(), by.actor());
    let codes: Vec<AreaCode> = added.keys().copied().collect();
    let counts = numbers::lock_counts(tx, &actor, &organization.service, &codes)?;
    let situation = Situation::read(tx, organization, campaign)?;
    if let Some(code) =
        codes.iter().find(|code| code.is_toll_free() || situation.places().ban(**code).is_some())
    {
        return Err(AppError::Conflict(format!("{code} must not be used by this campaign.")));
    }
    let uses = campaigns::uses(tx, organization, campaign)?;
    let sources = situation::sources(campaign, &uses);
    let beside = numbers::beside_free(tx, organization.id, &organization.service, sources)?;
    let there = |code: AreaCode| {
        let free = counts.iter().find(|count| count.area_code == code).map_or(0, numbers::Count::free);
        free + beside.get(&code).copied().unwrap_or(0)
    };
    if let Some((code, count)) = added.iter().find(|(code, count)| there(**code) < **count) {
        return Err(AppError::Conflict(format!(
            "Of {code} {} there are {} now, and not {count}: somebody took some meanwhile. Nothing was added; look \
             again.",
            code.info().place_and_region(),
            there(*code).max(0)
        )));
    }
    let mut all = situation.held().clone();
    for (&code, &count) in added {
        *all.entry(code).or_default() += count;
    }
    if let Some(words) = situation.pool().and_then(|pool| pool.refusal(&all)) {
        return Err(AppError::Conflict(words));
    }
    let total: i64 = all.values().sum();
    if situation.pool().is_none() && total > organization.room {
        return Err(AppError::Conflict(format!(
            "That makes {}, and a messaging service takes {}.",
            plural(total.unsigned_abs(), "number", "numbers"),
            organization.room
        )));
    }
    let wish = Wish { service: &organization.service, asked: added, sources, all_or_nothing: true };
    let taken = numbers::reserve(tx, &actor, campaign.id, &wish, now)?;
    if taken.iter().all(|code| code.taken == code.asked) {
        Ok(added.values().sum())
    } else {
        Err(AppError::Conflict(
            "Somebody took some of the numbers meanwhile. Nothing was added; look again.".into(),
        ))
    }
}
