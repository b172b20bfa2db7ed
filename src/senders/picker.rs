//! Which number texts a contact. Pure; nothing is kept, and every instance answers alike.
//!
//! A contact's own area code comes first. The contacts of a code without numbers are spread as
//! [`load::flows`] predicts it: overlay before state before others, the least loaded
//! numbers first. Both choices are made by *rendezvous hashing* (Thaler and Ravishankar, "Using name-based mappings to
//! increase hit rates", 1998): each candidate draws a lot that depends on the contact and on itself alone, and the
//! highest lot wins. So the answer is the same as long as the pool is, and when a number leaves, only the contacts it had
//! move, and those whose area code's share changed. Shares are weights in the logarithmic form (Schindelhauer and
//! Schomaker, "Weighted distributed hash tables", 2005).
//!
//! The lots are as good as random, so a number of `m` contacts gets `m` ± √m of them: four times that above the even
//! load is reached by about one number in thirty thousand.

use std::collections::BTreeMap;

use crate::allocation::load;
use crate::allocation::model::{ByCode, Needs};
use crate::kernel::{AreaCode, E164};

/// Where an answer comes from, as seen by the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Match {
    /// The contact's own area code.
    OwnCode,
    /// An overlay of it: another code of the same place.
    Overlay,
    /// Another place in its state.
    State,
    /// Elsewhere.
    Other,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The number that texts the contact.
    pub number: E164,
    /// How near it is.
    pub matched: Match,
}

/// The numbers of one area code, each with the seed of its lots.
#[derive(Debug, Clone)]
struct Place {
    seed: u64,
    numbers: Vec<(E164, u64)>,
}

/// The numbers a campaign texts from, ready to be chosen among.
#[derive(Debug, Clone)]
pub struct SenderPool {
    /// By area code; numbers without a place (toll-free, or of a code our table does not know) under none.
    places: BTreeMap<Option<AreaCode>, Place>,
    /// Of contacts of codes without numbers: where they go, with weights.
    flows: BTreeMap<AreaCode, BTreeMap<AreaCode, f64>>,
}

/// The code of a place: toll-free numbers have none.
fn place_of(number: E164) -> Option<AreaCode> {
    number.area_code().ok().filter(|code| !code.is_toll_free())
}

impl SenderPool {
    /// A pool of these numbers for these contacts.
    pub fn new(numbers: impl IntoIterator<Item = E164>, needs: &Needs) -> SenderPool {
        let mut places: BTreeMap<Option<AreaCode>, Place> = BTreeMap::new();
        for number in numbers {
            let code = place_of(number);
            let place = places.entry(code).or_insert_with(|| Place {
                seed: seed(code.as_ref().map_or("none", AreaCode::as_str).as_bytes()),
                numbers: Vec::new(),
            });
            place.numbers.push((number, seed(number.as_str().as_bytes())));
        }
        // Equal lots are decided by order, so the order must not depend on where the numbers came from.
        places.values_mut().for_each(|place| place.numbers.sort_unstable());
        let counts: ByCode = places
            .iter()
            .filter_map(|(code, place)| Some(((*code)?, i64::try_from(place.numbers.len()).ok()?)))
            .collect();
        SenderPool { flows: load::flows(needs, &counts), places }
    }

    /// Whether nobody can be texted from it.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The number that texts a contact; none when the pool is empty.
    pub fn choose(&self, contact: E164) -> Option<Sender> {
        let person = seed(contact.as_str().as_bytes());
        let Some(home) = place_of(contact) else { return self.anywhere(person, None) };
        if let Some(own) = self.places.get(&Some(home)) {
            return own.draw(person).map(|number| Sender { number, matched: Match::OwnCode });
        }
        match self.flows.get(&home) {
            Some(flow) => {
                let shares = flow.iter().map(|(code, &weight)| (Some(*code), weight));
                self.among(person, shares, Some(home))
            }
            // Nobody of this code was in the contact file.
            None => self.anywhere(person, Some(home)),
        }
    }

    /// From the overlays of its place, else from its state, else from anywhere, each number alike.
    fn anywhere(&self, person: u64, home: Option<AreaCode>) -> Option<Sender> {
        let nearest = self.places.keys().map(|&code| matched(home, code)).min()?;
        let near = self.places.iter().filter(|(code, _)| matched(home, **code) == nearest);
        // At most a few thousand, so exact.
        #[allow(clippy::cast_precision_loss)]
        let shares = near.map(|(&code, place)| (code, place.numbers.len() as f64));
        self.among(person, shares, home)
    }

    fn among(
        &self,
        person: u64,
        shares: impl Iterator<Item = (Option<AreaCode>, f64)>,
        home: Option<AreaCode>,
    ) -> Option<Sender> {
        let mut best: Option<(f64, Option<AreaCode>, &Place)> = None;
        for (code, weight) in shares {
            let Some(place) = self.places.get(&code) else { continue };
            let score = weight / -unit(lot(person, place.seed)).ln();
            if best.is_none_or(|(most, ..)| score > most) {
                best = Some((score, code, place));
            }
        }
        let (_, code, place) = best?;
        place.draw(person).map(|number| Sender { number, matched: matched(home, code) })
    }
}

impl Place {
    fn draw(&self, person: u64) -> Option<E164> {
        self.numbers.iter().max_by_key(|(_, seed)| lot(person, *seed)).map(|(number, _)| *number)
    }
}

/// How near the numbers of a code are to a contact's.
fn matched(home: Option<AreaCode>, code: Option<AreaCode>) -> Match {
    let (Some(home), Some(code)) = (home, code) else { return Match::Other };
    if home == code {
        Match::OwnCode
    } else if load::overlays(home).any(|other| other == code) {
        Match::Overlay
    } else if load::same_state(home, code) {
        Match::State
    } else {
        Match::Other
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): every
/// bit of what goes in changes every bit of what comes out. It must never change, or all answers do.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn seed(text: &[u8]) -> u64 {
    text.iter().fold(GOLDEN, |seed, &byte| mix(seed.wrapping_add(u64::from(byte)).wrapping_mul(GOLDEN)))
}

/// What a candidate draws for a person.
fn lot(person: u64, candidate: u64) -> u64 {
    mix(mix(person ^ candidate.rotate_left(32)).wrapping_add(candidate))
}

/// A lot as a number above 0 and below 1.
fn unit(lot: u64) -> f64 {
    // 53 bits fit a float exactly.
    #[allow(clippy::cast_precision_loss)]
    let bits = (lot >> 11) as f64;
    (bits + 0.5) / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests;
