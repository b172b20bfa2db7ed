//! Numbers and campaigns for tests, made by the verbs.

use std::collections::BTreeMap;

use chrono::{Days, TimeDelta};
use numberbank::access::{Actor, Allowed, BuyNumbers, ManageCampaigns, Role};
use numberbank::campaigns::{self, Basics, Name, Ratio, State};
use numberbank::kernel::ids::{CampaignId, NumberId};
use numberbank::kernel::{AreaCode, E164, Micros};
use numberbank::ledger::{self, Basis};
use numberbank::numbers::{self, Change, NewNumber, Number, Sources, Why, Wish};

use crate::support::TestApp;

/// The address of the inventory.
pub const PAGE: &str = "/o/our-city/phone-numbers";

pub fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

/// The owner, as verbs take them.
pub async fn owner(app: &TestApp) -> Allowed<BuyNumbers> {
    app.allowed(Role::Owner).await
}

/// Adds `count` numbers `+1CCC555NNNN` from `first` on, at $1.15, bought 100 days ago by the owner, who renews them
/// in `renews_in` days. Each has its first charge.
pub async fn add(app: &TestApp, area_code: &str, first: u32, count: u32, renews_in: u64) -> Vec<NumberId> {
    add_of(app, "fakeservice", area_code, first, count, renews_in).await
}

/// [`add`], of another provider.
pub async fn add_of(
    app: &TestApp,
    service: &'static str,
    area_code: &str,
    first: u32,
    count: u32,
    renews_in: u64,
) -> Vec<NumberId> {
    let (actor, now, area_code) = (owner(app).await.actor(), app.app().clock.now(), code(area_code));
    let new: Vec<NewNumber> = (first..first + count)
        .map(|line| NewNumber {
            id: NumberId::new(),
            service: service.into(),
            carrier_account: "our-city".into(),
            service_id: format!("PN{area_code}{line}"),
            phone_number: E164::parse(&format!("+1{area_code}555{line:04}")).unwrap(),
            area_code,
            monthly_price: Micros::from_cents(115),
            bought_at: now - TimeDelta::days(100),
            renews_on: now.date() + Days::new(renews_in),
            order_id: None,
            label: String::new(),
            voice_url: None,
        })
        .collect();
    let ids = new.iter().map(|number| number.id).collect();
    app.write(move |tx| {
        for number in &new {
            numbers::add(tx, &actor, number, number.bought_at, Why::default())?;
            let day = number.bought_at.date();
            ledger::first_charge(tx, &actor, number.id, day, number.monthly_price, Basis::Quoted)?;
        }
        Ok(())
    })
    .await;
    ids
}

/// A draft of this name that holds nothing yet.
pub async fn draft(app: &TestApp, name: &str) -> CampaignId {
    let (by, now) = (app.allowed::<ManageCampaigns>(Role::Owner).await, app.app().clock.now());
    let basics = Basics {
        name: Name::parse(name).unwrap(),
        ratio: Ratio::new(200).unwrap(),
        planned_start: None,
        strategy: "best".into(),
        include_resting: false,
    };
    app.write(move |tx| campaigns::create(tx, &by, &basics, now)).await
}

/// Reserves numbers for a draft, until in 23 hours.
pub async fn reserve(app: &TestApp, campaign: CampaignId, wanted: &[(&str, i64)]) {
    let (actor, now) = (owner(app).await.actor(), app.app().clock.now());
    let wanted: BTreeMap<AreaCode, i64> = wanted.iter().map(|(area, count)| (code(area), *count)).collect();
    app.write(move |tx| {
        let sources = Sources::default();
        let wish = Wish { service: "fakeservice", asked: &wanted, sources, all_or_nothing: false };
        let taken = numbers::reserve(tx, &actor, campaign, &wish, now)?;
        assert!(taken.iter().all(|one| one.taken == one.asked), "{taken:?}");
        campaigns::set_hold_until(tx, &actor, campaign, Some(now + TimeDelta::hours(23)))?;
        Ok(())
    })
    .await;
}

