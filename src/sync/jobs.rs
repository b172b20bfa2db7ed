//! The comparison itself, and the clock that asks for it every night.
//!
//! Every page that the carrier lists is committed together with the place where the next one begins, so that another
//! instance goes on there. Nothing of ours is touched before the list has been read to its end.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime};

use super::differences::store as differences;
use super::model::{self, Difference, Kind, Outcome, Seen, Step, SyncRun};
use super::{PAGE, reading, store};
use crate::access::{self, Actor};
use crate::db::{DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run, enqueue, was_enqueued_since};
use crate::kernel::Moment;
use crate::kernel::ids::{DifferenceId, NumberId, OrganizationId, SyncId};
use crate::numbers::{self, Change, Hold, Number, Why, at_carrier};
use crate::organizations::connection::{self, Carrier};
use crate::providers::{ErrorKind, ProviderError, RemoteNumberId, RemoteServiceId};
use crate::state::App;
use crate::web::format::plural;
use crate::{activity, campaigns};

/// Rows compared in one transaction: short, so that people are not kept waiting on SQLite.
const BATCH: i64 = 500;
/// So often a list is begun anew when the carrier has forgotten where it was.
const RESTARTS: i64 = 3;

/// Compares an organization with its carrier, from wherever that stands.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct CompareNumbers {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which comparison.
    pub run_id: SyncId,
}

impl CompareNumbers {
    /// The key under which it is open.
    pub fn key(organization: OrganizationId) -> String {
        format!("{}:{organization}", Self::KIND)
    }
}

#[async_trait]
impl Job for CompareNumbers {
    const KIND: &'static str = "sync.compare";

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.organization_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let mut carrier = None;
        loop {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            let (organization, id) = (self.organization_id, self.run_id);
            let at = app.db.read(move |conn| store::find(conn, organization, id)).await?;
            if at.outcome != Outcome::Running {
                return Ok(());
            }
            let carrier = match &carrier {
                Some(carrier) => carrier,
                None => carrier.insert(connection::carrier(app, &at.place).await?),
            };
            let work = Comparison { app, carrier, at };
            match work.at.step {
                Step::Numbers => work.numbers().await?,
                Step::Services => work.services().await?,
                Step::Members => work.members().await?,
                Step::Ours => work.ours().await?,
                Step::Theirs => work.theirs().await?,
                Step::Missing => work.missing().await?,
                Step::Done => return Ok(()),
            }
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (organization, id, words, now) =
            (self.organization_id, self.run_id, words.to_owned(), app.clock.now());
        app.db
            .write(move |tx| {
                let at = store::find(tx, organization, id)?;
                let Some(at) = store::lock_at(tx, &at)? else { return AppResult::Ok(()) };
                match at.step {
                    Step::Missing => {
                        let left = differences::of_run(tx, id, Kind::Missing, i64::MAX)?;
                        for one in &left {
                            differences::settle(tx, one.id)?;
                        }
                        let left = plural(left.len() as u64, "number was", "numbers were");
                        let words = format!(
                            " {left} not listed, and the carrier could not say whether they are gone: they are left \
                             as they are. {words}"
                        );
                        complete(tx, at, &words, now)
                    }
                    _ => end(tx, at, Outcome::Failed, model::broken_off(&words), now),
                }
            })
            .await
    }
}

/// One step of a comparison.
struct Comparison<'a> {
    app: &'a App,
    carrier: &'a Carrier,
    /// As it stood when the step began.
    at: SyncRun,
}

