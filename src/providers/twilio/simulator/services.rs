//! Messaging services, the numbers in them, how they are registered.

use serde_json::{Value, json};

use crate::kernel::Moment;
use crate::providers::fakeservice::ServiceChange;
use crate::providers::{
    Addresses, ClientRef, NewService, OwnedRemote, RemoteNumberId, RemoteService, RemoteServiceId,
};

use super::call::{Call, iso};
use super::kept::{Attribute, Kept, Usual};
use super::keys::is_sid;
use super::numbers;
use super::paging::Page;
use super::refusal::{Answered, Refusal};

const ATTRIBUTES: &[Attribute] = &[
    ("InboundMethod", "inbound_method", Usual::Text("POST")),
    ("FallbackUrl", "fallback_url", Usual::Null),
    ("FallbackMethod", "fallback_method", Usual::Text("POST")),
    ("MmsConverter", "mms_converter", Usual::Flag(true)),
    ("SmartEncoding", "smart_encoding", Usual::Flag(true)),
    ("ScanMessageContent", "scan_message_content", Usual::Text("inherit")),
    ("FallbackToLongCode", "fallback_to_long_code", Usual::Flag(true)),
    ("ValidityPeriod", "validity_period", Usual::Whole(36_000)),
    ("SynchronousValidation", "synchronous_validation", Usual::Flag(false)),
    ("Usecase", "usecase", Usual::Text("undeclared")),
];

/// The services, oldest first.
pub fn list(call: &Call) -> Answered {
    let page = Page::of(call)?;
    let fetch = |after, most| call.sim.world.services_after(&call.account, after, most);
    let (services, next) = page.fill(fetch, |_| true)?;
    let items: Vec<Value> =
        services.iter().map(|service| service_json(call, service)).collect::<Result<_, _>>()?;
    Ok((200, page.v1(call, "services", items, next)))
}

/// Makes a service; names are not unique.
pub fn create(call: &Call) -> Answered {
    let name = call.said("FriendlyName").ok_or_else(|| Refusal::saying(20001, "FriendlyName is required"))?;
    let mut kept = Kept::of(call, "")?;
    kept.take(ATTRIBUTES, call);
    let new = NewService {
        name: name.to_owned(),
        client_ref: ClientRef::new(name),
        addresses: Addresses {
            inbound_url: url(call, "InboundRequestUrl"),
            status_url: url(call, "StatusCallback"),
        },
        area_code_geomatch: call.flag("AreaCodeGeomatch").unwrap_or(true),
        sticky_sender: call.flag("StickySender").unwrap_or(true),
    };
    let world = &call.sim.world;
    let made = world.create_service(&call.account, &new)?;
    world.change_service(&call.account, &made.id, &change(call))?;
    kept.save(call, made.id.as_str())?;
    Ok((201, service_json(call, &known(call, made.id.as_str())?)?))
}

/// One service.
pub fn fetch(call: &Call) -> Answered {
    Ok((200, service_json(call, &known(call, call.value(0))?)?))
}

/// Changes a service: what the form says and nothing else.
pub fn update(call: &Call) -> Answered {
    let service = known(call, call.value(0))?;
    let world = &call.sim.world;
    let mut kept = Kept::of(call, service.id.as_str())?;
    kept.take(ATTRIBUTES, call);
    let said =
        |name: &str, now: Option<String>| if call.said(name).is_some() { url(call, name) } else { now };
    let addresses = Addresses {
        inbound_url: said("InboundRequestUrl", service.addresses.inbound_url),
        status_url: said("StatusCallback", service.addresses.status_url),
    };
    world.update_service(&call.account, &service.id, &addresses)?;
    world.change_service(&call.account, &service.id, &change(call))?;
    kept.save(call, service.id.as_str())?;
    Ok((200, service_json(call, &known(call, service.id.as_str())?)?))
}

/// Deletes a service; its numbers stay in the account.
pub fn delete(call: &Call) -> Answered {
    let service = known(call, call.value(0))?;
    call.sim.world.delete_service(&call.account, &service.id)?;
    Ok((204, Value::Null))
}

