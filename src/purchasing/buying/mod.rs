//! The job that buys an order's numbers.
//!
//! It holds nothing in memory that matters: each round looks at the rows and goes on from there, so it may be dropped
//! at any point and begun again, by any instance.
//!
//! 1. **Settle** (`settle`): candidates that were asked for without a recorded outcome (a crash, a lost answer) are
//!    looked up at the carrier first. Found: recorded. Surely absent: the same number is asked for again, because a
//!    late answer to the first asking would then still mean that one number. Unknown: wait, then a person decides.
//! 2. **Plan** (`search::plan`): numbers for sale are searched and written down as planned. Lines of an area code that
//!    has no more turn to the next code that was named for it when the order was confirmed; that is written on each
//!    line, in the transaction that found the code dry, so that whoever goes on looks there.
//! 3. **Ask** (`ask::ask`): a batch becomes `asking` in one transaction; then the carrier is asked for all of it at
//!    once, outside any transaction; each outcome is recorded in a transaction of its own. As calls end, the next
//!    candidates take their places, and further numbers are searched meanwhile.
//!
//! When every line is decided the order ends, and the job that it carries for afterwards is enqueued with that.

mod ask;
mod news;
pub(super) mod record;
mod search;
mod settle;
mod store;

use std::time::Duration;

use async_trait::async_trait;

use self::search::{Searched, When};
use super::model::{Candidate, LineStatus, Order, OrderStatus, Reason, Tally};
use crate::access::Actor;
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs::{self, Described, Job, JobError, Run};
use crate::kernel::ids::OrderId;
use crate::kernel::{E164, Micros, Moment};
use crate::organizations::connection::{self, Carrier};
use crate::providers::{Account, Provider, ProviderError};
use crate::state::App;

/// How long to wait when a carrier says "slow down" and not for how long.
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// How long to wait for what another order is just doing, and for a purchase that completes later.
const MOMENT: Duration = Duration::from_secs(2);

/// So many rounds in a row may find nothing to ask for before the run ends: it must never spin.
const IDLE_ROUNDS: u32 = 3;

/// Buys what an order still lacks.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct BuyNumbers {
    /// The order.
    pub order: OrderId,
}

impl BuyNumbers {
    /// The key under which its job is open.
    pub fn key(order: OrderId) -> String {
        format!("{}:{order}", Self::KIND)
    }
}

#[async_trait]
impl Job for BuyNumbers {
    const KIND: &'static str = "purchasing.buy";
    const AGAIN: bool = true;
    /// Failures that got nothing done; with the growing pauses between them about half an hour of a carrier's outage.
    const MAX_ATTEMPTS: i64 = 12;

    fn unique_key(&self) -> Option<String> {
        Some(BuyNumbers::key(self.order))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let id = self.order;
        let order = app.db.write(move |tx| super::store::lock(tx, None, id)).await?.0;
        if order.status != OrderStatus::Working {
            return Ok(());
        }
        let place = order.place();
        let Carrier { provider, account } = connection::carrier(app, &place).await?;
        let voice_url = app.db.read(move |conn| connection::find(conn, &place)).await?.voice_url;
        let buyer = Buyer {
            provider,
            account,
            voice_url,
            app: app.clone(),
            by: Actor::from_row(order.organization_id, Some(order.placed_by)),
            order,
        };
        let mut idle = 0;
        loop {
            match buyer.round(run).await? {
                Round::Over => return Ok(()),
                Round::More => idle = 0,
                Round::Idle => idle += 1,
            }
            if run.should_stop() {
                return Err(JobError::HandBack);
            }
            if idle > IDLE_ROUNDS {
                let words = "lines are open and nothing can be done about them".to_owned();
                return Err(JobError::Retry { words, after: None });
            }
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        let (id, now) = (self.order, app.clock.now());
        let words = words.trim_end_matches('.').to_owned();
        let notice =
            format!("Buying came to a halt: {words}. Nothing more is asked for until somebody tries again.");
        let tools = app.clone();
        app.db
            .write(move |tx| {
                let (mut order, _) = super::store::lock(tx, None, id)?;
                if order.status == OrderStatus::Working {
                    store::drop_planned(tx, id, None, &Reason::new("not asked for again"), now)?;
                    order.notice = Some(notice.clone());
                    super::store::update(tx, &order)?;
                    news::halted(tx, &tools, &order, now)?;
                }
                AppResult::Ok(())
            })
            .await?;
        Ok(())
    }
}

/// What a round leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// Numbers were asked for; there may be more to do.
    More,
    /// Nothing was asked for, and the order is not over: something changed under way.
    Idle,
    /// Nothing: the order ended, or waits for a person.
    Over,
}

struct Buyer {
    app: App,
    provider: std::sync::Arc<dyn Provider>,
    account: Account,
    /// What shall answer calls to the numbers it buys.
    voice_url: Option<String>,
    /// In whose name it buys: the order's row says who placed it.
    by: Actor,
    /// As it was when the run began; what may have changed is read again under the lock.
    order: Order,
}

impl Buyer {
    fn now(&self) -> Moment {
        self.app.clock.now()
    }

