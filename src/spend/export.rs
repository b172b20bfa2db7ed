//! The report's tables as files: CSV, safe to open in a spreadsheet, and the same as JSON.

use super::model::{CampaignSpend, Heading, Line, Report, Slice, Span, Splits, Table};
use super::sums::Part;
use crate::error::{AppError, AppResult};
use crate::kernel::Micros;
use crate::kernel::area_code::regions;
use crate::kernel::text_enum::TextEnum;
use crate::numbers::NumberKind;
use crate::web::format::phone;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    Money(Micros),
    Number(String),
}

/// A table to keep: a header, and rows as long as it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    header: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
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

impl File {
    fn new(header: &[&'static str]) -> File {
        File { header: header.to_vec(), rows: Vec::new() }
    }

    /// As a CSV file with a header; begins with a byte order mark, by which spreadsheets know UTF-8.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be written.
    pub fn csv(&self) -> AppResult<String> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let failed =
            |error: &dyn std::fmt::Display| AppError::Internal(format!("the CSV file failed: {error}"));
        writer.write_record(&self.header).map_err(|error| failed(&error))?;
        for row in &self.rows {
            let cells = row.iter().map(|value| match value {
                Value::Text(text) => plain(text),
                Value::Money(amount) => decimal(*amount),
                Value::Number(digits) => digits.clone(),
            });
            writer.write_record(cells).map_err(|error| failed(&error))?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(&error))?;
        let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
        Ok(format!("\u{feff}{text}"))
    }

    /// The same as JSON: a list of rows, each an object under the header's names. Money is text, so that no reader
    /// rounds it.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be written.
    pub fn json(&self) -> AppResult<String> {
        let value = |value: &Value| match value {
            Value::Text(text) => serde_json::Value::from(text.as_str()),
            Value::Money(amount) => serde_json::Value::from(decimal(*amount)),
            Value::Number(digits) => {
                digits.parse().map_or(serde_json::Value::Null, serde_json::Value::Number)
            }
        };
        let rows: Vec<serde_json::Map<String, serde_json::Value>> = self
            .rows
            .iter()
            .map(|row| self.header.iter().map(|name| (*name).to_owned()).zip(row.iter().map(value)).collect())
            .collect();
        serde_json::to_string_pretty(&rows)
            .map_err(|error| AppError::Internal(format!("the JSON file failed: {error}")))
    }
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// How long, how many, how much by how we know it, what was entered by hand, and what of it was idle.
const PART: [&str; 8] =
    ["number_months", "charges", "charged", "quoted", "billed", "estimated", "entered", "idle"];

/// Whatever numbers were charged, and what was entered by hand: `charged` is all of it.
fn part(part: &Part, entered: Micros) -> [Value; 8] {
    [
        Value::Number(part.sums.time.words().replace(',', "")),
        Value::Number(part.charges.to_string()),
        Value::Money(part.amount() + entered),
        Value::Money(part.sums.quoted),
        Value::Money(part.sums.billed),
        Value::Money(part.sums.estimated),
        Value::Money(entered),
        Value::Money(part.idle),
    ]
}

fn span_name(span: Span) -> &'static str {
    match span {
        Span::Month(_) => "month_utc",
        Span::Days { .. } => "days_utc",
    }
}

/// The columns that name a line.
fn heading(table: Table) -> &'static [&'static str] {
    match table {
        Table::Campaign | Table::Month => &["kind", "campaign"],
        Table::Area => &["area_code", "place"],
        Table::State => &["state", "name"],
        Table::Provider => &["provider"],
        Table::Kind => &["number_kind"],
    }
}

fn holder(report: &Report, holder: super::attribution::Holder) -> [Value; 2] {
    match holder.campaign() {
        Some(campaign) => [text("campaign"), text(report.name(campaign))],
        None => [text(holder.text()), text("")],
    }
}

/// The line of fees has a word in its first column, and nothing in a second.
fn fees_name(column: usize) -> Value {
    text(if column == 0 { "fees" } else { "" })
}

fn named(report: &Report, table: Table, line: &Line) -> Vec<Value> {
    match &line.heading {
        Heading::Holder(one) => holder(report, *one).to_vec(),
        Heading::Area(code) => vec![text(code.as_str()), text(code.info().place_and_region())],
        Heading::State(region) => vec![text(*region), text(state_name(region))],
        Heading::Provider(key) => vec![text(key.as_str())],
        Heading::Kind(kind) => vec![text(kind.as_str())],
        Heading::Fees => heading(table).iter().enumerate().map(|(at, _)| fees_name(at)).collect(),
    }
}

/// A state by its letters; toll-free numbers have none.
pub(super) fn state_name(region: &str) -> &'static str {
    regions().iter().find(|one| one.code == region).map_or("Toll-free", |one| one.name)
}

