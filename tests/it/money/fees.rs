//! Fees entered by hand.

use numberbank::access::Role;

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
