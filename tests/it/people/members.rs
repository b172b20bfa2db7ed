//! The members' page.

use numberbank::access::{self, ManageOrganization, Role};

use super::{link_on, log};
use crate::both;

both! {
    async fn removing_is_confirmed_and_says_what_ends(app: TestApp) {
        let (owner, second) = (app.sign_in(Role::Owner).await, app.add_owner("second@example.org").await);
        let fields = [("email", "nora@example.org"), ("role", "OWNER")];
        let link = link_on(&app, &second.post("/o/our-city/invitations", &fields).await.ok());
        let id = app.person_id("second@example.org").await;
        let remove = format!("/o/our-city/members/{id}/remove");
        let page = owner.get(&remove).await.ok();
        assert_eq!(page.all("h1"), ["Remove Second Owner?"]);
        assert!(page.all(".will li").contains(&"The open invitation of nora@example.org is withdrawn.".to_owned()));
        second.get("/o/our-city/members").await.ok();
        let page = owner.submit(&remove, &[]).await.ok();
        assert_eq!(page.all(".notice-success"), ["Second Owner is no longer a member."]);
        second.get("/o/our-city/members").await.is(404);
        // Nobody comes back by a door they left open.
        app.client().get(&link).await.is(410);
        let lines = log(&app).await;
        let mut newest = lines[..2].to_vec();
        newest.sort();
        let withdrew = "Withdrew the invitation of nora@example.org, which Second Owner had made";
        assert_eq!(newest, ["Removed Second Owner, owner", withdrew]);
        owner.get(&remove).await.is(404);
        owner.post(&remove, &[]).await.is(404);
    }

    async fn the_last_owner_stays(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = app.person_id("owner@example.org").await;
        let page = owner.get(&format!("/o/our-city/members/{id}/remove")).await.ok();
        assert!(page.text().contains("Olive Owner is the only owner"));
        assert!(page.all("form.confirm").is_empty());
        // A disabled owner is none who could help.
        app.add_person("gone@example.org", "Gone Owner", &[("our-city", Role::Owner)]).await;
        app.sql("UPDATE person SET disabled_at = created_at WHERE email = 'gone@example.org'").await;
        let page = owner.submit(&format!("/o/our-city/members/{id}/role"), &[("role", "ADMIN")]).await.ok();
        assert!(page.all(".notice-danger")[0].contains("always keeps one owner"));
        // Nor does the console take it away.
        let now = app.app().clock.now();
        let refused = app
            .app()
            .db
            .write(move |tx| access::add_membership(tx, "our-city", id, Role::Admin, now))
            .await;
        assert!(refused.unwrap_err().to_string().contains("always keeps one owner"));
        assert!(log(&app).await.is_empty());
    }

    async fn two_owners_who_remove_each_other_at_once_leave_one(app: TestApp) {
        for round in 0..6 {
            let email = format!("second{round}@example.org");
            let second = app.add_person(&email, "Second Owner", &[("our-city", Role::Owner)]).await;
            let first = app.person_id("owner@example.org").await;
            let by = app.allowed::<ManageOrganization>(Role::Owner).await;
            let now = app.app().clock.now();
            let remove = |victim| {
                let (db, by) = (app.app().db.clone(), by.clone());
                tokio::spawn(async move {
                    db.write(move |tx| access::change_role(tx, &by, victim, Role::Admin, now)).await.is_ok()
                })
            };
            let (one, other) = tokio::join!(remove(first), remove(second));
            assert_eq!([one.unwrap(), other.unwrap()].iter().filter(|done| **done).count(), 1);
            assert_eq!(app.texts("membership", "role").await.iter().filter(|role| *role == "OWNER").count(), 1);
            app.write(move |tx| {
                access::add_membership(tx, "our-city", first, Role::Owner, now)?;
                access::add_membership(tx, "our-city", second, Role::Admin, now)
            })
            .await;
        }
    }

    async fn roles_change_with_a_line_in_the_log(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = app.person_id("viewer@example.org").await;
        let path = format!("/o/our-city/members/{id}/role");
        owner.submit(&path, &[("role", "ADMIN")]).await.ok();
        owner.submit(&path, &[("role", "ADMIN")]).await.ok();
        assert_eq!(log(&app).await, ["Made Vera Viewer an admin (spend viewer before)"]);
    }

    async fn owners_are_led_to_two_steps_before_anything_else(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let path = "/o/our-city/members/two-steps";
        app.sign_in(Role::Admin).await.post(path, &[("ask", "true")]).await.is(403);
        let page = owner.submit(path, &[("ask", "true")]).await.ok();
        assert_eq!(page.all("h1"), ["Sign-in in two steps"]);
        assert!(page.text().contains("Our City asks its owners for this"));
        for page in ["/o/our-city/members", "/o/our-city/spend", "/o/our-city"] {
            assert_eq!(owner.get(page).await.is(303).location(), "/account/two-steps");
        }
        owner.post(path, &[]).await.is(303);
        let part = owner.get_fragment("/o/our-city/members", "x").await.is(401);
        assert_eq!(part.header("hx-redirect"), "/account/two-steps");
        // Others are not asked; owners who have it go on.
        app.sign_in(Role::SpendViewer).await.get("/o/our-city/spend").await.ok();
        super::two_steps::turn_on(&app, &owner).await;
        let page = owner.get("/o/our-city/members").await.ok();
        assert!(page.text().contains("two steps"));
        assert_eq!(page.all("input[name=ask][checked]").len(), 1);
        owner.submit(path, &[]).await.ok();
        assert_eq!(
            log(&app).await,
            ["Left it to owners whether they sign in in two steps", "Turned sign-in in two steps on", "Asked owners to sign in in two steps"]
        );
        app.add_owner("second@example.org").await.get("/o/our-city/members").await.ok();
    }
}
