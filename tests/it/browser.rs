//! The application as people meet it: in a real browser, with and without JavaScript, with pictures of every step in
//! `target/screenshots`.

mod checks;
mod command;
mod driver;
mod pictures;
mod window;

pub use window::{Browser, with_browser};

use std::rc::Rc;

use crate::support::{Backend, Change, TestApp, run_with};

#[tokio::test]
async fn a_first_look() {
    run_with(Backend::Sqlite, Change::default(), |app: TestApp| async move {
        with_browser(app.base(), "screenshots/first", true, |browser: Rc<Browser>| async move {
            browser.goto("/").await;
            browser.look("sign-in").await;
            browser.fill("E-mail address", "owner@example.org").await;
            browser.fill("Password", "wrong").await;
            browser.click("Sign in").await;
            browser.see("There is a problem").await;
            browser.look("sign-in-wrong").await;
            browser.sign_in("owner@example.org").await;
            browser.see_heading("Phone numbers").await;
            browser.look("inventory-empty").await;
            for page in ["orders", "orders/new", "spend", "activity", "members", "practice"] {
                browser.goto(&format!("/o/our-city/{page}")).await;
                browser.look(&page.replace('/', "-")).await;
            }
            browser.sign_out().await;
        })
        .await;
    })
    .await;
}
