//! `numberbank plan`: what a strategy chooses for needs and supply from files, so that anyone can check it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::load::Picker;
use super::model::{ByCode, Needs, Rules, Stock, Supply};
use super::places::{self, Places};
use super::strategies;
use crate::kernel::AreaCode;

/// Contacts of an area code.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Need {
    area_code: String,
    count: i64,
}

/// Numbers of an area code.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Available {
    area_code: String,
    available_count: i64,
}

/// How it is planned.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Contacts per number.
    pub contacts_per_number: i64,
    /// The most numbers; `None`: a messaging service's usual 400 is not asked for.
    pub room: Option<i64>,
    /// Who picks the number for a contact.
    pub picker: Picker,
    /// The strategy's key.
    pub strategy: String,
    /// Area codes and states that must be used, as people write them.
    pub must: String,
    /// Those that must not be used.
    pub must_not: String,
    /// The only ones that may be used; when empty, all.
    pub only: String,
}

impl Asked {
    /// A plan without rules about places.
    pub fn new(contacts_per_number: i64, picker: Picker, strategy: &str) -> Asked {
        let none = String::new;
        Asked {
            contacts_per_number,
            room: None,
            picker,
            strategy: strategy.to_owned(),
            must: none(),
            must_not: none(),
            only: none(),
        }
    }
    fn places(&self) -> Result<Places, String> {
        let read = |name: &str, text: &str| places::list(text).map_err(|words| format!("{name}: {words}"));
        let places = Places {
            must: read("must", &self.must)?,
            must_not: read("must-not", &self.must_not)?,
            only: read("only", &self.only)?,
        };
        match places.contradiction() {
            Some((field, words)) => Err(format!("{}: {words}", field.replace('_', "-"))),
            None => Ok(places),
        }
    }
}

/// The plan, as it is printed.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// How many numbers of each area code, in ascending order.
    pub allocation: Vec<Allocated>,
    /// How many numbers there are.
    pub numbers: i64,
    /// How many the contacts want, within the room.
    pub wanted: i64,
    /// How many contacts there are.
    pub contacts: i64,
    /// The share of contacts texted from their own area code; with geomatch from it or an overlay of it. 0 to 1.
    pub matched_share: f64,
    /// The share texted from their own area code. 0 to 1.
    pub own_share: f64,
    /// With geomatch: the most that `matched_share` could be with no number hotter than this plan's. 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched_bound: Option<f64>,
    /// How many contacts the hottest number would text.
    pub hottest: f64,
    /// In which area code it is.
    pub hottest_area_code: Option<String>,
    /// Who picks: `numberbank` or `twilio`.
    pub picker: &'static str,
    /// The strategy's key.
    pub strategy: &'static str,
    /// Why each area code has what it has.
    pub reasons: BTreeMap<String, String>,
    /// Area codes and states that must be used and of which there is no number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unkept: Vec<String>,
}

/// Numbers of an area code in a plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Allocated {
    /// The area code.
    pub area_code: String,
    /// How many.
    pub count: i64,
}

fn counts(rows: impl Iterator<Item = (String, i64)>, what: &str) -> Result<ByCode, String> {
    let mut all = ByCode::new();
    for (text, count) in rows {
        let code = AreaCode::parse(&text).map_err(|error| format!("{what}: {text}: {error}"))?;
        if count < 0 {
            return Err(format!("{what}: {text} has {count}; counts begin at 0"));
        }
        *all.entry(code).or_default() += count;
    }
    Ok(all)
}

/// Plans. `needs` is `[{"areaCode","count"}]`, `supply` is `[{"areaCode","state","availableCount"}]`, both JSON.
///
/// # Errors
/// In words, when a file is not that, names an unknown area code or strategy, or a count is negative.
pub fn plan(needs: &str, supply: &str, asked: &Asked) -> Result<Answer, String> {
    let needs: Vec<Need> = serde_json::from_str(needs).map_err(|error| format!("needs: {error}"))?;
    let supply: Vec<Available> = serde_json::from_str(supply).map_err(|error| format!("supply: {error}"))?;
    let needs = counts(needs.into_iter().map(|row| (row.area_code, row.count)), "needs")?;
    let supply = counts(supply.into_iter().map(|row| (row.area_code, row.available_count)), "supply")?;
    let stock = |(code, count)| (code, Stock { usable: count, owned: count });
    let supply =
        Supply::new(supply.into_iter().filter(|(code, _)| !code.is_toll_free()).map(stock).collect());
    let Some(strategy) = strategies::known(&asked.strategy) else {
        let known: Vec<&str> = strategies::ALL.iter().map(|one| one.key()).collect();
        return Err(format!("there is no strategy {}; there are: {}", asked.strategy, known.join(", ")));
    };
    if asked.contacts_per_number < 1 {
        return Err("a number texts one contact or more".into());
    }
    let needs = Needs::new(&needs, asked.contacts_per_number);
    let rules = Rules { places: asked.places()?, ..Rules::new(asked.picker, asked.room.unwrap_or(i64::MAX)) };
    let plan = strategies::plan(strategy, &needs, &supply, &rules);
    let unkept = rules.places.missing(|there| plan.numbers.keys().any(|&code| there(code)));
    let (forecast, contacts) = (&plan.forecast, needs.total());
    let own = forecast.own;
    let (picker, matched) = match asked.picker {
        Picker::Twilio => ("twilio", own + forecast.overlay),
        Picker::Numberbank => ("numberbank", own),
    };
    #[allow(clippy::cast_precision_loss)] // far below 2^53
    let share = |part: f64| if contacts == 0 { 0.0 } else { part / contacts as f64 };
    let hottest = forecast.loads.values().copied().fold(0.0, f64::max);
    Ok(Answer {
        numbers: plan.total(),
        wanted: plan.wanted,
        contacts,
        matched_share: share(matched),
        own_share: share(own),
        matched_bound: matches!(asked.picker, Picker::Twilio)
            .then(|| strategies::best::bound(&needs, &rules.allowed(&supply), plan.wanted, hottest)),
        hottest,
        hottest_area_code: forecast.hottest().map(|(code, _)| code.to_string()),
        picker,
        strategy: strategy.key(),
        unkept: unkept.iter().map(|place| place.key().to_owned()).collect(),
        reasons: plan.reasons.iter().map(|(code, why)| (code.to_string(), why.words())).collect(),
        allocation: plan
            .numbers
            .iter()
            .map(|(code, &count)| Allocated { area_code: code.to_string(), count })
            .collect(),
    })
}
