//! Buying: quotes, orders, their pages, and what must hold whatever the carrier does.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::db::Db;
use numberbank::error::AppError;
use numberbank::jobs;
use numberbank::kernel::ids::{OrderId, OrganizationId};
use numberbank::kernel::{AreaCode, Micros};
use numberbank::ledger;
use numberbank::numbers::{self, EventKind, Filter};
use numberbank::providers::fakeservice::{Books, Verb, Weather};
use numberbank::providers::{Account, ErrorKind, ProviderError};
use numberbank::purchasing::{self, BuyNumbers, OrderStatus, Summary};

use crate::both;

use crate::support::carrier::{Fate, Meddler};
use crate::support::{Answer, Client, TestApp};

pub const ORDERS: &str = "/o/our-city/orders";

pub fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

pub fn account() -> Account {
    Account { id: "our-city".into() }
}

/// What a browser sends from the page that asks for confirmation.
#[derive(Debug, Clone)]
pub struct Quoted {
    pub fields: Vec<(String, String)>,
}

impl Quoted {
    pub fn read(page: &Answer) -> Quoted {
        let html = scraper::Html::parse_document(page.body());
        let inputs = scraper::Selector::parse("form.confirm input").unwrap();
        let mut fields: Vec<(String, String)> = html
            .select(&inputs)
            .map(|input| {
                let attr = |name| input.attr(name).unwrap_or_default().to_owned();
                (attr("name"), attr("value"))
            })
            .collect();
        let total = fields
            .iter()
            .filter(|(name, _)| name == "count")
            .map(|(_, count)| count.parse::<i64>().unwrap())
            .sum();
        for (name, value) in &mut fields {
            if name == "typed_count" {
                *value = i64::to_string(&total);
            }
        }
        Quoted { fields }
    }
    pub fn set(mut self, name: &str, value: &str) -> Quoted {
        self.fields
            .iter_mut()
            .filter(|(field, _)| field == name)
            .for_each(|(_, old)| *old = value.to_owned());
        self
    }
    pub async fn send(&self, owner: &Client) -> Answer {
        let fields: Vec<(&str, &str)> =
            self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        owner.post(ORDERS, &fields).await
    }
}

pub async fn ask_quote(owner: &Client, rows: &[(&str, &str)]) -> Answer {
    let fields: Vec<(&str, &str)> =
        rows.iter().flat_map(|(code, count)| [("area_code", *code), ("count", *count)]).collect();
    owner.post(&format!("{ORDERS}/quote"), &fields).await
}

/// Asks for a quote and confirms it; answers the order.
pub async fn order(owner: &Client, rows: &[(&str, &str)]) -> OrderId {
    let quote = Quoted::read(&ask_quote(owner, rows).await.ok());
    placed(&quote.send(owner).await)
}

#[track_caller]
pub fn placed(answer: &Answer) -> OrderId {
    assert_eq!(answer.status(), 303, "{}", answer.body());
    OrderId::parse(answer.location().rsplit('/').next().unwrap()).unwrap()
}

pub async fn summary(app: &TestApp, id: OrderId) -> Summary {
    let organization = app.allowed::<numberbank::access::SeeOrders>(Role::Owner).await.organization_id();
    app.app().db.read(move |conn| purchasing::summary(conn, organization, id)).await.unwrap()
}

async fn is_open(app: &TestApp, id: OrderId) -> bool {
    app.app().db.read(move |conn| jobs::open_by_key(conn, &BuyNumbers::key(id))).await.unwrap().is_some()
}

/// Works until the order has no job any more, moving the time when the job waits for it.
pub async fn work(app: &TestApp, id: OrderId) -> Summary {
    for _ in 0..5_000 {
        app.run_jobs().await;
        if !is_open(app, id).await {
            return summary(app, id).await;
        }
        app.advance(TimeDelta::seconds(1));
    }
    panic!("the order never comes to rest");
}

