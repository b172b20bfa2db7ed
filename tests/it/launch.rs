//! Starting a campaign, archiving it, giving its numbers back.

use std::collections::BTreeMap;
use std::sync::Once;

use chrono::TimeDelta;
use numberbank::access::{BuyNumbers, ManageCampaigns, Role};
use numberbank::allocation::{self, Mode};
use numberbank::campaigns::{self, Basics, ContactFacts, Name, Ratio, State, contact_file};
use numberbank::kernel::ids::{CampaignId, OrderId};
use numberbank::kernel::{AreaCode, Micros};
use numberbank::launch;
use numberbank::numbers::{self, Status};
use numberbank::providers::fakeservice::{Books, Weather};
use numberbank::providers::{Account, ErrorKind, ProviderError};
use numberbank::purchasing::{self, NewOrder, Wanted};

use crate::both;
use crate::support::TestApp;
use crate::support::carrier::{Fate, Meddler};

fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

/// Buys numbers as an OWNER does.
pub async fn buy(app: &TestApp, codes: &[(&str, i64)]) {
    place(app, codes).await;
    app.run_jobs().await;
}

/// Orders numbers as an OWNER does.
pub async fn place(app: &TestApp, codes: &[(&str, i64)]) {
    let by = app.allowed::<BuyNumbers>(Role::Owner).await;
    let price = Micros::from_cents(115);
    let lines: Vec<Wanted> =
        codes.iter().map(|&(text, count)| Wanted { area_code: code(text), count, price }).collect();
    let order = NewOrder::of(OrderId::new(), lines);
    let now = app.app().clock.now();
    app.write(move |tx| purchasing::place(tx, &by, &order, now)).await;
}

/// Makes a draft with so many contacts of each area code.
pub async fn draft(app: &TestApp, name: &str, contacts: &[(&str, usize)]) -> CampaignId {
    let mut file = String::from("cell\n");
    for (text, count) in contacts {
        for line in 0..*count {
            file.push_str(&format!("{text}555{:04}\n", 2000 + line));
        }
    }
    let counts = contact_file::count(file.as_bytes(), |_| ()).unwrap();
    let facts = ContactFacts::of("contacts.csv", &counts);
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let basics = Basics {
        name: Name::parse(name).unwrap(),
        ratio: Ratio::new(200).unwrap(),
        planned_start: None,
        strategy: allocation::strategies::default().key().to_owned(),
        include_resting: false,
    };
    let now = app.app().clock.now();
    app.write(move |tx| {
        let id = campaigns::create(tx, &by, &basics, now)?;
        campaigns::import_contacts(tx, &by, id, &facts, now)?;
        Ok(id)
    })
    .await
}

/// Reserves so many numbers of each area code.
pub async fn reserve(app: &TestApp, campaign: CampaignId, wanted: &[(&str, i64)]) {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let wanted: BTreeMap<AreaCode, i64> = wanted.iter().map(|&(text, count)| (code(text), count)).collect();
    let now = app.app().clock.now();
    let saved =
        app.write(move |tx| allocation::save(tx, &by, campaign, &wanted, Mode::AllOrNothing, now)).await;
    assert!(saved.written);
}

pub async fn state(app: &TestApp, id: CampaignId) -> campaigns::Campaign {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    app.app().db.read(move |conn| campaigns::find(conn, by.organization_id(), id)).await.unwrap()
}

async fn account(app: &TestApp) -> Account {
    app.allowed::<ManageCampaigns>(Role::Admin).await.account()
}

async fn books(app: &TestApp) -> Books {
    app.world().books(&account(app).await).unwrap()
}

async fn weather(app: &TestApp, weather: Weather) {
    app.world().set_weather(&account(app).await, &weather).unwrap();
}

