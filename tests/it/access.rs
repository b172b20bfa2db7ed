//! Signing in, staying signed in, and what one may do then.

use chrono::TimeDelta;
use numberbank::access::{Limits, Role, SignInLimits};
use numberbank::error::AppError;
use reqwest::Method;

use crate::both;
use crate::support::{Backend, Change, PASSWORD, run_with};

const WRONG: &str = "No account has this e-mail address and this password.";

both! {
    async fn everybody_is_sent_to_sign_in_and_back_to_where_they_were_going(app: TestApp) {
        let client = app.client();
        let answer = client.get("/o/our-city/members?sort=name").await.is(303);
        assert_eq!(answer.location(), "/login?next=%2Fo%2Four-city%2Fmembers%3Fsort%3Dname");
        let form = client.get(answer.location()).await.ok();
        let next = form.attribute("input[name=next]", "value").unwrap();
        let fields = [("email", " Owner@Example.org "), ("password", PASSWORD), ("next", next.as_str())];
        let answer = client.post("/login", &fields).await.is(303);
        assert_eq!(answer.location(), "/o/our-city/members?sort=name");
        let page = client.get("/o/our-city/members").await.ok();
        assert_eq!(page.all(".person summary"), ["Olive Owner"]);
    }

    async fn a_wrong_password_and_an_unknown_person_get_the_same_words(app: TestApp) {
        let client = app.client();
        let mut pages = Vec::new();
        for (email, password) in [("owner@example.org", "wrong password 123"), ("nobody@example.org", PASSWORD)] {
            let page = client.post("/login", &[("email", email), ("password", password)]).await.is(422);
            assert!(page.text().contains(WRONG), "{}", page.text());
            assert_eq!(page.attribute("input[name=email]", "value").as_deref(), Some(email));
            assert_eq!(page.attribute("input[name=password]", "value").as_deref(), Some(""));
            pages.push(page.body().replace(email, ""));
            assert!(!page.headers("set-cookie").iter().any(|cookie| cookie.starts_with("numberbank=")));
        }
        assert_eq!(pages[0], pages[1]);
        client.get("/account").await.is(303);
    }

    async fn a_disabled_person_is_a_stranger_at_once(app: TestApp) {
        let client = app.sign_in(Role::Admin).await;
        client.get("/account").await.ok();
        app.sql("UPDATE person SET disabled_at = created_at WHERE email = 'admin@example.org'").await;
        assert_eq!(client.get("/account").await.is(303).location(), "/login?next=%2Faccount");
        let answer = app.client().post("/login", &[("email", "admin@example.org"), ("password", PASSWORD)]).await;
        assert!(answer.is(422).text().contains(WRONG));
    }

    async fn next_leads_only_to_pages_of_this_site(app: TestApp) {
        for (next, to) in [
            ("https://evil.example/", "/"),
            ("//evil.example/", "/"),
            ("/\\evil.example", "/"),
            ("/logout", "/"),
            ("/login?next=/login", "/"),
            ("/account", "/account"),
        ] {
            let client = app.client();
            let fields = [("email", "owner@example.org"), ("password", PASSWORD), ("next", next)];
            assert_eq!(client.post("/login", &fields).await.is(303).location(), to, "{next}");
            let query = reqwest::Url::parse_with_params("http://x/login", [("next", next)]).unwrap();
            let again = client.get(&format!("/login?{}", query.query().unwrap())).await.is(303);
            assert_eq!(again.location(), to, "{next}");
        }
    }

    async fn signing_in_makes_a_new_session_and_signing_out_ends_it(app: TestApp) {
        let client = app.sign_in(Role::Owner).await;
        let kept = client.cookie();
        let answer = client.post("/logout", &[]).await.is(303);
        assert_eq!(answer.location(), "/login");
        client.get("/account").await.is(303);
        // The cookie, had somebody kept it, opens nothing any more.
        app.client_with_cookie(&kept).get("/account").await.is(303);
    }

    async fn signing_in_over_a_session_ends_that_one(app: TestApp) {
        let client = app.sign_in(Role::Admin).await;
        let before = client.cookie();
        client.post("/login", &[("email", "owner@example.org"), ("password", PASSWORD)]).await.is(303);
        assert_ne!(client.cookie(), before);
        assert_eq!(client.get("/account").await.ok().all(".person summary"), ["Olive Owner"]);
        app.client_with_cookie(&before).get("/account").await.is(303);
    }

    async fn a_session_ended_from_elsewhere_is_over_at_once(app: TestApp) {
        let (here, there) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Owner).await);
        let somebody_else = app.sign_in(Role::Admin).await;
        there.get("/account").await.ok();
        let page = here.submit("/account/other-sessions/end", &[]).await.ok();
        assert_eq!(page.all(".notice-success"), ["You are signed out of one other browser."]);
        there.get("/account").await.is(303);
        somebody_else.get("/account").await.ok();
        // The message is said once.
        assert!(here.get("/account").await.ok().all(".notice-success").is_empty());
    }

    async fn a_session_lapses_when_unused_and_lives_while_used(app: TestApp) {
        let (used, unused) = (app.sign_in(Role::Owner).await, app.sign_in(Role::Admin).await);
        for _ in 0..3 {
            app.advance(TimeDelta::days(5));
            used.get("/account").await.ok();
        }
        unused.get("/account").await.is(303);
        // ... but not for ever: 90 days after the sign-in it ends, however much it is used.
        for _ in 0..14 {
            app.advance(TimeDelta::days(5));
            used.get("/account").await.ok();
        }
        app.advance(TimeDelta::days(5));
        used.get("/account").await.is(303);
    }

    async fn a_role_taken_away_is_gone_with_the_next_click(app: TestApp) {
        let (owner, second) = (app.sign_in(Role::Owner).await, app.add_owner("second@example.org").await);
        let page = second.get("/o/our-city/members").await.ok();
        let id = app.person_id("second@example.org").await;
        assert!(page.text().contains("Second Owner (you)"));
        let path = format!("/o/our-city/members/{id}/role");
        let page = owner.submit(&path, &[("role", "ADMIN")]).await.ok();
        assert_eq!(page.all(".notice-success"), ["Second Owner is an admin now."]);
        second.get("/o/our-city/members").await.is(403);
        owner.submit(&format!("/o/our-city/members/{id}/remove"), &[]).await.ok();
        second.get("/o/our-city/members").await.is(404);
        assert!(second.get("/").await.ok().text().contains("No organization yet"));
    }

    async fn an_organization_keeps_one_owner(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = app.person_id("owner@example.org").await;
        for (verb, fields) in [("role", [("role", "SPEND_VIEWER")].as_slice()), ("remove", &[])] {
            let page = owner.submit(&format!("/o/our-city/members/{id}/{verb}"), fields).await.ok();
            assert!(page.all(".notice-danger")[0].contains("always keeps one owner"), "{}", page.text());
        }
        app.add_owner("second@example.org").await;
        owner.post(&format!("/o/our-city/members/{id}/remove"), &[]).await.is(303);
        owner.get("/o/our-city/members").await.is(404);
    }

    async fn who_is_no_member_finds_nothing(app: TestApp) {
        app.add_organization("elsewhere", "Elsewhere").await;
        let owner = app.sign_in(Role::Owner).await;
        let there = owner.get("/o/elsewhere/members").await.is(404);
        let nowhere = owner.get("/o/nowhere/members").await.is(404);
        // Whether the organization exists cannot be told.
        assert_eq!(there.body(), nowhere.body());
        let id = app.person_id("owner@example.org").await;
        owner.post(&format!("/o/elsewhere/members/{id}/role"), &[("role", "ADMIN")]).await.is(404);
    }

    async fn who_may_not_is_told_who_may(app: TestApp) {
        app.add_owner("second@example.org").await;
        for role in [Role::Admin, Role::SpendViewer] {
            let client = app.sign_in(role).await;
            let page = client.get("/o/our-city/members").await.is(403);
            let words = "You may not manage the organization in Our City. Ask Olive Owner or Second Owner.";
            assert!(page.text().contains(words), "{}", page.text());
            let id = app.person_id("owner@example.org").await;
            client.post(&format!("/o/our-city/members/{id}/role"), &[("role", "ADMIN")]).await.is(403);
        }
        app.sign_in(Role::Owner).await.get("/o/our-city/members").await.ok();
    }

    async fn everybody_sees_the_links_of_their_role(app: TestApp) {
        let page = app.sign_in(Role::Owner).await.get("/o/our-city/members").await.ok();
        let all = ["Phone numbers", "Orders", "Campaigns", "Requests", "Messaging services", "Spend", "Activity", "Practice", "Members", "Settings"];
        assert_eq!(page.all(".rail-list a"), all);
        assert_eq!(page.all(".rail-list a[aria-current=page]"), ["Members"]);
        assert_eq!(app.allowed_links(Role::Admin).await, ["Phone numbers", "Orders", "Campaigns", "Requests", "Messaging services", "Spend", "Activity"]);
        assert_eq!(app.allowed_links(Role::SpendViewer).await, ["Spend"]);
    }

    async fn the_front_door_leads_to_where_one_works(app: TestApp) {
        assert_eq!(app.client().get("/").await.is(303).location(), "/login");
        for (role, to) in [
            (Role::Owner, "/o/our-city/phone-numbers"),
            (Role::Admin, "/o/our-city/phone-numbers"),
            (Role::SpendViewer, "/o/our-city/spend"),
        ] {
            let client = app.sign_in(role).await;
            assert_eq!(client.get("/").await.is(303).location(), to);
            assert_eq!(client.get("/o/our-city").await.is(303).location(), to);
        }
        app.add_organization("elsewhere", "Elsewhere").await;
        let places = [("our-city", Role::SpendViewer), ("elsewhere", Role::Owner)];
        app.add_person("both@example.org", "Bo Both", &places).await;
        let page = app.sign_in_as("both@example.org").await.get("/").await.ok();
        assert_eq!(page.all("main li"), ["Elsewhere owner", "Our City spend viewer"]);
        app.add_person("new@example.org", "New Here", &[]).await;
        let page = app.sign_in_as("new@example.org").await.get("/").await.ok();
        assert!(page.text().contains("not a member of any organization"));
    }

    async fn writes_from_other_sites_change_nothing(app: TestApp) {
        let client = app.sign_in(Role::Owner).await;
        let own = app.base().to_owned();
        let evil = "https://evil.example";
        for (headers, status) in [
            (vec![], 400),
            (vec![("Origin", evil)], 400),
            (vec![("Origin", "null")], 400),
            (vec![("Referer", "https://evil.example/page")], 400),
            (vec![("Sec-Fetch-Site", "cross-site"), ("Origin", own.as_str())], 400),
            (vec![("Sec-Fetch-Site", "same-site"), ("Origin", own.as_str())], 400),
            (vec![("Sec-Fetch-Site", "same-origin")], 303),
            (vec![("Origin", own.as_str())], 303),
            (vec![("Referer", own.as_str())], 303),
        ] {
            let mut request = client.request(Method::POST, "/account/other-sessions/end");
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            let answer = client.send(request.form(&[("a", "b")])).await;
            assert_eq!(answer.status(), status, "{headers:?}");
        }
        client.send(client.request(Method::POST, "/logout").header("Origin", evil).form(&[("a", "b")])).await.is(400);
        client.get("/account").await.ok();
    }

    async fn htmx_is_sent_to_sign_in_as_a_whole_page(app: TestApp) {
        let client = app.client();
        let current = format!("{}/o/our-city/orders?page=2", app.base());
        let request = client
            .request(Method::GET, "/o/our-city/members")
            .header("HX-Request", "true")
            .header("HX-Current-URL", current);
        let answer = client.send(request).await.is(401);
        assert_eq!(answer.header("hx-redirect"), "/login?next=%2Fo%2Four-city%2Forders%3Fpage%3D2");
        // In a fragment, an error is a fragment.
        let owner = app.sign_in(Role::Admin).await;
        let answer = owner.get_fragment("/o/our-city/members", "x").await.is(403);
        assert!(answer.body().starts_with("<div class=\"notice notice-danger\""), "{}", answer.body());
    }
}

