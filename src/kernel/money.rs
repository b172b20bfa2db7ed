//! Money, as an integer number of millionths of the account's currency unit.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// An amount in micros: 1,000,000 micros are one dollar. Never a float.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Micros(i64);

/// Text that is not a decimal amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of money")]
pub struct NotMoney;

impl Micros {
    /// Nothing.
    pub const ZERO: Micros = Micros(0);

    /// From an integer number of micros.
    pub const fn new(micros: i64) -> Micros {
        Micros(micros)
    }
    /// From whole cents.
    pub const fn from_cents(cents: i64) -> Micros {
        Micros(cents * 10_000)
    }
    /// The number of micros.
    pub const fn get(self) -> i64 {
        self.0
    }
    /// The number of micros, borrowed: what the database layer binds.
    pub(crate) const fn as_ref(&self) -> &i64 {
        &self.0
    }
    /// Reads a decimal amount such as `1.15`, `0.0083` or `-2`; at most six decimals count, more must be zero.
    ///
    /// # Errors
    /// [`NotMoney`] for anything else, and for amounts that do not fit.
    pub fn parse_decimal(text: &str) -> Result<Micros, NotMoney> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return Err(NotMoney);
        }
        let (kept, rest) = fraction.split_at(fraction.len().min(6));
        if rest.bytes().any(|byte| byte != b'0') {
            return Err(NotMoney);
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| NotMoney)? };
        let fraction: i64 = format!("{kept:0<6}").parse().map_err(|_| NotMoney)?;
        let micros = whole.checked_mul(1_000_000).and_then(|n| n.checked_add(fraction)).ok_or(NotMoney)?;
        Ok(Micros(if negative { -micros } else { micros }))
    }
    /// `$1.15`, `−$0.40`, `$1,234.50`; tenths of cents and smaller are shown only when there are any (`$0.0083`).
    pub fn dollars(self) -> String {
        let sign = if self.0 < 0 { "−" } else { "" };
        let micros = self.0.unsigned_abs();
        let whole = group_thousands(micros / 1_000_000);
        let fraction = format!("{:06}", micros % 1_000_000);
        let shown = fraction.trim_end_matches('0');
        let shown = if shown.len() < 2 { &fraction[..2] } else { shown };
        format!("{sign}${whole}.{shown}")
    }
    /// As [`dollars`](Self::dollars), rounded half up to whole cents: for totals on pages.
    pub fn dollars_and_cents(self) -> String {
        let cents = (self.0.unsigned_abs() + 5_000) / 10_000 * 10_000;
        let rounded = i64::try_from(cents).unwrap_or(i64::MAX);
        Micros(if self.0 < 0 { -rounded } else { rounded }).dollars()
    }
}

/// `1234567` as `1,234,567`.
pub fn group_thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dollars())
    }
}
impl Add for Micros {
    type Output = Micros;
    fn add(self, other: Micros) -> Micros {
        Micros(self.0 + other.0)
    }
}
impl Sub for Micros {
    type Output = Micros;
    fn sub(self, other: Micros) -> Micros {
        Micros(self.0 - other.0)
    }
}
impl Neg for Micros {
    type Output = Micros;
    fn neg(self) -> Micros {
        Micros(-self.0)
    }
}
impl AddAssign for Micros {
    fn add_assign(&mut self, other: Micros) {
        self.0 += other.0;
    }
}
impl Mul<i64> for Micros {
    type Output = Micros;
    fn mul(self, times: i64) -> Micros {
        Micros(self.0 * times)
    }
}
impl Sum for Micros {
    fn sum<I: Iterator<Item = Micros>>(amounts: I) -> Micros {
        amounts.fold(Micros::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_writes_amounts() {
        for (text, micros, shown) in [
            ("1.15", 1_150_000, "$1.15"),
            ("0.0083", 8_300, "$0.0083"),
            ("2", 2_000_000, "$2.00"),
            ("-1.5", -1_500_000, "−$1.50"),
            ("1234.50", 1_234_500_000, "$1,234.50"),
            (".5", 500_000, "$0.50"),
            ("1.15000000", 1_150_000, "$1.15"),
        ] {
            let amount = Micros::parse_decimal(text).unwrap();
            assert_eq!((amount.get(), amount.dollars().as_str()), (micros, shown), "{text}");
        }
        for wrong in ["", ".", "-", "1,5", "1e3", "$1", "1.0000001", "99999999999999", "1.2.3", "--1"] {
            assert_eq!(Micros::parse_decimal(wrong), Err(NotMoney), "{wrong}");
        }
        assert_eq!(Micros::new(1_155_000).dollars_and_cents(), "$1.16");
        assert_eq!(Micros::new(-4_999).dollars_and_cents(), "$0.00");
    }

    proptest! {
        #[test]
        fn decimal_text_round_trips(micros in -1_000_000_000_000i64..1_000_000_000_000) {
            let sign = if micros < 0 { "-" } else { "" };
            let magnitude = micros.unsigned_abs();
            let text = format!("{sign}{}.{:06}", magnitude / 1_000_000, magnitude % 1_000_000);
            prop_assert_eq!(Micros::parse_decimal(&text), Ok(Micros::new(micros)));
        }
    }
}
