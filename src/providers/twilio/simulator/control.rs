//! The control endpoint: what happens at the carrier behind the application's back, what goes wrong, and a look into
//! the carrier's books. [`HELP`] lists it; it is also what `GET /_sim/` answers.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::providers::fakeservice::Weather;
use crate::providers::{Account, ClientRef, OwnedRemote, Registration, RemoteNumberId, RemoteServiceId};

use super::accounts::SimAccount;
use super::faults::Fault;
use super::keys::is_sid;
use super::refusal::{Answered, Refusal};
use super::request::{Reply, Request};
use super::state::{State, held};

/// Where the control endpoint begins.
pub const PREFIX: &str = "/_sim/";

/// What the control endpoint can do.
pub const HELP: &str = r#"The control endpoint takes and answers JSON, without signing in:

  GET    /_sim/books               numbers, tags, services and charges of every account
  GET    /_sim/requests            the requests answered, and how many were under way at once at most
  DELETE /_sim/requests            forgets them
  GET    /_sim/faults              what shall still go wrong
  POST   /_sim/faults              {"fault":"drop","after":true,"method":"POST","path":"/IncomingPhoneNumbers",
                                    "count":1,"skip":0,"account":"AC..."}
         error (status, code, retry_after), drop, html (status): instead of what was asked, or "after" it was done;
         truncate, blank_sids, foreign_next, sold_meanwhile: done, and the answer spoilt; delay; all with delay_ms
  DELETE /_sim/faults              nothing goes wrong any more
  POST   /_sim/weather             {"account":"AC...","weather":{"faults_per_mille":200}}: as the practice carrier's
  POST   /_sim/accounts            {"sid":"AC...","auth_token":"...","owner":"AC...","kind":"Trial",
                                    "status":"suspended","friendly_name":"..."}: new, or changed
  POST   /_sim/stock               {"area_code":"313","left":3}
  POST   /_sim/numbers             {"account":"AC...","area_code":"313","count":2,"friendly_name":"...",
                                    "bought_at":"2026-01-31T12:00:00"}: bought elsewhere
  DELETE /_sim/numbers/PN...       removed at the carrier (or the number itself, +1...)
  POST   /_sim/prices              {"area_code":"313","amount":"1.30"}: from now on, of all numbers of that kind
  POST   /_sim/usage               {"account":"AC...","day":"2026-11-20","category":"sms","count":100,
                                    "amount":"0.83"}: something else was used
  POST   /_sim/services/MG...      {"registered":true,"campaign_status":"VERIFIED"}
  POST   /_sim/clock               {"advance_seconds":86400}: where the clock is not the machine's
  POST   /_sim/reset               a new world; accounts stay
"#;

/// Answers a request of the control endpoint.
pub fn answer(state: &State, request: &Request) -> Reply {
    let path = request.path.trim_start_matches(PREFIX);
    let (what, which) = path.split_once('/').unwrap_or((path, ""));
    match control(state, request, what, which) {
        Ok((status, body)) => Reply::json(status, &body),
        Err(refusal) => Reply::json(refusal.status, &refusal.body()),
    }
}