#[tokio::test]
async fn too_many_attempts_wait() {
    let settings: fn(&mut numberbank::config::Settings) = |settings| {
        settings.sign_ins_per_account = Limits::new(3, 60);
        settings.sign_ins_per_address = Limits::new(5, 60);
    };
    run_with(Backend::Sqlite, Change { settings: Some(settings), ..Change::default() }, |app| async move {
        let client = app.client();
        let attempt = async |email: &str, password: &str| {
            client.post("/login", &[("email", email), ("password", password)]).await
        };
        for _ in 0..3 {
            attempt("owner@example.org", "a wrong password").await.is(422);
        }
        // The right password does not help either: the answer betrays nothing.
        let answer = attempt("OWNER@example.org", PASSWORD).await.is(429);
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert!(answer.text().contains("Too many attempts"), "{}", answer.text());
        // Somebody else may still sign in, until the address has used up its own.
        attempt("admin@example.org", PASSWORD).await.is(303);
        attempt("viewer@example.org", PASSWORD).await.is(429);
    })
    .await;
}

#[tokio::test]
async fn cookies_are_for_this_site_and_for_no_script() {
    run_with(Backend::Sqlite, Change::default(), |app| async move {
        let answer =
            app.client().post("/login", &[("email", "owner@example.org"), ("password", PASSWORD)]).await;
        let cookie = answer.headers("set-cookie").join("\n");
        for flag in ["numberbank=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=7776000"] {
            assert!(cookie.contains(flag), "{flag}: {cookie}");
        }
        assert!(!cookie.contains("Secure"), "{cookie}");
        let id = app.person_id("owner@example.org").await.to_string();
        assert!(!cookie.contains(&id) && !cookie.contains("session"), "what it holds is sealed: {cookie}");
        assert_eq!(answer.header("strict-transport-security"), "");
    })
    .await;
    let https: fn(&mut numberbank::config::Settings) =
        |settings| settings.base_url = Some("https://numbers.example.org".parse().unwrap());
    run_with(Backend::Sqlite, Change { settings: Some(https), ..Change::default() }, |app| async move {
        let client = app.client();
        let request = client
            .request(Method::POST, "/login")
            .header("Origin", "https://numbers.example.org")
            .form(&[("email", "owner@example.org"), ("password", PASSWORD)]);
        let answer = client.send(request).await.is(303);
        assert!(answer.headers("set-cookie").join("\n").contains("Secure"));
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    })
    .await;
}

