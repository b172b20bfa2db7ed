//! What answers calls to the organization's numbers: set when they are bought, and at all of them when asked.

use std::sync::atomic::{AtomicU64, Ordering};

use numberbank::access::{ManageOrganization, Role};
use numberbank::providers::fakeservice::Weather;
use numberbank::providers::{Account, ErrorKind, ProviderError};

use crate::both;
use crate::launch::buy;
use crate::support::carrier::{Fate, Meddler};
use crate::support::{Answer, Client, TestApp};

const CONNECTION: &str = "/o/our-city/settings/connection";
const VOICE: &str = "/o/our-city/voice";
const OLD: &str = "https://voice.example.org/old";
const NEW: &str = "https://voice.example.org/new";

fn account() -> Account {
    Account::new("our-city")
}

fn weather(app: &TestApp, weather: Weather) {
    app.world().set_weather(&account(), &weather).unwrap();
}

/// Saves the voice address of the connection.
pub async fn save(owner: &Client, url: &str) {
    owner.submit(CONNECTION, &[("account", "our-city"), ("voice_url", url)]).await.ok();
}

/// Presses "Apply" on the confirmation as it stands; answers what comes.
pub async fn apply(owner: &Client, count: &str) -> Answer {
    let page = owner.get(VOICE).await.ok();
    send(owner, &page, count).await
}

async fn send(owner: &Client, page: &Answer, count: &str) -> Answer {
    let value = |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap();
    let (id, owned, url) = (value("id"), value("owned"), value("voice_url"));
    owner.post(VOICE, &[("id", &id), ("owned", &owned), ("voice_url", &url), ("count", count)]).await
}

/// What the carrier says, number by number.
fn at_carrier(app: &TestApp) -> Vec<Option<String>> {
    app.world().books(&account()).unwrap().numbers.iter().map(|number| number.voice_url.clone()).collect()
}

async fn in_our_books(app: &TestApp, url: &str) -> usize {
    let known = app.texts("owned_phone_number", "voice_url").await;
    known.iter().filter(|known| known.as_str() == url).count()
}

