//! Fees entered by hand.

use numberbank::access::Role;
use numberbank::kernel::Micros;

use crate::both;

const FEES: &str = "/o/our-city/spend/fees";
const ID: &str = "019aab3e-8b0c-7c4e-9d57-0123456789ab";

both! {
    async fn a_fee_is_entered_once_shown_and_voided(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        assert!(owner.get(FEES).await.ok().text().contains("No fees yet"));
        let fee = [("id", ID), ("day", "2026-11-03"), ("kind", "registration"), ("amount", "$15.00"), ("note", "=Campaign vetting")];
        let page = owner.submit(FEES, &fee).await.ok();
        assert!(page.text().contains("Entered: $15.00 for a registration."), "{}", page.text());
        // Sent twice it is one.
        owner.post(FEES, &fee).await.is(303);
        let refund = [("id", "019aab3e-8b0c-7c4e-9d57-0123456789ac"), ("day", "2026-11-04"), ("kind", "credit"), ("amount", "4"), ("note", "Refund")];
        owner.post(FEES, &refund).await.is(303);
        let viewer = app.sign_in(Role::SpendViewer).await;
        let page = viewer.get(FEES).await.ok();
        assert_eq!(page.all(".figure dd"), ["$11.00", "$11.00"]);
        assert!(page.text().contains("entered by Olive Owner") && page.all("form.card").is_empty());
        // No cell of the file is a formula.
        let csv = viewer.get(&format!("{FEES}.csv")).await.ok();
        assert!(csv.body().contains("2026-11-03,registration,15.00,'=Campaign vetting,no,"), "{}", csv.body());
        assert!(csv.body().contains("2026-11-04,credit,-4.00,Refund,no,"), "{}", csv.body());

        let void = format!("{FEES}/{ID}/void");
        let wrong = owner.post(&void, &[("note", " ")]).await.is(422);
        assert!(wrong.text().contains("Say what it is"), "{}", wrong.text());
        owner.submit(&void, &[("note", "Entered twice")]).await.ok();
        owner.post(&void, &[("note", "Again")]).await.is(409);
        let page = owner.get(FEES).await.ok();
        assert_eq!(page.all(".figure dd"), ["−$4.00", "−$4.00"]);
        assert!(page.text().contains("Void, by Olive Owner: Entered twice"));
        let deeds = app.texts("activity", "verb").await;
        assert_eq!(deeds.iter().filter(|verb| verb.starts_with("fee_")).count(), 3, "{deeds:?}");
        for (path, fields) in [(FEES, &fee[..]), (void.as_str(), &[("note", "x")][..])] {
            viewer.post(path, fields).await.is(403);
        }
    }

    async fn fees_are_a_line_of_every_table_so_that_each_adds_up(app: TestApp) {
        crate::launch::buy(&app, &[("313", 2)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let fee = [("id", ID), ("day", "2026-11-03"), ("kind", "registration"), ("amount", "15.00"), ("note", "Vetting")];
        owner.post(FEES, &fee).await.is(303);
        let void = [("id", "019aab3e-8b0c-7c4e-9d57-0123456789ac"), ("day", "2026-11-04"), ("kind", "one_off"), ("amount", "7"), ("note", "Wrong")];
        owner.post(FEES, &void).await.is(303);
        owner.submit(&format!("{FEES}/019aab3e-8b0c-7c4e-9d57-0123456789ac/void"), &[("note", "Entered twice")]).await.ok();
        let viewer = app.sign_in(Role::SpendViewer).await;
        let page = viewer.get("/o/our-city/spend").await.ok();
        // $2.30 for numbers and $15.00; what was voided counts nowhere.
        let figures = page.all(".figures .figure dd");
        assert_eq!(figures[..2], ["$17.30", "$17.30"], "{figures:?}");
        assert_eq!(figures.last().map(String::as_str), Some("$15.00"));
        let line = |table: &str| page.all(&format!("section[aria-labelledby={table}] tbody tr:last-child :is(th, td)"));
        for table in ["areas", "states", "providers", "kinds"] {
            let fees = ["One-off and registration fees", "", "$15.00", "$0.00", "$15.00", "+$15.00", "entered by hand"];
            assert_eq!(line(table), fees, "{table}");
        }
        assert_eq!(line("campaigns"), ["One-off and registration fees", "", "$15.00", "$15.00", "+$15.00", "entered by hand"]);
        assert_eq!(
            page.all("section[aria-labelledby=campaigns] tfoot :is(th, td)"),
            ["All", "2.0", "$17.30", "$17.30", "+$17.30", "quoted, fees entered by hand"]
        );
        for table in ["campaign", "area", "state", "provider", "kind", "month"] {
            let file = viewer.get(&format!("/o/our-city/spend.json?by={table}")).await.ok();
            let rows: Vec<serde_json::Value> = serde_json::from_str(file.body()).unwrap();
            let charged = rows.iter().map(|row| {
                Micros::parse_decimal(row["charged"].as_str().unwrap()).unwrap()
            });
            assert_eq!(charged.sum::<Micros>(), Micros::from_cents(1_730), "{table}: {rows:?}");
            let entered: Vec<_> = rows.iter().filter(|row| row["entered"] == "15.00").collect();
            assert_eq!(entered.len(), 1, "{table}: {rows:?}");
        }
        let csv = viewer.get("/o/our-city/spend.csv").await.ok();
        assert!(csv.body().contains("2026-11,fees,,0.0,0,15.00,0.00,0.00,0.00,15.00,0.00,0.00,0.00"), "{}", csv.body());
        // Any days have the fees of those days.
        let days = viewer.get("/o/our-city/spend?from=2026-11-03&to=2026-11-04").await.ok();
        assert_eq!(days.all(".figures .figure dd")[0], "$15.00");
        let days = viewer.get("/o/our-city/spend?from=2026-11-04&to=2026-11-05").await.ok();
        assert!(!days.text().contains("One-off and registration"), "{}", days.text());
    }

    async fn what_is_wrong_is_said_beside_its_field(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let fee = [("id", ID), ("day", "soon"), ("kind", "gift"), ("amount", "-1"), ("note", "")];
        let page = owner.post(FEES, &fee).await.is(422);
        let list = page.all(".error-summary li");
        assert_eq!(list.len(), 4, "{list:?}");
        assert_eq!(page.attribute("#field-amount", "value").unwrap(), "-1", "input is kept");
        owner.post(FEES, &[("id", "x")]).await.is(400);
        assert!(app.texts("fee", "note").await.is_empty());
    }

    async fn another_organizations_fee_is_not_found(app: TestApp) {
        app.add_organization("other", "Other").await;
        app.add_person("them@example.org", "Them", &[("other", Role::Owner)]).await;
        let owner = app.sign_in(Role::Owner).await;
        let fee = [("id", ID), ("day", "2026-11-03"), ("kind", "one_off"), ("amount", "15"), ("note", "Ours")];
        owner.post(FEES, &fee).await.is(303);
        let them = app.sign_in_as("them@example.org").await;
        them.post(&format!("/o/other/spend/fees/{ID}/void"), &[("note", "Theirs")]).await.is(404);
        assert!(!them.get("/o/other/spend/fees").await.ok().text().contains("Ours"));
    }
}
