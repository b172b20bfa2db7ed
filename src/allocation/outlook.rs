//! What is short, and whether a campaign can start as it is. Pure.

use std::cmp::Reverse;

use super::load::{Forecast, overlays};
use super::model::{ByCode, Plan, Reason};
use super::situation::Situation;
use super::strategies;
use crate::campaigns::needed;
use crate::kernel::AreaCode;

/// Area codes that are tried, one after the other, in what to buy: each costs a plan.
const MOST_TRIED: usize = 60;

/// Numbers that buying would bring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shortage {
    /// How many of each area code, most contacts first.
    pub buy: Vec<(AreaCode, i64)>,
    /// Each area code that the best plan leaves out for lack of numbers, most contacts first, with the reason.
    pub left_out: Vec<(AreaCode, Reason)>,
}

impl Shortage {
    /// How many in all.
    pub fn total(&self) -> i64 {
        self.buy.iter().map(|(_, count)| count).sum()
    }
}

/// How a campaign's reservation would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// What its numbers would carry.
    pub forecast: Forecast,
    /// Contacts up to which a number may be loaded.
    pub tolerated: i64,
    /// How many numbers it wants, within the room.
    pub wanted: i64,
    /// How many its contacts would need without the limit.
    pub unlimited: i64,
    /// How many it holds.
    pub held: i64,
    /// How many its messaging service takes.
    pub room: i64,
    /// What is missing even when all usable stock is taken.
    pub shortage: Shortage,
    /// How many the planner could take now.
    pub reachable: i64,
}

impl Outlook {
    /// Of a situation.
    pub fn of(situation: &Situation) -> Outlook {
        let plan = situation.plan(strategies::default());
        Outlook {
            shortage: shortage(situation, &plan),
            reachable: plan.total(),
            ..Outlook::as_it_stands(situation)
        }
    }
    /// Of what it holds alone, without looking for what would mend it: quick.
    pub fn as_it_stands(situation: &Situation) -> Outlook {
        Outlook {
            forecast: situation.forecast(),
            tolerated: situation.tolerated(),
            wanted: situation.wanted(),
            unlimited: situation.needs().wanted(),
            held: situation.total(),
            room: situation.room(),
            shortage: Shortage::default(),
            reachable: 0,
        }
    }
    /// How many numbers the organization owns and it may take, those it holds among them, and how many would have to
    /// be bought. A planner leaves out what it cannot cover; what is owned there counts all the same when the rest is
    /// bought.
    pub fn owned_and_to_buy(&self) -> (i64, i64) {
        let Outlook { wanted, held, reachable, .. } = *self;
        match self.shortage.total() {
            0 => {
                let owned = reachable.max(held).min(wanted.max(held));
                (owned, (wanted - owned).max(0))
            }
            short => ((wanted - short).max(held), short),
        }
    }
    /// Whether it may start by its load; it must hold something and have contacts.
    pub fn can_start(&self) -> bool {
        self.held > 0 && self.forecast.hottest().is_some_and(|(_, load)| load > 0 && load <= self.tolerated)
    }
    /// The smallest ratio at which its contacts fit the room, if they do not now.
    pub fn ratio_that_fits(&self, contacts: i64) -> Option<i64> {
        (self.unlimited > self.room && self.room > 0).then(|| needed(contacts, self.room))
    }
}

