//! What is forecast for a campaign at the moment it is started, kept so that what it costs can be compared with it.

mod store;

use crate::access::{Allowed, ManageCampaigns};
use crate::campaigns::Campaign;
use crate::db::{Conn, DbResult, Tx};
use crate::error::AppResult;
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::kernel::{Micros, Moment};
use crate::ledger::prices;
use crate::numbers;
use crate::organizations::connection;

use super::{Outlook, Situation};

/// What was forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    /// When.
    pub at: Moment,
    /// How many numbers its contacts wanted, within the room.
    pub wanted: i64,
    /// How many of them the organization owned and it could take.
    pub owned: i64,
    /// How many would have had to be bought.
    pub to_buy: i64,
    /// What one cost a month; `None` when nobody said.
    pub price: Option<Micros>,
}

impl Foreseen {
    /// How many numbers it needed.
    pub fn needed(&self) -> i64 {
        self.owned + self.to_buy
    }
    /// What they cost a month.
    pub fn monthly(&self) -> Option<Micros> {
        self.price.map(|price| price * self.needed())
    }
}

/// Keeps what is forecast for a campaign that is being started, in the transaction that starts it and before its
/// numbers are in use. A number costs what the carrier's price list said last, else what the campaign's cost on
/// average.
///
/// # Errors
/// A database error.
pub fn keep(tx: &mut Tx, by: &Allowed<ManageCampaigns>, campaign: &Campaign, now: Moment) -> AppResult<()> {
    let situation = Situation::read(tx, by.organization(), campaign)?;
    let (held, wanted) = (situation.total(), situation.wanted());
    // Who holds all that is wanted needs no plan to know that nothing is to be bought.
    let (owned, to_buy) = if held >= wanted { (held, 0) } else { Outlook::of(&situation).owned_and_to_buy() };
    let listed = prices::looked(tx, &connection::place_of(by))?.used.map(|(list, _)| list.local);
    let price = match listed {
        Some(price) => Some(price),
        None => average_price(tx, by.organization_id(), campaign.id)?,
    };
    let foreseen = Foreseen { at: now, wanted, owned, to_buy, price };
    Ok(store::write(tx, by.organization_id(), campaign.id, &foreseen)?)
}

/// What was forecast when a campaign was started last; `None` when it never was.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, organization: OrganizationId, campaign: CampaignId) -> DbResult<Option<Foreseen>> {
    store::find(conn, organization, campaign)
}

/// What the numbers that a campaign holds cost on average; `None` when it holds none.
fn average_price(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Option<Micros>> {
    let held = numbers::of_campaign(conn, organization, campaign)?;
    let cost: Micros = held.iter().map(|number| number.monthly_price).sum();
    let count = i64::try_from(held.len()).unwrap_or(i64::MAX);
    Ok((count > 0).then(|| Micros::new(cost.get() / count)))
}