impl Comparison<'_> {
    /// Commits a step, unless another instance did so meanwhile.
    async fn commit(
        &self,
        step: impl Fn(&mut Tx, SyncRun) -> AppResult<()> + Send + 'static,
    ) -> Result<(), JobError> {
        let at = self.at.clone();
        self.app
            .db
            .write(move |tx| match store::lock_at(tx, &at)? {
                Some(now) => step(tx, now),
                None => Ok(()),
            })
            .await?;
        Ok(())
    }

    /// The carrier refused a page: its word for the next one may have lapsed, then the list is begun anew.
    async fn refused(&self, error: ProviderError) -> Result<(), JobError> {
        if error.kind != ErrorKind::InvalidRequest
            || self.at.position.is_none()
            || self.at.restarts >= RESTARTS
        {
            return Err(job_error(error));
        }
        self.commit(|tx, mut at| {
            store::forget_seen(tx, at.id)?;
            (at.step, at.position, at.seen) = (Step::Numbers, None, 0);
            at.restarts += 1;
            Ok(store::update(tx, &at)?)
        })
        .await
    }

    async fn numbers(&self) -> Result<(), JobError> {
        let Carrier { provider, account } = self.carrier;
        let page = match provider.list_owned(account, self.at.position.as_deref()).await {
            Ok(page) => page,
            Err(error) => return self.refused(error).await,
        };
        let seen: Vec<Seen> = page.items.iter().map(Seen::from).collect();
        let (next, pools) = (page.next, provider.capabilities().messaging_services);
        let now = self.app.clock.now();
        self.commit(move |tx, mut at| {
            let added = store::add_seen(tx, at.id, &seen)?;
            at.seen += i64::try_from(added).unwrap_or(0);
            at.position.clone_from(&next);
            if next.is_some() {
                if added == 0 {
                    let words = "The carrier’s list of numbers repeats itself.";
                    return end(tx, at, Outcome::Failed, model::broken_off(words), now);
                }
                return Ok(store::update(tx, &at)?);
            }
            let ours = at_carrier::expected(tx, &at.place)?;
            if at.seen == 0 && ours > 0 {
                return end(tx, at, Outcome::Unusable, model::empty_list(ours), now);
            }
            at.step = if pools { Step::Services } else { Step::Ours };
            Ok(store::update(tx, &at)?)
        })
        .await
    }

    async fn services(&self) -> Result<(), JobError> {
        let Carrier { provider, account } = self.carrier;
        let page = match provider.list_services(account, self.at.position.as_deref()).await {
            Ok(page) => page,
            Err(error) => return self.refused(error).await,
        };
        let pools: Vec<(String, String)> =
            page.items.iter().map(|one| (one.id.as_str().to_owned(), one.name.clone())).collect();
        let next = page.next.filter(|next| Some(next) != self.at.position.as_ref());
        self.commit(move |tx, mut at| {
            store::add_pools(tx, at.id, &pools)?;
            if next.is_none() {
                at.step = Step::Members;
            }
            at.position.clone_from(&next);
            Ok(store::update(tx, &at)?)
        })
        .await
    }

    async fn members(&self) -> Result<(), JobError> {
        let Carrier { provider, account } = self.carrier;
        let id = self.at.id;
        let Some(sid) = self.app.db.read(move |conn| store::next_pool(conn, id)).await? else {
            return self
                .commit(|tx, mut at| {
                    at.step = Step::Ours;
                    Ok(store::update(tx, &at)?)
                })
                .await;
        };
        let pool = RemoteServiceId::new(sid.as_str());
        let (members, next) = match provider.list_members(account, &pool, self.at.position.as_deref()).await {
            Ok(page) => (page.items, page.next.filter(|next| Some(next) != self.at.position.as_ref())),
            // Deleted since it was listed: nothing is in it.
            Err(error) if error.kind == ErrorKind::NotFound => (Vec::new(), None),
            Err(error) => return self.refused(error).await,
        };
        let members: Vec<String> = members.iter().map(|id| id.as_str().to_owned()).collect();
        self.commit(move |tx, mut at| {
            store::write_members(tx, at.id, &sid, &members)?;
            if next.is_none() {
                store::pool_is_read(tx, at.id, &sid)?;
            }
            at.position.clone_from(&next);
            // Two pools of one page each stand at the same place: what is read tells them apart.
            Ok(store::update(tx, &at)?)
        })
        .await
    }

    async fn ours(&self) -> Result<(), JobError> {
        let (now, pools) = (self.app.clock.now(), self.carrier.provider.capabilities().messaging_services);
        self.commit(move |tx, mut at| {
            let organization = access::organization(tx, at.organization())?;
            if (organization.service, organization.carrier_account)
                != (at.place.service.clone(), at.place.account.clone())
            {
                let words = "The organization was connected to another account meanwhile.";
                return end(tx, at, Outcome::Failed, model::broken_off(words), now);
            }
            let after = at.position.as_deref().and_then(|id| NumberId::parse(id).ok());
            let numbers = at_carrier::page(tx, &at.place, after, BATCH)?;
            let ids: Vec<String> = numbers.iter().map(|number| number.service_id.clone()).collect();
            let seen = store::seen_of(tx, at.id, &ids)?;
            let names = store::pool_names(tx, at.id)?;
            let books = reading::Books::read(tx, &at.place, &names)?;
            let (mut found, mut differ) = (Vec::new(), Vec::new());
            for number in &numbers {
                let theirs = seen.iter().find(|seen| seen.remote_id == number.service_id);
                if theirs.is_some() && number.facts.lost_at.is_some() {
                    found.push(number.id);
                }
                differ.extend(compared(number, theirs, &books, pools));
            }
            let by = Actor::from_row(at.organization(), at.asked_by);
            let why = Why { words: "The carrier lists it.", ..Why::default() };
            let back = numbers::change(tx, &by, &found, Change::Find, now, why, |number| {
                number.facts.lost_at.is_some()
            })?;
            at.found += i64::try_from(back.len()).unwrap_or(0);
            differences::insert(tx, &at, &differ)?;
            at.position = numbers.last().map(|number| number.id.to_string());
            if i64::try_from(numbers.len()).is_ok_and(|read| read < BATCH) {
                (at.step, at.position) = (Step::Theirs, None);
            }
            Ok(store::update(tx, &at)?)
        })
        .await
    }

    async fn theirs(&self) -> Result<(), JobError> {
        let at = self.at.clone();
        let (last, mut unknown) = self
            .app
            .db
            .read(move |conn| {
                let seen = store::seen_after(conn, at.id, at.position.as_deref(), BATCH)?;
                let last = seen
                    .last()
                    .filter(|_| i64::try_from(seen.len()).is_ok_and(|read| read == BATCH))
                    .map(|seen| seen.remote_id.clone());
                DbResult::Ok((last, reading::unknown_of(conn, &at.place, seen)?))
            })
            .await?;
        if unknown.iter().any(|seen| seen.monthly_price.is_none()) {
            let Carrier { provider, account } = self.carrier;
            match provider.prices(account).await {
                Ok(prices) => {
                    for seen in &mut unknown {
                        let price = seen.phone_number.area_code().ok().map(|code| prices.of(code));
                        seen.monthly_price = seen.monthly_price.or(price);
                    }
                }
                Err(error) if error.retry_after().is_some() || error.broken_connection() => {
                    return Err(job_error(error));
                }
                // Adopting asks for the price again.
                Err(error) => tracing::warn!(%error, "the carrier does not say its prices"),
            }
        }
        self.commit(move |tx, mut at| {
            let names = store::pool_names(tx, at.id)?;
            let unknown = reading::unknown_of(tx, &at.place, unknown.clone())?;
            let rows: Vec<Difference> =
                unknown.into_iter().map(|theirs| difference(Kind::Unknown, None, theirs, &names)).collect();
            differences::insert(tx, &at, &rows)?;
            at.position.clone_from(&last);
            if last.is_none() {
                at.step = Step::Missing;
            }
            Ok(store::update(tx, &at)?)
        })
        .await
    }

    /// One that was not listed is asked for by its id, which is proof; a list may have moved while it was read.
    async fn missing(&self) -> Result<(), JobError> {
        let (id, now) = (self.at.id, self.app.clock.now());
        let next = self.app.db.read(move |conn| differences::of_run(conn, id, Kind::Missing, 1)).await?;
        let Some(one) = next.into_iter().next() else {
            return self.commit(move |tx, at| complete(tx, at, "", now)).await;
        };
        let Carrier { provider, account } = self.carrier;
        let remote = RemoteNumberId::new(one.theirs.remote_id.as_str());
        let there = provider.find_by_id(account, &remote).await.map_err(job_error)?.is_some();
        self.commit(move |tx, mut at| {
            if !differences::settle(tx, one.id)? || there {
                return Ok(());
            }
            if let Some(number) = one.number_id
                && lose(tx, &at, number, now)?
            {
                at.lost += 1;
                store::update(tx, &at)?;
            }
            Ok(())
        })
        .await
    }
}

