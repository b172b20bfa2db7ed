//! The rules of a campaign, to be read and changed.

use askama::Template;

use super::Typed;
use crate::allocation::situation::Situation;
use crate::campaigns::Campaign;
use crate::error::FieldErrors;
use crate::kernel::AreaCode;
use crate::web::format::plural;
use crate::web::{Shell, filters};

/// Which numbers the campaign may take: its rules about places, and whether resting ones.
#[derive(Debug)]
pub(in crate::allocation) struct RulesCard {
    pub(in crate::allocation) url: String,
    /// The rules in force, a sentence each.
    pub(in crate::allocation) words: Vec<String>,
    pub(in crate::allocation) typed: Typed,
    pub(in crate::allocation) errors: FieldErrors,
    pub(in crate::allocation) include_resting: bool,
    /// How many numbers rest now.
    pub(in crate::allocation) resting: i64,
}

impl RulesCard {
    /// The rules of a campaign whose page this is, or what was typed over them.
    pub(in crate::allocation) fn of(
        campaign_url: &str,
        campaign: &Campaign,
        situation: &Situation,
        typed: Option<(Typed, FieldErrors)>,
    ) -> RulesCard {
        let places = situation.places();
        let include_resting = match &typed {
            Some((typed, _)) => typed.include_resting.is_some(),
            None => campaign.include_resting,
        };
        let (typed, errors) = typed.unwrap_or_else(|| (Typed::of(places), FieldErrors::new()));
        RulesCard {
            url: format!("{campaign_url}/area-codes/rules"),
            words: super::words(places),
            typed,
            errors,
            include_resting,
            resting: situation.resting(),
        }
    }
    pub(in crate::allocation) fn error_list(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
    pub(in crate::allocation) fn resting_hint(&self) -> String {
        let people = "They were given back a short while ago; people may still reply to their last campaign.";
        match self.resting {
            0 => format!("None rests now. {people}"),
            1 => format!("1 number rests now. {people}"),
            more => format!("{} rest now. {people}", plural(more.unsigned_abs(), "number", "numbers")),
        }
    }
}

/// The rules of a campaign that runs.
#[derive(Template)]
#[template(path = "allocation/rules.html")]
pub(super) struct RulesPage {
    pub(super) shell: Shell,
    pub(super) campaign_url: String,
    pub(super) name: String,
    pub(super) rules: RulesCard,
    /// What it holds and its rules forbid.
    pub(super) against: Vec<(AreaCode, i64)>,
    /// Where it must hold a number and holds none.
    pub(super) missing: Vec<String>,
}
