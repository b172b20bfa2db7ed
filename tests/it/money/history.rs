//! Random histories: buying, allocating, moving from campaign to campaign, giving back, releasing, adopting, prices that
//! change, over month ends, short months and leap days, with jobs that come every day, late, or not for weeks. The parts
//! of every month add up to the ledger, the ledger is what the carrier charged number by number, and both are the bill,
//! to the micro; added up again they are the same to the byte.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};
use numberbank::access::{ManageCampaigns, Role, SeeSpend};
use numberbank::kernel::ids::{CampaignId, ReleaseId};
use numberbank::kernel::{E164, Micros};
use numberbank::launch::{self, Agreed};
use numberbank::ledger::Basis;
use numberbank::ledger::model::worth_of_days;
use numberbank::numbers::{Number, Status};
use numberbank::spend::{self, Month, Slice, Span, Split, Table, forecast};

use super::bill::{adopt_all, bought_elsewhere, compared};
use super::{buy_at_price, code, pass};
use crate::launch::{draft, reserve};
use crate::spend::kept::rows;
use crate::support::{Backend, Change, TestApp, run_with};
use crate::sync::inventory_at;

/// A few bits of a number, other ones each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
    fn days(&mut self, most: u64) -> i64 {
        i64::try_from(self.roll(most)).unwrap()
    }
}

/// A number that was in the account before it was adopted: on which day, and at which price.
type Adopted = BTreeMap<E164, (NaiveDate, Micros)>;

struct Life<'a> {
    app: &'a TestApp,
    dice: Dice,
    running: Vec<CampaignId>,
    campaigns: Vec<CampaignId>,
    adopted: Adopted,
}

