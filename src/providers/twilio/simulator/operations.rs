//! The operations there are.

use crate::providers::fakeservice::Verb;

use super::call::Call;
use super::keys::{self, Key};
use super::refusal::{Answered, Refusal};
use super::{available, misc, numbers, services, usage};

/// An operation of Twilio's API.
pub struct Operation {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// Its path with `{Names}`.
    pub path: &'static str,
    /// As what it counts for the weather.
    pub verb: Verb,
    /// The keys its query may have.
    pub query: &'static [&'static [Key]],
    /// The keys its form may have.
    pub form: &'static [&'static [Key]],
    /// Does it.
    pub run: fn(&Call) -> Answered,
}

type Keys = &'static [&'static [Key]];
const NONE: Keys = &[];
const PAGED: Keys = &[keys::PAGING];
const SEARCHED: Keys = &[keys::SEARCH, keys::PAGING];
const LISTED: Keys = &[keys::NUMBERS, keys::PAGING];
const USED: Keys = &[keys::USAGE, keys::PAGING];

const fn get(path: &'static str, verb: Verb, query: Keys, run: fn(&Call) -> Answered) -> Operation {
    Operation { method: "GET", path, verb, query, form: NONE, run }
}
const fn post(path: &'static str, verb: Verb, form: Keys, run: fn(&Call) -> Answered) -> Operation {
    Operation { method: "POST", path, verb, query: NONE, form, run }
}
const fn delete(path: &'static str, verb: Verb, run: fn(&Call) -> Answered) -> Operation {
    Operation { method: "DELETE", path, verb, query: NONE, form: NONE, run }
}

/// A path of an account.
macro_rules! of_account {
    ($rest:literal) => {
        concat!("/2010-04-01/Accounts/{AccountSid}", $rest)
    };
}

/// Every operation. Where several fit a path, the first is meant.
pub const OPERATIONS: &[Operation] = &[
    get("/2010-04-01/Accounts/{Sid}.json", Verb::Check, NONE, misc::account),
    get(of_account!("/Balance.json"), Verb::Check, NONE, misc::balance),
    get(of_account!("/Messages.json"), Verb::Check, &[keys::MESSAGES, keys::PAGING], misc::messages),
    get(of_account!("/AvailablePhoneNumbers.json"), Verb::Search, PAGED, available::countries),
    get(of_account!("/AvailablePhoneNumbers/{Country}.json"), Verb::Search, NONE, available::country),
    get(of_account!("/AvailablePhoneNumbers/{Country}/Local.json"), Verb::Search, SEARCHED, available::local),
    get(
        of_account!("/AvailablePhoneNumbers/{Country}/TollFree.json"),
        Verb::Search,
        SEARCHED,
        available::toll_free,
    ),
    get(of_account!("/IncomingPhoneNumbers.json"), Verb::ListOwned, LISTED, numbers::list),
    get(of_account!("/IncomingPhoneNumbers/Local.json"), Verb::ListOwned, LISTED, numbers::list_local),
    get(of_account!("/IncomingPhoneNumbers/TollFree.json"), Verb::ListOwned, LISTED, numbers::list_toll_free),
    post(
        of_account!("/IncomingPhoneNumbers.json"),
        Verb::Purchase,
        &[keys::NUMBER, keys::PHONE_NUMBER, keys::AREA_CODE],
        numbers::create,
    ),
    post(
        of_account!("/IncomingPhoneNumbers/Local.json"),
        Verb::Purchase,
        &[keys::NUMBER, keys::PHONE_NUMBER],
        numbers::create_local,
    ),
    post(
        of_account!("/IncomingPhoneNumbers/TollFree.json"),
        Verb::Purchase,
        &[keys::NUMBER, keys::PHONE_NUMBER],
        numbers::create_toll_free,
    ),
    get(of_account!("/IncomingPhoneNumbers/{Sid}.json"), Verb::FindById, NONE, numbers::fetch),
    post(
        of_account!("/IncomingPhoneNumbers/{Sid}.json"),
        Verb::SetVoiceUrl,
        &[keys::NUMBER, keys::OWNER],
        numbers::update,
    ),
    delete(of_account!("/IncomingPhoneNumbers/{Sid}.json"), Verb::Release, numbers::release),
    get(of_account!("/Usage/Records.json"), Verb::Usage, USED, usage::records),
    get(of_account!("/Usage/Records/{Period}.json"), Verb::Usage, USED, usage::records),
    get("/v1/Services", Verb::ListServices, PAGED, services::list),
    post("/v1/Services", Verb::CreateService, &[keys::SERVICE], services::create),
    get("/v1/Services/{Sid}", Verb::Service, NONE, services::fetch),
    post("/v1/Services/{Sid}", Verb::UpdateService, &[keys::SERVICE], services::update),
    delete("/v1/Services/{Sid}", Verb::DeleteService, services::delete),
    get("/v1/Services/{Sid}/PhoneNumbers", Verb::ListMembers, PAGED, services::members),
    post("/v1/Services/{Sid}/PhoneNumbers", Verb::AddToService, &[keys::MEMBER], services::add),
    get("/v1/Services/{Sid}/PhoneNumbers/{Number}", Verb::FindById, NONE, services::member),
    delete("/v1/Services/{Sid}/PhoneNumbers/{Number}", Verb::RemoveFromService, services::remove),
    get("/v1/Services/{Sid}/ShortCodes", Verb::Service, PAGED, services::short_codes),
    get("/v1/Services/{Sid}/Compliance/Usa2p", Verb::Service, PAGED, services::registrations),
    get("/v1/Services/{Sid}/Compliance/Usa2p/{Registration}", Verb::Service, NONE, services::registration),
    get("/v1/PhoneNumbers/Countries", Verb::Prices, PAGED, misc::number_price_countries),
    get("/v1/PhoneNumbers/Countries/{Country}", Verb::Prices, NONE, misc::number_prices),
    get("/v1/Messaging/Countries", Verb::Prices, PAGED, misc::message_price_countries),
    get("/v1/Messaging/Countries/{Country}", Verb::Prices, NONE, misc::message_prices),
];

