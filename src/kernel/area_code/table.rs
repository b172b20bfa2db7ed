//! Reads the compiled-in tables, once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;

use super::{AreaCode, AreaCodeInfo, Country, Region};

/// What one of the thousand three-digit numbers is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    Unknown,
    /// Index into [`Table::infos`].
    Known(u16),
    Planned(Option<NaiveDate>),
    NonGeographic(&'static str),
    OtherCountry(&'static str),
}

pub(super) struct Table {
    /// One for each number 000-999.
    pub slots: Vec<Slot>,
    /// Geographic codes ascending, then toll-free codes ascending.
    pub infos: Vec<AreaCodeInfo>,
    pub regions: Vec<Region>,
}

pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| load().expect("the area code tables compiled into this program are read by its tests"));

/// ` (expected on 27 February 2027)`, or nothing.
pub(super) fn expected(date: Option<NaiveDate>) -> String {
    date.map(|date| format!(" (expected on {})", date.format("%-d %B %Y"))).unwrap_or_default()
}

const AREA_CODES: &str = include_str!("../area_codes/area_codes.csv");
const TOLL_FREE: &str = include_str!("../area_codes/toll_free.csv");
const NON_GEOGRAPHIC: &str = include_str!("../area_codes/non_geographic.csv");
const OTHER_COUNTRIES: &str = include_str!("../area_codes/other_countries.csv");
const PLANNED: &str = include_str!("../area_codes/planned.csv");
const REGIONS: &str = include_str!("../area_codes/regions.csv");

/// The rows below the header; no field holds a comma.
fn rows<const N: usize>(csv: &'static str) -> impl Iterator<Item = Result<[&'static str; N], String>> {
    csv.lines().skip(1).map(|line| {
        let fields: Vec<_> = line.split(',').collect();
        fields.try_into().map_err(|_| format!("not {N} fields: {line}"))
    })
}

fn digits(npa: &str) -> Result<[u8; 3], String> {
    match <[u8; 3]>::try_from(npa.as_bytes()) {
        Ok(digits) if digits[0] >= b'2' && digits.iter().all(u8::is_ascii_digit) => Ok(digits),
        _ => Err(format!("not an area code: {npa}")),
    }
}

fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| format!("not a date: {text}"))
}

fn degrees(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("not degrees: {text}"))
}

fn country(text: &str) -> Result<Country, String> {
    match text {
        "US" => Ok(Country::UnitedStates),
        "CA" => Ok(Country::Canada),
        _ => Err(format!("not a country: {text}")),
    }
}

pub(super) fn load() -> Result<Table, String> {
    let regions = rows(REGIONS)
        .map(|row| row.and_then(|[code, name, land]| Ok(Region { code, name, country: country(land)? })))
        .collect::<Result<Vec<_>, String>>()?;
    let mut infos = Vec::new();
    for row in rows(AREA_CODES) {
        let [npa, land, served, place, lat, lon, groups, timezone, in_service] = row?;
        let served: Vec<_> = served.split('|').collect();
        let primary = regions.iter().find(|region| region.code == served[0]);
        let primary = primary.ok_or_else(|| format!("no such region: {}", served[0]))?;
        infos.push(AreaCodeInfo {
            code: AreaCode(digits(npa)?),
            place,
            region: primary.code,
            region_name: primary.name,
            regions: served,
            country: country(land)?,
            lat: degrees(lat)?,
            lon: degrees(lon)?,
            overlay_groups: groups.split('|').collect(),
            overlay_codes: Vec::new(),
            geography: Vec::new(),
            timezone,
            in_service: date(in_service)?,
        });
    }
    overlay(&mut infos);
    for row in rows(TOLL_FREE) {
        let [npa, in_service] = row?;
        infos.push(AreaCodeInfo {
            code: AreaCode(digits(npa)?),
            place: "Toll-free",
            region: "",
            region_name: "",
            regions: Vec::new(),
            country: Country::Shared,
            lat: 0.0,
            lon: 0.0,
            overlay_groups: Vec::new(),
            overlay_codes: Vec::new(),
            geography: Vec::new(),
            timezone: "",
            in_service: date(in_service)?,
        });
    }
    let mut slots = vec![Slot::Unknown; 1000];
    let mut set =
        |npa: [u8; 3], slot| match std::mem::replace(&mut slots[usize::from(super::number(npa))], slot) {
            Slot::Unknown => Ok(()),
            _ => Err(format!("listed twice: {}", String::from_utf8_lossy(&npa))),
        };
    for (rank, info) in infos.iter().enumerate() {
        set(info.code.0, Slot::Known(u16::try_from(rank).map_err(|error| error.to_string())?))?;
    }
    for row in rows(NON_GEOGRAPHIC) {
        let [npa, service] = row?;
        set(digits(npa)?, Slot::NonGeographic(service))?;
    }
    for row in rows(OTHER_COUNTRIES) {
        let [npa, country] = row?;
        set(digits(npa)?, Slot::OtherCountry(country))?;
    }
    for row in rows(PLANNED) {
        let [npa, _country, _region, day] = row?;
        set(digits(npa)?, Slot::Planned(if day.is_empty() { None } else { Some(date(day)?) }))?;
    }
    Ok(Table { slots, infos, regions })
}

/// Fills in, for each code, all codes that share a group with it.
fn overlay(infos: &mut [AreaCodeInfo]) {
    let mut members: BTreeMap<&str, Vec<AreaCode>> = BTreeMap::new();
    for info in infos.iter() {
        for group in &info.overlay_groups {
            members.entry(group).or_default().push(info.code);
        }
    }
    for info in infos.iter_mut() {
        let mut codes: Vec<_> =
            info.overlay_groups.iter().flat_map(|group| &members[group]).copied().collect();
        codes.sort_unstable();
        codes.dedup();
        info.overlay_codes = codes;
    }
    let direct: BTreeMap<AreaCode, Vec<AreaCode>> =
        infos.iter().map(|info| (info.code, info.overlay_codes.clone())).collect();
    for info in infos {
        let mut reached = vec![info.code];
        let mut next = 0;
        while let Some(one) = reached.get(next) {
            for other in &direct[one] {
                if !reached.contains(other) {
                    reached.push(*other);
                }
            }
            next += 1;
        }
        reached.sort_unstable();
        info.geography = reached;
    }
}
