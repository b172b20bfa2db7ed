//! Reads values as leniently as Twilio writes them: prices as text or number, nothing as `""` or null.

use chrono::DateTime;
use serde::de::{self, Deserialize, Deserializer};
use serde_json::Value;

use crate::kernel::{Micros, Moment};

/// A text or a number as text; null and nothing are `None`, and so is what cannot be text.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A word that becomes one of several, or is kept when it is new.
pub(super) fn word<'de, D: Deserializer<'de>, T: From<String>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(text(deserializer)?.map(T::from))
}

/// An amount, as text or number. One that cannot be read is an error: money is never guessed.
pub(super) fn money<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Micros>, D::Error> {
    match text(deserializer)? {
        None => Ok(None),
        Some(text) => decimal(&text).map(Some).ok_or_else(|| de::Error::custom("not an amount")),
    }
}

/// A moment, in the way of either interface; `None` when it is in neither.
pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Moment>, D::Error> {
    Ok(text(deserializer)?.and_then(|text| {
        let read = DateTime::parse_from_rfc3339(&text).or_else(|_| DateTime::parse_from_rfc2822(&text));
        Some(read.ok()?.naive_utc())
    }))
}

/// A decimal amount, rounded half away from zero to whole micros; digits only, no floating point.
fn decimal(text: &str) -> Option<Micros> {
    let text = text.trim().to_ascii_lowercase();
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text.as_str(), 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || all.len() > 40 || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // How many digits of `all` stand before the end of the micros.
    let kept = i32::try_from(whole.len()).ok()?.checked_add(exponent)?.checked_add(6)?;
    let at = |index: i32| usize::try_from(index).ok().and_then(|index| all.as_bytes().get(index));
    if kept > 40 {
        return all.bytes().all(|byte| byte == b'0').then_some(Micros::ZERO);
    }
    let mut micros: i64 = 0;
    for index in 0..kept.max(0) {
        let digit = at(index).map_or(0, |byte| i64::from(byte - b'0'));
        micros = micros.checked_mul(10)?.checked_add(digit)?;
    }
    if at(kept).is_some_and(|byte| *byte >= b'5') {
        micros = micros.checked_add(1)?;
    }
    Some(Micros::new(if negative { -micros } else { micros }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_without_floats() {
        for (text, micros) in [
            ("1.15", 1_150_000),
            ("0.0083", 8_300),
            ("-0.0075", -7_500),
            ("2", 2_000_000),
            ("0.00000049", 0),
            ("0.0000005", 1),
            ("-0.0000015", -2),
            ("1e-7", 0),
            ("2.5E1", 25_000_000),
            (" 3.52 ", 3_520_000),
            ("0e99", 0),
            (".5", 500_000),
        ] {
            assert_eq!(decimal(text), Some(Micros::new(micros)), "{text}");
        }
        for wrong in ["", ".", "-", "1,5", "$1", "1.2.3", "--1", "1e", "9e30", "NaN", "99999999999999"] {
            assert_eq!(decimal(wrong), None, "{wrong}");
        }
    }
}
