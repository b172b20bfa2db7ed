//! Searching for numbers, and asking the carrier to sell them.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;

use super::record::store::close_line;
use super::{
    Buyer, Candidate, LineStatus, Micros, Reason, SLOW_DOWN, later, read_failed, store, waits_for_connection,
};
use crate::jobs::JobError;
use crate::kernel::{AreaCode, E164};
use crate::numbers;
use crate::providers::{ProviderError, Purchase, PurchaseItem, Search};
use crate::purchasing::model::{SOLD_MEANWHILE, Verdict, judge};

/// A number that another order planned longer ago than this is not waited for.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);

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

/// What searching left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Searched {
    /// Whether some area code has only numbers that another order is just asking for.
    pub(super) elsewhere: bool,
    /// Whether lines turned from an area code that has no more to the next one named.
    pub(super) turned: bool,
}

impl Buyer {
    /// Plans numbers for all lines that have none.
    pub(super) async fn plan(&self) -> Result<Searched, JobError> {
        let id = self.order.id;
        let needed = self.app.db.read(move |conn| store::to_search(conn, id)).await?;
        let mut searched = Searched::default();
        if needed.is_empty() {
            return Ok(searched);
        }
        let prices = match self.provider.prices(&self.account).await {
            Ok(prices) => Some(prices),
            Err(error) => match read_failed(error)? {
                error if judge(&error) == Verdict::StopAll => {
                    self.stop_all(&error).await?;
                    return Ok(searched);
                }
                // A carrier without a price list: what was quoted holds.
                _ => None,
            },
        };
        let quoted = self.app.db.read(move |conn| crate::purchasing::store::quoted(conn, id)).await?;
        for (area_code, lines) in needed {
            let quoted = quoted.get(&area_code).copied().unwrap_or_default();
            let price = prices.as_ref().map_or(quoted, |prices| prices.of(area_code));
            let here = self.plan_in(area_code, lines, price).await?;
            searched.elsewhere |= here.elsewhere;
            searched.turned |= here.turned;
        }
        Ok(searched)
    }

    async fn plan_in(&self, area_code: AreaCode, lines: i64, price: Micros) -> Result<Searched, JobError> {
        let nothing = Searched::default();
        let search = Search { area_code, limit: self.provider.capabilities().max_search };
        let found = match self.provider.search(&self.account, &search).await {
            Ok(found) => found,
            Err(error) => {
                let error = read_failed(error)?;
                if judge(&error) == Verdict::StopAll {
                    self.stop_all(&error).await?;
                    return Ok(nothing);
                }
                let reason = Reason::from(&error);
                return self
                    .write(move |tx, order, now| {
                        let turned = store::turn_lines_without_number(tx, order.id, area_code, &reason, now)?;
                        Ok(Searched { turned: turned > 0, ..nothing })
                    })
                    .await;
            }
        };
        let found: Vec<(E164, Micros)> = found
            .into_iter()
            .filter(|number| number.phone_number.area_code() == Ok(area_code))
            .map(|number| (number.phone_number, number.monthly_price.unwrap_or(price)))
            .collect();
        self.write(move |tx, order, now| {
            if !order.may_ask() {
                return Ok(nothing);
            }
            let all: Vec<E164> = found.iter().map(|(number, _)| *number).collect();
            let known = store::known(tx, order, &all, now - PATIENCE)?;
            let mut fresh = Vec::new();
            for &(number, price) in &found {
                let free = !known.tried.contains(&number) && !known.elsewhere.contains(&number);
                // Our own books first: buying again what the account has would overwrite what is known of it there.
                if free && numbers::find_open(tx, &order.service, &order.carrier_account, number)?.is_none() {
                    fresh.push((number, price));
                }
                if i64::try_from(fresh.len()).unwrap_or(i64::MAX) >= lines {
                    break;
                }
            }
            let planned = store::plan(tx, order, area_code, &fresh, now)?;
            if planned > 0 {
                return Ok(nothing);
            }
            if !known.elsewhere.is_empty() || !fresh.is_empty() {
                return Ok(Searched { elsewhere: true, ..nothing });
            }
            let reason = Reason {
                words: format!("no more numbers in {area_code}"),
                code: store::last_code(tx, order.id, area_code)?,
            };
            let turned = store::turn_lines_without_number(tx, order.id, area_code, &reason, now)?;
            Ok(Searched { turned: turned > 0, ..nothing })
        })
        .await
    }

    /// Turns the next planned candidates into a batch to ask for, as many as may be under way at once. A line whose
    /// number would pass the ceiling is not bought.
    pub(super) async fn begin_asking(&self) -> Result<Vec<Candidate>, JobError> {
        let size = i64::try_from(self.provider.capabilities().concurrency.max(1)).unwrap_or(1);
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

    /// Asks the carrier for a batch, all at once, and records each outcome as it comes.
    pub(super) async fn ask(&self, batch: Vec<Candidate>) -> Result<(), JobError> {
        let asked = join_all(batch.iter().map(|candidate| self.ask_one(candidate))).await;
        let (mut decided, mut not_done, mut too_fast) = (false, None, None);
        let (mut broken, mut stop_all) = (None, None);
        for outcome in asked {
            match outcome? {
                Asked::Decided => decided = true,
                Asked::InDoubt => {}
                Asked::NotDone(words) => not_done = Some(words),
                Asked::TooFast(words, wait) => {
                    let wait = wait.unwrap_or(SLOW_DOWN);
                    let longest = too_fast.as_ref().map_or(Duration::ZERO, |(_, wait)| *wait);
                    too_fast = Some((words, wait.max(longest)));
                }
                Asked::Broken(error) => broken = Some(error),
                Asked::StopAll(error) => stop_all = Some(error),
            }
        }
        if let Some(error) = broken {
            return Err(waits_for_connection(error));
        }
        if let Some(error) = stop_all {
            return self.stop_all(&error).await;
        }
        if let Some((words, wait)) = too_fast {
            return Err(later(words, wait));
        }
        match not_done {
            // As long as something gets done, a failure is not counted against the whole order.
            Some(words) if !decided => Err(JobError::Retry { words, after: None }),
            _ => Ok(()),
        }
    }

    async fn ask_one(&self, candidate: &Candidate) -> Result<Asked, JobError> {
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
