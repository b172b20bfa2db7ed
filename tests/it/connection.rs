//! Connecting an organization: what is asked, sealed and tested; what happens while a connection is broken.

use numberbank::access::{ManageCampaigns, Role};
use numberbank::campaigns::{self, State};
use numberbank::kernel::ids::CampaignId;
use numberbank::kernel::{Seal, SealError};
use numberbank::organizations::connection;
use numberbank::providers::Account;
use numberbank::providers::fakeservice::{Books, Weather};
use numberbank::state::App;

use crate::both;
use crate::launch::{buy, draft, reserve};
use crate::support::strict::SECRET;
use crate::support::{Answer, Backend, Change, Client, TestApp, run_with};

const PAGE: &str = "/o/our-city/settings/connection";
const ACCOUNT: &str = "AC0000000001";
const INBOUND: &str = "https://texting.example.org/inbound";
const STATUS: &str = "https://texting.example.org/status";

/// As `both!`, with a carrier that asks for an account, a key and addresses.
macro_rules! strictly {
    ($(async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        async fn $name($app: TestApp) $body
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::strictly(super::Backend::Sqlite, super::$name).await;
            }
            #[tokio::test]
            async fn postgres() {
                super::strictly(super::Backend::Postgres, super::$name).await;
            }
        }
    )+};
}

async fn strictly<F: Future<Output = ()>>(backend: Backend, test: impl FnOnce(TestApp) -> F) {
    run_with(backend, Change { strict: true, ..Change::default() }, test).await;
}

fn fields<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("provider", "strictservice"),
        ("account", ACCOUNT),
        ("user", "SK1"),
        ("secret", SECRET),
        ("inbound_url", INBOUND),
        ("status_url", STATUS),
        ("voice_url", ""),
    ];
    for (name, value) in changed {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields
}

async fn connect(owner: &Client) -> Answer {
    owner.submit(PAGE, &fields(&[])).await.ok()
}

fn books(app: &TestApp, account: &str) -> Books {
    app.world().books(&Account::new(account)).unwrap()
}

fn weather(app: &TestApp, suspended: bool) {
    app.world().set_weather(&Account::new("our-city"), &Weather { suspended, ..Weather::still() }).unwrap();
}

async fn campaign(app: &TestApp, id: CampaignId) -> campaigns::Campaign {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    app.app().db.read(move |conn| campaigns::find(conn, by.organization_id(), id)).await.unwrap()
}

/// Another instance with another key, on the same database.
fn with_other_key(app: &TestApp) -> App {
    let key = numberbank::config::Settings::passing_key();
    App { seal: Seal::new(&key).unwrap(), ..app.app().clone() }
}

