//! What a campaign will cost before it starts, and what it has cost after: numbers at a price, and every day of every
//! charge that it held.

mod pages;
mod store;

use std::time::Duration;

use crate::access::{Allowed, OrganizationRef, Permission};
use crate::allocation::Outlook;
use crate::campaigns::{self, Campaign};
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
        let Outlook { wanted, held, reachable, .. } = *outlook;
        // A planner leaves out what it cannot cover; what is owned there counts all the same when the rest is bought.
        let (owned, to_buy) = match outlook.shortage.total() {
            0 => {
                let owned = reachable.max(held).min(wanted.max(held));
                (owned, (wanted - owned).max(0))
            }
            short => ((wanted - short).max(held), short),
        };
        Forecast { wanted, owned, to_buy, price }
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

/// What a campaign wanted when it was planned, and what it has cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actual {
    /// How many numbers its contacts want, within the organization's room.
    pub wanted: i64,
    /// How many it holds.
    pub held: i64,
    /// What those cost a month.
    pub monthly: Micros,
    /// What it had of the charges of each month, oldest first.
    pub months: Vec<(Month, Micros)>,
}

impl Actual {
    /// What one of those it holds costs a month; `None` when it holds none.
    pub fn price(&self) -> Option<Micros> {
        (self.held > 0).then(|| Micros::new(self.monthly.get() / self.held))
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
    organization: &OrganizationRef,
    campaign: &Campaign,
    now: Moment,
) -> DbResult<Actual> {
    let held = numbers::of_campaign(conn, organization.id, campaign.id)?;
    Ok(Actual {
        wanted: campaigns::needed(campaign.contacts, campaign.ratio).min(organization.room),
        held: i64::try_from(held.len()).unwrap_or(i64::MAX),
        monthly: held.iter().map(|number| number.monthly_price).sum(),
        months: months(conn, organization.id, campaign.id, now)?,
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
