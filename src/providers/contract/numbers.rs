//! Promises about numbers and money.

use std::collections::BTreeSet;

use chrono::Days;

use crate::kernel::Micros;
use crate::providers::usage as bill;
use crate::providers::{ErrorKind, OwnedRemote, Purchase, PurchaseItem, RemoteNumberId, Search};

use super::{Kept, Subject, check, said, told, whole};

/// The test of the connection passes for an account that may buy.
///
/// # Errors
/// The first promise that was not kept.
pub async fn checked(subject: &Subject<'_>) -> Kept {
    let checked = said("check", subject.provider.check(&subject.account).await)?;
    let currency = checked.balance.map_or_else(|| "USD".to_owned(), |balance| balance.currency);
    let letters = currency.bytes().all(|byte| byte.is_ascii_uppercase());
    check(letters && currency.len() == 3, || format!("{currency:?} is no ISO 4217 currency"))
}

/// The address that answers voice calls is set with the purchase, changed and cleared; a number that is not there has
/// none to set.
///
/// # Errors
/// The first promise that was not kept.
pub async fn voice(subject: &Subject<'_>) -> Kept {
    let Subject { provider, account, .. } = subject;
    let [number] = subject.candidates(1).await?[..] else {
        return Err("search for one answered more".into());
    };
    let first = "https://voice.example.org/first";
    let item =
        PurchaseItem { phone_number: number, client_ref: subject.tag(), voice_url: Some(first.to_owned()) };
    let owned = subject.own_item(item).await?;
    let is = async |expected: Option<&str>| {
        let found = said("find_by_id", provider.find_by_id(account, &owned.id).await)?;
        let found = found.ok_or_else(|| format!("find_by_id does not find {}", owned.id))?;
        check(found.phone_number == number && found.id == owned.id, || {
            format!("find_by_id answers {} for {}", found.id, owned.id)
        })?;
        check(found.voice_url.as_deref() == expected, || {
            format!("voice calls are answered by {:?}, not {expected:?}", found.voice_url)
        })
    };
    is(Some(first)).await?;
    for url in [Some("https://voice.example.org/second?number=1&more=%20"), None, None] {
        said("set_voice_url", provider.set_voice_url(account, &owned.id, url).await)?;
        is(url).await?;
    }
    subject.release_all(std::slice::from_ref(&owned)).await?;
    let gone = said("find_by_id", provider.find_by_id(account, &owned.id).await)?;
    check(gone.is_none(), || format!("find_by_id finds {} after its release", owned.id))?;
    let nobody = RemoteNumberId::new("PN00000000000000000000000000000000");
    match provider.set_voice_url(account, &nobody, None).await {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("set_voice_url of no number was refused as {}", told(&error))),
        Ok(()) => Err("set_voice_url works for a number that does not exist".into()),
    }
}

/// Prices are positive and in a currency.
///
/// # Errors
/// The first promise that was not kept.
pub async fn prices(subject: &Subject<'_>) -> Kept {
    let prices = said("prices", subject.provider.prices(&subject.account).await)?;
    check(prices.local > Micros::ZERO && prices.toll_free > Micros::ZERO, || {
        format!("prices are not positive: {} and {}", prices.local, prices.toll_free)
    })?;
    let letters = prices.currency.bytes().all(|byte| byte.is_ascii_uppercase());
    check(letters && prices.currency.len() == 3, || format!("{:?} is no ISO 4217 currency", prices.currency))
}