fn difference(kind: Kind, number: Option<NumberId>, theirs: Seen, names: &[(String, String)]) -> Difference {
    let name = |sid: &String| names.iter().find(|(of, _)| of == sid).map(|(_, name)| name.clone());
    Difference {
        id: DifferenceId::new(),
        kind,
        service_name: theirs.service_sid.as_ref().and_then(name),
        theirs,
        number_id: number,
        asked: None,
        problem: None,
    }
}

/// What differs about one of ours.
fn compared(number: &Number, theirs: Option<&Seen>, books: &reading::Books, pools: bool) -> Vec<Difference> {
    // The carrier is being asked to take it back: whatever it says now is no news.
    if number.facts.leaving_at.is_some() {
        return Vec::new();
    }
    let Some(theirs) = theirs else {
        let known = number.facts.lost_at.is_some();
        let gone = Seen {
            remote_id: number.service_id.clone(),
            phone_number: number.phone_number,
            client_ref: None,
            created_at: number.bought_at,
            monthly_price: Some(number.monthly_price),
            voice_url: None,
            service_sid: None,
            sms: true,
        };
        let missing = difference(Kind::Missing, Some(number.id), gone, &[]);
        return if known { Vec::new() } else { vec![missing] };
    };
    let differs = |kind| difference(kind, Some(number.id), theirs.clone(), &books.names);
    let mut differ = Vec::new();
    if pools && books.pool_of(number) != theirs.service_sid.as_deref() {
        differ.push(differs(Kind::Pool));
    }
    differ
}

