//! Giving numbers back to the carrier.

use numberbank::access::{ManageCampaigns, ReleaseNumbers, Role};
use numberbank::kernel::ids::{NumberId, ReleaseId};
use numberbank::numbers::{self, Number, Status};
use numberbank::providers::fakeservice::{Books, Weather};
use numberbank::providers::{Account, ErrorKind, ProviderError};

use crate::both;
use crate::launch::{buy, draft, reserve};
use crate::support::carrier::{Fate, Meddler};
use crate::support::{Client, TestApp};

const CONFIRM: &str = "/o/our-city/phone-numbers/release";

async fn account(app: &TestApp) -> Account {
    app.allowed::<ReleaseNumbers>(Role::Owner).await.account()
}

async fn books(app: &TestApp) -> Books {
    app.world().books(&account(app).await).unwrap()
}

/// The organization's numbers; the counts are right.
async fn inventory(app: &TestApp) -> Vec<Number> {
    let by = app.allowed::<ManageCampaigns>(Role::Owner).await;
    let (kept, counted, numbers) = app
        .app()
        .db
        .read(move |conn| {
            let organization = by.organization_id();
            Ok::<_, numberbank::db::DbError>((
                numbers::counts(conn, organization, None)?,
                numbers::count_all(conn, organization, "fakeservice")?,
                numbers::list(conn, organization, &numbers::Filter::default(), 1000)?,
            ))
        })
        .await
        .unwrap();
    let kept: Vec<_> = kept.into_iter().filter(|count| count.total() > 0).collect();
    assert_eq!(kept, counted, "number_count must equal a full count");
    numbers
}

/// Asks for the release of exactly these, as the confirmation's form does. Answers where it leads.
async fn ask(owner: &Client, id: ReleaseId, numbers: &[NumberId], count: &str) -> crate::support::Answer {
    let id = id.to_string();
    let ids: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let mut fields = vec![("id", id.as_str()), ("count", count)];
    fields.extend(ids.iter().map(|id| ("number", id.as_str())));
    owner.post(CONFIRM, &fields).await
}

