//! The pages of people and of their e-mails.

use super::window::Browser;
use crate::support::TestApp;
use crate::support::smtp::SmtpServer;

const MEMBERS: &str = "/o/our-city/members";

async fn invite(browser: &Browser, email: &str) {
    browser.goto(MEMBERS).await;
    browser.fill("Their e-mail address", email).await;
    browser.click("Invite").await;
    browser.see_heading(&format!("Invitation for {email}")).await;
}

pub async fn walk(browser: &Browser, app: &TestApp, smtp: &SmtpServer) {
    browser.goto("/login").await;
    browser.look("sign-in").await;
    browser.click("Forgot your password?").await;
    browser.see_heading("Forgot your password?").await;
    browser.look("forgot").await;
    browser.fill("E-mail address", "admin@example.org").await;
    browser.click("Send the link").await;
    browser.see_heading("Look into your mailbox").await;
    browser.look("forgot-asked").await;
    app.run_jobs().await;
    let link = smtp.letters()[0].link(app.base());
    browser.goto(&link).await;
    browser.see_heading("Choose a new password").await;

    browser.sign_in("owner@example.org").await;
    browser.see_heading("Phone numbers").await;
    smtp.answer(&["550 5.1.1 No such user here", "451 4.7.1 Greylisted"]);
    invite(browser, "nobody@example.org").await;
    browser.look("invited").await;
    app.run_jobs().await;
    invite(browser, "a.person.with.a.rather.long.name@an-organization.example.org").await;
    app.run_jobs().await;
    invite(browser, "nora@example.org").await;
    app.run_jobs().await;
    browser.goto(MEMBERS).await;
    browser.see("E-mailed to nora@example.org").await;
    browser.see("could not be sent").await;
    browser.see("Numberbank tries again").await;
    browser.look("members").await;
}