/// The carrier does not have it any more. A draft that had reserved it lets go of it and is told; a campaign that has
/// it in use keeps it, so that it is where it was when it comes back.
fn lose(tx: &mut Tx, at: &SyncRun, id: NumberId, now: Moment) -> AppResult<bool> {
    let by = Actor::from_row(at.organization(), at.asked_by);
    let number = numbers::find(tx, at.organization(), id)?;
    let here = |number: &Number| number.facts.lost_at.is_none() && number.facts.leaving_at.is_none();
    if number.released_at.is_some() || !here(&number) {
        return Ok(false);
    }
    if let Some((campaign, Hold::Reserved)) = number.facts.held {
        campaigns::lock(tx, at.organization(), campaign)?;
        let words = "The carrier does not have it any more.";
        let reserved = |number: &Number| number.facts.held == Some((campaign, Hold::Reserved));
        let why = Why::campaign(campaign, words);
        let freed = numbers::change(tx, &by, &[id], Change::Unreserve, now, why, reserved)?;
        if !freed.is_empty() {
            let notice = format!(
                "{} was reserved for it, and the carrier does not have it any more: the campaign has let go of it. \
                 Look at the area codes again.",
                number.phone_number.national()
            );
            campaigns::set_notice(tx, &by, campaign, Some(&notice))?;
        }
    }
    let words = "The carrier did not list it and does not know its id.";
    let why = Why { words, ..Why::default() };
    Ok(!numbers::change(tx, &by, &[id], Change::Lose(now), now, why, here)?.is_empty())
}

