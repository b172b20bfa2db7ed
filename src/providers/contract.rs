//! The suite every provider passes: what the rest of the program relies on, whatever the carrier.
//!
//! [`run`] asks everything; each question can be asked alone. They buy a few numbers and give them back. The answer
//! is `Ok`, or the first promise that was not kept, in words.

mod numbers;
mod services;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::kernel::{AreaCode, Clock, E164};

use super::{
    Account, ClientRef, OwnedRemote, Provider, ProviderError, ProviderResult, Purchase, PurchaseItem,
    RemotePage, Search,
};

pub use numbers::{buying, checked, listing, prices, releasing, searching, taken, usage, voice};
pub use services::{addresses, members, moving, services};

/// A promise that was not kept, in words.
pub type Kept = Result<(), String>;

/// What the suite is run against.
pub struct Subject<'a> {
    /// The provider.
    pub provider: &'a dyn Provider,
    /// An account that may buy.
    pub account: Account,
    /// Another account at the same carrier, where there is one: whose numbers cannot be bought.
    pub other: Option<Account>,
    /// An area code with at least [`many`](Self::many) numbers for sale, and two more.
    pub area_code: AreaCode,
    /// How many numbers are bought to fill lists. More than the carrier's page proves the paging.
    pub many: usize,
    /// The carrier's time.
    pub clock: Clock,
    tags: Tags,
}

struct Tags {
    run: String,
    next: AtomicU32,
}

impl<'a> Subject<'a> {
    /// A provider with an account and an area code; three numbers in lists, no other account.
    pub fn new(
        provider: &'a dyn Provider,
        account: Account,
        area_code: AreaCode,
        clock: Clock,
    ) -> Subject<'a> {
        let run = uuid::Uuid::now_v7().simple().to_string();
        let tags = Tags { run, next: AtomicU32::new(1) };
        Subject { provider, account, other: None, area_code, many: 3, clock, tags }
    }

    /// A tag never used before.
    fn tag(&self) -> ClientRef {
        let number = self.tags.next.fetch_add(1, Ordering::Relaxed);
        ClientRef::new(format!("contract-{}-{number}", self.tags.run))
    }

    /// Different numbers for sale.
    async fn candidates(&self, count: usize) -> Result<Vec<E164>, String> {
        let search = Search { area_code: self.area_code, limit: count };
        let found = said("search", self.provider.search(&self.account, &search).await)?;
        let numbers: BTreeSet<_> = found.iter().map(|candidate| candidate.phone_number).collect();
        check(!numbers.is_empty(), || format!("{} has no numbers for sale", self.area_code.as_str()))?;
        Ok(numbers.into_iter().take(count).collect())
    }

    /// Buys a number and waits until it is decided.
    async fn buy(&self, account: &Account, number: E164, tag: &ClientRef) -> Result<Purchase, String> {
        let item = PurchaseItem { phone_number: number, client_ref: tag.clone(), voice_url: None };
        self.buy_item(account, item).await
    }

    async fn buy_item(&self, account: &Account, item: PurchaseItem) -> Result<Purchase, String> {
        let number = item.phone_number;
        let mut answers = said("purchase", self.provider.purchase(account, &[item]).await)?;
        for _ in 0..100 {
            check(answers.len() == 1, || {
                format!("purchase of one number answered {} entries", answers.len())
            })?;
            match answers.pop() {
                Some(Purchase::Pending(handle)) => {
                    check(self.provider.capabilities().async_purchase, || {
                        "purchase is pending although the provider says that it never is".into()
                    })?;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    answers = said("poll_purchase", self.provider.poll_purchase(account, &handle).await)?;
                }
                Some(decided) => return Ok(decided),
                None => break,
            }
        }
        Err(format!("purchase of {number} was not decided in time"))
    }

    /// Buys a number that must be for sale.
    async fn own(&self, number: E164, tag: &ClientRef) -> Result<OwnedRemote, String> {
        self.own_item(PurchaseItem { phone_number: number, client_ref: tag.clone(), voice_url: None }).await
    }

    async fn own_item(&self, item: PurchaseItem) -> Result<OwnedRemote, String> {
        let number = item.phone_number;
        match self.buy_item(&self.account, item).await? {
            Purchase::Owned(owned) => Ok(owned),
            Purchase::Failed(error) => Err(format!("purchase of {number} was refused: {}", told(&error))),
            Purchase::Pending(_) => Err(format!("purchase of {number} is still pending")),
        }
    }

    /// Buys several numbers, searching as often as it takes.
    async fn own_many(&self, count: usize) -> Result<Vec<OwnedRemote>, String> {
        let mut owned: Vec<OwnedRemote> = Vec::new();
        while owned.len() < count {
            for number in self.candidates(count - owned.len()).await? {
                check(owned.iter().all(|own| own.phone_number != number), || {
                    format!("search lists {number}, which this account owns")
                })?;
                owned.push(self.own(number, &self.tag()).await?);
            }
        }
        Ok(owned)
    }

    /// Gives numbers back.
    async fn release_all(&self, owned: &[OwnedRemote]) -> Kept {
        for number in owned {
            said("release", self.provider.release(&self.account, &number.id).await)?;
        }
        Ok(())
    }
}

/// Asks everything.
///
/// # Errors
/// The first promise that was not kept.
pub async fn run(subject: &Subject<'_>) -> Kept {
    within("checked", checked(subject)).await?;
    within("prices", prices(subject)).await?;
    within("searching", searching(subject)).await?;
    within("buying", buying(subject)).await?;
    if subject.provider.connection().voice {
        within("voice", voice(subject)).await?;
    }
    within("taken", taken(subject)).await?;
    within("releasing", releasing(subject)).await?;
    within("listing", listing(subject)).await?;
    within("usage", usage(subject)).await?;
    if subject.provider.capabilities().messaging_services {
        within("services", services(subject)).await?;
        within("addresses", addresses(subject)).await?;
        within("members", members(subject)).await?;
        within("moving", moving(subject)).await?;
    }
    Ok(())
}

async fn within(part: &str, answer: impl Future<Output = Kept>) -> Kept {
    answer.await.map_err(|words| format!("{part}: {words}"))
}

fn check(holds: bool, words: impl FnOnce() -> String) -> Kept {
    if holds { Ok(()) } else { Err(words()) }
}

fn said<T>(verb: &str, answer: ProviderResult<T>) -> Result<T, String> {
    answer.map_err(|error| format!("{verb} failed: {}", told(&error)))
}

fn told(error: &ProviderError) -> String {
    format!("{:?}: {error} (carrier's code {})", error.kind, error.carrier_code().unwrap_or("none"))
}

/// Follows a list to its end.
async fn whole<T, A>(list: impl Fn(Option<String>) -> A) -> Result<Vec<T>, String>
where
    A: Future<Output = ProviderResult<RemotePage<T>>>,
{
    let mut all = Vec::new();
    let mut cursor = None;
    let mut seen = BTreeSet::new();
    loop {
        let page = said("a page of the list", list(cursor).await)?;
        all.extend(page.items);
        match page.next {
            None => return Ok(all),
            Some(next) => {
                check(seen.insert(next.clone()), || format!("the list comes back to page {next}"))?;
                cursor = Some(next);
            }
        }
    }
}
