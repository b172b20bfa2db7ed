//! The charges of a month.

use askama::Template;

use super::{basis_words, holders, period};
use crate::access::{Allowed, ManageCampaigns, SeeSpend};
use crate::kernel::ids::ChargeId;
use crate::spend::model::{Slice, Split, Splits};
use crate::spend::month::Month;
use crate::web::Shell;
use crate::web::format::{phone, plural};

/// `/spend/numbers`: the charges of a month, or a slice of them.
#[derive(Template)]
#[template(path = "spend/charges.html")]
pub(in crate::spend) struct ChargesPage {
    shell: Shell,
    spend: String,
    month: String,
    title: String,
    /// What the part's column is about; empty when all of each charge is meant.
    part: String,
    campaign: String,
    rows: Vec<ChargeRow>,
    shown: String,
    first: String,
    next: String,
}

struct ChargeRow {
    phone: String,
    href: String,
    area: String,
    period: String,
    amount: String,
    basis: &'static str,
    part: String,
    holders: String,
}

impl ChargesPage {
    pub(in crate::spend) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        month: Month,
        slice: Slice,
        campaign: Option<String>,
        further: bool,
        splits: Splits,
    ) -> ChargesPage {
        let (title, part, filter) = match slice {
            Slice::All => ("All charges".to_owned(), String::new(), String::new()),
            Slice::Idle => ("Idle".to_owned(), "Idle".to_owned(), "&campaign=idle".to_owned()),
            Slice::Area(code) => {
                (format!("{code} {}", code.info().place_and_region()), String::new(), format!("&area={code}"))
            }
            Slice::Campaign(id) => {
                let name = campaign.unwrap_or_default();
                (name.clone(), name, format!("&campaign={id}"))
            }
        };
        let of = match slice {
            Slice::Campaign(id) => Some(Some(id)),
            Slice::Idle => Some(None),
            Slice::All | Slice::Area(_) => None,
        };
        let here = by.url(&format!("/spend/numbers?month={month}{filter}"));
        let row = |split: &Split| ChargeRow {
            phone: phone(&split.phone_number),
            href: by.url(&format!("/spend/numbers/{}", split.charge.number_id)),
            area: split.phone_number.area_code().map_or(String::new(), |code| code.info().place_and_region()),
            period: period(split.charge.period_start, split.charge.period_end),
            amount: split.charge.amount.dollars(),
            basis: basis_words(split.charge.basis),
            part: of.map_or(String::new(), |of| split.of(of).amount.dollars_and_cents()),
            holders: holders(&splits.names, split),
        };
        let after = |id: ChargeId| format!("{here}&after={id}");
        ChargesPage {
            spend: by.url(&format!("/spend?month={month}")),
            month: month.words(),
            title,
            part,
            campaign: match slice {
                Slice::Campaign(id) if by.may::<ManageCampaigns>() => by.url(&format!("/campaigns/{id}")),
                _ => String::new(),
            },
            rows: splits.rows.iter().map(row).collect(),
            shown: match (further, splits.next.is_some(), splits.rows.len() as u64) {
                (false, false, all) => plural(all, "charge", "charges"),
                (false, true, first) => format!("The first {}", plural(first, "charge", "charges")),
                (true, true, next) => format!("{} further", plural(next, "charge", "charges")),
                (true, false, last) => format!("The last {}", plural(last, "charge", "charges")),
            },
            next: splits.next.map(after).unwrap_or_default(),
            first: if further { here } else { String::new() },
            shell,
        }
    }
}
