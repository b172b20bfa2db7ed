//! What a campaign lacks, asked of the owners: from "12 short" to started, as two people; and what may go wrong between.

mod limit;
mod running;

use chrono::TimeDelta;
use numberbank::access::{BuyNumbers, ManageCampaigns, Role};
use numberbank::allocation::Mode;
use numberbank::campaigns::State;
use numberbank::error::AppError;
use numberbank::kernel::AreaCode;
use numberbank::kernel::ids::{CampaignId, OrderId, RequestId};
use numberbank::numbers::{self, EventKind, Status};
use numberbank::purchasing;
use numberbank::requests::{self, Request};

use crate::both;
use crate::launch::{draft, reserve, state};
use crate::support::smtp::SmtpServer;
use crate::support::{Backend, Change, Client, TestApp, run_with};

const HOME: &str = "/o/our-city";

/// What the form of a page would send, of its fields with these names.
fn fields(page: &crate::support::Answer, form: &str, names: &[&str]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for name in names {
        for value in page.attributes(&format!("{form} [name={name}]"), &["value"]) {
            fields.push(((*name).to_owned(), value));
        }
    }
    fields
}

fn refs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Asks for what the form proposes; answers the request's page.
async fn ask(admin: &Client, campaign: CampaignId, note: &str) -> String {
    let page = admin.get(&format!("{HOME}/requests/new?campaign={campaign}")).await.ok();
    let mut sent = fields(&page, "form.card", &["id", "campaign", "area_code", "count", "needed_by"]);
    sent.push(("note".into(), note.into()));
    admin.post(&format!("{HOME}/requests"), &refs(&sent)).await.is(303).location().to_owned()
}

fn id_of(url: &str) -> RequestId {
    RequestId::parse(url.rsplit('/').next().unwrap()).unwrap()
}

/// What the owner's page would send.
async fn approval(owner: &Client, url: &str) -> Vec<(String, String)> {
    let page = owner.get(url).await.ok();
    fields(&page, "form[action$=approve]", &["order", "numbers", "seen", "ceiling"])
}

async fn approve(owner: &Client, url: &str) -> String {
    let sent = approval(owner, url).await;
    owner.submit(&format!("{url}/approve"), &refs(&sent)).await.ok().text()
}

async fn request(app: &TestApp, id: RequestId) -> Request {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    app.app().db.read(move |conn| requests::find(conn, by.organization_id(), id)).await.unwrap()
}

/// How many orders there are, and how many numbers the carrier sold.
async fn bought(app: &TestApp) -> (i64, usize) {
    let by = app.allowed(Role::Owner).await;
    let orders =
        app.app().db.read(move |conn| Ok::<_, AppError>(purchasing::list(conn, &by, None, 1)?.1)).await;
    (orders.unwrap(), app.books().numbers.len())
}

/// How many numbers do this; and that the counts are right.
async fn how_many(app: &TestApp, status: Status) -> i64 {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let (kept, counted) = app
        .app()
        .db
        .read(move |conn| {
            Ok::<_, AppError>((
                numbers::counts(conn, by.organization_id(), Some("fakeservice"))?,
                numbers::count_all(conn, by.organization_id(), "fakeservice")?,
            ))
        })
        .await
        .unwrap();
    let some: Vec<_> = kept.iter().filter(|count| count.total() > 0).copied().collect();
    assert_eq!(some, counted, "number_count must equal a full count");
    kept.iter().map(|count| count.of(status)).sum()
}

async fn held(app: &TestApp, campaign: CampaignId) -> usize {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    app.app()
        .db
        .read(move |conn| numbers::of_campaign(conn, by.organization_id(), campaign))
        .await
        .unwrap()
        .len()
}

