//! Whom the simulator lets in.

use reqwest::Method;
use serde_json::{Value, json};

use super::Sim;

#[tokio::test]
async fn strangers_are_not_let_in() {
    let mut sim = Sim::start().await;
    let other = sim.another('b', None);
    let good = sim.account.auth_token.clone();
    let path = format!("{}{}", sim.simulator.url(), sim.path("/IncomingPhoneNumbers.json"));
    let none = sim.http.get(&path).send().await.unwrap();
    assert_eq!(none.status(), 401);
    assert!(none.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic"));
    assert_eq!(none.json::<Value>().await.unwrap()["code"], 20003);
    let mut cases =
        vec![(other.sid.clone(), other.auth_token.clone()), (sim.account.sid.clone(), other.auth_token)];
    cases.push((other.keys[0].sid.clone(), other.keys[0].secret.clone()));
    cases.push((sim.account.keys[0].sid.clone(), good.clone()));
    cases.push(("nobody".into(), good));
    for (user, secret) in cases {
        (sim.user, sim.secret) = (user, secret);
        sim.get("/IncomingPhoneNumbers.json", &[("PageSize", "1")]).await.refused(401, 20003);
    }
    sim.get("/v1/Services", &[]).await.refused(401, 20003);
}

#[tokio::test]
async fn a_standard_key_may_do_everything_but_read_the_account() {
    let mut sim = Sim::start().await;
    assert_eq!(sim.get(".json", &[]).await.ok()["type"], "Full");
    let mut key = sim.account.keys[0].clone();
    (sim.user, sim.secret) = (key.sid.clone(), key.secret.clone());
    assert!(sim.user.starts_with("SK") && sim.user.len() == 34);
    sim.get("/IncomingPhoneNumbers.json", &[("PageSize", "1")]).await.ok();
    sim.get("/v1/Services", &[]).await.ok();
    sim.get("/v1/PhoneNumbers/Countries/US", &[]).await.ok();
    sim.buy("313").await;
    sim.get(".json", &[]).await.refused(401, 20003);
    key.main = true;
    let mut account = sim.account.clone();
    account.keys.push(key);
    account.keys.remove(0);
    sim.simulator.put_account(account).unwrap();
    sim.get(".json", &[]).await.ok();
}

#[tokio::test]
async fn a_parents_token_reaches_subaccounts_by_their_path_alone() {
    let mut sim = Sim::start().await;
    let child = sim.another('b', Some(&sim.account.sid));
    let parent = sim.account.clone();
    sim.service("of the parent").await;
    sim.account = child.clone();
    assert_eq!(sim.get(".json", &[]).await.ok()["owner_account_sid"], parent.sid);
    let (number, _) = sim.buy("313").await;
    // On the other hosts who signs in is who is meant.
    assert_eq!(sim.get("/v1/Services", &[]).await.ok()["services"][0]["account_sid"], parent.sid);
    let of_parent = sim.service("two").await;
    let pool = format!("/v1/Services/{of_parent}/PhoneNumbers");
    sim.post(&pool, &[("PhoneNumberSid", &number)]).await.refused(400, 21421);
    (sim.user, sim.secret) = (parent.keys[0].sid.clone(), parent.keys[0].secret.clone());
    sim.get("/IncomingPhoneNumbers.json", &[]).await.refused(401, 20003);
    (sim.user, sim.secret) = (child.sid.clone(), child.auth_token.clone());
    let listed = sim.get("/IncomingPhoneNumbers.json", &[]).await.ok();
    assert_eq!(listed["incoming_phone_numbers"][0]["sid"], number);
    assert_eq!(sim.get("/v1/Services", &[]).await.ok()["services"], json!([]));
    sim.account = parent;
    sim.get("/IncomingPhoneNumbers.json", &[]).await.refused(401, 20003);
}

#[tokio::test]
async fn suspended_closed_and_trial_accounts_are_held_back() {
    let mut sim = Sim::start().await;
    let set = async |sim: &Sim, key: &str, value: &str| {
        sim.control(Method::POST, "accounts", json!({ "sid": sim.account.sid, key: value })).await;
    };
    for status in ["suspended", "closed"] {
        set(&sim, "status", status).await;
        sim.get("/IncomingPhoneNumbers.json", &[]).await.refused(401, 20003);
        sim.post("/v1/Services", &[("FriendlyName", "x")]).await.refused(401, 20003);
    }
    set(&sim, "status", "active").await;
    set(&sim, "kind", "Trial").await;
    let (_, first) = sim.buy("313").await;
    let second = sim.search("313").await.remove(0);
    sim.post("/IncomingPhoneNumbers.json", &[("PhoneNumber", &second)]).await.refused(400, 21404);
    assert_eq!(sim.post("/IncomingPhoneNumbers.json", &[("PhoneNumber", &first)]).await.status, 201);
    set(&sim, "kind", "Full").await;
    assert_eq!(sim.post("/IncomingPhoneNumbers.json", &[("PhoneNumber", &second)]).await.status, 201);
    let child = sim.another('b', Some(&sim.account.sid));
    set(&sim, "status", "suspended").await;
    sim.sign_in(&child);
    sim.get("/IncomingPhoneNumbers.json", &[]).await.refused(401, 20003);
}
