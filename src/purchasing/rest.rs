//! What an ended order lacks, and where else it could be had.

use std::collections::BTreeMap;

use super::asking::Asking;
use super::fallback::{Fallback, Named, Stock, stand_ins, toll_free};
use super::pages::away;
use super::{Summary, store};
use crate::db::Conn;
use crate::error::AppResult;
use crate::kernel::area_code::distance_miles;
use crate::kernel::{AreaCode, Micros};

/// So many other codes are shown for each one that lacks numbers.
const SHOWN: usize = 3;
/// So many are asked about, for some will be sold out too.
const LOOKED_AT: usize = 6;
/// The most codes asked about at once.
const MOST_LOOKED_AT: usize = 60;

/// A way to the form, filled in.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) label: String,
    pub(super) href: String,
}

/// A code that could give what another lacks.
#[derive(Debug, Clone)]
pub(super) struct Near {
    pub(super) area_code: AreaCode,
    pub(super) place: String,
    pub(super) away: String,
    /// What the carrier has of it, in words, once it was asked.
    pub(super) for_sale: String,
    /// Whether that is fewer than are missing.
    pub(super) short: bool,
    pub(super) offer: Offer,
}

/// A code that lacks numbers.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    pub(super) area_code: AreaCode,
    pub(super) place: String,
    pub(super) count: i64,
    pub(super) again: Offer,
    near: Vec<Near>,
    /// Those that have nothing left either.
    pub(super) dry: Vec<AreaCode>,
}

impl Missing {
    /// The codes to be shown.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Near> {
        self.near.iter().take(SHOWN)
    }
    pub(super) fn dry_words(&self) -> String {
        let codes: Vec<String> = self.dry.iter().map(AreaCode::to_string).collect();
        codes.join(", ")
    }
}

/// What an ended order lacks.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    /// All of it once more.
    pub(super) all: Offer,
    /// All of it, from near codes where the wanted ones are sold out.
    pub(super) nearby: Option<Offer>,
    pub(super) missing: Vec<Missing>,
    /// Whether the carrier was asked what is for sale.
    pub(super) looked: bool,
    /// Whether it did not answer.
    pub(super) unanswered: bool,
}

impl Rest {
    /// Of an ended order; nothing when it lacks nothing, or when all it lacks was ordered again.
    pub(super) fn read(
        conn: &mut Conn,
        summary: &Summary,
        again: &[Summary],
        named: &[Named],
        orders: &str,
    ) -> AppResult<Option<Rest>> {
        let missing = missing(summary, again);
        if missing.is_empty() {
            return Ok(None);
        }
        let quoted = store::quoted(conn, summary.order.id)?;
        let cost: Micros =
            missing.iter().map(|(code, count)| quoted.get(code).copied().unwrap_or_default() * *count).sum();
        let order = &summary.order;
        let any = !named.is_empty();
        let ask = |wanted: &[(AreaCode, i64)], fallback: Fallback| {
            let asking = Asking {
                fallback,
                continues: Some(order.id),
                campaign: order.campaign_id,
                into: order.messaging_service_id,
                reserve: order.reserves,
                ..Asking::of(wanted)
            };
            // Any toll-free code would do before, so it does now.
            Asking { toll_free: asking.toll_free.filter(|_| !any), ..asking }.address(orders)
        };
        let total: i64 = missing.iter().map(|(_, count)| count).sum();
        let label = match missing.as_slice() {
            [(code, _)] if !code.is_toll_free() => {
                format!("Buy the remaining {total} in {code} · {}", cost.dollars_and_cents())
            }
            _ => format!("Buy the remaining {total} · {}", cost.dollars_and_cents()),
        };
        let local = missing.iter().all(|(code, _)| !code.is_toll_free());
        let wider = match order.fallback {
            Fallback::Nowhere | Fallback::Overlay => Some(Fallback::State),
            Fallback::State => Some(Fallback::Anywhere),
            Fallback::Anywhere => None,
        };
        let row = |&(area_code, count): &(AreaCode, i64)| {
            let tried =
                |code: &AreaCode| named.iter().any(|one| one.wanted == area_code && one.area_code == *code);
            let near = |code: AreaCode| Near {
                area_code: code,
                place: code.info().place_and_region(),
                away: away(area_code, code),
                for_sale: String::new(),
                short: false,
                offer: Offer {
                    label: format!("Try {code} instead"),
                    href: ask(&[(code, count)], Fallback::Nowhere),
                },
            };
            Missing {
                area_code,
                place: area_code.info().place_and_region(),
                count,
                again: Offer {
                    label: format!("Try {area_code} again"),
                    href: ask(&[(area_code, count)], order.fallback),
                },
                near: elsewhere(area_code)
                    .into_iter()
                    .filter(|code| !tried(code))
                    .take(LOOKED_AT)
                    .map(near)
                    .collect(),
                dry: Vec::new(),
            }
        };
        Ok(Some(Rest {
            all: Offer { label, href: ask(&missing, order.fallback) },
            nearby: wider.filter(|_| local).map(|fallback| Offer {
                label: "Fill up from nearby area codes".to_owned(),
                href: ask(&missing, fallback),
            }),
            missing: missing.iter().map(row).collect(),
            looked: false,
            unanswered: false,
        }))
    }

    /// The codes to ask the carrier about.
    pub(super) fn codes(&self) -> Vec<AreaCode> {
        let mut codes: Vec<AreaCode> = Vec::new();
        for missing in &self.missing {
            let own = std::iter::once(missing.area_code);
            codes.extend(own.chain(missing.near.iter().map(|near| near.area_code)));
        }
        codes.sort_unstable();
        codes.dedup();
        codes.truncate(MOST_LOOKED_AT);
        codes
    }

