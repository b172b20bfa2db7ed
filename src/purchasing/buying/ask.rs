//! Asking the carrier to sell numbers.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::record::store::close_line;
use super::search::{Searched, When};
use super::{Buyer, Candidate, LineStatus, Reason, SLOW_DOWN, later, store, waits_for_connection};
use crate::jobs::{JobError, Run};
use crate::numbers;
use crate::providers::{ProviderError, Purchase, PurchaseItem};
use crate::purchasing::model::{SOLD_MEANWHILE, Verdict, judge};

/// What became of one asking.
enum Asked {
    /// Its outcome is recorded.
    Decided,
    /// To be settled.
    InDoubt,
    /// Nothing was done.
    NotDone(String),
    /// Nothing was done: too fast.
    TooFast(String, Option<Duration>),
    /// Nothing was done: the connection must be mended first.
    Broken(ProviderError),
    /// The account can do nothing more.
    StopAll(ProviderError),
}

/// Something that ended while numbers are being asked for.
enum Step {
    /// A call, and its outcome recorded.
    Asked(Result<Asked, JobError>),
    /// The next candidates, at most so many.
    Begun(Result<Vec<Candidate>, JobError>, usize),
    /// A search ahead.
    Searched(Result<Searched, JobError>),
    /// The progress that people see.
    Told(Result<(), JobError>),
}

/// What is under way while numbers are being asked for.
#[derive(Debug, Default)]
struct Underway {
    /// So many calls.
    calls: usize,
    /// Whether the next candidates are being taken.
    beginning: bool,
    /// Whether no candidate was left.
    dry: bool,
    /// Whether further numbers are being searched.
    searching: bool,
    /// Whether they were, since candidates were last taken.
    searched: bool,
    /// Whether a search failed: no other is begun.
    blind: bool,
    /// Whether progress is being recorded.
    telling: bool,
    /// Outcomes since.
    untold: usize,
}

/// What the calls of one asking came to, and so how it ends.
#[derive(Default)]
struct Ending {
    decided: bool,
    in_doubt: bool,
    not_done: Option<String>,
    too_fast: Option<(String, Duration)>,
    broken: Option<ProviderError>,
    stop_all: Option<ProviderError>,
    failed: Option<JobError>,
}

impl Ending {
    /// Whether further numbers may be asked for. Otherwise the calls under way are let finish, so that what became of
    /// them is recorded.
    fn smooth(&self) -> bool {
        let troubled = self.in_doubt || self.not_done.is_some() || self.too_fast.is_some();
        !troubled && self.broken.is_none() && self.stop_all.is_none() && self.failed.is_none()
    }

    fn note(&mut self, outcome: Result<Asked, JobError>) {
        match outcome {
            Ok(Asked::Decided) => self.decided = true,
            Ok(Asked::InDoubt) => self.in_doubt = true,
            Ok(Asked::NotDone(words)) => self.not_done = Some(words),
            Ok(Asked::TooFast(words, wait)) => {
                let longest = self.too_fast.take().map_or(Duration::ZERO, |(_, wait)| wait);
                self.too_fast = Some((words, wait.unwrap_or(SLOW_DOWN).max(longest)));
            }
            Ok(Asked::Broken(error)) => self.broken = Some(error),
            Ok(Asked::StopAll(error)) => self.stop_all = Some(error),
            Err(error) => self.failed = Some(error),
        }
    }
}

impl Buyer {
    /// How many numbers may be asked for at once.
    pub(super) fn at_once(&self) -> usize {
        self.provider.capabilities().concurrency.max(1)
    }

    /// Turns the next planned candidates into a batch to ask for, at most so many. A line whose number would pass the
    /// ceiling is not bought.
    pub(super) async fn begin_asking(&self, most: usize) -> Result<Vec<Candidate>, JobError> {
        let size = i64::try_from(most).unwrap_or(i64::MAX);
        loop {
            let (batch, passed) = self
                .write(move |tx, order, now| {
                    if !order.may_ask() {
                        return Ok((Vec::new(), false));
                    }
                    let mut committed = store::committed(tx, order.id)?;
                    let mut batch = Vec::new();
                    let mut passed = false;
                    for candidate in store::planned(tx, order.id, size)? {
                        // Another order may have bought it between our look at the books and our plan.
                        let number = candidate.phone_number;
                        if numbers::find_open(tx, &order.service, &order.carrier_account, number)?.is_some() {
                            let reason = Reason::new(SOLD_MEANWHILE);
                            store::drop_planned(tx, order.id, Some(candidate.id), &reason, now)?;
                            passed = true;
                            continue;
                        }
                        if committed + candidate.monthly_price > order.ceiling {
                            let reason = Reason::new(format!(
                                "at {} it would pass the ceiling of {}",
                                candidate.monthly_price, order.ceiling
                            ));
                            close_line(tx, candidate.line_id, LineStatus::NotBought, &reason, now)?;
                            store::drop_planned(tx, order.id, Some(candidate.id), &reason, now)?;
                            passed = true;
                            continue;
                        }
                        committed += candidate.monthly_price;
                        store::begin_asking(tx, candidate.id, now)?;
                        batch.push(Candidate {
                            asked_at: Some(now),
                            times_asked: candidate.times_asked + 1,
                            times_checked: 0,
                            ..candidate
                        });
                    }
                    Ok((batch, passed))
                })
                .await?;
            if !batch.is_empty() || !passed {
                return Ok(batch);
            }
        }
    }

