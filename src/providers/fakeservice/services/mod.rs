//! Messaging services of the practice world, the numbers in them, and which of these texts a contact.

mod store;

use crate::kernel::{AreaCode, E164, Moment};
use crate::providers::{
    Account, Addresses, ClientRef, ErrorKind, NewService, ProviderError, ProviderResult, Registration,
    RemoteNumberId, RemotePage, RemoteService, RemoteServiceId,
};

use super::geomatch;
use super::store::{ServiceRow, Tried, Tx};
use super::world::{POOL_CAP, World};

impl ServiceRow {
    pub(super) fn remote(&self) -> RemoteService {
        RemoteService {
            id: RemoteServiceId::new(self.id.as_str()),
            name: self.name.clone(),
            client_ref: self.client_ref.as_deref().map(ClientRef::new),
            registration: Registration {
                registered: self.registered,
                campaign_status: self.registration.clone(),
            },
            addresses: Addresses {
                inbound_url: self.inbound_url.clone(),
                status_url: self.status_url.clone(),
            },
            inbound_at_number: self.inbound_at_number,
            area_code_geomatch: self.geomatch,
            sticky_sender: self.sticky,
            created_at: self.created_at,
        }
    }
}

/// A change to a messaging service; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct ServiceChange {
    /// Its name.
    pub name: Option<String>,
    /// Whether contacts are texted from their own area code where the pool has one.
    pub area_code_geomatch: Option<bool>,
    /// Whether a contact keeps its sender.
    pub sticky_sender: Option<bool>,
    /// Whether each number's own address is asked for messages that come in.
    pub inbound_at_number: Option<bool>,
}

