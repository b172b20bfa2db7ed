//! Ignoring, mending messaging services, and what orders are just buying.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::kernel::ids::ReleaseId;
use numberbank::numbers::{Number, Status};
use numberbank::providers::{RemoteNumberId, RemoteServiceId};

use super::{SYNC, account, books, bought_elsewhere, chosen, inventory, sync_now};
use crate::both;
use crate::launch::{buy, draft, place, reserve};
use crate::support::TestApp;
use crate::support::carrier::{Fate, Meddler};

/// A started campaign with two numbers in its messaging service, and that service at the carrier.
async fn started(app: &TestApp) -> (Vec<Number>, RemoteServiceId) {
    buy(app, &[("313", 3)]).await;
    let id = draft(app, "Fall GOTV", &[("313", 400)]).await;
    reserve(app, id, &[("313", 2)]).await;
    let admin = app.sign_in(Role::Admin).await;
    admin.submit(&format!("/o/our-city/campaigns/{id}/start"), &[]).await.ok();
    app.run_jobs().await;
    let pool = books(app).services[0].id.clone();
    (inventory(app).await.into_iter().filter(|one| one.status() == Status::InUse).collect(), pool)
}

fn remote(number: &Number) -> RemoteNumberId {
    RemoteNumberId::new(&number.service_id)
}

