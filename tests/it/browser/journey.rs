//! The whole journey, as its three people walk it: numbers are bought, a campaign reserves some of them, starts, is
//! archived and gives them back, and what it cost is seen.

use std::fmt::Write;

use numberbank::kernel::AreaCode;
use numberbank::providers::Account;
use numberbank::providers::fakeservice::Weather;

use super::window::Browser;
use crate::support::TestApp;

const HOME: &str = "/o/our-city";

/// Walks it. Every page on the way is looked at.
pub(super) async fn walk(browser: &Browser, app: &TestApp) {
    app.world().set_stock(AreaCode::parse("313").unwrap(), 20).unwrap();
    app.world().set_stock(AreaCode::parse("248").unwrap(), 6).unwrap();
    carrier_takes(app, 0).await;
    buys(browser, app).await;
    makes_a_campaign(browser, app).await;
    sees_what_happened(browser).await;
    gives_one_up(browser, app).await;
    sees_spend_and_nothing_else(browser).await;
}

/// How long the carrier thinks about each call, in milliseconds.
async fn carrier_takes(app: &TestApp, latency_ms: u32) {
    let account = Account::new("our-city");
    app.world().set_weather(&account, &Weather { latency_ms, ..Weather::still() }).unwrap();
}

/// The owner signs in, finds nothing, and buys numbers in two area codes.
async fn buys(browser: &Browser, app: &TestApp) {
    browser.goto("/").await;
    browser.see_heading("Sign in").await;
    browser.look("sign-in").await;
    browser.fill("E-mail address", "owner@example.org").await;
    browser.fill("Password", "not the password").await;
    browser.click("Sign in").await;
    browser.see("There is a problem").await;
    browser.look("sign-in-refused").await;
    browser.sign_in("owner@example.org").await;

    browser.see_heading("Phone numbers").await;
    browser.see("No phone numbers yet").await;
    browser.look("inventory-empty").await;
    browser.click("Buy numbers").await;
    browser.see_heading("Buy numbers").await;
    browser.look("buy").await;
    browser.fill_nth("Area code or place", 0, "ZZ").await;
    browser.fill_nth("How many numbers", 0, "8").await;
    browser.click("See what it costs").await;
    browser.see("There is a problem").await;
    browser.look("buy-refused").await;
    browser.fill_nth("Area code or place", 0, "313").await;
    browser.fill_nth("Area code or place", 1, "248").await;
    browser.fill_nth("How many numbers", 1, "5").await;
    browser.click("See what it costs").await;
    browser.see_heading("Buy 13 numbers in 313 and 248?").await;
    browser.see("$14.95 now, $14.95 a month").await;
    browser.look("buy-confirm").await;

    carrier_takes(app, 1_500).await;
    browser.click("Buy 13 numbers · $14.95").await;
    browser.see_heading("13 numbers in 313 and 248").await;
    let some: Vec<String> = (1..13).map(|bought| format!("{bought} of 13 bought")).collect();
    browser.see_one_of(&some.iter().map(String::as_str).collect::<Vec<_>>()).await;
    if browser.scripts {
        browser.glance("order-at-work").await;
    }
    browser.see("complete").await;
    browser.see("13 of 13 bought").await;
    carrier_takes(app, 0).await;
    browser.look("order-complete").await;
    let calls = app.world().books(&Account::new("our-city")).unwrap();
    assert_eq!(calls.numbers.len(), 13);

    browser.click("Phone numbers").await;
    browser.see("13 numbers in 2 area codes").await;
    browser.look("inventory").await;
    browser.fill("Search a number, place, label …", "Detroit").await;
    if !browser.scripts {
        browser.click("Search").await;
    }
    browser.see_element("#results tbody tr:only-of-type").await;
    browser.look("inventory-search").await;
    browser.click("313 Detroit").await;
    browser.see_heading("313 Detroit, MI").await;
    browser.look("area-code").await;
    browser.press("#numbers tbody tr .number").await;
    browser.see("Its life").await;
    browser.look("number").await;
    browser.click("Orders").await;
    browser.see_heading("Orders").await;
    browser.see("13 of 13").await;
    browser.look("orders").await;
    browser.click("Members").await;
    browser.see_heading("Members").await;
    browser.look("members").await;
    browser.click("Practice").await;
    browser.see_heading("Practice").await;
    browser.look("practice").await;
    browser.click("Settings").await;
    browser.see_heading("Settings").await;
    browser.look("settings").await;
    browser.goto("/account").await;
    browser.see_heading("Your account").await;
    browser.look("account").await;
    browser.sign_out().await;
}

/// 600 contacts in 313, 320 in 248, 30 in 734, and rows that do not count.
fn contact_file() -> String {
    let mut file = "firstName,lastName,cell,zip,external_id\n".to_owned();
    for (code, count, zip) in [("313", 600, "48201"), ("248", 320, "48075"), ("734", 30, "48104")] {
        for index in 0..count {
            writeln!(file, "Pat,Voter,{code}-555-{index:04},{zip},{code}-{index}").unwrap();
        }
    }
    for (name, cell) in [
        ("Twice", "313-555-0001"),
        ("Again", "(313) 555-0002"),
        ("Nobody", ""),
        ("Free", "800-555-0199"),
        ("Abroad", "+44 20 7946 0958"),
        ("Short", "555-0100"),
    ] {
        writeln!(file, "{name},Voter,{cell},48201,x").unwrap();
    }
    file
}

