//! What goes wrong behind a form that htmx sends is said in words on the page, and the page stays.

use numberbank::access::Role;
use serde_json::json;

use super::command::devtools;
use super::window::Browser;
use crate::allocation::stock;
use crate::campaigns::{id_of, make, upload_counts};
use crate::support::TestApp;

/// Whether the page was not loaded anew, and what was pressed, wherever it stands, can be pressed again.
const CALM: &str = "return window.stayed === true && document.querySelector('[aria-busy=true]') === null";

async fn calm(browser: &Browser, after: &str) {
    browser
        .patiently(&format!("the same page at rest after {after}"), async || {
            Ok(browser.ask(CALM, vec![]).await == json!(true))
        })
        .await;
}

async fn offline(browser: &Browser, offline: bool) {
    let conditions =
        json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    devtools(&browser.client, "Network.enable", json!({})).await;
    devtools(&browser.client, "Network.emulateNetworkConditions", conditions).await;
}

async fn type_count(browser: &Browser, count: &str) {
    let script = "const one = document.querySelector('#reserve input[type=number]'); one.form.noValidate = true; \
        one.value = arguments[0]";
    browser.ask(script, vec![json!(count)]).await;
}

/// What #trouble says, once it says something; whether a screen reader is told.
async fn trouble(browser: &Browser, words: &str) {
    browser.see(words).await;
    assert_eq!(browser.all("#trouble [role=alert]").await.len(), 1, "{words}");
    assert!(browser.all("#trouble").await[0].contains(words), "{:?}", browser.all("#trouble").await);
    calm(browser, words).await;
    assert_eq!(browser.all("#panel").await.len(), 1, "what was there is gone: {words}");
}

/// It works again, and nothing speaks of trouble any more.
async fn save_well(browser: &Browser) {
    type_count(browser, "1").await;
    browser.click("Save").await;
    browser.see_element("#panel .notice-success").await;
    browser.patiently("no trouble", async || Ok(browser.all("#trouble > *").await.is_empty())).await;
    calm(browser, "saving").await;
}

pub async fn walk(browser: &Browser, app: &TestApp) {
    stock(app, &[("313", 3)]).await;
    let admin = app.sign_in(Role::Admin).await;
    let campaign = make(&admin, "Fall GOTV").await;
    let id = id_of(&campaign);
    upload_counts(&admin, &campaign, &[("313", 400)]).await;

    browser.sign_in("admin@example.org").await;
    browser.see_heading("Phone numbers").await;
    browser.goto(&format!("/o/our-city/campaigns/{id}/area-codes")).await;
    browser.see("Detroit").await;
    browser.ask("window.stayed = true", vec![]).await;

    // What cannot be accepted: the form again, with its messages; one is led to them.
    type_count(browser, "-3").await;
    browser.click("Save").await;
    browser.see_element("#panel .error-summary").await;
    browser.see_element("#panel .error-summary:focus").await;
    assert_eq!(browser.all("#reserve .error").await.len(), 1);
    let kept =
        browser.ask("return document.querySelector('#reserve input[type=number]').value", vec![]).await;
    assert_eq!(kept, json!("-3"));
    calm(browser, "a refusal").await;
    browser.glance("not-accepted").await;
    save_well(browser).await;

    // A failure of ours.
    app.sql("ALTER TABLE campaign_need RENAME TO elsewhere").await;
    browser.click("Save").await;
    trouble(browser, "Something went wrong").await;
    browser.see("give this id to whoever runs Numberbank").await;
    app.sql("ALTER TABLE elsewhere RENAME TO campaign_need").await;
    save_well(browser).await;

    // Nobody there.
    offline(browser, true).await;
    browser.click("Save").await;
    trouble(browser, "The server cannot be reached").await;
    offline(browser, false).await;
    save_well(browser).await;

    // Where only a part of the answer is wanted, words about trouble are wanted whole.
    browser.goto("/o/our-city/phone-numbers/area/313").await;
    browser.see("(313) 555-0001").await;
    app.sql("ALTER TABLE campaign RENAME TO elsewhere").await;
    browser.press("[data-search]").await;
    browser.key("5", 53, "5").await;
    browser.see("Something went wrong").await;
    app.sql("ALTER TABLE elsewhere RENAME TO campaign").await;
    assert_eq!(browser.all("#trouble [role=alert]").await.len(), 1);
    assert!(browser.text().await.contains("(313) 555-0001"));
    // What the console said of these was meant.
    super::command::console(&browser.client).await;
}
