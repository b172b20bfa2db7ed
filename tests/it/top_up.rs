//! Further numbers: offered at the start, and shown and confirmed while a campaign runs.

use numberbank::access::{ManageCampaigns, Role};
use numberbank::campaigns::State;
use numberbank::kernel::ids::CampaignId;
use numberbank::numbers::{self, Hold, Number, Status};
use numberbank::providers::fakeservice::Weather;
use numberbank::providers::{Account, ErrorKind, ProviderError};

use crate::both;
use crate::launch::{buy, draft, reserve, state};
use crate::support::TestApp;
use crate::support::carrier::{Fate, Meddler};

fn url(id: CampaignId, rest: &str) -> String {
    format!("/o/our-city/campaigns/{id}{rest}")
}

async fn of(app: &TestApp, id: CampaignId) -> Vec<Number> {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    app.app().db.read(move |conn| numbers::of_campaign(conn, by.organization_id(), id)).await.unwrap()
}

/// How many numbers of each service the carrier has, the largest first.
fn at_carrier(app: &TestApp) -> Vec<usize> {
    let books = app.world().books(&Account::new("our-city")).unwrap();
    let mut sizes: Vec<usize> = books.members.values().map(Vec::len).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes
}

/// A campaign that runs on three of the eight numbers it wants, and five more that have become available.
async fn running(app: &TestApp) -> CampaignId {
    buy(app, &[("313", 3)]).await;
    let id = draft(app, "Fall GOTV", &[("313", 900), ("248", 500)]).await;
    reserve(app, id, &[("313", 3)]).await;
    app.sql("UPDATE organization SET tolerated_load_percent = 300").await;
    let admin = app.sign_in(Role::Admin).await;
    admin.post(&url(id, "/start"), &[]).await.is(303);
    app.run_jobs().await;
    assert_eq!(state(app, id).await.state, State::Started);
    buy(app, &[("313", 3), ("248", 3)]).await;
    id
}

