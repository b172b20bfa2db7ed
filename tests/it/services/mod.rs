//! Messaging services: found at the carrier and adopted, shared by campaigns, filled and emptied by hand.

pub mod moving;
mod ordering;
mod sharing;

use chrono::TimeDelta;
use numberbank::access::{ManageCampaigns, Role, SeeNumbers};
use numberbank::campaigns::{self, Campaign};
use numberbank::kernel::ids::CampaignId;
use numberbank::kernel::{AreaCode, E164};
use numberbank::messaging::{self, MessagingService};
use numberbank::numbers::{self, EventKind, Number, Status};
use numberbank::providers::fakeservice::{Books, Verb};
use numberbank::providers::{
    Account, Addresses, ClientRef, NewService, PurchaseItem, Registration, RemoteNumberId, RemoteServiceId,
    Search,
};

use crate::both;
use crate::launch::{buy, draft};
use crate::support::{Client, TestApp};

pub const PAGE: &str = "/o/our-city/messaging-services";

pub fn account() -> Account {
    Account::new("our-city")
}

pub fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

pub fn books(app: &TestApp) -> Books {
    app.world().books(&account()).unwrap()
}

/// How often the carrier was asked this.
pub fn calls(app: &TestApp, verb: Verb) -> u64 {
    app.world().calls(&account()).unwrap().get(&verb).copied().unwrap_or(0)
}

/// Makes a service at the carrier, as somebody does in its console.
pub fn in_console(app: &TestApp, name: &str, registration: Option<(&str, bool)>) -> RemoteServiceId {
    let service = NewService {
        name: name.to_owned(),
        client_ref: ClientRef::new(format!("console:{name}")),
        addresses: Addresses { inbound_url: Some("https://texts.example/in".into()), status_url: None },
        area_code_geomatch: true,
        sticky_sender: true,
    };
    let id = app.world().create_service(&account(), &service).unwrap().id;
    if let Some((status, registered)) = registration {
        let registration = Registration { registered, campaign_status: Some(status.to_owned()) };
        app.world().set_registration(&account(), &id, &registration).unwrap();
    }
    id
}

/// Puts a number into a service at the carrier, as somebody does in its console.
pub fn put_in(app: &TestApp, service: &RemoteServiceId, number: &Number) {
    app.world().add_to_service(&account(), service, &RemoteNumberId::new(&number.service_id)).unwrap();
}

/// Buys a number in the console and puts it into a service: unknown here.
pub fn stranger(app: &TestApp, service: &RemoteServiceId, area: &str) -> E164 {
    let found = app.world().search(&Search { area_code: code(area), limit: 1 }).unwrap();
    let item = PurchaseItem {
        phone_number: found[0].phone_number,
        client_ref: ClientRef::new("console"),
        voice_url: None,
    };
    let owned = app.world().buy(&account(), &item).unwrap();
    app.world().add_to_service(&account(), service, &owned.id).unwrap();
    owned.phone_number
}

/// All numbers of the organization, in their order.
pub async fn all(app: &TestApp) -> Vec<Number> {
    let by = app.allowed::<SeeNumbers>(Role::Owner).await;
    let read = app.app().db.read(move |conn| {
        let kept = numbers::counts(conn, by.organization_id(), None)?;
        let counted = numbers::count_all(conn, by.organization_id(), "fakeservice")?;
        let some: Vec<_> = kept.into_iter().filter(|count| count.total() > 0).collect();
        assert_eq!(some, counted, "number_count must equal a full count");
        numbers::list(conn, by.organization_id(), &numbers::Filter::default(), 1_000)
    });
    read.await.unwrap()
}

pub async fn of_code(app: &TestApp, area: &str) -> Vec<Number> {
    let mut numbers = all(app).await;
    numbers.retain(|number| number.area_code == code(area));
    numbers
}

pub fn how_many(numbers: &[Number], status: Status) -> usize {
    numbers.iter().filter(|number| number.status() == status).count()
}

/// Our open services, the default first.
pub async fn services(app: &TestApp) -> Vec<MessagingService> {
    let by = app.allowed::<ManageCampaigns>(Role::Owner).await;
    let read =
        app.app().db.read(move |conn| messaging::of_place(conn, &campaigns::place_of(by.organization())));
    read.await.unwrap()
}

pub async fn campaign(app: &TestApp, id: CampaignId) -> Campaign {
    let by = app.allowed::<ManageCampaigns>(Role::Owner).await;
    app.app().db.read(move |conn| campaigns::find(conn, by.organization_id(), id)).await.unwrap()
}

pub async fn happened(app: &TestApp, number: &Number, kind: EventKind) -> usize {
    let by = app.allowed::<SeeNumbers>(Role::Owner).await;
    let id = number.id;
    let read = app.app().db.read(move |conn| numbers::events(conn, by.organization_id(), id));
    read.await.unwrap().iter().filter(|event| event.kind == kind).count()
}