/// What to buy so that the largest area codes that are left out become covered, until the campaign may start and has
/// what it wants; and when none fits wholly, further numbers where they are hottest.
fn shortage(situation: &Situation, plan: &Plan) -> Shortage {
    let missing = situation.wanted() - plan.total();
    let may_start =
        |plan: &Plan| plan.forecast.hottest().is_some_and(|(_, load)| load <= situation.tolerated());
    let needs = situation.needs();
    let hot = needs.total() > 0 && !may_start(plan);
    if missing <= 0 && !hot {
        // All the numbers it wants are there, if not where its contacts are.
        return Shortage::default();
    }
    let mut left_out: Vec<(AreaCode, Reason)> = plan
        .reasons
        .iter()
        .filter(|(_, reason)| reason.is_short())
        .map(|(&code, reason)| (code, reason.clone()))
        .collect();
    left_out.sort_by_key(|(code, _)| (Reverse(needs.of(*code)), *code));
    // Numbers that only help carry the others make room for ones where the contacts are, when that is what it takes.
    let covering: i64 =
        plan.numbers.iter().filter(|(code, _)| needs.of(**code) > 0).map(|(_, count)| count).sum();
    // What one that runs holds makes no room.
    let mut room = match hot {
        true if situation.keeps() => situation.room() - plan.total(),
        true => situation.wanted() - covering,
        false => missing,
    };
    let mut buy = ByCode::new();
    let mut tried: Vec<(AreaCode, i64)> = Vec::new();
    for &(code, _) in left_out.iter().take(MOST_TRIED) {
        if overlays(code).any(|other| tried.iter().any(|(one, _)| *one == other)) {
            continue;
        }
        let wants = wants(situation, code);
        let lacks = wants - situation.supply().usable(code);
        if wants > room || lacks <= 0 {
            continue;
        }
        tried.push((code, lacks));
        room -= wants;
    }
    if hot {
        // The fewest of them, the largest first, that let it start. Each try costs a plan.
        let enough = |count: usize| {
            let bought = tried.iter().take(count).copied().collect();
            may_start(&situation.clone().with(&bought).plan(strategies::default()))
        };
        let (mut low, mut high) = (1, tried.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if enough(middle) { high = middle } else { low = middle + 1 }
        }
        tried.truncate(low);
    }
    buy.extend(tried);
    if buy.is_empty() && missing > 0 {
        // Nothing fits wholly: more numbers where the load is highest bring it down.
        let may = plan.numbers.keys().copied().filter(|&code| situation.places().ban(code).is_none());
        let largest = may.max_by_key(|&code| (needs.of(code), Reverse(code)));
        let target = largest.or_else(|| left_out.first().map(|(code, _)| *code));
        buy.extend(target.map(|code| (code, missing)));
    }
    if situation.keeps() {
        // What it holds it keeps, also where it covers an area code in part: there the rest brings most relief.
        relieve(situation, plan, &mut buy, missing);
    }
    let mut buy: Vec<(AreaCode, i64)> = buy.into_iter().collect();
    buy.sort_by_key(|(code, _)| (Reverse(needs.of(*code)), *code));
    Shortage { buy, left_out }
}

/// Adds numbers to what is bought, one after the other where each carries most of its own contacts, until all that are
/// missing are there or none has too few.
fn relieve(situation: &Situation, plan: &Plan, buy: &mut ByCode, missing: i64) {
    let needs = situation.needs();
    let of = |map: &ByCode, code: AreaCode| map.get(&code).copied().unwrap_or(0);
    for _ in buy.values().sum::<i64>()..missing {
        let has = |code: AreaCode| of(&plan.numbers, code) + of(buy, code);
        let lacks = plan.numbers.keys().copied().filter(|&code| {
            has(code) < needs.needed(code)
                && situation.supply().usable(code) < needs.needed(code)
                && situation.places().ban(code).is_none()
        });
        // Of two fractions the greater, without dividing.
        let hottest = lacks.max_by(|&one, &other| {
            let (a, b) = (needs.of(one) * has(other), needs.of(other) * has(one));
            a.cmp(&b).then_with(|| other.cmp(&one))
        });
        match hottest {
            Some(code) => *buy.entry(code).or_default() += 1,
            None => return,
        }
    }
}

/// How many numbers of this code cover it together with the overlays that have too few of their own.
fn wants(situation: &Situation, code: AreaCode) -> i64 {
    let (needs, supply) = (situation.needs(), situation.supply());
    let carried: i64 = overlays(code)
        .filter(|&other| supply.usable(other) < needs.needed(other))
        .map(|other| needs.of(other))
        .sum();
    needed(needs.of(code) + carried, needs.ratio())
}