/// The operation of a method and a path, and the values of the path's names.
///
/// # Errors
/// 20404 when there is none, 20004 when there is one for other methods only.
pub fn find(method: &str, path: &str) -> Result<(&'static Operation, Vec<String>), Refusal> {
    let mut refusal = Refusal::nothing_at(path);
    for operation in OPERATIONS {
        if let Some(values) = values(operation.path, path) {
            if operation.method == method {
                return Ok((operation, values));
            }
            refusal = Refusal::of(20004);
        }
    }
    Err(refusal)
}

/// The values of a path's names, if it is such a path.
fn values(template: &str, path: &str) -> Option<Vec<String>> {
    let mut given = path.split('/');
    let mut values = Vec::new();
    for wanted in template.split('/') {
        let given = given.next()?;
        match wanted.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((_, ending)) => {
                values.push(given.strip_suffix(ending).filter(|value| !value.is_empty())?.to_owned())
            }
            None if wanted == given => {}
            None => return None,
        }
    }
    given.next().is_none().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart() {
        let sid = format!("AC{}", "0".repeat(32));
        let base = format!("/2010-04-01/Accounts/{sid}");
        let found =
            |method, path: &str| find(method, path).map(|(operation, values)| (operation.path, values.len()));
        let local = format!("{base}/IncomingPhoneNumbers/Local.json");
        assert_eq!(found("POST", &local).unwrap(), (of_account!("/IncomingPhoneNumbers/Local.json"), 1));
        let one = format!("{base}/IncomingPhoneNumbers/PN1.json");
        assert_eq!(found("POST", &one).unwrap(), (of_account!("/IncomingPhoneNumbers/{Sid}.json"), 2));
        assert_eq!(found("PUT", &one).unwrap_err().code, 20004);
        for nothing in ["/v1/services", "/v1/Services/", "/v1/Services.json", "/", &format!("{base}/Balance")]
        {
            assert_eq!(found("GET", nothing).unwrap_err().code, 20404, "{nothing}");
        }
    }
}