impl World {
    /// Makes a messaging service. Asked twice, it makes two: neither names nor tags are unique.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn create_service(&self, account: &Account, new: &NewService) -> ProviderResult<RemoteService> {
        self.create_service_at(account, new, self.now())
    }

    /// As [`create_service`](Self::create_service), at a moment in the past.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn create_service_at(
        &self,
        account: &Account,
        new: &NewService,
        moment: Moment,
    ) -> ProviderResult<RemoteService> {
        self.store.write(|tx| {
            let seq = tx.next_service()?;
            let row = ServiceRow {
                seq,
                id: self.id("MG", seq),
                account: account.id.clone(),
                name: new.name.clone(),
                client_ref: Some(new.client_ref.as_str().to_owned()),
                registration: None,
                geomatch: new.area_code_geomatch,
                sticky: new.sticky_sender,
                created_at: moment,
                deleted_at: None,
                registered: false,
                inbound_url: new.addresses.inbound_url.clone(),
                status_url: new.addresses.status_url.clone(),
                inbound_at_number: false,
            };
            tx.insert_service(&row)?;
            Ok(row.remote())
        })
    }

    /// The oldest messaging service with this tag.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn find_service(
        &self,
        account: &Account,
        client_ref: &ClientRef,
    ) -> ProviderResult<Option<RemoteService>> {
        let found = self.store.read(|tx| tx.service_by_ref(&account.id, client_ref.as_str()))?;
        Ok(found.map(|row| row.remote()))
    }

    /// The account's messaging services, oldest first, page by page.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for a cursor that no page gave.
    pub fn list_services(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteService>> {
        let after = World::after(cursor)?;
        let mut rows = self.store.read(|tx| tx.services(&account.id, after, self.page_and_one()))?;
        let next = self.cut(&mut rows, |row| row.seq);
        Ok(RemotePage { items: rows.iter().map(ServiceRow::remote).collect(), next })
    }

    /// The messaging service of this id, if the account has it.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn service(&self, account: &Account, id: &RemoteServiceId) -> ProviderResult<Option<RemoteService>> {
        let found = self.store.read(|tx| tx.service(&account.id, id.as_str()))?;
        Ok(found.map(|row| row.remote()))
    }

    /// Writes over both addresses of a messaging service.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the account has no such service.
    pub fn update_service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
        addresses: &Addresses,
    ) -> ProviderResult<()> {
        self.store.write(|tx| {
            let row = known(tx, account, id)?;
            tx.set_addresses(row.seq, addresses)
        })
    }

    /// Changes what else somebody may change about a messaging service at the carrier: its name and how it behaves.
    /// `None` leaves a thing as it is.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the account has no such service.
    pub fn change_service(
        &self,
        account: &Account,
        id: &RemoteServiceId,
        change: &ServiceChange,
    ) -> ProviderResult<()> {
        self.store.write(|tx| {
            let mut row = known(tx, account, id)?;
            row.name = change.name.clone().unwrap_or(row.name);
            row.geomatch = change.area_code_geomatch.unwrap_or(row.geomatch);
            row.sticky = change.sticky_sender.unwrap_or(row.sticky);
            row.inbound_at_number = change.inbound_at_number.unwrap_or(row.inbound_at_number);
            tx.change_service(&row)
        })
    }

    /// Says how a messaging service is registered with the mobile carriers (10DLC).
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the account has no such service.
    pub fn set_registration(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        registration: &Registration,
    ) -> ProviderResult<()> {
        self.store.write(|tx| {
            let row = known(tx, account, service)?;
            tx.register(row.seq, registration)
        })
    }

    /// Deletes a messaging service; its numbers stay with the account. No such service is success.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn delete_service(&self, account: &Account, service: &RemoteServiceId) -> ProviderResult<()> {
        self.store.write(|tx| match tx.service(&account.id, service.as_str())? {
            Some(row) => tx.delete_service(&row, self.now()),
            None => Ok(()),
        })
    }

    /// Puts a number into a messaging service; already in it is success.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the account has no such service or number, [`ErrorKind::InOtherPool`] when the
    /// number is in another service, [`ErrorKind::PoolFull`] when this one takes no more.
    pub fn add_to_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.store.write(|tx| {
            let row = known(tx, account, service)?;
            let Some(holding) = tx.held(&account.id, number.as_str())? else {
                let words = format!("The carrier knows no number {number} in this account.");
                return Err(refused(ErrorKind::NotFound, words, "21421", "PhoneNumber is invalid").into());
            };
            if let Some(pool) = holding.service {
                if pool == row.id {
                    return Ok(());
                }
                let number = holding.phone_number.national();
                let words = format!("{number} is in another messaging service ({pool}).");
                let carrier = "Phone Number is associated with another Messaging Service";
                return Err(refused(ErrorKind::InOtherPool, words, "21712", carrier).into());
            }
            let weather = self.weather_in(tx, &account.id)?;
            let cap = if weather.pool_full { 0 } else { weather.pool_cap.unwrap_or(POOL_CAP) };
            if tx.member_count(&row.id)? >= i64::from(cap) {
                let words = format!("The messaging service {} takes no more numbers.", row.name);
                let carrier = "Number Pool size limit reached";
                return Err(refused(ErrorKind::PoolFull, words, "21714", carrier).into());
            }
            tx.set_member(holding.seq, Some(&row.id))
        })
    }

    /// Takes a number out of a messaging service; not in it is success.
    ///
    /// # Errors
    /// Only when the world's file fails.
    pub fn remove_from_service(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.store.write(|tx| match tx.held(&account.id, number.as_str())? {
            Some(holding) if holding.service.as_deref() == Some(service.as_str()) => {
                tx.set_member(holding.seq, None)
            }
            _ => Ok(()),
        })
    }

    /// The numbers in a messaging service, page by page.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the account has no such service, [`ErrorKind::InvalidRequest`] for a cursor that
    /// no page gave.
    pub fn list_members(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteNumberId>> {
        let after = World::after(cursor)?;
        let mut rows = self.store.read(|tx| {
            let row = known(tx, account, service)?;
            tx.members(&row.id, after, self.page_and_one())
        })?;
        let next = self.cut(&mut rows, |row| row.seq);
        Ok(RemotePage { items: rows.iter().map(|row| RemoteNumberId::new(row.id.as_str())).collect(), next })
    }

    /// Which number of a messaging service texts a contact of this area code for the first time, by the carrier's
    /// [`geomatch`] when the service has it; `draw` decides among equals. `None` when the service has no number.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the account has no such service.
    pub fn pick_sender(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        contact: AreaCode,
        draw: u64,
    ) -> ProviderResult<Option<E164>> {
        self.store.read(|tx| {
            let row = known(tx, account, service)?;
            let pool = tx.pool(&row.id)?;
            Ok(if row.geomatch { geomatch::pick(&pool, contact, draw) } else { geomatch::any(&pool, draw) })
        })
    }
}

fn known(tx: &mut Tx, account: &Account, service: &RemoteServiceId) -> Tried<ServiceRow> {
    let missing = || {
        let words = format!("The carrier knows no messaging service {service} in this account.");
        refused(ErrorKind::NotFound, words, "21701", "The Messaging Service does not exist")
    };
    Ok(tx.service(&account.id, service.as_str())?.ok_or_else(missing)?)
}

fn refused(kind: ErrorKind, words: String, code: &str, carrier: &str) -> ProviderError {
    ProviderError::new(kind, words).with_carrier(code, carrier)
}
