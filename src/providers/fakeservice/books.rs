//! Looking into the practice world: for its practice page, and for tests that must prove what was really bought.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::kernel::{Micros, Moment};
use crate::providers::{
    Account, OwnedRemote, ProviderResult, RemoteNumberId, RemoteService, RemoteServiceId, Usage,
};

use super::billing::{self, Charge, Held};
use super::store::Holding;
use super::world::World;

/// Everything the practice world has on an account.
#[derive(Debug, Clone)]
pub struct Books {
    /// The numbers it owns, in the order they were bought.
    pub numbers: Vec<OwnedRemote>,
    /// The numbers it owned once, and when each was released.
    pub released: Vec<(OwnedRemote, Moment)>,
    /// Its messaging services, oldest first.
    pub services: Vec<RemoteService>,
    /// The numbers in each of them; every service is named.
    pub members: BTreeMap<RemoteServiceId, Vec<RemoteNumberId>>,
    /// What it was charged until today, number by number.
    pub charges: Vec<Charge>,
}

impl Books {
    /// How many numbers were ever sold to the account.
    pub fn sales(&self) -> usize {
        self.numbers.len() + self.released.len()
    }
    /// What the account was charged in all.
    pub fn total(&self) -> Micros {
        self.charges.iter().map(|charge| charge.amount).sum()
    }
}

impl World {
    /// Everything on an account; nothing for one never seen.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn books(&self, account: &Account) -> ProviderResult<Books> {
        let (history, services) =
            self.store.read(|tx| Ok((tx.history(&account.id)?, tx.services(&account.id, 0, i64::MAX)?)))?;
        let services: Vec<_> = services.iter().map(|row| row.remote()).collect();
        let mut members: BTreeMap<_, Vec<_>> =
            services.iter().map(|service| (service.id.clone(), Vec::new())).collect();
        for holding in &history {
            if let Some(service) = &holding.service {
                let pool = members.entry(RemoteServiceId::new(service.as_str())).or_default();
                pool.push(RemoteNumberId::new(holding.id.as_str()));
            }
        }
        let live = history.iter().filter(|holding| holding.released_at.is_none());
        let released = history.iter().filter_map(|holding| Some((holding.owned(), holding.released_at?)));
        Ok(Books {
            numbers: live.map(Holding::owned).collect(),
            released: released.collect(),
            services,
            members,
            charges: self.charges_of(&history)?,
        })
    }

    /// What the account was charged on the days `from..=to` (UTC), summed by day and category, for numbers and for
    /// whatever else; nothing after today. Categories that contain others are not in it.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn usage(&self, account: &Account, from: NaiveDate, to: NaiveDate) -> ProviderResult<Vec<Usage>> {
        let (history, other) =
            self.store.read(|tx| Ok((tx.history(&account.id)?, tx.other_use(&account.id, from, to)?)))?;
        let today = self.now().date();
        let mut sums = billing::summed(&self.charges_of(&history)?, from, to);
        for used in other.into_iter().filter(|used| used.day <= today) {
            match sums.iter_mut().find(|row| row.day == used.day && row.category == used.category) {
                Some(row) => (row.count, row.amount) = (row.count + used.count, row.amount + used.amount),
                None => sums.push(used),
            }
        }
        sums.sort_by(|one, other| (one.day, &one.category).cmp(&(other.day, &other.category)));
        Ok(sums)
    }

    fn charges_of(&self, history: &[Holding]) -> ProviderResult<Vec<Charge>> {
        let (today, changes) = (self.now().date(), self.price_changes()?);
        Ok(history.iter().flat_map(|holding| billing::charges(&held(holding), &changes, today)).collect())
    }
}

fn held(holding: &Holding) -> Held {
    Held {
        number: RemoteNumberId::new(holding.id.as_str()),
        phone_number: holding.phone_number,
        area_code: holding.area_code,
        bought_at: holding.bought_at,
        released_at: holding.released_at,
        monthly_price: holding.monthly_price,
    }
}
