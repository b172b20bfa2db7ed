//! What may stand in queries and forms, from Twilio's specification. Anything else is refused.

use chrono::{DateTime, NaiveDate};
use url::Url;

use super::refusal::Refusal;

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// A friendly name: 1 to 64 characters.
    Name,
    /// `true` or `false`.
    Flag,
    /// A whole number between these.
    Whole(i64, i64),
    /// A phone number in E.164.
    Phone,
    /// An area code of three digits.
    AreaCode,
    /// An id: these two letters and 32 hexadecimal digits.
    Sid(&'static str),
    /// One of these.
    Choice(&'static [&'static str]),
    /// `GET` or `POST`.
    Method,
    /// An address of the web, or nothing to clear it.
    Url,
    /// `YYYY-MM-DD` or `-30days`.
    Day,
    /// A moment, or a day.
    Moment,
    /// How many entries a page has.
    PageSize,
}

/// A key and what its value looks like.
pub type Key = (&'static str, Kind);

/// Every list's.
pub const PAGING: &[Key] =
    &[("PageSize", Kind::PageSize), ("Page", Kind::Whole(0, i64::MAX)), ("PageToken", Kind::Text)];

/// The search's.
pub const SEARCH: &[Key] = &[
    ("AreaCode", Kind::Whole(200, 999)),
    ("Contains", Kind::Text),
    ("SmsEnabled", Kind::Flag),
    ("MmsEnabled", Kind::Flag),
    ("VoiceEnabled", Kind::Flag),
    ("FaxEnabled", Kind::Flag),
    ("ExcludeAllAddressRequired", Kind::Flag),
    ("ExcludeLocalAddressRequired", Kind::Flag),
    ("ExcludeForeignAddressRequired", Kind::Flag),
    ("Beta", Kind::Flag),
    ("NearNumber", Kind::Phone),
    ("NearLatLong", Kind::Text),
    ("Distance", Kind::Whole(0, 500)),
    ("InPostalCode", Kind::Text),
    ("InRegion", Kind::Text),
    ("InRateCenter", Kind::Text),
    ("InLata", Kind::Text),
    ("InLocality", Kind::Text),
];

/// The list of owned numbers'.
pub const NUMBERS: &[Key] = &[
    ("Beta", Kind::Flag),
    ("FriendlyName", Kind::Text),
    ("PhoneNumber", Kind::Text),
    ("Origin", Kind::Choice(&["twilio", "hosted"])),
];

/// What can be said about a number when it is bought and later.
pub const NUMBER: &[Key] = &[
    ("ApiVersion", Kind::Text),
    ("FriendlyName", Kind::Name),
    ("SmsApplicationSid", Kind::Sid("AP")),
    ("SmsFallbackMethod", Kind::Method),
    ("SmsFallbackUrl", Kind::Url),
    ("SmsMethod", Kind::Method),
    ("SmsUrl", Kind::Url),
    ("StatusCallback", Kind::Url),
    ("StatusCallbackMethod", Kind::Method),
    ("VoiceApplicationSid", Kind::Sid("AP")),
    ("VoiceCallerIdLookup", Kind::Flag),
    ("VoiceFallbackMethod", Kind::Method),
    ("VoiceFallbackUrl", Kind::Url),
    ("VoiceMethod", Kind::Method),
    ("VoiceUrl", Kind::Url),
    ("EmergencyStatus", Kind::Choice(&["Active", "Inactive"])),
    ("EmergencyAddressSid", Kind::Sid("AD")),
    ("TrunkSid", Kind::Sid("TK")),
    ("IdentitySid", Kind::Sid("RI")),
    ("AddressSid", Kind::Sid("AD")),
    ("VoiceReceiveMode", Kind::Choice(&["voice", "fax"])),
    ("BundleSid", Kind::Sid("BU")),
];
/// The number to buy.
pub const PHONE_NUMBER: &[Key] = &[("PhoneNumber", Kind::Phone)];
/// The area code to buy from.
pub const AREA_CODE: &[Key] = &[("AreaCode", Kind::AreaCode)];
/// The account to give a number to.
pub const OWNER: &[Key] = &[("AccountSid", Kind::Sid("AC"))];

/// What can be said about a messaging service.
pub const SERVICE: &[Key] = &[
    ("FriendlyName", Kind::Name),
    ("InboundRequestUrl", Kind::Url),
    ("InboundMethod", Kind::Method),
    ("FallbackUrl", Kind::Url),
    ("FallbackMethod", Kind::Method),
    ("StatusCallback", Kind::Url),
    ("StickySender", Kind::Flag),
    ("MmsConverter", Kind::Flag),
    ("SmartEncoding", Kind::Flag),
    ("ScanMessageContent", Kind::Choice(&["inherit", "enable", "disable"])),
    ("FallbackToLongCode", Kind::Flag),
    ("AreaCodeGeomatch", Kind::Flag),
    ("ValidityPeriod", Kind::Whole(1, 36_000)),
    ("SynchronousValidation", Kind::Flag),
    ("Usecase", Kind::Text),
    ("UseInboundWebhookOnNumber", Kind::Flag),
];
/// The number to put into a service.
pub const MEMBER: &[Key] = &[("PhoneNumberSid", Kind::Sid("PN"))];

/// The usage records'.
pub const USAGE: &[Key] = &[
    ("Category", Kind::Text),
    ("StartDate", Kind::Day),
    ("EndDate", Kind::Day),
    ("IncludeSubaccounts", Kind::Flag),
];

/// The list of messages'.
pub const MESSAGES: &[Key] = &[
    ("To", Kind::Text),
    ("From", Kind::Text),
    ("DateSent", Kind::Moment),
    ("DateSent<", Kind::Moment),
    ("DateSent>", Kind::Moment),
];

/// Refuses unknown keys, keys given twice, and values that do not look like what they are.
pub fn check(known: &[&[Key]], given: &[(String, String)]) -> Result<(), Refusal> {
    for (place, (name, value)) in given.iter().enumerate() {
        let twice = given[..place].iter().any(|(other, _)| other == name);
        match known.iter().copied().flatten().find(|key| key.0 == name) {
            Some((_, kind)) if !twice => kind.check(name, value)?,
            Some(_) => return Err(Refusal::saying(20001, format!("Parameter given twice: {name}"))),
            None if name == "AreaCode" => return Err(Refusal::of(21457)),
            None => return Err(Refusal::saying(20001, format!("Unknown parameter: {name}"))),
        }
    }
    Ok(())
}

/// Whether a text is an id of this kind.
pub fn is_sid(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

/// A day, said itself or as so many days from today.
pub fn day(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    match text.strip_suffix("days").or(text.strip_suffix("day")) {
        Some(count) => today.checked_add_signed(chrono::TimeDelta::try_days(count.parse().ok()?)?),
        None => text.parse().ok(),
    }
}

impl Kind {
    fn check(self, name: &str, value: &str) -> Result<(), Refusal> {
        let (fine, code) = match self {
            Kind::Text => (true, 0),
            Kind::Name => ((1..=64).contains(&value.chars().count()), 20002),
            Kind::Flag => (matches!(value, "true" | "false"), 20422),
            Kind::Whole(least, most) => (value.parse().is_ok_and(|n| (least..=most).contains(&n)), 20422),
            Kind::Phone => (is_phone(value), 21421),
            Kind::AreaCode => (value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_digit()), 21451),
            Kind::Sid("PN") => (is_sid("PN", value), 21421),
            Kind::Sid(prefix) => (is_sid(prefix, value), 20422),
            Kind::Choice(known) => (known.contains(&value), 20422),
            Kind::Method => (matches!(value, "GET" | "POST"), 21403),
            Kind::Url => {
                let web = |url: Url| matches!(url.scheme(), "http" | "https") && url.has_host();
                (value.is_empty() || Url::parse(value).is_ok_and(web), 21402)
            }
            Kind::Day => (day(value, NaiveDate::default()).is_some(), 20422),
            Kind::Moment => {
                (value.parse::<NaiveDate>().is_ok() || DateTime::parse_from_rfc3339(value).is_ok(), 20422)
            }
            Kind::PageSize => (value.parse().is_ok_and(|size: u32| (1..=1000).contains(&size)), 20007),
        };
        if fine {
            return Ok(());
        }
        let refusal = Refusal::of(code);
        Err(Refusal::saying(code, format!("{}: {name} '{value}'", refusal.message)))
    }
}

fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
