//! What a page says where numbers are missing: what would help, what it costs, and whom to ask.

use std::time::Duration;

use super::outlook::Shortage;
use crate::access::{Allowed, BuyNumbers, ManageCampaigns};
use crate::campaigns::{Campaign, State};
use crate::kernel::{AreaCode, Micros};
use crate::organizations::connection::{self, Carrier};
use crate::purchasing::order_address;
use crate::state::App;

/// How long a page waits for what a number costs.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many area codes that are left out are named.
const NAMED: usize = 3;

/// What buying would bring, and whom to ask.
#[derive(Debug, Clone)]
pub struct ShortBox {
    /// How many numbers are missing.
    pub total: i64,
    /// The area codes that are left out, each in a sentence.
    pub lines: Vec<String>,
    /// How many more there are.
    pub more: usize,
    /// What to buy, `6 in 989 Saginaw, MI`, and where an owner orders it.
    pub buy: Vec<(String, String)>,
    /// What that costs a month.
    pub price: Option<Micros>,
    /// Where an owner orders all of it; empty for who may not.
    pub order_url: String,
    /// How many fit into that order.
    pub fits: i64,
    /// Where the owners are asked for all of it.
    pub ask_url: String,
    /// Whom to ask who may not order.
    pub owners: String,
    /// Whether the campaign texts people already.
    pub running: bool,
}

impl ShortBox {
    /// Of what a campaign lacks, when one more number costs `price` a month; nothing when it lacks none.
    pub fn of(
        by: &Allowed<ManageCampaigns>,
        campaign: &Campaign,
        shortage: &Shortage,
        price: Option<Micros>,
        owners: &[String],
    ) -> Option<ShortBox> {
        let total = shortage.total();
        if total == 0 {
            return None;
        }
        let may_buy = by.may::<BuyNumbers>();
        let lines = shortage.left_out.iter().take(NAMED).map(|(code, reason)| {
            let words = reason.words();
            let words = words.strip_prefix("left out: ").unwrap_or(&words);
            format!("{} ({code}) {words}.", code.info().place)
        });
        let address = |wanted: &[(AreaCode, i64)]| match may_buy {
            true => {
                order_address(&by.url("/orders"), wanted, Some(campaign.id), by.organization().order_limit)
            }
            false => (String::new(), 0),
        };
        let (order_url, fits) = address(&shortage.buy);
        let buy = shortage.buy.iter().map(|&(code, count)| {
            let words = format!("{count} in {code} {}", code.info().place_and_region());
            (words, address(&[(code, count)]).0)
        });
        Some(ShortBox {
            total,
            lines: lines.collect(),
            more: shortage.left_out.len().saturating_sub(NAMED),
            buy: buy.collect(),
            price: price.map(|price| price * if may_buy { fits } else { total }),
            order_url,
            fits,
            ask_url: by.url(&format!("/requests/new?campaign={}", campaign.id)),
            owners: if may_buy { String::new() } else { owners.join(" or ") },
            running: campaign.state != State::Draft,
        })
    }
}

/// What the carrier asks for a local number a month; nothing when it does not answer soon.
pub async fn price_now(by: &Allowed<ManageCampaigns>, app: &App) -> Option<Micros> {
    let asking = async {
        let Carrier { provider, account } = connection::own(app, by).await.ok()?;
        provider.prices(&account).await.ok().map(|prices| prices.local)
    };
    tokio::time::timeout(PATIENCE, asking).await.ok().flatten()
}