/// The end of a complete comparison.
fn complete(tx: &mut Tx, mut at: SyncRun, more: &str, now: Moment) -> AppResult<()> {
    let alone = connection::sharing(tx, &at.place)?.is_empty();
    // In a shared account it is nobody's business how much is nobody's.
    let unknown = if alone { differences::count_of_run(tx, at.id, &[Kind::Unknown])? } else { 0 };
    let differing = differences::count_of_run(tx, at.id, &[Kind::Pool, Kind::Voice])?;
    let words = model::found(&at, unknown, differing) + more;
    differences::replace_by(tx, &at)?;
    if at.lost + at.found > 0 {
        let by = Actor::from_row(at.organization(), at.asked_by);
        let lost = match (at.lost, at.found) {
            (0, found) => {
                format!("Sync found {} again", plural(found.unsigned_abs(), "lost number", "lost numbers"))
            }
            (lost, _) => format!("Sync found {} lost", plural(lost.unsigned_abs(), "number", "numbers")),
        };
        activity::record(tx, &by, "sync_ended", PAGE, &lost, now)?;
    }
    (at.step, at.position) = (Step::Done, None);
    end(tx, at, Outcome::Complete, words, now)
}

fn end(tx: &mut Tx, mut at: SyncRun, outcome: Outcome, words: String, now: Moment) -> AppResult<()> {
    if outcome != Outcome::Complete {
        differences::forget_of(tx, at.id)?;
    }
    store::forget_seen(tx, at.id)?;
    (at.outcome, at.words, at.finished_at) = (outcome, words, Some(now));
    Ok(store::update(tx, &at)?)
}

/// What a carrier's refusal means for work whose every step may be repeated.
pub(super) fn job_error(error: ProviderError) -> JobError {
    match error.kind {
        _ if error.broken_connection() => AppError::Provider(error).into(),
        ErrorKind::RateLimited(after) => {
            JobError::Later { words: error.to_string(), after: after.unwrap_or(Duration::from_secs(2)) }
        }
        ErrorKind::Transient | ErrorKind::AnswerLost | ErrorKind::Unknown => {
            JobError::Retry { words: said(&error), after: None }
        }
        _ => JobError::Fail(said(&error)),
    }
}

/// A refusal in our words, then the carrier's.
pub(super) fn said(error: &ProviderError) -> String {
    match (error.carrier_code(), error.carrier_words()) {
        (Some(code), Some(words)) => format!("{error} (the carrier says {code}: {words})"),
        _ => error.to_string(),
    }
}

/// Asks for a comparison of every organization whose connection is not known to be broken.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct CompareAll {
    /// Of this night, UTC.
    pub day: NaiveDate,
}

/// The hour, UTC, from which the night's comparisons begin: night in all of North America.
const HOUR: u32 = 8;

/// Enqueues the night's comparisons, once a day.
///
/// # Errors
/// A database error.
pub fn enqueue_nightly(tx: &mut Tx, now: Moment) -> DbResult<()> {
    let night = now.date().and_time(NaiveTime::from_hms_opt(HOUR, 0, 0).unwrap_or(NaiveTime::MIN));
    if now < night || was_enqueued_since(tx, CompareAll::KIND, night)? {
        return Ok(());
    }
    enqueue(tx, None, &CompareAll { day: now.date() }, now, now).map(drop)
}

#[async_trait]
impl Job for CompareAll {
    const KIND: &'static str = "sync.nightly";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.day))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let places = app.db.read(connection::places).await?;
        for place in places {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            if app.providers.get(&place.service).is_none() {
                continue;
            }
            let (now, night) = (app.clock.now(), self.day.and_time(NaiveTime::MIN));
            app.db
                .write(move |tx| {
                    // Begun again after a crash, it asks nobody twice.
                    let tonight = store::last(tx, &place, 1)?
                        .first()
                        .is_some_and(|last| last.asked_by.is_none() && last.asked_at >= night);
                    if tonight { Ok(()) } else { super::begin(tx, &place, None, now).map(drop) }
                })
                .await?;
        }
        Ok(())
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // The next night compares what this one did not.
        tracing::error!(words, day = %self.day, "not everybody was compared with their carrier tonight");
        Ok(())
    }
}