/// What a kind of number is called.
pub(super) fn kind_name(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::Local => "Local",
        NumberKind::TollFree => "Toll-free",
    }
}

/// A table of the report.
pub fn table(report: &Report, table: Table) -> File {
    let mut header = vec![span_name(report.span)];
    header.extend(heading(table));
    header.extend(PART);
    let is_month = matches!(report.span, Span::Month(_)) && table != Table::Month;
    if is_month {
        header.extend(["expected_to_come", "previous_month"]);
    }
    let mut file = File { header, rows: Vec::new() };
    if table == Table::Month {
        for month in &report.months {
            for (one, share) in &month.holders {
                let mut row = vec![text(month.month.to_string())];
                row.extend(holder(report, *one));
                row.extend(part(share, Micros::ZERO));
                file.rows.push(row);
            }
            if month.fees != Micros::ZERO {
                let mut row = vec![text(month.month.to_string()), text("fees"), text("")];
                row.extend(part(&Part::default(), month.fees));
                file.rows.push(row);
            }
        }
        return file;
    }
    for line in report.lines(table) {
        let mut row = vec![text(report.span.text())];
        row.extend(named(report, table, line));
        row.extend(part(&line.part, line.entered));
        if is_month {
            row.extend([Value::Money(line.ahead.to_come), Value::Money(line.previous)]);
        }
        file.rows.push(row);
    }
    file
}

/// The months of a campaign, or where it spent.
pub(super) fn campaign(spend: &CampaignSpend, table: Table) -> Option<File> {
    let own = |rest: &[&'static str]| {
        let mut file = File::new(rest);
        file.header.extend(&PART[..6]);
        file
    };
    match table {
        Table::Month => {
            let mut file = own(&["campaign", "month_utc"]);
            for (month, one) in &spend.months {
                let mut row = vec![text(&spend.name), text(month.to_string())];
                row.extend(part(one, Micros::ZERO).into_iter().take(6));
                file.rows.push(row);
            }
            Some(file)
        }
        Table::Area => {
            let mut file = own(&["campaign", "area_code", "place", "provider"]);
            for (cell, one) in &spend.cells {
                let mut row = vec![text(&spend.name), text(cell.area_code.as_str())];
                row.extend([text(cell.area_code.info().place_and_region()), text(&cell.service)]);
                row.extend(part(one, Micros::ZERO).into_iter().take(6));
                file.rows.push(row);
            }
            Some(file)
        }
        Table::Campaign | Table::State | Table::Provider | Table::Kind => None,
    }
}

/// Charges, a row for each holder of each: whose days they were, and what those are worth.
pub(super) fn charges(splits: &Splits, span: Span, slice: &Slice) -> File {
    let mut file = File::new(&[
        "number",
        "area_code",
        "charged_from",
        "charged_to",
        "charge",
        "basis",
        "kind",
        "campaign",
        "days_from",
        "days_to",
        "worth",
    ]);
    let (from, until) = match span {
        Span::Month(_) => (chrono::NaiveDate::MIN, chrono::NaiveDate::MAX),
        Span::Days { from, until } => (from, until),
    };
    let last = |day: chrono::NaiveDate| text(day.pred_opt().unwrap_or(day).to_string());
    for split in &splits.rows {
        let charge = &split.charge;
        let period = super::attribution::Period { start: charge.period_start, end: charge.period_end };
        for stretch in super::attribution::within(period, charge.amount, &split.stretches, from, until) {
            if slice.holder().is_some_and(|holder| holder != stretch.holder) {
                continue;
            }
            let (kind, name) = match stretch.holder.campaign() {
                Some(id) => ("campaign", splits.names.get(&id).map_or("", String::as_str)),
                None => (stretch.holder.text(), ""),
            };
            file.rows.push(vec![
                text(phone(&split.phone_number)),
                text(split.phone_number.area_code().map_or(String::new(), |code| code.to_string())),
                text(charge.period_start.to_string()),
                last(charge.period_end),
                Value::Money(charge.amount),
                text(charge.basis.as_str()),
                text(kind),
                text(name),
                text(stretch.from.to_string()),
                last(stretch.until),
                Value::Money(stretch.worth.amount),
            ]);
        }
    }
    file
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

    #[test]
    fn a_file_says_the_same_in_both_forms() {
        let mut file = File::new(&["campaign", "months", "charged"]);
        file.rows.push(vec![text("=1+1"), Value::Number("1.5".into()), Value::Money(Micros::new(383_333))]);
        assert_eq!(file.csv().unwrap(), "\u{feff}campaign,months,charged\r\n'=1+1,1.5,0.383333\r\n");
        let json: serde_json::Value = serde_json::from_str(&file.json().unwrap()).unwrap();
        let wanted = serde_json::json!([{"campaign": "=1+1", "months": 1.5, "charged": "0.383333"}]);
        assert_eq!(json, wanted);
    }
}
