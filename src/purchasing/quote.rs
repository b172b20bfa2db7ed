//! What an order would cost, and whether there are so many numbers: asked at the carrier, nothing written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::stream::{StreamExt, TryStreamExt};

use super::fallback::{Demand, Fallback, Named, Stock, lay_out, stand_ins};
use super::request::first_charge;
use super::{NewOrder, Wanted};
use crate::access::{Allowed, BuyNumbers};
use crate::error::{AppError, AppResult};
use crate::kernel::ids::OrderId;
use crate::kernel::{AreaCode, Micros};
use crate::organizations::connection::{self, Carrier};
use crate::providers::{ErrorKind, Prices, Search};
use crate::state::App;

/// The most codes asked about beside those that are wanted: sold-out ones must not make a quote endless.
const MOST_ASKED: usize = 60;
/// So long a form waits for prices.
const PATIENCE: Duration = Duration::from_secs(1);

/// What an order would cost.
#[derive(Debug, Clone)]
pub struct Quote {
    /// By area code, as asked.
    pub areas: Vec<QuotedArea>,
    /// The currency of all prices, such as `USD`.
    pub currency: String,
}

/// An area code of a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedArea {
    /// Which.
    pub area_code: AreaCode,
    /// How many are wanted.
    pub asked: i64,
    /// How many are for sale.
    pub found: Found,
    /// What one costs when it is bought, and each month after.
    pub price: Micros,
    /// The codes to try when it runs dry, in their order.
    pub named: Vec<Named>,
    /// The codes that could have stood in and have nothing left.
    pub dry: Vec<AreaCode>,
}

/// How many numbers a search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// As many as were wanted.
    Enough,
    /// As many as a search can show; there may be more.
    AtLeast(i64),
    /// No more than these.
    Only(i64),
}

impl Found {
    fn of(stock: Stock, asked: i64) -> Found {
        match stock {
            Stock::Only(found) | Stock::AtLeast(found) if found >= asked => Found::Enough,
            Stock::AtLeast(found) => Found::AtLeast(found),
            Stock::Only(found) => Found::Only(found),
        }
    }
}

impl QuotedArea {
    /// How many can be ordered of the code itself.
    pub fn available(&self) -> i64 {
        match self.found {
            Found::Enough | Found::AtLeast(_) => self.asked,
            Found::Only(found) => found,
        }
    }
    /// How many are expected of others.
    pub fn elsewhere(&self) -> i64 {
        self.named.iter().map(|named| named.expected).sum()
    }
    /// How many are missing all the same.
    pub fn missing(&self) -> i64 {
        self.asked - self.available() - self.elsewhere()
    }
}

impl Quote {
    /// What can be ordered of it.
    pub fn lines(&self) -> Vec<Wanted> {
        self.areas
            .iter()
            .map(|area| Wanted {
                area_code: area.area_code,
                count: area.available() + area.elsewhere(),
                price: area.price,
            })
            .filter(|line| line.count > 0)
            .collect()
    }
    /// What all that can be ordered would cost at once, and each month after.
    pub fn cost(&self) -> Micros {
        first_charge(&self.lines(), &self.named())
    }
    /// How many numbers can be ordered.
    pub fn numbers(&self) -> i64 {
        self.lines().iter().map(|line| line.count).sum()
    }
    /// The order of what can be ordered, at what it costs.
    pub fn order(&self, id: OrderId, fallback: Fallback) -> NewOrder {
        NewOrder { ceiling: self.cost(), fallback, named: self.named(), ..NewOrder::of(id, self.lines()) }
    }
    /// The codes that the numbers may come from instead, for what can be ordered.
    pub fn named(&self) -> Vec<Named> {
        self.areas.iter().flat_map(|area| area.named.iter().copied()).collect()
    }
}

/// What searches found, and the prices they named.
#[derive(Debug, Default)]
struct Seen {
    stock: BTreeMap<AreaCode, Stock>,
    prices: BTreeMap<AreaCode, Micros>,
}

impl Seen {
    fn price(&self, area_code: AreaCode, listed: &Prices) -> Micros {
        self.prices.get(&area_code).copied().unwrap_or_else(|| listed.of(area_code))
    }

    /// Searches these codes, as many at once as the carrier takes. With `forgiving` a code that the carrier does not
    /// deal in counts as sold out.
    async fn look_at(
        &mut self,
        carrier: &Carrier,
        codes: impl IntoIterator<Item = (AreaCode, i64)>,
        forgiving: bool,
    ) -> AppResult<()> {
        let Carrier { provider, account } = carrier;
        let capabilities = provider.capabilities();
        let searches = codes.into_iter().map(|(area_code, most)| {
            let limit = usize::try_from(most).unwrap_or(usize::MAX).clamp(1, capabilities.max_search);
            async move {
                let found = match provider.search(account, &Search { area_code, limit }).await {
                    Err(error)
                        if forgiving
                            && matches!(error.kind, ErrorKind::InvalidRequest | ErrorKind::NotFound) =>
                    {
                        Vec::new()
                    }
                    found => found?,
                };
                let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
                let stock = if found.len() >= limit { Stock::AtLeast(count) } else { Stock::Only(count) };
                // The dearest of them, so that the quote is never too low.
                let price = found.iter().filter_map(|one| one.monthly_price).max();
                Ok::<_, AppError>((area_code, stock, price))
            }
        });
        let found: Vec<_> = futures_util::stream::iter(searches)
            .buffered(capabilities.concurrency.max(1))
            .try_collect()
            .await?;
        for (area_code, stock, price) in found {
            self.stock.insert(area_code, stock);
            self.prices.extend(price.map(|price| (area_code, price)));
        }
        Ok(())
    }
}