/// The numbers in a service.
pub fn members(call: &Call) -> Answered {
    let service = within(call)?;
    let page = Page::of(call)?;
    let fetch = |after, most| call.sim.world.members_after(&service.id, after, most);
    let (numbers, next) = page.fill(fetch, |_| true)?;
    let items: Vec<Value> =
        numbers.iter().map(|owned| member_json(call, &service, owned)).collect::<Result<_, _>>()?;
    Ok((200, page.v1(call, "phone_numbers", items, next)))
}

/// Puts a number into a service.
pub fn add(call: &Call) -> Answered {
    let service = within(call)?;
    let sid =
        call.said("PhoneNumberSid").ok_or_else(|| Refusal::saying(20001, "PhoneNumberSid is required"))?;
    let (world, id) = (&call.sim.world, RemoteNumberId::new(sid));
    if world.service_of(&call.account, &id)?.as_ref() == Some(&service.id) {
        return Err(Refusal::of(21710));
    }
    world.add_to_service(&call.account, &service.id, &id)?;
    let mut kept = Kept::of(call, sid)?;
    kept.set_moment("pooled_at", call.now());
    kept.save(call, sid)?;
    Ok((201, member_json(call, &service, &numbers::known(call, sid)?)?))
}

/// A number in a service.
pub fn member(call: &Call) -> Answered {
    let (service, owned) = member_of(call, 20404)?;
    Ok((200, member_json(call, &service, &owned)?))
}

/// Takes a number out of a service; it stays in the account.
pub fn remove(call: &Call) -> Answered {
    let (service, owned) = member_of(call, 21711)?;
    call.sim.world.remove_from_service(&call.account, &service.id, &owned.id)?;
    Ok((204, Value::Null))
}

/// Short codes: none.
pub fn short_codes(call: &Call) -> Answered {
    within(call)?;
    Ok((200, Page::of(call)?.v1(call, "short_codes", Vec::new(), None)))
}

/// How a service is registered with the carriers, if it is.
pub fn registrations(call: &Call) -> Answered {
    let items = registration_json(call, &within(call)?).into_iter().collect();
    Ok((200, Page::of(call)?.v1(call, "compliance", items, None)))
}

/// One registration.
pub fn registration(call: &Call) -> Answered {
    let found = registration_json(call, &within(call)?).filter(|found| found["sid"] == call.value(1));
    Ok((200, found.ok_or_else(|| Refusal::nothing_at(&call.request.path))?))
}

fn url(call: &Call, name: &str) -> Option<String> {
    call.said(name).filter(|url| !url.is_empty()).map(str::to_owned)
}

fn change(call: &Call) -> ServiceChange {
    ServiceChange {
        name: call.said("FriendlyName").map(str::to_owned),
        area_code_geomatch: call.flag("AreaCodeGeomatch"),
        sticky_sender: call.flag("StickySender"),
        inbound_at_number: call.flag("UseInboundWebhookOnNumber"),
    }
}

fn found(call: &Call, sid: &str) -> Result<Option<RemoteService>, Refusal> {
    match is_sid("MG", sid) {
        true => Ok(call.sim.world.service(&call.account, &RemoteServiceId::new(sid))?),
        false => Ok(None),
    }
}

/// The account's service of an id.
fn known(call: &Call, sid: &str) -> Result<RemoteService, Refusal> {
    found(call, sid)?.ok_or_else(|| Refusal::nothing_at(&call.request.path))
}

/// The service whose inside a path is about.
fn within(call: &Call) -> Result<RemoteService, Refusal> {
    found(call, call.value(0))?.ok_or_else(|| Refusal::of(21701))
}

/// The service and the number of a path; refused with a code when it is not in it.
fn member_of(call: &Call, code: u32) -> Result<(RemoteService, OwnedRemote), Refusal> {
    let service = within(call)?;
    let owned = numbers::known(call, call.value(1))?;
    if call.sim.world.service_of(&call.account, &owned.id)?.as_ref() != Some(&service.id) {
        return Err(Refusal::of(code));
    }
    Ok((service, owned))
}

