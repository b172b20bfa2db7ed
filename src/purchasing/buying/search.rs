//! Searching for numbers, and planning which of them to ask for.

use chrono::TimeDelta;
use futures_util::StreamExt;
use futures_util::stream;

use super::{Buyer, Micros, Reason, read_failed, store};
use crate::jobs::JobError;
use crate::kernel::{AreaCode, E164};
use crate::numbers;
use crate::providers::Search;
use crate::purchasing::model::{Verdict, judge};

/// A number that another order planned longer ago than this is not waited for.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);

/// When numbers are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// While none is being asked for: what a search does not find is not for sale.
    Between,
    /// While others are being asked for, so that the next ones are known in time. A search may then find those alone,
    /// which says nothing of what else is for sale.
    Ahead,
}

/// What searching left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Searched {
    /// How many numbers were planned.
    pub(super) planned: usize,
    /// Whether some area code has only numbers that another order is just asking for.
    pub(super) elsewhere: bool,
    /// Whether lines turned from an area code that has no more to the next one named.
    pub(super) turned: bool,
}

impl Buyer {
    /// Plans numbers for all lines that have none.
    pub(super) async fn plan(&self, when: When) -> Result<Searched, JobError> {
        let id = self.order.id;
        // Ahead of time a code is searched when what is planned there will soon have been asked for.
        let left = if when == When::Ahead { self.at_once() } else { 0 };
        let needed = self.app.db.read(move |conn| store::to_search(conn, id, left)).await?;
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
        let searches = needed.into_iter().map(|(area_code, lines)| {
            let quoted = quoted.get(&area_code).copied().unwrap_or_default();
            let price = prices.as_ref().map_or(quoted, |prices| prices.of(area_code));
            self.plan_in(area_code, lines, price, when)
        });
        // Half of the calls are left for buying.
        let mut found = stream::iter(searches).buffer_unordered(self.at_once().div_ceil(2));
        let mut failed = None;
        while let Some(here) = found.next().await {
            match here {
                Ok(here) => {
                    searched.planned += here.planned;
                    searched.elsewhere |= here.elsewhere;
                    searched.turned |= here.turned;
                }
                // Nothing is cut off under way: what the others find is written down.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(searched), Err)
    }

    async fn plan_in(
        &self,
        area_code: AreaCode,
        lines: i64,
        price: Micros,
        when: When,
    ) -> Result<Searched, JobError> {
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
            if planned > 0 || when == When::Ahead {
                return Ok(Searched { planned, ..nothing });
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
}