/// Asks the carrier what these would cost, whether it has so many, and where else there are some.
///
/// # Errors
/// [`AppError::Provider`] when the carrier does not answer.
pub async fn quote(app: &App, by: &Allowed<BuyNumbers>, demands: &[Demand]) -> AppResult<Quote> {
    quote_at(&connection::own(app, by).await?, demands).await
}

/// As [`quote`], of the carrier of an account that a row names.
///
/// # Errors
/// As [`quote`].
pub async fn quote_at(carrier: &Carrier, demands: &[Demand]) -> AppResult<Quote> {
    let Carrier { provider, account } = carrier;
    let prices = provider.prices(account).await?;
    let mut seen = Seen::default();
    // What a code has beside its own demand may serve another's.
    let all = demands.iter().any(|demand| !demand.stand_ins.is_empty());
    let own: Vec<(AreaCode, i64)> =
        demands.iter().map(|demand| (demand.area_code, if all { i64::MAX } else { demand.asked })).collect();
    seen.look_at(carrier, own, false).await?;
    let mut asked = 0;
    let laid = loop {
        let laid = lay_out(demands, &seen.stock);
        let ask: BTreeSet<AreaCode> = laid.iter().flat_map(|one| one.ask.iter().copied()).collect();
        if ask.is_empty() || asked >= MOST_ASKED {
            break laid;
        }
        asked += ask.len();
        seen.look_at(carrier, ask.into_iter().map(|code| (code, i64::MAX)), true).await?;
    };
    let areas = demands.iter().zip(laid).map(|(demand, laid)| QuotedArea {
        area_code: demand.area_code,
        asked: demand.asked,
        found: Found::of(seen.stock.get(&demand.area_code).copied().unwrap_or(Stock::Only(0)), demand.asked),
        price: seen.price(demand.area_code, &prices),
        named: laid
            .named
            .into_iter()
            .map(|(area_code, expected)| Named {
                wanted: demand.area_code,
                area_code,
                expected,
                price: seen.price(area_code, &prices),
            })
            .collect(),
        dry: laid.dry,
    });
    Ok(Quote { areas: areas.collect(), currency: prices.currency.clone() })
}

/// What a local number and a toll-free one cost a month, when the carrier says so at once: a form waits for nobody.
pub async fn prices(app: &App, by: &Allowed<BuyNumbers>) -> Option<Prices> {
    let Carrier { provider, account } = connection::own(app, by).await.ok()?;
    tokio::time::timeout(PATIENCE, provider.prices(&account)).await.ok()?.ok()
}

/// How many numbers of these codes are for sale just now.
///
/// # Errors
/// [`AppError::Provider`] when the carrier does not answer.
pub async fn look(
    app: &App,
    by: &Allowed<BuyNumbers>,
    codes: &[AreaCode],
) -> AppResult<BTreeMap<AreaCode, Stock>> {
    let mut seen = Seen::default();
    seen.look_at(&connection::own(app, by).await?, codes.iter().map(|code| (*code, i64::MAX)), true).await?;
    Ok(seen.stock)
}

/// Where to look when an area code is sold out: its overlays, then the nearest of the same state; at most `most`.
pub fn neighbours(area_code: AreaCode, most: usize) -> Vec<AreaCode> {
    stand_ins(area_code, Fallback::State).into_iter().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> AreaCode {
        AreaCode::parse(text).unwrap()
    }

    #[test]
    fn what_is_missing_is_not_ordered() {
        let area = |asked, found, elsewhere: &[(&str, i64)]| QuotedArea {
            area_code: code("303"),
            asked,
            found,
            price: Micros::from_cents(115),
            named: elsewhere
                .iter()
                .map(|(text, expected)| Named {
                    wanted: code("303"),
                    area_code: code(text),
                    expected: *expected,
                    price: Micros::from_cents(115),
                })
                .collect(),
            dry: Vec::new(),
        };
        let quote = Quote {
            areas: vec![
                area(10, Found::Only(3), &[]),
                area(5, Found::Only(0), &[]),
                area(40, Found::AtLeast(30), &[]),
                area(10, Found::Only(3), &[("720", 5), ("983", 0)]),
            ],
            currency: "USD".into(),
        };
        let counts: Vec<i64> = quote.lines().iter().map(|line| line.count).collect();
        assert_eq!(counts, [3, 40, 8]);
        assert_eq!((quote.areas[0].missing(), quote.areas[3].missing()), (7, 2));
        assert_eq!(quote.named().len(), 2);
    }

    #[test]
    fn a_search_that_shows_all_it_can_says_at_least() {
        assert_eq!(Found::of(Stock::AtLeast(30), 30), Found::Enough);
        assert_eq!(Found::of(Stock::AtLeast(30), 40), Found::AtLeast(30));
        assert_eq!(Found::of(Stock::Only(12), 12), Found::Enough);
        assert_eq!(Found::of(Stock::Only(12), 40), Found::Only(12));
    }
}