/// How many numbers do what; and that the counts are right.
async fn counts(app: &TestApp) -> impl Fn(Status) -> i64 {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let (kept, counted) = app
        .app()
        .db
        .read(move |conn| {
            let service = by.organization().service.clone();
            Ok::<_, numberbank::db::DbError>((
                numbers::counts(conn, by.organization_id(), Some(&service))?,
                numbers::count_all(conn, by.organization_id(), &service)?,
            ))
        })
        .await
        .unwrap();
    let some: Vec<_> = kept.iter().filter(|count| count.total() > 0).copied().collect();
    assert_eq!(some, counted, "number_count must equal a full count");
    move |status| kept.iter().map(|count| count.of(status)).sum()
}

/// Every number the carrier has in a pool is marked so here, and the other way round.
async fn pools_agree(app: &TestApp) {
    let books = books(app).await;
    let at_carrier: usize = books.members.values().map(Vec::len).sum();
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let here = app
        .app()
        .db
        .read(move |conn| numbers::list(conn, by.organization_id(), &numbers::Filter::default(), 1000))
        .await
        .unwrap();
    let here = here.iter().filter(|number| number.facts.messaging_service.is_some()).count();
    assert_eq!(at_carrier, here);
}

fn url(id: CampaignId, rest: &str) -> String {
    format!("/o/our-city/campaigns/{id}{rest}")
}

