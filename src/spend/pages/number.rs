//! One number's charges.

use askama::Template;
use chrono::NaiveDate;

use super::{basis_words, days, holder, period};
use crate::access::{Allowed, SeeSpend};
use crate::kernel::money::group_thousands;
use crate::spend::attribution::{Holder, Stretch};
use crate::spend::model::{NumberSpend, Split};
use crate::web::Shell;
use crate::web::format::phone;

/// `/spend/numbers/{id}`.
#[derive(Template)]
#[template(path = "spend/number.html")]
pub(in crate::spend) struct NumberPage {
    shell: Shell,
    spend: String,
    phone: String,
    area: String,
    place: String,
    inventory: String,
    csv: String,
    json: String,
    charged: String,
    idle: String,
    price: String,
    renewal: String,
    strip: Vec<Segment>,
    strip_label: String,
    reserved: bool,
    rested: bool,
    charges: Vec<ChargeBlock>,
}

struct Segment {
    x: i64,
    width: i64,
    kind: &'static str,
    title: String,
}

struct ChargeBlock {
    period: String,
    amount: String,
    basis: &'static str,
    /// Days of it are still to come.
    runs: bool,
    parts: Vec<Part>,
}

struct Part {
    holder: String,
    /// The campaign over time; empty when it is nobody's.
    href: String,
    period: String,
    days: String,
    amount: String,
}

fn strip(spend: &NumberSpend) -> Vec<Segment> {
    let starts = spend.charges.iter().map(|split| split.charge.period_start).min();
    let ends = spend.charges.iter().map(|split| split.charge.period_end).max();
    let (Some(start), Some(end)) = (starts, ends) else { return Vec::new() };
    let whole = (end - start).num_days().max(1);
    let place = |day: NaiveDate| (day - start).num_days() * 1000 / whole;
    let mut stretches: Vec<Stretch> = Vec::new();
    for stretch in spend.charges.iter().rev().flat_map(|split| &split.stretches) {
        match stretches.last_mut() {
            Some(last) if last.holder == stretch.holder && last.until == stretch.from => {
                last.until = stretch.until;
            }
            _ => stretches.push(*stretch),
        }
    }
    stretches
        .iter()
        .map(|stretch| Segment {
            x: place(stretch.from),
            width: place(stretch.until) - place(stretch.from),
            kind: match stretch.holder {
                Holder::Campaign(_) => "in_use",
                Holder::Reserved => "reserved",
                Holder::Resting => "resting",
                Holder::Idle => "idle",
            },
            title: format!(
                "{}, {}",
                holder(&spend.names, stretch.holder),
                period(stretch.from, stretch.until)
            ),
        })
        .collect()
}

impl NumberPage {
    pub(in crate::spend) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        spend: &NumberSpend,
        today: NaiveDate,
        sees_numbers: bool,
    ) -> NumberPage {
        let owned = &spend.number;
        let is_ours = owned.released_at.is_none() && owned.facts.lost_at.is_none();
        let block = |split: &Split| ChargeBlock {
            period: period(split.charge.period_start, split.charge.period_end),
            amount: split.charge.amount.dollars(),
            basis: basis_words(split.charge.basis),
            runs: split.charge.period_end > today,
            parts: split
                .stretches
                .iter()
                .map(|stretch| Part {
                    holder: holder(&spend.names, stretch.holder),
                    href: stretch
                        .holder
                        .campaign()
                        .map_or(String::new(), |id| by.url(&format!("/spend/campaigns/{id}"))),
                    period: period(stretch.from, stretch.until),
                    days: group_thousands(days(stretch)),
                    amount: stretch.worth.amount.dollars(),
                })
                .collect(),
        };
        let was = |holder: Holder| {
            spend.charges.iter().flat_map(|split| &split.stretches).any(|stretch| stretch.holder == holder)
        };
        NumberPage {
            spend: by.url("/spend"),
            csv: by.url(&format!("/spend/numbers/{}/charges.csv", owned.id)),
            json: by.url(&format!("/spend/numbers/{}/charges.json", owned.id)),
            reserved: was(Holder::Reserved),
            rested: was(Holder::Resting),
            phone: phone(&owned.phone_number),
            area: owned.area_code.to_string(),
            place: owned.area_code.info().place_and_region(),
            inventory: if sees_numbers {
                by.url(&format!("/phone-numbers/{}", owned.id))
            } else {
                String::new()
            },
            charged: spend.charged().dollars_and_cents(),
            idle: spend.idle().dollars_and_cents(),
            price: if is_ours { owned.monthly_price.dollars() } else { String::new() },
            renewal: match (is_ours, owned.released_at) {
                (true, _) => format!("next charge on {}", shell.times.day(owned.renews_on)),
                (false, Some(at)) => format!("released on {}", shell.times.day(at.date())),
                (false, None) => "no longer charged: the carrier does not have it any more".to_owned(),
            },
            strip: strip(spend),
            strip_label: format!("Who had {} in use, from its first charge", phone(&owned.phone_number)),
            charges: spend.charges.iter().map(block).collect(),
            shell,
        }
    }
}
