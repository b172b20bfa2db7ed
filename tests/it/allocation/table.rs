//! The table in `src/allocation/strategies/strategies.md`, made anew: each pair of contacts and supply, for each picker, beside the bound and
//! beside what a greedy planner gets.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use numberbank::allocation::check::Answer;
use numberbank::allocation::load::forecast;
use numberbank::allocation::model::{ByCode, Forecast, Needs, Picker};
use numberbank::kernel::AreaCode;

use super::best::{CONTACTS, RATIO, SUPPLIES, needs, optimum, planned, supply};

pub fn coded(counts: &BTreeMap<String, i64>) -> ByCode {
    counts.iter().map(|(text, &count)| (AreaCode::parse(text).unwrap(), count)).collect()
}

/// What most tools do: area codes with enough numbers, the largest first; for the others any numbers of the state; at
/// last any at all. It knows no overlays. Where such a tool draws lots, this takes what comes first.
fn greedy(needs: &Needs, stock: &ByCode) -> ByCode {
    let mut free: ByCode =
        stock.iter().filter(|(code, _)| !code.is_toll_free()).map(|(&c, &n)| (c, n)).collect();
    let (mut plan, mut left) = (ByCode::new(), needs.wanted());
    let mut codes: Vec<AreaCode> = needs.contacts().keys().copied().collect();
    codes.sort_by_key(|&code| (-needs.of(code), code));
    let mut take = |free: &mut ByCode, left: &mut i64, code: AreaCode, count: i64| {
        let there = free.get_mut(&code);
        let taken = there.map_or(0, |there| {
            let taken = count.min(*there).min(*left);
            *there -= taken;
            taken
        });
        *left -= taken;
        if taken > 0 {
            *plan.entry(code).or_default() += taken;
        }
        taken
    };
    for code in codes {
        let mut wants = needs.needed(code);
        if wants > left {
            continue;
        }
        if free.get(&code).copied().unwrap_or(0) >= wants {
            take(&mut free, &mut left, code, wants);
            continue;
        }
        let state: Vec<AreaCode> =
            free.keys().copied().filter(|other| other.info().region == code.info().region).collect();
        for other in state {
            wants -= take(&mut free, &mut left, other, wants);
        }
    }
    for code in free.keys().copied().collect::<Vec<_>>() {
        take(&mut free, &mut left, code, i64::MAX);
    }
    plan
}

fn hottest(forecast: &Forecast) -> f64 {
    forecast.loads.values().copied().fold(0.0, f64::max)
}

fn row(contacts: &str, stock: &str, picker: Picker) -> (String, Answer) {
    let (needs, owned) = (needs(contacts), supply(stock));
    let answer = planned(contacts, stock, picker, "best");
    let by_code = Needs::new(&coded(&needs), RATIO);
    let other = forecast(picker, &by_code, &greedy(&by_code, &coded(&owned)));
    let total = by_code.total() as f64;
    let (name, bound, matched) = match picker {
        Picker::Numberbank => {
            ("`numberbank`", optimum(&needs, &owned, answer.wanted) as f64 / total, other.own)
        }
        Picker::Twilio => ("`twilio`", answer.matched_bound.unwrap(), other.own + other.overlay),
    };
    let line = format!(
        "| {contacts} | {stock} | {name} | {} of {} | {:.0} | {:.3} | {bound:.3} | {:.0} | {:.3} |",
        answer.numbers,
        answer.wanted,
        answer.hottest,
        answer.matched_share,
        hottest(&other),
        matched / total
    );
    (line, answer)
}

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->";

#[test]
fn the_table_in_the_documentation_is_what_comes_out() {
    let mut table = String::from(
        "| contacts | stock | picker | numbers | hottest | matched | bound | greedy: hottest | greedy: matched |\n\
         | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for contacts in CONTACTS {
        for stock in SUPPLIES {
            for picker in [Picker::Numberbank, Picker::Twilio] {
                writeln!(table, "{}", row(contacts, stock, picker).0).unwrap();
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/allocation/strategies/strategies.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the table begins");
    let (written, after) = rest.split_once(END).expect("the table ends");
    if written != table && std::env::var("NUMBERBANK_WRITE_TABLE").is_ok() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(written, table, "run with NUMBERBANK_WRITE_TABLE=1 to write it anew");
}