/// A search answers at most what was asked for and what the provider says, only numbers of that area code, each once,
/// and says prices if the provider says that it does.
///
/// # Errors
/// The first promise that was not kept.
pub async fn searching(subject: &Subject<'_>) -> Kept {
    let capabilities = subject.provider.capabilities();
    for limit in [1, 2, capabilities.max_search, capabilities.max_search + 100] {
        let search = Search { area_code: subject.area_code, limit };
        let found = said("search", subject.provider.search(&subject.account, &search).await)?;
        let most = limit.min(capabilities.max_search);
        check(!found.is_empty() && found.len() <= most, || {
            format!("search for {limit} answered {} numbers, between 1 and {most} expected", found.len())
        })?;
        let different: BTreeSet<_> = found.iter().map(|candidate| candidate.phone_number).collect();
        check(different.len() == found.len(), || format!("search for {limit} answered a number twice"))?;
        for candidate in &found {
            let number = candidate.phone_number;
            check(number.area_code() == Ok(subject.area_code), || {
                format!("{number} is of another area code")
            })?;
            check(candidate.monthly_price.is_some() || !capabilities.price_in_search, || {
                format!("search does not say the price of {number}")
            })?;
        }
    }
    let none = Search { area_code: subject.area_code, limit: 0 };
    let found = said("search", subject.provider.search(&subject.account, &none).await)?;
    check(found.is_empty(), || "search for no number answered some".into())
}

/// A bought number is found, carries its tag, is listed once and no longer for sale; buying it again gives the same
/// id; buying nothing is nothing.
///
/// # Errors
/// The first promise that was not kept.
pub async fn buying(subject: &Subject<'_>) -> Kept {
    let Subject { provider, account, .. } = subject;
    let nothing = said("purchase", provider.purchase(account, &[]).await)?;
    check(nothing.is_empty(), || "purchase of nothing answered something".into())?;
    let [number] = subject.candidates(1).await?[..] else {
        return Err("search for one answered more".into());
    };
    let before = said("find_owned", provider.find_owned(account, number).await)?;
    check(before.is_none(), || format!("{number} is for sale, and owned already"))?;
    let tag = subject.tag();
    let owned = subject.own(number, &tag).await?;
    check(owned.phone_number == number, || format!("bought {} instead of {number}", owned.phone_number))?;
    let found = said("find_owned", provider.find_owned(account, number).await)?;
    let found = found.ok_or_else(|| format!("find_owned does not find {number} after its purchase"))?;
    check(found.id == owned.id, || format!("find_owned says {}, the purchase {}", found.id, owned.id))?;
    check(found.client_ref.as_ref() == Some(&tag), || format!("{number} does not carry its tag"))?;
    let listed = all_numbers(subject).await?;
    let times = listed.iter().filter(|other| other.phone_number == number).count();
    check(times == 1, || format!("{number} is listed {times} times"))?;
    let most = Search { area_code: subject.area_code, limit: provider.capabilities().max_search };
    let for_sale = said("search", provider.search(account, &most).await)?;
    check(for_sale.iter().all(|candidate| candidate.phone_number != number), || {
        format!("{number} is for sale although it is owned")
    })?;
    let again = subject.own(number, &tag).await?;
    check(again.id == owned.id, || format!("bought twice, {number} is {} and {}", owned.id, again.id))?;
    subject.release_all(&[owned]).await
}

/// A number that another account owns cannot be bought and is not found as ours; so is a number that is not for sale
/// at all. Asked only where there is another account.
///
/// # Errors
/// The first promise that was not kept.
pub async fn taken(subject: &Subject<'_>) -> Kept {
    let Some(other) = &subject.other else { return Ok(()) };
    let [number] = subject.candidates(1).await?[..] else {
        return Err("search for one answered more".into());
    };
    let theirs = match subject.buy(other, number, &subject.tag()).await? {
        Purchase::Owned(owned) => owned,
        refused => return Err(format!("the other account could not buy {number}: {refused:?}")),
    };
    match subject.buy(&subject.account, number, &subject.tag()).await? {
        Purchase::Failed(error) if error.kind == ErrorKind::Unavailable => {}
        Purchase::Failed(error) => return Err(format!("{number} is taken, refused as {}", told(&error))),
        bought => return Err(format!("{number} belongs to another account, and yet: {bought:?}")),
    }
    let found = said("find_owned", subject.provider.find_owned(&subject.account, number).await)?;
    check(found.is_none(), || format!("find_owned claims {number}, which belongs to another account"))?;
    said("release", subject.provider.release(other, &theirs.id).await)
}

