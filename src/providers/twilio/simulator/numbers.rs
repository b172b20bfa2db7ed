//! The numbers of an account: buying, listing, changing, releasing.

use serde_json::{Value, json};

use crate::kernel::{AreaCode, E164};
use crate::providers::{ClientRef, OwnedRemote, PurchaseItem, RemoteNumberId};

use super::available::is_like;
use super::call::{Call, rfc2822};
use super::kept::{Attribute, Kept, Usual};
use super::keys::is_sid;
use super::paging::Page;
use super::refusal::{Answered, Refusal};

const ATTRIBUTES: &[Attribute] = &[
    ("SmsUrl", "sms_url", Usual::Text("")),
    ("SmsMethod", "sms_method", Usual::Text("POST")),
    ("SmsFallbackUrl", "sms_fallback_url", Usual::Text("")),
    ("SmsFallbackMethod", "sms_fallback_method", Usual::Text("POST")),
    ("SmsApplicationSid", "sms_application_sid", Usual::Text("")),
    ("VoiceMethod", "voice_method", Usual::Text("POST")),
    ("VoiceFallbackUrl", "voice_fallback_url", Usual::Null),
    ("VoiceFallbackMethod", "voice_fallback_method", Usual::Text("POST")),
    ("VoiceApplicationSid", "voice_application_sid", Usual::Text("")),
    ("VoiceCallerIdLookup", "voice_caller_id_lookup", Usual::Flag(false)),
    ("VoiceReceiveMode", "voice_receive_mode", Usual::Text("voice")),
    ("TrunkSid", "trunk_sid", Usual::Null),
    ("StatusCallback", "status_callback", Usual::Text("")),
    ("StatusCallbackMethod", "status_callback_method", Usual::Text("POST")),
    ("AddressSid", "address_sid", Usual::Null),
    ("BundleSid", "bundle_sid", Usual::Null),
    ("IdentitySid", "identity_sid", Usual::Null),
    ("EmergencyStatus", "emergency_status", Usual::Text("Inactive")),
    ("EmergencyAddressSid", "emergency_address_sid", Usual::Null),
];

/// All numbers.
pub fn list(call: &Call) -> Answered {
    listed(call, None)
}
/// The local ones.
pub fn list_local(call: &Call) -> Answered {
    listed(call, Some(false))
}
/// The toll-free ones.
pub fn list_toll_free(call: &Call) -> Answered {
    listed(call, Some(true))
}

fn listed(call: &Call, toll_free: Option<bool>) -> Answered {
    let page = Page::of(call)?;
    let world = &call.sim.world;
    let (like, name) = (call.query("PhoneNumber"), call.query("FriendlyName"));
    let pleases = |owned: &OwnedRemote| {
        like.is_none_or(|pattern| is_like(owned.phone_number, pattern))
            && name.is_none_or(|name| name == friendly_name(owned))
            && toll_free.is_none_or(|wanted| wanted == is_toll_free(owned.phone_number))
            && call.query("Origin") != Some("hosted")
    };
    let (owned, next) = match like.and_then(|text| E164::parse(text).ok()) {
        Some(number) => {
            (world.find_owned(&call.account, number)?.into_iter().filter(pleases).collect(), None)
        }
        None => page.fill(|after, most| world.owned_after(&call.account, after, most), pleases)?,
    };
    let items: Vec<Value> = owned.iter().map(|owned| number_json(call, owned)).collect::<Result<_, _>>()?;
    Ok((200, page.v2010(call, "incoming_phone_numbers", items, next)))
}

/// Buys a number, or any of an area code.
pub fn create(call: &Call) -> Answered {
    match (call.said("PhoneNumber"), call.said("AreaCode")) {
        (Some(number), _) => buy(call, number),
        (None, Some(code)) => {
            let code = AreaCode::parse(code).map_err(|_| Refusal::of(21451))?;
            let first = call.sim.world.for_sale_where(code, 1, |_| true)?;
            let number = first.first().ok_or_else(|| Refusal::of(21452))?;
            buy(call, number.as_str())
        }
        (None, None) => Err(Refusal::saying(21421, "A PhoneNumber or an AreaCode is required")),
    }
}
/// Buys a local number.
pub fn create_local(call: &Call) -> Answered {
    create_of(call, false)
}
/// Buys a toll-free number.
pub fn create_toll_free(call: &Call) -> Answered {
    create_of(call, true)
}

fn create_of(call: &Call, toll_free: bool) -> Answered {
    let number = call.said("PhoneNumber").ok_or_else(|| Refusal::of(21421))?;
    if E164::parse(number).is_ok_and(|number| is_toll_free(number) != toll_free) {
        return Err(Refusal::of(21458));
    }
    buy(call, number)
}

