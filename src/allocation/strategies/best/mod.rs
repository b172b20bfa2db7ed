//! The best plan for the picker in force.
//!
//! # With `numberbank`
//!
//! N is what the contacts need within the room. An area code is covered by `ceil(contacts / ratio)` numbers or left
//! out. Which are covered is a 0/1 knapsack (weights: the numbers they need; values: their contacts; capacity: N),
//! solved exactly: **proved best**. Among the choices of that value the hottest load is lowered as far as a whole
//! number of contacts can say, by the same knapsack at the least threshold that keeps the value: **proved** for the
//! loads from own area codes. What is left of N goes where it serves left-out contacts from an overlay, then from the
//! state, then anywhere: greedy.
//!
//! # With `twilio`
//!
//! Geomatch sends the contacts of a code without numbers to its overlays, and those of an overlay group without any to
//! all numbers alike. So groups are the units. With `r` contacts of left-out groups on every number, a plan whose
//! hottest number texts `t` keeps every group within `t - r`; a group needs so many numbers for that (every set of its
//! codes is tried, up to ten codes with contacts and stock), and a knapsack over groups finds the most contacts within N. Going down from
//! `t - r = t` until `r` agrees with what is left out ends at the greatest threshold that any such plan can have, so
//! the matched share is **proved best** for its `t` where the stock suffices for N numbers; where it does not, the share
//! of the plan with N numbers is an upper **bound**. `t` is the tolerance times the ratio, or the least whole number
//! that any plan reaches.

mod groups;
mod knapsack;
mod own;

use super::super::load::Picker;
use super::super::model::{ByCode, Needs, Plan, Rules, Supply};
use super::Strategy;

pub use groups::bound;

/// The best planner.
pub struct Best;

impl Strategy for Best {
    fn key(&self) -> &'static str {
        "best"
    }
    fn name(&self) -> &'static str {
        "Best coverage"
    }
    fn help(&self) -> &'static str {
        "Texts as many contacts as possible from their own area code, or one of the same place, \
         while no number texts far more than the others."
    }
    fn plan(&self, needs: &Needs, supply: &Supply, rules: &Rules) -> Plan {
        let wanted = rules.wanted(needs);
        let numbers = match rules.picker {
            _ if wanted <= 0 => ByCode::new(),
            Picker::Numberbank => own::choose(needs, supply, wanted),
            Picker::Twilio => groups::choose(needs, supply, wanted),
        };
        Plan::of(needs, supply, rules, numbers)
    }
}

/// Contacts as a share that loads are compared with.
#[allow(clippy::cast_precision_loss)] // far below 2^53
fn float(count: i64) -> f64 {
    count as f64
}

/// `ceil(contacts / most)`, which sums of quotients do not push over a whole number.
fn at_most(contacts: f64, most: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation)] // contacts are far below 2^53
    let numbers = (contacts / most - 1e-9).ceil() as i64;
    numbers.max(0)
}
