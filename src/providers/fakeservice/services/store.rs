//! Queries about messaging services and the numbers in them.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;

use crate::kernel::{E164, Moment};
use crate::providers::{Addresses, Registration};

use super::super::store::{Holding, ServiceRow, Tried, Tx, holding, service};

impl Tx<'_> {
    /// The place of the next messaging service. Deleted ones keep theirs.
    pub(super) fn next_service(&mut self) -> Tried<i64> {
        let last: Option<i64> = service::table.select(max(service::seq)).first(self.0)?;
        Ok(last.unwrap_or(0) + 1)
    }

    /// Writes a new messaging service.
    pub(super) fn insert_service(&mut self, row: &ServiceRow) -> Tried<()> {
        diesel::insert_into(service::table).values(row).execute(self.0)?;
        Ok(())
    }

    /// An account's messaging service by id, unless it was deleted.
    pub(super) fn service(&mut self, account: &str, id: &str) -> Tried<Option<ServiceRow>> {
        let live = service::table.filter(service::id.eq(id)).filter(service::deleted_at.is_null());
        let own = live.filter(service::account.eq(account));
        Ok(own.select(ServiceRow::as_select()).first(self.0).optional()?)
    }

    /// An account's oldest messaging service with this tag.
    pub(super) fn service_by_ref(&mut self, account: &str, client_ref: &str) -> Tried<Option<ServiceRow>> {
        let live = service::table.filter(service::account.eq(account)).filter(service::deleted_at.is_null());
        let tagged = live.filter(service::client_ref.eq(client_ref)).order(service::seq);
        Ok(tagged.select(ServiceRow::as_select()).first(self.0).optional()?)
    }

    /// A page of an account's messaging services, oldest first.
    pub(in super::super) fn services(
        &mut self,
        account: &str,
        after: i64,
        limit: i64,
    ) -> Tried<Vec<ServiceRow>> {
        let live = service::table.filter(service::account.eq(account)).filter(service::deleted_at.is_null());
        let page = live.filter(service::seq.gt(after)).order(service::seq).limit(limit);
        Ok(page.select(ServiceRow::as_select()).load(self.0)?)
    }

    /// Writes a service's registration.
    pub(super) fn register(&mut self, seq: i64, registration: &Registration) -> Tried<()> {
        let state = (
            service::registration.eq(&registration.campaign_status),
            service::registered.eq(registration.registered),
        );
        diesel::update(service::table.find(seq)).set(state).execute(self.0)?;
        Ok(())
    }

    /// Writes over a service's addresses.
    pub(super) fn set_addresses(&mut self, seq: i64, addresses: &Addresses) -> Tried<()> {
        let new =
            (service::inbound_url.eq(&addresses.inbound_url), service::status_url.eq(&addresses.status_url));
        diesel::update(service::table.find(seq)).set(new).execute(self.0)?;
        Ok(())
    }

    /// Writes over a service's name and how it behaves.
    pub(super) fn change_service(&mut self, row: &ServiceRow) -> Tried<()> {
        let new = (
            service::name.eq(&row.name),
            service::geomatch.eq(row.geomatch),
            service::sticky.eq(row.sticky),
            service::inbound_at_number.eq(row.inbound_at_number),
        );
        diesel::update(service::table.find(row.seq)).set(new).execute(self.0)?;
        Ok(())
    }

    /// Takes every number out of a messaging service and writes that it was deleted.
    pub(super) fn delete_service(&mut self, row: &ServiceRow, at: Moment) -> Tried<()> {
        diesel::update(holding::table.filter(holding::service.eq(&row.id)))
            .set(holding::service.eq(None::<String>))
            .execute(self.0)?;
        diesel::update(service::table.find(row.seq)).set(service::deleted_at.eq(at)).execute(self.0)?;
        Ok(())
    }

    /// Puts a number into a messaging service, or out of any.
    pub(super) fn set_member(&mut self, seq: i64, service: Option<&str>) -> Tried<()> {
        diesel::update(holding::table.find(seq)).set(holding::service.eq(service)).execute(self.0)?;
        Ok(())
    }

    /// How many numbers are in a messaging service.
    pub(super) fn member_count(&mut self, service: &str) -> Tried<i64> {
        Ok(holding::table.filter(holding::service.eq(service)).select(count_star()).first(self.0)?)
    }

    /// A page of the numbers in a messaging service, in the order they were bought.
    pub(in super::super) fn members(&mut self, service: &str, after: i64, limit: i64) -> Tried<Vec<Holding>> {
        let members = holding::table.filter(holding::service.eq(service));
        let page = members.filter(holding::seq.gt(after)).order(holding::seq).limit(limit);
        Ok(page.select(Holding::as_select()).load(self.0)?)
    }

    /// All numbers in a messaging service.
    pub(super) fn pool(&mut self, service: &str) -> Tried<Vec<E164>> {
        let members = holding::table.filter(holding::service.eq(service)).order(holding::seq);
        Ok(members.select(holding::phone_number).load(self.0)?)
    }
}