/// Our books and the carrier's say the same: every number it sold us is in the inventory, charged and recorded once,
/// and nothing else is. Nothing is left half done by orders that ended.
pub async fn assert_accounted(app: &TestApp) {
    let organization = app.allowed::<numberbank::access::SeeOrders>(Role::Owner).await.organization_id();
    compare_books(&app.app().db, organization, &app.world().books(&account()).unwrap()).await;
}

/// [`assert_accounted`] for a database and a world.
pub async fn compare_books(db: &Db, organization: OrganizationId, books: &Books) {
    let sold: BTreeMap<String, String> = books
        .numbers
        .iter()
        .map(|number| (number.phone_number.to_string(), number.id.as_str().to_owned()))
        .collect();
    let (ours, charges, bought, counts, counted) = db
        .read(move |conn| {
            let ours = numbers::list(conn, organization, &Filter::default(), 10_000)?;
            let (mut charges, mut bought) = (Vec::new(), Vec::new());
            for number in &ours {
                charges.push(ledger::charges_of(conn, organization, number.id)?);
                let events = numbers::events(conn, organization, number.id)?;
                bought.push(events.iter().filter(|event| event.kind == EventKind::Bought).count());
            }
            let counts = numbers::counts(conn, organization, None)?;
            let counted = numbers::count_all(conn, organization, "fakeservice")?;
            Ok::<_, AppError>((ours, charges, bought, counts, counted))
        })
        .await
        .unwrap();
    let inventory: BTreeMap<String, String> =
        ours.iter().map(|number| (number.phone_number.to_string(), number.service_id.clone())).collect();
    assert_eq!(inventory, sold, "our inventory and the carrier's books differ");
    assert_eq!(inventory.len(), ours.len());
    for (number, (charges, bought)) in ours.iter().zip(charges.iter().zip(bought)) {
        assert_eq!((charges.len(), bought), (1, 1), "{}: charges and purchases", number.phone_number);
        assert_eq!(
            (charges[0].amount, charges[0].period_start),
            (number.monthly_price, number.bought_at.date())
        );
    }
    let with_numbers: Vec<_> = counts.into_iter().filter(|count| count.total() > 0).collect();
    assert_eq!(with_numbers, counted);
}

both! {
    async fn forty_numbers_in_two_area_codes_are_bought(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let page = ask_quote(&owner, &[("443", "28"), ("410", "12"), ("", "")]).await.ok();
        let text = page.text();
        for words in ["Buy 40 numbers in 443 and 410?", "$46.00 now", "28 of 28 found", "12 of 12 found",
            "charged in full now and on the same day each month, never refunded", "Type 40 to confirm"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let quote = Quoted::read(&page);
        let without = quote.clone().set("typed_count", "4").send(&owner).await.is(422);
        assert_eq!(without.all(".error-summary a"), ["Type 40, the number of phone numbers you are buying."]);
        let id = placed(&quote.send(&owner).await);

        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert_eq!(page.all("h1"), ["40 numbers in 443 and 410"]);
        assert!(page.text().contains("0 of 40 bought") && page.text().contains("Placed by Olive Owner"), "{}", page.text());
        assert_eq!(page.attribute("#order", "hx-trigger").as_deref(), Some("load delay:1s"));
        assert!(page.body().contains("<noscript><meta http-equiv=\"refresh\""));

        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought, done.cost), (OrderStatus::Complete, 40, Micros::from_cents(4_600)));
        assert_accounted(&app).await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.text().contains("40 of 40 bought") && page.text().contains("$46.00 charged now and each month"));
        assert_eq!(page.attribute("#order", "hx-trigger"), None);
        assert!(!page.body().contains("http-equiv=\"refresh\""));
        assert_eq!(page.all("tbody tr").len(), 40);
        let numbers: BTreeSet<String> = page.all("tbody th").into_iter().collect();
        assert_eq!(numbers.len(), 40);

        let list = owner.get(ORDERS).await.ok().text();
        assert!(list.contains("40 numbers in 443 and 410") && list.contains("40 of 40") && list.contains("complete"), "{list}");
    }
}

