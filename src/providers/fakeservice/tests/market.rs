//! What is for sale, to whom, and what sits in which messaging service.

use std::collections::BTreeSet;

use super::*;
use crate::providers::RemoteNumberId;

#[tokio::test]
async fn stock_is_finite_and_as_documented() {
    let (carrier, us) = (in_memory(), account("ours"));
    for sold_out in stock::SOLD_OUT {
        assert!(search(&carrier, &us, sold_out, 30).await.is_empty());
    }
    for three_left in stock::THREE_LEFT {
        let numbers = search(&carrier, &us, three_left, 30).await;
        assert_eq!(numbers.len(), 3);
        let first = try_buy(&carrier, &us, numbers[0]).await.unwrap();
        assert_eq!(search(&carrier, &us, three_left, 30).await, numbers[1..], "the order stays");
        carrier.release(&us, &first.id).await.unwrap();
        assert_eq!(
            search(&carrier, &us, three_left, 30).await,
            numbers,
            "a released number is for sale again"
        );
    }
    assert_eq!(search(&carrier, &us, "313", 500).await.len(), MAX_SEARCH);
}

#[tokio::test]
async fn stock_can_be_set() {
    let (carrier, us) = (in_memory(), account("ours"));
    let bought = try_buy(&carrier, &us, search(&carrier, &us, "313", 1).await[0]).await.unwrap();
    for left in [3, 0, 2_000, 5] {
        carrier.set_stock(code("313"), left).await.unwrap();
        assert_eq!(carrier.stock_left(code("313")).await.unwrap(), left);
    }
    carrier.release(&us, &bought.id).await.unwrap();
    assert_eq!(carrier.stock_left(code("313")).await.unwrap(), 6);
    carrier.set_stock(code("305"), usize::MAX).await.unwrap();
    assert_eq!(carrier.stock_left(code("305")).await.unwrap(), usize::from(stock::PER_CODE));
    // What is kept off the market, was never on it or is no practice number cannot be bought by its name either.
    carrier.set_stock(code("313"), 0).await.unwrap();
    let [withheld, beyond] = [0, 5_000].map(|index| stock::number_at(SEED, code("313"), index).unwrap());
    for number in
        [withheld, beyond, E164::parse("+13135551212").unwrap(), E164::parse("+13136550100").unwrap()]
    {
        assert_eq!(kind(try_buy(&carrier, &us, number).await), ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn lists_end_with_their_last_full_page() {
    let (carrier, us) = (in_memory(), account("ours"));
    let ids: Vec<_> = carrier
        .world()
        .purchase_at(&us, code("313"), 4, noon("2026-01-01"), |_| None)
        .unwrap()
        .into_iter()
        .map(|owned| owned.id)
        .collect();
    let first = carrier.list_owned(&us, None).await.unwrap();
    let second = carrier.list_owned(&us, first.next.as_deref()).await.unwrap();
    let pages =
        [&first, &second].map(|page| page.items.iter().map(|owned| owned.id.clone()).collect::<Vec<_>>());
    assert_eq!(pages.concat(), ids);
    assert_eq!((pages[0].len(), second.next), (2, None));
}

#[tokio::test]
async fn buying_again_overwrites_the_tag_and_costs_nothing() {
    let (carrier, us) = (in_memory(), account("ours"));
    let phone_number = search(&carrier, &us, "313", 1).await[0];
    let first = try_buy(&carrier, &us, phone_number).await.unwrap();
    let item = PurchaseItem { phone_number, client_ref: ClientRef::new("another"), voice_url: None };
    let answer = carrier.purchase(&us, std::slice::from_ref(&item)).await.unwrap();
    assert!(matches!(&answer[..], [Purchase::Owned(owned)] if owned.id == first.id));
    let found = carrier.find_owned(&us, phone_number).await.unwrap().unwrap();
    assert_eq!(found.client_ref.unwrap().as_str(), "another");
    let books = carrier.books(&us).await.unwrap();
    assert_eq!((books.sales(), books.total()), (1, billing::LOCAL));
    assert_eq!(kind(carrier.purchase(&us, &[item.clone(), item]).await), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn refusals_carry_twilios_codes() {
    let (carrier, us, them) = (in_memory(), account("ours"), account("theirs"));
    let numbers = search(&carrier, &us, "313", 2).await;
    try_buy(&carrier, &them, numbers[0]).await.unwrap();
    let own = try_buy(&carrier, &us, numbers[1]).await.unwrap();
    let one = carrier.create_service(&us, &new_service("one")).await.unwrap();
    let two = carrier.create_service(&us, &new_service("two")).await.unwrap();
    carrier.add_to_service(&us, &one.id, &own.id).await.unwrap();
    let refusals = [
        (try_buy(&carrier, &us, numbers[0]).await.map(drop), ErrorKind::Unavailable, "21422"),
        (carrier.add_to_service(&us, &two.id, &own.id).await, ErrorKind::InOtherPool, "21712"),
        (carrier.add_to_service(&them, &one.id, &own.id).await, ErrorKind::NotFound, "21701"),
        (
            carrier.add_to_service(&us, &one.id, &RemoteNumberId::new("PN")).await,
            ErrorKind::NotFound,
            "21421",
        ),
        (carrier.list_owned(&us, Some("nowhere")).await.map(drop), ErrorKind::InvalidRequest, "21481"),
    ];
    for (answer, kind, code) in refusals {
        let error = answer.unwrap_err();
        assert_eq!((error.kind, error.carrier_code()), (kind, Some(code)));
    }
    for (id, prefix) in [(own.id.as_str(), "PN"), (one.id.as_str(), "MG"), (two.id.as_str(), "MG")] {
        let digits = id.strip_prefix(prefix).unwrap();
        assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }
    // Another account's things are as good as not there.
    carrier.release(&them, &own.id).await.unwrap();
    carrier.delete_service(&them, &one.id).await.unwrap();
    assert!(carrier.find_owned(&us, own.phone_number).await.unwrap().is_some());
    assert_eq!(carrier.list_members(&us, &one.id, None).await.unwrap().items, [own.id]);
}

#[test]
fn a_messaging_service_takes_400_numbers() {
    let carrier = in_memory();
    let (world, us) = (carrier.world(), account("ours"));
    let numbers = world.purchase_at(&us, code("313"), 401, noon("2026-01-01"), |_| None).unwrap();
    let service = world.create_service(&us, &new_service("s")).unwrap();
    for number in &numbers[..400] {
        world.add_to_service(&us, &service.id, &number.id).unwrap();
    }
    let full = world.add_to_service(&us, &service.id, &numbers[400].id).unwrap_err();
    assert_eq!((full.kind, full.carrier_code()), (ErrorKind::PoolFull, Some("21714")));
    world.add_to_service(&us, &service.id, &numbers[0].id).unwrap();
    world.release(&us, &numbers[0].id).unwrap();
    world.add_to_service(&us, &service.id, &numbers[400].id).unwrap();
}

#[test]
fn the_carrier_picks_senders_from_the_pool() {
    let carrier = in_memory();
    let (world, us) = (carrier.world(), account("ours"));
    let service = world.create_service(&us, &new_service("s")).unwrap();
    assert_eq!(world.pick_sender(&us, &service.id, code("313"), 1).unwrap(), None);
    let mut pool = Vec::new();
    for area in ["313", "646"] {
        for number in world.purchase_at(&us, code(area), 2, noon("2026-01-01"), |_| None).unwrap() {
            world.add_to_service(&us, &service.id, &number.id).unwrap();
            pool.push(number.phone_number);
        }
    }
    let picked = |contact: &str| -> BTreeSet<E164> {
        let pick = |draw| world.pick_sender(&us, &service.id, code(contact), draw).unwrap().unwrap();
        (0..50).map(pick).collect()
    };
    assert_eq!(picked("313"), pool[..2].iter().copied().collect());
    assert_eq!(picked("212"), pool[2..].iter().copied().collect());
    assert_eq!(picked("503"), pool.iter().copied().collect());
}

#[test]
fn past_purchases_leave_todays_stock_alone() {
    let carrier = in_memory();
    let (world, us) = (carrier.world(), account("ours"));
    for area in ["503", "305", "313"] {
        let left = world.stock_left(code(area)).unwrap();
        let tag = |place| Some(ClientRef::new(format!("{area}-{place}")));
        let bought = world.purchase_at(&us, code(area), 20, noon("2026-03-31"), tag).unwrap();
        assert_eq!(bought.len(), 20);
        assert_eq!(bought[7].client_ref, tag(7));
        assert_eq!(bought[7].created_at, noon("2026-03-31"));
        assert_eq!(world.stock_left(code(area)).unwrap(), left);
        world.release(&us, &bought[7].id).unwrap();
        assert_eq!(world.stock_left(code(area)).unwrap(), left + 1, "a released number can be bought");
    }
    let all = world.purchase_at(&us, code("206"), 20_000, noon("2026-03-31"), |_| None).unwrap();
    assert_eq!(all.len(), usize::from(stock::PER_CODE));
    assert_eq!(world.stock_left(code("206")).unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_instances_never_sell_a_number_twice() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.db");
    let instances = [in_file(&path, SEED), in_file(&path, SEED)];
    instances[0].set_stock(code("313"), 40).await.unwrap();
    let buyers = (0..8).map(|buyer| {
        let carrier = Arc::clone(&instances[buyer % 2]);
        tokio::spawn(async move {
            let us = account(&format!("buyer {buyer}"));
            let mut bought = Vec::new();
            loop {
                let numbers = search(&carrier, &us, "313", 5).await;
                if numbers.is_empty() {
                    return bought;
                }
                for number in numbers {
                    match try_buy(&carrier, &us, number).await {
                        Ok(owned) => bought.push(owned),
                        Err(error) => assert_eq!(error.kind, ErrorKind::Unavailable),
                    }
                }
            }
        })
    });
    let mut all = Vec::new();
    for buyer in buyers.collect::<Vec<_>>() {
        all.extend(buyer.await.unwrap());
    }
    assert_eq!(all.len(), 40);
    assert_eq!(all.iter().map(|owned| owned.phone_number).collect::<BTreeSet<_>>().len(), 40);
    assert_eq!(all.iter().map(|owned| &owned.id).collect::<BTreeSet<_>>().len(), 40);
}
