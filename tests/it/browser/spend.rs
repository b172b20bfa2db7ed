//! The viewer's whole product: they sign in, find what one campaign cost last month, take the table home as CSV, and
//! print the report.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::command::devtools;
use super::window::Browser;
use crate::spend::history::november;
use crate::support::TestApp;

const HOME: &str = "/o/our-city/spend";

pub async fn walk(browser: &Browser, app: &TestApp) {
    november(app).await;
    browser.sign_in("viewer@example.org").await;
    browser.see_heading("Spend").await;
    browser.see("expected for November").await;
    browser.look("this-month").await;
    browser.printed("this-month").await;

    browser.click("October").await;
    browser.see("October 2026, in UTC, as the carrier bills").await;
    let row = browser.all("section[aria-labelledby=campaigns] tbody tr:first-child :is(th, td)").await;
    assert_eq!(row[0], "Fall GOTV");
    assert!(row.contains(&"$1.63".to_owned()), "{row:?}");
    browser.look("last-month").await;

    let dir = tempfile::tempdir().unwrap();
    let allow = json!({ "behavior": "allow", "downloadPath": dir.path() });
    devtools(&browser.client, "Browser.setDownloadBehavior", allow).await;
    browser.press(".actions a[download]").await;
    let file = dir.path().join("spend-our-city-2026-10-by-campaign.csv");
    browser.patiently("the file", async || Ok(file.exists())).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("2026-10,campaign,Fall GOTV,1.4,2,1.632259,"), "{text}");

    browser.click("Fall GOTV").await;
    browser.see_heading("Fall GOTV").await;
    browser.see("Charges of October 2026").await;
    browser.look("charges").await;
    browser.click("The campaign over time").await;
    browser.see("charged in all").await;
    browser.look("campaign").await;
    browser.printed("campaign").await;
    browser.goto(&format!("{HOME}?from=2026-11-10&to=2026-11-12")).await;
    browser.see("10 November – 12 November 2026").await;
    browser.look("days").await;

    // On paper of both sizes there is the report, and none of the shell.
    browser.goto(HOME).await;
    for (paper, width, height) in [("a4", 8.27, 11.69), ("letter", 8.5, 11.0)] {
        let wanted = json!({ "paperWidth": width, "paperHeight": height, "printBackground": true });
        let answer = devtools(&browser.client, "Page.printToPDF", wanted).await;
        let pdf = BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
        assert!(pdf.starts_with(b"%PDF") && pdf.len() > 10_000, "{} bytes", pdf.len());
        std::fs::write(browser.album.join(format!("report-{paper}.pdf")), pdf).unwrap();
    }
    devtools(&browser.client, "Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
    let hidden = "return ['.rail', '.actions', 'a[download]', 'form'].filter((what) => \
        [...document.querySelectorAll(what)].some((one) => one.checkVisibility()))";
    assert_eq!(browser.ask(hidden, vec![]).await, json!([]), "the shell is on paper");
    assert_eq!(browser.all("section[aria-labelledby=campaigns] tfoot th").await, ["All"]);
}