/// Buys a number; one that the account owns already is updated instead, with the same answer.
fn buy(call: &Call, number: &str) -> Answered {
    let world = &call.sim.world;
    let number = E164::parse(number).map_err(|_| Refusal::of(21422))?;
    let owned = match world.find_owned(&call.account, number)? {
        Some(owned) => change(call, &owned)?,
        None => {
            if call.owner.is_trial() && !world.owned_after(&call.account, 0, 1)?.is_empty() {
                return Err(Refusal::of(21404));
            }
            let name = call.said("FriendlyName").map_or_else(|| number.national(), str::to_owned);
            let voice_url = call.said("VoiceUrl").filter(|url| !url.is_empty()).map(str::to_owned);
            let kept = attributes(call, None, voice_url.is_some())?;
            let item = PurchaseItem { phone_number: number, client_ref: ClientRef::new(name), voice_url };
            let owned = world.buy(&call.account, &item)?;
            kept.save(call, owned.id.as_str())?;
            owned
        }
    };
    Ok((201, number_json(call, &owned)?))
}

/// One number.
pub fn fetch(call: &Call) -> Answered {
    Ok((200, number_json(call, &known(call, call.value(0))?)?))
}

/// Changes a number.
pub fn update(call: &Call) -> Answered {
    let owned = known(call, call.value(0))?;
    if call.said("AccountSid").is_some_and(|sid| sid != call.owner.sid) {
        return Err(Refusal::saying(21474, "This simulator does not transfer numbers between accounts."));
    }
    let owned = change(call, &owned)?;
    Ok((200, number_json(call, &owned)?))
}

/// Gives a number back, out of any messaging service.
pub fn release(call: &Call) -> Answered {
    let owned = known(call, call.value(0))?;
    call.sim.world.release(&call.account, &owned.id)?;
    Ok((204, Value::Null))
}

/// The account's number of this id.
pub fn known(call: &Call, sid: &str) -> Result<OwnedRemote, Refusal> {
    let found = match is_sid("PN", sid) {
        true => call.sim.world.find_by_id(&call.account, &RemoteNumberId::new(sid))?,
        false => None,
    };
    found.ok_or_else(|| Refusal::nothing_at(&call.request.path))
}

fn change(call: &Call, owned: &OwnedRemote) -> Result<OwnedRemote, Refusal> {
    let world = &call.sim.world;
    let voice_url = match call.said("VoiceUrl") {
        Some(url) => Some(url).filter(|url| !url.is_empty()),
        None => owned.voice_url.as_deref(),
    };
    let kept = attributes(call, Some(owned.id.as_str()), voice_url.is_some())?;
    if let Some(name) = call.said("FriendlyName") {
        world.set_tag(&call.account, &owned.id, &ClientRef::new(name))?;
    }
    world.set_voice_url(&call.account, &owned.id, voice_url)?;
    kept.save(call, owned.id.as_str())?;
    known(call, owned.id.as_str())
}

/// What is kept with a number once this form is done.
fn attributes(call: &Call, sid: Option<&str>, has_voice_url: bool) -> Result<Kept, Refusal> {
    let mut kept = Kept::of(call, sid.unwrap_or_default())?;
    kept.take(ATTRIBUTES, call);
    if !kept.text("voice_fallback_url").is_empty() && !has_voice_url {
        return Err(Refusal::of(21405));
    }
    if !kept.text("sms_fallback_url").is_empty() && kept.text("sms_url").is_empty() {
        return Err(Refusal::of(21406));
    }
    Ok(kept)
}

/// The account's tag for a number, which is what Twilio calls its friendly name.
fn friendly_name(owned: &OwnedRemote) -> String {
    owned.client_ref.as_ref().map_or_else(|| owned.phone_number.national(), |tag| tag.as_str().to_owned())
}

/// Whether it is toll-free.
fn is_toll_free(number: E164) -> bool {
    number.area_code().is_ok_and(|code| code.is_toll_free())
}

/// A number as api.twilio.com shows it.
fn number_json(call: &Call, owned: &OwnedRemote) -> Result<Value, Refusal> {
    let kept = Kept::of(call, owned.id.as_str())?;
    let mut out = json!({
        "sid": owned.id,
        "account_sid": call.owner.sid,
        "phone_number": owned.phone_number,
        "friendly_name": friendly_name(owned),
        "capabilities": { "voice": true, "sms": owned.sms, "mms": owned.sms, "fax": false },
        "date_created": rfc2822(owned.created_at),
        "date_updated": rfc2822(kept.moment("changed_at").unwrap_or(owned.created_at)),
        "voice_url": owned.voice_url,
        "address_requirements": "none",
        "emergency_address_status": "unregistered",
        "origin": "twilio",
        "beta": false,
        "status": "in-use",
        "type": if is_toll_free(owned.phone_number) { "tollfree" } else { "local" },
        "api_version": "2010-04-01",
        "uri": call.path(&format!("/IncomingPhoneNumbers/{}.json", owned.id)),
    });
    kept.show(ATTRIBUTES, &mut out);
    // The addresses of one type do not say the type.
    if call.request.path.ends_with("/Local.json") || call.request.path.ends_with("/TollFree.json") {
        out.as_object_mut().map(|out| out.remove("type"));
    }
    Ok(out)
}