/// A service as messaging.twilio.com shows it.
fn service_json(call: &Call, service: &RemoteService) -> Result<Value, Refusal> {
    let kept = Kept::of(call, service.id.as_str())?;
    let url = call.link(&format!("/v1/Services/{}", service.id));
    let link = |rest: &str| format!("{url}/{rest}");
    let mut out = json!({
        "sid": service.id,
        "account_sid": call.owner.sid,
        "friendly_name": service.name,
        "date_created": iso(service.created_at),
        "date_updated": iso(kept.moment("changed_at").unwrap_or(service.created_at)),
        "inbound_request_url": service.addresses.inbound_url,
        "status_callback": service.addresses.status_url,
        "sticky_sender": service.sticky_sender,
        "area_code_geomatch": service.area_code_geomatch,
        "use_inbound_webhook_on_number": service.inbound_at_number,
        "us_app_to_person_registered": service.registration.registered,
        "url": url,
        "links": {
            "phone_numbers": link("PhoneNumbers"),
            "short_codes": link("ShortCodes"),
            "alpha_senders": link("AlphaSenders"),
            "messages": link("Messages"),
            "us_app_to_person": link("Compliance/Usa2p"),
            "us_app_to_person_usecases": link("Compliance/Usa2p/Usecases"),
        },
    });
    kept.show(ATTRIBUTES, &mut out);
    Ok(out)
}

/// A number in a service as messaging.twilio.com shows it.
fn member_json(call: &Call, service: &RemoteService, owned: &OwnedRemote) -> Result<Value, Refusal> {
    let since: Moment = Kept::of(call, owned.id.as_str())?.moment("pooled_at").unwrap_or(owned.created_at);
    Ok(json!({
        "sid": owned.id,
        "account_sid": call.owner.sid,
        "service_sid": service.id,
        "phone_number": owned.phone_number,
        "country_code": "US",
        "capabilities": ["MMS", "SMS", "Voice"],
        "date_created": iso(since),
        "date_updated": iso(since),
        "url": call.link(&format!("/v1/Services/{}/PhoneNumbers/{}", service.id, owned.id)),
    }))
}

/// A service's registration as messaging.twilio.com shows it.
fn registration_json(call: &Call, service: &RemoteService) -> Option<Value> {
    let status = service.registration.campaign_status.as_deref()?;
    let tail = service.id.as_str().trim_start_matches("MG");
    let campaign = format!("C{}", tail.get(..6)?.to_uppercase());
    Some(json!({
        "sid": format!("QE{tail}"),
        "account_sid": call.owner.sid,
        "brand_registration_sid": format!("BN{tail}"),
        "messaging_service_sid": service.id,
        "description": "Texts people who asked for them about what the organization does.",
        "message_samples": ["Thank you for your question.", "The meeting is on Tuesday at seven."],
        "us_app_to_person_usecase": "MIXED",
        "has_embedded_links": false,
        "has_embedded_phone": false,
        "subscriber_opt_in": true,
        "age_gated": false,
        "direct_lending": false,
        "campaign_status": status,
        "campaign_id": service.registration.registered.then_some(campaign),
        "is_externally_registered": false,
        "rate_limits": null,
        "message_flow": "People sign up on a form on the organization's site and tick that they want texts.",
        "opt_in_message": "You are subscribed. Reply STOP to end.",
        "opt_out_message": "You are unsubscribed.",
        "help_message": "Reply STOP to end.",
        "opt_in_keywords": ["START"],
        "opt_out_keywords": ["STOP"],
        "help_keywords": ["HELP"],
        "date_created": iso(service.created_at),
        "date_updated": iso(service.created_at),
        "url": call.link(&format!("/v1/Services/{}/Compliance/Usa2p/QE{tail}", service.id)),
        "mock": false,
        "errors": [],
    }))
}
