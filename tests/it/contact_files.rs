//! The contact files of `tests/it/data/contacts`, read as the command and the import read them.

use std::fs::File;
use std::path::Path;

use numberbank::campaigns::contact_file::{Encoding, check_json, count};
use serde_json::Value;

fn check(file: &str, expected: &str) -> Encoding {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/contacts");
    let open = |name| File::open(folder.join(name)).expect("a file of the tests");
    let counts = count(open(file), |_| {}).expect("a readable contact file");
    let expected: Value = serde_json::from_reader(open(expected)).expect("JSON");
    let found = check_json(&counts);
    for key in ["records", "valid_unique", "rejected", "rejects_by_reason", "by_area_code"] {
        assert_eq!(found[key], expected[key], "{file}: {key}");
    }
    assert_eq!(found, expected);
    assert_eq!(counts.compressed, file.ends_with(".gz"));
    counts.encoding
}

#[test]
fn tiny() {
    assert_eq!(check("tiny.csv", "expected_tiny.json"), Encoding::Utf8);
}

#[test]
fn messy() {
    assert_eq!(check("messy.csv", "expected_messy.json"), Encoding::Utf8WithBom);
}

#[test]
fn statewide_michigan() {
    assert_eq!(check("statewide_michigan.csv.gz", "expected_statewide_michigan.json"), Encoding::Utf8);
}

#[test]
fn national() {
    assert_eq!(check("national.csv.gz", "expected_national.json"), Encoding::Utf8);
}
