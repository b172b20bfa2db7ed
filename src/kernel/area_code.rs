//! Area codes of the United States and Canada: what each is, where it is, which others overlay it.
//!
//! The table is compiled in from `src/kernel/area_codes/` (sources and licences in its README: facts of the
//! North American Numbering Plan Administrator, August 2026). It decides what an area code is everywhere in
//! this program; a code that some library does not know yet is valid when the table has it.

mod table;

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use table::{Slot, TABLE};

/// A geographic code in service in the United States or Canada, or a toll-free code.
///
/// Made only by [`AreaCode::parse`] and [`AreaCode::all`], so holding one means that the table knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AreaCode([u8; 3]);

/// Why three characters are not an [`AreaCode`]; `Display` says it in words for a web form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AreaCodeError {
    /// Not exactly three digits `0`-`9`.
    #[error("Enter a three-digit area code, such as 313.")]
    NotThreeDigits,
    /// No such code: unassigned, or not of the form `[2-9]NN`.
    #[error("{code:03} is not an area code in service in the United States or Canada.")]
    Unknown {
        /// What was asked for.
        code: u16,
    },
    /// Assigned, but not opened when the table was made.
    #[error("{code:03} is planned but not in service yet{}.", table::expected(*.date))]
    NotInServiceYet {
        /// What was asked for.
        code: u16,
        /// The day it is expected to open, when one is published.
        date: Option<NaiveDate>,
    },
    /// In use, but for no place: personal numbers, premium services, carriers' own.
    #[error("{code:03} is not tied to a place ({service}), so it has no numbers to text from.")]
    NonGeographic {
        /// What was asked for.
        code: u16,
        /// What the numbering plan uses it for.
        service: &'static str,
    },
    /// Belongs to another country that shares the country code 1.
    #[error("{code:03} belongs to {country}, not to the United States or Canada.")]
    OtherCountry {
        /// What was asked for.
        code: u16,
        /// The country's name, with its article where English wants one.
        country: &'static str,
    },
}

/// Where a code belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Country {
    /// The United States with its territories.
    UnitedStates,
    /// Canada.
    Canada,
    /// Toll-free codes: shared by the whole numbering plan.
    Shared,
}

/// What the table says about a code.
#[derive(Clone, Debug)]
pub struct AreaCodeInfo {
    /// The code itself.
    pub code: AreaCode,
    /// Largest or best-known city, county or island: `Detroit`; for toll-free codes `Toll-free`.
    pub place: &'static str,
    /// Primary state, territory or province: `MI`; empty for toll-free codes.
    pub region: &'static str,
    /// Its name: `Michigan`; empty for toll-free codes.
    pub region_name: &'static str,
    /// All regions served, primary first: 902 serves `NS` and `PE`, 867 three territories.
    pub regions: Vec<&'static str>,
    /// Country.
    pub country: Country,
    /// Latitude in degrees of the population-weighted centre of the code's overlay group; 0 for toll-free
    /// codes. Compare codes with [`distance_miles`], which knows that toll-free ones have no place.
    pub lat: f64,
    /// Longitude in degrees, likewise.
    pub lon: f64,
    /// Names of the overlay groups it belongs to (`MI-313`), primary first; 917 has two, a toll-free code none.
    pub overlay_groups: Vec<&'static str>,
    /// All codes of those groups in ascending order, *with this one*; empty for toll-free codes.
    pub overlay_codes: Vec<AreaCode>,
    /// The codes that overlay it, directly or through a code that two groups share, in ascending order, *with this
    /// one*: all of New York City through 917. The same for each of them; empty for toll-free codes.
    pub geography: Vec<AreaCode>,
    /// IANA name of the time zone most of its people live in; empty for toll-free codes.
    pub timezone: &'static str,
    /// The day it came into service.
    pub in_service: NaiveDate,
}

