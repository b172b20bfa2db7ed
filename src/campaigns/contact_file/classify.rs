//! Judges one cell: a United States or Canadian number of a person, or the reason why not.

use phonenumber::metadata::DATABASE;

use super::dialled::{self, Dialled};
use super::reason::Reason;
use crate::kernel::area_code::{AreaCode, AreaCodeError};

/// A number that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contact {
    pub area_code: AreaCode,
    /// Distinct for distinct numbers: the rank of the code, then the seven digits from 2000000 on. 536 codes
    /// would fit.
    pub key: u32,
}

/// Numbers of one area code: exchanges 200 to 999, ten thousand lines each.
const PER_CODE: u32 = 8_000_000;

/// Judges the text of a cell.
///
/// Our area code table decides which codes exist. In a code of the United States or Canada any exchange
/// from 200 to 999 is accepted, as libphonenumber does; on four islands with few exchanges, in
/// other countries and in codes bound to no place the `phonenumber` crate's metadata decides.
pub(super) fn classify(cell: &str) -> Result<Contact, Reason> {
    if let Some(national) = plain(cell.as_bytes()) {
        return judge(national);
    }
    if cell.trim().is_empty() {
        return Err(Reason::MissingCell);
    }
    match dialled::read(cell, |code| DATABASE.region(&code).is_some())? {
        Dialled::Foreign(code, national) if library_accepts(code, &national) => {
            Err(Reason::InternationalValid)
        }
        Dialled::Foreign(..) => Err(Reason::InternationalInvalid),
        Dialled::Nanp(national) => match <[u8; 10]>::try_from(national.as_bytes()) {
            Ok(national) => judge(national),
            Err(_) if national.len() > 10 => Err(Reason::TooLong),
            Err(_) if national.len() == 7 && national.starts_with("310") => Err(Reason::Uan),
            Err(_) if national.len() == 7 => Err(Reason::LocalOnly),
            Err(_) => Err(Reason::TooShort),
        },
    }
}

/// The ten digits of a cell that needs no interpretation: digits with the usual punctuation, perhaps `1` or
/// `+1` before them. Almost all cells of a clean file; [`dialled::read`] finds the same in them.
fn plain(cell: &[u8]) -> Option<[u8; 10]> {
    if cell.len() > 32 {
        return None;
    }
    let mut digits = [0; 11];
    let mut count = 0;
    let mut plus = false;
    for byte in cell {
        match byte {
            b'0'..=b'9' => {
                *digits.get_mut(count)? = *byte;
                count += 1;
            }
            b' ' | b'-' | b'(' | b')' | b'.' | b'/' => {}
            b'+' if count == 0 && !plus => plus = true,
            _ => return None,
        }
    }
    match (count, &digits) {
        (10, [b'2'..=b'9', ..]) if !plus => digits[..10].try_into().ok(),
        (11, [b'1', b'2'..=b'9', ..]) => digits[1..].try_into().ok(),
        _ => None,
    }
}

fn judge(national: [u8; 10]) -> Result<Contact, Reason> {
    let [a, b, c, exchange, ..] = national;
    let text = std::str::from_utf8(&national).unwrap_or_default();
    let dialable = exchange >= b'2';
    match AreaCode::from_digits([a, b, c]) {
        Ok(code) if code.is_toll_free() => {
            Err(if dialable { Reason::TollFree } else { Reason::NongeographicExchange })
        }
        Ok(area_code) => {
            let island = matches!(area_code.as_str(), "340" | "670" | "671" | "684");
            if !dialable || island && !library_accepts(1, text) {
                return Err(Reason::Exchange);
            }
            let line = national[3..].iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
            let rank = u32::try_from(area_code.rank()).unwrap_or(u32::MAX);
            Ok(Contact { area_code, key: rank.saturating_mul(PER_CODE).saturating_add(line - 2_000_000) })
        }
        Err(AreaCodeError::OtherCountry { .. }) if library_accepts(1, text) => Err(Reason::OtherNanpCountry),
        Err(AreaCodeError::OtherCountry { .. }) => Err(Reason::OtherNanpCountryExchange),
        Err(AreaCodeError::NonGeographic { .. }) if library_accepts(1, text) => Err(match a {
            b'9' => Reason::PremiumRate,
            b'6' if b == b'0' => Reason::Voip,
            _ => Reason::PersonalNumber,
        }),
        Err(AreaCodeError::NonGeographic { .. }) => Err(Reason::NongeographicExchange),
        Err(_) => Err(Reason::AreaCode),
    }
}

/// Whether the `phonenumber` crate's metadata takes these digits for a number of that country code.
fn library_accepts(code: u16, national: &str) -> bool {
    phonenumber::parse(None, format!("+{code}{national}")).is_ok_and(|number| number.is_valid())
}