fn control(state: &State, request: &Request, what: &str, which: &str) -> Answered {
    let world = &state.world;
    match (request.method.as_str(), what) {
        ("GET", "") => return Ok((200, json!({ "help": HELP.lines().collect::<Vec<_>>() }))),
        ("GET", "books") => return books(state),
        ("GET", "requests") => {
            let (requests, peak) = state.seen();
            return Ok((200, json!({ "peak": peak, "requests": requests })));
        }
        ("DELETE", "requests") => state.forget_seen(),
        ("GET", "faults") => return Ok((200, json!(*held(&state.faults)))),
        ("POST", "faults") => {
            let fault: Fault = read(request)?;
            held(&state.faults).push(fault);
        }
        ("DELETE", "faults") => held(&state.faults).clear(),
        ("POST", "weather") => {
            let NewWeather { account, weather } = read(request)?;
            world.set_weather(&Account::new(known_account(state, &account)?), &weather)?;
        }
        ("POST", "accounts") => return put_account(state, read(request)?),
        ("POST", "stock") => {
            let NewStock { area_code, left } = read(request)?;
            world.set_stock(code(&area_code)?, left)?;
        }
        ("POST", "numbers") => return bought_elsewhere(state, read(request)?),
        ("DELETE", "numbers") => return remove(state, which),
        ("POST", "prices") => {
            let NewPrice { area_code, amount } = read(request)?;
            world.set_price(code(&area_code)?, micros(&amount)?)?;
        }
        ("POST", "usage") => {
            let NewUse { account, day, category, count, amount } = read(request)?;
            let account = Account::new(known_account(state, &account)?);
            world.add_use(&account, day, &category, count, micros(&amount)?)?;
        }
        ("POST", "services") => {
            let NewRegistration { registered, campaign_status } = read(request)?;
            let (account, id) = service(state, which)?;
            world.set_registration(&account, &id, &Registration { registered, campaign_status })?;
        }
        ("POST", "clock") => {
            let Advance { advance_seconds } = read(request)?;
            let (clock, before) = (world.clock(), world.clock().now());
            clock.advance(TimeDelta::try_seconds(advance_seconds).unwrap_or_default());
            let moved = clock.now() - before;
            if moved < TimeDelta::try_seconds(advance_seconds).unwrap_or_default() {
                return Err(Refusal::saying(20409, "This simulator goes by the machine's clock."));
            }
            return Ok((200, json!({ "now": clock.now() })));
        }
        ("POST", "reset") => {
            let accounts: Vec<SimAccount> = held(&state.accounts).all().cloned().collect();
            world.reset()?;
            held(&state.faults).clear();
            state.forget_seen();
            accounts.into_iter().try_for_each(|account| state.put_account(account))?;
        }
        _ => return Err(Refusal::nothing_at(&request.path)),
    }
    Ok((200, json!({ "done": true })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWeather {
    account: String,
    weather: Weather,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStock {
    area_code: String,
    left: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewNumbers {
    account: String,
    area_code: String,
    #[serde(default = "one")]
    count: usize,
    friendly_name: Option<String>,
    bought_at: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPrice {
    area_code: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUse {
    account: String,
    day: NaiveDate,
    category: String,
    count: i64,
    amount: String,
}

fn micros(text: &str) -> Result<Micros, Refusal> {
    Micros::parse_decimal(text).map_err(|_| Refusal::saying(20001, format!("{text} is not an amount")))
}

fn one() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRegistration {
    #[serde(default)]
    registered: bool,
    campaign_status: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    sid: String,
    auth_token: Option<String>,
    friendly_name: Option<String>,
    owner: Option<String>,
    kind: Option<String>,
    status: Option<String>,
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    if request.content_type != "application/json" {
        return Err(Refusal::saying(20001, "Send JSON, and say so: Content-Type: application/json"));
    }
    serde_json::from_slice(&request.body).map_err(|error| Refusal::saying(20001, error.to_string()))
}

fn code(text: &str) -> Result<AreaCode, Refusal> {
    AreaCode::parse(text).map_err(|error| Refusal::saying(21451, error.to_string()))
}

fn known_account(state: &State, sid: &str) -> Result<String, Refusal> {
    let known = held(&state.accounts).get(sid).map(|account| account.sid.clone());
    known.ok_or_else(|| Refusal::saying(20404, format!("There is no account {sid}")))
}

fn put_account(state: &State, new: NewAccount) -> Answered {
    if !is_sid("AC", &new.sid) {
        return Err(Refusal::saying(
            20001,
            "An account's SID is AC and 32 hexadecimal digits, in lower case",
        ));
    }
    let old = held(&state.accounts).get(&new.sid).cloned();
    let now = state.world.clock().now();
    let mut account = old.unwrap_or_else(|| SimAccount::new(&new.sid, "", state.world.seed(), now));
    if let Some(owner) = new.owner {
        account.owner = Some(known_account(state, &owner)?);
    }
    account.auth_token = new.auth_token.unwrap_or(account.auth_token);
    account.friendly_name = new.friendly_name.unwrap_or(account.friendly_name);
    account.kind = new.kind.unwrap_or(account.kind);
    account.status = new.status.unwrap_or(account.status);
    let known = ["Full", "Trial"].contains(&account.kind.as_str())
        && ["active", "suspended", "closed"].contains(&account.status.as_str());
    if account.auth_token.is_empty() || !known {
        let words =
            "An account needs an auth_token; kind is Full or Trial; status is active, suspended or closed";
        return Err(Refusal::saying(20001, words));
    }
    let body = json!(account);
    state.put_account(account)?;
    Ok((200, body))
}

fn bought_elsewhere(state: &State, new: NewNumbers) -> Answered {
    let account = Account::new(known_account(state, &new.account)?);
    let moment = new.bought_at.unwrap_or_else(|| state.world.clock().now());
    let tag = |_| new.friendly_name.as_ref().map(ClientRef::new);
    let bought = state.world.purchase_at(&account, code(&new.area_code)?, new.count, moment, tag)?;
    let shown: Vec<Value> = bought.iter().map(|owned| number_json(owned, None)).collect();
    Ok((200, json!({ "numbers": shown })))
}

/// Takes a number from whichever account owns it.
fn remove(state: &State, which: &str) -> Answered {
    let accounts: Vec<String> = held(&state.accounts).all().map(|account| account.sid.clone()).collect();
    let number = E164::parse(&which.replace("%2B", "+"));
    for account in accounts.into_iter().map(Account::new) {
        let owned = match number {
            Ok(number) => state.world.find_owned(&account, number)?,
            Err(_) => state.world.find_by_id(&account, &RemoteNumberId::new(which))?,
        };
        if let Some(owned) = owned {
            state.world.release(&account, &owned.id)?;
            return Ok((200, json!({ "removed": owned.phone_number })));
        }
    }
    Err(Refusal::saying(20404, format!("No account owns {which}")))
}

fn service(state: &State, which: &str) -> Result<(Account, RemoteServiceId), Refusal> {
    let id = RemoteServiceId::new(which);
    for account in held(&state.accounts).all().map(|account| Account::new(account.sid.as_str())) {
        if state.world.service(&account, &id)?.is_some() {
            return Ok((account, id));
        }
    }
    Err(Refusal::of(21701))
}

fn number_json(owned: &OwnedRemote, service: Option<&RemoteServiceId>) -> Value {
    json!({
        "sid": owned.id,
        "phone_number": owned.phone_number,
        "tag": owned.client_ref,
        "service": service,
        "voice_url": owned.voice_url,
        "bought_at": owned.created_at,
    })
}

/// What the world has on every account.
fn books(state: &State) -> Answered {
    let sids: Vec<String> = held(&state.accounts).all().map(|account| account.sid.clone()).collect();
    let mut all = Map::new();
    for sid in sids {
        let books = state.world.books(&Account::new(sid.as_str()))?;
        let pool = |owned: &OwnedRemote| {
            books.members.iter().find(|(_, members)| members.contains(&owned.id)).map(|(service, _)| service)
        };
        let numbers: Vec<Value> = books.numbers.iter().map(|owned| number_json(owned, pool(owned))).collect();
        let released: Vec<Value> = books
            .released
            .iter()
            .map(|(owned, at)| json!({ "sid": owned.id, "phone_number": owned.phone_number, "released_at": at }))
            .collect();
        let services: Vec<Value> = books
            .services
            .iter()
            .map(|service| {
                json!({
                    "sid": service.id,
                    "name": service.name,
                    "members": books.members.get(&service.id),
                    "registered": service.registration.registered,
                    "campaign_status": service.registration.campaign_status,
                })
            })
            .collect();
        let charges: Vec<Value> = books
            .charges
            .iter()
            .map(|charge| {
                json!({
                    "day": charge.day,
                    "sid": charge.number,
                    "phone_number": charge.phone_number,
                    "category": charge.category,
                    "amount": super::usage::decimal(charge.amount),
                })
            })
            .collect();
        let body = json!({
            "numbers": numbers,
            "released": released,
            "services": services,
            "charges": charges,
            "total": super::usage::decimal(books.total()),
        });
        all.insert(sid, body);
    }
    Ok((200, json!({ "accounts": all })))
}
