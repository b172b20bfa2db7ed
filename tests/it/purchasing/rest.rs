//! What an ended order offers for what it lacks, and orders placed for a campaign.

use super::*;

/// An order of which numbers sell out after the quote.
async fn short_order(
    app: &TestApp,
    owner: &Client,
    rows: &[(&str, &str)],
    left: &[(&str, usize)],
) -> OrderId {
    for (text, _) in rows {
        app.world().set_stock(code(text), 60).unwrap();
    }
    let quote = Quoted::read(&ask_quote(owner, rows).await.ok());
    for (text, left) in left {
        app.world().set_stock(code(text), *left).unwrap();
    }
    let id = placed(&quote.send(owner).await);
    work(app, id).await;
    id
}

fn link(page: &Answer, label: &str) -> String {
    let html = scraper::Html::parse_document(page.body());
    let links = scraper::Selector::parse("#order-rest a").unwrap();
    html.select(&links)
        .find(|link| link.text().collect::<String>().trim().starts_with(label))
        .unwrap_or_else(|| panic!("no link {label}: {:?}", page.all("#order-rest a")))
        .attr("href")
        .unwrap()
        .to_owned()
}

/// Follows a link to the form, asks for the quote that it fills in, and confirms it.
async fn follow(owner: &Client, href: &str) -> OrderId {
    let form = owner.get(href).await.ok();
    let html = scraper::Html::parse_document(form.body());
    let inputs = scraper::Selector::parse("form.by-kind input").unwrap();
    let fields: Vec<(String, String)> = html
        .select(&inputs)
        .filter(|input| input.attr("type") != Some("radio") || input.attr("checked").is_some())
        .map(|input| {
            let attr = |name| input.attr(name).unwrap_or_default().to_owned();
            (attr("name"), attr("value"))
        })
        .collect();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    placed(&Quoted::read(&owner.post(&format!("{ORDERS}/quote"), &fields).await.ok()).send(owner).await)
}

