//! Histories that the tests of spend read: numbers bought, charged and held over months.

use chrono::{Days, NaiveDate, TimeDelta};
use numberbank::access::{Actor, ManageCampaigns, ManageOrganization, Role};
use numberbank::campaigns::{self, Basics, Name, Ratio};
use numberbank::kernel::clock::next_month;
use numberbank::kernel::ids::{CampaignId, NumberId};
use numberbank::kernel::{E164, Micros, Moment};
use numberbank::ledger::{self, Basis};
use numberbank::numbers::{self, Change, NewNumber, Why};

use crate::support::TestApp;

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
pub fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}
pub fn cents(cents: i64) -> Micros {
    Micros::from_cents(cents)
}

pub async fn actor(app: &TestApp) -> Actor {
    app.allowed::<ManageOrganization>(Role::Owner).await.actor()
}

/// A number bought on a day and charged since, so many months in all.
#[derive(Clone, Copy)]
struct Owned {
    phone: &'static str,
    price: Micros,
    bought: &'static str,
    months: u32,
    basis: Basis,
}

fn local(phone: &'static str, bought: &'static str, months: u32) -> Owned {
    Owned { phone, price: cents(115), bought, months, basis: Basis::Quoted }
}

async fn own(app: &TestApp, owned: Owned) -> NumberId {
    let by = actor(app).await;
    let (id, phone) = (NumberId::new(), E164::parse(owned.phone).unwrap());
    let bought = day(owned.bought);
    let mut starts = vec![bought];
    for _ in 1..owned.months {
        starts.push(next_month(*starts.last().unwrap()));
    }
    let new = NewNumber {
        id,
        service: "fakeservice".to_owned(),
        carrier_account: "our-city".to_owned(),
        service_id: format!("PN{id}"),
        phone_number: phone,
        area_code: phone.area_code().unwrap(),
        monthly_price: owned.price,
        bought_at: bought.and_hms_opt(12, 0, 0).unwrap(),
        renews_on: next_month(*starts.last().unwrap()),
        order_id: None,
        label: String::new(),
        voice_url: None,
    };
    app.write(move |tx| {
        numbers::add(tx, &by, &new, new.bought_at, Why::default())?;
        for start in &starts {
            ledger::first_charge(tx, &by, id, *start, owned.price, owned.basis)?;
        }
        Ok(())
    })
    .await;
    id
}

pub async fn campaign(app: &TestApp, name: &str) -> CampaignId {
    let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
    let basics = Basics {
        name: Name::parse(name).unwrap(),
        ratio: Ratio::new(200).unwrap(),
        planned_start: None,
        strategy: "best".to_owned(),
        include_resting: false,
    };
    app.write(move |tx| campaigns::create(tx, &by, &basics, moment("2026-01-01T00:00:00"))).await
}

/// The campaign has the numbers in use from a moment to another, or to this day.
async fn uses(app: &TestApp, campaign: CampaignId, ids: &[NumberId], from: &str, until: Option<&str>) {
    let (by, ids, from, until) = (actor(app).await, ids.to_vec(), moment(from), until.map(moment));
    app.write(move |tx| {
        ledger::begin_use(tx, &by, campaign, &ids, from)?;
        match until {
            Some(until) => ledger::end_use(tx, &by, &ids, until)?,
            None => {
                numbers::change(tx, &by, &ids, Change::Use(campaign), from, Why::default(), |_| true)?;
            }
        }
        Ok(())
    })
    .await;
}

/// November 2026, the 22nd: two campaigns, numbers bought in three months, one renewal to come, one number
/// released long ago. Every amount below can be worked out on paper.
pub struct November {
    pub gotv: CampaignId,
    pub recall: CampaignId,
    pub numbers: [NumberId; 4],
}

