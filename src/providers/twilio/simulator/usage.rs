//! What an account was charged, from the world's bill. As at Twilio the categories overlap: `phonenumbers` contains its
//! kinds, `totalprice` everything; what was not used is 0. What else an account used is
//! said through the control endpoint.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Map, Value, json};

use crate::kernel::Micros;
use crate::providers::Account;
use crate::providers::usage::contains;

use super::call::Call;
use super::keys::day;
use super::paging::Page;
use super::refusal::{Answered, Refusal};

/// The categories: name, description, what is counted.
const CATEGORIES: &[(&str, &str, &str)] = &[
    ("a2p-registration-fees", "A2P Registration Fees", "registrations"),
    ("calls", "Voice Minutes", "calls"),
    ("lookups", "Lookups", "lookups"),
    ("mms", "MMS", "messages"),
    ("mms-messages-carrierfees", "MMS Carrier Fees", "messages"),
    ("phonenumbers", "Phone Numbers", "numbers"),
    ("phonenumbers-local", "Local Phone Numbers", "numbers"),
    ("phonenumbers-mobile", "Mobile Phone Numbers", "numbers"),
    ("phonenumbers-setups", "Phone Number Setups", "numbers"),
    ("phonenumbers-tollfree", "Toll-Free Phone Numbers", "numbers"),
    ("shortcodes", "Short Codes", "shortcodes"),
    ("sms", "SMS", "messages"),
    ("sms-inbound", "Inbound SMS", "messages"),
    ("sms-messages-carrierfees", "SMS Carrier Fees", "messages"),
    ("sms-outbound", "Outbound SMS", "messages"),
    ("totalprice", "Total Price", ""),
];

type Range = (NaiveDate, NaiveDate);
/// What was charged: how many times, and how much.
type Sum = (i64, Micros);

/// The records of a period: all of it, or day by day, month by month, year by year, the latest first.
pub fn records(call: &Call) -> Answered {
    let page = Page::of(call)?;
    let today = call.now().date();
    let include = call.query("IncludeSubaccounts") != Some("false");
    let charged = charged(call, include, today)?;
    let first = charged.keys().next().map_or(today, |(day, _)| *day).min(call.owner.created_at.date());
    let said = |name, usual| call.query(name).and_then(|text| day(text, today)).unwrap_or(usual);
    let asked = (said("StartDate", first), said("EndDate", today));
    let periods =
        periods(call.value(0), first, today).ok_or_else(|| Refusal::nothing_at(&call.request.path))?;
    let mut records = Vec::new();
    for (from, to) in periods {
        let range = (from.max(asked.0), to.min(asked.1));
        if range.0 <= range.1 {
            records.push(range);
        }
    }
    let wanted = call.query("Category");
    let all: Vec<(Range, usize)> = records
        .iter()
        .flat_map(|range| (0..CATEGORIES.len()).map(|place| (*range, place)))
        .filter(|(_, place)| wanted.is_none_or(|wanted| CATEGORIES[*place].0 == wanted))
        .collect();
    let (some, next) = page.cut(&all);
    let items =
        some.iter().map(|(range, place)| record(call, *range, CATEGORIES[*place], &charged)).collect();
    Ok((200, page.v2010(call, "usage_records", items, next)))
}

/// What was charged, by day and category.
fn charged(
    call: &Call,
    include: bool,
    today: NaiveDate,
) -> Result<BTreeMap<(NaiveDate, String), Sum>, Refusal> {
    let mut accounts = vec![call.owner.sid.clone()];
    if include {
        let all = super::state::held(&call.sim.accounts);
        let own = all.all().filter(|one| one.owner.as_deref() == Some(&call.owner.sid));
        accounts.extend(own.map(|account| account.sid.clone()));
    }
    let mut sums: BTreeMap<(NaiveDate, String), Sum> = BTreeMap::new();
    for sid in accounts {
        for usage in call.sim.world.usage(&Account::new(sid), NaiveDate::MIN, today)? {
            let sum = sums.entry((usage.day, usage.category)).or_default();
            *sum = (sum.0 + usage.count, sum.1 + usage.amount);
        }
    }
    Ok(sums)
}

/// What all of it cost.
pub fn total(call: &Call) -> Result<Micros, Refusal> {
    let charged = charged(call, true, call.now().date())?;
    Ok(charged.values().map(|(_, amount)| *amount).sum())
}

