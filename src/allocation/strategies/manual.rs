//! "I choose": the numbers stay as people put them.

use super::super::model::{ByCode, Needs, Plan, Rules, Supply};
use super::Strategy;

/// Keeps what is held, within stock and room.
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
    fn plan(&self, needs: &Needs, supply: &Supply, rules: &Rules) -> Plan {
        let mut left = rules.room.max(0);
        let mut numbers = ByCode::new();
        for (&code, &held) in &rules.held {
            let kept = held.min(supply.usable(code)).min(left).max(0);
            left -= kept;
            numbers.insert(code, kept);
        }
        Plan::of(needs, supply, rules, numbers)
    }
}