pub async fn november(app: &TestApp) -> November {
    let a = own(app, local("+13135550101", "2026-10-10", 2)).await;
    let b = own(app, local("+13135550102", "2026-11-15", 1)).await;
    let c = own(app, local("+12485550103", "2026-09-28", 2)).await;
    let toll_free = Owned {
        phone: "+18005550104",
        price: cents(215),
        bought: "2026-11-01",
        months: 1,
        basis: Basis::Estimated,
    };
    let d = own(app, toll_free).await;
    own(app, local("+12485550105", "2026-08-01", 1)).await;
    app.sql(
        "UPDATE owned_phone_number SET released_at = '2026-08-20 10:00:00' WHERE phone_number = '+12485550105'; \
         UPDATE number_count SET available = available - 1, monthly_cost = monthly_cost - 1150000 \
         WHERE area_code = '248';",
    )
    .await;
    let gotv = campaign(app, "Fall GOTV").await;
    let recall = campaign(app, "=HYPERLINK(\"http://evil.example\")").await;
    uses(app, gotv, &[a], "2026-10-20T12:00:00", None).await;
    uses(app, gotv, &[c], "2026-11-05T08:00:00", None).await;
    uses(app, recall, &[b], "2026-11-17T09:00:00", Some("2026-11-17T18:00:00")).await;
    uses(app, recall, &[b], "2026-11-20T00:00:00", None).await;
    November { gotv, recall, numbers: [a, b, c, d] }
}

/// Forty numbers over fourteen months, held by three campaigns on and off; always the same.
pub async fn random_history(app: &TestApp) {
    let mut campaigns = Vec::new();
    for name in ["One", "Two", "Three"] {
        campaigns.push(campaign(app, name).await);
    }
    let by = actor(app).await;
    app.write(move |tx| {
        let mut state = 20_261_122u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for index in 0..40 {
            let area = ["313", "248", "517"][random(3) as usize];
            let phone = E164::parse(&format!("+1{area}55500{index:02}")).unwrap();
            let bought = day("2025-09-25") + Days::new(random(400));
            let id = NumberId::new();
            let price = Micros::new(1_000_000 + i64::try_from(random(4)).unwrap() * 77_777);
            let mut renews_on = bought;
            let mut charges = Vec::new();
            while renews_on <= day("2026-11-22") {
                charges.push(renews_on);
                renews_on = next_month(renews_on);
            }
            let new = NewNumber {
                id,
                service: "fakeservice".to_owned(),
                // Of an account that was left: nobody reads its price list, so these prices stay.
                carrier_account: "before".to_owned(),
                service_id: format!("PN{id}"),
                phone_number: phone,
                area_code: phone.area_code().unwrap(),
                monthly_price: price,
                bought_at: bought.and_hms_opt(9, 30, 0).unwrap(),
                renews_on,
                order_id: None,
                label: String::new(),
                voice_url: None,
            };
            numbers::add(tx, &by, &new, new.bought_at, Why::default())?;
            for charge in charges {
                ledger::first_charge(tx, &by, id, charge, price, Basis::Quoted)?;
            }
            let mut at = new.bought_at;
            loop {
                at += TimeDelta::minutes(i64::try_from(random(60 * 24 * 40)).unwrap());
                let campaign = campaigns[random(3) as usize];
                if at > moment("2026-11-22T00:00:00") {
                    break;
                }
                let started = at;
                ledger::begin_use(tx, &by, campaign, &[id], started)?;
                // Now and then for less than a day, or to midnight sharp.
                at += TimeDelta::minutes(i64::try_from(random(60 * 24 * 60)).unwrap());
                if random(3) == 0 {
                    at = at.date().and_hms_opt(0, 0, 0).unwrap().max(started);
                }
                if at > moment("2026-11-22T00:00:00") {
                    numbers::change(tx, &by, &[id], Change::Use(campaign), at, Why::default(), |_| true)?;
                    break;
                }
                ledger::end_use(tx, &by, &[id], at)?;
                // Some rest afterwards, some are reserved for the next campaign at once.
                if random(2) == 0 {
                    let until = at + TimeDelta::days(9);
                    numbers::change(tx, &by, &[id], Change::Rest(until), at, Why::default(), |_| true)?;
                    at += TimeDelta::minutes(i64::try_from(random(60 * 24 * 12)).unwrap());
                    numbers::change(tx, &by, &[id], Change::EndRest, at, Why::default(), |_| true)?;
                } else if random(2) == 0 {
                    let draft = campaigns[random(3) as usize];
                    numbers::change(tx, &by, &[id], Change::Reserve(draft), at, Why::default(), |_| true)?;
                    at += TimeDelta::minutes(i64::try_from(random(60 * 24 * 12)).unwrap());
                    numbers::change(tx, &by, &[id], Change::Unreserve, at, Why::default(), |_| true)?;
                }
            }
        }
        Ok(())
    })
    .await;
}
