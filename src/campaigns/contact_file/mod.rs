//! Reads a contact file: streams it, judges each phone number, counts by area code.
//!
//! Contacts are not kept. Memory is constant but for four bytes a distinct number (to find duplicates) and
//! the first rows of each kind of reject. Columns as the texting platform takes them
//! (`firstName,lastName,cell,zip,external_id`), in any order, with any others among them.
//!
//! ```
//! let file = "firstName,lastName,cell\nAda,Moss,(313) 555-0142\nBen,Roe,+13135550142\n";
//! let counts = numberbank::campaigns::contact_file::count(file.as_bytes(), |_| {})?;
//! assert_eq!((counts.records, counts.valid_unique, counts.rejected), (2, 1, 1));
//! # Ok::<(), numberbank::campaigns::contact_file::ContactFileError>(())
//! ```

mod classify;
mod dialled;
mod error;
mod extension;
mod header;
mod input;
mod reader;
mod reason;

use std::collections::BTreeMap;

pub use error::ContactFileError;
pub use reader::{Limits, count, count_within};
pub use reason::Reason;
use serde_json::{Map, Value, json};

use crate::kernel::area_code::AreaCode;

/// What a contact file holds. `records == valid_unique + rejected`, and the parts add up to both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactCounts {
    /// Rows below the header; blank lines are none.
    pub records: u64,
    /// Distinct numbers that count.
    pub valid_unique: u64,
    /// Rows that do not count, duplicates among them.
    pub rejected: u64,
    /// The rejected rows by reason.
    pub rejects: BTreeMap<Reason, RejectGroup>,
    /// The distinct numbers by area code.
    pub by_area_code: BTreeMap<AreaCode, u64>,
    /// How the text was read.
    pub encoding: Encoding,
    /// Whether the file was gzip-compressed.
    pub compressed: bool,
    /// The header of the column the phone numbers were taken from, as the file writes it.
    pub cell_column: String,
}

/// The rows rejected for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RejectGroup {
    /// How many rows.
    pub count: u64,
    /// The first of them, at most [`SAMPLES`].
    pub samples: Vec<Sample>,
}

/// Samples kept of each reject group.
pub const SAMPLES: usize = 5;

/// A rejected row, to show to the person who uploaded the file; not to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its row in a spreadsheet: the header is row 1. Blank lines, which are skipped, are not counted.
    pub row: u64,
    /// The cell, at most 80 characters of it; empty when the row has none.
    pub cell: String,
    /// First and last name as far as the file has such columns, at most 80 characters.
    pub name: String,
}

/// How the bytes of a file were read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or plain ASCII.
    Utf8,
    /// UTF-8 with a byte order mark, as Excel writes it.
    Utf8WithBom,
    /// Some rows are not UTF-8; those were read as Windows-1252, of which Latin-1 is a part.
    Windows1252,
}

impl Encoding {
    /// Its name for a page.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 | Encoding::Utf8WithBom => "UTF-8",
            Encoding::Windows1252 => "Windows-1252 (Latin-1)",
        }
    }
}

/// The counts as `numberbank contacts check` prints them: `records`, `valid_unique`, `rejected`,
/// `rejects_by_reason` (by [`Reason::key`]) and `by_area_code`.
pub fn check_json(counts: &ContactCounts) -> Value {
    let rejects: Map<String, Value> =
        counts.rejects.iter().map(|(reason, group)| (reason.key().to_owned(), group.count.into())).collect();
    let codes: Map<String, Value> =
        counts.by_area_code.iter().map(|(code, count)| (code.to_string(), (*count).into())).collect();
    json!({
        "records": counts.records,
        "valid_unique": counts.valid_unique,
        "rejected": counts.rejected,
        "rejects_by_reason": rejects,
        "by_area_code": codes,
    })
}

#[cfg(test)]
mod tests;
