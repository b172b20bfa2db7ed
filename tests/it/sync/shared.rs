//! Two organizations with one account at the carrier.

use numberbank::access::Role;
use numberbank::numbers::Status;

use super::{SYNC, bought_elsewhere, chosen, inventory, settle, sync_now};
use crate::both;
use crate::launch::buy;
use crate::support::TestApp;

const OTHER: &str = "/o/elsewhere/sync";

/// A second organization in the account of the first.
async fn with_other(app: &TestApp) -> crate::support::Client {
    app.add_organization("elsewhere", "Elsewhere").await;
    app.sql("UPDATE organization SET carrier_account = 'our-city' WHERE slug = 'elsewhere'").await;
    app.add_person("other@example.org", "Otto Other", &[("elsewhere", Role::Owner)]).await;
    app.sign_in_as("other@example.org").await
}

both! {
    async fn what_another_organization_owns_is_never_seen(app: TestApp) {
        buy(&app, &[("313", 3)]).await;
        let other = with_other(&app).await;
        other.post(OTHER, &[]).await.is(303);
        settle(&app).await;
        let page = other.get(OTHER).await.ok();
        assert!(chosen(&page, "difference").is_empty());
        for number in inventory(&app).await {
            assert!(!page.text().contains(&number.phone_number.national()), "{}", page.text());
            assert_eq!(number.status(), Status::Available);
        }
        assert!(page.text().contains("Several organizations share this carrier account"), "{}", page.text());
        assert!(!page.text().contains("Our City"));
    }

    async fn what_nobody_owns_is_seen_and_adopted_by_operators_alone(app: TestApp) {
        buy(&app, &[("313", 1)]).await;
        let theirs = bought_elsewhere(&app, "248", 2, 3);
        let other = with_other(&app).await;
        let owner = app.sign_in(Role::Owner).await;
        let page = sync_now(&app, &owner).await;
        assert!(chosen(&page, "difference").is_empty() && !page.text().contains("unknown here"), "{}", page.text());
        for (client, url) in [(&owner, SYNC), (&other, OTHER)] {
            client.post(&format!("{url}/adopt"), &[("all", "1")]).await.is(403);
            client.post(&format!("{url}/ignore"), &[("all", "1")]).await.is(403);
        }
        app.run_jobs().await;
        assert_eq!(inventory(&app).await.len(), 1);

        app.sql("UPDATE person SET is_operator = TRUE WHERE email = 'owner@example.org'").await;
        let page = owner.get(SYNC).await.ok();
        let choices = chosen(&page, "difference");
        assert_eq!(choices.len(), 2);
        other.post(OTHER, &[]).await.is(303);
        settle(&app).await;
        owner.post(&format!("{SYNC}/adopt"), &[("difference", &choices[0])]).await.is(303);
        app.run_jobs().await;
        let ours = inventory(&app).await;
        assert_eq!(ours.iter().filter(|one| one.area_code.as_str() == "248").count(), 1);
        // Adopted by one, it is nobody's no more: the other's operator is not offered it either.
        app.sql("UPDATE person SET is_operator = TRUE WHERE email = 'other@example.org'").await;
        let left = chosen(&other.get(OTHER).await.ok(), "difference");
        assert_eq!(left.len(), 1);
        other.post(&format!("{OTHER}/adopt"), &[("all", "1")]).await.is(303);
        app.run_jobs().await;
        assert_eq!(inventory(&app).await.len(), 2, "it went to the other");
        sync_now(&app, &owner).await;
        assert!(inventory(&app).await.iter().all(|one| one.status() == Status::Available));
        assert_eq!(theirs.len(), 2);
    }
}
