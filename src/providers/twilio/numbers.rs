//! Numbers: for sale, owned, bought, released.

use std::collections::BTreeSet;

use url::Url;

use crate::kernel::area_code::Country;
use crate::kernel::{AreaCode, E164};
use crate::providers::{
    Account, Candidate, ClientRef, ErrorKind, OwnedRemote, ProviderError, ProviderResult, Purchase,
    PurchaseItem, RemoteNumberId, RemotePage, Search,
};

use super::http::{Method, address, incomplete};
use super::{Twilio, paging, tag, wire};

/// The most numbers a search answers, whatever is asked for; Twilio's staff call it a limitation of the interface.
pub(super) const MOST_OFFERS: usize = 30;

impl Twilio {
    /// An address of the account itself.
    pub(super) fn of_account(&self, account: &Account, path: &[&str]) -> Url {
        let parts = [&["2010-04-01", "Accounts", account.id.as_str()], path].concat();
        address(&self.options.api, &parts)
    }

    fn number(&self, account: &Account, id: &RemoteNumberId) -> Url {
        self.of_account(account, &["IncomingPhoneNumbers", &format!("{id}.json")])
    }

    fn owned_list(&self, account: &Account) -> Url {
        let mut url = self.of_account(account, &["IncomingPhoneNumbers.json"]);
        url.query_pairs_mut().append_pair("PageSize", &self.options.page_size.to_string());
        url
    }

    pub(super) async fn offers(&self, account: &Account, search: &Search) -> ProviderResult<Vec<Candidate>> {
        let limit = search.limit.min(MOST_OFFERS);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let kind = if search.area_code.is_toll_free() { "TollFree.json" } else { "Local.json" };
        for country in countries(search.area_code) {
            let mut url = self.of_account(account, &["AvailablePhoneNumbers", country, kind]);
            url.query_pairs_mut()
                .append_pair("AreaCode", search.area_code.as_str())
                .append_pair("SmsEnabled", "true")
                .append_pair("Beta", "false")
                .append_pair("ExcludeAllAddressRequired", "true")
                .append_pair("PageSize", &MOST_OFFERS.to_string());
            match self.get::<wire::ForSale>(account, url).await {
                Ok(answer) => {
                    let offers = answer.available_phone_numbers.ok_or_else(|| incomplete(Method::Get))?;
                    return Ok(candidates(&offers, search.area_code, limit));
                }
                // A country without numbers of this kind.
                Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Unavailable) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Vec::new())
    }

    pub(super) async fn buy(&self, account: &Account, item: &PurchaseItem) -> ProviderResult<OwnedRemote> {
        let mut form = vec![
            ("PhoneNumber", item.phone_number.to_string()),
            ("FriendlyName", number_name(&item.client_ref)?),
        ];
        if let Some(voice_url) = &item.voice_url {
            form.push(("VoiceUrl", voice_url.clone()));
        }
        let url = self.of_account(account, &["IncomingPhoneNumbers.json"]);
        let bought: wire::OwnedNumber = self.post(account, url, form).await?;
        // An answer about another number, or without an id, says nothing about ours.
        let owned = owned(&bought).filter(|owned| owned.phone_number == item.phone_number);
        owned.ok_or_else(|| incomplete(Method::Post))
    }

    pub(super) async fn owned(&self, account: &Account, number: E164) -> ProviderResult<Option<OwnedRemote>> {
        // Twilio compares parts of numbers; we compare whole ones.
        let mut list = self.owned_list(account);
        list.query_pairs_mut().append_pair("PhoneNumber", number.as_str());
        let mut cursor = None;
        loop {
            let page = self.owned_page(account, &list, cursor.as_deref()).await?;
            if let Some(found) = page.items.into_iter().find(|owned| owned.phone_number == number) {
                return Ok(Some(found));
            }
            cursor = match page.next {
                Some(next) if cursor.as_ref() != Some(&next) => Some(next),
                _ => return Ok(None),
            };
        }
    }