/// The carrier's pools and our books say the same of the numbers we know.
pub async fn pools_agree(app: &TestApp) {
    let books = books(app);
    let ours = all(app).await;
    let known = services(app).await;
    for number in &ours {
        let there = books
            .members
            .iter()
            .find(|(_, members)| members.iter().any(|id| id.as_str() == number.service_id))
            .map(|(service, _)| service.clone());
        let here = number.facts.messaging_service.map(|id| {
            known
                .iter()
                .find(|service| service.id == id)
                .and_then(|service| service.remote_id.clone())
                .unwrap()
        });
        assert_eq!(here, there, "{}", number.phone_number);
    }
}

/// Looks at the carrier and adopts a service.
pub async fn adopt(app: &TestApp, owner: &Client, remote: &RemoteServiceId) -> MessagingService {
    owner.post(&format!("{PAGE}/look"), &[]).await.is(303);
    app.run_jobs().await;
    let page = owner.submit(&format!("{PAGE}/adopt"), &[("service", remote.as_str())]).await.ok();
    assert!(page.text().contains("is adopted"), "{}", page.text());
    let found = services(app).await.into_iter().find(|one| one.remote_id.as_ref() == Some(remote));
    found.expect("adopted")
}

both! {
    async fn a_registration_that_came_through_is_known_the_next_morning(app: TestApp) {
        let service = in_console(&app, "Main line", Some(("IN_PROGRESS", false)));
        let owner = app.sign_in(Role::Owner).await;
        assert!(!adopt(&app, &owner, &service).await.registered);
        let verified = Registration { registered: true, campaign_status: Some("VERIFIED".into()) };
        app.world().set_registration(&account(), &service, &verified).unwrap();
        app.run_clock_jobs().await;
        assert!(!services(&app).await[0].registered, "nobody looked");
        app.advance(TimeDelta::hours(17));
        app.run_clock_jobs().await;
        assert!(services(&app).await[0].registered);
        let page = app.sign_in(Role::Owner).await.get(PAGE).await.ok();
        assert!(!page.text().contains("not registered"), "{}", page.text());
    }

    async fn what_the_carrier_has_is_seen_by_a_job_and_adopted(app: TestApp) {
        buy(&app, &[("313", 5)]).await;
        let numbers = of_code(&app, "313").await;
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        numbers[..3].iter().for_each(|number| put_in(&app, &main, number));
        stranger(&app, &main, "616");
        let pending = in_console(&app, "Second line", Some(("IN_PROGRESS", false)));

        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        let page = admin.get(PAGE).await.ok();
        assert!(page.text().contains("not looked at yet"), "{}", page.text());
        assert!(!page.body().contains("/look"), "an admin is not offered what only an owner may");
        let before = calls(&app, Verb::ListServices);
        let page = owner.submit(&format!("{PAGE}/look"), &[]).await.ok();
        assert!(page.text().contains("Looking at the carrier"), "{}", page.text());
        assert_eq!(calls(&app, Verb::ListServices), before, "no page asks the carrier");
        app.run_jobs().await;
        let page = owner.get(PAGE).await.ok();
        let text = page.text();
        for words in ["Main line", "registered", "1 unknown to Numberbank", "Second line", "not registered: under review"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(page.body().contains(main.as_str()) && page.body().contains(pending.as_str()));
        assert_eq!(how_many(&all(&app).await, Status::Available), 5, "looking changes nothing here");

        let page = owner.submit(&format!("{PAGE}/adopt"), &[("service", main.as_str())]).await.ok();
        assert!(page.text().contains("3 numbers of yours are attached"), "{}", page.text());
        assert!(page.text().contains("1 number in it is unknown to Numberbank: sync"), "{}", page.text());
        let now = of_code(&app, "313").await;
        assert_eq!((how_many(&now, Status::Attached), how_many(&now, Status::Available)), (3, 2));
        assert_eq!(happened(&app, &now[0], EventKind::Attached).await, 1);
        pools_agree(&app).await;
        let adopted = services(&app).await.remove(0);
        assert_eq!((adopted.registered, adopted.strangers, adopted.room), (true, 1, 400));
        let url = format!("{PAGE}/{}", adopted.id);
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("396"), "room for more: {}", page.text());

        // Its room is its own.
        for wrong in ["0", "", "-3", "1.5", "100001"] {
            let page = owner.post(&format!("{url}/room"), &[("room", wrong)]).await.is(422);
            assert!(page.text().contains("Enter a whole number from 1 to 100,000."), "{wrong}");
        }
        let page = owner.submit(&format!("{url}/room"), &[("room", "50")]).await.ok();
        assert!(page.text().contains("T-Mobile takes at most 49"), "{}", page.text());
        let page = owner.submit(&format!("{url}/room"), &[("room", "49")]).await.ok();
        assert!(!page.text().contains("T-Mobile takes at most 49 numbers on one"), "{}", page.text());

        // A campaign of another organization never sees it.
        app.add_organization("elsewhere", "Elsewhere").await;
        app.sql("UPDATE organization SET carrier_account = 'our-city' WHERE slug = 'elsewhere'").await;
        app.add_person("other@example.org", "Otto Other", &[("elsewhere", Role::Owner)]).await;
        let other = app.sign_in_as("other@example.org").await;
        other.post("/o/elsewhere/messaging-services/look", &[]).await.is(303);
        app.run_jobs().await;
        let page = other.get("/o/elsewhere/messaging-services").await.ok();
        assert!(page.text().contains("Second line") && !page.text().contains("Main line"), "{}", page.text());
        other.post("/o/elsewhere/messaging-services/adopt", &[("service", main.as_str())]).await.is(409);
    }

    async fn an_adopted_service_is_forgotten_when_nobody_uses_it_and_taken_up_again(app: TestApp) {
        buy(&app, &[("313", 2)]).await;
        let main = in_console(&app, "Main line", None);
        put_in(&app, &main, &of_code(&app, "313").await[0]);
        let owner = app.sign_in(Role::Owner).await;
        let adopted = adopt(&app, &owner, &main).await;
        let url = format!("{PAGE}/{}", adopted.id);
        owner.submit(&format!("{url}/default"), &[]).await.ok();
        assert!(services(&app).await[0].is_default);

        let id = draft(&app, "Fall GOTV", &[("313", 100)]).await;
        let basics = format!("/o/our-city/campaigns/{id}/basics");
        let page = owner.get(&basics).await.ok();
        assert!(page.text().contains("The organization’s: Main line"), "{}", page.text());
        let service = adopted.id.to_string();
        let fields = |service: &'static str| {
            [("name", "Fall GOTV"), ("contacts_per_number", "200"), ("strategy", "best"), ("messaging_service", service)]
        };
        let chosen: &'static str = Box::leak(service.into_boxed_str());
        owner.submit(&basics, &fields(chosen)).await.ok();
        assert_eq!(campaign(&app, id).await.messaging_service_id, Some(adopted.id));
        let refused = owner.post(&format!("{url}/forget"), &[]).await.is(409);
        assert!(refused.text().contains("It is used by Fall GOTV"), "{}", refused.text());

        owner.submit(&basics, &fields("own")).await.ok();
        let own = campaign(&app, id).await;
        assert_eq!((own.messaging_service_id, own.own_service), (None, true));
        let page = owner.submit(&format!("{url}/forget"), &[]).await.ok();
        assert!(page.text().contains("Nothing changed at the carrier"), "{}", page.text());
        assert!(services(&app).await.is_empty());
        assert_eq!(books(&app).members[&main].len(), 1, "it is never deleted there");
        assert_eq!(how_many(&all(&app).await, Status::Attached), 1);

        let again = adopt(&app, &owner, &main).await;
        assert_eq!((again.id, again.is_default), (adopted.id, false));
        assert_eq!(how_many(&all(&app).await, Status::Attached), 1);
    }

    async fn a_look_that_fails_changes_nothing_and_says_so(app: TestApp) {
        let main = in_console(&app, "Main line", Some(("VERIFIED", true)));
        let owner = app.sign_in(Role::Owner).await;
        owner.post(&format!("{PAGE}/look"), &[]).await.is(303);
        app.run_jobs().await;
        let away = numberbank::providers::fakeservice::Weather {
            transient_next: 100,
            ..numberbank::providers::fakeservice::Weather::still()
        };
        app.world().set_weather(&account(), &away).unwrap();
        app.advance(chrono::TimeDelta::hours(1));
        owner.post(&format!("{PAGE}/look"), &[]).await.is(303);
        for _ in 0..6 {
            app.run_jobs().await;
            app.advance(chrono::TimeDelta::minutes(5));
        }
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("did not come to its end"), "{}", page.text());
        assert!(page.body().contains(main.as_str()), "what was seen before is shown");
        // What is gone is forgotten by a look that comes to its end.
        app.world().set_weather(&account(), &numberbank::providers::fakeservice::Weather::still()).unwrap();
        app.world().delete_service(&account(), &main).unwrap();
        owner.post(&format!("{PAGE}/look"), &[]).await.is(303);
        app.run_jobs().await;
        let page = owner.get(PAGE).await.ok();
        assert!(!page.body().contains(main.as_str()) && !page.text().contains("did not come to its end"));
    }
}
