//! What the page of fees shows.

use std::collections::BTreeMap;

use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::access::{Allowed, ManageOrganization, SeeSpend};
use crate::error::{AppResult, FieldErrors};
use crate::kernel::Micros;
use crate::kernel::ids::{FeeId, PersonId};
use crate::kernel::text_enum::TextEnum;
use crate::ledger::fees::{Fee, FeeKind};
use crate::spend::Month;
use crate::spend::export;
use crate::web::{Shell, filters};

/// The form, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) id: String,
    pub(super) day: String,
    pub(super) kind: String,
    pub(super) amount: String,
    pub(super) note: String,
}

impl Typed {
    /// An empty one.
    pub(super) fn new(today: NaiveDate) -> Typed {
        Typed {
            id: FeeId::new().to_string(),
            day: today.to_string(),
            kind: FeeKind::Registration.as_str().to_owned(),
            ..Typed::default()
        }
    }
}

struct FeeRow {
    id: String,
    day: String,
    kind: &'static str,
    amount: Micros,
    note: String,
    by: String,
    /// Why and by whom it was voided; empty when it counts.
    voided: String,
    error: String,
}

/// `/spend/fees`.
#[derive(Template)]
#[template(path = "spend/fees/page.html")]
pub(super) struct FeesPage {
    shell: Shell,
    spend: String,
    enters: bool,
    month: String,
    this_month: Micros,
    year: Micros,
    rows: Vec<FeeRow>,
    typed: Typed,
    kinds: Vec<(&'static str, &'static str, bool)>,
    errors: FieldErrors,
}

impl FeesPage {
    pub(super) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        month: Month,
        fees: &[Fee],
        names: &BTreeMap<PersonId, String>,
        typed: Typed,
        errors: &FieldErrors,
    ) -> FeesPage {
        let times = by.times();
        let name = |person: PersonId| names.get(&person).cloned().unwrap_or_else(|| "somebody".to_owned());
        let sum = |from: Month| -> Micros {
            let counts =
                |fee: &&Fee| fee.voided.is_none() && fee.day >= from.first() && fee.day < month.end();
            fees.iter().filter(counts).map(|fee| fee.amount).sum()
        };
        FeesPage {
            shell,
            spend: by.url("/spend"),
            enters: by.may::<ManageOrganization>(),
            month: month.words(),
            this_month: sum(month),
            year: sum(month.back(11)),
            rows: fees
                .iter()
                .map(|fee| FeeRow {
                    id: fee.id.to_string(),
                    day: times.day(fee.day),
                    kind: fee.kind.label(),
                    amount: fee.amount,
                    note: fee.note.clone(),
                    by: name(fee.entered_by),
                    voided: fee
                        .voided
                        .as_ref()
                        .map(|voided| format!("Void, by {}: {}", name(voided.by), voided.note))
                        .unwrap_or_default(),
                    error: errors.of(&format!("void-{}", fee.id)).to_owned(),
                })
                .collect(),
            kinds: FeeKind::ALL
                .iter()
                .map(|kind| (kind.as_str(), kind.label(), kind.as_str() == typed.kind))
                .collect(),
            typed,
            errors: errors.clone(),
        }
    }
    fn month_words(&self) -> String {
        format!("in {}", self.month)
    }
    fn error_list(&self) -> Vec<(String, String)> {
        self.errors.iter().map(|(field, message)| (field.to_owned(), message.to_owned())).collect()
    }
}

/// All fees as CSV, void ones among them.
pub(super) fn csv(fees: &[Fee]) -> AppResult<String> {
    let header = ["day_utc", "kind", "amount", "note", "void", "void_note"].map(str::to_owned).to_vec();
    let rows = fees.iter().map(|fee| {
        vec![
            fee.day.to_string(),
            fee.kind.to_string(),
            export::decimal(fee.amount),
            export::plain(&fee.note),
            if fee.voided.is_some() { "yes" } else { "no" }.to_owned(),
            fee.voided.as_ref().map(|voided| export::plain(&voided.note)).unwrap_or_default(),
        ]
    });
    export::file(std::iter::once(header).chain(rows))
}
