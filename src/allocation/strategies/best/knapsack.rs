//! The 0/1 knapsack, exactly.

/// Something to take or to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub weight: usize,
    pub value: i64,
}

/// Which items have the greatest value within the capacity; of equal ones those of the least weight, then the
/// earliest. Takes `items * capacity` steps.
pub(super) fn choose(items: &[Item], capacity: usize) -> Vec<bool> {
    let useful = || items.iter().filter(|item| item.value > 0 && item.weight <= capacity);
    if useful().map(|item| item.weight).sum::<usize>() <= capacity {
        return items.iter().map(|item| item.value > 0 && item.weight <= capacity).collect();
    }
    let width = capacity + 1;
    // A weight less than one contact of value decides between choices of equal value.
    let worth = |item: &Item| item.value * i64::try_from(width).unwrap_or(i64::MAX) - weight(item);
    let mut best = vec![0_i64; width];
    let mut taken = vec![false; items.len() * width];
    // Backwards, so that the way back begins at the first item and prefers it.
    for (at, item) in items.iter().enumerate().rev() {
        if item.weight > capacity || item.value <= 0 {
            continue;
        }
        let (worth, row) = (worth(item), &mut taken[at * width..(at + 1) * width]);
        for room in (item.weight..width).rev() {
            let with = best[room - item.weight] + worth;
            if with >= best[room] {
                best[room] = with;
                row[room] = true;
            }
        }
    }
    let mut room = capacity;
    let mut is_taken = |(at, item): (usize, &Item)| {
        let take = taken[at * width + room];
        room -= if take { item.weight } else { 0 };
        take
    };
    items.iter().enumerate().map(&mut is_taken).collect()
}

fn weight(item: &Item) -> i64 {
    i64::try_from(item.weight).unwrap_or(i64::MAX)
}

/// The value of a choice.
pub(super) fn value(items: &[Item], chosen: &[bool]) -> i64 {
    items.iter().zip(chosen).filter(|(_, chosen)| **chosen).map(|(item, _)| item.value).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_better(
            items in proptest::collection::vec((0..9usize, 0..50i64), 0..10),
            capacity in 0..30usize,
        ) {
            let items: Vec<Item> = items.into_iter().map(|(weight, value)| Item { weight, value }).collect();
            let chosen = choose(&items, capacity);
            let weight = |chosen: &[bool]| -> usize {
                items.iter().zip(chosen).filter(|(_, chosen)| **chosen).map(|(item, _)| item.weight).sum()
            };
            prop_assert!(weight(&chosen) <= capacity);
            for mask in 0..1_u32 << items.len() {
                let other: Vec<bool> = (0..items.len()).map(|bit| mask >> bit & 1 == 1).collect();
                if weight(&other) <= capacity {
                    let (ours, theirs) = (value(&items, &chosen), value(&items, &other));
                    prop_assert!(ours > theirs || ours == theirs && weight(&chosen) <= weight(&other));
                }
            }
        }
    }
}