    /// With what the carrier has: codes without numbers are left out.
    pub(super) fn look(&mut self, stock: &BTreeMap<AreaCode, Stock>) {
        self.looked = true;
        for missing in &mut self.missing {
            if let Some(stock) = stock.get(&missing.area_code).filter(|stock| stock.is_some()) {
                missing.again.label =
                    format!("Try {} again · {}", missing.area_code, for_sale(*stock, missing.count).0);
            }
            for near in &mut missing.near {
                match stock.get(&near.area_code) {
                    Some(stock) if stock.is_some() => {
                        (near.for_sale, near.short) = for_sale(*stock, missing.count);
                    }
                    Some(_) => missing.dry.push(near.area_code),
                    None => {}
                }
            }
            missing.near.retain(|near| !missing.dry.contains(&near.area_code));
        }
    }
}

/// What is for sale, of how many wanted, and whether that is too few.
fn for_sale(stock: Stock, wanted: i64) -> (String, bool) {
    match stock {
        Stock::Only(count) if count < wanted => (format!("{count} of {wanted} for sale"), true),
        Stock::AtLeast(count) if count < wanted => (format!("at least {count} for sale"), false),
        _ => (format!("{wanted} of {wanted} for sale"), false),
    }
}

/// Where else to look, best first.
fn elsewhere(code: AreaCode) -> Vec<AreaCode> {
    if code.is_toll_free() {
        return toll_free().into_iter().filter(|other| *other != code).collect();
    }
    stand_ins(code, Fallback::Anywhere)
}

/// What was not bought, by area code, less what the orders that continue it ordered. What they ordered in another
/// code counts for the nearest one that lacks numbers.
fn missing(summary: &Summary, again: &[Summary]) -> Vec<(AreaCode, i64)> {
    let mut missing: Vec<(AreaCode, i64)> = summary
        .areas
        .iter()
        .filter(|area| area.lines.not_bought > 0)
        .map(|area| (area.area_code, area.lines.not_bought))
        .collect();
    let ordered: Vec<(AreaCode, i64)> = again
        .iter()
        .flat_map(|order| order.areas.iter().map(|area| (area.area_code, area.lines.wanted())))
        .collect();
    reorder(&mut missing, &ordered);
    missing
}

fn reorder(missing: &mut Vec<(AreaCode, i64)>, ordered: &[(AreaCode, i64)]) {
    let mut elsewhere = Vec::new();
    for &(code, mut count) in ordered {
        if let Some((_, lacks)) = missing.iter_mut().find(|(lacking, _)| *lacking == code) {
            let less = count.min(*lacks);
            (*lacks, count) = (*lacks - less, count - less);
        }
        elsewhere.push((code, count));
    }
    for (code, mut count) in elsewhere {
        let far = |lacking: AreaCode| distance_miles(lacking, code).unwrap_or(f64::MAX);
        missing.sort_by(|(a, _), (b, _)| far(*a).total_cmp(&far(*b)));
        let alike = |lacking: &AreaCode| lacking.is_toll_free() == code.is_toll_free();
        for (_, lacks) in missing.iter_mut().filter(|(lacking, _)| alike(lacking)) {
            let less = count.min(*lacks);
            (*lacks, count) = (*lacks - less, count - less);
        }
    }
    missing.retain(|(_, lacks)| *lacks > 0);
    missing.sort_by_key(|(code, lacks)| (-lacks, *code));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> AreaCode {
        AreaCode::parse(text).unwrap()
    }

    #[test]
    fn what_was_ordered_again_is_not_missing() {
        let left = |missing: &[(&str, i64)], ordered: &[(&str, i64)]| {
            let of = |list: &[(&str, i64)]| list.iter().map(|(text, n)| (code(text), *n)).collect::<Vec<_>>();
            let mut missing = of(missing);
            reorder(&mut missing, &of(ordered));
            missing.into_iter().map(|(code, count)| (code.to_string(), count)).collect::<Vec<_>>()
        };
        let is = |code: &str, count| (code.to_owned(), count);
        assert_eq!(left(&[("410", 7), ("313", 3)], &[]), [is("410", 7), is("313", 3)]);
        assert_eq!(left(&[("410", 7), ("313", 3)], &[("410", 7)]), [is("313", 3)]);
        // 443 overlays 410; 248 is beside 313.
        assert_eq!(left(&[("410", 7), ("313", 3)], &[("443", 7)]), [is("313", 3)]);
        assert_eq!(left(&[("410", 7), ("313", 3)], &[("248", 2)]), [is("410", 7), is("313", 1)]);
        assert_eq!(left(&[("410", 7), ("313", 3)], &[("443", 9)]), [is("313", 1)]);
        assert!(left(&[("410", 7), ("313", 3)], &[("410", 4), ("443", 3), ("313", 3)]).is_empty());
        assert_eq!(left(&[("833", 4)], &[("410", 4)]), [is("833", 4)]);
    }

    #[test]
    fn what_is_for_sale_is_said_against_what_is_missing() {
        assert_eq!(for_sale(Stock::Only(3), 7), ("3 of 7 for sale".to_owned(), true));
        assert_eq!(for_sale(Stock::AtLeast(30), 7).0, "7 of 7 for sale");
        assert_eq!(for_sale(Stock::AtLeast(30), 40), ("at least 30 for sale".to_owned(), false));
    }
}
