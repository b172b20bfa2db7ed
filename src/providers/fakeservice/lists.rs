//! What a carrier's own API needs beyond the verbs of a [`Provider`](crate::providers::Provider): lists that begin
//! anywhere and are as long as asked for, and the service a number is in.

use crate::kernel::{AreaCode, E164};
use crate::providers::{
    Account, ClientRef, OwnedRemote, ProviderResult, RemoteNumberId, RemoteService, RemoteServiceId,
};

use super::world::World;

/// An entry of a list and its place: the list goes on after it with `after` that place.
pub type Placed<T> = (i64, T);

impl World {
    /// The first numbers of an area code for sale that please; `most` at most.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn for_sale_where(
        &self,
        area_code: AreaCode,
        most: usize,
        pleases: impl Fn(E164) -> bool,
    ) -> ProviderResult<Vec<E164>> {
        let all = self.store.read(|tx| self.for_sale(tx, area_code, usize::MAX))?;
        Ok(all.into_iter().filter(|number| pleases(*number)).take(most).collect())
    }

    /// The account's numbers after a place, in the order they were bought; `most` at most.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn owned_after(
        &self,
        account: &Account,
        after: i64,
        most: usize,
    ) -> ProviderResult<Vec<Placed<OwnedRemote>>> {
        let rows = self.store.read(|tx| tx.held_by(&account.id, after, limit(most)))?;
        Ok(rows.iter().map(|row| (row.seq, row.owned())).collect())
    }

    /// The account's messaging services after a place, oldest first; `most` at most.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn services_after(
        &self,
        account: &Account,
        after: i64,
        most: usize,
    ) -> ProviderResult<Vec<Placed<RemoteService>>> {
        let rows = self.store.read(|tx| tx.services(&account.id, after, limit(most)))?;
        Ok(rows.iter().map(|row| (row.seq, row.remote())).collect())
    }

    /// The numbers in one of the account's messaging services after a place, in the order they were bought; `most`
    /// at most.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn members_after(
        &self,
        service: &RemoteServiceId,
        after: i64,
        most: usize,
    ) -> ProviderResult<Vec<Placed<OwnedRemote>>> {
        let rows = self.store.read(|tx| tx.members(service.as_str(), after, limit(most)))?;
        Ok(rows.iter().map(|row| (row.seq, row.owned())).collect())
    }

    /// The messaging service that the account's number is in.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn service_of(
        &self,
        account: &Account,
        id: &RemoteNumberId,
    ) -> ProviderResult<Option<RemoteServiceId>> {
        let held = self.store.read(|tx| tx.held(&account.id, id.as_str()))?;
        Ok(held.and_then(|holding| holding.service).map(RemoteServiceId::new))
    }

    /// Writes over a number's tag, if the account owns it.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn set_tag(&self, account: &Account, id: &RemoteNumberId, tag: &ClientRef) -> ProviderResult<()> {
        self.store.write(|tx| match tx.held(&account.id, id.as_str())? {
            Some(holding) => tx.set_tag(holding.seq, tag.as_str()),
            None => Ok(()),
        })
    }

    /// Back to the first day: nothing sold, no services, fair weather, nothing noted.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn reset(&self) -> ProviderResult<()> {
        self.store.write(|tx| tx.forget_all())
    }
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
