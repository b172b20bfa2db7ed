//! How many contacts each number would text. Pure, and the same for every number of an area code.
//!
//! * [`Picker::Twilio`]: the messaging service's geomatch. A contact is texted from its own area code when the pool
//!   has one; else from an overlay of it, by count; else from any number of the pool, uniformly. So a number of code
//!   `c` carries `own(c)/n(c)`, its share of the contacts of overlay codes without numbers, and `rest/N`.
//! * [`Picker::Numberbank`]: the texting platform asks us. Own code first; the contacts of left-out codes fill the
//!   least loaded numbers up to the ratio, overlay before state before others; what is left over is spread evenly.

use std::collections::BTreeMap;

use super::model::{ByCode, Needs};
pub use crate::campaigns::Picker;
use crate::kernel::AreaCode;

/// What a reservation leads to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forecast {
    /// Contacts a number of this area code would text.
    pub loads: BTreeMap<AreaCode, f64>,
    /// Contacts texted from their own area code.
    pub own: f64,
    /// Contacts texted from an overlay of it.
    pub overlay: f64,
    /// Other contacts texted from their own state.
    pub state: f64,
    /// Contacts texted from elsewhere.
    pub other: f64,
}

impl Forecast {
    /// The area code with the hottest numbers, and what each of them would text, rounded up.
    pub fn hottest(&self) -> Option<(AreaCode, i64)> {
        let mut hottest: Option<(AreaCode, f64)> = None;
        for (&code, &load) in &self.loads {
            if hottest.is_none_or(|(_, most)| load > most + TINY) {
                hottest = Some((code, load));
            }
        }
        hottest.map(|(code, load)| (code, round_up(load)))
    }
    /// Contacts texted from their own area code, in percent of all, rounded down: 100 means all of them.
    pub fn own_percent(&self) -> i64 {
        let all = self.own + self.overlay + self.state + self.other;
        if all < TINY {
            return 0;
        }
        // A share of at most one, so the cast cannot overflow.
        #[allow(clippy::cast_possible_truncation)]
        let percent = (self.own * 100.0 / all + TINY).floor() as i64;
        percent
    }
}

/// Sums of quotients differ in their last digits.
const TINY: f64 = 1e-6;

/// A load as a whole number of contacts, rounded up.
pub fn round_up(load: f64) -> i64 {
    // Loads are far below 2^53.
    #[allow(clippy::cast_possible_truncation)]
    let whole = (load - TINY).ceil() as i64;
    whole.max(0)
}

#[allow(clippy::cast_precision_loss)] // far below 2^53
fn float(count: i64) -> f64 {
    count as f64
}

/// The other codes of the same geography: those that overlay it, directly or through a shared code.
pub fn overlays(code: AreaCode) -> impl Iterator<Item = AreaCode> {
    code.info().geography.iter().copied().filter(move |&other| other != code)
}

fn has(numbers: &ByCode, code: AreaCode) -> i64 {
    numbers.get(&code).copied().unwrap_or(0).max(0)
}

/// What each number would carry, if the campaign had these.
pub fn forecast(picker: Picker, needs: &Needs, numbers: &ByCode) -> Forecast {
    let numbers: ByCode =
        numbers.iter().filter(|(_, count)| **count > 0).map(|(&code, &count)| (code, count)).collect();
    if numbers.is_empty() {
        return Forecast::default();
    }
    let mut forecast =
        Forecast { loads: numbers.keys().map(|&code| (code, 0.0)).collect(), ..Forecast::default() };
    let mut left_out = Vec::new();
    for (&code, &contacts) in needs.contacts() {
        match forecast.loads.get_mut(&code) {
            Some(load) => {
                *load += float(contacts) / float(has(&numbers, code));
                forecast.own += float(contacts);
            }
            None => left_out.push((code, contacts)),
        }
    }
    match picker {
        Picker::Twilio => geomatch(&mut forecast, &numbers, &left_out),
        Picker::Numberbank => {
            fill(&mut forecast, &numbers, &left_out, float(needs.ratio()), &mut |_, _, _| {});
        }
    }
    forecast
}

/// How many of its contacts each left-out area code sends to the numbers of which others, when [`Picker::Numberbank`]
/// picks: what [`forecast`] predicts, and what `senders` does.
pub fn flows(needs: &Needs, numbers: &ByCode) -> BTreeMap<AreaCode, BTreeMap<AreaCode, f64>> {
    let numbers: ByCode =
        numbers.iter().filter(|(_, count)| **count > 0).map(|(&code, &count)| (code, count)).collect();
    let of = |code: AreaCode| float(needs.of(code)) / float(has(&numbers, code));
    let loads = numbers.keys().map(|&code| (code, of(code))).collect();
    let mut forecast = Forecast { loads, ..Forecast::default() };
    let left_out: Vec<(AreaCode, i64)> = needs
        .contacts()
        .iter()
        .filter(|(code, _)| !numbers.contains_key(code))
        .map(|(&code, &contacts)| (code, contacts))
        .collect();
    let mut flows: BTreeMap<AreaCode, BTreeMap<AreaCode, f64>> = BTreeMap::new();
    if !numbers.is_empty() {
        fill(&mut forecast, &numbers, &left_out, float(needs.ratio()), &mut |from, to, contacts| {
            *flows.entry(from).or_default().entry(to).or_default() += contacts;
        });
    }
    flows
}

