//! A new password by a link.

use chrono::TimeDelta;
use numberbank::access::{self, Role, Token};

use super::{link_on, log, signs_in, try_to_sign_in, two_steps};
use crate::both;
use crate::support::{Client, PASSWORD, TestApp};

const NEW: &str = "four other good words";
const SET: [(&str, &str); 2] = [("password", NEW), ("password_again", NEW)];

async fn path(app: &TestApp, email: &str) -> String {
    format!("/o/our-city/members/{}/reset-link", app.person_id(email).await)
}

async fn link(app: &TestApp, owner: &Client, email: &str) -> String {
    link_on(app, &owner.post(&path(app, email).await, &[]).await.ok())
}

both! {
    async fn an_owner_makes_a_link_that_holds_once(app: TestApp) {
        let (owner, admin) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        let link = link(&app, &owner, "admin@example.org").await;
        let token = link.rsplit('/').next().unwrap();
        assert!(!app.texts("password_reset", "token_hash").await.iter().any(|hash| hash.contains(token)));
        assert_eq!(log(&app).await, ["Made a link for a new password of Adam Admin"]);
        // Nothing changed yet.
        admin.get("/account").await.ok();
        let client = app.client();
        let page = client.post(&link, &[("password", "short"), ("password_again", "short")]).await.is(422);
        assert!(page.all("#field-password-error")[0].contains("at least 12"));
        let page = client.submit(&link, &SET).await.ok();
        assert_eq!((page.all("h1"), page.all(".notice-success").len()), (vec!["Sign in".to_owned()], 1));
        admin.get("/account").await.is(303);
        owner.get("/account").await.ok();
        assert!(!signs_in(&app, "admin@example.org", PASSWORD).await);
        assert!(signs_in(&app, "admin@example.org", NEW).await);
        for answer in [client.get(&link).await, client.post(&link, &SET).await] {
            assert_eq!(answer.is(410).all("h1"), ["This link was used"]);
        }
        client.get("/reset/there-never-was-such-a-link").await.is(404);
        client.post("/reset/there-never-was-such-a-link", &SET).await.is(404);
    }

    async fn a_link_holds_a_day_and_until_another(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let old = link(&app, &owner, "admin@example.org").await;
        let new = link(&app, &owner, "admin@example.org").await;
        let page = app.client().post(&old, &SET).await.is(410);
        assert_eq!(page.all("h1"), ["This link does not hold any more"]);
        app.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
        app.client().get(&new).await.ok();
        app.advance(TimeDelta::seconds(1));
        assert_eq!(app.client().post(&new, &SET).await.is(410).all("h1"), ["This link is too old"]);
        assert!(signs_in(&app, "admin@example.org", PASSWORD).await);
    }

    async fn a_link_opens_no_more_than_its_maker_may(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        app.add_organization("elsewhere", "Elsewhere").await;
        let both = [("our-city", Role::Admin), ("elsewhere", Role::SpendViewer)];
        app.add_person("mary@example.org", "Mary Many", &both).await;
        let page = owner.submit(&path(&app, "mary@example.org").await, &[]).await.ok();
        assert!(page.all(".notice-danger")[0].contains("numberbank user reset-link"), "{}", page.text());
        app.sql("UPDATE person SET is_operator = TRUE WHERE email = 'admin@example.org'").await;
        let page = owner.submit(&path(&app, "admin@example.org").await, &[]).await.ok();
        assert!(page.all(".notice-danger")[0].contains("can reach more than this organization"));
        let page = owner.submit(&path(&app, "owner@example.org").await, &[]).await.ok();
        assert!(page.all(".notice-danger")[0].contains("on your account's page"));
        assert!(app.texts("password_reset", "id").await.is_empty());
        // An owner of both may.
        let (mary, now) = (app.person_id("owner@example.org").await, app.app().clock.now());
        app.write(move |tx| access::add_membership(tx, "elsewhere", mary, Role::Owner, now)).await;
        let both = link(&app, &owner, "mary@example.org").await;
        // Once she can reach more than that, the link ends.
        app.add_organization("third", "Third").await;
        let mary = app.person_id("mary@example.org").await;
        app.write(move |tx| access::add_membership(tx, "third", mary, Role::Admin, now)).await;
        app.client().post(&both, &SET).await.is(410);
        // Nobody but owners, and for members only.
        app.add_person("stranger@example.org", "Stranger", &[]).await;
        owner.post(&path(&app, "stranger@example.org").await, &[]).await.is(404);
        let viewer = app.sign_in(Role::SpendViewer).await;
        viewer.post(&path(&app, "admin@example.org").await, &[]).await.is(403);
    }

    async fn a_link_of_an_owner_who_is_none_any_more_ends(app: TestApp) {
        let second = app.add_owner("second@example.org").await;
        let link = link(&app, &second, "admin@example.org").await;
        let id = app.person_id("second@example.org").await;
        let owner = app.sign_in(Role::Owner).await;
        owner.post(&format!("/o/our-city/members/{id}/role"), &[("role", "ADMIN")]).await.is(303);
        app.client().post(&link, &SET).await.is(410);
        assert!(signs_in(&app, "admin@example.org", PASSWORD).await);
    }

    async fn a_new_password_leaves_the_second_step(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        two_steps::turn_on(&app, &admin).await;
        let (token, now) = (Token::new(), app.app().clock.now());
        let link = format!("/reset/{}", token.expose());
        let chronicle = app.app().chronicle;
        app.write(move |tx| access::make_reset_from_console(tx, chronicle, "admin@example.org", &token, now)).await;
        // A sign-in that waits for its code ends too.
        let (waiting, _) = try_to_sign_in(&app, "admin@example.org", PASSWORD).await;
        waiting.get("/login/code").await.ok();
        app.client().post(&link, &SET).await.is(303);
        assert_eq!(waiting.get("/login/code").await.is(303).location(), "/login");
        admin.get("/account").await.is(303);
        let (client, answer) = try_to_sign_in(&app, "admin@example.org", NEW).await;
        assert!(answer.is(303).location().starts_with("/login/code"));
        client.get("/account").await.is(303);
    }
}