/// Changes numbers as the verbs above numbers do.
pub async fn change(app: &TestApp, ids: &[NumberId], change: Change, campaign: Option<CampaignId>) {
    let (actor, now, ids) = (owner(app).await.actor(), app.app().clock.now(), ids.to_vec());
    app.write(move |tx| {
        let why = Why { words: "for a test", campaign, order: None };
        let changed = numbers::change(tx, &actor, &ids, change, now, why, |_| true)?;
        assert_eq!(changed.len(), ids.len());
        Ok(())
    })
    .await;
}

/// Takes a draft and what it holds into use.
pub async fn start(app: &TestApp, campaign: CampaignId) -> Vec<NumberId> {
    let held = held(app, campaign).await;
    change(app, &held, Change::Use(campaign), Some(campaign)).await;
    let (actor, now) = (owner(app).await.actor(), app.app().clock.now());
    app.write(move |tx| {
        campaigns::set_hold_until(tx, &actor, campaign, None)?;
        campaigns::set_state(tx, &actor, campaign, State::Draft, State::Starting, now)?;
        campaigns::set_state(tx, &actor, campaign, State::Starting, State::Started, now).map(drop)
    })
    .await;
    held
}

/// Archives a running campaign; it keeps its numbers.
pub async fn archive(app: &TestApp, campaign: CampaignId) {
    let (actor, now) = (owner(app).await.actor(), app.app().clock.now());
    app.write(move |tx| {
        campaigns::set_state(tx, &actor, campaign, State::Started, State::Archived, now).map(drop)
    })
    .await;
}

/// What a campaign holds.
pub async fn held(app: &TestApp, campaign: CampaignId) -> Vec<NumberId> {
    let organization = owner(app).await.organization_id();
    let held =
        app.app().db.read(move |conn| numbers::of_campaign(conn, organization, campaign)).await.unwrap();
    held.into_iter().map(|number| number.id).collect()
}

/// A number as it is.
pub async fn find(app: &TestApp, id: NumberId) -> Number {
    let organization = owner(app).await.organization_id();
    app.app().db.read(move |conn| numbers::find(conn, organization, id)).await.unwrap()
}

/// The counts; asserts that they are what counting every number gives.
pub async fn counts(app: &TestApp) -> Vec<numbers::Count> {
    let organization = owner(app).await.organization_id();
    let (kept, counted) = app
        .app()
        .db
        .read(move |conn| {
            let service = Some("fakeservice");
            let kept = numbers::counts(conn, organization, service)?;
            Ok::<_, numberbank::db::DbError>((kept, numbers::count_all(conn, organization, "fakeservice")?))
        })
        .await
        .unwrap();
    assert_eq!(kept, counted, "number_count says what the numbers say");
    kept
}

/// The organization `next-door` with a number of its own, of which nobody here may know.
pub async fn next_door(app: &TestApp) -> NumberId {
    app.add_organization("next-door", "Next Door").await;
    app.add_person("neighbour@example.org", "Nell Neighbour", &[("next-door", Role::Owner)]).await;
    let providers = app.app().providers.clone();
    let now = app.app().clock.now();
    let theirs: Allowed<BuyNumbers> = app
        .app()
        .db
        .read(move |conn| Allowed::from_console(conn, &providers, now, "next-door", "neighbour@example.org"))
        .await
        .unwrap();
    let actor: Actor = theirs.actor();
    let number = NewNumber {
        id: NumberId::new(),
        service: "fakeservice".into(),
        carrier_account: "next-door".into(),
        service_id: "PNtheirs".into(),
        phone_number: E164::parse("+13135559999").unwrap(),
        area_code: code("313"),
        monthly_price: Micros::from_cents(115),
        bought_at: now,
        renews_on: now.date() + Days::new(20),
        order_id: None,
        label: "Their own label".into(),
        voice_url: None,
    };
    let id = number.id;
    app.write(move |tx| Ok(numbers::add(tx, &actor, &number, now, Why::default())?)).await;
    id
}
