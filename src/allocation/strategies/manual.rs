//! "I choose": the numbers stay as people put them.

use super::super::model::ByCode;
use super::{Ask, Strategy};

/// Keeps what is held, within stock, room and the campaign's rules.
pub struct Manual;

impl Strategy for Manual {
    fn key(&self) -> &'static str {
        "manual"
    }
    fn name(&self) -> &'static str {
        "I choose the numbers myself"
    }
    fn help(&self) -> &'static str {
        "Nothing is chosen for you. The page still predicts what each number would text."
    }
    fn chooses(&self) -> bool {
        false
    }
    fn choose(&self, ask: Ask<'_>) -> ByCode {
        let mut numbers = ask.least.clone();
        let mut left = ask.wanted.max(ask.rules.room) - numbers.values().sum::<i64>();
        for (&code, &held) in &ask.rules.held {
            let more = (held.min(ask.supply.usable(code)) - ask.least(code)).min(left).max(0);
            left -= more;
            *numbers.entry(code).or_default() += more;
        }
        numbers
    }
}
