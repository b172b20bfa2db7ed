use super::*;

fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

#[test]
fn every_row_parses_and_every_code_has_a_place_and_a_time_zone() {
    let table = table::load().unwrap();
    assert_eq!(table.infos.len(), 433 + 7);
    assert_eq!(AreaCode::all().count(), 433);
    assert!(AreaCode::all().is_sorted());
    assert_eq!(
        AreaCode::all_toll_free().map(|c| c.to_string()).collect::<Vec<_>>().join(" "),
        "800 833 844 855 866 877 888"
    );
    for code in AreaCode::all() {
        let info = code.info();
        assert_eq!(info.code, code);
        assert!(!info.place.is_empty() && info.place.trim() == info.place, "{code}");
        assert!(info.timezone.parse::<chrono_tz::Tz>().is_ok(), "{code}: {}", info.timezone);
        assert!(info.overlay_codes.contains(&code), "{code}");
        assert!((-15.0..72.0).contains(&info.lat) && (-180.0..180.0).contains(&info.lon), "{code}");
        for region in &info.regions {
            assert!(
                regions().iter().any(|known| known.code == *region && known.country == info.country),
                "{code}"
            );
        }
    }
    assert_eq!(regions().len(), 51 + 5 + 13);
}

#[test]
fn well_known_codes_have_their_place() {
    for (npa, place) in [
        ("313", "Detroit, MI"),
        ("679", "Detroit, MI"),
        ("443", "Baltimore, MD"),
        ("734", "Ann Arbor, MI"),
        ("616", "Grand Rapids, MI"),
        ("312", "Chicago, IL"),
        ("414", "Milwaukee, WI"),
        ("416", "Toronto, ON"),
        ("867", "Yellowknife, NT"),
        ("671", "Guam"),
        ("800", "Toll-free"),
    ] {
        assert_eq!(code(npa).info().place_and_region(), place);
    }
}

#[test]
fn overlays_and_shared_codes() {
    let codes = |npa| code(npa).info().overlay_codes.iter().map(AreaCode::as_str).collect::<Vec<_>>();
    assert_eq!(codes("313"), ["313", "679"]);
    assert_eq!(codes("734"), ["734"]);
    assert_eq!(codes("212"), ["212", "332", "646", "917"]);
    assert_eq!(codes("917"), ["212", "332", "347", "465", "646", "718", "917", "929"]);
    for city in ["212", "718", "917"] {
        let geography = &code(city).info().geography;
        assert_eq!(geography, &code("917").info().overlay_codes, "{city}");
    }
    assert_eq!(code("734").info().geography, [code("734")]);
    assert_eq!(code("917").info().overlay_groups, ["NY-212", "NY-718"]);
    assert_eq!(code("902").info().regions, ["NS", "PE"]);
}

#[test]
fn what_is_not_an_area_code_is_refused_in_words() {
    let words = |text| AreaCode::parse(text).unwrap_err().to_string();
    for text in ["", "31", "3134", "3 3", "abc", "３１３", "+13"] {
        assert_eq!(words(text), "Enter a three-digit area code, such as 313.");
    }
    assert_eq!(words("555"), "555 is not an area code in service in the United States or Canada.");
    assert_eq!(words("011"), "011 is not an area code in service in the United States or Canada.");
    assert_eq!(words("273"), "273 is planned but not in service yet (expected on 27 February 2027).");
    assert_eq!(words("761"), "761 is planned but not in service yet.");
    assert_eq!(words("876"), "876 belongs to Jamaica, not to the United States or Canada.");
    assert_eq!(
        words("900"),
        "900 is not tied to a place (Premium Services), so it has no numbers to text from."
    );
}

#[test]
fn distances_are_great_circles_and_toll_free_codes_have_none() {
    let miles = |a, b| distance_miles(code(a), code(b));
    assert_eq!(miles("313", "679"), Some(0.0));
    assert_eq!(miles("313", "800"), None);
    let detroit_chicago = miles("313", "312").unwrap();
    assert!((225.0..245.0).contains(&detroit_chicago), "{detroit_chicago}");
    let across_the_date_line = miles("671", "684").unwrap();
    assert!((3400.0..3700.0).contains(&across_the_date_line), "{across_the_date_line}");
}

#[test]
fn text_goes_round() {
    assert_eq!("313".parse::<AreaCode>().unwrap().to_string(), "313");
    assert_eq!(serde_json::to_string(&code("313")).unwrap(), "\"313\"");
    assert_eq!(serde_json::from_str::<AreaCode>("\"313\"").unwrap(), code("313"));
    assert_eq!(serde_json::from_value::<AreaCode>(serde_json::json!("906")).unwrap(), code("906"));
    assert!(serde_json::from_str::<AreaCode>("\"555\"").is_err());
    assert!(code("800").is_toll_free() && !code("313").is_toll_free());
}
