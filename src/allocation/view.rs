//! What is to be shown of the area-codes section.

use std::collections::BTreeMap;

use super::model::ByCode;
use super::pages::Said;
use super::rules;
use crate::error::FieldErrors;
use crate::kernel::AreaCode;

/// What is to be shown of it.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// Words to search area codes and places by.
    pub(super) search: String,
    /// An area code to add to the rows.
    pub(super) add: String,
    /// Counts as they were typed and not saved.
    pub(super) typed: BTreeMap<AreaCode, String>,
    /// What is wrong, by field.
    pub(super) errors: Vec<(String, String)>,
    /// What the last step has to say.
    pub(super) said: Option<Said>,
    /// Whether "take what there is" is offered.
    pub(super) offer_take: bool,
    /// What is drawn of it.
    pub(super) draw: Draw,
    /// The rules as they were typed and not saved, with what is wrong.
    pub(super) rules: Option<(rules::Typed, FieldErrors)>,
}

/// What is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Draw {
    /// The numbers as they are held.
    #[default]
    AsHeld,
    /// The same, with a prediction for the counts that were typed.
    Predicted,
    /// Only what the typed counts change, to be put into the page.
    PredictionAlone,
}

impl View {
    /// The counts that were typed and can be read.
    pub(super) fn counts(&self) -> ByCode {
        let read = |(code, typed): (&AreaCode, &String)| Some((*code, super::sent::count(typed.trim())?));
        match self.draw {
            Draw::AsHeld => ByCode::new(),
            Draw::Predicted | Draw::PredictionAlone => self.typed.iter().filter_map(read).collect(),
        }
    }
}
