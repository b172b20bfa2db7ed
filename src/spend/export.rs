//! The report's tables as CSV, safe to open in a spreadsheet.

use super::model::Report;
use crate::error::{AppError, AppResult};
use crate::kernel::Micros;
use crate::kernel::text_enum::TextEnum;
use crate::text_enum;

text_enum! {
    /// Which table.
    pub enum Table {
        /// By campaign, and idle.
        Campaign = "campaign",
        /// By area code.
        Area = "area",
    }
}

/// Text that no spreadsheet takes for a formula: what one could begin with gets an apostrophe in front, which
/// spreadsheets do not show.
pub(super) fn plain(text: &str) -> String {
    let begins = text.trim_start_matches([' ', '\u{a0}']).chars().next();
    match begins {
        Some(
            '=' | '+' | '-' | '@' | '|' | '%' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}'
            | '\u{ff20}',
        ) => {
            format!("'{text}")
        }
        _ => text.to_owned(),
    }
}

/// `200.33`, `-4.6`: a decimal number without a currency sign, as exact as the amount.
pub(super) fn decimal(amount: Micros) -> String {
    let micros = amount.get();
    let (sign, micros) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    let fraction = format!("{:06}", micros % 1_000_000);
    let shown = fraction.trim_end_matches('0');
    let shown = if shown.len() < 2 { &fraction[..2] } else { shown };
    format!("{sign}{}.{shown}", micros / 1_000_000)
}

/// The table as a CSV file with a header; begins with a byte order mark, by which spreadsheets know UTF-8.
///
/// # Errors
/// [`AppError::Internal`] when it cannot be written.
pub(super) fn csv(report: &Report, table: Table) -> AppResult<String> {
    let month = report.month.to_string();
    let mut rows: Vec<Vec<String>> = Vec::new();
    match table {
        Table::Campaign => {
            rows.push(header(&["month_utc", "kind", "campaign", "number_months"]));
            for share in &report.shares {
                let (kind, name) = match share.holder {
                    Some(campaign) => ("campaign", plain(report.name(campaign))),
                    None => ("idle", String::new()),
                };
                rows.push(vec![
                    month.clone(),
                    kind.to_owned(),
                    name,
                    share.charged.time.words().replace(',', ""),
                    decimal(share.charged.amount),
                    decimal(share.to_come),
                    decimal(share.previous),
                ]);
            }
        }
        Table::Area => {
            rows.push(header(&["month_utc", "area_code", "place", "charges"]));
            for area in &report.areas {
                rows.push(vec![
                    month.clone(),
                    area.area_code.to_string(),
                    plain(&area.area_code.info().place_and_region()),
                    area.charges.to_string(),
                    decimal(area.charged),
                    decimal(area.to_come),
                    decimal(area.previous),
                    decimal(area.idle),
                ]);
            }
            if let Some(header) = rows.first_mut() {
                header.push("idle".to_owned());
            }
        }
    }
    file(rows)
}

/// Rows as a CSV file; begins with a byte order mark, by which spreadsheets know UTF-8.
///
/// # Errors
/// [`AppError::Internal`] when it cannot be written.
pub(super) fn file(rows: impl IntoIterator<Item = Vec<String>>) -> AppResult<String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |error: &dyn std::fmt::Display| AppError::Internal(format!("the CSV file failed: {error}"));
    for row in rows {
        writer.write_record(row).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
    Ok(format!("\u{feff}{text}"))
}

fn header(first: &[&str]) -> Vec<String> {
    let money = ["charged", "expected_to_come", "previous_month"];
    first.iter().chain(&money).map(|name| (*name).to_owned()).collect()
}

impl Table {
    /// The table of a word in an address; by campaign without one.
    pub(super) fn of(word: Option<&str>) -> Option<Table> {
        word.map_or(Some(Table::Campaign), Table::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_formula() {
        for wicked in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "|cmd"] {
            assert!(plain(wicked).starts_with('\''), "{wicked:?}");
        }
        for harmless in ["Fall GOTV", "", "1 = 1", "50 % more", "Élection"] {
            assert_eq!(plain(harmless), harmless);
        }
    }

    #[test]
    fn amounts_are_numbers() {
        for (micros, text) in
            [(0, "0.00"), (200_330_000, "200.33"), (-4_600_000, "-4.60"), (383_333, "0.383333")]
        {
            assert_eq!(decimal(Micros::new(micros)), text);
        }
    }
}