    /// One transaction on the order. `work` gets the order afresh, locked.
    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx, &Order, Moment) -> DbResult<T> + Send + 'static,
    ) -> Result<T, JobError> {
        let (id, organization, now) = (self.order.id, self.order.organization_id, self.now());
        let result = self
            .app
            .db
            .write(move |tx| {
                let (order, _) = super::store::lock(tx, Some(organization), id)?;
                work(tx, &order, now)
            })
            .await;
        Ok(result?)
    }

    async fn round(&self, run: &Run) -> Result<Round, JobError> {
        self.settle().await?;
        if self.end_if_stopped().await? {
            return self.finish(run).await;
        }
        let searched = self.plan(When::Between).await?;
        let batch = self.begin_asking(self.at_once()).await?;
        if batch.is_empty() {
            return match searched {
                // They look there in the next round; each turns at most as often as codes are named.
                Searched { turned: true, .. } => Ok(Round::More),
                // All that is for sale is just being asked for by another order; it may leave some.
                Searched { elsewhere: true, .. } => {
                    Err(later("waits for another order in the same area code", MOMENT))
                }
                Searched { .. } => self.finish(run).await,
            };
        }
        self.ask(run, batch).await?;
        self.tell(run).await?;
        Ok(Round::More)
    }

    /// When somebody asked to stop: decides every line that has no number in doubt.
    async fn end_if_stopped(&self) -> Result<bool, JobError> {
        self.write(|tx, order, now| {
            if order.may_ask() {
                return Ok(false);
            }
            let reason = Reason::new("the order was stopped first");
            store::drop_planned(tx, order.id, None, &reason, now)?;
            store::close_lines_without_number(tx, order.id, &reason, now)?;
            Ok(true)
        })
        .await
    }

    /// The account can do nothing until a person acts: what is not bought will not be. Lines in doubt stay open for
    /// [`settle`](Self::settle), which hands them to a person.
    async fn stop_all(&self, error: &ProviderError) -> Result<(), JobError> {
        let reason = Reason::from(error);
        self.write(move |tx, order, now| {
            store::drop_planned(tx, order.id, None, &reason, now)?;
            store::close_lines_without_number(tx, order.id, &reason, now)?;
            let mut order = order.clone();
            order.notice = Some(format!("{reason}."));
            super::store::update(tx, &order)
        })
        .await
    }

    /// Ends the order if every line is decided, and enqueues what it carries for afterwards.
    async fn finish(&self, run: &Run) -> Result<Round, JobError> {
        let (id, organization, now) = (self.order.id, self.order.organization_id, self.now());
        let app = self.app.clone();
        let (tally, over) = self
            .app
            .db
            .write(move |tx| {
                let (mut order, follow_up) = super::store::lock(tx, Some(organization), id)?;
                let tally = store::tally(tx, id)?;
                if order.status != OrderStatus::Working {
                    return Ok((tally, true));
                }
                if let Some(end) = tally.end(order.stop_asked_at.is_some()) {
                    order.status = end;
                    order.finished_at = Some(now);
                    super::store::update(tx, &order)?;
                    news::ended(tx, &app, &order, tally, now)?;
                    super::budget::watch(tx, organization, now)?;
                    if let Some(follow_up) = follow_up {
                        let job: Described = serde_json::from_str(&follow_up)
                            .map_err(|error| AppError::Internal(format!("a follow-up: {error}")))?;
                        jobs::enqueue_described(tx, Some(organization), &job, now)?;
                    }
                } else if tally.open == 0 {
                    order.notice = Some(undecided(tally, order.notice));
                    super::store::update(tx, &order)?;
                }
                AppResult::Ok((tally, tally.open == 0))
            })
            .await?;
        run.progress(&self.app, tally.bought, tally.wanted(), None).await?;
        if over {
            jobs::wake(&self.app);
            return Ok(Round::Over);
        }
        Ok(Round::Idle)
    }
}

fn undecided(tally: Tally, known: Option<String>) -> String {
    const ASKS: &str = "The carrier could not say whether";
    match known {
        // Why the carrier could not say was said already.
        Some(words) if !words.starts_with(ASKS) => words,
        _ if tally.unknown == 1 => {
            format!("{ASKS} it sold us one number. Check again, or give that line up.")
        }
        _ => format!("{ASKS} it sold us {} numbers. Check again, or give those lines up.", tally.unknown),
    }
}

fn later(words: impl Into<String>, after: Duration) -> JobError {
    JobError::Later { words: words.into(), after }
}

/// The order waits until somebody mends the connection: nothing is given up for that.
fn waits_for_connection(error: ProviderError) -> JobError {
    AppError::Provider(error).into()
}

/// Makes a failed read of the carrier into what the job does about it; `Ok` with the reason when the account can do
/// nothing more.
fn read_failed(error: ProviderError) -> Result<ProviderError, JobError> {
    match super::model::judge(&error) {
        super::model::Verdict::SlowDown(wait) => Err(later(error.to_string(), wait.unwrap_or(SLOW_DOWN))),
        super::model::Verdict::Broken => Err(waits_for_connection(error)),
        super::model::Verdict::StopAll | super::model::Verdict::LineFails => Ok(error),
        // Nothing is bought by reading, so in doubt it is simply read again.
        _ => Err(JobError::Retry { words: error.to_string(), after: None }),
    }
}

/// Numbers asked for in an account without a recorded outcome, of lines that are not decided.
///
/// # Errors
/// A database error.
pub(super) fn being_bought(
    conn: &mut Conn,
    service: &str,
    carrier_account: &str,
    numbers: &[E164],
) -> DbResult<Vec<Candidate>> {
    store::being_bought(conn, service, carrier_account, numbers)
}