impl Life<'_> {
    async fn inventory(&self) -> Vec<Number> {
        inventory_at(self.app, if self.app.has_twilio() { "twilio" } else { "fakeservice" }).await
    }
    async fn available(&self) -> Vec<Number> {
        let mut numbers = self.inventory().await;
        numbers.retain(|number| number.status() == Status::Available);
        numbers
    }
    /// An adopted number stays, so that no other life of the same number is mixed up with it.
    async fn to_let_go(&self) -> Vec<Number> {
        let mut numbers = self.available().await;
        numbers.retain(|number| !self.adopted.contains_key(&number.phone_number));
        numbers
    }
    fn price(&self, text: &str) -> Micros {
        self.app.at_carrier().0.prices().unwrap().of(code(text))
    }

    async fn buy(&mut self) {
        let text = ["313", "248", "313", "888"][self.dice.roll(4) as usize];
        self.buy_in(text).await;
    }

    async fn buy_in(&mut self, text: &str) {
        let count = 1 + self.dice.days(3);
        buy_at_price(self.app, text, count, self.price(text).get() / 10_000).await;
    }

    async fn release(&mut self) {
        let numbers = self.to_let_go().await;
        if numbers.is_empty() {
            return;
        }
        let number = numbers[self.dice.roll(numbers.len() as u64) as usize].id.to_string();
        // Sessions end in time.
        let owner = self.app.sign_in(Role::Owner).await;
        let id = ReleaseId::new().to_string();
        let fields = [("id", id.as_str()), ("number", &number), ("count", "1")];
        owner.post("/o/our-city/phone-numbers/release", &fields).await.is(303);
        self.app.run_jobs().await;
    }

    /// A draft takes the free numbers of an area code and is started at once or a few hours later.
    async fn campaign(&mut self) {
        let mut free = self.available().await;
        free.retain(|number| !number.area_code.is_toll_free());
        if free.is_empty() {
            return;
        }
        let area_code = free[self.dice.roll(free.len() as u64) as usize].area_code;
        let (text, there) =
            (area_code.as_str(), free.iter().filter(|number| number.area_code == area_code).count());
        let wanted = 1 + self.dice.roll(there as u64) as usize;
        let name = format!("Campaign {}", self.campaigns.len());
        let id = draft(self.app, &name, &[(text, wanted * 200)]).await;
        reserve(self.app, id, &[(text, i64::try_from(wanted).unwrap())]).await;
        self.app.advance(TimeDelta::hours(self.dice.days(30)));
        self.app.run_jobs().await;
        let (by, now) = (self.app.allowed::<ManageCampaigns>(Role::Admin).await, self.app.app().clock.now());
        let agreed = Agreed { unregistered: true, ..Agreed::default() };
        self.app.write(move |tx| launch::start_agreed(tx, &by, id, agreed, now)).await;
        self.app.run_jobs().await;
        self.campaigns.push(id);
        self.running.push(id);
    }

    /// A running campaign gives its numbers back: the next one may take them on the same day.
    async fn give_back(&mut self) {
        if self.running.is_empty() {
            return;
        }
        let at = self.dice.roll(self.running.len() as u64) as usize;
        let id = self.running.swap_remove(at);
        let (by, now) = (self.app.allowed::<ManageCampaigns>(Role::Admin).await, self.app.app().clock.now());
        self.app
            .write(move |tx| {
                launch::archive(tx, &by, id, now)?;
                launch::give_back(tx, &by, id, now)
            })
            .await;
        self.app.run_jobs().await;
    }

    /// Somebody buys two numbers in the account past the application.
    fn bought_past_us(&self, text: &str) {
        let now = self.app.app().clock.now().format("%Y-%m-%dT%H:%M:%S").to_string();
        bought_elsewhere(self.app, text, 2, &now);
    }

    /// They are adopted, weeks later.
    async fn adopt(&mut self, text: &str) {
        let known: Vec<E164> = self.inventory().await.iter().map(|number| number.phone_number).collect();
        adopt_all(self.app).await;
        let (day, price) = (self.app.app().clock.today(), self.price(text));
        for number in self.inventory().await {
            if !known.contains(&number.phone_number) {
                self.adopted.insert(number.phone_number, (day, price));
            }
        }
        let is_there = |number: &E164| number.area_code().unwrap() == code(text);
        assert!(self.adopted.keys().any(is_there), "nothing was adopted in {text}");
    }

    /// Everything of a kind costs more, or less, from now on.
    fn change_price(&mut self, text: &str) {
        // What happens in one moment has no order at the carrier.
        self.app.advance(TimeDelta::minutes(1));
        let by = Micros::from_cents(1 + self.dice.days(30));
        let now = self.price(text);
        let price = if self.dice.roll(3) == 0 { now - by } else { now + by };
        self.app.at_carrier().0.set_price(code(text), price).unwrap();
    }

    async fn live(&mut self) {
        for step in 0..26 {
            match (step, self.dice.roll(6)) {
                (0..=2, _) => self.buy().await,
                (6 | 15, _) => {
                    // Somebody is there to pay it.
                    self.buy_in("248").await;
                    self.change_price("313");
                }
                (21, _) => self.change_price("888"),
                (5, _) => self.bought_past_us("517"),
                (9, _) => self.adopt("517").await,
                (13, _) => self.bought_past_us("734"),
                (17, _) => self.adopt("734").await,
                (3 | 11 | 19, _) | (_, 1 | 2) => self.campaign().await,
                (_, 0) => self.buy().await,
                (_, 3) => self.give_back().await,
                _ => self.release().await,
            }
            self.app.advance(TimeDelta::hours(self.dice.days(9)));
            // Now and then nobody is at work for weeks.
            let (days, late) =
                if step == 15 { (47, 47) } else { (self.dice.days(13), 1 + self.dice.days(11)) };
            pass(self.app, days, late).await;
            self.app.run_clock_jobs().await;
        }
        pass(self.app, 1, 1).await;
    }
}

/// Charges as comparable facts.
type Facts = Vec<(E164, NaiveDate, Micros)>;

fn without(mut all: Facts, some: &Facts) -> Facts {
    for one in some {
        if let Some(at) = all.iter().position(|other| other == one) {
            all.swap_remove(at);
        }
    }
    all
}

async fn every_charge(app: &TestApp) -> Vec<Split> {
    let by = app.allowed::<SeeSpend>(Role::SpendViewer).await;
    let span = Span::days("2020-01-01".parse().unwrap(), "2040-01-01".parse().unwrap());
    let all = app
        .app()
        .db
        .read(move |conn| spend::charges(conn, &by, span, &Slice::All, None, 100_000))
        .await
        .unwrap();
    assert!(all.next.is_none());
    all.rows
}

