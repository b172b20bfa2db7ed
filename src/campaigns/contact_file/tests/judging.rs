use super::super::classify::classify;
use super::super::*;

#[test]
fn cells_are_judged_as_libphonenumber_judges_them() {
    // Each line: what the Python package `phonenumbers` 9.0.43 says, except where marked.
    for (cell, expected) in [
        ("313-555-0142", "313"),
        ("+1.313.555.0142", "313"),
        ("1 313 5550142", "313"),
        ("011 1 313 555 0142", "313"),
        ("tel:+1-313-555-0142", "313"),
        ("\u{200b}313\u{2011}555\u{a0}0142 ", "313"),
        ("３１３-５５５-０１４２", "313"),
        ("٣١٣٥٥٥٠١٤٢", "313"),
        ("=\"3135550142\"", "313"),
        ("313-555-0142 ext. 5", "313"),
        ("313-555-0142;ext=22", "313"),
        ("313-555-0142 #9", "313"),
        ("313-555-0142 - 503#", "313"),
        ("313-555-0142 x204/x205", "313"),
        ("313-555-0142 x2045678901", "unparseable:TOO_LONG"),
        ("313-555-VOTE", "313"),
        ("Work# 313.555.0142", "313"),
        ("+3135550142", "international_invalid"),
        ("679-555-0142", "679"), // newer than the package
        ("983-655-0142", "983"), // the package does not take this exchange
        ("671-646-0142", "671"),
        ("684-555-0142", "invalid:exchange"),
        ("313-155-0142", "invalid:exchange"),
        ("", "missing_cell"),
        (" \t\u{a0}", "missing_cell"),
        ("555-0142", "invalid:IS_POSSIBLE_LOCAL_ONLY"),
        ("310-1234", "nongeographic:UAN"),
        ("313555014", "invalid:TOO_SHORT"),
        ("3135550142.0", "invalid:TOO_LONG"),
        ("07700 900629", "invalid:TOO_LONG"),
        ("001 313 555 0142", "invalid:TOO_LONG"),
        ("222-555-0142", "invalid:area_code"),
        ("06 39 98 88 17", "invalid:area_code"),
        ("800-555-0199", "toll_free"),
        ("800-155-0199", "invalid:nongeographic_exchange"),
        ("710-555-0142", "invalid:nongeographic_exchange"),
        ("500-555-0142", "nongeographic:PERSONAL_NUMBER"),
        ("622-555-0142", "nongeographic:PERSONAL_NUMBER"),
        ("900-555-0142", "nongeographic:PREMIUM_RATE"),
        ("600-555-0142", "nongeographic:VOIP"),
        ("876-555-0142", "other_nanp_country"),
        ("242-555-0142", "invalid:other_nanp_country_exchange"),
        ("+61 491 570 156", "international_valid"),
        ("011 44 7700 900740", "international_invalid"),
        ("8.03555E+09", "unparseable:NOT_A_NUMBER"),
        ("2,405,550,183", "unparseable:NOT_A_NUMBER"),
        ("313-555-0142, 248-555-0143", "unparseable:NOT_A_NUMBER"),
        ("313-555-0142 / 248-555-0143", "unparseable:TOO_LONG"),
        ("call me", "unparseable:NOT_A_NUMBER"),
        ("1 + 1", "unparseable:NOT_A_NUMBER"),
        ("011 12", "unparseable:TOO_SHORT_AFTER_IDD"),
        ("+999 313 555 0142", "unparseable:INVALID_COUNTRY_CODE"),
    ] {
        let found = match classify(cell) {
            Ok(contact) => contact.area_code.to_string(),
            Err(reason) => reason.key().to_owned(),
        };
        assert_eq!(found, expected, "{cell:?}");
    }
}

#[test]
fn numbers_of_all_area_codes_have_distinct_keys_below_the_limit() {
    let mut last = Vec::new();
    for code in AreaCode::all().filter(|code| !matches!(code.as_str(), "340" | "670" | "671" | "684")) {
        let key = |line: &str| classify(&format!("{code}{line}")).unwrap().key;
        let (low, high) = (key("2000000"), key("9999999"));
        assert_eq!(high - low, 7_999_999, "{code}");
        last.push((low, high));
    }
    last.sort_unstable();
    assert!(last.windows(2).all(|pair| pair[0].1 < pair[1].0));
    assert!(AreaCode::all().count() + AreaCode::all_toll_free().count() <= 536);
}

#[test]
fn every_reason_has_its_own_key_and_words() {
    let mut keys: Vec<_> = Reason::ALL.iter().map(|reason| reason.key()).collect();
    let mut words: Vec<_> = Reason::ALL.iter().map(|reason| reason.words()).collect();
    for list in [&mut keys, &mut words] {
        list.sort_unstable();
        assert!(list.windows(2).all(|pair| pair[0] != pair[1]));
    }
    assert!(Reason::ALL.is_sorted());
    assert!(words.iter().all(|sentence| sentence.ends_with('.')));
}