both! {
    async fn instances_count_the_failures_of_an_account_together(app: TestApp) {
        let (many, few) = (Limits::new(1_000, 1), Limits::new(4, 60));
        let (one, other) = (SignInLimits::new(many, few), SignInLimits::new(many, few));
        let attempt = async |instance: &SignInLimits, email: &str| {
            instance.attempt(app.app(), "192.0.2.1", email).await
        };
        // All at once, from both: four and no more are let through.
        let both = [&one, &other].repeat(6);
        let tried = both.iter().map(|instance| attempt(instance, "ada@example.org"));
        let outcomes = futures_util::future::join_all(tried).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 4, "{outcomes:?}");
        for instance in [&one, &other] {
            let refused = attempt(instance, "ada@example.org").await;
            assert!(matches!(refused, Err(AppError::TooMany(60))), "{refused:?}");
        }
        assert!(attempt(&other, "grace@example.org").await.is_ok());
        // One comes back after a minute; a success costs nothing.
        app.advance(chrono::TimeDelta::seconds(60));
        for instance in [&one, &other, &one] {
            attempt(instance, "ada@example.org").await.unwrap().succeeded(app.app()).await.unwrap();
        }
        assert!(attempt(&other, "ada@example.org").await.is_ok());
        assert!(attempt(&one, "ada@example.org").await.is_err());
        // What was typed is kept nowhere, and what counts no more is forgotten.
        let keys = app.texts("sign_in_limit", "key_hash").await;
        assert!(keys.len() == 2 && !keys.iter().any(|key| key.contains("ada") || key.contains("grace")));
        app.advance(chrono::TimeDelta::seconds(4 * 60 + 1));
        app.run_clock_jobs().await;
        assert!(app.texts("sign_in_limit", "key_hash").await.is_empty());
    }

    async fn signing_in_rightly_is_never_too_often(app: TestApp) {
        // The limit of failures of these tests is far away: here its book is looked at.
        for _ in 0..3 {
            app.sign_in(Role::Admin).await;
        }
        let now = app.app().clock.now().to_string();
        let until = app.texts("sign_in_limit", "CAST(counts_until AS TEXT)").await;
        assert_eq!(until.len(), 1);
        assert_eq!(until[0].get(..19), now.get(..19), "a success left a failure behind");
    }
}