impl AreaCode {
    /// Reads a code: exactly three ASCII digits naming a geographic code in service or a toll-free one.
    ///
    /// # Errors
    /// Says which kind of wrong it is, see [`AreaCodeError`].
    pub fn parse(text: &str) -> Result<AreaCode, AreaCodeError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Self::from_digits(digits),
            _ => Err(AreaCodeError::NotThreeDigits),
        }
    }

    /// As [`parse`](Self::parse), for three bytes known to be ASCII digits.
    pub(crate) fn from_digits(digits: [u8; 3]) -> Result<AreaCode, AreaCodeError> {
        let code = number(digits);
        match TABLE.slots.get(usize::from(code)) {
            Some(Slot::Known(_)) => Ok(AreaCode(digits)),
            Some(Slot::Planned(date)) => Err(AreaCodeError::NotInServiceYet { code, date: *date }),
            Some(Slot::NonGeographic(service)) => Err(AreaCodeError::NonGeographic { code, service }),
            Some(Slot::OtherCountry(country)) => Err(AreaCodeError::OtherCountry { code, country }),
            Some(Slot::Unknown) | None => Err(AreaCodeError::Unknown { code }),
        }
    }

    /// The three digits.
    pub fn as_str(&self) -> &str {
        // Always ASCII digits, see `from_digits`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What the table says about it.
    pub fn info(&self) -> &'static AreaCodeInfo {
        &TABLE.infos[self.rank()]
    }

    /// Position in the table: dense from 0, geographic codes and toll-free codes together, not in code order.
    pub(crate) fn rank(self) -> usize {
        match TABLE.slots[usize::from(number(self.0))] {
            Slot::Known(rank) => usize::from(rank),
            _ => unreachable!("an AreaCode is only made of codes in the table"),
        }
    }

    /// Whether it is one of 800, 833, 844, 855, 866, 877, 888.
    pub fn is_toll_free(&self) -> bool {
        self.info().country == Country::Shared
    }

    /// All geographic codes, ascending.
    pub fn all() -> impl Iterator<Item = AreaCode> {
        TABLE.infos.iter().filter(|info| info.country != Country::Shared).map(|info| info.code)
    }

    /// All toll-free codes, ascending.
    pub fn all_toll_free() -> impl Iterator<Item = AreaCode> {
        TABLE.infos.iter().filter(|info| info.country == Country::Shared).map(|info| info.code)
    }
}

impl AreaCodeInfo {
    /// `Detroit, MI`; for an island named like its territory the name alone (`Guam`); `Toll-free`.
    pub fn place_and_region(&self) -> String {
        if self.region.is_empty() || self.place == self.region_name {
            self.place.to_owned()
        } else {
            format!("{}, {}", self.place, self.region)
        }
    }
}

/// Great-circle distance in statute miles between the centres of two codes' areas (0 within an overlay
/// group); `None` when either is toll-free. The Earth is taken as a sphere of 3958.8 miles.
pub fn distance_miles(a: AreaCode, b: AreaCode) -> Option<f64> {
    if a.is_toll_free() || b.is_toll_free() {
        return None;
    }
    let (a, b) = (a.info(), b.info());
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let half_lat = (lat_b - lat_a) / 2.0;
    let half_lon = (b.lon - a.lon).to_radians() / 2.0;
    let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
    Some(2.0 * 3958.8 * h.sqrt().min(1.0).asin())
}

/// A state, territory or province.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Two letters: `MI`.
    pub code: &'static str,
    /// Name in English: `Michigan`.
    pub name: &'static str,
    /// The United States or Canada.
    pub country: Country,
}

/// The states, DC and the territories of the United States by name, then Canada's provinces and territories.
pub fn regions() -> &'static [Region] {
    &TABLE.regions
}

fn number(digits: [u8; 3]) -> u16 {
    digits.iter().fold(0, |n, digit| n * 10 + u16::from(digit - b'0'))
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AreaCode({self})")
    }
}

impl FromStr for AreaCode {
    type Err = AreaCodeError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for AreaCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AreaCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
