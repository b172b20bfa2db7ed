//! `/phone-numbers`.

use chrono::TimeDelta;
use numberbank::access::Role;
use numberbank::kernel::Micros;
use numberbank::kernel::ids::OrderId;
use numberbank::numbers::Change;
use numberbank::purchasing::{self, NewOrder, Wanted};

use super::stock::{self, PAGE, add, add_of, archive, change, code, draft, next_door, reserve, start};
use crate::both;
use crate::support::{Answer, TestApp};

/// The area codes of the table's rows, from above.
fn rows(page: &Answer) -> Vec<String> {
    page.all("#results tbody:not(#pending) th[scope=row] .area b")
}

/// The matched numbers, from above.
fn matches(page: &Answer) -> Vec<String> {
    page.all("#results section .number")
}

/// Three states, several statuses: 313 has 10, 248 has 4, 212 has 6, 800 has 2.
async fn fill(app: &TestApp) {
    add(app, "313", 100, 10, 20).await;
    add(app, "248", 100, 4, 20).await;
    let new_york = add(app, "212", 100, 6, 20).await;
    add(app, "800", 100, 2, 20).await;
    let fall = draft(app, "Fall GOTV").await;
    reserve(app, fall, &[("313", 4), ("248", 1)]).await;
    let spring = draft(app, "Spring canvass").await;
    reserve(app, spring, &[("313", 3)]).await;
    start(app, spring).await;
    let until = app.app().clock.now() + TimeDelta::days(5);
    change(app, &new_york[..2], Change::Rest(until), None).await;
    change(app, &new_york[2..3], Change::Cordon(app.app().clock.now()), None).await;
}

