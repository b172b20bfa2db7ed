//! What people do to numbers by hand: label, cordon, rest.

use std::collections::BTreeSet;

use super::model::{Change, Number, Status};
use crate::access::{Allowed, MarkNumbers};
use crate::activity;
use crate::db::Tx;
use crate::error::AppResult;
use crate::kernel::ids::NumberId;
use crate::kernel::{AreaCode, Moment};

/// The longest rest a person may give a number, in days.
pub const LONGEST_REST: i64 = 365;

/// Something done to one or more numbers by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Gets no new contacts, keeps its place for replies.
    Cordon,
    /// May get new contacts again.
    Uncordon,
    /// Takes an available number out of the supply until then.
    Rest(Moment),
    /// Puts a resting number back into the supply.
    EndRest,
    /// Names it; empty takes the name away.
    Label(String),
}

impl Mark {
    /// Whether it changes anything on this number.
    pub fn fits(&self, number: &Number) -> bool {
        let status = number.status();
        let gone = matches!(status, Status::Leaving | Status::Lost);
        match self {
            Mark::Cordon => number.facts.cordoned_at.is_none() && !gone,
            Mark::Uncordon => number.facts.cordoned_at.is_some() && !gone,
            Mark::Rest(_) => status == Status::Available,
            Mark::EndRest => status == Status::Resting,
            Mark::Label(label) => number.label != label.trim(),
        }
    }
    /// Which numbers it is for, after "none of them was changed:".
    pub fn needs(&self) -> &'static str {
        match self {
            Mark::Cordon => "only numbers that are open for new contacts can be cordoned",
            Mark::Uncordon => "only cordoned numbers can be opened again",
            Mark::Rest(_) => "only available numbers can be sent to rest",
            Mark::EndRest => "only resting numbers can be woken",
            Mark::Label(_) => "they have that label already",
        }
    }
    /// What was done, before the numbers: `Cordoned`.
    pub fn done(&self) -> &'static str {
        match self {
            Mark::Cordon => "Cordoned",
            Mark::Uncordon => "Opened for new contacts",
            Mark::Rest(_) => "Sent to rest",
            Mark::EndRest => "Ended the rest of",
            Mark::Label(label) if label.trim().is_empty() => "Removed the label of",
            Mark::Label(_) => "Labelled",
        }
    }
    fn verb(&self) -> &'static str {
        match self {
            Mark::Cordon => "number_cordoned",
            Mark::Uncordon => "number_opened",
            Mark::Rest(_) => "number_rested",
            Mark::EndRest => "rest_ended",
            Mark::Label(_) => "number_labelled",
        }
    }
    fn change(&self, now: Moment) -> Option<Change> {
        match self {
            Mark::Cordon => Some(Change::Cordon(now)),
            Mark::Uncordon => Some(Change::Uncordon),
            Mark::Rest(until) => Some(Change::Rest(*until)),
            Mark::EndRest => Some(Change::EndRest),
            Mark::Label(_) => None,
        }
    }
}

/// Marks those of the numbers on which it changes anything, and answers them as they were before. Numbers of others,
/// released ones, and those it does not fit are left alone.
///
/// # Errors
/// [`AppError::Invalid`](crate::error::AppError::Invalid) naming the field `label` when that is too long; a database
/// error.
pub fn mark(
    tx: &mut Tx,
    by: &Allowed<MarkNumbers>,
    ids: &[NumberId],
    mark: &Mark,
    now: Moment,
) -> AppResult<Vec<Number>> {
    let actor = by.actor();
    let marked = match mark {
        Mark::Label(label) => super::label(tx, &actor, ids, label, now)?,
        _ => match mark.change(now) {
            Some(change) => super::change(tx, &actor, ids, change, now, super::Why::default(), |number| {
                mark.fits(number)
            })?,
            None => Vec::new(),
        },
    };
    if let Some(first) = marked.first() {
        let subject = match marked.len() {
            1 => format!("/phone-numbers/{}", first.id),
            _ => format!("/phone-numbers/area/{}", first.area_code),
        };
        let words = format!("{} {}", mark.done(), these(&marked));
        let words = match mark {
            Mark::Label(label) if !label.trim().is_empty() => format!("{words} “{}”", label.trim()),
            _ => words,
        };
        activity::record(tx, &actor, mark.verb(), &subject, &words, now)?;
    }
    Ok(marked)
}

/// `(313) 555-0142`, `12 numbers in 313 Detroit, MI`, `12 numbers in 3 area codes`.
pub fn these(numbers: &[Number]) -> String {
    let codes: BTreeSet<AreaCode> = numbers.iter().map(|number| number.area_code).collect();
    match (numbers, codes.first(), codes.len()) {
        ([only], ..) => only.phone_number.national(),
        (_, Some(code), 1) => {
            format!("{} numbers in {code} {}", numbers.len(), code.info().place_and_region())
        }
        (_, _, several) => format!("{} numbers in {several} area codes", numbers.len()),
    }
}
