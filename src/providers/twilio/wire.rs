//! What travels between Twilio and us, in its words. Only what is used is read; whatever is missing, null or new does
//! no harm here, and what cannot do without it says so.

use chrono::NaiveDate;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Map, Value};

use crate::kernel::{Micros, Moment};

use super::reading::{moment, money, text, word};

/// A refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
}

/// Numbers for sale. No list is not an empty list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ForSale {
    pub available_phone_numbers: Option<Vec<Offer>>,
}

/// A number for sale.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Offer {
    #[serde(deserialize_with = "text")]
    pub phone_number: Option<String>,
    #[serde(deserialize_with = "word")]
    pub address_requirements: Option<AddressRequirements>,
    pub beta: Option<bool>,
    pub capabilities: Can,
}

/// Whether an address must be shown to have a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AddressRequirements {
    None,
    Needed,
    /// A word that Twilio did not use when this was written.
    Other(String),
}

impl From<String> for AddressRequirements {
    fn from(word: String) -> AddressRequirements {
        match word.as_str() {
            "none" => AddressRequirements::None,
            "any" | "local" | "foreign" => AddressRequirements::Needed,
            _ => AddressRequirements::Other(word),
        }
    }
}

/// Owned numbers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Owned {
    pub incoming_phone_numbers: Option<Vec<OwnedNumber>>,
    #[serde(deserialize_with = "text")]
    pub next_page_uri: Option<String>,
}

/// An owned number.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OwnedNumber {
    #[serde(deserialize_with = "text")]
    pub sid: Option<String>,
    #[serde(deserialize_with = "text")]
    pub phone_number: Option<String>,
    #[serde(deserialize_with = "text")]
    pub friendly_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub voice_url: Option<String>,
    #[serde(deserialize_with = "moment")]
    pub date_created: Option<Moment>,
    pub capabilities: Can,
}

/// A page of a list of the newer interfaces: which key has the entries is said in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Listed {
    pub meta: Meta,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a page says about itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    #[serde(deserialize_with = "text")]
    pub key: Option<String>,
    #[serde(deserialize_with = "text")]
    pub next_page_url: Option<String>,
}

/// A messaging service.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Service {
    #[serde(deserialize_with = "text")]
    pub sid: Option<String>,
    #[serde(deserialize_with = "text")]
    pub friendly_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub inbound_request_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status_callback: Option<String>,
    pub use_inbound_webhook_on_number: Option<bool>,
    pub area_code_geomatch: Option<bool>,
    pub sticky_sender: Option<bool>,
    pub us_app_to_person_registered: Option<bool>,
    #[serde(deserialize_with = "moment")]
    pub date_created: Option<Moment>,
}

/// A number in a messaging service.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Member {
    #[serde(deserialize_with = "text")]
    pub sid: Option<String>,
}

/// A registration with the mobile carriers of the United States.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Campaign {
    #[serde(deserialize_with = "text")]
    pub campaign_status: Option<String>,
}

/// What is left on the account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Funds {
    #[serde(deserialize_with = "money")]
    pub balance: Option<Micros>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
}

/// The price list of a country's numbers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PriceList {
    pub phone_number_prices: Vec<Price>,
    #[serde(deserialize_with = "text")]
    pub price_unit: Option<String>,
}

/// The price of a kind of number, a month.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Price {
    #[serde(deserialize_with = "word")]
    pub number_type: Option<NumberType>,
    #[serde(deserialize_with = "money")]
    pub base_price: Option<Micros>,
    #[serde(deserialize_with = "money")]
    pub current_price: Option<Micros>,
}

/// A kind of number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberType {
    Local,
    TollFree,
    /// Another.
    Other(String),
}

impl From<String> for NumberType {
    fn from(word: String) -> NumberType {
        match word.to_ascii_lowercase().replace(['-', '_'], " ").as_str() {
            "local" => NumberType::Local,
            "toll free" | "tollfree" => NumberType::TollFree,
            _ => NumberType::Other(word),
        }
    }
}

