//! What a fee is. No I/O.

use chrono::{Days, NaiveDate};

use crate::error::FieldErrors;
use crate::kernel::ids::{FeeId, PersonId};
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{Micros, Moment};
use crate::stored_enum;

stored_enum! {
    /// What a fee is for.
    pub enum FeeKind {
        /// Registering a brand or a campaign with the mobile carriers (10DLC).
        Registration = "registration",
        /// A vetting of such a registration.
        Vetting = "vetting",
        /// What such a registration costs every month.
        Monthly = "monthly",
        /// Anything else that is paid once.
        OneOff = "one_off",
        /// Money back.
        Credit = "credit",
    }
}

impl FeeKind {
    /// As people say it.
    pub fn words(self) -> &'static str {
        match self {
            FeeKind::Registration => "a registration",
            FeeKind::Vetting => "a vetting",
            FeeKind::Monthly => "a registration’s month",
            FeeKind::OneOff => "something else, once",
            FeeKind::Credit => "money back",
        }
    }
    /// As the choice of a form.
    pub fn label(self) -> &'static str {
        match self {
            FeeKind::Registration => "Registration (brand or campaign)",
            FeeKind::Vetting => "Vetting",
            FeeKind::Monthly => "A registration’s monthly fee",
            FeeKind::OneOff => "Something else, once",
            FeeKind::Credit => "Money back (counts against the others)",
        }
    }
}

/// A fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// Its id.
    pub id: FeeId,
    /// The day it counts for, UTC.
    pub day: NaiveDate,
    /// What for.
    pub kind: FeeKind,
    /// How much; below zero for money back.
    pub amount: Micros,
    /// What the owner wrote.
    pub note: String,
    /// Who entered it.
    pub entered_by: PersonId,
    /// When.
    pub entered_at: Moment,
    /// When, by whom and why it was voided, if it was.
    pub voided: Option<Voided>,
}

/// A fee that counts no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voided {
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: Moment,
    /// Why.
    pub note: String,
}

/// A fee to enter, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFee {
    day: NaiveDate,
    kind: FeeKind,
    amount: Micros,
    note: String,
}

/// More than this is a slip of the keyboard.
const MOST: Micros = Micros::from_cents(100_000_000);
/// How far ahead a fee may lie.
const AHEAD: Days = Days::new(366);

impl NewFee {
    /// Reads the fields `day`, `kind`, `amount` and `note`. Money back is written as an amount without a sign.
    ///
    /// # Errors
    /// A message for every field that is wrong.
    pub fn parse(
        day: &str,
        kind: &str,
        amount: &str,
        note: &str,
        today: NaiveDate,
    ) -> Result<NewFee, FieldErrors> {
        let mut errors = FieldErrors::new();
        let day = day.trim().parse::<NaiveDate>().ok().filter(|day| {
            *day >= NaiveDate::from_ymd_opt(2010, 1, 1).unwrap_or(NaiveDate::MIN) && *day <= today + AHEAD
        });
        if day.is_none() {
            errors.add("day", "Enter the day it was charged, such as 2026-11-22; at most a year ahead.");
        }
        let kind = FeeKind::parse(kind);
        if kind.is_none() {
            errors.add("kind", "Choose what the fee is for.");
        }
        let text = amount.trim().trim_start_matches('$').replace(',', "");
        let amount =
            Micros::parse_decimal(&text).ok().filter(|amount| *amount > Micros::ZERO && *amount <= MOST);
        if amount.is_none() {
            let most = MOST.dollars();
            errors.add(
                "amount",
                format!("Enter an amount in dollars above zero and up to {most}, such as 15.00."),
            );
        }
        let note = self::note(note).map_err(|words| errors.add("note", words)).ok();
        match (day, kind, amount, note) {
            (Some(day), Some(kind), Some(amount), Some(note)) if errors.is_empty() => {
                let amount = if kind == FeeKind::Credit { -amount } else { amount };
                Ok(NewFee { day, kind, amount, note })
            }
            _ => Err(errors),
        }
    }
    /// The day it counts for.
    pub fn day(&self) -> NaiveDate {
        self.day
    }
    /// What for.
    pub fn kind(&self) -> FeeKind {
        self.kind
    }
    /// How much.
    pub fn amount(&self) -> Micros {
        self.amount
    }
    /// What the owner wrote.
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// Reads a note.
///
/// # Errors
/// A sentence to stand beside the field.
pub(super) fn note(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fine = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fine { Ok(text.to_owned()) } else { Err("Say what it is, in 1 to 200 characters.".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_read_strictly() {
        let today = "2026-11-22".parse().unwrap();
        let read =
            |day: &str, kind: &str, amount: &str, note: &str| NewFee::parse(day, kind, amount, note, today);
        let fee = read("2026-11-03", "registration", " $1,015.50", " Campaign vetting ").unwrap();
        assert_eq!((fee.amount().get(), fee.note()), (1_015_500_000, "Campaign vetting"));
        assert_eq!(read("2026-11-03", "credit", "4", "Refund").unwrap().amount().get(), -4_000_000);
        let errors = read("2028-01-01", "gift", "-5", " ").unwrap_err();
        let fields: Vec<_> = errors.iter().map(|(field, _)| field.to_owned()).collect();
        assert_eq!(fields, ["amount", "day", "kind", "note"]);
        for wrong in ["0", "", "abc", "1e3", "1000000.01"] {
            assert!(read("2026-11-03", "one_off", wrong, "x").is_err(), "{wrong}");
        }
    }
}
