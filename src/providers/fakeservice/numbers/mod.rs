//! Numbers of the practice world: what is for sale, who owns what, buying and releasing.

mod store;

use std::collections::BTreeSet;

use crate::kernel::{AreaCode, E164, Moment};
use crate::providers::{
    Account, Candidate, ClientRef, ErrorKind, OwnedRemote, ProviderError, ProviderResult, PurchaseItem,
    RemoteNumberId, RemotePage, Search,
};

use super::stock;
use super::store::{Holding, Tried, Tx};
use super::world::{MAX_SEARCH, SOMEBODY_ELSE, World};

impl Holding {
    pub(super) fn owned(&self) -> OwnedRemote {
        OwnedRemote {
            id: RemoteNumberId::new(self.id.as_str()),
            phone_number: self.phone_number,
            client_ref: self.client_ref.as_deref().map(ClientRef::new),
            created_at: self.bought_at,
            monthly_price: None,
            messaging_service: None,
            voice_url: self.voice_url.clone(),
            sms: true,
        }
    }
}

impl World {
    /// Numbers for sale, in an order that does not change; empty when there are none.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn search(&self, search: &Search) -> ProviderResult<Vec<Candidate>> {
        let numbers =
            self.store.read(|tx| self.for_sale(tx, search.area_code, search.limit.min(MAX_SEARCH)))?;
        let candidate = |phone_number| Candidate { phone_number, monthly_price: None };
        Ok(numbers.into_iter().map(candidate).collect())
    }

    /// Buys a number. One the account already owns keeps its id and gets the new tag, and the
    /// new voice address if there is one.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when it is not for sale.
    pub fn buy(&self, account: &Account, item: &PurchaseItem) -> ProviderResult<OwnedRemote> {
        let tag = Some(item.client_ref.as_str().to_owned());
        self.store.write(|tx| {
            if let Some(mut owned) =
                tx.holder(item.phone_number)?.filter(|holding| holding.account == account.id)
            {
                tx.set_tag(owned.seq, item.client_ref.as_str())?;
                owned.client_ref = tag;
                if item.voice_url.is_some() {
                    tx.set_voice_url(owned.seq, item.voice_url.as_deref())?;
                    owned.voice_url = item.voice_url.clone();
                }
                return Ok(owned.owned());
            }
            let area_code = self.check_for_sale(tx, item.phone_number)?;
            let mut holding = self.sell(tx, account, (item.phone_number, area_code), tag, self.now())?;
            tx.set_voice_url(holding.seq, item.voice_url.as_deref())?;
            holding.voice_url = item.voice_url.clone();
            Ok(holding.owned())
        })
    }

    /// Sells a number to somebody else, if it is for sale: what happens when a purchase comes too late.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn sell_to_somebody_else(&self, number: E164) -> ProviderResult<()> {
        let stranger = Account::new(SOMEBODY_ELSE);
        self.store.write(|tx| {
            if let Ok(area_code) = self.check_for_sale(tx, number) {
                self.sell(tx, &stranger, (number, area_code), None, self.now())?;
            }
            Ok(())
        })
    }

    /// Lets an account have bought `count` numbers of an area code at a moment in the past, charged since then; the
    /// tag of each is asked for by its place, from 0. They come from beyond today's stock as long as there is
    /// anything beyond it, so that "three left" stays true. Answers fewer when the area code runs out altogether.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn purchase_at(
        &self,
        account: &Account,
        area_code: AreaCode,
        count: usize,
        moment: Moment,
        client_ref: impl Fn(usize) -> Option<ClientRef>,
    ) -> ProviderResult<Vec<OwnedRemote>> {
        self.store.write(|tx| {
            let size = self.shelf(tx, area_code)?;
            let sold: BTreeSet<_> = tx.ever_sold(area_code)?.into_iter().map(|(number, _)| number).collect();
            let numbers: Vec<_> = (size..stock::PER_CODE)
                .filter_map(|index| stock::number_at(self.seed(), area_code, index))
                .filter(|number| !sold.contains(number))
                .take(count)
                .collect();
            let rest = self.for_sale(tx, area_code, count - numbers.len())?;
            let mut owned = Vec::with_capacity(count);
            for (place, number) in numbers.into_iter().chain(rest).enumerate() {
                let tag = client_ref(place).map(|tag| tag.as_str().to_owned());
                owned.push(self.sell(tx, account, (number, area_code), tag, moment)?.owned());
            }
            Ok(owned)
        })
    }

    /// The number, if the account owns it.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn find_owned(&self, account: &Account, number: E164) -> ProviderResult<Option<OwnedRemote>> {
        let holder = self.store.read(|tx| tx.holder(number))?;
        Ok(holder.filter(|holding| holding.account == account.id).map(|holding| holding.owned()))
    }

    /// The number of this id, if the account owns it.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn find_by_id(&self, account: &Account, id: &RemoteNumberId) -> ProviderResult<Option<OwnedRemote>> {
        let held = self.store.read(|tx| tx.held(&account.id, id.as_str()))?;
        Ok(held.map(|holding| holding.owned()))
    }

    /// Sets the address that answers voice calls to a number; `None` clears it.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the account has no such number.
    pub fn set_voice_url(
        &self,
        account: &Account,
        id: &RemoteNumberId,
        voice_url: Option<&str>,
    ) -> ProviderResult<()> {
        self.store.write(|tx| match tx.held(&account.id, id.as_str())? {
            Some(holding) => tx.set_voice_url(holding.seq, voice_url),
            None => {
                let words = format!("The carrier knows no number {id} in this account.");
                let error = ProviderError::new(ErrorKind::NotFound, words);
                Err(error.with_carrier("20404", "The requested resource was not found").into())
            }
        })
    }

    /// The account's numbers in the order they were bought, page by page.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for a cursor that no page gave.
    pub fn list_owned(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<OwnedRemote>> {
        let after = World::after(cursor)?;
        let mut rows = self.store.read(|tx| tx.held_by(&account.id, after, self.page_and_one()))?;
        let next = self.cut(&mut rows, |row| row.seq);
        Ok(RemotePage { items: rows.iter().map(Holding::owned).collect(), next })
    }

    /// Gives a number back, out of any messaging service; it is for sale again. One that the account does not own is
    /// left alone, without complaint.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn release(&self, account: &Account, id: &RemoteNumberId) -> ProviderResult<()> {
        self.release_at(account, id, self.now())
    }

    /// As [`release`](Self::release), at a moment in the past; not before the number was bought.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn release_at(&self, account: &Account, id: &RemoteNumberId, moment: Moment) -> ProviderResult<()> {
        self.store.write(|tx| match tx.held(&account.id, id.as_str())? {
            Some(holding) => tx.let_go(holding.seq, moment.max(holding.bought_at)),
            None => Ok(()),
        })
    }

    /// How many numbers of an area code are for sale.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn stock_left(&self, area_code: AreaCode) -> ProviderResult<usize> {
        self.store.read(|tx| Ok(self.for_sale(tx, area_code, usize::MAX)?.len()))
    }

    /// Leaves exactly `left` numbers of an area code for sale, or all there can be when that is fewer. Numbers
    /// released later come on top.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn set_stock(&self, area_code: AreaCode, left: usize) -> ProviderResult<()> {
        self.store.write(|tx| {
            let sold = tx.ever_sold(area_code)?;
            let held: BTreeSet<_> =
                sold.iter().filter(|(_, held)| *held).map(|(number, _)| *number).collect();
            let number = |index| stock::number_at(self.seed(), area_code, index);
            let kept: Vec<u16> = (0..stock::PER_CODE)
                .filter(|index| number(*index).is_some_and(|number| !held.contains(&number)))
                .take(left)
                .collect();
            let size = kept.last().map_or(0, |last| last + 1).max(stock::initial(self.seed(), area_code));
            let kept: BTreeSet<_> = kept.into_iter().filter_map(number).collect();
            let off: BTreeSet<_> = (0..size)
                .filter_map(number)
                .chain(sold.iter().map(|(number, _)| *number))
                .filter(|number| !held.contains(number) && !kept.contains(number))
                .collect();
            tx.set_shelf(area_code, i64::from(size), &Vec::from_iter(off))
        })
    }

    /// How many of an area code's numbers exist, sold or not.
    fn shelf(&self, tx: &mut Tx, area_code: AreaCode) -> Tried<u16> {
        let changed = tx.shelf_size(area_code)?.and_then(|size| u16::try_from(size).ok());
        Ok(changed.unwrap_or_else(|| stock::initial(self.seed(), area_code)))
    }

    /// For sale is what exists or was ever sold, is not held now and is not kept off the market.
    pub(super) fn for_sale(&self, tx: &mut Tx, area_code: AreaCode, limit: usize) -> Tried<Vec<E164>> {
        let size = self.shelf(tx, area_code)?;
        let sold = tx.ever_sold(area_code)?;
        let mut off: BTreeSet<_> = tx.withheld(area_code)?.into_iter().collect();
        off.extend(sold.iter().filter(|(_, held)| *held).map(|(number, _)| *number));
        let index = |(number, _): &(E164, bool)| stock::index_of(self.seed(), *number);
        let returned: BTreeSet<u16> = sold.iter().filter_map(index).filter(|index| *index >= size).collect();
        Ok((0..size)
            .chain(returned)
            .filter_map(|index| stock::number_at(self.seed(), area_code, index))
            .filter(|number| !off.contains(number))
            .take(limit)
            .collect())
    }

    fn check_for_sale(&self, tx: &mut Tx, number: E164) -> Tried<AreaCode> {
        let gone = || {
            ProviderError::new(
                ErrorKind::Unavailable,
                format!("{} is no longer for sale.", number.national()),
            )
            .with_carrier("21422", "PhoneNumber is not available")
        };
        let area_code = number.area_code().map_err(|_| gone())?;
        let index = stock::index_of(self.seed(), number).ok_or_else(gone)?;
        let exists = index < self.shelf(tx, area_code)? || tx.was_sold(number)?;
        if !exists || tx.holder(number)?.is_some() || tx.is_withheld(number)? {
            return Err(gone().into());
        }
        Ok(area_code)
    }

    fn sell(
        &self,
        tx: &mut Tx,
        account: &Account,
        (phone_number, area_code): (E164, AreaCode),
        client_ref: Option<String>,
        bought_at: Moment,
    ) -> Tried<Holding> {
        let seq = tx.next_sale()?;
        let holding = Holding {
            seq,
            id: self.id("PN", seq),
            account: account.id.clone(),
            phone_number,
            area_code,
            client_ref,
            monthly_price: World::price_at(&tx.price_changes()?, area_code, bought_at),
            bought_at,
            released_at: None,
            service: None,
            voice_url: None,
        };
        tx.sell(&holding)?;
        Ok(holding)
    }
}