/// Number by number and day by day the ledger has what the carrier charged. Answers what it has otherwise: what the
/// carrier charged for adopted numbers until they were adopted, and what was estimated of it.
fn as_the_carrier(app: &TestApp, charges: &[Split], adopted: &Adopted, seed: u64) -> (Facts, Facts) {
    let fact = |split: &Split| (split.phone_number, split.charge.period_start, split.charge.amount);
    let of =
        |basis| charges.iter().filter(move |split| split.charge.basis == basis).map(fact).collect::<Facts>();
    let (quoted, estimated) = (of(Basis::Quoted), of(Basis::Estimated));
    let carrier: Facts =
        app.books().charges.iter().map(|one| (one.phone_number, one.day, one.amount)).collect();
    assert_eq!(without(quoted.clone(), &carrier), [], "seed {seed}: what the carrier never charged");
    let before = without(carrier, &quoted);
    for (number, day, _) in &before {
        let taken = adopted.get(number);
        assert!(
            taken.is_some_and(|(taken, _)| day <= taken),
            "seed {seed}: {number} of {day} is not charged"
        );
    }
    assert_eq!(estimated.len(), adopted.len(), "seed {seed}");
    for (number, day, amount) in &estimated {
        let (taken, price) = adopted[number];
        let (_, begun, _) = before.iter().filter(|(one, ..)| one == number).max_by_key(|one| one.1).unwrap();
        let end = numberbank::kernel::clock::next_month(*begun);
        let (gone, days) = ((taken - *begun).num_days(), (end - *begun).num_days());
        assert_eq!(
            (*day, *amount),
            (taken, price - worth_of_days(price, gone, days)),
            "seed {seed}: {number}"
        );
    }
    (before, estimated)
}

/// Whose every month was adds up to the ledger, from every side; and each campaign's own page says the same of it.
async fn parts_are_the_ledger(app: &TestApp, charges: &[Split], campaigns: &[CampaignId], seed: u64) {
    for split in charges {
        let parts: Micros = split.stretches.iter().map(|stretch| stretch.worth.amount).sum();
        assert_eq!(parts, split.charge.amount, "seed {seed}: {split:?}");
    }
    let mut by_month: BTreeMap<Month, Micros> = BTreeMap::new();
    for split in charges {
        *by_month.entry(Month::of(split.charge.period_start)).or_default() += split.charge.amount;
    }
    let today = app.app().clock.today();
    let mut of_campaigns: BTreeMap<CampaignId, BTreeMap<Month, Micros>> = BTreeMap::new();
    for (month, ledger) in &by_month {
        let (by, span) = (app.allowed::<SeeSpend>(Role::SpendViewer).await, Span::Month(*month));
        let report = app.app().db.read(move |conn| spend::report(conn, &by, span, today)).await.unwrap();
        assert!(report.as_of.is_none() && !report.missing);
        assert_eq!(report.all.amount(), *ledger, "seed {seed}: {month}");
        for table in [Table::Campaign, Table::Area, Table::State, Table::Provider, Table::Kind] {
            let sum: Micros = report.lines(table).iter().map(|line| line.amount()).sum();
            assert_eq!(sum, *ledger, "seed {seed}: {month} by {table}");
        }
        let shares = report.months.last().unwrap();
        for (holder, part) in &shares.holders {
            if let Some(id) = holder.campaign() {
                of_campaigns.entry(id).or_default().insert(*month, part.amount());
            }
        }
    }
    for id in campaigns {
        let (by, id, now) = (app.allowed::<SeeSpend>(Role::SpendViewer).await, *id, app.app().clock.now());
        let actual = app
            .app()
            .db
            .read(move |conn| forecast::actual(conn, by.organization_id(), id, now))
            .await
            .unwrap();
        let own: BTreeMap<Month, Micros> = actual.months.into_iter().collect();
        assert_eq!(of_campaigns.remove(&id).unwrap_or_default(), own, "seed {seed}: {id}");
    }
    assert!(of_campaigns.is_empty(), "seed {seed}: {of_campaigns:?}");
}

