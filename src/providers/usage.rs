//! The categories of a carrier's bill, in Twilio's words, which others are translated to.
//!
//! The words are those of Twilio's usage categories as its own specification listed them until 2025 (twilio-oai,
//! Apache License 2.0). They overlap: a parent contains its children and `totalprice` contains everything. That
//! `phonenumbers` is the sum of its children follows from their names and is stated nowhere: what it has beyond them
//! is shown for itself.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Usage;
use crate::kernel::Micros;

/// Everything the account was billed.
pub const TOTAL: &str = "totalprice";
/// All that numbers cost.
pub const NUMBERS: &str = "phonenumbers";
/// Local numbers.
pub const LOCAL: &str = "phonenumbers-local";
/// Mobile numbers, which the United States do not have.
pub const MOBILE: &str = "phonenumbers-mobile";
/// Toll-free numbers.
pub const TOLL_FREE: &str = "phonenumbers-tollfree";

/// The categories that are asked for, and what each is called here.
pub const CATEGORIES: [(&str, &str); 14] = [
    (TOTAL, "Everything"),
    (NUMBERS, "Phone numbers"),
    (LOCAL, "Local numbers"),
    (MOBILE, "Mobile numbers"),
    (TOLL_FREE, "Toll-free numbers"),
    ("phonenumbers-setups", "Setting numbers up"),
    ("sms", "Text messages (SMS)"),
    ("sms-messages-carrierfees", "Mobile carriers’ fees for text messages"),
    ("mms", "Picture messages (MMS)"),
    ("mms-messages-carrierfees", "Mobile carriers’ fees for picture messages"),
    ("a2p-registration-fees", "Registration fees (10DLC)"),
    ("shortcodes", "Short codes"),
    ("calls", "Voice calls"),
    ("lookups", "Lookups"),
];

/// What a category is called here; its own word when it is not known.
pub fn words(category: &str) -> &str {
    CATEGORIES.iter().find(|(known, _)| *known == category).map_or(category, |(_, words)| words)
}

/// Whether what is billed in `leaf` counts for `category` too.
pub fn contains(category: &str, leaf: &str) -> bool {
    category == TOTAL
        || category == leaf
        || leaf.strip_prefix(category).is_some_and(|rest| rest.starts_with('-'))
}

/// The bill of a carrier that tells its leaves only: every category of [`CATEGORIES`] with what it contains, by day.
/// A day's `totalprice` counts nothing.
pub fn with_parents(leaves: &[Usage]) -> Vec<Usage> {
    let mut sums: BTreeMap<(NaiveDate, &str), (i64, Micros)> = BTreeMap::new();
    for leaf in leaves {
        for (category, _) in CATEGORIES.iter().filter(|(category, _)| contains(category, &leaf.category)) {
            let (count, amount) = sums.entry((leaf.day, category)).or_default();
            *count += if *category == TOTAL { 0 } else { leaf.count };
            *amount += leaf.amount;
        }
    }
    sums.into_iter()
        .map(|((day, category), (count, amount))| Usage { day, category: category.to_owned(), count, amount })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_contain_their_children_and_nobody_else() {
        assert!(contains("phonenumbers", "phonenumbers-local") && contains("totalprice", "verify-sms"));
        assert!(contains("sms", "sms") && contains("sms", "sms-messages-carrierfees"));
        assert!(!contains("sms", "smsx") && !contains("phonenumbers-local", "phonenumbers"));
        let leaf = |category: &str, count, cents| Usage {
            day: "2026-11-20".parse().unwrap(),
            category: category.into(),
            count,
            amount: Micros::from_cents(cents),
        };
        let bill = with_parents(&[leaf("phonenumbers-local", 2, 230), leaf("verify-sms", 3, 15)]);
        let rows: Vec<_> =
            bill.iter().map(|row| (row.category.as_str(), row.count, row.amount.get() / 10_000)).collect();
        assert_eq!(rows, [("phonenumbers", 2, 230), ("phonenumbers-local", 2, 230), ("totalprice", 0, 245)]);
    }
}
