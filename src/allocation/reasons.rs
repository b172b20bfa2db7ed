//! Why each area code has the numbers it has: for a plan, and for whatever a person reserved by hand.

use std::collections::{BTreeMap, BTreeSet};

use super::load::{self, Picker, overlays};
use super::model::{ByCode, Needs, Reason, Rules, Supply};
use crate::campaigns::needed;
use crate::kernel::AreaCode;

/// The reason of every area code with contacts or with numbers.
pub fn explain(
    needs: &Needs,
    supply: &Supply,
    rules: &Rules,
    numbers: &ByCode,
) -> BTreeMap<AreaCode, Reason> {
    let held = |code: AreaCode| numbers.get(&code).copied().unwrap_or(0);
    let all: i64 = numbers.values().sum();
    let codes: BTreeSet<AreaCode> = needs.contacts().keys().chain(numbers.keys()).copied().collect();
    let loads = rules.predict(needs, numbers).loads;
    let reason = |code: AreaCode| {
        let (contacts, has, wants) = (needs.of(code), held(code), needs.needed(code));
        let usable = supply.usable(code);
        if contacts == 0 {
            return if has > 0 { Reason::Helps } else { Reason::Spare };
        }
        if has >= wants {
            let carried = match rules.picker {
                Picker::Twilio => {
                    overlays(code).filter(|&other| needs.of(other) > 0 && held(other) == 0).collect()
                }
                Picker::Numberbank => Vec::new(),
            };
            return Reason::Covered(carried);
        }
        if has > 0 {
            let load = load::round_up(loads.get(&code).copied().unwrap_or(0.0));
            return Reason::Partly { needs: wants, load };
        }
        let carriers: Vec<AreaCode> = overlays(code).filter(|&other| held(other) > 0).collect();
        if !carriers.is_empty() {
            return Reason::CarriedBy(carriers);
        }
        if usable < wants {
            return Reason::Short { needs: wants, usable, owned: supply.of(code).owned };
        }
        let group = &code.info().geography;
        let group_wants = needed(needs.of_all(group), needs.ratio());
        // A few numbers of a code that they do not cover would be overrun, so they help nobody.
        let helps = |other: &&AreaCode| supply.usable(**other) >= needs.needed(**other);
        let group_usable = group.iter().filter(helps).map(|&other| supply.usable(other)).sum();
        if rules.picker == Picker::Twilio && group_usable < group_wants {
            return Reason::GroupShort { needs: group_wants, usable: group_usable };
        }
        if all + wants > rules.wanted(needs) {
            Reason::NoneLeft
        } else {
            Reason::LeftOut { needs: wants, usable }
        }
    };
    codes.into_iter().map(|code| (code, reason(code))).collect()
}
