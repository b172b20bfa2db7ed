//! Which number of a messaging service texts a contact (Twilio help article 223181268): one with the contact's own
//! area code; else one of an overlay area code of the same geography; else any number of the pool. A geography is what
//! overlays join together, through shared codes too.

use std::collections::BTreeMap;

use crate::kernel::{AreaCode, E164};

use super::dice;

/// The numbers of a pool, ready to be picked from contact after contact.
#[derive(Debug, Clone)]
pub struct Geomatch {
    all: Vec<E164>,
    /// The numbers of each area code.
    own: BTreeMap<AreaCode, Vec<E164>>,
    /// The numbers that text an area code which has none of its own: those of its geography.
    near: BTreeMap<AreaCode, Vec<E164>>,
}

impl Geomatch {
    /// Of a pool, in its order.
    pub fn of(pool: &[E164]) -> Geomatch {
        let (mut own, mut near) = (BTreeMap::<_, Vec<E164>>::new(), BTreeMap::<_, Vec<E164>>::new());
        for &number in pool {
            let Ok(code) = number.area_code() else { continue };
            own.entry(code).or_default().push(number);
            for &other in &code.info().geography {
                near.entry(other).or_default().push(number);
            }
        }
        Geomatch { all: pool.to_vec(), own, near }
    }
    /// Picks the sender for a contact by a draw, all suitable numbers being equally likely: among overlays an area code
    /// with twice the numbers is picked twice as often. `None` when the pool is empty.
    pub fn pick(&self, contact: AreaCode, draw: u64) -> Option<E164> {
        let choice = self.own.get(&contact).or_else(|| self.near.get(&contact)).unwrap_or(&self.all);
        any(choice, draw)
    }
}

/// As [`Geomatch::pick`], for a single contact.
pub fn pick(pool: &[E164], contact: AreaCode, draw: u64) -> Option<E164> {
    Geomatch::of(pool).pick(contact, draw)
}

/// Any number of the pool, all equally likely: a service that does not geomatch.
pub fn any(pool: &[E164], draw: u64) -> Option<E164> {
    pool.get(dice::place(draw, pool.len())).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_code_then_overlay_by_count_then_anything() {
        let number = |text| E164::parse(text).unwrap();
        let code = |text| AreaCode::parse(text).unwrap();
        let pool: Vec<_> =
            ["+12125550001", "+16465550001", "+16465550002", "+13135550001"].map(number).to_vec();
        let picked = |pool: &[E164], contact| -> Vec<usize> {
            let mut counts = vec![0; pool.len()];
            for draw in 0..1_200 {
                let sender = pick(pool, code(contact), dice::mix(7, &[draw])).unwrap();
                counts[pool.iter().position(|number| *number == sender).unwrap()] += 1;
            }
            counts
        };
        assert_eq!(picked(&pool, "313"), [0, 0, 0, 1_200]);
        assert_eq!(picked(&pool, "212"), [1_200, 0, 0, 0]);
        // 332 overlays 212 and 646: three numbers, a third of the contacts each.
        let overlay = picked(&pool, "332");
        assert_eq!(overlay[3], 0);
        assert!(overlay[..3].iter().all(|count| (300..500).contains(count)), "{overlay:?}");
        let elsewhere = picked(&pool, "503");
        assert!(elsewhere.iter().all(|count| (220..380).contains(count)), "{elsewhere:?}");
        assert_eq!(pick(&[], code("212"), 1), None);
    }
}
