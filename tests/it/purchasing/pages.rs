//! An order's page, its ways to end, and who else is told of it.

use super::*;

both! {
    async fn an_order_is_stopped_and_what_is_bought_stays(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "40")]).await;
        assert!(first_calls(&app, 12).await);
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert_eq!(page.all("#order-stop"), ["Stop this order"]);
        let page = owner.submit(&format!("{ORDERS}/{id}/stop"), &[]).await.ok();
        assert!(page.text().contains("What is bought stays"), "{}", page.text());
        let asked = app.world().books(&account()).unwrap().sales();
        let done = work(&app, id).await;
        assert_eq!(done.order.status, OrderStatus::Stopped);
        assert_eq!(app.world().books(&account()).unwrap().sales(), asked, "something was asked for after the stop");
        assert_eq!(usize::try_from(done.lines.bought).unwrap(), asked);
        assert!(asked > 0 && asked < 40, "{asked}");
        assert_accounted(&app).await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.text().contains("the order was stopped first"), "{}", page.text());
        assert!(page.all("#order-stop").is_empty());
        // Stopping again says so and changes nothing.
        let page = owner.submit(&format!("{ORDERS}/{id}/stop"), &[]).await.ok();
        assert!(page.text().contains("had ended already"), "{}", page.text());
        // Before anything was asked, nothing ever is.
        let id = order(&owner, &[("313", "3")]).await;
        owner.post(&format!("{ORDERS}/{id}/stop"), &[]).await.is(303);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Stopped, 0));
        assert_eq!(app.world().books(&account()).unwrap().sales(), asked);
    }

    async fn what_an_order_carries_for_afterwards_is_enqueued_once_it_ends(app: TestApp) {
        let by = app.allowed::<numberbank::access::BuyNumbers>(Role::Owner).await;
        let (id, now) = (OrderId::new(), app.app().clock.now());
        let new = NewOrder {
            follow_up: Some(jobs::Described {
                kind: "of.a.later.version".into(),
                payload: "{}".into(),
                unique_key: Some("afterwards".into()),
            }),
            ..NewOrder::of(id, vec![Wanted { area_code: code("313"), count: 9, price: Micros::from_cents(115) }])
        };
        app.write(move |tx| purchasing::place(tx, &by, &new, now)).await;
        let waits = || app.app().db.read(|conn| jobs::open_by_key(conn, "afterwards"));
        assert!(first_calls(&app, 10).await);
        assert!(waits().await.unwrap().is_none(), "too early");
        assert_eq!(work(&app, id).await.order.status, OrderStatus::Complete);
        let job = waits().await.unwrap().unwrap();
        assert_eq!((job.kind.as_str(), job.payload.as_str()), ("of.a.later.version", "{}"));
        // Somebody looks at the ended order once more: nothing is enqueued again.
        app.sql("DELETE FROM job_request WHERE unique_key = 'afterwards'").await;
        app.write(move |tx| Ok(jobs::enqueue(tx, None, &BuyNumbers { order: id }, now, now)?)).await;
        work(&app, id).await;
        assert!(waits().await.unwrap().is_none());
    }

    async fn the_progress_fragment_is_the_page_and_stops_by_itself(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "3")]).await;
        let path = format!("{ORDERS}/{id}/progress");
        let fragment = owner.get_fragment(&path, "order").await.ok();
        assert_eq!(fragment.attribute("#order", "data-announce").as_deref(), Some("0 of 3 bought"));
        assert!(fragment.attribute("#order", "hx-get").unwrap().starts_with(&path));
        assert_eq!(owner.get(&path).await.is(303).location(), format!("{ORDERS}/{id}"));
        app.advance(TimeDelta::seconds(90));
        let slower = owner.get_fragment(&path, "order").await.ok();
        assert_eq!(slower.attribute("#order", "hx-trigger").as_deref(), Some("load delay:2s"));
        app.advance(TimeDelta::seconds(600));
        let slow = owner.get_fragment(&path, "order").await.ok();
        assert_eq!(slow.attribute("#order", "hx-trigger").as_deref(), Some("load delay:15s"));
        work(&app, id).await;
        let done = owner.get_fragment(&path, "order").await.ok();
        assert_eq!(done.attribute("#order", "data-announce").as_deref(), Some("3 of 3 bought"));
        assert_eq!(done.attribute("#order", "hx-get"), None);
    }

    async fn what_is_being_bought_is_known_by_area_code(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("443", "10"), ("410", "4")]).await;
        let organization = app.allowed::<numberbank::access::SeeOrders>(Role::Owner).await.organization_id();
        let pending = || app.app().db.read(move |conn| purchasing::working_by_area(conn, organization));
        let of = |pending: Vec<purchasing::Pending>| -> Vec<(String, i64, i64)> {
            assert!(pending.iter().all(|one| one.order_id == id));
            pending.iter().map(|one| (one.area_code.to_string(), one.wanted, one.bought)).collect()
        };
        assert_eq!(of(pending().await.unwrap()), [("443".to_owned(), 10, 0), ("410".to_owned(), 4, 0)]);
        assert!(first_calls(&app, 11).await);
        assert_eq!(of(pending().await.unwrap()), [("443".to_owned(), 10, 8), ("410".to_owned(), 4, 0)]);
        work(&app, id).await;
        assert!(pending().await.unwrap().is_empty());
    }

    async fn long_orders_and_long_lists_have_pages(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "130")]).await;
        assert_eq!(work(&app, id).await.lines.bought, 130);
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.text().contains("1–100 of 130 lines"), "{}", page.text());
        let next = page.attribute("a[rel=next]", "href").unwrap();
        let second = owner.get(&next).await.ok();
        assert_eq!(second.all("tbody tr").len(), 30);
        let all: BTreeSet<String> = [page.all("tbody th"), second.all("tbody th")].concat().into_iter().collect();
        assert_eq!(all.len(), 130);
        for _ in 0..51 {
            app.advance(TimeDelta::seconds(1));
            order(&owner, &[("410", "1")]).await;
        }
        let first = owner.get(ORDERS).await.ok();
        assert!(first.text().contains("52 orders") && first.all("tbody tr").len() == 50, "{}", first.text());
        let last = owner.get(&first.attribute("a[rel=next]", "href").unwrap()).await.ok();
        assert_eq!(last.all("tbody tr").len(), 2);
        assert!(last.all("tbody th")[1].starts_with("130 numbers in 313"));
    }
}
