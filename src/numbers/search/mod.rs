//! Finding numbers by a part of them or by their label, at the cost of what is found.
//!
//! Digits are looked for at the beginning of a number (with or without its area code) and at its end, which is how
//! people name a number; a label is found by any part of it. Each of these ways reads an index of its own.

mod store;

use crate::kernel::{AreaCode, E164};
use crate::web::format;

pub(super) use store::{area_codes_found, how_many, insert_digits, list};

/// So many of what a search finds are counted; beyond it there are "more than" that many.
pub const COUNTED: usize = 1_000;
/// So many different labels are looked through, and so many of those that match are followed.
const LABELS: usize = 5_000;
const LABELS_FOLLOWED: usize = 20;

/// How many numbers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// So many, at most [`COUNTED`].
    pub count: i64,
    /// And more, not counted.
    pub more: bool,
}

impl Total {
    /// Exactly so many.
    pub fn exactly(count: i64) -> Total {
        Total { count, more: false }
    }
    /// `12 numbers`, `more than 1,000 numbers`.
    pub fn words(self, one: &str, many: &str) -> String {
        let so_many = format::plural(self.count.unsigned_abs(), one, many);
        if self.more { format!("more than {so_many}") } else { so_many }
    }
    /// `12`, `more than 1,000`.
    pub fn figure(self) -> String {
        let so_many = format::number(self.count);
        if self.more { format!("more than {so_many}") } else { so_many }
    }
}

/// One way to find a number.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// This very one.
    Whole(E164),
    /// Its ten digits begin so.
    Begins(String),
    /// The seven digits after its area code begin so.
    Local(String),
    /// It ends so: four digits or more.
    Ends(String),
    /// It has one of these labels.
    Labels(Vec<String>),
}

impl Way {
    /// Whether its index has the numbers in their order.
    fn is_in_order(&self) -> bool {
        matches!(self, Way::Whole(_) | Way::Begins(_))
    }
}

/// The ways to find a number by digits, within an area code if there is one: there a number's seven digits are a
/// beginning too.
fn by_digits(words: &str, within: Option<AreaCode>) -> Vec<Way> {
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    let national = match digits.strip_prefix('1') {
        Some(rest) if digits.len() == 11 || words.trim_start().starts_with('+') => rest.to_owned(),
        _ => digits,
    };
    if let Ok(number) = E164::parse(&format!("+1{national}")) {
        return vec![Way::Whole(number)];
    }
    let mut ways = Vec::new();
    if (1..10).contains(&national.len()) {
        ways.push(Way::Begins(national.clone()));
    }
    if (1..=7).contains(&national.len()) {
        ways.push(match within {
            Some(area_code) => Way::Begins(format!("{area_code}{national}")),
            None => Way::Local(national.clone()),
        });
    }
    if (4..10).contains(&national.len()) {
        ways.push(Way::Ends(national));
    }
    ways
}

/// Those of the labels that hold the words, whatever their case: an equal one first, then in their order.
fn matching(labels: Vec<String>, words: &str) -> Vec<String> {
    let words = words.trim().to_lowercase();
    let mut found: Vec<String> =
        labels.into_iter().filter(|label| label.to_lowercase().contains(&words)).collect();
    found.sort_by_key(|label| label.to_lowercase() != words);
    found.truncate(LABELS_FOLLOWED);
    found
}

/// The least text that is greater than all that begin with these digits.
fn beyond(digits: &str) -> String {
    // After '9' comes ':'.
    let mut bytes: Vec<char> = digits.chars().collect();
    if let Some(last) = bytes.last_mut() {
        *last = char::from_u32(u32::from(*last) + 1).unwrap_or(*last);
    }
    bytes.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(digits: &str) -> String {
        digits.to_owned()
    }

    #[test]
    fn digits_are_looked_for_where_people_name_them() {
        assert_eq!(
            by_digits("0142", None),
            [Way::Begins(text("0142")), Way::Local(text("0142")), Way::Ends(text("0142"))]
        );
        assert_eq!(
            by_digits("(313) 555-01", None),
            [Way::Begins(text("31355501")), Way::Ends(text("31355501"))]
        );
        assert_eq!(by_digits("+1 313", None), [Way::Begins(text("313")), Way::Local(text("313"))]);
        let whole = E164::parse("+13135550142").unwrap();
        for typed in ["(313) 555-0142", "13135550142", "+1 313 555 0142"] {
            assert_eq!(by_digits(typed, None), [Way::Whole(whole)], "{typed}");
        }
        assert_eq!(by_digits("12345678901234", None), []);
        let detroit = AreaCode::parse("313").unwrap();
        assert_eq!(
            by_digits("55501", Some(detroit)),
            [Way::Begins(text("55501")), Way::Begins(text("31355501")), Way::Ends(text("55501"))]
        );
    }

    #[test]
    fn a_label_is_found_by_any_part_of_it_and_an_equal_one_first() {
        let labels = ["Ann Arbor", "Pool 35", "Pool 350", "pool 3", "Öl"].map(text).to_vec();
        assert_eq!(matching(labels.clone(), "POOL 3"), ["pool 3", "Pool 35", "Pool 350"]);
        assert_eq!(matching(labels.clone(), "öl"), ["Öl"]);
        assert!(matching(labels, "%").is_empty());
    }

    #[test]
    fn the_end_of_a_beginning_is_just_after_it() {
        assert_eq!(beyond("313"), "314");
        assert_eq!(beyond("319"), "31:");
        for (digits, number) in [("313", "3139999999"), ("319", "3199999999"), ("9", "9999999999")] {
            assert!(number < beyond(digits).as_str() && beyond(digits).as_str() > digits);
        }
    }
}
