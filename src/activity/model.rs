//! Lines of the log.

use crate::kernel::Moment;
use crate::kernel::ids::{ActivityId, PersonId};

/// A line: somebody did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// When.
    pub at: Moment,
    /// Who; `None` when the program did it by itself.
    pub person_id: Option<PersonId>,
    /// What kind of deed.
    pub verb: String,
    /// The page it is about, below the organization's address; may be empty.
    pub subject: String,
    /// The deed, in words.
    pub words: String,
}

/// Which lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this person.
    pub person: Option<PersonId>,
    /// Of this kind of deed.
    pub verb: Option<String>,
}

/// Where a slice begins. The log is read from its newest line to its oldest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum From {
    /// At the newest line.
    #[default]
    Newest,
    /// With the lines just older than this one.
    OlderThan(ActivityId),
    /// With the lines just newer than this one.
    NewerThan(ActivityId),
}

/// Some lines, newest first, and whether there are more on either side.
#[derive(Debug, Clone, Default)]
pub struct Slice {
    /// The lines.
    pub lines: Vec<Activity>,
    /// Whether there are newer ones.
    pub newer: bool,
    /// Whether there are older ones.
    pub older: bool,
}

/// A kind of deed as people read it: `order_placed` as `Order placed`.
pub fn verb_words(verb: &str) -> String {
    let spaced = verb.replace(['_', '.', '-'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_read_as_sentences() {
        assert_eq!(verb_words("order_placed"), "Order placed");
        assert_eq!(verb_words("weather"), "Weather");
        assert_eq!(verb_words(""), "");
    }
}
