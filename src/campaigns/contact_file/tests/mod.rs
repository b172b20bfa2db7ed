mod judging;
mod properties;

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn read(file: impl AsRef<[u8]>) -> ContactCounts {
    count(file.as_ref(), |_| {}).unwrap()
}

fn refused(file: impl AsRef<[u8]>) -> ContactFileError {
    count(file.as_ref(), |_| {}).unwrap_err()
}

fn rejects(counts: &ContactCounts) -> Vec<(&'static str, u64)> {
    counts.rejects.iter().map(|(reason, group)| (reason.key(), group.count)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const TWO: &str = "firstName,lastName,cell\nAda,Moss,313-555-0142\nBen,Roe,+1 (248) 555-0143\n";

#[test]
fn line_ends_quotes_and_the_order_of_columns_do_not_matter() {
    for file in [
        TWO.to_owned(),
        TWO.replace('\n', "\r\n"),
        TWO.replace('\n', "\r"),
        TWO.trim_end().to_owned(),
        format!("\u{feff}{}", TWO.replace("cell", "CELL ")),
        "cell,notes\n\"313-555-0142\",\"two\nlines, and \"\"quotes\"\"\"\n\n248-555-0143,x,more,fields\n"
            .to_owned(),
        "zip,Cell_Phone\n48201,3135550142\n,12485550143\n".to_owned(),
    ] {
        let counts = read(&file);
        assert_eq!((counts.records, counts.valid_unique, counts.rejected), (2, 2, 0), "{file}");
        let codes: Vec<_> = counts.by_area_code.keys().map(AreaCode::to_string).collect();
        assert_eq!(codes, ["248", "313"]);
    }
    assert_eq!(read(format!("\u{feff}{TWO}")).encoding, Encoding::Utf8WithBom);
}

#[test]
fn rejected_rows_are_shown_with_their_row_in_a_spreadsheet() {
    let mut file =
        String::from("lastName,firstName,zip,cell\nMoss,Ada,,3135550142\nRoe, Ben ,,call\nShort,Row\n");
    file.push_str(&"Moss,Ada,,(313) 555-0142\n".repeat(7));
    let counts = read(&file);
    assert_eq!(rejects(&counts), [("missing_cell", 1), ("duplicate", 7), ("unparseable:NOT_A_NUMBER", 1)]);
    let sample = |reason| counts.rejects[&reason].samples[0].clone();
    let (row, cell, name) = (3, "call".to_owned(), "Ben Roe".to_owned());
    assert_eq!(sample(Reason::NotANumber), Sample { row, cell, name });
    let (row, cell, name) = (4, String::new(), "Row Short".to_owned());
    assert_eq!(sample(Reason::MissingCell), Sample { row, cell, name });
    let rows: Vec<_> = counts.rejects[&Reason::Duplicate].samples.iter().map(|sample| sample.row).collect();
    assert_eq!(rows, [5, 6, 7, 8, 9]);
}

#[test]
fn rows_that_are_not_utf8_are_read_as_windows_1252() {
    let mut file = b"firstName,lastName,cell\nAna\xefs,Lef\xe8vre,call\n".to_vec();
    file.extend("Łukasz,Wójcik,313\u{a0}555\u{2011}0142\n".as_bytes());
    file.extend(b"\x93Jo\x94,Roe,248\xa0555\x960143\n");
    let counts = read(&file);
    assert_eq!(counts.encoding, Encoding::Windows1252);
    assert_eq!((counts.valid_unique, rejects(&counts)), (2, vec![("unparseable:NOT_A_NUMBER", 1)]));
    assert_eq!(counts.rejects[&Reason::NotANumber].samples[0].name, "Anaïs Lefèvre");
    assert_eq!(read(TWO).encoding, Encoding::Utf8);
}

#[test]
fn gzip_is_found_by_its_first_bytes_in_one_part_or_several() {
    let whole = gzip(TWO.as_bytes());
    let (head, tail) = TWO.as_bytes().split_at(40);
    let parts = [gzip(head), gzip(tail)].concat();
    for file in [&whole, &parts] {
        let counts = read(file);
        assert!(counts.compressed);
        assert_eq!((counts.records, counts.valid_unique), (2, 2));
    }
    assert!(matches!(refused(&whole[..whole.len() - 9]), ContactFileError::DamagedGzip));
    assert!(matches!(refused(&whole[..12]), ContactFileError::DamagedGzip));
    assert!(matches!(refused(gzip(&whole)), ContactFileError::CompressedTwice));
}

#[test]
fn progress_is_told_in_bytes_of_the_input() {
    let mut file = TWO.to_owned();
    for line in 0..20_000 {
        file.push_str(&format!("Ada,Moss,31355{line:05}\n"));
    }
    for input in [gzip(file.as_bytes()), file.into_bytes()] {
        let mut told = Vec::new();
        let counts = count(&input[..], |bytes| told.push(bytes)).unwrap();
        assert_eq!(counts.records, 20_002);
        assert_eq!(*told.last().unwrap(), input.len() as u64);
        assert!(told.is_sorted() && told.len() as u64 > input.len() as u64 / 100_000, "{told:?}");
    }
}

#[test]
fn files_that_cannot_be_read_are_refused_in_words() {
    for file in ["", "\n\r\n", "\u{feff}", " \n , ,\n"] {
        assert_eq!(refused(file).to_string(), "The file is empty.", "{file:?}");
    }
    let only_header = read("firstName,cell");
    assert_eq!((only_header.records, only_header.valid_unique, only_header.rejected), (0, 0, 0));
    assert_eq!(
        refused("firstName,home phone\nAda,3135550142\n").to_string(),
        "There is no column named \"cell\" in the first row. Found \"firstName\", \"home phone\". \
         Name the column with the phone numbers \"cell\"."
    );
    let utf16: Vec<u8> = TWO.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = [&b"\xff\xfe"[..], &utf16].concat();
    for file in [&utf16, &marked] {
        assert!(matches!(refused(file), ContactFileError::Utf16));
    }
    assert!(matches!(refused(b"PK\x03\x04rest"), ContactFileError::Workbook));
    assert!(matches!(refused(b"\x7fELF\x00\x01"), ContactFileError::NotText));
}

#[test]
fn limits_are_kept_whatever_the_file() {
    let open_quote = format!("cell\n3135550142\n\"{}", "x\n".repeat(1_000_000));
    let one_line = format!("cell\n{}", "9".repeat(500_000));
    for (file, row) in [(&open_quote, 3), (&one_line, 2)] {
        match refused(file) {
            ContactFileError::RowTooLong { row: found, .. } => assert_eq!(found, row),
            other => panic!("{other:?}"),
        }
    }
    let limits = Limits { records: 2, record_bytes: 100, bytes: 1_000 };
    let within = |file: &str| count_within(file.as_bytes(), limits, |_| {});
    assert!(within(TWO).is_ok());
    let three = format!("{TWO}Cy,Poe,313-555-0144\n");
    assert!(matches!(within(&three), Err(ContactFileError::TooManyRecords { limit: 2 })));
    let long = format!("cell,x\n3135550142,{}\n", "y".repeat(100));
    assert!(matches!(within(&long), Err(ContactFileError::RowTooLong { row: 2, .. })));
    let bomb = gzip(&vec![b'\n'; 10_000_000]);
    assert!(bomb.len() < 20_000);
    let refusal = count_within(&bomb[..], limits, |_| {}).unwrap_err();
    assert!(matches!(refusal, ContactFileError::RowTooLong { .. } | ContactFileError::TooLarge { .. }));
}

#[test]
fn an_input_that_fails_is_told_from_a_damaged_file() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
    }
    let cut = TWO.as_bytes().chain(Broken);
    assert!(matches!(count(cut, |_| {}), Err(ContactFileError::Io(_))));
}

#[test]
fn the_json_has_the_keys_of_the_command() {
    let counts = read(format!("{TWO}Cy,Poe,\n"));
    assert_eq!(
        check_json(&counts),
        serde_json::json!({
            "records": 3, "valid_unique": 2, "rejected": 1,
            "rejects_by_reason": {"missing_cell": 1}, "by_area_code": {"248": 1, "313": 1},
        })
    );
}
