//! Whole journeys under misfortune: an order over three area codes, a campaign's start, archiving, giving back, the
//! end of the rest, numbers put into a messaging service and taken out by hand, their voice address, release, a month's
//! charges, and a sync after purchases and a release elsewhere. At every call to the carrier something may go wrong, at
//! every call and at every commit the program may be killed; another instance goes on. Then three books are compared:
//! our inventory, our ledger, the carrier's world.
//!
//! Everything is drawn from a seed. A failing journey says which one; to see it alone, or to run many:
//!
//! ```text
//! NUMBERBANK_CRASH_SEEDS=4711 cargo test --test it crash::
//! NUMBERBANK_CRASH_SEEDS=0..10000 cargo test --test it crash::
//! ```

mod books;
mod moving;
mod schedule;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::FutureExt;
use numberbank::access::{Role, SeeNumbers};
use numberbank::app;
use numberbank::campaigns::{Campaign, State};
use numberbank::jobs::Runner;
use numberbank::kernel::AreaCode;
use numberbank::kernel::ids::{CampaignId, ReleaseId};
use numberbank::numbers::{self, Filter, Number, Status};
use numberbank::providers::{Registry, RemoteNumberId};
use numberbank::purchasing::OrderStatus;
use numberbank::state::App;

use crate::launch::{draft, reserve, state};
use crate::purchasing::{ORDERS, order, summary};
use crate::support::carrier::Meddler;
use crate::support::{Backend, Change, Client, TestApp, run_with};
use schedule::Schedule;

/// Journeys in every run of the tests, on each database.
const JOURNEYS: u64 = 150;
/// Journeys that one application goes through, one after the other.
const IN_A_ROW: u64 = 5;
const CODES: [&str; 6] = ["313", "410", "443", "734", "248", "586"];

/// The seeds of a part of the journeys: of those asked for, or of the usual ones.
fn seeds(part: u64, parts: u64) -> Vec<u64> {
    let asked = std::env::var("NUMBERBANK_CRASH_SEEDS").ok();
    let number = |text: &str| text.trim().parse::<u64>().expect("NUMBERBANK_CRASH_SEEDS: 4711 or 0..10000");
    let range = match asked.as_deref().map(|text| text.split_once("..").unwrap_or((text, ""))) {
        None => 0..JOURNEYS,
        Some((one, "")) => number(one)..number(one) + 1,
        Some((first, end)) => number(first)..number(end),
    };
    range.filter(|seed| seed / IN_A_ROW % parts == part).collect()
}

async fn journeys(backend: Backend, twilio: bool, seeds: Vec<u64>) {
    for row in seeds.chunk_by(|one, other| one / IN_A_ROW == other / IN_A_ROW) {
        let row = row.to_vec();
        run_with(backend, Change { in_memory: true, twilio, ..Change::default() }, |app| async move {
            for seed in row {
                let schedule = Schedule::of(seed);
                let journey = Journey { app: &app, schedule: &schedule };
                let words = match AssertUnwindSafe(journey.go()).catch_unwind().await {
                    Ok(Ok(())) => continue,
                    Ok(Err(words)) => words,
                    Err(_) => "it panicked, see above".to_owned(),
                };
                panic!("NUMBERBANK_CRASH_SEEDS={seed}: {words}\n  {}", schedule.story());
            }
        })
        .await;
    }
}

struct Journey<'a> {
    app: &'a TestApp,
    schedule: &'a Arc<Schedule>,
}

type Outcome<T = ()> = Result<T, String>;

fn must(holds: bool, words: impl Fn() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(words()) }
}

