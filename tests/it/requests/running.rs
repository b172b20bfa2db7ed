//! A campaign that runs and lacks numbers asks for them too; what is bought for it comes into its messaging service.

use chrono::TimeDelta;
use numberbank::access::{ManageCampaigns, Role};
use numberbank::campaigns::State;
use numberbank::kernel::ids::CampaignId;
use numberbank::numbers::{self, Hold, Number, Status};

use super::{HOME, approve, ask, held, how_many, id_of, request};
use crate::both;
use crate::launch::{buy, draft, reserve, state};
use crate::support::TestApp;
use crate::support::carrier::{Fate, Meddler};

/// A campaign that runs on three of the seven numbers it wants; there are no others.
async fn running(app: &TestApp) -> CampaignId {
    buy(app, &[("313", 3)]).await;
    let id = draft(app, "Fall GOTV", &[("313", 900), ("248", 500)]).await;
    reserve(app, id, &[("313", 3)]).await;
    app.sql("UPDATE organization SET tolerated_load_percent = 300").await;
    let admin = app.sign_in(Role::Admin).await;
    admin.post(&format!("{HOME}/campaigns/{id}/start"), &[]).await.is(303);
    app.run_jobs().await;
    assert_eq!(state(app, id).await.state, State::Started);
    id
}

async fn of(app: &TestApp, id: CampaignId) -> Vec<Number> {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    app.app().db.read(move |conn| numbers::of_campaign(conn, by.organization_id(), id)).await.unwrap()
}

/// How many of its numbers are in use, and how many of these are in its messaging service here and at the carrier.
async fn in_use(app: &TestApp, id: CampaignId) -> (usize, usize, usize) {
    let service = state(app, id).await.messaging_service_id;
    let used: Vec<Number> =
        of(app, id).await.into_iter().filter(|one| one.facts.held == Some((id, Hold::InUse))).collect();
    let inside = used.iter().filter(|one| one.facts.messaging_service == service).count();
    (used.len(), inside, app.books().members.values().map(Vec::len).max().unwrap_or(0))
}

/// Lets a buyer die after so many purchases.
async fn buy_only(app: &TestApp, count: u64) {
    let seen = std::sync::atomic::AtomicU64::new(0);
    let carrier = Meddler::with_concurrency(app, 1, move |_, verb| {
        let next = verb == "purchase" && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == count;
        if next { Fate::Hang { made: false } } else { Fate::Pass }
    });
    assert!(carrier.run_or_kill(app).await, "the buyer waits for the carrier");
}

