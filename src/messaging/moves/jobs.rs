//! The jobs that move numbers: those of a request, and those that an order bought.

use async_trait::async_trait;
use futures_util::future::join_all;

use super::{Line, Move, Outcome, Target, store};
use crate::access::Actor;
use crate::activity;
use crate::db::DbResult;
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run, enqueue};
use crate::kernel::ids::{MoveId, NumberId, OrderId, OrganizationId, PersonId, ServiceId};
use crate::messaging::{self, MessagingService};
use crate::numbers::{self, Change, Number, Why, pools};
use crate::organizations::connection::{self, Carrier};
use crate::providers::{ProviderError, RemoteNumberId, RemoteServiceId};
use crate::state::App;
use crate::web::format::plural;

/// Numbers that are taken out at once: they may be in several accounts, so no one carrier says how many.
const TAKEN_OUT_AT_ONCE: usize = 4;

/// Moves the numbers of a request, several at a time. Each step at the carrier may be repeated and each is written down
/// as it is done: taken out, put in. So it may be killed anywhere and goes on where the rows stand.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct MoveNumbers {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which request.
    pub move_id: MoveId,
}

impl MoveNumbers {
    /// The key under which it is found.
    pub fn key(id: MoveId) -> String {
        format!("{}:{id}", Self::KIND)
    }
}

/// What a run works with.
struct Mover<'a> {
    app: &'a App,
    by: Actor,
    request: Move,
    into: Option<(MessagingService, RemoteServiceId)>,
}

#[async_trait]
impl Job for MoveNumbers {
    const KIND: &'static str = "messaging.move";

    fn unique_key(&self) -> Option<String> {
        Some(Self::key(self.move_id))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (organization, id) = (self.organization_id, self.move_id);
        let (request, lines, into) = app
            .db
            .read(move |conn| {
                let request = super::find(conn, organization, id)?;
                let into = match request.target {
                    Target::Into(service) => Some(messaging::find(conn, organization, service)?),
                    Target::Out => None,
                };
                AppResult::Ok((request, super::lines(conn, organization, id)?, into))
            })
            .await?;
        let by = Actor::from_row(organization, Some(request.asked_by));
        let into = into.and_then(|service| service.remote_id.clone().map(|remote| (service, remote)));
        let total = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let open: Vec<&Line> = lines.iter().filter(|line| line.outcome == Outcome::Asked).collect();
        let mut done = total - i64::try_from(open.len()).unwrap_or(0);
        let mover = Mover { app, by, request, into };
        let at_once = match &mover.into {
            Some((service, _)) => {
                let carrier = connection::carrier(app, &service.place()).await?;
                carrier.provider.capabilities().concurrency.max(1)
            }
            None => TAKEN_OUT_AT_ONCE,
        };
        let mut doubtful = None;
        for batch in open.chunks(at_once) {
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            // A batch is always let finish, so that the outcome of every call made is written down.
            let mut stop = None;
            for (result, line) in
                join_all(batch.iter().map(|line| mover.one(line))).await.into_iter().zip(batch)
            {
                match result {
                    Ok(()) => {
                        done += 1;
                        let words = format!("{} is done.", line.phone_number.national());
                        run.progress(app, done, total, Some(words)).await?;
                    }
                    // The others go on; this one is tried again by the next run.
                    Err(JobError::Retry { words, .. }) => doubtful = Some(words),
                    Err(other) => stop = Some(other),
                }
            }
            if let Some(error) = stop {
                return Err(error);
            }
        }
        match doubtful {
            Some(words) => Err(JobError::Retry { words, after: None }),
            None => Ok(()),
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (id, now) = (self.move_id, app.clock.now());
        let words = format!("{words} See what the carrier has to find out whether it was done all the same.");
        app.db
            .write(move |tx| {
                for (number, ..) in store::lines(tx, id)? {
                    store::settle(tx, id, number, Some((&words, None)), now)?;
                }
                Ok(store::finish(tx, id, now)?)
            })
            .await
    }
}

impl Mover<'_> {
    /// Moves one number, from wherever it is by now.
    async fn one(&self, line: &Line) -> Result<(), JobError> {
        let (organization, id) = (self.by.organization(), line.number_id);
        let number = self.app.db.read(move |conn| numbers::find(conn, organization, id)).await?;
        if let Some(why) = pools::fixed(&number) {
            return self.settle(id, None, Some((why.to_owned(), None))).await;
        }
        let into = self.into.as_ref().map(|(service, _)| service.id);
        let at = number.facts.messaging_service;
        if at == into {
            return self.settle(id, None, None).await;
        }
        if self.into.is_none() && self.request.target != Target::Out {
            let words = "the messaging service is not at the carrier".to_owned();
            return self.settle(id, None, Some((words, None))).await;
        }
        let carrier = connection::carrier(self.app, &number.place()).await?;
        let mut left = None;
        if let Some(from) = at {
            match self.take_out(&carrier, &number, from).await? {
                Ok(name) => left = Some(name),
                Err(error) => return self.refused(&number, "", &error).await,
            }
        }
        let Some((service, remote)) = &self.into else { return Ok(()) };
        let remote_number = RemoteNumberId::new(&number.service_id);
        match carrier.provider.add_to_service(&carrier.account, remote, &remote_number).await {
            Ok(()) => self.settle(id, Some(Change::Attach(service.id)), None).await,
            Err(error) => {
                let first = left.or_else(|| line.from.is_some().then(|| "its messaging service".to_owned()));
                let first = first.map(|name| format!("It was taken out of {name}, but not put in: "));
                self.refused(&number, &first.unwrap_or_default(), &error).await
            }
        }
    }

