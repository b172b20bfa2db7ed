//! What an order would cost, and whether there are so many numbers: asked at the carrier, nothing written.

use futures_util::stream::{StreamExt, TryStreamExt};

use super::Wanted;
use crate::access::{Allowed, BuyNumbers};
use crate::error::{AppError, AppResult};
use crate::kernel::area_code::distance_miles;
use crate::kernel::{AreaCode, Micros};
use crate::organizations::connection::{self, Carrier};
use crate::providers::Search;
use crate::state::App;

/// What an order would cost.
#[derive(Debug, Clone)]
pub struct Quote {
    /// By area code, as asked.
    pub areas: Vec<QuotedArea>,
    /// The currency of all prices, such as `USD`.
    pub currency: String,
}

/// An area code of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotedArea {
    /// Which.
    pub area_code: AreaCode,
    /// How many are wanted.
    pub asked: i64,
    /// How many are for sale.
    pub found: Found,
    /// What one costs when it is bought, and each month after.
    pub price: Micros,
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

impl QuotedArea {
    /// How many can be ordered.
    pub fn available(&self) -> i64 {
        match self.found {
            Found::Enough | Found::AtLeast(_) => self.asked,
            Found::Only(found) => found,
        }
    }
    /// How many are missing.
    pub fn missing(&self) -> i64 {
        self.asked - self.available()
    }
}

impl Quote {
    /// What can be ordered of it.
    pub fn lines(&self) -> Vec<Wanted> {
        self.areas
            .iter()
            .filter(|area| area.available() > 0)
            .map(|area| Wanted { area_code: area.area_code, count: area.available(), price: area.price })
            .collect()
    }
}

/// Asks the carrier what these would cost and whether it has so many.
///
/// # Errors
/// [`AppError::Provider`] when the carrier does not answer.
pub async fn quote(app: &App, by: &Allowed<BuyNumbers>, wanted: &[(AreaCode, i64)]) -> AppResult<Quote> {
    let Carrier { provider, account } = connection::own(app, by).await?;
    let prices = provider.prices(&account).await?;
    let capabilities = provider.capabilities();
    let most = i64::try_from(capabilities.max_search).unwrap_or(i64::MAX);
    let areas = wanted.iter().map(|&(area_code, asked)| {
        let (provider, account, price) = (&provider, &account, prices.of(area_code));
        async move {
            let limit = usize::try_from(asked.clamp(1, most)).unwrap_or(1);
            let candidates = provider.search(account, &Search { area_code, limit }).await?;
            let found = i64::try_from(candidates.len()).unwrap_or(i64::MAX);
            let found = match () {
                () if found >= asked => Found::Enough,
                () if found >= most => Found::AtLeast(found),
                () => Found::Only(found),
            };
            // The dearest of them, so that the quote is never too low.
            let price = candidates.iter().filter_map(|one| one.monthly_price).max().unwrap_or(price);
            Ok::<_, AppError>(QuotedArea { area_code, asked, found, price })
        }
    });
    let at_once = capabilities.concurrency.max(1);
    let areas = futures_util::stream::iter(areas).buffered(at_once).try_collect().await?;
    Ok(Quote { areas, currency: prices.currency })
}

/// Where to look when an area code is sold out: its overlays, then the nearest of the same state; at most `most`.
pub fn neighbours(area_code: AreaCode, most: usize) -> Vec<AreaCode> {
    let info = area_code.info();
    let overlays = info.overlay_codes.iter().copied().filter(|code| *code != area_code);
    let mut near: Vec<(AreaCode, f64)> = AreaCode::all()
        .filter(|code| *code != area_code && !info.overlay_codes.contains(code))
        .filter(|code| code.info().region == info.region)
        .filter_map(|code| Some((code, distance_miles(area_code, code)?)))
        .collect();
    near.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    overlays.chain(near.into_iter().map(|(code, _)| code)).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_overlays_first_then_near_in_the_same_state() {
        let code = |text| AreaCode::parse(text).unwrap();
        let around = neighbours(code("410"), 3);
        assert_eq!(around[0], code("443"), "{around:?}");
        let detroit = neighbours(code("313"), 4);
        assert_eq!(detroit[0], code("679"), "{detroit:?}");
        assert!(detroit.iter().all(|code| code.info().region == "MI" && *code != self::code("313")));
        assert!(neighbours(code("800"), 3).iter().all(|other| *other != code("800")));
    }

    fn code(text: &str) -> AreaCode {
        AreaCode::parse(text).unwrap()
    }

    #[test]
    fn what_is_missing_is_not_ordered() {
        let area = |asked, found| QuotedArea {
            area_code: code("303"),
            asked,
            found,
            price: Micros::from_cents(115),
        };
        let quote = Quote {
            areas: vec![area(10, Found::Only(3)), area(5, Found::Only(0)), area(40, Found::AtLeast(30))],
            currency: "USD".into(),
        };
        let counts: Vec<i64> = quote.lines().iter().map(|line| line.count).collect();
        assert_eq!(counts, [3, 40]);
        assert_eq!(quote.areas[0].missing(), 7);
    }
}