/// What was used and billed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Records {
    pub usage_records: Option<Vec<Record>>,
    #[serde(deserialize_with = "text")]
    pub next_page_uri: Option<String>,
}

/// What was used and billed of a category in a time.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    #[serde(deserialize_with = "text")]
    pub category: Option<String>,
    #[serde(deserialize_with = "money")]
    pub count: Option<Micros>,
    #[serde(deserialize_with = "money")]
    pub price: Option<Micros>,
    pub start_date: Option<NaiveDate>,
}

/// What a number can do: an object of flags in one interface, a list of words in another, in any letter case.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Can {
    /// Whether anything was said at all.
    pub said: bool,
    pub sms: bool,
}

impl<'de> Deserialize<'de> for Can {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Can, D::Error> {
        struct Capabilities;
        impl<'de> Visitor<'de> for Capabilities {
            type Value = Can;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("capabilities")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Can, E> {
                Ok(Can::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Can, A::Error> {
                let mut can = Can { said: true, sms: false };
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if name.eq_ignore_ascii_case("sms") {
                        can.sms = value.as_bool().or_else(|| Some(value.as_str()? == "true")) == Some(true);
                    }
                }
                Ok(can)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Can, A::Error> {
                let mut can = Can { said: true, sms: false };
                while let Some(word) = list.next_element::<Value>()? {
                    can.sms |= word.as_str().is_some_and(|word| word.eq_ignore_ascii_case("sms"));
                }
                Ok(can)
            }
        }
        deserializer.deserialize_any(Capabilities)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_and_nothing() {
        let price = |json: &str| serde_json::from_str::<Price>(json);
        let read =
            price(r#"{"base_price": 1.15, "current_price": "2.15", "number_type": "toll free"}"#).unwrap();
        assert_eq!(read.base_price, Some(Micros::from_cents(115)));
        assert_eq!(read.current_price, Some(Micros::from_cents(215)));
        assert_eq!(read.number_type, Some(NumberType::TollFree));
        let empty = price(r#"{"base_price": "", "current_price": null, "number_type": "orbital"}"#).unwrap();
        assert_eq!((empty.base_price, empty.current_price), (None, None));
        assert_eq!(empty.number_type, Some(NumberType::Other("orbital".into())));
        assert!(price(r#"{"base_price": "much"}"#).is_err());
        let number: OwnedNumber =
            serde_json::from_str(r#"{"sid": "", "voice_url": null, "friendly_name": " ", "beta": "?"}"#)
                .unwrap();
        assert!(number.sid.is_none() && number.voice_url.is_none() && number.friendly_name.is_none());
    }

    #[test]
    fn capabilities_in_all_their_shapes() {
        let can = |json: &str| serde_json::from_str::<Can>(json).unwrap();
        for yes in [r#"{"sms": true}"#, r#"{"SMS": true, "Voice": false}"#, r#"["MMS", "SMS"]"#, r#"["sms"]"#]
        {
            assert_eq!(can(yes), Can { said: true, sms: true }, "{yes}");
        }
        for no in [r#"{"sms": false, "mms": true}"#, "[]", r#"["Voice"]"#, "{}"] {
            assert_eq!(can(no), Can { said: true, sms: false }, "{no}");
        }
        assert_eq!(can("null"), Can::default());
    }

    #[test]
    fn moments_of_both_interfaces() {
        for text in ["Thu, 30 Jul 2015 23:19:04 +0000", "2015-07-30T23:19:04Z", "2015-07-31T01:19:04+02:00"] {
            let json = serde_json::json!({ "date_created": text });
            let read: OwnedNumber = serde_json::from_value(json).unwrap();
            assert_eq!(read.date_created.unwrap().to_string(), "2015-07-30 23:19:04");
        }
        let read: OwnedNumber = serde_json::from_str(r#"{"date_created": "yesterday"}"#).unwrap();
        assert!(read.date_created.is_none());
    }
}
