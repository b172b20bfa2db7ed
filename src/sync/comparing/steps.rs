//! What is asked of the carrier, step by step; each step is committed with where the next one begins.

use super::super::differences::store as differences;
use super::super::model::{self, Difference, Kind, Outcome, Seen, Step, SyncRun};
use super::super::{reading, store};
use super::record::{compared, complete, difference, end, job_error, lose};
use crate::access::{self, Actor};
use crate::db::{DbResult, Tx};
use crate::error::AppResult;
use crate::jobs::JobError;
use crate::kernel::ids::NumberId;
use crate::numbers::{self, Change, Why, at_carrier};
use crate::organizations::connection::Carrier;
use crate::providers::{ErrorKind, ProviderError, RemoteNumberId, RemoteServiceId};
use crate::state::App;

/// Rows compared in one transaction: short, so that people are not kept waiting on SQLite.
const BATCH: i64 = 500;
/// So often a list is begun anew when the carrier has forgotten where it was.
const RESTARTS: i64 = 3;

/// One step of a comparison.
pub(super) struct Comparison<'a> {
    pub(super) app: &'a App,
    pub(super) carrier: &'a Carrier,
    /// As it stood when the step began.
    pub(super) at: SyncRun,
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

    pub(super) async fn numbers(&self) -> Result<(), JobError> {
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

    pub(super) async fn services(&self) -> Result<(), JobError> {
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

    pub(super) async fn members(&self) -> Result<(), JobError> {
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

    pub(super) async fn ours(&self) -> Result<(), JobError> {
        let (now, pools) = (self.app.clock.now(), self.carrier.provider.capabilities().messaging_services);
        let voice = self.carrier.provider.connection().voice;
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
                differ.extend(compared(number, theirs, &books, (pools, voice)));
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

    pub(super) async fn theirs(&self) -> Result<(), JobError> {
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
    pub(super) async fn missing(&self) -> Result<(), JobError> {
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