impl Journey<'_> {
    async fn go(&self) -> Outcome {
        let first = self.schedule.draw(0..6);
        let counts: Vec<(&str, u64)> = (0..3)
            .map(|nth| {
                let code = CODES[usize::try_from((first + nth * 2 + 1) % 6).unwrap()];
                // Forty numbers now and then, few most of the time.
                let most = if self.schedule.seed.is_multiple_of(25) { 14 } else { 5 };
                (code, self.schedule.draw(1..most))
            })
            .collect();
        self.buys(&counts).await?;
        self.compare("the order").await?;
        let campaign = self.starts(&counts).await?;
        self.compare("the start").await?;
        self.gives_back(campaign).await?;
        self.compare("giving back").await?;
        if self.schedule.seed % 3 == 1 {
            self.moves().await?;
            self.compare("moving by hand").await?;
        }
        self.releases().await?;
        self.compare("the release").await?;
        self.is_charged().await?;
        self.compare("a month's charges").await?;
        self.syncs().await?;
        self.compare("the sync").await?;
        self.schedule.calm();
        Ok(())
    }

    /// In a browser of today: months pass.
    async fn owner(&self) -> Client {
        self.app.sign_in(Role::Owner).await
    }
    async fn admin(&self) -> Client {
        self.app.sign_in(Role::Admin).await
    }

    async fn compare(&self, after: &str) -> Outcome {
        books::compare(self.app).await.map_err(|words| format!("after {after}: {words}"))
    }

    fn runner(&self, life: &Arc<schedule::Life>) -> (Runner, Arc<Meddler>) {
        let fates = life.clone();
        let carrier =
            Meddler::with_concurrency(self.app, self.schedule.concurrency, move |_, verb| fates.fate(verb));
        let providers = Registry::new().with(carrier.clone());
        let app = self.app.app();
        let app = App { providers, db: app.db.watched(life.clone()), ..app.clone() };
        (Runner::new(app, app::kinds()), carrier)
    }

    /// Lets instances work, one after the other is killed, until nothing is due any more, now or later today.
    async fn settle(&self, clock_jobs: bool) -> Outcome {
        for _ in 0..2_000 {
            let life = self.schedule.life();
            let (runner, carrier) = self.runner(&life);
            let due = runner.clone();
            let mut work = tokio::spawn(async move {
                if clock_jobs && runner.enqueue_due().await.is_err() {
                    return;
                }
                while let Ok(true) = runner.run_one().await {}
            });
            tokio::select! {
                done = &mut work => done.map_err(|error| error.to_string())?,
                () = life.end() => {
                    let _ = carrier.kill(work).await;
                }
            }
            if life.is_dead() {
                life.is_gone().await;
                // Another instance waits until the dead one's leases have ended.
                self.app.advance(TimeDelta::seconds(61));
                continue;
            }
            let now = self.app.app().clock.now();
            match due.next_due().await.map_err(|error| error.to_string())? {
                // What rests for days is waited for elsewhere.
                Some(at) if at - now < TimeDelta::hours(12) => {
                    self.app.advance((at - now).max(TimeDelta::seconds(1)));
                }
                _ => return Ok(()),
            }
        }
        Err("it never comes to rest".into())
    }

    /// An OWNER orders, twice by mistake, and does what the page asks for until the order has ended.
    async fn buys(&self, counts: &[(&str, u64)]) -> Outcome {
        let total: u64 = counts.iter().map(|(_, count)| count).sum();
        self.schedule.note(format!("orders {counts:?}"));
        let texts: Vec<(&str, String)> =
            counts.iter().map(|(code, count)| (*code, count.to_string())).collect();
        let rows: Vec<(&str, &str)> = texts.iter().map(|(code, count)| (*code, count.as_str())).collect();
        let id = order(&self.owner().await, &rows).await;
        for round in 0..30 {
            self.settle(false).await?;
            let found = summary(self.app, id).await;
            self.schedule.note(format!("the order: {:?} {:?}", found.order.status, found.lines));
            if found.order.status != OrderStatus::Working {
                let bought = u64::try_from(found.lines.bought).unwrap();
                return must(bought == total || found.order.status == OrderStatus::Partial, || {
                    format!("{bought} of {total} bought, and the order is {:?}", found.order.status)
                });
            }
            if round > 3 {
                self.schedule.calm();
            }
            let page = self.owner().await.get(&format!("{ORDERS}/{id}")).await.ok();
            must(page.text().contains("Needs attention"), || {
                format!("the order rests and does not say why: {}", page.text())
            })?;
            if let Some(check) = page.attribute("form[action$=check]", "action") {
                self.owner().await.post(&check, &[]).await.is(303);
            } else {
                self.owner().await.post(&format!("{ORDERS}/{id}/try-again"), &[]).await.is(303);
            }
        }
        Err("the order never ends".into())
    }

    /// An ADMIN starts a campaign with what was bought, again if the start failed.
    async fn starts(&self, counts: &[(&str, u64)]) -> Outcome<CampaignId> {
        let available = self.available().await;
        let mut wanted: Vec<(&str, i64)> = Vec::new();
        for (code, _) in counts {
            let free = available.iter().filter(|number| number.area_code.as_str() == *code).count();
            wanted.push((code, i64::try_from(free).unwrap()));
        }
        let held: i64 = wanted.iter().map(|(_, count)| count).sum();
        must(held > 0, || "nothing was bought".into())?;
        let contacts: Vec<(&str, usize)> =
            wanted.iter().map(|(code, count)| (*code, usize::try_from(count * 100).unwrap())).collect();
        let id = draft(self.app, "Fall GOTV", &contacts).await;
        reserve(self.app, id, &wanted).await;
        let url = format!("/o/our-city/campaigns/{id}");
        for round in 0..30 {
            if round > 3 {
                self.schedule.calm();
            }
            self.admin().await.post(&format!("{url}/start"), &[("unregistered", "yes")]).await.is(303);
            self.settle(false).await?;
            let campaign = state(self.app, id).await;
            self.schedule.note(format!("the campaign: {:?} {:?}", campaign.state, campaign.notice));
            match campaign.state {
                State::Started => {
                    let members: usize = self.members();
                    return must(i64::try_from(members).unwrap() == held, || {
                        format!("{members} numbers are in its messaging service, not {held}")
                    })
                    .map(|()| id);
                }
                State::Draft => must(campaign.notice.is_some(), || "the start failed without a word".into())?,
                other => return Err(format!("the campaign rests as {other:?}")),
            }
            // Everything that was moved in is out again.
            self.compare("a start that failed").await?;
        }
        Err("the campaign never starts".into())
    }

    /// The campaign is archived and gives back; its numbers rest, then its messaging service is emptied and deleted.
    async fn gives_back(&self, id: CampaignId) -> Outcome {
        let url = format!("/o/our-city/campaigns/{id}");
        self.admin().await.post(&format!("{url}/archive"), &[]).await.is(303);
        let held = self.members().to_string();
        self.admin().await.post(&format!("{url}/give-back"), &[("count", held.as_str())]).await.is(303);
        self.settle(false).await?;
        self.app.advance(TimeDelta::days(7) + TimeDelta::minutes(1));
        for round in 0..30 {
            self.settle(true).await?;
            let campaign: Campaign = state(self.app, id).await;
            must(campaign.state == State::Closed, || format!("the campaign is {:?}", campaign.state))?;
            if self.members() == 0 && campaign.notice.is_none() {
                let rested = self.available().await.len();
                let all = self.numbers().await.len();
                return must(rested == all, || format!("{rested} of {all} numbers are available"));
            }
            must(campaign.notice.is_some(), || {
                format!("{} numbers stay in the messaging service, and nobody is told", self.members())
            })?;
            if round > 3 {
                self.schedule.calm();
            }
            self.admin().await.post(&format!("{url}/tidy"), &[]).await.is(303);
        }
        Err("the messaging service is never emptied".into())
    }

    /// An OWNER releases all there is, again for those that were kept.
    async fn releases(&self) -> Outcome {
        for round in 0..30 {
            let left = self.available().await;
            self.schedule.note(format!("releases {}", left.len()));
            if left.is_empty() {
                return Ok(());
            }
            if round > 3 {
                self.schedule.calm();
            }
            let (id, count) = (ReleaseId::new().to_string(), left.len().to_string());
            let ids: Vec<String> = left.iter().map(|number| number.id.to_string()).collect();
            let mut fields = vec![("id", id.as_str()), ("count", count.as_str())];
            fields.extend(ids.iter().map(|id| ("number", id.as_str())));
            self.owner().await.post("/o/our-city/phone-numbers/release", &fields).await.is(303);
            self.settle(false).await?;
            let leaving =
                self.numbers().await.into_iter().filter(|one| one.status() == Status::Leaving).count();
            must(leaving == 0, || format!("{leaving} numbers are leaving for ever"))?;
        }
        Err("the numbers are never released".into())
    }

    /// Two numbers are kept for two months.
    async fn is_charged(&self) -> Outcome {
        self.buys(&[("313", 2)]).await?;
        for _ in 0..2 {
            self.app.advance(TimeDelta::days(31));
            self.settle(true).await?;
            self.compare("a month").await?;
        }
        self.releases().await
    }

    /// Numbers are bought and one is released elsewhere; an OWNER syncs, adopts all, clears what is lost, and releases
    /// what there is.
    async fn syncs(&self) -> Outcome {
        self.buys(&[("313", 2)]).await?;
        let ((world, account), now) = (self.app.at_carrier(), self.app.app().clock.now());
        let count = usize::try_from(self.schedule.draw(1..5)).unwrap();
        let code = AreaCode::parse("734").unwrap();
        let bought = world.purchase_at(&account, code, count, now - TimeDelta::days(40), |_| None).unwrap();
        let gone = self.numbers().await.remove(0);
        world.release(&account, &RemoteNumberId::new(&gone.service_id)).unwrap();
        self.schedule.note(format!(
            "{} bought elsewhere, {} released there",
            bought.len(),
            gone.phone_number
        ));
        for round in 0..30 {
            if round > 3 {
                self.schedule.calm();
            }
            self.owner().await.post("/o/our-city/sync", &[]).await.is(303);
            self.settle(false).await?;
            let page = self.owner().await.get("/o/our-city/sync").await.ok();
            let unknown = page.all("input[type=checkbox][name=difference]").len();
            let lost = self.numbers().await.into_iter().filter(|one| one.status() == Status::Lost).count();
            self.schedule.note(format!("{unknown} unknown, {lost} lost"));
            if unknown == 0 && lost == 1 {
                let all = self.numbers().await.len();
                must(all == 2 + bought.len(), || format!("{all} numbers are here"))?;
                let fields = [("number", gone.id.as_str()), ("reason", "gone")];
                self.owner().await.post("/o/our-city/sync/clear", &fields).await.is(303);
                self.compare("adopting and clearing").await?;
                return self.releases().await;
            }
            if unknown > 0 {
                self.owner().await.post("/o/our-city/sync/adopt", &[("all", "1")]).await.is(303);
                self.settle(false).await?;
            }
        }
        Err("what was bought elsewhere is never adopted".into())
    }

    fn members(&self) -> usize {
        self.app.books().members.values().map(Vec::len).sum()
    }
    async fn numbers(&self) -> Vec<Number> {
        let by = self.app.allowed::<SeeNumbers>(Role::Owner).await;
        let filter = Filter::default();
        let read = move |conn: &mut _| numbers::list(conn, by.organization_id(), &filter, 1_000);
        self.app.app().db.read(read).await.unwrap()
    }
    async fn available(&self) -> Vec<Number> {
        self.numbers().await.into_iter().filter(|one| one.status() == Status::Available).collect()
    }
}

#[tokio::test]
async fn sqlite_first() {
    journeys(Backend::Sqlite, false, seeds(0, 2)).await;
}
#[tokio::test]
async fn sqlite_second() {
    journeys(Backend::Sqlite, false, seeds(1, 2)).await;
}
#[tokio::test]
async fn postgres_first() {
    journeys(Backend::Postgres, false, seeds(0, 2)).await;
}
#[tokio::test]
async fn postgres_second() {
    journeys(Backend::Postgres, false, seeds(1, 2)).await;
}
/// The same over HTTP: the client for Twilio, its simulator, and every request judged. A few, as it is slower.
#[tokio::test]
async fn twilio_on_sqlite() {
    journeys(Backend::Sqlite, true, seeds(0, 6)).await;
}
#[tokio::test]
async fn twilio_on_postgres() {
    journeys(Backend::Postgres, true, seeds(3, 6)).await;
}
