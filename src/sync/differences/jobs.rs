//! Does what was asked about differences, one by one. Each step may be repeated: adopting only reads at the carrier,
//! and putting a number where it is already is no change.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::store;
use crate::access::Actor;
use crate::db::{DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run};
use crate::kernel::clock::month_around;
use crate::kernel::ids::{DifferenceId, NumberId, OrganizationId, ServiceId};
use crate::kernel::{Micros, Moment};
use crate::numbers::{self, Change, NewNumber, Number, Why, at_carrier, voice};
use crate::organizations::connection::{self, Carrier, Place};
use crate::providers::{ErrorKind, OwnedRemote, Prices, ProviderError, RemoteNumberId, RemoteServiceId};
use crate::state::App;
use crate::sync::comparing::{job_error, said};
use crate::sync::model::{Asked, Difference, Kind};
use crate::{access, ledger, messaging, purchasing};

/// Does what people asked about an organization's differences.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct MendDifferences {
    /// Whose.
    pub organization_id: OrganizationId,
}

impl MendDifferences {
    /// The key under which it is open.
    pub fn key(organization: OrganizationId) -> String {
        format!("{}:{organization}", Self::KIND)
    }
}

/// Why one was not done: for the page, or for the job.
enum Stop {
    /// It cannot be done as things stand.
    Refused(String),
    /// The job decides.
    Job(JobError),
}

impl From<ProviderError> for Stop {
    fn from(error: ProviderError) -> Stop {
        match error.kind {
            ErrorKind::InOtherPool | ErrorKind::PoolFull => {
                Stop::Refused(format!("{} {}", said(&error), error.next_step()))
            }
            _ => match job_error(error) {
                JobError::Fail(words) => Stop::Refused(words),
                other => Stop::Job(other),
            },
        }
    }
}
impl From<AppError> for Stop {
    fn from(error: AppError) -> Stop {
        match error {
            AppError::Conflict(words) => Stop::Refused(words),
            AppError::Provider(error) => error.into(),
            other => Stop::Job(other.into()),
        }
    }
}
impl From<crate::db::DbError> for Stop {
    fn from(error: crate::db::DbError) -> Stop {
        Stop::Job(error.into())
    }
}

#[async_trait]
impl Job for MendDifferences {
    const KIND: &'static str = "sync.mend";
    const AGAIN: bool = true;

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.organization_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let organization = self.organization_id;
        let found = app.db.read(move |conn| access::organization(conn, organization)).await?;
        let place =
            Place { organization, service: found.service.clone(), account: found.carrier_account.clone() };
        let carrier = connection::carrier(app, &place).await?;
        let mut work = Work { app, carrier, place, prices: None, members: BTreeMap::new() };
        let (mut tried, mut doubtful): (Vec<DifferenceId>, Option<JobError>) = (Vec::new(), None);
        loop {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            let leave = tried.clone();
            let next = app.db.read(move |conn| store::next_asked(conn, organization, &leave)).await?;
            let Some(difference) = next else { break };
            match work.mend(&difference).await {
                Ok(()) => {}
                Err(Stop::Refused(words)) => {
                    let id = difference.id;
                    app.db.write(move |tx| store::refuse(tx, id, &words)).await?;
                }
                // The others go on; this one is tried again by the next run.
                Err(Stop::Job(retry @ JobError::Retry { .. })) => {
                    tried.push(difference.id);
                    doubtful = Some(retry);
                }
                Err(Stop::Job(other)) => return Err(other),
            }
        }
        doubtful.map_or(Ok(()), Err)
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (organization, words) = (self.organization_id, words.to_owned());
        app.db
            .write(move |tx| {
                while let Some(left) = store::next_asked(tx, organization, &[])? {
                    store::refuse(tx, left.id, &words)?;
                }
                Ok(())
            })
            .await
    }
}

struct Work<'a> {
    app: &'a App,
    carrier: Carrier,
    place: Place,
    /// Asked for once a run.
    prices: Option<Prices>,
    /// What is in the messaging services that were looked at in this run.
    members: BTreeMap<String, BTreeSet<String>>,
}

