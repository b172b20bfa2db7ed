//! A campaign asks another one for numbers that it holds. No I/O.

use crate::kernel::ids::{AskId, CampaignId, PersonId};
use crate::kernel::{AreaCode, Moment};
use crate::stored_enum;

/// The longest note and the longest answer, in characters.
pub const WORDS_LIMIT: usize = 500;

stored_enum! {
    /// What became of it.
    pub enum Status {
        /// The holding campaign's people have to answer.
        Open = "open",
        /// The numbers changed hands.
        Given = "given",
        /// They are kept, and why.
        Kept = "kept",
        /// Who asked took it back.
        Withdrawn = "withdrawn",
    }
}

/// A campaign asks another one for numbers that it holds.
#[derive(Debug, Clone)]
pub struct ReleaseAsk {
    /// Its id, made with the form: sent twice it is the same.
    pub id: AskId,
    /// Who holds them.
    pub from: CampaignId,
    /// Who would have them.
    pub to: CampaignId,
    /// Of which area code.
    pub area_code: AreaCode,
    /// How many.
    pub numbers: i64,
    /// What the others should know.
    pub note: String,
    /// Where it stands.
    pub status: Status,
    /// Who asked.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Moment,
    /// Who answered or took it back.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Moment>,
    /// Why they are kept.
    pub answer: Option<String>,
}

/// Reads words that may have a length only.
///
/// # Errors
/// A sentence to stand beside the field.
pub fn words(text: &str, required: bool) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 if required => Err("Say why, so that they know what to do next.".to_owned()),
        0..=WORDS_LIMIT => Ok(text.to_owned()),
        _ => Err(format!("At most {WORDS_LIMIT} characters.")),
    }
}

/// Reads how many numbers are wanted, of at most `most`.
///
/// # Errors
/// A sentence to stand beside the field.
pub fn count(text: &str, most: i64) -> Result<i64, String> {
    let text = text.trim();
    let digits = !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|count| (1..=most).contains(count))
        .ok_or_else(|| format!("Enter a whole number from 1 to {most}: so many it holds."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_bounded() {
        assert_eq!(count(" 4 ", 4), Ok(4));
        for wrong in ["", "0", "5", "-1", "x", "1.5"] {
            assert!(count(wrong, 4).is_err(), "{wrong}");
        }
        assert_eq!(words(" Why? ", true), Ok("Why?".into()));
        assert!(words(" ", true).is_err() && words(" ", false).is_ok());
        assert!(words(&"x".repeat(501), false).is_err());
    }
}