both! {
    async fn a_messaging_service_that_is_gone_at_the_carrier_is_no_trouble(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 500)]).await;
        reserve(&app, id, &[("313", 3)]).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.post(&url(id, "/start"), &[]).await.is(303);
        app.run_jobs().await;
        admin.post(&url(id, "/archive"), &[]).await.is(303);
        admin.post(&url(id, "/give-back"), &[]).await.is(303);
        // As by a run that was killed after it deleted it.
        let service = books(&app).await.services[0].id.clone();
        app.world().delete_service(&account(&app).await, &service).unwrap();
        app.advance(TimeDelta::days(8));
        app.run_clock_jobs().await;
        assert_eq!(state(&app, id).await.notice, None);
        assert_eq!(counts(&app).await(Status::Available), 3);
        pools_agree(&app).await;
    }

    async fn a_campaign_starts_archives_and_gives_back(app: TestApp) {
        buy(&app, &[("313", 6), ("248", 4)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 1000), ("248", 600), ("734", 60), ("616", 40)]).await;
        reserve(&app, id, &[("313", 5), ("248", 4)]).await;
        let admin = app.sign_in(Role::Admin).await;

        let page = admin.submit(&url(id, "/start"), &[]).await.ok();
        assert!(page.text().contains("Making the messaging service"), "{}", page.text());
        assert_eq!(state(&app, id).await.state, State::Starting);
        assert_eq!(counts(&app).await(Status::InUse), 9);
        // Sent twice, it is one start.
        admin.post(&url(id, "/start"), &[]).await.is(303);

        app.run_jobs().await;
        assert_eq!(state(&app, id).await.state, State::Started);
        let carrier = books(&app).await;
        assert_eq!((carrier.services.len(), carrier.members.values().map(Vec::len).sum::<usize>()), (1, 9));
        assert!(carrier.services[0].name.starts_with("Fall GOTV"));
        let page = admin.open(&url(id, "")).await.ok();
        assert!(page.body().contains(carrier.services[0].id.as_str()), "the id to copy is on the page");
        let words = "2 other area codes, texted from the numbers above–100";
        assert!(page.text().contains(words), "{}", page.text());

        // A running campaign keeps its numbers.
        admin.get(&url(id, "/give-back")).await.is(409);
        let refused = admin.post(&url(id, "/give-back"), &[]).await.is(409);
        assert!(refused.text().contains("Archive the campaign first"), "{}", refused.text());
        assert_eq!(counts(&app).await(Status::InUse), 9);

        admin.submit(&url(id, "/archive"), &[]).await.ok();
        assert_eq!((state(&app, id).await.state, counts(&app).await(Status::InUse)), (State::Archived, 9));

        let confirm = admin.get(&url(id, "/give-back")).await.ok();
        assert!(confirm.text().contains("Give back 9 numbers?"), "{}", confirm.text());
        assert!(confirm.text().contains("rest for 7 days"));
        admin.submit(&url(id, "/give-back"), &[]).await.ok();
        assert_eq!(state(&app, id).await.state, State::Closed);
        // They rest where replies arrive.
        app.run_jobs().await;
        assert_eq!((counts(&app).await(Status::Attached), counts(&app).await(Status::Available)), (9, 1));
        assert_eq!(books(&app).await.services.len(), 1);

        app.advance(TimeDelta::days(8));
        app.run_clock_jobs().await;
        app.run_jobs().await;
        assert_eq!(counts(&app).await(Status::Available), 10);
        let carrier = books(&app).await;
        assert_eq!((carrier.services.len(), carrier.numbers.len()), (0, 10), "the service is gone, the numbers stay");
        pools_agree(&app).await;
        let page = admin.open(&url(id, "")).await.ok();
        assert!(page.text().contains("back in your inventory"), "{}", page.text());
    }

    async fn a_start_is_refused_in_words_when_numbers_are_missing(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let empty = draft(&app, "No contacts", &[]).await;
        let page = admin.submit(&url(empty, "/start"), &[]).await;
        assert!(page.text().contains("It has no contacts."), "{}", page.text());

        let id = draft(&app, "Too few", &[("313", 1500)]).await;
        let page = admin.submit(&url(id, "/start"), &[]).await;
        assert!(page.text().contains("No number is reserved"), "{}", page.text());

        reserve(&app, id, &[("313", 2)]).await;
        let page = admin.submit(&url(id, "/start"), &[]).await;
        assert!(page.text().contains("the hottest number would carry 750 contacts"), "{}", page.text());
        assert!(page.text().contains("tolerates 300"), "{}", page.text());
        app.run_jobs().await;
        assert_eq!((state(&app, id).await.state, counts(&app).await(Status::Reserved)), (State::Draft, 2));
        assert_eq!(books(&app).await.services.len(), 0);
    }

    async fn a_start_that_fails_returns_the_draft_with_the_reason(app: TestApp) {
        buy(&app, &[("313", 5)]).await;
        let id = draft(&app, "Too full", &[("313", 1000)]).await;
        reserve(&app, id, &[("313", 5)]).await;
        weather(&app, Weather { pool_cap: Some(3), ..Weather::still() }).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&url(id, "/start"), &[]).await.ok();
        app.run_jobs().await;

        let campaign = state(&app, id).await;
        assert_eq!(campaign.state, State::Draft);
        let notice = campaign.notice.unwrap();
        assert!(notice.contains("The start failed.") && notice.contains("21714"), "{notice}");
        let page = admin.open(&url(id, "")).await.ok();
        assert!(page.text().contains("The start failed."), "{}", page.text());
        // Nothing is left half done: the numbers are reserved as before, and out of the pool.
        assert_eq!(counts(&app).await(Status::Reserved), 5);
        pools_agree(&app).await;
        assert_eq!(books(&app).await.services.len(), 0);

        weather(&app, Weather::still()).await;
        admin.submit(&url(id, "/start"), &[]).await.ok();
        app.run_jobs().await;
        let campaign = state(&app, id).await;
        assert_eq!((campaign.state, campaign.notice), (State::Started, None));
        pools_agree(&app).await;
    }

    async fn started_again_while_it_is_tidied_up_after_it_starts(app: TestApp) {
        // Before the service is given up, and when the carrier is just about to delete it, or has and nobody heard.
        for (code, verb, fate) in [
            ("313", "remove_from_service", || Fate::Pass),
            ("248", "delete_service", || Fate::Pass),
            ("734", "delete_service", || Fate::LoseAnswer),
        ] as [(&str, &str, fn() -> Fate); 3] {
            buy(&app, &[(code, 5)]).await;
            let id = draft(&app, "Too full", &[(code, 1000)]).await;
            reserve(&app, id, &[(code, 5)]).await;
            weather(&app, Weather { pool_cap: Some(3), ..Weather::still() }).await;
            let admin = app.sign_in(Role::Admin).await;
            admin.post(&url(id, "/start"), &[]).await.is(303);
            let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
            let (db, world, place) = (app.app().db.clone(), app.world().clone(), account(&app).await);
            let (now, again) = (app.app().clock.now(), Once::new());
            let carrier = Meddler::new(&app, move |_, this| {
                let mut becomes = Fate::Pass;
                if this == verb {
                    again.call_once(|| {
                        becomes = fate();
                        world.set_weather(&place, &Weather::still()).unwrap();
                        db.write_blocking(|tx| launch::start(tx, &by, id, now)).unwrap();
                    });
                }
                becomes
            });
            let runner = carrier.runner(&app);
            for _ in 0..3 {
                while runner.run_one().await.unwrap() {}
                // The start waits for the tidying.
                app.advance(TimeDelta::seconds(3));
            }
            let campaign = state(&app, id).await;
            assert_eq!((campaign.state, campaign.notice), (State::Started, None), "{verb} {code}");
            assert_eq!(counts(&app).await(Status::Reserved), 0);
            pools_agree(&app).await;
        }
        assert_eq!(books(&app).await.services.len(), 3);
    }

    async fn lost_answers_and_rate_limits_do_not_stop_a_start(app: TestApp) {
        buy(&app, &[("313", 5)]).await;
        let id = draft(&app, "Stormy", &[("313", 1000)]).await;
        reserve(&app, id, &[("313", 5)]).await;
        let storm = Weather {
            change_answer_lost_next: 2,
            unanswered_next: 1,
            rate_limit_next: 3,
            transient_next: 1,
            ..Weather::still()
        };
        weather(&app, storm).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&url(id, "/start"), &[]).await.ok();
        for _ in 0..30 {
            app.run_jobs().await;
            app.advance(TimeDelta::seconds(30));
        }
        assert_eq!(state(&app, id).await.state, State::Started);
        let carrier = books(&app).await;
        assert_eq!(carrier.services.len(), 1, "a lost answer never makes a second service");
        assert_eq!(carrier.members.values().map(Vec::len).sum::<usize>(), 5);
        pools_agree(&app).await;
    }

    async fn a_refusal_for_good_brings_the_draft_back(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let id = draft(&app, "Refused", &[("313", 300)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&url(id, "/start"), &[]).await.ok();
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "create_service" => Fate::Refuse(ProviderError::of(ErrorKind::Restricted).with_carrier("20403", "Forbidden")),
            _ => Fate::Pass,
        });
        assert!(!carrier.run_or_kill(&app).await);
        let campaign = state(&app, id).await;
        assert_eq!(campaign.state, State::Draft);
        let notice = campaign.notice.unwrap();
        assert!(notice.contains("does not let this account do this") && notice.contains("20403"), "{notice}");
        assert_eq!(counts(&app).await(Status::Reserved), 2);
    }

    async fn giving_back_many_asks_for_the_count(app: TestApp) {
        buy(&app, &[("313", 26)]).await;
        let id = draft(&app, "Many", &[("313", 5200)]).await;
        reserve(&app, id, &[("313", 26)]).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&url(id, "/start"), &[]).await.ok();
        app.run_jobs().await;
        admin.submit(&url(id, "/archive"), &[]).await.ok();
        let refused = admin.post(&url(id, "/give-back"), &[("count", "25")]).await.is(422);
        assert!(refused.text().contains("Type 26 to confirm."), "{}", refused.text());
        assert_eq!(state(&app, id).await.state, State::Archived);
        admin.submit(&url(id, "/give-back"), &[("count", "26")]).await.ok();
        assert_eq!(state(&app, id).await.state, State::Closed);
    }

    async fn a_viewer_starts_nothing(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let id = draft(&app, "Mine", &[("313", 300)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        let viewer = app.sign_in(Role::SpendViewer).await;
        for verb in ["/start", "/archive", "/give-back", "/tidy"] {
            viewer.post(&url(id, verb), &[]).await.is(403);
        }
        assert_eq!(state(&app, id).await.state, State::Draft);
    }
}
