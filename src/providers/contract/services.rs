//! Promises about messaging services and the numbers in them.

use std::collections::BTreeSet;

use crate::providers::{
    Addresses, ErrorKind, NewService, OwnedRemote, RemoteNumberId, RemoteService, RemoteServiceId,
};

use super::{Kept, Subject, check, said, told, whole};

/// A messaging service is found by its tag and listed, over all pages; deleted it is neither, and deleting it again
/// is success.
///
/// # Errors
/// The first promise that was not kept.
pub async fn services(subject: &Subject<'_>) -> Kept {
    let Subject { provider, account, .. } = subject;
    let absent = said("find_service", provider.find_service(account, &subject.tag()).await)?;
    check(absent.is_none(), || "find_service finds a service of a tag never used".into())?;
    let mut made = Vec::new();
    for _ in 0..subject.many {
        made.push(create(subject).await?);
    }
    let listed = all_services(subject).await?;
    let ids: BTreeSet<_> = listed.iter().map(|service| &service.id).collect();
    check(ids.len() == listed.len(), || "a service is listed twice".into())?;
    for service in &made {
        check(ids.contains(&service.id), || format!("{} is not listed", service.id))?;
        let tag = service.client_ref.clone().ok_or_else(|| format!("{} carries no tag", service.id))?;
        let found = said("find_service", provider.find_service(account, &tag).await)?;
        check(
            found.as_ref().is_some_and(|found| found.id == service.id && found.name == service.name),
            || format!("find_service by the tag of {} answers {found:?}", service.id),
        )?;
        said("delete_service", provider.delete_service(account, &service.id).await)?;
        said("deleting again", provider.delete_service(account, &service.id).await)?;
        let gone = said("find_service", provider.find_service(account, &tag).await)?;
        check(gone.is_none(), || format!("{} is found after it was deleted", service.id))?;
    }
    let left = all_services(subject).await?;
    check(left.iter().all(|service| made.iter().all(|gone| gone.id != service.id)), || {
        "a deleted service is listed".into()
    })
}

/// A messaging service has the addresses and the behaviour it was made with; both addresses are written over, also with
/// nothing; one that is not there is not found, and has no addresses to change.
///
/// # Errors
/// The first promise that was not kept.
pub async fn addresses(subject: &Subject<'_>) -> Kept {
    let Subject { provider, account, .. } = subject;
    for (geomatch, sticky) in [(true, false), (false, true)] {
        let mut new = wanted(subject);
        (new.area_code_geomatch, new.sticky_sender) = (geomatch, sticky);
        let made = said("create_service", provider.create_service(account, &new).await)?;
        let look = async |expected: &Addresses| {
            let found = said("service", provider.service(account, &made.id).await)?;
            let found = found.ok_or_else(|| format!("service does not find {}", made.id))?;
            check(found.addresses == *expected, || {
                format!("{} has {:?}, not {expected:?}", made.id, found.addresses)
            })?;
            check(found.loses_replies() == expected.inbound_url.is_none(), || {
                format!("whether {} loses replies is wrong", made.id)
            })?;
            check((found.area_code_geomatch, found.sticky_sender) == (geomatch, sticky), || {
                format!("{} does not choose senders as it was made to", made.id)
            })?;
            check(found.name == made.name && found.client_ref == made.client_ref, || {
                format!("{} is called {} now, by the tag {:?}", made.id, found.name, found.client_ref)
            })?;
            check(!found.registration.registered, || format!("{} is registered by itself", made.id))
        };
        look(&new.addresses).await?;
        let second = Addresses {
            inbound_url: Some("https://texting.example.org/in?service=2&more=a%20b".into()),
            status_url: None,
        };
        for addresses in [&second, &Addresses::default(), &second, &second] {
            said("update_service", provider.update_service(account, &made.id, addresses).await)?;
            look(addresses).await?;
        }
        said("delete_service", provider.delete_service(account, &made.id).await)?;
        let gone = said("service", provider.service(account, &made.id).await)?;
        check(gone.is_none(), || format!("{} is found after it was deleted", made.id))?;
    }
    let nobody = RemoteServiceId::new("MG00000000000000000000000000000000");
    let absent = said("service", provider.service(account, &nobody).await)?;
    check(absent.is_none(), || "a service that does not exist was found".into())?;
    match provider.update_service(account, &nobody, &Addresses::default()).await {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("update_service of none was refused as {}", told(&error))),
        Ok(()) => Err("update_service works for a service that does not exist".into()),
    }
}

