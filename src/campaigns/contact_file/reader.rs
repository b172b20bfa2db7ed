//! The loop: rows in, counts out.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::rc::Rc;

use csv::ByteRecord;

use super::classify::classify;
use super::error::ContactFileError;
use super::header::{Columns, shown};
use super::input::{Allowance, Counted, Exceeded, Gate, failed, open};
use super::reason::Reason;
use super::{ContactCounts, Encoding, SAMPLES, Sample};

/// How much is read before a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows below the header.
    pub records: u64,
    /// Bytes of one row, with the blank lines before it.
    pub record_bytes: u64,
    /// Bytes of text, after decompression.
    pub bytes: u64,
}

impl Default for Limits {
    /// Five million rows, 256 KiB a row, 2 GB of text.
    fn default() -> Self {
        Limits { records: 5_000_000, record_bytes: 256 * 1024, bytes: 2_000_000_000 }
    }
}

/// Bytes read ahead, and the least between two reports of progress.
const BUFFER: usize = 64 * 1024;

/// Characters of a cell or a name shown in a sample.
const SHOWN: usize = 80;

/// Reads a contact file to its end and counts it, within the default [`Limits`].
///
/// `input` is CSV text or the same compressed with gzip (found by its first bytes), in UTF-8 or, row by row,
/// Windows-1252. Rows end with CRLF, LF or CR; fields may be quoted; rows may be short or long. `on_progress`
/// is told now and then, and at the end, how many bytes of `input` have been read (compressed bytes if it is
/// compressed). A file with a header and no rows is counted as zero rows.
///
/// # Errors
/// [`ContactFileError`] when the file as a whole cannot be read. A row never fails: it is counted as rejected.
pub fn count<R: Read>(input: R, on_progress: impl FnMut(u64)) -> Result<ContactCounts, ContactFileError> {
    count_within(input, Limits::default(), on_progress)
}

/// As [`count`], within other limits.
///
/// # Errors
/// As [`count`].
pub fn count_within<R: Read>(
    input: R,
    limits: Limits,
    mut on_progress: impl FnMut(u64),
) -> Result<ContactCounts, ContactFileError> {
    let bytes = Rc::new(Cell::new(0));
    let text = open(Counted { input, bytes: Rc::clone(&bytes) })?;
    let (bom, compressed) = (text.bom, text.compressed);
    let mut rows = Rows::new(text.reader, compressed, limits);

    let Some(headers) = rows.headers()? else { return Err(ContactFileError::Empty) };
    let Some(columns) = Columns::find(&headers) else {
        return Err(ContactFileError::NoCellColumn { found: headers });
    };
    let mut tally = Tally {
        counts: ContactCounts {
            records: 0,
            valid_unique: 0,
            rejected: 0,
            rejects: BTreeMap::new(),
            by_area_code: BTreeMap::new(),
            encoding: if bom { Encoding::Utf8WithBom } else { Encoding::Utf8 },
            compressed,
            cell_column: headers[columns.cell].clone(),
        },
        seen: HashSet::new(),
    };
    let mut told = 0;
    while rows.next()? {
        if tally.counts.records == limits.records {
            return Err(ContactFileError::TooManyRecords { limit: limits.records });
        }
        tally.add(&rows.record, &columns);
        if bytes.get() - told >= BUFFER as u64 {
            told = bytes.get();
            on_progress(told);
        }
    }
    on_progress(bytes.get());
    Ok(tally.counts)
}

/// The rows of a file, header first.
struct Rows<'a> {
    csv: csv::Reader<Gate<Box<dyn Read + 'a>>>,
    record: ByteRecord,
    allowance: Rc<Allowance>,
    compressed: bool,
    limits: Limits,
    read: u64,
}

impl<'a> Rows<'a> {
    fn new(input: Box<dyn Read + 'a>, compressed: bool, limits: Limits) -> Self {
        let allowance =
            Rc::new(Allowance { passed: Cell::new(0), record_end: Cell::new(0), file_end: limits.bytes });
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(Gate { input, allowance: Rc::clone(&allowance) });
        Rows { csv, record: ByteRecord::new(), allowance, compressed, limits, read: 0 }
    }

    /// Reads the next row into `record`; false at the end.
    fn next(&mut self) -> Result<bool, ContactFileError> {
        let too_long = ContactFileError::RowTooLong { row: self.read + 1, limit: self.limits.record_bytes };
        // The gate only stops what is surely too long, as the CSV reader reads ahead; the exact check follows.
        let ahead = self.limits.record_bytes + BUFFER as u64;
        self.allowance.record_end.set(self.allowance.passed.get() + ahead);
        let start = self.csv.position().byte();
        match self.csv.read_byte_record(&mut self.record) {
            Ok(_) if self.csv.position().byte() - start > self.limits.record_bytes => Err(too_long),
            Ok(more) => {
                self.read += 1;
                Ok(more)
            }
            Err(error) => Err(match error.into_kind() {
                csv::ErrorKind::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref()) {
                    Some(Exceeded::Record) => too_long,
                    Some(Exceeded::File) => ContactFileError::TooLarge { limit: self.limits.bytes },
                    None => failed(error, self.compressed),
                },
                // The only others concern unequal lengths and UTF-8, which are not asked for.
                other => ContactFileError::Io(std::io::Error::other(format!("{other:?}"))),
            }),
        }
    }

    /// The first row that is not blank.
    fn headers(&mut self) -> Result<Option<Vec<String>>, ContactFileError> {
        while self.next()? {
            let utf8 = std::str::from_utf8(self.record.as_slice()).is_ok();
            let headers: Vec<String> =
                self.record.iter().map(|field| decode(field, utf8).into_owned()).collect();
            if headers.iter().any(|header| !header.trim().is_empty()) {
                return Ok(Some(headers));
            }
        }
        Ok(None)
    }
}

/// A field as text, knowing whether its whole row is UTF-8.
fn decode(field: &[u8], utf8: bool) -> Cow<'_, str> {
    match std::str::from_utf8(field) {
        Ok(text) if utf8 => Cow::Borrowed(text),
        _ => encoding_rs::WINDOWS_1252.decode_without_bom_handling(field).0,
    }
}

struct Tally {
    counts: ContactCounts,
    /// Keys of the numbers met, see [`super::classify::Contact`].
    seen: HashSet<u32>,
}

impl Tally {
    fn add(&mut self, record: &ByteRecord, columns: &Columns) {
        let utf8 = std::str::from_utf8(record.as_slice()).is_ok();
        if !utf8 {
            self.counts.encoding = Encoding::Windows1252;
        }
        self.counts.records += 1;
        let cell = decode(record.get(columns.cell).unwrap_or_default(), utf8);
        let reason = match classify(&cell) {
            Ok(contact) if self.seen.insert(contact.key) => {
                self.counts.valid_unique += 1;
                *self.counts.by_area_code.entry(contact.area_code).or_default() += 1;
                return;
            }
            Ok(_) => Reason::Duplicate,
            Err(reason) => reason,
        };
        self.counts.rejected += 1;
        let group = self.counts.rejects.entry(reason).or_default();
        group.count += 1;
        if group.samples.len() < SAMPLES {
            let name =
                columns.name(|column| decode(record.get(column).unwrap_or_default(), utf8).into_owned());
            group.samples.push(Sample {
                row: self.counts.records + 1,
                cell: shown(&cell, SHOWN),
                name: shown(&name, SHOWN),
            });
        }
    }
}
