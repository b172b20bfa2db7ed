//! What may be ordered, by whom, and how often.

use super::*;

/// The rows of the form, the id of the field that is wrong, and what is said of it.
type Refusal<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

both! {
    async fn what_cannot_be_ordered_is_refused_in_words(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let cases: &[Refusal] = &[
            (&[("ZZ", "1")], "field-area_code-0", "Enter a three-digit area code, such as 313."),
            (&[("9", "1")], "field-area_code-0", "Enter a three-digit area code, such as 313."),
            (&[("999", "1")], "field-area_code-0", "999 is not an area code in service in the United States or Canada."),
            (&[("800", "4")], "field-area_code-0", "800 is toll-free and belongs to no place."),
            (&[("", "4")], "field-area_code-0", "Enter an area code, such as 313."),
            (&[("313", "")], "field-count-0", "Enter how many numbers you want there."),
            (&[("313", "-5")], "field-count-0", "Enter a whole number, 1 or more."),
            (&[("313", "1.5")], "field-count-0", "Enter a whole number, 1 or more."),
            (&[("313", "0")], "field-count-0", "Enter a whole number, 1 or more."),
            (&[("313", "600")], "field-count-0", "One order may ask for at most 500 numbers; this makes 600."),
            (&[("313", "300"), ("410", "300")], "field-count-1", "One order may ask for at most 500 numbers; this makes 600."),
            (&[("313", "1"), ("410", "1"), ("313", "2")], "field-area_code-2", "313 is in row 1 already."),
            (&[("", ""), ("", "")], "field-area_code-0", "Enter an area code, such as 313, and how many"),
            (&[], "field-area_code-0", "Enter an area code, such as 313, and how many"),
        ];
        for (rows, field, says) in cases {
            let page = ask_quote(&owner, rows).await.is(422);
            let summary = page.all(".error-summary a");
            assert!(summary.len() == 1 && summary[0].starts_with(says), "{rows:?}: {summary:?}");
            assert_eq!(page.attribute(".error-summary a", "href"), Some(format!("#{field}")), "{rows:?}");
            assert_eq!(page.attribute(&format!("#{field}"), "aria-invalid").as_deref(), Some("true"), "{rows:?}");
            assert!(page.all(&format!("#{field}-error"))[0].contains(says), "{rows:?}");
            for (index, (code, count)) in rows.iter().enumerate() {
                let value = |name: &str| page.attribute(&format!("#field-{name}-{index}"), "value").unwrap();
                assert_eq!((value("area_code"), value("count")), ((*code).to_owned(), (*count).to_owned()));
            }
        }
        // The second lock: what a page would not send is refused when the order is placed, and nothing is written.
        let quote = Quoted::read(&ask_quote(&owner, &[("313", "4")]).await.ok());
        for (name, value) in [("count", "600"), ("count", "-5"), ("count", "1.5"), ("area_code", "ZZ"), ("area_code", "800")] {
            quote.clone().set(name, value).send(&owner).await.is(422);
        }
        for (name, value) in [("order", "x"), ("price", "-1"), ("price", "1e9"), ("continues", "x")] {
            let mut wrong = quote.clone().set(name, value);
            if name == "continues" {
                wrong.fields.push((name.to_owned(), value.to_owned()));
            }
            wrong.send(&owner).await.is(400);
        }
        for ceiling in ["", "x", "4.59", "-5"] {
            let page = quote.clone().set("ceiling", ceiling).send(&owner).await.is(422);
            assert_eq!(page.attribute("#field-ceiling", "value").as_deref(), Some(ceiling));
            assert_eq!(page.attribute(".error-summary a", "href").as_deref(), Some("#field-ceiling"));
        }
        assert_eq!(rows(&app).await, (0, 0));
        // None of it spoilt the quote.
        placed(&quote.send(&owner).await);
        assert_eq!(rows(&app).await, (1, 1));
    }

    async fn the_limit_is_the_organizations(app: TestApp) {
        app.sql("UPDATE organization SET order_limit = 10").await;
        let owner = app.sign_in(Role::Owner).await;
        let page = ask_quote(&owner, &[("313", "6"), ("410", "5")]).await.is(422);
        assert!(page.text().contains("at most 10 numbers; this makes 11"), "{}", page.text());
        ask_quote(&owner, &[("313", "6"), ("410", "4")]).await.ok();
    }

    async fn the_form_is_filled_in_by_its_address_and_grows(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get(&format!("{ORDERS}/new?area_code=313&count=12")).await.ok();
        assert_eq!(page.attribute("#field-area_code-0", "value").as_deref(), Some("313"));
        assert_eq!(page.attribute("#field-count-0", "value").as_deref(), Some("12"));
        assert!(page.body().contains("<option value=\"313\">Detroit, MI</option>"));
        let grown = owner.get(&format!("{ORDERS}/new?area_code=313&count=12&area_code=ZZ&count=&add=1")).await.ok();
        assert_eq!(grown.all("#order-rows fieldset").len(), 3);
        assert_eq!(grown.attribute("#field-area_code-1", "value").as_deref(), Some("ZZ"));
        assert_eq!(owner.get(&format!("{ORDERS}/new")).await.ok().all("#order-rows fieldset").len(), 3);
        // A place that has one area code, or a line of the suggestions, will do.
        let page = ask_quote(&owner, &[("313 Detroit, MI", "2")]).await.ok();
        assert!(page.text().contains("Buy 2 numbers in 313?"), "{}", page.text());
    }

    async fn one_quote_is_one_order_however_often_it_is_sent(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let quote = Quoted::read(&ask_quote(&owner, &[("313", "5")]).await.ok());
        let first = placed(&quote.send(&owner).await);
        assert_eq!(placed(&quote.send(&owner).await), first);
        assert_eq!(placed(&quote.clone().set("count", "3").send(&owner).await), first);
        assert_eq!(work(&app, first).await.lines.bought, 5);
        assert_eq!(placed(&quote.send(&owner).await), first);

        let quote = Quoted::read(&ask_quote(&owner, &[("410", "5")]).await.ok());
        let sent = futures_util::future::join_all((0..8).map(|_| quote.send(&owner))).await;
        let orders: BTreeSet<OrderId> = sent.iter().map(placed).collect();
        assert_eq!(orders.len(), 1);
        assert_eq!(rows(&app).await, (2, 1));
        let done = work(&app, *orders.first().unwrap()).await;
        assert_eq!((done.lines.wanted(), done.lines.bought), (5, 5));
        assert_eq!(app.world().books(&account()).unwrap().sales(), 10);
        assert_accounted(&app).await;
    }

    async fn shortages_are_said_before_and_after(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        // 303 has three left, 305 is sold out, of 313 there are more than a search shows.
        let page = ask_quote(&owner, &[("303", "10"), ("305", "4"), ("313", "40")]).await.ok();
        let text = page.text();
        for words in ["found 3 of 10: only 3 left", "found 0 of 4: sold out", "at least 30 found", "Buy 43 numbers in 303 and 313?"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(text.contains("7 in 720 Denver, CO"), "{text}");
        let sold_out = ask_quote(&owner, &[("305", "4")]).await.ok();
        assert!(sold_out.text().contains("Sold out") && sold_out.all("form.confirm").is_empty());

        // Between the quote and the order somebody buys all but three of 410.
        let quote = Quoted::read(&ask_quote(&owner, &[("410", "10"), ("443", "2")]).await.ok());
        app.world().set_stock(code("410"), 3).unwrap();
        let id = placed(&quote.send(&owner).await);
        let done = work(&app, id).await;
        assert_eq!(done.order.status, OrderStatus::Partial);
        assert_eq!((done.lines.bought, done.lines.not_bought), (5, 7));
        assert_accounted(&app).await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        let text = page.text();
        assert!(text.contains("5 of 12 bought") && text.contains("7 numbers not bought: no more numbers in 410"), "{text}");
        assert_eq!(page.all("tbody .pill-bad").len(), 7);
        let rest = page.attribute("a.button-primary", "href").unwrap();
        assert_eq!(page.all("a.button-primary"), ["Buy the remaining 7 in 410 · $8.05"]);
        assert!(page.all("a.button").iter().any(|label| label == "Try 443 instead"), "{:?}", page.all("a.button"));
        // The rest is a new quote, filled in, that knows what it continues.
        let form = owner.get(&rest).await.ok();
        assert_eq!(form.attribute("#field-area_code-0", "value").as_deref(), Some("410"));
        assert_eq!(form.attribute("#field-count-0", "value").as_deref(), Some("7"));
        app.world().set_stock(code("410"), 50).unwrap();
        let fields = [("area_code", "410"), ("count", "7"), ("continues", &id.to_string())];
        let quote = Quoted::read(&owner.post(&format!("{ORDERS}/quote"), &fields).await.ok());
        let second = placed(&quote.send(&owner).await);
        let done = work(&app, second).await;
        assert_eq!((done.order.status, done.order.continues), (OrderStatus::Complete, Some(id)));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.all("a.button-primary").is_empty() && page.text().contains("The rest was ordered again"));
        assert_accounted(&app).await;
    }

    async fn only_owners_buy_and_nobody_else_sees(app: TestApp) {
        let (owner, admin, viewer) =
            (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await, app.sign_in(Role::SpendViewer).await);
        let empty = admin.get(ORDERS).await.ok();
        assert!(empty.text().contains("No orders yet") && empty.all("a.button-primary").is_empty());
        assert_eq!(owner.get(ORDERS).await.ok().all("a.button-primary").len(), 2);
        let quote = Quoted::read(&ask_quote(&owner, &[("313", "4")]).await.ok());
        let id = placed(&quote.send(&owner).await);
        let page = admin.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.all("form button").iter().all(|label| label == "Sign out"), "{:?}", page.all("form button"));
        admin.get_fragment(&format!("{ORDERS}/{id}/progress"), "order").await.ok();
        for path in ["", &format!("/{id}"), &format!("/{id}/progress")] {
            viewer.get(&format!("{ORDERS}{path}")).await.is(403);
        }
        for who in [&admin, &viewer] {
            who.get(&format!("{ORDERS}/new")).await.is(403);
            ask_quote(who, &[("313", "4")]).await.is(403);
            quote.clone().set("order", &OrderId::new().to_string()).send(who).await.is(403);
            for what in ["stop", "try-again", &format!("lines/{id}/check"), &format!("lines/{id}/give-up")] {
                who.post(&format!("{ORDERS}/{id}/{what}"), &[]).await.is(403);
            }
        }
        // Another organization, whose owner is nobody here: as if there were none, and its id is no key to anything.
        app.add_organization("elsewhere", "Elsewhere").await;
        app.add_person("ellen@example.org", "Ellen Elsewhere", &[("elsewhere", Role::Owner)]).await;
        let ellen = app.sign_in_as("ellen@example.org").await;
        let there = "/o/elsewhere/orders";
        for path in [format!("{there}/{id}"), format!("{there}/{id}/progress"), format!("{ORDERS}/{id}")] {
            ellen.get(&path).await.is(404);
        }
        for what in ["stop", "try-again", &format!("lines/{id}/check"), &format!("lines/{id}/give-up")] {
            ellen.post(&format!("{there}/{id}/{what}"), &[]).await.is(404);
        }
        let fields: Vec<(&str, &str)> =
            quote.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        ellen.post(there, &fields).await.is(404);
        let mut continues = quote.clone().set("order", &OrderId::new().to_string());
        continues.fields.push(("continues".into(), id.to_string()));
        let fields: Vec<(&str, &str)> =
            continues.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        ellen.post(there, &fields).await.is(404);
        assert!(ellen.get(there).await.ok().text().contains("No orders yet"));
        assert_eq!(work(&app, id).await.lines.bought, 4);
        assert_eq!(rows(&app).await, (1, 0));
    }
}
