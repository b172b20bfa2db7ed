//! Every contact of every file sent through the plans: by the practice carrier's geomatch, and by our picker as a texting
//! platform asks it. What each number texts is what was predicted for it.

use std::collections::BTreeMap;

use numberbank::allocation::load::forecast;
use numberbank::allocation::model::{ByCode, Needs, Picker};
use numberbank::kernel::{AreaCode, E164};
use numberbank::providers::fakeservice::geomatch::Geomatch;
use numberbank::senders::SenderPool;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::best::{CONTACTS, RATIO, SUPPLIES, needs, planned};
use super::table::coded;

/// Who answers for a contact.
enum Sends {
    Geomatch(Geomatch, Box<StdRng>),
    Ours(SenderPool),
}

/// A contact of an area code: no two are alike, and none looks like a number of a pool.
fn contact(code: AreaCode, n: i64) -> E164 {
    E164::parse(&format!("+1{code}{}{:04}", 600 + n / 10_000, n % 10_000)).unwrap()
}

/// Sends every contact; answers how many each number texted.
fn simulate(contacts: &ByCode, plan: &ByCode, picker: Picker, needs: &Needs) -> BTreeMap<E164, i64> {
    let number = |code: AreaCode, n: i64| E164::parse(&format!("+1{code}555{n:04}")).unwrap();
    let pool: Vec<E164> =
        plan.iter().flat_map(|(&code, &count)| (1..=count).map(move |n| number(code, n))).collect();
    let mut texted: BTreeMap<E164, i64> = pool.iter().map(|&number| (number, 0)).collect();
    let mut sends = match picker {
        Picker::Twilio => Sends::Geomatch(Geomatch::of(&pool), Box::new(StdRng::seed_from_u64(7))),
        Picker::Numberbank => Sends::Ours(SenderPool::new(pool, needs)),
    };
    for (&code, &contacts) in contacts {
        for n in 0..contacts {
            let sender = match &mut sends {
                Sends::Geomatch(pool, dice) => pool.pick(code, dice.random()).unwrap(),
                Sends::Ours(pool) => pool.choose(contact(code, n)).unwrap().number,
            };
            *texted.get_mut(&sender).unwrap() += 1;
        }
    }
    texted
}

/// Sends every contact of a file through the plan for a stock, and compares each area code and its hottest number.
fn agrees(contacts: &str, stock: &str, picker: Picker) {
    let wanted = coded(&needs(contacts));
    let answer = planned(contacts, stock, picker, "best");
    let needs = Needs::new(&wanted, RATIO);
    let plan: ByCode =
        answer.allocation.iter().map(|row| (AreaCode::parse(&row.area_code).unwrap(), row.count)).collect();
    let predicted = forecast(picker, &needs, &plan);
    let texted = simulate(&wanted, &plan, picker, &needs);
    let who = format!("{contacts}/{stock}/{picker:?}");
    assert_eq!(texted.values().sum::<i64>(), wanted.values().sum::<i64>(), "{who}: every contact is texted");
    let mut by_code: BTreeMap<AreaCode, Vec<i64>> = BTreeMap::new();
    for (number, &count) in &texted {
        by_code.entry(number.area_code().unwrap()).or_default().push(count);
    }
    assert_eq!(by_code.len(), predicted.loads.len(), "{who}");
    for (code, counts) in by_code {
        let load = predicted.loads[&code];
        let (all, expected) = (counts.iter().sum::<i64>(), load * plan[&code] as f64);
        // Four standard deviations of a sum of chances, and a little for the smallest; five for the hottest of many.
        let slack = 4.0 * expected.sqrt() + 4.0;
        assert!((all as f64 - expected).abs() <= slack, "{who} {code}: {all}, not {expected}");
        let most = counts.into_iter().max().unwrap() as f64;
        assert!(most <= load + 5.0 * load.sqrt() + 4.0, "{who} {code}: {most}, not {load}");
    }
}

#[test]
fn geomatch_loads_the_numbers_as_predicted() {
    for contacts in CONTACTS {
        SUPPLIES.iter().for_each(|stock| agrees(contacts, stock, Picker::Twilio));
    }
}

#[test]
fn our_picker_loads_the_numbers_as_predicted() {
    for contacts in CONTACTS {
        SUPPLIES.iter().for_each(|stock| agrees(contacts, stock, Picker::Numberbank));
    }
}
