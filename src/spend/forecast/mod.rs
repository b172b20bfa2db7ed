//! What a campaign will cost before it starts, and what it has cost after: numbers at a price, and every day of every
//! charge that it held.

mod pages;
mod store;

use std::time::Duration;

use crate::access::{Allowed, Permission};
use crate::allocation::Outlook;
use crate::allocation::foreseen::{self, Foreseen};
use crate::db::{Conn, DbResult};
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::numbers;
use crate::organizations::connection::{self, Carrier};
use crate::state::App;

use super::Month;

pub use pages::CostCard;

/// So long a page waits for the carrier's price.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a draft will need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// How many numbers its contacts want, within the room.
    pub wanted: i64,
    /// How many of them the organization owns and the campaign may take; those it holds among them.
    pub owned: i64,
    /// How many would have to be bought.
    pub to_buy: i64,
    /// What one costs a month; `None` when nobody says.
    pub price: Option<Micros>,
}

impl Forecast {
    /// Of how the campaign would do.
    pub fn of(outlook: &Outlook, price: Option<Micros>) -> Forecast {
        let (owned, to_buy) = outlook.owned_and_to_buy();
        Forecast { wanted: outlook.wanted, owned, to_buy, price }
    }
    /// What all of it costs a month.
    pub fn monthly(&self) -> Option<Micros> {
        self.price.map(|price| price * (self.owned + self.to_buy))
    }
    /// What buying adds to that, at once and every month.
    pub fn more(&self) -> Option<Micros> {
        self.price.map(|price| price * self.to_buy)
    }
}

/// What a local number costs a month: as the carrier says if it answers at once, else what those owned cost on average.
pub async fn price<P: Permission>(app: &App, by: &Allowed<P>) -> Option<Micros> {
    let asked = async {
        let Carrier { provider, account } = connection::own(app, by).await.ok()?;
        provider.prices(&account).await.ok()
    };
    if let Ok(Some(prices)) = tokio::time::timeout(PATIENCE, asked).await {
        return Some(prices.local);
    }
    let organization = by.organization_id();
    let counts = app.db.read(move |conn| numbers::counts(conn, organization, None)).await.ok()?;
    let owned: i64 = counts.iter().map(|count| count.total() - count.lost).sum();
    (owned > 0).then(|| Micros::new(numbers::monthly_cost(&counts).get() / owned))
}

/// What was forecast for a campaign when it was started, and what it has cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actual {
    /// What was forecast at its start; `None` of one started before that was kept.
    pub foreseen: Option<Foreseen>,
    /// How many it holds.
    pub held: i64,
    /// What those cost a month.
    pub monthly: Micros,
    /// What it had of the charges of each month, oldest first.
    pub months: Vec<(Month, Micros)>,
}

impl Actual {
    /// What those it holds cost a month beyond what was forecast at its start.
    pub fn beyond(&self) -> Option<Micros> {
        Some(self.monthly - self.foreseen?.monthly()?)
    }
    /// All it has cost.
    pub fn total(&self) -> Micros {
        self.months.iter().map(|(_, amount)| *amount).sum()
    }
}

/// What a campaign that was started has cost, day by day of every charge, days to come with those it has.
///
/// # Errors
/// A database error.
pub fn actual(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
    now: Moment,
) -> DbResult<Actual> {
    let months = months(conn, organization, campaign, now)?;
    Ok(Actual { months, ..actual_now(conn, organization, campaign)? })
}

/// The same without its months: for a page that has them already.
///
/// # Errors
/// A database error.
pub fn actual_now(conn: &mut Conn, organization: OrganizationId, campaign: CampaignId) -> DbResult<Actual> {
    let held = numbers::of_campaign(conn, organization, campaign)?;
    Ok(Actual {
        foreseen: foreseen::of(conn, organization, campaign)?,
        held: i64::try_from(held.len()).unwrap_or(i64::MAX),
        monthly: held.iter().map(|number| number.monthly_price).sum(),
        months: Vec::new(),
    })
}

/// What a campaign had of the charges of each month that has begun, oldest first.
fn months(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
    now: Moment,
) -> DbResult<Vec<(Month, Micros)>> {
    let mut sums = std::collections::BTreeMap::<Month, Micros>::new();
    for held in store::held(conn, organization, campaign)? {
        if held.period_start <= now.date() {
            *sums.entry(Month::of(held.period_start)).or_default() += held.worth();
        }
    }
    Ok(sums.into_iter().collect())
}
