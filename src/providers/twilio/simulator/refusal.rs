//! What Twilio answers instead of what was asked: an HTTP status, its own code and its words.

use serde_json::{Value, json};

use crate::providers::ProviderError;

/// A refusal.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Twilio's code.
    pub code: u32,
    /// Twilio's words.
    pub message: String,
}

/// What an operation answers: the HTTP status and a body; `null` is none.
pub type Answered = Result<(u16, Value), Refusal>;

/// Twilio's codes, the status each comes with, its words.
const KNOWN: &[(u32, u16, &str)] = &[
    (20001, 400, "Unknown parameters"),
    (20002, 400, "Invalid FriendlyName"),
    (20003, 401, "Authenticate"),
    (20004, 405, "Method not allowed"),
    (20005, 401, "Account not active"),
    (20007, 400, "Page size too large"),
    (20403, 403, "Forbidden"),
    (20404, 404, "The requested resource was not found"),
    (20409, 409, "Conflict"),
    (20422, 400, "Invalid Parameter"),
    (20429, 429, "Too Many Requests"),
    (20500, 500, "Internal Server Error"),
    (20503, 503, "Service is unavailable, please try again"),
    (21402, 400, "Invalid Url"),
    (21403, 400, "Invalid Method"),
    (21404, 400, "Trial accounts are allowed only one Twilio number"),
    (21405, 400, "Cannot set VoiceFallbackUrl without setting Url"),
    (21406, 400, "Cannot set SmsFallbackUrl without setting SmsUrl"),
    (21421, 400, "PhoneNumber is invalid"),
    (21422, 400, "PhoneNumber is not available"),
    (21451, 400, "Invalid area code"),
    (21452, 400, "No phone numbers found in area code"),
    (21457, 400, "AreaCode Parameter not Supported"),
    (21458, 400, "PhoneNumber Provisioning Type Mismatch"),
    (21474, 400, "API User must be the parent account to transfer phone numbers."),
    (21481, 400, "Invalid PageToken"),
    (21701, 404, "The Messaging Service does not exist"),
    (21710, 409, "Phone Number or Short Code is already in the Messaging Service."),
    (21711, 404, "Phone Number or Short Code is not associated with the specified Messaging Service."),
    (21712, 409, "Phone Number or Short Code is associated with another Messaging Service."),
    (21714, 412, "Number Pool size limit reached."),
];

impl Refusal {
    /// The refusal of this code in its usual words.
    pub fn of(code: u32) -> Refusal {
        let (_, status, message) = KNOWN.iter().find(|known| known.0 == code).unwrap_or(&(0, 400, ""));
        Refusal { status: *status, code, message: (*message).to_owned() }
    }
    /// The refusal of this code, in other words.
    pub fn saying(code: u32, message: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), ..Refusal::of(code) }
    }
    /// The code that usually goes with an HTTP status.
    pub fn of_status(status: u16) -> Refusal {
        let known = KNOWN.iter().find(|known| known.1 == status && (20003..21000).contains(&known.0));
        Refusal { status, ..Refusal::of(known.map_or(20500, |known| known.0)) }
    }
    /// There is nothing at this path.
    pub fn nothing_at(path: &str) -> Refusal {
        Refusal::saying(20404, format!("The requested resource {path} was not found"))
    }
    /// The body of the answer.
    pub fn body(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        })
    }
}

/// The world's refusals carry Twilio's codes; anything else is a failure of the simulator.
impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Refusal {
        match error.carrier_code().and_then(|code| code.parse().ok()) {
            Some(code) => Refusal::of(code),
            None => Refusal::saying(20500, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_and_found_by_status() {
        for (place, known) in KNOWN.iter().enumerate() {
            assert!(KNOWN[..place].iter().all(|other| other.0 != known.0));
        }
        let found = [401, 403, 404, 409, 429, 500, 503].map(|status| Refusal::of_status(status).code);
        assert_eq!(found, [20003, 20403, 20404, 20409, 20429, 20500, 20503]);
        assert_eq!(Refusal::of_status(502).status, 502);
    }
}
