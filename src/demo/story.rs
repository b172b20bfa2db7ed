//! Half a year of an organization, as a list of deeds by day. Each deed is done by the verb that people's clicks call.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::TimeDelta;

use crate::access::{Allowed, BuyNumbers, ManageCampaigns, ManageOrganization, Permission};
use crate::allocation;
use crate::campaigns::{self, Basics, ContactFacts, Name, Ratio, contact_file};
use crate::error::{AppError, AppResult};
use crate::jobs::Runner;
use crate::kernel::AreaCode;
use crate::kernel::ids::{CampaignId, FeeId, OrderId};
use crate::kernel::text_enum::TextEnum;
use crate::launch;
use crate::ledger::fees::{self, FeeKind, NewFee};
use crate::organizations::connection::{self, Carrier};
use crate::purchasing::{self, NewOrder, Wanted};
use crate::state::App;

/// How many days the story lasts.
pub(super) const DAYS: i64 = 182;

type Codes = &'static [(&'static str, i64)];

enum Deed {
    /// The owner buys numbers.
    Buy(Codes),
    /// The admin makes a campaign, imports its contacts and lets the planner reserve.
    Prepare { campaign: &'static str, contacts: Codes, starts_in_days: Option<i64> },
    /// The admin starts it.
    Start(&'static str),
    /// The admin archives it.
    Archive(&'static str),
    /// The owner enters what the mobile networks charged for a registration: the amount, and what for.
    Register(&'static str, &'static str),
}

/// What happens, by day of the story. One order is only partly filled: Denver has three numbers left.
const STORY: &[(i64, Deed)] = &[
    (0, Deed::Buy(&[("313", 22), ("248", 14)])),
    (9, Deed::Buy(&[("734", 10), ("616", 10), ("517", 8)])),
    (30, Deed::Buy(&[("773", 14), ("414", 10), ("216", 8)])),
    (
        33,
        Deed::Prepare {
            campaign: "Primary Recall",
            contacts: &[("773", 1_790), ("414", 1_380), ("216", 980), ("513", 310)],
            starts_in_days: None,
        },
    ),
    (34, Deed::Start("Primary Recall")),
    (72, Deed::Buy(&[("614", 6), ("412", 6)])),
    (96, Deed::Archive("Primary Recall")),
    (118, Deed::Buy(&[("702", 6), ("602", 6), ("303", 5)])),
    (
        139,
        Deed::Prepare {
            campaign: "Fall GOTV",
            contacts: &[
                ("313", 2_760),
                ("248", 1_750),
                ("734", 1_140),
                ("616", 1_120),
                ("517", 960),
                ("947", 240),
            ],
            starts_in_days: Some(2),
        },
    ),
    (140, Deed::Start("Fall GOTV")),
    (141, Deed::Register("15.00", "Campaign vetting, 10DLC")),
    (
        180,
        Deed::Prepare {
            campaign: "Winter Fundraiser",
            contacts: &[("313", 1_180), ("248", 690), ("734", 520), ("989", 940), ("614", 870), ("412", 610)],
            starts_in_days: Some(6),
        },
    ),
];

/// Lives the story, a day at a time, so that every monthly charge falls on its day.
pub(super) async fn live(app: &App, runner: &Runner) -> AppResult<()> {
    let mut by_name = BTreeMap::new();
    for day in 0..=DAYS {
        for (_, deed) in STORY.iter().filter(|(when, _)| *when == day) {
            deed.happen(app, &mut by_name).await?;
            drain(app, runner).await?;
        }
        runner.enqueue_due().await?;
        drain(app, runner).await?;
        if day < DAYS {
            app.clock.advance(TimeDelta::days(1));
        }
    }
    Ok(())
}

/// Runs every job; those that wait are waited for by moving the clock, an hour at most at a time.
async fn drain(app: &App, runner: &Runner) -> AppResult<()> {
    loop {
        while runner.run_one().await? {}
        let now = app.clock.now();
        match runner.next_due().await? {
            Some(due) if due <= now + TimeDelta::hours(1) => app.clock.advance(due - now),
            _ => return Ok(()),
        }
    }
}

async fn allowed<P: Permission>(app: &App, email: &'static str) -> AppResult<Allowed<P>> {
    let (providers, now) = (app.providers.clone(), app.clock.now());
    app.db.read(move |conn| Allowed::from_console(conn, &providers, now, super::SLUG, email)).await
}

impl Deed {
    async fn happen(&self, app: &App, by_name: &mut BTreeMap<&'static str, CampaignId>) -> AppResult<()> {
        match *self {
            Deed::Buy(codes) => buy(app, codes).await,
            Deed::Prepare { campaign, contacts, starts_in_days } => {
                by_name.insert(campaign, prepare(app, campaign, contacts, starts_in_days).await?);
                Ok(())
            }
            Deed::Start(name) => {
                let (by, id, now) = (admin(app).await?, of(by_name, name)?, app.clock.now());
                app.db.write(move |tx| launch::start(tx, &by, id, now)).await
            }
            Deed::Archive(name) => {
                let (by, id, now) = (admin(app).await?, of(by_name, name)?, app.clock.now());
                app.db.write(move |tx| launch::archive(tx, &by, id, now).map(drop)).await
            }
            Deed::Register(amount, note) => register(app, amount, note).await,
        }
    }
}

fn of(by_name: &BTreeMap<&'static str, CampaignId>, name: &str) -> AppResult<CampaignId> {
    by_name
        .get(name)
        .copied()
        .ok_or_else(|| AppError::Internal(format!("the story has no campaign {name} yet")))
}

async fn admin(app: &App) -> AppResult<Allowed<ManageCampaigns>> {
    allowed(app, "admin@example.org").await
}

async fn register(app: &App, amount: &'static str, note: &'static str) -> AppResult<()> {
    let by = allowed::<ManageOrganization>(app, "owner@example.org").await?;
    let (id, now) = (FeeId::new(), app.clock.now());
    let day = now.date().to_string();
    let fee = NewFee::parse(&day, FeeKind::Registration.as_str(), amount, note, now.date())
        .map_err(AppError::Invalid)?;
    app.db.write(move |tx| fees::enter(tx, &by, id, &fee, now).map(drop)).await
}

async fn buy(app: &App, codes: Codes) -> AppResult<()> {
    let by = allowed::<BuyNumbers>(app, "owner@example.org").await?;
    let Carrier { provider, account } = connection::own(app, &by).await?;
    let prices = provider.prices(&account).await?;
    let lines = codes
        .iter()
        .map(|&(code, count)| {
            let area_code = area_code(code)?;
            Ok(Wanted { area_code, count, price: prices.of(area_code) })
        })
        .collect::<AppResult<Vec<_>>>()?;
    let order = NewOrder::of(OrderId::new(), lines);
    let now = app.clock.now();
    app.db.write(move |tx| purchasing::place(tx, &by, &order, now)).await?;
    Ok(())
}

fn area_code(text: &str) -> AppResult<AreaCode> {
    AreaCode::parse(text).map_err(|error| AppError::Internal(error.to_string()))
}

async fn prepare(
    app: &App,
    name: &'static str,
    contacts: Codes,
    starts_in_days: Option<i64>,
) -> AppResult<CampaignId> {
    let file = contacts_csv(contacts);
    let counts = contact_file::count(file.as_bytes(), |_| ())
        .map_err(|error| AppError::Internal(error.to_string()))?;
    let facts = ContactFacts::of(&format!("{}.csv", name.to_lowercase().replace(' ', "-")), &counts);
    let (by, now) = (admin(app).await?, app.clock.now());
    let basics = Basics {
        name: Name::parse(name).map_err(AppError::Internal)?,
        ratio: Ratio::new(by.organization().contacts_per_number)
            .ok_or_else(|| AppError::Internal("the organization has no ratio".into()))?,
        planned_start: starts_in_days.map(|days| now + TimeDelta::days(days)),
        strategy: allocation::strategies::default().key().to_owned(),
        include_resting: false,
    };
    app.db
        .write(move |tx| {
            let id = campaigns::create(tx, &by, &basics, now)?;
            campaigns::import_contacts(tx, &by, id, &facts, now)?;
            allocation::reserve_for_me(tx, &by, id, now)?;
            Ok(id)
        })
        .await
}

/// A contact file with so many contacts of each area code, on exchange 555, which belongs to nobody.
fn contacts_csv(contacts: Codes) -> String {
    let mut file = String::from("firstName,lastName,cell,zip,external_id\n");
    for (code, count) in contacts {
        // 1212 and 4334 are in real use.
        for line in
            (0..10_000).filter(|line| ![1212, 4334].contains(line)).take(usize::try_from(*count).unwrap_or(0))
        {
            let _ = writeln!(file, "Demo,Contact,{code}555{line:04},,{code}-{line}");
        }
    }
    file
}