both! {
    async fn an_empty_inventory_teaches(app: TestApp) {
        next_door(&app).await;
        let owner = app.sign_in(Role::Owner).await.get(PAGE).await.ok();
        assert!(owner.text().contains("No phone numbers yet"));
        assert_eq!(owner.attribute(".empty .button", "href").as_deref(), Some("/o/our-city/orders/new"));
        let admin = app.sign_in(Role::Admin).await.get(PAGE).await.ok();
        assert!(admin.text().contains("ask an owner"));
        assert_eq!(admin.attribute("main .button", "href"), None);
    }

    async fn figures_rows_and_map_are_the_data(app: TestApp) {
        fill(&app).await;
        next_door(&app).await;
        let page = app.sign_in(Role::Owner).await.get(PAGE).await.ok();
        assert!(page.text().contains("22 numbers in 4 area codes"));
        assert_eq!(page.all(".figures dd"), ["12", "5", "3", "2", "$25.30"]);
        assert_eq!(
            page.all(".figures dt"),
            ["available, 1 cordoned", "reserved", "in use", "resting", "a month"]
        );
        let cells = |row: &str| page.all(&format!("#results tbody:not(#pending) tr:nth-child({row}) td.num"));
        assert_eq!(rows(&page), ["212", "248", "313", "800"]);
        assert_eq!(cells("1"), ["4", "–", "–", "–", "2", "6", "$6.90"]);
        assert_eq!(cells("3"), ["3", "4", "3", "–", "–", "10", "$11.50"]);
        assert_eq!(page.all("#results tfoot td.num"), ["12", "5", "3", "–", "2", "22", "$25.30"]);
        assert_eq!(page.attribute("#results tbody:not(#pending) tr:nth-child(3) svg", "aria-label").as_deref(),
            Some("3 in use, 4 reserved, 0 attached, 0 resting, 3 available"));
        assert_eq!(page.all(".tile-map a > title")[0], "Michigan: 14 numbers");
        assert_eq!(page.all(".tile-map a text"), ["MI", "NY"], "only states with numbers lead somewhere");
        let table = page.all(".more tbody tr");
        assert_eq!(table, ["Michigan14$16.10", "New York6$6.90", "Toll-free not on the map2$2.30"]);
    }

    async fn only_owners_are_offered_to_buy_and_viewers_are_told_whom_to_ask(app: TestApp) {
        add(&app, "313", 100, 1, 20).await;
        let buys = |page: Answer| page.all(".page-head .actions a");
        assert_eq!(buys(app.sign_in(Role::Owner).await.get(PAGE).await.ok()), ["Sync", "Buy numbers"]);
        assert_eq!(buys(app.sign_in(Role::Admin).await.get(PAGE).await.ok()), Vec::<String>::new());
        let viewer = app.sign_in(Role::SpendViewer).await;
        for path in ["", "/area/313", "/pending"] {
            let page = viewer.get(&format!("{PAGE}{path}")).await.is(403);
            assert!(page.text().contains("You may not see numbers in Our City. Ask Olive Owner."), "{path}");
        }
    }

    async fn searches_find_codes_places_states_numbers_and_labels(app: TestApp) {
        fill(&app).await;
        let theirs = next_door(&app).await;
        let labelled = add(&app, "906", 100, 1, 20).await;
        let admin = app.sign_in(Role::Admin).await;
        admin.submit(&format!("{PAGE}/{}/label", labelled[0]), &[("label", "North gate 50%")]).await.ok();
        for (search, codes, numbers) in [
            ("313", &["313"][..], &[][..]),
            ("31", &["313"], &[]),
            ("detroit", &["313"], &[]),
            ("michigan", &["248", "313", "906"], &[]),
            ("MI", &["248", "313", "906"], &[]),
            ("new york", &["212"], &[]),
            ("toll", &["800"], &[]),
            ("(313) 555-0104", &["313"], &["(313) 555-0104"]),
            ("+1 313 555 0104", &["313"], &["(313) 555-0104"]),
            ("5550101", &["212", "248", "313", "800"],
                &["(212) 555-0101", "(248) 555-0101", "(313) 555-0101", "(800) 555-0101"]),
            ("north GATE", &["906"], &["(906) 555-0100"]),
            ("50%", &["906"], &["(906) 555-0100"]),
            ("Their own label", &[], &[]),
            ("9999", &[], &[]),
            ("atlantis", &[], &[]),
        ] {
            let query = serde_html_form::to_string([("q", search)]).unwrap();
            let page = admin.get(&format!("{PAGE}?{query}")).await.ok();
            assert_eq!((rows(&page), matches(&page)), (codes.iter().map(|one| one.to_string()).collect(),
                numbers.iter().map(|one| one.to_string()).collect()), "{search}");
            assert_eq!(page.attribute("#search-q", "value").as_deref(), Some(search));
        }
        let found = admin.get(&format!("{PAGE}?q=north")).await.ok();
        assert_eq!(found.attribute("#results section a.number", "href"), Some(format!("{PAGE}/{}", labelled[0])));
        assert!(found.text().contains("1 number matches"));
        let nothing = admin.get(&format!("{PAGE}?q=%3Cb%3Eatlantis")).await.ok();
        assert!(nothing.text().contains("No area code, place, number or label matches “<b>atlantis”."));
        admin.get(&format!("{PAGE}/{theirs}")).await.is(404);
    }

    async fn a_search_lists_twenty_numbers_and_says_how_many_there_are(app: TestApp) {
        add(&app, "313", 1_000, 24, 20).await;
        let page = app.sign_in(Role::Admin).await.get(&format!("{PAGE}?q=3135551")).await.ok();
        assert_eq!(matches(&page).len(), 20);
        assert!(page.text().contains("24 numbers match"));
        assert!(page.text().contains("The first 20 of 24."));
    }

    async fn numbers_are_found_by_their_beginning_their_end_and_after_the_area_code(app: TestApp) {
        add(&app, "313", 1_000, 3, 20).await;
        add(&app, "248", 1_001, 1, 20).await;
        let admin = app.sign_in(Role::Admin).await;
        for (typed, found) in [
            ("(313) 555-1", &["(313) 555-1000", "(313) 555-1001", "(313) 555-1002"][..]),
            ("1001", &["(248) 555-1001", "(313) 555-1001"]),
            ("51002", &["(313) 555-1002"]),
            ("555-10", &["(248) 555-1001", "(313) 555-1000", "(313) 555-1001", "(313) 555-1002"]),
            ("+1 313 555 1000", &["(313) 555-1000"]),
            ("5550", &[]),
        ] {
            let query = serde_html_form::to_string([("q", typed)]).unwrap();
            let page = admin.get(&format!("{PAGE}?{query}")).await.ok();
            assert_eq!(matches(&page), found, "{typed}");
        }
    }

    async fn filters_stand_in_the_address_and_combine(app: TestApp) {
        fill(&app).await;
        let admin = app.sign_in(Role::Admin).await;
        for (query, codes, summary) in [
            ("state=MI", &["248", "313"][..], "2 of 4 area codes, 14 numbers"),
            ("state=mi&status=in_use", &["313"], "1 of 4 area codes, 10 numbers"),
            ("status=resting", &["212"], "1 of 4 area codes, 6 numbers"),
            ("state=toll-free", &["800"], "1 of 4 area codes, 2 numbers"),
            ("state=NY&q=detroit", &[], "0 of 4 area codes, 0 numbers"),
            ("state=NY&q=555-0101", &["212"], "1 of 4 area codes, 6 numbers"),
            ("status=reserved&q=555-0101", &["313"], "1 of 4 area codes, 10 numbers"),
            ("state=OH", &[], "0 of 4 area codes, 0 numbers"),
        ] {
            let page = admin.get(&format!("{PAGE}?{query}")).await.ok();
            assert_eq!(rows(&page), codes, "{query}");
            assert_eq!(page.attribute("#results", "data-announce").as_deref(), Some(summary), "{query}");
        }
        let page = admin.get(&format!("{PAGE}?state=MI&status=reserved")).await.ok();
        assert_eq!(page.all("select option[selected]"), ["Michigan", "Reserved"]);
        assert_eq!(page.attribute(".tile-map a", "href").as_deref(),
            Some("/o/our-city/phone-numbers?status=reserved"), "the chosen state leads back to all");
        let ohio = admin.get(&format!("{PAGE}?state=OH")).await.ok();
        assert_eq!(ohio.all("select option[selected]"), ["Ohio"], "a state without numbers stays chosen");
    }

    async fn what_the_address_does_not_know_is_said(app: TestApp) {
        fill(&app).await;
        let page = app.sign_in(Role::Admin).await.get(&format!("{PAGE}?state=ZZ&status=idle&sort=size&order=up&x=1")).await.ok();
        assert_eq!(rows(&page).len(), 4);
        assert_eq!(page.all("#results .notice").len(), 4);
        assert!(page.text().contains("There is no state “ZZ”: all states are shown."));
    }

    async fn every_column_sorts_both_ways(app: TestApp) {
        fill(&app).await;
        let admin = app.sign_in(Role::Admin).await;
        let first = admin.get(PAGE).await.ok();
        let headings = first.all("#results thead th");
        assert_eq!(headings.len(), 9);
        for (index, (upwards, downwards)) in [
            (["212", "248", "313"], ["313", "248", "212"]), // by code
            (["248", "212", "313"], ["313", "212", "248"]), // by the share that is not available
            (["248", "313", "212"], ["212", "248", "313"]), // 3, 3, 4 available
            (["212", "248", "313"], ["313", "248", "212"]), // reserved
            (["212", "248", "313"], ["313", "212", "248"]), // in use
            (["212", "248", "313"], ["212", "248", "313"]), // attached: none
            (["248", "313", "212"], ["212", "248", "313"]), // resting
            (["248", "212", "313"], ["313", "212", "248"]), // all
            (["248", "212", "313"], ["313", "212", "248"]), // cost
        ].into_iter().enumerate() {
            let heading = format!("#results thead th:nth-child({})", index + 1);
            let mut page = admin.get(PAGE).await.ok();
            let mut seen = Vec::new();
            for _ in 0..2 {
                page = admin.get(&page.attribute(&format!("{heading} a"), "href").unwrap()).await.ok();
                let sorted = page.attribute(&heading, "aria-sort").unwrap();
                let expected = if sorted == "ascending" { upwards } else { downwards };
                let shown: Vec<_> = rows(&page).into_iter().filter(|code| code != "800").collect();
                assert_eq!(shown, expected, "{} {sorted}", headings[index]);
                seen.push(sorted);
            }
            seen.sort_unstable();
            assert_eq!(seen, ["ascending", "descending"], "{}", headings[index]);
        }
    }

    async fn htmx_gets_the_results_alone_and_the_address_without_empty_fields(app: TestApp) {
        fill(&app).await;
        let admin = app.sign_in(Role::Admin).await;
        let part = admin.get_fragment(&format!("{PAGE}?q=detroit&state=&status=&sort=cost"), "results").await.ok();
        assert_eq!(part.header("HX-Push-Url"), "/o/our-city/phone-numbers?q=detroit&sort=cost");
        assert_eq!(rows(&part), ["313"]);
        assert!(!part.body().contains("<html") && !part.body().contains("tile-map"));
        assert_eq!(part.attribute("input[name=sort][form=inventory-filters]", "value").as_deref(), Some("cost"));
        let whole = admin.get_fragment(PAGE, "inventory").await.ok();
        assert!(whole.body().contains("tile-map"), "all of it when an order has ended");
        assert!(!whole.body().contains("<html"));
    }

    async fn providers_can_be_told_apart(app: TestApp) {
        add(&app, "313", 100, 3, 20).await;
        let admin = app.sign_in(Role::Admin).await;
        assert_eq!(admin.get(PAGE).await.ok().attribute("select[name=service]", "name"), None, "nothing to choose");
        add_of(&app, "elsewhere", "313", 200, 2, 20).await;
        add_of(&app, "elsewhere", "212", 200, 1, 20).await;
        let both = admin.get(PAGE).await.ok();
        assert_eq!(both.all("select[name=service] option").len(), 3);
        assert_eq!(both.all("#results tfoot td.num")[5], "6");
        let one = admin.get(&format!("{PAGE}?service=elsewhere&q=5550200")).await.ok();
        assert_eq!((rows(&one), matches(&one).len()), (vec!["212".into(), "313".into()], 2));
        assert_eq!(one.all("#results tfoot td.num")[5], "3");
        assert!(one.text().contains("6 numbers in 2 area codes"), "the head is about all of them");
    }

    async fn gone_numbers_are_said_in_their_row(app: TestApp) {
        add(&app, "313", 100, 4, 20).await;
        // What the release and the sync will do in one transaction.
        app.sql("UPDATE owned_phone_number SET lost_at = bought_at WHERE phone_number = '+13135550100';
            UPDATE owned_phone_number SET leaving_at = bought_at WHERE phone_number IN ('+13135550101', '+13135550102');
            UPDATE number_count SET available = 1, lost = 1, leaving = 2, monthly_cost = monthly_cost - 1150000").await;
        stock::counts(&app).await;
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(PAGE).await.ok();
        assert_eq!(page.all("#results .under"), ["2 leaving, 1 lost"]);
        assert_eq!(page.all(".figures dd"), ["1", "0", "0", "0", "2", "1", "$3.45"]);
        assert_eq!(rows(&admin.get(&format!("{PAGE}?status=lost")).await.ok()), ["313"]);
        let area = admin.get(&format!("{PAGE}/area/313?status=leaving")).await.ok();
        assert_eq!(area.all("tbody .number"), ["(313) 555-0101", "(313) 555-0102"]);
    }

    async fn this_week_names_what_waits(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        add(&app, "313", 100, 3, 20).await;
        let quiet = admin.get(PAGE).await.ok();
        assert!(quiet.text().contains("Nothing waits for you"));
        // Two of these four are reserved, so two are idle; one renews too late.
        add(&app, "248", 100, 3, 7).await;
        add(&app, "248", 200, 1, 8).await;
        let fall = draft(&app, "Fall GOTV").await;
        reserve(&app, fall, &[("248", 2)]).await;
        let recall = draft(&app, "Primary Recall").await;
        reserve(&app, recall, &[("313", 3)]).await;
        start(&app, recall).await;
        let running = admin.get(PAGE).await.ok();
        assert!(!running.text().contains("Primary Recall"), "a running campaign waits for nobody");
        archive(&app, recall).await;
        draft(&app, "Holds nothing").await;
        let page = admin.get(PAGE).await.ok();
        assert_eq!(
            page.all(".todo li"),
            [
                "1 idle number renewsby Sunday 29 November$1.15Review",
                "Fall GOTV holds 2 numbersreserved until tomorrow 09:00Open",
                "Primary Recall is archivedand still holds 3 numbers$3.45Give back",
            ]
        );
        let open = page.attribute(".todo li:nth-child(2) a", "href");
        assert_eq!(open, Some(format!("/o/our-city/campaigns/{fall}")));
    }

    async fn pending_orders_are_rows_that_follow_them(app: TestApp) {
        let (by, now) = (app.allowed(Role::Owner).await, app.app().clock.now());
        let line = |area: &str, count| Wanted { area_code: code(area), count, price: Micros::from_cents(115) };
        let order = NewOrder::of(OrderId::new(), vec![line("443", 40), line("313", 2)]);
        let id = order.id;
        app.write(move |tx| purchasing::place(tx, &by, &order, now).map(drop)).await;
        app.advance(TimeDelta::seconds(60));
        let admin = app.sign_in(Role::Admin).await;
        let page = admin.get(PAGE).await.ok();
        let pending = page.all("#pending tr");
        assert_eq!(pending.len(), 2);
        let baltimore = pending.iter().find(|row| row.starts_with("443 Baltimore, MD")).unwrap();
        assert!(baltimore.contains("Buying 0 of 40 · started 1 minute ago"), "{baltimore}");
        assert_eq!(page.attribute("#pending a", "href"), Some(format!("/o/our-city/orders/{id}")));
        assert_eq!(page.attribute("noscript meta", "http-equiv"), None, "noscript is text to a browser with scripts");
        assert!(page.body().contains("<noscript><meta http-equiv=\"refresh\" content=\"5\">"));

        let poll = page.attribute("#pending", "hx-get").unwrap();
        assert_eq!(page.attribute("#pending", "hx-trigger").as_deref(), Some("every 2s"));
        let part = admin.get_fragment(&poll, "pending").await.ok();
        assert_eq!((part.all("tr").len(), part.header("HX-Trigger")), (2, ""));
        let next = part.attribute("#pending", "hx-get").unwrap();
        assert!(next.ends_with("&polls=2"), "{next}");

        app.sql("UPDATE purchase_order SET status = 'stopped', finished_at = placed_at").await;
        let last = admin.get_fragment(&next, "pending").await.ok();
        assert_eq!(last.header("HX-Trigger"), "inventory-changed");
        assert_eq!((last.all("tr").len(), last.attribute("#pending", "hx-get")), (0, None));
    }
}
