//! Messaging services as somebody changes them in the carrier's console.

use super::*;
use crate::providers::Registration;

#[tokio::test]
async fn what_is_changed_in_the_console_is_seen_through_the_provider() {
    let (carrier, us) = (in_memory(), account("ours"));
    let made = carrier.create_service(&us, &new_service("s")).await.unwrap();
    assert!(made.loses_replies() && made.registration == Registration::default());
    assert_eq!(made.registration.in_words(), None);
    let world = carrier.world();
    let change = ServiceChange { inbound_at_number: Some(true), ..ServiceChange::default() };
    world.change_service(&us, &made.id, &change).unwrap();
    let pending = Registration { registered: false, campaign_status: Some("IN_PROGRESS".into()) };
    carrier.set_registration(&us, &made.id, pending.clone()).await.unwrap();
    let seen = carrier.service(&us, &made.id).await.unwrap().unwrap();
    assert!(!seen.loses_replies() && seen.name == made.name && seen.area_code_geomatch);
    assert_eq!((seen.registration.in_words(), &seen.registration), (Some("IN_PROGRESS"), &pending));
    let renamed = ServiceChange {
        name: Some("Reminders".into()),
        area_code_geomatch: Some(false),
        sticky_sender: Some(false),
        inbound_at_number: Some(false),
    };
    world.change_service(&us, &made.id, &renamed).unwrap();
    let seen = carrier.service(&us, &made.id).await.unwrap().unwrap();
    assert_eq!(seen.name, "Reminders");
    assert!(seen.loses_replies() && !seen.area_code_geomatch && !seen.sticky_sender);
    assert!(carrier.service(&account("theirs"), &made.id).await.unwrap().is_none());
}
