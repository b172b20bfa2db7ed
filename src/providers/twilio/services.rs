//! Messaging services and the numbers in them.

use serde::de::DeserializeOwned;
use url::Url;

use crate::providers::{
    Account, Addresses, ClientRef, ErrorKind, NewService, ProviderError, ProviderResult, Registration,
    RemoteNumberId, RemotePage, RemoteService, RemoteServiceId,
};

use super::http::{Method, address, incomplete};
use super::{Twilio, paging, tag, wire};

impl Twilio {
    fn services_url(&self, path: &[&str]) -> Url {
        address(&self.options.messaging, &[&["v1", "Services"], path].concat())
    }

    fn list_url(&self, path: &[&str]) -> Url {
        let mut url = self.services_url(path);
        url.query_pairs_mut().append_pair("PageSize", &self.options.page_size.to_string());
        url
    }

    pub(super) async fn make_service(
        &self,
        account: &Account,
        new: &NewService,
    ) -> ProviderResult<RemoteService> {
        let name = tag::join(&new.name, &new.client_ref).ok_or_else(|| {
            let words = "The tag of a messaging service leaves no room for its name.";
            ProviderError::new(ErrorKind::InvalidRequest, words)
        })?;
        let mut form = vec![
            ("FriendlyName", name),
            ("AreaCodeGeomatch", new.area_code_geomatch.to_string()),
            ("StickySender", new.sticky_sender.to_string()),
            ("UseInboundWebhookOnNumber", "false".to_owned()),
        ];
        let Addresses { inbound_url, status_url } = &new.addresses;
        form.extend(inbound_url.iter().map(|url| ("InboundRequestUrl", url.clone())));
        form.extend(status_url.iter().map(|url| ("StatusCallback", url.clone())));
        let made: wire::Service = self.post(account, self.services_url(&[]), form).await?;
        remote(made).ok_or_else(|| incomplete(Method::Post))
    }

    pub(super) async fn service_by_tag(
        &self,
        account: &Account,
        client_ref: &ClientRef,
    ) -> ProviderResult<Option<RemoteService>> {
        let mut cursor = None;
        loop {
            let page = self.all_services(account, cursor.as_deref()).await?;
            if let Some(found) =
                page.items.into_iter().find(|service| service.client_ref.as_ref() == Some(client_ref))
            {
                return Ok(Some(found));
            }
            cursor = match page.next {
                Some(next) if cursor.as_ref() != Some(&next) => Some(next),
                _ => return Ok(None),
            };
        }
    }