both! {
    async fn a_running_campaign_is_topped_up_after_it_was_shown_what_comes(app: TestApp) {
        let id = running(&app).await;
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&url(id, "/top-up")).await.ok();
        let text = page.text();
        // 313 gets the five its own contacts need, 248 three: 467 become 180.
        assert!(text.contains("Add 4 numbers?"), "{text}");
        assert!(text.contains("instead of 467"), "{text}");
        // Looking changes nothing.
        assert_eq!(of(&app, id).await.len(), 3);
        let add = page.attribute("input[name=add]", "value").unwrap();
        admin.post(&url(id, "/top-up"), &[("add", &add)]).await.is(303);
        assert_eq!(of(&app, id).await.len(), 7);
        let working = admin.get(&url(id, "")).await.ok();
        assert!(working.text().contains("0 of 4 further numbers moved in") || working.text().contains("further numbers"), "{}", working.text());
        // Sent twice, it is one top-up.
        admin.submit(&url(id, "/top-up"), &[("add", &add)]).await;
        assert_eq!(of(&app, id).await.len(), 7);
        app.run_jobs().await;
        assert_eq!(at_carrier(&app), [7]);
        let held = of(&app, id).await;
        assert!(held.iter().all(|number| number.facts.held == Some((id, Hold::InUse)) && number.facts.messaging_service.is_some()));
        crate::allocation::counts_are_true(&app).await;
        let page = admin.get(&url(id, "")).await.ok();
        assert!(!page.text().contains("further numbers") && page.text().contains("Top up"), "{}", page.text());
        let page = admin.get(&url(id, "/top-up")).await.ok();
        assert!(page.text().contains("Nothing to add"), "{}", page.text());
        let log = admin.get("/o/our-city/activity").await.ok();
        assert!(log.text().contains("Topped up Fall GOTV with 4 numbers"), "{}", log.text());
        // Given back, all of it is.
        admin.post(&url(id, "/archive"), &[]).await.is(303);
        admin.get(&url(id, "/top-up")).await.is(409);
        admin.post(&url(id, "/give-back"), &[]).await.is(303);
        assert!(of(&app, id).await.is_empty());
    }

    async fn numbers_that_would_text_nobody_are_left_to_others_and_the_rest_is_asked_for(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 900), ("248", 500)]).await;
        reserve(&app, id, &[("313", 3)]).await;
        app.sql("UPDATE organization SET tolerated_load_percent = 300").await;
        let admin = app.sign_in(Role::Admin).await;
        admin.post(&url(id, "/start"), &[]).await.is(303);
        app.run_jobs().await;
        buy(&app, &[("248", 3), ("616", 4)]).await;
        // With 248 covered nobody is texted from 616; what it wants beyond is for 313, which has three of five.
        let page = admin.get(&url(id, "/top-up")).await.ok();
        assert_eq!(page.attribute("input[name=add]", "value").as_deref(), Some("248:3"), "{}", page.text());
        assert_eq!(page.all("#short li"), ["1 in 313 Detroit, MI"], "{}", page.text());
    }

    async fn what_was_shown_and_is_gone_is_said_and_nothing_is_added(app: TestApp) {
        let id = running(&app).await;
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&url(id, "/top-up")).await.ok();
        let add = page.attribute("input[name=add]", "value").unwrap();
        let other = draft(&app, "Faster", &[("248", 600)]).await;
        reserve(&app, other, &[("248", 3)]).await;
        let page = admin.submit(&url(id, "/top-up"), &[("add", &add)]).await.ok();
        assert!(page.text().contains("somebody took some meanwhile. Nothing was added"), "{}", page.text());
        assert_eq!(of(&app, id).await.len(), 3);
        for wrong in ["", "313", "313:0", "999:1", "313:x", "313:-1"] {
            admin.post(&url(id, "/top-up"), &[("add", wrong)]).await.is(400);
        }
        admin.post(&url(id, "/top-up"), &[("add", "313:4")]).await.is(303);
        assert_eq!(of(&app, id).await.len(), 3);
        // The rules hold here too.
        app.sql(
            "INSERT INTO campaign_rule (campaign_id, kind, place, organization_id, position) \
             SELECT id, 'must_not', '313', organization_id, 0 FROM campaign WHERE name = 'Fall GOTV'",
        )
        .await;
        let page = admin.get(&url(id, "/top-up")).await.ok();
        assert!(page.attribute("input[name=add]", "value").is_none_or(|add| !add.contains("313")), "{}", page.text());
        let page = admin.submit(&url(id, "/top-up"), &[("add", "313:1")]).await.ok();
        assert!(page.text().contains("313 must not be used by this campaign."), "{}", page.text());
        assert_eq!(of(&app, id).await.len(), 3);
    }

    async fn killed_anywhere_a_top_up_ends_as_if_nothing_had_happened(app: TestApp) {
        let id = running(&app).await;
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&url(id, "/top-up")).await.ok();
        let add = page.attribute("input[name=add]", "value").unwrap();
        admin.post(&url(id, "/top-up"), &[("add", &add)]).await.is(303);
        let mut killed = 0;
        for last in 0..12 {
            let made = last % 2 == 0;
            let carrier = Meddler::new(&app, move |nth, _| if nth < last { Fate::Pass } else { Fate::Hang { made } });
            if carrier.run_or_kill(&app).await {
                killed += 1;
                app.advance(chrono::TimeDelta::minutes(10));
            }
        }
        assert!(killed >= 3, "{killed}");
        app.run_jobs().await;
        assert_eq!((of(&app, id).await.len(), at_carrier(&app)), (7, vec![7]));
        let page = admin.get(&url(id, "")).await;
        assert!(page.status() == 200 || page.status() == 303);
        crate::allocation::counts_are_true(&app).await;
    }

    async fn what_the_carrier_refuses_is_said_and_can_be_tried_again(app: TestApp) {
        let id = running(&app).await;
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&url(id, "/top-up")).await.ok();
        let add = page.attribute("input[name=add]", "value").unwrap();
        admin.post(&url(id, "/top-up"), &[("add", &add)]).await.is(303);
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "add_to_service" => Fate::Refuse(ProviderError::of(ErrorKind::Restricted).with_carrier("20403", "Forbidden")),
            _ => Fate::Pass,
        });
        assert!(!carrier.run_or_kill(&app).await);
        let campaign = state(&app, id).await;
        assert_eq!(campaign.state, State::Started);
        assert!(campaign.notice.unwrap().contains("could not be put into the messaging service"));
        let page = admin.get(&url(id, "")).await.ok();
        assert!(page.text().contains("4 numbers are not in the messaging service yet."), "{}", page.text());
        admin.submit(&url(id, "/top-up/again"), &[]).await.ok();
        app.run_jobs().await;
        assert_eq!((at_carrier(&app), state(&app, id).await.notice), (vec![7], None));
    }

    async fn a_start_takes_what_became_available_only_when_it_was_ticked(app: TestApp) {
        app.world().set_weather(&Account::new("our-city"), &Weather::still()).unwrap();
        buy(&app, &[("313", 2)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&url(id, "/start")).await.ok();
        assert!(page.text().contains("tolerates 300"), "{}", page.text());
        buy(&app, &[("313", 4)]).await;
        // Two would carry 500 each; with three more that have become available it may start.
        let page = admin.get(&url(id, "/start")).await.ok();
        let text = page.text();
        assert!(text.contains("Take 3 more numbers at the start") && text.contains("Without that it cannot start."), "{text}");
        assert!(page.attribute("input[name=top_up][checked]", "value").is_some());
        let refused = admin.post(&url(id, "/start"), &[]).await.is(422);
        assert_eq!(refused.all(".error-summary a[href='#field-top_up']").len(), 1, "{}", refused.text());
        assert_eq!((state(&app, id).await.state, of(&app, id).await.len()), (State::Draft, 2));
        admin.post(&url(id, "/start"), &[("top_up", "yes")]).await.is(303);
        app.run_jobs().await;
        assert_eq!((state(&app, id).await.state, of(&app, id).await.len()), (State::Started, 5));
        assert_eq!(at_carrier(&app), [5]);
        let log = admin.get("/o/our-city/activity").await.ok();
        assert!(log.text().contains("Started Fall GOTV with 5 numbers, 3 of them added at the start"), "{}", log.text());
        let free = of(&app, id).await;
        assert!(free.iter().all(|number| number.status() == Status::InUse));
    }

    async fn rules_of_a_campaign_that_runs_count_from_its_next_top_up_on(app: TestApp) {
        let id = running(&app).await;
        let admin = app.sign_in(Role::Admin).await;
        let rules = url(id, "/area-codes/rules");
        assert!(admin.get(&url(id, "")).await.ok().attributes("#launch a", &["href"]).contains(&rules));
        let page = admin.get(&rules).await.ok();
        assert!(page.text().contains("rules count from its next top-up on"), "{}", page.text());
        assert!(!page.text().contains("Held against the rules"), "{}", page.text());
        let page = admin.post(&rules, &[("must", "Nowhere"), ("must_not", "313")]).await.is(422);
        assert_eq!(page.attribute("#field-must_not", "value").as_deref(), Some("313"));
        assert_eq!(page.all(".error-summary a[href='#field-must']").len(), 1);
        let page = admin.submit(&rules, &[("must", "989"), ("must_not", "313")]).await.ok();
        let text = page.text();
        assert!(text.contains("from the next top-up on. What it holds stays.") && text.contains("Held against the rules"), "{text}");
        assert!(text.contains("989") && text.contains("must be used, and it holds no number there."), "{text}");
        // Who is in stays in; what comes keeps the rules, and so does what is asked for.
        let page = admin.get(&url(id, "/top-up")).await.ok();
        assert!(page.all("#short li").iter().all(|line| !line.contains("313")), "{}", page.text());
        assert_eq!(of(&app, id).await.len(), 3);
        let page = admin.get(&url(id, "/top-up")).await.ok();
        let add = page.attribute("input[name=add]", "value").unwrap();
        assert!(add.starts_with("248:") && !add.contains("313"), "{add}");
        assert!(page.text().contains("Its rules:") && page.text().contains("it holds 3 numbers there"), "{}", page.text());
        admin.post(&url(id, "/top-up"), &[("add", &add)]).await.is(303);
        app.run_jobs().await;
        let held = of(&app, id).await;
        assert_eq!(held.iter().filter(|one| one.area_code.as_str() == "313").count(), 3);
        assert!(held.len() > 3 && at_carrier(&app) == [held.len()]);
        let log = admin.get("/o/our-city/activity").await.ok();
        assert!(log.text().contains("313 Detroit, MI must not be used, from the next top-up on"), "{}", log.text());
        // A draft's stand below its area codes; those of one that is over choose nothing any more.
        let other = draft(&app, "Spring", &[("313", 200)]).await;
        let to = admin.get(&url(other, "/area-codes/rules")).await.is(303).location().to_owned();
        assert_eq!(to, url(other, "/area-codes#rules"));
        admin.post(&url(id, "/archive"), &[]).await.is(303);
        admin.get(&rules).await.is(409);
        admin.post(&rules, &[("must_not", "")]).await.is(409);
    }
}
