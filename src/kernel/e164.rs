//! Phone numbers as this program stores them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::area_code::{AreaCode, AreaCodeError};

/// A number of the North American Numbering Plan in E.164 form, `+1NXXNXXXXXX`.
///
/// `N` is 2-9 and `X` 0-9 (NANPA's form of a number). That says nothing about the area code being in
/// service: numbers adopted from a carrier are kept whatever our table knows, so ask
/// [`area_code`](E164::area_code).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164([u8; 12]);

/// The text is not `+1NXXNXXXXXX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Enter a United States or Canadian number in full, such as +13135550142.")]
pub struct E164Error;

impl E164 {
    /// Reads strict E.164 text: `+1` and ten digits, nothing else.
    ///
    /// # Errors
    /// [`E164Error`] for any other text, including another country's number.
    pub fn parse(text: &str) -> Result<E164, E164Error> {
        let bytes = <[u8; 12]>::try_from(text.as_bytes()).map_err(|_| E164Error)?;
        let well_formed = bytes.starts_with(b"+1")
            && bytes[1..].iter().all(u8::is_ascii_digit)
            && bytes[2] >= b'2'
            && bytes[5] >= b'2';
        if well_formed { Ok(E164(bytes)) } else { Err(E164Error) }
    }

    /// The text, `+13135550142`.
    pub fn as_str(&self) -> &str {
        // Always ASCII, see `parse`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The area code, when the table knows it.
    ///
    /// # Errors
    /// [`AreaCodeError`] when the code is newer than the table, another country's, or not geographic.
    pub fn area_code(&self) -> Result<AreaCode, AreaCodeError> {
        AreaCode::from_digits([self.0[2], self.0[3], self.0[4]])
    }

    /// The three digits of its area code, whether or not the table knows it.
    pub fn area_digits(&self) -> &str {
        &self.as_str()[2..5]
    }

    /// The seven digits after its area code.
    pub fn local(&self) -> &str {
        &self.as_str()[5..]
    }

    /// Its last four digits.
    pub fn last_four(&self) -> &str {
        &self.as_str()[8..]
    }

    /// As people write it: `(313) 555-0142`.
    pub fn national(&self) -> String {
        let text = self.as_str();
        format!("({}) {}-{}", &text[2..5], &text[5..8], &text[8..])
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E164({self})")
    }
}

impl FromStr for E164 {
    type Err = E164Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for E164 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for E164 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_text_only() {
        for text in [
            "",
            "13135550142",
            "+1313555014",
            "+131355501422",
            "+1 3135550142",
            "+10135550142",
            "+13130550142",
            "+23135550142",
            "+1313555014x",
            "+1３３5550142",
        ] {
            assert_eq!(E164::parse(text), Err(E164Error), "{text}");
        }
    }

    #[test]
    fn a_number_shows_itself() {
        let number = E164::parse("+13135550142").unwrap();
        assert_eq!(number.to_string(), "+13135550142");
        assert_eq!(number.national(), "(313) 555-0142");
        assert_eq!(number.area_code().unwrap().as_str(), "313");
        assert_eq!(serde_json::to_value(number).unwrap(), "+13135550142");
        assert_eq!(serde_json::from_str::<E164>("\"+13135550142\"").unwrap(), number);
        assert!(number < E164::parse("+13135550143").unwrap());
        assert!(E164::parse("+18765550142").unwrap().area_code().is_err());
    }
}