impl Work<'_> {
    async fn mend(&mut self, of: &Difference) -> Result<(), Stop> {
        let Some((asked, person)) = of.asked else { return Ok(()) };
        let by = Actor::from_row(self.place.organization, Some(person));
        match (of.kind, asked, of.number_id) {
            (Kind::Unknown, Asked::Adopt, _) => self.adopt(by, of).await,
            (Kind::Pool, Asked::Ours, Some(number)) => self.pool_ours(of, number).await,
            (Kind::Pool, Asked::Theirs, Some(number)) => self.pool_theirs(by, of, number).await,
            (Kind::Voice, Asked::Ours, Some(number)) => self.voice_ours(of, number).await,
            (Kind::Voice, Asked::Theirs, Some(number)) => self.voice_theirs(by, of, number).await,
            _ => Err(Stop::Refused("This cannot be done about it.".into())),
        }
    }

    fn remote(of: &Difference) -> RemoteNumberId {
        RemoteNumberId::new(of.theirs.remote_id.as_str())
    }

    async fn settle(&self, of: &Difference) -> Result<(), Stop> {
        let id = of.id;
        self.app.db.write(move |tx| store::settle(tx, id)).await?;
        Ok(())
    }

    /// Ours as it is now; nothing when it left meanwhile.
    async fn number(&self, id: NumberId) -> Result<Option<Number>, Stop> {
        let organization = self.place.organization;
        let number = self.app.db.read(move |conn| numbers::find(conn, organization, id)).await?;
        let here = number.released_at.is_none()
            && number.facts.lost_at.is_none()
            && number.facts.leaving_at.is_none();
        Ok(here.then_some(number))
    }

    async fn adopt(&mut self, by: Actor, of: &Difference) -> Result<(), Stop> {
        let Carrier { provider, account } = &self.carrier;
        let Some(mut owned) = provider.find_by_id(account, &Self::remote(of)).await? else {
            return Err(Stop::Refused("The carrier does not have it any more.".into()));
        };
        let Ok(area_code) = owned.phone_number.area_code() else {
            return Err(Stop::Refused("Its area code is not known here, so it cannot be adopted.".into()));
        };
        let price = match (owned.monthly_price, &self.prices) {
            (Some(price), _) => price,
            (None, Some(prices)) => prices.of(area_code),
            (None, None) => {
                let prices = provider.prices(account).await?;
                self.prices.insert(prices).of(area_code)
            }
        };
        if owned.messaging_service.is_none() {
            owned.messaging_service = of.theirs.service_sid.as_deref().map(RemoteServiceId::new);
        }
        let (place, of, now) = (self.place.clone(), of.clone(), self.app.clock.now());
        self.app.db.write(move |tx| adopted(tx, &by, &place, &of, &owned, price, now)).await?;
        Ok(())
    }

    /// The messaging services of ours that both sides name.
    async fn services(&self) -> Result<BTreeMap<ServiceId, String>, Stop> {
        let place = self.place.clone();
        let ours = self.app.db.read(move |conn| messaging::at_carrier(conn, &place)).await?;
        Ok(ours
            .into_iter()
            .filter_map(|service| Some((service.id, service.remote_id?.as_str().to_owned())))
            .collect())
    }

    async fn pool_ours(&mut self, of: &Difference, id: NumberId) -> Result<(), Stop> {
        let Some(number) = self.number(id).await? else { return self.settle(of).await };
        let services = self.services().await?;
        let ours = match number.facts.messaging_service {
            None => None,
            Some(service) => Some(services.get(&service).cloned().ok_or_else(|| {
                let words = "The messaging service it is in here is not at the carrier.";
                Stop::Refused(format!("{words} Take over what the carrier has instead."))
            })?),
        };
        let Carrier { provider, account } = &self.carrier;
        if let Some(theirs) = &of.theirs.service_sid
            && ours.as_ref() != Some(theirs)
        {
            let pool = RemoteServiceId::new(theirs.as_str());
            provider.remove_from_service(account, &pool, &Self::remote(of)).await?;
        }
        if let Some(ours) = &ours {
            provider.add_to_service(account, &RemoteServiceId::new(ours.as_str()), &Self::remote(of)).await?;
        }
        self.settle(of).await
    }

    async fn pool_theirs(&mut self, by: Actor, of: &Difference, id: NumberId) -> Result<(), Stop> {
        let Some(number) = self.number(id).await? else { return self.settle(of).await };
        let services = self.services().await?;
        let target = match &of.theirs.service_sid {
            None => None,
            Some(sid) => Some(
                services.iter().find(|(_, remote)| *remote == sid).map(|(id, _)| *id).ok_or_else(|| {
                    let name = of.service_name.as_deref().unwrap_or(sid);
                    Stop::Refused(format!(
                        "{name} is not one of your messaging services here. Adopt it first, or use ours."
                    ))
                })?,
            ),
        };
        // What was seen may be old: our books take over only what is so now.
        let moved = || Stop::Refused("It was moved at the carrier meanwhile. Sync again.".into());
        match (&of.theirs.service_sid, number.facts.messaging_service) {
            (Some(sid), _) => {
                if !self.members(sid).await?.contains(&of.theirs.remote_id) {
                    return Err(moved());
                }
            }
            (None, Some(service)) => {
                if let Some(sid) = services.get(&service)
                    && self.members(sid).await?.contains(&of.theirs.remote_id)
                {
                    return Err(moved());
                }
            }
            (None, None) => {}
        }
        let (of, was, now) = (of.id, number.facts.messaging_service, self.app.clock.now());
        self.app
            .db
            .write(move |tx| {
                let change = target.map_or(Change::Detach, Change::Attach);
                let why = Why { words: "Taken over from the carrier.", ..Why::default() };
                numbers::change(tx, &by, &[id], change, now, why, |number| {
                    number.facts.messaging_service == was && was != target
                })?;
                store::settle(tx, of)
            })
            .await?;
        Ok(())
    }

    async fn voice_ours(&self, of: &Difference, id: NumberId) -> Result<(), Stop> {
        if let Some(number) = self.number(id).await? {
            let Carrier { provider, account } = &self.carrier;
            provider.set_voice_url(account, &Self::remote(of), number.voice_url.as_deref()).await?;
        }
        self.settle(of).await
    }

    /// What was seen may be old: the carrier is asked what it is now.
    async fn voice_theirs(&self, by: Actor, of: &Difference, id: NumberId) -> Result<(), Stop> {
        if self.number(id).await?.is_none() {
            return self.settle(of).await;
        }
        let Carrier { provider, account } = &self.carrier;
        let Some(owned) = provider.find_by_id(account, &Self::remote(of)).await? else {
            return Err(Stop::Refused("The carrier does not have it any more. Sync again.".into()));
        };
        let (of, now) = (of.id, self.app.clock.now());
        let voice_url = owned.voice_url.filter(|url| !url.is_empty());
        self.app
            .db
            .write(move |tx| {
                if store::settle(tx, of)? {
                    voice::taken_over(tx, &by, id, voice_url.as_deref(), now)?;
                }
                DbResult::Ok(())
            })
            .await?;
        Ok(())
    }

    /// What is in a messaging service at the carrier.
    async fn members(&mut self, sid: &str) -> Result<&BTreeSet<String>, Stop> {
        if !self.members.contains_key(sid) {
            let Carrier { provider, account } = &self.carrier;
            let (pool, mut members, mut cursor) =
                (RemoteServiceId::new(sid), BTreeSet::new(), None::<String>);
            loop {
                let page = match provider.list_members(account, &pool, cursor.as_deref()).await {
                    Ok(page) => page,
                    Err(error) if error.kind == ErrorKind::NotFound => break,
                    Err(error) => return Err(error.into()),
                };
                members.extend(page.items.iter().map(|id| id.as_str().to_owned()));
                match page.next {
                    Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
                    _ => break,
                }
            }
            self.members.insert(sid.to_owned(), members);
        }
        Ok(&self.members[sid])
    }
}