both! {
    async fn what_is_ignored_stays_in_a_folded_list(app: TestApp) {
        bought_elsewhere(&app, "248", 3, 3);
        let owner = app.sign_in(Role::Owner).await;
        let page = sync_now(&app, &owner).await;
        let one = chosen(&page, "difference").remove(0);
        owner.post(&format!("{SYNC}/ignore"), &[("difference", &one)]).await.is(303);
        // A later sync does not offer it again.
        let page = sync_now(&app, &owner).await;
        assert_eq!(chosen(&page, "difference").len(), 2);
        assert!(page.text().contains("1 ignored number at the carrier"), "{}", page.text());
        owner.post(&format!("{SYNC}/adopt"), &[("all", "1")]).await.is(303);
        app.run_jobs().await;
        assert_eq!(inventory(&app).await.len(), 2, "the ignored one is not among all");
        let page = owner.get(SYNC).await.ok();
        let ignored = page.attribute("form[action$=unignore] button", "value").unwrap();
        owner.post(&format!("{SYNC}/unignore"), &[("difference", &ignored)]).await.is(303);
        let page = owner.get(SYNC).await.ok();
        assert_eq!(chosen(&page, "difference"), [ignored]);
    }

    async fn what_an_order_is_just_buying_is_not_offered(app: TestApp) {
        place(&app, &[("313", 1)]).await;
        // Bought, and the program dies before it knows.
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "purchase" => Fate::Hang { made: true },
            _ => Fate::Pass,
        });
        assert!(carrier.run_or_kill(&app).await);
        assert_eq!(books(&app).numbers.len(), 1);
        let owner = app.sign_in(Role::Owner).await;
        let page = sync_now(&app, &owner).await;
        assert!(chosen(&page, "difference").is_empty(), "{}", page.text());
        assert!(inventory(&app).await.is_empty());
        // It belongs to its order.
        app.advance(TimeDelta::seconds(61));
        app.run_jobs().await;
        let bought = inventory(&app).await;
        assert_eq!(bought.len(), 1);
        assert!(bought[0].order_id.is_some());
    }

    async fn an_adopted_number_is_attached_where_it_sits(app: TestApp) {
        let (_, pool) = started(&app).await;
        let theirs = bought_elsewhere(&app, "248", 1, 3);
        app.world().add_to_service(&account(), &pool, &theirs[0].id).unwrap();
        let owner = app.sign_in(Role::Owner).await;
        sync_now(&app, &owner).await;
        owner.post(&format!("{SYNC}/adopt"), &[("all", "1")]).await.is(303);
        app.run_jobs().await;
        let adopted = inventory(&app).await.into_iter().find(|one| one.area_code.as_str() == "248").unwrap();
        assert_eq!(adopted.status(), Status::Attached);
        // Released, it is taken out of the service first.
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "release" => Fate::Hang { made: false },
            _ => Fate::Pass,
        });
        let release = ReleaseId::new().to_string();
        let fields = [("id", release.as_str()), ("number", adopted.id.as_str())];
        owner.post("/o/our-city/phone-numbers/release", &fields).await.is(303);
        assert!(carrier.run_or_kill(&app).await);
        assert!(!books(&app).members[&pool].contains(&theirs[0].id));
        let leaving = inventory(&app).await.into_iter().find(|one| one.id == adopted.id).unwrap();
        assert_eq!((leaving.status(), leaving.facts.messaging_service), (Status::Leaving, None), "that step is written down");
        app.advance(TimeDelta::seconds(61));
        app.run_jobs().await;
        assert!(inventory(&app).await.iter().all(|one| one.id != adopted.id));
        assert!(books(&app).numbers.iter().all(|one| one.id != theirs[0].id));
    }

    async fn another_messaging_service_is_mended_either_way(app: TestApp) {
        let (held, pool) = started(&app).await;
        let free = inventory(&app).await.into_iter().find(|one| one.status() == Status::Available).unwrap();
        // One is taken out at the carrier, another is put in.
        app.world().remove_from_service(&account(), &pool, &remote(&held[0])).unwrap();
        app.world().add_to_service(&account(), &pool, &remote(&free)).unwrap();
        let owner = app.sign_in(Role::Owner).await;
        let page = sync_now(&app, &owner).await;
        assert!(page.text().contains("2 differ from what is here"), "{}", page.text());
        assert!(page.text().contains("Another messaging service at the carrier"));
        let choices = chosen(&page, "difference");
        assert_eq!(choices.len(), 2);
        assert_eq!(books(&app).members[&pool].len(), 2, "a sync moves nothing by itself");
        // In the order of numbers.
        let first_is_held = held[0].phone_number < free.phone_number;
        let (of_held, of_free) = if first_is_held { (&choices[0], &choices[1]) } else { (&choices[1], &choices[0]) };
        let mend = format!("{SYNC}/mend");
        owner.post(&mend, &[("kind", "pool"), ("way", "ours"), ("difference", of_held)]).await.is(303);
        owner.post(&mend, &[("kind", "pool"), ("way", "theirs"), ("difference", of_free)]).await.is(303);
        app.run_jobs().await;
        assert_eq!(books(&app).members[&pool].len(), 3);
        let attached = inventory(&app).await.into_iter().find(|one| one.id == free.id).unwrap();
        assert_eq!((attached.status(), attached.facts.messaging_service), (Status::Attached, held[0].facts.messaging_service));
        let page = sync_now(&app, &owner).await;
        assert!(page.text().contains("All of it is as it is here."), "{}", page.text());
    }

    async fn another_voice_address_is_mended_either_way(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let numbers = inventory(&app).await;
        for number in &numbers {
            app.world().set_voice_url(&account(), &remote(number), Some("https://voice.example/theirs")).unwrap();
        }
        let owner = app.sign_in(Role::Owner).await;
        let page = sync_now(&app, &owner).await;
        assert!(page.text().contains("Another voice address at the carrier"), "{}", page.text());
        let choices = chosen(&page, "difference");
        let mend = format!("{SYNC}/mend");
        owner.post(&mend, &[("kind", "voice"), ("way", "ours"), ("difference", &choices[0])]).await.is(303);
        owner.post(&mend, &[("kind", "voice"), ("way", "theirs"), ("all", "1")]).await.is(303);
        app.run_jobs().await;
        let at_carrier = |number: &Number| {
            app.world().find_by_id(&account(), &remote(number)).unwrap().unwrap().voice_url
        };
        let now = inventory(&app).await;
        assert_eq!((now[0].voice_url.as_deref(), at_carrier(&now[0])), (None, None));
        let theirs = Some("https://voice.example/theirs".to_owned());
        assert_eq!((now[1].voice_url.clone(), at_carrier(&now[1])), (theirs.clone(), theirs));
        let page = sync_now(&app, &owner).await;
        assert!(page.text().contains("All of it is as it is here."), "{}", page.text());
    }

    async fn what_changed_since_the_sync_is_not_taken_over(app: TestApp) {
        let (held, pool) = started(&app).await;
        app.world().remove_from_service(&account(), &pool, &remote(&held[0])).unwrap();
        let owner = app.sign_in(Role::Owner).await;
        sync_now(&app, &owner).await;
        app.world().add_to_service(&account(), &pool, &remote(&held[0])).unwrap();
        owner.post(&format!("{SYNC}/mend"), &[("kind", "pool"), ("way", "theirs"), ("all", "1")]).await.is(303);
        app.run_jobs().await;
        let page = owner.get(SYNC).await.ok();
        assert!(page.text().contains("It was moved at the carrier meanwhile. Sync again."), "{}", page.text());
        let now = inventory(&app).await.into_iter().find(|one| one.id == held[0].id).unwrap();
        assert_eq!(now.facts.messaging_service, held[0].facts.messaging_service);
    }
}
