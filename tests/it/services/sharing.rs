//! Campaigns on a shared messaging service: supply, room, predictions, start, give back.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::campaigns::State;
use numberbank::numbers::{EventKind, Status};
use numberbank::providers::fakeservice::Verb;

use super::*;
use crate::launch::reserve;

fn url(id: CampaignId, rest: &str) -> String {
    format!("/o/our-city/campaigns/{id}{rest}")
}

/// What the basics' form sends.
async fn choose(app: &TestApp, admin: &Client, id: CampaignId, service: &str) {
    let campaign = campaign(app, id).await;
    let fields = [
        ("name", campaign.name.as_str()),
        ("contacts_per_number", "200"),
        ("strategy", "best"),
        ("messaging_service", service),
    ];
    admin.submit(&url(id, "/basics"), &fields).await.ok();
}

both! {
    async fn two_campaigns_share_a_registered_service(app: TestApp) {
        buy(&app, &[("313", 7)]).await;
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        of_code(&app, "313").await[4..].iter().for_each(|number| put_in(&app, &main, number));
        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        let adopted = adopt(&app, &owner, &main).await;

        // Supply: 4 available and 3 in the service. Those in it are taken first, so that few are moved.
        let fall = draft(&app, "Fall GOTV", &[("313", 600)]).await;
        reserve(&app, fall, &[("313", 5)]).await;
        let held = of_code(&app, "313").await;
        assert_eq!((how_many(&held, Status::Reserved), how_many(&held, Status::Available)), (5, 2));
        assert!(held[4..].iter().all(|number| number.status() == Status::Reserved));
        let page = admin.get(&url(fall, "/start")).await.ok();
        assert!(page.text().contains("2 of 5 numbers into the messaging service Main line"), "{}", page.text());
        let before = calls(&app, Verb::AddToService);
        admin.submit(&url(fall, "/start"), &[]).await.ok();
        app.run_jobs().await;
        let started = campaign(&app, fall).await;
        assert_eq!((started.state, started.messaging_service_id), (State::Started, Some(adopted.id)));
        assert_eq!(calls(&app, Verb::AddToService) - before, 2, "only those that were not in it");
        assert_eq!((books(&app).services.len(), books(&app).members[&main].len()), (1, 5));

        // The second one's figures count the whole pool and everybody's contacts: 1,000 on 7 numbers.
        let winter = draft(&app, "Winter Recall", &[("313", 400)]).await;
        reserve(&app, winter, &[("313", 2)]).await;
        let page = admin.get(&url(winter, "/area-codes")).await.ok();
        assert!(page.text().contains("1 other campaign texts from it now"), "{}", page.text());
        assert!(page.text().contains("143"), "the hottest number carries 1,000 of 7: {}", page.text());
        admin.submit(&url(winter, "/start"), &[]).await.ok();
        app.run_jobs().await;
        assert_eq!((campaign(&app, winter).await.state, books(&app).members[&main].len()), (State::Started, 7));
        let page = owner.get(&format!("{PAGE}/{}", adopted.id)).await.ok();
        assert!(page.text().contains("2 campaigns use it"), "{}", page.text());

        // Given back, the first one's numbers stay where replies arrive, and rest there.
        admin.submit(&url(fall, "/archive"), &[]).await.ok();
        let page = admin.get(&url(fall, "/give-back")).await.ok();
        assert!(page.text().contains("stay in the messaging service Main line"), "{}", page.text());
        admin.submit(&url(fall, "/give-back"), &[]).await.ok();
        app.run_jobs().await;
        let now = of_code(&app, "313").await;
        assert_eq!((how_many(&now, Status::Attached), how_many(&now, Status::InUse)), (5, 2));
        let third = draft(&app, "Third", &[("313", 600)]).await;
        let page = admin.submit(&url(third, "/area-codes"), &[("action", "save"), ("numbers-313", "3")]).await;
        assert!(page.text().contains("there are none"), "they rest: {}", page.text());
        app.advance(TimeDelta::days(8));
        app.run_clock_jobs().await;
        app.run_jobs().await;
        assert_eq!((books(&app).services.len(), books(&app).members[&main].len()), (1, 7));
        assert_eq!(how_many(&of_code(&app, "313").await, Status::Attached), 5);
        pools_agree(&app).await;
        let page = admin.open(&url(fall, "")).await.ok();
        assert!(page.text().contains("attached to the messaging service Main line"), "{}", page.text());

        // A campaign with a service of its own may not take them, one that shares it may.
        choose(&app, &admin, third, "own").await;
        let page = admin.submit(&url(third, "/area-codes"), &[("action", "save"), ("numbers-313", "3")]).await;
        assert!(page.text().contains("there are none"), "{}", page.text());
        choose(&app, &admin, third, "usual").await;
        admin.submit(&url(third, "/area-codes"), &[("action", "save"), ("numbers-313", "3")]).await.ok();
        assert_eq!(how_many(&of_code(&app, "313").await, Status::Reserved), 3);
    }

    async fn a_service_takes_no_more_than_its_room(app: TestApp) {
        buy(&app, &[("313", 8)]).await;
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        of_code(&app, "313").await[..2].iter().for_each(|number| put_in(&app, &main, number));
        stranger(&app, &main, "616");
        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        let adopted = adopt(&app, &owner, &main).await;
        let room = format!("{PAGE}/{}/room", adopted.id);
        owner.submit(&room, &[("room", "6")]).await.ok();

        // 3 are in it (one a stranger), so 3 more fit: 5 in all, which is what the contacts need.
        let id = draft(&app, "Fall GOTV", &[("313", 1_000)]).await;
        let save = |count: &'static str| [("action", "save"), ("numbers-313", count)];
        let page = admin.post(&url(id, "/area-codes"), &save("6")).await.is(422);
        assert!(page.text().contains("Main line has room for 3 more numbers"), "{}", page.text());
        assert!(page.text().contains("1 too many"), "{}", page.text());
        admin.submit(&url(id, "/area-codes"), &[("action", "plan")]).await.ok();
        let held = of_code(&app, "313").await;
        assert_eq!(how_many(&held, Status::Reserved), 5, "the planner keeps to the room");

        // The room is looked at again before anything starts.
        owner.submit(&room, &[("room", "5")]).await.ok();
        let page = admin.submit(&url(id, "/start"), &[]).await.ok();
        assert!(page.text().contains("Main line has room for 2 more numbers"), "{}", page.text());
        app.run_jobs().await;
        assert_eq!((campaign(&app, id).await.state, books(&app).members[&main].len()), (State::Draft, 3));
        // Letting go is always allowed; then it fits, though its load is high.
        admin.submit(&url(id, "/area-codes"), &save("4")).await.ok();
        let page = admin.get(&url(id, "/start")).await.ok();
        assert!(!page.text().contains("has room for"), "{}", page.text());
    }

    async fn two_drafts_do_not_hold_the_same_room(app: TestApp) {
        buy(&app, &[("313", 12)]).await;
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        let adopted = adopt(&app, &owner, &main).await;
        let room = format!("{PAGE}/{}/room", adopted.id);
        owner.submit(&room, &[("room", "7")]).await.ok();
        let save = |count: &'static str| [("action", "save"), ("numbers-313", count)];
        let (fall, winter) =
            (draft(&app, "Fall GOTV", &[("313", 1_000)]).await, draft(&app, "Winter", &[("313", 1_000)]).await);
        admin.submit(&url(fall, "/area-codes"), &[("action", "plan")]).await.ok();
        assert_eq!(how_many(&of_code(&app, "313").await, Status::Reserved), 5);

        // Two places are left, and the panel says whose reservation takes the others.
        let page = admin.get(&url(winter, "/area-codes")).await.ok();
        let words = "Main line has room for 7 more numbers, and campaigns that have not started hold 5 for it: Fall GOTV 5.";
        assert!(page.all("#promised p")[0].starts_with(words), "{}", page.text());
        let page = admin.post(&url(winter, "/area-codes"), &save("3")).await.is(422);
        assert!(page.text().contains("has room for 2 more numbers, and 3 would have to be put in: 1 too many."), "{}", page.text());
        assert!(page.text().contains("hold 5 for it: Fall GOTV 5."), "{}", page.text());
        admin.submit(&url(winter, "/area-codes"), &[("action", "plan")]).await.ok();
        assert_eq!(how_many(&of_code(&app, "313").await, Status::Reserved), 7, "the planner keeps to what is left");
        // One with a service of its own takes none of that room, and has room.
        let own = draft(&app, "Own", &[("313", 600)]).await;
        choose(&app, &admin, own, "own").await;
        admin.submit(&url(own, "/area-codes"), &save("3")).await.ok();
        let page = admin.get(&url(fall, "/area-codes")).await.ok();
        assert!(page.all("#promised p")[0].contains("hold 2 for it: Winter 2."), "{}", page.text());
        // What is let go of is room again; and a room that was lowered since goes to who starts first.
        admin.submit(&url(fall, "/area-codes"), &save("4")).await.ok();
        admin.submit(&url(winter, "/area-codes"), &save("3")).await.ok();
        owner.submit(&room, &[("room", "4")]).await.ok();
        app.sql("UPDATE organization SET tolerated_load_percent = 300").await;
        admin.submit(&url(fall, "/start"), &[]).await.ok();
        app.run_jobs().await;
        assert_eq!((campaign(&app, fall).await.state, books(&app).members[&main].len()), (State::Started, 4));
        let page = admin.submit(&url(winter, "/start"), &[]).await.ok();
        assert!(page.text().contains("Main line has room for 0 more numbers"), "{}", page.text());
        let page = admin.get(&url(winter, "/area-codes")).await.ok();
        assert!(page.all("#promised").is_empty(), "what runs is no draft's");
    }

    async fn an_unregistered_service_asks_for_a_tick(app: TestApp) {
        app.world().require_registration(true);
        buy(&app, &[("313", 3)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 400)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        let page = admin.get(&url(id, "/start")).await.ok();
        assert!(page.text().contains("10 to 15 business days"), "{}", page.text());
        let page = admin.post(&url(id, "/start"), &[]).await.is(422);
        assert!(page.text().contains("Tick that you know"), "{}", page.text());
        app.run_jobs().await;
        assert_eq!((campaign(&app, id).await.state, books(&app).services.len()), (State::Draft, 0));

        // A registered one that campaigns share needs none.
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        adopt(&app, &owner, &main).await;
        let page = admin.get(&url(id, "/start")).await.ok();
        assert!(!page.text().contains("10 to 15 business days"), "{}", page.text());
        // One of its own does, and starts when it is ticked.
        choose(&app, &admin, id, "own").await;
        admin.post(&url(id, "/start"), &[]).await.is(422);
        admin.submit(&url(id, "/start"), &[("unregistered", "yes")]).await.ok();
        app.run_jobs().await;
        assert_eq!((campaign(&app, id).await.state, books(&app).services.len()), (State::Started, 2));
    }

    async fn numbers_of_another_service_are_moved_only_when_ticked(app: TestApp) {
        buy(&app, &[("313", 4)]).await;
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        of_code(&app, "313").await[..3].iter().for_each(|number| put_in(&app, &main, number));
        let second = in_console(&app, "Second line", Some(("VERIFIED", true)));
        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        adopt(&app, &owner, &main).await;
        let other = adopt(&app, &owner, &second).await;
        let id = draft(&app, "Fall GOTV", &[("313", 800)]).await;
        reserve(&app, id, &[("313", 4)]).await;
        choose(&app, &admin, id, &other.id.to_string()).await;

        let page = admin.get(&url(id, "/start")).await.ok();
        assert!(page.text().contains("Move 3 numbers from another messaging service: 3 out of Main line"), "{}", page.text());
        assert!(page.text().contains("several days"), "{}", page.text());
        let page = admin.post(&url(id, "/start"), &[]).await.is(422);
        assert!(page.text().contains("Tick that the numbers may be moved"), "{}", page.text());
        // A tick for another count is none.
        admin.post(&url(id, "/start"), &[("moving", "2")]).await.is(422);
        assert_eq!(campaign(&app, id).await.state, State::Draft);

        admin.submit(&url(id, "/start"), &[("moving", "3")]).await.ok();
        // Killed when a removal was done and not yet written down: another instance goes on.
        let carrier = crate::support::carrier::Meddler::new(&app, |_, verb| match verb {
            "remove_from_service" => crate::support::carrier::Fate::Hang { made: true },
            _ => crate::support::carrier::Fate::Pass,
        });
        assert!(carrier.run_or_kill(&app).await);
        assert!(books(&app).members[&main].len() < 3);
        app.advance(TimeDelta::minutes(2));
        app.run_jobs().await;
        assert_eq!(campaign(&app, id).await.state, State::Started);
        let books = books(&app);
        assert_eq!((books.members.get(&main).map_or(0, Vec::len), books.members[&second].len()), (0, 4));
        pools_agree(&app).await;
        let moved = of_code(&app, "313").await;
        assert_eq!(happened(&app, &moved[0], EventKind::Detached).await, 1);
        assert_eq!(happened(&app, &moved[0], EventKind::Attached).await, 2);
        assert_eq!(happened(&app, &moved[3], EventKind::Detached).await, 0);
    }

    async fn a_full_service_brings_the_draft_back_with_what_to_do(app: TestApp) {
        buy(&app, &[("313", 4)]).await;
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        adopt(&app, &owner, &main).await;
        let id = draft(&app, "Fall GOTV", &[("313", 800)]).await;
        reserve(&app, id, &[("313", 4)]).await;
        let weather = numberbank::providers::fakeservice::Weather {
            pool_cap: Some(2),
            ..numberbank::providers::fakeservice::Weather::still()
        };
        app.world().set_weather(&account(), &weather).unwrap();
        admin.submit(&url(id, "/start"), &[]).await.ok();
        app.run_jobs().await;
        let back = campaign(&app, id).await;
        let notice = back.notice.unwrap();
        assert_eq!(back.state, State::Draft);
        assert!(notice.contains("21714") && notice.contains("Use another messaging service"), "{notice}");
        // What is in the shared service stays there, reserved for it.
        assert_eq!(books(&app).members[&main].len(), 2);
        pools_agree(&app).await;
        assert_eq!(how_many(&all(&app).await, Status::Reserved), 4);
    }
}
