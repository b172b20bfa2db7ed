//! What the carrier has against what is here.

mod deeds;
mod shared;

use chrono::TimeDelta;
use numberbank::access::{Role, SyncNumbers};
use numberbank::kernel::AreaCode;
use numberbank::ledger::{self, Basis, Charge};
use numberbank::numbers::{self, EventKind, Number, Status};
use numberbank::organizations::connection;
use numberbank::providers::fakeservice::{Books, Weather};
use numberbank::providers::{Account, ErrorKind, OwnedRemote, ProviderError, RemoteNumberId};
use numberbank::sync::{self, Outcome, SyncRun};

use crate::both;
use crate::launch::{buy, draft, reserve, state};
use crate::support::carrier::{Fate, Meddler};
use crate::support::{Client, TestApp};

pub const SYNC: &str = "/o/our-city/sync";

pub fn account() -> Account {
    Account::new("our-city")
}

pub fn books(app: &TestApp) -> Books {
    app.world().books(&account()).unwrap()
}

/// Buys numbers at the carrier behind the application's back, so many days ago.
pub fn bought_elsewhere(app: &TestApp, code: &str, count: usize, days: i64) -> Vec<OwnedRemote> {
    let moment = app.app().clock.now() - TimeDelta::days(days);
    app.world().purchase_at(&account(), AreaCode::parse(code).unwrap(), count, moment, |_| None).unwrap()
}

/// The organization's numbers; the counts are right.
pub async fn inventory(app: &TestApp) -> Vec<Number> {
    let by = app.allowed::<SyncNumbers>(Role::Owner).await;
    let (kept, counted, numbers) = app
        .app()
        .db
        .read(move |conn| {
            let organization = by.organization_id();
            Ok::<_, numberbank::db::DbError>((
                numbers::counts(conn, organization, None)?,
                numbers::count_all(conn, organization, "fakeservice")?,
                numbers::list(conn, organization, &numbers::Filter::default(), 2000)?,
            ))
        })
        .await
        .unwrap();
    let kept: Vec<_> = kept.into_iter().filter(|count| count.total() > 0).collect();
    assert_eq!(kept, counted, "number_count must equal a full count");
    numbers
}

pub async fn last(app: &TestApp) -> SyncRun {
    let by = app.allowed::<SyncNumbers>(Role::Owner).await;
    let read = move |conn: &mut _| sync::last(conn, &connection::place_of(&by), 1);
    app.app().db.read(read).await.unwrap().remove(0)
}

/// Works until nothing is due today.
pub async fn settle(app: &TestApp) {
    for _ in 0..40 {
        app.run_jobs().await;
        app.advance(TimeDelta::seconds(20));
    }
    app.run_jobs().await;
}

/// Syncs as an owner does and answers the page afterwards.
pub async fn sync_now(app: &TestApp, owner: &Client) -> crate::support::Answer {
    owner.post(SYNC, &[]).await.is(303);
    app.run_jobs().await;
    owner.get(SYNC).await.ok()
}

/// The choices in a part of the page.
pub fn chosen(page: &crate::support::Answer, name: &str) -> Vec<String> {
    page.attributes(&format!("input[type=checkbox][name={name}]"), &["value"])
}

async fn charges(app: &TestApp, number: &Number) -> Vec<Charge> {
    let (organization, id) = (number.organization_id, number.id);
    app.app().db.read(move |conn| ledger::charges_of(conn, organization, id)).await.unwrap()
}

async fn events(app: &TestApp, number: &Number) -> Vec<EventKind> {
    let (organization, id) = (number.organization_id, number.id);
    let found = app.app().db.read(move |conn| numbers::events(conn, organization, id)).await.unwrap();
    found.into_iter().map(|event| event.kind).collect()
}

