use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::allocation::load::{Picker, forecast};

fn code(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

fn number(code: &str, line: usize) -> E164 {
    E164::parse(&format!("+1{code}555{line:04}")).unwrap()
}

/// Numbers of these codes.
fn numbers(codes: &[(&str, usize)]) -> Vec<E164> {
    codes.iter().flat_map(|&(code, count)| (0..count).map(move |line| number(code, line))).collect()
}

/// People of a code: other numbers than a campaign has.
fn people(code: &str, count: usize) -> impl Iterator<Item = E164> {
    (0..count).map(move |line| {
        E164::parse(&format!("+1{code}{:03}{:04}", 200 + line / 10_000, line % 10_000)).unwrap()
    })
}

fn needs(contacts: &[(&str, i64)]) -> Needs {
    Needs::new(&contacts.iter().map(|&(text, count)| (code(text), count)).collect(), 200)
}

/// How many of these people each number texts.
fn loads(pool: &SenderPool, people: impl Iterator<Item = E164>) -> BTreeMap<E164, usize> {
    let mut loads = BTreeMap::new();
    people.for_each(|contact| *loads.entry(pool.choose(contact).unwrap().number).or_default() += 1);
    loads
}

#[test]
fn the_nearest_numbers_come_first() {
    // 248 and 947 are overlays of one place in Michigan, as 313 is; 212 is in New York.
    let pool =
        SenderPool::new(numbers(&[("248", 3), ("313", 2), ("212", 2)]), &needs(&[("248", 500), ("947", 10)]));
    let of = |text: &str| pool.choose(E164::parse(text).unwrap()).unwrap();
    let own = of("+12485550142");
    assert_eq!((own.number.area_code(), own.matched), (Ok(code("248")), Match::OwnCode));
    let overlay = of("+19475550142");
    assert_eq!((overlay.number.area_code(), overlay.matched), (Ok(code("248")), Match::Overlay));
    let without_count = of("+16795550142");
    assert_eq!((without_count.number.area_code(), without_count.matched), (Ok(code("313")), Match::Overlay));
    let state = of("+16165550142");
    assert_eq!(state.matched, Match::State);
    assert!([code("248"), code("313")].contains(&state.number.area_code().unwrap()));
    assert_eq!(of("+14155550142").matched, Match::Other);
    // Toll-free numbers have no place, neither as contacts nor as senders.
    assert_eq!(of("+18005550142").matched, Match::Other);
    let toll_free = SenderPool::new(numbers(&[("800", 2)]), &needs(&[]));
    assert_eq!(toll_free.choose(number("313", 1)).unwrap().matched, Match::Other);
    assert_eq!(SenderPool::new([], &needs(&[])).choose(number("313", 1)), None);
}

/// The largest load that is still as even as chance allows.
#[allow(clippy::cast_precision_loss)]
fn even(load: f64) -> f64 {
    load * (1.0 + 4.0 / load.sqrt())
}

#[test]
#[allow(clippy::cast_precision_loss)]
fn the_load_is_even() {
    let pool = SenderPool::new(numbers(&[("313", 250)]), &needs(&[("313", 50_000)]));
    let loads = loads(&pool, people("313", 50_000));
    assert_eq!(loads.len(), 250, "every number texts somebody");
    let most = *loads.values().max().unwrap() as f64;
    assert!(most <= even(200.0), "{most}");
    assert!(*loads.values().min().unwrap() as f64 >= 200.0 * (1.0 - 4.0 / 200f64.sqrt()));
}

#[test]
#[allow(clippy::cast_precision_loss)]
fn what_is_predicted_happens() {
    // 947 fills 248 up to the ratio; what is left of it, and 616, goes to the least loaded of the state.
    let contacts = [("248", 4_000), ("947", 3_000), ("616", 1_500), ("313", 1_000), ("212", 700)];
    let (needs, have) = (needs(&contacts), [("248", 25usize), ("313", 20), ("989", 8)]);
    let pool = SenderPool::new(numbers(&have), &needs);
    let counts: ByCode = have.iter().map(|&(text, count)| (code(text), count as i64)).collect();
    let predicted = forecast(Picker::Numberbank, &needs, &counts);
    let everybody = contacts.iter().flat_map(|&(text, count)| people(text, usize::try_from(count).unwrap()));
    let loads = loads(&pool, everybody);
    let mut by_code: BTreeMap<AreaCode, Vec<usize>> = BTreeMap::new();
    loads
        .iter()
        .for_each(|(number, load)| by_code.entry(number.area_code().unwrap()).or_default().push(*load));
    for (code, predicted) in &predicted.loads {
        let each = &by_code[code];
        let mean = each.iter().sum::<usize>() as f64 / counts[code] as f64;
        let noise = 4.0 * (predicted / counts[code] as f64).sqrt();
        assert!((mean - predicted).abs() <= noise, "{code}: {mean} a number, predicted {predicted}");
        let most = *each.iter().max().unwrap() as f64;
        assert!(most <= even(*predicted), "{code}: {most}, predicted {predicted}");
    }
}

#[test]
fn answers_never_change() {
    // Whoever was texted from a number yesterday must be today, also by another version of this program.
    let pool = SenderPool::new(
        numbers(&[("248", 40), ("313", 40), ("212", 5)]),
        &needs(&[("248", 8_000), ("616", 3_000)]),
    );
    let answers: Vec<String> =
        ["+12485550142", "+13135550143", "+16165550144", "+16165550145", "+14155550146"]
            .iter()
            .map(|text| pool.choose(E164::parse(text).unwrap()).unwrap().number.to_string())
            .collect();
    assert_eq!(answers, ANSWERS);
}

/// As computed when this was first released.
const ANSWERS: [&str; 5] = ["+12485550029", "+13135550038", "+13135550014", "+13135550009", "+12485550025"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// When a number leaves a code that has others, only the people it texted move.
    #[test]
    fn few_move_when_a_number_leaves(sizes in proptest::collection::vec(2usize..30, 3), gone in 0usize..1_000) {
        let have = numbers(&[("248", sizes[0]), ("313", sizes[1]), ("616", sizes[2])]);
        let needs = needs(&[("248", 2_000), ("313", 2_000), ("616", 2_000)]);
        let gone = have[gone % have.len()];
        let before = SenderPool::new(have.clone(), &needs);
        let after = SenderPool::new(have.into_iter().filter(|number| *number != gone), &needs);
        for contact in people("248", 300).chain(people("313", 300)).chain(people("616", 300)) {
            let (was, is) = (before.choose(contact).unwrap(), after.choose(contact).unwrap());
            if was.number != gone {
                prop_assert_eq!(was, is);
            }
            prop_assert_ne!(is.number, gone);
        }
    }

    /// Of left-out people at most those move whose share changed, and the few that chance adds.
    #[test]
    fn left_out_people_move_with_the_shares(sizes in proptest::collection::vec(5usize..40, 3)) {
        let have = numbers(&[("313", sizes[0]), ("616", sizes[1]), ("989", sizes[2])]);
        let needs = needs(&[("313", 100), ("248", 20_000)]);
        let all = have.len();
        let (before, after) = (SenderPool::new(have.clone(), &needs), SenderPool::new(have.into_iter().skip(1), &needs));
        let moved = people("248", 4_000).filter(|&contact| before.choose(contact) != after.choose(contact)).count();
        // One of all numbers left: its share, and noise.
        prop_assert!(moved <= 4_000 / all * 2 + 200, "{moved} of 4000, {all} numbers");
    }

    /// The answer does not depend on the order in which the numbers were read.
    #[test]
    fn order_does_not_matter(seed in any::<u64>(), line in 0usize..9_999) {
        use rand::SeedableRng;
        use rand::seq::SliceRandom;
        let mut have = numbers(&[("248", 10), ("313", 10), ("800", 3)]);
        let needs = needs(&[("616", 500)]);
        let one = SenderPool::new(have.clone(), &needs);
        have.shuffle(&mut rand::rngs::StdRng::seed_from_u64(seed));
        let other = SenderPool::new(have, &needs);
        for contact in [number("248", line), number("616", line), number("212", line), number("876", line)] {
            prop_assert_eq!(one.choose(contact), other.choose(contact));
        }
    }
}