both! {
    async fn from_twelve_short_to_started_as_two_people(app: TestApp) {
        let campaign = draft(&app, "Fall GOTV", &[("313", 1200), ("248", 1200)]).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let home = format!("{HOME}/campaigns/{campaign}");

        // One click from the panel, everything filled in.
        let page = admin.get(&format!("{home}/area-codes")).await.ok();
        assert!(page.text().contains("Ask for 12 numbers · $13.80 a month"), "{}", page.text());
        let form = format!("{HOME}/requests/new?campaign={campaign}");
        assert!(page.attributes("a", &["href"]).contains(&form));
        let page = admin.get(&form).await.ok();
        let counts: Vec<String> = page.attributes("[name=count]", &["value"]);
        assert_eq!(counts, ["6", "6", ""]);
        assert!(page.text().contains("$13.80 a month as it stands"), "{}", page.text());
        let url = ask(&admin, campaign, "We start tomorrow").await;
        // Asking once more leads to the one that is open.
        assert_eq!(admin.get(&form).await.is(303).location(), url);
        let page = admin.get(&format!("{home}/area-codes")).await.ok();
        assert!(page.text().contains("Adam Admin asked for 12 numbers in 248 and 313, $13.80 a month. It waits for Olive Owner."), "{}", page.text());
        assert!(admin.get(&format!("{HOME}/phone-numbers")).await.ok().all("#waiting").is_empty());

        // The owner sees it where they land, and approves it on its page.
        let page = owner.get(&format!("{HOME}/phone-numbers")).await.ok();
        assert!(page.text().contains("12 numbers in 248 and 313 for Fall GOTV"), "{}", page.text());
        assert!(page.attributes("a", &["href"]).contains(&url));
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("“We start tomorrow”") && page.text().contains("6 of 6 for sale"), "{}", page.text());
        admin.post(&format!("{url}/approve"), &[]).await.is(403);
        let text = approve(&owner, &url).await;
        assert!(text.contains("Approved. The numbers are being bought.") && text.contains("0 of 12 arrived"), "{text}");
        let page = admin.get(&format!("{home}/area-codes")).await.ok();
        assert!(page.text().contains("0 of 12 arrived. Approved by Olive Owner."), "{}", page.text());

        app.run_jobs().await;
        assert_eq!((bought(&app).await, held(&app, campaign).await), ((1, 12), 12));
        assert_eq!((how_many(&app, Status::Reserved).await, how_many(&app, Status::Available).await), (12, 0));
        let until = state(&app, campaign).await.hold_until.unwrap();
        assert!(until > app.app().clock.now(), "they lapse like any reservation");
        let page = admin.open(&home).await.ok();
        assert!(page.text().contains("12 arrived; start."), "{}", page.text());
        assert!(page.attributes("#request-card a", &["href"]).contains(&format!("{home}/start#start")));
        let page = admin.get(&url).await.ok();
        assert!(page.text().contains("12 of 12 arrived") && page.text().contains("Approved by Olive Owner"), "{}", page.text());
        assert!(owner.get(&format!("{HOME}/phone-numbers")).await.ok().all("#waiting").is_empty());
        let page = admin.get(&format!("{HOME}/requests")).await.ok();
        assert!(page.text().contains("12 of 12 arrived"), "{}", page.text());

        let page = admin.get(&format!("{home}/start")).await.ok();
        assert!(page.text().contains("Start the campaign"), "{}", page.text());
        admin.submit(&format!("{home}/start"), &[]).await.ok();
        app.run_jobs().await;
        assert_eq!(state(&app, campaign).await.state, State::Started);
        let log = owner.get(&format!("{HOME}/activity")).await.ok().text();
        for deed in ["Asked for 12 numbers in 248 and 313 for Fall GOTV", "Approved a request of 12 numbers", "12 numbers arrived for Fall GOTV"] {
            assert!(log.contains(deed), "{deed}: {log}");
        }
    }

    async fn a_request_is_decided_once(app: TestApp) {
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let second = app.add_owner("second@example.org").await;
        let url = ask(&admin, campaign, "").await;
        // Both look at it, and both approve at the same moment; one of them clicks twice.
        let (mine, hers) = (approval(&owner, &url).await, approval(&second, &url).await);
        assert_ne!(mine[0], hers[0], "each page has an order of its own");
        let to = format!("{url}/approve");
        let (mine, hers) = (refs(&mine), refs(&hers));
        let (one, two, three) = tokio::join!(owner.post(&to, &mine), second.post(&to, &hers), owner.post(&to, &mine));
        let answers = [one.is(303), two.is(303), three.is(303)];
        app.run_jobs().await;
        assert_eq!((bought(&app).await, held(&app, campaign).await), ((1, 5), 5));
        let decided = request(&app, id_of(&url)).await;
        let by = app.person_id("owner@example.org").await;
        // Whoever came first is the one who decided; the other is told.
        let told = if decided.decided_by == Some(by) { &second } else { &owner };
        let page = told.open(answers[0].location()).await.ok();
        assert!(page.text().contains("approved by") && page.text().contains("Nothing was changed."), "{}", page.text());
        // Nothing else can be done to it any more.
        for deed in ["decline", "withdraw"] {
            let page = owner.submit(&format!("{url}/{deed}"), &[("answer", "No.")]).await.ok();
            assert!(page.text().contains("meanwhile. Nothing was changed."), "{}", page.text());
        }
        assert_eq!(request(&app, id_of(&url)).await.status, requests::Status::Approved);
    }

    async fn what_is_declined_changed_or_withdrawn_says_so(app: TestApp) {
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let home = format!("{HOME}/campaigns/{campaign}/area-codes");
        let url = ask(&admin, campaign, "").await;
        let page = owner.post(&format!("{url}/decline"), &[("answer", " ")]).await.is(422);
        assert!(page.text().contains("Say why"), "{}", page.text());
        owner.submit(&format!("{url}/decline"), &[("answer", "Use the Detroit pool.")]).await.ok();
        let page = admin.get(&home).await.ok();
        assert!(page.text().contains("Olive Owner declined the request for 5 numbers in 313. “Use the Detroit pool.”"), "{}", page.text());

        let url = ask(&admin, campaign, "").await;
        let old = approval(&owner, &url).await;
        // The owner changes it, then approves; what was on the page before is not what is asked for.
        let wrong = [("area_code", "313"), ("count", "x"), ("area_code", ""), ("count", "")];
        let page = owner.post(&format!("{url}/edit"), &wrong).await.is(422);
        assert!(page.text().contains("Enter a whole number"), "{}", page.text());
        owner.submit(&format!("{url}/edit"), &[("area_code", "313"), ("count", "3"), ("area_code", "248"), ("count", "1")]).await.ok();
        let page = owner.post(&format!("{url}/approve"), &refs(&old)).await.is(422);
        assert!(page.text().contains("Nothing was ordered"), "{}", page.text());
        approve(&owner, &url).await;
        app.run_jobs().await;
        assert_eq!(held(&app, campaign).await, 4);

        let other = draft(&app, "Spring", &[("734", 400)]).await;
        let url = ask(&admin, other, "").await;
        admin.submit(&format!("{url}/withdraw"), &[]).await.ok();
        assert_eq!(request(&app, id_of(&url)).await.status, requests::Status::Withdrawn);
        let page = owner.get(&format!("{HOME}/phone-numbers")).await.ok();
        assert!(page.all("#waiting").is_empty());
    }

    async fn what_arrives_for_a_deleted_campaign_stays_available_and_says_so(app: TestApp) {
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let url = ask(&admin, campaign, "").await;
        approve(&owner, &url).await;
        admin.submit(&format!("{HOME}/campaigns/{campaign}/delete"), &[]).await.ok();
        app.run_jobs().await;
        assert_eq!((how_many(&app, Status::Available).await, how_many(&app, Status::Reserved).await), (5, 0));
        let order = request(&app, id_of(&url)).await.order_id.unwrap();
        let page = owner.get(&format!("{HOME}/orders/{order}")).await.ok();
        assert!(page.text().contains("Fall GOTV was deleted meanwhile; the others stay available"), "{}", page.text());
        let log = owner.get(&format!("{HOME}/activity")).await.ok().text();
        assert!(log.contains("was deleted meanwhile, so 5 of them stay available"), "{log}");

        // A request for a draft that is gone cannot be approved, and waits on nobody's start page.
        let other = draft(&app, "Spring", &[("734", 2000)]).await;
        let url = ask(&admin, other, "").await;
        admin.submit(&format!("{HOME}/campaigns/{other}/delete"), &[]).await.ok();
        assert!(owner.get(&format!("{HOME}/phone-numbers")).await.ok().all("#waiting").is_empty());
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("Spring was deleted meanwhile, so nothing can be reserved for it."), "{}", page.text());
        assert!(page.all("[name=order]").is_empty());
    }

    async fn an_approval_and_its_order_come_together_or_not_at_all(app: TestApp) {
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = ask(&admin, campaign, "").await;
        let (id, now) = (id_of(&url), app.app().clock.now());
        let by = app.allowed::<BuyNumbers>(Role::Owner).await;
        let request = request(&app, id).await;
        let price = request.wish.lines[0].price;
        let code = AreaCode::parse("313").unwrap();
        let lines = vec![purchasing::Wanted { area_code: code, count: 5, price }];
        let order = purchasing::NewOrder::of(OrderId::new(), lines);
        let seen = request.wish.lines.clone();
        // The program ends after everything was written and before it is committed.
        let (who, new, looked) = (by.clone(), order.clone(), seen.clone());
        let dies = app.app().db.write(move |tx| {
            requests::approve(tx, &who, id, &looked, &new, now)?;
            Err::<(), _>(AppError::Internal("the program has ended".into()))
        });
        dies.await.unwrap_err();
        app.run_jobs().await;
        assert_eq!(bought(&app).await, (0, 0));
        assert_eq!(self::request(&app, id).await.status, requests::Status::Open);
        // Begun again, it goes through, once; sent again by the same page it is the same.
        for _ in 0..2 {
            let (who, new, looked) = (by.clone(), order.clone(), seen.clone());
            let placed = app.write(move |tx| requests::approve(tx, &who, id, &looked, &new, now)).await;
            assert_eq!(placed, order.id);
        }
        // The carrier's answers are lost and the buyer is killed in the midst: nothing is lost or bought twice.
        let seen = std::sync::atomic::AtomicU64::new(0);
        let carrier = crate::support::carrier::Meddler::new(&app, move |_, verb| {
            use crate::support::carrier::Fate;
            let third = verb == "purchase" && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 2;
            if third { Fate::Hang { made: true } } else { Fate::Pass }
        });
        assert!(carrier.run_or_kill(&app).await);
        app.advance(TimeDelta::minutes(2));
        app.run_jobs().await;
        assert_eq!((bought(&app).await, held(&app, campaign).await), ((1, 5), 5));
        assert_eq!(how_many(&app, Status::Reserved).await, 5);
        // Each was reserved in the moment in which it was bought.
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let lives = app.app().db.read(move |conn| {
            let held = numbers::of_campaign(conn, by.organization_id(), campaign)?;
            held.iter().map(|one| numbers::events(conn, by.organization_id(), one.id)).collect::<Result<Vec<_>, _>>()
        });
        for life in lives.await.unwrap() {
            let kinds: Vec<EventKind> = life.iter().map(|event| event.kind).collect();
            assert_eq!(kinds, [EventKind::Reserved, EventKind::Bought]);
            assert_eq!(life[0].at, life[1].at);
        }
    }

    async fn an_owner_orders_for_a_campaign_and_its_numbers_are_reserved(app: TestApp) {
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(&format!("{HOME}/campaigns/{campaign}/area-codes")).await.ok();
        let link = page.attributes("a.button-small", &["href"]).into_iter().find(|href| href.contains("/orders/new")).unwrap();
        let page = owner.get(&link).await.ok();
        assert_eq!(page.all("#field-into option[selected]"), ["Reserve them for Fall GOTV as they arrive"]);
        let id = campaign.to_string();
        let asked = [("area_code", "313"), ("count", "5"), ("campaign", id.as_str()), ("into", "reserve")];
        let page = owner.post(&format!("{HOME}/orders/quote"), &asked).await.ok();
        assert!(page.text().contains("Each number is reserved for Fall GOTV as it arrives."), "{}", page.text());
        let sent = fields(&page, "form.confirm", &["order", "campaign", "area_code", "count", "price", "ceiling", "into"]);
        let url = owner.post(&format!("{HOME}/orders"), &refs(&sent)).await.is(303).location().to_owned();
        app.run_jobs().await;
        assert_eq!(held(&app, campaign).await, 5);
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("5 of 5 it bought are with Fall GOTV."), "{}", page.text());
    }

    async fn what_is_sold_out_is_said_before_it_is_approved(app: TestApp) {
        app.world().set_stock(AreaCode::parse("313").unwrap(), 3).unwrap();
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let url = ask(&admin, campaign, "").await;
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("3 of 5 for sale") && page.text().contains("2 of those asked for are not for sale"), "{}", page.text());
        let sent = approval(&owner, &url).await;
        // Fewer by now than the page said: nothing is ordered before the owner has seen that.
        app.world().set_stock(AreaCode::parse("313").unwrap(), 2).unwrap();
        let page = owner.post(&format!("{url}/approve"), &refs(&sent)).await.is(422);
        assert!(page.text().contains("The carrier has 2 of them by now. Nothing was ordered yet"), "{}", page.text());
        assert_eq!(bought(&app).await.0, 0);
        approve(&owner, &url).await;
        app.run_jobs().await;
        assert_eq!(held(&app, campaign).await, 2);
    }

    async fn others_get_nothing_of_what_arrives(app: TestApp) {
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let rival = draft(&app, "Rival", &[("313", 1000)]).await;
        crate::launch::buy(&app, &[("313", 2)]).await;
        reserve(&app, rival, &[("313", 2)]).await;
        let (admin, owner) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Owner).await);
        let url = ask(&admin, campaign, "").await;
        approve(&owner, &url).await;
        // After each outcome of the carrier the rival takes whatever is free.
        let meddling = app.clone();
        let carrier = crate::support::carrier::Meddler::with_concurrency(&app, 1, |_, _| crate::support::carrier::Fate::Pass);
        let runner = carrier.runner(&app);
        let by = meddling.allowed::<ManageCampaigns>(Role::Admin).await;
        while runner.run_one().await.unwrap() {
            let (by, now) = (by.clone(), meddling.app().clock.now());
            let all = std::collections::BTreeMap::from([(AreaCode::parse("313").unwrap(), 9)]);
            let take = move |tx: &mut numberbank::db::Tx| {
                numberbank::allocation::save(tx, &by, rival, &all, Mode::TakeWhatThereIs, now)
            };
            meddling.write(take).await;
        }
        assert_eq!((held(&app, campaign).await, held(&app, rival).await), (5, 2));
    }
}

#[tokio::test]
async fn the_owners_get_an_email() {
    let smtp = SmtpServer::start();
    let change = Change { smtp: Some(smtp.url()), ..Change::default() };
    run_with(Backend::Sqlite, change, |app: TestApp| async move {
        let campaign = draft(&app, "Fall GOTV", &[("313", 1000)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = ask(&admin, campaign, "We start tomorrow").await;
        app.run_jobs().await;
        let letters = smtp.letters();
        assert_eq!((letters.len(), letters[0].to.as_str()), (1, "owner@example.org"));
        let text = letters[0].text();
        assert!(
            text.contains("5 numbers in 313 for the campaign Fall GOTV") && text.contains("$5.75 a month"),
            "{text}"
        );
        assert!(text.contains("“We start tomorrow”") && text.replace("=\r\n", "").contains(&url), "{text}");
        assert_eq!(letters[0].header("subject"), "Adam Admin asks for 5 numbers in 313");
    })
    .await;
}