both! {
    async fn every_number_is_bought_with_the_address(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        buy(&app, &[("313", 1)]).await;
        save(&owner, NEW).await;
        buy(&app, &[("248", 2)]).await;
        let set = at_carrier(&app).iter().filter(|url| url.as_deref() == Some(NEW)).count();
        assert_eq!((set, in_our_books(&app, NEW).await), (2, 2));
        let page = owner.get(CONNECTION).await.ok();
        assert!(page.text().contains("2 of your 3 numbers have the voice address"), "{}", page.text());
        let numbers = app.texts("owned_phone_number", "id").await;
        let mut told = 0;
        for id in numbers {
            let page = owner.get(&format!("/o/our-city/phone-numbers/{id}")).await.ok();
            told += usize::from(page.text().contains(NEW));
        }
        assert_eq!(told, 2, "the number's page says what answers");
    }

    async fn the_address_is_applied_to_all_and_taken_away_again(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        buy(&app, &[("313", 26)]).await;
        save(&owner, NEW).await;
        let page = owner.get(VOICE).await.ok();
        assert_eq!(page.all("h1"), ["Set the voice address of 26 numbers?"]);
        assert!(page.text().contains(NEW), "{}", page.text());
        let refused = send(&owner, &page, "25").await.is(422);
        assert!(refused.text().contains("Type 26 to confirm."));
        app.run_jobs().await;
        assert!(at_carrier(&app).iter().all(Option::is_none), "nothing is done unconfirmed");
        let path = send(&owner, &page, "26").await.is(303).location().to_owned();
        // Sent twice, it is one request.
        assert_eq!(send(&owner, &page, "26").await.is(303).location(), path);
        app.run_jobs().await;
        let page = owner.get(&path).await.ok();
        assert!(page.text().contains("26 of 26 numbers set"), "{}", page.text());
        assert_eq!(app.texts("voice_request", "id").await.len(), 1);
        assert!(at_carrier(&app).iter().all(|url| url.as_deref() == Some(NEW)));
        assert_eq!(in_our_books(&app, NEW).await, 26);
        let log = owner.get("/o/our-city/activity").await.ok().text();
        assert!(log.contains("Asked to set the voice address of 26 numbers to https://voice.example.org/new"), "{log}");
        let id = app.texts("owned_phone_number", "id").await.remove(0);
        let page = owner.get(&format!("/o/our-city/phone-numbers/{id}")).await.ok();
        assert!(page.text().contains("Voice address set"), "{}", page.text());

        save(&owner, "").await;
        let page = owner.get(CONNECTION).await.ok();
        assert!(page.text().contains("Apply to the 26 numbers you own"), "{}", page.text());
        let page = owner.get(VOICE).await.ok();
        assert_eq!(page.all("h1"), ["Take away the voice address of 26 numbers?"]);
        let path = send(&owner, &page, "26").await.is(303).location().to_owned();
        app.run_jobs().await;
        assert!(owner.get(&path).await.ok().text().contains("26 of 26 numbers cleared"));
        assert!(at_carrier(&app).iter().all(Option::is_none));
        assert_eq!(in_our_books(&app, NEW).await, 0);
        let page = owner.get(CONNECTION).await.ok();
        assert!(page.text().contains("none of your 26 numbers has one"), "{}", page.text());
        assert!(!page.text().contains("Apply to the 26 numbers"), "there is nothing to take away");
    }

    async fn what_fails_is_said_and_tried_again(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        buy(&app, &[("313", 5)]).await;
        save(&owner, NEW).await;
        let path = apply(&owner, "").await.is(303).location().to_owned();
        let nth = AtomicU64::new(0);
        let carrier = Meddler::new(&app, move |_, verb| {
            let second = verb == "set_voice_url" && nth.fetch_add(1, Ordering::SeqCst) == 1;
            match second {
                true => Fate::Refuse(ProviderError::of(ErrorKind::InvalidRequest).with_carrier("21402", "Url is not valid")),
                false => Fate::Pass,
            }
        });
        assert!(!carrier.run_or_kill(&app).await);
        let page = owner.get(&path).await.ok();
        assert!(page.text().contains("4 of 5 numbers set"), "{}", page.text());
        assert!(page.all("tbody tr")[0].contains("(carrier: 21402)"), "what failed stands first");
        assert_eq!(in_our_books(&app, NEW).await, 4);
        owner.submit(&format!("{path}/again"), &[]).await.ok();
        app.run_jobs().await;
        assert!(owner.get(&path).await.ok().text().contains("5 of 5 numbers set"));
        assert_eq!(in_our_books(&app, NEW).await, 5);
        // There is nothing left to try.
        let page = owner.submit(&format!("{path}/again"), &[]).await.ok();
        assert!(page.text().contains("None of its numbers failed"), "{}", page.text());
    }

    async fn killed_at_any_call_it_goes_on_where_it_stood(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        buy(&app, &[("313", 12)]).await;
        for (round, made) in [(1, false), (5, true), (9, true), (11, false)] {
            let url = format!("https://voice.example.org/{round}");
            save(&owner, &url).await;
            let path = apply(&owner, "").await.is(303).location().to_owned();
            let nth = AtomicU64::new(0);
            let carrier = Meddler::new(&app, move |_, verb| {
                let here = verb == "set_voice_url" && nth.fetch_add(1, Ordering::SeqCst) + 1 == round;
                if here { Fate::Hang { made } } else { Fate::Pass }
            });
            assert!(carrier.run_or_kill(&app).await, "killed at call {round}");
            // Another instance takes over when the lease has run out.
            app.advance(chrono::TimeDelta::minutes(5));
            app.run_jobs().await;
            let page = owner.get(&path).await.ok();
            assert!(page.text().contains("12 of 12 numbers set"), "{round}: {}", page.text());
            assert!(at_carrier(&app).iter().all(|known| known.as_deref() == Some(url.as_str())));
            assert_eq!(in_our_books(&app, &url).await, 12);
        }
    }

    async fn storms_pass_and_a_suspended_account_makes_it_wait(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        buy(&app, &[("313", 9)]).await;
        save(&owner, NEW).await;
        let path = apply(&owner, "").await.is(303).location().to_owned();
        weather(&app, Weather {
            rate_limit_next: 3, transient_next: 2, unanswered_next: 1, change_answer_lost_next: 2, ..Weather::still()
        });
        for _ in 0..20 {
            app.run_jobs().await;
            app.advance(chrono::TimeDelta::seconds(30));
        }
        assert!(owner.get(&path).await.ok().text().contains("9 of 9 numbers set"));
        save(&owner, OLD).await;
        let path = apply(&owner, "").await.is(303).location().to_owned();
        weather(&app, Weather { suspended: true, ..Weather::still() });
        app.run_jobs().await;
        let page = owner.get(&path).await.ok();
        assert!(page.text().contains("0 of 9 numbers set"), "{}", page.text());
        assert!(page.text().contains("Waits until the connection to the carrier works again"), "{}", page.text());
        weather(&app, Weather::still());
        owner.submit(&format!("{CONNECTION}/test"), &[]).await.ok();
        app.run_jobs().await;
        assert!(owner.get(&path).await.ok().text().contains("9 of 9 numbers set"));
    }

    async fn a_newer_change_takes_the_place_of_one_that_waits(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        buy(&app, &[("313", 3)]).await;
        save(&owner, OLD).await;
        let old = apply(&owner, "").await.is(303).location().to_owned();
        let stale = owner.get(VOICE).await.ok();
        app.advance(chrono::TimeDelta::seconds(1));
        save(&owner, NEW).await;
        // What somebody saw before is not what would be done.
        assert!(send(&owner, &stale, "").await.is(409).text().contains("Nothing was done"));
        let new = apply(&owner, "").await.is(303).location().to_owned();
        app.run_jobs().await;
        assert!(at_carrier(&app).iter().all(|url| url.as_deref() == Some(NEW)));
        assert!(owner.get(&new).await.ok().text().contains("3 of 3 numbers set"));
        let page = owner.get(&old).await.ok();
        assert!(page.text().contains("A newer change of the voice address took its place"), "{}", page.text());
        let page = owner.submit(&format!("{old}/again"), &[]).await.ok();
        app.run_jobs().await;
        assert!(page.text().contains("took its place"));
        assert!(at_carrier(&app).iter().all(|url| url.as_deref() == Some(NEW)));
    }

    async fn only_owners_set_it_and_of_their_own_numbers(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        buy(&app, &[("313", 1)]).await;
        save(&owner, NEW).await;
        let page = owner.get(VOICE).await.ok();
        for role in [Role::Admin, Role::SpendViewer] {
            let client = app.sign_in(role).await;
            client.get(VOICE).await.is(403);
            send(&client, &page, "").await.is(403);
        }
        app.run_jobs().await;
        assert_eq!(in_our_books(&app, NEW).await, 0);
        let path = send(&owner, &page, "").await.is(303).location().to_owned();
        app.add_organization("sister", "Sister City").await;
        app.add_person("sue@example.org", "Sue Sister", &[("sister", Role::Owner)]).await;
        let sue = app.sign_in_as("sue@example.org").await;
        let theirs = path.replace("our-city", "sister");
        sue.get(&theirs).await.is(404);
        sue.post(&format!("{theirs}/again"), &[]).await.is(404);
        let by = app.allowed::<ManageOrganization>(Role::Owner).await;
        assert_eq!(by.organization().slug, "our-city");
    }
}