/// The periods of a name; `None` when there is none of that name. Empty is the whole time.
fn periods(name: &str, first: NaiveDate, today: NaiveDate) -> Option<Vec<Range>> {
    let month = |day: NaiveDate| day.with_day(1).unwrap_or(day);
    let before = |day: NaiveDate| day.checked_sub_days(Days::new(1)).unwrap_or(day);
    let year = |day: NaiveDate| day.with_ordinal(1).unwrap_or(day);
    let back_to_first = |start: &dyn Fn(NaiveDate) -> NaiveDate| {
        let latest = (start(today), today);
        std::iter::successors(Some(latest), |(from, _)| {
            let to = before(*from);
            (to >= first).then(|| (start(to), to))
        })
        .collect()
    };
    Some(match name {
        "" | "AllTime" => vec![(first, today)],
        "Daily" => back_to_first(&|day| day),
        "Monthly" => back_to_first(&month),
        "Yearly" => back_to_first(&year),
        "Today" => vec![(today, today)],
        "Yesterday" => vec![(before(today), before(today))],
        "ThisMonth" => vec![(month(today), today)],
        "LastMonth" => vec![(month(before(month(today))), before(month(today)))],
        _ => return None,
    })
}

fn record(
    call: &Call,
    (from, to): Range,
    (category, description, unit): (&str, &str, &str),
    charged: &BTreeMap<(NaiveDate, String), Sum>,
) -> Value {
    let within = charged.range((from, String::new())..).take_while(|((day, _), _)| *day <= to);
    let (count, price) = within
        .filter(|((_, leaf), _)| contains(category, leaf))
        .fold((0, Micros::ZERO), |sum: Sum, (_, one)| (sum.0 + one.0, sum.1 + one.1));
    let price = decimal(price);
    let of_records = |rest: &str| call.path(&format!("/Usage/Records{rest}.json?Category={category}"));
    let names = [
        ("all_time", "/AllTime"),
        ("daily", "/Daily"),
        ("last_month", "/LastMonth"),
        ("monthly", "/Monthly"),
        ("this_month", "/ThisMonth"),
        ("today", "/Today"),
        ("yearly", "/Yearly"),
        ("yesterday", "/Yesterday"),
    ];
    let subresources: Map<String, Value> =
        names.iter().map(|(key, rest)| ((*key).to_owned(), of_records(rest).into())).collect();
    let is_total = category == "totalprice";
    json!({
        "account_sid": call.owner.sid,
        "api_version": "2010-04-01",
        "as_of": call.now().format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        "category": category,
        "description": description,
        "count": (!is_total).then(|| count.to_string()),
        "count_unit": unit,
        "usage": if is_total { price.clone() } else { count.to_string() },
        "usage_unit": if is_total { "usd" } else { unit },
        "price": price,
        "price_unit": "usd",
        "start_date": from,
        "end_date": to,
        "subresource_uris": subresources,
        "uri": format!("{}&StartDate={from}&EndDate={to}", of_records("")),
    })
}

/// An amount as Twilio writes it: `1.15`, `-0.0083`.
pub fn decimal(amount: Micros) -> String {
    let (sign, micros) = (if amount.get() < 0 { "-" } else { "" }, amount.get().unsigned_abs());
    let fraction = format!("{:06}", micros % 1_000_000);
    let shown = fraction.trim_end_matches('0');
    format!("{sign}{}.{shown:0<2}", micros / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_decimal() {
        let written = [1_150_000, -8_300, 0, 12_000_000, 500_000].map(|micros| decimal(Micros::new(micros)));
        assert_eq!(written, ["1.15", "-0.0083", "0.00", "12.00", "0.50"]);
    }

    #[test]
    fn periods_meet_without_gaps_back_to_the_first_day() {
        let (first, today) = ("2025-12-30".parse().unwrap(), "2026-03-02".parse().unwrap());
        for (name, count) in [("", 1), ("Daily", 63), ("Monthly", 4), ("Yearly", 2), ("LastMonth", 1)] {
            let periods = periods(name, first, today).unwrap();
            assert_eq!(periods.len(), count, "{name}");
            for two in periods.windows(2) {
                assert_eq!(two[0].0.pred_opt(), Some(two[1].1), "{name}");
            }
        }
        assert_eq!(periods("LastMonth", first, today).unwrap()[0].1.to_string(), "2026-02-28");
        assert!(periods("Weekly", first, today).is_none());
    }
}