/// A released number is owned and listed no more; releasing it again is success.
///
/// # Errors
/// The first promise that was not kept.
pub async fn releasing(subject: &Subject<'_>) -> Kept {
    let Subject { provider, account, .. } = subject;
    let [number] = subject.candidates(1).await?[..] else {
        return Err("search for one answered more".into());
    };
    let owned = subject.own(number, &subject.tag()).await?;
    for time in ["first", "second"] {
        provider
            .release(account, &owned.id)
            .await
            .map_err(|error| format!("the {time} release failed: {}", told(&error)))?;
        let found = said("find_owned", provider.find_owned(account, number).await)?;
        check(found.is_none(), || format!("{number} is owned after its release"))?;
    }
    let listed = all_numbers(subject).await?;
    check(listed.iter().all(|other| other.phone_number != number), || {
        format!("{number} is listed after its release")
    })
}

/// The list of numbers has each once, over all its pages.
///
/// # Errors
/// The first promise that was not kept.
pub async fn listing(subject: &Subject<'_>) -> Kept {
    let owned = subject.own_many(subject.many).await?;
    let listed = all_numbers(subject).await?;
    let ids: BTreeSet<_> = listed.iter().map(|number| &number.id).collect();
    check(ids.len() == listed.len(), || "a number is listed twice".into())?;
    for number in &owned {
        let same = listed.iter().find(|other| other.id == number.id);
        check(same.is_some_and(|same| same.phone_number == number.phone_number), || {
            format!("{} is not in the list", number.phone_number)
        })?;
    }
    subject.release_all(&owned).await
}

/// What is billed goes up by a number's price, once, when it is bought, and not down when it is released.
///
/// # Errors
/// The first promise that was not kept.
pub async fn usage(subject: &Subject<'_>) -> Kept {
    let before = billed(subject).await?;
    let [number] = subject.candidates(1).await?[..] else {
        return Err("search for one answered more".into());
    };
    let prices = said("prices", subject.provider.prices(&subject.account).await)?;
    let price = prices.of(subject.area_code);
    let owned = subject.own(number, &subject.tag()).await?;
    subject.own(number, &subject.tag()).await?;
    let expected = (before.0 + 1, before.1 + price);
    let after = billed(subject).await?;
    check(after == expected, || format!("billed {after:?} after a purchase, not {expected:?}"))?;
    subject.release_all(&[owned]).await?;
    let released = billed(subject).await?;
    check(released == expected, || format!("billed {released:?} after the release, not {expected:?}"))
}

/// How many charges yesterday and today, and their sum. A midnight in between does no harm.
async fn billed(subject: &Subject<'_>) -> Result<(i64, Micros), String> {
    let today = subject.clock.today();
    let (from, to) = (today - Days::new(1), today + Days::new(1));
    let rows = said("usage", subject.provider.usage(&subject.account, from, to).await)?;
    check(rows.iter().all(|row| (from..=to).contains(&row.day)), || {
        "usage of other days was answered".into()
    })?;
    let keys: BTreeSet<_> = rows.iter().map(|row| (row.day, &row.category)).collect();
    check(keys.len() == rows.len(), || "usage has two rows of one day and category".into())?;
    let known = |category: &str| bill::CATEGORIES.iter().any(|(known, _)| *known == category);
    check(rows.iter().all(|row| known(&row.category)), || {
        "usage has a category that nobody asked for".into()
    })?;
    let sum = |wanted: &dyn Fn(&str) -> bool| {
        let rows = rows.iter().filter(|row| wanted(&row.category));
        rows.fold((0, Micros::ZERO), |sum, row| (sum.0 + row.count, sum.1 + row.amount))
    };
    let kinds = sum(&|category| [bill::LOCAL, bill::MOBILE, bill::TOLL_FREE].contains(&category));
    let all = sum(&|category| category == bill::NUMBERS);
    check(kinds.1 == all.1, || format!("the kinds of numbers cost {}, all of them {}", kinds.1, all.1))?;
    let total = sum(&|category| category == bill::TOTAL).1;
    check(total >= all.1, || format!("everything cost {total}, numbers alone {}", all.1))?;
    Ok(kinds)
}

async fn all_numbers(subject: &Subject<'_>) -> Result<Vec<OwnedRemote>, String> {
    whole(|cursor| async move { subject.provider.list_owned(&subject.account, cursor.as_deref()).await })
        .await
}
