//! Buying: quotes, orders, their pages, and what must hold whatever the carrier does.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::error::AppError;
use numberbank::jobs;
use numberbank::kernel::ids::OrderId;
use numberbank::kernel::{AreaCode, Micros};
use numberbank::ledger;
use numberbank::numbers::{self, EventKind, Filter};
use numberbank::providers::Account;
use numberbank::providers::fakeservice::Weather;
use numberbank::purchasing::{self, BuyNumbers, OrderStatus, Summary};

use crate::both;

use crate::support::{Answer, Client, TestApp};

const ORDERS: &str = "/o/our-city/orders";

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
    pub total: i64,
}

impl Quoted {
    fn read(page: &Answer) -> Quoted {
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
        Quoted { fields, total }
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
    let books = app.world().books(&account()).unwrap();
    let sold: BTreeMap<String, String> = books
        .numbers
        .iter()
        .map(|number| (number.phone_number.to_string(), number.id.as_str().to_owned()))
        .collect();
    let organization = app.allowed::<numberbank::access::SeeOrders>(Role::Owner).await.organization_id();
    let (ours, charges, bought, counts, counted) = app
        .app()
        .db
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
