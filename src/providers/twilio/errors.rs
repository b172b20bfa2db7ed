//! Twilio's refusals in our words: by code where it has one that is known, otherwise by HTTP status.

use crate::providers::{ErrorKind, ProviderError};

use super::http::{Answer, Method};
use super::wire::Refusal;

use ErrorKind::{
    AccountSuspended, AlreadyThere, AnswerLost, Auth, InOtherPool, InvalidRequest, NeedsRegulatory, NotFound,
    PoolFull, RateLimited, Restricted, Transient, Trial, Unavailable, Unknown,
};

/// Codes of Twilio's error dictionary: what kind of failure, and our words where the kind's own are too general.
const CODES: [(u32, ErrorKind, &str); 64] = [
    (10001, AccountSuspended, "Twilio says that this account is not active."),
    (10002, Trial, "This is a Twilio trial account, which cannot do this."),
    (20001, InvalidRequest, ""),
    (20002, InvalidRequest, "Twilio does not accept the name: it must have 1 to 64 characters."),
    (
        20003,
        Auth,
        "Twilio does not accept these credentials. A suspended or closed account is refused so too.",
    ),
    (20004, InvalidRequest, ""),
    (
        20005,
        AccountSuspended,
        "Twilio says that this account is not active: it lacks funds or broke the terms.",
    ),
    (20006, Restricted, ""),
    (20007, InvalidRequest, ""),
    (
        20008,
        Auth,
        "These are Twilio's test credentials, which cannot do this. Use those of the account itself.",
    ),
    (20009, InvalidRequest, ""),
    (20010, Restricted, "Twilio has switched this off for the account."),
    (20403, Restricted, ""),
    (20404, NotFound, ""),
    (20409, AlreadyThere, ""),
    (20422, InvalidRequest, ""),
    (20423, InvalidRequest, ""),
    (20426, InvalidRequest, ""),
    (20429, RateLimited(None), ""),
    (20500, Transient, ""),
    (20503, Transient, ""),
    (21102, Restricted, "The account has as many messaging services as Twilio allows."),
    (21401, InvalidRequest, ""),
    (21402, InvalidRequest, "Twilio does not accept the address."),
    (21403, InvalidRequest, ""),
    (21404, Trial, "A Twilio trial account may have one number only."),
    (21405, InvalidRequest, ""),
    (21406, InvalidRequest, ""),
    (21407, InvalidRequest, "This number cannot text."),
    (21420, InvalidRequest, ""),
    (21421, InvalidRequest, "Twilio says that this is no phone number."),
    (21422, Unavailable, ""),
    (21451, Unavailable, "Twilio does not know this area code."),
    (21452, Unavailable, "Twilio has no numbers in this area code."),
    (21457, InvalidRequest, ""),
    (21458, InvalidRequest, ""),
    (21470, InvalidRequest, ""),
    (21471, InvalidRequest, ""),
    (21472, InvalidRequest, ""),
    (21473, InvalidRequest, ""),
    (21474, InvalidRequest, ""),
    (21481, InvalidRequest, "There is no such page of the list."),
    (21613, NeedsRegulatory, "Twilio asks for a certification to have this number."),
    (21615, NeedsRegulatory, "Twilio asks for a local address to have this number."),
    (21628, NeedsRegulatory, ""),
    (21629, NeedsRegulatory, ""),
    (21631, NeedsRegulatory, "Twilio asks for an address to have this number."),
    (
        21634,
        InvalidRequest,
        "This number serves emergency calls, which must be ended in Twilio's console first.",
    ),
    (21649, NeedsRegulatory, "Twilio asks for a regulatory bundle to have this number."),
    (21650, NeedsRegulatory, "Twilio asks for a proof of identity to have this number."),
    (21651, NeedsRegulatory, "The documents at Twilio do not suffice to have this number."),
    (21701, NotFound, "Twilio knows no such messaging service in this account."),
    (21705, NotFound, "Twilio knows no such messaging service in this account."),
    (21710, AlreadyThere, "The number is in this messaging service already."),
    (21711, NotFound, "The number is not in this messaging service."),
    (21712, InOtherPool, ""),
    (21713, InvalidRequest, ""),
    (21714, PoolFull, ""),
    (21715, InvalidRequest, "This number can neither text nor send pictures."),
    (21717, InvalidRequest, "The brand is not registered with the mobile carriers."),
    (
        21719,
        InvalidRequest,
        "The use of the messaging service and that of its registration do not go together.",
    ),
    (21729, Restricted, "The mobile carriers have suspended the registration of this messaging service."),
    (21730, Transient, "Twilio is being maintained."),
    (22300, Restricted, "Twilio does not let this account have new local numbers."),
];

/// What is known of a code.
pub(super) fn of_code(code: u32) -> Option<(ErrorKind, &'static str)> {
    CODES.iter().find(|(known, _, _)| *known == code).map(|(_, kind, words)| (*kind, *words))
}

/// An answer that is not the one asked for.
pub(super) fn refusal(method: Method, answer: &Answer) -> ProviderError {
    let said: Option<Refusal> = serde_json::from_slice(&answer.body).ok();
    let said = said.filter(|said| said.code.is_some() || said.message.is_some());
    let code = said.as_ref().and_then(|said| said.code.as_deref());
    let known = code.and_then(|code| of_code(code.parse().ok()?));
    let (kind, words) = match known {
        Some((kind, words)) => (kind, words.to_owned()),
        None => by_status(answer.status, said.is_some()),
    };
    let kind = match kind {
        // The answer does not say how far Twilio got.
        Transient if method != Method::Get => AnswerLost,
        RateLimited(_) => RateLimited(answer.retry_after),
        kind => kind,
    };
    let words = if words.is_empty() || kind == AnswerLost { kind.words().to_owned() } else { words };
    let mut error = ProviderError::new(kind, words);
    if let Some(id) = &answer.request_id {
        error = error.with_request_id(id);
    }
    let message = said.as_ref().and_then(|said| said.message.as_deref()).map(short);
    match (code, message) {
        (Some(code), message) => error.with_carrier(code, message.unwrap_or_default()),
        (None, Some(message)) => error.with_carrier_words(message),
        (None, None) => error,
    }
}

/// What a status means when the code says nothing. An answer that is not in Twilio's form may come from something in
/// between; it must not pass for Twilio's word that a thing is not there.
fn by_status(status: u16, in_form: bool) -> (ErrorKind, String) {
    let kind = match (status, in_form) {
        (401, _) => Auth,
        (429, _) => RateLimited(None),
        (408 | 500.., _) => Transient,
        (_, false) => {
            let words = format!(
                "What answered (HTTP {status}) does not seem to be Twilio; what was asked may have been done all the \
                 same."
            );
            return (Unknown, words);
        }
        (403, true) => Restricted,
        (404, true) => NotFound,
        (409, true) => AlreadyThere,
        (400..=499, true) => InvalidRequest,
        _ => Unknown,
    };
    (kind, String::new())
}

/// At most 300 characters.
fn short(text: &str) -> String {
    text.chars().take(300).collect()
}
