//! Orders that turn to other area codes when the one wanted is sold out.

use super::*;

/// Asks for a quote with further fields of the form.
async fn quote_with(owner: &Client, rows: &[(&str, &str)], more: &[(&str, &str)]) -> Answer {
    let mut fields: Vec<(&str, &str)> =
        rows.iter().flat_map(|(code, count)| [("area_code", *code), ("count", *count)]).collect();
    fields.extend(more);
    owner.post(&format!("{ORDERS}/quote"), &fields).await
}

fn stock(app: &TestApp, stock: &[(&str, usize)]) {
    for (text, left) in stock {
        app.world().set_stock(code(text), *left).unwrap();
    }
}

/// How many numbers of each area code the carrier sold us.
fn sold(app: &TestApp) -> BTreeMap<String, usize> {
    let mut sold = BTreeMap::new();
    for number in app.world().books(&account()).unwrap().numbers {
        *sold.entry(number.phone_number.area_code().unwrap().to_string()).or_default() += 1;
    }
    sold
}

fn is(counts: &[(&str, usize)]) -> BTreeMap<String, usize> {
    counts.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect()
}

/// The codes named on a page of confirmation, in their order, with what is expected of each.
fn named(page: &Answer) -> Vec<String> {
    let html = scraper::Html::parse_document(page.body());
    let inputs = scraper::Selector::parse("input[name=named]").unwrap();
    html.select(&inputs).map(|input| input.attr("value").unwrap().to_owned()).collect()
}

