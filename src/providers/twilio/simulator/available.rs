//! Searching for numbers to buy.

use serde_json::{Value, json};

use crate::kernel::area_code::Country;
use crate::kernel::{AreaCode, E164};
use crate::providers::fakeservice::MAX_SEARCH;

use super::call::Call;
use super::refusal::{Answered, Refusal};

/// The countries there are, by code, name and kind of area code.
pub const COUNTRIES: &[(&str, &str, Country)] =
    &[("US", "United States", Country::UnitedStates), ("CA", "Canada", Country::Canada)];

/// The country a path names.
pub fn country_of(call: &Call, code: &str) -> Result<(&'static str, &'static str, Country), Refusal> {
    let known = COUNTRIES.iter().find(|country| country.0 == code).copied();
    known.ok_or_else(|| Refusal::nothing_at(&call.request.path))
}

/// The countries.
pub fn countries(call: &Call) -> Answered {
    let all: Vec<Value> = COUNTRIES.iter().map(|(code, name, _)| country_json(call, code, name)).collect();
    Ok((200, json!({ "countries": all, "uri": call.request.path })))
}

/// One country.
pub fn country(call: &Call) -> Answered {
    let (code, name, _) = country_of(call, call.value(0))?;
    Ok((200, country_json(call, code, name)))
}

fn country_json(call: &Call, code: &str, name: &str) -> Value {
    let uri = |rest: &str| call.path(&format!("/AvailablePhoneNumbers/{code}{rest}"));
    json!({
        "country_code": code,
        "country": name,
        "uri": uri(".json"),
        "beta": false,
        "subresource_uris": { "local": uri("/Local.json"), "toll_free": uri("/TollFree.json") },
    })
}

/// Local numbers for sale.
pub fn local(call: &Call) -> Answered {
    let (iso, _, country) = country_of(call, call.value(0))?;
    let codes = AreaCode::all().filter(|code| code.info().country == country && here(call, *code));
    found(call, iso, codes)
}

/// Toll-free numbers for sale.
pub fn toll_free(call: &Call) -> Answered {
    let (iso, ..) = country_of(call, call.value(0))?;
    let elsewhere = ["InRegion", "InLocality", "InPostalCode", "InLata", "InRateCenter"];
    let placed = elsewhere.iter().any(|name| call.query(name).is_some());
    let asked = call.query("AreaCode");
    let fits = |code: &AreaCode| !placed && asked.is_none_or(|asked| code.as_str() == asked);
    found(call, iso, AreaCode::all_toll_free().filter(fits))
}

/// Whether an area code is where the query looks. This world has no postal codes and no LATAs.
fn here(call: &Call, code: AreaCode) -> bool {
    let info = code.info();
    let asks = |name| call.query(name);
    asks("AreaCode").is_none_or(|asked| code.as_str() == asked)
        && asks("InRegion").is_none_or(|asked| info.regions.contains(&asked))
        && asks("InLocality").is_none_or(|asked| info.place.eq_ignore_ascii_case(asked))
        && asks("InRateCenter").is_none_or(|asked| rate_center(code).eq_ignore_ascii_case(asked))
        && asks("InPostalCode").is_none()
        && asks("InLata").is_none()
        && asks("NearNumber").is_none_or(|asked| {
            let near = E164::parse(asked).ok().and_then(|number| number.area_code().ok());
            near.is_some_and(|near| near == code || info.overlay_codes.contains(&near))
        })
        && asks("NearLatLong").is_none_or(|asked| near(call, asked, info.lat, info.lon))
}

/// Whether a place is within the asked distance (25 miles unless said) of another, on a sphere.
fn near(call: &Call, from: &str, lat: f64, lon: f64) -> bool {
    let miles = call.query("Distance").and_then(|text| text.parse().ok()).unwrap_or(25.0);
    let Some((from_lat, from_lon)) = from.split_once(',') else { return false };
    let (Ok(from_lat), Ok(from_lon)) = (from_lat.trim().parse::<f64>(), from_lon.trim().parse::<f64>())
    else {
        return false;
    };
    let (a, b) = (from_lat.to_radians(), lat.to_radians());
    let cosine = a.sin() * b.sin() + a.cos() * b.cos() * (lon - from_lon).to_radians().cos();
    3_958.8 * cosine.clamp(-1.0, 1.0).acos() <= miles
}

