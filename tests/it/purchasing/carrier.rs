//! What the carrier does to an order, and what must hold all the same.

use super::*;

both! {
    async fn nothing_is_ordered_from_an_account_that_was_left_meanwhile(app: TestApp) {
        let by = app.allowed::<MayBuy>(Role::Owner).await;
        // The connection is changed while the price is asked for.
        app.sql("UPDATE organization SET carrier_account = 'another'").await;
        let lines = vec![Wanted { area_code: code("313"), count: 2, price: Micros::from_cents(115) }];
        let (order, now) = (NewOrder::of(OrderId::new(), lines), app.app().clock.now());
        let placed = app.app().db.write(move |tx| purchasing::place(tx, &by, &order, now)).await;
        assert!(matches!(&placed, Err(AppError::Conflict(words)) if words.contains("Nothing was ordered")), "{placed:?}");
        assert_eq!(app.texts("purchase_order", "id").await, Vec::<String>::new());
    }

    async fn a_number_sold_meanwhile_is_replaced_by_the_next(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "6")]).await;
        weather(&app, Weather { sold_meanwhile_next: 2, ..Weather::still() });
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 6));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert_eq!(page.text().matches("after the first candidate was sold meanwhile").count(), 2, "{}", page.text());
        assert_accounted(&app).await;

        // Sold out under our hands: the carrier's code stays beside our words.
        app.world().set_stock(code("410"), 2).unwrap();
        let id = order(&owner, &[("410", "2")]).await;
        weather(&app, Weather { sold_meanwhile_next: 2, ..Weather::still() });
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.not_bought), (OrderStatus::Failed, 2));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok().text();
        assert!(page.contains("no more numbers in 410 (carrier: 21422)"), "{page}");
        assert!(page.contains("Nothing is charged"), "{page}");
        let searches = app.world().calls(&account()).unwrap()[&Verb::Search];
        assert!(searches <= 8, "{searches} searches: it looks for what is not there again and again");
        assert_accounted(&app).await;
    }

    async fn too_many_calls_slow_the_order_down_and_nothing_else(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "20")]).await;
        weather(&app, Weather { rate_limit_next: 60, retry_after_ms: 3_000, ..Weather::still() });
        app.run_jobs().await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok().text();
        assert!(page.contains("The carrier asks us to slow down; goes on by itself"), "{page}");
        let calls = app.world().calls(&account()).unwrap().values().sum::<u64>();
        app.advance(TimeDelta::seconds(2));
        app.run_jobs().await;
        assert_eq!(app.world().calls(&account()).unwrap().values().sum::<u64>(), calls, "it did not wait");
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought, done.order.notice), (OrderStatus::Complete, 20, None));
        assert_accounted(&app).await;
    }

    async fn lost_answers_never_buy_twice_and_lose_nothing(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let mut asked = 0;
        for (lost, unanswered) in [(5, 0), (0, 5), (7, 9), (40, 0), (0, 30)] {
            let before = app.world().books(&account()).unwrap().sales();
            let id = order(&owner, &[("313", "12")]).await;
            weather(&app, Weather { answer_lost_next: lost, unanswered_next: unanswered, ..Weather::still() });
            let done = work(&app, id).await;
            weather(&app, Weather::still());
            assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 12), "{lost} {unanswered}");
            let books = app.world().books(&account()).unwrap();
            assert_eq!(books.sales() - before, 12, "{lost} {unanswered}");
            // What was done is found by asking, never by buying again.
            let now = app.world().calls(&account()).unwrap()[&Verb::Purchase];
            assert_eq!(now - asked, 12 + u64::from(unanswered), "{lost} {unanswered}");
            asked = now;
            assert_accounted(&app).await;
        }
    }

    async fn storms_end_with_every_number_accounted_for(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        for per_mille in [100, 300, 500] {
            let id = order(&owner, &[("443", "25"), ("410", "15")]).await;
            weather(&app, Weather { faults_per_mille: per_mille, retry_after_ms: 500, ..Weather::still() });
            let mut done = work(&app, id).await;
            weather(&app, Weather::still());
            if done.order.status == OrderStatus::Working {
                // It gave up, or a person must decide: they say "try again" when the storm is over.
                owner.post(&format!("{ORDERS}/{id}/try-again"), &[]).await.is(303);
                done = work(&app, id).await;
            }
            assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 40), "{per_mille}: {done:?}");
            assert_accounted(&app).await;
        }
        let hiccups = Weather { every_nth: 3, ..Weather::still() };
        let id = order(&owner, &[("313", "60")]).await;
        weather(&app, hiccups);
        assert_eq!(work(&app, id).await.order.status, OrderStatus::Complete);
        assert_accounted(&app).await;
    }

    async fn a_suspended_account_makes_the_order_wait_and_keeps_what_is_bought(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "20")]).await;
        // Prices, a search, eight purchases; then the carrier shuts the door.
        assert!(first_calls(&app, 10).await);
        weather(&app, Weather { suspended: true, ..Weather::still() });
        app.advance(TimeDelta::minutes(1));
        app.run_jobs().await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        let text = page.text();
        assert!(text.contains("8 of 20 bought"), "{text}");
        assert!(text.contains("the carrier has suspended this account; goes on by itself"), "{text}");
        assert_accounted(&app).await;
        weather(&app, Weather::still());
        app.advance(TimeDelta::hours(1));
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 20));
        assert_accounted(&app).await;
    }

    async fn the_ceiling_holds_when_prices_have_risen(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        // The quote is sent with a price below today's: as if it had risen since.
        let quote = Quoted::read(&ask_quote(&owner, &[("313", "10")]).await.ok()).set("price", "1000000").set("ceiling", "10");
        let id = placed(&quote.send(&owner).await);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Partial, 8));
        assert!(done.cost <= Micros::from_cents(1_000), "{}", done.cost);
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok().text();
        assert!(page.contains("2 numbers not bought in 313: at $1.15 it would pass the ceiling of $10.00"), "{page}");
        assert_accounted(&app).await;
    }

    async fn two_orders_in_one_area_code_do_not_take_each_others_numbers(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        app.world().set_stock(code("313"), 30).unwrap();
        let one = order(&owner, &[("313", "20")]).await;
        let other = order(&owner, &[("313", "20")]).await;
        tokio::join!(app.run_jobs(), app.run_jobs());
        let (one, other) = (work(&app, one).await, work(&app, other).await);
        assert_eq!(one.lines.bought + other.lines.bought, 30, "{one:?} {other:?}");
        assert_eq!(one.lines.not_bought + other.lines.not_bought, 10);
        assert_accounted(&app).await;
    }

    async fn a_number_in_anybodys_books_is_never_asked_for(app: TestApp) {
        app.add_organization("sister", "Sister City").await;
        app.sql("UPDATE organization SET carrier_account = 'our-city' WHERE slug = 'sister'").await;
        app.add_person("sue@example.org", "Sue Sister", &[("sister", Role::Owner)]).await;
        let now = app.app().clock.now();
        // The books of a sister organization name the next three numbers for sale.
        let search = numberbank::providers::Search { area_code: code("313"), limit: 3 };
        let next = app.world().search(&search).unwrap();
        let providers = app.app().providers.clone();
        let by: numberbank::access::Allowed<numberbank::access::SeeOrders> = app
            .app()
            .db
            .read(move |conn| numberbank::access::Allowed::from_console(conn, &providers, now, "sister", "sue@example.org"))
            .await
            .unwrap();
        let taken = next.clone();
        app.write(move |tx| {
            for number in &taken {
                let new = numbers::NewNumber {
                    id: numberbank::kernel::ids::NumberId::new(),
                    service: "fakeservice".into(),
                    carrier_account: "our-city".into(),
                    service_id: format!("PN{}", number.phone_number),
                    phone_number: number.phone_number,
                    area_code: code("313"),
                    monthly_price: Micros::from_cents(115),
                    bought_at: now,
                    renews_on: now.date(),
                    order_id: None,
                    label: String::new(),
                    voice_url: None,
                };
                numbers::add(tx, &by.actor(), &new, now, numbers::Why::default())?;
            }
            Ok(())
        })
        .await;
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "5")]).await;
        assert_eq!(work(&app, id).await.lines.bought, 5);
        assert_accounted(&app).await;
        let sold = app.world().books(&account()).unwrap().numbers;
        assert!(next.iter().all(|one| sold.iter().all(|sold| sold.phone_number != one.phone_number)));
    }
}