    pub(super) async fn service_by_id(
        &self,
        account: &Account,
        id: &RemoteServiceId,
    ) -> ProviderResult<Option<RemoteService>> {
        let found = match self.get::<wire::Service>(account, self.services_url(&[id.as_str()])).await {
            Ok(found) => found,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut service = remote(found).ok_or_else(|| incomplete(Method::Get))?;
        service.registration.campaign_status = self.campaign_status(account, id).await?;
        Ok(Some(service))
    }

    /// The state of its registration; `None` where there is none or where these credentials may not read it.
    async fn campaign_status(
        &self,
        account: &Account,
        id: &RemoteServiceId,
    ) -> ProviderResult<Option<String>> {
        let list = self.list_url(&[id.as_str(), "Compliance", "Usa2p"]);
        match self.page::<wire::Campaign>(account, &list, None, "compliance").await {
            Ok(page) => {
                let mut states: Vec<_> =
                    page.items.into_iter().filter_map(|campaign| campaign.campaign_status).collect();
                let verified = states.iter().position(|state| state == "VERIFIED").unwrap_or(0);
                Ok((!states.is_empty()).then(|| states.swap_remove(verified)))
            }
            Err(error) if error.is_retryable() || error.is_ambiguous() => Err(error),
            Err(_) => Ok(None),
        }
    }

    pub(super) async fn all_services(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteService>> {
        let page = self.page::<wire::Service>(account, &self.list_url(&[]), cursor, "services").await?;
        whole(page, remote)
    }

    pub(super) async fn write_addresses(
        &self,
        account: &Account,
        id: &RemoteServiceId,
        addresses: &Addresses,
    ) -> ProviderResult<()> {
        let text = |url: &Option<String>| url.clone().unwrap_or_default();
        let form = vec![
            ("InboundRequestUrl", text(&addresses.inbound_url)),
            ("StatusCallback", text(&addresses.status_url)),
        ];
        self.post::<wire::Service>(account, self.services_url(&[id.as_str()]), form).await.map(drop)
    }

    pub(super) async fn drop_service(&self, account: &Account, id: &RemoteServiceId) -> ProviderResult<()> {
        self.delete(account, self.services_url(&[id.as_str()])).await
    }

    pub(super) async fn put_in(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        let url = self.services_url(&[service.as_str(), "PhoneNumbers"]);
        let form = vec![("PhoneNumberSid", number.as_str().to_owned())];
        match self.post::<wire::Member>(account, url, form).await {
            Ok(_) => Ok(()),
            Err(error) => match error.carrier_code() {
                Some("21710") => Ok(()),
                // Here it is the id of the number that Twilio finds wrong.
                Some("21421") => {
                    let words = format!("Twilio knows no number {number} in this account.");
                    let said = error.carrier_words().unwrap_or_default();
                    Err(ProviderError::new(ErrorKind::NotFound, words).with_carrier("21421", said))
                }
                _ => Err(error),
            },
        }
    }

    pub(super) async fn take_out(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        number: &RemoteNumberId,
    ) -> ProviderResult<()> {
        self.delete(account, self.services_url(&[service.as_str(), "PhoneNumbers", number.as_str()])).await
    }

    pub(super) async fn members(
        &self,
        account: &Account,
        service: &RemoteServiceId,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<RemoteNumberId>> {
        let list = self.list_url(&[service.as_str(), "PhoneNumbers"]);
        let page = self.page::<wire::Member>(account, &list, cursor, "phone_numbers").await?;
        whole(page, |member| Some(RemoteNumberId::new(member.sid?)))
    }

    /// A page of a list of the newer interfaces; `key` is where the entries are if the page does not say.
    async fn page<T: DeserializeOwned>(
        &self,
        account: &Account,
        list: &Url,
        cursor: Option<&str>,
        key: &str,
    ) -> ProviderResult<RemotePage<T>> {
        let mut answer: wire::Listed = self.get(account, paging::page(list, cursor)?).await?;
        let said = answer.meta.key.as_deref().unwrap_or(key);
        // No list is not an empty list.
        let entries = answer.rest.remove(said).or_else(|| answer.rest.remove(key));
        let entries = entries.ok_or_else(|| incomplete(Method::Get))?;
        let items = serde_json::from_value(entries).map_err(|_| incomplete(Method::Get))?;
        Ok(RemotePage { items, next: paging::cursor(list, answer.meta.next_page_url.as_deref())? })
    }
}

/// A page in our words; one entry that cannot be understood would look as if it were gone.
fn whole<T, U>(page: RemotePage<T>, read: impl Fn(T) -> Option<U>) -> ProviderResult<RemotePage<U>> {
    let items: Option<Vec<U>> = page.items.into_iter().map(read).collect();
    Ok(RemotePage { items: items.ok_or_else(|| incomplete(Method::Get))?, next: page.next })
}

fn remote(service: wire::Service) -> Option<RemoteService> {
    let (name, client_ref) = tag::split(service.friendly_name.as_deref().unwrap_or_default());
    Some(RemoteService {
        id: RemoteServiceId::new(service.sid?),
        name,
        client_ref,
        registration: Registration {
            registered: service.us_app_to_person_registered.unwrap_or(false),
            campaign_status: None,
        },
        addresses: Addresses {
            inbound_url: service.inbound_request_url,
            status_url: service.status_callback,
        },
        inbound_at_number: service.use_inbound_webhook_on_number.unwrap_or(false),
        area_code_geomatch: service.area_code_geomatch.unwrap_or(false),
        sticky_sender: service.sticky_sender.unwrap_or(false),
        created_at: service.date_created.unwrap_or_default(),
    })
}