/// Has what is kept added up as of now: what is ahead is kept of the month in which something happened last.
async fn add_up(app: &TestApp) {
    let by = app.allowed::<SeeSpend>(Role::SpendViewer).await;
    let (organization, now) = (by.organization_id(), app.app().clock.now());
    app.write(move |tx| Ok(numberbank::numbers::touched::held(tx, organization, now)?)).await;
    app.run_clock_jobs().await;
}

async fn parts_ledger_and_bill_are_one(app: TestApp, seed: u64) {
    app.sql("UPDATE organization SET rest_days = 0").await;
    // The 29th to the 31st are near; every other life is lived over the end of a leap year's February.
    let begin = if seed.is_multiple_of(2) { 401 } else { 0 };
    app.advance(TimeDelta::days(begin + i64::try_from(seed % 9).unwrap()));
    let mut life = Life {
        app: &app,
        dice: Dice(seed),
        running: Vec::new(),
        campaigns: Vec::new(),
        adopted: Adopted::new(),
    };
    life.live().await;
    let (campaigns, adopted) = (life.campaigns, life.adopted);
    assert!(campaigns.len() >= 2 && adopted.len() == 4, "seed {seed}: {campaigns:?}, {adopted:?}");
    assert!(app.texts("price_change", "id").await.len() >= 2, "seed {seed}: prices changed");

    let charges = every_charge(&app).await;
    let (before, estimated) = as_the_carrier(&app, &charges, &adopted, seed);
    parts_are_the_ledger(&app, &charges, &campaigns, seed).await;

    // The bill: month by month, and all of it. What differs is what adopted numbers cost before, and that exactly.
    let months = compared(&app).await;
    assert!(months.len() >= 4, "seed {seed}: {} months", months.len());
    let within = |facts: &Facts, days: (NaiveDate, NaiveDate)| {
        facts.iter().filter(|(_, day, _)| (days.0..=days.1).contains(day)).map(|fact| fact.2).sum::<Micros>()
    };
    for month in &months {
        let odd = within(&before, month.days) - within(&estimated, month.days);
        assert_eq!(month.difference(), odd, "seed {seed}: {month:?}");
    }
    let yesterday = app.app().clock.today() - Days::new(1);
    let first = months.last().unwrap().days.0;
    let billed: Facts =
        app.books().charges.iter().map(|one| (one.phone_number, one.day, one.amount)).collect();
    let billed = within(&billed, (first, yesterday));
    assert_eq!(months.iter().map(|month| month.numbers).sum::<Micros>(), billed, "seed {seed}");
    assert!(billed > Micros::ZERO);

    // Thrown away and added up again it is the same to the byte.
    add_up(&app).await;
    let kept = rows(&app).await;
    assert!(kept.len() > 20, "seed {seed}: {}", kept.len());
    app.sql(
        "DELETE FROM spend_outlook; DELETE FROM spend_days; DELETE FROM spend_cell; DELETE FROM spend_part; DELETE FROM spend_month",
    )
    .await;
    add_up(&app).await;
    assert_eq!(rows(&app).await, kept, "seed {seed}");
}

#[tokio::test]
async fn of_the_practice_carrier() {
    for seed in [3, 18, 29, 70] {
        let change = Change { in_memory: true, ..Change::default() };
        run_with(Backend::Sqlite, change, |app| parts_ledger_and_bill_are_one(app, seed)).await;
    }
}

#[tokio::test]
async fn of_the_practice_carrier_on_postgres() {
    for seed in [44, 91] {
        run_with(Backend::Postgres, Change::default(), |app| parts_ledger_and_bill_are_one(app, seed)).await;
    }
}

#[tokio::test]
async fn of_twilio() {
    for seed in [58, 7] {
        let change = Change { twilio: true, in_memory: true, ..Change::default() };
        run_with(Backend::Sqlite, change, |app| parts_ledger_and_bill_are_one(app, seed)).await;
    }
}