fn rate_center(code: AreaCode) -> String {
    code.info().place.to_uppercase().chars().take(10).collect()
}

/// At most 30, in an order that does not change; the search has no pages.
fn found(call: &Call, iso: &str, codes: impl Iterator<Item = AreaCode>) -> Answered {
    let most =
        call.query("PageSize").and_then(|text| text.parse().ok()).unwrap_or(MAX_SEARCH).min(MAX_SEARCH);
    let contains = call.query("Contains");
    if contains.is_some_and(|pattern| !(2..=16).contains(&pattern.len())) {
        return Err(Refusal::saying(20422, "Invalid Parameter: Contains"));
    }
    let mut numbers = Vec::new();
    if call.query("FaxEnabled") != Some("true") {
        for code in codes {
            let pleases = |number: E164| contains.is_none_or(|pattern| is_like(number, pattern));
            let left = most - numbers.len();
            numbers
                .extend(call.sim.world.for_sale_where(code, left, pleases)?.into_iter().map(|n| (n, code)));
            if numbers.len() >= most {
                break;
            }
        }
    }
    let list: Vec<Value> = numbers.into_iter().map(|(number, code)| candidate(number, code, iso)).collect();
    Ok((200, json!({ "available_phone_numbers": list, "uri": call.request.path })))
}

fn candidate(number: E164, code: AreaCode, iso: &str) -> Value {
    let info = code.info();
    let toll_free = code.is_toll_free();
    let placed = |value: Value| if toll_free { Value::Null } else { value };
    json!({
        "phone_number": number,
        "friendly_name": number.national(),
        "lata": null,
        "locality": placed(info.place.into()),
        "rate_center": placed(rate_center(code).into()),
        "latitude": placed(format!("{:.6}", info.lat).into()),
        "longitude": placed(format!("{:.6}", info.lon).into()),
        "region": placed(info.region.into()),
        "postal_code": null,
        "iso_country": iso,
        "address_requirements": "none",
        "beta": false,
        "capabilities": { "voice": true, "sms": true, "mms": true, "fax": false },
    })
}

/// Whether a pattern with `*` for any digit, `%` for any digits, letters for their keys and `$` for the end stands
/// somewhere in a number.
pub fn is_like(number: E164, pattern: &str) -> bool {
    let anchored = pattern.starts_with('+');
    let wanted: Vec<u8> = pattern.bytes().map(digit).collect();
    let text = number.as_str().as_bytes();
    let starts = if anchored { 0..1 } else { 0..text.len() };
    starts.into_iter().any(|start| begins(&text[start..], &wanted))
}

fn begins(text: &[u8], wanted: &[u8]) -> bool {
    match (wanted.split_first(), text.split_first()) {
        (None, _) | (Some((b'$', [])), None) => true,
        (Some((b'%', rest)), _) => (0..=text.len()).any(|skip| begins(&text[skip..], rest)),
        (Some((wanted, rest)), Some((there, text))) => {
            (wanted == there || (*wanted == b'*' && there.is_ascii_digit())) && begins(text, rest)
        }
        (Some(_), None) => false,
    }
}

fn digit(letter: u8) -> u8 {
    match letter.to_ascii_lowercase() {
        b'a'..=b'c' => b'2',
        b'd'..=b'f' => b'3',
        b'g'..=b'i' => b'4',
        b'j'..=b'l' => b'5',
        b'm'..=b'o' => b'6',
        b'p'..=b's' => b'7',
        b't'..=b'v' => b'8',
        b'w'..=b'z' => b'9',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let number = E164::parse("+13135550142").unwrap();
        for like in ["+13135550142", "313", "5550142", "3*3555", "+1%0142", "0142$", "jjj0142", "+1313"] {
            assert!(is_like(number, like), "{like}");
        }
        for unlike in ["314", "+313", "01425", "0142*", "555$", "13135550143", " 1313"] {
            assert!(!is_like(number, unlike), "{unlike}");
        }
    }
}
