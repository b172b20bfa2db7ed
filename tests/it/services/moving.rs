//! Numbers put into a messaging service and taken out of it by hand.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::numbers::{EventKind, Status};
use numberbank::providers::fakeservice::Weather;

use super::*;
use crate::launch::reserve;
use crate::support::carrier::{Fate, Meddler};

/// The address of the confirmation, as the bulk bar makes it.
fn confirm(to: &str, numbers: &[Number]) -> String {
    let chosen: String = numbers.iter().map(|number| format!("&number={}", number.id)).collect();
    format!("{PAGE}/move?to={to}{chosen}")
}

/// What the confirmation sends.
fn sent<'a>(page: &'a [(String, String)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let page = page.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    page.chain(more.iter().copied()).collect()
}

/// The hidden fields of the confirmation.
async fn fields(owner: &Client, url: &str) -> Vec<(String, String)> {
    let page = owner.get(url).await.ok();
    let hidden = |attribute: &str| page.attributes("form.confirm input[type=hidden]", &[attribute]);
    hidden("name").into_iter().zip(hidden("value")).collect()
}

/// Asks for a move; answers the address of its page.
pub async fn ask(app: &TestApp, owner: &Client, to: &str, numbers: &[Number]) -> String {
    let hidden = fields(owner, &confirm(to, numbers)).await;
    let count = numbers.len().to_string();
    let answer = owner.post(&format!("{PAGE}/move"), &sent(&hidden, &[("count", &count)])).await.is(303);
    let url = answer.location().to_owned();
    owner.get(&url).await.ok();
    let _ = app;
    url
}

