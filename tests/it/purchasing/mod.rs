//! Buying: quotes, orders, their pages, and what must hold whatever the carrier does.

mod carrier;
mod fallback;
mod pages;
mod quotes;
mod rest;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use numberbank::access::{BuyNumbers as MayBuy, Role};
use numberbank::db::Db;
use numberbank::error::AppError;
use numberbank::jobs;
use numberbank::kernel::ids::{OrderId, OrganizationId};
use numberbank::kernel::{AreaCode, Micros};
use numberbank::ledger;
use numberbank::numbers::{self, EventKind, Filter};
use numberbank::providers::fakeservice::{Books, Verb, Weather};
use numberbank::providers::{Account, ErrorKind, ProviderError};
use numberbank::purchasing::{self, BuyNumbers, NewOrder, OrderStatus, Summary, Wanted};

use crate::both;

use crate::support::carrier::{Fate, Meddler};
use crate::support::{Answer, Client, TestApp};

pub const ORDERS: &str = "/o/our-city/orders";

pub fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

pub fn account() -> Account {
    Account::new("our-city")
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