    /// Takes a number out of the service it is in, and writes that down. Answers the service's name, or the refusal.
    async fn take_out(
        &self,
        carrier: &Carrier,
        number: &Number,
        from: ServiceId,
    ) -> Result<Result<String, ProviderError>, JobError> {
        let organization = self.by.organization();
        let service = self.app.db.read(move |conn| messaging::find(conn, organization, from)).await?;
        if let Some(remote) = &service.remote_id {
            let remote_number = RemoteNumberId::new(&number.service_id);
            let asked = carrier.provider.remove_from_service(&carrier.account, remote, &remote_number).await;
            if let Err(error) = asked {
                return match messaging::job_error(error.clone()) {
                    JobError::Fail(_) => Ok(Err(error)),
                    other => Err(other),
                };
            }
        }
        // Taken out for good it is done; on its way elsewhere the line goes on.
        let done = self.into.is_none();
        self.write(number.id, Some(Change::Detach), if done { Some(None) } else { None }).await?;
        Ok(Ok(service.name))
    }

    async fn refused(&self, number: &Number, before: &str, error: &ProviderError) -> Result<(), JobError> {
        match messaging::job_error(error.clone()) {
            JobError::Fail(_) => {
                let words = format!("{before}{}", messaging::said(error));
                let code = error.carrier_code().map(str::to_owned);
                self.settle(number.id, None, Some((words, code))).await
            }
            other => Err(other),
        }
    }

    async fn settle(
        &self,
        number: NumberId,
        change: Option<Change>,
        refused: Option<(String, Option<String>)>,
    ) -> Result<(), JobError> {
        self.write(number, change, Some(refused)).await
    }

    /// Writes down a step: what it changed about the number, and what became of its line, together.
    async fn write(
        &self,
        number: NumberId,
        change: Option<Change>,
        line: Option<Option<(String, Option<String>)>>,
    ) -> Result<(), JobError> {
        let (by, id, order, now) = (self.by, self.request.id, self.request.order_id, self.app.clock.now());
        self.app
            .db
            .write(move |tx| {
                if let Some(change) = change {
                    let why = Why { order, ..Why::default() };
                    // An instance that was taken for dead may have recorded it meanwhile.
                    let is_new = |one: &Number| change.apply(one.facts) != one.facts;
                    numbers::change(tx, &by, &[number], change, now, why, is_new)?;
                }
                if let Some(refused) = &line {
                    let refused = refused.as_ref().map(|(words, code)| (words.as_str(), code.as_deref()));
                    store::settle(tx, id, number, refused, now)?;
                    store::finish(tx, id, now)?;
                }
                DbResult::Ok(())
            })
            .await?;
        Ok(())
    }
}