/// Whether two codes are in one state or province.
pub fn same_state(a: AreaCode, b: AreaCode) -> bool {
    !a.info().region.is_empty() && a.info().region == b.info().region
}

fn geomatch(forecast: &mut Forecast, numbers: &ByCode, left_out: &[(AreaCode, i64)]) {
    let all: i64 = numbers.values().sum();
    let mut rest = 0.0;
    for &(code, contacts) in left_out {
        let group: Vec<AreaCode> = overlays(code).filter(|&other| has(numbers, other) > 0).collect();
        let in_group: i64 = group.iter().map(|&other| has(numbers, other)).sum();
        if in_group > 0 {
            for other in group {
                *forecast.loads.entry(other).or_default() += float(contacts) / float(in_group);
            }
            forecast.overlay += float(contacts);
            continue;
        }
        rest += float(contacts);
        let in_state: i64 =
            numbers.iter().filter(|(other, _)| same_state(code, **other)).map(|(_, count)| count).sum();
        let share = float(contacts) * float(in_state) / float(all);
        forecast.state += share;
        forecast.other += float(contacts) - share;
    }
    for load in forecast.loads.values_mut() {
        *load += rest / float(all);
    }
}

fn fill(
    forecast: &mut Forecast,
    numbers: &ByCode,
    left_out: &[(AreaCode, i64)],
    ratio: f64,
    flow: &mut dyn FnMut(AreaCode, AreaCode, f64),
) {
    let mut waiting: Vec<(AreaCode, f64)> =
        left_out.iter().map(|&(code, contacts)| (code, float(contacts))).collect();
    let mut pass = |waiting: &mut Vec<(AreaCode, f64)>,
                    near: &dyn Fn(AreaCode, AreaCode) -> bool,
                    most: f64| {
        let mut placed = 0.0;
        for (code, contacts) in waiting.iter_mut() {
            let near: Vec<AreaCode> = numbers.keys().copied().filter(|&other| near(*code, other)).collect();
            let from = *code;
            let poured = pour(&mut forecast.loads, numbers, &near, *contacts, most, &mut |to, some| {
                flow(from, to, some);
            });
            *contacts -= poured;
            placed += poured;
        }
        placed
    };
    let is_overlay = |code: AreaCode, other: AreaCode| overlays(code).any(|overlay| overlay == other);
    let overlay = pass(&mut waiting, &is_overlay, ratio);
    let mut state = pass(&mut waiting, &same_state, ratio);
    let mut other = pass(&mut waiting, &|_, _| true, ratio);
    // Every number is full: all share what is left.
    for (code, contacts) in waiting {
        let all: Vec<AreaCode> = numbers.keys().copied().collect();
        pour(&mut forecast.loads, numbers, &all, contacts, f64::INFINITY, &mut |to, some| {
            flow(code, to, some);
            if same_state(code, to) { state += some } else { other += some }
        });
    }
    forecast.overlay = overlay;
    forecast.state = state;
    forecast.other = other;
}

/// Fills the least loaded of these codes' numbers level, up to `most` a number. Answers how much was placed.
fn pour(
    loads: &mut BTreeMap<AreaCode, f64>,
    numbers: &ByCode,
    codes: &[AreaCode],
    contacts: f64,
    most: f64,
    flow: &mut dyn FnMut(AreaCode, f64),
) -> f64 {
    let mut sorted: Vec<(f64, AreaCode)> = codes
        .iter()
        .map(|&code| (loads.get(&code).copied().unwrap_or(0.0), code))
        .filter(|(load, _)| *load < most)
        .collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut level, mut width, mut left, mut reached) = (0.0, 0.0, contacts, 0);
    while left > TINY && reached < sorted.len() {
        // Take in everything that stands at this level, then rise to the next one.
        level = sorted[reached].0;
        while reached < sorted.len() && sorted[reached].0 <= level {
            width += float(has(numbers, sorted[reached].1));
            reached += 1;
        }
        let next = sorted.get(reached).map_or(most, |(load, _)| load.min(most));
        let rise = (next - level).min(left / width);
        level += rise;
        left -= rise * width;
    }
    for &(load, code) in &sorted[..reached] {
        if level > load {
            flow(code, (level - load) * float(has(numbers, code)));
            loads.insert(code, level);
        }
    }
    contacts - left.max(0.0)
}