/// How many orders, lines, candidates and jobs of ours there are.
async fn rows(app: &TestApp) -> (usize, usize) {
    let by = app.allowed(Role::Owner).await;
    let (orders, jobs) = app
        .app()
        .db
        .read(move |conn| {
            let (orders, total) = purchasing::list(conn, &by, None, 1_000)?;
            assert_eq!(i64::try_from(orders.len()).unwrap(), total);
            let open = orders.iter().map(|one| {
                jobs::open_by_key(conn, &BuyNumbers::key(one.order.id)).map(|job| usize::from(job.is_some()))
            });
            let open = open.sum::<Result<usize, _>>()?;
            Ok::<_, AppError>((orders.len(), open))
        })
        .await
        .unwrap();
    (orders, jobs)
}

/// Works on the order with only so many calls answered, later ones refused as too many. Answers whether it goes on.
async fn first_calls(app: &TestApp, calls: u64) -> bool {
    let too_many = || ProviderError::new(ErrorKind::RateLimited(None), "The carrier asks us to slow down.");
    let carrier =
        Meddler::new(app, move |nth, _| if nth <= calls { Fate::Pass } else { Fate::Refuse(too_many()) });
    assert!(!carrier.run_or_kill(app).await);
    carrier.calls() > calls
}

fn weather(app: &TestApp, weather: Weather) {
    app.world().set_weather(&account(), &weather).unwrap();
}

