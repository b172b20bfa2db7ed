//! What somebody asks for before it is an order: the form, its address with everything filled in, and the quote's
//! confirmation.

mod destination;
pub(super) mod pages;
mod routes;

use super::fallback::{Demand, Fallback, stand_ins, toll_free};
use super::model::Kind;
use super::request::{self, Typed};
use crate::error::FieldErrors;
use crate::kernel::AreaCode;
use crate::kernel::ids::{CampaignId, OrderId, ServiceId};
use crate::kernel::text_enum::TextEnum;

pub(super) use routes::routes;

/// The most rows that an address fills in.
const ROWS_IN_ADDRESS: usize = super::AREA_CODES;

/// Everything the form holds.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) kind: Kind,
    /// Area codes and counts of local numbers, as typed.
    pub(super) rows: Vec<Typed>,
    /// Where to turn when an area code is sold out.
    pub(super) fallback: Fallback,
    /// A toll-free code; none for any of them.
    pub(super) toll_free: Option<AreaCode>,
    /// How many toll-free numbers, as typed.
    pub(super) toll_free_count: String,
    /// The order whose remainder it is.
    pub(super) continues: Option<OrderId>,
    /// The campaign it is for.
    pub(super) campaign: Option<CampaignId>,
    /// The messaging service into which they go.
    pub(super) into: Option<ServiceId>,
    /// Whether they are reserved for the campaign as they arrive.
    pub(super) reserve: bool,
}

impl Default for Asking {
    fn default() -> Asking {
        Asking {
            kind: Kind::Local,
            rows: Vec::new(),
            fallback: Fallback::Nowhere,
            toll_free: None,
            toll_free_count: String::new(),
            continues: None,
            campaign: None,
            into: None,
            reserve: false,
        }
    }
}

impl Asking {
    /// Asks for these numbers: local ones, or toll-free ones when the first is.
    pub(super) fn of(wanted: &[(AreaCode, i64)]) -> Asking {
        match wanted {
            [(code, _), ..] if code.is_toll_free() => Asking {
                kind: Kind::TollFree,
                toll_free: (wanted.len() == 1).then_some(*code),
                toll_free_count: wanted.iter().map(|(_, count)| count).sum::<i64>().to_string(),
                ..Asking::default()
            },
            _ => {
                let row = |(code, count): &(AreaCode, i64)| Typed {
                    area_code: code.to_string(),
                    count: count.to_string(),
                };
                Asking { rows: wanted.iter().map(row).collect(), ..Asking::default() }
            }
        }
    }

    /// What is wanted and where else it may come from.
    ///
    /// # Errors
    /// A message for every field that cannot be accepted.
    pub(super) fn demands(&self, limit: i64) -> Result<Vec<Demand>, FieldErrors> {
        match self.kind {
            Kind::Local => {
                let wanted = request::read(&self.rows, Kind::Local, limit)?;
                let demand = |(area_code, asked)| Demand {
                    area_code,
                    asked,
                    stand_ins: stand_ins(area_code, self.fallback),
                };
                Ok(wanted.into_iter().map(demand).collect())
            }
            Kind::TollFree => {
                let asked = request::read_count(&self.toll_free_count, limit)
                    .map_err(|words| FieldErrors::one("toll_free_count", words.replace(" there.", ".")))?;
                let mut any = toll_free().into_iter();
                let demand = match self.toll_free {
                    Some(area_code) => Some(Demand { area_code, asked, stand_ins: Vec::new() }),
                    None => any.next().map(|area_code| Demand { area_code, asked, stand_ins: any.collect() }),
                };
                Ok(demand.into_iter().collect())
            }
        }
    }