both! {
    async fn another_area_code_is_one_click_away_and_sized_by_what_is_missing(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = short_order(&app, &owner, &[("410", "10"), ("313", "4")], &[("410", 3), ("313", 2)]).await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert_eq!(page.all("a.button-primary"), ["Buy the remaining 9 · $10.35"]);
        let text = page.text();
        assert!(text.contains("410 Baltimore, MD: 7 numbers missing") && text.contains("313 Detroit, MI: 2 numbers missing"), "{text}");
        assert_eq!(link(&page, "Try 443 instead"), format!("{ORDERS}/new?area_code=443&count=7&continues={id}"));
        assert_eq!(link(&page, "Try 679 instead"), format!("{ORDERS}/new?area_code=679&count=2&continues={id}"));
        let nearby = link(&page, "Fill up from nearby");
        assert_eq!(nearby, format!("{ORDERS}/new?area_code=410&count=7&area_code=313&count=2&fallback=state&continues={id}"));

        // A fresh look: what is sold out is not offered, what is short says so. Without scripts it is a page.
        app.world().set_stock(code("443"), 0).unwrap();
        app.world().set_stock(code("667"), 4).unwrap();
        let looked = owner.get(&link(&page, "See what is for sale").replace("#order-rest", "")).await.ok();
        let text = looked.text();
        assert!(text.contains("Sold out too: 443.") && text.contains("4 of 7 for sale") && text.contains("2 of 2 for sale"), "{text}");
        assert!(looked.all("#order-rest a").iter().all(|label| !label.starts_with("Try 443")));
        // When the carrier does not answer, the nearest are offered all the same.
        weather(&app, Weather { transient_next: 100, ..Weather::still() });
        let silent = owner.get(&format!("{ORDERS}/{id}?look=1")).await.ok();
        assert!(silent.text().contains("the carrier does not answer"), "{}", silent.text());
        link(&silent, "Try 443 instead");
        weather(&app, Weather::still());

        // One part is bought elsewhere: it is the rest of this order, in words, and the other part stays on offer.
        app.world().set_stock(code("443"), 50).unwrap();
        let rest = follow(&owner, &link(&page, "Try 443 instead")).await;
        let done = work(&app, rest).await;
        assert_eq!((done.lines.bought, done.order.continues), (7, Some(id)));
        let page = owner.get(&format!("{ORDERS}/{rest}")).await.ok();
        assert!(page.text().contains("the rest of order 14 numbers in 410 and 313"), "{}", page.text());
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.text().contains("The rest was ordered again: 7 numbers in 443"), "{}", page.text());
        assert_eq!(page.all("a.button-primary"), ["Buy the remaining 2 in 313 · $2.30"]);
        assert!(!page.text().contains("410 Baltimore, MD: 7"), "{}", page.text());
        app.world().set_stock(code("313"), 20).unwrap();
        let last = follow(&owner, &link(&page, "Buy the remaining 2")).await;
        work(&app, last).await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.all("#order-rest").is_empty() && page.all("a.button-primary").is_empty());
        assert_accounted(&app).await;
        // Who may not buy is offered nothing.
        let admin = app.sign_in(Role::Admin).await;
        let other = short_order(&app, &owner, &[("410", "4")], &[("410", 1)]).await;
        assert!(admin.get(&format!("{ORDERS}/{other}?look=1")).await.ok().all("#order-rest").is_empty());
    }

    async fn toll_free_numbers_are_never_missing_somewhere_local(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        for code_text in ["833", "844", "855", "866", "877", "888", "800"] {
            app.world().set_stock(code(code_text), 30).unwrap();
        }
        let fields = [("kind", "toll_free"), ("toll_free", "888"), ("toll_free_count", "4")];
        let quote = Quoted::read(&owner.post(&format!("{ORDERS}/quote"), &fields).await.ok());
        app.world().set_stock(code("888"), 1).unwrap();
        let id = placed(&quote.send(&owner).await);
        assert_eq!(work(&app, id).await.lines.not_bought, 3);
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert_eq!(page.all("a.button-primary"), ["Buy the remaining 3 · $6.45"]);
        let near: Vec<String> =
            page.all("#order-rest a").into_iter().filter(|label| label.ends_with("instead")).collect();
        assert_eq!(near, ["Try 833 instead", "Try 844 instead", "Try 855 instead"]);
        assert!(!page.text().contains("Fill up from nearby"));
        let href = link(&page, "Try 833 instead");
        assert_eq!(href, format!("{ORDERS}/new?kind=toll_free&toll_free=833&toll_free_count=3&continues={id}"));
    }

    async fn an_order_for_a_campaign_knows_it(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let draft = owner.post("/o/our-city/campaigns", &[("name", "Fall GOTV"), ("contacts_per_number", "200"), ("strategy", "best")]).await;
        assert_eq!(draft.status(), 303, "{}", draft.body());
        let campaign = draft.location().split('/').nth(4).unwrap().to_owned();
        let fields = [("area_code", "410"), ("count", "5"), ("campaign", &campaign)];
        let page = owner.post(&format!("{ORDERS}/quote"), &fields).await.ok();
        assert!(page.text().contains("For the campaign Fall GOTV."), "{}", page.text());
        let quote = Quoted::read(&page);
        quote.clone().set("campaign", &OrderId::new().to_string()).send(&owner).await.is(404);
        quote.clone().set("campaign", "x").send(&owner).await.is(400);
        app.world().set_stock(code("410"), 3).unwrap();
        let id = placed(&quote.send(&owner).await);
        work(&app, id).await;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.text().contains("for Fall GOTV"), "{}", page.text());
        let reserve = format!("/o/our-city/campaigns/{campaign}/area-codes");
        assert_eq!(page.attribute(&format!("a[href='{reserve}']"), "href"), Some(reserve.clone()));
        // The rest is for it too.
        assert!(link(&page, "Try 443 instead").ends_with(&format!("continues={id}&campaign={campaign}")));
        owner.get(&reserve).await.ok();
    }
}