both! {
    async fn what_cannot_be_ordered_is_refused_in_words(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let cases: &[(&[(&str, &str)], &str, &str)] = &[
            (&[("ZZ", "1")], "field-area_code-0", "Enter a three-digit area code, such as 313."),
            (&[("9", "1")], "field-area_code-0", "Enter a three-digit area code, such as 313."),
            (&[("999", "1")], "field-area_code-0", "999 is not an area code in service in the United States or Canada."),
            (&[("800", "4")], "field-area_code-0", "800 is toll-free and belongs to no place."),
            (&[("", "4")], "field-area_code-0", "Enter an area code, such as 313."),
            (&[("313", "")], "field-count-0", "Enter how many numbers you want there."),
            (&[("313", "-5")], "field-count-0", "Enter a whole number, 1 or more."),
            (&[("313", "1.5")], "field-count-0", "Enter a whole number, 1 or more."),
            (&[("313", "0")], "field-count-0", "Enter a whole number, 1 or more."),
            (&[("313", "600")], "field-count-0", "One order may ask for at most 500 numbers; this makes 600."),
            (&[("313", "300"), ("410", "300")], "field-count-1", "One order may ask for at most 500 numbers; this makes 600."),
            (&[("313", "1"), ("410", "1"), ("313", "2")], "field-area_code-2", "313 is in row 1 already."),
            (&[("", ""), ("", "")], "field-area_code-0", "Enter an area code, such as 313, and how many"),
            (&[], "field-area_code-0", "Enter an area code, such as 313, and how many"),
        ];
        for (rows, field, says) in cases {
            let page = ask_quote(&owner, rows).await.is(422);
            let summary = page.all(".error-summary a");
            assert!(summary.len() == 1 && summary[0].starts_with(says), "{rows:?}: {summary:?}");
            assert_eq!(page.attribute(".error-summary a", "href"), Some(format!("#{field}")), "{rows:?}");
            assert_eq!(page.attribute(&format!("#{field}"), "aria-invalid").as_deref(), Some("true"), "{rows:?}");
            assert!(page.all(&format!("#{field}-error"))[0].contains(says), "{rows:?}");
            for (index, (code, count)) in rows.iter().enumerate() {
                let value = |name: &str| page.attribute(&format!("#field-{name}-{index}"), "value").unwrap();
                assert_eq!((value("area_code"), value("count")), ((*code).to_owned(), (*count).to_owned()));
            }
        }
        // The second lock: what a page would not send is refused when the order is placed, and nothing is written.
        let quote = Quoted::read(&ask_quote(&owner, &[("313", "4")]).await.ok());
        for (name, value) in [("count", "600"), ("count", "-5"), ("count", "1.5"), ("area_code", "ZZ"), ("area_code", "800")] {
            quote.clone().set(name, value).send(&owner).await.is(422);
        }
        for (name, value) in [("order", "x"), ("price", "-1"), ("price", "1e9"), ("continues", "x")] {
            let mut wrong = quote.clone().set(name, value);
            if name == "continues" {
                wrong.fields.push((name.to_owned(), value.to_owned()));
            }
            wrong.send(&owner).await.is(400);
        }
        for ceiling in ["", "x", "4.59", "-5"] {
            let page = quote.clone().set("ceiling", ceiling).send(&owner).await.is(422);
            assert_eq!(page.attribute("#field-ceiling", "value").as_deref(), Some(ceiling));
            assert_eq!(page.attribute(".error-summary a", "href").as_deref(), Some("#field-ceiling"));
        }
        assert_eq!(rows(&app).await, (0, 0));
        // None of it spoilt the quote.
        placed(&quote.send(&owner).await);
        assert_eq!(rows(&app).await, (1, 1));
    }

    async fn the_limit_is_the_organizations(app: TestApp) {
        app.sql("UPDATE organization SET order_limit = 10").await;
        let owner = app.sign_in(Role::Owner).await;
        let page = ask_quote(&owner, &[("313", "6"), ("410", "5")]).await.is(422);
        assert!(page.text().contains("at most 10 numbers; this makes 11"), "{}", page.text());
        ask_quote(&owner, &[("313", "6"), ("410", "4")]).await.ok();
    }

    async fn the_form_is_filled_in_by_its_address_and_grows(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(&format!("{ORDERS}/new?area_code=313&count=12")).await.ok();
        assert_eq!(page.attribute("#field-area_code-0", "value").as_deref(), Some("313"));
        assert_eq!(page.attribute("#field-count-0", "value").as_deref(), Some("12"));
        assert!(page.body().contains("<option value=\"313\">Detroit, MI</option>"));
        let grown = owner.get(&format!("{ORDERS}/new?area_code=313&count=12&area_code=ZZ&count=&add=1")).await.ok();
        assert_eq!(grown.all("fieldset").len(), 3);
        assert_eq!(grown.attribute("#field-area_code-1", "value").as_deref(), Some("ZZ"));
        assert_eq!(owner.get(&format!("{ORDERS}/new")).await.ok().all("fieldset").len(), 3);
        // A place that has one area code, or a line of the suggestions, will do.
        let page = ask_quote(&owner, &[("313 Detroit, MI", "2")]).await.ok();
        assert!(page.text().contains("Buy 2 numbers in 313?"), "{}", page.text());
    }

    async fn one_quote_is_one_order_however_often_it_is_sent(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let quote = Quoted::read(&ask_quote(&owner, &[("313", "5")]).await.ok());
        let first = placed(&quote.send(&owner).await);
        assert_eq!(placed(&quote.send(&owner).await), first);
        assert_eq!(placed(&quote.clone().set("count", "3").send(&owner).await), first);
        assert_eq!(work(&app, first).await.lines.bought, 5);
        assert_eq!(placed(&quote.send(&owner).await), first);

        let quote = Quoted::read(&ask_quote(&owner, &[("410", "5")]).await.ok());
        let sent = futures_util::future::join_all((0..8).map(|_| quote.send(&owner))).await;
        let orders: BTreeSet<OrderId> = sent.iter().map(placed).collect();
        assert_eq!(orders.len(), 1);
        assert_eq!(rows(&app).await, (2, 1));
        let done = work(&app, *orders.first().unwrap()).await;
        assert_eq!((done.lines.wanted(), done.lines.bought), (5, 5));
        assert_eq!(app.world().books(&account()).unwrap().sales(), 10);
        assert_accounted(&app).await;
    }

    async fn shortages_are_said_before_and_after(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        // 303 has three left, 305 is sold out, of 313 there are more than a search shows.
        let page = ask_quote(&owner, &[("303", "10"), ("305", "4"), ("313", "40")]).await.ok();
        let text = page.text();
        for words in ["found 3 of 10: only 3 left", "found 0 of 4: sold out", "at least 30 found", "Buy 43 numbers in 303 and 313?"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(text.contains("7 in 720 Denver, CO"), "{text}");
        let sold_out = ask_quote(&owner, &[("305", "4")]).await.ok();
        assert!(sold_out.text().contains("Sold out") && sold_out.all("form.confirm").is_empty());

        // Between the quote and the order somebody buys all but three of 410.
        let quote = Quoted::read(&ask_quote(&owner, &[("410", "10"), ("443", "2")]).await.ok());
        app.world().set_stock(code("410"), 3).unwrap();
        let id = placed(&quote.send(&owner).await);
        let done = work(&app, id).await;
        assert_eq!(done.order.status, OrderStatus::Partial);
        assert_eq!((done.lines.bought, done.lines.not_bought), (5, 7));
        assert_accounted(&app).await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        let text = page.text();
        assert!(text.contains("5 of 12 bought") && text.contains("7 numbers not bought: no more numbers in 410"), "{text}");
        assert_eq!(page.all("tbody .pill-bad").len(), 7);
        let rest = page.attribute("a.button-primary", "href").unwrap();
        assert_eq!(page.all("a.button-primary"), ["Buy the remaining 7 in 410 · $8.05"]);
        assert!(page.all("a.button").iter().any(|label| label.starts_with("7 in 443")), "{:?}", page.all("a.button"));
        // The rest is a new quote, filled in, that knows what it continues.
        let form = owner.get(&rest).await.ok();
        assert_eq!(form.attribute("#field-area_code-0", "value").as_deref(), Some("410"));
        assert_eq!(form.attribute("#field-count-0", "value").as_deref(), Some("7"));
        app.world().set_stock(code("410"), 50).unwrap();
        let fields = [("area_code", "410"), ("count", "7"), ("continues", &id.to_string())];
        let quote = Quoted::read(&owner.post(&format!("{ORDERS}/quote"), &fields).await.ok());
        let second = placed(&quote.send(&owner).await);
        let done = work(&app, second).await;
        assert_eq!((done.order.status, done.order.continues), (OrderStatus::Complete, Some(id)));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.all("a.button-primary").is_empty() && page.text().contains("The rest was ordered again"));
        assert_accounted(&app).await;
    }

    async fn a_number_sold_meanwhile_is_replaced_by_the_next(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "6")]).await;
        weather(&app, Weather { sold_meanwhile_next: 2, ..Weather::still() });
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 6));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert_eq!(page.text().matches("after the first candidate was sold meanwhile").count(), 2, "{}", page.text());
        assert_accounted(&app).await;

        // Sold out under our hands: the carrier's code stays beside our words.
        app.world().set_stock(code("410"), 2).unwrap();
        let id = order(&owner, &[("410", "2")]).await;
        weather(&app, Weather { sold_meanwhile_next: 2, ..Weather::still() });
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.not_bought), (OrderStatus::Failed, 2));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok().text();
        assert!(page.contains("no more numbers in 410 (carrier: 21422)"), "{page}");
        assert!(page.contains("Nothing is charged"), "{page}");
        let searches = app.world().calls(&account()).unwrap()[&Verb::Search];
        assert!(searches <= 8, "{searches} searches: it looks for what is not there again and again");
        assert_accounted(&app).await;
    }

    async fn too_many_calls_slow_the_order_down_and_nothing_else(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "20")]).await;
        weather(&app, Weather { rate_limit_next: 60, retry_after_ms: 3_000, ..Weather::still() });
        app.run_jobs().await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok().text();
        assert!(page.contains("The carrier asks us to slow down; goes on by itself"), "{page}");
        let calls = app.world().calls(&account()).unwrap().values().sum::<u64>();
        app.advance(TimeDelta::seconds(2));
        app.run_jobs().await;
        assert_eq!(app.world().calls(&account()).unwrap().values().sum::<u64>(), calls, "it did not wait");
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought, done.order.notice), (OrderStatus::Complete, 20, None));
        assert_accounted(&app).await;
    }

    async fn lost_answers_never_buy_twice_and_lose_nothing(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        for (lost, unanswered) in [(5, 0), (0, 5), (7, 9), (40, 0), (0, 30)] {
            let before = app.world().books(&account()).unwrap().sales();
            let id = order(&owner, &[("313", "12")]).await;
            weather(&app, Weather { answer_lost_next: lost, unanswered_next: unanswered, ..Weather::still() });
            let done = work(&app, id).await;
            weather(&app, Weather::still());
            assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 12), "{lost} {unanswered}");
            let books = app.world().books(&account()).unwrap();
            assert_eq!(books.sales() - before, 12, "{lost} {unanswered}");
            assert_accounted(&app).await;
        }
    }

    async fn storms_end_with_every_number_accounted_for(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        for per_mille in [100, 300, 500] {
            let id = order(&owner, &[("443", "25"), ("410", "15")]).await;
            weather(&app, Weather { faults_per_mille: per_mille, retry_after_ms: 500, ..Weather::still() });
            let mut done = work(&app, id).await;
            weather(&app, Weather::still());
            if done.order.status == OrderStatus::Working {
                // It gave up, or a person must decide: they say "try again" when the storm is over.
                owner.post(&format!("{ORDERS}/{id}/try-again"), &[]).await.is(303);
                done = work(&app, id).await;
            }
            assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 40), "{per_mille}: {done:?}");
            assert_accounted(&app).await;
        }
        let hiccups = Weather { every_nth: 3, ..Weather::still() };
        let id = order(&owner, &[("313", "60")]).await;
        weather(&app, hiccups);
        assert_eq!(work(&app, id).await.order.status, OrderStatus::Complete);
        assert_accounted(&app).await;
    }

    async fn a_suspended_account_stops_the_order_and_keeps_what_is_bought(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "20")]).await;
        // Prices, a search, eight purchases; then the carrier shuts the door.
        assert!(first_calls(&app, 10).await);
        weather(&app, Weather { suspended: true, ..Weather::still() });
        let done = work(&app, id).await;
        assert_eq!(done.order.status, OrderStatus::Partial);
        assert_eq!((done.lines.bought, done.lines.not_bought), (8, 12));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        let text = page.text();
        assert!(text.contains("Stopped by the carrier. The carrier has suspended this account (carrier: 20005)."), "{text}");
        assert_accounted(&app).await;
        weather(&app, Weather::still());
        let list = owner.get(ORDERS).await.ok().text();
        assert!(list.contains("partial"), "{list}");
    }

    async fn an_order_is_stopped_and_what_is_bought_stays(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "40")]).await;
        assert!(first_calls(&app, 12).await);
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert_eq!(page.all("#order-stop"), ["Stop this order"]);
        let page = owner.submit(&format!("{ORDERS}/{id}/stop"), &[]).await.ok();
        assert!(page.text().contains("What is bought stays"), "{}", page.text());
        let asked = app.world().books(&account()).unwrap().sales();
        let done = work(&app, id).await;
        assert_eq!(done.order.status, OrderStatus::Stopped);
        assert_eq!(app.world().books(&account()).unwrap().sales(), asked, "something was asked for after the stop");
        assert_eq!(usize::try_from(done.lines.bought).unwrap(), asked);
        assert!(asked > 0 && asked < 40, "{asked}");
        assert_accounted(&app).await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.text().contains("the order was stopped first"), "{}", page.text());
        assert!(page.all("#order-stop").is_empty());
        // Stopping again says so and changes nothing.
        let page = owner.submit(&format!("{ORDERS}/{id}/stop"), &[]).await.ok();
        assert!(page.text().contains("had ended already"), "{}", page.text());
        // Before anything was asked, nothing ever is.
        let id = order(&owner, &[("313", "3")]).await;
        owner.post(&format!("{ORDERS}/{id}/stop"), &[]).await.is(303);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Stopped, 0));
        assert_eq!(app.world().books(&account()).unwrap().sales(), asked);
    }

    async fn the_ceiling_holds_when_prices_have_risen(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        // The quote is sent with a price below today's: as if it had risen since.
        let quote = Quoted::read(&ask_quote(&owner, &[("313", "10")]).await.ok()).set("price", "1000000").set("ceiling", "10");
        let id = placed(&quote.send(&owner).await);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Partial, 8));
        assert!(done.cost <= Micros::from_cents(1_000), "{}", done.cost);
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok().text();
        assert!(page.contains("2 numbers not bought in 313: at $1.15 it would pass the ceiling of $10.00"), "{page}");
        assert_accounted(&app).await;
    }

    async fn two_orders_in_one_area_code_do_not_take_each_others_numbers(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        app.world().set_stock(code("313"), 30).unwrap();
        let one = order(&owner, &[("313", "20")]).await;
        let other = order(&owner, &[("313", "20")]).await;
        tokio::join!(app.run_jobs(), app.run_jobs());
        let (one, other) = (work(&app, one).await, work(&app, other).await);
        assert_eq!(one.lines.bought + other.lines.bought, 30, "{one:?} {other:?}");
        assert_eq!(one.lines.not_bought + other.lines.not_bought, 10);
        assert_accounted(&app).await;
    }

    async fn only_owners_buy_and_nobody_else_sees(app: TestApp) {
        let (owner, admin, viewer) =
            (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await, app.sign_in(Role::SpendViewer).await);
        let empty = admin.get(ORDERS).await.ok();
        assert!(empty.text().contains("No orders yet") && empty.all("a.button-primary").is_empty());
        assert_eq!(owner.get(ORDERS).await.ok().all("a.button-primary").len(), 2);
        let quote = Quoted::read(&ask_quote(&owner, &[("313", "4")]).await.ok());
        let id = placed(&quote.send(&owner).await);
        let page = admin.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.all("form button").iter().all(|label| label == "Sign out"), "{:?}", page.all("form button"));
        admin.get_fragment(&format!("{ORDERS}/{id}/progress"), "order").await.ok();
        for path in ["", &format!("/{id}"), &format!("/{id}/progress")] {
            viewer.get(&format!("{ORDERS}{path}")).await.is(403);
        }
        for who in [&admin, &viewer] {
            who.get(&format!("{ORDERS}/new")).await.is(403);
            ask_quote(who, &[("313", "4")]).await.is(403);
            quote.clone().set("order", &OrderId::new().to_string()).send(who).await.is(403);
            for what in ["stop", "try-again", &format!("lines/{id}/check"), &format!("lines/{id}/give-up")] {
                who.post(&format!("{ORDERS}/{id}/{what}"), &[]).await.is(403);
            }
        }
        // Another organization, whose owner is nobody here: as if there were none, and its id is no key to anything.
        app.add_organization("elsewhere", "Elsewhere").await;
        app.add_person("ellen@example.org", "Ellen Elsewhere", &[("elsewhere", Role::Owner)]).await;
        let ellen = app.sign_in_as("ellen@example.org").await;
        let there = "/o/elsewhere/orders";
        for path in [format!("{there}/{id}"), format!("{there}/{id}/progress"), format!("{ORDERS}/{id}")] {
            ellen.get(&path).await.is(404);
        }
        for what in ["stop", "try-again", &format!("lines/{id}/check"), &format!("lines/{id}/give-up")] {
            ellen.post(&format!("{there}/{id}/{what}"), &[]).await.is(404);
        }
        let fields: Vec<(&str, &str)> =
            quote.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        ellen.post(there, &fields).await.is(404);
        let mut continues = quote.clone().set("order", &OrderId::new().to_string());
        continues.fields.push(("continues".into(), id.to_string()));
        let fields: Vec<(&str, &str)> =
            continues.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        ellen.post(there, &fields).await.is(404);
        assert!(ellen.get(there).await.ok().text().contains("No orders yet"));
        assert_eq!(work(&app, id).await.lines.bought, 4);
        assert_eq!(rows(&app).await, (1, 0));
    }

    async fn the_progress_fragment_is_the_page_and_stops_by_itself(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "3")]).await;
        let path = format!("{ORDERS}/{id}/progress");
        let fragment = owner.get_fragment(&path, "order").await.ok();
        assert_eq!(fragment.attribute("#order", "data-announce").as_deref(), Some("0 of 3 bought"));
        assert!(fragment.attribute("#order", "hx-get").unwrap().starts_with(&path));
        assert_eq!(owner.get(&path).await.is(303).location(), format!("{ORDERS}/{id}"));
        app.advance(TimeDelta::seconds(90));
        let slower = owner.get_fragment(&path, "order").await.ok();
        assert_eq!(slower.attribute("#order", "hx-trigger").as_deref(), Some("load delay:2s"));
        app.advance(TimeDelta::seconds(600));
        let slow = owner.get_fragment(&path, "order").await.ok();
        assert_eq!(slow.attribute("#order", "hx-trigger").as_deref(), Some("load delay:15s"));
        work(&app, id).await;
        let done = owner.get_fragment(&path, "order").await.ok();
        assert_eq!(done.attribute("#order", "data-announce").as_deref(), Some("3 of 3 bought"));
        assert_eq!(done.attribute("#order", "hx-get"), None);
    }

    async fn what_is_being_bought_is_known_by_area_code(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("443", "10"), ("410", "4")]).await;
        let organization = app.allowed::<numberbank::access::SeeOrders>(Role::Owner).await.organization_id();
        let pending = || app.app().db.read(move |conn| purchasing::working_by_area(conn, organization));
        let of = |pending: Vec<purchasing::Pending>| -> Vec<(String, i64, i64)> {
            assert!(pending.iter().all(|one| one.order_id == id));
            pending.iter().map(|one| (one.area_code.to_string(), one.wanted, one.bought)).collect()
        };
        assert_eq!(of(pending().await.unwrap()), [("443".to_owned(), 10, 0), ("410".to_owned(), 4, 0)]);
        assert!(first_calls(&app, 11).await);
        assert_eq!(of(pending().await.unwrap()), [("443".to_owned(), 10, 8), ("410".to_owned(), 4, 0)]);
        work(&app, id).await;
        assert!(pending().await.unwrap().is_empty());
    }

    async fn long_orders_and_long_lists_have_pages(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "130")]).await;
        assert_eq!(work(&app, id).await.lines.bought, 130);
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.text().contains("1–100 of 130 lines"), "{}", page.text());
        let next = page.attribute("a[rel=next]", "href").unwrap();
        let second = owner.get(&next).await.ok();
        assert_eq!(second.all("tbody tr").len(), 30);
        let all: BTreeSet<String> = [page.all("tbody th"), second.all("tbody th")].concat().into_iter().collect();
        assert_eq!(all.len(), 130);
        for _ in 0..51 {
            app.advance(TimeDelta::seconds(1));
            order(&owner, &[("410", "1")]).await;
        }
        let first = owner.get(ORDERS).await.ok();
        assert!(first.text().contains("52 orders") && first.all("tbody tr").len() == 50, "{}", first.text());
        let last = owner.get(&first.attribute("a[rel=next]", "href").unwrap()).await.ok();
        assert_eq!(last.all("tbody tr").len(), 2);
        assert!(last.all("tbody th")[1].starts_with("130 numbers in 313"));
    }
}