strictly! {
    async fn an_owner_connects_tests_and_sees_the_balance(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(PAGE).await.ok();
        assert!(page.text().contains("The connection was not tested yet."), "{}", page.text());
        assert!(page.all("option").contains(&"Strict carrier".to_owned()));
        assert!(page.all("input[name=secret]").is_empty(), "the practice carrier asks for no secret");
        let page = owner.get(&format!("{PAGE}?provider=strictservice")).await.ok();
        assert_eq!(page.attribute("input[name=secret]", "type").as_deref(), Some("password"));
        assert_eq!(page.attribute("input[name=account]", "value").as_deref(), Some(""));

        let page = connect(&owner).await;
        let text = page.text();
        assert!(text.contains("Saved. The connection works."), "{text}");
        assert!(text.contains("$12.50"), "{text}");
        assert_eq!(page.attribute("input[name=account]", "value").as_deref(), Some(ACCOUNT));
        assert_eq!(page.attribute("input[name=user]", "value").as_deref(), Some("SK1"));
        assert_eq!(page.attribute("input[name=secret]", "value").as_deref(), Some(""));
        app.advance(chrono::TimeDelta::hours(3));
        assert!(owner.get(PAGE).await.ok().text().contains("3 hours ago"));
        // It is the organization's from now on: numbers are bought there.
        buy(&app, &[("313", 2)]).await;
        assert_eq!((books(&app, ACCOUNT).numbers.len(), books(&app, "our-city").numbers.len()), (2, 0));
    }

    async fn every_wrong_field_is_said_and_what_was_typed_stays(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let wrong = fields(&[
            ("account", "X1"), ("user", "X2"), ("secret", "short"), ("inbound_url", "http://plain.example.org/in"),
            ("status_url", "texting"), ("voice_url", "https://me:pass@voice.example.org/"),
        ]);
        let page = owner.post(PAGE, &wrong).await.is(422);
        for field in ["account", "user", "secret", "inbound_url", "status_url", "voice_url"] {
            assert_eq!(page.all(&format!("#field-{field}-error")).len(), 1, "{field}");
        }
        assert_eq!(page.attribute("input[name=account]", "value").as_deref(), Some("X1"));
        assert!(!page.body().contains("short\""), "a secret goes back to nobody");
        let page = owner.post(PAGE, &fields(&[("secret", "")])).await.is(422);
        assert_eq!(page.all("#field-secret-error"), ["Error: Enter the secret."]);
        owner.post(PAGE, &fields(&[("provider", "carrierpigeon")])).await.is(400);
        let stored = app.texts("organization", "service").await;
        assert_eq!(stored, ["fakeservice"]);
    }

    async fn a_secret_is_nowhere_to_be_read(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        connect(&owner).await;
        owner.submit(PAGE, &fields(&[("secret", "another-secret-99"), ("voice_url", INBOUND)])).await.ok();
        app.run_jobs().await;
        let mut seen = Vec::new();
        for path in [PAGE, "/o/our-city/settings", "/o/our-city/activity", "/o/our-city/phone-numbers"] {
            seen.push(owner.get(path).await.ok().body().to_owned());
        }
        for (table, column) in [
            ("activity", "words"), ("job_request", "payload"), ("job_request", "message"),
            ("carrier_connection", "sealed_secret"), ("carrier_connection", "check_words"),
            ("carrier_connection", "credential_user"), ("organization", "connection_broken_words"),
        ] {
            seen.extend(app.texts(table, column).await);
        }
        assert!(seen.iter().any(|text| text.contains("a new secret was entered")), "the change itself is logged");
        for text in seen {
            assert!(!text.contains(SECRET) && !text.contains("another-secret-99"), "{text}");
        }
        // It opens for this organization, provider and account alone.
        let sealed = app.texts("carrier_connection", "sealed_secret").await.remove(0);
        let by = app.allowed::<ManageCampaigns>(Role::Owner).await;
        let place = |account: &str| format!("connection:{}:strictservice:{account}", by.organization_id());
        assert!(app.app().seal.open(&place(ACCOUNT), &sealed).is_ok());
        assert_eq!(app.app().seal.open(&place("AC2"), &sealed).err(), Some(SealError::Damaged));
    }

    async fn a_refused_key_is_said_with_the_carriers_code_and_mended_by_a_new_one(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.submit(PAGE, &fields(&[("secret", "not-the-right-one")])).await.ok();
        let text = page.text();
        assert!(text.contains("Saved, but the connection does not work"), "{text}");
        assert!(text.contains("The carrier said: Authenticate (code 20003)"), "{text}");
        assert!(text.contains("Enter the account and its key again"), "{text}");
        assert_eq!(page.all("#connection-broken").len(), 1);
        // Left empty, the stored one is kept, and is still wrong.
        let page = owner.submit(PAGE, &fields(&[("secret", "")])).await.ok();
        assert_eq!(page.all("#connection-broken").len(), 1);
        let page = connect(&owner).await;
        assert_eq!(page.all("#connection-broken").len(), 0, "{}", page.text());
        // Left empty again, the one that works is kept.
        let page = owner.submit(PAGE, &fields(&[("secret", "")])).await.ok();
        assert!(page.text().contains("Saved. The connection works."), "{}", page.text());
        // Of another key it must be entered.
        let page = owner.post(PAGE, &fields(&[("secret", ""), ("user", "SK2")])).await.is(422);
        assert!(page.all("#field-secret-error")[0].contains("belongs to another account or key"));
    }

    async fn an_instance_with_another_key_says_so_and_asks_for_the_secret(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        connect(&owner).await;
        let other = with_other_key(&app);
        let by = app.allowed::<ManageCampaigns>(Role::Owner).await;
        let refused = connection::own(&other, &by).await.err().unwrap().to_string();
        assert!(refused.contains("sealed with another NUMBERBANK_SECRET_KEY"), "{refused}");
        let page = owner.get("/o/our-city/orders").await.ok();
        let banner = page.all("#connection-broken").join("");
        assert!(banner.contains("another NUMBERBANK_SECRET_KEY") && banner.contains("Enter the secret again"), "{banner}");
        let check = connection::test(&other, &connection::place_of(&by)).await.unwrap();
        assert!(!check.works && check.sentence().contains("Enter the secret again in the settings"), "{check:?}");
        // A job there waits, and goes on where the key is right.
        let id = order(&app).await;
        let runner = numberbank::jobs::Runner::new(other, numberbank::app::kinds());
        while runner.run_one().await.unwrap() {}
        let page = owner.get(&id).await.ok();
        assert!(page.text().contains("sealed with another NUMBERBANK_SECRET_KEY"), "{}", page.text());
        let page = owner.submit(&format!("{PAGE}/test"), &[]).await.ok();
        assert!(page.all("#connection-broken").is_empty(), "{}", page.text());
        app.run_jobs().await;
        assert_eq!(books(&app, ACCOUNT).numbers.len(), 2);
        // What somebody wrote over it is no garbage either.
        app.sql("UPDATE carrier_connection SET sealed_secret = 'AQgarbage'").await;
        let page = owner.submit(&format!("{PAGE}/test"), &[]).await.ok();
        assert!(page.text().contains("it was changed since it was sealed"), "{}", page.text());
        let page = owner.post(PAGE, &fields(&[("secret", "")])).await.is(422);
        assert!(page.all("#field-secret-error")[0].contains("Enter the secret again"));
        let page = connect(&owner).await;
        assert!(page.text().contains("Saved. The connection works."), "{}", page.text());
    }

    async fn the_account_stays_while_it_has_numbers_and_its_key_may_change(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        buy(&app, &[("313", 2)]).await;
        let page = owner.post(PAGE, &fields(&[])).await.is(422);
        let error = page.all("#field-account-error").join("");
        assert!(error.contains("Our City owns 2 numbers in the account our-city at Practice carrier"), "{error}");
        assert_eq!(app.texts("organization", "service").await, ["fakeservice"]);
        app.sql("UPDATE owned_phone_number SET released_at = bought_at").await;
        connect(&owner).await;
        buy(&app, &[("248", 1)]).await;
        owner.post(PAGE, &fields(&[("account", "AC2")])).await.is(422);
        let page = owner.submit(PAGE, &fields(&[("user", "SK9")])).await.ok();
        assert!(page.text().contains("Saved. The connection works."), "{}", page.text());
        let log = owner.get("/o/our-city/activity").await.ok().text();
        assert!(log.contains("Changed the connection: the key is SK9; a new secret was entered"), "{log}");
    }

    async fn a_start_needs_the_addresses_and_gives_them_to_the_service(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let admin = app.sign_in(Role::Admin).await;
        owner.submit(PAGE, &fields(&[("status_url", "")])).await.ok();
        buy(&app, &[("313", 2)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 300)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        let start = format!("/o/our-city/campaigns/{id}/start");
        let page = owner.get(&start).await.ok();
        assert!(page.text().contains("not known yet (status address)"), "{}", page.text());
        assert_eq!(page.attribute("#start a.button", "href").as_deref(), Some(PAGE));
        let page = admin.get(&start).await.ok();
        assert!(page.text().contains("Ask an owner to enter them"), "{}", page.text());
        assert!(!page.body().contains(PAGE), "no link to where they may not go");
        admin.post(&start, &[]).await.is(303);
        app.run_jobs().await;
        assert_eq!(campaign(&app, id).await.state, State::Draft);
        assert!(books(&app, ACCOUNT).services.is_empty());

        owner.submit(PAGE, &fields(&[])).await.ok();
        // A carrier of real numbers: what is not registered asks for a tick.
        admin.submit(&start, &[("unregistered", "yes")]).await.ok();
        app.run_jobs().await;
        assert_eq!(campaign(&app, id).await.state, State::Started);
        let service = books(&app, ACCOUNT).services.remove(0);
        assert_eq!(service.addresses.inbound_url.as_deref(), Some(INBOUND));
        assert_eq!(service.addresses.status_url.as_deref(), Some(STATUS));
        assert!(service.area_code_geomatch && service.sticky_sender);
        assert!(owner.get(PAGE).await.ok().text().contains("1 of 1 that Numberbank made have the addresses"));

        // Changed, the service is told; the job that dies in the middle is done again.
        app.advance(chrono::TimeDelta::seconds(1));
        let moved = "https://texting.example.org/moved";
        owner.submit(PAGE, &fields(&[("inbound_url", moved)])).await.ok();
        assert!(owner.get(PAGE).await.ok().text().contains("0 of 1 that Numberbank made"));
        app.run_jobs().await;
        assert_eq!(books(&app, ACCOUNT).services[0].addresses.inbound_url.as_deref(), Some(moved));
        assert!(owner.get(PAGE).await.ok().text().contains("1 of 1 that Numberbank made"));
        // One that is gone at the carrier is said, and told again when asked.
        app.advance(chrono::TimeDelta::seconds(1));
        app.sql("UPDATE messaging_service SET service_sid = 'MGgone'").await;
        owner.submit(PAGE, &fields(&[])).await.ok();
        app.run_jobs().await;
        let page = owner.get(PAGE).await.ok();
        assert_eq!(page.all("#addresses li").len(), 1, "{}", page.text());
        owner.submit(&format!("{PAGE}/addresses"), &[]).await.ok();
        app.run_jobs().await;
        assert_eq!(owner.get(PAGE).await.ok().all("#addresses li").len(), 1);
    }

    async fn a_trials_limit_stays_until_a_change_succeeds(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        connect(&owner).await;
        app.strict().set_trial(true);
        let order = order(&app).await;
        app.run_jobs().await;
        // The quote's reads go well; the banner stays all the same.
        owner.get("/o/our-city/settings").await.ok();
        let page = owner.get(&order).await.ok();
        assert!(page.all("#connection-broken").join("").contains("21404"), "{}", page.text());
        assert!(page.text().contains("waits until the connection") || page.text().contains("Waits until the connection"));
        app.strict().set_trial(false);
        let page = owner.submit(&format!("{PAGE}/test"), &[]).await.ok();
        assert!(page.all("#connection-broken").is_empty());
        app.run_jobs().await;
        assert!(owner.get(&order).await.ok().text().contains("2 of 2 bought"));
    }

    async fn a_new_organization_at_a_real_carrier_is_told_to_connect(app: TestApp) {
        let now = app.app().clock.now();
        app.sql("UPDATE organization SET service = 'strictservice'").await;
        let by = app.allowed::<ManageCampaigns>(Role::Owner).await;
        let id = by.organization_id();
        app.write(move |tx| Ok(connection::is_unconnected(tx, id, now)?)).await;
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get("/o/our-city/phone-numbers").await.ok();
        assert!(page.all("#connection-broken").join("").contains("Nobody entered the account's key yet"), "{}", page.text());
        assert_eq!(page.attribute("#connection-broken a", "href").as_deref(), Some(PAGE));
        let page = connect(&owner).await;
        assert!(page.all("#connection-broken").is_empty());
    }
}

/// Places an order of two numbers without letting it be done; answers its page.
async fn order(app: &TestApp) -> String {
    use numberbank::access::BuyNumbers;
    use numberbank::kernel::ids::OrderId;
    use numberbank::kernel::{AreaCode, Micros};
    use numberbank::purchasing::{self, NewOrder, Wanted};
    let by = app.allowed::<BuyNumbers>(Role::Owner).await;
    let price = Micros::from_cents(115);
    let lines = vec![Wanted { area_code: AreaCode::parse("313").unwrap(), count: 2, price }];
    let order = NewOrder::of(OrderId::new(), lines);
    let now = app.app().clock.now();
    let id = app.write(move |tx| purchasing::place(tx, &by, &order, now)).await;
    format!("/o/our-city/orders/{id}")
}

both! {
    async fn while_the_account_is_suspended_pages_say_so_and_work_waits(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let admin = app.sign_in(Role::Admin).await;
        buy(&app, &[("313", 2)]).await;
        let id = draft(&app, "Fall GOTV", &[("313", 300)]).await;
        reserve(&app, id, &[("313", 2)]).await;
        weather(&app, true);
        let order = order(&app).await;
        app.run_jobs().await;
        admin.submit(&format!("/o/our-city/campaigns/{id}/start"), &[]).await.ok();
        app.run_jobs().await;
        let banner = async |client: &Client, path: &str| client.get(path).await.ok().all("#connection-broken").join("");
        let start = format!("/o/our-city/campaigns/{id}");
        for path in ["/o/our-city/orders", "/o/our-city/orders/new", "/o/our-city/phone-numbers",
            "/o/our-city/settings", PAGE, order.as_str(), start.as_str()] {
            let words = banner(&owner, path).await;
            assert!(words.contains("suspended") && words.contains("20005") && words.contains("top the account up"), "{path}: {words}");
            assert!(words.contains("Mend the connection"), "{path}: {words}");
        }
        let words = banner(&admin, &start).await;
        assert!(words.contains("Ask an owner to mend it") && !words.contains("Mend the connection"), "{words}");
        for path in ["/o/our-city/spend", "/o/our-city/activity", "/o/our-city/members"] {
            assert_eq!(banner(&owner, path).await, "", "{path} needs no carrier");
        }
        // Nothing is given up, however long it lasts.
        for _ in 0..40 {
            app.advance(chrono::TimeDelta::hours(1));
            app.run_jobs().await;
        }
        assert_eq!(campaign(&app, id).await.state, State::Starting);
        assert!(owner.get(&order).await.ok().text().contains("the carrier has suspended this account"));
        assert!(banner(&owner, "/o/our-city/orders").await.contains("yesterday")
            || banner(&owner, "/o/our-city/orders").await.contains("day"));
        weather(&app, false);
        let page = owner.submit(&format!("{PAGE}/test"), &[]).await.ok();
        assert!(page.text().contains("The connection works."), "{}", page.text());
        assert!(page.all("#connection-broken").is_empty());
        app.run_jobs().await;
        assert_eq!(campaign(&app, id).await.state, State::Started);
        assert!(owner.get(&order).await.ok().text().contains("2 of 2 bought"));
        assert_eq!(books(&app, "our-city").numbers.len(), 4);
    }

    async fn any_answer_of_the_carrier_ends_the_trouble(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        weather(&app, true);
        owner.get("/o/our-city/settings").await.ok();
        assert_eq!(owner.get("/o/our-city/orders").await.ok().all("#connection-broken").len(), 1);
        weather(&app, false);
        owner.get("/o/our-city/settings").await.ok();
        assert!(owner.get("/o/our-city/orders").await.ok().all("#connection-broken").is_empty());
    }

    async fn who_stops_an_order_of_a_broken_connection_may_end_it(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        weather(&app, true);
        let order = order(&app).await;
        app.run_jobs().await;
        owner.submit(&format!("{order}/stop"), &[]).await.ok();
        app.advance(chrono::TimeDelta::hours(1));
        app.run_jobs().await;
        assert!(owner.get(&order).await.ok().text().contains("stopped"));
    }

    async fn operators_alone_see_who_shares_the_account(app: TestApp) {
        app.add_organization("sister", "Sister City").await;
        app.sql("UPDATE organization SET carrier_account = 'our-city' WHERE slug = 'sister'").await;
        let owner = app.sign_in(Role::Owner).await;
        assert!(!owner.get(PAGE).await.ok().body().contains("Sister City"));
        app.sql("UPDATE person SET is_operator = TRUE WHERE email = 'owner@example.org'").await;
        assert!(owner.get(PAGE).await.ok().text().contains("Sister City has the same account"));
    }

    async fn only_owners_connect(app: TestApp) {
        for role in [Role::Admin, Role::SpendViewer] {
            let client = app.sign_in(role).await;
            client.get(PAGE).await.is(403);
            client.post(PAGE, &[("account", "mine")]).await.is(403);
            client.post(&format!("{PAGE}/test"), &[]).await.is(403);
            client.post(&format!("{PAGE}/addresses"), &[]).await.is(403);
        }
        assert_eq!(app.texts("organization", "carrier_account").await, ["our-city"]);
    }
}