both! {
    async fn numbers_are_put_in_and_taken_out_each_with_its_outcome(app: TestApp) {
        buy(&app, &[("313", 30), ("248", 2)]).await;
        let id = draft(&app, "Fall GOTV", &[("248", 300)]).await;
        reserve(&app, id, &[("248", 2)]).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&format!("/o/our-city/campaigns/{id}/start"), &[]).await.ok();
        app.run_jobs().await;
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        let owner = app.sign_in(Role::Owner).await;
        let adopted = adopt(&app, &owner, &main).await;
        let to = adopted.id.to_string();

        // The area code's page offers it to an owner alone.
        let page = owner.get("/o/our-city/phone-numbers/area/313").await.ok();
        assert!(page.text().contains("Put into Main line"), "{}", page.text());
        assert!(!admin.get("/o/our-city/phone-numbers/area/313").await.ok().text().contains("Put into Main line"));

        let mut numbers = of_code(&app, "313").await;
        let in_use = of_code(&app, "248").await;
        numbers.truncate(26);
        let with_used: Vec<Number> = numbers.iter().chain(&in_use).cloned().collect();
        let page = owner.get(&confirm(&to, &with_used)).await.ok();
        assert!(page.text().contains("Put 26 numbers into Main line?"), "{}", page.text());
        assert!(page.text().contains("2 numbers: each is in use by a campaign"), "{}", page.text());
        let hidden = fields(&owner, &confirm(&to, &with_used)).await;
        let wrong = owner.post(&format!("{PAGE}/move"), &sent(&hidden, &[("count", "2")])).await.is(422);
        assert!(wrong.text().contains("Type 26 to confirm."), "{}", wrong.text());
        let first = owner.post(&format!("{PAGE}/move"), &sent(&hidden, &[("count", "26")])).await.is(303);
        // Sent twice it is one request.
        let again = owner.post(&format!("{PAGE}/move"), &sent(&hidden, &[("count", "26")])).await.is(303);
        assert_eq!(first.location(), again.location());
        // What is on its way is not asked for again, and starts no campaign.
        let page = owner.get(&confirm(&to, &numbers[..1])).await.ok();
        assert!(page.text().contains("is being moved already"), "{}", page.text());
        let page = owner.get(first.location()).await.ok();
        assert!(page.text().contains("0 of 26 put in"), "{}", page.text());
        app.run_jobs().await;
        let page = owner.get(first.location()).await.ok();
        assert!(page.text().contains("26 of 26 put in"), "{}", page.text());
        assert_eq!(books(&app).members[&main].len(), 26);
        assert_eq!(how_many(&of_code(&app, "313").await, Status::Attached), 26);
        pools_agree(&app).await;

        // Out again, one of them.
        let one = &of_code(&app, "313").await[..1];
        let page = owner.get(&confirm("out", one)).await.ok();
        assert!(page.text().contains("Outside a registered messaging service"), "{}", page.text());
        let url = ask(&app, &owner, "out", one).await;
        app.run_jobs().await;
        assert!(owner.get(&url).await.ok().text().contains("1 of 1 taken out"));
        assert_eq!(books(&app).members[&main].len(), 25);
        assert_eq!(happened(&app, &one[0], EventKind::Detached).await, 1);
        pools_agree(&app).await;
        let page = owner.get(&format!("/o/our-city/phone-numbers/{}", one[0].id)).await.ok();
        assert!(page.text().contains("It sits in none."), "{}", page.text());
    }

    async fn what_does_not_fit_is_refused_before_and_after(app: TestApp) {
        buy(&app, &[("313", 6)]).await;
        let main = in_console(&app, "Main line", None);
        let owner = app.sign_in(Role::Owner).await;
        let adopted = adopt(&app, &owner, &main).await;
        let to = adopted.id.to_string();
        owner.submit(&format!("{PAGE}/{to}/room"), &[("room", "4")]).await.ok();
        let numbers = of_code(&app, "313").await;
        let page = owner.get(&confirm(&to, &numbers)).await.ok();
        assert!(page.text().contains("Main line has room for 4 more numbers, and you chose 6"), "{}", page.text());
        let hidden = fields(&owner, &confirm(&to, &numbers)).await;
        owner.post(&format!("{PAGE}/move"), &sent(&hidden, &[])).await.is(409);
        app.run_jobs().await;
        assert_eq!(how_many(&all(&app).await, Status::Attached), 0);

        // The carrier takes fewer than it should: two are refused in words, and tried again later.
        let weather = Weather { pool_cap: Some(2), ..Weather::still() };
        app.world().set_weather(&account(), &weather).unwrap();
        let url = ask(&app, &owner, &to, &numbers[..4]).await;
        app.run_jobs().await;
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("2 of 4 put in") && page.text().contains("21714"), "{}", page.text());
        assert!(page.text().contains("Use another messaging service"), "{}", page.text());
        pools_agree(&app).await;
        app.world().set_weather(&account(), &Weather::still()).unwrap();
        let again = page.attribute("a.button-primary", "href").unwrap();
        let hidden = fields(&owner, &again).await;
        assert_eq!(hidden.iter().filter(|(name, _)| name == "number").count(), 2);
        owner.submit(&format!("{PAGE}/move"), &sent(&hidden, &[])).await.ok();
        app.run_jobs().await;
        assert_eq!(how_many(&all(&app).await, Status::Attached), 4);

        // A number that somebody put into another service in the console.
        let console = in_console(&app, "Console", None);
        put_in(&app, &console, &numbers[4]);
        owner.submit(&format!("{PAGE}/{to}/room"), &[("room", "10")]).await.ok();
        let url = ask(&app, &owner, &to, &numbers[4..5]).await;
        app.run_jobs().await;
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("21712") && page.text().contains("Take it out of the other"), "{}", page.text());
    }

    async fn room_that_is_promised_is_not_promised_twice(app: TestApp) {
        buy(&app, &[("313", 6)]).await;
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        let owner = app.sign_in(Role::Owner).await;
        let to = adopt(&app, &owner, &main).await.id.to_string();
        owner.submit(&format!("{PAGE}/{to}/room"), &[("room", "4")]).await.ok();
        let numbers = of_code(&app, "313").await;
        ask(&app, &owner, &to, &numbers[..3]).await;
        // The three are on their way: nothing has changed at the carrier yet.
        let page = owner.get(&confirm(&to, &numbers[3..])).await.ok();
        assert!(page.text().contains("Main line has room for 1 more number, and you chose 3"), "{}", page.text());
        let hidden = fields(&owner, &confirm(&to, &numbers[3..])).await;
        owner.post(&format!("{PAGE}/move"), &sent(&hidden, &[])).await.is(409);
        let page = owner.get("/o/our-city/orders/new").await.ok();
        assert!(page.text().contains("room for 1 more number)"), "{}", page.text());
        // Nor does a draft get it that would start on the service.
        let id = draft(&app, "Fall GOTV", &[("313", 600)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(&format!("/o/our-city/campaigns/{id}/area-codes")).await.ok();
        assert!(page.text().contains("numbers reserved0 of 1 "), "{}", page.text());
        app.run_jobs().await;
        assert_eq!(books(&app).members[&main].len(), 3);
        let page = owner.get(&confirm(&to, &numbers[3..4])).await.ok();
        assert!(page.text().contains("Put 1 number into Main line?"), "{}", page.text());
    }

    async fn killed_in_the_middle_a_move_goes_on(app: TestApp) {
        buy(&app, &[("313", 12)]).await;
        let (main, second) = (in_console(&app, "Main line", None), in_console(&app, "Second line", None));
        of_code(&app, "313").await[..6].iter().for_each(|number| put_in(&app, &main, number));
        let owner = app.sign_in(Role::Owner).await;
        adopt(&app, &owner, &main).await;
        let to = adopt(&app, &owner, &second).await.id.to_string();
        let numbers = of_code(&app, "313").await;
        let page = owner.get(&confirm(&to, &numbers)).await.ok();
        assert!(page.text().contains("6 out of Main line"), "{}", page.text());
        let url = ask(&app, &owner, &to, &numbers).await;
        // Before and after a call, taking out and putting in, one instance after the other.
        let mut killed = 0;
        for (verb, nth, made) in [
            ("remove_from_service", 2, false),
            ("remove_from_service", 2, true),
            ("add_to_service", 1, true),
            ("add_to_service", 2, false),
            ("add_to_service", 2, true),
        ] {
            let seen = std::sync::atomic::AtomicU64::new(0);
            // One call at a time, so that it can be killed between any two.
            let carrier = Meddler::with_concurrency(&app, 1, move |_, this| {
                let hangs = this == verb
                    && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 == nth;
                if hangs { Fate::Hang { made } } else { Fate::Pass }
            });
            killed += u32::from(carrier.run_or_kill(&app).await);
            app.advance(TimeDelta::minutes(2));
        }
        assert!(killed >= 3, "{killed}");
        app.run_jobs().await;
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("12 of 12 put in"), "{}", page.text());
        assert_eq!(books(&app).members[&second].len(), 12);
        pools_agree(&app).await;
        for number in &of_code(&app, "313").await {
            assert_eq!(happened(&app, number, EventKind::Attached).await, if number.id == numbers[0].id
                || numbers[..6].iter().any(|one| one.id == number.id) { 2 } else { 1 });
        }
    }

    async fn a_campaign_waits_for_a_move_of_its_numbers(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        let owner = app.sign_in(Role::Owner).await;
        let to = adopt(&app, &owner, &main).await.id.to_string();
        let id = draft(&app, "Fall GOTV", &[("313", 300)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        ask(&app, &owner, &to, &of_code(&app, "313").await).await;
        let page = owner.submit(&format!("/o/our-city/campaigns/{id}/start"), &[]).await.ok();
        assert!(page.text().contains("are being put into a messaging service"), "{}", page.text());
        app.run_jobs().await;
        owner.submit(&format!("/o/our-city/campaigns/{id}/start"), &[]).await.ok();
        app.run_jobs().await;
        assert_eq!(campaign(&app, id).await.state, numberbank::campaigns::State::Started);
        pools_agree(&app).await;
    }
}