    /// Asks the carrier for a batch, all at once, and records each outcome as it comes. As long as all goes well, the
    /// next candidates follow as calls end, and further numbers are searched meanwhile: nobody waits for the slowest.
    pub(super) async fn ask(&self, run: &Run, batch: Vec<Candidate>) -> Result<(), JobError> {
        let mut steps: FuturesUnordered<BoxFuture<'_, Step>> = FuturesUnordered::new();
        let mut now = Underway { calls: batch.len(), ..Underway::default() };
        steps.extend(batch.into_iter().map(|candidate| self.step(candidate)));
        let mut end = Ending::default();
        loop {
            if end.smooth() && !run.should_stop() {
                let free = self.at_once().saturating_sub(now.calls);
                if free > 0 && !now.beginning && !now.dry {
                    now.beginning = true;
                    steps.push(self.begin_asking(free).map(move |begun| Step::Begun(begun, free)).boxed());
                }
                if !now.searching && !now.searched && !now.blind {
                    now.searching = true;
                    steps.push(self.plan(When::Ahead).map(Step::Searched).boxed());
                }
                if !now.telling && now.untold >= self.at_once() {
                    (now.telling, now.untold) = (true, 0);
                    steps.push(self.tell(run).map(Step::Told).boxed());
                }
            }
            match steps.next().await {
                None => break,
                Some(Step::Asked(outcome)) => {
                    now.calls -= 1;
                    now.untold += 1;
                    end.note(outcome);
                }
                Some(Step::Begun(begun, most)) => {
                    now.beginning = false;
                    match begun {
                        Ok(more) => {
                            // A refused number leaves its line to be searched for again.
                            (now.dry, now.searched) = (more.len() < most, false);
                            now.calls += more.len();
                            steps.extend(more.into_iter().map(|candidate| self.step(candidate)));
                        }
                        Err(error) => end.failed = Some(error),
                    }
                }
                Some(Step::Searched(searched)) => {
                    now.searching = false;
                    match searched {
                        Ok(Searched { planned, .. }) => {
                            now.searched = true;
                            now.dry &= planned == 0;
                        }
                        // Met again, and dealt with, when nothing is being asked for.
                        Err(_) => now.blind = true,
                    }
                }
                Some(Step::Told(told)) => {
                    now.telling = false;
                    if let Err(error) = told {
                        end.failed = Some(error);
                    }
                }
            }
        }
        if let Some(error) = end.failed {
            return Err(error);
        }
        if let Some(error) = end.broken {
            return Err(waits_for_connection(error));
        }
        if let Some(error) = end.stop_all {
            return self.stop_all(&error).await;
        }
        if let Some((words, wait)) = end.too_fast {
            return Err(later(words, wait));
        }
        match end.not_done {
            // As long as something gets done, a failure is not counted against the whole order.
            Some(words) if !end.decided => Err(JobError::Retry { words, after: None }),
            _ => Ok(()),
        }
    }

    fn step(&self, candidate: Candidate) -> BoxFuture<'_, Step> {
        self.ask_one(candidate).map(Step::Asked).boxed()
    }

    /// Records how far the order is.
    pub(super) async fn tell(&self, run: &Run) -> Result<(), JobError> {
        let id = self.order.id;
        let tally = self.app.db.read(move |conn| store::tally(conn, id)).await?;
        Ok(run.progress(&self.app, tally.bought, tally.wanted(), None).await?)
    }

    async fn ask_one(&self, candidate: Candidate) -> Result<Asked, JobError> {
        let candidate = &candidate;
        let item = PurchaseItem {
            phone_number: candidate.phone_number,
            client_ref: candidate.client_ref(),
            voice_url: self.voice_url.clone(),
        };
        let answer = match self.provider.purchase(&self.account, &[item]).await {
            Ok(answers) => answers.into_iter().next(),
            Err(error) => Some(Purchase::Failed(error)),
        };
        match answer {
            Some(Purchase::Owned(owned)) => {
                self.record_bought(candidate, &owned).await.map(|()| Asked::Decided)
            }
            Some(Purchase::Pending(handle)) => {
                let id = candidate.id;
                self.write(move |tx, _, _| store::keep_handle(tx, id, &handle)).await?;
                Ok(Asked::InDoubt)
            }
            Some(Purchase::Failed(error)) => self.not_sold(candidate, error).await,
            // An answer about nothing says nothing.
            None => Ok(Asked::InDoubt),
        }
    }

    async fn not_sold(&self, candidate: &Candidate, error: ProviderError) -> Result<Asked, JobError> {
        let verdict = judge(&error);
        match verdict {
            Verdict::Doubt => Ok(Asked::InDoubt),
            Verdict::NextNumber | Verdict::LineFails => {
                // Refused the second time: an earlier asking whose answer was lost may be what took it.
                if candidate.times_asked > 1 {
                    match self.find_owned(candidate).await {
                        Ok(Some(owned)) if candidate.is_ours(&owned) => {
                            self.record_bought(candidate, &owned).await?;
                            return Ok(Asked::Decided);
                        }
                        Ok(_) => {}
                        Err(_) => return Ok(Asked::InDoubt),
                    }
                }
                let fails = verdict == Verdict::LineFails;
                self.record_refused(candidate, Reason::from(&error), fails).await?;
                Ok(Asked::Decided)
            }
            Verdict::SlowDown(wait) => {
                self.put_back(candidate).await?;
                Ok(Asked::TooFast(error.to_string(), wait))
            }
            Verdict::NotDone => {
                self.put_back(candidate).await?;
                Ok(Asked::NotDone(error.to_string()))
            }
            Verdict::Broken => {
                self.put_back(candidate).await?;
                Ok(Asked::Broken(error))
            }
            Verdict::StopAll => {
                self.put_back(candidate).await?;
                Ok(Asked::StopAll(error))
            }
        }
    }

    /// Nothing was done: planned again.
    async fn put_back(&self, candidate: &Candidate) -> Result<(), JobError> {
        let id = candidate.id;
        self.write(move |tx, _, _| store::ask_again(tx, id, true)).await
    }
}
