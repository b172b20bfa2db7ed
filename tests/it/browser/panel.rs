//! The area-codes section of a campaign: what somebody types is predicted before it is saved.

use numberbank::access::Role;

use super::window::Browser;
use crate::allocation::stock;
use crate::campaigns::{make, upload_counts};
use crate::support::TestApp;

/// Walks it. Every page on the way is looked at.
pub(super) async fn walk(browser: &Browser, app: &TestApp) {
    stock(app, &[("313", 12), ("248", 9), ("947", 3), ("989", 2), ("213", 4)]).await;
    let admin = app.sign_in(Role::Admin).await;
    let url = make(&admin, "Fall GOTV").await;
    upload_counts(&admin, &url, &[("313", 2_000), ("248", 1_400), ("947", 200), ("989", 1_000)]).await;

    browser.sign_in("admin@example.org").await;
    browser.goto(&format!("{url}/area-codes")).await;
    browser.see("numbers reserved 0 of 23").await;
    browser.fill("Reserved in 313 Detroit", "12").await;
    browser.fill("Reserved in 248 Oakland County", "9").await;
    if !browser.scripts {
        browser.click("Update prediction").await;
    }
    browser.see("Predicted for what you typed: 21 numbers. Nothing is saved yet.").await;
    // 2,000 on twelve, and the 1,000 of 989 on all 21.
    browser.see("numbers reserved 21 of 23").await;
    browser.see("12 numbers for 2,000 contacts").await;
    assert_eq!(browser.all("#load-313").await, ["215"]);
    assert_eq!(browser.all("#load-248").await, ["226"]);
    browser.look("predicted").await;
    browser.fill("Reserved in 248 Oakland County", "2").await;
    if !browser.scripts {
        browser.click("Update prediction").await;
    }
    browser.see("Predicted for what you typed: 14 numbers.").await;
    browser.see("Cannot start yet.").await;
    browser.look("too-hot").await;
    // What is saved is what was typed last.
    browser.click("Save").await;
    browser.see("14 numbers are reserved").await;
    assert!(!browser.text().await.contains("Nothing is saved yet."));

    browser.click("Change the rules").await;
    browser.fill("Must not be used", "Atlantis").await;
    browser.click("Save the rules").await;
    browser.see("is neither an area code nor a state").await;
    browser.look("rules-refused").await;
    browser.fill("Must not be used", "213").await;
    browser.fill("Must be used", "989").await;
    browser.click("Save the rules").await;
    browser.see("213 Los Angeles, CA must not be used").await;
    browser.click("Reserve for me").await;
    browser.see("wanted by your rules").await;
    browser.look("rules").await;
}