    pub(super) async fn owned_by_id(
        &self,
        account: &Account,
        id: &RemoteNumberId,
    ) -> ProviderResult<Option<OwnedRemote>> {
        match self.get::<wire::OwnedNumber>(account, self.number(account, id)).await {
            Ok(number) => owned(&number).map(Some).ok_or_else(|| incomplete(Method::Get)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn all_owned(
        &self,
        account: &Account,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<OwnedRemote>> {
        self.owned_page(account, &self.owned_list(account), cursor).await
    }

    async fn owned_page(
        &self,
        account: &Account,
        list: &Url,
        cursor: Option<&str>,
    ) -> ProviderResult<RemotePage<OwnedRemote>> {
        let answer: wire::Owned = self.get(account, paging::page(list, cursor)?).await?;
        let numbers = answer.incoming_phone_numbers.ok_or_else(|| incomplete(Method::Get))?;
        let mut items = Vec::with_capacity(numbers.len());
        for number in &numbers {
            match owned(number) {
                Some(owned) => items.push(owned),
                // Another country's number is none of ours; one without an id would look as if it were gone.
                None if number.sid.is_some() && number.phone_number.is_some() => {}
                None => return Err(incomplete(Method::Get)),
            }
        }
        Ok(RemotePage { items, next: paging::cursor(list, answer.next_page_uri.as_deref())? })
    }

    pub(super) async fn write_voice_url(
        &self,
        account: &Account,
        id: &RemoteNumberId,
        voice_url: Option<&str>,
    ) -> ProviderResult<()> {
        let form = vec![("VoiceUrl", voice_url.unwrap_or_default().to_owned())];
        self.post::<wire::OwnedNumber>(account, self.number(account, id), form).await.map(drop)
    }

    pub(super) async fn give_back(&self, account: &Account, id: &RemoteNumberId) -> ProviderResult<()> {
        self.delete(account, self.number(account, id)).await
    }

    /// Every one by itself: Twilio sells one number at a time, and the governor decides how many calls are under way.
    pub(super) async fn buy_each(&self, account: &Account, items: &[PurchaseItem]) -> Vec<Purchase> {
        let calls = items.iter().map(|item| self.buy(account, item));
        let answers = futures_util::future::join_all(calls).await;
        answers.into_iter().map(|answer| answer.map_or_else(Purchase::Failed, Purchase::Owned)).collect()
    }
}

/// The countries at Twilio that an area code's numbers may be sold under: territories of the United States have their
/// own.
fn countries(area_code: AreaCode) -> Vec<&'static str> {
    let info = area_code.info();
    match (info.country, info.region) {
        (Country::Canada, _) => vec!["CA"],
        (_, territory @ ("PR" | "VI" | "GU" | "AS" | "MP")) => vec![territory, "US"],
        _ => vec!["US"],
    }
}

/// What may be offered: text-capable, of the area code, without need for an address; each once.
fn candidates(offers: &[wire::Offer], area_code: AreaCode, limit: usize) -> Vec<Candidate> {
    let mut seen = BTreeSet::new();
    let may_be_had = |offer: &&wire::Offer| {
        let address = &offer.address_requirements;
        matches!(address, None | Some(wire::AddressRequirements::None))
            && offer.beta != Some(true)
            && (offer.capabilities.sms || !offer.capabilities.said)
    };
    offers
        .iter()
        .filter(may_be_had)
        .filter_map(|offer| E164::parse(offer.phone_number.as_deref()?).ok())
        .filter(|number| number.area_code() == Ok(area_code) && seen.insert(*number))
        .take(limit)
        .map(|phone_number| Candidate { phone_number, monthly_price: None })
        .collect()
}

/// The tag of a number is its whole name.
fn number_name(client_ref: &ClientRef) -> ProviderResult<String> {
    let tag = client_ref.as_str();
    if (1..=tag::MOST).contains(&tag.chars().count()) {
        return Ok(tag.to_owned());
    }
    let words = "The tag of a number must have 1 to 64 characters.";
    Err(ProviderError::new(ErrorKind::InvalidRequest, words))
}

fn owned(number: &wire::OwnedNumber) -> Option<OwnedRemote> {
    Some(OwnedRemote {
        id: RemoteNumberId::new(number.sid.as_deref()?),
        phone_number: E164::parse(number.phone_number.as_deref()?).ok()?,
        client_ref: number.friendly_name.as_deref().map(ClientRef::new),
        // Without a date it is as old as can be: never taken for one that was just bought.
        created_at: number.date_created.unwrap_or_default(),
        monthly_price: None,
        messaging_service: None,
        voice_url: number.voice_url.clone(),
        sms: number.capabilities.sms || !number.capabilities.said,
    })
}