/// Numbers are put in and taken out, each twice with the same result; the list of members has each once, over all
/// pages; deleting the service leaves its numbers in the account.
///
/// # Errors
/// The first promise that was not kept.
pub async fn members(subject: &Subject<'_>) -> Kept {
    let Subject { provider, account, .. } = subject;
    let owned = subject.own_many(subject.many).await?;
    let service = create(subject).await?;
    check_members(subject, &service, &[]).await?;
    for number in &owned {
        said("add_to_service", provider.add_to_service(account, &service.id, &number.id).await)?;
        said("adding again", provider.add_to_service(account, &service.id, &number.id).await)?;
    }
    check_members(subject, &service, &owned).await?;
    let [first, rest @ ..] = &owned[..] else { return Err("there are no numbers to put in".into()) };
    said("remove_from_service", provider.remove_from_service(account, &service.id, &first.id).await)?;
    said("removing again", provider.remove_from_service(account, &service.id, &first.id).await)?;
    check_members(subject, &service, rest).await?;
    let nobody = RemoteNumberId::new("PN00000000000000000000000000000000");
    let unknown = provider.add_to_service(account, &service.id, &nobody).await;
    check(unknown.is_err(), || "a number that does not exist could be put in".into())?;
    let (released, left) = rest.split_first().ok_or("there must be two numbers at least")?;
    said("release", provider.release(account, &released.id).await)?;
    check_members(subject, &service, left).await?;
    said("delete_service", provider.delete_service(account, &service.id).await)?;
    for number in left {
        let found = said("find_owned", provider.find_owned(account, number.phone_number).await)?;
        check(found.is_some(), || format!("{} went with its messaging service", number.phone_number))?;
    }
    subject.release_all(&owned).await
}

/// A number is in one messaging service at most: it must be taken out of one before it is put into another.
///
/// # Errors
/// The first promise that was not kept.
pub async fn moving(subject: &Subject<'_>) -> Kept {
    let Subject { provider, account, .. } = subject;
    let owned = subject.own_many(1).await?;
    let (one, other) = (create(subject).await?, create(subject).await?);
    for number in &owned {
        said("add_to_service", provider.add_to_service(account, &one.id, &number.id).await)?;
        match provider.add_to_service(account, &other.id, &number.id).await {
            Err(error) if error.kind == ErrorKind::InOtherPool => {}
            Err(error) => return Err(format!("a second service was refused as {}", told(&error))),
            Ok(()) => return Err("a number is in two messaging services".into()),
        }
        said("removing where it is not", provider.remove_from_service(account, &other.id, &number.id).await)?;
        check_members(subject, &one, &owned).await?;
        said("remove_from_service", provider.remove_from_service(account, &one.id, &number.id).await)?;
        said("add_to_service", provider.add_to_service(account, &other.id, &number.id).await)?;
    }
    check_members(subject, &one, &[]).await?;
    check_members(subject, &other, &owned).await?;
    for service in [one, other] {
        said("delete_service", provider.delete_service(account, &service.id).await)?;
    }
    subject.release_all(&owned).await
}

fn wanted(subject: &Subject<'_>) -> NewService {
    let tag = subject.tag();
    NewService {
        name: format!("Contract {tag}").chars().take(64).collect(),
        client_ref: tag,
        addresses: Addresses {
            inbound_url: Some("https://texting.example.org/in".into()),
            status_url: Some("https://texting.example.org/status".into()),
        },
        area_code_geomatch: true,
        sticky_sender: true,
    }
}

async fn create(subject: &Subject<'_>) -> Result<RemoteService, String> {
    let new = wanted(subject);
    let tag = new.client_ref.clone();
    let made = said("create_service", subject.provider.create_service(&subject.account, &new).await)?;
    check(made.client_ref == Some(tag), || format!("{} does not carry its tag", made.id))?;
    Ok(made)
}

async fn all_services(subject: &Subject<'_>) -> Result<Vec<RemoteService>, String> {
    whole(|cursor| async move { subject.provider.list_services(&subject.account, cursor.as_deref()).await })
        .await
}

async fn check_members(subject: &Subject<'_>, service: &RemoteService, expected: &[OwnedRemote]) -> Kept {
    let listed = whole(|cursor| async move {
        subject.provider.list_members(&subject.account, &service.id, cursor.as_deref()).await
    })
    .await?;
    let ids: BTreeSet<_> = listed.iter().collect();
    check(ids.len() == listed.len(), || format!("{} lists a member twice", service.id))?;
    let expected: BTreeSet<_> = expected.iter().map(|number| &number.id).collect();
    check(ids == expected, || format!("{} has the members {ids:?}, not {expected:?}", service.id))
}
