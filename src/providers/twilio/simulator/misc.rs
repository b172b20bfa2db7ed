//! The account itself, its balance, prices, and messages (none).

use serde_json::{Value, json};

use super::available::{COUNTRIES, country_of};
use super::call::{Call, rfc2822};
use super::paging::Page;
use super::refusal::Answered;
use super::usage::{decimal, total};

/// The account.
pub fn account(call: &Call) -> Answered {
    let account = &call.owner;
    let body = json!({
        "sid": account.sid,
        "auth_token": account.auth_token,
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.owner.as_ref().unwrap_or(&account.sid),
        "status": account.status,
        "type": account.kind,
        "date_created": rfc2822(account.created_at),
        "date_updated": rfc2822(account.created_at),
        "subresource_uris": {
            "available_phone_numbers": call.path("/AvailablePhoneNumbers.json"),
            "balance": call.path("/Balance.json"),
            "incoming_phone_numbers": call.path("/IncomingPhoneNumbers.json"),
            "messages": call.path("/Messages.json"),
            "usage": call.path("/Usage.json"),
        },
        "uri": call.path(".json"),
    });
    Ok((200, body))
}

/// What is left of what was paid in.
pub fn balance(call: &Call) -> Answered {
    let left = decimal(call.owner.credit - total(call)?);
    Ok((200, json!({ "account_sid": call.owner.sid, "balance": left, "currency": "USD" })))
}

/// The messages: this simulator sends none.
pub fn messages(call: &Call) -> Answered {
    Ok((200, Page::of(call)?.v2010(call, "messages", Vec::new(), None)))
}

/// The countries with prices of numbers.
pub fn number_price_countries(call: &Call) -> Answered {
    price_countries(call)
}
/// The countries with prices of messages.
pub fn message_price_countries(call: &Call) -> Answered {
    price_countries(call)
}

fn price_countries(call: &Call) -> Answered {
    let page = Page::of(call)?;
    let all: Vec<Value> = COUNTRIES
        .iter()
        .map(|(code, name, _)| {
            let url = call.link(&format!("{}/{code}", call.request.path));
            json!({ "country": name, "iso_country": code, "url": url })
        })
        .collect();
    let (items, next) = page.cut(&all);
    Ok((200, page.v1(call, "countries", items, next)))
}

/// What numbers of a country cost, a month.
pub fn number_prices(call: &Call) -> Answered {
    let (iso, name, _) = country_of(call, call.value(0))?;
    let prices = call.sim.world.prices()?;
    let price = |number_type, amount| {
        let amount = decimal(amount);
        json!({ "number_type": number_type, "base_price": amount, "current_price": amount })
    };
    let body = json!({
        "country": name,
        "iso_country": iso,
        "phone_number_prices": [price("local", prices.local), price("toll free", prices.toll_free)],
        "price_unit": "USD",
        "url": call.link(&call.request.path),
    });
    Ok((200, body))
}

/// What messages of a country cost.
pub fn message_prices(call: &Call) -> Answered {
    let (iso, name, _) = country_of(call, call.value(0))?;
    let price = |number_type| json!({ "number_type": number_type, "base_price": "0.0083", "current_price": "0.0083" });
    let body = json!({
        "country": name,
        "iso_country": iso,
        "outbound_sms_prices": [
            { "carrier": "Practice Wireless", "mcc": "310", "mnc": "000", "prices": [price("local"), price("toll free")] },
        ],
        "inbound_sms_prices": [price("local"), price("toll free")],
        "price_unit": "USD",
        "url": call.link(&call.request.path),
    });
    Ok((200, body))
}
