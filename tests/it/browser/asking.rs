//! From "short" to started, as two people on launch day: an admin asks, an owner approves, the admin starts.

use super::window::Browser;
use crate::launch::draft;
use crate::support::TestApp;

const HOME: &str = "/o/our-city";

pub async fn walk(browser: &Browser, app: &TestApp) {
    let campaign = draft(app, "Fall GOTV", &[("313", 1200), ("248", 1200)]).await;
    browser.sign_in("admin@example.org").await;
    browser.goto(&format!("{HOME}/campaigns/{campaign}")).await;
    browser.see("12 numbers short").await;
    browser.look("short").await;
    browser.click("Ask for 12 numbers · $13.80 a month").await;
    browser.see_heading("Ask for numbers").await;
    browser.look("ask").await;
    browser.click("Send to Olive Owner").await;
    browser.see("It waits for Olive Owner").await;
    browser.look("asked").await;
    browser.sign_out().await;

    browser.sign_in("owner@example.org").await;
    browser.see("1 request waits for an owner").await;
    browser.look("waiting").await;
    browser.click("Decide").await;
    browser.see("6 of 6 for sale").await;
    browser.look("decide").await;
    browser.click("Approve and buy 12 numbers · $13.80").await;
    browser.see("12 of 12 arrived").await;
    browser.look("approved").await;
    browser.click("Requests").await;
    browser.see_heading("Requests").await;
    browser.look("requests").await;
    browser.click("Automatic approval").await;
    browser.see_heading("Automatic approval").await;
    browser.look("limit").await;
    browser.sign_out().await;

    browser.sign_in("admin@example.org").await;
    // The page that signing in leads to is there: leaving sooner would be overtaken by it.
    browser.see("12 numbers in 2 area codes").await;
    browser.goto(&format!("{HOME}/campaigns/{campaign}")).await;
    browser.see("12 arrived; start.").await;
    browser.look("arrived").await;
    browser.goto(&format!("{HOME}/reservations")).await;
    browser.see("12 numbers reserved by 1 campaign").await;
    browser.look("reservations").await;
    browser.goto(&format!("{HOME}/campaigns/{campaign}/start")).await;
    browser.click("Start the campaign").await;
    browser.see("Started").await;
}