both! {
    async fn what_a_running_campaign_lacks_is_asked_for_bought_and_put_in(app: TestApp) {
        let id = running(&app).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let home = format!("{HOME}/campaigns/{id}");
        let page = admin.get(&format!("{home}/top-up")).await.ok();
        let text = page.text();
        assert!(text.contains("Nothing to add") && text.contains("Ask for 4 numbers · $4.60 a month"), "{text}");
        assert!(text.contains("put into its messaging service when the order has ended"), "{text}");
        let form = format!("{HOME}/requests/new?campaign={id}");
        assert!(page.attributes("#short a", &["href"]).contains(&form));
        let page = admin.get(&form).await.ok();
        assert!(page.text().contains("all are put into its messaging service when the order has ended"), "{}", page.text());
        let url = ask(&admin, id, "Replies are slow").await;
        // The owner sees it where they land, the campaign where it stands.
        assert!(owner.get(&format!("{HOME}/phone-numbers")).await.ok().text().contains("4 numbers in"));
        let page = admin.get(&home).await.ok();
        assert!(page.text().contains("Adam Admin asked for 4 numbers") && page.text().contains("It waits for Olive Owner."), "{}", page.text());
        let text = approve(&owner, &url).await;
        assert!(text.contains("Approved. The numbers are being bought."), "{text}");
        let page = admin.get(&home).await.ok();
        assert!(page.text().contains("0 of 4 numbers arrived. Approved by Olive Owner."), "{}", page.text());
        assert_eq!(held(&app, id).await, 3);
        app.run_jobs().await;
        assert_eq!(in_use(&app, id).await, (7, 7, 7));
        assert_eq!((how_many(&app, Status::InUse).await, how_many(&app, Status::Reserved).await), (7, 0));
        assert_eq!(state(&app, id).await.hold_until, None, "a campaign that runs reserves for no time");
        let page = admin.get(&home).await.ok();
        assert!(page.text().contains("4 of 4 numbers arrived. Approved by Olive Owner."), "{}", page.text());
        assert!(page.all("#arrived").is_empty() && !page.text().contains("not in the messaging service"), "{}", page.text());
        assert!(admin.get(&format!("{home}/top-up")).await.ok().all("#short").is_empty());
        let page = admin.get(&url).await.ok();
        assert!(page.text().contains("4 of 4 arrived") && !page.text().contains("Start Fall GOTV"), "{}", page.text());
        let log = owner.get(&format!("{HOME}/activity")).await.ok().text();
        for deed in ["Approved a request of 4 numbers", "4 numbers arrived for Fall GOTV and are put into its messaging service"] {
            assert!(log.contains(deed), "{deed}: {log}");
        }
        // What it has is its own from the day it came: given back, all of it is.
        admin.post(&format!("{home}/archive"), &[]).await.is(303);
        admin.post(&format!("{home}/give-back"), &[]).await.is(303);
        assert_eq!(held(&app, id).await, 0);
        // Nobody asks for one that is over.
        let page = admin.get(&form).await.is(409);
        assert!(page.text().contains("so it needs no more numbers"), "{}", page.text());
    }

    async fn what_has_arrived_waits_in_sight_until_the_order_has_ended(app: TestApp) {
        let id = running(&app).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let home = format!("{HOME}/campaigns/{id}");
        let url = ask(&admin, id, "").await;
        approve(&owner, &url).await;
        buy_only(&app, 2).await;
        // Two are there and are nobody else's; they text nobody yet.
        assert_eq!(in_use(&app, id).await, (3, 3, 3));
        assert_eq!((how_many(&app, Status::Reserved).await, held(&app, id).await), (2, 5));
        let page = admin.get(&home).await.ok();
        assert_eq!(page.all("#arrived strong"), ["2 numbers have arrived for this campaign."]);
        let page = admin.get(&format!("{HOME}/reservations")).await.ok();
        assert!(page.text().contains("it runs: they arrived") && page.text().contains("reserved by Olive Owner"), "{}", page.text());
        // A person may put them in at once; twice is once.
        let page = admin.submit(&format!("{home}/top-up/arrived"), &[]).await.ok();
        assert!(page.text().contains("2 numbers are being put into the messaging service."), "{}", page.text());
        let page = admin.submit(&format!("{home}/top-up/arrived"), &[]).await.ok();
        assert!(page.text().contains("still being moved in"), "{}", page.text());
        assert_eq!(in_use(&app, id).await.0, 5);
        // The buyer comes back, and the others follow.
        for _ in 0..4 {
            app.advance(TimeDelta::minutes(2));
            app.run_jobs().await;
        }
        assert_eq!(in_use(&app, id).await, (7, 7, 7));
        assert_eq!(how_many(&app, Status::Available).await, 0);
        let page = admin.submit(&format!("{home}/top-up/arrived"), &[]).await.ok();
        assert!(page.text().contains("Nothing waits to be put in."), "{}", page.text());
    }

    async fn archived_meanwhile_it_loses_nothing_and_holds_nothing_it_never_used(app: TestApp) {
        let id = running(&app).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let home = format!("{HOME}/campaigns/{id}");
        let url = ask(&admin, id, "").await;
        approve(&owner, &url).await;
        buy_only(&app, 2).await;
        let page = admin.submit(&format!("{home}/archive"), &[]).await.ok();
        assert!(page.text().contains("2 numbers that had arrived for it went back."), "{}", page.text());
        assert_eq!((how_many(&app, Status::Available).await, how_many(&app, Status::InUse).await), (2, 3));
        admin.submit(&format!("{home}/top-up/arrived"), &[]).await.ok();
        for _ in 0..3 {
            app.advance(TimeDelta::minutes(2));
            app.run_jobs().await;
        }
        // The rest is bought, because that was approved, and is anybody's.
        assert_eq!((how_many(&app, Status::Available).await, in_use(&app, id).await), (4, (3, 3, 3)));
        let log = owner.get(&format!("{HOME}/activity")).await.ok().text();
        assert!(log.contains("Fall GOTV is archived, so 4 of them stay available"), "{log}");
        let order = request(&app, id_of(&url)).await.order_id.unwrap();
        let page = owner.get(&format!("{HOME}/orders/{order}")).await.ok();
        assert!(page.text().contains("Fall GOTV is archived; the others stay available"), "{}", page.text());
    }

    async fn without_room_what_arrived_waits_and_says_why(app: TestApp) {
        let id = running(&app).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let home = format!("{HOME}/campaigns/{id}");
        let url = ask(&admin, id, "").await;
        app.sql("UPDATE messaging_service SET room = 6").await;
        // Nothing is bought that would not fit.
        let sent = super::approval(&owner, &url).await;
        let page = owner.post(&format!("{url}/approve"), &super::refs(&sent)).await.is(422);
        let text = page.text();
        assert!(text.contains("has room for 3 more numbers") && text.contains("1 too many"), "{text}");
        assert_eq!(request(&app, id_of(&url)).await.order_id, None);
        app.sql("UPDATE messaging_service SET room = 400").await;
        approve(&owner, &url).await;
        app.sql("UPDATE messaging_service SET room = 6").await;
        app.run_jobs().await;
        assert_eq!((in_use(&app, id).await, held(&app, id).await), ((3, 3, 3), 7));
        let page = admin.get(&home).await.ok();
        assert!(page.text().contains("Numbers arrived and could not be put into the messaging service."), "{}", page.text());
        assert_eq!(page.all("#arrived strong"), ["4 numbers have arrived for this campaign."]);
        let page = admin.submit(&format!("{home}/top-up/arrived"), &[]).await.ok();
        assert!(page.text().contains("1 too many"), "{}", page.text());
        // It does without one of them; the others fit.
        let sent = page.attributes("#arrived input", &["value"]);
        let [code, of, count, ..] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!((of.as_str(), count.as_str()), ("3", "3"), "and one in another area code");
        let let_go = format!("{home}/top-up/let-go");
        for count in ["4", "0", "some"] {
            let page = admin.submit(&let_go, &[("area_code", code), ("of", of), ("count", count)]).await.ok();
            let words = format!("3 numbers in {code} wait for Fall GOTV: let go of 1 or more");
            assert!(page.text().contains(&words), "{count}: {}", page.text());
        }
        assert_eq!((held(&app, id).await, how_many(&app, Status::Available).await), (7, 0));
        let one = [("area_code", code.as_str()), ("of", of), ("count", "1")];
        let page = admin.submit(&let_go, &one).await.ok();
        assert!(page.text().contains(&format!("1 number in {code} is available again")), "{}", page.text());
        // Twice is once.
        let again = admin.submit(&let_go, &one).await.ok();
        let words = format!("2 numbers in {code} wait for Fall GOTV now, and not 3");
        assert!(again.text().contains(&words), "{}", again.text());
        assert_eq!(page.all("#arrived strong"), ["3 numbers have arrived for this campaign."]);
        assert_eq!((held(&app, id).await, how_many(&app, Status::Available).await), (6, 1));
        let log = owner.get(&format!("{HOME}/activity")).await.ok().text();
        assert!(log.contains(&format!("Let go of 1 number in {code} that had arrived for Fall GOTV")), "{log}");
        admin.submit(&format!("{home}/top-up/arrived"), &[]).await.ok();
        app.run_jobs().await;
        assert_eq!((in_use(&app, id).await, state(&app, id).await.notice), ((6, 6, 6), None));
        // What is in the service is not let go like that.
        let page = admin.submit(&let_go, &one).await.ok();
        assert!(page.text().contains(&format!("Nothing in {code} waits for Fall GOTV any more.")), "{}", page.text());
    }

    async fn what_was_approved_for_a_draft_reaches_it_when_it_has_started_meanwhile(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 900), ("248", 500)]).await;
        reserve(&app, id, &[("313", 3)]).await;
        app.sql("UPDATE organization SET tolerated_load_percent = 300").await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let url = ask(&admin, id, "").await;
        approve(&owner, &url).await;
        admin.post(&format!("{HOME}/campaigns/{id}/start"), &[]).await.is(303);
        for _ in 0..3 {
            app.run_jobs().await;
            app.advance(TimeDelta::minutes(1));
        }
        assert_eq!((state(&app, id).await.state, in_use(&app, id).await), (State::Started, (6, 6, 6)));
        assert_eq!(how_many(&app, Status::Reserved).await, 0);
    }

    async fn an_owner_orders_for_a_campaign_that_runs(app: TestApp) {
        let id = running(&app).await;
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(&format!("{HOME}/campaigns/{id}/top-up")).await.ok();
        let link = page.attributes("#short a.button", &["href"]).into_iter().next().unwrap();
        let page = owner.get(&link).await.ok();
        assert_eq!(page.all("#field-into option[selected]"), ["Reserve them for Fall GOTV as they arrive"]);
        let text = id.to_string();
        let asked = [("area_code", "248"), ("count", "3"), ("campaign", text.as_str()), ("into", "reserve")];
        let page = owner.post(&format!("{HOME}/orders/quote"), &asked).await.ok();
        assert!(page.text().contains("they are put into its messaging service then"), "{}", page.text());
        let names = ["order", "campaign", "area_code", "count", "price", "ceiling", "into"];
        let sent = super::fields(&page, "form.confirm", &names);
        owner.post(&format!("{HOME}/orders"), &super::refs(&sent)).await.is(303);
        app.run_jobs().await;
        assert_eq!(in_use(&app, id).await, (6, 6, 6));
    }
}
