//! The best plan for the picker in force. What is proved of it, and what is bounded, stands in the documentation of
//! [`strategies`](super).

mod carry;
mod groups;
mod knapsack;
mod own;

use super::super::load::Picker;
use super::super::model::ByCode;
use super::{Ask, Strategy};

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
    fn choose(&self, ask: Ask<'_>) -> ByCode {
        match ask.rules.picker {
            _ if ask.wanted <= 0 => ask.least.clone(),
            Picker::Numberbank => own::choose(ask),
            Picker::Twilio => groups::choose(ask),
        }
    }
}

/// Sums of quotients differ in their last digits.
const TINY: f64 = 1e-9;

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
