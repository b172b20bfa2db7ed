//! Charges of a month or of some days.

use askama::Template;

use super::{basis_words, holder, holders, period, when};
use crate::access::{Allowed, SeeSpend};
use crate::kernel::ids::ChargeId;
use crate::kernel::text_enum::TextEnum;
use crate::spend::attribution::Holder;
use crate::spend::export::{kind_name, state_name};
use crate::spend::model::{Slice, Span, Split, Splits};
use crate::web::Shell;
use crate::web::format::{phone, plural};

/// `/spend/numbers`: charges, or a slice of them.
#[derive(Template)]
#[template(path = "spend/charges.html")]
pub(in crate::spend) struct ChargesPage {
    shell: Shell,
    spend: String,
    when: String,
    title: String,
    /// What the part's column is about; empty when all of each charge is meant.
    part: String,
    campaign: String,
    csv: String,
    json: String,
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

/// What is asked for: charges of which time, and which of them.
pub(in crate::spend) struct Asked {
    pub span: Span,
    pub slice: Slice,
    /// The name of what the slice is about, where only a table knows it: a campaign's, a carrier's.
    pub name: Option<String>,
    /// Whether this is not the first page.
    pub further: bool,
}

impl Asked {
    /// Title, and what stands for the slice in addresses.
    fn words(&self) -> (String, String) {
        let name = || self.name.clone().unwrap_or_default();
        match &self.slice {
            Slice::All => ("All charges".to_owned(), String::new()),
            Slice::Holder(one) => {
                let title = match one {
                    Holder::Campaign(_) => name(),
                    one => holder(&Default::default(), *one),
                };
                (title, format!("&campaign={}", one.text()))
            }
            Slice::Area(code) => {
                (format!("{code} {}", code.info().place_and_region()), format!("&area={code}"))
            }
            Slice::State(region) => {
                let letters = if region.is_empty() { "toll-free" } else { region };
                (state_name(region).to_owned(), format!("&state={letters}"))
            }
            Slice::Provider(key) => (name(), format!("&provider={key}")),
            Slice::Kind(kind) => {
                (format!("{} numbers", kind_name(*kind)), format!("&kind={}", kind.as_str()))
            }
        }
    }
}

impl ChargesPage {
    pub(in crate::spend) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        asked: &Asked,
        splits: Splits,
    ) -> ChargesPage {
        let (title, filter) = asked.words();
        let (span, of) = (asked.span, asked.slice.holder());
        let query = format!("{}{filter}", span.query());
        let here = by.url(&format!("/spend/numbers?{query}"));
        let is_part = of.is_some() || matches!(span, Span::Days { .. });
        let row = |split: &Split| ChargeRow {
            phone: phone(&split.phone_number),
            href: by.url(&format!("/spend/numbers/{}", split.charge.number_id)),
            area: split.phone_number.area_code().map_or(String::new(), |code| code.info().place_and_region()),
            period: period(split.charge.period_start, split.charge.period_end),
            amount: split.charge.amount.dollars(),
            basis: basis_words(split.charge.basis),
            part: match is_part {
                true => split.worth(span, of).amount.dollars_and_cents(),
                false => String::new(),
            },
            holders: holders(&splits.names, split),
        };
        let after = |id: ChargeId| format!("{here}&after={id}");
        ChargesPage {
            spend: by.url(&format!("/spend?{}", span.query())),
            when: when(span),
            part: match (is_part, of) {
                (false, _) => String::new(),
                (true, Some(_)) => title.clone(),
                (true, None) => "These days".to_owned(),
            },
            title,
            campaign: match of {
                Some(Holder::Campaign(id)) => by.url(&format!("/spend/campaigns/{id}")),
                _ => String::new(),
            },
            csv: by.url(&format!("/spend/numbers.csv?{query}")),
            json: by.url(&format!("/spend/numbers.json?{query}")),
            rows: splits.rows.iter().map(row).collect(),
            shown: match (asked.further, splits.next.is_some(), splits.rows.len() as u64) {
                (false, false, all) => plural(all, "charge", "charges"),
                (false, true, first) => format!("The first {}", plural(first, "charge", "charges")),
                (true, true, next) => format!("{} further", plural(next, "charge", "charges")),
                (true, false, last) => format!("The last {}", plural(last, "charge", "charges")),
            },
            next: splits.next.map(after).unwrap_or_default(),
            first: if asked.further { here } else { String::new() },
            shell,
        }
    }
}