/// Takes a number in, with its first charge and the messaging service it is in, all at once. One that is known
/// meanwhile, or that an order is just buying, is left to whoever has it.
fn adopted(
    tx: &mut Tx,
    by: &Actor,
    place: &Place,
    of: &Difference,
    owned: &OwnedRemote,
    price: Micros,
    now: Moment,
) -> AppResult<()> {
    let ids = [owned.id.as_str().to_owned()];
    let known = !at_carrier::known(tx, place, &ids)?.is_empty()
        || numbers::find_open(tx, &place.service, &place.account, owned.phone_number)?.is_some();
    let bought = purchasing::being_bought(tx, &place.service, &place.account, &[owned.phone_number])?;
    if known || bought.iter().any(|candidate| candidate.is_ours(owned)) {
        store::settle(tx, of.id)?;
        return Ok(());
    }
    if !store::settle(tx, of.id)? {
        return Ok(());
    }
    let area_code = owned.phone_number.area_code().map_err(|error| AppError::Internal(error.to_string()))?;
    let (id, today) = (NumberId::new(), now.date());
    let month = month_around(owned.created_at.date().min(today), today);
    let new = NewNumber {
        id,
        service: place.service.clone(),
        carrier_account: place.account.clone(),
        service_id: owned.id.as_str().to_owned(),
        phone_number: owned.phone_number,
        area_code,
        monthly_price: price,
        bought_at: owned.created_at.min(now),
        renews_on: month.1,
        order_id: None,
        label: String::new(),
        voice_url: owned.voice_url.clone().filter(|url| !url.is_empty()),
    };
    let sid = owned.messaging_service.as_ref().map(RemoteServiceId::as_str);
    let service = messaging::at_carrier(tx, place)?
        .into_iter()
        .find(|service| sid.is_some() && service.remote_id.as_ref().map(RemoteServiceId::as_str) == sid);
    let words = match (sid, &service) {
        (Some(sid), None) => {
            let name = of.service_name.as_deref().unwrap_or(sid);
            format!("At the carrier it sits in the messaging service {name}, which is not known here.")
        }
        _ => String::new(),
    };
    at_carrier::adopt(tx, by, &new, now, Why { words: &words, ..Why::default() })?;
    ledger::charge_from_adoption(tx, by, id, month, today, price)?;
    if let Some(service) = service {
        let words = format!("It was in {} at the carrier.", service.name);
        let why = Why { words: &words, ..Why::default() };
        numbers::change(tx, by, &[id], Change::Attach(service.id), now, why, |_| true)?;
    }
    store::settle_unknown(tx, place, owned.id.as_str())?;
    Ok(())
}