both! {
    async fn the_available_numbers_of_an_area_code_are_released(app: TestApp) {
        buy(&app, &[("313", 5), ("248", 2)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 400)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        let owner = app.sign_in(Role::Owner).await;

        let page = owner.get(&format!("{CONFIRM}?area_code=313")).await.ok();
        assert_eq!(page.all("h1"), ["Release 3 numbers?"]);
        assert!(page.text().contains("Saves $3.45 a month"), "{}", page.text());
        assert_eq!(page.all(".will-not li").len(), 1, "one reason");
        assert!(page.all(".will-not li")[0].starts_with("2 numbers are reserved for a campaign"));
        let going: Vec<NumberId> = inventory(&app)
            .await
            .iter()
            .filter(|number| number.area_code.as_str() == "313" && number.status() == Status::Available)
            .map(|number| number.id)
            .collect();
        assert_eq!(going.len(), 3);

        let release = ReleaseId::new();
        let answer = ask(&owner, release, &going, "").await.is(303);
        let path = answer.location().to_owned();
        // Sent twice, it is one request.
        assert_eq!(ask(&owner, release, &going, "").await.is(303).location(), path);
        assert_eq!(inventory(&app).await.iter().filter(|number| number.status() == Status::Leaving).count(), 3);
        app.run_jobs().await;

        let page = owner.get(&path).await.ok();
        assert!(page.text().contains("3 of 3 released"), "{}", page.text());
        assert_eq!(inventory(&app).await.len(), 4, "they left the inventory");
        let carrier = books(&app).await;
        assert_eq!((carrier.numbers.len(), carrier.released.len()), (4, 3));
    }

    async fn a_refusal_keeps_the_number_and_says_why(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let ids: Vec<NumberId> = inventory(&app).await.iter().map(|number| number.id).collect();
        let path = ask(&owner, ReleaseId::new(), &ids, "").await.is(303).location().to_owned();
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "release" => Fate::Refuse(ProviderError::of(ErrorKind::Restricted)),
            _ => Fate::Pass,
        });
        assert!(!carrier.run_or_kill(&app).await);
        let page = owner.get(&path).await.ok();
        assert!(page.text().contains("0 of 2 released") && page.text().contains("does not let this account"), "{}", page.text());
        let numbers = inventory(&app).await;
        assert!(numbers.iter().all(|number| number.status() == Status::Available) && numbers.len() == 2);

        let again = page.attribute("a.button-primary[href*=release]", "href").unwrap();
        let confirm = owner.get(&again).await.ok();
        assert_eq!(confirm.all("h1"), ["Release 2 numbers?"]);
        ask(&owner, ReleaseId::new(), &ids, "").await.is(303);
        app.run_jobs().await;
        assert!(inventory(&app).await.is_empty());
    }

    async fn a_suspended_account_makes_it_wait(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let ids: Vec<NumberId> = inventory(&app).await.iter().map(|number| number.id).collect();
        app.world().set_weather(&account(&app).await, &Weather { suspended: true, ..Weather::still() }).unwrap();
        let path = ask(&owner, ReleaseId::new(), &ids, "").await.is(303).location().to_owned();
        app.run_jobs().await;
        let page = owner.get(&path).await.ok();
        assert!(page.text().contains("Waits until the connection to the carrier works again"), "{}", page.text());
        app.world().set_weather(&account(&app).await, &Weather::still()).unwrap();
        app.advance(chrono::TimeDelta::hours(1));
        app.run_jobs().await;
        assert!(owner.get(&path).await.ok().text().contains("2 of 2 released"));
    }

    async fn what_is_gone_at_the_carrier_counts_as_done_and_storms_pass(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        let numbers = inventory(&app).await;
        let gone = numberbank::providers::RemoteNumberId::new(&numbers[0].service_id);
        app.world().release(&account(&app).await, &gone).unwrap();
        let storm = Weather { rate_limit_next: 2, transient_next: 1, change_answer_lost_next: 1, ..Weather::still() };
        app.world().set_weather(&account(&app).await, &storm).unwrap();
        let owner = app.sign_in(Role::Owner).await;
        let ids: Vec<NumberId> = numbers.iter().map(|number| number.id).collect();
        let path = ask(&owner, ReleaseId::new(), &ids, "").await.is(303).location().to_owned();
        for _ in 0..20 {
            app.run_jobs().await;
            app.advance(chrono::TimeDelta::seconds(30));
        }
        assert!(owner.get(&path).await.ok().text().contains("3 of 3 released"));
        assert!(inventory(&app).await.is_empty() && books(&app).await.numbers.is_empty());
    }

    async fn many_need_the_count_typed_and_what_changed_meanwhile_stops_all(app: TestApp) {
        buy(&app, &[("313", 26)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let ids: Vec<NumberId> = inventory(&app).await.iter().map(|number| number.id).collect();
        let refused = ask(&owner, ReleaseId::new(), &ids, "25").await.is(422);
        assert!(refused.text().contains("Type 26 to confirm."));
        let id = draft(&app, "Meanwhile", &[("313", 200)]).await;
        reserve(&app, id, &[("313", 1)]).await;
        let refused = ask(&owner, ReleaseId::new(), &ids, "26").await.is(409);
        assert!(refused.text().contains("Nothing was released"), "{}", refused.text());
        app.run_jobs().await;
        assert_eq!((inventory(&app).await.len(), books(&app).await.numbers.len()), (26, 26));
    }

    async fn only_owners_release(app: TestApp) {
        buy(&app, &[("313", 1)]).await;
        let ids: Vec<NumberId> = inventory(&app).await.iter().map(|number| number.id).collect();
        for role in [Role::Admin, Role::SpendViewer] {
            let client = app.sign_in(role).await;
            client.get(&format!("{CONFIRM}?area_code=313")).await.is(403);
            ask(&client, ReleaseId::new(), &ids, "").await.is(403);
        }
        app.run_jobs().await;
        assert_eq!(inventory(&app).await.len(), 1);
    }
}
