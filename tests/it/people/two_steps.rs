//! Sign-in in two steps.

use chrono::TimeDelta;
use hmac::{Hmac, Mac};
use numberbank::access::{Limits, Role};
use numberbank::config::Settings;

use super::{signs_in, try_to_sign_in};
use crate::both;
use crate::support::{Backend, Change, Client, PASSWORD, TestApp, run_with};

/// What an authenticator app shows for a key, written apart from the application.
fn app_shows(key: &str, at: chrono::NaiveDateTime) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = key
        .chars()
        .filter(|letter| *letter != ' ')
        .map(|letter| format!("{:05b}", letters.find(letter).expect("base 32")))
        .collect();
    let secret: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&secret).unwrap();
    mac.update(&(at.and_utc().timestamp() as u64 / 30).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let from = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[from..from + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

pub struct Phone(String);

impl Phone {
    fn shows(&self, app: &TestApp) -> String {
        app_shows(&self.0, app.app().clock.now())
    }
    /// What it shows next, once it does.
    fn next(&self, app: &TestApp) -> String {
        app.advance(TimeDelta::seconds(30));
        self.shows(app)
    }
}

/// Turns it on as a person does. Answers their phone and their recovery codes.
pub async fn turn_on(app: &TestApp, client: &Client) -> (Phone, Vec<String>) {
    let page = client.submit("/account/two-steps/begin", &[("password", PASSWORD)]).await.ok();
    let phone = Phone(page.all("[data-copy] code").remove(0));
    let address = page.attribute("a[href^='otpauth:']", "href").unwrap();
    assert!(address.contains(&phone.0.replace(' ', "")), "{address}");
    assert!(page.attribute("svg.qr path", "d").unwrap().len() > 1000);
    let page = client.post("/account/two-steps/confirm", &[("code", &phone.shows(app))]).await.ok();
    let codes = page.all("main li code");
    assert_eq!(codes.len(), 10);
    (phone, codes)
}

both! {
    async fn after_the_password_a_code_is_asked(app: TestApp) {
        let elsewhere = app.sign_in(Role::Admin).await;
        let (phone, _) = turn_on(&app, &app.sign_in(Role::Admin).await).await;
        // Whoever came in by the password alone comes in anew.
        elsewhere.get("/account").await.is(303);
        let (client, answer) = try_to_sign_in(&app, "admin@example.org", PASSWORD).await;
        let page = client.get(answer.is(303).location()).await.ok();
        assert_eq!(page.all("h1"), ["Enter your code"]);
        // The password alone opens nothing.
        assert_eq!(client.get("/account").await.is(303).location(), "/login?next=%2Faccount");
        client.get("/o/our-city/phone-numbers").await.is(303);
        client.post("/account/two-steps/off", &[("password", PASSWORD)]).await.is(303);
        let page = client.post("/login/code", &[("code", "000000")]).await.is(422);
        assert!(page.all("#field-code-error")[0].contains("not a code that holds now"));
        let code = phone.next(&app);
        let fields = [("code", code.as_str()), ("next", "/account")];
        assert_eq!(client.post("/login/code", &fields).await.is(303).location(), "/account");
        assert!(client.get("/account").await.ok().text().contains("On: after your password"));
        // Others sign in as before.
        app.sign_in(Role::Owner).await.get("/account").await.ok();
    }

    async fn a_code_is_taken_once(app: TestApp) {
        let (phone, codes) = turn_on(&app, &app.sign_in(Role::Admin).await).await;
        // The one that turned it on was used by that.
        let waiting = async || try_to_sign_in(&app, "admin@example.org", PASSWORD).await.0;
        waiting().await.post("/login/code", &[("code", &phone.shows(&app))]).await.is(422);
        let code = phone.next(&app);
        // Two browsers that give the same code at once: one comes in.
        let (one, other) = (waiting().await, waiting().await);
        let fields = [("code", code.as_str())];
        let (first, second) = tokio::join!(one.post("/login/code", &fields), other.post("/login/code", &fields));
        let mut statuses = [first.status(), second.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
        // A recovery code too, typed as people do.
        let typed = codes[3].to_uppercase().replace('-', " ");
        let client = waiting().await;
        client.post("/login/code", &[("code", &typed)]).await.is(303);
        waiting().await.post("/login/code", &[("code", &codes[3])]).await.is(422);
        assert!(client.get("/account/two-steps").await.ok().text().contains("9 codes left of ten"));
        // Somebody else's recovery codes open nothing.
        let owner = app.sign_in(Role::Owner).await;
        let (_, owners) = turn_on(&app, &owner).await;
        waiting().await.post("/login/code", &[("code", &owners[0])]).await.is(422);
    }

    async fn a_right_password_waits_ten_minutes_for_its_code(app: TestApp) {
        let (phone, _) = turn_on(&app, &app.sign_in(Role::Admin).await).await;
        let (client, _) = try_to_sign_in(&app, "admin@example.org", PASSWORD).await;
        app.advance(TimeDelta::minutes(11));
        let page = client.submit("/login/code", &[("code", &phone.shows(&app))]).await.ok();
        assert_eq!(page.all(".notice-warning"), ["That took too long. Sign in again."]);
        client.get("/account").await.is(303);
        assert_eq!(app.client().get("/login/code").await.is(303).location(), "/login");
    }

    async fn it_is_set_up_and_turned_off_with_the_password_only(app: TestApp) {
        let client = app.sign_in(Role::Admin).await;
        let page = client.post("/account/two-steps/begin", &[("password", "not my password")]).await.is(422);
        assert_eq!(page.all("#field-password-error"), ["Error: This is not your password."]);
        // Begun and not confirmed, nothing is asked for.
        let page = client.submit("/account/two-steps/begin", &[("password", PASSWORD)]).await.ok();
        let phone = Phone(page.all("[data-copy] code").remove(0));
        let page = client.post("/account/two-steps/confirm", &[("code", "12345")]).await.is(422);
        assert!(page.all("#field-code-error")[0].contains("not the code the app shows"));
        assert!(signs_in(&app, "admin@example.org", PASSWORD).await);
        // A secret is shown for a while only.
        app.advance(TimeDelta::minutes(16));
        let page = client.get("/account/two-steps").await.ok();
        assert!(!page.body().contains(&phone.0));
        let answer = client.submit("/account/two-steps/confirm", &[("code", &phone.shows(&app))]).await.ok();
        assert!(answer.all(".notice-danger")[0].contains("took too long"));

        let (_, old) = turn_on(&app, &client).await;
        let again = client.submit("/account/two-steps/begin", &[("password", PASSWORD)]).await.ok();
        assert!(again.all(".notice-danger")[0].contains("on already"));
        client.post("/account/two-steps/codes", &[("password_for_codes", "not my password")]).await.is(422);
        let page = client.post("/account/two-steps/codes", &[("password_for_codes", PASSWORD)]).await.ok();
        let new = page.all("main li code");
        let (waiting, _) = try_to_sign_in(&app, "admin@example.org", PASSWORD).await;
        waiting.post("/login/code", &[("code", &old[0])]).await.is(422);
        waiting.post("/login/code", &[("code", &new[0])]).await.is(303);

        client.post("/account/two-steps/off", &[("password", "not my password")]).await.is(422);
        let page = client.submit("/account/two-steps/off", &[("password", PASSWORD)]).await.ok();
        assert!(page.all(".notice-success")[0].contains("is off"));
        app.sign_in_as("admin@example.org").await.get("/account").await.ok();
    }

    async fn under_another_key_it_is_said_and_recovery_codes_open(app: TestApp) {
        let (phone, codes) = turn_on(&app, &app.sign_in(Role::Admin).await).await;
        // Sealed by an instance with another key: another mark in front.
        app.sql("UPDATE second_step SET secret = substr(secret, 1, 2) || 'AAAA' || substr(secret, 7)").await;
        let (client, _) = try_to_sign_in(&app, "admin@example.org", PASSWORD).await;
        let page = client.post("/login/code", &[("code", &phone.next(&app))]).await.is(422);
        let words = page.all("#field-code-error").remove(0);
        assert!(words.contains("another secret key") && words.contains("recovery code"), "{words}");
        client.post("/login/code", &[("code", &codes[0])]).await.is(303);
        client.get("/account").await.ok();
    }

    async fn neither_secret_nor_codes_stand_in_the_database(app: TestApp) {
        let (phone, codes) = turn_on(&app, &app.sign_in(Role::Admin).await).await;
        for (table, column, clear) in [
            ("second_step", "secret", phone.0.replace(' ', "")),
            ("recovery_code", "code_hash", codes[0].clone()),
            ("recovery_code", "code_hash", codes[0].replace('-', "")),
        ] {
            let stored = app.texts(table, column).await;
            assert!(!stored.is_empty());
            assert!(stored.iter().all(|text| !text.to_uppercase().contains(&clear.to_uppercase())), "{table}");
        }
    }
}

#[tokio::test]
async fn codes_cannot_be_tried_for_ever() {
    let settings: fn(&mut Settings) = |settings| settings.sign_ins_per_account = Limits::new(4, 60);
    run_with(Backend::Sqlite, Change { settings: Some(settings), ..Change::default() }, |app| async move {
        let (phone, _) = turn_on(&app, &app.sign_in(Role::Admin).await).await;
        let (client, _) = try_to_sign_in(&app, "admin@example.org", PASSWORD).await;
        for _ in 0..4 {
            client.post("/login/code", &[("code", "000000")]).await.is(422);
        }
        client.post("/login/code", &[("code", &phone.next(&app))]).await.is(429);
    })
    .await;
}