/// An order has ended: what it bought goes into the messaging service that was chosen with it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct AttachOrder {
    /// Whose.
    pub organization_id: OrganizationId,
    /// Which order.
    pub order_id: OrderId,
    /// Into which service.
    pub messaging_service_id: ServiceId,
    /// Who placed the order.
    pub person_id: PersonId,
}

#[async_trait]
impl Job for AttachOrder {
    const KIND: &'static str = "messaging.attach_order";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.order_id))
    }

    async fn run(&self, app: &App, _: &Run) -> Result<(), JobError> {
        let (organization, order, into) = (self.organization_id, self.order_id, self.messaging_service_id);
        let (by, now) = (Actor::from_row(organization, Some(self.person_id)), app.clock.now());
        let person = self.person_id;
        app.db
            .write(move |tx| {
                if store::of_order(tx, organization, order)?.is_some() {
                    return AppResult::Ok(());
                }
                let service = messaging::lock(tx, organization, into)?;
                let ids: Vec<NumberId> = numbers::of_order(tx, organization, order)?
                    .iter()
                    .filter(|number| number.released_at.is_none())
                    .map(|number| number.id)
                    .collect();
                if ids.is_empty() {
                    return Ok(());
                }
                let numbers = pools::lock(tx, &by, &ids)?;
                let open = service.is_open() && service.remote_id.is_some();
                let proposal = super::split(tx, organization, Some(service), numbers)?;
                let mut room = if open { proposal.room_left } else { 0 };
                let mut fits = || {
                    room -= 1;
                    match (open, room >= 0) {
                        (true, true) => None,
                        (true, false) => Some("the messaging service has no room for it".to_owned()),
                        (false, _) => {
                            Some("the messaging service was forgotten or deleted meanwhile".to_owned())
                        }
                    }
                };
                let going = proposal.going.iter().map(|number| {
                    let refused = fits();
                    (number.id, number.facts.messaging_service, refused)
                });
                let going: Vec<_> = going.collect();
                let asked = going.iter().filter(|(_, _, refused)| refused.is_none()).count();
                // Put in by somebody already, it is where it should be: no line says otherwise.
                let there = |number: &Number| number.facts.messaging_service == Some(into);
                let staying = proposal.staying.iter().filter(|(number, _)| !there(number));
                let staying: Vec<_> = staying
                    .map(|(number, why)| (number.id, number.facts.messaging_service, Some((*why).to_owned())))
                    .collect();
                let id = MoveId::new();
                let new = Move {
                    id,
                    target: Target::Into(into),
                    order_id: Some(order),
                    asked_by: person,
                    asked_at: now,
                    finished_at: None,
                };
                store::insert(tx, organization, &new)?;
                store::insert_lines(tx, id, going.into_iter().chain(staying), now)?;
                if asked == 0 {
                    store::finish(tx, id, now)?;
                } else {
                    let job = MoveNumbers { organization_id: organization, move_id: id };
                    enqueue(tx, Some(organization), &job, now, now)?;
                }
                let name = proposal.into.as_ref().map(|one| one.name.as_str()).unwrap_or_default();
                let numbers = plural(asked as u64, "number", "numbers");
                let words = format!("Puts {numbers} of an order into {name}");
                activity::record(tx, &by, "numbers_moved", &super::address(id), &words, now)?;
                Ok(())
            })
            .await?;
        crate::jobs::wake(app);
        Ok(())
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        // The numbers are bought and in the inventory; the order's page says that they are not in the service.
        tracing::error!(words, order = %self.order_id, "an order's numbers were not put into their service");
        Ok(())
    }
}
