//! What people type about a campaign, and how it is read.

use chrono::offset::LocalResult;
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use super::model::{Basics, Campaign, Name, Picker, Ratio};
use crate::error::FieldErrors;
use crate::kernel::Moment;
use crate::kernel::text_enum::TextEnum;

/// The form of a campaign's basics, as it was typed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(super) struct BasicsForm {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) contacts_per_number: String,
    #[serde(default)]
    pub(super) planned_start: String,
    #[serde(default)]
    pub(super) strategy: String,
    #[serde(default)]
    pub(super) include_resting: Option<String>,
    /// The messaging service chosen; empty where none was asked for.
    #[serde(default)]
    pub(super) messaging_service: String,
    /// Who picks the number for each contact; empty where it was not asked.
    #[serde(default)]
    pub(super) picker: String,
}

/// How browsers write a `datetime-local`.
const LOCAL: &str = "%Y-%m-%dT%H:%M";

impl BasicsForm {
    /// The form of a campaign as it is.
    pub(super) fn of(campaign: &Campaign, zone: Tz) -> BasicsForm {
        BasicsForm {
            name: campaign.name.clone(),
            contacts_per_number: campaign.ratio.to_string(),
            planned_start: campaign
                .planned_start
                .map(|start| zone.from_utc_datetime(&start).format(LOCAL).to_string())
                .unwrap_or_default(),
            strategy: campaign.strategy.clone(),
            include_resting: campaign.include_resting.then(|| "yes".to_owned()),
            messaging_service: String::new(),
            picker: campaign.picker.as_str().to_owned(),
        }
    }

    /// The picker chosen, if it was asked.
    pub(super) fn picker(&self) -> Option<Picker> {
        Picker::parse(&self.picker)
    }

    /// Reads it; `known` are the keys of the strategies.
    ///
    /// # Errors
    /// Messages by field.
    pub(super) fn parse(&self, zone: Tz, known: &[&str]) -> Result<Basics, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = Name::parse(&self.name).map_err(|words| errors.add("name", words));
        let ratio =
            Ratio::parse(&self.contacts_per_number).map_err(|words| errors.add("contacts_per_number", words));
        let start =
            planned_start(&self.planned_start, zone).map_err(|words| errors.add("planned_start", words));
        if !known.contains(&self.strategy.as_str()) {
            errors.add("strategy", "Choose how the numbers are chosen.");
        }
        match (name, ratio, start) {
            (Ok(name), Ok(ratio), Ok(planned_start)) if errors.is_empty() => Ok(Basics {
                name,
                ratio,
                planned_start,
                strategy: self.strategy.clone(),
                include_resting: self.include_resting.is_some(),
            }),
            _ => Err(errors),
        }
    }
}

/// Reads a local time as UTC; nothing typed is no planned start.
fn planned_start(text: &str, zone: Tz) -> Result<Option<Moment>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let local = NaiveDateTime::parse_from_str(text, LOCAL)
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
        .map_err(|_| "Enter a date and a time, such as 2026-11-03T09:00.".to_owned())?;
    // Years that a database and a page can show.
    if !(2000..2200).contains(&chrono::Datelike::year(&local)) {
        return Err("Enter a year between 2000 and 2199.".to_owned());
    }
    match zone.from_local_datetime(&local) {
        // When the clocks go back an hour comes twice: the first one is meant.
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Ok(Some(moment.naive_utc())),
        LocalResult::None => Err("That hour does not exist on that day: the clocks go forward.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> BasicsForm {
        BasicsForm {
            name: "Fall GOTV".into(),
            contacts_per_number: "200".into(),
            planned_start: "2026-11-03T09:00".into(),
            strategy: "best".into(),
            include_resting: None,
            messaging_service: String::new(),
            picker: String::new(),
        }
    }

    #[test]
    fn a_planned_start_is_in_the_organizations_zone() {
        let basics = form().parse(Tz::America__Detroit, &["best"]).unwrap();
        assert_eq!(basics.planned_start, Some("2026-11-03T14:00:00".parse().unwrap()));
        assert_eq!(planned_start("", Tz::UTC), Ok(None));
        // 8 March 2026, 02:30 is skipped in Detroit; 1 November 2026, 01:30 comes twice.
        assert!(planned_start("2026-03-08T02:30", Tz::America__Detroit).is_err());
        let first = planned_start("2026-11-01T01:30", Tz::America__Detroit).unwrap();
        assert_eq!(first, Some("2026-11-01T05:30:00".parse().unwrap()));
        for wrong in ["soon", "2026-11-03", "99999-01-01T00:00", "2026-13-01T00:00", "1600-01-01T00:00"] {
            assert!(planned_start(wrong, Tz::UTC).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let wrong = BasicsForm {
            name: " ".into(),
            contacts_per_number: "1.5".into(),
            planned_start: "x".into(),
            strategy: "magic".into(),
            include_resting: None,
            messaging_service: String::new(),
            picker: String::new(),
        };
        let errors = wrong.parse(Tz::UTC, &["best"]).unwrap_err();
        for field in ["name", "contacts_per_number", "planned_start", "strategy"] {
            assert!(!errors.of(field).is_empty(), "{field}");
        }
    }
}
