//! `/account`.

use numberbank::access::Role;

use std::process::{Command, Stdio};

use numberbank::db::DatabaseUrl;
use secrecy::ExposeSecret;

use super::{link_on, log, signs_in, two_steps};
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

    async fn what_is_done_to_an_account_is_in_the_log_of_every_place(app: TestApp) {
        app.add_organization("elsewhere", "Elsewhere").await;
        let places = [("our-city", Role::Admin), ("elsewhere", Role::Owner)];
        app.add_person("mary@example.org", "Mary Many", &places).await;
        let mary = app.sign_in_as("mary@example.org").await;
        let fields = [("old_password", PASSWORD), ("password", NEW), ("password_again", NEW)];
        mary.submit("/account/password", &fields).await.ok();
        assert_eq!(log(&app).await, ["Changed their password"; 2]);
        for client in [app.sign_in(Role::Admin).await, mary.clone()] {
            let page = client.get("/o/our-city/activity").await.ok();
            assert_eq!(page.all("tbody td:nth-child(2)"), ["Mary Many"]);
        }
        assert_eq!(mary.get("/o/elsewhere/activity").await.ok().all("tbody tr").len(), 1);
    }

    async fn two_steps_on_and_off_are_in_the_log(app: TestApp) {
        let admin = app.sign_in(Role::Admin).await;
        two_steps::turn_on(&app, &admin).await;
        admin.submit("/account/two-steps/off", &[("password", PASSWORD)]).await.ok();
        // Once more changes nothing, and says nothing.
        admin.submit("/account/two-steps/off", &[("password", PASSWORD)]).await.ok();
        assert_eq!(log(&app).await, ["Turned sign-in in two steps off", "Turned sign-in in two steps on"]);
    }

    async fn the_console_leaves_lines_too(app: TestApp) {
        two_steps::turn_on(&app, &app.sign_in(Role::Admin).await).await;
        let address = match app.database() {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(address) => address.expose_secret().to_owned(),
        };
        let base = app.base().to_owned();
        let console = async |arguments: &'static [&'static str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_numberbank"));
            command.args(arguments).env_clear().stdin(Stdio::null());
            command.env("NUMBERBANK_DATABASE_URL", &address).env("NUMBERBANK_BASE_URL", &base);
            let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        console(&["user", "two-steps-off", "--email", "admin@example.org"]).await;
        let said = console(&["user", "reset-link", "--email", "admin@example.org"]).await;
        console(&["member", "add", "--email", "admin@example.org", "--organization", "our-city", "--role", "OWNER"])
            .await;
        let mut lines = log(&app).await;
        lines.pop();
        assert_eq!(
            lines,
            [
                "Made Adam Admin an owner, at the console",
                "Made a link for a new password of Adam Admin, at the console",
                "Turned sign-in in two steps of Adam Admin off, at the console",
            ]
        );
        let link = said.lines().last().unwrap().strip_prefix(app.base()).unwrap();
        // Who can reach more from now on needs another link.
        app.client().get(link).await.is(410);
        let owner = app.sign_in(Role::Owner).await;
        let page = owner.get("/o/our-city/activity").await.ok();
        assert!(page.all("tbody td:nth-child(2)").contains(&"Numberbank".to_owned()));
        let id = app.person_id("viewer@example.org").await;
        let made = owner.post(&format!("/o/our-city/members/{id}/reset-link"), &[]).await.ok();
        let link = link_on(&app, &made);
        app.client().post(&link, &[("password", NEW), ("password_again", NEW)]).await.is(303);
        assert_eq!(log(&app).await[0], "Set a new password by a link");
    }
}