both! {
    async fn what_was_bought_elsewhere_is_listed_and_adopted(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        // Sixty and three: more than a page of the carrier's list.
        let theirs = bought_elsewhere(&app, "248", 60, 43);
        let owner = app.sign_in(Role::Owner).await;
        assert!(owner.get(SYNC).await.ok().text().contains("Never synced yet"));
        let page = sync_now(&app, &owner).await;
        assert!(page.text().contains("The carrier listed 63 numbers. 60 of them are unknown here."), "{}", page.text());
        assert!(page.text().contains("Adopt all 60, $69.00 a month"), "also of those that the page does not show");
        assert_eq!(inventory(&app).await.len(), 3, "a sync adopts nothing by itself");
        assert_eq!(chosen(&page, "difference").len(), 50, "a page of them");
        let next = page.attribute("a[href*='after=']", "href").unwrap();
        assert_eq!(chosen(&owner.get(&next).await.ok(), "difference").len(), 10);

        // One by one.
        let one = chosen(&page, "difference").remove(0);
        owner.post(&format!("{SYNC}/adopt"), &[("difference", &one)]).await.is(303);
        app.run_jobs().await;
        let adopted: Vec<Number> =
            inventory(&app).await.into_iter().filter(|number| number.area_code.as_str() == "248").collect();
        assert_eq!(adopted.len(), 1);
        let number = &adopted[0];
        let remote = theirs.iter().find(|one| one.id.as_str() == number.service_id).unwrap();
        assert_eq!((number.phone_number, number.bought_at), (remote.phone_number, remote.created_at));
        assert_eq!((number.label.as_str(), number.order_id, number.status()), ("", None, Status::Available));
        assert_eq!(events(&app, number).await, [EventKind::Adopted]);
        // Since 10 October: its months begin on the 10th. It is 22 November; 18 of the 30 days are left.
        assert_eq!(number.renews_on.to_string(), "2026-12-10");
        let charged = charges(&app, number).await;
        assert_eq!(charged.len(), 1);
        assert_eq!(charged[0].basis, Basis::Estimated);
        assert_eq!((charged[0].period_start.to_string(), charged[0].period_end), ("2026-11-22".into(), number.renews_on));
        assert_eq!(charged[0].amount.get(), 1_150_000 * 18 / 30);
        let page = owner.get(&format!("/o/our-city/phone-numbers/{}", number.id)).await.ok();
        assert!(page.text().contains("Adopted") && page.text().contains("estimated"), "{}", page.text());

        // All: the count is typed.
        let refused = owner.post(&format!("{SYNC}/adopt"), &[("all", "1"), ("count", "60")]).await.is(422);
        assert!(refused.text().contains("Type 59 to confirm."), "{}", refused.text());
        owner.post(&format!("{SYNC}/adopt"), &[("all", "1"), ("count", "59")]).await.is(303);
        let working = owner.get_fragment(SYNC, "sync-status").await.ok();
        assert!(working.text().contains("59 numbers left to do"), "{}", working.text());
        app.run_jobs().await;
        assert_eq!(inventory(&app).await.len(), 63);
        let page = sync_now(&app, &owner).await;
        assert!(page.text().contains("All of it is as it is here.") && page.text().contains("Nothing waits"), "{}", page.text());
        assert_eq!(books(&app).sales(), 63, "nothing was bought or released");
        // A month later each is charged in full on its day.
        app.advance(TimeDelta::days(19));
        app.run_clock_jobs().await;
        let charged = charges(&app, number).await;
        assert_eq!((charged.len(), charged[0].amount.get(), charged[0].basis), (2, 1_150_000, Basis::Quoted));
        assert_eq!(charged[0].period_start.to_string(), "2026-12-10");
    }

    async fn what_is_gone_is_lost_comes_back_or_is_cleared(app: TestApp) {
        buy(&app, &[("313", 4)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 400)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&format!("/o/our-city/campaigns/{id}/start"), &[]).await.ok();
        app.run_jobs().await;
        let all = inventory(&app).await;
        let held = all.iter().find(|number| number.status() == Status::InUse).unwrap().clone();
        let free = all.iter().find(|number| number.status() == Status::Available).unwrap().clone();
        for gone in [&held, &free] {
            app.world().release(&account(), &RemoteNumberId::new(&gone.service_id)).unwrap();
        }
        let owner = app.sign_in(Role::Owner).await;
        let page = sync_now(&app, &owner).await;
        assert!(page.text().contains("2 of yours are lost"), "{}", page.text());
        let lost: Vec<_> = inventory(&app).await.into_iter().filter(|one| one.status() == Status::Lost).collect();
        assert_eq!(lost.len(), 2);
        assert!(events(&app, &free).await.contains(&EventKind::Lost));
        // Named where it is held, and on its own page.
        let campaign = admin.get(&format!("/o/our-city/campaigns/{id}")).await.ok();
        assert!(campaign.text().contains("1 number is lost.") && campaign.text().contains(&held.phone_number.national()), "{}", campaign.text());
        let own = owner.get(&format!("/o/our-city/phone-numbers/{}", free.id)).await.ok();
        assert!(own.text().contains("does not have this number any more"), "{}", own.text());
        assert!(own.attribute("a[href$='/sync#lost']", "href").is_some());
        // Its charges stop; the other's go on.
        app.advance(TimeDelta::days(31));
        app.run_clock_jobs().await;
        assert_eq!(charges(&app, &free).await.len(), 1);
        let kept = all.iter().find(|one| ![held.id, free.id].contains(&one.id)).unwrap();
        assert_eq!(charges(&app, kept).await.len(), 2);

        // In browsers of today.
        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        let admin_tries = admin.post(&format!("{SYNC}/clear"), &[("number", free.id.as_str())]).await;
        assert_eq!(admin_tries.status(), 403);
        let both = [("number", free.id.as_str()), ("number", held.id.as_str()), ("reason", "Released in the console")];
        owner.post(&format!("{SYNC}/clear"), &both).await.is(303);
        assert_eq!(inventory(&app).await.len(), 2);
        let history = owner.get(&format!("/o/our-city/phone-numbers/{}", free.id)).await.ok();
        assert!(history.text().contains("Released in the console"), "{}", history.text());
        let campaign = admin.get(&format!("/o/our-city/campaigns/{id}")).await.ok();
        assert!(!campaign.text().contains("is lost"), "{}", campaign.text());
        // It can still be ended.
        admin.submit(&format!("/o/our-city/campaigns/{id}/archive"), &[]).await.ok();
        admin.submit(&format!("/o/our-city/campaigns/{id}/give-back"), &[("count", "1")]).await.ok();
        let attached = inventory(&app).await;
        assert!(attached.iter().all(|number| number.facts.held.is_none()));
    }

    async fn a_lost_number_that_is_listed_again_is_back(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let owner = app.sign_in(Role::Owner).await;
        // The carrier forgets one for a while.
        app.sql("UPDATE owned_phone_number SET service_id = service_id || 'x' WHERE id = (SELECT MIN(id) FROM owned_phone_number)").await;
        sync_now(&app, &owner).await;
        let lost: Vec<_> = inventory(&app).await.into_iter().filter(|one| one.status() == Status::Lost).collect();
        assert_eq!(lost.len(), 1);
        // The right id is unknown meanwhile, and not offered once it is known again.
        app.sql("UPDATE owned_phone_number SET service_id = substr(service_id, 1, length(service_id) - 1) WHERE lost_at IS NOT NULL").await;
        let page = sync_now(&app, &owner).await;
        assert!(page.text().contains("1 of yours that was lost is back"), "{}", page.text());
        assert!(chosen(&page, "difference").is_empty());
        assert!(inventory(&app).await.iter().all(|one| one.status() == Status::Available));
        assert!(events(&app, &lost[0]).await.contains(&EventKind::Found));
    }

    async fn a_draft_lets_go_of_a_lost_number_and_says_so(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let id = draft(&app, "Spring", &[("313", 400)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        let gone = inventory(&app).await.remove(0);
        app.world().release(&account(), &RemoteNumberId::new(&gone.service_id)).unwrap();
        let owner = app.sign_in(Role::Owner).await;
        sync_now(&app, &owner).await;
        let notice = state(&app, id).await.notice.unwrap();
        assert!(notice.contains(&gone.phone_number.national()), "{notice}");
        let now = inventory(&app).await;
        assert_eq!(now.iter().filter(|one| one.status() == Status::Reserved).count(), 1);
        assert_eq!(now.iter().filter(|one| one.status() == Status::Lost && one.facts.held.is_none()).count(), 1);
    }

    async fn an_empty_list_changes_nothing(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        let owner = app.sign_in(Role::Owner).await;
        for number in inventory(&app).await {
            app.world().release(&account(), &RemoteNumberId::new(&number.service_id)).unwrap();
        }
        let page = sync_now(&app, &owner).await;
        assert!(
            page.text().contains("The carrier’s list was empty although 3 numbers are here: nothing was changed."),
            "{}",
            page.text()
        );
        assert_eq!(last(&app).await.outcome, Outcome::Unusable);
        assert!(inventory(&app).await.iter().all(|number| number.status() == Status::Available));
    }

    async fn an_answer_that_breaks_off_changes_nothing(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        bought_elsewhere(&app, "248", 60, 3);
        let gone = inventory(&app).await.remove(0);
        app.world().release(&account(), &RemoteNumberId::new(&gone.service_id)).unwrap();
        let owner = app.sign_in(Role::Owner).await;
        owner.post(SYNC, &[]).await.is(303);
        // The first page is read; the second never is.
        let carrier = Meddler::new(&app, |call, verb| match verb {
            "list_owned" if call > 1 => Fate::Refuse(ProviderError::of(ErrorKind::Transient)),
            _ => Fate::Pass,
        });
        for _ in 0..12 {
            carrier.run_or_kill(&app).await;
            app.advance(TimeDelta::minutes(10));
        }
        assert_eq!(last(&app).await.outcome, Outcome::Failed);
        let page = owner.get(SYNC).await.ok();
        assert!(page.text().contains("did not answer to the end") && page.text().contains("nothing was changed"), "{}", page.text());
        assert!(chosen(&page, "difference").is_empty());
        assert!(inventory(&app).await.iter().all(|number| number.status() == Status::Available));
        // The next one is whole.
        let page = sync_now(&app, &owner).await;
        assert!(page.text().contains("60 of them are unknown here; 1 of yours is lost"), "{}", page.text());
    }

    async fn one_that_cannot_be_asked_for_by_its_id_is_not_lost(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        bought_elsewhere(&app, "248", 1, 3);
        let all = inventory(&app).await;
        let owner = app.sign_in(Role::Owner).await;
        owner.post(SYNC, &[]).await.is(303);
        app.world().release(&account(), &RemoteNumberId::new(&all[0].service_id)).unwrap();
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "find_by_id" => Fate::Refuse(ProviderError::of(ErrorKind::Transient)),
            _ => Fate::Pass,
        });
        for _ in 0..12 {
            carrier.run_or_kill(&app).await;
            app.advance(TimeDelta::minutes(10));
        }
        let run = last(&app).await;
        assert_eq!((run.outcome, run.lost), (Outcome::Complete, 0));
        assert!(run.words.contains("1 number was not listed, and the carrier could not say"), "{}", run.words);
        assert!(inventory(&app).await.iter().all(|number| number.status() == Status::Available));
    }

    async fn it_goes_on_where_it_was_killed(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        bought_elsewhere(&app, "248", 110, 3);
        let owner = app.sign_in(Role::Owner).await;
        owner.post(SYNC, &[]).await.is(303);
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "list_services" => Fate::Hang { made: false },
            _ => Fate::Pass,
        });
        assert!(carrier.run_or_kill(&app).await);
        assert_eq!(carrier.calls(), 4, "three pages of numbers were read");
        app.advance(TimeDelta::seconds(61));
        // Another instance reads no page of numbers again.
        let second = Meddler::new(&app, |_, verb| match verb {
            "list_owned" => Fate::Refuse(ProviderError::of(ErrorKind::Restricted)),
            _ => Fate::Pass,
        });
        assert!(!second.run_or_kill(&app).await);
        let run = last(&app).await;
        assert_eq!((run.outcome, run.seen), (Outcome::Complete, 112), "{}", run.words);
        let page = owner.get(SYNC).await.ok();
        assert!(page.text().contains("110 of them are unknown here"), "{}", page.text());

        // Adopting is killed too, after some are in.
        owner.post(&format!("{SYNC}/adopt"), &[("all", "1"), ("count", "110")]).await.is(303);
        let third = Meddler::new(&app, |call, verb| match verb {
            "find_by_id" if call == 40 => Fate::Hang { made: true },
            _ => Fate::Pass,
        });
        assert!(third.run_or_kill(&app).await);
        let so_far = inventory(&app).await.len();
        assert!(so_far > 2 && so_far < 112, "{so_far}");
        app.advance(TimeDelta::seconds(61));
        app.run_jobs().await;
        assert_eq!(inventory(&app).await.len(), 112, "each once");
        assert!(owner.get(SYNC).await.ok().text().contains("Nothing waits"));
    }

    async fn the_night_syncs_everybody_once(app: TestApp) {
        buy(&app, &[("313", 1)]).await;
        let owner = app.sign_in(Role::Owner).await;
        app.run_clock_jobs().await;
        assert!(owner.get(SYNC).await.ok().text().contains("Never synced yet"), "it is afternoon");
        app.advance(TimeDelta::hours(17));
        app.run_clock_jobs().await;
        let first = last(&app).await;
        assert_eq!((first.asked_by, first.outcome), (None, Outcome::Complete));
        app.advance(TimeDelta::hours(2));
        app.run_clock_jobs().await;
        assert_eq!(last(&app).await.id, first.id, "once a night");
        app.advance(TimeDelta::hours(24));
        app.run_clock_jobs().await;
        assert_ne!(last(&app).await.id, first.id);
        let owner = app.sign_in(Role::Owner).await;
        assert!(owner.get(SYNC).await.ok().text().contains("by the clock"));
    }

    async fn storms_pass(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        bought_elsewhere(&app, "248", 3, 3);
        let storm = Weather { rate_limit_next: 3, transient_next: 2, ..Weather::still() };
        app.world().set_weather(&account(), &storm).unwrap();
        let owner = app.sign_in(Role::Owner).await;
        owner.post(SYNC, &[]).await.is(303);
        settle(&app).await;
        assert_eq!(last(&app).await.outcome, Outcome::Complete);
        owner.post(&format!("{SYNC}/adopt"), &[("all", "1")]).await.is(303);
        settle(&app).await;
        assert_eq!(inventory(&app).await.len(), 5);
    }

    async fn only_owners_sync(app: TestApp) {
        for role in [Role::Admin, Role::SpendViewer] {
            let client = app.sign_in(role).await;
            client.get(SYNC).await.is(403);
            client.post(SYNC, &[]).await.is(403);
        }
        let admin = app.sign_in(Role::Admin).await;
        assert!(admin.get("/o/our-city/phone-numbers").await.ok().attribute("a[href$='/sync']", "href").is_none());
        let owner = app.sign_in(Role::Owner).await;
        assert!(owner.get("/o/our-city/phone-numbers").await.ok().attribute("a[href$='/sync']", "href").is_some());
    }
}
