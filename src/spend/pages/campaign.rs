//! One campaign's cost.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use askama::Template;

use super::{basis_of, known};
use crate::access::{Allowed, ManageCampaigns, SeeSpend};
use crate::kernel::AreaCode;
use crate::spend::chart::Chart;
use crate::spend::forecast::CostCard;
use crate::spend::model::CampaignSpend;
use crate::spend::sums::Part;
use crate::web::Shell;
use crate::web::format::number;

/// `/spend/campaigns/{id}`.
#[derive(Template)]
#[template(path = "spend/campaign.html")]
pub(in crate::spend) struct CampaignPage {
    shell: Shell,
    spend: String,
    name: String,
    campaign: String,
    as_of: String,
    missing: bool,
    csv: String,
    json: String,
    csv_areas: String,
    json_areas: String,
    figures: Vec<(String, String)>,
    how: String,
    chart: Option<Chart>,
    chart_text: String,
    months: Vec<Row>,
    sum: Row,
    areas: Vec<Row>,
    /// What was forecast at its start, against what it has.
    cost: Option<CostCard>,
}

struct Row {
    code: String,
    name: String,
    href: String,
    numbers: String,
    months: String,
    charged: String,
    how: String,
}

fn row(part: &Part, code: String, name: String, href: String) -> Row {
    Row {
        code,
        name,
        href,
        numbers: number(part.charges),
        months: part.sums.time.words(),
        charged: part.amount().dollars_and_cents(),
        how: basis_of(&part.sums.by_basis()),
    }
}

impl CampaignPage {
    pub(in crate::spend) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        spend: &CampaignSpend,
        cost: Option<CostCard>,
    ) -> CampaignPage {
        let (id, all) = (spend.id, spend.all());
        let file = |what: &str| by.url(&format!("/spend/campaigns/{id}/{what}"));
        let mut figures = vec![(all.amount().dollars_and_cents(), "charged in all".to_owned())];
        if let Some((month, part)) = spend.months.last() {
            figures.push((part.amount().dollars_and_cents(), format!("charged in {}", month.words())));
        }
        if spend.ahead.numbers > 0 {
            let (to_come, next) = (spend.ahead.to_come, spend.ahead.next_month);
            figures.push((to_come.dollars_and_cents(), "still to come this month, estimated".to_owned()));
            figures.push((next.dollars_and_cents(), "forecast for next month, estimated".to_owned()));
        }
        let mut areas: BTreeMap<AreaCode, Part> = BTreeMap::new();
        for (cell, part) in &spend.cells {
            *areas.entry(cell.area_code).or_default() += *part;
        }
        let mut areas: Vec<_> = areas.into_iter().collect();
        areas.sort_by_key(|(code, part)| (Reverse(part.amount()), *code));
        let numbers = |query: &str| by.url(&format!("/spend/numbers?{query}"));
        let largest = spend.months.iter().max_by_key(|(month, part)| (part.amount(), Reverse(*month)));
        CampaignPage {
            spend: by.url("/spend"),
            name: spend.name.clone(),
            campaign: match by.may::<ManageCampaigns>() {
                true => by.url(&format!("/campaigns/{id}")),
                false => String::new(),
            },
            as_of: spend.as_of.map_or(String::new(), |at| shell.times.clock(at)),
            missing: spend.missing,
            csv: file("months.csv"),
            json: file("months.json"),
            csv_areas: file("months.csv?by=area"),
            json_areas: file("months.json?by=area"),
            figures,
            how: known(&all.sums.by_basis()).unwrap_or_else(|| "Nothing was charged to it yet.".to_owned()),
            chart: Chart::campaign(spend, &numbers),
            chart_text: largest.map_or(String::new(), |(month, part)| {
                format!("The most was {} in {}.", part.amount().dollars_and_cents(), month.words())
            }),
            months: spend
                .months
                .iter()
                .rev()
                .map(|(month, part)| {
                    let href = numbers(&format!("month={month}&campaign={id}"));
                    row(part, String::new(), month.words(), href)
                })
                .collect(),
            sum: row(&all, String::new(), "All".to_owned(), String::new()),
            areas: areas
                .iter()
                .map(|(code, part)| {
                    row(part, code.to_string(), code.info().place_and_region(), String::new())
                })
                .collect(),
            cost,
            shell,
        }
    }
}
