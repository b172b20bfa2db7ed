//! What some area codes of a place need to carry all of it.

use super::{TINY, at_most, float};
use crate::kernel::AreaCode;

/// An area code that has numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stocked {
    pub code: AreaCode,
    pub contacts: i64,
    pub usable: i64,
    /// Numbers that must be there.
    pub floor: i64,
}

/// The fewest numbers of these codes with which their own contacts and those that are left out stay within `most`: how
/// many, and into `counts` how many of each.
pub(super) fn carry(used: &[Stocked], left_out: i64, most: f64, counts: &mut Vec<i64>) -> Option<i64> {
    let all: i64 = used.iter().map(|one| one.usable).sum();
    let own: i64 = used.iter().map(|one| one.contacts).sum();
    // However they are shared out, the numbers text all of the group's contacts between them.
    if all == 0 || float(left_out + own) > most * float(all) + TINY {
        return None;
    }
    let mut needed = |total: i64| -> bool {
        let share = most - float(left_out) / float(total);
        if share <= TINY && left_out > 0 && own > 0 || share < -TINY {
            return false;
        }
        counts.clear();
        counts.extend(used.iter().map(|one| match one.contacts {
            0 => one.floor,
            contacts => at_most(float(contacts), share).max(1).max(one.floor),
        }));
        counts.iter().sum::<i64>() <= total
            && counts.iter().zip(used).all(|(count, one)| *count <= one.usable)
    };
    // The more numbers there are, the fewer each code needs.
    let (mut low, mut high) = (1, all);
    if !needed(high) {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if needed(middle) { high = middle } else { low = middle + 1 }
    }
    if !needed(high) {
        return None;
    }
    let mut spare = high - counts.iter().sum::<i64>();
    for (count, one) in counts.iter_mut().zip(used) {
        let more = (one.usable - *count).min(spare);
        *count += more;
        spare -= more;
    }
    Some(counts.iter().sum())
}
