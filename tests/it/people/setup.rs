//! `/setup`, on an empty database.

use numberbank::access::{self, Role, Token};

use crate::both;
use crate::support::TestApp;

const FIRST: [(&str, &str); 7] = [
    ("organization", "Their Town Votes!"),
    ("slug", ""),
    ("time_zone", "America/Chicago"),
    ("name", "Fay First"),
    ("email", "fay@example.org"),
    ("password", "four other good words"),
    ("password_again", "four other good words"),
];

fn with<'a>(token: &'a str, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> = FIRST.to_vec();
    for field in fields.iter_mut() {
        if let Some((_, value)) = changed.iter().find(|(name, _)| *name == field.0) {
            field.1 = value;
        }
    }
    fields.push(("token", token));
    fields
}

/// What `serve` and the command do.
async fn token(app: &TestApp) -> String {
    let token = Token::new();
    let (text, now) = (token.expose().to_owned(), app.app().clock.now());
    app.write(move |tx| access::add_setup_token(tx, &token, now)).await;
    text
}

/// As before anybody came.
async fn empty(app: &TestApp) {
    app.sql("DELETE FROM membership; DELETE FROM person; DELETE FROM organization").await;
}

both! {
    async fn the_first_organization_and_its_owner_are_made_once(app: TestApp) {
        empty(&app).await;
        // Two instances started: either's token opens the door.
        let (one, other) = (token(&app).await, token(&app).await);
        assert!(!app.texts("setup_token", "token_hash").await.iter().any(|hash| hash.contains(&one)));
        let client = app.client();
        let page = client.get(&format!("/setup?token={one}")).await.ok();
        assert_eq!(page.attribute("#field-token", "value").as_deref(), Some(one.as_str()));
        let page = client.submit("/setup", &with(&one, &[])).await.ok();
        assert_eq!(page.all(".person summary"), ["Fay First"]);
        assert!(page.text().contains("Practice: no real numbers"));
        assert_eq!(client.get("/").await.is(303).location(), "/o/their-town-votes/phone-numbers");
        client.get("/o/their-town-votes/members").await.ok();
        assert!(app.texts("setup_token", "token_hash").await.is_empty());
        for token in [&one, &other] {
            app.client().get(&format!("/setup?token={token}")).await.is(404);
            app.client().post("/setup", &with(token, &[("email", "second@example.org")])).await.is(404);
        }
        assert_eq!(app.texts("person", "email").await, ["fay@example.org"]);
    }

    async fn without_the_token_nothing_is_made(app: TestApp) {
        empty(&app).await;
        let right = token(&app).await;
        for wrong in ["", "x", &right[1..], &right.to_lowercase()] {
            let page = app.client().post("/setup", &with(wrong, &[])).await.is(422);
            assert!(page.all("#field-token-error")[0].contains("This is not the token"), "{wrong}");
            assert_eq!(page.attribute("#field-organization", "value").as_deref(), Some("Their Town Votes!"));
        }
        let changed = [("organization", "!"), ("email", "fay"), ("name", ""), ("password_again", "x")];
        let page = app.client().post("/setup", &with(&right, &changed)).await.is(422);
        let fields = page.attributes(".error-summary a", &["href"]);
        assert_eq!(
            fields,
            ["#field-email", "#field-name", "#field-password_again", "#field-slug"]
        );
        let changed = [("organization", " "), ("email", "fay"), ("name", "")];
        let page = app.client().post("/setup", &with(&right, &changed)).await.is(422);
        let fields = page.attributes(".error-summary a", &["href"]);
        assert_eq!(fields, ["#field-email", "#field-name", "#field-organization"]);
        assert!(app.texts("organization", "slug").await.is_empty());
        assert!(app.texts("person", "email").await.is_empty());
        // The token still holds.
        app.client().post("/setup", &with(&right, &[])).await.is(303);
    }

    async fn two_who_set_up_at_once_make_one_organization(app: TestApp) {
        empty(&app).await;
        let token = token(&app).await;
        let (one, other) = (app.client(), app.client());
        let second = with(&token, &[("slug", "another"), ("email", "second@example.org")]);
        let first = with(&token, &[]);
        let (first, second) = tokio::join!(one.post("/setup", &first), other.post("/setup", &second));
        let mut statuses = [first.status(), second.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 404]);
        assert_eq!(app.texts("organization", "slug").await.len(), 1);
    }

    async fn a_token_holds_for_a_day_and_the_newest_ten_do(app: TestApp) {
        empty(&app).await;
        let old = token(&app).await;
        app.advance(chrono::TimeDelta::hours(24) - chrono::TimeDelta::seconds(1));
        let young = token(&app).await;
        app.advance(chrono::TimeDelta::seconds(1));
        let page = app.client().post("/setup", &with(&old, &[])).await.is(422);
        assert!(page.all("#field-token-error")[0].contains("older than 24 hours"), "{}", page.text());
        // One that restarts again and again: the newest ten hold, the eleventh pushed the first of them out.
        let mut tokens = vec![young];
        for _ in 0..10 {
            app.advance(chrono::TimeDelta::seconds(1));
            tokens.push(token(&app).await);
        }
        assert_eq!(app.texts("setup_token", "token_hash").await.len(), 10);
        app.client().post("/setup", &with(&tokens[0], &[])).await.is(422);
        app.client().post("/setup", &with(&tokens[1], &[])).await.is(303);
    }

    async fn a_database_with_an_organization_has_no_such_page(app: TestApp) {
        let token = token(&app).await;
        app.client().get(&format!("/setup?token={token}")).await.is(404);
        app.sign_in(Role::Owner).await.post("/setup", &with(&token, &[])).await.is(404);
        assert_eq!(app.texts("organization", "slug").await, ["our-city"]);
    }
}
