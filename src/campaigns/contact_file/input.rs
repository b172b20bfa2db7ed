//! What lies between the raw input and the CSV reader: counting, decompression, looking at the first bytes,
//! and limits.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use super::error::ContactFileError;

const GZIP: &[u8] = &[0x1f, 0x8b];
const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// A file's text, still undecoded.
pub(super) struct Text<'a> {
    pub reader: Box<dyn Read + 'a>,
    pub compressed: bool,
    pub bom: bool,
}

/// Counts the bytes of the input as they are read.
pub(super) struct Counted<R> {
    pub input: R,
    pub bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}

/// Decompresses when the first bytes say gzip, takes off a byte order mark, refuses what is not CSV text.
pub(super) fn open<'a>(mut input: impl Read + 'a) -> Result<Text<'a>, ContactFileError> {
    let start = peek(&mut input, GZIP.len()).map_err(ContactFileError::Io)?;
    let compressed = start == GZIP;
    let input = Cursor::new(start).chain(input);
    let mut reader: Box<dyn Read + 'a> =
        if compressed { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) };
    let mut start = peek(&mut reader, 1024).map_err(|error| failed(error, compressed))?;
    refuse(&start)?;
    let bom = start.starts_with(UTF8_BOM);
    if bom {
        start.drain(..UTF8_BOM.len());
    }
    Ok(Text { reader: Box::new(Cursor::new(start).chain(reader)), compressed, bom })
}

/// What a failed read means to the person who uploaded the file.
pub(super) fn failed(error: io::Error, compressed: bool) -> ContactFileError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
            if compressed =>
        {
            ContactFileError::DamagedGzip
        }
        _ => ContactFileError::Io(error),
    }
}

fn refuse(start: &[u8]) -> Result<(), ContactFileError> {
    let any = |magics: &[&[u8]]| magics.iter().any(|magic| start.starts_with(magic));
    if any(&[GZIP]) {
        Err(ContactFileError::CompressedTwice)
    } else if any(&[b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]) {
        Err(ContactFileError::Workbook)
    } else if any(&[b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"]) || looks_like_utf16(start) {
        Err(ContactFileError::Utf16)
    } else if start.contains(&0) {
        Err(ContactFileError::NotText)
    } else {
        Ok(())
    }
}

/// Without a mark, UTF-16 shows in Latin letters: every other byte is zero.
fn looks_like_utf16(start: &[u8]) -> bool {
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let half = start.len() / 2;
    half > 1 && (zeros(0) * 10 > half * 9 && zeros(1) == 0 || zeros(1) * 10 > half * 9 && zeros(0) == 0)
}

/// The first `most` bytes, or all when there are fewer.
fn peek(input: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(most);
    input.take(most as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// What a [`Gate`] lets through.
#[derive(Debug)]
pub(super) struct Allowance {
    /// Bytes let through so far.
    pub passed: Cell<u64>,
    /// Where the record being read must have ended.
    pub record_end: Cell<u64>,
    /// Where the file must have ended.
    pub file_end: u64,
}

/// Which limit a [`Gate`] found exceeded: the inner error of the `io::Error` it returns.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("limit exceeded")]
pub(super) enum Exceeded {
    Record,
    File,
}

/// Stops the CSV reader, which would take an endless record or a decompression bomb into memory.
pub(super) struct Gate<R> {
    pub input: R,
    pub allowance: Rc<Allowance>,
}

impl<R: Read> Read for Gate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let passed = self.allowance.passed.get() + read as u64;
        self.allowance.passed.set(passed);
        if passed > self.allowance.file_end {
            Err(io::Error::other(Exceeded::File))
        } else if passed > self.allowance.record_end.get() {
            Err(io::Error::other(Exceeded::Record))
        } else {
            Ok(read)
        }
    }
}
