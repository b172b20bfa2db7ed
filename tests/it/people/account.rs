//! `/account`.

use numberbank::access::Role;

use super::signs_in;
use crate::both;
use crate::support::PASSWORD;

const NEW: &str = "four other good words";

both! {
    async fn a_new_password_ends_every_other_session(app: TestApp) {
        let (here, there) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Admin).await);
        let somebody_else = app.sign_in(Role::Owner).await;
        let fields = [("old_password", PASSWORD), ("password", NEW), ("password_again", NEW)];
        let page = here.submit("/account/password", &fields).await.ok();
        assert_eq!(
            page.all(".notice-success"),
            ["Your password is changed, and you are signed out of one other browser."]
        );
        assert!(page.text().contains("You changed it just now"), "{}", page.text());
        there.get("/account").await.is(303);
        somebody_else.get("/account").await.ok();
        assert!(signs_in(&app, "admin@example.org", NEW).await);
        assert!(!signs_in(&app, "admin@example.org", PASSWORD).await);
    }

    async fn a_new_password_needs_the_old_one_and_is_typed_twice(app: TestApp) {
        let (client, other) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Admin).await);
        for (old, new, again, field, words) in [
            ("not my password", NEW, NEW, "old_password", "This is not your password."),
            (PASSWORD, "short", "short", "password", "at least 12 characters"),
            (PASSWORD, NEW, "four other good word", "password_again", "not the same password"),
        ] {
            let fields = [("old_password", old), ("password", new), ("password_again", again)];
            let page = client.post("/account/password", &fields).await.is(422);
            let said = page.all(&format!("#field-{field}-error"));
            assert!(said.len() == 1 && said[0].contains(words), "{field}: {said:?}");
            assert_eq!(page.attributes(".error-summary a", &["href"]), [format!("#field-{field}")]);
            assert!(page.attributes("input[type=password]", &["value"]).iter().all(String::is_empty));
        }
        other.get("/account").await.ok();
        assert!(signs_in(&app, "admin@example.org", PASSWORD).await);
        // A reload of the page with errors leads back.
        assert_eq!(client.get("/account/password").await.is(303).location(), "/account");
    }

    async fn signing_out_everywhere_means_here_too(app: TestApp) {
        let (here, there) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Owner).await);
        let somebody_else = app.sign_in(Role::Admin).await;
        let kept = here.cookie();
        let page = here.submit("/account/sessions/end", &[]).await.ok();
        assert_eq!(page.all("h1"), ["Sign in"]);
        assert_eq!(page.all(".notice-success"), ["You are signed out everywhere, here too."]);
        for client in [here, there, app.client_with_cookie(&kept)] {
            client.get("/account").await.is(303);
        }
        somebody_else.get("/account").await.ok();
    }
}