/// The admin makes a campaign, counts its contacts, reserves, starts, archives and gives back.
async fn makes_a_campaign(browser: &Browser, app: &TestApp) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("voters.csv");
    std::fs::write(&file, contact_file()).unwrap();

    browser.sign_in("admin@example.org").await;
    browser.see_heading("Phone numbers").await;
    assert_eq!(
        browser.all("main .button-primary").await,
        Vec::<String>::new(),
        "an admin is not offered to buy"
    );
    browser.click("Campaigns").await;
    browser.see("No campaigns yet").await;
    browser.look("campaigns-empty").await;
    browser.click("Make the first campaign").await;
    browser.see_heading("New campaign").await;
    browser.look("campaign-new").await;
    browser.fill("Name", "Fall GOTV").await;
    browser.fill("Contacts per number", "100").await;
    browser.click("Make the campaign").await;
    browser.see_heading("Fall GOTV").await;
    browser.click("Contacts").await;
    browser.see("Upload a contact file").await;
    browser.look("contacts-none").await;
    browser.upload("Contact file", &file).await;
    browser.click("Count the contacts").await;
    browser.see("Rows left out").await;
    browser.see("contacts that count 950").await;
    browser.see("rows in the file 956").await;
    browser.look("contacts").await;

    browser.click("Reserve numbers for them").await;
    browser.see("numbers reserved 0 of 10").await;
    browser.look("area-codes").await;
    browser.click("Reserve for me").await;
    browser.see("Reserved 10 numbers in 2 area codes").await;
    browser.look("area-codes-reserved").await;
    browser.click("One more in 313 Detroit").await;
    browser.see("numbers reserved 11 of 10").await;
    browser.click("One fewer in 248").await;
    browser.see("numbers reserved 10 of 10").await;
    browser.fill("Reserved in 248 Oakland County", "90").await;
    browser.click("Save").await;
    browser.see("Nothing was changed").await;
    browser.look("area-codes-short").await;
    browser.click("Take what there is").await;
    browser.see("numbers reserved 12 of 10").await;
    browser.look("area-codes-taken").await;

    browser.click("Review and start").await;
    browser.see("What you start").await;
    browser.look("start").await;
    carrier_takes(app, 500).await;
    browser.click("Start the campaign").await;
    browser.see_one_of(&["Making the messaging service", "numbers moved in"]).await;
    if browser.scripts {
        browser.glance("starting").await;
    }
    browser.see("Copy this id into your texting platform").await;
    carrier_takes(app, 0).await;
    let service = browser.all("#launch code").await.remove(0);
    let books = app.world().books(&Account::new("our-city")).unwrap();
    assert_eq!(books.services[0].id.as_str(), service);
    browser.look("started").await;
    browser.click("Archive").await;
    browser.see("archived").await;
    browser.look("archived").await;
    browser.click("Give the numbers back").await;
    browser.see_heading("Give back 12 numbers?").await;
    browser.look("give-back-confirm").await;
    browser.click("Give back 12 numbers").await;
    browser.see("Closed").await;
    browser.look("closed").await;
    browser.click("Campaigns").await;
    browser.see("Fall GOTV").await;
    browser.look("campaigns").await;
    browser.goto(&format!("{HOME}/phone-numbers")).await;
    browser.see("resting").await;
    browser.look("inventory-resting").await;
}

/// The admin reads the activity.
async fn sees_what_happened(browser: &Browser) {
    browser.click("Activity").await;
    browser.see_heading("Activity").await;
    browser.see("Olive Owner").await;
    browser.see("Adam Admin").await;
    browser.look("activity").await;
    browser.sign_out().await;
}

/// The owner gives the one number that nobody needs back to the carrier.
async fn gives_one_up(browser: &Browser, app: &TestApp) {
    browser.sign_in("owner@example.org").await;
    browser.see_heading("Phone numbers").await;
    browser.click("313 Detroit").await;
    browser.click("Release the available one").await;
    browser.see_heading("Release 1 number?").await;
    browser.look("release-confirm").await;
    browser.click("Release 1 number").await;
    browser.see("1 of 1 released").await;
    browser.look("released").await;
    let books = app.world().books(&Account::new("our-city")).unwrap();
    assert_eq!((books.numbers.len(), books.released.len()), (12, 1));
    browser.sign_out().await;
}

/// The viewer sees what was spent, on what, and no other page.
async fn sees_spend_and_nothing_else(browser: &Browser) {
    browser.sign_in("viewer@example.org").await;
    browser.see_heading("Spend").await;
    browser.see("$14.95").await;
    browser.look("spend").await;
    assert_eq!(browser.all(".rail-nav a").await, ["Spend"]);
    browser.click("Every charge").await;
    browser.see("(313) 555-").await;
    browser.look("spend-charges").await;
    browser.press("main table a").await;
    browser.see("$1.15").await;
    browser.look("spend-number").await;
    for page in ["phone-numbers", "orders", "campaigns", "activity", "members"] {
        browser.goto(&format!("{HOME}/{page}")).await;
        browser.see("Ask Olive Owner.").await;
        browser.silent().await;
    }
    browser.look("not-for-you").await;
    browser.click("Go to your pages").await;
    browser.see_heading("Spend").await;
    browser.sign_out().await;
}
