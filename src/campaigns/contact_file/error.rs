//! Why a file as a whole cannot be read.

use std::io;

/// Why a contact file is refused; `Display` tells the person who uploaded it what to do.
#[derive(Debug, thiserror::Error)]
pub enum ContactFileError {
    /// No bytes, or blank lines only.
    #[error("The file is empty.")]
    Empty,
    /// Starts like an Excel workbook or another ZIP archive.
    #[error(
        "This is a workbook or an archive, not a CSV file. Save the sheet as \"CSV UTF-8\" and upload that."
    )]
    Workbook,
    /// UTF-16, or UTF-32.
    #[error("This file is in UTF-16 (\"Unicode text\"). Save it as \"CSV UTF-8\" and upload that.")]
    Utf16,
    /// Bytes that no text has.
    #[error("This is not a text file. Upload a CSV file, plain or compressed with gzip.")]
    NotText,
    /// A gzip file inside a gzip file.
    #[error("This file is compressed twice. Decompress it once and upload that.")]
    CompressedTwice,
    /// The gzip data is cut off or corrupt.
    #[error("The compressed file is damaged or cut off. Compress it again, or upload it uncompressed.")]
    DamagedGzip,
    /// No column for phone numbers.
    #[error("There is no column named \"cell\" in the first row. {}", columns(.found))]
    NoCellColumn {
        /// The headers found, as the file writes them.
        found: Vec<String>,
    },
    /// A row longer than the limit: mostly a quote that is never closed.
    #[error("Row {row} is longer than {limit} bytes. Look for a quotation mark that is never closed.")]
    RowTooLong {
        /// The row in a spreadsheet: the header is row 1.
        row: u64,
        /// In bytes.
        limit: u64,
    },
    /// More rows than the limit.
    #[error("The file has more than {limit} rows. Split it into several files.")]
    TooManyRecords {
        /// In rows.
        limit: u64,
    },
    /// More bytes than the limit, after decompression.
    #[error("The file holds more than {} MB of text. Split it into several files.", .limit / 1_000_000)]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// The input failed.
    #[error("The file could not be read to its end. Try again.")]
    Io(#[source] io::Error),
}

fn columns(found: &[String]) -> String {
    let shown: Vec<_> =
        found.iter().take(20).map(|name| format!("\"{}\"", super::header::shown(name, 40))).collect();
    let more = if found.len() > shown.len() { " and more" } else { "" };
    format!("Found {}{more}. Name the column with the phone numbers \"cell\".", shown.join(", "))
}
