//! Money and the account itself: prices, what was billed, what is left.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use crate::kernel::Micros;
use crate::providers::{Account, Balance, Checked, ErrorKind, Prices, ProviderError, ProviderResult, Usage};

use super::governor::unpoisoned;
use super::http::{Method, address, incomplete};
use super::wire::{self, NumberType};
use super::{Twilio, paging};
use crate::providers::usage::CATEGORIES;

/// How long a price list is taken for today's.
const PRICES_HOLD: TimeDelta = TimeDelta::hours(1);
/// How long one may be used when no newer can be had.
const PRICES_SERVE: TimeDelta = TimeDelta::hours(24);

impl Twilio {
    /// Reads a number, which a Standard key may, and then what only some credentials may.
    pub(super) async fn test(&self, account: &Account) -> ProviderResult<Checked> {
        let mut url = self.of_account(account, &["IncomingPhoneNumbers.json"]);
        url.query_pairs_mut().append_pair("PageSize", "1");
        let numbers: wire::Owned = self.get(account, url).await?;
        numbers.incoming_phone_numbers.ok_or_else(|| incomplete(Method::Get))?;
        let mut notes = Vec::new();
        let mut services = address(&self.options.messaging, &["v1", "Services"]);
        services.query_pairs_mut().append_pair("PageSize", "1");
        if let Err(error) = self.get::<wire::Listed>(account, services).await {
            notes.push(format!(
                "Messaging services cannot be read: {error} A subaccount needs its own auth token or key for them, a \
                 restricted key the permission."
            ));
        }
        let balance =
            match self.get::<wire::Funds>(account, self.of_account(account, &["Balance.json"])).await {
                Ok(wire::Funds { balance: Some(amount), currency: Some(currency) }) => {
                    Some(Balance { amount, currency: currency.to_ascii_uppercase() })
                }
                _ => {
                    notes.push(
                        "The balance cannot be read with these credentials; nothing here needs it.".into(),
                    );
                    None
                }
            };
        Ok(Checked { balance, notes })
    }

    /// The price list of the United States, at most an hour old; an older one, with its date, when Twilio does not
    /// answer.
    pub(super) async fn price_list(&self, account: &Account) -> ProviderResult<Prices> {
        let now = self.clock.now();
        let kept = unpoisoned(&self.prices).get(account).cloned();
        if let Some(prices) = kept.clone().filter(|prices| now - prices.as_of < PRICES_HOLD) {
            return Ok(prices);
        }
        let url = address(&self.options.pricing, &["v1", "PhoneNumbers", "Countries", "US"]);
        let answer = match self.get::<wire::PriceList>(account, url).await {
            Ok(answer) => answer,
            Err(error) => {
                let kept = kept.filter(|prices| error.is_retryable() && now - prices.as_of < PRICES_SERVE);
                return kept.ok_or(error);
            }
        };
        let price = |kind: NumberType| {
            let mut of_kind =
                answer.phone_number_prices.iter().filter(|price| price.number_type.as_ref() == Some(&kind));
            of_kind
                .find_map(|price| price.current_price.or(price.base_price))
                .filter(|price| *price > Micros::ZERO)
        };
        let unknown = || {
            let words = "Twilio's price list does not say what these numbers cost.";
            ProviderError::new(ErrorKind::Transient, words)
        };
        let prices = Prices {
            currency: answer.price_unit.as_deref().ok_or_else(unknown)?.to_ascii_uppercase(),
            local: price(NumberType::Local).ok_or_else(unknown)?,
            toll_free: price(NumberType::TollFree).ok_or_else(unknown)?,
            as_of: now,
        };
        unpoisoned(&self.prices).insert(account.clone(), prices.clone());
        Ok(prices)
    }

    /// What was billed on these days, by day and category, each category asked for by its name: a list of all has more
    /// than six hundred rows a day.
    pub(super) async fn billed(
        &self,
        account: &Account,
        from: NaiveDate,
        to: NaiveDate,
    ) -> ProviderResult<Vec<Usage>> {
        let mut sums: BTreeMap<(NaiveDate, String), (Micros, Micros)> = BTreeMap::new();
        for (category, _) in CATEGORIES {
            let mut list = self.of_account(account, &["Usage", "Records", "Daily.json"]);
            list.query_pairs_mut()
                .append_pair("Category", category)
                .append_pair("StartDate", &from.to_string())
                .append_pair("EndDate", &to.to_string())
                .append_pair("IncludeSubaccounts", "false")
                .append_pair("PageSize", &self.options.page_size.to_string());
            let mut cursor: Option<String> = None;
            loop {
                let answer: wire::Records =
                    self.get(account, paging::page(&list, cursor.as_deref())?).await?;
                for record in answer.usage_records.ok_or_else(|| incomplete(Method::Get))? {
                    let named = record.category.as_deref() == Some(category);
                    let Some(day) = record.start_date.filter(|day| named && (from..=to).contains(day)) else {
                        continue;
                    };
                    let sum = sums.entry((day, category.to_owned())).or_default();
                    sum.0 += record.count.unwrap_or_default();
                    sum.1 += record.price.unwrap_or_default();
                }
                let next = paging::cursor(&list, answer.next_page_uri.as_deref())?;
                if next.is_none() || next == cursor {
                    break;
                }
                cursor = next;
            }
        }
        let rows =
            sums.into_iter().filter(|(_, (count, amount))| *count != Micros::ZERO || *amount != Micros::ZERO);
        Ok(rows
            .map(|((day, category), (count, amount))| {
                // Counted in whole things; read as a decimal because that is how it is written.
                Usage { day, category, count: count.get() / 1_000_000, amount }
            })
            .collect())
    }
}