    /// The form with all of it filled in.
    pub(super) fn address(&self, orders: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for row in self.rows.iter().take(ROWS_IN_ADDRESS) {
            query.append_pair("area_code", &row.area_code).append_pair("count", &row.count);
        }
        if self.kind == Kind::TollFree {
            query.append_pair("kind", self.kind.as_str());
        }
        if let Some(code) = self.toll_free {
            query.append_pair("toll_free", code.as_str());
        }
        if !self.toll_free_count.is_empty() {
            query.append_pair("toll_free_count", &self.toll_free_count);
        }
        if self.fallback != Fallback::Nowhere {
            query.append_pair("fallback", self.fallback.as_str());
        }
        if let Some(order) = self.continues {
            query.append_pair("continues", order.as_str());
        }
        if let Some(campaign) = self.campaign {
            query.append_pair("campaign", campaign.as_str());
        }
        if let Some(service) = self.into {
            query.append_pair("into", service.as_str());
        } else if self.reserve {
            query.append_pair("into", destination::RESERVE);
        }
        let query = query.finish();
        if query.is_empty() { format!("{orders}/new") } else { format!("{orders}/new?{query}") }
    }
}

/// The address of the order form, filled in with these numbers, to be reserved for a campaign, and how many of them
/// fit into one order of at most `limit`: the first ones. `orders` is where the orders are.
pub fn order_address(
    orders: &str,
    wanted: &[(AreaCode, i64)],
    campaign: Option<CampaignId>,
    limit: i64,
) -> (String, i64) {
    let mut left = limit;
    let mut fit = Vec::new();
    for &(code, count) in wanted.iter().take(super::AREA_CODES) {
        let count = count.min(left);
        if count > 0 {
            fit.push((code, count));
            left -= count;
        }
    }
    (Asking { campaign, reserve: campaign.is_some(), ..Asking::of(&fit) }.address(orders), limit - left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> AreaCode {
        AreaCode::parse(text).unwrap()
    }

    #[test]
    fn an_address_fills_in_the_whole_form() {
        assert_eq!(Asking::default().address("/orders"), "/orders/new");
        let local = Asking { fallback: Fallback::State, ..Asking::of(&[(code("313"), 5), (code("410"), 2)]) };
        assert_eq!(
            local.address("/orders"),
            "/orders/new?area_code=313&count=5&area_code=410&count=2&fallback=state"
        );
        let one = Asking::of(&[(code("833"), 4)]);
        assert_eq!(one.address("/orders"), "/orders/new?kind=toll_free&toll_free=833&toll_free_count=4");
        let any = Asking::of(&[(code("833"), 4), (code("844"), 2)]);
        assert_eq!(any.address("/orders"), "/orders/new?kind=toll_free&toll_free_count=6");
    }

    #[test]
    fn what_does_not_fit_into_one_order_is_left_for_the_next() {
        let wanted = [(code("313"), 300), (code("410"), 250), (code("443"), 9)];
        let (address, fits) = order_address("/orders", &wanted, None, 500);
        assert_eq!(
            (address.as_str(), fits),
            ("/orders/new?area_code=313&count=300&area_code=410&count=200", 500)
        );
        let many: Vec<(AreaCode, i64)> = AreaCode::all().take(60).map(|code| (code, 1)).collect();
        assert_eq!(order_address("/orders", &many, None, 500).1, 50);
    }

    #[test]
    fn toll_free_numbers_come_from_any_toll_free_code_or_from_the_one_chosen() {
        let any = Asking { kind: Kind::TollFree, toll_free_count: "5".into(), ..Asking::default() };
        let demands = any.demands(500).unwrap();
        assert_eq!((demands.len(), demands[0].asked, demands[0].stand_ins.len()), (1, 5, 6));
        assert!(demands[0].stand_ins.iter().all(|code| code.is_toll_free()));
        let one = Asking { toll_free: Some(code("888")), ..any.clone() };
        let demands = one.demands(500).unwrap();
        assert_eq!((demands[0].area_code, demands[0].stand_ins.len()), (code("888"), 0));
        for (count, says) in
            [("", "how many numbers you want."), ("x", "whole number"), ("501", "at most 500")]
        {
            let wrong = Asking { toll_free_count: count.into(), ..any.clone() };
            let errors = wrong.demands(500).unwrap_err();
            assert!(errors.of("toll_free_count").contains(says), "{errors}");
        }
    }
}