both! {
    async fn each_code_it_would_turn_to_is_named_and_no_other_is_bought_from(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        stock(&app, &[("410", 5), ("443", 3), ("667", 0), ("240", 4), ("301", 6), ("227", 9)]);
        let page = quote_with(&owner, &[("410", "20")], &[("fallback", "overlay")]).await.ok();
        assert_eq!(named(&page), ["410 443 3 1150000"]);
        let text = page.text();
        for words in ["Buy 8 numbers in 410?", "found 5 of 20: only 5 left", "Nothing left either: 667 Baltimore, MD",
            "then 443 Baltimore, MD (same area)", "3 expected", "12 will not be ordered", "$9.20 now",
            "numbers come from no other"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let page = quote_with(&owner, &[("410", "20")], &[("fallback", "state")]).await.ok();
        let codes: Vec<String> = named(&page).iter().map(|one| one.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(codes[0], "443");
        assert!(codes.len() > 2 && codes.iter().all(|one| code(one).info().region == "MD"), "{codes:?}");
        assert!(page.text().contains("Buy 20 numbers in 410?") && page.text().contains("15 from other area codes"));
        let expected = named(&page);
        let quote = Quoted::read(&page);
        // What the page did not name is refused, and nothing is written.
        for (from, to) in [(" 443 ", " 312 "), (" 443 ", " 833 "), ("410 443", "313 679"), (" 3 1150000", " 900 1150000")] {
            let mut wrong = quote.clone();
            let field = wrong.fields.iter_mut().find(|(name, _)| name == "named").unwrap();
            field.1 = field.1.replace(from, to);
            let page = wrong.send(&owner).await.is(422);
            assert!(page.text().contains("not those of the rule"), "{}", page.text());
        }
        quote.clone().set("named", "410 443 x 1").send(&owner).await.is(400);
        quote.clone().set("fallback", "none").send(&owner).await.is(422);
        quote.clone().set("fallback", "everywhere").send(&owner).await.is(400);
        assert_eq!(rows(&app).await, (0, 0));

        let id = placed(&quote.send(&owner).await);
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.text().contains("When 410 runs dry: 443 Baltimore, MD (same area), then"), "{}", page.text());
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 20));
        assert_accounted(&app).await;
        let sold = sold(&app);
        assert_eq!((sold["410"], sold["443"]), (5, 3));
        assert!(sold.keys().all(|one| one == "410" || codes.contains(one)), "{sold:?} {codes:?}");
        // In the order they were named: each as many as was expected.
        for one in &expected {
            let parts: Vec<&str> = one.split(' ').collect();
            assert_eq!(sold.get(parts[1]).copied().unwrap_or(0).to_string(), parts[2], "{one}");
        }
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert_eq!(page.all("tbody .under").iter().filter(|words| *words == "instead of 410 Baltimore, MD").count(), 15);
        assert!(page.text().contains("3 numbers bought in 443 Baltimore, MD instead of 410"), "{}", page.text());
        assert_eq!(page.all("h1"), ["20 numbers in 410"]);
    }

    async fn what_sells_out_between_quote_and_order_is_taken_from_the_next_named(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        stock(&app, &[("410", 40), ("443", 40), ("667", 40)]);
        let page = quote_with(&owner, &[("410", "12")], &[("fallback", "overlay")]).await.ok();
        assert!(page.text().contains("12 of 12 found") && page.text().contains("only if needed"), "{}", page.text());
        assert_eq!(named(&page), ["410 443 0 1150000", "410 667 0 1150000"]);
        let id = placed(&Quoted::read(&page).send(&owner).await);
        stock(&app, &[("410", 4), ("443", 0), ("667", 5)]);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought, done.lines.not_bought), (OrderStatus::Partial, 9, 3));
        assert_eq!(sold(&app), is(&[("410", 4), ("667", 5)]));
        assert_accounted(&app).await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        let words = "3 numbers not bought in 410: no more numbers in 667; before it 410 and 443 had none";
        assert!(page.text().contains(words), "{}", page.text());
    }

    async fn those_who_want_a_code_come_before_those_who_turn_to_it(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        stock(&app, &[("410", 2), ("443", 10), ("667", 0)]);
        let page = quote_with(&owner, &[("410", "9"), ("443", "6")], &[("fallback", "overlay")]).await.ok();
        assert_eq!(named(&page), ["410 443 4 1150000"]);
        let id = placed(&Quoted::read(&page).send(&owner).await);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 12));
        let areas: Vec<(String, i64)> =
            done.areas.iter().map(|area| (area.area_code.to_string(), area.lines.bought)).collect();
        assert_eq!(areas, [("410".to_owned(), 6), ("443".to_owned(), 6)]);
        assert_eq!(sold(&app), is(&[("410", 2), ("443", 10)]));
        // Less is left than was seen: who wants the code itself still gets it first.
        stock(&app, &[("410", 0), ("443", 9)]);
        let page = quote_with(&owner, &[("410", "3"), ("443", "6")], &[("fallback", "overlay")]).await.ok();
        let id = placed(&Quoted::read(&page).send(&owner).await);
        stock(&app, &[("443", 7)]);
        let done = work(&app, id).await;
        let areas: Vec<(i64, i64)> = done.areas.iter().map(|area| (area.lines.bought, area.lines.not_bought)).collect();
        assert_eq!(areas, [(1, 2), (6, 0)]);
        assert_accounted(&app).await;
    }

    async fn the_ceiling_and_the_stop_hold_for_other_codes_too(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        stock(&app, &[("410", 2), ("443", 30)]);
        let page = quote_with(&owner, &[("410", "20")], &[("fallback", "overlay")]).await.ok();
        let quote = Quoted::read(&page);
        quote.clone().set("ceiling", "22.99").send(&owner).await.is(422);
        // As if prices had risen since: 443 was quoted at less.
        let mut cheap = quote.clone().set("price", "100000").set("ceiling", "10");
        for (name, value) in &mut cheap.fields {
            if name == "named" {
                *value = value.replace(" 1150000", " 100000");
            }
        }
        let id = placed(&cheap.send(&owner).await);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Partial, 8));
        assert!(done.cost <= Micros::from_cents(1_000));
        assert_eq!(sold(&app), is(&[("410", 2), ("443", 6)]));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok().text();
        assert!(page.contains("12 numbers not bought in 410: at $1.15 it would pass the ceiling of $10.00"), "{page}");

        stock(&app, &[("410", 2), ("443", 30)]);
        let page = quote_with(&owner, &[("410", "20")], &[("fallback", "overlay")]).await.ok();
        let id = placed(&Quoted::read(&page).send(&owner).await);
        // Prices, a search, two purchases; a search of what is left.
        assert!(first_calls(&app, 6).await);
        owner.post(&format!("{ORDERS}/{id}/stop"), &[]).await.is(303);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Stopped, 2));
        assert_accounted(&app).await;
    }

    async fn a_long_row_of_sold_out_codes_does_not_bring_the_order_to_a_halt(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        stock(&app, &[("410", 30), ("443", 30), ("667", 30)]);
        let page = quote_with(&owner, &[("410", "200")], &[("fallback", "anywhere")]).await.ok();
        let codes: Vec<String> = named(&page).iter().map(|one| one.split(' ').nth(1).unwrap().to_owned()).collect();
        // A search shows thirty: codes are named until there are as many as are wanted.
        assert!((6..=8).contains(&codes.len()), "{codes:?}");
        let id = placed(&Quoted::read(&page).send(&owner).await);
        for gone in codes.iter().take(codes.len() - 1) {
            stock(&app, &[(gone, 0)]);
        }
        stock(&app, &[("410", 0), (codes.last().unwrap(), 7)]);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought, done.order.notice), (OrderStatus::Partial, 7, None));
        assert_eq!(sold(&app), is(&[(codes.last().unwrap(), 7)]));
        assert_accounted(&app).await;
    }

    async fn toll_free_numbers_are_a_choice_of_their_own(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let form = owner.get(&format!("{ORDERS}/new")).await.ok();
        assert!(form.text().contains("must be verified before they may text"), "{}", form.text());
        assert!(form.text().contains("$1.15 a month each") && form.text().contains("$2.15 a month each"), "{}", form.text());
        for (count, says) in [("", "Enter how many numbers you want."), ("501", "at most 500")] {
            let page = quote_with(&owner, &[], &[("kind", "toll_free"), ("toll_free_count", count)]).await.is(422);
            assert_eq!(page.attribute(".error-summary a", "href").as_deref(), Some("#field-toll_free_count"));
            assert!(page.text().contains(says), "{}", page.text());
            assert!(page.attribute("#field-kind-toll_free", "checked").is_some());
        }
        // One code: no other stands in for it, local or not, whatever the form says.
        stock(&app, &[("888", 2)]);
        let one = [("kind", "toll_free"), ("toll_free", "888"), ("toll_free_count", "5"), ("fallback", "anywhere")];
        let page = quote_with(&owner, &[("410", "3")], &one).await.ok();
        assert!(page.text().contains("Buy 2 toll-free numbers?") && named(&page).is_empty(), "{}", page.text());
        assert!(page.text().contains("only after it was verified") && page.text().contains("$4.30 now"), "{}", page.text());
        let id = placed(&Quoted::read(&page).send(&owner).await);
        assert_eq!(work(&app, id).await.order.status, OrderStatus::Complete);
        assert_eq!(sold(&app), is(&[("888", 2)]));
        // Any of them: as many codes as it takes, never a local one.
        stock(&app, &[("833", 3), ("844", 0), ("855", 2), ("866", 30)]);
        let any = [("kind", "toll_free"), ("toll_free", "any"), ("toll_free_count", "9")];
        let page = quote_with(&owner, &[], &any).await.ok();
        assert_eq!(named(&page)[..2], ["833 855 2 2150000", "833 866 4 2150000"]);
        let quote = Quoted::read(&page);
        quote.clone().set("area_code", "410").send(&owner).await.is(422);
        let id = placed(&quote.send(&owner).await);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought, done.cost), (OrderStatus::Complete, 9, Micros::from_cents(1_935)));
        assert_eq!(sold(&app), is(&[("888", 2), ("833", 3), ("855", 2), ("866", 4)]));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert_eq!(page.all("h1"), ["9 toll-free numbers"]);
        assert!(!page.text().contains("instead of"), "{}", page.text());
        assert_accounted(&app).await;
    }

    async fn nothing_typed_is_lost_when_a_row_is_added_or_a_place_is_checked(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let earlier = order(&owner, &[("313", "2")]).await;
        let typed = format!(
            "kind=toll_free&area_code=313&count=12&area_code=ZZ&count=x&area_code=&count=4&fallback=state&toll_free=855\
             &toll_free_count=7a&continues={earlier}"
        );
        for button in ["add=1", "check=1"] {
            let page = owner.get(&format!("{ORDERS}/new?{typed}&{button}")).await.ok();
            let value = |selector: &str| page.attribute(selector, "value");
            for (index, (code, count)) in [("313", "12"), ("ZZ", "x"), ("", "4")].iter().enumerate() {
                assert_eq!(value(&format!("#field-area_code-{index}")).as_deref(), Some(*code), "{button}");
                assert_eq!(value(&format!("#field-count-{index}")).as_deref(), Some(*count), "{button}");
            }
            for chosen in ["#field-kind-toll_free", "#field-fallback-state"] {
                assert!(page.attribute(chosen, "checked").is_some(), "{chosen} {button}");
            }
            assert!(page.attribute("#field-toll_free option[value='855']", "selected").is_some());
            assert_eq!(value("#field-toll_free_count").as_deref(), Some("7a"));
            assert_eq!(value("input[name=continues]"), Some(earlier.to_string()));
            assert!(page.text().contains("The rest of order 2 numbers in 313, placed"), "{}", page.text());
            assert_eq!(page.all("#place-0"), ["313 Detroit, MI"]);
            assert!(page.all("#place-1")[0].contains("three-digit"), "{:?}", page.all("#place-1"));
            assert_eq!(page.all("#order-rows fieldset").len(), if button == "add=1" { 4 } else { 3 });
        }
        // The same after a fault, and on the way back from the quote.
        let more = [("fallback", "anywhere"), ("toll_free_count", "3"), ("toll_free", "866")];
        let page = quote_with(&owner, &[("313", "x")], &more).await.is(422);
        assert!(page.attribute("#field-fallback-anywhere", "checked").is_some());
        assert_eq!(page.attribute("#field-toll_free_count", "value").as_deref(), Some("3"));
        let page = quote_with(&owner, &[("313", "2"), ("410", "1")], &more).await.ok();
        let back = page.attribute(".form-actions a", "href").unwrap();
        let form = owner.get(&back).await.ok();
        assert_eq!(form.attribute("#field-area_code-1", "value").as_deref(), Some("410"));
        assert!(form.attribute("#field-fallback-anywhere", "checked").is_some());
        assert_eq!(form.attribute("#field-toll_free_count", "value").as_deref(), Some("3"));
        // What a quote offers elsewhere keeps the rest of what was asked, and whose rest it is.
        let rest = earlier.to_string();
        let page = quote_with(&owner, &[("303", "10"), ("313", "2")], &[("continues", &rest)]).await.ok();
        let elsewhere = page.attribute("td a[href*='/orders/new']", "href").unwrap();
        assert_eq!(
            elsewhere,
            format!("{ORDERS}/new?area_code=303&count=3&area_code=313&count=2&area_code=720&count=7&continues={rest}")
        );
    }
}
